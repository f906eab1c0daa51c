/* The player: runs the recorded cases on trap86's processor and compares. Needs no ROM and no device.
 *
 *   play [-v N] [--engine=tail|loop] FILE…     prints the first N mismatches of each file (default 20);
 *                                               both engines unless one is named
 * The last line is `N passed, N failed`; the status is 1 if any failed. */
#include "tests/silicon/adapter.h"
#include "tests/silicon/compare.h"
#include <stdlib.h>
#include <string.h>

struct tally { u32 passed, failed, shown, show; };

static void print_mismatch(const char *path, u32 number, const struct silicon_case *c, const char *text)
{
    const char *base = strrchr(path, '/');
    printf("%s %u %s [", base ? base + 1 : path, number, c->head.name);
    for (unsigned i = 0; i < c->head.code_length; i++) printf("%s%02x", i ? " " : "", c->head.code[i]);
    printf("]:%s\n", text);
}

static bool play_file(struct player_machine *machine, const char *path, struct tally *tally)
{
    static struct silicon_case want, got;
    char text[600];
    FILE *file = fopen(path, "rb");
    u32 count = file ? silicon_read_header(file) : 0, i = 0;
    for (tally->shown = 0; i < count && silicon_read_case(file, &want); i++) {
        adapter_run(machine, &want, &got);
        bool good = silicon_compare(&want, &got, text, sizeof(text));
        if (good) tally->passed++;
        else tally->failed++;
        if (!good && tally->shown++ < tally->show) print_mismatch(path, i, &want, text);
    }
    if (file) fclose(file);
    if (count && i == count) return true;
    fprintf(stderr, "play: %s is missing, cut short or no case file\n", path);
    return false;
}

static bool play_engine(bool tail, char **paths, int count, struct tally *tally)
{
    struct player_machine *machine = adapter_new(tail);
    bool whole = true;
    u32 failed = tally->failed;
    for (int i = 0; i < count; i++) whole &= play_file(machine, paths[i], tally);
    if (tally->failed > failed) printf("%u failed on the %s engine\n", tally->failed - failed, tail ? "tail" : "loop");
    adapter_free(machine);
    return whole;
}

int main(int argc, char **argv)
{
    struct tally tally = { .show = 20 };
    bool loop = true, tail = true, whole = true;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "-v") && first + 1 < argc) tally.show = (u32)strtoul(argv[++first], NULL, 10);
        else if (!strcmp(argv[first], "--engine=loop")) tail = false;
        else if (!strcmp(argv[first], "--engine=tail")) loop = false;
        else return fprintf(stderr, "usage: play [-v N] [--engine=tail|loop] FILE...\n"), 2;
    }
    if (loop) whole &= play_engine(false, argv + first, argc - first, &tally);
    if (tail) whole &= play_engine(true, argv + first, argc - first, &tally);
    printf("%u passed, %u failed\n", tally.passed, tally.failed);
    return tally.failed || !whole || first == argc;
}
