/* What must hold whatever a guest does: the safety invariants I1 to I10 (Popek and Goldberg's resource control, as
 * sentences that a program can check). Off unless --check-invariants or a build with --enable-invariants asks; then the
 * processor's part is looked at after every so many exits of the dispatcher, the board's (devices/invariants.h) whenever
 * the allocator has changed who owns what and after each run. A breach is a bug of ours: one line, and abort(). */
#ifndef CPU_INVARIANTS_H
#define CPU_INVARIANTS_H
#include "cpu/monitor.h"

/* INVARIANTS(X): X(id, sentence) */
#define INVARIANTS(X) \
    X(I1,  "an exclusive resource has at most one owner") \
    X(I2,  "every translation leads to the machine's own memory") \
    X(I3,  "a port and a memory-mapped register belong to the machine that accesses them") \
    X(I4,  "an interrupt line is driven by its owner only") \
    X(I5,  "files open for a machine are claimed by it") \
    X(I6,  "what changes its owner holds nothing of the old one") \
    X(I7,  "grants of RAM add up and fit the host's budget") \
    X(I8,  "virtual CPL 3 reaches no page or level of the guest's kernel") \
    X(I9,  "no guest reaches the monitor's memory or registers") \
    X(I10, "the guest cannot keep the processor from the monitor")

enum invariant {
#define X(id, sentence) INVARIANT_##id,
    INVARIANTS(X)
#undef X
    INVARIANT_COUNT
};

/* The first that does not hold, and where. */
struct breach { enum invariant which; char what[200]; };

/* The most cycles by which one instruction, and the delivery of what it raises, may overrun its event. */
enum { INVARIANT_OVERRUN = 4096, INVARIANT_STANDSTILL = 1 << 16 };

struct invariants {
    u64  every, left;                      /* exits of the dispatcher between two checks, and to the next */
    u64  checks, board_checks, runs;
    u64  exits, cycle;                     /* of the last look at whether virtual time goes on */
    u64  grants;                           /* of ports, memory map and lines, when the board was last looked at */
    bool (*board)(void *self, struct breach *breach);      /* NULL: no board */
    void *board_self;
};

/* Fills *breach and returns false. */
bool breach_set(struct breach *breach, enum invariant which, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "invariant I2 does not hold: ...". */
void breach_text(const struct breach *breach, char *text, size_t size);
/* Says so on standard error and aborts. */
void breach_abort(const struct breach *breach) __attribute__((noreturn));

/* Whether the processor's hold, between two instructions; else *breach says which does not. */
bool cpu_invariants_hold(const struct cpu *cpu, struct breach *breach);
/* All slots of the TLB, also those that nothing fills. */
bool tlb_invariants_hold(const struct cpu *cpu, struct breach *breach);
/* I2, I8 and I9 of the shadow page tables, all of them or one of them, if there are any. */
bool shadow_invariants_hold(struct cpu *cpu, bool all, struct breach *breach);
/* Begins to check: from here on every instruction goes by vmm_dispatch(). false with *why: no memory. */
bool invariants_begin(struct cpu *cpu, u64 every, bool (*board)(void *self, struct breach *breach), void *self,
                      struct error *why);
/* The dispatcher is done with an instruction, or an exception is delivered. */
void invariants_exit(struct cpu *cpu);
#endif
