/* cpu/model.c: the models' CPUID and control register bits. */
#include "cpu/model.h"
#include <check.h>
#include <string.h>

START_TEST(models_by_name)
{
    static const struct { const char *name; u64 hz; u32 signature; } known[] = {
        { "386", 33000000, 0x308 }, { "486", 66000000, 0x435 }, { "pentium", 133000000, 0x52c },
        { "pentium2", 300000000, 0x652 }, { "max", 400000000, 0x653 }
    };
    for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
        const struct cpu_model *model = cpu_model_find(known[i].name);
        ck_assert_ptr_nonnull(model);
        ck_assert_uint_eq(model->hz, known[i].hz);
        ck_assert_uint_eq(model->signature, known[i].signature);
    }
    ck_assert_ptr_null(cpu_model_find("8086"));
}
END_TEST

START_TEST(vendor_and_last_leaf)
{
    u32 r[4];
    cpu_model_cpuid(cpu_model_find("pentium"), 0, r);
    ck_assert_uint_eq(r[0], 1);
    ck_assert_int_eq(memcmp(&r[1], "Genu", 4) | memcmp(&r[3], "ineI", 4) | memcmp(&r[2], "ntel", 4), 0);
    cpu_model_cpuid(cpu_model_find("max"), 0, r);
    ck_assert_uint_eq(r[0], 2);
}
END_TEST

START_TEST(features_in_cpuid)
{
    static const struct { const char *name; u32 edx; } known[] = {
        { "486", 0x1 }, { "pentium", 0x3bf }, { "pentium2", 0x0100bbbf }, { "max", 0x0100bbbf }
    };
    u32 r[4], beyond[4];
    for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
        cpu_model_cpuid(cpu_model_find(known[i].name), 1, r);
        ck_assert_uint_eq(r[0], cpu_model_find(known[i].name)->signature);
        ck_assert_uint_eq(r[3], known[i].edx);
    }
    cpu_model_cpuid(cpu_model_find("max"), 2, r);
    ck_assert_uint_eq(r[0] & 0xff, 1);
    cpu_model_cpuid(cpu_model_find("max"), 0x80000000, beyond);
    ck_assert_int_eq(memcmp(r, beyond, sizeof r), 0);
}
END_TEST

START_TEST(control_register_bits)
{
    ck_assert_uint_eq(cpu_model_cr4(cpu_model_find("486")), 0);
    ck_assert_uint_eq(cpu_model_cr4(cpu_model_find("pentium")), 0x5f);
    ck_assert_uint_eq(cpu_model_cr4(cpu_model_find("pentium2")), 0x7df);
    ck_assert_uint_eq(cpu_model_cr0(cpu_model_find("386")), 0x8000001f);
    ck_assert_uint_eq(cpu_model_cr0(cpu_model_find("486")), 0xe005002f);
}
END_TEST

Suite *model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *tests = tcase_create("model");
    tcase_add_test(tests, models_by_name);
    tcase_add_test(tests, vendor_and_last_leaf);
    tcase_add_test(tests, features_in_cpuid);
    tcase_add_test(tests, control_register_bits);
    suite_add_tcase(suite, tests);
    return suite;
}
