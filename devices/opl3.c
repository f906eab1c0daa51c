/* Yamaha's YMF262 (OPL3), after its data sheet and application manual (1994): registers, timers and status here, the
 * synthesis in opl3_synth.c. 18 channels of two operators or up to six of four, eight waves, the rhythm section, tremolo
 * and vibrato. The chip's samples of 49716 Hz are interpolated to the mixer's.
 *
 * Writes take effect with the next sample; the busy time between them is not modelled, nor is the interrupt pin, which
 * is not wired on these cards. */
#include "devices/opl3.h"

enum { REG_TIMER1 = 2, REG_TIMER2 = 3, REG_CONTROL = 4, REG_FOUR = 0x104, REG_NEW = 0x105, REG_RHYTHM = 0xBD };
enum { CONTROL_RESET = 0x80, CONTROL_START = 1, STATUS_IRQ = 0x80, STATUS_TIMER1 = 0x40 };
enum { NOISE_SEED = 1, LAG_MAX = 64, UNCHANGED = 65536 };

/* ---- timers: 80 and 320 us for each count up to 256 ---- */
static u64 timer_cycles(const struct opl3 *opl, unsigned timer)
{
    u64 counts = 256u - opl->reg[REG_TIMER1 + timer];
    return cycles_of_ns(opl->dev.board->clock, counts * (timer ? 320000 : 80000));
}

static u8 timer_mask(unsigned timer) { return (u8)(STATUS_TIMER1 >> timer); }

static void timers_look(struct opl3 *opl)
{
    u64 now = clock_now(opl->dev.board->clock);
    for (unsigned i = 0; i < 2; i++) {
        bool masked = opl->reg[REG_CONTROL] & timer_mask(i);
        if (!opl->timer_runs[i] || now - opl->timer_start[i] < timer_cycles(opl, i)) continue;
        u64 cycles = timer_cycles(opl, i);
        opl->timer_start[i] += (now - opl->timer_start[i]) / cycles * cycles;
        if (!masked) opl->overflow |= timer_mask(i);
    }
}

static void control_write(struct opl3 *opl, u8 value)
{
    if (value & CONTROL_RESET) {
        opl->overflow = 0;
        return;
    }
    opl->reg[REG_CONTROL] = value;
    for (unsigned i = 0; i < 2; i++) {
        bool runs = value >> i & CONTROL_START;
        if (runs && !opl->timer_runs[i]) opl->timer_start[i] = clock_now(opl->dev.board->clock);
        opl->timer_runs[i] = runs;
    }
}

/* ---- ports ---- */
u8 opl3_read(struct opl3 *opl, u32 port)
{
    if (port & 3) return port & 1 ? 0xFF : 0;
    timers_look(opl);
    return opl->overflow | (opl->overflow ? STATUS_IRQ : 0);
}

static bool holds_keys(u16 index)
{
    u8 low = (u8)index;
    return (low >= 0xB0 && low <= 0xB8) || index == REG_RHYTHM || index == REG_FOUR;
}

/* Without NEW the second bank is out of reach, but for NEW itself. */
static void register_write(struct opl3 *opl, u8 value)
{
    u16 index = opl->index;
    if (index > 0xFF && index != REG_NEW && !(opl->reg[REG_NEW] & 1)) index &= 0xFF;
    audio_sync(opl->audio);
    timers_look(opl);
    if (index == REG_CONTROL) {
        control_write(opl, value);
        return;
    }
    opl->reg[index] = value;
    if (holds_keys(index)) opl3_keys(opl);
}

void opl3_write(struct opl3 *opl, u32 port, u8 value)
{
    if (port & 1) register_write(opl, value);
    else opl->index = (u16)((port & 2) << 7 | value);
}

static u32 port_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return opl3_read(self, offset);
}

static void port_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    opl3_write(self, offset, (u8)value);
}

/* ---- sound ---- */
static void samples_to(struct opl3 *opl, u64 sample)
{
    if (sample > opl->sample + LAG_MAX) opl->sample = sample - LAG_MAX;
    while (opl->sample < sample) {
        for (int side = 0; side < 2; side++) opl->heard[0][side] = opl->heard[1][side];
        opl3_generate(opl, opl->heard[1]);
    }
}

