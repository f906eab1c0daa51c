/* Virtual time: a 64-bit count of CPU cycles, and the short sorted list of events that will happen.
 * Nothing here or above reads the host's clock. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H
#include "core/types.h"

struct event {
    struct event *next;
    u64           cycle;             /* when, if armed */
    void        (*fire)(void *self);
    void         *self;
    const char   *name;
    u32           order;             /* breaks ties: order of event_init */
    bool          armed;
};

/* No machine gets so old: 146 years at 1 GHz. A loaded one that claims to be older is
 * made younger, so that sums of times do not overflow. */
#define CLOCK_END ((u64)1 << 62)

struct clock {
    u64           now;               /* exact whenever a device is called (port, MMIO, event) */
    u64           hz;                /* cycles per virtual second, fixed by the CPU model */
    struct event *first;
    u32           events;            /* how many event_init have seen */
    u64           jitter;            /* seed; 0: timers are exact */
};

/* How late, in cycles, a timer may be under a seed: some tens of instructions. */
enum { CLOCK_JITTER = 64 };

void clock_init(struct clock *clock, u64 hz);
/* Registers an event; not armed. `fire` runs with clock->now at or just after its cycle. */
void event_init(struct event *event, struct clock *clock, const char *name, void (*fire)(void *self), void *self);
/* Arms (again) for an absolute cycle; a cycle in the past fires at the next instruction boundary. */
void event_at(struct clock *clock, struct event *event, u64 cycle);
/* The same for the timer chips that interrupt at times the guest has set: under a seed of clock->jitter up to
 * CLOCK_JITTER - 1 cycles later, which depends on seed, event and cycle alone. */
void event_at_jittered(struct clock *clock, struct event *event, u64 cycle);
void event_cancel(struct clock *clock, struct event *event);
/* Cycle of the first armed event, or UINT64_MAX. */
u64  clock_next(const struct clock *clock);
/* Fires, in order, every event with cycle <= now. */
void clock_fire(struct clock *clock);

static inline u64 clock_now(const struct clock *clock) { return clock->now; }

/* floor(a * b / c) with a 128-bit product (GNU: __int128). */
static inline u64 muldiv(u64 a, u64 b, u64 c) { return (u64)((unsigned __int128)a * b / c); }
/* ceil(a * b / c) */
static inline u64 muldiv_up(u64 a, u64 b, u64 c) { return (u64)(((unsigned __int128)a * b + c - 1) / c); }

/* Ticks of a chip's clock of `hz` Hz that have passed at cycle `cycle`, and the first cycle at which `ticks` have. */
static inline u64 ticks_at(const struct clock *clock, u64 cycle, u64 hz) { return muldiv(cycle, hz, clock->hz); }
static inline u64 cycle_of(const struct clock *clock, u64 ticks, u64 hz) { return muldiv_up(ticks, clock->hz, hz); }
/* Nanoseconds of virtual time as cycles, rounded up, at least 1. */
static inline u64 cycles_of_ns(const struct clock *clock, u64 ns)
{
    u64 c = muldiv_up(ns, clock->hz, 1000000000);
    return c ? c : 1;
}
#endif
