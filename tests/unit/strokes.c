/* Key strokes in virtual time (frontend/strokes.h): one at a time, in order, none lost or given early. */
#include "frontend/strokes.h"
#include "devices/machine.h"
#include "frontend/keys.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

struct desk { struct host host; struct machine *m; struct strokes strokes; char record[4096]; };

static void note(void *self, const char *line)
{
    struct desk *b = self;
    if (strlen(b->record) + strlen(line) < sizeof b->record) strcat(b->record, line);
}

static bool nothing(void *self, struct machine *m, struct error *why) { return (void)self, (void)m, (void)why, true; }

static struct desk *desk_make(void)
{
    struct error why;
    struct desk *b = calloc(1, sizeof *b);
    struct machine_config config = {
        .ram_bytes = 1 << 20, .model = cpu_model_find("max"), .engine = { ENGINE_LOOP, 1, 0 }, .serial_pace = 32, .boot = nothing,
    };
    host_init(&b->host, UINT64_MAX);
    b->m = machine_create(&config, &b->host, &why);
    ck_assert_msg(b->m != NULL, "%s", why.text);
    b->m->input.record = note;
    b->m->input.record_self = b;
    return b;
}

static void desk_free(struct desk *b)
{
    machine_destroy(b->m);
    host_destroy(&b->host);
    free(b);
}

static unsigned lines(const char *text)
{
    unsigned count = 0;
    while ((text = strchr(text, '\n'))) text++, count++;
    return count;
}

START_TEST(one_at_a_time)
{
    struct desk *b = desk_make();
    u64 gap = cycles_of_ns(&b->m->clock, STROKES_NS), begun = b->m->clock.now;
    ck_assert_uint_eq(strokes_next(&b->strokes, b->m), UINT64_MAX);
    for (const char *c = "aB\n"; *c; c++) {
        u8 codes[KEYS_BYTES];
        ck_assert(strokes_add(&b->strokes, codes, keys_character(*c, codes)));
    }
    ck_assert_uint_eq(strokes_next(&b->strokes, b->m), begun);
    for (unsigned i = 1; i <= 3; i++) {
        strokes_act(&b->strokes, b->m);
        ck_assert_uint_eq(lines(b->record), i);
        strokes_act(&b->strokes, b->m);                        /* too early */
        ck_assert_uint_eq(lines(b->record), i);
        while (b->m->clock.now < begun + i * gap) machine_idle_to(b->m, begun + i * gap);
    }
    ck_assert_uint_eq(strokes_next(&b->strokes, b->m), UINT64_MAX);
    ck_assert(strstr(b->record, "1e9e") && strstr(b->record, "2a30b0aa") && strstr(b->record, "1c9c"));
    desk_free(b);
}
END_TEST

START_TEST(full)
{
    struct desk *b = desk_make();
    u8 codes[KEYS_BYTES];
    unsigned taken = 0, given = 0, count = keys_character('x', codes);
    ck_assert(!strokes_add(&b->strokes, codes, 0));
    while (strokes_add(&b->strokes, codes, count)) taken++;
    ck_assert_uint_eq(taken, STROKES_BYTES / (count + 1));
    for (; b->strokes.count; given++) {
        b->strokes.due = 0;
        strokes_act(&b->strokes, b->m);
        if (given == 10) ck_assert(strokes_add(&b->strokes, codes, count));      /* there is room again */
    }
    ck_assert_uint_eq(given, taken + 1);
    desk_free(b);
}
END_TEST

Suite *strokes_suite(void)
{
    Suite *suite = suite_create("strokes");
    TCase *c = tcase_create("strokes");
    tcase_add_test(c, one_at_a_time);
    tcase_add_test(c, full);
    suite_add_tcase(suite, c);
    return suite;
}
