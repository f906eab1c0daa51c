/* The 8254 programmable interval timer, after Intel's data sheet 231164 (82C54: 231244), and port 61h of a PC.
 *
 * The three counters run on CLK pulses of 1193182 Hz; pulse n happens at cycle_of(n), in exact rational time. Nobody
 * polls: a counter is advanced, phase by phase, when it is looked at, and counter 0 has an event for each change of
 * its output. A write between two pulses takes effect with the next one.
 * The speaker (devices/speaker.c) counts the pulses in which counter 2's output passes the gate of port 61h.
 * Not modelled: counts of 1 in modes 2 and 3, which the data sheet forbids (the output stays high then); the refresh
 * toggle follows the usual 18 pulses whatever counter 1 is programmed to. */
#include "devices/i8254.h"
#include "devices/nmi.h"

enum { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };
enum { READ_BACK = 3, READ_BACK_NO_COUNT = 0x20, READ_BACK_NO_STATUS = 0x10 };
enum { PORT61_GATE2 = 1, PORT61_SPEAKER = 2, PORT61_WRITABLE = 0x0F, PORT61_REFRESH = 0x10, PORT61_OUT2 = 0x20 };
enum { REFRESH_PULSES = 18 };
#define NEVER UINT64_MAX

static u32 counter_modulus(const struct i8254_counter *c) { return c->bcd ? 10000 : 65536; }

static u32 bcd_to_binary(u16 bcd)
{
    return (bcd >> 12) * 1000 + (bcd >> 8 & 15) * 100 + (bcd >> 4 & 15) * 10 + (bcd & 15);
}

static u16 binary_to_bcd(u32 n)
{
    return n / 1000 % 10 << 12 | n / 100 % 10 << 8 | n / 10 % 10 << 4 | n % 10;
}

/* The count register's meaning: 1..modulus, as 0 stands for the modulus. */
static u32 counter_count(const struct i8254_counter *c)
{
    u32 n = (c->bcd ? bcd_to_binary(c->count) : c->count) % counter_modulus(c);
    return n ? n : counter_modulus(c);
}

/* Modes in which the gate's level, not its edge, decides whether to count. */
static bool mode_gated(u8 mode)     { return mode != 1 && mode != 5; }
static bool mode_periodic(u8 mode)  { return mode == 2 || mode == 3; }
static bool mode_triggered(u8 mode) { return mode == 1 || mode == 2 || mode == 3 || mode == 5; }

static u32 pulses_to_zero(const struct i8254_counter *c)
{
    return c->value ? c->value : counter_modulus(c);
}

/* Mode 3 counts by two. An odd count is loaded less one, and its high half lasts one pulse longer. */
static u64 square_half(const struct i8254_counter *c)
{
    if (c->period & 1) return c->value / 2 + (c->out ? 1 : 0);
    return pulses_to_zero(c) / 2;
}

/* CLK pulses until the output changes or the counting element is loaded; NEVER if neither will happen. */
static u64 counter_next(const struct i8254_counter *c)
{
    if (c->load) return 1;
    if (!c->counting || (mode_gated(c->mode) && !c->gate)) return NEVER;
    switch (c->mode) {
    case 2:  return c->period == 1 ? NEVER : c->out ? pulses_to_zero(c) - 1 : 1;
    case 3:  return c->period == 1 ? NEVER : square_half(c);
    default: return c->done ? NEVER : c->mode >= 4 && !c->out ? 1 : pulses_to_zero(c);
    }
}

static void counter_load(struct i8254_counter *c)
{
    c->period = counter_count(c);
    c->value = (c->mode == 3 ? c->period & ~1u : c->period) % counter_modulus(c);
    c->null_count = c->load = c->done = false;
    c->counting = true;
    if (c->mode == 1) c->out = false;
    if (c->mode >= 2) c->out = true;
}

