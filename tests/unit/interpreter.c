/* The interpreter table, what a guest does all the time: flags, segment registers, input and output. */
#include "cpu/monitor.h"
#include "tests/unit/sensitive_run.h"
#include <check.h>

/* ---- flags ---- */

static u32 pushed(unsigned size)
{
    u32 value;
    ck_assert_int_eq(run(SENS_pushf, size), DONE);
    ck_assert(pop(&f->cpu, &value, size));
    return value;
}

static enum outcome popped(u32 image, unsigned size)
{
    ck_assert(push(&f->cpu, image, size));
    return run(SENS_popf, size);
}

START_TEST(popf_changes_what_the_level_may)
{
    static const struct { u8 cpl, iopl; u32 kept_if, kept_iopl; } cases[] = {
        { 0, 0, FLAG_IF, FLAG_IOPL }, { 1, 1, FLAG_IF, 1 << 12 }, { 3, 3, FLAG_IF, FLAG_IOPL }, { 3, 0, 0, 0 },
        { 3, 2, 0, 2 << 12 }
    };
    begin("max");
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_protected(f, cases[i].cpl);
        sys->eflags = (u32)cases[i].iopl << 12;
        ck_assert_int_ne(popped(0xffffffff & ~FLAG_TF, 4), FAULT);
        ck_assert_uint_eq(eflags_get(&f->cpu), (FLAGS_ARITH | FLAG_1 | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID) |
                                               cases[i].kept_if | cases[i].kept_iopl);
    }
    fixture_protected(f, 0);
    sys->eflags = FLAG_ID | FLAG_AC;
    ck_assert_int_ne(popped(0, 2), FAULT);
    ck_assert_uint_eq(eflags_get(&f->cpu), FLAG_ID | FLAG_AC | FLAG_1);
    ck_assert_int_eq(popped(FLAG_TF, 2), END);
    end();
}
END_TEST

START_TEST(pushf_hides_vm_and_rf)
{
    begin("max");
    fixture_v86(f, 3);
    eflags_set(&f->cpu, 0, FLAGS_ARITH);
    sys->eflags |= FLAG_RF | FLAG_VIF;
    ck_assert_uint_eq(pushed(4), FLAG_1 | FLAG_IF | FLAG_IOPL | FLAG_VIF);
    end();
}
END_TEST

START_TEST(virtual_interrupt_flag_in_v86)
{
    begin("max");
    fixture_v86(f, 0);
    sys->cr4 = CR4_VME;
    eflags_set(&f->cpu, 0, FLAGS_ARITH);
    sys->eflags = FLAG_VM | FLAG_IF;
    ck_assert_uint_eq(pushed(2), FLAG_1 | FLAG_IOPL);      /* VIF shown as IF, IOPL as 3 */
    ck_assert_int_eq(run(SENS_sti, 2), DONE);
    ck_assert_uint_eq(sys->eflags, FLAG_VM | FLAG_IF | FLAG_VIF);
    ck_assert_uint_eq(pushed(2), FLAG_1 | FLAG_IOPL | FLAG_IF);
    ck_assert_int_eq(run(SENS_cli, 2), DONE);
    ck_assert_uint_eq(sys->eflags, FLAG_VM | FLAG_IF);
    ck_assert_int_ne(popped(FLAG_IF | FLAG_CF | FLAG_IOPL, 2), FAULT);
    ck_assert_uint_eq(eflags_get(&f->cpu), FLAG_VM | FLAG_IF | FLAG_VIF | FLAG_CF | FLAG_1);
    fault_is(f, run(SENS_pushf, 4), VEC_GP, 0);
    fault_is(f, run(SENS_popf, 4), VEC_GP, 0);
    sys->eflags |= FLAG_VIP;
    fault_is(f, run(SENS_sti, 2), VEC_GP, 0);
    u32 esp = f->cpu.gpr[ESP];
    fault_is(f, popped(FLAG_IF, 2), VEC_GP, 0);
    ck_assert_uint_eq(f->cpu.gpr[ESP], esp - 2);
    fault_is(f, popped(FLAG_TF, 2), VEC_GP, 0);
    end();
}
END_TEST

