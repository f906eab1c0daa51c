/* HPET, after the IA-PC HPET (High Precision Event Timers) Specification 1.0a: a main counter of 64 bits and 10 ns, three
 * timers of 64 or 32 bits, one-shot or periodic, edge- or level-triggered, through inputs 20-23 of the I/O APIC; timers 0
 * and 1 through IRQ 0 and 8 in the legacy replacement route.
 *
 * Nobody counts: the counter is a value and the tick at which it held, in exact rational time, and a timer is the value at
 * which it will match; matches that nobody is to hear of have no event. An edge falls before it rises again and stays
 * high meanwhile, so that an 8259 sees it until it is served.
 * Registers take aligned accesses of 32 bits; a 64-bit access is two. Writing the counter while it runs is let through,
 * which the specification leaves open. Not modelled: FSB interrupts (no timer announces them). */
#include "devices/hpet.h"

enum { REG_ID = 0x000, REG_PERIOD = 0x004, REG_CONFIG = 0x010, REG_STATUS = 0x020, REG_COUNTER = 0x0F0,
       REG_TIMERS = 0x100, TIMER_BYTES = 0x20, BYTES = 0x400, PRIORITY = 50 };
enum { TIMER_CONFIG, TIMER_ROUTES = 4, TIMER_COMPARATOR = 8 };
enum { FEMTOSECONDS = 10000000, ROUTES = 0xF << HPET_FIRST_PIN };
enum { CONFIG_ENABLE = 1, CONFIG_LEGACY = 2 };
enum { TIMER_LEVEL = 1 << 1, TIMER_ENABLE = 1 << 2, TIMER_PERIODIC = 1 << 3, TIMER_SET = 1 << 6, TIMER_32 = 1 << 8,
       TIMER_ROUTE = 31 << 9, TIMER_WRITABLE = TIMER_LEVEL | TIMER_ENABLE | TIMER_PERIODIC | TIMER_SET | TIMER_32 | TIMER_ROUTE,
       TIMER_CAPABLE = 1 << 4 /* periodic */ | 1 << 5 /* 64 bits */ };
/* No event further away: after it, it is looked at again. */
#define FAR_TICKS ((u64)1 << 40)
#define VENDOR    0x80860000u

static u64 tick_now(const struct hpet *hpet)
{
    const struct clock *clock = hpet->dev.board->clock;
    return ticks_at(clock, clock_now(clock), HPET_HZ);
}

static bool running(const struct hpet *hpet) { return hpet->config & CONFIG_ENABLE; }
static bool legacy(const struct hpet *hpet) { return running(hpet) && hpet->config & CONFIG_LEGACY; }
static u64 counter_now(const struct hpet *hpet)
{
    return running(hpet) ? hpet->counter + (tick_now(hpet) - hpet->since) : hpet->counter;
}

/* ---- outputs ---- */
static unsigned timer_route(const struct hpet_timer *timer) { return (timer->config & TIMER_ROUTE) >> 9; }

struct outputs { bool pin[HPET_PINS], irq[HPET_LEGACY]; };

static struct outputs outputs_of(const struct hpet *hpet)
{
    struct outputs out = { { false }, { false } };
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        const struct hpet_timer *timer = &hpet->timer[i];
        unsigned route = timer_route(timer) - HPET_FIRST_PIN;
        bool level = running(hpet) && timer->output && timer->config & TIMER_ENABLE;
        if (legacy(hpet) && i < HPET_LEGACY) out.irq[i] = level;
        else if (route < HPET_PINS) out.pin[route] |= level;
    }
    return out;
}

static void outputs_update(struct hpet *hpet)
{
    struct outputs out = outputs_of(hpet);
    for (unsigned i = 0; i < HPET_PINS; i++) line_set(&hpet->pin[i], out.pin[i]);
    for (unsigned i = 0; i < HPET_LEGACY; i++) line_set(&hpet->irq[i], out.irq[i]);
}

/* A match: a level stays until its status bit is cleared, an edge is made anew. */
static void timer_matched(struct hpet *hpet, unsigned i)
{
    struct hpet_timer *timer = &hpet->timer[i];
    if (timer->config & TIMER_LEVEL) {
        hpet->status |= 1u << i;
    } else if (timer->output) {
        timer->output = false;
        outputs_update(hpet);
    }
    timer->output = true;
    outputs_update(hpet);
}

/* ---- time ---- */
static u64 timer_mask(const struct hpet_timer *timer) { return timer->config & TIMER_32 ? UINT32_MAX : UINT64_MAX; }

/* From a new comparator, counter or width: when the two will be equal. */
static void timer_aim(struct hpet_timer *timer, u64 counter)
{
    u64 distance = (timer->comparator - counter) & timer_mask(timer);
    timer->match = counter + distance;
    timer->matches = timer->match >= counter;            /* beyond the counter's last value is never */
}

