/* Real-time pacing (frontend/pace.h). */
#include "frontend/pace.h"
#include <time.h>

enum { NS_PER_SECOND = 1000000000, BEHIND_NS = 100000000, AHEAD_NS = 500000000 };

u64 host_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * NS_PER_SECOND + (u64)now.tv_nsec;
}

void pace_set(struct pace *pace, u32 permille, u64 hz, u64 cycle, u64 host_ns)
{
    *pace = (struct pace){ permille, hz, host_ns, cycle };
}

static u64 rate(const struct pace *pace)
{
    return muldiv(pace->hz, pace->permille ? pace->permille : PACE_REAL, PACE_REAL);
}

u64 pace_cycle(const struct pace *pace, u64 host_ns)
{
    return pace->cycle + muldiv(host_ns - pace->host_ns, rate(pace), NS_PER_SECOND);
}

u64 pace_cycles_in(const struct pace *pace, u64 ns)
{
    u64 cycles = muldiv(ns, rate(pace), NS_PER_SECOND);
    return cycles ? cycles : 1;
}

u64 pace_until(struct pace *pace, u64 cycle, u64 now, u64 host_ns)
{
    if (pace->permille == PACE_MAX) return 0;
    u64 due = pace_cycle(pace, host_ns);
    if (now + pace_cycles_in(pace, BEHIND_NS) < due || now > due + pace_cycles_in(pace, AHEAD_NS)) {
        pace_set(pace, pace->permille, pace->hz, now, host_ns);
        due = now;
    }
    return cycle > due ? muldiv_up(cycle - due, NS_PER_SECOND, rate(pace)) : 0;
}