START_TEST(virtual_interrupt_flag_in_protected_mode)
{
    begin("max");
    fixture_protected(f, 3);
    sys->cr4 = CR4_PVI;
    sys->eflags = FLAG_IF;
    ck_assert_int_eq(run(SENS_sti, 4), DONE);
    ck_assert_uint_eq(sys->eflags, FLAG_IF | FLAG_VIF);
    ck_assert_int_eq(run(SENS_cli, 4), DONE);
    ck_assert_uint_eq(sys->eflags, FLAG_IF);
    ck_assert_int_ne(popped(0, 4), FAULT);                 /* POPF does not know of PVI */
    ck_assert_uint_eq(sys->eflags & (FLAG_IF | FLAG_VIF), FLAG_IF);
    fixture_protected(f, 1);
    fault_is(f, run(SENS_cli, 4), VEC_GP, 0);
    end();
}
END_TEST

/* ---- segment registers ---- */

START_TEST(segment_registers)
{
    begin("max");
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = SEL_DATA16;
    ck_assert_int_ne(run_reg(SENS_mov_to_sreg, 2, GS, EAX), FAULT);
    f->cpu.gpr[EBX] = 0xffffffff;
    ck_assert_int_eq(run_reg(SENS_mov_from_sreg, 4, GS, EBX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EBX], SEL_DATA16);
    u32 esp = f->cpu.gpr[ESP];
    poke(f, esp - 4, 4, 0xffffffff);
    ck_assert_int_eq(run(SENS_push_cs, 4), DONE);
    ck_assert_uint_eq(peek(f, esp - 4, 4), SEL_CODE0);
    ck_assert(push(&f->cpu, SEL_DATA0, 4));
    ck_assert_int_eq(run(SENS_pop_fs, 4), DONE);
    ck_assert_uint_eq(sys->seg[FS].selector, SEL_DATA0);
    ck_assert(push(&f->cpu, SEL_END, 4));
    fixture_mark(f);
    fault_is(f, run(SENS_pop_ds, 4), VEC_GP, SEL_END);
    ck_assert(fixture_unchanged(f));
    poke(f, 0x4000, 4, 0x12345678);
    poke(f, 0x4004, 2, SEL_DATA16);
    ck_assert_int_ne(run_mem(SENS_les, 4, EDI, 0x4000), FAULT);
    ck_assert_uint_eq(f->cpu.gpr[EDI], 0x12345678);
    ck_assert_uint_eq(sys->seg[ES].selector, SEL_DATA16);
    poke(f, 0x4002, 2, SEL_END);
    fixture_mark(f);
    fault_is(f, run_mem(SENS_lgs, 2, EDI, 0x4000), VEC_GP, SEL_END);
    ck_assert(fixture_unchanged(f));
    end();
}
END_TEST

START_TEST(loading_ss_holds_interrupts_off)
{
    begin("max");
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = SEL_DATA0;
    ck_assert_int_eq(run_reg(SENS_mov_to_sreg, 2, DS, EAX), DONE);
    ck_assert(!(f->cpu.attention & ATTENTION_INHIBIT));
    ck_assert_int_eq(run_reg(SENS_mov_to_sreg, 2, SS, EAX), END);
    ck_assert(f->cpu.attention & ATTENTION_INHIBIT);
    f->cpu.attention = 0;
    ck_assert(push(&f->cpu, SEL_DATA0, 4));
    ck_assert_int_eq(run(SENS_pop_ss, 4), END);
    ck_assert(f->cpu.attention & ATTENTION_INHIBIT);
    end();
}
END_TEST

/* ---- input and output ---- */

struct chip { u32 value, writes; unsigned reads, width; };

static u32 chip_read(void *self, u32 offset, unsigned width)
{
    struct chip *chip = self;
    (void)offset;
    chip->width = width;
    chip->reads++;
    return chip->value++;
}

static void chip_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct chip *chip = self;
    (void)offset;
    chip->width = width;
    chip->writes++;
    chip->value = value;
}

