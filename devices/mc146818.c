/* The MC146818 real-time clock, after Motorola's data sheet MC146818/D (1984), in the shape of a PC: ports 70h and 71h,
 * NMI mask in bit 7 of port 70h, CMOS layout of the PC/AT, century in byte 32h, 32.768 kHz time base.
 *
 * Time is virtual. An update cycle ends each second with an event and changes the time bytes as the chip does, in
 * place. UIP is worked out from the clock when register A is read. Periodic edges have an event only while their
 * interrupt is wanted and not pending; else register C catches up when it is read.
 * Not modelled: the square-wave pin, daylight saving (DSE reads back), the faster time bases, the power-sense pin. */
#include "devices/mc146818.h"

enum {
    SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM, WEEKDAY, DAY, MONTH, YEAR,
    REG_A, REG_B, REG_C, REG_D, CENTURY = 0x32
};
enum { A_UIP = 0x80, A_RATE = 0x0F };
enum { B_SET = 0x80, B_PIE = 0x40, B_AIE = 0x20, B_UIE = 0x10, B_SQWE = 0x08, B_BINARY = 0x04, B_24H = 0x02 };
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10, D_VALID = 0x80 };
enum { PM = 0x80, ALARM_ANY = 0xC0 };
enum { CHECKSUM_FIRST = 0x10, CHECKSUM_LAST = 0x2D, CHECKSUM_HIGH = 0x2E, CHECKSUM_LOW = 0x2F };
/* UIP rises 244 us (8 ticks) before an update cycle of 1984 us (65 ticks). */
enum { TICK_HZ = 32768, UIP_TICKS = 8 + 65 };

static u64 rtc_tick(const struct mc146818 *rtc)
{
    const struct clock *clock = rtc->dev.board->clock;
    return ticks_at(clock, clock_now(clock), TICK_HZ);
}

/* DV 11x holds the divider in reset; the test and other time bases do not count with this crystal. */
static bool divider_runs(const struct mc146818 *rtc) { return (rtc->cmos[REG_A] >> 4 & 7) == 2; }

/* Ticks between periodic edges; 0: none. Rates 1 and 2 are those of 8 and 9 with this time base. */
static u32 periodic_ticks(const struct mc146818 *rtc)
{
    u8 rate = rtc->cmos[REG_A] & A_RATE;
    if (!rate || !divider_runs(rtc)) return 0;
    return 1u << ((rate < 3 ? rate + 7 : rate) - 1);
}

/* Arms `event` for the first tick after `now` that is a whole number of `every` ticks from the origin. */
static void arm_next(struct mc146818 *rtc, struct event *event, u64 now, u32 every)
{
    u64 passed = now - rtc->origin;
    struct clock *clock = rtc->dev.board->clock;
    event_at_jittered(clock, event, cycle_of(clock, rtc->origin + (passed / every + 1) * every, TICK_HZ));
}

/* Notes the periodic edges since the last look in register C. */
static void periodic_catch_up(struct mc146818 *rtc)
{
    u64 now = rtc_tick(rtc);
    u32 every = periodic_ticks(rtc);
    if (every && (now - rtc->origin) / every != (rtc->periodic_seen - rtc->origin) / every) rtc->cmos[REG_C] |= C_PF;
    rtc->periodic_seen = now;
}

static bool rtc_interrupts(const struct mc146818 *rtc)
{
    return rtc->cmos[REG_C] & rtc->cmos[REG_B] & (C_PF | C_AF | C_UF);
}

static void rtc_update_irq(struct mc146818 *rtc)
{
    u32 every = periodic_ticks(rtc);
    if (every && rtc->cmos[REG_B] & B_PIE && !(rtc->cmos[REG_C] & C_PF))
        arm_next(rtc, &rtc->periodic, rtc->periodic_seen, every);
    else
        event_cancel(rtc->dev.board->clock, &rtc->periodic);
    line_set(&rtc->irq, rtc_interrupts(rtc));
}

static void rtc_periodic(void *self)
{
    periodic_catch_up(self);
    rtc_update_irq(self);
}

