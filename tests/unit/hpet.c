/* The HPET: registers, one-shot and periodic timers to the tick, widths, edges and levels, the legacy route. */
#include "devices/hpet.h"
#include "tests/unit/chip_board.h"

enum { CONFIG = 0x10, STATUS = 0x20, COUNTER = 0xF0, ENABLE = 1, LEGACY = 2 };
enum { T_LEVEL = 2, T_ENABLE = 4, T_PERIODIC = 8, T_SET = 0x40, T_32 = 0x100, T_PIN = 9 /* shift */ };
enum { TICK = 4 };                           /* cycles of a 400 MHz processor */

struct fixture { struct chip_board b; struct memory memory; struct hpet hpet; struct probe irq[2], pin[4], legacy; };

static void start_at(struct fixture *f, u64 hz)
{
    struct error why;
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, hz);
    ck_assert(memory_init(&f->memory, 1 << 20, &why));
    f->b.board.memory = &f->memory;
    for (unsigned i = 0; i < 2; i++) line_connect(&f->hpet.irq[i], probe_set, &f->irq[i], 0);
    for (unsigned i = 0; i < 4; i++) line_connect(&f->hpet.pin[i], probe_set, &f->pin[i], 0);
    line_connect(&f->hpet.legacy, probe_set, &f->legacy, 0);
    for (unsigned i = 0; i < 2; i++) f->irq[i].board = &f->b;
    for (unsigned i = 0; i < 4; i++) f->pin[i].board = &f->b;
    f->legacy.board = &f->b;
    chip_start(&f->b, &f->hpet.dev, &hpet_class, "hpet");
}
static void start(struct fixture *f) { start_at(f, (u64)HPET_HZ * TICK); }
static void end(struct fixture *f) { memory_destroy(&f->memory); }

static u32 get(struct fixture *f, u32 offset) { return memory_load(&f->memory, HPET_BASE + offset, 4); }
static void put(struct fixture *f, u32 offset, u32 value) { memory_store(&f->memory, HPET_BASE + offset, value, 4); }
static u32 timer(unsigned n) { return 0x100 + 0x20 * n; }
static void ticks(struct fixture *f, u64 n) { run_to(&f->b, clock_now(&f->b.clock) + n * TICK); }

START_TEST(registers)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(get(&f, 0), 0x8086A201);
    ck_assert_uint_eq(get(&f, 4), 10000000);
    ck_assert_uint_eq(get(&f, timer(0)), 0x30);
    ck_assert_uint_eq(get(&f, timer(2) + 4), 0x00F00000);
    ck_assert_uint_eq(get(&f, timer(1) + 8), 0xFFFFFFFF);
    ck_assert_uint_eq(get(&f, timer(3)), 0);
    put(&f, timer(0), 0xFFFFFFFF);
    ck_assert_uint_eq(get(&f, timer(0)), 0x17E & ~0u);      /* input 31 is none of its */
    put(&f, timer(0), 22 << T_PIN);
    ck_assert_uint_eq(get(&f, timer(0)), 0x30 | 22 << T_PIN);
    put(&f, 0, 0);
    ck_assert_uint_eq(get(&f, 0), 0x8086A201);
    end(&f);
}
END_TEST

START_TEST(main_counter)
{
    struct fixture f;
    start(&f);
    ticks(&f, 100);
    ck_assert_uint_eq(get(&f, COUNTER), 0);
    put(&f, COUNTER, 0xFFFFFFF0);
    put(&f, COUNTER + 4, 7);
    put(&f, CONFIG, ENABLE);
    ticks(&f, 15);
    ck_assert_uint_eq(get(&f, COUNTER), 0xFFFFFFFF);
    ticks(&f, 1);
    ck_assert_uint_eq(get(&f, COUNTER), 0);
    ck_assert_uint_eq(get(&f, COUNTER + 4), 8);
    put(&f, CONFIG, 0);
    ticks(&f, 50);
    ck_assert_uint_eq(get(&f, COUNTER), 0);
    put(&f, CONFIG, ENABLE);
    ticks(&f, 5);
    ck_assert_uint_eq(get(&f, COUNTER), 5);
    end(&f);
}
END_TEST

START_TEST(one_shot)
{
    struct fixture f;
    start(&f);
    put(&f, timer(0), T_ENABLE | 20 << T_PIN);
    put(&f, timer(0) + 8, 1000);
    put(&f, timer(0) + 12, 0);
    ticks(&f, 2000);
    ck_assert_uint_eq(f.pin[0].rises, 0);
    put(&f, CONFIG, ENABLE);
    u64 begun = clock_now(&f.b.clock);
    ticks(&f, 5000);
    ck_assert(f.pin[0].rises == 1 && f.pin[0].risen_at == begun + 1000 * TICK);
    ck_assert(!f.hpet.due.armed || clock_next(&f.b.clock) > clock_now(&f.b.clock) + 1000000);
    /* Again: an edge, so it falls first. */
    put(&f, timer(0) + 8, 6000);
    ticks(&f, 1000);
    ck_assert(f.pin[0].rises == 2 && f.pin[0].falls == 1 && f.pin[0].level);
    put(&f, timer(0), 20 << T_PIN);
    ck_assert(!f.pin[0].level);
    end(&f);
}
END_TEST

/* A timer of 32 bits matches again when the counter's low half comes round. */
START_TEST(one_shot_32_comes_round)
{
    struct fixture f;
    start(&f);
    put(&f, timer(2), T_ENABLE | T_32 | 23 << T_PIN);
    put(&f, timer(2) + 8, 100);
    ck_assert_uint_eq(get(&f, timer(2) + 12), 0);
    put(&f, CONFIG, ENABLE);
    ticks(&f, 200);
    ck_assert_uint_eq(f.pin[3].rises, 1);
    ticks(&f, (u64)1 << 32);
    ck_assert_uint_eq(f.pin[3].rises, 2);
    end(&f);
}
END_TEST

