/* The dispatcher and what it keeps: counts by mode and level, what happens afterwards, statistics, trace, allocator. */
#include "cpu/dispatcher.h"
#include "cpu/monitor.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

struct lines { unsigned count; char text[128][1024]; };
static struct lines lines;

static void keep(void *self, const char *text)
{
    struct lines *to = self;
    ck_assert_uint_lt(to->count, ARRAY_LEN(to->text));
    snprintf(to->text[to->count++], sizeof to->text[0], "%s", text);
}

static enum outcome run(struct fixture *f, enum sensitive_id id, unsigned size)
{
    struct insn *insn = fixture_insn(f, size);
    insn->row = &sensitive_table[id];
    return dispatch(&f->cpu, insn);
}

START_TEST(rows_are_in_order_and_named)
{
    for (unsigned i = 0; i < SENS_COUNT; i++) {
        ck_assert_uint_eq(sensitive_table[i].id, i);
        ck_assert_ptr_nonnull(sensitive_table[i].handler);
        for (unsigned k = 0; k < i; k++)
            ck_assert_str_ne(sensitive_table[i].name, sensitive_table[k].name);
    }
}
END_TEST

START_TEST(what_a_model_has)
{
    static const struct { enum sensitive_id id; const char *model; bool has; } cases[] = {
        { SENS_cpuid, "386", false }, { SENS_cpuid, "486", true }, { SENS_rdtsc, "486", false },
        { SENS_rdtsc, "pentium", true },
        { SENS_invlpg, "386", false }, { SENS_wbinvd, "486", true }, { SENS_mov_to_tr, "486", true },
        { SENS_mov_to_tr, "pentium", false }, { SENS_sysenter, "pentium", false }, { SENS_sysenter, "pentium2", true },
        { SENS_rdpmc, "pentium", false }, { SENS_rdmsr, "pentium", true }, { SENS_fxsave, "pentium", false },
        { SENS_fnsave, "386", true }, { SENS_popf, "386", true }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_msg(sensitive_exists(&sensitive_table[cases[i].id], cpu_model_find(cases[i].model)) == cases[i].has,
                      "case %u", i);
}
END_TEST

START_TEST(counted_by_mode_and_level)
{
    struct fixture *f = fixture_new("max");
    const struct monitor_row *cli = &f->cpu.monitor->row[SENS_cli];
    run(f, SENS_cli, 4);
    fixture_protected(f, 0);
    run(f, SENS_cli, 4);
    run(f, SENS_cli, 4);
    fixture_protected(f, 3);
    fault_is(f, run(f, SENS_cli, 4), VEC_GP, 0);
    fixture_v86(f, 0);
    fault_is(f, run(f, SENS_cli, 4), VEC_GP, 0);
    ck_assert_uint_eq(cli->executed[MODE_REAL * MONITOR_CPLS], 1);
    ck_assert_uint_eq(cli->executed[MODE_PROTECTED * MONITOR_CPLS], 2);
    ck_assert_uint_eq(cli->executed[MODE_PROTECTED * MONITOR_CPLS + 3], 1);
    ck_assert_uint_eq(cli->executed[MODE_V86 * MONITOR_CPLS + 3], 1);
    ck_assert_uint_eq(cli->trapped, 5);
    ck_assert_uint_eq(cli->refused, 2);
    monitor_stats_clear(f->cpu.monitor);
    ck_assert_uint_eq(cli->trapped, 0);
    fixture_free(f);
}
END_TEST

START_TEST(interrupt_shadow_only_where_it_matters)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    f->cpu.intr_level = true;
    ck_assert_int_eq(run(f, SENS_sti, 4), END);
    ck_assert_uint_eq(f->cpu.attention & (ATTENTION_INHIBIT | ATTENTION_INTR), ATTENTION_INHIBIT | ATTENTION_INTR);
    f->cpu.attention = 0;
    ck_assert_int_eq(run(f, SENS_sti, 4), DONE);           /* IF was set already */
    ck_assert_uint_eq(f->cpu.attention, 0);
    f->cpu.sys.eflags &= ~(u32)FLAG_IF;
    f->cpu.intr_level = false;
    ck_assert_int_eq(run(f, SENS_sti, 4), END);            /* one may become due behind it */
    ck_assert_uint_eq(f->cpu.attention, ATTENTION_INHIBIT);
    fixture_free(f);
}
END_TEST

