/* cpu/stops.c: each kind of point stops where it says, and the run that goes on is the one that was never stopped. */
#include "cpu/stops.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>

enum { AT_USER = 0x502e, AT_END = AT_USER, CYCLES = 100000 };

static const u8 program[] = {
    0x90, 0xa3, 0, 0x40, 0, 0, 0xa1, 4, 0x40, 0, 0,            /* 5000 nop; mov [4000],eax; 5006 mov eax,[4004] */
    0xe6, 0x80, 0x0f, 1, 5, 0x10, 0x40, 0, 0,                   /* 500b out 80,al; 500d sgdtd [4010] */
    0x66, 0x87, 0xdb, 0x0f, 0x22, 0xd8,                         /* 5014 xchg bx,bx; 5017 mov cr3,eax */
    0x6a, 0x23, 0x68, 0, 0x90, 0, 0, 0x68, 2, 2, 0, 0,          /* 501a push 23; push 9000; 5021 push 202 */
    0x6a, 0x1b, 0x68, 0x2e, 0x50, 0, 0, 0xcf,                   /* 5026 push 1b; push 502e; 502d iret */
    0x0f, 0x0b                                                  /* 502e ud2 */
};

static struct fixture *start(void)
{
    struct fixture *f = fixture_new("max");
    fixture_protected(f, 0);
    memory_write(&f->memory, AT_CODE, program, sizeof program);
    poke(f, 0x4004, 4, 0x7000);
    cpu_mode_changed(&f->cpu);
    return f;
}

static const struct stop_point end = { .kind = STOP_EXCEPTION, .address = VEC_UD, .length = 1 };

static const struct stop_case {
    struct stop_point point;
    u32 eip, address;
} cases[] = {
    { { .kind = STOP_EXECUTE, .address = 0x5006 }, 0x5006, 0x5006 },
    { { .kind = STOP_EXECUTE, .space = STOP_PHYSICAL, .address = 0x500b }, 0x500b, 0x500b },
    { { .kind = STOP_EXECUTE, .space = STOP_SEGMENTED, .selector = SEL_CODE0, .address = 0x500d }, 0x500d, 0x500d },
    { { .kind = STOP_EXECUTE, .space = STOP_SEGMENTED, .selector = SEL_CODE3, .address = 0x500d }, AT_END, VEC_UD },
    { { .kind = STOP_EXECUTE, .address = 0x5006, .disabled = true }, AT_END, VEC_UD },
    { { .kind = STOP_WRITE, .address = 0x4000, .length = 4 }, 0x5006, 0x4000 },
    { { .kind = STOP_WRITE, .address = 0x4003, .length = 1 }, 0x5006, 0x4003 },
    { { .kind = STOP_WRITE, .address = 0x4004, .length = 4 }, AT_END, VEC_UD },
    { { .kind = STOP_READ, .address = 0x4000, .length = 8 }, 0x500b, 0x4004 },
    { { .kind = STOP_ACCESS, .space = STOP_PHYSICAL, .address = 0x4006, .length = 1 }, 0x500b, 0x4006 },
    { { .kind = STOP_PORT, .address = 0x7f, .length = 2 }, 0x500d, 0x80 },
    { { .kind = STOP_PORT, .address = 0x81, .length = 2 }, AT_END, VEC_UD },
    { { .kind = STOP_ROW, .address = SENS_sgdt }, 0x500d, SENS_sgdt },
    { { .kind = STOP_ROW, .address = SENS_sgdt, .trapped = true }, 0x500d, SENS_sgdt },
    { { .kind = STOP_ROW, .address = SENS_hlt }, AT_END, VEC_UD },
    { { .kind = STOP_MAGIC, .address = STOP_ANY }, 0x5017, 0x5014 },
    { { .kind = STOP_CR3, .address = STOP_ANY }, 0x501a, 0x7000 },
    { { .kind = STOP_CPL, .address = STOP_ANY }, AT_USER, 3 },
    { { .kind = STOP_MODE, .address = STOP_ANY }, AT_END, VEC_UD },
    { { .kind = STOP_EXCEPTION, .address = STOP_ANY }, AT_END, VEC_UD },
    { { .kind = STOP_INSNS, .count = 3 }, 0x500b, 0 },
};

static u64 hash(struct fixture *f)
{
    const struct component cpu = { .name = "cpu", .fields = cpu_fields, .self = &f->cpu, .size = sizeof f->cpu,
                                   .canonical = cpu_canonical };
    const struct component tlb = { .name = "tlb", .fields = tlb_fields, .self = &f->cpu.tlb, .size = sizeof f->cpu.tlb,
                                   .canonical = tlb_canonical };
    return state_hash(state_hash(memory_hash(&f->memory) + f->clock.now, &cpu), &tlb);
}

/* Runs to the exception at the end, which every run comes to. */
static u64 hash_at_end(struct fixture *f, struct stops *stops)
{
    while (stops->hit.kind != STOP_EXCEPTION || stops->hit.address != VEC_UD) {
        stops_resume(&f->cpu, 0);
        cpu_run(&f->cpu, CYCLES, UINT64_MAX);
        ck_assert_int_ne(stops->hit.kind, STOP_NONE);
    }
    return hash(f);
}

