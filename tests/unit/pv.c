/* Hypercalls (cpu/pv.h): the shared page and when an interrupt may be delivered, who may call, CPUID, reset; and calls whose
 * numbers, pointers and counts are random. */
#include "cpu/monitor.h"
#include "tests/unit/sensitive_run.h"
#include <check.h>
#include <stdlib.h>

enum { AT_SHARED = 0x20000, AT_ARRAY = 0x30000, RAM = 2 << 20 };
enum { CALL_SHARE, CALL_INTERRUPTS, CALL_IRET, CALL_PAGES, CALL_SPACE, CALL_GDT, CALL_IDT, CALL_LDT, CALL_STACK, CALL_IDLE,
       CALL_WRITE, CALLS };

static void begin_under(const char *monitor, unsigned cpl)
{
    struct vmm_config config;
    struct error why;
    begin("max");
    fixture_protected(f, cpl);
    ck_assert(vmm_parse(&config, monitor, &why));
    ck_assert(monitor_configure(&f->cpu, &config, &why));
}

/* The virtual state is in cpu->sys again when it returns. */
static enum outcome call(u32 number, u32 ebx, u32 ecx)
{
    struct insn *insn = row(SENS_int_n, 4);
    insn->imm = PV_VECTOR;
    f->cpu.gpr[EAX] = number;
    f->cpu.gpr[EBX] = ebx;
    f->cpu.gpr[ECX] = ecx;
    enum outcome outcome = dispatch(&f->cpu, insn);
    vmm_enter(&f->cpu);
    return outcome;
}

static s32 result(u32 number, u32 ebx, u32 ecx)
{
    ck_assert_int_eq(call(number, ebx, ecx), END);
    return (s32)f->cpu.gpr[EAX];
}

static void share(void) { ck_assert_int_eq(result(CALL_SHARE, AT_SHARED, 0), PV_OK); }
static u32 word(enum pv_word word) { return peek(f, AT_SHARED + word, 4); }

START_TEST(share_tells_what_is)
{
    begin_under("pv", 0);
    sys->eflags |= FLAG_IF;
    sys->cr2 = 0x1234;
    share();
    ck_assert_uint_eq(word(PV_WORD_FLAG), FLAG_IF);
    ck_assert_uint_eq(word(PV_WORD_PENDING), 0);
    ck_assert_uint_eq(word(PV_WORD_CR2), 0x1234);
    end();
}
END_TEST

START_TEST(flag_is_in_the_page)
{
    begin_under("pv", 0);
    share();
    ck_assert(!pv_interrupts_open(&f->cpu));
    f->cpu.monitor->pv.held = false;
    poke(f, AT_SHARED, 4, 0xffffffff);
    ck_assert(pv_interrupts_open(&f->cpu));
    ck_assert_int_eq(result(CALL_INTERRUPTS, 0, 0), PV_OK);
    ck_assert(sys->eflags & FLAG_IF);
    ck_assert_uint_eq(word(PV_WORD_FLAG), FLAG_IF);
    poke(f, AT_SHARED, 4, 0);
    vmm_enter(&f->cpu);
    ck_assert(!(sys->eflags & FLAG_IF));
    ck_assert_int_eq(result(CALL_SHARE, 0xffffffff, 0), PV_OK);
    sys->eflags |= FLAG_IF;
    vmm_enter(&f->cpu);
    ck_assert(sys->eflags & FLAG_IF);
    end();
}
END_TEST

/* The guest stores its flag between the announcement and its test: nothing comes before it traps. */
START_TEST(held_until_the_next_trap)
{
    begin_under("pv", 0);
    share();
    cpu_set_intr(&f->cpu, 0, true);
    ck_assert(!pv_interrupts_open(&f->cpu));
    ck_assert_uint_eq(word(PV_WORD_PENDING), 1);
    poke(f, AT_SHARED, 4, FLAG_IF);
    ck_assert(!pv_interrupts_open(&f->cpu));
    ck_assert_int_eq(result(CALL_INTERRUPTS, 0, 0), PV_OK);
    ck_assert_uint_eq(word(PV_WORD_PENDING), 0);
    ck_assert(f->cpu.end_block);
    ck_assert(pv_interrupts_open(&f->cpu));
    end();
}
END_TEST

