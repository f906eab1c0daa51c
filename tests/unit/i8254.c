/* The 8254: the six modes pulse by pulse, BCD, latches, read-back, port 61h, and exact times of counter 0's edges. */
#include "devices/i8254.h"
#include "tests/unit/chip_board.h"

struct fixture { struct chip_board b; struct i8254 pit; struct probe irq; };

static void start_at(struct fixture *f, u64 hz)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, hz);
    f->irq.board = &f->b;
    line_connect(&f->pit.irq, probe_set, &f->irq, 0);
    chip_start(&f->b, &f->pit.dev, &i8254_class, "pit");
}
/* One cycle is one CLK pulse. */
static void start(struct fixture *f) { start_at(f, I8254_HZ); }

static void program(struct fixture *f, int counter, int mode, u16 count, bool bcd)
{
    out8(&f->b, 0x43, counter << 6 | 0x30 | mode << 1 | bcd);
    out8(&f->b, 0x40 + counter, count);
    out8(&f->b, 0x40 + counter, count >> 8);
}
static u16 latch(struct fixture *f, int counter)
{
    out8(&f->b, 0x43, counter << 6);
    u8 low = in8(&f->b, 0x40 + counter);
    return in8(&f->b, 0x40 + counter) << 8 | low;
}
static bool out_now(struct fixture *f, int counter)
{
    out8(&f->b, 0x43, 0xE0 | 2 << counter);
    return in8(&f->b, 0x40 + counter) & 0x80;
}
static void pulses(struct fixture *f, u64 n) { run_to(&f->b, clock_now(&f->b.clock) + n); }

/* Checks OUT of `counter` over the next pulses against a string of '0' and '1', one per pulse. */
static void check_wave(struct fixture *f, int counter, const char *wave)
{
    for (const char *p = wave; *p; p++) {
        pulses(f, 1);
        ck_assert_msg(out_now(f, counter) == (*p == '1'), "OUT wrong at pulse %d of %s", (int)(p - wave), wave);
    }
}

START_TEST(mode_0)
{
    struct fixture f;
    start(&f);
    program(&f, 0, 0, 4, false);
    ck_assert(!f.irq.level);
    pulses(&f, 1);
    ck_assert_uint_eq(latch(&f, 0), 4);
    pulses(&f, 3);
    ck_assert(!f.irq.level);
    pulses(&f, 1);
    ck_assert(f.irq.level);                     /* N + 1 pulses after the write */
    pulses(&f, 2);
    ck_assert_uint_eq(latch(&f, 0), 0xFFFE);    /* goes on counting */
    out8(&f.b, 0x40, 9);
    ck_assert(!f.irq.level);                    /* the first byte stops it */
    pulses(&f, 50);
    ck_assert_uint_eq(latch(&f, 0), 0xFFFE);
    out8(&f.b, 0x40, 0);
    pulses(&f, 9);
    ck_assert(!f.irq.level);
    pulses(&f, 1);
    ck_assert(f.irq.level);
    ck_assert_uint_eq(f.irq.rises, 2);
}
END_TEST

START_TEST(mode_0_gate)
{
    struct fixture f;
    start(&f);
    program(&f, 2, 0, 5, false);                /* gate is low */
    pulses(&f, 20);
    ck_assert_uint_eq(latch(&f, 2), 5);
    out8(&f.b, 0x61, 1);
    check_wave(&f, 2, "00001");
    out8(&f.b, 0x61, 0);
    u16 held = latch(&f, 2);
    pulses(&f, 9);
    ck_assert_uint_eq(latch(&f, 2), held);
    ck_assert(in8(&f.b, 0x61) & 0x20);
}
END_TEST

START_TEST(mode_1)
{
    struct fixture f;
    start(&f);
    program(&f, 2, 1, 3, false);
    check_wave(&f, 2, "1111");
    out8(&f.b, 0x61, 1);
    out8(&f.b, 0x61, 0);                        /* the level does not matter */
    check_wave(&f, 2, "00");
    out8(&f.b, 0x61, 1);                        /* retrigger */
    check_wave(&f, 2, "000111");
}
END_TEST