static u64 hash_undisturbed(void)
{
    struct fixture *f = start();
    struct stops stops = { .next_cycle = 0 };
    stops_attach(&f->cpu, &stops);
    stops_add(&f->cpu, &end);
    u64 value = hash_at_end(f, &stops);
    fixture_free(f);
    return value;
}

START_TEST(points)
{
    const struct stop_case *c = &cases[_i];
    struct fixture *f = start();
    struct stops stops = { .next_cycle = 0 };
    struct stop_point point = c->point;
    point.length = MAX(point.length, 1u);
    stops_attach(&f->cpu, &stops);
    ck_assert_int_eq(stops_add(&f->cpu, &point), 0);
    ck_assert_int_eq(stops_add(&f->cpu, &end), 1);
    stops_resume(&f->cpu, 0);
    cpu_run(&f->cpu, CYCLES, UINT64_MAX);
    ck_assert_int_eq(stops.hit.kind, c->eip == AT_END && c->address == VEC_UD ? STOP_EXCEPTION : point.kind);
    ck_assert_uint_eq(f->cpu.eip, c->eip);
    ck_assert_uint_eq(stops.hit.address, c->address);
    ck_assert(hash_at_end(f, &stops) == hash_undisturbed());
    fixture_free(f);
}
END_TEST

START_TEST(steps)
{
    struct fixture *f = start();
    struct stops stops = { .next_cycle = 0 };
    static const u32 eips[] = { 0x5001, 0x5006, 0x500b, 0x500d, 0x5014, 0x5017, 0x501a };
    stops_attach(&f->cpu, &stops);
    stops_add(&f->cpu, &end);
    for (unsigned i = 0; i < ARRAY_LEN(eips); i++) {
        stops_resume(&f->cpu, 1);
        cpu_run(&f->cpu, CYCLES, UINT64_MAX);
        ck_assert_int_eq(stops.hit.kind, STOP_STEP);
        ck_assert_uint_eq(f->cpu.eip, eips[i]);
    }
    ck_assert(hash_at_end(f, &stops) == hash_undisturbed());
    fixture_free(f);
}
END_TEST

/* Where the next stop is, with each that is met passed over. */
static void passes_to(struct fixture *f, enum stop_kind kind, int point, u32 eip)
{
    const struct stops *stops = f->cpu.stops;
    cpu_run(&f->cpu, CYCLES, UINT64_MAX);
    ck_assert_int_eq(stops->hit.kind, kind);
    ck_assert_int_eq(stops->hit.point, point);
    ck_assert_uint_eq(f->cpu.eip, eip);
    stops_pass(&f->cpu);
}

/* A point that is passed over hides none that is on the same instruction, and no step; a resumed run meets none of them. */
START_TEST(passes_one_at_a_time)
{
    static const struct stop_point points[] = {
        { .kind = STOP_EXECUTE, .address = 0x500d, .length = 1 }, { .kind = STOP_EXECUTE, .address = 0x500d, .length = 1 },
        { .kind = STOP_ROW, .address = SENS_sgdt, .length = 1 }, { .kind = STOP_PORT, .address = 0x80, .length = 1 },
        { .kind = STOP_EXECUTE, .address = 0x5014, .length = 1 }, { .kind = STOP_MAGIC, .address = STOP_ANY, .length = 1 },
    };
    struct fixture *f = start();
    struct stops stops = { .next_cycle = 0 };
    stops_attach(&f->cpu, &stops);
    for (unsigned i = 0; i < ARRAY_LEN(points); i++)
        stops_add(&f->cpu, &points[i]);
    ck_assert_int_eq(stops_add(&f->cpu, &end), 6);
    stops_resume(&f->cpu, 0);
    passes_to(f, STOP_PORT, 3, 0x500d);
    for (int i = 0; i < 3; i++)
        passes_to(f, points[i].kind, i, 0x500d);
    passes_to(f, STOP_EXECUTE, 4, 0x5014);
    passes_to(f, STOP_MAGIC, 5, 0x5017);
    ck_assert(hash_at_end(f, &stops) == hash_undisturbed());
    fixture_free(f);
}
END_TEST

START_TEST(passes_within_a_step)
{
    static const struct stop_point point = { .kind = STOP_EXECUTE, .address = 0x5006, .length = 1 };
    struct fixture *f = start();
    struct stops stops = { .next_cycle = 0 };
    stops_attach(&f->cpu, &stops);
    stops_add(&f->cpu, &point);
    stops_add(&f->cpu, &point);
    stops_resume(&f->cpu, 3);
    passes_to(f, STOP_EXECUTE, 0, 0x5006);
    passes_to(f, STOP_EXECUTE, 1, 0x5006);
    passes_to(f, STOP_STEP, -1, 0x500b);
    stops_remove(&f->cpu, 0);
    stops_add(&f->cpu, &end);
    ck_assert(hash_at_end(f, &stops) == hash_undisturbed());
    fixture_free(f);
}
END_TEST

Suite *stops_suite(void)
{
    Suite *suite = suite_create("stops");
    TCase *tests = tcase_create("stops");
    tcase_add_loop_test(tests, points, 0, ARRAY_LEN(cases));
    tcase_add_test(tests, steps);
    tcase_add_test(tests, passes_one_at_a_time);
    tcase_add_test(tests, passes_within_a_step);
    suite_add_tcase(suite, tests);
    return suite;
}
