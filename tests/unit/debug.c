/* cpu/debug.c: which accesses debug registers catch, and how the trap is delivered. */
#include "cpu/debug.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { EXECUTE, WRITE, PORT, ACCESS };
enum { LEN1, LEN2, LEN8, LEN4 };

static void breakpoint(struct fixture *f, unsigned n, u32 address, unsigned condition, unsigned length, bool enabled)
{
    u32 *dr = f->cpu.sys.dr;
    dr[n] = address;
    dr[7] = (dr[7] & ~(0xfu << (16 + n * 4) | 3u << n * 2)) | (condition | length << 2) << (16 + n * 4) |
            (enabled ? 1u << n * 2 : 0);
}

static u32 take_trap(struct fixture *f)
{
    u32 trap = f->cpu.debug_trap;
    ck_assert_int_eq(!!(f->cpu.attention & ATTENTION_TRAP), trap != 0);
    f->cpu.debug_trap = 0;
    f->cpu.attention = 0;
    return trap;
}

static const struct data_case {
    u32 at;
    unsigned condition, length;
    u32 linear;
    unsigned size;
    bool write, hit;
} data_cases[] = {
    { 0x1000, WRITE, LEN1, 0x1000, 1, true, true },    { 0x1000, WRITE, LEN1, 0x1000, 1, false, false },
    { 0x1000, ACCESS, LEN1, 0x1000, 1, false, true },  { 0x1000, WRITE, LEN1, 0x0ffd, 4, true, true },
    { 0x1000, WRITE, LEN1, 0x0ffc, 4, true, false },   { 0x1000, WRITE, LEN1, 0x1001, 4, true, false },
    { 0x1003, WRITE, LEN4, 0x1000, 1, true, true },    { 0x1003, WRITE, LEN2, 0x1001, 1, true, false },
    { 0x1003, WRITE, LEN2, 0x1002, 1, true, true },    { 0x1000, WRITE, LEN8, 0x1007, 1, true, true },
    { 0x1000, WRITE, LEN8, 0x1008, 1, true, false },   { 0x1000, EXECUTE, LEN1, 0x1000, 1, true, false },
    { 0, WRITE, LEN4, 0xffffffff, 2, true, true }
};

START_TEST(data)
{
    const struct data_case *c = &data_cases[_i];
    struct fixture *f = fixture_new("max");
    breakpoint(f, 2, c->at, c->condition, c->length, true);
    debug_data_match(&f->cpu, c->linear, c->size, c->write);
    ck_assert_uint_eq(take_trap(f), c->hit ? 4 : 0);
    ck_assert_int_eq(debug_data_page(&f->cpu, c->at & PAGE_MASK), c->condition != EXECUTE);
    ck_assert(!debug_data_page(&f->cpu, 0x5000));
    breakpoint(f, 2, c->at, c->condition, c->length, false);
    debug_data_match(&f->cpu, c->linear, c->size, c->write);
    ck_assert_uint_eq(take_trap(f), 0);
    ck_assert(!debug_data_page(&f->cpu, c->at));
    fixture_free(f);
}
END_TEST

/* A breakpoint that is not enabled reports its B bit only along with one that is. */
START_TEST(disabled_ones_report_along)
{
    struct fixture *f = fixture_new("max");
    breakpoint(f, 0, 0x1000, WRITE, LEN4, false);
    breakpoint(f, 3, 0x1002, WRITE, LEN1, true);
    debug_data_match(&f->cpu, 0x1000, 1, true);
    ck_assert_uint_eq(take_trap(f), 0);
    debug_data_match(&f->cpu, 0x1000, 4, true);
    ck_assert_uint_eq(take_trap(f), 9);
    fixture_free(f);
}
END_TEST

