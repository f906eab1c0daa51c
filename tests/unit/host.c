/* core/host: claims of exclusive and shared resources, the RAM budget, and the lock around them;
 * core/error and core/log, too. */
#include "core/host.h"
#include "core/log.h"
#include <check.h>
#include <sched.h>
#include <string.h>

static struct host  host;
static struct error why;
static int          one, two;           /* two owners */

static void setup(void)
{
    host_init(&host, 1000);
}

static void teardown(void)
{
    host_destroy(&host);
}

START_TEST(exclusive_claims_live_alone)
{
    ck_assert(host_claim(&host, "image", "disk.img", HOST_EXCLUSIVE, &one, &why));
    ck_assert(!host_claim(&host, "image", "disk.img", HOST_EXCLUSIVE, &two, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "disk.img"));
    ck_assert_ptr_nonnull(strstr(why.text, "another machine"));
    ck_assert(!host_claim(&host, "image", "disk.img", HOST_SHARED, &two, &why));
    ck_assert(!host_claim(&host, "image", "disk.img", HOST_EXCLUSIVE, &one, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "this machine"));
    ck_assert(host_claim(&host, "image", "other.img", HOST_EXCLUSIVE, &two, &why));
    ck_assert(host_claim(&host, "port", "disk.img", HOST_EXCLUSIVE, &two, &why));
    host_release(&host, "image", "disk.img", &two);
    ck_assert(!host_claim(&host, "image", "disk.img", HOST_SHARED, &two, &why));
    host_release(&host, "image", "disk.img", &one);
    ck_assert(host_claim(&host, "image", "disk.img", HOST_EXCLUSIVE, &two, &why));
}
END_TEST

START_TEST(shared_claims_live_together)
{
    ck_assert(host_claim(&host, "image", "cd.iso", HOST_SHARED, &one, &why));
    ck_assert(host_claim(&host, "image", "cd.iso", HOST_SHARED, &one, &why));
    ck_assert(host_claim(&host, "image", "cd.iso", HOST_SHARED, &two, &why));
    host_release(&host, "image", "cd.iso", &one);
    host_release(&host, "image", "cd.iso", &two);
    ck_assert(!host_claim(&host, "image", "cd.iso", HOST_EXCLUSIVE, &two, &why));
    host_release_all(&host, &one);
    ck_assert(host_claim(&host, "image", "cd.iso", HOST_EXCLUSIVE, &two, &why));
}
END_TEST

START_TEST(all_of_an_owner_is_released)
{
    ck_assert(host_claim(&host, "terminal", "", HOST_EXCLUSIVE, &one, &why));
    ck_assert(host_claim(&host, "image", "a", HOST_EXCLUSIVE, &one, &why));
    ck_assert(host_claim(&host, "image", "b", HOST_EXCLUSIVE, &two, &why));
    host_release_all(&host, &one);
    ck_assert(host_claim(&host, "terminal", "", HOST_EXCLUSIVE, &two, &why));
    ck_assert(host_claim(&host, "image", "a", HOST_EXCLUSIVE, &two, &why));
    ck_assert(!host_claim(&host, "image", "b", HOST_EXCLUSIVE, &one, &why));
}
END_TEST

START_TEST(ram_has_a_budget)
{
    ck_assert(host_claim_ram(&host, 600, &one, &why));
    ck_assert(!host_claim_ram(&host, 401, &two, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "-m"));
    ck_assert(!host_claim_ram(&host, UINT64_MAX, &two, &why));
    ck_assert(host_claim_ram(&host, 400, &two, &why));
    host_release_ram(&host, &one);
    ck_assert_uint_eq(host_ram_of(&host, &one), 0);
    ck_assert_uint_eq(host_ram_of(&host, &two), 400);
    ck_assert(host_claim_ram(&host, 600, &one, &why));
    ck_assert(host_conserves(&host, &why) && host_exclusive(&host, &why));
}
END_TEST

static int               inside;        /* guarded by nothing but the claim */
static pthread_barrier_t start;

/* Wins the window 20000 times, waiting in between; Check's time limit ends it if it never can. */
static void *claim_often(void *overlaps)
{
    pthread_barrier_wait(&start);
    for (int won = 0; won < 20000;) {
        if (!host_claim(&host, "window", "0", HOST_EXCLUSIVE, overlaps, NULL)) {
            sched_yield();
            continue;
        }
        won++;
        *(int *)overlaps += inside++ != 0 || !host_claim_ram(&host, 1000, overlaps, NULL);
        host_release_ram(&host, overlaps);
        inside--;
        host_release(&host, "window", "0", overlaps);
    }
    return NULL;
}

START_TEST(threads_never_share_an_exclusive_claim)
{
    pthread_t other;
    int here = 0, there = 0;
    pthread_barrier_init(&start, NULL, 2);
    ck_assert_int_eq(pthread_create(&other, NULL, claim_often, &there), 0);
    claim_often(&here);
    pthread_join(other, NULL);
    ck_assert_int_eq(here + there, 0);
    ck_assert(host.claims == NULL && host.ram_used == 0);
}
END_TEST

static void note_line(void *self, const char *line)
{
    strcat(self, line);
}

START_TEST(log_lines_follow_the_mask)
{
    char text[4096] = "", large[3000];
    struct log log = { .mask = 1u << LOG_POST, .sink = note_line, .self = text };
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = 0;
    LOG(&log, LOG_INT, "not this");
    LOG(&log, LOG_POST, "code %02x", 0x1f);
    LOG(&log, LOG_POST, "ended\n");
    ck_assert_str_eq(text, "code 1f\nended\n");
    text[0] = 0;
    LOG(&log, LOG_POST, "%s", large);
    ck_assert_uint_eq(strlen(text), 1023);
    ck_assert(text[1022] == '\n');
    ck_assert_str_eq(log_items[LOG_POST].name, "post");
}
END_TEST

START_TEST(errors_are_cut_to_fit)
{
    char large[3000];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = 0;
    ck_assert(!error_set(NULL, "%s", large));
    ck_assert(!error_set(&why, "%s", large));
    ck_assert_uint_eq(strlen(why.text), sizeof(why.text) - 1);
}
END_TEST

Suite *host_suite(void)
{
    Suite *suite = suite_create("host");
    TCase *tests = tcase_create("host");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, exclusive_claims_live_alone);
    tcase_add_test(tests, shared_claims_live_together);
    tcase_add_test(tests, all_of_an_owner_is_released);
    tcase_add_test(tests, ram_has_a_budget);
    tcase_add_test(tests, threads_never_share_an_exclusive_claim);
    tcase_add_test(tests, log_lines_follow_the_mask);
    tcase_add_test(tests, errors_are_cut_to_fit);
    suite_add_tcase(suite, tests);
    return suite;
}
