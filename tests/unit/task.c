/* cpu/task.c: the task switch by JMP, CALL, IRET and gates; what is saved, loaded, marked; which faults are whose. */
#include "cpu/segment.h"
#include "cpu/transfer.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { NEXT = AT_CODE + 2, NEW_EIP = 0x6000, NEW_ESP = 0x9800, HANDLER = 0x7000, TASK_GATE = 0x85, OK = 0xff };

/* Fills the second TSS with a level 3 task. */
static void tss2_set(struct fixture *f)
{
    static const u16 selectors[6] = { SEL_DATA3, SEL_CODE3, SEL_DATA3, SEL_DATA3, 0, SEL_CONFORMING0 };
    poke(f, AT_TSS2 + 0x20, 4, NEW_EIP);
    poke(f, AT_TSS2 + 0x24, 4, FLAG_IF | FLAG_CF);
    for (unsigned i = 0; i < 8; i++)
        poke(f, AT_TSS2 + 0x28 + i * 4, 4, 0x11110000 + i);
    poke(f, AT_TSS2 + 0x38, 4, NEW_ESP);
    for (unsigned i = 0; i < 6; i++)
        poke(f, AT_TSS2 + 0x48 + i * 4, 4, 0xdead0000 | selectors[i]);
    poke(f, AT_TSS2 + 0x60, 2, SEL_LDT);
}

static struct fixture *two_tasks(void)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    tss2_set(f);
    f->cpu.gpr[EAX] = 0xaaaa5555;
    f->cpu.gpr[EDI] = 0x12345678;
    f->cpu.sys.dr[7] = 0x7ff;
    return f;
}

static enum outcome go(struct fixture *f, u16 selector, bool call)
{
    struct insn *insn = fixture_insn(f, 4);
    insn->disp = selector;
    return call ? op_call_far_ptr(&f->cpu, &f->cpu.sys, insn) : op_jmp_far_ptr(&f->cpu, &f->cpu.sys, insn);
}

static u8 tss_access(struct fixture *f, u16 selector) { return (u8)peek(f, AT_GDT + selector + 5, 1); }

static void new_task_is_current(struct fixture *f, u32 eflags)
{
    struct cpu *cpu = &f->cpu;
    ck_assert_uint_eq(cpu->eip, NEW_EIP);
    ck_assert_uint_eq(eflags_get(cpu), eflags | FLAG_1);
    ck_assert_uint_eq(cpu->gpr[EAX], 0x11110000);
    ck_assert_uint_eq(cpu->gpr[EDI], 0x11110007);
    ck_assert_uint_eq(cpu->gpr[ESP], NEW_ESP);
    ck_assert_uint_eq(cpu->sys.cpl, 3);
    ck_assert_uint_eq(cpu->sys.seg[CS].selector, SEL_CODE3);
    ck_assert_uint_eq(cpu->sys.seg[SS].selector, SEL_DATA3);
    ck_assert_uint_eq(cpu->sys.seg[FS].attr, 0);
    ck_assert_uint_eq(cpu->sys.seg[GS].selector, SEL_CONFORMING0);
    ck_assert_uint_eq(cpu->sys.tr.selector, SEL_TSS2);
    ck_assert_uint_eq(cpu->sys.tr.base, AT_TSS2);
    ck_assert_uint_eq(cpu->sys.ldtr.selector, SEL_LDT);
    ck_assert(cpu->sys.cr0 & CR0_TS);
    ck_assert_uint_eq(cpu->sys.dr[7], 0x7ff & ~0x155);
    ck_assert_uint_eq(tss_access(f, SEL_TSS2), 0x8b);
}

START_TEST(jump_saves_and_loads)
{
    struct fixture *f = two_tasks();
    ck_assert_int_eq(go(f, SEL_TSS2, false), JUMPED);
    new_task_is_current(f, FLAG_IF | FLAG_CF);
    ck_assert_uint_eq(tss_access(f, SEL_TSS), 0x89);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x20, 4), NEXT);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x28, 4), 0xaaaa5555);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x38, 4), AT_STACK0);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x44, 4), 0x12345678);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x4c, 2), SEL_CODE0);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x5c, 2), SEL_DATA0);
    ck_assert_uint_eq(peek(f, AT_TSS2, 2), 0);                       /* no back link */
    fixture_free(f);
}
END_TEST