START_TEST(statistics_name_the_first_place)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    f->clock.now = f->cpu.deadline = 77;
    run(f, SENS_smsw, 2);
    f->cpu.eip += 0x10;
    f->clock.now = f->cpu.deadline = 99;
    run(f, SENS_smsw, 2);
    lines.count = 0;
    monitor_stats_print(f->cpu.monitor, f->cpu.model, keep, &lines);
    ck_assert_uint_eq(lines.count, 2);
    ck_assert_ptr_nonnull(strstr(lines.text[1], "smsw"));
    ck_assert_ptr_nonnull(strstr(lines.text[1], "0008:00005000 @77"));
    ck_assert_ptr_nonnull(strstr(lines.text[1], " 20 "));  /* cycles: two of class SYSTEM */
    fixture_free(f);
}
END_TEST

START_TEST(trace_shows_what_changed_and_who_did_it)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    poke(f, AT_CODE, 2, 0x90fa);
    f->cpu.sys.eflags = FLAG_IF;
    f->clock.now = f->cpu.deadline = 1234;
    lines.count = 0;
    monitor_trace_to(f->cpu.monitor, keep, &lines);
    run(f, SENS_cli, 4);
    run(f, SENS_hlt, 4);
    f->cpu.sys.cr0 = CR0_PE | CR0_ET | CR0_TS;
    run(f, SENS_clts, 4);
    f->cpu.gpr[EAX] = 0x12000;
    struct insn *insn = fixture_insn(f, 4);
    insn->row = &sensitive_table[SENS_mov_to_cr];
    insn->reg = 3 * 4;
    dispatch(&f->cpu, insn);
    fixture_protected(f, 3);
    fault_is(f, run(f, SENS_hlt, 4), VEC_GP, 0);
    ck_assert_uint_eq(lines.count, 5);
    ck_assert_str_eq(lines.text[0], "1234 0 0008:00005000 fa90 cli, interpreter eflags 200->0");
    ck_assert_str_eq(lines.text[1], "1234 0 0008:00005000 fa90 hlt, allocator");
    ck_assert_str_eq(lines.text[2], "1234 0 0008:00005000 fa90 clts, interpreter cr0 19->11");
    ck_assert_str_eq(lines.text[3], "1234 0 0008:00005000 fa90 mov cr,r32, interpreter+allocator cr3 0->12000");
    ck_assert_str_eq(lines.text[4], "1234 3 001b:00005000 fa90 hlt, exception vector 13 error 0");
    fixture_free(f);
}
END_TEST

START_TEST(the_table_can_be_printed)
{
    lines.count = 0;
    sensitive_table_print(keep, &lines);
    ck_assert_uint_eq(lines.count, SENS_COUNT + 1);
    for (unsigned i = 0; i < SENS_COUNT; i++)
        ck_assert_ptr_nonnull(strstr(lines.text[i + 1], sensitive_table[i].opcode));
}
END_TEST

/* "17 per Robin and Irvine" are these 18 mnemonics; each of their rows, and no other, is marked RI. */
START_TEST(the_seventeen_are_marked)
{
    static const char *const names[] = {
        "sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "verw", "push", "pop", "call", "jmp",
        "int", "retf", "str", "mov r/m16,sreg", "mov sreg,r/m16"
    };
    for (unsigned i = 0; i < SENS_COUNT; i++) {
        const struct sensitive *row = &sensitive_table[i];
        bool named = false;
        for (unsigned k = 0; k < ARRAY_LEN(names); k++) {
            size_t length = strlen(names[k]);
            named |= strncmp(row->name, names[k], length) == 0 && (row->name[length] == ' ' || !row->name[length]);
        }
        ck_assert_msg(named == (strstr(row->listed, "RI") != NULL), "%s", row->name);
        ck_assert_msg(!named || row->gate[MODE_PROTECTED] <= GATE_OWN, "%s traps", row->name);
    }
}
END_TEST

