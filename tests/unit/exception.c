/* cpu/exception.c and cpu/interrupt.c: vectors, gates, frames, error codes, double faults, VME. */
#include "cpu/segment.h"
#include "cpu/transfer.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { HANDLER = 0x6000, INT32 = 0x8e, TRAP32 = 0x8f, INT16 = 0x86, TRAP16 = 0x87, TASK = 0x85, VECTOR = 0x30 };
enum { NEXT = AT_CODE + 2 };

static u32 stack32(struct fixture *f, unsigned index) { return peek(f, f->cpu.gpr[ESP] + index * 4, 4); }

static void deliver(struct fixture *f, u8 vector, enum fault_kind kind, s32 error)
{
    f->cpu.fault = (struct fault){ .vector = vector, .kind = (u8)kind, .has_error = error >= 0, .error = (u32)error };
    exception_deliver(&f->cpu);
}

/* Handlers of the faults of delivery on the same stack, whatever the level: at HANDLER + vector. */
static void catch_faults(struct fixture *f)
{
    for (u8 vector = VEC_DF; vector <= VEC_PF; vector++)
        idt_gate(f, vector, SEL_CONFORMING0, HANDLER + vector, TRAP32);
}

static void caught(struct fixture *f, u8 vector, u32 error)
{
    ck_assert_uint_eq(f->cpu.eip, (u32)HANDLER + vector);
    ck_assert_uint_eq(stack32(f, 0), error);
    ck_assert_uint_eq(stack32(f, 1), AT_CODE);
    ck_assert_uint_eq(f->cpu.attention & (ATTENTION_FAULT | ATTENTION_SHUTDOWN), 0);
}

START_TEST(real_mode_vector)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    poke(f, 0x21 * 4, 4, 0x12345678);
    segment_load_real(&cpu->sys.seg[CS], 0x77);
    cpu->sys.seg[SS].base = 0x8000;
    cpu->gpr[ESP] = 0xabcd0004;                                      /* wraps below 0 */
    cpu->eip = 0x5000;
    eflags_set(cpu, FLAG_IF | FLAG_TF | FLAG_CF | FLAG_AC, 0xffffffff);
    struct insn *insn = fixture_insn(f, 2);
    insn->imm = 0x21;
    ck_assert_int_eq(op_int_n(cpu, &cpu->sys, insn), JUMPED);
    ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x12340);
    ck_assert_uint_eq(cpu->eip, 0x5678);
    ck_assert_uint_eq(cpu->gpr[ESP], 0xabcdfffe);
    ck_assert_uint_eq(peek(f, 0x17ffe, 2), 0x5002);
    ck_assert_uint_eq(peek(f, 0x8000, 2), 0x77);
    ck_assert_uint_eq(peek(f, 0x8002, 2), 0x303);
    ck_assert_uint_eq(eflags_get(cpu), FLAG_CF | FLAG_1);
    fixture_free(f);
}
END_TEST

START_TEST(real_mode_shutdown)
{
    struct fixture *f = fixture_new("max");
    f->cpu.sys.idtr.limit = 0;
    f->cpu.eip = 0x777;
    deliver(f, VEC_UD, FAULT_EXCEPTION, -1);
    ck_assert(f->cpu.attention & ATTENTION_SHUTDOWN);
    ck_assert_uint_eq(f->cpu.shutdowns, 3);
    fixture_free(f);
}
END_TEST

