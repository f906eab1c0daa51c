/* cpu/transfer.c and cpu/return.c: far CALL, JMP, RET, IRET in all modes and between levels. */
#include "cpu/segment.h"
#include "cpu/transfer.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { TARGET = 0x6000, NEXT = AT_CODE + 2, GATE32 = 0x8c, GATE16 = 0x84 };
enum { OK = 0xff };

static struct insn *far_pointer(struct fixture *f, unsigned size, u16 selector, u32 offset)
{
    struct insn *insn = fixture_insn(f, size);
    insn->imm = offset;
    insn->disp = selector;
    return insn;
}

/* Puts a frame on the current stack, values[0] on top. */
static void stack_set(struct fixture *f, unsigned size, const u32 *values, unsigned count)
{
    f->cpu.gpr[ESP] -= count * size;
    for (unsigned i = 0; i < count; i++)
        poke(f, f->cpu.sys.seg[SS].base + f->cpu.gpr[ESP] + i * size, size, values[i]);
}

START_TEST(real_mode_call_and_return)
{
    for (unsigned size = 2; size <= 4; size += 2) {
        struct fixture *f = fixture_new("max");
        struct cpu *cpu = &f->cpu;
        cpu->gpr[ESP] = 0x2000;
        cpu->eip = 0x300;
        segment_load_real(&cpu->sys.seg[CS], 0x100);
        ck_assert_int_eq(op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, size, 0x2345, 0x6789)), JUMPED);
        ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x23450);
        ck_assert_uint_eq(cpu->eip, 0x6789);
        ck_assert_uint_eq(cpu->gpr[ESP], 0x2000 - 2 * size);
        struct insn *insn = fixture_insn(f, size);
        insn->imm = 6;
        ck_assert_int_eq(op_ret_far(cpu, &cpu->sys, insn), JUMPED);
        ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x1000);
        ck_assert_uint_eq(cpu->eip, 0x302);
        ck_assert_uint_eq(cpu->gpr[ESP], 0x2006);
        fault_is(f, op_jmp_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, 0, 0x10000)), VEC_GP, 0);
        fixture_free(f);
    }
}
END_TEST

START_TEST(pointer_in_memory)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    poke(f, 0x7000, 4, TARGET);
    poke(f, 0x7004, 2, SEL_CODE0);
    struct insn *insn = fixture_insn(f, 4);
    insn->disp = 0x7000;
    ck_assert_int_eq(op_call_far_mem(cpu, &cpu->sys, insn), JUMPED);
    ck_assert_uint_eq(cpu->eip, TARGET);
    ck_assert_uint_eq(peek(f, AT_STACK0 - 8, 4), NEXT);
    ck_assert_uint_eq(peek(f, AT_STACK0 - 4, 4), SEL_CODE0);
    fixture_free(f);
}
END_TEST

/* Direct transfers to SEL_FREE; the error code is the selector. */
static const struct direct { unsigned cpl, rpl; u16 attr; u32 offset; u8 vector; s32 error; } directs[] = {
    { 0, 0, CODE_ER, TARGET, OK, 0 },                    { 0, 3, CODE_ER, TARGET, VEC_GP, SEL_FREE },
    { 3, 3, CODE_ER | AT_DPL3, TARGET, OK, 0 },          { 3, 0, CODE_ER | AT_DPL3, TARGET, OK, 0 },
    { 3, 3, CODE_ER, TARGET, VEC_GP, SEL_FREE },         { 0, 0, CODE_ER | AT_DPL3, TARGET, VEC_GP, SEL_FREE },
    { 3, 3, 0x9f, TARGET, OK, 0 },                       { 0, 0, 0x9f | AT_DPL3, TARGET, VEC_GP, SEL_FREE },
    { 0, 3, 0x9f, TARGET, OK, 0 },                       { 0, 0, DATA_RW, TARGET, VEC_GP, SEL_FREE },
    { 0, 0, 0x1b, TARGET, VEC_NP, SEL_FREE },            { 0, 0, CODE_ER, 0xfffff, VEC_GP, 0 },
    { 0, 0, 0x82, TARGET, VEC_GP, SEL_FREE },            { 0, 0, 0x8b, TARGET, VEC_GP, SEL_FREE }
};