START_TEST(an_interrupt_line_has_one_owner_or_willing_ones)
{
    struct fixture *f = fixture_new("max");
    struct allocator *allocator = &f->cpu.monitor->allocator;
    struct error why;
    ck_assert(allocator_irq(allocator, 4, "serial0", false, &why));
    ck_assert(!allocator_irq(allocator, 4, "serial2", false, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "serial0"));
    ck_assert(!allocator_irq(allocator, 4, "pci", true, &why));
    ck_assert(!allocator_irq(allocator, 16, "pci", true, &why));
    allocator_irq_release(allocator, 4, "serial2");
    ck_assert(!allocator_irq(allocator, 4, "serial2", false, &why));
    allocator_irq_release(allocator, 4, "serial0");
    ck_assert(allocator_irq(allocator, 4, "net0", true, &why));
    ck_assert(allocator_irq(allocator, 4, "net1", true, &why));
    ck_assert_uint_eq(allocator->granted[RESOURCE_IRQ], 4);
    ck_assert_uint_eq(allocator->refused[RESOURCE_IRQ], 3);
    fixture_free(f);
}
END_TEST

START_TEST(the_allocator_edits_and_remembers)
{
    struct fixture *f = fixture_new("max");
    struct allocator *allocator = &f->cpu.monitor->allocator;
    struct region *rom = memory_map_ram(&f->memory, "window", 0x80000000, 0x1000, 0, 1);
    u64 before = allocator->entries;
    allocator_a20(allocator, !f->memory.a20);
    allocator_a20(allocator, f->memory.a20);               /* no change, no entry */
    allocator_region(allocator, rom, 0x90000000, true);
    ck_assert_uint_eq(rom->base, 0x90000000);
    ck_assert_uint_eq(allocator->entries, before + 2);
    lines.count = 0;
    allocator_print(allocator, keep, &lines);
    ck_assert_ptr_nonnull(strstr(lines.text[lines.count - 1], "window: 80000000 -> 90000000"));
    for (unsigned i = 0; i < 3 * ALLOCATOR_LOG; i++)       /* the log is a ring */
        allocator_a20(allocator, !f->memory.a20);
    ck_assert_uint_eq(allocator->entries, before + 2 + 3 * ALLOCATOR_LOG);
    fixture_free(f);
}
END_TEST

START_TEST(monitor_state_is_covered)
{
    size_t uncovered = 0;
    ck_assert_msg(state_covers(monitor_fields, sizeof(struct monitor), &uncovered), "byte %zu", uncovered);
}
END_TEST

Suite *dispatcher_suite(void)
{
    Suite *suite = suite_create("dispatcher");
    TCase *tests = tcase_create("dispatcher");
    tcase_add_test(tests, rows_are_in_order_and_named);
    tcase_add_test(tests, what_a_model_has);
    tcase_add_test(tests, counted_by_mode_and_level);
    tcase_add_test(tests, interrupt_shadow_only_where_it_matters);
    tcase_add_test(tests, statistics_name_the_first_place);
    tcase_add_test(tests, trace_shows_what_changed_and_who_did_it);
    tcase_add_test(tests, the_table_can_be_printed);
    tcase_add_test(tests, the_seventeen_are_marked);
    tcase_add_test(tests, an_interrupt_line_has_one_owner_or_willing_ones);
    tcase_add_test(tests, the_allocator_edits_and_remembers);
    tcase_add_test(tests, monitor_state_is_covered);
    suite_add_tcase(suite, tests);
    return suite;
}
