/* The account of --costs: profiles as text, what each event is charged, sums, adaptive sites, charged time. */
#include "cpu/costs.h"
#include "cpu/block.h"
#include "cpu/monitor.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

extern const char profile_p4_672[], profile_p4_672_end[], profile_lecture[], profile_lecture_end[], profile_flat_1[],
    profile_flat_1_end[];

struct bench { struct fixture *f; struct costs *costs; struct cost_profile profile; };

static void profile_get(struct cost_profile *profile, const char *text, const char *end)
{
    struct error why = { "" };
    ck_assert_msg(cost_profile_parse(profile, "built-in", text, (size_t)(end - text), &why), "%s", why.text);
}

static struct bench bench_new(const char *text, const char *end)
{
    struct bench b = { .f = fixture_new("max") };
    struct error why;
    profile_get(&b.profile, text, end);
    fixture_protected(b.f, 0);
    b.costs = costs_create(&b.f->cpu, &b.profile, &why);
    ck_assert_ptr_nonnull(b.costs);
    return b;
}

static void bench_free(struct bench *b)
{
    costs_destroy(b->costs);
    fixture_free(b->f);
}
#define P4 profile_p4_672, profile_p4_672_end

static void event(struct bench *b, enum vmm_event event, u32 linear) { vmm_event(&b->f->cpu, event, linear, NULL); }

/* A sensitive instruction comes to the dispatcher. */
static void row(struct bench *b, enum vmm_event event, enum sensitive_id id, u8 reg)
{
    struct insn insn = { .row = &sensitive_table[id], .reg = reg, .len = 2 };
    vmm_event(&b->f->cpu, event, AT_CODE, &insn);
}

static struct cost_result result(struct bench *b)
{
    struct cost_result r;
    costs_result(b->costs, 1000000, &r);
    for (unsigned s = 0; s < COST_STRATEGIES; s++) {
        u64 sum = r.base - r.replaced, assumed = 0;
        for (unsigned class = 0; class < CHARGE_CLASSES; class++) {
            sum += r.class[class][s].cycles;
            assumed += r.class[class][s].assumed;
        }
        ck_assert_uint_eq(sum, r.total[s]);              /* T-C6 */
        ck_assert_uint_eq(assumed, r.assumed[s]);
        ck_assert_uint_le(assumed, sum);
    }
    return r;
}

/* Everything charged so far, by strategy. */
static void charged_is(struct bench *b, const u64 (*want)[COST_STRATEGIES])
{
    struct cost_result r = result(b);
    for (unsigned s = 0; s < COST_STRATEGIES; s++)
        ck_assert_msg(r.total[s] - (r.base - r.replaced) == (*want)[s], "%s: %llu, not %llu", cost_strategy_names[s],
                      (unsigned long long)(r.total[s] - (r.base - r.replaced)), (unsigned long long)(*want)[s]);
}
#define CHARGED(b, ...) charged_is(b, &(const u64[COST_STRATEGIES]){ __VA_ARGS__ })

START_TEST(built_in_profiles)
{
    struct cost_profile p;
    profile_get(&p, profile_lecture, profile_lecture_end);
    ck_assert_str_eq(p.name, "lecture");
    ck_assert_uint_eq(p.figure[CHARGE_RDTSC][COST_TE].cycles, 3000);
    profile_get(&p, profile_flat_1, profile_flat_1_end);
    ck_assert_str_eq(p.name, "flat-1");
    profile_get(&p, P4);
    ck_assert_str_eq(p.name, "p4-672");
    ck_assert_uint_eq(p.adapt, 2);
    ck_assert_uint_eq(p.figure[CHARGE_IO][COST_HW].cycles, 15826);
    ck_assert_uint_eq(p.figure[CHARGE_IO][COST_HW].assumed, 0);
    ck_assert_uint_eq(p.figure[CHARGE_IO][COST_TE].cycles, 2244);
    ck_assert_uint_eq(p.figure[CHARGE_IO][COST_TE].assumed, 214);
    ck_assert_uint_eq(p.figure[CHARGE_FLAG][COST_HW].cycles, 60);       /* "=" */
    ck_assert_uint_eq(p.figure[CHARGE_FLAG][COST_HW].assumed, 60);
    ck_assert(p.adaptive[CHARGE_PF_TRACE] && !p.adaptive[CHARGE_PF_HIDDEN]);
    ck_assert_uint_eq(p.before[CHARGE_PF_TRACE].cycles, 2834);
    ck_assert_uint_eq(p.figure[CHARGE_PF_TRACE][COST_BT].cycles, 391);
}
END_TEST

