/* System management mode: the save map, the mode an SMI enters, RSM, what is latched meanwhile, HLT, relocation, refused
 * states; INIT; and the same run under every monitor. */
#include "cpu/allocator.h"
#include "cpu/debug.h"
#include "cpu/segment.h"
#include "cpu/smm.h"
#include "tests/unit/monitored.h"
#include <check.h>
#include <stdio.h>

enum { HANDLER = SMBASE_RESET + 0x8000, MAP = SMBASE_RESET };

/* Little programs end in JMP to themselves. */
#define SPIN 0xEB, 0xFE

static struct fixture *start(const char *model, unsigned cpl)
{
    struct fixture *f = fixture_new(model);
    fixture_protected(f, cpl);
    return f;
}
static void smi(struct fixture *f)
{
    cpu_set_smi(&f->cpu, 0, true);
    cpu_set_smi(&f->cpu, 0, false);
}
static void run(struct fixture *f, u64 cycles) { cpu_run(&f->cpu, f->clock.now + cycles, UINT64_MAX); }
/* One boundary: SMI, INIT and the like are taken without an instruction. */
static void step(struct fixture *f) { cpu_step(&f->cpu); }

START_TEST(saves_by_the_manual)
{
    struct fixture *f = start("max", 0);
    struct cpu *cpu = &f->cpu;
    for (unsigned i = 0; i < 8; i++) cpu->gpr[i] = 0x11111111 * (i + 1);
    cpu->sys.cr3 = 0x123000;
    cpu->sys.cr4 = CR4_PGE;
    cpu->sys.dr[6] = 0xffff0ff1;
    cpu->sys.dr[7] = 0x500;
    eflags_set(cpu, FLAG_IF | FLAG_CF | FLAG_ZF, ~0u);
    poke(f, MAP + 0xFF02, 2, 0xFFFF);
    poke(f, MAP + 0xFF04, 4, 0xAAAAAAAA);
    u32 cr0 = cpu->sys.cr0;
    smi(f);
    step(f);
    ck_assert(cpu->smm);
    const struct { u16 at; u32 value; } saved[] = {
        { 0xFFFC, cr0 }, { 0xFFF8, 0x123000 }, { 0xFFF4, 0x243 }, { 0xFFF0, AT_CODE }, { 0xFFEC, 0x88888888 },
        { 0xFFE8, 0x77777777 }, { 0xFFE4, 0x66666666 }, { 0xFFE0, 0x55555555 }, { 0xFFDC, 0x44444444 },
        { 0xFFD8, 0x33333333 }, { 0xFFD4, 0x22222222 }, { 0xFFD0, 0x11111111 }, { 0xFFCC, 0xffff0ff1 },
        { 0xFFC8, 0x500 }, { 0xFFC4, SEL_TSS }, { 0xFFC0, SEL_LDT }, { 0xFFBC, SEL_DATA0 }, { 0xFFB8, SEL_DATA0 },
        { 0xFFB4, SEL_DATA0 }, { 0xFFB0, SEL_DATA0 }, { 0xFFAC, SEL_CODE0 }, { 0xFFA8, SEL_DATA0 }, { 0xFF00, 0 },
        { 0xFEFC, 0x20000 }, { 0xFEF8, SMBASE_RESET }, { 0xFF04, 0xAAAAAAAA }, { 0xFF14, CR4_PGE }
    };
    for (unsigned i = 0; i < ARRAY_LEN(saved); i++)
        ck_assert_msg(peek(f, MAP + saved[i].at, 4) == saved[i].value, "%x: %x", saved[i].at, peek(f, MAP + saved[i].at, 4));
    fixture_free(f);
}
END_TEST