START_TEST(periodic)
{
    struct fixture f;
    start_at(&f, 133000000);                     /* ticks are no whole cycles */
    put(&f, timer(1), T_ENABLE | T_PERIODIC | T_SET | T_32 | 21 << T_PIN);
    put(&f, timer(1) + 8, 300);
    ck_assert_uint_eq(get(&f, timer(1)) & T_SET, 0);
    put(&f, timer(1) + 8, 1000);                 /* the period alone */
    ck_assert_uint_eq(get(&f, timer(1) + 8), 300);
    put(&f, CONFIG, ENABLE);
    for (u64 n = 0; n < 20; n++) {
        u64 at = cycle_of(&f.b.clock, 300 + n * 1000, HPET_HZ);
        run_to(&f.b, at - 1);
        ck_assert_uint_eq(f.pin[1].rises, n);
        run_to(&f.b, at);
        ck_assert(f.pin[1].rises == n + 1 && f.pin[1].risen_at == at);
        ck_assert_uint_eq(get(&f, timer(1) + 8), 1300 + n * 1000);
    }
    /* With nobody to hear, the comparator goes on. */
    put(&f, timer(1), T_PERIODIC | T_32 | 21 << T_PIN);
    ck_assert(!f.hpet.due.armed);
    run_to(&f.b, cycle_of(&f.b.clock, 99999, HPET_HZ));
    ck_assert_uint_eq(get(&f, timer(1) + 8), 100300);
    /* A period of 0 never comes. */
    put(&f, timer(1), T_ENABLE | T_PERIODIC | T_SET | T_32 | 21 << T_PIN);
    put(&f, timer(1) + 8, 0);
    run_to(&f.b, clock_now(&f.b.clock) + 1000000);
    end(&f);
}
END_TEST

START_TEST(levels_wait_for_status)
{
    struct fixture f;
    start(&f);
    put(&f, timer(0), T_ENABLE | T_LEVEL | T_PERIODIC | T_SET | T_32 | 22 << T_PIN);
    put(&f, timer(0) + 8, 100);
    put(&f, CONFIG, ENABLE);
    ticks(&f, 250);
    ck_assert(f.pin[2].level && f.pin[2].rises == 1 && get(&f, STATUS) == 1);
    put(&f, STATUS, 6);
    ck_assert(f.pin[2].level);
    put(&f, STATUS, 1);
    ck_assert(!f.pin[2].level && get(&f, STATUS) == 0);
    ticks(&f, 60);
    ck_assert(f.pin[2].level && get(&f, STATUS) == 1);
    end(&f);
}
END_TEST

START_TEST(legacy_route)
{
    struct fixture f;
    start(&f);
    for (unsigned i = 0; i < 3; i++) {
        put(&f, timer(i), T_ENABLE | T_PERIODIC | T_SET | T_32 | 20 << T_PIN);
        put(&f, timer(i) + 8, 100 * (i + 1));
    }
    put(&f, CONFIG, LEGACY);
    ck_assert(!f.legacy.level);
    put(&f, CONFIG, LEGACY | ENABLE);
    ck_assert(f.legacy.level);
    ticks(&f, 601);
    ck_assert(f.irq[0].rises == 6 && f.irq[1].rises == 3 && f.pin[0].rises == 2);
    put(&f, CONFIG, ENABLE);
    ck_assert(!f.legacy.level && !f.irq[0].level);
    end(&f);
}
END_TEST

START_TEST(saved_and_loaded)
{
    static struct fixture f, g;
    start(&f);
    start(&g);
    put(&f, timer(0), T_ENABLE | T_PERIODIC | T_SET | T_32 | 20 << T_PIN);
    put(&f, timer(0) + 8, 100);
    put(&f, CONFIG, ENABLE | LEGACY);
    ticks(&f, 150);
    run_to(&g.b, clock_now(&f.b.clock));
    check_save_load(&f.hpet.dev, &g.hpet.dev);
    hpet_class.restored(&g.hpet.dev);
    ck_assert(g.hpet.irq[0].level && g.hpet.legacy.level && g.irq[0].rises == 0);
    ticks(&f, 500);
    ticks(&g, 500);
    ck_assert_uint_eq(f.irq[0].rises, g.irq[0].rises + 1);
    ck_assert_uint_eq(get(&f, timer(0) + 8), get(&g, timer(0) + 8));
    g.hpet.since = UINT64_MAX;
    hpet_class.restored(&g.hpet.dev);
    ticks(&g, 500);
    end(&f);
    end(&g);
}
END_TEST

START_TEST(hostile_writes)
{
    struct fixture f;
    u64 random = 11;
    start(&f);
    for (int i = 0; i < 100000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u32 at = HPET_BASE + (random >> 52 & 0x1FF);
        unsigned width = 1u << (random >> 18) % 3;
        if (random >> 17 & 3) memory_store(&f.memory, at & ~(width - 1), (u32)(random >> 24) >> (random >> 30) % 32, width);
        else memory_load(&f.memory, at, width);
        if (!(random >> 41 & 7)) f.b.clock.now += random >> 46 & 0xFFFF;
        clock_fire(&f.b.clock);
    }
    end(&f);
}
END_TEST

Suite *hpet_suite(void)
{
    const TTest *const tests[] = {
        registers, main_counter, one_shot, one_shot_32_comes_round, periodic, levels_wait_for_status, legacy_route,
        saved_and_loaded, hostile_writes
    };
    return suite_of("hpet", tests, ARRAY_LEN(tests));
}
