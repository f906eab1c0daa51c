/* The command line: one table of options makes the parser, --help, the man page and the shells' completions. */
#ifndef FRONTEND_OPTIONS_H
#define FRONTEND_OPTIONS_H
#include "core/error.h"
#include "core/types.h"
#include "cpu/cpu.h"
#include "devices/machine.h"
#include "frontend/image.h"
#include "frontend/option_audio.h"
#include "frontend/option_net.h"
#include <stdio.h>

enum { OPTION_DRIVES = MACHINE_DRIVES + MACHINE_FLOPPIES, OPTION_CONSOLES = 2, OPTION_STEPS = 64, OPTION_TEXTS = 128, OPTION_FILES_MOST = 8 };

struct drive_option {
    const char      *file, *format, *overlay;        /* as image_request has them */
    enum image_cache cache;
    bool             cdrom, snapshot, read_only;
};

struct options {
    u64         ram_bytes;
    u32         vga_bytes;                           /* video RAM; 0: no display adapter */
    const char *vgabios, *screenshot, *screen_text;
    const char *cpu;
    const char *kernel, *initrd, *append, *bios;
    const char *file[OPTION_FILES_MOST];             /* named without an option */
    unsigned    files;
    struct drive_option drive[OPTION_DRIVES];        /* hda to hdd, then fda and fdb */
    bool        snapshot;
    struct net_options net;
    struct audio_options audio;
    const char *serial[MACHINE_SERIALS];
    unsigned    serials;
    const char *parallel[MACHINE_PARALLELS];
    unsigned    parallels;
    const char *display;                             /* NULL: what fits */
    bool        full_screen;
    const char *release_key, *menu_key;              /* of the window */
    const struct layout *layout;                     /* of the guest's keyboard, for text that is typed */
    bool        nographic, no_reboot, no_hpet, pc_testdev, pci_testdev;
    u16         boot_order, boot_once, boot_wait;    /* as machine_config has them */
    bool        boot_menu;
    u16         exit_base, exit_size;
    struct { u16 port; const char *sink; } console[OPTION_CONSOLES];
    unsigned    consoles;
    u32         log_mask;
    const char *log_file;
    s64         rtc_seconds;
    const char *nvram;
    bool        loop_engine;
    u64         block_cap, flush_seed, check_invariants;
    u64         max_cycles, max_insns, hash_every;               /* 0: no limit */
    u64         timeout, timeout_virtual;            /* seconds of the host's and the guest's time; 0: no limit */
    const char *savevm, *loadvm;
    u64         savevm_at;                           /* cycle; 0: at the end */
    bool        speed_given;
    u32         speed;                               /* as pace.h has it */
    u64         no_progress, jitter;                 /* cycles; seed; 0: none */
    struct { const char *verb, *argument; bool fails; } step[OPTION_STEPS];      /* of the script (script.h) */
    unsigned    steps;
    bool        no_input;                            /* standard input is not read */
    bool        no_shutdown, reset_on_shutdown;      /* stay when the guest switches off; reset at a triple fault */
    bool        exit_plain;                          /* isa-debug-exit: the status is what is written */
    u64         success;                             /* the exit status that counts as success; 0: 0 */
    const char *name, *junit, *tap;
    const char *suite, *results;                     /* many runs (suite.h) */
    u64         jobs, shard, shards, jitter_last;    /* 0: not said */
    bool        verdict, trap_stats;
    const char *qmp;                                 /* the control socket's place */
    const char *monitor;                             /* the console's place; NULL: behind Ctrl-A c */
    bool        on_failure;                          /* debug */
    const char *symbols[OPTION_FILES_MOST];          /* FILE[@OFFSET] */
    unsigned    symbol_files;
    const char *debug_script;                        /* commands of the console, before the first instruction */
    bool        magic_break;
    const char *gdb;                                 /* where gdb may come (gdb.h) */
    bool        stopped;                             /* no instruction runs until somebody lets the guest run */
    const char *trap_trace, *record, *replay, *script;
    struct vmm_config vmm;                           /* name NULL: compliant */
    const char *leaks;
    const char *costs, *costs_name, *costs_out, *costs_in, *costs_chart, *vmm_time;
    char       *kept[OPTION_TEXTS];                  /* parts of arguments that had to be copied */
    unsigned    kepts;
    /* Ask for a text instead of a run. */
    bool        help, version, list_sensitive, print_man, vmm_help;
    const char *print_completion;
    const char *rom_folder, *option_rom[MACHINE_ROMS];
    unsigned    option_roms;
    const char *dump_acpi;                           /* a folder for the tables: a run without one */
    bool        matrix, matrix_lines;                /* other runs than a session (matrix.h) */
    u64         classify;                            /* and another (classify.h): samples of each encoding */
};

/* False with *why filled for what cannot be meant. */
bool options_parse(struct options *options, int argc, char **argv, struct error *why);
/* Whether they are for a guest, and not for a text or another kind of run. */
bool options_run_guest(const struct options *options);
/* What the guest is called in reports and windows: -name, or the file name of its kernel, ROM or first medium. */
const char *options_name(const struct options *options);
void options_free(struct options *options);
void options_help(FILE *out);
void options_man(FILE *out);
/* shell: "bash" or "zsh". */
bool options_completion(FILE *out, const char *shell, struct error *why);
#endif