START_TEST(pending_is_told_by_every_trap)
{
    begin_under("pv", 0);
    share();
    cpu_set_intr(&f->cpu, 0, true);
    ck_assert_int_eq(result(CALLS, 0, 0), PV_NO_CALL);
    ck_assert_uint_eq(word(PV_WORD_PENDING), 1);
    cpu_set_intr(&f->cpu, 0, false);
    ck_assert_int_eq(result(CALLS, 0, 0), PV_NO_CALL);
    ck_assert_uint_eq(word(PV_WORD_PENDING), 0);
    end();
}
END_TEST

START_TEST(pages_are_of_ram)
{
    enum { ROM = 8 << 20, DEVICE = 9 << 20 };
    begin_under("pv", 0);
    memory_map_rom(&f->memory, "rom", ROM, PAGE_SIZE, NULL, 0);
    ck_assert_int_eq(result(CALL_SHARE, ROM, 0), PV_BAD_ADDRESS);
    ck_assert_int_eq(result(CALL_SPACE, ROM, 0), PV_BAD_ADDRESS);
    ck_assert_int_eq(result(CALL_SHARE, DEVICE, 0), PV_BAD_ADDRESS);
    ck_assert_int_eq(result(CALL_SHARE, RAM, 0), PV_BAD_ADDRESS);
    ck_assert_int_eq(result(CALL_SHARE, RAM - PAGE_SIZE, 0), PV_OK);
    ck_assert_int_eq(result(CALL_WRITE, RAM - 2, 2), PV_OK);
    ck_assert_int_eq(result(CALL_WRITE, RAM - 2, 3), PV_BAD_ADDRESS);
    end();
}
END_TEST

static u32 touched_read(void *self, u32 offset, unsigned width)
{
    (void)offset, (void)width;
    ++*(unsigned *)self;
    return 0;
}

static void touched_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)value, (void)width;
    ++*(unsigned *)self;
}

START_TEST(page_under_a_device_is_left_alone)
{
    static const struct region_ops ops = { touched_read, touched_write, WIDTH_32 };
    unsigned touched = 0;
    begin_under("pv", 0);
    share();
    memory_map_mmio(&f->memory, "device", AT_SHARED, PAGE_SIZE, &ops, &touched, 1);
    sys->eflags |= FLAG_IF;
    cpu_set_intr(&f->cpu, 0, true);
    ck_assert(pv_interrupts_open(&f->cpu));
    ck_assert_int_eq(result(CALL_INTERRUPTS, 0, 0), PV_OK);
    ck_assert(sys->eflags & FLAG_IF);
    ck_assert_uint_eq(touched, 0);
    end();
}
END_TEST

START_TEST(kernel_is_in_ring_1)
{
    begin_under("pv", 0);
    vmm_leave(&f->cpu);
    ck_assert(f->cpu.on_chip);
    ck_assert_uint_eq(f->cpu.sys.cpl, 1);
    ck_assert_uint_eq(f->cpu.guest->cpl, 0);
    end();
}
END_TEST

START_TEST(idle_opens_interrupts)
{
    begin_under("pv", 0);
    share();
    ck_assert_int_eq(result(CALL_IDLE, 0, 0), PV_OK);
    ck_assert(f->cpu.attention & ATTENTION_HALTED);
    ck_assert_uint_eq(word(PV_WORD_FLAG), FLAG_IF);
    end();
}
END_TEST