START_TEST(enters_a_real_mode_of_its_own)
{
    struct fixture *f = start("max", 3);
    struct cpu *cpu = &f->cpu;
    cpu->sys.cr0 |= CR0_TS | CR0_EM | CR0_MP | CR0_NE | CR0_WP;
    cpu->sys.cr4 = CR4_VME | CR4_DE;
    cpu->sys.dr[7] = 0x403;
    cpu->sys.eflags = FLAG_IF | FLAG_TF | FLAG_IOPL;
    cpu_mode_changed(cpu);
    CODE(f, HANDLER, SPIN);
    smi(f);
    run(f, 500);
    ck_assert_uint_eq(cpu->sys.cr0 & (CR0_PE | CR0_EM | CR0_TS | CR0_PG), 0);
    ck_assert_uint_eq(cpu->sys.cr0 & (CR0_MP | CR0_NE | CR0_WP), CR0_MP | CR0_NE | CR0_WP);
    ck_assert_uint_eq(cpu->sys.cr4, 0);
    ck_assert_uint_eq(cpu->sys.dr[7], 0x400);
    ck_assert_uint_eq(eflags_get(cpu), 2);
    ck_assert_uint_eq(cpu->sys.cpl, 0);
    ck_assert_uint_eq(cpu->eip, 0x8000);
    ck_assert_uint_eq(cpu->sys.seg[CS].selector, 0x3000);
    ck_assert_uint_eq(cpu->sys.seg[CS].base, 0x30000);
    for (unsigned i = ES; i <= GS; i++) {
        ck_assert_uint_eq(cpu->sys.seg[i].limit, 0xffffffff);
        if (i != CS) ck_assert(cpu->sys.seg[i].selector == 0 && cpu->sys.seg[i].base == 0);
        ck_assert(!(cpu->sys.seg[i].attr & ATTR_DB));
    }
    fixture_free(f);
}
END_TEST

static unsigned smiact_rises, smiact_falls;
static void smiact(void *self, bool level)
{
    (void)self;
    *(level ? &smiact_rises : &smiact_falls) += 1;
}

/* In the middle of a program of level 3 in virtual-8086 mode, and of one of level 3 with paging: it goes on. */
START_TEST(comes_back_to_where_it_was)
{
    for (unsigned v86 = 0; v86 < 2; v86++) {
        struct fixture *f = start("max", 3);
        struct cpu *cpu = &f->cpu;
        smiact_rises = smiact_falls = 0;
        cpu->smiact = smiact;
        if (v86) fixture_v86(f, 3);
        CODE(f, cpu->sys.seg[CS].base + cpu->eip, 0x40, 0x43, SPIN);       /* inc eax; inc ebx */
        CODE(f, HANDLER, 0x66, 0xB8, 1, 2, 3, 4, 0x8E, 0xD8, 0x0F, 0xAA);  /* mov eax,4030201; mov ds,ax; rsm */
        for (u32 i = 0; i < 512; i++) poke(f, 0x100000 + i * 4, 4, i << 12 | 7);
        poke(f, 0x101000, 4, 0x100007);
        allocator_cr3(cpu, &cpu->sys, 0x101000);
        allocator_cr4(cpu, &cpu->sys, CR4_PGE | CR4_DE);
        allocator_cr0(cpu, &cpu->sys, cpu->sys.cr0 | CR0_PG);
        cpu_mode_changed(cpu);
        step(f);
        fixture_mark(f);
        u32 eip = cpu->eip;
        smi(f);
        step(f);
        for (unsigned i = 0; i < 3; i++) step(f);
        ck_assert(!cpu->smm && cpu->eip == eip);
        ck_assert(fixture_unchanged(f));
        ck_assert(smiact_rises == 1 && smiact_falls == 1);
        run(f, 100);
        ck_assert(cpu->gpr[EAX] == 1 && cpu->gpr[EBX] == 1 && cpu->sys.cpl == 3);
        fixture_free(f);
    }
}
END_TEST

START_TEST(rsm_elsewhere_is_undefined)
{
    for (unsigned mode = 0; mode < 3; mode++) {
        struct fixture *f = start("max", 0);
        if (mode == 2) fixture_v86(f, 3);
        if (mode == 0) {
            f->cpu.sys.cr0 &= ~(u32)CR0_PE;
            cpu_mode_changed(&f->cpu);
        }
        struct insn *insn = fixture_insn(f, 4);
        insn->row = &sensitive_table[SENS_rsm];
        fault_is(f, dispatch(&f->cpu, insn), VEC_UD, -1);
        fixture_free(f);
    }
}
END_TEST

