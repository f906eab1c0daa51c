/* The local APIC's timer (SDM volume 3, "APIC Timer"): counts the bus clock, divided by 1 to 128, from the initial count
 * down to 0; then it interrupts and stops, or in periodic mode begins again.
 *
 * Nobody counts: the state is a count and the bus clock at which it held, in exact rational time. While its entry is
 * masked no event is armed. A count of 0 is never seen in periodic mode: it is the initial count of the next period.
 * A change of the divider or of the mode takes effect from the count then reached.
 * Not modelled: the TSC-deadline mode, which the P6 family does not have. */
#include "devices/lapic.h"

static u64 bus_now(const struct lapic *lapic)
{
    const struct clock *clock = lapic->dev.board->clock;
    return ticks_at(clock, clock_now(clock), lapic->bus_hz);
}

/* Bits 0, 1 and 3: 2, 4, 8, 16, 32, 64, 128, 1. */
static unsigned divider(const struct lapic_timer *timer)
{
    unsigned code = (timer->divide & 3) | (timer->divide >> 1 & 4);
    return 1u << ((code + 1) & 7);
}

static bool periodic(const struct lapic *lapic) { return lapic->lvt[LVT_TIMER] & LVT_PERIODIC; }

/* Steps of the counter since the state, and what the count is then. */
static u32 count_after(const struct lapic *lapic, u64 steps)
{
    const struct lapic_timer *timer = &lapic->timer;
    if (steps < timer->count) return timer->count - (u32)steps;
    if (!timer->count || !periodic(lapic) || !timer->initial) return 0;
    return timer->initial - (u32)((steps - timer->count) % timer->initial);
}

static u64 steps_now(const struct lapic *lapic)
{
    return (bus_now(lapic) - lapic->timer.since) / divider(&lapic->timer);
}

u32 lapic_timer_count(const struct lapic *lapic) { return count_after(lapic, steps_now(lapic)); }

/* Makes now the time at which the state holds; a step under way goes on. */
static void advance(struct lapic *lapic)
{
    struct lapic_timer *timer = &lapic->timer;
    u64 steps = steps_now(lapic);
    timer->count = count_after(lapic, steps);
    timer->since += steps * divider(timer);
}

static void arm(struct lapic *lapic)
{
    struct lapic_timer *timer = &lapic->timer;
    struct clock *clock = lapic->dev.board->clock;
    if (!timer->count || lapic->lvt[LVT_TIMER] & ENTRY_MASKED) {
        event_cancel(clock, &timer->expiry);
        return;
    }
    u64 end = timer->since + (u64)timer->count * divider(timer);
    event_at_jittered(clock, &timer->expiry, cycle_of(clock, end, lapic->bus_hz));
}

/* Periods that passed unnoticed, because an instruction was longer, are one interrupt: there is one bit to hold it. */
static void expire(void *self)
{
    struct lapic *lapic = self;
    advance(lapic);
    arm(lapic);
    lapic_timer_interrupt(lapic);
}

void lapic_timer_set_initial(struct lapic *lapic, u32 count)
{
    lapic->timer.initial = lapic->timer.count = count;
    lapic->timer.since = bus_now(lapic);
    arm(lapic);
}

void lapic_timer_set_divide(struct lapic *lapic, u32 divide)
{
    advance(lapic);
    lapic->timer.divide = divide & 0xB;
    arm(lapic);
}

void lapic_timer_set_entry(struct lapic *lapic, u32 entry)
{
    advance(lapic);
    lapic->lvt[LVT_TIMER] = entry;
    arm(lapic);
}

void lapic_timer_attach(struct lapic *lapic)
{
    event_init(&lapic->timer.expiry, lapic->dev.board->clock, "lapic timer", expire, lapic);
}

void lapic_timer_reset(struct lapic *lapic)
{
    event_cancel(lapic->dev.board->clock, &lapic->timer.expiry);
    lapic->timer.divide = lapic->timer.initial = lapic->timer.count = 0;
    lapic->timer.since = 0;
}

/* The state must hold now or before. */
void lapic_timer_restored(struct lapic *lapic)
{
    lapic->timer.divide &= 0xB;
    lapic->timer.since = MIN(lapic->timer.since, bus_now(lapic));
}

const struct field lapic_timer_fields[] = {
    FIELD(struct lapic_timer, divide,  "divide configuration"),
    FIELD(struct lapic_timer, initial, "initial count"),
    FIELD(struct lapic_timer, count,   "count at bus clock `since`; 0: stopped"),
    FIELD(struct lapic_timer, since,   "bus clock at which the count held"),
    FIELD_EVT(struct lapic_timer, expiry, "the count reaches 0"),
    FIELD_END
};