START_TEST(bad_profiles)
{
    static const struct { const char *text, *says; } bad[] = {
        { "", "profile NAME" }, { "profile x\n", "flag is missing" }, { "what 1*\n", "no class 'what'" },
        { "profile x\nflag 1\n", "p:2: 1 has no source" }, { "flag 1[A]\n", "source A" }, { "flag 1*+\n", "no figure" },
        { "flag =\n", "no figure" }, { "flag 1* 2*/3*\n", "too much" }, { "flag 1000001*\n", "more than" },
        { "flag -1*\n", "no figure" },
        { "adapt 0\n", "adapt K" }, { "adapt\n", "adapt K" }, { "adapt 2x\n", "adapt K" },
        { "source\n", "source TAG" }, { "source A\n", "source TAG" }, { "source 0123456789abcdef x\n", "shorter" },
        { "flag 1* 1* 1* 1* 1* 1*\n", "no figure for pv" }, { "flag 1* 1* 1* 1* 1* 1* 1* 1*\n", "more than 7" },
        { "flag 1* = = = = = =\nflag 1* = = = = = =\n", "p:2: class flag a second time" }
    };
    struct cost_profile p;
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        struct error why = { "" };
        ck_assert_msg(!cost_profile_parse(&p, "p", bad[i].text, strlen(bad[i].text), &why), "case %u", i);
        ck_assert_msg(strstr(why.text, bad[i].says) && strncmp(why.text, "p:", 2) == 0, "case %u says %s", i, why.text);
    }
}
END_TEST

START_TEST(rows_have_their_class)
{
    static const struct {
        enum vmm_event event;
        enum sensitive_id id;
        u8 reg;
        enum cost_event_class class;
    } rows[] = {
        { EVENT_PRIVILEGED, SENS_cli, 0, CHARGE_FLAG }, { EVENT_PRIVILEGED, SENS_mov_to_cr, 0, CHARGE_CONTROL },
        { EVENT_PRIVILEGED, SENS_mov_to_cr, 2 * 4, CHARGE_CR_WRITE }, { EVENT_PRIVILEGED, SENS_lgdt, 0, CHARGE_TABLE },
        { EVENT_PRIVILEGED, SENS_invlpg, 0, CHARGE_INVLPG }, { EVENT_PRIVILEGED, SENS_wrmsr, 0, CHARGE_CONTROL },
        { EVENT_CR3_LOAD, SENS_mov_to_cr, 3 * 4, CHARGE_CR3_LOAD }, { EVENT_TIME_STAMP, SENS_rdtsc, 0, CHARGE_RDTSC },
        { EVENT_UNPRIVILEGED, SENS_popf, 0, CHARGE_FLAGS_IMAGE },
        { EVENT_UNPRIVILEGED, SENS_str, 0, CHARGE_UNPRIVILEGED },
        { EVENT_UNPRIVILEGED, SENS_cpuid, 0, CHARGE_CPUID }, { EVENT_IO, SENS_in_dx, 0, CHARGE_IO },
        { EVENT_HALT, SENS_hlt, 0, CHARGE_HALT }, { EVENT_UNPRIVILEGED, SENS_iret, 0, CHARGE_UNPRIVILEGED }
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b = bench_new(P4);
        row(&b, rows[i].event, rows[i].id, rows[i].reg);
        for (unsigned class = 0; class < CHARGE_CLASSES; class++)
            ck_assert_msg(b.costs->tally[class].count == (class == rows[i].class), "row %u, class %s", i,
                          cost_class_names[class]);
        struct cost_result r = result(&b);
        ck_assert_uint_eq(r.replaced, sensitive_cost(&sensitive_table[rows[i].id], b.f->cpu.model));
        bench_free(&b);
    }
}
END_TEST