/* Halted, SMM goes back to the HLT, unless the handler clears the word. */
START_TEST(restarts_hlt)
{
    for (unsigned clear = 0; clear < 2; clear++) {
        struct fixture *f = start("max", 0);
        CODE(f, AT_CODE, 0xF4, 0x40, SPIN);                                /* hlt; inc eax */
        CODE(f, HANDLER, 0x2E, 0xC6, 0x06, 0x02, 0xFF, 0, 0x0F, 0xAA);     /* mov byte cs:[ff02],0; rsm */
        if (!clear) CODE(f, HANDLER, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90);
        run(f, 100);
        ck_assert(f->cpu.attention & ATTENTION_HALTED);
        smi(f);
        step(f);
        ck_assert(f->cpu.smm && !(f->cpu.attention & ATTENTION_HALTED));
        ck_assert_uint_eq(peek(f, MAP + 0xFF02, 2), 1);
        ck_assert_uint_eq(peek(f, MAP + 0xFFF0, 4), AT_CODE + 1);
        run(f, 1000);
        ck_assert(!f->cpu.smm);
        ck_assert_uint_eq(!(f->cpu.attention & ATTENTION_HALTED), clear);
        ck_assert_uint_eq(f->cpu.gpr[EAX], clear);
        fixture_free(f);
    }
}
END_TEST

START_TEST(relocates)
{
    struct fixture *f = start("max", 0);
    CODE(f, AT_CODE, SPIN);
    CODE(f, HANDLER, 0x2E, 0x66, 0xC7, 0x06, 0xF8, 0xFE, 0x00, 0x00, 0x0A, 0x00, 0x0F, 0xAA);   /* SMBASE A0000 */
    CODE(f, 0xA8000, SPIN);
    smi(f);
    run(f, 500);
    ck_assert_uint_eq(f->cpu.smbase, 0xA0000);
    smi(f);
    run(f, 500);
    ck_assert(f->cpu.smm && f->cpu.sys.seg[CS].selector == 0xA000 && f->cpu.sys.seg[CS].base == 0xA0000);
    ck_assert_uint_eq(peek(f, 0xAFEF8, 4), 0xA0000);
    cpu_reset(&f->cpu);
    ck_assert(!f->cpu.smm && f->cpu.smbase == SMBASE_RESET);
    fixture_free(f);
}
END_TEST

/* One SMI, one NMI and one INIT wait for RSM; the SMI goes first. */
START_TEST(latches)
{
    struct fixture *f = start("max", 0);
    idt_gate(f, VEC_NMI, SEL_CODE0, AT_CODE + 0x100, 0x8e);
    CODE(f, AT_CODE, SPIN);
    CODE(f, AT_CODE + 0x100, 0x43, SPIN);                                  /* inc ebx */
    CODE(f, HANDLER, 0x2E, 0x66, 0xFF, 0x06, 0x00, 0x90, 0x0F, 0xAA);      /* inc dword cs:[9000]; rsm */
    smi(f);
    step(f);
    smi(f);
    smi(f);
    cpu_set_nmi(&f->cpu, 0, true);
    ck_assert(!(f->cpu.attention & ATTENTION_SMI));
    run(f, 1000);
    ck_assert_uint_eq(peek(f, MAP + 0x9000, 4), 2);
    ck_assert_uint_eq(f->cpu.gpr[EBX], 1);
    ck_assert(f->cpu.nmi_blocked && !f->cpu.smm);
    /* INIT inside. */
    smi(f);
    step(f);
    cpu_set_init(&f->cpu, 0, true);
    step(f);
    ck_assert(f->cpu.smm);
    step(f);
    ck_assert(!f->cpu.smm && f->cpu.init_pending);
    step(f);
    ck_assert(!f->cpu.init_pending && f->cpu.eip == 0xfff0 && f->cpu.sys.seg[CS].base == 0xffff0000);
    fixture_free(f);
}
END_TEST