START_TEST(direct)
{
    const struct direct *d = &directs[_i];
    for (unsigned call = 0; call < 2; call++) {
        struct fixture *f = fixture_new("max");
        struct cpu *cpu = &f->cpu;
        fixture_protected(f, d->cpl);
        gdt_set(f, SEL_FREE, 0x100, 0xffff, SMALL32 | d->attr);
        u32 esp = cpu->gpr[ESP];
        struct insn *insn = far_pointer(f, 4, (u16)(SEL_FREE | d->rpl), d->offset);
        fixture_mark(f);
        enum outcome outcome = call ? op_call_far_ptr(cpu, &cpu->sys, insn) : op_jmp_far_ptr(cpu, &cpu->sys, insn);
        if (d->vector == OK) {
            ck_assert_int_eq(outcome, JUMPED);
            ck_assert_uint_eq(cpu->sys.seg[CS].selector, SEL_FREE | d->cpl);
            ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x100);
            ck_assert_uint_eq(cpu->eip, TARGET);
            ck_assert_uint_eq(cpu->sys.cpl, d->cpl);
            ck_assert_uint_eq(cpu->gpr[ESP], esp - 8 * call);
        } else {
            fault_is(f, outcome, d->vector, d->error);
            ck_assert(fixture_unchanged(f));
        }
        fixture_free(f);
    }
}
END_TEST

START_TEST(null_and_outside)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    fault_is(f, op_jmp_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, 3, 0)), VEC_GP, 0);
    fault_is(f, op_jmp_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_END, 0)), VEC_GP, SEL_END);
    cpu->gpr[ESP] = 4;
    cpu->sys.seg[SS].limit = 0xffff;
    segment_refresh(&cpu->sys.seg[SS]);
    fixture_mark(f);
    fault_is(f, op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_CODE0, TARGET)), VEC_SS, 0);
    ck_assert(fixture_unchanged(f));
    fixture_free(f);
}
END_TEST

START_TEST(call_gate_to_an_inner_level)
{
    static const struct { u8 type; unsigned size; } gates[] = { { GATE32, 4 }, { GATE16, 2 } };
    for (unsigned i = 0; i < ARRAY_LEN(gates); i++) {
        struct fixture *f = fixture_new("max");
        struct cpu *cpu = &f->cpu;
        unsigned size = gates[i].size;
        const u32 parameters[3] = { 0x1111, 0x2222, 0x3333 };
        fixture_protected(f, 3);
        gdt_gate(f, SEL_GATE, SEL_CODE0 | 3, TARGET, gates[i].type | AT_DPL3, 3);
        stack_set(f, size, parameters, 3);
        u32 esp = cpu->gpr[ESP];
        ck_assert_int_eq(op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_GATE | 3, 0xdeadbeef)), JUMPED);
        ck_assert_uint_eq(cpu->eip, TARGET);
        ck_assert_uint_eq(cpu->sys.seg[CS].selector, SEL_CODE0);
        ck_assert_uint_eq(cpu->sys.cpl, 0);
        ck_assert_uint_eq(cpu->gpr[ESP], AT_STACK0 - 7 * size);
        const u32 frame[7] = { NEXT, SEL_CODE3, 0x1111, 0x2222, 0x3333, esp, SEL_DATA3 };
        for (unsigned n = 0; n < 7; n++)
            ck_assert_uint_eq(peek(f, cpu->gpr[ESP] + n * size, size), frame[n]);
        /* And back, releasing the parameters on both stacks; the level 0 data segments must not stay. */
        ck_assert_int_eq(segment_load(cpu, DS, SEL_DATA0), DONE);
        ck_assert_int_eq(segment_load(cpu, FS, SEL_CONFORMING0), DONE);
        struct insn *insn = fixture_insn(f, size);
        insn->imm = 3 * size;
        ck_assert_int_eq(op_ret_far(cpu, &cpu->sys, insn), JUMPED);
        ck_assert_uint_eq(cpu->sys.cpl, 3);
        ck_assert_uint_eq(cpu->eip, NEXT);
        ck_assert_uint_eq(cpu->gpr[ESP], AT_STACK3);
        ck_assert_uint_eq(cpu->sys.seg[SS].selector, SEL_DATA3);
        ck_assert_uint_eq(cpu->sys.seg[DS].selector, 0);
        ck_assert_uint_eq(cpu->sys.seg[DS].attr, 0);
        ck_assert_uint_eq(cpu->sys.seg[ES].selector, SEL_DATA3);
        ck_assert_uint_eq(cpu->sys.seg[FS].selector, SEL_CONFORMING0);
        fixture_free(f);
    }
}
END_TEST