static u8 field_encode(const struct mc146818 *rtc, u32 n)
{
    n %= 100;
    return rtc->cmos[REG_B] & B_BINARY ? n : n / 10 << 4 | n % 10;
}

static u32 field_decode(const struct mc146818 *rtc, u8 byte)
{
    return rtc->cmos[REG_B] & B_BINARY ? byte : (byte >> 4) * 10u + (byte & 15);
}

static u32 hours_decode(const struct mc146818 *rtc)
{
    u8 byte = rtc->cmos[HOURS];
    if (rtc->cmos[REG_B] & B_24H) return field_decode(rtc, byte);
    return field_decode(rtc, byte & ~PM) % 12 + (byte & PM ? 12 : 0);
}

static u8 hours_encode(const struct mc146818 *rtc, u32 hours)
{
    if (rtc->cmos[REG_B] & B_24H) return field_encode(rtc, hours);
    u32 twelve = hours % 12;
    return field_encode(rtc, twelve ? twelve : 12) | (hours >= 12 ? PM : 0);
}

/* The chip knows no centuries: each fourth year is a leap year. */
static u32 days_of_month(u32 month, u32 year)
{
    static const u8 days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (month < 1 || month > 12) return 31;
    return days[month - 1] + (month == 2 && year % 4 == 0);
}

/* Adds one to a time byte; true if it wrapped, from its last value (or anything beyond it) to `first`. */
static bool field_step(struct mc146818 *rtc, u8 index, u32 first, u32 last)
{
    u32 n = field_decode(rtc, rtc->cmos[index]);
    rtc->cmos[index] = field_encode(rtc, n < last ? n + 1 : first);
    return n >= last;
}

static void time_step(struct mc146818 *rtc)
{
    if (!field_step(rtc, SECONDS, 0, 59) || !field_step(rtc, MINUTES, 0, 59)) return;
    u32 hours = hours_decode(rtc);
    rtc->cmos[HOURS] = hours_encode(rtc, hours < 23 ? hours + 1 : 0);
    if (hours < 23) return;
    field_step(rtc, WEEKDAY, 1, 7);
    u32 month = field_decode(rtc, rtc->cmos[MONTH]), year = field_decode(rtc, rtc->cmos[YEAR]);
    if (!field_step(rtc, DAY, 1, days_of_month(month, year)) || !field_step(rtc, MONTH, 1, 12)) return;
    if (field_step(rtc, YEAR, 0, 99)) field_step(rtc, CENTURY, 0, 99);
}

static bool alarm_matches(const struct mc146818 *rtc)
{
    static const u8 pairs[3] = { SECONDS, MINUTES, HOURS };
    for (int i = 0; i < 3; i++) {
        u8 alarm = rtc->cmos[pairs[i] + 1];
        if ((alarm & ALARM_ANY) != ALARM_ANY && alarm != rtc->cmos[pairs[i]]) return false;
    }
    return true;
}

/* The end of an update cycle. With SET there is none, but the divider goes on. */
static void rtc_update(void *self)
{
    struct mc146818 *rtc = self;
    arm_next(rtc, &rtc->update, rtc_tick(rtc), TICK_HZ);
    if (rtc->cmos[REG_B] & B_SET) return;
    time_step(rtc);
    rtc->cmos[REG_C] |= C_UF | (alarm_matches(rtc) ? C_AF : 0);
    rtc_update_irq(rtc);
}

static bool update_in_progress(const struct mc146818 *rtc)
{
    if (!divider_runs(rtc) || rtc->cmos[REG_B] & B_SET) return false;
    return (rtc_tick(rtc) - rtc->origin) % TICK_HZ >= TICK_HZ - UIP_TICKS;
}

/* When the divider leaves reset, the first update follows half a second later. */
static void write_a(struct mc146818 *rtc, u8 value)
{
    bool ran = divider_runs(rtc);
    periodic_catch_up(rtc);
    rtc->cmos[REG_A] = value & ~A_UIP;
    if (!ran && divider_runs(rtc)) {
        rtc->origin = rtc_tick(rtc) - TICK_HZ / 2;
        arm_next(rtc, &rtc->update, rtc_tick(rtc), TICK_HZ);
    }
    if (!divider_runs(rtc)) event_cancel(rtc->dev.board->clock, &rtc->update);
    rtc_update_irq(rtc);
}

