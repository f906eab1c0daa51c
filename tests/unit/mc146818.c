/* The MC146818: date arithmetic, update cycles, the three interrupts, formats, the PC's CMOS layout. */
#include "devices/mc146818.h"
#include "tests/unit/chip_board.h"

enum { HZ = 3276800 };                          /* 100 cycles per oscillator tick */
struct fixture { struct chip_board b; struct mc146818 rtc; struct probe irq; };

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, HZ);
    f->irq.board = &f->b;
    line_connect(&f->rtc.irq, probe_set, &f->irq, 0);
    chip_start(&f->b, &f->rtc.dev, &mc146818_class, "rtc");
}
static u8 get(struct fixture *f, u8 index) { out8(&f->b, 0x70, index); return in8(&f->b, 0x71); }
static void set(struct fixture *f, u8 index, u8 value) { out8(&f->b, 0x70, index); out8(&f->b, 0x71, value); }
/* Register C but PF, which comes with every rate. */
static u8 flags(struct fixture *f) { return get(f, 0x0C) & ~0x40; }
static void seconds(struct fixture *f, unsigned n) { run_to(&f->b, clock_now(&f->b.clock) + (u64)n * HZ); }

static void check_time(struct fixture *f, const char *expected)
{
    char text[64];
    snprintf(text, sizeof text, "%02x%02x-%02x-%02x %02x:%02x:%02x %x", get(f, 0x32), get(f, 9), get(f, 8), get(f, 7),
             get(f, 4), get(f, 2), get(f, 0), get(f, 6));
    ck_assert_str_eq(text, expected);
}

START_TEST(dates)
{
    static const struct { s64 at; const char *text; } rows[] = {
        { 0,           "1970-01-01 00:00:00 5" },
        { -1,          "1969-12-31 23:59:59 4" },
        { 951782399,   "2000-02-28 23:59:59 2" },
        { 951827696,   "2000-02-29 12:34:56 3" },
        { 1709251200,  "2024-03-01 00:00:00 6" },
        { 1798761599,  "2026-12-31 23:59:59 5" },
        { 4102444800,  "2100-01-01 00:00:00 6" },
        { 4107542400,  "2100-03-01 00:00:00 2" },
    };
    struct fixture f;
    start(&f);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        mc146818_set_time(&f.rtc, rows[i].at);
        check_time(&f, rows[i].text);
    }
}
END_TEST

START_TEST(carries)
{
    struct fixture f;
    start(&f);
    mc146818_set_time(&f.rtc, 951782399);
    seconds(&f, 1);
    check_time(&f, "2000-02-29 00:00:00 3");
    mc146818_set_time(&f.rtc, 946684799);
    seconds(&f, 1);
    check_time(&f, "2000-01-01 00:00:00 7");    /* century too */
    mc146818_set_time(&f.rtc, 1000000000);
    seconds(&f, 86400 * 3 + 7);
    check_time(&f, "2001-09-12 01:46:47 4");
}
END_TEST

START_TEST(twelve_hours_and_binary)
{
    struct fixture f;
    start(&f);
    set(&f, 0x0B, 0x00);
    mc146818_set_time(&f.rtc, 43199);           /* 11:59:59 AM */
    ck_assert_uint_eq(get(&f, 4), 0x11);
    seconds(&f, 1);
    ck_assert_uint_eq(get(&f, 4), 0x92);        /* 12 PM */
    seconds(&f, 3600);
    ck_assert_uint_eq(get(&f, 4), 0x81);
    set(&f, 0x0B, 0x04);
    mc146818_set_time(&f.rtc, 59 + 86400 * 30);
    ck_assert_uint_eq(get(&f, 4), 12);          /* 12 AM */
    ck_assert_uint_eq(get(&f, 0), 59);
    ck_assert_uint_eq(get(&f, 7), 31);
    seconds(&f, 1);
    ck_assert_uint_eq(get(&f, 2), 1);
    set(&f, 0x0B, 0x06);
    set(&f, 4, 23);
    set(&f, 2, 59);
    set(&f, 0, 59);
    seconds(&f, 1);
    ck_assert_uint_eq(get(&f, 4), 0);
    ck_assert_uint_eq(get(&f, 8), 2);
}
END_TEST

