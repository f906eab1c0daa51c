/* The kernel loaders under fuzzing. An input is one machine: a byte that chooses RAM and module count, a command line up to
 * a NUL, then the kernel; the modules are the kernel's own bytes. A kernel that is accepted runs for a moment, so that
 * what the loader left is executed too. */
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

#include "tests/fuzz/play.h"