/* An IRET in SMM opens it to NMIs. */
START_TEST(nmi_after_iret_inside)
{
    struct fixture *f = start("max", 0);
    f->cpu.gpr[ESP] = 0x7000;
    CODE(f, HANDLER, 0x9C, 0x0E, 0x68, 0x06, 0x80, 0xCF, 0x90, SPIN);      /* pushf; push cs; push 8006; iret; nop */
    poke(f, AT_IDT + VEC_NMI * 4, 4, 0x30009000);
    CODE(f, MAP + 0x9000, 0x43, SPIN);
    smi(f);
    step(f);
    cpu_set_nmi(&f->cpu, 0, true);
    run(f, 1000);
    ck_assert_uint_eq(f->cpu.gpr[EBX], 1);
    ck_assert(f->cpu.smm);
    fixture_free(f);
}
END_TEST

static const struct { u16 at; u32 value; } refused[] = {
    { 0xFFFC, 0x80000010 }, { 0xFFFC, 0x20000010 }, { 0xFF14, 0x80000000 }
};

START_TEST(invalid_states_shut_down)
{
    for (unsigned i = 0; i < ARRAY_LEN(refused); i++) {
        struct fixture *f = start("max", 0);
        CODE(f, HANDLER, 0x0F, 0xAA);
        smi(f);
        step(f);
        poke(f, MAP + refused[i].at, 4, refused[i].value);
        run(f, 100);
        ck_assert_msg(f->cpu.attention & ATTENTION_SHUTDOWN, "%u", i);
        fixture_free(f);
    }
    /* A Pentium wants SMBASE aligned to 32 KiB. */
    for (unsigned p6 = 0; p6 < 2; p6++) {
        struct fixture *f = start(p6 ? "max" : "pentium", 0);
        CODE(f, HANDLER, 0x0F, 0xAA);
        smi(f);
        step(f);
        poke(f, MAP + 0xFEF8, 4, 0x34000);
        step(f);
        ck_assert_uint_eq(!(f->cpu.attention & ATTENTION_SHUTDOWN), p6);
        fixture_free(f);
    }
}
END_TEST

/* Whatever SMRAM says, what comes of it is a state: random maps. */
START_TEST(hostile_maps)
{
    u64 random = 5;
    for (unsigned i = 0; i < 300; i++) {
        struct fixture *f = start("max", 0);
        for (u32 at = 0; at < 0x1000; at += 4) poke(f, AT_CODE + at, 4, 0xFEEB9090);
        CODE(f, HANDLER, 0x0F, 0xAA);
        smi(f);
        step(f);
        for (u32 at = 0xFE00; at < 0x10000; at += 4) {
            random = random * 6364136223846793005 + 1442695040888963407;
            if (at != 0xFF14 && random >> 60 < 6) poke(f, MAP + at, 4, (u32)(random >> 20));
        }
        poke(f, MAP + 0xFFFC, 4, (u32)(random >> 20) & ~0x60000000u);
        run(f, 2000);
        fixture_free(f);
    }
}
END_TEST

/* TF's trap waits until after SMM; STI's shadow holds an SMI off. */
START_TEST(order_of_events)
{
    struct fixture *f = start("max", 0);
    idt_gate(f, VEC_DB, SEL_CODE0, AT_CODE + 0x100, 0x8e);
    CODE(f, AT_CODE, 0x90, SPIN);
    CODE(f, AT_CODE + 0x100, 0x43, SPIN);
    CODE(f, HANDLER, 0x90, 0x0F, 0xAA);
    f->cpu.debug_trap = DR6_BS;
    f->cpu.attention |= ATTENTION_TRAP;
    smi(f);
    step(f);
    ck_assert(f->cpu.smm && !(f->cpu.attention & ATTENTION_TRAP));
    step(f);
    step(f);
    ck_assert(!f->cpu.smm && f->cpu.gpr[EBX] == 0 && f->cpu.attention & ATTENTION_TRAP);
    run(f, 200);
    ck_assert(f->cpu.gpr[EBX] == 1 && f->cpu.sys.dr[6] & DR6_BS);
    fixture_free(f);

    f = start("max", 0);
    CODE(f, AT_CODE, 0xFB, 0x40, 0x40, SPIN);                              /* sti; inc eax; inc eax */
    CODE(f, HANDLER, SPIN);
    step(f);
    smi(f);
    run(f, 300);
    ck_assert(f->cpu.smm && f->cpu.gpr[EAX] == 1);
    fixture_free(f);
}
END_TEST

