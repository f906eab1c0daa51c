/* core/state, core/save, core/hash: one table, five readers. */
#include "core/clock.h"
#include "core/state.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inner { u8 small; u32 wide; u16 many[3]; };
struct thing {
    void        *wire;
    u8           reg;
    u32          count;
    s16          level;
    bool         on;
    u8           raw[40];
    struct inner one;
    struct inner each[2];
    struct event tick;
};

static const struct field inner_rows[] = {
    FIELD(struct inner, small, "a byte"),
    FIELD(struct inner, wide, "a dword"),
    FIELD_ARRAY(struct inner, many, "words"),
    FIELD_END
};
static const struct field thing_rows[] = {
    FIELD_NONE(struct thing, wire, "wiring"),
    FIELD(struct thing, reg, "a register"),
    FIELD(struct thing, count, "a counter"),
    FIELD_SINCE(struct thing, level, 55, "signed"),
    FIELD(struct thing, on, "a bool"),
    FIELD_RAW(struct thing, raw, "a buffer"),
    FIELD_SUB(struct thing, one, inner_rows, "one"),
    FIELD_EACH(struct thing, each, inner_rows, "two"),
    FIELD_EVT(struct thing, tick, "next tick"),
    FIELD_END
};

static void fire(void *self)
{
    (void)self;
}

/* The fill is what the padding holds. */
static struct thing *thing_make(struct clock *clock, int fill)
{
    struct thing *thing = malloc(sizeof(*thing));
    memset(thing, fill, sizeof(*thing));
    event_init(&thing->tick, clock, "tick", fire, thing);
    thing->wire = thing;
    thing->reg = 0x12;
    thing->count = 0x3456789a;
    thing->level = -2;
    thing->on = true;
    for (size_t i = 0; i < sizeof(thing->raw); i++)
        thing->raw[i] = (u8)i;
    struct inner inner = { .small = 1, .wide = 2, .many = { 3, 4, 5 } };
    struct inner *at[3] = { &thing->one, &thing->each[0], &thing->each[1] };
    for (int i = 0; i < 3; i++) {
        at[i]->small = inner.small;
        at[i]->wide = inner.wide;
        memcpy(at[i]->many, inner.many, sizeof(inner.many));
    }
    event_at(clock, &thing->tick, 1000);
    return thing;
}

static struct component component_of(struct thing *thing)
{
    return (struct component){ .name = "thing", .fields = thing_rows, .self = thing, .size = sizeof(*thing) };
}

struct buffer { u8 bytes[4096]; size_t used; };

static void buffer_put(void *self, const void *bytes, size_t length)
{
    struct buffer *buffer = self;
    memcpy(buffer->bytes + buffer->used, bytes, length);
    buffer->used += length;
}

static struct clock   clock_a, clock_b;
static struct thing  *a, *b;
static struct component ca, cb;
static struct buffer  saved;

static void setup(void)
{
    clock_init(&clock_a, 1000000);
    clock_init(&clock_b, 1000000);
    a = thing_make(&clock_a, 0x00);
    b = thing_make(&clock_b, 0xee);
    ca = component_of(a);
    cb = component_of(b);
    saved.used = 0;
}

static void teardown(void)
{
    free(a);
    free(b);
}

START_TEST(padding_and_pointers_do_not_count)
{
    ck_assert(state_hash(1, &ca) == state_hash(1, &cb));
    ck_assert(state_hash(1, &ca) != state_hash(2, &ca));
    event_cancel(&clock_a, &a->tick);
    event_cancel(&clock_b, &b->tick);
    a->tick.cycle = 7;
    ck_assert(state_hash(1, &ca) == state_hash(1, &cb));
}
END_TEST

static unsigned flips_seen(void *bytes, size_t size)
{
    unsigned seen = 0;
    u64 before = state_hash(1, &ca);
    for (size_t i = 0; i < 8 * size; i++) {
        ((u8 *)bytes)[i / 8] ^= (u8)(1 << i % 8);
        seen += state_hash(1, &ca) != before;
        ((u8 *)bytes)[i / 8] ^= (u8)(1 << i % 8);
    }
    return seen;
}

START_TEST(every_bit_of_every_row_counts)
{
    ck_assert_uint_eq(flips_seen(&a->reg, 1), 8);
    ck_assert_uint_eq(flips_seen(&a->count, 4), 32);
    ck_assert_uint_eq(flips_seen(&a->level, 2), 16);
    ck_assert_uint_eq(flips_seen(a->raw, sizeof(a->raw)), 8 * sizeof(a->raw));
    ck_assert_uint_eq(flips_seen(&a->each[1].small, 1), 8);
    ck_assert_uint_eq(flips_seen(a->each[1].many, 6), 48);
    ck_assert_uint_eq(flips_seen(&a->one.wide, 4), 32);
    ck_assert_uint_eq(flips_seen(&a->tick.cycle, 8), 64);
    ck_assert_uint_eq(flips_seen(&a->wire, 8), 0);
}
END_TEST