/* The first match after `counter`: those up to there are one interrupt. A timer of 32 bits that is not periodic matches
 * again when the counter has gone round. */
static void timer_step(struct hpet_timer *timer, u64 counter)
{
    u64 period = timer->config & TIMER_PERIODIC ? timer->period & timer_mask(timer) : timer_mask(timer) + 1;
    if (!period) {
        timer->matches = false;
        return;
    }
    u64 next = timer->match + ((counter - timer->match) / period + 1) * period;
    timer->matches = next > timer->match;
    timer->match = next;
    if (timer->config & TIMER_PERIODIC) timer->comparator = next & timer_mask(timer);
}

static void timer_advance(struct hpet *hpet, unsigned i, u64 counter)
{
    struct hpet_timer *timer = &hpet->timer[i];
    if (!timer->matches || counter < timer->match) return;
    timer_step(timer, counter);
    if (timer->config & TIMER_ENABLE) timer_matched(hpet, i);
}

static void arm(struct hpet *hpet)
{
    struct clock *clock = hpet->dev.board->clock;
    u64 counter = counter_now(hpet), distance = UINT64_MAX;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        const struct hpet_timer *timer = &hpet->timer[i];
        if (timer->matches && timer->config & TIMER_ENABLE)
            distance = MIN(distance, timer->match > counter ? timer->match - counter : 0);
    }
    if (!running(hpet) || distance == UINT64_MAX) event_cancel(clock, &hpet->due);
    else event_at_jittered(clock, &hpet->due, cycle_of(clock, tick_now(hpet) + MIN(distance, FAR_TICKS), HPET_HZ));
}

static void advance(struct hpet *hpet)
{
    u64 counter = counter_now(hpet);
    hpet->counter = counter;
    hpet->since = tick_now(hpet);
    if (!running(hpet)) return;
    for (unsigned i = 0; i < HPET_TIMERS; i++) timer_advance(hpet, i, counter);
}

static void due(void *self)
{
    advance(self);
    arm(self);
}

/* ---- registers ---- */
static u32 half(u64 value, u32 offset) { return (u32)(offset & 4 ? value >> 32 : value); }
static u64 with_half(u64 old, u32 offset, u32 value)
{
    return offset & 4 ? (old & UINT32_MAX) | (u64)value << 32 : (old & ~(u64)UINT32_MAX) | value;
}

/* The timer at an offset and its register there, or NULL. */
static struct hpet_timer *timer_at(struct hpet *hpet, u32 offset, u32 *reg)
{
    unsigned i = (offset - REG_TIMERS) / TIMER_BYTES;
    *reg = offset % TIMER_BYTES;
    return offset >= REG_TIMERS && i < HPET_TIMERS ? &hpet->timer[i] : NULL;
}

static u32 timer_read(const struct hpet_timer *timer, u32 reg)
{
    switch (reg & ~4u) {
    case TIMER_CONFIG:     return reg & TIMER_ROUTES ? ROUTES : timer->config | TIMER_CAPABLE;
    case TIMER_COMPARATOR: return half(timer->comparator, reg);
    }
    return 0;
}

static u32 hpet_read(void *self, u32 offset, unsigned width)
{
    struct hpet *hpet = self;
    u32 reg;
    (void)width;
    advance(hpet);
    const struct hpet_timer *timer = timer_at(hpet, offset, &reg);
    if (timer) return timer_read(timer, reg);
    switch (offset) {
    case REG_ID:      return VENDOR | 1 << 15 | 1 << 13 | (HPET_TIMERS - 1) << 8 | 1;
    case REG_PERIOD:  return FEMTOSECONDS;
    case REG_CONFIG:  return hpet->config;
    case REG_STATUS:  return hpet->status;
    case REG_COUNTER: case REG_COUNTER + 4: return half(hpet->counter, offset);
    }
    return 0;
}

static void config_write(struct hpet *hpet, u32 value)
{
    hpet->config = value & (CONFIG_ENABLE | CONFIG_LEGACY);
    line_set(&hpet->legacy, legacy(hpet));
}

/* Ones clear the bits of level-triggered timers. */
static void status_write(struct hpet *hpet, u32 value)
{
    for (unsigned i = 0; i < HPET_TIMERS; i++)
        if (value & hpet->status & 1u << i) hpet->timer[i].output = false;
    hpet->status &= ~value;
}

static void timer_config_write(struct hpet *hpet, struct hpet_timer *timer, u32 value)
{
    u32 changed = timer->config ^ value;
    timer->config = value & TIMER_WRITABLE;
    if (!(ROUTES >> timer_route(timer) & 1)) timer->config &= ~(u32)TIMER_ROUTE;
    timer->comparator &= timer_mask(timer);
    if (!(timer->config & TIMER_ENABLE) || changed & TIMER_LEVEL) timer->output = false;
    if (changed & TIMER_32) timer_aim(timer, hpet->counter);
}

