/* One run of trap86: the machine that the command line describes, and what of the host belongs to it. */
#ifndef FRONTEND_SESSION_H
#define FRONTEND_SESSION_H
#include "devices/load.h"
#include "devices/machine.h"
#include "frontend/console.h"
#include "frontend/costs.h"
#include "frontend/display.h"
#include "frontend/door.h"
#include "frontend/file.h"
#include "frontend/image.h"
#include "frontend/net.h"
#include "frontend/options.h"
#include "frontend/pace.h"
#include "frontend/script.h"
#include "frontend/sound.h"
#include "frontend/strokes.h"
#include "frontend/verdict.h"
#include <stdio.h>

/* How a run ended. MACHINE_* of machine.h are the guest's own ends; these are ours. */
enum session_end {
    END_GUEST, END_CYCLES, END_INSNS, END_TIMEOUT, END_VIRTUAL_TIMEOUT, END_NO_PROGRESS, END_QUIT, END_SIGNAL, END_LEAKS,
    END_SCRIPT, END_EXPECT, END_UNMET, END_FAIL_ON, END_SAVEVM, END_INTERNAL
};

/* Exit status of what cannot be meant or done. */
enum { STATUS_USAGE = 2 };

enum { SYMBOL_FILES = 16 };
struct snapshot;
struct source_lines;

/* A program that may be in the guest's memory, for its names and lines. */
struct symbol_file {
    struct blob          elf;
    u32                  offset;                     /* added to each address in it */
    bool                 owned, asked;               /* asked: lines have been looked for */
    struct source_lines *lines;
};

struct session {
    struct options  options;
    struct host    *host;                            /* the process's; may be shared with other sessions */
    int             out;                             /* the file that stands for standard output */
    FILE           *tell;                            /* where lines for the user go */
    struct machine *machine;
    struct load     load;
    char           *initrd_names;                    /* what load's module lines point into */
    struct blob     bios_symbols;                    /* an ELF file; of our own BIOS, if that runs */
    struct symbol_file symbol_file[SYMBOL_FILES];    /* the first is the kernel */
    unsigned        symbol_files;
    struct blob     nvram;                           /* as read at the start; length 0: there was none */
    struct blob     bios, vgabios, option_rom[MACHINE_ROMS];
    struct screen   screen;                          /* of screenshots */
    struct image   *image[OPTION_DRIVES];           /* as options.drive */
    unsigned        media_source;                    /* input source for changes of media */
    struct output  *outputs;
    struct net     *net;                             /* NULL: no network card */
    struct sound   *sound;                           /* NULL: nobody listens */
    const struct display *display;
    void           *display_self;                    /* NULL: nothing is shown */
    struct console  console;
    int             console_serial;                  /* the port that standard input feeds; -1: none */
    FILE           *log, *record, *trace, *leaks;
    struct script  *script;                          /* NULL: none */
    struct ears    *ears;                            /* NULL: nobody listens to the guest */
    struct watchdog *watchdog;                       /* while it runs */
    struct costs   *costs;                           /* NULL: none are counted */
    FILE           *costs_out, *costs_chart;
    const struct snapshot *snapshot;                 /* given by the owner, to start from; NULL: see options.loadvm */
    unsigned        snapshot_source;                 /* input source for marks in a record */
    u64             loaded;                          /* the snapshot that the machine was made from; 0: none */
    bool            saved, save_failed;              /* --savevm has been done */
    bool            reloaded;                        /* a snapshot was loaded while the machine ran; the runner clears it */
    struct strokes  strokes;                         /* keys on their way to the guest */
    struct debugger *debugger;
    struct prompt  *prompt;                          /* the console; NULL: none */
    bool            failed;                          /* --on-failure debug has shown a failure */
    enum session_end failure;                        /* what it was; END_GUEST: the guest's own */
    struct qmp     *qmp;                             /* NULL: no control socket */
    struct gdb     *gdb;                             /* NULL: no stub */
    struct door     door[SESSION_DOORS];
    unsigned        doors;
    bool            paused;                          /* no virtual time passes */
    bool            resumed;                         /* a point's commands let the guest run on at once */
    struct pace     pace;
    enum session_end end;
    int             signal;                          /* of END_SIGNAL */
    struct verdict  verdict;                         /* when it has ended */
};

/* The guest that is linked in, as a multiboot kernel; length 0 if there is none. */
struct blob session_embedded_guest(void);

/* A session without a machine, whose options are yet to be set. */
struct session *session_new(struct host *host, FILE *tell);
/* Makes the machine. On failure *why says what is not good; close the session all the same. */
bool session_open(struct session *session, struct error *why);
void session_close(struct session *session);

/* run.c: runs to the end, tells about it, and returns the exit status. */
int session_run(struct session *session);
/* Leaks of the monitor up to now; 0 if none are counted. */
u64 session_leaks(const struct session *session);
/* doors.c: the script's last words, when the guest has come to its end. */
void session_script_finish(struct session *session);
/* end.c: tells how the run ended, writes the reports, and returns the exit status. */
int session_finish(struct session *session);
#endif
