/* frontend/pace: when a cycle is due, and that lost time is not made up for. */
#include "frontend/pace.h"
#include <check.h>

enum { HZ = 100000000, MS = 1000000, CYCLES_PER_MS = HZ / 1000 };

START_TEST(cycles_are_due_at_their_time)
{
    struct pace pace;
    pace_set(&pace, PACE_REAL, HZ, 5000, 7 * MS);
    ck_assert_uint_eq(pace_until(&pace, 5000, 5000, 7 * MS), 0);
    ck_assert_uint_eq(pace_until(&pace, 5000 + 3 * CYCLES_PER_MS, 5000, 7 * MS), 3 * MS);
    ck_assert_uint_eq(pace_until(&pace, 5000 + 3 * CYCLES_PER_MS, 5000, 9 * MS), 1 * MS);
    ck_assert_uint_eq(pace_until(&pace, 5000 + 3 * CYCLES_PER_MS, 5000, 10 * MS), 0);
    ck_assert_uint_eq(pace_cycle(&pace, 9 * MS), 5000 + 2 * CYCLES_PER_MS);
    pace_set(&pace, 4 * PACE_REAL, HZ, 0, 0);
    ck_assert_uint_eq(pace_until(&pace, 8 * CYCLES_PER_MS, 0, 0), 2 * MS);
    ck_assert_uint_eq(pace_cycles_in(&pace, MS), 4 * CYCLES_PER_MS);
    pace_set(&pace, PACE_LEAST, HZ, 0, 0);
    ck_assert_uint_eq(pace_until(&pace, CYCLES_PER_MS, 0, 0), 100 * MS);
}
END_TEST

START_TEST(without_a_pace_nothing_waits)
{
    struct pace pace;
    pace_set(&pace, PACE_MAX, HZ, 0, 0);
    ck_assert_uint_eq(pace_until(&pace, UINT64_MAX, 0, 0), 0);
    ck_assert_uint_eq(pace_cycles_in(&pace, MS), CYCLES_PER_MS);
    ck_assert_uint_eq(pace_cycles_in(&pace, 0), 1);
}
END_TEST

/* A guest that was paused for a second, or a host that was busy, goes on at its pace; one a little late catches up. */
START_TEST(lost_time_is_lost)
{
    struct pace pace;
    pace_set(&pace, PACE_REAL, HZ, 0, 0);
    ck_assert_uint_eq(pace_until(&pace, 20 * CYCLES_PER_MS, 10 * CYCLES_PER_MS, 30 * MS), 0);
    ck_assert_uint_eq(pace_until(&pace, 40 * CYCLES_PER_MS, 30 * CYCLES_PER_MS, 30 * MS), 10 * MS);
    ck_assert_uint_eq(pace_until(&pace, 35 * CYCLES_PER_MS, 30 * CYCLES_PER_MS, 1030 * MS), 5 * MS);
    ck_assert_uint_eq(pace_until(&pace, 35 * CYCLES_PER_MS, 35 * CYCLES_PER_MS, 1035 * MS), 0);
    /* A clock that was set ahead, as by a saved state. */
    ck_assert_uint_eq(pace_until(&pace, 9000 * (u64)CYCLES_PER_MS, 9000 * (u64)CYCLES_PER_MS, 1035 * MS), 0);
}
END_TEST

Suite *pace_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");
    tcase_add_test(tests, cycles_are_due_at_their_time);
    tcase_add_test(tests, without_a_pace_nothing_waits);
    tcase_add_test(tests, lost_time_is_lost);
    suite_add_tcase(suite, tests);
    return suite;
}