START_TEST(update_in_progress_bit)
{
    struct fixture f;
    start(&f);
    u64 second = HZ, uip = 73 * 100;
    ck_assert_uint_eq(get(&f, 0x0A), 0x26);
    run_to(&f.b, second - uip - 1);
    ck_assert_uint_eq(get(&f, 0x0A) & 0x80, 0);
    run_to(&f.b, second - uip);
    ck_assert_uint_eq(get(&f, 0x0A) & 0x80, 0x80);
    ck_assert_uint_eq(get(&f, 0), 0);
    run_to(&f.b, second);
    ck_assert_uint_eq(get(&f, 0x0A) & 0x80, 0);
    ck_assert_uint_eq(get(&f, 0), 1);
}
END_TEST

START_TEST(set_bit_and_divider)
{
    struct fixture f;
    start(&f);
    set(&f, 0x0B, 0x92);
    ck_assert_uint_eq(get(&f, 0x0B), 0x82);     /* SET clears UIE */
    set(&f, 0, 0x30);
    seconds(&f, 5);
    ck_assert_uint_eq(get(&f, 0), 0x30);
    set(&f, 0x0B, 0x02);
    seconds(&f, 1);
    ck_assert_uint_eq(get(&f, 0), 0x31);
    set(&f, 0x0A, 0x70);                        /* hold the divider */
    seconds(&f, 5);
    ck_assert_uint_eq(get(&f, 0), 0x31);
    set(&f, 0x0A, 0x20);
    u64 released = clock_now(&f.b.clock);
    run_to(&f.b, released + HZ / 2 - 1);
    ck_assert_uint_eq(get(&f, 0), 0x31);
    run_to(&f.b, released + HZ / 2);            /* the first update comes after half a second */
    ck_assert_uint_eq(get(&f, 0), 0x32);
}
END_TEST

START_TEST(update_interrupt)
{
    struct fixture f;
    start(&f);
    seconds(&f, 1);
    ck_assert_uint_eq(flags(&f), 0x10);     /* flag without interrupt */
    set(&f, 0x0B, 0x12);
    ck_assert(!f.irq.level);
    seconds(&f, 1);
    ck_assert(f.irq.level);
    seconds(&f, 3);
    ck_assert_uint_eq(f.irq.rises, 1);          /* stays until C is read */
    ck_assert_uint_eq(flags(&f), 0x90);
    ck_assert(!f.irq.level);
    ck_assert_uint_eq(flags(&f), 0);
}
END_TEST

START_TEST(alarm_interrupt)
{
    struct fixture f;
    start(&f);
    mc146818_set_time(&f.rtc, 3600);
    set(&f, 1, 0x05);
    set(&f, 3, 0x00);
    set(&f, 5, 0x01);
    set(&f, 0x0B, 0x22);
    seconds(&f, 4);
    ck_assert(!f.irq.level);
    seconds(&f, 1);
    ck_assert(f.irq.level);
    ck_assert_uint_eq(flags(&f), 0xB0);
    set(&f, 3, 0xC0);
    set(&f, 5, 0xFF);                           /* any hour, any minute */
    seconds(&f, 59);
    ck_assert(!f.irq.level);
    seconds(&f, 1);
    ck_assert(f.irq.level);
}
END_TEST