/* Gates that are refused, and those that keep the level. */
static const struct gate { unsigned cpl, rpl; bool call; u16 target; u8 access; u8 vector; s32 error; } gates[] = {
    { 0, 0, true, SEL_CODE0, GATE32, OK, 0 },             { 0, 0, false, SEL_CODE0, GATE32, OK, 0 },
    { 3, 3, false, SEL_CODE0, GATE32 | AT_DPL3, VEC_GP, SEL_CODE0 },
    { 3, 3, false, SEL_CONFORMING0, GATE32 | AT_DPL3, OK, 0 },
    { 3, 3, true, SEL_CONFORMING0, GATE32 | AT_DPL3, OK, 0 },
    { 3, 3, true, SEL_CODE0, GATE32, VEC_GP, SEL_GATE },  { 0, 3, true, SEL_CODE0, GATE32, VEC_GP, SEL_GATE },
    { 0, 0, true, SEL_CODE0, 0x0c, VEC_NP, SEL_GATE },    { 0, 0, true, 0, GATE32, VEC_GP, 0 },
    { 0, 0, true, SEL_END, GATE32, VEC_GP, SEL_END },     { 0, 0, true, SEL_DATA0, GATE32, VEC_GP, SEL_DATA0 },
    { 0, 0, true, SEL_CODE3, GATE32, VEC_GP, SEL_CODE3 & ~3 }
};

START_TEST(call_gates)
{
    const struct gate *g = &gates[_i];
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, g->cpl);
    gdt_gate(f, SEL_GATE, g->target, TARGET, g->access, 0);
    struct insn *insn = far_pointer(f, 2, (u16)(SEL_GATE | g->rpl), 0);
    u32 esp = cpu->gpr[ESP];
    fixture_mark(f);
    enum outcome outcome = g->call ? op_call_far_ptr(cpu, &cpu->sys, insn) : op_jmp_far_ptr(cpu, &cpu->sys, insn);
    if (g->vector == OK) {
        ck_assert_int_eq(outcome, JUMPED);
        ck_assert_uint_eq(cpu->eip, TARGET);
        ck_assert_uint_eq(cpu->sys.cpl, g->cpl);
        ck_assert_uint_eq(cpu->gpr[ESP], esp - 8 * g->call);         /* by the gate's size, not the operand's */
    } else {
        fault_is(f, outcome, g->vector, g->error);
        ck_assert(fixture_unchanged(f));
    }
    fixture_free(f);
}
END_TEST

/* RET and IRET from `cpl` to the descriptor SEL_FREE with an RPL. */
static const struct back { unsigned cpl, rpl; u16 attr; u32 eip; u8 vector; s32 error; } backs[] = {
    { 0, 0, CODE_ER, TARGET, OK, 0 },                     { 3, 3, CODE_ER | AT_DPL3, TARGET, OK, 0 },
    { 0, 3, CODE_ER | AT_DPL3, TARGET, OK, 0 },           { 0, 3, 0x9f, TARGET, OK, 0 },
    { 3, 0, CODE_ER, TARGET, VEC_GP, SEL_FREE },          { 0, 3, CODE_ER, TARGET, VEC_GP, SEL_FREE },
    { 0, 0, CODE_ER | AT_DPL3, TARGET, VEC_GP, SEL_FREE },{ 0, 0, 0x9f | AT_DPL3, TARGET, VEC_GP, SEL_FREE },
    { 0, 0, DATA_RW, TARGET, VEC_GP, SEL_FREE },          { 0, 0, 0x89, TARGET, VEC_GP, SEL_FREE },
    { 0, 0, 0x1b, TARGET, VEC_NP, SEL_FREE },             { 0, 0, CODE_ER, 0x10000, VEC_GP, 0 },
    { 0, 3, CODE_ER | AT_DPL3, 0x10000, VEC_GP, 0 }
};

