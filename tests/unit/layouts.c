/* frontend/layouts: the keys of characters, on each layout. */
#include "frontend/layouts.h"
#include <check.h>
#include <string.h>

static const struct { const char *layout; u32 character; unsigned count; u8 codes[12]; } cases[] = {
    { "us", 'a', 2, { 0x1E, 0x9E } },
    { "us", 'A', 4, { 0x2A, 0x1E, 0x9E, 0xAA } },
    { "us", '|', 4, { 0x2A, 0x2B, 0xAB, 0xAA } },
    { "us", '/', 2, { 0x35, 0xB5 } },
    { "us", '\n', 2, { 0x1C, 0x9C } },
    { "us", ' ', 2, { 0x39, 0xB9 } },
    { "us", 0xE9, 0, { 0 } },
    { "uk", '"', 4, { 0x2A, 0x03, 0x83, 0xAA } },
    { "uk", '\\', 2, { 0x56, 0xD6 } },
    { "uk", '#', 2, { 0x2B, 0xAB } },
    { "uk", 0x20AC, 6, { 0xE0, 0x38, 0x05, 0x85, 0xE0, 0xB8 } },
    { "uk", 0xE1, 6, { 0xE0, 0x38, 0x1E, 0x9E, 0xE0, 0xB8 } },
    { "de", 'z', 2, { 0x15, 0x95 } },
    { "de", '@', 6, { 0xE0, 0x38, 0x10, 0x90, 0xE0, 0xB8 } },
    { "de", '\\', 6, { 0xE0, 0x38, 0x0C, 0x8C, 0xE0, 0xB8 } },
    { "de", '|', 6, { 0xE0, 0x38, 0x56, 0xD6, 0xE0, 0xB8 } },
    { "de", '~', 6, { 0xE0, 0x38, 0x1B, 0x9B, 0xE0, 0xB8 } },
    { "de", 0xB5, 6, { 0xE0, 0x38, 0x32, 0xB2, 0xE0, 0xB8 } },
    { "de", 0xE4, 2, { 0x28, 0xA8 } },
    { "de", '^', 4, { 0x29, 0xA9, 0x39, 0xB9 } },
    { "de", 0xE9, 4, { 0x0D, 0x8D, 0x12, 0x92 } },
    { "de", 0xC8, 8, { 0x2A, 0x0D, 0x8D, 0xAA, 0x2A, 0x12, 0x92, 0xAA } },
    { "fr", 'a', 2, { 0x10, 0x90 } },
    { "fr", '1', 4, { 0x2A, 0x02, 0x82, 0xAA } },
    { "fr", 0xE9, 2, { 0x03, 0x83 } },
    { "fr", '@', 6, { 0xE0, 0x38, 0x0B, 0x8B, 0xE0, 0xB8 } },
    { "fr", '^', 6, { 0xE0, 0x38, 0x0A, 0x8A, 0xE0, 0xB8 } },
    { "fr", 0x20AC, 6, { 0xE0, 0x38, 0x12, 0x92, 0xE0, 0xB8 } },
    { "fr", 0xEA, 4, { 0x1A, 0x9A, 0x12, 0x92 } },
    { "fr", '>', 4, { 0x2A, 0x56, 0xD6, 0xAA } },
    { "fr", '!', 2, { 0x35, 0xB5 } },
    { "fr", 0x302, 0, { 0 } },
    { "fr", 0, 0, { 0 } },
    { "fr", 0x1F600, 0, { 0 } },
};

START_TEST(characters_have_their_keys)
{
    u8 codes[KEYS_BYTES];
    unsigned count = layout_character(layout_find(cases[_i].layout), cases[_i].character, codes);
    ck_assert_msg(count == cases[_i].count && memcmp(codes, cases[_i].codes, count) == 0, "%s U+%04X: %u codes, %02x %02x %02x",
                  cases[_i].layout, cases[_i].character, count, codes[0], codes[1], codes[2]);
}
END_TEST

/* All of ASCII can be typed on each, and what is pressed is let go. */
START_TEST(ascii_can_be_typed)
{
    static const char *const names[] = { "us", "uk", "de", "fr" };
    u8 codes[KEYS_BYTES];
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        for (u32 c = ' '; c < 0x7F; c++) {
            unsigned count = layout_character(layout_find(names[i]), c, codes), down = 0;
            ck_assert_msg(count > 0, "%s cannot type %c", names[i], c);
            for (unsigned n = 0; n < count; n++) down += codes[n] == 0xE0 ? 0 : codes[n] & 0x80 ? -1u : 1;
            ck_assert_uint_eq(down, 0);
        }
    ck_assert_ptr_null(layout_find("dvorak"));
}
END_TEST

START_TEST(hotkeys_are_parsed)
{
    struct hotkey key;
    ck_assert(keys_hotkey("ctrl-alt-g", &key) && key.count == 3 && key.code[0] == 0x1D && key.code[1] == 0x38 && key.code[2] == 0x22);
    ck_assert(keys_hotkey("ctrl_r", &key) && key.count == 1 && key.code[0] == 0x11D);
    ck_assert(!keys_hotkey("", &key) && !keys_hotkey("ctrl-", &key) && !keys_hotkey("a-b-c-d-e", &key) && !keys_hotkey("x--y", &key));
}
END_TEST

Suite *layouts_suite(void)
{
    Suite *suite = suite_create("layouts");
    TCase *tests = tcase_create("layouts");
    tcase_add_loop_test(tests, characters_have_their_keys, 0, ARRAY_LEN(cases));
    tcase_add_test(tests, ascii_can_be_typed);
    tcase_add_test(tests, hotkeys_are_parsed);
    suite_add_tcase(suite, tests);
    return suite;
}