static const struct region_ops chip_ops = { chip_read, chip_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

static void chip_add(struct chip *chip)
{
    *chip = (struct chip){ .value = 0x44332211 };
    ck_assert(ports_claim(&f->ports, 0x50, 16, &chip_ops, chip, "chip", NULL));
}

static enum outcome run_imm(enum sensitive_id id, unsigned size, u8 port)
{
    struct insn *insn = row(id, size);
    insn->imm = port;
    return dispatch(&f->cpu, insn);
}

START_TEST(ports)
{
    struct chip chip;
    begin("max");
    chip_add(&chip);
    f->cpu.gpr[EAX] = 0xffffffff;
    ck_assert_int_eq(run_imm(SENS_in_imm, 1, 0x50), END);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0xffffff11);
    f->cpu.gpr[EDX] = 0x00010050;                          /* the port is DX */
    ck_assert_int_eq(run(SENS_in_dx, 2), END);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0xffff2212);
    ck_assert_int_eq(run(SENS_in_dx, 4), END);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0x44332213);
    ck_assert_int_eq(run(SENS_out_dx, 1), END);
    ck_assert_uint_eq(chip.value, 0x13);
    ck_assert_int_eq(run_imm(SENS_out_imm, 4, 0x54), END);
    ck_assert_uint_eq(chip.value, 0x44332213);
    ck_assert_uint_eq(chip.width, 4);
    end();
}
END_TEST

/* The fixture's I/O map is at 88h of a TSS with limit 3FFh. */
START_TEST(io_permission_map)
{
    struct chip chip;
    begin("max");
    chip_add(&chip);
    fixture_protected(f, 3);
    poke(f, AT_TSS + 0x88 + 0x50 / 8, 2, 0xff04);          /* ports 52h and 58h.. refused */
    f->cpu.gpr[EDX] = 0x50;
    ck_assert_int_eq(run(SENS_in_dx, 2), END);
    fault_is(f, run(SENS_in_dx, 4), VEC_GP, 0);
    f->cpu.gpr[EDX] = 0x57;
    ck_assert_int_eq(run(SENS_out_dx, 1), END);
    fault_is(f, run(SENS_out_dx, 2), VEC_GP, 0);           /* the second port is in the next byte */
    fault_is(f, run_imm(SENS_in_imm, 1, 0x52), VEC_GP, 0);
    sys->tr.limit = 0x88 + 0x50 / 8;                       /* the byte is there, the one behind it not */
    fault_is(f, run_imm(SENS_in_imm, 1, 0x50), VEC_GP, 0);
    sys->tr.limit++;
    ck_assert_int_eq(run_imm(SENS_in_imm, 1, 0x50), END);
    sys->tr.attr = 0x83;                                   /* a 16-bit TSS has no map */
    fault_is(f, run_imm(SENS_in_imm, 1, 0x50), VEC_GP, 0);
    sys->eflags |= FLAG_IOPL;
    ck_assert_int_eq(run_imm(SENS_in_imm, 1, 0x50), END);
    fixture_v86(f, 3);                                     /* where IOPL does not help */
    sys->tr.limit = 0x67;
    fault_is(f, run_imm(SENS_in_imm, 1, 0x50), VEC_GP, 0);
    ck_assert_uint_eq(chip.reads, 3);
    end();
}
END_TEST

static enum outcome run_string(enum sensitive_id id, unsigned size, unsigned flags)
{
    struct insn *insn = row(id, size);
    insn->flags |= flags;
    return dispatch(&f->cpu, insn);
}

START_TEST(string_input_and_output)
{
    struct chip chip;
    begin("max");
    chip_add(&chip);
    fixture_protected(f, 0);
    f->cpu.gpr[EDX] = 0x50;
    f->cpu.gpr[EDI] = 0x4000;
    ck_assert_int_eq(run_string(SENS_ins, 2, 0), END);
    ck_assert_uint_eq(peek(f, 0x4000, 4), 0x2211);
    ck_assert_uint_eq(f->cpu.gpr[EDI], 0x4002);
    f->cpu.gpr[EDI] = 0x7fff0000;                          /* not writable: ES read only */
    sys->seg[ES].range[1] = (struct range){ 1, 0 };
    fault_is(f, run_string(SENS_ins, 2, 0), VEC_GP, 0);
    ck_assert_uint_eq(chip.reads, 1);
    ck_assert_uint_eq(f->cpu.gpr[EDI], 0x7fff0000);
    f->cpu.gpr[ESI] = 0x4000;
    f->cpu.gpr[ECX] = 0x10000;
    ck_assert_int_eq(run_string(SENS_outs, 1, INSN_REP | INSN_ADDR16), DONE);      /* CX is 0 */
    ck_assert_uint_eq(chip.writes, 0);
    sys->eflags |= FLAG_DF;
    ck_assert_int_eq(run_string(SENS_outs, 1, 0), END);
    ck_assert_uint_eq(f->cpu.gpr[ESI], 0x3fff);
    end();
}
END_TEST