static void diff_note(void *self, const char *path, u64 va, u64 vb)
{
    char text[128];
    snprintf(text, sizeof(text), "%s %llx %llx;", path, (unsigned long long)va, (unsigned long long)vb);
    strcat(self, text);
}

START_TEST(diff_names_the_row)
{
    char text[1024] = "";
    ck_assert_uint_eq(state_diff(&ca, &cb, diff_note, text), 0);
    b->each[1].many[2] = 0xffff;
    b->raw[33] = 0;
    event_cancel(&clock_b, &b->tick);
    ck_assert_uint_eq(state_diff(&ca, &cb, diff_note, text), 4);
    ck_assert_str_eq(text, "thing.raw+0x21 21 0;thing.each[1].many[2] 5 ffff;"
                           "thing.tick.armed 1 0;thing.tick.cycle 3e8 0;");
}
END_TEST

static void dump_note(void *self, const char *text)
{
    strcat(strcat(self, text), "\n");
}

START_TEST(dump_has_a_line_per_value)
{
    char text[4096] = "";
    state_dump(&ca, dump_note, text);
    ck_assert_ptr_nonnull(strstr(text, "thing.reg = 0x12\n"));
    ck_assert_ptr_nonnull(strstr(text, "thing.level = 0xfffe\n"));
    ck_assert_ptr_nonnull(strstr(text, "thing.each[1].many[2] = 0x0005\n"));
    ck_assert_ptr_nonnull(strstr(text, "thing.raw+0x20 = 2021222324252627\n"));
    ck_assert_ptr_nonnull(strstr(text, "thing.tick = 1000\n"));
    ck_assert_ptr_null(strstr(text, "wire"));
}
END_TEST

START_TEST(what_is_saved_is_loaded)
{
    struct error why;
    state_save(&ca, &(struct state_sink){ buffer_put, &saved });
    b->reg = 0;
    b->each[0].wide = 77;
    memset(b->raw, 9, sizeof(b->raw));
    event_at(&clock_b, &b->tick, 5);
    ck_assert_uint_eq(state_load(&cb, &clock_b, saved.bytes, saved.used, &why), saved.used);
    ck_assert(state_hash(0, &ca) == state_hash(0, &cb));
    ck_assert(clock_next(&clock_b) == 1000);
    ck_assert_ptr_eq(b->wire, b);
    ck_assert_ptr_eq(b->tick.self, b);
}
END_TEST

START_TEST(rows_are_found_by_name)
{
    static const struct field fewer[] = {
        FIELD(struct thing, count, ""), FIELD(struct thing, reg, ""), FIELD_END
    };
    struct error why;
    struct component few = { .name = "thing", .fields = fewer, .self = a };
    state_save(&few, &(struct state_sink){ buffer_put, &saved });
    b->reg = 0;
    b->count = 0;
    ck_assert_uint_gt(state_load(&cb, &clock_b, saved.bytes, saved.used, &why), 0);
    ck_assert_uint_eq(b->reg, 0x12);
    ck_assert_uint_eq(b->count, 0x3456789a);
    ck_assert_int_eq(b->level, 55);                    /* as the table says of a state without it */
    ck_assert_int_eq(b->each[1].many[2], 0);
    ck_assert(!b->tick.armed);
    ck_assert_ptr_eq(b->wire, b);

    saved.used = 0;
    state_save(&ca, &(struct state_sink){ buffer_put, &saved });
    few.self = b;
    ck_assert_uint_eq(state_load(&few, &clock_b, saved.bytes, saved.used, &why), 0);
    ck_assert_ptr_nonnull(strstr(why.text, "'level'"));
    few.name = "other";
    ck_assert_uint_eq(state_load(&few, &clock_b, saved.bytes, saved.used, &why), 0);
    ck_assert_ptr_nonnull(strstr(why.text, "'other'"));
}
END_TEST

START_TEST(bools_load_as_0_or_1)
{
    struct truths { bool one, many[3]; u8 number; } from, to = { .number = 0 };
    static const struct field rows[] = {
        FIELD(struct truths, one, ""), FIELD_ARRAY(struct truths, many, ""), FIELD(struct truths, number, ""), FIELD_END
    };
    struct component out = { .name = "t", .fields = rows, .self = &from }, in = { .name = "t", .fields = rows, .self = &to };
    struct error why;
    memset(&from, 0x82, sizeof from);
    state_save(&out, &(struct state_sink){ buffer_put, &saved });
    ck_assert_uint_eq(state_load(&in, &clock_b, saved.bytes, saved.used, &why), saved.used);
    ck_assert_mem_eq(&to, "\1\1\1\1\x82", 5);
}
END_TEST