START_TEST(same_level)
{
    static const struct { u8 access; bool keeps_if; unsigned size; } gates[] = {
        { INT32, false, 4 }, { TRAP32, true, 4 }, { INT16, false, 2 }, { TRAP16, true, 2 }
    };
    for (unsigned i = 0; i < ARRAY_LEN(gates); i++) {
        struct fixture *f = fixture_new("max");
        unsigned size = gates[i].size;
        fixture_protected(f, 0);
        idt_gate(f, VECTOR, SEL_CODE0, 0xffff0000 | HANDLER, gates[i].access);
        eflags_set(&f->cpu, FLAG_IF | FLAG_TF | FLAG_NT | FLAG_SF, 0xffffffff);
        deliver(f, VECTOR, FAULT_EXTERNAL, -1);
        ck_assert_uint_eq(f->cpu.eip, size == 4 ? 0xffff0000 | HANDLER : HANDLER);
        ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 3 * size);
        ck_assert_uint_eq(peek(f, AT_STACK0 - 3 * size, size), AT_CODE);
        ck_assert_uint_eq(peek(f, AT_STACK0 - 2 * size, size), SEL_CODE0);
        ck_assert_uint_eq(peek(f, AT_STACK0 - size, size), FLAG_IF | FLAG_TF | FLAG_NT | FLAG_SF | FLAG_1);
        ck_assert_uint_eq(eflags_get(&f->cpu), FLAG_1 | FLAG_SF | (gates[i].keeps_if ? FLAG_IF : 0));
        fixture_free(f);
    }
}
END_TEST

/* Faults save RF set, traps and interrupts do not; an error code lies lowest. */
START_TEST(saved_rf_and_error_code)
{
    static const struct { u8 vector; enum fault_kind kind; s32 error; bool rf; } cases[] = {
        { VEC_GP, FAULT_EXCEPTION, 0x1234, true }, { VEC_UD, FAULT_EXCEPTION, -1, true },
        { VEC_DB, FAULT_TRAP, -1, false },
        { VEC_DB, FAULT_EXCEPTION, -1, false }, { VECTOR, FAULT_EXTERNAL, -1, false },
        { VEC_DF, FAULT_EXCEPTION, 0, false }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = fixture_new("max");
        fixture_protected(f, 0);
        idt_gate(f, cases[i].vector, SEL_CODE0, HANDLER, INT32);
        deliver(f, cases[i].vector, cases[i].kind, cases[i].error);
        bool has_error = cases[i].error >= 0;
        if (has_error)
            ck_assert_uint_eq(stack32(f, 0), (u32)cases[i].error);
        ck_assert_uint_eq(stack32(f, 2 + has_error) & FLAG_RF, cases[i].rf ? FLAG_RF : 0);
        ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 12u - 4 * has_error);
        fixture_free(f);
    }
}
END_TEST

START_TEST(inner_level)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 3);
    idt_gate(f, 0x80, SEL_CODE0, HANDLER, INT32 | AT_DPL3);
    struct insn *insn = fixture_insn(f, 4);
    insn->imm = 0x80;
    ck_assert_int_eq(op_int_n(cpu, &cpu->sys, insn), JUMPED);
    ck_assert_uint_eq(cpu->sys.cpl, 0);
    ck_assert_uint_eq(cpu->sys.seg[CS].selector, SEL_CODE0);
    ck_assert_uint_eq(cpu->sys.seg[SS].selector, SEL_DATA0);
    ck_assert_uint_eq(cpu->gpr[ESP], AT_STACK0 - 20);
    const u32 frame[5] = { NEXT, SEL_CODE3, FLAG_1, AT_STACK3, SEL_DATA3 };
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(stack32(f, i), frame[i]);
    fixture_free(f);
}
END_TEST