START_TEST(published_charges)
{
    struct bench b = bench_new(P4);
    row(&b, EVENT_IO, SENS_in_imm, 0);
    CHARGED(&b, 3209, 2244, 1468, 214, 15826, 7740, 200);
    event(&b, EVENT_EXCEPTION, AT_CODE + 8);
    CHARGED(&b, 3209 + 889, 2244 + 3223, 1468 + 3223, 214 + 3223, 15826 + 1014, 7740 + 1014, 200 + 1500);
    bench_free(&b);
}
END_TEST

/* User code is not translated: there callouts and translation cost what trapping does. */
START_TEST(user_code_runs_directly)
{
    struct bench b = bench_new(P4);
    fixture_protected(b.f, 3);
    row(&b, EVENT_TIME_STAMP, SENS_rdtsc, 0);
    CHARGED(&b, 80, 2030, 2030, 2030, 80, 80, 216);
    row(&b, EVENT_UNPRIVILEGED, SENS_str, 0);
    CHARGED(&b, 90, 2040, 2040, 2040, 90, 90, 226);
    ck_assert_uint_eq(b.costs->leaks, 0);
    row(&b, EVENT_SYSTEM_CALL, SENS_int_n, 0);
    CHARGED(&b, 330, 2040 + 4908, 2040 + 2240, 2040 + 2240, 330, 330, 226 + 490);
    bench_free(&b);
}
END_TEST

/* The way back is paid for with the way in; a return nobody came in for costs by itself. */
START_TEST(returns_belong_to_entries)
{
    struct bench b = bench_new(P4);
    event(&b, EVENT_INTERRUPT, AT_CODE);
    event(&b, EVENT_PF_TRUE, AT_CODE);
    row(&b, EVENT_UNPRIVILEGED, SENS_iret, 0);
    row(&b, EVENT_PRIVILEGED, SENS_sysexit, 0);
    ck_assert_uint_eq(b.costs->returns, 2);
    CHARGED(&b, 889 + 1093, 3223 + 3927, 3223 + 3927, 3223 + 3927, 5229 + 11242, 3012 + 5500, 3500);
    row(&b, EVENT_UNPRIVILEGED, SENS_iret, 0);
    ck_assert_uint_eq(b.costs->tally[CHARGE_UNPRIVILEGED].count, 1);
    ck_assert_uint_eq(b.costs->leaks, 1);
    bench_free(&b);
}
END_TEST

/* An instruction that faults is charged as the fault; the one at another address keeps its charge. */
START_TEST(faulting_instructions_are_charged_once)
{
    struct bench b = bench_new(P4);
    fixture_protected(b.f, 3);
    row(&b, EVENT_PRIVILEGED, SENS_cli, 0);
    event(&b, EVENT_EXCEPTION, AT_CODE);
    CHARGED(&b, 889, 3223, 3223, 3223, 1014, 1014, 1500);
    ck_assert_uint_eq(b.costs->tally[CHARGE_FLAG].count, 0);
    ck_assert_uint_eq(b.costs->tally[CHARGE_FLAG].direct, 0);
    row(&b, EVENT_SYSTEM_CALL, SENS_int_n, 0);
    event(&b, EVENT_PF_TRUE, AT_CODE);
    ck_assert_uint_eq(b.costs->entered, 2);
    row(&b, EVENT_PRIVILEGED, SENS_cli, 0);
    event(&b, EVENT_EXCEPTION, AT_CODE + 2);
    ck_assert_uint_eq(b.costs->tally[CHARGE_FLAG].count, 1);
    result(&b);
    bench_free(&b);
}
END_TEST

/* T-C5. */
START_TEST(sites_adapt)
{
    struct bench b = bench_new(P4);
    for (unsigned i = 0; i < 5; i++)
        event(&b, EVENT_PF_TRACE, AT_CODE);
    event(&b, EVENT_PF_TRACE, AT_CODE + 16);
    ck_assert_uint_eq(b.costs->sites, 2);
    ck_assert_uint_eq(b.costs->guilty, 1);
    struct cost_result r = result(&b);
    ck_assert_uint_eq(r.class[CHARGE_PF_TRACE][COST_BT].cycles, 3 * 2834 + 3 * 391);
    ck_assert_uint_eq(r.class[CHARGE_PF_TRACE][COST_TE].cycles, 6 * 2834);
    ck_assert_uint_eq(r.class[CHARGE_PF_TRACE][COST_HW].cycles, 6 * 12733);
    bench_free(&b);
}
END_TEST

