/* What the monitor knows of its guest: how often each sensitive instruction ran, where first, and the trace.
 * `executed` counts what came to the door, `trapped` what the chosen monitor gets to see: all, if it is compliant. */
#ifndef CPU_MONITOR_H
#define CPU_MONITOR_H
#include "cpu/allocator.h"
#include "cpu/pv.h"
#include "cpu/vmm.h"

enum { MONITOR_CPLS = 4, MONITOR_RESUMES = 4 };

struct monitor_row {
    u64  executed[MODES * MONITOR_CPLS];   /* by mode and virtual CPL: [mode * 4 + cpl] */
    u64  trapped;
    u64  refused;                          /* ended in a fault */
    u64  elements;                         /* of REP INS and OUTS, beyond the first of each instruction begun */
    u64  first_cycle;
    u32  first_eip;
    u16  first_cs;
    bool seen;
};

/* A REP instruction interrupted between two elements: begun again there with that count, it is not a new one. */
struct monitor_resume { u32 linear, count; bool valid; };

struct monitor {
    struct monitor_row    row[SENS_COUNT];
    struct monitor_resume resume[MONITOR_RESUMES];
    u32                   resume_next;
    struct vmm            vmm;
    struct pv             pv;
    struct leaks         *leaks;               /* NULL: nobody asks */
    struct invariants    *invariants;          /* NULL: they are not checked (invariants.h) */
    struct patch         *patch;               /* of --vmm=patch, else NULL */
    u64                   insns_loaded;        /* of cpu->insns, those that a loaded state came with: not counted here */
    bool                  watched;             /* every instruction goes by vmm_dispatch() */
    void                (*trace)(void *self, const char *line);   /* NULL: off */
    void                 *trace_self;
    struct allocator      allocator;
};
extern const struct field monitor_fields[];

/* Chooses the monitor; before the first run. false with *why: no memory. */
bool monitor_configure(struct cpu *cpu, const struct vmm_config *config, struct error *why);
/* A line for every sensitive instruction, or NULL. */
void monitor_trace_to(struct monitor *monitor, void (*trace)(void *self, const char *line), void *self);
/* Who hears of every event, or NULL. */
void monitor_observe(struct monitor *monitor, const struct vmm_observer *observer);
/* From here on they are checked; the monitor frees them. */
void monitor_check(struct monitor *monitor, struct invariants *invariants);
void monitor_destroy(struct monitor *monitor);

typedef void monitor_line_fn(void *self, const char *text);

void monitor_init(struct monitor *monitor, struct memory *memory, struct ports *ports, struct clock *clock);
/* Per executed row: counts by mode and CPL, cycles, first CS:EIP. What --trap-stats prints. */
void monitor_stats_print(const struct monitor *monitor, const struct cpu_model *model, monitor_line_fn *line,
                         void *self);
/* Forgets the counters, not the trace. */
void monitor_stats_clear(struct monitor *monitor);

/* ---- for the dispatcher ---- */
/* The first time a row is executed. */
void monitor_first(struct monitor_row *row, struct cpu *cpu, const struct insn *insn);
/* Counts an instruction begun on a state of the guest's. */
static inline void monitor_count(struct monitor *monitor, struct cpu *cpu, const struct system *guest,
                                 const struct insn *insn)
{
    struct monitor_row *row = &monitor->row[insn->row->id];
    row->executed[system_mode(guest) * MONITOR_CPLS + guest->cpl]++;
    if (unlikely(!row->seen))
        monitor_first(row, cpu, insn);
}
/* Asks the gate and calls the routine on cpu->sys, traced if someone wants it; no counting but of refusals. */
enum outcome dispatch_execute(struct cpu *cpu, const struct sensitive *row, const struct insn *insn);
/* A REP instruction goes back to the run loop between elements. */
void monitor_suspend(struct monitor *monitor, const struct cpu *cpu, const struct insn *insn);
/* Whether this REP instruction is one that was suspended; forgets the suspension. */
bool monitor_resumed(struct monitor *monitor, const struct cpu *cpu, const struct insn *insn);
/* Writes the line of one trap. `before` is the virtual state it began with, `entries` the allocator's log then. */
void monitor_trace(struct monitor *monitor, struct cpu *cpu, const struct insn *insn, const struct system *before,
                   u64 entries, enum outcome outcome);
#endif