/* One step on the way of VECTOR from level 3 to level 0 is spoiled. */
static const struct spoil { u32 address; unsigned size; u32 value; u8 vector; u32 error; } spoils[] = {
    { AT_IDT + VECTOR * 8 + 5, 1, 0x0e, VEC_NP, VECTOR * 8 + 3 },            /* gate not present */
    { AT_IDT + VECTOR * 8 + 5, 1, 0x8c, VEC_GP, VECTOR * 8 + 3 },            /* a call gate */
    { AT_IDT + VECTOR * 8 + 5, 1, 0x9e, VEC_GP, VECTOR * 8 + 3 },            /* a code segment */
    { AT_IDT + VECTOR * 8 + 2, 2, 0, VEC_GP, 1 },                            /* null selector */
    { AT_IDT + VECTOR * 8 + 2, 2, SEL_END + 8, VEC_GP, SEL_END + 9 },        /* outside the GDT */
    { AT_IDT + VECTOR * 8 + 2, 2, SEL_DATA0, VEC_GP, SEL_DATA0 + 1 },
    { AT_GDT + SEL_CODE0 + 5, 1, 0x1b, VEC_NP, SEL_CODE0 + 1 },
    { AT_GDT + SEL_CODE0, 4, 0x00000000, VEC_GP, 1 },                        /* EIP beyond the limit: see test */
    { AT_TSS + 8, 2, 0, VEC_TS, 1 },                                         /* SS0 null */
    { AT_TSS + 8, 2, SEL_DATA3, VEC_TS, (SEL_DATA3 & ~3u) + 1 },             /* RPL */
    { AT_TSS + 8, 2, SEL_DATA3 & ~3u, VEC_TS, (SEL_DATA3 & ~3u) + 1 },       /* DPL */
    { AT_TSS + 8, 2, SEL_CODE0, VEC_TS, SEL_CODE0 + 1 },                     /* not writable */
    { AT_TSS + 8, 2, SEL_END, VEC_TS, SEL_END + 1 },
    { AT_GDT + SEL_DATA0 + 5, 1, 0x13, VEC_SS, SEL_DATA0 + 1 },              /* not present */
    { AT_GDT + SEL_DATA0, 8, 0, VEC_SS, SEL_DATA0 + 1 }                      /* too small: see test */
};

START_TEST(spoiled_delivery)
{
    const struct spoil *spoil = &spoils[_i];
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 3);
    catch_faults(f);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    if (spoil->address == AT_GDT + SEL_CODE0)
        gdt_set(f, SEL_CODE0, 0, HANDLER - 1, SMALL32 | CODE_ER);
    else if (spoil->size == 8)
        gdt_set(f, SEL_DATA0, 0, AT_STACK0 - 2, SMALL32 | DATA_RW);
    else
        poke(f, spoil->address, spoil->size, spoil->value);
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    caught(f, spoil->vector, spoil->error);
    ck_assert_uint_eq(f->cpu.sys.cpl, 3);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK3 - 16);
    fixture_free(f);
}
END_TEST

START_TEST(limits_of_idt_and_tss)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 3);
    catch_faults(f);
    idt_gate(f, VECTOR, SEL_CONFORMING0, HANDLER, INT32);
    f->cpu.sys.idtr.limit = VECTOR * 8 + 6;
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    caught(f, VEC_GP, VECTOR * 8 + 3);
    fixture_protected(f, 3);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    f->cpu.sys.tr.limit = 8;
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    caught(f, VEC_TS, SEL_TSS + 1);
    fixture_free(f);
}
END_TEST

START_TEST(software_interrupts_need_the_gates_dpl)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 3);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    idt_gate(f, VEC_BP, SEL_CODE0, HANDLER, INT32);
    idt_gate(f, VEC_DB, SEL_CODE0, HANDLER, INT32);
    struct insn *insn = fixture_insn(f, 4);
    insn->imm = VECTOR;
    fixture_mark(f);
    fault_is(f, op_int_n(cpu, &cpu->sys, insn), VEC_GP, VECTOR * 8 + 2);
    fault_is(f, op_int3(cpu, &cpu->sys, insn), VEC_GP, VEC_BP * 8 + 2);
    ck_assert(fixture_unchanged(f));
    ck_assert_uint_eq(cpu->eip, AT_CODE);
    ck_assert_int_eq(op_into(cpu, &cpu->sys, insn), DONE);
    ck_assert_int_eq(op_icebp(cpu, &cpu->sys, insn), JUMPED);        /* no DPL check */
    fixture_free(f);
}
END_TEST

START_TEST(a_16_bit_stack_takes_sp_only)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 3);
    gdt_set(f, SEL_DATA0, 0x10000, 0xffff, DATA_RW);
    poke(f, AT_TSS + 4, 4, 0x12340008);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    ck_assert_uint_eq(f->cpu.gpr[ESP], 0x1234fff4);
    ck_assert_uint_eq(peek(f, 0x1fff4, 4), AT_CODE);
    ck_assert_uint_eq(peek(f, 0x10004, 4), SEL_DATA3);
    fixture_free(f);
}
END_TEST