START_TEST(returns)
{
    const struct back *b = &backs[_i];
    for (unsigned iret = 0; iret < 2; iret++) {
        struct fixture *f = fixture_new("max");
        struct cpu *cpu = &f->cpu;
        fixture_protected(f, b->cpl);
        gdt_set(f, SEL_FREE, 0x100, 0xffff, SMALL32 | b->attr);
        const u32 frame[5] = { b->eip, SEL_FREE | b->rpl, FLAG_CF | FLAG_IF, 0x9800, SEL_DATA3 };
        const u32 short_frame[4] = { b->eip, SEL_FREE | b->rpl, 0x9800, SEL_DATA3 };
        stack_set(f, 4, iret ? frame : short_frame, 4 + iret);
        u32 esp = cpu->gpr[ESP];
        struct insn *insn = fixture_insn(f, 4);
        fixture_mark(f);
        enum outcome outcome = iret ? op_iret(cpu, &cpu->sys, insn) : op_ret_far(cpu, &cpu->sys, insn);
        if (b->vector == OK) {
            ck_assert_int_eq(outcome, JUMPED);
            ck_assert_uint_eq(cpu->sys.cpl, b->rpl);
            ck_assert_uint_eq(cpu->eip, TARGET);
            ck_assert_uint_eq(cpu->sys.seg[CS].selector, SEL_FREE | b->rpl);
            ck_assert_uint_eq(cpu->gpr[ESP], b->rpl != b->cpl ? 0x9800 : esp + 8 + 4 * iret);
            ck_assert_uint_eq(eflags_get(cpu) & (FLAG_CF | FLAG_IF), !iret ? 0 : FLAG_CF | (b->cpl == 0 ? FLAG_IF : 0));
        } else {
            fault_is(f, outcome, b->vector, b->error);
            ck_assert(fixture_unchanged(f));
        }
        fixture_free(f);
    }
}
END_TEST

/* SS popped on the way out. */
static const struct outer_ss { u16 selector, attr; u8 vector; s32 error; } outer_sss[] = {
    { 0, 0, VEC_GP, 0 }, { SEL_END | 3, 0, VEC_GP, SEL_END }, { SEL_FREE, DATA_RW | AT_DPL3, VEC_GP, SEL_FREE },
    { SEL_FREE | 3, DATA_RW, VEC_GP, SEL_FREE }, { SEL_FREE | 3, 0x91 | AT_DPL3, VEC_GP, SEL_FREE },
    { SEL_FREE | 3, 0x13 | AT_DPL3, VEC_SS, SEL_FREE }
};

START_TEST(outer_stack_checks)
{
    const struct outer_ss *o = &outer_sss[_i];
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    gdt_set(f, SEL_FREE, 0, 0xffff, o->attr);
    const u32 frame[5] = { TARGET, SEL_CODE3, FLAG_IF, 0x9800, o->selector };
    stack_set(f, 4, frame, 5);
    fixture_mark(f);
    fault_is(f, op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), o->vector, o->error);
    ck_assert(fixture_unchanged(f));
    fixture_free(f);
}
END_TEST

START_TEST(a_16_bit_outer_stack_takes_sp_only)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    gdt_set(f, SEL_FREE, 0, 0xffff, DATA_RW | AT_DPL3);
    const u32 frame[5] = { TARGET, SEL_CODE3, 0, 0x12349800, SEL_FREE | 3 };
    cpu->gpr[ESP] = 0x48000;
    stack_set(f, 4, frame, 5);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert_uint_eq(cpu->gpr[ESP], 0x49800);
    fixture_free(f);
}
END_TEST

