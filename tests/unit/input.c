/* core/input: posting, recording, and a replay that is the record again. */
#include "core/input.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct clock clock_;
static struct input input;
static char         got[4096], record[32768];

static void deliver(void *self, const u8 *bytes, size_t length)
{
    char *at = got + strlen(got);
    snprintf(at, 64, "%s@%llu:%.*s ", (const char *)self, (unsigned long long)clock_now(&clock_), (int)length,
             (const char *)bytes);
}

static void keep(void *self, const char *line)
{
    strcat(self, line);
}

static void setup(void)
{
    clock_init(&clock_, 1000000);
    input_init(&input, &clock_);
    input_source_add(&input, "serial0", deliver, "s");
    input_source_add(&input, "keyboard", deliver, "k");
    input.record = keep;
    input.record_self = record;
    got[0] = record[0] = 0;
}

static void teardown(void)
{
    input_destroy(&input);
}

static void refused(const char *text, const char *because)
{
    struct error why = { "" };
    ck_assert_msg(!input_replay(&input, text, &why), "%s", text);
    ck_assert_msg(strstr(why.text, because) != NULL, "'%s' is not in: %s", because, why.text);
    ck_assert(!input.replaying && clock_next(&clock_) == UINT64_MAX);
}

START_TEST(posts_are_delivered_and_recorded)
{
    input_post(&input, 0, (const u8 *)"ls\n", 3);
    clock_.now = 12345678901234;
    input_post(&input, 1, (const u8 *)"\x01\xff", 2);
    input_post(&input, 1, NULL, 0);
    ck_assert_str_eq(record, "0 serial0 6c730a\n12345678901234 keyboard 01ff\n12345678901234 keyboard -\n");
}
END_TEST

START_TEST(replay_repeats_the_record)
{
    const char *text = "5 serial0 61\n5 keyboard 62\n70 serial0 -\n80 serial0 6364\n";
    struct error why;
    ck_assert_msg(input_replay(&input, text, &why), "%s", why.text);
    input_post(&input, 0, (const u8 *)"live", 4);
    ck_assert(clock_next(&clock_) == 5);
    clock_.now = 5;
    clock_fire(&clock_);
    ck_assert_str_eq(got, "s@5:a k@5:b ");
    for (clock_.now = 70; clock_.now <= 80; clock_.now += 10)
        clock_fire(&clock_);
    ck_assert_str_eq(got, "s@5:a k@5:b s@70: s@80:cd ");
    ck_assert_str_eq(record, text);
    input_post(&input, 0, (const u8 *)"live", 4);
    ck_assert_str_eq(record, text);
}
END_TEST

static void note_event(void *self)
{
    (void)self;
    strcat(got, "event ");
}

START_TEST(replayed_messages_come_after_events)
{
    struct event event;
    event_init(&event, &clock_, "late", note_event, NULL);
    event_at(&clock_, &event, 9);
    ck_assert(input_replay(&input, "9 serial0 61", NULL));
    clock_.now = 9;
    clock_fire(&clock_);
    ck_assert_str_eq(got, "event s@9:a ");
}
END_TEST

START_TEST(bad_records_are_refused_with_their_line)
{
    clock_.now = 10;
    refused("9 serial0 61\n", "line 1");
    refused("20 serial0 61\n19 serial0 61\n", "line 2");
    refused("20 serial0 61\n\n", "line 2");
    refused("x serial0 61\n", "line 1");
    refused("-1 serial0 61\n", "line 1");
    refused("99999999999999999999 serial0 61\n", "too large");
    refused("20\n", "line 1");
    refused("20 serial0\n", "line 1");
    refused("20 serial0 \n", "line 1");
    refused("20 serial0 616\n", "line 1");
    refused("20 serial0 6g\n", "line 1");
    refused("20 serial0 61 \n", "line 1");
    refused("20  serial0 61\n", "line 1");
    refused("20 mouse 61\n", "'mouse'");
    refused("20 serial 61\n", "'serial'");
    refused("20 serial0 61\r\n", "line 1");
    char *lengthy = malloc(2 * INPUT_BYTES + 64);
    memset(lengthy, '0', 2 * INPUT_BYTES + 63);
    memcpy(lengthy, "20 serial0 ", 11);
    lengthy[2 * INPUT_BYTES + 11 + 2] = 0;
    refused(lengthy, "too many");
    lengthy[2 * INPUT_BYTES + 11] = 0;
    ck_assert(input_replay(&input, lengthy, NULL));
    free(lengthy);
}
END_TEST

START_TEST(largest_message_survives)
{
    static u8 bytes[INPUT_BYTES];
    memset(bytes, 'x', sizeof(bytes));
    input_post(&input, 1, bytes, sizeof(bytes));
    ck_assert_uint_eq(strlen(record), 2 * INPUT_BYTES + strlen("0 keyboard \n"));
    ck_assert(input_replay(&input, record, NULL));
}
END_TEST

Suite *input_suite(void)
{
    Suite *suite = suite_create("input");
    TCase *tests = tcase_create("input");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, posts_are_delivered_and_recorded);
    tcase_add_test(tests, replay_repeats_the_record);
    tcase_add_test(tests, replayed_messages_come_after_events);
    tcase_add_test(tests, bad_records_are_refused_with_their_line);
    tcase_add_test(tests, largest_message_survives);
    suite_add_tcase(suite, tests);
    return suite;
}
