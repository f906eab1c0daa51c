/* The end of every fuzzed program: with TRAP86_LIBFUZZER the fuzzer's main calls input_play; without, ours plays each file of
 * a folder. */
static bool input_play(const u8 *data, size_t size);

#ifdef TRAP86_LIBFUZZER
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    input_play(data, size);
    return 0;
}
#else
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

/* The file names say what must come of them: ok-… is taken, all others are refused. */
static bool file_play(const char *folder, const char *name)
{
    char path[4096];
    u8 *bytes = malloc(FILE_MAX);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!bytes || !file) abort();
    size_t size = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    bool good = input_play(bytes, size) == (strncmp(name, "ok-", 3) == 0);
    if (!good) printf("FAIL %s\n", path);
    free(bytes);
    return good;
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        if (file_play(argv[1], entry->d_name)) passed++;
        else failed++;
    }
    closedir(folder);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
#endif