START_TEST(call_nests_and_iret_returns)
{
    for (unsigned gate = 0; gate < 2; gate++) {
        struct fixture *f = two_tasks();
        struct cpu *cpu = &f->cpu;
        gdt_gate(f, SEL_GATE, SEL_TSS2, 0, TASK_GATE, 0);
        ck_assert_int_eq(go(f, gate ? SEL_GATE : SEL_TSS2, true), JUMPED);
        new_task_is_current(f, FLAG_IF | FLAG_CF | FLAG_NT);
        ck_assert_uint_eq(tss_access(f, SEL_TSS), 0x8b);             /* both busy */
        ck_assert_uint_eq(peek(f, AT_TSS2, 2), SEL_TSS);
        ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
        ck_assert_uint_eq(cpu->eip, NEXT);
        ck_assert_uint_eq(cpu->sys.cpl, 0);
        ck_assert_uint_eq(cpu->gpr[EDI], 0x12345678);
        ck_assert_uint_eq(cpu->sys.tr.selector, SEL_TSS);
        ck_assert_uint_eq(tss_access(f, SEL_TSS), 0x8b);
        ck_assert_uint_eq(tss_access(f, SEL_TSS2), 0x89);
        ck_assert_uint_eq(peek(f, AT_TSS2 + 0x24, 4), FLAG_IF | FLAG_CF | FLAG_1);   /* NT is cleared in the image */
        fixture_free(f);
    }
}
END_TEST

START_TEST(exception_through_a_task_gate)
{
    struct fixture *f = two_tasks();
    idt_gate(f, VEC_GP, SEL_TSS2, 0, TASK_GATE);
    cpu_raise_error(&f->cpu, VEC_GP, 0x4242);
    exception_deliver(&f->cpu);
    ck_assert_uint_eq(f->cpu.gpr[ESP], NEW_ESP - 4);
    ck_assert_uint_eq(peek(f, NEW_ESP - 4, 4), 0x4242);
    f->cpu.gpr[ESP] += 4;
    new_task_is_current(f, FLAG_IF | FLAG_CF | FLAG_NT);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x20, 4), AT_CODE);           /* the fault restarts */
    ck_assert(peek(f, AT_TSS + 0x24, 4) & FLAG_RF);
    fixture_free(f);
}
END_TEST

START_TEST(tss_of_16_bits)
{
    struct fixture *f = two_tasks();
    struct cpu *cpu = &f->cpu;
    const u16 words[] = { NEW_EIP, FLAG_CF, 1, 2, 3, 4, NEW_ESP, 6, 7, 8,
                          SEL_DATA0, SEL_CODE0, SEL_DATA0, SEL_DATA0, 0 };
    memory_write(&f->memory, AT_TSS16 + 0x0e, words, sizeof words);
    ck_assert_int_eq(go(f, SEL_TSS16, true), JUMPED);
    ck_assert_uint_eq(cpu->eip, NEW_EIP);
    ck_assert_uint_eq(cpu->gpr[EAX], 0xffff0001);
    ck_assert_uint_eq(cpu->gpr[ESP] & 0xffff, NEW_ESP);
    ck_assert_uint_eq(cpu->sys.seg[FS].selector | cpu->sys.seg[GS].selector, 0);
    ck_assert_uint_eq(cpu->sys.ldtr.attr, 0);
    ck_assert_uint_eq(peek(f, AT_TSS16, 2), SEL_TSS);
    ck_assert_uint_eq(tss_access(f, SEL_TSS16), 0x83);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert_uint_eq(cpu->gpr[EAX], 0xaaaa5555);
    ck_assert_uint_eq(peek(f, AT_TSS16 + 0x12, 2), 1);
    ck_assert_uint_eq(tss_access(f, SEL_TSS16), 0x81);
    fixture_free(f);
}
END_TEST