static void write_b(struct mc146818 *rtc, u8 value)
{
    periodic_catch_up(rtc);
    rtc->cmos[REG_B] = value & B_SET ? value & ~B_UIE : value;
    rtc_update_irq(rtc);
}

static u8 read_c(struct mc146818 *rtc)
{
    periodic_catch_up(rtc);
    u8 value = rtc->cmos[REG_C] | (rtc_interrupts(rtc) ? C_IRQF : 0);
    rtc->cmos[REG_C] = 0;
    rtc_update_irq(rtc);
    return value;
}

static u32 rtc_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct mc146818 *rtc = self;
    if (offset == 0) return 0xFF;
    switch (rtc->index) {
    case REG_A: return rtc->cmos[REG_A] | (update_in_progress(rtc) ? A_UIP : 0);
    case REG_C: return read_c(rtc);
    default:    return rtc->cmos[rtc->index];
    }
}

static void rtc_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct mc146818 *rtc = self;
    if (offset == 0) {
        rtc->index = value & (CMOS_BYTES - 1);
        rtc->nmi_masked = value & 0x80;
        line_set(&rtc->nmi_mask, rtc->nmi_masked);
        return;
    }
    switch (rtc->index) {
    case REG_A: write_a(rtc, value); break;
    case REG_B: write_b(rtc, value); break;
    case REG_C: case REG_D: break;
    default:    rtc->cmos[rtc->index] = value;
    }
}