START_TEST(the_386_has_no_smi)
{
    struct fixture *f = start("386", 0);
    smi(f);
    ck_assert(!f->cpu.smi_pending && !(f->cpu.attention & ATTENTION_SMI));
    fixture_free(f);
}
END_TEST

START_TEST(init_keeps_what_reset_does_not)
{
    struct fixture *f = start("max", 3);
    struct cpu *cpu = &f->cpu;
    CODE(f, AT_CODE, 0xD9, 0xE8, SPIN);                                    /* fld1 */
    cpu->sys.cr0 &= ~(u32)(CR0_CD | CR0_NW);
    cpu->sys.sysenter_eip = 0x1234;
    cpu->sys.mtrr_base[3] = 0x5000;
    cpu->sys.apic_base = 0xfed00900;
    cpu->smbase = 0xA0000;
    run(f, 300);
    u8 empty = cpu->fpu.empty;
    cpu_set_init(cpu, 0, true);
    step(f);
    ck_assert_uint_eq(cpu->sys.cr0, CR0_ET);
    ck_assert(cpu->sys.sysenter_eip == 0x1234 && cpu->sys.mtrr_base[3] == 0x5000 && cpu->sys.apic_base == 0xfed00900);
    ck_assert(cpu->smbase == 0xA0000 && cpu->fpu.empty == empty && empty != 0xff);
    ck_assert(cpu->sys.cpl == 0 && cpu->eip == 0xfff0 && cpu->gpr[EDX] == cpu->model->signature && cpu->gpr[EAX] == 0);
    ck_assert(cpu->sys.gdtr.limit == 0xffff && cpu->sys.seg[CS].selector == 0xf000);
    fixture_free(f);
}
END_TEST

/* ---- under monitors ---- */
/* A handler that goes to protected mode, looks around with what does not trap on a Pentium, and comes back from there. */
static void handler_put(struct fixture *f)
{
    CODE(f, HANDLER, 0x2E, 0x66, 0xFF, 0x06, 0x00, 0x90,                   /* inc dword cs:[9000] */
         0x2E, 0x66, 0x0F, 0x01, 0x16, 0x10, 0x90,                         /* lgdtd cs:[9010] */
         0x0F, 0x20, 0xC0, 0x66, 0x83, 0xC8, 0x01, 0x0F, 0x22, 0xC0,       /* mov eax,cr0; or eax,1; mov cr0,eax */
         0x66, 0xEA, 0x00, 0x81, 0x03, 0x00, 0x08, 0x00);                  /* jmp 8:38100 */
    CODE(f, HANDLER + 0x100, 0x66, 0xB8, 0x10, 0, 0x8E, 0xD8, 0x8E, 0xD0,  /* mov ax,10; mov ds,eax; mov ss,eax */
         0xBC, 0, 0xF0, 3, 0, 0x9C, 0x8F, 0x05, 0x40, 0x90, 3, 0,          /* mov esp,3f000; pushf; pop [39040] */
         0x0F, 0x01, 0x0D, 0x44, 0x90, 3, 0, 0x0F, 0x01, 0xE0,             /* sidt [39044]; smsw eax */
         0xA3, 0x50, 0x90, 3, 0, 0x0E, 0x8F, 0x05, 0x54, 0x90, 3, 0,       /* mov [39050],eax; push cs; pop [39054] */
         0x0F, 0xAA);                                                      /* rsm */
    poke(f, MAP + 0x9010, 2, 0x17);
    poke(f, MAP + 0x9012, 4, MAP + 0x9020);
    poke(f, MAP + 0x9028, 4, 0x0000ffff);
    poke(f, MAP + 0x902C, 4, 0x00cf9b00);
    poke(f, MAP + 0x9030, 4, 0x0000ffff);
    poke(f, MAP + 0x9034, 4, 0x00cf9300);
}