START_TEST(iret_gives_eax_back)
{
    begin_under("pv", 0);
    share();
    f->cpu.gpr[ESP] = AT_STACK0 - 24;
    const u32 frame[6] = { 0x11223344, AT_CODE + 0x40, SEL_CODE3, FLAG_IF | FLAG_1, AT_STACK3, SEL_DATA3 };
    for (unsigned i = 0; i < 6; i++)
        poke(f, f->cpu.gpr[ESP] + i * 4, 4, frame[i]);
    ck_assert_int_eq(call(CALL_IRET, 0, 0), JUMPED);
    ck_assert_uint_eq(f->cpu.gpr[EAX], 0x11223344);
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 0x40);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK3);
    ck_assert_uint_eq(sys->cpl, 3);
    ck_assert_uint_eq(word(PV_WORD_FLAG), FLAG_IF);
    end();
}
END_TEST

START_TEST(iret_that_faults_leaves_the_stack)
{
    begin_under("pv", 0);
    f->cpu.gpr[ESP] = AT_STACK0 - 24;
    poke(f, f->cpu.gpr[ESP] + 8, 4, 0x7f0);
    fault_is(f, call(CALL_IRET, 0, 0), VEC_GP, 0x7f0);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 24);
    ck_assert_uint_eq(f->cpu.gpr[EAX], CALL_IRET);
    sys->eflags |= FLAG_NT;
    ck_assert_int_eq(result(CALL_IRET, 0, 0), PV_BAD_STATE);
    end();
}
END_TEST

START_TEST(only_kernels_under_pv_call)
{
    begin_under("pv", 3);
    fault_is(f, call(CALL_IDLE, 0, 0), VEC_GP, PV_VECTOR * 8 + 2);
    end();
    begin_under("strict", 0);
    fault_is(f, call(CALL_IDLE, 0, 0), VEC_GP, PV_VECTOR * 8 + 2);
    ck_assert(!(f->cpu.attention & ATTENTION_HALTED));
    end();
}
END_TEST

static void cpuid(u32 leaf, u32 registers[4])
{
    static const u8 order[4] = { EAX, EBX, ECX, EDX };
    f->cpu.gpr[EAX] = leaf;
    run(SENS_cpuid, 4);
    vmm_enter(&f->cpu);
    for (unsigned i = 0; i < 4; i++)
        registers[i] = f->cpu.gpr[order[i]];
}

START_TEST(cpuid_leaves_only_under_pv)
{
    u32 bare[3][4], pv[3][4];
    static const u32 leaves[3] = { 1, PV_SIGNATURE_LEAF, PV_FEATURE_LEAF };
    for (unsigned i = 0; i < 3; i++) {
        begin_under("strict", 0);
        cpuid(leaves[i], bare[i]);
        end();
        begin_under("pv", 3);                      /* programs see them, too: CPUID traps for all */
        cpuid(leaves[i], pv[i]);
        end();
    }
    ck_assert_mem_eq(bare[1], bare[2], sizeof bare[1]);        /* as the last leaf there is */
    ck_assert_uint_eq(bare[0][2], 0);
    ck_assert_uint_eq(pv[0][2], 0x80000000);
    ck_assert_uint_eq(pv[0][3], bare[0][3]);
    ck_assert_uint_eq(pv[1][0], PV_FEATURE_LEAF);
    ck_assert_mem_eq(&pv[1][1], "trap86 pv   ", 12);
    ck_assert_uint_eq(pv[2][0], 0x3f);
    ck_assert_uint_eq(pv[2][1], PV_VECTOR);
    ck_assert_uint_eq(pv[2][2], PV_ENTRIES_MAX);
}
END_TEST

START_TEST(reset_forgets_the_page)
{
    begin_under("pv", 0);
    share();
    cpu_reset(&f->cpu);
    ck_assert(!f->cpu.monitor->pv.shared);
    end();
}
END_TEST

