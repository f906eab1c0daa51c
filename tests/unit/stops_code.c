/* cpu/stops_code.c: points in code that runs in blocks. A loop that writes into itself is executed at two linear addresses of
 * one page, by both engines, in blocks of several lengths, with caches that vanish. */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/stops.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { AT_DIRECTORY = 0x100000, AT_TABLE = 0x101000, ALIAS = 0x300000, CYCLES = 100000, ROUNDS = 3 };

static const u8 program[] = {
    0xb9, ROUNDS, 0, 0, 0,                                      /* 5000 mov ecx,ROUNDS */
    0x40, 0x43,                                                 /* 5005 inc eax; inc ebx */
    0x80, 0x35, 6, 0x50, 0, 0, 8,                               /* 5007 xor byte [5006],8: inc ebx <-> dec ebx */
    0x49, 0x75, 0xf4,                                           /* 500e dec ecx; jnz 5005 */
    0x4f, 0x0f, 0x88, 5, 0, 0, 0,                               /* 5011 dec edi; js 501d */
    0xe9, 0xe3, 0xaf, 0x2f, 0,                                  /* 5018 jmp 300000, which is this page again */
    0x0f, 0x0b                                                  /* 501d ud2 */
};

static const struct { struct stop_point point; unsigned hits; } cases[] = {
    { { .kind = STOP_EXECUTE, .address = 0x5000 }, 0 },                  /* the run goes on from there */
    { { .kind = STOP_EXECUTE, .address = ALIAS }, 1 },
    { { .kind = STOP_EXECUTE, .address = 0x5006 }, ROUNDS },
    { { .kind = STOP_EXECUTE, .address = ALIAS + 6 }, ROUNDS },
    { { .kind = STOP_EXECUTE, .space = STOP_PHYSICAL, .address = 0x5006 }, 2 * ROUNDS },
    { { .kind = STOP_EXECUTE, .space = STOP_SEGMENTED, .selector = SEL_CODE0, .address = 0x500e }, ROUNDS },
    { { .kind = STOP_EXECUTE, .address = 0x5003 }, 0 },
    { { .kind = STOP_EXECUTE, .address = 0x6006 }, 0 },
    { { .kind = STOP_EXECUTE, .address = 0x5018, .disabled = true }, 0 },
    { { .kind = STOP_WRITE, .address = 0x5006, .length = 1 }, 2 * ROUNDS },
    { { .kind = STOP_INSNS, .count = 9 }, 1 },
    { { .kind = STOP_CYCLE, .count = 20 }, 1 },
};

static const struct engine_options engines[] = {
    { ENGINE_TAIL, 32, 0 }, { ENGINE_TAIL, 2, 0 }, { ENGINE_TAIL, 32, 7 }, { ENGINE_LOOP, 32, 0 }, { ENGINE_LOOP, 1, 9 },
};

static struct fixture *start(const struct engine_options *engine)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    memory_write(&f->memory, AT_CODE, program, sizeof program);
    poke(f, AT_DIRECTORY, 4, AT_TABLE | 7);
    for (u32 page = 0; page < 1024; page++) poke(f, AT_TABLE + 4 * page, 4, page << 12 | 7);
    poke(f, AT_TABLE + (ALIAS >> 10), 4, AT_CODE | 7);
    f->cpu.gpr[EDI] = 1;
    f->cpu.sys.cr3 = AT_DIRECTORY;
    f->cpu.sys.cr0 |= CR0_PG;
    tlb_flush(&f->cpu, true);
    cpu_engine(&f->cpu, engine);
    cpu_mode_changed(&f->cpu);
    return f;
}

static u64 hash(struct fixture *f)
{
    const struct component cpu = { .name = "cpu", .fields = cpu_fields, .self = &f->cpu, .size = sizeof f->cpu,
                                   .canonical = cpu_canonical };
    const struct component tlb = { .name = "tlb", .fields = tlb_fields, .self = &f->cpu.tlb, .size = sizeof f->cpu.tlb,
                                   .canonical = tlb_canonical };
    return state_hash(state_hash(memory_hash(&f->memory) + f->clock.now, &cpu), &tlb);
}