START_TEST(stack_of_a_16_bit_tss)
{
    struct fixture *f = fixture_new("max");
    struct segment *tr = &f->cpu.sys.tr;
    fixture_protected(f, 3);
    *tr = (struct segment){ .selector = SEL_TSS16, .base = AT_TSS16, .limit = 0x2b, .attr = 0x83 };
    poke(f, AT_TSS16 + 2, 2, AT_STACK0);
    poke(f, AT_TSS16 + 4, 2, SEL_DATA0);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    ck_assert_uint_eq(f->cpu.eip, HANDLER);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 20);
    fixture_free(f);
}
END_TEST

START_TEST(from_v86)
{
    struct fixture *f = fixture_new("max");
    fixture_v86(f, 0);
    idt_gate(f, VEC_GP, SEL_CODE0, HANDLER, INT32);
    f->cpu.eip = 0x1234;
    deliver(f, VEC_GP, FAULT_EXCEPTION, 0);
    const u32 frame[10] = { 0, 0x1234, 0x500, FLAG_VM | FLAG_IF | FLAG_RF | FLAG_1, 0x800, 0x900,
                            0x2222, 0x1111, 0x3333, 0x4444 };
    for (unsigned i = 0; i < 10; i++)
        ck_assert_uint_eq(stack32(f, i), frame[i]);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 40);
    ck_assert_uint_eq(f->cpu.sys.eflags & (FLAG_VM | FLAG_IF), 0);
    ck_assert_uint_eq(f->cpu.sys.cpl, 0);
    ck_assert_uint_eq(f->cpu.sys.seg[GS].selector | f->cpu.sys.seg[DS].selector, 0);
    ck_assert_uint_eq(f->cpu.sys.seg[ES].attr, 0);
    fixture_free(f);
}
END_TEST

/* The handler of a V86 task's interrupt must be nonconforming, of level 0. */
START_TEST(from_v86_to_a_wrong_level)
{
    static const u16 targets[] = { SEL_CODE3, SEL_CODE1, SEL_CONFORMING0 };
    for (unsigned i = 0; i < ARRAY_LEN(targets); i++) {
        struct fixture *f = fixture_new("max");
        fixture_v86(f, 0);
        idt_gate(f, VECTOR, targets[i], HANDLER, INT32);
        idt_gate(f, VEC_GP, SEL_CODE0, HANDLER + VEC_GP, INT32);
        deliver(f, VECTOR, FAULT_EXTERNAL, -1);
        ck_assert_uint_eq(f->cpu.eip, HANDLER + VEC_GP);
        ck_assert_uint_eq(stack32(f, 0), (targets[i] & ~3u) + 1);
        fixture_free(f);
    }
}
END_TEST

/* INT n in V86 mode: IOPL, CR4.VME and the redirection bitmap decide. */
static const struct vme { bool vme; unsigned iopl; bool bit, vif; u32 pushed; enum { PM, GP, VM } where; } vmes[] = {
    { false, 3, false, false, 0, PM }, { false, 0, false, false, 0, GP }, { true, 3, true, false, 0, PM },
    { true, 0, true, false, 0, GP }, { true, 3, false, false, 0x3202, VM }, { true, 0, false, false, 0x3002, VM },
    { true, 0, false, true, 0x3202, VM }
};

