/* The interpreter table, what is privileged: control, debug, test and model-specific registers, descriptor tables;
 * and the questions about descriptors. Each instruction by its row, through the dispatcher, against the manuals' rules. */
#include "cpu/monitor.h"
#include "tests/unit/sensitive_run.h"
#include <check.h>

/* ---- who may ---- */

static const u8 needs_cpl0[] = {
    SENS_lgdt, SENS_lidt, SENS_lldt, SENS_ltr, SENS_lmsw, SENS_clts, SENS_mov_from_cr, SENS_mov_to_cr, SENS_mov_from_dr,
    SENS_mov_to_dr, SENS_mov_from_tr, SENS_mov_to_tr, SENS_invlpg, SENS_invd, SENS_wbinvd, SENS_hlt, SENS_rdmsr,
    SENS_wrmsr, SENS_sysexit
};

START_TEST(privileged_instructions_need_level_0)
{
    begin("max");
    for (unsigned cpl = 1; cpl <= 3; cpl += 2) {
        fixture_protected(f, cpl);
        sys->eflags |= FLAG_IOPL;                  /* IOPL does not help */
        for (unsigned i = 0; i < ARRAY_LEN(needs_cpl0); i++) {
            fixture_mark(f);
            fault_is(f, run((enum sensitive_id)needs_cpl0[i], 4), VEC_GP, 0);
            ck_assert(fixture_unchanged(f));
        }
    }
    end();
}
END_TEST

START_TEST(not_recognised_outside_protected_mode)
{
    static const u8 protected_only[] = {
        SENS_sldt, SENS_str, SENS_lldt, SENS_ltr, SENS_lar, SENS_lsl, SENS_verr, SENS_verw
    };
    begin("max");
    for (unsigned i = 0; i < ARRAY_LEN(protected_only); i++)
        fault_is(f, run((enum sensitive_id)protected_only[i], 2), VEC_UD, -1);
    fault_is(f, run(SENS_sysenter, 4), VEC_GP, 0);
    fault_is(f, run(SENS_sysexit, 4), VEC_GP, 0);
    fixture_v86(f, 3);
    for (unsigned i = 0; i < ARRAY_LEN(protected_only); i++)
        fault_is(f, run((enum sensitive_id)protected_only[i], 2), VEC_UD, -1);
    fault_is(f, run(SENS_hlt, 4), VEC_GP, 0);
    fault_is(f, run(SENS_rsm, 4), VEC_UD, -1);
    end();
}
END_TEST

START_TEST(iopl_guards_the_interrupt_flag)
{
    static const u8 iopl_v86[] = { SENS_cli, SENS_sti, SENS_pushf, SENS_popf, SENS_iret };
    begin("max");
    fixture_protected(f, 3);
    fault_is(f, run(SENS_cli, 4), VEC_GP, 0);
    fault_is(f, run(SENS_sti, 4), VEC_GP, 0);
    sys->eflags |= FLAG_IOPL;
    ck_assert_int_ne(run(SENS_sti, 4), FAULT);
    ck_assert(sys->eflags & FLAG_IF);
    ck_assert_int_eq(run(SENS_cli, 4), DONE);
    ck_assert(!(sys->eflags & FLAG_IF));
    fixture_v86(f, 2);
    for (unsigned i = 0; i < ARRAY_LEN(iopl_v86); i++)
        fault_is(f, run((enum sensitive_id)iopl_v86[i], 2), VEC_GP, 0);
    end();
}
END_TEST

START_TEST(clock_and_counters_obey_cr4)
{
    begin("max");
    fixture_protected(f, 3);
    f->cpu.gpr[ECX] = 0;
    f->clock.now = f->cpu.deadline = 0x123456789;
    sys->tsc_offset = 7;
    ck_assert_int_eq(run(SENS_rdtsc, 4), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0x23456790);
    ck_assert_uint_eq(f->cpu.gpr[EDX], 1);
    fault_is(f, run(SENS_rdpmc, 4), VEC_GP, 0);
    sys->cr4 = CR4_TSD | CR4_PCE;
    fault_is(f, run(SENS_rdtsc, 4), VEC_GP, 0);
    ck_assert_int_eq(run(SENS_rdpmc, 4), DONE);
    f->cpu.gpr[ECX] = 2;
    fault_is(f, run(SENS_rdpmc, 4), VEC_GP, 0);
    sys->cpl = 0;
    ck_assert_int_eq(run(SENS_rdtsc, 4), DONE);
    end();
}
END_TEST

