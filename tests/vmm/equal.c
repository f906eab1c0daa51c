/* Two machines with the same guest under two monitors, in step: equal guest hashes at equal cycles, or what differs.
 *
 *   equal EVERY UNTIL exact|accessed MONITOR MONITOR [trap86's options]...
 *
 * EVERY and UNTIL are cycles; a % in an option is a or b. With `accessed` RAM may differ in bit 5 of words, which is the
 * A bit of page tables, and these are counted; all other state is to be equal. The last line is "N passed, M failed". */
#include "frontend/session.h"
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS = 64, TEXT = 512, BIT_ACCESSED = 1 << 5, SHOWN = 8 };

static void fail(const char *what)
{
    fprintf(stderr, "equal: %s\n", what);
    exit(3);
}

/* Options outlive their parsing, with each % replaced. */
static char texts[2][ARGUMENTS][TEXT];

static char *text_for(const char *text, char which, int place)
{
    char *copy = texts[which - 'a'][place];
    if (strlen(text) >= TEXT) fail("an option is too long");
    strcpy(copy, text);
    for (char *c = copy; *c; c++)
        if (*c == '%') *c = which;
    return copy;
}

static void machine_close(struct session *session)
{
    machine_drain(session->machine);
    session_close(session);
    host_destroy(session->host);
    free(session->host);
    options_free(&session->options);
    free(session);
}

static struct session *machine_open(const char *monitor, char which, int count, char **options)
{
    struct host *host = calloc(1, sizeof *host);
    if (!host) abort();
    host_init(host, UINT64_MAX);
    struct session *session = session_new(host, stderr);
    struct error why = { "" };
    char *argv[ARGUMENTS];
    int argc = 0;
    if (count + 2 >= ARGUMENTS) fail("too many options");
    argv[argc++] = "trap86";
    for (int i = 0; i < count; i++) argv[argc++] = text_for(options[i], which, i);
    argv[argc] = NULL;
    if (!options_parse(&session->options, argc, argv, &why)) fail(why.text);
    if (!vmm_parse(&session->options.vmm, monitor, &why)) fail(why.text);
    if (!session_open(session, &why)) fail(why.text);
    return session;
}

/* Equal but for RAM. */
static bool components_equal(struct machine *a, struct machine *b)
{
    for (unsigned i = 0; i < a->guest_components; i++)
        if (state_hash(0, &a->component[i]) != state_hash(0, &b->component[i])) {
            printf("%s differs\n", a->component[i].name);
            return false;
        }
    return true;
}

struct differences { unsigned accessed, others; };

static struct differences ram_compare(const struct machine *a, const struct machine *b)
{
    struct differences found = { 0, 0 };
    for (u64 at = 0; at < a->memory.ram_bytes; at += 4) {
        u32 x, y;
        memcpy(&x, a->memory.ram + at, 4);
        memcpy(&y, b->memory.ram + at, 4);
        if (x == y) continue;
        if ((x ^ y) == BIT_ACCESSED) found.accessed++;
        else if (found.others++ < SHOWN) printf("RAM %08llx: %08x, %08x\n", (unsigned long long)at, x, y);
    }
    return found;
}

int main(int argc, char **argv)
{
    if (argc < 6) fail("usage: equal EVERY UNTIL exact|accessed MONITOR MONITOR [options]");
    u64 every = strtoull(argv[1], NULL, 0), until = strtoull(argv[2], NULL, 0);
    bool exact = strcmp(argv[3], "exact") == 0;
    struct session *first = machine_open(argv[4], 'a', argc - 6, argv + 6);
    struct session *second = machine_open(argv[5], 'b', argc - 6, argv + 6);
    struct machine *a = first->machine, *b = second->machine;
    enum machine_stop stop = MACHINE_RUNS;
    unsigned passed = 0, failed = 0, most = 0;

    for (u64 next = every; next <= until && stop <= MACHINE_INSNS && !failed; next += every) {
        stop = machine_run(a, next, UINT64_MAX, false);
        enum machine_stop other = machine_run(b, next, UINT64_MAX, false);
        bool same = stop == other && a->clock.now == b->clock.now && a->cpu.insns == b->cpu.insns;
        if (same && machine_hash(a) != machine_hash(b)) {
            struct differences found = ram_compare(a, b);
            same = !exact && !found.others && components_equal(a, b);
            most = MAX(most, found.accessed);
        }
        if (!same) printf("%s and %s differ at cycle %llu (%llu)\n", argv[4], argv[5], (unsigned long long)a->clock.now,
                          (unsigned long long)b->clock.now);
        *(same ? &passed : &failed) += 1;
    }
    printf("%s, %s: %u checkpoints, ended %d at cycle %llu; at most %u words differ, all in the A bit only\n", argv[4], argv[5],
           passed + failed, stop, (unsigned long long)a->clock.now, most);
    machine_close(first);
    machine_close(second);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