/* Which flags IRET loads, by level, IOPL and operand size: all ones popped (VM clear), from zero. */
static const struct iret_flags { unsigned cpl, iopl, size; u32 loaded; } iret_flagss[] = {
#define BASE (FLAGS_ARITH | FLAG_TF | FLAG_DF | FLAG_NT)
#define WIDE (FLAG_RF | FLAG_AC | FLAG_ID)
    { 0, 0, 4, BASE | WIDE | FLAG_IF | FLAG_IOPL | FLAG_VIF | FLAG_VIP }, { 0, 0, 2, BASE | FLAG_IF | FLAG_IOPL },
    { 3, 0, 4, BASE | WIDE }, { 3, 3, 4, BASE | WIDE | FLAG_IF }, { 3, 0, 2, BASE }, { 1, 1, 2, BASE | FLAG_IF }
};

START_TEST(iret_flags)
{
    const struct iret_flags *i = &iret_flagss[_i];
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, i->cpl);
    cpu->sys.eflags = i->iopl << 12;
    eflags_set(cpu, 0, FLAGS_ARITH);
    const u32 frame[3] = { TARGET, cpu->sys.seg[CS].selector, ~(u32)FLAG_VM };
    stack_set(f, i->size, frame, 3);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, i->size)), JUMPED);
    ck_assert_uint_eq(eflags_get(cpu), i->loaded | FLAG_1 | i->iopl << 12);
    fixture_free(f);
}
END_TEST

START_TEST(iret_to_v86_and_within)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    const u32 frame[9] = { 0x1234, 0x500, FLAG_VM | FLAG_IOPL | FLAG_IF, 0x800, 0x900, 0x1111, 0x2222, 0x3333, 0x4444 };
    stack_set(f, 4, frame, 9);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert(cpu_v86(cpu));
    ck_assert_uint_eq(cpu->sys.cpl, 3);
    ck_assert_uint_eq(cpu->eip, 0x1234);
    ck_assert_uint_eq(cpu->gpr[ESP], 0x800);
    static const u16 selectors[6] = {
        [ES] = 0x1111, [CS] = 0x500, [SS] = 0x900, [DS] = 0x2222, [FS] = 0x3333, [GS] = 0x4444
    };
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(cpu->sys.seg[i].selector, selectors[i]);
        ck_assert_uint_eq(cpu->sys.seg[i].base, selectors[i] * 16u);
        ck_assert_uint_eq(cpu->sys.seg[i].attr, ATTR_V86);
    }
    const u32 inside[3] = { 0x42, 0x600, FLAG_CF };                  /* IOPL 3: IF is loaded, IOPL is not */
    stack_set(f, 2, inside, 3);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 2)), JUMPED);
    ck_assert_uint_eq(eflags_get(cpu), FLAG_VM | FLAG_IOPL | FLAG_CF | FLAG_1);
    ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x6000);
    fixture_free(f);
}
END_TEST

START_TEST(iret_to_v86_eip_limit)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    const u32 frame[9] = { 0x10000, 0x500, FLAG_VM, 0x800, 0x900 };
    stack_set(f, 4, frame, 9);
    fixture_mark(f);
    fault_is(f, op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), VEC_GP, 0);
    ck_assert(fixture_unchanged(f));
    fixture_free(f);
}
END_TEST

/* V86 under VME with IOPL 0: IF goes to VIF, TF and IF with VIP pending are refused. */
START_TEST(iret_with_vme)
{
    static const struct { u32 popped, vip, vif; u8 vector; } cases[] = {
        { FLAG_IF, 0, FLAG_VIF, OK }, { 0, FLAG_VIP, 0, OK }, { FLAG_IF, FLAG_VIP, 0, VEC_GP },
        { FLAG_TF, 0, 0, VEC_GP }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = fixture_new("max");
        struct cpu *cpu = &f->cpu;
        fixture_v86(f, 0);
        cpu->sys.cr4 |= CR4_VME;
        cpu->sys.eflags |= cases[i].vip;
        const u32 frame[3] = { 0x42, 0x600, cases[i].popped };
        stack_set(f, 2, frame, 3);
        enum outcome outcome = op_iret(cpu, &cpu->sys, fixture_insn(f, 2));
        if (cases[i].vector == OK) {
            ck_assert_int_eq(outcome, JUMPED);
            ck_assert_uint_eq(cpu->sys.eflags & (FLAG_VIF | FLAG_IF), cases[i].vif | FLAG_IF);
        } else {
            fault_is(f, outcome, VEC_GP, 0);
        }
        fixture_free(f);
    }
}
END_TEST

