/* What random guests found (tests/stress): deliveries that never end, counts that depended on how a REP was cut, flat
 * code
 * that wrote through CS. */
#include "tests/unit/cpu_fixture.h"
#include "cpu/monitor.h"
#include <check.h>

static void code(struct fixture *f, const void *bytes, u32 length) { memory_write(&f->memory, AT_CODE, bytes, length); }

/* #AC whose handler of level 3 pushes on a misaligned stack raises #AC, and so on for ever. */
START_TEST(alignment_fault_for_ever_is_shutdown)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 3);
    idt_gate(f, VEC_AC, SEL_CODE3, AT_CODE, 0xee);
    f->cpu.sys.cr0 |= CR0_AM;
    f->cpu.sys.eflags |= FLAG_AC;
    f->cpu.gpr[ESP] = AT_STACK3 + 1;
    cpu_mode_changed(&f->cpu);
    code(f, "\x50\x90", 2);                                    /* push eax */
    cpu_run(&f->cpu, 10000, UINT64_MAX);
    ck_assert(f->cpu.attention & ATTENTION_SHUTDOWN);
    ck_assert_uint_eq(f->cpu.shutdown[0].fault.vector, VEC_AC);
    fixture_free(f);
}
END_TEST

static u64 elements_with(u64 stride)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    f->cpu.gpr[ECX] = 20;
    f->cpu.gpr[EDX] = 0x80;
    f->cpu.gpr[EDI] = AT_STACK1;
    code(f, "\xf3\x6c\xf4", 3);                                /* rep insb; hlt */
    for (unsigned k = 0; k < 10000 && !(f->cpu.attention & ATTENTION_HALTED); k++)
        cpu_run(&f->cpu, f->clock.now + stride, UINT64_MAX);
    u64 elements = f->cpu.monitor->row[SENS_ins].elements;
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_ins].executed[MODE_PROTECTED * MONITOR_CPLS], 1);
    fixture_free(f);
    return elements;
}

START_TEST(elements_however_cut)
{
    ck_assert_uint_eq(elements_with(100000), 19);
    ck_assert_uint_eq(elements_with(1), 19);
    ck_assert_uint_eq(elements_with(37), 19);
}
END_TEST

START_TEST(flat_code_is_not_written_through_cs)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    idt_gate(f, VEC_GP, SEL_CODE0, AT_CODE + 0x100, 0x8e);
    f->cpu.gpr[EBX] = AT_STACK1;
    /* mov [ebx], eax fills the tag; mov cs:[ebx], eax must still be refused */
    code(f, "\x89\x03\x2e\x89\x03\xf4", 6);
    poke(f, AT_CODE + 0x100, 1, 0xf4);
    cpu_run(&f->cpu, 1000, UINT64_MAX);
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 0x101);
    fixture_free(f);
}
END_TEST

Suite *boundary_suite(void)
{
    Suite *suite = suite_create("boundary");
    TCase *tc = tcase_create("boundary");
    tcase_add_test(tc, alignment_fault_for_ever_is_shutdown);
    tcase_add_test(tc, elements_however_cut);
    tcase_add_test(tc, flat_code_is_not_written_through_cs);
    suite_add_tcase(suite, tc);
    return suite;
}