START_TEST(mode_2)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x61, 1);
    program(&f, 2, 2, 3, false);
    check_wave(&f, 2, "110110110");
    program(&f, 2, 2, 3, false);
    pulses(&f, 1);
    out8(&f.b, 0x42, 5);                        /* the new count waits for the end of the period */
    out8(&f.b, 0x42, 0);
    check_wave(&f, 2, "1011110111");
    out8(&f.b, 0x61, 0);
    check_wave(&f, 2, "1111");
    out8(&f.b, 0x61, 1);
    check_wave(&f, 2, "1111011110");
    pulses(&f, 5000000000);                     /* whole periods are skipped, not walked */
    check_wave(&f, 2, "1111011110");
}
END_TEST

START_TEST(mode_3)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x61, 1);
    program(&f, 2, 3, 4, false);
    check_wave(&f, 2, "11001100");
    program(&f, 2, 7, 5, false);                /* mode 7 is mode 3 */
    check_wave(&f, 2, "11100111001");
    out8(&f.b, 0x61, 0);
    out8(&f.b, 0x61, 1);
    check_wave(&f, 2, "11100");
    program(&f, 2, 3, 6, false);
    static const u16 seen[] = { 6, 4, 2, 6, 4, 2 };
    for (unsigned i = 0; i < ARRAY_LEN(seen); i++) {
        pulses(&f, 1);
        ck_assert_uint_eq(latch(&f, 2), seen[i]);
    }
    program(&f, 2, 3, 5, false);
    static const u16 odd[] = { 4, 2, 0, 4, 2, 4, 2, 0 };
    for (unsigned i = 0; i < ARRAY_LEN(odd); i++) {
        pulses(&f, 1);
        ck_assert_uint_eq(latch(&f, 2), odd[i]);
    }
    check_wave(&f, 2, "0");
    out8(&f.b, 0x61, 0);                        /* OUT rises with the falling gate */
    ck_assert(out_now(&f, 2));
    out8(&f.b, 0x61, 1);
    program(&f, 2, 3, 1, false);                /* forbidden, must not hang */
    pulses(&f, 1000000);
    ck_assert(out_now(&f, 2));
}
END_TEST

START_TEST(mode_4)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x61, 1);
    program(&f, 2, 4, 3, false);
    check_wave(&f, 2, "111011111");
    ck_assert_uint_eq(latch(&f, 2), 0xFFFB);    /* it strobes once and counts on */
    pulses(&f, 0xFFFB);
    ck_assert(out_now(&f, 2));
    out8(&f.b, 0x42, 2);
    out8(&f.b, 0x42, 0);
    check_wave(&f, 2, "11011");
}
END_TEST

START_TEST(mode_5)
{
    struct fixture f;
    start(&f);
    program(&f, 2, 5, 3, false);
    check_wave(&f, 2, "111111");
    out8(&f.b, 0x61, 1);
    check_wave(&f, 2, "11101111");
    out8(&f.b, 0x61, 0);
    out8(&f.b, 0x61, 1);
    check_wave(&f, 2, "1110");
}
END_TEST

START_TEST(bcd)
{
    struct fixture f;
    start(&f);
    program(&f, 0, 2, 0x1000, true);
    pulses(&f, 2);
    ck_assert_uint_eq(latch(&f, 0), 0x0999);
    program(&f, 0, 2, 0, true);                 /* 10000 */
    pulses(&f, 2);
    ck_assert_uint_eq(latch(&f, 0), 0x9999);
    pulses(&f, 9998);
    ck_assert_uint_eq(f.irq.falls, 1);
    ck_assert_uint_eq(latch(&f, 0), 1);
}
END_TEST