void mc146818_set_time(struct mc146818 *rtc, s64 seconds)
{
    s64 days = seconds / 86400 - (seconds % 86400 < 0);
    u32 rest = seconds - days * 86400;
    u32 weekday = ((days + 4) % 7 + 7) % 7;
    /* Count from 1 March of year 0, so that the leap day comes last in each year. 719468 days lie between. */
    s64 shifted = days + 719468, era = shifted / 146097 - (shifted % 146097 < 0);
    u32 day = shifted - era * 146097;
    u32 year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    u32 month = (day * 5 + 2) / 153;
    day -= (month * 153 + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    u32 full_year = (u64)(era * 400 + year + (month <= 2)) % 10000;
    rtc->cmos[SECONDS] = field_encode(rtc, rest % 60);
    rtc->cmos[MINUTES] = field_encode(rtc, rest / 60 % 60);
    rtc->cmos[HOURS]   = hours_encode(rtc, rest / 3600);
    rtc->cmos[WEEKDAY] = field_encode(rtc, weekday + 1);
    rtc->cmos[DAY]     = field_encode(rtc, day + 1);
    rtc->cmos[MONTH]   = field_encode(rtc, month);
    rtc->cmos[YEAR]    = field_encode(rtc, full_year % 100);
    rtc->cmos[CENTURY] = field_encode(rtc, full_year / 100);
}

bool mc146818_kept(unsigned index)
{
    enum { SHUTDOWN = 0x0F, BOOT_THIRD = 0x38, BOOT_FIRST = 0x3D };
    return index > REG_D && index != SHUTDOWN && index != CENTURY && index != BOOT_THIRD && index != BOOT_FIRST;
}

void mc146818_put(struct mc146818 *rtc, u8 index, u8 value)
{
    rtc->cmos[index & (CMOS_BYTES - 1)] = value;
    u16 sum = 0;
    for (u8 i = CHECKSUM_FIRST; i <= CHECKSUM_LAST; i++) sum += rtc->cmos[i];
    rtc->cmos[CHECKSUM_HIGH] = sum >> 8;
    rtc->cmos[CHECKSUM_LOW] = sum;
}

static void put_word(struct mc146818 *rtc, u8 index, u64 value, u64 most)
{
    u16 word = MIN(value, most);
    mc146818_put(rtc, index, word);
    mc146818_put(rtc, index + 1, word >> 8);
}

void mc146818_set_memory(struct mc146818 *rtc, u64 bytes)
{
    u64 kib = bytes >> 10, high_kib = kib > 1024 ? kib - 1024 : 0;
    put_word(rtc, 0x15, kib, 640);
    put_word(rtc, 0x17, high_kib, 0xFFFF);
    put_word(rtc, 0x30, high_kib, 0xFFFF);
    put_word(rtc, 0x34, kib > 16384 ? (kib - 16384) / 64 : 0, 0xFFFF);
}

void mc146818_set_floppies(struct mc146818 *rtc, u8 first, u8 second)
{
    enum { TYPES = 0x10, EQUIPMENT = 0x14, HAS_FLOPPY = 0x01, HAS_TWO = 0x40, HAS_FPU_AND_MOUSE = 0x06 };
    mc146818_put(rtc, TYPES, (u8)(first << 4 | second));
    mc146818_put(rtc, EQUIPMENT, HAS_FPU_AND_MOUSE | (first ? HAS_FLOPPY : 0) | (second ? HAS_TWO : 0));
}

static const struct region_ops rtc_ops = { rtc_read, rtc_write, WIDTH_8 };

/* The state a battery has kept: a running 24-hour BCD clock, no alarm, no interrupts. */
static bool mc146818_attach(struct device *dev, struct error *why)
{
    struct mc146818 *rtc = container_of(dev, struct mc146818, dev);
    event_init(&rtc->update, dev->board->clock, "rtc update", rtc_update, rtc);
    event_init(&rtc->periodic, dev->board->clock, "rtc periodic", rtc_periodic, rtc);
    rtc->cmos[REG_A] = 0x26;
    rtc->cmos[REG_B] = B_24H;
    rtc->cmos[REG_D] = D_VALID;
    rtc->origin = rtc->periodic_seen = rtc_tick(rtc);
    mc146818_set_time(rtc, 0);
    arm_next(rtc, &rtc->update, rtc->origin, TICK_HZ);
    return ports_claim(dev->board->ports, 0x70, 2, &rtc_ops, rtc, "mc146818", why);
}

/* The RESET pin leaves time, alarm and memory alone. */
static void mc146818_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct mc146818 *rtc = container_of(dev, struct mc146818, dev);
    rtc->cmos[REG_B] &= ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    rtc->cmos[REG_C] = 0;
    rtc->periodic_seen = rtc_tick(rtc);
    rtc->index = 0;
    rtc->nmi_masked = false;
    line_set(&rtc->nmi_mask, false);
    rtc_update_irq(rtc);
}

static void mc146818_restored(struct device *dev)
{
    struct mc146818 *rtc = container_of(dev, struct mc146818, dev);
    rtc->index &= CMOS_BYTES - 1;
}

static const struct field mc146818_fields[] = {
    FIELD_NONE(struct mc146818, dev, "wiring"),
    FIELD_RAW(struct mc146818, cmos, "time, registers and CMOS memory"),
    FIELD(struct mc146818, index, "byte chosen by port 70h"),
    FIELD(struct mc146818, nmi_masked, "NMI mask, bit 7 of port 70h"),
    FIELD(struct mc146818, origin, "oscillator tick the divider counts from"),
    FIELD(struct mc146818, periodic_seen, "oscillator tick of the last look at periodic edges"),
    FIELD_EVT(struct mc146818, update, "end of the next update cycle"),
    FIELD_EVT(struct mc146818, periodic, "next periodic edge"),
    FIELD(struct mc146818, irq.level, "IRQ 8"),
    FIELD_NONE(struct mc146818, irq, "wiring"),
    FIELD(struct mc146818, nmi_mask.level, "NMI is masked"),
    FIELD_NONE(struct mc146818, nmi_mask, "wiring"),
    FIELD_END
};

const struct device_class mc146818_class = {
    .name = "mc146818", .size = sizeof(struct mc146818), .fields = mc146818_fields,
    .attach = mc146818_attach, .reset = mc146818_reset, .restored = mc146818_restored,
};