START_TEST(younger_versions_are_refused)
{
    struct error why;
    ca.version = 3;
    state_save(&ca, &(struct state_sink){ buffer_put, &saved });
    cb.version = 4;
    ck_assert_uint_eq(state_load(&cb, &clock_b, saved.bytes, saved.used, &why), saved.used);
    cb.version = 2;
    ck_assert_uint_eq(state_load(&cb, &clock_b, saved.bytes, saved.used, &why), 0);
    ck_assert_ptr_nonnull(strstr(why.text, "version 3"));
}
END_TEST

START_TEST(damaged_files_are_refused)
{
    struct error why;
    state_save(&ca, &(struct state_sink){ buffer_put, &saved });
    for (size_t length = 0; length < saved.used; length++) {
        u8 *cut = malloc(length ? length : 1);
        memcpy(cut, saved.bytes, length);
        ck_assert_uint_eq(state_load(&cb, &clock_b, cut, length, &why), 0);
        free(cut);
    }
    for (size_t i = 0; i < saved.used; i++) {
        u8 *bad = malloc(saved.used);
        memcpy(bad, saved.bytes, saved.used);
        bad[i] ^= 0xff;
        why.text[0] = 0;
        state_load(&cb, &clock_b, bad, saved.used, &why);
        for (const char *p = why.text; *p; p++) ck_assert_msg(*p >= ' ' && *p < 0x7f, "byte %zu: %s", i, why.text);
        free(bad);
    }
}
END_TEST

START_TEST(uncovered_bytes_are_found)
{
    size_t at;
    struct field rows[ARRAY_LEN(thing_rows)];
    ck_assert(state_covers(thing_rows, sizeof(struct thing), &at));
    for (size_t gone = 0; gone + 1 < ARRAY_LEN(rows); gone++) {
        memcpy(rows, thing_rows, sizeof(rows));
        memmove(rows + gone, rows + gone + 1, (ARRAY_LEN(rows) - gone - 1) * sizeof(rows[0]));
        bool covered = state_covers(rows, sizeof(struct thing), &at);
        /* Half a dword before a dword looks like padding: that much only a reader can see. */
        if (!strcmp(thing_rows[gone].name, "on") || !strcmp(thing_rows[gone].name, "reg"))
            continue;
        ck_assert_msg(!covered, "%s", thing_rows[gone].name);
        ck_assert_uint_le(at, thing_rows[gone].offset);
    }
    static const struct field torn[] = { FIELD(struct inner, small, ""), FIELD(struct inner, wide, ""), FIELD_END };
    memcpy(rows, thing_rows, sizeof(rows));
    rows[6].fields = torn;
    ck_assert(!state_covers(rows, sizeof(struct thing), &at));
    ck_assert_uint_eq(at, offsetof(struct thing, one) + offsetof(struct inner, many));
}
END_TEST

START_TEST(hash_is_the_same_everywhere)
{
    u8 bytes[100];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (u8)(i * 7);
    ck_assert_uint_eq(hash_bytes(0, bytes, 0), 0x3afcebd716e49e60);
    ck_assert_uint_eq(hash_bytes(1, bytes, 100), 0x3816aa9eba72481e);
    for (size_t length = 1; length < 100; length++)
        ck_assert(hash_bytes(1, bytes, length) != hash_bytes(1, bytes, length - 1));
    memset(bytes, 0, sizeof(bytes));
    ck_assert(hash_bytes(0, bytes, 32) != hash_bytes(0, bytes, 64));
    ck_assert(hash_bytes(0, bytes, 7) != hash_bytes(0, bytes, 8));
}
END_TEST

Suite *state_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("state");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, padding_and_pointers_do_not_count);
    tcase_add_test(tests, every_bit_of_every_row_counts);
    tcase_add_test(tests, diff_names_the_row);
    tcase_add_test(tests, dump_has_a_line_per_value);
    tcase_add_test(tests, what_is_saved_is_loaded);
    tcase_add_test(tests, rows_are_found_by_name);
    tcase_add_test(tests, bools_load_as_0_or_1);
    tcase_add_test(tests, younger_versions_are_refused);
    tcase_add_test(tests, damaged_files_are_refused);
    tcase_add_test(tests, uncovered_bytes_are_found);
    tcase_add_test(tests, hash_is_the_same_everywhere);
    suite_add_tcase(suite, tests);
    return suite;
}