START_TEST(latches_and_read_back)
{
    struct fixture f;
    start(&f);
    program(&f, 0, 2, 0x1234, false);
    out8(&f.b, 0x43, 0xE2);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0xF4);   /* OUT, null count, both bytes, mode 2 */
    pulses(&f, 1);
    out8(&f.b, 0x43, 0x00);
    pulses(&f, 3);
    out8(&f.b, 0x43, 0x00);                     /* latched already: ignored */
    out8(&f.b, 0x43, 0xC2);                     /* status too; comes first */
    ck_assert_uint_eq(in8(&f.b, 0x40), 0xB4);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x34);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x12);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x31);   /* live again */
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x12);
    out8(&f.b, 0x43, 0x14);                     /* low byte only */
    out8(&f.b, 0x40, 0x80);
    pulses(&f, 1);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x80);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x80);
    out8(&f.b, 0x43, 0x24);                     /* high byte only */
    out8(&f.b, 0x40, 0x02);
    pulses(&f, 2);
    ck_assert_uint_eq(in8(&f.b, 0x40), 0x01);
    ck_assert_uint_eq(in8(&f.b, 0x43), 0xFF);
}
END_TEST

START_TEST(edges_in_exact_time)
{
    struct fixture f;
    start_at(&f, 400000003);
    program(&f, 0, 2, 11932, false);            /* Linux's 100 Hz */
    for (u64 n = 1; n <= 5000; n++) {
        u64 edge = cycle_of(&f.b.clock, 1 + n * 11932, I8254_HZ);
        run_to(&f.b, edge - 1);
        ck_assert_uint_eq(f.irq.falls, n - 1 + (f.irq.level ? 0 : 1));
        run_to(&f.b, edge);
        ck_assert_uint_eq(f.irq.rises, n + 1);  /* one from the control word */
        ck_assert_uint_eq(f.irq.risen_at, edge);
    }
    u64 events = 0, end = cycle_of(&f.b.clock, 1 + 5100 * 11932, I8254_HZ);
    for (; clock_next(&f.b.clock) <= end; events++) run_to(&f.b, clock_next(&f.b.clock));
    ck_assert_uint_eq(events, 2 * 100);         /* two edges a period and nothing else */
}
END_TEST

START_TEST(late_event_catches_up)
{
    struct fixture f;
    start(&f);
    program(&f, 0, 3, 4, false);
    f.b.clock.now += 1000003;                   /* as if one instruction took so long */
    clock_fire(&f.b.clock);
    ck_assert_uint_gt(clock_next(&f.b.clock), clock_now(&f.b.clock));
    check_wave(&f, 0, "0110");
}
END_TEST

START_TEST(port_61)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x61, 0xFF);
    ck_assert_uint_eq(in8(&f.b, 0x61) & 0xCF, 0x0F);
    u8 before = in8(&f.b, 0x61) & 0x10;
    pulses(&f, 18);
    ck_assert_uint_ne(in8(&f.b, 0x61) & 0x10, before);
    pulses(&f, 18);
    ck_assert_uint_eq(in8(&f.b, 0x61) & 0x10, before);
}
END_TEST

START_TEST(hostile)
{
    struct fixture f;
    start(&f);
    for (int round = 0; round < 8; round++) {
        out8(&f.b, 0x61, round & 1);
        hostile_guest(&f.b, 0x40, 4, 300);
    }
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    program(&f, 0, 3, 1000, false);
    pulses(&f, 1234);
    g.b.clock.now = f.b.clock.now;
    check_save_load(&f.pit.dev, &g.pit.dev);
    ck_assert_uint_eq(clock_next(&g.b.clock), clock_next(&f.b.clock));
    pulses(&f, 777);
    pulses(&g, 777);
    ck_assert_uint_eq(latch(&f, 0), latch(&g, 0));
}
END_TEST

Suite *i8254_suite(void)
{
    const TTest *const tests[] = {
        mode_0, mode_0_gate, mode_1, mode_2, mode_3, mode_4, mode_5, bcd, latches_and_read_back, edges_in_exact_time,
        late_event_catches_up, port_61, hostile, saves_and_loads,
    };
    return suite_of("i8254", tests, ARRAY_LEN(tests));
}