START_TEST(redirection)
{
    const struct vme *vme = &vmes[_i];
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_v86(f, vme->iopl);
    cpu->sys.cr4 |= vme->vme ? CR4_VME : 0;
    cpu->sys.eflags |= vme->vif ? FLAG_VIF : 0;
    idt_gate(f, 0x21, SEL_CODE0, HANDLER, INT32 | AT_DPL3);
    poke(f, AT_TSS + 0x88 - 32 + 4, 1, vme->bit ? 2 : 0xfd);
    poke(f, 0x21 * 4, 4, 0x05550666);
    struct insn *insn = fixture_insn(f, 2);
    insn->imm = 0x21;
    enum outcome outcome = op_int_n(cpu, &cpu->sys, insn);
    if (vme->where == GP) {
        fault_is(f, outcome, VEC_GP, 0);
    } else if (vme->where == PM) {
        ck_assert_int_eq(outcome, JUMPED);
        ck_assert_uint_eq(cpu->eip, HANDLER);
    } else {
        ck_assert_int_eq(outcome, JUMPED);
        ck_assert_uint_eq(cpu->eip, 0x666);
        ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x5550);
        ck_assert(cpu->sys.eflags & FLAG_VM);
        ck_assert_uint_eq(peek(f, 0x9000 + 0x7fe, 2), vme->pushed);
        ck_assert_uint_eq(cpu->sys.eflags & FLAG_VIF, 0);
        ck_assert_uint_eq(cpu->sys.eflags & FLAG_IF, vme->iopl == 3 ? 0 : FLAG_IF);
    }
    fixture_free(f);
}
END_TEST

/* First fault, delivered through a gate that raises the second; who is called in the end. */
static const struct doubling { u8 first; enum fault_kind kind; bool second_is_pf; u8 called; } doublings[] = {
    { VEC_UD, FAULT_EXCEPTION, false, VEC_NP }, { VEC_UD, FAULT_EXCEPTION, true, VEC_PF },
    { VEC_DE, FAULT_EXCEPTION, false, VEC_DF }, { VEC_DE, FAULT_EXCEPTION, true, VEC_PF },
    { VEC_TS, FAULT_EXCEPTION, false, VEC_DF }, { VEC_GP, FAULT_EXCEPTION, true, VEC_PF },
    { VEC_PF, FAULT_EXCEPTION, false, VEC_DF }, { VEC_PF, FAULT_EXCEPTION, true, VEC_DF },
    { VEC_GP, FAULT_EXTERNAL, false, VEC_NP }, { VEC_DB, FAULT_TRAP, false, VEC_NP },
    { VEC_MF, FAULT_EXCEPTION, false, VEC_NP }
};

/* Identity-maps the first 2 MiB but for the page at 10000h. */
static void paging_on(struct fixture *f)
{
    enum { DIRECTORY = 0x20000, TABLE = 0x21000 };
    poke(f, DIRECTORY, 4, TABLE | 7);
    for (u32 page = 0; page < 512; page++)
        poke(f, TABLE + page * 4, 4, page << 12 | (page == 0x10 ? 0 : 7));
    f->cpu.sys.cr3 = DIRECTORY;
    f->cpu.sys.cr0 |= CR0_PG;
    tlb_flush(&f->cpu, true);
}

START_TEST(double_faults)
{
    const struct doubling *d = &doublings[_i];
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    catch_faults(f);
    paging_on(f);
    f->cpu.sys.ldtr.base = 0x10000;
    /* A selector of the LDT, which is on the absent page; or a gate that is not present. */
    idt_gate(f, d->first, d->second_is_pf ? 0x0c : SEL_CODE0, HANDLER, d->second_is_pf ? TRAP32 : TRAP32 & 0x7f);
    f->cpu.fault = (struct fault){ .vector = d->first, .kind = (u8)d->kind };
    exception_deliver(&f->cpu);
    ck_assert_uint_eq(f->cpu.eip, (u32)HANDLER + d->called);
    ck_assert_uint_eq(stack32(f, 0), d->called == VEC_NP ? d->first * 8u + 3 : 0);
    if (d->second_is_pf)
        ck_assert_uint_eq(f->cpu.sys.cr2, 0x10008);
    fixture_free(f);
}
END_TEST