START_TEST(updates_are_all_or_none)
{
    static const u32 array[2][2] = { { AT_SHARED, 5 }, { RAM, 6 } };
    begin_under("pv", 0);
    memory_write(&f->memory, AT_ARRAY, array, sizeof array);
    ck_assert_int_eq(result(CALL_PAGES, AT_ARRAY, 2), PV_BAD_ADDRESS);
    ck_assert_uint_eq(peek(f, AT_SHARED, 4), 0);
    ck_assert_int_eq(result(CALL_PAGES, AT_ARRAY, 1), PV_OK);
    ck_assert_uint_eq(peek(f, AT_SHARED, 4), 5);
    ck_assert_int_eq(result(CALL_PAGES, RAM - 8, 2), PV_BAD_ADDRESS);
    ck_assert_int_eq(result(CALL_PAGES, RAM - 8, 1), PV_OK);   /* {0, 0} */
    ck_assert_int_eq(result(CALL_PAGES, AT_ARRAY, 0x20000001), PV_BAD_COUNT);   /* times 8 is 8 */
    end();
}
END_TEST

/* Mostly near an edge of something. */
static u32 argument(void)
{
    static const u32 edges[] = { 0, RAM, 0xfffff000, 0x80000000, AT_SHARED, AT_ARRAY, 512, 4096, 0x10000, 0x1000 };
    u32 value = (u32)rand() << 16 ^ (u32)rand();
    return rand() % 4 ? edges[(u32)rand() % ARRAY_LEN(edges)] + value % 17 - 8 : value;
}

START_TEST(random_calls_do_no_harm)
{
    begin_under("pv", 0);
    srand(1);
    for (unsigned i = 0; i < 30000; i++) {
        const u32 number = (u32)rand() % (CALLS + 1), ebx = argument(), ecx = argument();
        const struct system before = *sys;
        if (i % 8 == 0)
            for (u32 at = 0; at < 64; at += 4)
                poke(f, AT_ARRAY + at, 4, argument());
        enum outcome outcome = call(number, ebx, ecx);
        const struct pv *pv = &f->cpu.monitor->pv;
        ck_assert(outcome == END || outcome == FAULT || (number == CALL_IRET && outcome == JUMPED));
        ck_assert(!pv->shared || (pv->page % PAGE_SIZE == 0 && pv->page < RAM));
        ck_assert(outcome != END || ((s32)f->cpu.gpr[EAX] <= 0 && (s32)f->cpu.gpr[EAX] >= PV_BAD_STATE));
        ck_assert_uint_lt(sys->cr3, RAM);
        *sys = before;                             /* whatever it did to itself; the page and memory stay */
        f->cpu.attention = 0;
        cpu_mode_changed(&f->cpu);
    }
    end();
}
END_TEST

Suite *pv_suite(void)
{
    Suite *suite = suite_create("pv");
    TCase *tcase = tcase_create("pv");
    tcase_add_test(tcase, share_tells_what_is);
    tcase_add_test(tcase, flag_is_in_the_page);
    tcase_add_test(tcase, held_until_the_next_trap);
    tcase_add_test(tcase, pending_is_told_by_every_trap);
    tcase_add_test(tcase, pages_are_of_ram);
    tcase_add_test(tcase, page_under_a_device_is_left_alone);
    tcase_add_test(tcase, kernel_is_in_ring_1);
    tcase_add_test(tcase, idle_opens_interrupts);
    tcase_add_test(tcase, iret_gives_eax_back);
    tcase_add_test(tcase, iret_that_faults_leaves_the_stack);
    tcase_add_test(tcase, only_kernels_under_pv_call);
    tcase_add_test(tcase, cpuid_leaves_only_under_pv);
    tcase_add_test(tcase, reset_forgets_the_page);
    tcase_add_test(tcase, updates_are_all_or_none);
    tcase_add_test(tcase, random_calls_do_no_harm);
    suite_add_tcase(suite, tcase);
    return suite;
}