START_TEST(task_in_v86_mode)
{
    struct fixture *f = two_tasks();
    poke(f, AT_TSS2 + 0x24, 4, FLAG_VM | FLAG_IOPL);
    poke(f, AT_TSS2 + 0x4c, 2, 0x500);
    ck_assert_int_eq(go(f, SEL_TSS2, false), JUMPED);
    ck_assert(cpu_v86(&f->cpu));
    ck_assert_uint_eq(f->cpu.sys.cpl, 3);
    ck_assert_uint_eq(f->cpu.sys.seg[CS].base, 0x5000);
    ck_assert_uint_eq(f->cpu.sys.seg[CS].attr, ATTR_V86);
    fixture_free(f);
}
END_TEST

/* Refused in the old task, which stays as it was. */
static const struct refused { u32 address; u32 value; u8 vector; s32 error; } refuseds[] = {
    { AT_GDT + SEL_TSS2 + 5, 0x8b, VEC_GP, SEL_TSS2 },               /* busy */
    { AT_GDT + SEL_TSS2 + 5, 0x09, VEC_NP, SEL_TSS2 },
    { AT_GDT + SEL_TSS2, 0x66, VEC_TS, SEL_TSS2 }                    /* limit */
};

START_TEST(refused_before)
{
    struct fixture *f = two_tasks();
    poke(f, refuseds[_i].address, 1, refuseds[_i].value);
    fixture_mark(f);
    fault_is(f, go(f, SEL_TSS2, true), refuseds[_i].vector, refuseds[_i].error);
    ck_assert(fixture_unchanged(f));
    ck_assert_uint_eq(tss_access(f, SEL_TSS), 0x8b);
    ck_assert_uint_eq(peek(f, AT_TSS + 0x20, 4), 0);
    fixture_free(f);
}
END_TEST

START_TEST(privilege)
{
    struct fixture *f = two_tasks();
    fixture_protected(f, 3);
    gdt_gate(f, SEL_GATE, SEL_TSS2, 0, TASK_GATE, 0);
    fault_is(f, go(f, SEL_TSS2, false), VEC_GP, SEL_TSS2);
    fault_is(f, go(f, SEL_GATE, false), VEC_GP, SEL_GATE);
    gdt_gate(f, SEL_GATE, SEL_TSS2, 0, TASK_GATE | AT_DPL3, 0);      /* the gate's DPL counts, not the TSS's */
    ck_assert_int_eq(go(f, SEL_GATE, false), JUMPED);
    fixture_free(f);
}
END_TEST

/* Faults of the new task: delivered with its registers, on the inner stack of its TSS. */
static const struct inside { u32 address, size, value; u8 vector; u32 error; } insides[] = {
    { AT_TSS2 + 0x60, 2, SEL_DATA0, VEC_TS, SEL_DATA0 },             /* LDT: not one */
    { AT_TSS2 + 0x60, 2, SEL_LDT | 4, VEC_TS, SEL_LDT | 4 },
    { AT_TSS2 + 0x4c, 2, 3, VEC_TS, 0 },
    { AT_TSS2 + 0x4c, 2, SEL_DATA3, VEC_TS, SEL_DATA3 & ~3u },
    { AT_TSS2 + 0x4c, 2, SEL_CODE0 | 3, VEC_TS, SEL_CODE0 },         /* DPL 0, RPL 3 */
    { AT_GDT + SEL_CODE3 - 3 + 5, 1, 0x7b, VEC_NP, SEL_CODE3 & ~3u },
    { AT_TSS2 + 0x50, 2, SEL_DATA0, VEC_TS, SEL_DATA0 },
    { AT_TSS2 + 0x50, 2, 0, VEC_TS, 0 },
    { AT_TSS2 + 0x54, 2, SEL_DATA0, VEC_TS, SEL_DATA0 },
    { AT_TSS2 + 0x48, 2, SEL_END, VEC_TS, SEL_END },
    { AT_TSS2 + 0x20, 4, 0, VEC_GP, 0 }                              /* EIP beyond the limit: see test */
};

