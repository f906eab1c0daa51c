/* Monitors: the same machine under several policies (design.md 1; Popek and Goldberg 1974, Robin and Irvine 2000).
 *
 * The chip always executes on cpu->sys. Under the compliant monitor that is also what the guest sees. Under the others
 * the guest is de-privileged: project() makes the state of a Pentium at CPL 3 or 1 from the virtual one, and while the
 * guest runs on it (cpu->on_chip), cpu->guest is the virtual state, kept here. A trap swaps the virtual state into
 * cpu->sys, so that every routine works on it as it would on a bare machine, and projects anew when it is done.
 * All of this is a model: there is no second processor, the host interprets everything. */
#ifndef CPU_VMM_H
#define CPU_VMM_H
#include "cpu/dispatcher.h"

/* MONITORS: one row each in vmm.def. */
enum vmm_projection {
    PROJECT_NONE,                          /* the two states are one */
    PROJECT_ALL,                           /* the whole guest is de-privileged */
    PROJECT_USER                           /* virtual CPL 3 runs on the chip, the rest is interpreted */
};
enum vmm_tracing { TRACE_ADAPTIVE, TRACE_ALWAYS, TRACE_NEVER };
enum vmm_paging { PAGING_DIRECT, PAGING_SHADOW, PAGING_COUNT /* direct, with a shadow beside it for counting */ };

/* What the monitor's own registers hold on the chip: what leaks. */
struct vmm_constants { struct table_register gdtr, idtr; u16 ldtr, tr; u32 cr0; };

struct vmm_config {
    const char *name;                      /* of its row; NULL means compliant */
    char text[64];                         /* as given, cut if it is long: for reports */
    u8   projection;                       /* enum vmm_projection */
    u8   ring;                             /* physical CPL of the guest's kernel: 3 or 1 */
    bool apart;                            /* programs have shadow tables of their own, which keep the guest's DPL */
    bool keep;                             /* shadow descriptors keep the guest's DPL; else it is raised to the ring */
    bool patch;                            /* kernel code is scanned before it runs */
    bool pv;                               /* hypercalls (pv.h) */
    bool report;                           /* counterfactuals: what the other monitors would have shown */
    bool leaks;                            /* some sensitive row of the kernel does not trap: the guest may go astray */
    u8   traps[VIEWS][SENS_COUNT];         /* 1: the row traps, at virtual CPL < 3 (VIEW_KERNEL) and at 3 (VIEW_USER) */
    struct vmm_constants physical;
    u8   paging, tracing;                  /* enum vmm_paging, enum vmm_tracing */
    u16  roots;                            /* guest address spaces whose shadows are kept */
    u16  trace_k, trace_max;               /* adaptive: a page written trace_k times is traced no longer; at most
                                              trace_max pages are traced */
};

/* The compliant monitor. */
void vmm_config_default(struct vmm_config *config);
/* The text of --vmm=: a monitor's name, then settings after commas. False with *why: no such monitor, row or setting. */
bool vmm_parse(struct vmm_config *config, const char *text, struct error *why);
/* The monitors and their settings, a line per call. */
void vmm_print(void (*line)(void *self, const char *text), void *self);

/* ---- events: what --costs charges and the efficiency line counts ---- */
/* VMM_EVENTS(X): X(id, name). One is noted for each entry of the dispatcher and for what shadow paging does. */
#define VMM_EVENTS(X) \
    X(PRIVILEGED,   "privileged, registers only") \
    X(TIME_STAMP,   "rdtsc") \
    X(UNPRIVILEGED, "sensitive, unprivileged") \
    X(IO,           "in and out") \
    X(SYSTEM_CALL,  "system call and return") \
    X(EXCEPTION,    "exception reflected") \
    X(INTERRUPT,    "interrupt injected") \
    X(PF_TRUE,      "true page fault") \
    X(PF_HIDDEN,    "hidden page fault") \
    X(PF_TRACE,     "traced page-table write") \
    X(PF_MMIO,      "memory-mapped I/O") \
    X(CR3_LOAD,     "cr3 load") \
    X(HALT,         "halt") \
    X(SPURIOUS,     "spurious trap")