/* ---- control registers ---- */

static enum outcome write_cr(unsigned number, u32 value)
{
    f->cpu.gpr[EBX] = value;
    return run_reg(SENS_mov_to_cr, 4, number, EBX);
}

START_TEST(cr0_combinations)
{
    begin("max");
    sys->cr0 = CR0_ET;
    fault_is(f, write_cr(0, CR0_PG), VEC_GP, 0);
    fault_is(f, write_cr(0, CR0_NW), VEC_GP, 0);
    ck_assert_int_eq(write_cr(0, CR0_NW | CR0_CD), END);
    ck_assert_int_eq(write_cr(0, 0xffffffff), END);
    ck_assert_uint_eq(sys->cr0, 0xe005003f);
    ck_assert_int_eq(run_reg(SENS_mov_from_cr, 4, 0, ESI), DONE);
    ck_assert_uint_eq(f->cpu.gpr[ESI], 0xe005003f);
    sys->cpl = 0;
    ck_assert_int_eq(write_cr(0, 0), END);
    ck_assert_uint_eq(sys->cr0, CR0_ET);
    end();
    begin("386");
    sys->cr0 = 0;
    ck_assert_int_eq(write_cr(0, 0x7fffffff), END);
    ck_assert_uint_eq(sys->cr0, CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET);
    end();
}
END_TEST

START_TEST(a_new_mode_is_made_known)
{
    begin("max");
    u32 key = f->cpu.key;
    ck_assert_int_eq(write_cr(0, CR0_PE), END);
    ck_assert_uint_ne(f->cpu.key, key);
    end();
}
END_TEST