START_TEST(code)
{
    struct fixture *f = fixture_new("max");
    u32 *dr6 = &f->cpu.sys.dr[6];
    *dr6 = 0xffff0ff0;
    breakpoint(f, 1, 0x1000, EXECUTE, LEN1, true);
    ck_assert(!debug_code_match(&f->cpu, 0x1001));
    ck_assert(debug_code_match(&f->cpu, 0x1000));
    ck_assert_uint_eq(*dr6, 0xffff0ff2);
    f->cpu.sys.eflags |= FLAG_RF;
    ck_assert(!debug_code_match(&f->cpu, 0x1000));
    f->cpu.sys.eflags &= ~(u32)FLAG_RF;
    breakpoint(f, 1, 0x1000, WRITE, LEN1, true);
    ck_assert(!debug_code_match(&f->cpu, 0x1000));
    fixture_free(f);
}
END_TEST

START_TEST(ports)
{
    struct fixture *f = fixture_new("max");
    breakpoint(f, 0, 0x3f8, PORT, LEN2, true);
    ck_assert(!debug_io_match(&f->cpu, 0x3f8, 1));                   /* without CR4.DE */
    f->cpu.sys.cr4 |= CR4_DE;
    ck_assert(debug_io_match(&f->cpu, 0x3f9, 1));
    ck_assert_uint_eq(take_trap(f), 1);
    ck_assert(debug_io_match(&f->cpu, 0x3f6, 4));
    take_trap(f);
    ck_assert(!debug_io_match(&f->cpu, 0x3fa, 1));
    debug_data_match(&f->cpu, 0x3f8, 1, true);
    ck_assert_uint_eq(take_trap(f), 0);
    fixture_free(f);
}
END_TEST

START_TEST(trap_delivery)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    idt_gate(f, VEC_DB, SEL_CODE0, 0x6000, 0x8e);
    cpu->sys.dr[6] = 0xffff0ff0;
    cpu->sys.dr[7] = DR7_GD;
    cpu->debug_trap = DR6_BS | 1;
    cpu->attention |= ATTENTION_TRAP;
    debug_trap_deliver(cpu);
    ck_assert_uint_eq(cpu->eip, 0x6000);
    ck_assert_uint_eq(cpu->sys.dr[6], 0xffff4ff1);
    ck_assert_uint_eq(cpu->sys.dr[7] & DR7_GD, 0);                   /* the handler may use the registers */
    ck_assert_uint_eq(peek(f, cpu->gpr[ESP] + 8, 4) & FLAG_RF, 0);
    ck_assert_uint_eq(cpu->debug_trap | (cpu->attention & ATTENTION_TRAP), 0);
    fault_is(f, debug_access_fault(cpu), VEC_DB, -1);
    ck_assert(cpu->sys.dr[6] & DR6_BD);
    fixture_free(f);
}
END_TEST

/* A page that the fast path knows already is watched from MOV DR7 on. */
START_TEST(watched_at_once)
{
    struct fixture *f = fixture_new("max");
    struct cpu *cpu = &f->cpu;
    const u8 one[] = { 0x0f, 0x23, 0xf8, 0xa1, 0x00, 0xa0, 0x00, 0x00 };       /* mov %eax,%dr7; mov 0xa000,%eax */
    u32 value;
    fixture_protected(f, 0);
    ck_assert(seg_read(cpu, DS, 0xa000, 4, &value));
    memory_write(&f->memory, 0x6000, one, sizeof one);
    cpu->sys.dr[0] = 0xa000;
    cpu->gpr[EAX] = 1 | ACCESS << 16 | LEN4 << 18;
    cpu->eip = 0x6000;
    cpu->sys.dr[6] = 0;
    cpu_step(cpu);
    cpu_step(cpu);
    ck_assert_uint_eq((cpu->sys.dr[6] | cpu->debug_trap) & 1, 1);
    fixture_free(f);
}
END_TEST

Suite *debug_suite(void)
{
    Suite *suite = suite_create("debug");
    TCase *tc = tcase_create("debug");
    tcase_add_loop_test(tc, data, 0, ARRAY_LEN(data_cases));
    tcase_add_test(tc, disabled_ones_report_along);
    tcase_add_test(tc, code);
    tcase_add_test(tc, ports);
    tcase_add_test(tc, trap_delivery);
    tcase_add_test(tc, watched_at_once);
    suite_add_tcase(suite, tc);
    return suite;
}