/* What happens when counter_next's pulses are over. */
static void counter_change(struct i8254_counter *c)
{
    switch (c->mode) {
    case 0: case 1:
        c->out = c->done = true;
        break;
    case 2:
        if (c->out) c->out = false;
        else counter_load(c);
        break;
    case 3: {
        bool high = !c->out;
        counter_load(c);
        c->out = high;
        break;
    }
    default:
        c->done = !c->out;
        c->out = !c->out;
    }
}

/* Counts `pulses` down, at most as many as counter_next says. */
static void counter_run(struct i8254_counter *c, u64 pulses, bool change)
{
    if (c->load) {
        counter_load(c);
        return;
    }
    bool runs = c->counting && (c->gate || !mode_gated(c->mode)) && !(mode_periodic(c->mode) && c->period == 1);
    if (runs) {
        u32 modulus = counter_modulus(c);
        u32 down = (c->mode == 3 ? pulses * 2 : pulses) % modulus;
        c->value = (c->value + modulus - down) % modulus;
    }
    if (change) counter_change(c);
}

/* Leaves out whole periods: at the start of one in the periodic modes, nothing but the count register matters. */
static void counter_skip_periods(struct i8254_counter *c, u64 tick)
{
    if (mode_periodic(c->mode) && c->counting && !c->load && c->out && c->gate && c->period > 1
        && c->period == counter_count(c) && !c->null_count) {
        u64 periods = (tick - c->tick) / c->period;
        c->tick += periods * c->period;
        c->high += periods * (c->mode == 2 ? c->period - 1 : (c->period + 1) / 2);
    }
}

/* Brings counter 0, 1 or 2 to `tick`, driving the IRQ line with each change of counter 0's output. */
static void counter_advance(struct i8254 *pit, int which, u64 tick)
{
    struct i8254_counter *c = &pit->counter[which];
    u64 before = c->high;
    while (c->tick < tick) {
        counter_skip_periods(c, tick);
        u64 next = counter_next(c), left = tick - c->tick;
        if (!left) break;
        bool change = next <= left;
        if (c->out) c->high += change ? next : left;
        counter_run(c, change ? next : left, change);
        c->tick += change ? next : left;
        if (which == 0) line_set(&pit->irq, c->out);
    }
    if (which != 2 || !(pit->port61 & PORT61_SPEAKER)) c->high = before;
}

static struct i8254_counter *counter_now(struct i8254 *pit, int which)
{
    const struct clock *clock = pit->dev.board->clock;
    if (which == 2 && pit->listener) pit->listener(pit->listener_self);
    counter_advance(pit, which, ticks_at(clock, clock_now(clock), I8254_HZ));
    return &pit->counter[which];
}

u64 i8254_speaker_high(struct i8254 *pit, u64 tick)
{
    counter_advance(pit, 2, tick);
    return pit->counter[2].high;
}

/* After any access: the pin of counter 0 and the event for its next change. */
static void pit_update(struct i8254 *pit)
{
    struct i8254_counter *c = &pit->counter[0];
    struct clock *clock = pit->dev.board->clock;
    line_set(&pit->irq, c->out);
    u64 next = counter_next(c);
    if (next == NEVER) event_cancel(clock, &pit->edge);
    else event_at_jittered(clock, &pit->edge, cycle_of(clock, c->tick + next, I8254_HZ));
}

static void pit_edge(void *self)
{
    counter_now(self, 0);
    pit_update(self);
}

static void counter_set_gate(struct i8254_counter *c, bool gate)
{
    if (gate == c->gate) return;
    c->gate = gate;
    if (gate && mode_triggered(c->mode) && c->written) c->load = true;
    if (!gate && mode_periodic(c->mode)) c->out = true;
}