START_TEST(cr3_and_cr4)
{
    begin("max");
    ck_assert_int_eq(write_cr(3, 0x12345fff), END);
    ck_assert_uint_eq(sys->cr3, 0x12345018);
    fault_is(f, write_cr(4, CR4_PAE), VEC_GP, 0);
    fault_is(f, write_cr(4, 0x80000000), VEC_GP, 0);
    ck_assert_int_eq(write_cr(4, 0x7df), END);
    ck_assert_uint_eq(sys->cr4, 0x7df);
    ck_assert_int_eq(write_cr(2, 0xdeadbeef), DONE);
    ck_assert_int_eq(run_reg(SENS_mov_from_cr, 4, 2, EAX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0xdeadbeef);
    static const u8 absent[] = { 1, 5, 6, 7 };
    for (unsigned i = 0; i < ARRAY_LEN(absent); i++) {
        fault_is(f, write_cr(absent[i], 0), VEC_UD, -1);
        fault_is(f, run_reg(SENS_mov_from_cr, 4, absent[i], EAX), VEC_UD, -1);
    }
    end();
    begin("pentium");
    fault_is(f, write_cr(4, CR4_PGE), VEC_GP, 0);
    end();
    begin("486");
    fault_is(f, write_cr(4, 0), VEC_UD, -1);
    fault_is(f, run_reg(SENS_mov_from_cr, 4, 4, EAX), VEC_UD, -1);
    end();
}
END_TEST

/* One page table at 10000h maps linear 400000h; changing it shows only once the TLB has lost the entry. */
static u32 mapped(void)
{
    u32 value = 0;
    ck_assert(seg_read(&f->cpu, DS, 0x400000, 4, &value));
    return value;
}

static void page_setup(u32 pte_flags)
{
    fixture_protected(f, 0);
    poke(f, 0x10000, 4, 0x11003);
    poke(f, 0x10004, 4, 0x12003);
    for (unsigned i = 0; i < 512; i++)
        poke(f, 0x11000 + i * 4, 4, i << 12 | 3);
    poke(f, 0x12000, 4, 0x20000 | pte_flags);
    poke(f, 0x20000, 4, 0x20);
    poke(f, 0x21000, 4, 0x21);
    sys->cr4 = CR4_PGE;
    ck_assert_int_eq(write_cr(3, 0x10000), END);
    ck_assert_int_eq(write_cr(0, CR0_PE | CR0_PG), END);
    ck_assert_uint_eq(mapped(), 0x20);
    poke(f, 0x12000, 4, 0x21000 | pte_flags);
    ck_assert_uint_eq(mapped(), 0x20);
}

START_TEST(what_drops_translations)
{
    enum { RW = 3, GLOBAL = 0x103 };
    begin("max");
    page_setup(RW);
    ck_assert_int_eq(write_cr(3, 0x10000), END);
    ck_assert_uint_eq(mapped(), 0x21);
    page_setup(RW);
    ck_assert_int_eq(run_mem(SENS_invlpg, 4, 7, 0x400ffc), END);
    ck_assert_uint_eq(mapped(), 0x21);
    page_setup(GLOBAL);
    ck_assert_int_eq(write_cr(3, 0x10000), END);
    ck_assert_uint_eq(mapped(), 0x20);
    ck_assert_int_eq(write_cr(4, 0), END);
    ck_assert_uint_eq(mapped(), 0x21);
    page_setup(GLOBAL);
    ck_assert_int_eq(write_cr(0, CR0_PE), END);
    ck_assert_int_eq(write_cr(0, CR0_PE | CR0_PG), END);
    ck_assert_uint_eq(mapped(), 0x21);
    end();
}
END_TEST

START_TEST(machine_status_word)
{
    begin("max");
    sys->cr0 = 0x60050013;
    poke(f, 0x4000, 4, 0xffffffff);
    ck_assert_int_eq(run_mem(SENS_smsw, 4, 4, 0x4000), DONE);
    ck_assert_uint_eq(peek(f, 0x4000, 4), 0xffff0013);
    ck_assert_int_eq(run_reg(SENS_smsw, 4, 4, EDX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EDX], 0x60050013);
    sys->cr0 = CR0_PE | CR0_ET;
    sys->cpl = 0;
    f->cpu.gpr[EDX] = 0xfffffffe & ~CR0_TS;
    ck_assert_int_eq(run_reg(SENS_lmsw, 2, 6, EDX), END);
    ck_assert_uint_eq(sys->cr0, CR0_PE | CR0_ET | CR0_MP | CR0_EM);
    f->cpu.gpr[EDX] = CR0_TS;
    ck_assert_int_eq(run_reg(SENS_lmsw, 2, 6, EDX), END);
    ck_assert_uint_eq(sys->cr0, CR0_PE | CR0_ET | CR0_TS);
    ck_assert_int_eq(run(SENS_clts, 4), END);
    ck_assert_uint_eq(sys->cr0, CR0_PE | CR0_ET);
    ck_assert_int_eq(run(SENS_clts, 4), DONE);
    end();
}
END_TEST

START_TEST(halt_gives_the_time_back)
{
    begin("max");
    ck_assert_int_eq(run(SENS_hlt, 4), END);
    ck_assert(f->cpu.attention & ATTENTION_HALTED);
    ck_assert_uint_eq(f->cpu.monitor->allocator.granted[RESOURCE_CPU_TIME], 1);
    end();
}
END_TEST

/* ---- debug and test registers ---- */

START_TEST(debug_registers)
{
    begin("max");
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = 0xffffffff;
    ck_assert_int_eq(run_reg(SENS_mov_to_dr, 4, 6, EAX), END);
    ck_assert_uint_eq(sys->dr[6], 0xffffefff);
    f->cpu.gpr[EAX] = 0;
    ck_assert_int_eq(run_reg(SENS_mov_to_dr, 4, 4, EAX), END);      /* DR4 is DR6 */
    ck_assert_uint_eq(sys->dr[6], 0xffff0ff0);
    ck_assert_int_eq(run_reg(SENS_mov_from_dr, 4, 4, ECX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0xffff0ff0);
    f->cpu.gpr[EAX] = 0xffffffff;
    ck_assert_int_eq(run_reg(SENS_mov_to_dr, 4, 5, EAX), END);
    ck_assert_uint_eq(sys->dr[7], 0xffff27ff);
    fault_is(f, run_reg(SENS_mov_from_dr, 4, 0, EAX), VEC_DB, -1);  /* GD */
    ck_assert(sys->dr[6] & 1 << 13);
    sys->dr[7] = 0x400;
    sys->cr4 = CR4_DE;
    fault_is(f, run_reg(SENS_mov_from_dr, 4, 4, EAX), VEC_UD, -1);
    fault_is(f, run_reg(SENS_mov_to_dr, 4, 5, EAX), VEC_UD, -1);
    end();
}
END_TEST

START_TEST(test_registers)
{
    begin("486");
    f->cpu.gpr[EAX] = 0x1234;
    ck_assert_int_eq(run_reg(SENS_mov_to_tr, 4, 3, EAX), DONE);
    ck_assert_int_eq(run_reg(SENS_mov_from_tr, 4, 3, EDX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EDX], 0x1234);
    fault_is(f, run_reg(SENS_mov_to_tr, 4, 2, EAX), VEC_UD, -1);
    end();
    begin("386");
    fault_is(f, run_reg(SENS_mov_to_tr, 4, 5, EAX), VEC_UD, -1);
    ck_assert_int_eq(run_reg(SENS_mov_to_tr, 4, 6, EAX), DONE);
    end();
    begin("pentium");
    fault_is(f, run_reg(SENS_mov_to_tr, 4, 6, EAX), VEC_UD, -1);
    end();
}
END_TEST

/* ---- model-specific registers ---- */

static enum outcome write_msr(u32 number, u64 value)
{
    f->cpu.gpr[ECX] = number;
    f->cpu.gpr[EAX] = (u32)value;
    f->cpu.gpr[EDX] = (u32)(value >> 32);
    return run(SENS_wrmsr, 4);
}

static u64 read_msr(u32 number)
{
    f->cpu.gpr[ECX] = number;
    ck_assert_int_eq(run(SENS_rdmsr, 4), DONE);
    return (u64)f->cpu.gpr[EDX] << 32 | f->cpu.gpr[EAX];
}

START_TEST(model_specific_registers)
{
    begin("pentium2");
    static const u32 absent[] = { 2, 0x11, 0x277, 0x1a0, 0x400, 0x210, 0x26f + 1, 0xc0000080, 0xffffffff };
    for (unsigned i = 0; i < ARRAY_LEN(absent); i++) {
        fault_is(f, write_msr(absent[i], 0), VEC_GP, 0);
        fault_is(f, run(SENS_rdmsr, 4), VEC_GP, 0);
    }
    f->clock.now = f->cpu.deadline = 1000;
    ck_assert_int_eq(write_msr(0x10, 0x5500000005), END);
    f->clock.now = f->cpu.deadline = 1100;
    ck_assert_uint_eq(read_msr(0x10), 105);
    ck_assert_int_eq(write_msr(0x176, 0xc0100000), END);
    ck_assert_uint_eq(sys->sysenter_eip, 0xc0100000);
    ck_assert_uint_eq(read_msr(0x176), 0xc0100000);
    ck_assert_uint_eq(read_msr(0x1b), 0xfee00900);
    fault_is(f, write_msr(0x1b, 1), VEC_GP, 0);
    ck_assert_uint_eq(read_msr(0xfe), 0x508);
    ck_assert_int_eq(write_msr(0x26f, 0x0606060606060606), END);
    ck_assert_uint_eq(read_msr(0x26f), 0x0606060606060606);
    ck_assert_uint_eq(sys->mtrr_fixed[10], 0x0606060606060606);
    fault_is(f, write_msr(0x26f, 0x0206060606060606), VEC_GP, 0);
    ck_assert_int_eq(write_msr(0x20f, 0xffff00800), END);
    ck_assert_uint_eq(sys->mtrr_mask[7], 0xffff00800);
    fault_is(f, write_msr(0x20e, 2), VEC_GP, 0);
    fault_is(f, write_msr(0x2ff, 7), VEC_GP, 0);
    ck_assert_uint_eq(read_msr(0x8b) >> 32, 1);
    end();
    begin("pentium");
    ck_assert_int_eq(write_msr(0x10, 0x5500000005), END);
    ck_assert_uint_eq(read_msr(0x10), 0x5500000005);
    fault_is(f, write_msr(0x1b, 0), VEC_GP, 0);
    ck_assert_int_eq(write_msr(0x11, 0), END);
    end();
}
END_TEST

START_TEST(fast_system_calls)
{
    begin("max");
    fixture_protected(f, 3);
    fault_is(f, run(SENS_sysenter, 4), VEC_GP, 0);
    sys->sysenter_cs = 0x103;
    sys->sysenter_esp = 0x8000;
    sys->sysenter_eip = 0x5678;
    sys->eflags |= FLAG_IF;
    ck_assert_int_eq(run(SENS_sysenter, 4), JUMPED);
    ck_assert_uint_eq(sys->seg[CS].selector, 0x100);
    ck_assert_uint_eq(sys->seg[SS].selector, 0x108);
    ck_assert_uint_eq(sys->seg[SS].limit, 0xffffffff);
    ck_assert_uint_eq(sys->seg[CS].attr, 0xc09b);
    ck_assert_uint_eq(sys->cpl, 0);
    ck_assert(!(sys->eflags & FLAG_IF));
    ck_assert_uint_eq(f->cpu.eip, 0x5678);
    ck_assert_uint_eq(f->cpu.gpr[ESP], 0x8000);
    f->cpu.gpr[EDX] = 0x1111;
    f->cpu.gpr[ECX] = 0x2222;
    ck_assert_int_eq(run(SENS_sysexit, 4), JUMPED);
    ck_assert_uint_eq(sys->seg[CS].selector, 0x113);
    ck_assert_uint_eq(sys->seg[SS].selector, 0x11b);
    ck_assert_uint_eq(sys->seg[CS].attr, 0xc0fb);
    ck_assert_uint_eq(sys->seg[SS].attr, 0xc0f3);
    ck_assert_uint_eq(sys->cpl, 3);
    ck_assert_uint_eq(f->cpu.eip, 0x1111);
    ck_assert_uint_eq(f->cpu.gpr[ESP], 0x2222);
    end();
}
END_TEST

/* ---- descriptor tables ---- */

START_TEST(table_registers)
{
    begin("max");
    poke(f, 0x4000, 2, 0x1234);
    poke(f, 0x4002, 4, 0x89abcdef);
    ck_assert_int_eq(run_mem(SENS_lgdt, 2, 2, 0x4000), DONE);
    ck_assert_uint_eq(sys->gdtr.base, 0xabcdef);
    ck_assert_int_eq(run_mem(SENS_lidt, 4, 3, 0x4000), DONE);
    ck_assert_uint_eq(sys->idtr.base, 0x89abcdef);
    ck_assert_uint_eq(sys->idtr.limit, 0x1234);
    poke(f, 0x4106, 1, 0x5a);
    ck_assert_int_eq(run_mem(SENS_sidt, 2, 1, 0x4100), DONE);
    ck_assert_uint_eq(peek(f, 0x4100, 2), 0x1234);
    ck_assert_uint_eq(peek(f, 0x4102, 4), 0x89abcdef);
    ck_assert_uint_eq(peek(f, 0x4106, 1), 0x5a);
    fixture_mark(f);
    fault_is(f, run_mem(SENS_lgdt, 4, 2, 0xfffc), VEC_GP, 0);
    ck_assert(fixture_unchanged(f));
    end();
}
END_TEST

START_TEST(local_descriptor_table_register)
{
    begin("max");
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = SEL_LDT | 3;
    ck_assert_int_eq(run_reg(SENS_lldt, 2, 2, EAX), DONE);
    ck_assert_uint_eq(sys->ldtr.base, AT_LDT);
    ck_assert_int_eq(run_reg(SENS_sldt, 4, 0, EBX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[EBX], SEL_LDT | 3);
    static const struct { u16 selector; u8 vector; } bad[] = {
        { SEL_LDT | 4, VEC_GP }, { SEL_DATA0, VEC_GP }, { SEL_TSS2, VEC_GP }, { SEL_END, VEC_GP }, { SEL_FREE, VEC_NP }
    };
    gdt_set(f, SEL_FREE, 0, 0xff, 0x02);           /* an LDT, not present */
    poke(f, AT_LDT + SEL_LDT, 4, peek(f, AT_GDT + SEL_LDT, 4));            /* an LDT in an LDT */
    poke(f, AT_LDT + SEL_LDT + 4, 4, peek(f, AT_GDT + SEL_LDT + 4, 4));
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        f->cpu.gpr[EAX] = bad[i].selector;
        fixture_mark(f);
        fault_is(f, run_reg(SENS_lldt, 2, 2, EAX), bad[i].vector, bad[i].selector);
        ck_assert(fixture_unchanged(f));
    }
    f->cpu.gpr[EAX] = 3;
    ck_assert_int_eq(run_reg(SENS_lldt, 2, 2, EAX), DONE);
    ck_assert(!(sys->ldtr.attr & ATTR_P));
    end();
}
END_TEST

START_TEST(task_register)
{
    begin("max");
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = SEL_TSS2;
    ck_assert_int_eq(run_reg(SENS_ltr, 2, 3, EAX), DONE);
    ck_assert_uint_eq(sys->tr.base, AT_TSS2);
    ck_assert_uint_eq(sys->tr.attr & 15, 11);
    ck_assert_uint_eq(peek(f, AT_GDT + SEL_TSS2 + 5, 1), 0x8b);
    fault_is(f, run_reg(SENS_ltr, 2, 3, EAX), VEC_GP, SEL_TSS2);    /* busy */
    f->cpu.gpr[EAX] = 0;
    fault_is(f, run_reg(SENS_ltr, 2, 3, EAX), VEC_GP, 0);
    ck_assert_int_eq(run_mem(SENS_str, 4, 1, 0x4000), DONE);
    ck_assert_uint_eq(peek(f, 0x4000, 4), SEL_TSS2);
    end();
}
END_TEST

START_TEST(questions_about_descriptors)
{
    static const struct { u16 selector; u8 cpl; bool lar, lsl, verr, verw; } cases[] = {
        { SEL_CODE0, 0, true,  true,  true,  false }, { SEL_DATA0, 0, true, true, true, true },
        { SEL_DATA0, 3, false, false, false, false }, { SEL_DATA0 | 3, 0, false, false, false, false },
        { SEL_CONFORMING0, 3, true, true, true, false }, { SEL_DATA3, 3, true, true, true, true },
        { SEL_LDT, 0, true, true, false, false }, { SEL_TSS, 0, true, true, false, false },
        { SEL_GATE, 0, true, false, false, false }, { SEL_FREE, 0, false, false, false, false },
        { SEL_END, 0, false, false, false, false }, { 0, 0, false, false, false, false }
    };
    begin("max");
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_protected(f, cases[i].cpl);
        gdt_gate(f, SEL_GATE, SEL_CODE0, 0, 0x8c, 0);
        gdt_gate(f, SEL_FREE, SEL_CODE0, 0, 0x8e, 0);      /* an interrupt gate is no answer */
        const bool expected[4] = { cases[i].lar, cases[i].lsl, cases[i].verr, cases[i].verw };
        for (unsigned k = 0; k < 4; k++) {
            f->cpu.gpr[EAX] = cases[i].selector;
            f->cpu.gpr[ECX] = 0x55555555;
            eflags_set(&f->cpu, FLAG_CF | FLAG_SF | (expected[k] ? 0 : FLAG_ZF), FLAGS_ARITH);
            ck_assert_int_eq(run_reg((enum sensitive_id)(SENS_lar + k), 4, ECX, EAX), DONE);
            ck_assert_msg(!!(eflags_get(&f->cpu) & FLAG_ZF) == expected[k], "case %u question %u", i, k);
            ck_assert_uint_eq(eflags_get(&f->cpu) & (FLAG_CF | FLAG_SF), FLAG_CF | FLAG_SF);
            ck_assert_int_eq(f->cpu.gpr[ECX] != 0x55555555, expected[k] && k < 2);
        }
    }
    fixture_protected(f, 0);
    f->cpu.gpr[EAX] = SEL_CODE0;
    ck_assert_int_eq(run_reg(SENS_lar, 4, ECX, EAX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0x00cf9b00);
    ck_assert_int_eq(run_reg(SENS_lsl, 4, ECX, EAX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0xffffffff);
    f->cpu.gpr[ECX] = 0xaaaaaaaa;
    ck_assert_int_eq(run_reg(SENS_lar, 2, ECX, EAX), DONE);
    ck_assert_uint_eq(f->cpu.gpr[ECX], 0xaaaa9b00);
    end();
}
END_TEST

Suite *privileged_suite(void)
{
    Suite *suite = suite_create("privileged");
    TCase *tests = tcase_create("privileged");
    tcase_add_test(tests, privileged_instructions_need_level_0);
    tcase_add_test(tests, not_recognised_outside_protected_mode);
    tcase_add_test(tests, iopl_guards_the_interrupt_flag);
    tcase_add_test(tests, clock_and_counters_obey_cr4);
    tcase_add_test(tests, cr0_combinations);
    tcase_add_test(tests, a_new_mode_is_made_known);
    tcase_add_test(tests, cr3_and_cr4);
    tcase_add_test(tests, what_drops_translations);
    tcase_add_test(tests, machine_status_word);
    tcase_add_test(tests, halt_gives_the_time_back);
    tcase_add_test(tests, debug_registers);
    tcase_add_test(tests, test_registers);
    tcase_add_test(tests, model_specific_registers);
    tcase_add_test(tests, fast_system_calls);
    tcase_add_test(tests, table_registers);
    tcase_add_test(tests, local_descriptor_table_register);
    tcase_add_test(tests, task_register);
    tcase_add_test(tests, questions_about_descriptors);
    suite_add_tcase(suite, tests);
    return suite;
}