static void opl3_render(void *self, s32 *mix, unsigned frames, u64 first)
{
    struct opl3 *opl = self;
    for (unsigned i = 0; i < frames; i++) {
        u64 position = muldiv(first + i, (u64)OPL3_HZ << 16, AUDIO_HZ);
        samples_to(opl, (position >> 16) + 1);
        for (int side = 0; side < 2; side++) {
            s64 a = opl->heard[0][side], b = opl->heard[1][side];
            s64 sample = a + ((b - a) * (s64)(position & 0xFFFF) >> 16);
            mix[2 * i + side] += (s32)(sample * opl->volume[side] >> 16);
        }
    }
}

static const struct region_ops opl3_ops = { port_read, port_write, WIDTH_8 };

static bool opl3_attach(struct device *dev, struct error *why)
{
    struct opl3 *opl = container_of(dev, struct opl3, dev);
    for (int side = 0; side < 2; side++) opl->volume[side] = UNCHANGED;
    audio_source_add(opl->audio, opl3_render, opl);
    return ports_claim(dev->board->ports, 0x388, 4, &opl3_ops, opl, "opl3", why);
}

static void opl3_reset(struct device *dev, enum reset_kind kind)
{
    enum { RELEASE = 3, QUIET = 511 };
    (void)kind;
    struct opl3 *opl = container_of(dev, struct opl3, dev);
    audio_sync(opl->audio);
    for (unsigned i = 0; i < sizeof opl->reg; i++) opl->reg[i] = 0;
    for (unsigned i = 0; i < OPL3_OPERATORS; i++)
        opl->op[i] = (struct opl3_operator){ .stage = RELEASE, .envelope = QUIET };
    opl->index = 0;
    opl->noise = NOISE_SEED;
    opl->overflow = 0;
    opl->timer_runs[0] = opl->timer_runs[1] = false;
}

static void opl3_restored(struct device *dev)
{
    struct opl3 *opl = container_of(dev, struct opl3, dev);
    u64 now = clock_now(dev->board->clock);
    opl->index &= 511;
    for (unsigned i = 0; i < OPL3_OPERATORS; i++) {
        opl->op[i].phase &= 0x7FFFF;
        opl->op[i].envelope &= 511;
        opl->op[i].stage &= 3;
    }
    for (unsigned i = 0; i < 2; i++) {
        opl->timer_start[i] = MIN(opl->timer_start[i], now);
        opl->volume[i] = MAX(0, MIN(opl->volume[i], UNCHANGED * 8));
        for (unsigned side = 0; side < 2; side++) opl->heard[i][side] = MAX(-(1 << 20), MIN(1 << 20, opl->heard[i][side]));
    }
}

static const struct field operator_fields[] = {
    FIELD(struct opl3_operator, phase, "phase"),
    FIELD(struct opl3_operator, envelope, "attenuation"),
    FIELD(struct opl3_operator, stage, "0 attack, 1 decay, 2 sustain, 3 release"),
    FIELD(struct opl3_operator, key, "who holds the key"),
    FIELD_ARRAY(struct opl3_operator, out, "last two samples"),
    FIELD_END
};
static const struct field opl3_fields[] = {
    FIELD_NONE(struct opl3, dev, "wiring"),
    FIELD_NONE(struct opl3, audio, "wiring"),
    FIELD_ARRAY(struct opl3, volume, "the mixer's volume"),
    FIELD_RAW(struct opl3, reg, "registers"),
    FIELD(struct opl3, index, "index register"),
    FIELD_EACH(struct opl3, op, operator_fields, "operators"),
    FIELD(struct opl3, noise, "noise"),
    FIELD(struct opl3, sample, "samples made"),
    FIELD_RAW(struct opl3, heard, "last two samples"),
    FIELD_ARRAY(struct opl3, timer_start, "cycle at which a timer began to count"),
    FIELD_ARRAY(struct opl3, timer_runs, "a timer runs"),
    FIELD(struct opl3, overflow, "timers that have passed"),
    FIELD_END
};

const struct device_class opl3_class = {
    .name = "opl3", .size = sizeof(struct opl3), .fields = opl3_fields,
    .attach = opl3_attach, .reset = opl3_reset, .restored = opl3_restored,
};