START_TEST(iret_ends_nmi_blocking)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    cpu->nmi_blocked = true;
    const u32 bad[3] = { TARGET, 0, 0 }, good[3] = { TARGET, SEL_CODE0, 0 };
    stack_set(f, 4, bad, 3);
    fault_is(f, op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), VEC_GP, 0);
    ck_assert(cpu->nmi_blocked);
    stack_set(f, 4, good, 3);
    ck_assert_int_eq(op_iret(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert(!cpu->nmi_blocked);
    fixture_free(f);
}
END_TEST

/* 16-bit stack: the frame wraps around the end of the segment's offsets, word by word. */
START_TEST(frame_wraps_on_a_16_bit_stack)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    gdt_set(f, SEL_FREE, 0x10000, 0xffff, DATA_RW);
    ck_assert_int_eq(segment_load(cpu, SS, SEL_FREE), DONE);
    cpu->gpr[ESP] = 4;
    ck_assert_int_eq(op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_CODE0, TARGET)), JUMPED);
    ck_assert_uint_eq(cpu->gpr[ESP], 0xfffc);
    ck_assert_uint_eq(peek(f, 0x1fffc, 4), NEXT);
    ck_assert_uint_eq(peek(f, 0x10000, 4), SEL_CODE0);
    ck_assert_int_eq(op_ret_far(cpu, &cpu->sys, fixture_insn(f, 4)), JUMPED);
    ck_assert_uint_eq(cpu->gpr[ESP], 4);
    ck_assert_uint_eq(cpu->eip, NEXT);
    fixture_free(f);
}
END_TEST

START_TEST(alignment_is_checked_at_level_3)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 3);
    cpu->sys.cr0 |= CR0_AM;
    cpu->sys.eflags |= FLAG_AC;
    cpu_mode_changed(cpu);
    cpu->gpr[ESP] -= 2;
    fixture_mark(f);
    fault_is(f, op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_CODE3, TARGET)), VEC_AC, 0);
    fault_is(f, op_ret_far(cpu, &cpu->sys, fixture_insn(f, 4)), VEC_AC, 0);
    ck_assert(fixture_unchanged(f));
    gdt_gate(f, SEL_GATE, SEL_CODE0, TARGET, GATE32 | AT_DPL3, 0);
    poke(f, AT_TSS + 4, 4, AT_STACK0 - 2);                           /* the stack of level 0 is not */
    ck_assert_int_eq(op_call_far_ptr(cpu, &cpu->sys, far_pointer(f, 4, SEL_GATE | 3, 0)), JUMPED);
    fixture_free(f);
}
END_TEST

Suite *transfer_suite(void)
{
    Suite *suite = suite_create("transfer");
    TCase *tc = tcase_create("transfer");
    tcase_add_test(tc, real_mode_call_and_return);
    tcase_add_test(tc, pointer_in_memory);
    tcase_add_loop_test(tc, direct, 0, ARRAY_LEN(directs));
    tcase_add_test(tc, null_and_outside);
    tcase_add_test(tc, call_gate_to_an_inner_level);
    tcase_add_loop_test(tc, call_gates, 0, ARRAY_LEN(gates));
    tcase_add_loop_test(tc, returns, 0, ARRAY_LEN(backs));
    tcase_add_loop_test(tc, outer_stack_checks, 0, ARRAY_LEN(outer_sss));
    tcase_add_test(tc, a_16_bit_outer_stack_takes_sp_only);
    tcase_add_loop_test(tc, iret_flags, 0, ARRAY_LEN(iret_flagss));
    tcase_add_test(tc, iret_to_v86_and_within);
    tcase_add_test(tc, iret_to_v86_eip_limit);
    tcase_add_test(tc, iret_with_vme);
    tcase_add_test(tc, iret_ends_nmi_blocking);
    tcase_add_test(tc, frame_wraps_on_a_16_bit_stack);
    tcase_add_test(tc, alignment_is_checked_at_level_3);
    suite_add_tcase(suite, tc);
    return suite;
}