enum vmm_event {
#define X(id, name) EVENT_##id,
    VMM_EVENTS(X)
#undef X
    EVENT_COUNT
};

/* Who wants to hear of each event as it happens; `linear` is the instruction's address. NULL: nobody. */
struct vmm_observer {
    void (*event)(void *self, enum vmm_event event, u32 linear, const struct insn *insn /* or NULL */);
    void *self;
};

/* The chip between two runs, and what is shown of it meanwhile. */
struct vmm_chip { struct system sys, virtual, shown; u16 fcs, fds, shown_fcs, shown_fds; };

struct vmm {
    struct cpu *cpu;
    struct vmm_config config;
    struct system virtual;                 /* the guest's, while cpu->on_chip */
    bool   user_root;                      /* while on_chip: the root of virtual CPL 3 is in use */
    bool   fpu_owned;                      /* the guest has the FPU: physical TS follows the virtual one */
    bool   fault_is_guests;                /* cpu->fault arose on the virtual state */
    bool   suspended;                      /* `chip` holds what goes on with the next run */
    struct vmm_chip chip;
    u64    event[EVENT_COUNT];
    u64    spurious[SENS_COUNT];           /* the chip faulted where a bare machine does not (kind T) */
    u64    interpreted;                    /* instructions executed on the virtual state: no descriptor can express it */
    u64    interpreted_since;
    u64    projections, root_switches;
    struct vmm_observer observer;
    bool   resumed;                        /* the instruction is a REP that was begun, and counted, before */
};

extern const struct field vmm_fields[];
/* After a load of its rows, and of the CPU's before them. */
void vmm_restored(void *vmm);

void vmm_event(struct cpu *cpu, enum vmm_event event, u32 linear, const struct insn *insn);
/* Swaps the virtual state into cpu->sys (absorb) if the guest runs de-privileged; the chip is the monitor's then. */
void vmm_enter(struct cpu *cpu);
/* Gives the chip back: projects, if the monitor de-privileges, the state can be expressed and is not that of system
 * management mode, which the monitor interprets. */
void vmm_leave(struct cpu *cpu);
/* At the end and the beginning of a run: shows the guest's state in cpu->sys, and goes on as if nothing had been. */
void vmm_suspend(struct cpu *cpu);
void vmm_resume(struct cpu *cpu);
/* The state a monitor of this configuration would make of the guest's now. */
void vmm_project(const struct cpu *cpu, const struct vmm_config *config, struct system *p);
/* Whether a guest in this state would run on the chip under a configuration. */
bool vmm_on_chip_under(const struct vmm_config *config, const struct system *guest);
/* *v, a copy of the virtual state, becomes what a trap now would absorb. */
void vmm_absorbed(const struct cpu *cpu, struct system *v);
/* The selectors that the x87 has noted are one state's: they become the other's. */
void vmm_fpu_translate(struct cpu *cpu, const struct system *from, const struct system *to);
/* Whether the shadow descriptors of a guest in this state keep its DPLs. */
bool vmm_keeps(const struct vmm_config *config, const struct system *guest);
/* A descriptor that the chip reads while the guest is de-privileged: as the shadow table has it. As descriptor_read. */
enum outcome vmm_descriptor_read(struct cpu *cpu, u16 selector, struct descriptor *d, bool *outside);
/* The chip marks a shadow descriptor accessed: so is the guest's own. false: #PF raised. */
bool vmm_descriptor_accessed(struct cpu *cpu, u16 selector);
/* The dispatcher's other half, for all monitors but the compliant one and whenever someone watches. */
enum outcome vmm_dispatch(struct cpu *cpu, const struct insn *insn);
/* cpu->fault goes to the guest's handler, reflected by the monitor. */
void vmm_exception_deliver(struct cpu *cpu);
/* Whether the chip may have raised cpu->fault for the monitor only. */
bool vmm_fault_doubtful(const struct cpu *cpu);
/* Then the instruction is to be executed on the virtual state, which this puts into cpu->sys. */
void vmm_fault_interpret(struct cpu *cpu);
void vmm_reset(struct cpu *cpu);
#endif