/* How often the point is met before the exception at the end; another point is never met. */
static unsigned hits(const struct engine_options *engine, const struct stop_point *point, u64 *hash_after)
{
    static const struct stop_point end = { .kind = STOP_EXCEPTION, .address = VEC_UD, .length = 1 };
    struct fixture *f = start(engine);
    struct stops stops = { .next_cycle = 0 };
    unsigned count = 0;
    stops_attach(&f->cpu, &stops);
    ck_assert_int_eq(stops_add(&f->cpu, &end), 0);
    if (point) ck_assert_int_eq(stops_add(&f->cpu, point), 1);
    for (;; count++) {
        stops_resume(&f->cpu, 0);
        cpu_run(&f->cpu, CYCLES, UINT64_MAX);
        if (stops.hit.kind == STOP_EXCEPTION) break;
        ck_assert_int_eq(stops.hit.point, 1);
        ck_assert_uint_lt(count, 10);
    }
    ck_assert_uint_eq(f->cpu.eip, ALIAS + 0x1d);
    *hash_after = hash(f);
    fixture_free(f);
    return count;
}

START_TEST(points)
{
    for (unsigned e = 0; e < ARRAY_LEN(engines); e++) {
        struct stop_point point = cases[_i].point;
        u64 with, without;
        point.length = MAX(point.length, 1u);
        ck_assert_uint_eq(hits(&engines[e], &point, &with), cases[_i].hits);
        ck_assert_uint_eq(hits(&engines[0], NULL, &without), 0);
        ck_assert(with == without);
    }
}
END_TEST

/* A page that comes to another place while the point is there. */
START_TEST(remapped)
{
    struct fixture *f = start(&engines[0]);
    struct stops stops = { .next_cycle = 0 };
    const struct stop_point point = { .kind = STOP_EXECUTE, .address = ALIAS + 1, .length = 1 };
    static const u8 nops[] = { 0x90, 0x90, 0xeb, 0xfc };
    stops_attach(&f->cpu, &stops);
    stops_add(&f->cpu, &point);
    for (u32 page = 0xa000; page <= 0xc000; page += PAGE_SIZE) {
        memory_write(&f->memory, page, nops, sizeof nops);
        poke(f, AT_TABLE + (ALIAS >> 10), 4, page | 7);
        f->cpu.eip = page;                         /* the block is there before the point's page is */
        tlb_flush(&f->cpu, true);
        stops_resume(&f->cpu, 0);
        cpu_run(&f->cpu, f->clock.now + 50, UINT64_MAX);
        ck_assert_int_eq(stops.hit.kind, STOP_NONE);
        f->cpu.eip = ALIAS;
        stops_resume(&f->cpu, 0);
        cpu_run(&f->cpu, f->clock.now + 50, UINT64_MAX);
        ck_assert_int_eq(stops.hit.kind, STOP_EXECUTE);
        ck_assert_uint_eq(f->cpu.eip, ALIAS + 1);
    }
    fixture_free(f);
}
END_TEST

/* What makes a breakpoint cheap: blocks away from it are as long as ever. */
START_TEST(others_stay_whole)
{
    struct fixture *f = start(&engines[0]);
    struct stops stops = { .next_cycle = 0 };
    const struct stop_point point = { .kind = STOP_EXECUTE, .address = 0x9000, .length = 1 };
    stops_attach(&f->cpu, &stops);
    stops_add(&f->cpu, &point);
    stops_resume(&f->cpu, 0);
    cpu_run(&f->cpu, 4, UINT64_MAX);
    ck_assert(!stops.each && !(f->cpu.attention & ATTENTION_WATCHED));
    f->cpu.eip = 0x5000;
    cpu_run(&f->cpu, f->clock.now + 40, UINT64_MAX);
    bool whole = false;
    for (const struct block *b = f->cpu.blocks->page[AT_CODE >> PAGE_SHIFT]; b; b = b->page_next) whole |= b->count > 4;
    ck_assert(whole);
    fixture_free(f);
}
END_TEST

Suite *stops_code_suite(void)
{
    Suite *suite = suite_create("stops_code");
    TCase *tests = tcase_create("stops_code");
    tcase_add_loop_test(tests, points, 0, ARRAY_LEN(cases));
    tcase_add_test(tests, remapped);
    tcase_add_test(tests, others_stay_whole);
    suite_add_tcase(suite, tests);
    return suite;
}
