/* core/clock: order of events, ties, and callbacks that change the list while it is being worked off. */
#include "core/clock.h"
#include <check.h>
#include <string.h>

struct probe {
    struct clock *clock;
    struct event  event;
    char         *trace;
    char          letter;
    u64           again;              /* re-arm this many cycles later, 0: do not */
    struct event *cancels;
    struct event *arms;
};

static void probe_fire(void *self)
{
    struct probe *p = self;
    strncat(p->trace, &p->letter, 1);
    if (p->again)
        event_at(p->clock, &p->event, clock_now(p->clock) + p->again);
    if (p->cancels)
        event_cancel(p->clock, p->cancels);
    if (p->arms)
        event_at(p->clock, p->arms, clock_now(p->clock));
}

static void probes_init(struct clock *clock, struct probe *probe, int count, char *trace)
{
    clock_init(clock, 1000000);
    trace[0] = 0;
    for (int i = 0; i < count; i++) {
        probe[i] = (struct probe){ .clock = clock, .trace = trace, .letter = (char)('a' + i) };
        event_init(&probe[i].event, clock, "probe", probe_fire, &probe[i]);
    }
}

START_TEST(events_fire_in_order)
{
    struct clock clock;
    struct probe p[4];
    char trace[64];
    probes_init(&clock, p, 4, trace);
    ck_assert(clock_next(&clock) == UINT64_MAX);
    event_at(&clock, &p[3].event, 50);
    event_at(&clock, &p[2].event, 10);
    event_at(&clock, &p[1].event, 10);
    event_at(&clock, &p[0].event, 30);
    ck_assert(clock_next(&clock) == 10);
    clock.now = 9;
    clock_fire(&clock);
    ck_assert_str_eq(trace, "");
    clock.now = 30;
    clock_fire(&clock);
    ck_assert_str_eq(trace, "bca");
    ck_assert(!p[0].event.armed && p[3].event.armed);
    ck_assert(clock_next(&clock) == 50);
}
END_TEST

START_TEST(events_move_and_cancel)
{
    struct clock clock;
    struct probe p[3];
    char trace[64];
    probes_init(&clock, p, 3, trace);
    event_cancel(&clock, &p[0].event);
    event_at(&clock, &p[0].event, 10);
    event_at(&clock, &p[1].event, 20);
    event_at(&clock, &p[2].event, 30);
    event_at(&clock, &p[0].event, 40);
    event_cancel(&clock, &p[1].event);
    event_cancel(&clock, &p[1].event);
    clock.now = 100;
    clock_fire(&clock);
    ck_assert_str_eq(trace, "ca");
}
END_TEST

START_TEST(callbacks_may_change_the_list)
{
    struct clock clock;
    struct probe p[4];
    char trace[64];
    probes_init(&clock, p, 4, trace);
    p[0].again = 5;
    p[0].cancels = &p[1].event;
    p[2].arms = &p[3].event;
    event_at(&clock, &p[0].event, 10);
    event_at(&clock, &p[1].event, 10);
    event_at(&clock, &p[2].event, 10);
    clock.now = 10;
    clock_fire(&clock);
    ck_assert_str_eq(trace, "acd");
    ck_assert(clock_next(&clock) == 15);
    clock.now = 15;
    clock_fire(&clock);
    ck_assert_str_eq(trace, "acda");
    ck_assert(clock_next(&clock) == 20);
}
END_TEST

START_TEST(conversions_round_so_that_they_agree)
{
    struct clock clock;
    clock_init(&clock, 200000000);
    for (u64 ticks = 0; ticks < 5000; ticks++) {
        u64 cycle = cycle_of(&clock, ticks, 1193182);
        ck_assert(ticks_at(&clock, cycle, 1193182) == ticks);
        ck_assert(cycle == 0 || ticks_at(&clock, cycle - 1, 1193182) < ticks);
    }
    ck_assert(cycles_of_ns(&clock, 0) == 1);
    ck_assert(cycles_of_ns(&clock, 6) == 2);
}
END_TEST

START_TEST(jitter_is_of_the_seed)
{
    enum { TIMES = 1000 };
    struct clock clock;
    struct probe p[2];
    char trace[64];
    unsigned seen[CLOCK_JITTER] = { 0 }, differ = 0;
    probes_init(&clock, p, 2, trace);
    for (u64 cycle = 1; cycle <= TIMES; cycle++) {
        u64 late[2];
        clock.jitter = 0;
        event_at_jittered(&clock, &p[0].event, cycle);
        ck_assert(p[0].event.cycle == cycle);
        for (u64 seed = 1; seed <= 2; seed++) {
            clock.jitter = seed;
            event_at_jittered(&clock, &p[0].event, cycle);
            late[seed - 1] = p[0].event.cycle - cycle;
            ck_assert(late[seed - 1] < CLOCK_JITTER);
            event_at_jittered(&clock, &p[0].event, cycle);
            ck_assert(p[0].event.cycle - cycle == late[seed - 1]);
        }
        seen[late[0]]++;
        differ += late[0] != late[1];
    }
    for (unsigned i = 0; i < CLOCK_JITTER; i++) ck_assert(seen[i] > 0 && seen[i] < TIMES / 16);
    ck_assert(differ > TIMES * 9 / 10);
}
END_TEST

Suite *clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    tcase_add_test(tests, events_fire_in_order);
    tcase_add_test(tests, events_move_and_cancel);
    tcase_add_test(tests, callbacks_may_change_the_list);
    tcase_add_test(tests, conversions_round_so_that_they_agree);
    tcase_add_test(tests, jitter_is_of_the_seed);
    suite_add_tcase(suite, tests);
    return suite;
}
