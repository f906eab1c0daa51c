/* cpu/segment.c and cpu/eflags.c: ranges, segment loads with their checks, lazy flags. */
#include "cpu/segment.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

START_TEST(every_combination_of_arithmetic_flags_survives)
{
    struct fixture *f = fixture_new("max");
    const u32 bits[6] = { FLAG_CF, FLAG_PF, FLAG_AF, FLAG_ZF, FLAG_SF, FLAG_OF };
    for (unsigned n = 0; n < 64; n++) {
        u32 value = 0;
        for (unsigned i = 0; i < 6; i++)
            value |= n >> i & 1 ? bits[i] : 0;
        eflags_set(&f->cpu, value, FLAGS_ARITH);
        ck_assert_uint_eq(eflags_get(&f->cpu) & FLAGS_ARITH, value);
        eflags_set(&f->cpu, ~value, FLAG_ZF);
        ck_assert_uint_eq(eflags_get(&f->cpu) & FLAGS_ARITH, value ^ FLAG_ZF);
    }
    fixture_free(f);
}
END_TEST

START_TEST(flags_of_logic)
{
    static const struct { u32 result; unsigned size; u32 flags; } cases[] = {
        { 0, 4, FLAG_ZF | FLAG_PF }, { 0x80, 1, FLAG_SF }, { 0x80, 2, 0 }, { 0x8003, 2, FLAG_SF | FLAG_PF },
        { 0x80000000, 4, FLAG_SF | FLAG_PF }, { 0x10, 4, 0 }, { 0xff, 1, FLAG_SF | FLAG_PF }
    };
    struct fixture *f = fixture_new("max");
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        eflags_set(&f->cpu, FLAG_CF | FLAG_OF, FLAGS_ARITH);
        flags_logic(&f->cpu, cases[i].result, cases[i].size);
        ck_assert_uint_eq(eflags_get(&f->cpu) & (FLAGS_ARITH & ~FLAG_AF), cases[i].flags);
    }
    fixture_free(f);
}
END_TEST

/* A 386 has no AC and no ID, a 486 no ID: this is how guests tell them apart. */
START_TEST(flags_the_model_lacks_stay_clear)
{
    static const struct { const char *model; u32 kept; } cases[] = { { "386", 0 }, { "pentium", FLAG_AC | FLAG_ID } };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = fixture_new(cases[i].model);
        eflags_set(&f->cpu, FLAG_AC | FLAG_ID, 0xffffffff);
        ck_assert_uint_eq(eflags_get(&f->cpu) & (FLAG_AC | FLAG_ID), cases[i].kept);
        fixture_free(f);
    }
}
END_TEST

START_TEST(ranges)
{
    static const struct { u16 attr; u32 limit; struct range read, write; } cases[] = {
        { DATA_RW, 0xfff, { 0, 0xfff }, { 0, 0xfff } },
        { 0x91, 0xfff, { 0, 0xfff }, { 1, 0 } },                             /* read only */
        { 0x97, 0xfff, { 0x1000, 0xffff }, { 0x1000, 0xffff } },             /* expand down */
        { 0x97 | SMALL32, 0xfff, { 0x1000, 0xffffffff }, { 0x1000, 0xffffffff } },
        { 0x97, 0xffff, { 1, 0 }, { 1, 0 } },
        { 0x97 | FLAT32, 0xffffffff, { 1, 0 }, { 1, 0 } },
        { CODE_ER, 0xfff, { 0, 0xfff }, { 1, 0 } },
        { 0x99, 0xfff, { 1, 0 }, { 1, 0 } },                                 /* execute only */
        { 0x9f, 0xfff, { 0, 0xfff }, { 1, 0 } },                             /* conforming */
        { 0x13, 0xfff, { 1, 0 }, { 1, 0 } },                                 /* not present */
        { 0, 0xfff, { 1, 0 }, { 1, 0 } }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct segment s = { .attr = cases[i].attr, .limit = cases[i].limit };
        segment_refresh(&s);
        ck_assert_msg(s.range[0].lo == cases[i].read.lo && s.range[0].hi == cases[i].read.hi, "read of case %u", i);
        ck_assert_msg(s.range[1].lo == cases[i].write.lo && s.range[1].hi == cases[i].write.hi, "write of case %u", i);
    }
}
END_TEST

START_TEST(real_mode_keeps_the_limit)
{
    struct fixture *f = fixture_new("max");
    struct segment *ds = &f->cpu.sys.seg[DS];
    fixture_protected(f, 0);
    ck_assert_int_eq(segment_load(&f->cpu, DS, SEL_DATA0), DONE);
    f->cpu.sys.cr0 &= ~(u32)CR0_PE;
    ck_assert_int_eq(segment_load(&f->cpu, DS, 0x1234), DONE);
    ck_assert_uint_eq(ds->base, 0x12340);
    ck_assert_uint_eq(ds->limit, 0xffffffff);
    ck_assert_uint_eq(ds->range[1].hi, 0xffffffff);
    fixture_v86(f, 3);
    ck_assert_int_eq(segment_load(&f->cpu, DS, 0x4321), DONE);
    ck_assert_uint_eq(ds->base, 0x43210);
    ck_assert_uint_eq(ds->limit, 0xffff);
    ck_assert_uint_eq(ds->attr, ATTR_V86);
    fixture_free(f);
}
END_TEST