START_TEST(faults_of_the_new_task)
{
    const struct inside *i = &insides[_i];
    struct fixture *f = two_tasks();
    struct cpu *cpu = &f->cpu;
    for (u8 vector = VEC_TS; vector <= VEC_GP; vector++)
        idt_gate(f, vector, SEL_CODE0, HANDLER + vector, 0x8f);
    poke(f, AT_TSS2 + 4, 4, AT_STACK1);
    poke(f, AT_TSS2 + 8, 2, SEL_DATA0);
    if (i->vector == VEC_GP)
        gdt_set(f, SEL_CODE3, 0, NEW_EIP - 1, SMALL32 | CODE_ER | AT_DPL3);
    else
        poke(f, i->address, i->size, i->value);
    ck_assert_int_eq(go(f, SEL_TSS2, true), JUMPED);
    ck_assert_uint_eq(cpu->attention & (ATTENTION_FAULT | ATTENTION_SHUTDOWN), 0);
    ck_assert_uint_eq(cpu->eip, (u32)HANDLER + i->vector);
    ck_assert_uint_eq(cpu->sys.tr.selector, SEL_TSS2);
    ck_assert_uint_eq(cpu->gpr[ESP], AT_STACK1 - 24);                /* the level 0 stack of the new TSS */
    ck_assert_uint_eq(peek(f, cpu->gpr[ESP], 4), i->error);
    ck_assert_uint_eq(peek(f, cpu->gpr[ESP] + 4, 4), NEW_EIP);
    fixture_free(f);
}
END_TEST

START_TEST(return_link_checks)
{
    static const struct { u16 link; u8 access; u8 vector; s32 error; } cases[] = {
        { SEL_TSS2, 0x89, VEC_TS, SEL_TSS2 },                        /* not busy */
        { SEL_TSS2, 0x0b, VEC_NP, SEL_TSS2 }, { SEL_TSS2 | 4, 0x8b, VEC_TS, SEL_TSS2 | 4 }, { 0, 0x8b, VEC_TS, 0 },
        { SEL_DATA0, 0x8b, VEC_TS, SEL_DATA0 }, { SEL_END, 0x8b, VEC_TS, SEL_END }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = two_tasks();
        f->cpu.sys.eflags |= FLAG_NT;
        poke(f, AT_TSS, 2, cases[i].link);
        poke(f, AT_GDT + SEL_TSS2 + 5, 1, cases[i].access);
        fixture_mark(f);
        fault_is(f, op_iret(&f->cpu, &f->cpu.sys, fixture_insn(f, 4)), cases[i].vector, cases[i].error);
        ck_assert(fixture_unchanged(f));
        fixture_free(f);
    }
}
END_TEST

START_TEST(trap_bit_and_cr3)
{
    struct fixture *f = two_tasks();
    enum { DIRECTORY = 0x20000, DIRECTORY2 = 0x22000, TABLE = 0x21000 };
    poke(f, DIRECTORY, 4, TABLE | 7);
    poke(f, DIRECTORY2, 4, TABLE | 7);
    for (u32 page = 0; page < 512; page++)
        poke(f, TABLE + page * 4, 4, page << 12 | 7);
    poke(f, AT_TSS2 + 0x1c, 4, DIRECTORY2);
    poke(f, AT_TSS2 + 0x64, 2, 1);
    f->cpu.sys.cr3 = DIRECTORY;
    f->cpu.sys.cr0 |= CR0_PG;
    tlb_flush(&f->cpu, true);
    ck_assert_int_eq(go(f, SEL_TSS2, false), JUMPED);
    ck_assert_uint_eq(f->cpu.sys.cr3, DIRECTORY2);
    ck_assert(f->cpu.attention & ATTENTION_TRAP);
    ck_assert_uint_eq(f->cpu.debug_trap, 0x8000);
    fixture_free(f);
}
END_TEST

Suite *task_suite(void)
{
    Suite *suite = suite_create("task");
    TCase *tc = tcase_create("task");
    tcase_add_test(tc, jump_saves_and_loads);
    tcase_add_test(tc, call_nests_and_iret_returns);
    tcase_add_test(tc, exception_through_a_task_gate);
    tcase_add_test(tc, tss_of_16_bits);
    tcase_add_test(tc, task_in_v86_mode);
    tcase_add_loop_test(tc, refused_before, 0, ARRAY_LEN(refuseds));
    tcase_add_test(tc, privilege);
    tcase_add_loop_test(tc, faults_of_the_new_task, 0, ARRAY_LEN(insides));
    tcase_add_test(tc, return_link_checks);
    tcase_add_test(tc, trap_bit_and_cr3);
    suite_add_tcase(suite, tc);
    return suite;
}