START_TEST(triple_fault_is_explained)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    deliver(f, VEC_GP, FAULT_EXCEPTION, 0x1230);                     /* every gate is absent: #GP from type 0 */
    ck_assert(f->cpu.attention & ATTENTION_SHUTDOWN);
    ck_assert_uint_eq(f->cpu.shutdowns, 3);
    ck_assert_uint_eq(f->cpu.shutdown[0].fault.error, 0x1230);
    ck_assert_uint_eq(f->cpu.shutdown[1].fault.error, VEC_GP * 8 + 3);
    ck_assert_uint_eq(f->cpu.shutdown[2].fault.error, VEC_DF * 8 + 3);
    ck_assert_uint_eq(f->cpu.shutdown[2].cs, SEL_CODE0);
    ck_assert_uint_eq(f->cpu.shutdown[2].eip, AT_CODE);
    fixture_free(f);
}
END_TEST

/* Not a byte of the frame is written when its second page is missing. */
START_TEST(frame_over_a_page_end)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    catch_faults(f);
    paging_on(f);
    idt_gate(f, VECTOR, SEL_CODE0, HANDLER, INT32);
    f->cpu.gpr[ESP] = 0x11004;
    poke(f, 0x11000, 4, 0x55555555);
    idt_gate(f, VEC_PF, SEL_CONFORMING0, HANDLER, TASK);             /* cannot be delivered here: shutdown follows */
    deliver(f, VECTOR, FAULT_EXTERNAL, -1);
    ck_assert_uint_eq(peek(f, 0x11000, 4), 0x55555555);
    ck_assert(f->cpu.attention & ATTENTION_SHUTDOWN);
    fixture_free(f);
}
END_TEST

START_TEST(bound_and_into)
{
    static const struct { unsigned size; u32 index; bool outside; } cases[] = {
        { 2, 0xfff0, false }, { 2, 0xffef, true }, { 2, 0x10010, false }, { 2, 0x11, true },
        { 4, 0xfffffff0, false }, { 4, 0x10, false }, { 4, 0x11, true }, { 4, 0x80000000, true }
    };
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct insn *insn = fixture_insn(f, cases[i].size);
        insn->disp = 0x7000;
        insn->reg = EBX * 4;
        cpu->gpr[EBX] = cases[i].index;
        poke(f, 0x7000, cases[i].size, 0xfffffff0);
        poke(f, 0x7000 + cases[i].size, cases[i].size, 0x10);
        enum outcome outcome = op_bound(cpu, &cpu->sys, insn);
        if (cases[i].outside)
            fault_is(f, outcome, VEC_BR, -1);
        else
            ck_assert_int_eq(outcome, DONE);
    }
    idt_gate(f, VEC_OF, SEL_CODE0, HANDLER, INT32);
    eflags_set(cpu, FLAG_OF, FLAG_OF);
    ck_assert_int_eq(op_into(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert_uint_eq(stack32(f, 0), NEXT);
    fixture_free(f);
}
END_TEST

Suite *exception_suite(void)
{
    Suite *suite = suite_create("exception");
    TCase *tc = tcase_create("exception");
    tcase_add_test(tc, real_mode_vector);
    tcase_add_test(tc, real_mode_shutdown);
    tcase_add_test(tc, same_level);
    tcase_add_test(tc, saved_rf_and_error_code);
    tcase_add_test(tc, inner_level);
    tcase_add_loop_test(tc, spoiled_delivery, 0, ARRAY_LEN(spoils));
    tcase_add_test(tc, limits_of_idt_and_tss);
    tcase_add_test(tc, software_interrupts_need_the_gates_dpl);
    tcase_add_test(tc, a_16_bit_stack_takes_sp_only);
    tcase_add_test(tc, stack_of_a_16_bit_tss);
    tcase_add_test(tc, from_v86);
    tcase_add_test(tc, from_v86_to_a_wrong_level);
    tcase_add_loop_test(tc, redirection, 0, ARRAY_LEN(vmes));
    tcase_add_loop_test(tc, double_faults, 0, ARRAY_LEN(doublings));
    tcase_add_test(tc, triple_fault_is_explained);
    tcase_add_test(tc, frame_over_a_page_end);
    tcase_add_test(tc, bound_and_into);
    suite_add_tcase(suite, tc);
    return suite;
}