static void write_control(struct i8254_counter *c, u8 value)
{
    u8 mode = value >> 1 & 7;
    c->access = value >> 4 & 3;
    c->mode = mode > 5 ? mode - 4 : mode;
    c->bcd = value & 1;
    c->value %= counter_modulus(c);
    c->out = c->mode != 0;
    c->null_count = true;
    c->written = c->load = c->counting = c->done = false;
    c->write_high = c->read_high = c->status_latched = false;
    c->latched_bytes = 0;
}

static void latch_count(struct i8254_counter *c)
{
    if (c->latched_bytes) return;
    c->latched = c->bcd ? binary_to_bcd(c->value) : c->value;
    c->latched_bytes = c->access == ACCESS_BOTH ? 2 : 1;
}

static void latch_status(struct i8254_counter *c)
{
    if (c->status_latched) return;
    c->status = c->out << 7 | c->null_count << 6 | c->access << 4 | c->mode << 1 | c->bcd;
    c->status_latched = true;
}

static void control_write(struct i8254 *pit, u8 value)
{
    int which = value >> 6;
    if (which != READ_BACK) {
        struct i8254_counter *c = counter_now(pit, which);
        if ((value >> 4 & 3) == ACCESS_LATCH) latch_count(c);
        else write_control(c, value);
        return;
    }
    for (int i = 0; i < 3; i++) {
        if (!(value >> (i + 1) & 1)) continue;
        struct i8254_counter *c = counter_now(pit, i);
        if (!(value & READ_BACK_NO_COUNT)) latch_count(c);
        if (!(value & READ_BACK_NO_STATUS)) latch_status(c);
    }
}

/* A whole count has been written to CR. */
static void count_written(struct i8254_counter *c)
{
    bool first = !c->written;
    c->written = c->null_count = true;
    if (c->mode == 0 || c->mode == 4 || (first && mode_periodic(c->mode))) c->load = true;
}

static void counter_write(struct i8254_counter *c, u8 value)
{
    bool high = c->access == ACCESS_HIGH || (c->access == ACCESS_BOTH && c->write_high);
    if (c->mode == 0) c->out = false;
    if (c->access == ACCESS_BOTH && !high) {
        c->count = (c->count & 0xFF00) | value;
        c->write_high = true;
        /* In mode 0 the first byte stops the counter until the second is there. */
        if (c->mode == 0) c->counting = c->load = false;
        return;
    }
    u16 other = c->access == ACCESS_BOTH ? c->count & 0xFF : 0;
    c->count = high ? value << 8 | other : value;
    c->write_high = false;
    count_written(c);
}

static u8 counter_read(struct i8254_counter *c)
{
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    bool high = c->access == ACCESS_HIGH || (c->access == ACCESS_BOTH && c->read_high);
    u16 value = c->latched_bytes ? c->latched : c->bcd ? binary_to_bcd(c->value) : c->value;
    if (c->latched_bytes) c->latched_bytes--;
    if (c->access == ACCESS_BOTH) c->read_high = !c->read_high;
    return high ? value >> 8 : value;
}

static u32 pit_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct i8254 *pit = self;
    if (offset == 3) return 0xFF;
    return counter_read(counter_now(pit, offset));
}

static void pit_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct i8254 *pit = self;
    if (offset == 3) control_write(pit, value);
    else counter_write(counter_now(pit, offset), value);
    pit_update(pit);
}

static u32 port61_read(void *self, u32 offset, unsigned width)
{
    (void)offset, (void)width;
    struct i8254 *pit = self;
    const struct i8254_counter *c = counter_now(pit, 2);
    bool refresh = c->tick / REFRESH_PULSES & 1;
    u8 nmi = pit->nmi ? nmi_status(pit->nmi) : 0;
    return nmi | pit->port61 | (refresh ? PORT61_REFRESH : 0) | (c->out ? PORT61_OUT2 : 0);
}

static void port61_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    struct i8254 *pit = self;
    counter_set_gate(counter_now(pit, 2), value & PORT61_GATE2);
    pit->port61 = value & PORT61_WRITABLE;
    if (pit->nmi) nmi_control(pit->nmi, (u8)value);
}

