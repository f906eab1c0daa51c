/* cpu/fpu*: the host's x87, the integer back end and the inline paths agree bit for bit, flags included; responses to
 * exceptions; the decode table; known values of the transcendental functions.
 * Memory operands are tested with the engine; here only what needs no address space. */
#include "cpu/fpu.h"
#include "cpu/fpu_fast.h"
#include <check.h>
#include <stdlib.h>

#define N(exponent, significand) { significand, exponent, 0, 0 }
static const struct f80 edges[] = {
    N(0, 0), N(0x8000, 0), N(0, 1),
    N(0, 0x7fffffffffffffff), N(0, 0x8000000000000000), N(1, 0x8000000000000000),
    N(0x8001, 0x8000000000000001), N(1, 0xffffffffffffffff), N(0x3fff, 0x8000000000000000),
    N(0xbfff, 0x8000000000000000), N(0x3fff, 0x8000000000000001), N(0x3ffe, 0xffffffffffffffff),
    N(0x3fff, 0xc000000000000000), N(0xc000, 0xa000000000000000), N(0x7ffe, 0xffffffffffffffff),
    N(0xfffe, 0xffffffffffffffff), N(0x7fff, 0x8000000000000000), N(0xffff, 0x8000000000000000),
    N(0xffff, 0xc000000000000000), N(0x7fff, 0xc000000000000000), N(0x7fff, 0xa000000000000000),
    N(0xffff, 0xa000000000000000), N(0xffff, 0xe000000000000001), N(0x7fff, 0x4000000000000000),
    N(0x7fff, 0), N(0x3fff, 0x4000000000000000), N(0x403e, 0x8000000000000000),
    N(0xc03e, 0x8000000000000000), N(0x403d, 0xfffffffffffffffe), N(0x401d, 0xffffffff00000000),
    N(0xc01e, 0x8000000080000000), N(0x400d, 0xfffe800000000000), N(0x403a, 0xde0b6b3a763fffff),
    N(0x407e, 0xffffff7fffffffff), N(0x407e, 0xffffff8000000000), N(0x43fe, 0xfffffffffffff400),
    N(0x43fe, 0xfffffffffffffbff), N(0x3f81, 0x8000000000000000), N(0x3f80, 0xffffff8000000000),
    N(0x3f69, 0x8000000000000001), N(0x3c00, 0xfffffffffffffc00), N(0x3bcd, 0x8000000000000000),
    N(0x4005, 0x9123456789abcdef), N(0xbff3, 0xfedcba9876543210), N(0x1ffe, 0xb504f333f9de6484),
    N(0x4010, 0x8000000000000400), N(0xc010, 0x8000000000000c00), N(0x4010, 0x8000008000000000),
    N(0x5fff, 0x8000000000000000), N(0x8020, 0xf0000000000000f1),
};
static const u32 edges_m32[] = { 0, 0x80000000, 1, 0x807fffff, 0x800000, 0x3f800000, 0x7f7fffff, 0x7f800000, 0xff800000,
                                 0x7fc00000, 0x7f800001, 0xffa12345, 0x40490fdb };
static const u64 edges_m64[] = { 0, 1ull << 63, 1, 0x800fffffffffffff, 0x0010000000000000, 0x3ff0000000000000,
                                 0x7fefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
                                 0x7ff0000000000001, 0xfff4123456789abc, 0x400921fb54442d18 };
enum { RAISED = FSW_EXCEPTIONS | FSW_C1, ORDER = FSW_EXCEPTIONS | FSW_C0 | FSW_C2 | FSW_C3, CONTROLS = 8 * 4 * 3 };

static struct cpu *cpu;

static void setup(void)
{
    cpu = calloc(1, sizeof(*cpu));
    cpu->guest = &cpu->sys;
    fpu_reset(cpu, true);
    fpu_enter(cpu);
}

static void teardown(void)
{
    fpu_leave(cpu);
    free(cpu);
}

static bool same(struct f80 a, struct f80 b) { return a.significand == b.significand && a.exponent == b.exponent; }

/* All control words but those with the reserved precision: each exception unmasked alone, all, none. */
static u16 control(unsigned i)
{
    static const u16 masks[8] = { 0x3f, 0x3e, 0x3d, 0x3b, 0x37, 0x2f, 0x1f, 0 }, precision[3] = { 0, 0x200, 0x300 };
    return 0x40 | masks[i & 7] | (u16)(i >> 3 & 3) << 10 | precision[i >> 5];
}