START_TEST(repeated_input_moves_all_and_counts_once)
{
    struct chip chip;
    enum outcome outcome;
    begin("max");
    chip_add(&chip);
    fixture_protected(f, 0);
    f->cpu.gpr[EDX] = 0x50;
    f->cpu.gpr[EDI] = 0x4000;
    f->cpu.gpr[ECX] = 100;
    while ((outcome = run_string(SENS_ins, 4, INSN_REP)) == REPEAT)
        ;
    ck_assert_int_eq(outcome, END);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0);
    ck_assert_uint_eq(f->cpu.gpr[EDI], 0x4000 + 400);
    ck_assert_uint_eq(peek(f, 0x4000 + 396, 4), 0x44332211 + 99);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_ins].executed[MODE_PROTECTED * MONITOR_CPLS], 1);
    f->cpu.gpr[ECX] = 3;
    f->cpu.gpr[EDI] = 0x4000;
    f->cpu.attention |= ATTENTION_STEP;                    /* someone looks after each element */
    ck_assert_int_eq(run_string(SENS_ins, 4, INSN_REP), REPEAT);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 2);
    ck_assert_int_eq(run_string(SENS_ins, 4, INSN_REP), REPEAT);
    ck_assert_int_eq(run_string(SENS_ins, 4, INSN_REP), END);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_ins].executed[MODE_PROTECTED * MONITOR_CPLS], 2);
    for (unsigned begun = 3; begun <= 4; begun++) {        /* begun anew: a resumption is over, a count is another */
        f->cpu.gpr[ECX] = begun == 3 ? 2 : 8;
        ck_assert_int_eq(run_string(SENS_ins, 4, INSN_REP), REPEAT);
        ck_assert_uint_eq(f->cpu.monitor->row[SENS_ins].executed[MODE_PROTECTED * MONITOR_CPLS], begun);
    }
    end();
}
END_TEST

START_TEST(repeated_output_makes_way_for_what_can_happen)
{
    struct chip chip;
    begin("max");
    chip_add(&chip);
    fixture_protected(f, 0);
    f->cpu.budget = (s64)1 << 50;
    f->cpu.gpr[EDX] = 0x50;
    f->cpu.gpr[ECX] = 3;
    f->cpu.attention = ATTENTION_INTR;                     /* which IF holds off */
    ck_assert_int_eq(run_string(SENS_outs, 1, INSN_REP), END);
    ck_assert_uint_eq(chip.writes, 3);
    sys->eflags |= FLAG_IF;
    f->cpu.gpr[ECX] = 3;
    ck_assert_int_eq(run_string(SENS_outs, 1, INSN_REP), REPEAT);
    ck_assert_uint_eq(chip.writes, 4);
    f->cpu.attention = 0;
    f->cpu.end_block = true;
    ck_assert_int_eq(run_string(SENS_outs, 1, INSN_REP), REPEAT);
    ck_assert_uint_eq(chip.writes, 5);
    end();
}
END_TEST

Suite *interpreter_suite(void)
{
    Suite *suite = suite_create("interpreter");
    TCase *tests = tcase_create("interpreter");
    tcase_add_test(tests, popf_changes_what_the_level_may);
    tcase_add_test(tests, pushf_hides_vm_and_rf);
    tcase_add_test(tests, virtual_interrupt_flag_in_v86);
    tcase_add_test(tests, virtual_interrupt_flag_in_protected_mode);
    tcase_add_test(tests, segment_registers);
    tcase_add_test(tests, loading_ss_holds_interrupts_off);
    tcase_add_test(tests, ports);
    tcase_add_test(tests, io_permission_map);
    tcase_add_test(tests, string_input_and_output);
    tcase_add_test(tests, repeated_input_moves_all_and_counts_once);
    tcase_add_test(tests, repeated_output_makes_way_for_what_can_happen);
    suite_add_tcase(suite, tests);
    return suite;
}
