/* Real-time pacing: how far virtual time may be at a moment of the host's clock. It decides when a slice runs, never what
 * happens in it. */
#ifndef FRONTEND_PACE_H
#define FRONTEND_PACE_H
#include "core/clock.h"

/* Thousandths of the processor's own frequency. */
enum { PACE_MAX = 0, PACE_REAL = 1000, PACE_LEAST = 10, PACE_MOST = 100000 };

struct pace {
    u32 permille;                /* PACE_MAX: as fast as it can */
    u64 hz;                      /* of virtual time */
    u64 host_ns, cycle;          /* a moment at which both belonged together */
};

/* The host's monotonic clock. */
u64  host_clock_ns(void);
/* From now on at `permille`, PACE_MAX or PACE_LEAST to PACE_MOST. */
void pace_set(struct pace *pace, u32 permille, u64 hz, u64 cycle, u64 host_ns);
/* Nanoseconds from host_ns until `cycle` is due; 0: it is, or there is no pace. `now` is the machine's cycle: where it
 * is far from where it should be (the host was busy, the guest paused), the two are brought together here, and time lost
 * is not made up for. */
u64  pace_until(struct pace *pace, u64 cycle, u64 now, u64 host_ns);
/* The cycle that is due at host_ns. */
u64  pace_cycle(const struct pace *pace, u64 host_ns);
/* Cycles that pass in `ns` at this pace, in real time if there is none; at least 1. */
u64  pace_cycles_in(const struct pace *pace, u64 ns);
#endif