/* A guest may trap at any number of addresses: what does not fit stays innocent. */
START_TEST(sites_are_bounded)
{
    struct bench b = bench_new(P4);
    for (u32 round = 0; round < 3; round++)
        for (u32 i = 0; i < COST_SITES; i++)
            event(&b, EVENT_PF_TRACE, i * 4096u + (i & 7));
    ck_assert_uint_eq(b.costs->sites, COST_SITES / 4 * 3);
    ck_assert_uint_eq(b.costs->sites_full, 3 * (COST_SITES / 4));
    ck_assert_uint_eq(b.costs->guilty, b.costs->sites);
    ck_assert_uint_eq(b.costs->tally[CHARGE_PF_TRACE].innocent, 2 * b.costs->sites + b.costs->sites_full);
    result(&b);
    bench_free(&b);
}
END_TEST

/* A loop of five instructions with a call, in the kernel: each is new once, each return counts. */
static void code_poke(struct fixture *f)
{
    static const u8 code[] = { 0xb9, 3, 0, 0, 0,                /* mov ecx, 3 */
                               0xe8, 4, 0, 0, 0,                /* l: call f */
                               0x49, 0x75, 0xf8,                /* dec ecx; jnz l */
                               0xf4,                            /* hlt */
                               0xc3 };                          /* f: ret */
    memory_write(&f->memory, AT_CODE, code, sizeof code);
}

START_TEST(translation_and_returns)
{
    for (unsigned engine = 0; engine < 2; engine++) {
        struct bench b = bench_new(P4);
        cpu_engine(&b.f->cpu, &(struct engine_options){ engine ? ENGINE_LOOP : ENGINE_TAIL, 32, 0 });
        code_poke(b.f);
        cpu_run(&b.f->cpu, 100000, UINT64_MAX);
        ck_assert(b.f->cpu.attention & ATTENTION_HALTED);
        result(&b);
        ck_assert_uint_eq(b.costs->tally[CHARGE_TRANSLATION].count, 6);
        ck_assert_uint_eq(b.costs->tally[CHARGE_CALL_RET].count, 3);
        ck_assert_uint_eq(b.costs->tally[CHARGE_HALT].count, 1);
        /* Again, with one instruction changed: that one is new. */
        static const u8 changed = 4;
        memory_write(&b.f->memory, AT_CODE + 1, &changed, 1);
        b.f->cpu.eip = AT_CODE;
        b.f->cpu.attention = 0;
        cpu_run(&b.f->cpu, 200000, UINT64_MAX);
        result(&b);
        ck_assert_uint_eq(b.costs->tally[CHARGE_TRANSLATION].count, 7);
        ck_assert_uint_eq(b.costs->tally[CHARGE_CALL_RET].count, 7);
        bench_free(&b);
    }
}
END_TEST

/* However often it is interrupted between elements. */
START_TEST(a_repeated_instruction_counts_once)
{
    static const u8 code[] = { 0xf3, 0x6e, 0xf4 };               /* rep outsb; hlt */
    struct bench b = bench_new(P4);
    struct cpu *cpu = &b.f->cpu;
    memory_write(&b.f->memory, AT_CODE, code, sizeof code);
    cpu->gpr[ECX] = 100;
    cpu->gpr[ESI] = AT_STACK3;
    for (u64 until = 30; !(cpu->attention & ATTENTION_HALTED) && until < 100000; until += 30)
        cpu_run(cpu, until, UINT64_MAX);
    result(&b);
    ck_assert_uint_eq(cpu->gpr[ECX], 0);
    ck_assert_uint_eq(b.costs->tally[CHARGE_IO].count, 1);
    ck_assert_uint_eq(b.costs->tally[CHARGE_HALT].count, 1);
    bench_free(&b);
}
END_TEST

