/* The kernel loaders under fuzzing. An input is one machine: a byte that chooses RAM and module count, a command line up to
 * a NUL, then the kernel; the modules are the kernel's own bytes. A kernel that is accepted runs for a moment, so that
 * what the loader left is executed too. With TRAP86_LIBFUZZER the fuzzer's main calls us; without, ours plays each file
 * of a folder. */
#include "devices/load.h"
#include <stdio.h>
#include <string.h>

enum { MIB = 1 << 20, LINE_MAX_BYTES = 600, RUN_CYCLES = 20000 };

struct fuzz_case { u8 choice; char line[LINE_MAX_BYTES]; struct load load; };

static void input_split(struct fuzz_case *in, const u8 *data, size_t size)
{
    memset(in, 0, sizeof *in);
    if (size == 0) return;
    in->choice = data[0];
    size_t room = MIN(size - 1, (size_t)LINE_MAX_BYTES - 1), line = strnlen((const char *)data + 1, room);
    memcpy(in->line, data + 1, line);
    size_t used = MIN(size, line + 2);
    in->load.kernel = (struct blob){ data + used, size - used };
    in->load.command_line = in->line;
    in->load.modules = in->choice >> 4 & 3;
    for (unsigned i = 0; i < in->load.modules; i++)
        in->load.module[i] = (struct load_module){ in->load.kernel, in->line };
}

static bool boot(void *self, struct machine *m, struct error *why)
{
    return load_kernel(self, m, why);
}

/* True if the loaders took it. */
static bool input_play(const u8 *data, size_t size)
{
    struct fuzz_case in;
    struct error why = { "" };
    struct host host;
    input_split(&in, data, size);
    struct machine_config config = {
        .ram_bytes = (u64)(1 + (in.choice & 15)) * MIB, .model = cpu_model_find("max"),
        .engine = { ENGINE_LOOP, 32, 0 }, .boot = boot, .boot_self = &in.load, .no_reboot = true,
    };
    host_init(&host, (u64)64 * MIB);
    struct machine *m = machine_create(&config, &host, &why);
    if (m) machine_run(m, RUN_CYCLES, UINT64_MAX, false);
    else if (!why.text[0] || strchr(why.text, '\n')) __builtin_trap();       /* refused, but not in one line */
    machine_destroy(m);
    host_destroy(&host);
    return m;
}

#ifdef TRAP86_LIBFUZZER
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    input_play(data, size);
    return 0;
}
#else
#include <dirent.h>
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
        fprintf(stderr, "usage: load FOLDER\n");
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