static const struct region_ops pit_ops    = { pit_read, pit_write, WIDTH_8 };
static const struct region_ops port61_ops = { port61_read, port61_write, WIDTH_8 };

static bool i8254_attach(struct device *dev, struct error *why)
{
    struct i8254 *pit = container_of(dev, struct i8254, dev);
    event_init(&pit->edge, dev->board->clock, "i8254 counter 0", pit_edge, pit);
    return ports_claim(dev->board->ports, 0x40, 4, &pit_ops, pit, "i8254", why)
        && ports_claim(dev->board->ports, 0x61, 1, &port61_ops, pit, "port 61h", why);
}

/* The data sheet leaves the counters open at power-up; here they stand still in mode 0 until programmed. */
static void i8254_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct i8254 *pit = container_of(dev, struct i8254, dev);
    u64 tick = ticks_at(dev->board->clock, clock_now(dev->board->clock), I8254_HZ);
    for (int i = 0; i < 3; i++)
        pit->counter[i] = (struct i8254_counter){
            .tick = tick, .high = pit->counter[i].high, .access = ACCESS_BOTH, .gate = i != 2, .null_count = true,
            .period = 65536
        };
    pit->port61 = 0;
    pit_update(pit);
}

static const struct field counter_fields[] = {
    FIELD(struct i8254_counter, tick,           "CLK pulse of this state"),
    FIELD(struct i8254_counter, high,           "counter 2: pulses in which the speaker's line was high"),
    FIELD(struct i8254_counter, value,          "counting element, binary"),
    FIELD(struct i8254_counter, period,         "count last loaded"),
    FIELD(struct i8254_counter, count,          "count register as written"),
    FIELD(struct i8254_counter, latched,        "output latch"),
    FIELD(struct i8254_counter, mode,           "mode 0..5"),
    FIELD(struct i8254_counter, access,         "bytes per access: 1 low, 2 high, 3 both"),
    FIELD(struct i8254_counter, status,         "latched status byte"),
    FIELD(struct i8254_counter, latched_bytes,  "bytes of the output latch still to be read"),
    FIELD(struct i8254_counter, bcd,            "counts in BCD"),
    FIELD(struct i8254_counter, gate,           "GATE pin"),
    FIELD(struct i8254_counter, out,            "OUT pin"),
    FIELD(struct i8254_counter, write_high,     "next byte written is the high one"),
    FIELD(struct i8254_counter, read_high,      "next byte read is the high one"),
    FIELD(struct i8254_counter, written,        "a count was written since the control word"),
    FIELD(struct i8254_counter, load,           "next CLK pulse loads the counting element"),
    FIELD(struct i8254_counter, counting,       "counting element was loaded"),
    FIELD(struct i8254_counter, done,           "one-shot modes: output event is over"),
    FIELD(struct i8254_counter, null_count,     "count written but not loaded"),
    FIELD(struct i8254_counter, status_latched, "status byte is latched"),
    FIELD_END
};
static const struct field i8254_fields[] = {
    FIELD_NONE(struct i8254, dev, "wiring"),
    FIELD_EACH(struct i8254, counter, counter_fields, "counters 0 to 2"),
    FIELD_EVT(struct i8254, edge, "next change of counter 0's output"),
    FIELD(struct i8254, irq.level, "IRQ 0"),
    FIELD_NONE(struct i8254, irq, "wiring"),
    FIELD(struct i8254, port61, "port 61h, bits 0..3"),
    FIELD_NONE(struct i8254, nmi, "wiring"),
    FIELD_NONE(struct i8254, listener, "wiring"),
    FIELD_NONE(struct i8254, listener_self, "wiring"),
    FIELD_END
};

const struct device_class i8254_class = {
    .name = "i8254", .size = sizeof(struct i8254), .fields = i8254_fields,
    .attach = i8254_attach, .reset = i8254_reset,
};
