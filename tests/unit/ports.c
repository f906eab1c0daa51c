/* memory/ports and memory/bus: claims, and how accesses are split, widened and merged. */
#include "memory/ports.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chip { char trace[256]; u32 value; };

static u32 chip_read(void *self, u32 offset, unsigned width)
{
    struct chip *chip = self;
    char text[32];
    snprintf(text, sizeof(text), "r%u@%x ", width, offset);
    strcat(chip->trace, text);
    return width == 4 ? chip->value : chip->value >> 8 * (offset & 3);
}

static void chip_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct chip *chip = self;
    char text[32];
    snprintf(text, sizeof(text), "w%u@%x=%x ", width, offset, value);
    strcat(chip->trace, text);
}

static const struct region_ops byte_ops = { chip_read, chip_write, WIDTH_8 };
static const struct region_ops word_ops = { chip_read, chip_write, WIDTH_8 | WIDTH_16 };
static const struct region_ops all_ops = { chip_read, chip_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops long_ops = { chip_read, chip_write, WIDTH_32 };

static struct ports *ports;
static struct chip   chip[2];

static void setup(void)
{
    ports = malloc(sizeof(*ports));
    ports_init(ports, NULL);
    memset(chip, 0, sizeof(chip));
    chip[0].value = 0x44332211;
    chip[1].value = 0x88776655;
}

static void teardown(void)
{
    free(ports);
}

static void saw(struct chip *c, const char *expected)
{
    ck_assert_str_eq(c->trace, expected);
    c->trace[0] = 0;
}

START_TEST(nobody_gives_ones)
{
    ck_assert_uint_eq(ports_read(ports, 0x300, 1), 0xff);
    ck_assert_uint_eq(ports_read(ports, 0x301, 2), 0xffff);
    ck_assert_uint_eq(ports_read(ports, 0xffff, 4), 0xffffffff);
    ports_write(ports, 0xffff, 1, 4);
}
END_TEST

START_TEST(widths_are_split_low_first)
{
    ck_assert(ports_claim(ports, 0x40, 4, &byte_ops, &chip[0], "pit", NULL));
    ck_assert_uint_eq(ports_read(ports, 0x40, 4), 0x44332211);
    saw(&chip[0], "r1@0 r1@1 r1@2 r1@3 ");
    ports_write(ports, 0x42, 0xbeef, 2);
    saw(&chip[0], "w1@2=ef w1@3=be ");
    ports_release(ports, 0x40);
    ck_assert(ports_claim(ports, 0x40, 8, &word_ops, &chip[0], "ide", NULL));
    ck_assert_uint_eq(ports_read(ports, 0x40, 4), 0x44332211);
    saw(&chip[0], "r2@0 r2@2 ");
    ports_write(ports, 0x41, 0x04030201, 4);
    saw(&chip[0], "w1@1=1 w2@2=302 w1@4=4 ");
}
END_TEST

START_TEST(exact_width_passes_whole)
{
    ck_assert(ports_claim(ports, 0xcf8, 8, &all_ops, &chip[0], "pci", NULL));
    ck_assert_uint_eq(ports_read(ports, 0xcfc, 4), 0x44332211);
    ports_write(ports, 0xcfe, 0xffff1234, 2);
    ports_write(ports, 0xcf9, 0x1ff, 1);
    saw(&chip[0], "r4@4 w2@6=1234 w1@1=ff ");
}
END_TEST

START_TEST(narrow_access_to_a_wide_chip)
{
    ck_assert(ports_claim(ports, 0x100, 8, &long_ops, &chip[0], "wide", NULL));
    ck_assert_uint_eq(ports_read(ports, 0x106, 2), 0x4433);
    ck_assert_uint_eq(ports_read(ports, 0x103, 1), 0x44);
    ports_write(ports, 0x102, 0xab, 1);
    saw(&chip[0], "r4@4 r4@0 w4@0=ab0000 ");
}
END_TEST

START_TEST(crossing_owners_is_by_byte)
{
    ck_assert(ports_claim(ports, 0x60, 1, &all_ops, &chip[0], "kbd", NULL));
    ck_assert(ports_claim(ports, 0x61, 1, &all_ops, &chip[1], "portb", NULL));
    ck_assert_uint_eq(ports_read(ports, 0x60, 4), 0xffff5511);
    saw(&chip[0], "r1@0 ");
    saw(&chip[1], "r1@0 ");
    ck_assert_uint_eq(ports_read(ports, 0x5f, 2), 0x11ff);
}
END_TEST

START_TEST(end_of_the_space_wraps)
{
    ck_assert(ports_claim(ports, 0xfffe, 2, &all_ops, &chip[0], "last", NULL));
    ck_assert(ports_claim(ports, 0, 1, &all_ops, &chip[1], "first", NULL));
    ports_write(ports, 0xffff, 0x04030201, 4);
    saw(&chip[0], "w1@1=1 ");
    saw(&chip[1], "w1@0=2 ");
    ck_assert(!ports_claim(ports, 0xffff, 2, &all_ops, &chip[0], "beyond", NULL));
}
END_TEST

START_TEST(claims_are_exclusive)
{
    struct error why;
    ck_assert(ports_claim(ports, 0x3f8, 8, &byte_ops, &chip[0], "uart0", &why));
    ck_assert(!ports_claim(ports, 0x3f0, 16, &byte_ops, &chip[1], "fdc", &why));
    ck_assert_ptr_nonnull(strstr(why.text, "uart0"));
    ck_assert_ptr_nonnull(strstr(why.text, "fdc"));
    ports_release(ports, 0x3f9);
    ck_assert(!ports_claim(ports, 0x3f8, 8, &byte_ops, &chip[1], "uart1", &why));
    ports_release(ports, 0x3f8);
    ck_assert(ports_claim(ports, 0x3f0, 16, &byte_ops, &chip[1], "fdc", &why));
}
END_TEST

START_TEST(slots_are_used_again_and_run_out)
{
    struct error why;
    for (int i = 0; i < 1000; i++) {
        ck_assert(ports_claim(ports, 0xc000, 32, &byte_ops, &chip[0], "bar", &why));
        ports_release(ports, 0xc000);
    }
    for (u16 i = 0; i < 128; i++)
        ck_assert(ports_claim(ports, i, 1, &byte_ops, &chip[0], "many", &why));
    ck_assert(!ports_claim(ports, 128, 1, &byte_ops, &chip[0], "one more", &why));
}
END_TEST

Suite *ports_suite(void)
{
    Suite *suite = suite_create("ports");
    TCase *tests = tcase_create("ports");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nobody_gives_ones);
    tcase_add_test(tests, widths_are_split_low_first);
    tcase_add_test(tests, exact_width_passes_whole);
    tcase_add_test(tests, narrow_access_to_a_wide_chip);
    tcase_add_test(tests, crossing_owners_is_by_byte);
    tcase_add_test(tests, end_of_the_space_wraps);
    tcase_add_test(tests, claims_are_exclusive);
    tcase_add_test(tests, slots_are_used_again_and_run_out);
    suite_add_tcase(suite, tests);
    return suite;
}