/* In periodic mode a write is the period; with Tn_VAL_SET_CNF, which it clears, the comparator too. */
static void comparator_write(struct hpet *hpet, struct hpet_timer *timer, u32 reg, u32 value)
{
    bool periodic = timer->config & TIMER_PERIODIC;
    if (periodic) timer->period = with_half(timer->period, reg, value);
    if (!periodic || timer->config & TIMER_SET) {
        timer->comparator = with_half(timer->comparator, reg, value) & timer_mask(timer);
        timer_aim(timer, hpet->counter);
    }
    timer->config &= ~(u32)TIMER_SET;
}

static void timer_write(struct hpet *hpet, struct hpet_timer *timer, u32 reg, u32 value)
{
    if (reg == TIMER_CONFIG) timer_config_write(hpet, timer, value);
    else if ((reg & ~4u) == TIMER_COMPARATOR) comparator_write(hpet, timer, reg, value);
}

static void counter_write(struct hpet *hpet, u32 offset, u32 value)
{
    hpet->counter = with_half(hpet->counter, offset, value);
    for (unsigned i = 0; i < HPET_TIMERS; i++) timer_aim(&hpet->timer[i], hpet->counter);
}

static void hpet_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct hpet *hpet = self;
    u32 reg;
    (void)width;
    advance(hpet);
    struct hpet_timer *timer = timer_at(hpet, offset, &reg);
    if (timer) timer_write(hpet, timer, reg, value);
    else if (offset == REG_CONFIG) config_write(hpet, value);
    else if (offset == REG_STATUS) status_write(hpet, value);
    else if ((offset & ~4u) == REG_COUNTER) counter_write(hpet, offset, value);
    outputs_update(hpet);
    arm(hpet);
}

static const struct region_ops hpet_ops = { hpet_read, hpet_write, WIDTH_32 };

/* ---- life ---- */
static bool hpet_attach(struct device *dev, struct error *why)
{
    struct hpet *hpet = container_of(dev, struct hpet, dev);
    (void)why;
    event_init(&hpet->due, dev->board->clock, "hpet", due, hpet);
    memory_map_mmio(dev->board->memory, "hpet", HPET_BASE, BYTES, &hpet_ops, hpet, PRIORITY);
    return true;
}

static void hpet_reset(struct device *dev, enum reset_kind kind)
{
    struct hpet *hpet = container_of(dev, struct hpet, dev);
    (void)kind;
    hpet->config = hpet->status = 0;
    hpet->counter = hpet->since = 0;
    for (unsigned i = 0; i < HPET_TIMERS; i++)
        hpet->timer[i] = (struct hpet_timer){ .comparator = UINT64_MAX, .match = UINT64_MAX, .matches = true };
    line_set(&hpet->legacy, false);
    outputs_update(hpet);
    arm(hpet);
}

/* The state must hold now or before. */
static void hpet_restored(struct device *dev)
{
    struct hpet *hpet = container_of(dev, struct hpet, dev);
    struct outputs out = outputs_of(hpet);
    for (unsigned i = 0; i < HPET_PINS; i++) hpet->pin[i].level = out.pin[i];
    for (unsigned i = 0; i < HPET_LEGACY; i++) hpet->irq[i].level = out.irq[i];
    hpet->legacy.level = legacy(hpet);
    hpet->since = MIN(hpet->since, tick_now(hpet));
}

static const struct field timer_fields[] = {
    FIELD(struct hpet_timer, config,     "configuration"),
    FIELD(struct hpet_timer, comparator, "comparator"),
    FIELD(struct hpet_timer, period,     "period"),
    FIELD(struct hpet_timer, match,      "counter at the next match"),
    FIELD(struct hpet_timer, matches,    "there is one"),
    FIELD(struct hpet_timer, output,     "output"),
    FIELD_END
};
static const struct field hpet_fields[] = {
    FIELD_NONE(struct hpet, dev, "wiring"),
    FIELD(struct hpet, config, "general configuration"),
    FIELD(struct hpet, status, "interrupt status"),
    FIELD(struct hpet, counter, "main counter at tick `since`"),
    FIELD(struct hpet, since, "tick at which it held"),
    FIELD_EACH(struct hpet, timer, timer_fields, "timers 0 to 2"),
    FIELD_EVT(struct hpet, due, "next match that interrupts"),
    FIELD_NONE(struct hpet, irq, "wiring; levels follow the timers"),
    FIELD_NONE(struct hpet, pin, "wiring; levels follow the timers"),
    FIELD_NONE(struct hpet, legacy, "wiring; follows config"),
    FIELD_END
};

const struct device_class hpet_class = {
    .name = "hpet", .size = sizeof(struct hpet), .fields = hpet_fields,
    .attach = hpet_attach, .reset = hpet_reset, .restored = hpet_restored,
};