static void agree(const char *name, u16 fcw, const struct f80 *a, struct f80 x, u16 sx, struct f80 y, u16 sy)
{
    ck_assert_msg(sx == sy && same(x, y), "%s fcw %04x a %04x.%016llx: %04x.%016llx %04x, not %04x.%016llx %04x",
                  name, fcw, a->exponent, (unsigned long long)a->significand,
                  x.exponent, (unsigned long long)x.significand, sx, y.exponent, (unsigned long long)y.significand, sy);
}

#if FPU_HOST
static void agree_two(u16 fcw, const struct f80 *a, const struct f80 *b)
{
    static const struct { const char *name; fpu_op2_fn *host, *soft; } ops[] = {
#define ROW(name) { #name, host_##name, soft_##name },
        FPU_ARITH_OPS(ROW)
#undef ROW
    };
    for (unsigned i = 0; i < ARRAY_LEN(ops); i++) {
        struct f80 x = { 0 }, y = { 0 };
        u16 sx = ops[i].host(fcw, &x, a, b), sy = ops[i].soft(fcw, &y, a, b);
        agree(ops[i].name, fcw, a, x, sx & RAISED, y, sy & RAISED);
    }
    ck_assert_uint_eq(host_com(fcw, a, b) & ORDER, soft_com(fcw, a, b));
    ck_assert_uint_eq(host_ucom(fcw, a, b) & ORDER, soft_ucom(fcw, a, b));
}