/* Loads of the descriptor SEL_FREE with an RPL; vector 0xff: succeeds. The error code is the selector without RPL. */
static const struct load { unsigned cpl, sreg, rpl; u16 attr; u8 vector; } loads[] = {
    { 0, DS, 0, DATA_RW, 0xff },               { 0, DS, 3, DATA_RW, VEC_GP },           { 3, DS, 0, DATA_RW, VEC_GP },
    { 3, DS, 3, DATA_RW | AT_DPL3, 0xff },     { 0, ES, 3, DATA_RW | AT_DPL3, 0xff },
    { 3, FS, 0, DATA_RW | AT_DPL3, 0xff },
    { 1, GS, 1, DATA_RW | AT_DPL1, 0xff },     { 1, GS, 2, DATA_RW | AT_DPL1, VEC_GP }, { 0, DS, 0, 0x99, VEC_GP },
    { 0, DS, 0, CODE_ER, 0xff },               { 3, DS, 3, CODE_ER, VEC_GP },           { 3, DS, 3, 0x9f, 0xff },
    { 0, DS, 0, 0x13, VEC_NP },                { 0, DS, 0, 0x89, VEC_GP },              { 0, DS, 0, 0x82, VEC_GP },
    { 0, SS, 0, DATA_RW, 0xff },               { 0, SS, 3, DATA_RW, VEC_GP },           { 0, SS, 0, 0x91, VEC_GP },
    { 0, SS, 0, CODE_ER, VEC_GP },             { 0, SS, 0, DATA_RW | AT_DPL3, VEC_GP }, { 0, SS, 0, 0x13, VEC_SS },
    { 3, SS, 3, DATA_RW | AT_DPL3, 0xff },     { 3, SS, 0, DATA_RW | AT_DPL3, VEC_GP }, { 3, SS, 3, DATA_RW, VEC_GP }
};

START_TEST(load_checks)
{
    const struct load *load = &loads[_i];
    struct fixture *f = fixture_new("max");
    fixture_protected(f, load->cpl);
    gdt_set(f, SEL_FREE, 0x12345, 0x6789, load->attr & ~TYPE_ACCESSED);
    fixture_mark(f);
    u16 selector = (u16)(SEL_FREE | load->rpl);
    u32 access = peek(f, AT_GDT + SEL_FREE + 5, 1);
    enum outcome outcome = segment_load(&f->cpu, load->sreg, selector);
    if (load->vector == 0xff) {
        const struct segment *s = &f->cpu.sys.seg[load->sreg];
        ck_assert_int_eq(outcome, DONE);
        ck_assert_uint_eq(s->selector, selector);
        ck_assert_uint_eq(s->base, 0x12345);
        ck_assert_uint_eq(s->limit, 0x6789);
        ck_assert_uint_eq(peek(f, AT_GDT + SEL_FREE + 5, 1), access | TYPE_ACCESSED);
    } else {
        fault_is(f, outcome, load->vector, SEL_FREE);
        ck_assert(fixture_unchanged(f));
        ck_assert_uint_eq(peek(f, AT_GDT + SEL_FREE + 5, 1), access);
    }
    fixture_free(f);
}
END_TEST

START_TEST(null_and_outside)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    ck_assert_int_eq(segment_load(cpu, DS, 3), DONE);
    ck_assert_uint_eq(cpu->sys.seg[DS].selector, 3);
    u32 value;
    ck_assert(!seg_read(cpu, DS, 0, 1, &value));
    fault_is(f, FAULT, VEC_GP, 0);
    fault_is(f, segment_load(cpu, SS, 0), VEC_GP, 0);
    fault_is(f, segment_load(cpu, DS, SEL_END), VEC_GP, SEL_END);
    cpu->sys.gdtr.limit = SEL_DATA0 + 6;
    fault_is(f, segment_load(cpu, DS, SEL_DATA0), VEC_GP, SEL_DATA0);
    fault_is(f, segment_load(cpu, DS, 0x84), VEC_GP, 0x84);                  /* beyond the LDT */
    segment_set_null(&cpu->sys.ldtr, 0);
    fault_is(f, segment_load(cpu, DS, 0x0c), VEC_GP, 0x0c);                  /* no LDT */
    fixture_free(f);
}
END_TEST

START_TEST(descriptors_of_the_ldt)
{
    struct fixture *f = fixture_new("max");
    struct descriptor d;
    bool outside;
    fixture_protected(f, 0);
    poke(f, AT_LDT + 8, 4, 0x5678ffff);
    poke(f, AT_LDT + 12, 4, 0x12cf9334);
    ck_assert_int_eq(descriptor_read(&f->cpu, 0x0c, &d, &outside), DONE);
    ck_assert_uint_eq(descriptor_base(d), 0x12345678);
    ck_assert_uint_eq(descriptor_limit(d), 0xffffffff);
    ck_assert_uint_eq(descriptor_attr(d), 0xc093);
    ck_assert_int_eq(descriptor_read(&f->cpu, 0x84, &d, &outside), FAULT);
    ck_assert(outside);
    fixture_free(f);
}
END_TEST

Suite *segment_suite(void)
{
    Suite *suite = suite_create("segment");
    TCase *tc = tcase_create("segment");
    tcase_add_test(tc, every_combination_of_arithmetic_flags_survives);
    tcase_add_test(tc, flags_of_logic);
    tcase_add_test(tc, flags_the_model_lacks_stay_clear);
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, real_mode_keeps_the_limit);
    tcase_add_loop_test(tc, load_checks, 0, ARRAY_LEN(loads));
    tcase_add_test(tc, null_and_outside);
    tcase_add_test(tc, descriptors_of_the_ldt);
    suite_add_tcase(suite, tc);
    return suite;
}