static struct fixture *run_disturbed(const char *vmm, enum engine engine, const struct program *program, u64 cut)
{
    struct fixture *f = monitored(vmm);
    struct cpu *cpu = &f->cpu;
    cpu_engine(cpu, &(struct engine_options){ engine, 32, 0 });
    handler_put(f);
    program_begin(f, program);
    u64 next_smi = 97, next_irq = program->irq_every ? program->irq_every : UINT64_MAX;
    while (f->clock.now < 3 * PROGRAM_CYCLES && !(cpu->attention & ATTENTION_SHUTDOWN)) {
        for (; next_smi <= f->clock.now; next_smi += 997) smi(f);
        for (; next_irq <= f->clock.now; next_irq += program->irq_every) cpu_set_intr(cpu, 0, true);
        u64 limit = MIN(MIN(next_smi, next_irq), (u64)3 * PROGRAM_CYCLES), before = f->clock.now;
        cpu_run(cpu, limit, cut ? cpu->insns + cut : UINT64_MAX);
        if (cpu->attention & ATTENTION_HALTED && f->clock.now == before) f->clock.now = limit;
    }
    return f;
}

START_TEST(monitors_see_the_same)
{
    /* The last shows a guest of its kernel what the chip holds; SMM never. */
    static const char *const monitors[] = { "strict", "pentium,cure=all", "strict,paging=shadow", "pentium" };
    for (unsigned p = 0; p < PROGRAMS; p++) {
        struct fixture *bare = run_disturbed("compliant", ENGINE_TAIL, &programs[p], 0);
        ck_assert_uint_gt(peek(bare, MAP + 0x9000, 4), 20);
        ck_assert_uint_eq(peek(bare, MAP + 0x9040, 4), 6);
        ck_assert_uint_eq(peek(bare, MAP + 0x9054, 2), 8);
        for (unsigned i = 0; i < ARRAY_LEN(monitors) - programs[p].leaks; i++) {
            struct fixture *f = run_disturbed(monitors[i], i ? ENGINE_TAIL : ENGINE_LOOP, &programs[p], i ? 0 : 7);
            guests_same(bare, f, programs[p].name);
            fixture_free(f);
        }
        struct fixture *loop = run_disturbed("compliant", ENGINE_LOOP, &programs[p], 1);
        guests_same(bare, loop, programs[p].name);
        fixture_free(loop);
        fixture_free(bare);
    }
}
END_TEST

Suite *smm_suite(void)
{
    Suite *suite = suite_create("smm");
    TCase *tc = tcase_create("smm");
    tcase_add_test(tc, saves_by_the_manual);
    tcase_add_test(tc, enters_a_real_mode_of_its_own);
    tcase_add_test(tc, comes_back_to_where_it_was);
    tcase_add_test(tc, rsm_elsewhere_is_undefined);
    tcase_add_test(tc, restarts_hlt);
    tcase_add_test(tc, relocates);
    tcase_add_test(tc, latches);
    tcase_add_test(tc, nmi_after_iret_inside);
    tcase_add_test(tc, invalid_states_shut_down);
    tcase_add_test(tc, hostile_maps);
    tcase_add_test(tc, order_of_events);
    tcase_add_test(tc, the_386_has_no_smi);
    tcase_add_test(tc, init_keeps_what_reset_does_not);
    tcase_add_test(tc, monitors_see_the_same);
    suite_add_tcase(suite, tc);
    return suite;
}