START_TEST(periodic_interrupt)
{
    struct fixture f;
    start(&f);
    seconds(&f, 1);
    ck_assert_uint_eq(get(&f, 0x0C), 0x50);     /* PF needs no interrupt */
    ck_assert_uint_eq(get(&f, 0x0C), 0);
    run_to(&f.b, clock_now(&f.b.clock) + 32 * 100);
    ck_assert_uint_eq(get(&f, 0x0C), 0x40);     /* 1024 Hz: an edge each 32 ticks */
    set(&f, 0x0B, 0x42);
    u64 begin = clock_now(&f.b.clock);
    for (unsigned n = 1; n <= 1024; n++) {
        run_to(&f.b, begin + n * 3200 - 1);
        ck_assert(!f.irq.level);
        run_to(&f.b, begin + n * 3200);
        ck_assert(f.irq.level);
        ck_assert_uint_eq(get(&f, 0x0C) & 0xC0, 0xC0);
    }
    set(&f, 0x0A, 0x2F);                        /* 2 Hz */
    seconds(&f, 10);
    ck_assert_uint_eq(f.irq.rises, 1025);       /* one, as nobody read C */
    ck_assert(!f.rtc.periodic.armed);           /* and no events for nothing */
    set(&f, 0x0A, 0x20);
    get(&f, 0x0C);
    seconds(&f, 2);
    ck_assert_uint_eq(get(&f, 0x0C), 0x10);
}
END_TEST

START_TEST(reset_pin)
{
    struct fixture f;
    start(&f);
    set(&f, 0x0B, 0x7A);
    set(&f, 0x40, 0xA5);
    out8(&f.b, 0x70, 0x8B);
    ck_assert(f.rtc.nmi_mask.level);
    seconds(&f, 2);
    ck_assert(f.irq.level);
    f.rtc.dev.class->reset(&f.rtc.dev, RESET_WARM);
    ck_assert(!f.irq.level);
    ck_assert(!f.rtc.nmi_mask.level);
    ck_assert_uint_eq(get(&f, 0x0B), 0x02);
    ck_assert_uint_eq(get(&f, 0x40), 0xA5);
    ck_assert_uint_eq(get(&f, 0), 2);
    ck_assert_uint_eq(get(&f, 0x0D), 0x80);
}
END_TEST

START_TEST(cmos_layout)
{
    struct fixture f;
    start(&f);
    mc146818_set_memory(&f.rtc, 512ull << 20);
    ck_assert_uint_eq(get(&f, 0x15) | get(&f, 0x16) << 8, 640);
    ck_assert_uint_eq(get(&f, 0x17) | get(&f, 0x18) << 8, 0xFFFF);
    ck_assert_uint_eq(get(&f, 0x30) | get(&f, 0x31) << 8, 0xFFFF);
    ck_assert_uint_eq(get(&f, 0x34) | get(&f, 0x35) << 8, (512 - 16) * 16);
    mc146818_set_memory(&f.rtc, 8 << 20);
    ck_assert_uint_eq(get(&f, 0x17) | get(&f, 0x18) << 8, 7 * 1024);
    ck_assert_uint_eq(get(&f, 0x34) | get(&f, 0x35) << 8, 0);
    mc146818_put(&f.rtc, 0x12, 0xF0);
    u16 sum = 0;
    for (u8 i = 0x10; i <= 0x2D; i++) sum += get(&f, i);
    ck_assert_uint_eq(get(&f, 0x2E) << 8 | get(&f, 0x2F), sum);
    ck_assert_uint_eq(get(&f, 0x12), 0xF0);
}
END_TEST

START_TEST(hostile)
{
    struct fixture f;
    start(&f);
    hostile_guest(&f.b, 0x70, 2, HZ / 10);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    set(&f, 0x0B, 0x72);
    set(&f, 0x0A, 0x2A);
    run_to(&f.b, 12345);
    g.b.clock.now = f.b.clock.now;
    check_save_load(&f.rtc.dev, &g.rtc.dev);
    ck_assert_uint_eq(clock_next(&g.b.clock), clock_next(&f.b.clock));
    f.rtc.index = 0xFF;
    chip_move(&f.rtc.dev, &g.rtc.dev);
    ck_assert_uint_eq(g.rtc.index, 0x7F);
}
END_TEST

Suite *mc146818_suite(void)
{
    const TTest *const tests[] = {
        dates, carries, twelve_hours_and_binary, update_in_progress_bit, set_bit_and_divider, update_interrupt,
        alarm_interrupt, periodic_interrupt, reset_pin, cmos_layout, hostile, saves_and_loads,
    };
    return suite_of("mc146818", tests, ARRAY_LEN(tests));
}
