/* Jitter: under a seed the interrupts of each timer chip come late by less than CLOCK_JITTER cycles, the same for the
 * same seed, and the chips' own time does not drift. */
#include "devices/hpet.h"
#include "devices/i8254.h"
#include "devices/mc146818.h"
#include "tests/unit/apic_board.h"

enum { HZ = 200000000, TIMES = 64 };

struct fixture {
    struct apic_board a;                 /* with memory for the memory-mapped ones */
    struct i8254      pit;
    struct mc146818   rtc;
    struct hpet       hpet;
    struct probe      irq[3];
};

static void start(struct fixture *f, u64 seed)
{
    memset(f, 0, sizeof *f);
    apic_board_start(&f->a);
    struct chip_board *b = &f->a.b;
    b->clock.hz = HZ;
    b->clock.jitter = seed;
    line_connect(&f->pit.irq, probe_set, &f->irq[0], 0);
    line_connect(&f->rtc.irq, probe_set, &f->irq[1], 0);
    line_connect(&f->hpet.irq[0], probe_set, &f->irq[2], 0);
    for (unsigned i = 0; i < ARRAY_LEN(f->irq); i++) f->irq[i].board = b;
    chip_start(b, &f->pit.dev, &i8254_class, "pit");
    chip_start(b, &f->rtc.dev, &mc146818_class, "rtc");
    chip_start(b, &f->hpet.dev, &hpet_class, "hpet");
}

/* Some thousand interrupts a second from each. The RTC's stay unread: after the first its pin stays asserted. */
static void program(struct fixture *f)
{
    struct chip_board *b = &f->a.b;
    out8(b, 0x43, 0x34);
    out8(b, 0x40, 1193 & 0xFF);
    out8(b, 0x40, 1193 >> 8);
    out8(b, 0x70, 0x0A);
    out8(b, 0x71, 0x26);
    out8(b, 0x70, 0x0B);
    out8(b, 0x71, 0x42);
    memory_store(&f->a.memory, HPET_BASE + 0x100, 4 | 8 | 0x40 | 0x100, 4);
    memory_store(&f->a.memory, HPET_BASE + 0x108, HPET_HZ / 1000, 4);
    memory_store(&f->a.memory, HPET_BASE + 0x10, 3, 4);
    lapic_software_enable(&f->a);
    lapic_put(&f->a, LAPIC_DIVIDE, 11);
    lapic_put(&f->a, LAPIC_LVT, 0x20040);
    lapic_put(&f->a, LAPIC_INITIAL, 1000);
}

static void due(const struct fixture *f, u64 at[4])
{
    at[0] = f->pit.edge.cycle;
    at[1] = f->rtc.periodic.cycle;
    at[2] = f->hpet.due.cycle;
    at[3] = f->a.lapic.timer.expiry.cycle;
}

/* Runs four alike but for their seeds from one interrupt of timer `which` to its next. */
static void check_timer(unsigned which)
{
    static const u64 seeds[] = { 0, 1, 1, 2 };
    static struct fixture f[ARRAY_LEN(seeds)];
    unsigned late = 0, differ = 0;
    for (unsigned i = 0; i < ARRAY_LEN(seeds); i++) {
        start(&f[i], seeds[i]);
        program(&f[i]);
    }
    for (unsigned n = 0; n < TIMES; n++) {
        u64 at[ARRAY_LEN(seeds)][4];
        for (unsigned i = 0; i < ARRAY_LEN(seeds); i++) due(&f[i], at[i]);
        u64 exact = at[0][which], first = at[1][which];
        ck_assert_msg(first >= exact && first < exact + CLOCK_JITTER, "timer %u: %d cycles", which, (int)(first - exact));
        ck_assert(at[2][which] == first);
        late += first != exact;
        differ += at[3][which] != first;
        for (unsigned i = 0; i < ARRAY_LEN(seeds); i++) run_to(&f[i].a.b, exact + CLOCK_JITTER - 1);
    }
    ck_assert_msg(late > TIMES / 2 && differ > TIMES / 2, "timer %u: %u late, %u differ", which, late, differ);
    for (unsigned i = 0; i < ARRAY_LEN(seeds); i++) apic_board_end(&f[i].a);
}

START_TEST(pit_is_late)   { check_timer(0); } END_TEST
START_TEST(rtc_is_late)   { check_timer(1); } END_TEST
START_TEST(hpet_is_late)  { check_timer(2); } END_TEST
START_TEST(lapic_is_late) { check_timer(3); } END_TEST

START_TEST(no_drift)
{
    static struct fixture exact, late;
    start(&exact, 0);
    start(&late, 7);
    program(&exact);
    program(&late);
    run_to(&exact.a.b, HZ);
    run_to(&late.a.b, HZ);
    for (unsigned i = 0; i < ARRAY_LEN(exact.irq); i++) {
        unsigned few = MIN(exact.irq[i].rises, late.irq[i].rises), many = MAX(exact.irq[i].rises, late.irq[i].rises);
        ck_assert_msg(many - few <= 1 && (i == 1 ? few == 1 : few > 990), "timer %u: %u and %u interrupts", i, few, many);
    }
    ck_assert(lapic_get(&exact.a, LAPIC_COUNT) == lapic_get(&late.a, LAPIC_COUNT));
    apic_board_end(&exact.a);
    apic_board_end(&late.a);
}
END_TEST

Suite *jitter_suite(void)
{
    const TTest *const tests[] = { pit_is_late, rtc_is_late, hpet_is_late, lapic_is_late, no_drift };
    return suite_of("jitter", tests, ARRAY_LEN(tests));
}
