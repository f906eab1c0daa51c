/* INT 1Ah: ticks, the real-time clock, its alarm; INT 70h: its interrupts. PCI BIOS functions are in pcibios.S, which sees
 * the call first. */
#include "firmware/bios/services.h"

enum {
    SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM, WEEKDAY, DAY, MONTH, YEAR, REG_A, REG_B, REG_C,
    CENTURY = 0x32
};
enum { UPDATING = 0x80, B_SET = 0x80, B_PERIODIC = 0x40, B_ALARM = 0x20, B_24H = 0x02, B_DAYLIGHT = 0x01 };
enum { TICKS_HZ_NUMERATOR = 1193182, PERIODIC_US = 976 };

static u32 binary(u8 bcd) { return (bcd >> 4) * 10u + (bcd & 15); }

/* 0 once the clock's bytes may be read. */
static int update_awaited(void)
{
    struct limit limit = limit_ms(5);
    while (cmos_read(REG_A) & UPDATING)
        if (limit_passed(&limit)) return -1;
    return 0;
}

/* Ticks since midnight, 18.2 a second; the time zone is the clock's. */
void time_init(void)
{
    update_awaited();
    u32 seconds = (binary(cmos_read(HOURS)) * 60 + binary(cmos_read(MINUTES))) * 60 + binary(cmos_read(SECONDS));
    bda_put32(BDA_TICKS, (u32)((u64)seconds * TICKS_HZ_NUMERATOR >> 16));
    bda_put8(BDA_MIDNIGHT, 0);
    cmos_write(REG_A, 0x26);
    cmos_write(REG_B, B_24H);
    (void)cmos_read(REG_C);
    (void)cmos_read(0x0D);
}

static void ticks_get(struct regs *r)
{
    u32 ticks = bda32(BDA_TICKS);
    r->cx = (u16)(ticks >> 16);
    r->dx = (u16)ticks;
    r->al = bda8(BDA_MIDNIGHT);
    bda_put8(BDA_MIDNIGHT, 0);
    result(r, 0);
}

static void ticks_set(struct regs *r)
{
    bda_put32(BDA_TICKS, (u32)r->cx << 16 | r->dx);
    bda_put8(BDA_MIDNIGHT, 0);
    result(r, 0);
}

static void time_get(struct regs *r)
{
    carry(r, update_awaited());
    if (r->flags & FLAG_CF) return;
    r->dh = cmos_read(SECONDS);
    r->cl = cmos_read(MINUTES);
    r->ch = cmos_read(HOURS);
    r->dl = cmos_read(REG_B) & B_DAYLIGHT;
    result(r, 0);
    r->al = r->ch;
}

static void time_set(struct regs *r)
{
    u8 b = cmos_read(REG_B) & ~B_DAYLIGHT;
    cmos_write(REG_B, b | B_SET);
    cmos_write(SECONDS, r->dh);
    cmos_write(MINUTES, r->cl);
    cmos_write(HOURS, r->ch);
    cmos_write(REG_B, (u8)((b & ~B_SET) | B_24H | (r->dl & 1)));
    result(r, 0);
}

static void date_get(struct regs *r)
{
    carry(r, update_awaited());
    if (r->flags & FLAG_CF) return;
    r->ch = cmos_read(CENTURY);
    r->cl = cmos_read(YEAR);
    r->dh = cmos_read(MONTH);
    r->dl = cmos_read(DAY);
    result(r, 0);
    r->al = r->ch;
}

static void date_set(struct regs *r)
{
    u8 b = cmos_read(REG_B);
    cmos_write(REG_B, b | B_SET);
    cmos_write(CENTURY, r->ch);
    cmos_write(YEAR, r->cl);
    cmos_write(MONTH, r->dh);
    cmos_write(DAY, r->dl);
    cmos_write(REG_B, b & ~B_SET);
    result(r, 0);
}

static void alarm_set(struct regs *r)
{
    u8 b = cmos_read(REG_B);
    carry(r, b & B_ALARM);
    if (b & B_ALARM) return;
    cmos_write(SECONDS_ALARM, r->dh);
    cmos_write(MINUTES_ALARM, r->cl);
    cmos_write(HOURS_ALARM, r->ch);
    outb(0xA1, inb(0xA1) & ~1);
    cmos_write(REG_B, (b & ~B_SET) | B_ALARM);
    carry(r, 0);
}

static void alarm_off(struct regs *r)
{
    cmos_write(REG_B, cmos_read(REG_B) & ~B_ALARM);
    result(r, 0);
}

void time_service(struct regs *r)
{
    static void (*const functions[])(struct regs *r) = {
        ticks_get, ticks_set, time_get, time_set, date_get, date_set, alarm_set, alarm_off
    };
    if (r->ah < sizeof functions / sizeof functions[0]) functions[r->ah](r);
    else carry(r, 1);
}

/* ---- INT 70h ---- */
static void periodic(void)
{
    u32 left = bda32(BDA_WAIT_COUNT);
    if (!(bda8(BDA_WAITING) & 1)) return;
    bda_put32(BDA_WAIT_COUNT, left > PERIODIC_US ? left - PERIODIC_US : 0);
    if (left > PERIODIC_US) return;
    u16 offset = bda16(BDA_WAIT_FLAG), segment = bda16(BDA_WAIT_FLAG + 2);
    far_put8(segment, offset, far8(segment, offset) | 0x80);
    bda_put8(BDA_WAITING, 0);
    cmos_write(REG_B, cmos_read(REG_B) & ~B_PERIODIC);
}

void rtc_interrupt(struct regs *r)
{
    u8 causes = cmos_read(REG_C), wanted = cmos_read(REG_B);
    struct regs user = { 0 };
    (void)r;
    if (causes & wanted & B_PERIODIC) periodic();
    outb(0xA0, 0x20);
    outb(0x20, 0x20);
    if (causes & wanted & B_ALARM) call_int(0x4A, &user);
}