static void agree_memory(u16 fcw, const struct f80 *a, u32 m32, u64 m64)
{
    struct f80 x = { 0 }, y = { 0 };
    u16 sx, sy;
#define WITH(op, m)                                                   \
    sx = host_##op(fcw, &x, a, m), sy = soft_##op(fcw, &y, a, m);     \
    agree(#op, fcw, a, x, sx & RAISED, y, sy & RAISED);
#define WITH_BOTH(op) WITH(op##_m32, m32) WITH(op##_m64, m64)
    FPU_ARITH_OPS(WITH_BOTH)
    sx = host_from_m32(fcw, &x, m32), sy = soft_from_m32(fcw, &y, m32);
    agree("from_m32", fcw, a, x, sx & RAISED, y, sy);
    sx = host_from_m64(fcw, &x, m64), sy = soft_from_m64(fcw, &y, m64);
    agree("from_m64", fcw, a, x, sx & RAISED, y, sy);
    ck_assert_uint_eq(host_com_m32(fcw, a, m32) & ORDER, soft_com_m32(fcw, a, m32));
    ck_assert_uint_eq(host_com_m64(fcw, a, m64) & ORDER, soft_com_m64(fcw, a, m64));
}

static void agree_one(u16 fcw, const struct f80 *a)
{
    struct f80 x = { 0 }, y = { 0 }, ex = { 0 }, ey = { 0 };
    u16 sx = host_sqrt(fcw, &x, a), sy = soft_sqrt(fcw, &y, a);
    agree("sqrt", fcw, a, x, sx & RAISED, y, sy);
    sx = host_rint(fcw, &x, a), sy = soft_rint(fcw, &y, a);
    agree("rint", fcw, a, x, sx & RAISED, y, sy);
    sx = host_xtract(fcw, &x, &ex, a), sy = soft_xtract(fcw, &y, &ey, a);
    agree("xtract", fcw, a, x, sx & RAISED, y, sy);
    ck_assert(same(ex, ey));
    u8 bx[10] = { 0 }, by[10] = { 0 };
    ck_assert_uint_eq(host_to_bcd(fcw, bx, a) & RAISED, soft_to_bcd(fcw, by, a));
    ck_assert_mem_eq(bx, by, 10);
#define STORES(op, type)                                              \
    {                                                                 \
        type mx = 0, my = 0;                                          \
        sx = host_##op(fcw, &mx, a) & RAISED, sy = soft_##op(fcw, &my, a); \
        ck_assert_msg(sx == sy, #op " fcw %04x a %04x", fcw, a->exponent); \
        ck_assert((sx & ~fcw & FPU_STOPS_STORE) || mx == my);         \
    }
    STORES(to_m32, u32) STORES(to_m64, u64) STORES(to_i16, u16) STORES(to_i32, u32) STORES(to_i64, u64)
}

START_TEST(host_and_integer_code_agree)
{
    u16 fcw = control((unsigned)_i);
    for (unsigned i = 0; i < ARRAY_LEN(edges); i++) {
        agree_one(fcw, &edges[i]);
        for (unsigned j = 0; j < ARRAY_LEN(edges); j++)
            agree_two(fcw, &edges[i], &edges[j]);
        for (unsigned j = 0; j < ARRAY_LEN(edges_m32); j++)
            agree_memory(fcw, &edges[i], edges_m32[j], edges_m64[j]);
    }
}
END_TEST
#endif

/* ---- the inline paths against the integer back end ---- */
static u64 seed;
static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Near exponents and few or many bits, so that cancellation, ties and carries are common. */
static struct f80 random_value(void)
{
    static const u64 masks[4] = { ~0ull, ~0ull << 11, ~0ull << 40, ~0ull << 60 };
    u64 r = rnd(), significand = (rnd() & masks[r & 3]) | F80_INTEGER_BIT;
    if (r & 0x30000)
        significand += rnd() % 5 << (r & 4 ? 10 : 0);
    if (!(r >> 18 & 31))
        return edges[(r >> 32) % ARRAY_LEN(edges)];
    return f80_make((u16)((r & 0x8000) | (F80_BIAS - 40 + (r >> 24) % 80)), significand | F80_INTEGER_BIT);
}

static void load_two(u16 fcw, struct f80 a, struct f80 b)
{
    fpu_reset(cpu, true);
    cpu->fpu.fcw = fcw;
    fpu_enter(cpu);
    fpu_push(&cpu->fpu, b);
    fpu_push(&cpu->fpu, a);
}

START_TEST(inline_arithmetic_agrees)
{
    static const struct { bool (*fast)(struct fpu *, unsigned, unsigned), (*plain)(struct fpu *, unsigned, unsigned);
                          fpu_op2_fn *soft; } ops[] = {
#define ROW(name) { fpu_fast_##name, fpu_plain_##name, soft_##name },
        FPU_ARITH_OPS(ROW)
#undef ROW
    };
    seed = 88172645463325252ull;
    unsigned taken = 0, count = 200000;
    for (unsigned n = 0; n < count; n++) {
        struct f80 a = random_value(), b = random_value(), expected;
        unsigned op = (unsigned)(rnd() % ARRAY_LEN(ops));
        u16 fcw = n & 1 ? FCW_INIT : control((unsigned)(rnd() % CONTROLS));
        u16 status = ops[op].soft(fcw, &expected, &a, &b);
        for (int plain = 0; plain < 2; plain++) {
            load_two(fcw, a, b);
            if (!(plain ? ops[op].plain : ops[op].fast)(&cpu->fpu, 1, 1)) {
                ck_assert(!plain || (status & ~fcw & FSW_EXCEPTIONS) || !(fcw & FSW_UE));
                continue;
            }
            taken += !plain;
            ck_assert_msg(same(*fpu_st(&cpu->fpu, 1), expected) && cpu->fpu.fsw == status,
                          "op %u plain %d fcw %04x %04x.%016llx %04x.%016llx", op, plain, fcw, a.exponent,
                          (unsigned long long)a.significand, b.exponent, (unsigned long long)b.significand);
        }
    }
    ck_assert_uint_gt(taken, count / 3);
}
END_TEST

#define STORE_AGREES(fast, soft, type)                                              \
    {                                                                               \
        type m = 0, expected = 0;                                                   \
        u16 status = 0, wanted = soft(fcw, &expected, &a);                          \
        load_two(fcw, a, b);                                                        \
        if (fast(&cpu->fpu, &m, &status)) {                                         \
            ck_assert_msg(m == expected && (status & RAISED) == wanted, #fast " fcw %04x %04x.%016llx", fcw, \
                          a.exponent, (unsigned long long)a.significand);                       \
            taken++;                                                                \
        }                                                                           \
    }

START_TEST(inline_stores_and_comparisons_agree)
{
    seed = 362436069362436069ull;
    unsigned taken = 0, count = 50000;
    for (unsigned n = 0; n < count; n++) {
        struct f80 a = random_value(), b = n % 7 ? random_value() : a;
        u16 fcw = control((unsigned)(rnd() % CONTROLS)), status;
        STORE_AGREES(fpu_fast_fst_m32, soft_to_m32, u32)
        STORE_AGREES(fpu_fast_fst_m64, soft_to_m64, u64)
        STORE_AGREES(fpu_fast_fist_m16, soft_to_i16, u16)
        STORE_AGREES(fpu_fast_fist_m32, soft_to_i32, u32)
        STORE_AGREES(fpu_fast_fist_m64, soft_to_i64, u64)
        STORE_AGREES(fpu_plain_fst_m32, soft_to_m32, u32)
        STORE_AGREES(fpu_plain_fist_m64, soft_to_i64, u64)
        load_two(fcw, a, b);
        if (fpu_fast_compare(&cpu->fpu, 1, true, &status))
            ck_assert_uint_eq(status & ORDER, soft_com(fcw, &a, &b));
    }
    ck_assert_uint_gt(taken, count * 2);
}
END_TEST

START_TEST(inline_loads_agree)
{
    for (unsigned i = 0; i < ARRAY_LEN(edges_m64); i++) {
        struct f80 expected;
        fpu_reset(cpu, true);
        if (fpu_fast_fld_m32(&cpu->fpu, edges_m32[i])) {
            ck_assert_uint_eq(soft_from_m32(FCW_INIT, &expected, edges_m32[i]), 0);
            ck_assert(same(*fpu_st(&cpu->fpu, 0), expected));
        }
        fpu_reset(cpu, true);
        if (fpu_fast_fld_m64(&cpu->fpu, edges_m64[i])) {
            ck_assert_uint_eq(soft_from_m64(FCW_INIT, &expected, edges_m64[i]), 0);
            ck_assert(same(*fpu_st(&cpu->fpu, 0), expected));
        }
    }
}
END_TEST

/* ---- routines ---- */
static enum outcome execute(u8 escape, u8 modrm)
{
    struct insn insn = { 0 };
    struct fpu_decoded decoded;
    insn.imm = (escape & 7u) << 8 | modrm;
    insn.rm = (modrm & 7) * 4;
    insn.size = 4;
    ck_assert(fpu_decode(escape, modrm, &decoded));
    return decoded.routine(cpu, &insn);
}

START_TEST(stack_faults)
{
    execute(0xd8, 0xc1);                                    /* FADD with both empty, masked */
    ck_assert_uint_eq(fpu_status(&cpu->fpu), FSW_IE | FSW_SF);
    ck_assert(same(*fpu_st(&cpu->fpu, 0), f80_indefinite()));
    ck_assert_uint_eq(cpu->fpu.empty, 0xfe);
    fpu_reset(cpu, true);
    for (int i = 0; i < 9; i++)
        execute(0xd9, 0xe8);                                /* FLD1, the ninth overflows */
    ck_assert_uint_eq(fpu_status(&cpu->fpu), FSW_IE | FSW_SF | FSW_C1 | 7 << 11);
    ck_assert(same(*fpu_st(&cpu->fpu, 0), f80_indefinite()));
    fpu_reset(cpu, true);
    cpu->fpu.fcw &= (u16)~FSW_IE;
    execute(0xde, 0xc1);                                    /* FADDP, unmasked: nothing moves */
    ck_assert_uint_eq(fpu_status(&cpu->fpu), FSW_IE | FSW_SF | FSW_ES | FSW_B);
    ck_assert_uint_eq(cpu->fpu.empty, 0xff);
}
END_TEST

START_TEST(pending_exception_waits)
{
    cpu->sys.cr0 = CR0_NE;
    load_two(FCW_INIT & ~FSW_ZE, edges[8], edges[0]);
    ck_assert_int_eq(execute(0xd8, 0xf1), DONE);            /* 1 / 0 */
    ck_assert_uint_eq(cpu->fpu.fsw, FSW_ZE | FSW_ES | FSW_B);
    ck_assert(same(*fpu_st(&cpu->fpu, 0), edges[8]));
    ck_assert_int_eq(execute(0xdf, 0xe0), DONE);            /* FNSTSW AX does not wait */
    ck_assert_uint_eq(cpu->gpr[EAX], fpu_status(&cpu->fpu));
    ck_assert_int_eq(execute(0xd9, 0xe0), FAULT);
    ck_assert_uint_eq(cpu->fault.vector, VEC_MF);
    ck_assert_int_eq(execute(0xdb, 0xe2), DONE);            /* FNCLEX */
    ck_assert_int_eq(execute(0xd9, 0xe0), DONE);
}
END_TEST

START_TEST(comparison_flags)
{
    static const struct { u8 a, b; u16 status; u32 flags; } rows[] = {
        { 8, 12, FSW_C0, FLAG_CF }, { 12, 8, 0, 0 }, { 0, 1, FSW_C3, FLAG_ZF },
        { 8, 19, FSW_C0 | FSW_C2 | FSW_C3, FLAG_CF | FLAG_PF | FLAG_ZF },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        load_two(FCW_INIT, edges[rows[i].a], edges[rows[i].b]);
        execute(0xdd, 0xe1);                                /* FUCOM */
        ck_assert_uint_eq(cpu->fpu.fsw, rows[i].status);
        execute(0xdb, 0xe9);                                /* FUCOMI */
        ck_assert_uint_eq(eflags_get(cpu) & FLAGS_ARITH, rows[i].flags);
    }
}
END_TEST

START_TEST(decode_table)
{
    static const u8 undefined[][2] = { { 0xd9, 0xd1 }, { 0xd9, 0x08 }, { 0xd9, 0xe2 }, { 0xda, 0xe8 }, { 0xdb, 0xe5 },
                                       { 0xdb, 0x20 }, { 0xdd, 0xf0 }, { 0xde, 0xd8 }, { 0xdf, 0xe1 }, { 0xdf, 0xf8 } };
    struct fpu_decoded decoded;
    for (unsigned i = 0; i < ARRAY_LEN(undefined); i++)
        ck_assert(!fpu_decode(undefined[i][0], undefined[i][1], &decoded));
    ck_assert(fpu_decode(0xdb, 0xe3, &decoded) && decoded.no_wait);
    ck_assert(fpu_decode(0xdf, 0xd7, &decoded) && decoded.routine == fpu_do_fstp_sti && !decoded.no_wait);
    ck_assert(fpu_decode(0xd9, 0x30, &decoded) && decoded.routine == fpu_fnstenv && decoded.no_wait);
}
END_TEST

START_TEST(transcendental_values)
{
    static const struct { u8 opcode; struct f80 a, b, result; } rows[] = {
        /* sin 1 */
        { 0xfe, N(0x3fff, 0x8000000000000000), N(0, 0), N(0x3ffe, 0xd76aa47848677021) },
        /* cos 1 */
        { 0xff, N(0x3fff, 0x8000000000000000), N(0, 0), N(0x3ffe, 0x8a51407da8345c92) },
        /* sqrt 2 - 1 */
        { 0xf0, N(0x3ffe, 0x8000000000000000), N(0, 0), N(0x3ffd, 0xd413cccfe7799211) },
        /* log2 10 */
        { 0xf1, N(0x4002, 0xa000000000000000), N(0x3fff, 0x8000000000000000), N(0x4000, 0xd49a784bcd1b8afe) },
        /* pi / 4 */
        { 0xf3, N(0x3fff, 0x8000000000000000), N(0x3fff, 0x8000000000000000), N(0x3ffe, 0xc90fdaa22168c235) },
        /* 3 log2 2 */
        { 0xf9, N(0x3fff, 0x8000000000000000), N(0x4000, 0xc000000000000000), N(0x4000, 0xc000000000000000) },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        load_two(FCW_INIT, rows[i].a, rows[i].b);
        execute(0xd9, rows[i].opcode);
        ck_assert_msg(same(*fpu_st(&cpu->fpu, 0), rows[i].result), "row %u: %04x.%016llx", i,
                      fpu_st(&cpu->fpu, 0)->exponent, (unsigned long long)fpu_st(&cpu->fpu, 0)->significand);
    }
    load_two(FCW_INIT, edges[26], edges[0]);                /* 2^63 is out of range */
    execute(0xd9, 0xfe);
    ck_assert(cpu->fpu.fsw == FSW_C2 && same(*fpu_st(&cpu->fpu, 0), edges[26]));
}
END_TEST

/* Significands with few bits, near powers of two, and any; exponents of -span to span, and one in eight any. */
static struct f80 trial(unsigned span)
{
    static const u64 shapes[8] = { 0, 1, 2, -(u64)1, -(u64)2, (u64)1 << 62, (u64)3 << 61, (u64)1 << 40 };
    u64 random = rnd();
    u16 exponent = random & 7 ? (u16)(F80_BIAS - span + rnd() % (2 * span + 1)) : (u16)rnd() & F80_EXP;
    u64 significand = random >> 3 & 3 ? rnd() : shapes[rnd() & 7];
    return f80_make(exponent | (random >> 5 & 1 ? F80_SIGN : 0), significand | F80_INTEGER_BIT);
}

/* Loads ST(0) = a, ST(1) = b; what an inline path does to them is what the integer back end says, or it does nothing. */
static void inline_one(u16 fcw, struct f80 a, struct f80 b, bool (*fast)(struct fpu *), u16 status, struct f80 want)
{
    struct fpu *fpu = &cpu->fpu;
    load_two(fcw, a, b);
    fpu->fsw = FSW_C1;
    if (!fast(fpu))
        ck_assert(same(*fpu_st(fpu, 0), a) && same(*fpu_st(fpu, 1), b) && fpu->fsw == FSW_C1);
    else
        agree("inline", fcw, &a, *fpu_st(fpu, 0), fpu->fsw, want, status);
}

START_TEST(inline_rounding_and_scaling_agree)
{
    struct f80 want, power;
    u16 status;
    seed = 11;
    for (unsigned n = 0; n < 40000; n++) {
        u16 fcw = control((unsigned)rnd() % CONTROLS);
        struct f80 a = rnd() & 15 ? trial(n % 70) : edges[rnd() % ARRAY_LEN(edges)];
        struct f80 b = rnd() & 15 ? trial(n % 16) : edges[rnd() % ARRAY_LEN(edges)];
        status = soft_rint(fcw, &want, &a);
        inline_one(fcw, a, b, fpu_fast_rint, status, want);
        status = soft_scale(fcw, &want, &a, &b);
        inline_one(fcw, a, b, fpu_fast_scale, status, want);
        status = soft_xtract(fcw, &want, &power, &a);
        inline_one(fcw, a, b, fpu_fast_xtract, status, want);
    }
}
END_TEST

START_TEST(kernels_agree)
{
    static const struct { const char *name; fpu_op1_fn *fast, *exact; } ones[] = {
        { "sin", fpu_sin, exact_sin }, { "cos", fpu_cos, exact_cos }, { "ptan", fpu_ptan, exact_ptan },
        { "2xm1", fpu_2xm1, exact_2xm1 },
    };
    static const struct { const char *name; fpu_op2_fn *fast, *exact; } twos[] = {
        { "yl2x", fpu_yl2x, exact_yl2x }, { "yl2xp1", fpu_yl2xp1, exact_yl2xp1 }, { "patan", fpu_patan, exact_patan },
    };
    seed = 7;
    for (unsigned n = 0; n < 3000; n++) {
        u16 fcw = control((unsigned)rnd() % CONTROLS), sx, sy;
        struct f80 a = trial(n % 70), b = trial(n % 11), x, y;
        for (unsigned i = 0; i < ARRAY_LEN(ones); i++) {
            sx = ones[i].fast(fcw, &x, &a), sy = ones[i].exact(fcw, &y, &a);
            agree(ones[i].name, fcw, &a, x, sx, y, sy);
        }
        for (unsigned i = 0; i < ARRAY_LEN(twos); i++) {
            sx = twos[i].fast(fcw, &x, &a, &b), sy = twos[i].exact(fcw, &y, &a, &b);
            agree(twos[i].name, fcw, &a, x, sx, y, sy);
        }
        struct f80 cosine, other;
        sx = fpu_sincos(fcw, &x, &cosine, &a), sy = exact_sin(fcw, &y, &a);
        agree("sincos: sine", fcw, &a, x, sx & FSW_C1, y, sy & FSW_C1);
        sy |= exact_cos(fcw, &other, &a) & (u16)~FSW_C1;
        agree("sincos: cosine", fcw, &a, cosine, sx, other, sy);
    }
}
END_TEST

Suite *fpu_suite(void)
{
    Suite *suite = suite_create("fpu");
    TCase *tests = tcase_create("fpu");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
#if FPU_HOST
    tcase_add_loop_test(tests, host_and_integer_code_agree, 0, CONTROLS);
#endif
    tcase_add_test(tests, inline_arithmetic_agrees);
    tcase_add_test(tests, inline_stores_and_comparisons_agree);
    tcase_add_test(tests, inline_loads_agree);
    tcase_add_test(tests, stack_faults);
    tcase_add_test(tests, pending_exception_waits);
    tcase_add_test(tests, comparison_flags);
    tcase_add_test(tests, decode_table);
    tcase_add_test(tests, transcendental_values);
    tcase_add_test(tests, inline_rounding_and_scaling_agree);
    tcase_add_test(tests, kernels_agree);
    suite_add_tcase(suite, tests);
    return suite;
}