START_TEST(user_code_is_not_translated)
{
    struct bench b = bench_new(P4);
    fixture_protected(b.f, 3);
    code_poke(b.f);
    cpu_run(&b.f->cpu, 60, UINT64_MAX);
    result(&b);
    ck_assert_uint_eq(b.costs->tally[CHARGE_TRANSLATION].count + b.costs->tally[CHARGE_CALL_RET].count, 0);
    bench_free(&b);
}
END_TEST

START_TEST(time_pays)
{
    struct bench b = bench_new(P4);
    struct cpu *cpu = &b.f->cpu;
    costs_feed_time(b.costs, COST_CO);
    cpu->budget = (s64)100000 << 32;
    row(&b, EVENT_TIME_STAMP, SENS_rdtsc, 0);
    unsigned counted = sensitive_cost(&sensitive_table[SENS_rdtsc], cpu->model);
    ck_assert_int_eq(cpu->budget >> 32, 100000 - (1254 - (int)counted));
    ck_assert(cpu->end_block);
    ck_assert_uint_eq(result(&b).base, 1000000 - (1254 - counted));
    bench_free(&b);
}
END_TEST

struct lines { unsigned count; char text[64][256]; };
static void keep(void *self, const char *text)
{
    struct lines *to = self;
    ck_assert_uint_lt(to->count, ARRAY_LEN(to->text));
    ck_assert_uint_lt(strlen(text), sizeof to->text[0]);
    strcpy(to->text[to->count++], text);
}

START_TEST(report)
{
    static struct lines lines;
    struct bench b = bench_new(P4);
    lines.count = 0;
    for (unsigned i = 0; i < 4; i++)
        event(&b, EVENT_PF_TRACE, 0xc0100000);
    row(&b, EVENT_UNPRIVILEGED, SENS_popf, 0);
    costs_print(b.costs, 100000, keep, &lines);
    ck_assert_ptr_nonnull(strstr(lines.text[0], "p4-672"));
    ck_assert(strncmp(lines.text[2], "native ", 7) == 0 && strncmp(lines.text[5], "bt ", 3) == 0);
    ck_assert_ptr_nonnull(strstr(lines.text[5], "pf-trace"));
    ck_assert_ptr_nonnull(strstr(lines.text[lines.count - 1], "c0100000 pf-trace   4 times"));
    ck_assert_ptr_nonnull(strstr(lines.text[lines.count - 2], "1 sites trapped, 1 proven guilty after 2"));
    ck_assert_ptr_nonnull(strstr(lines.text[lines.count - 3], "te misses 1 "));
    bench_free(&b);
}
END_TEST

START_TEST(without_an_account_nothing_listens)
{
    struct bench b = bench_new(P4);
    costs_destroy(b.costs);
    b.costs = NULL;
    ck_assert_ptr_null(b.f->cpu.monitor->vmm.observer.event);
    ck_assert_ptr_null(b.f->cpu.blocks->observer.built);
    event(&b, EVENT_PF_TRACE, 0);
    bench_free(&b);
}
END_TEST

Suite *costs_suite(void)
{
    Suite *suite = suite_create("costs");
    TCase *tests = tcase_create("costs");
    tcase_add_test(tests, built_in_profiles);
    tcase_add_test(tests, bad_profiles);
    tcase_add_test(tests, rows_have_their_class);
    tcase_add_test(tests, published_charges);
    tcase_add_test(tests, user_code_runs_directly);
    tcase_add_test(tests, returns_belong_to_entries);
    tcase_add_test(tests, faulting_instructions_are_charged_once);
    tcase_add_test(tests, sites_adapt);
    tcase_add_test(tests, sites_are_bounded);
    tcase_add_test(tests, translation_and_returns);
    tcase_add_test(tests, a_repeated_instruction_counts_once);
    tcase_add_test(tests, user_code_is_not_translated);
    tcase_add_test(tests, time_pays);
    tcase_add_test(tests, report);
    tcase_add_test(tests, without_an_account_nothing_listens);
    suite_add_tcase(suite, tests);
    return suite;
}
