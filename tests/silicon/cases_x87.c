/* x87 cases: arithmetic, comparisons, loads and stores of all formats, constants, rounding, remainders,
 * transcendentals.
 *
 * Operands are every kind of number, in registers and memory, with all rounding and precision controls, masked and
 * unmasked exceptions, full and empty stacks. Undefined condition codes follow the Intel SDM, volume 2.
 * Left out: FBLD of bytes that are no digits; C1 of FCOMI, its kin and FSTP m80 (makers differ); transcendental
 * arguments that need a reduction; FPREM with an unmasked underflow (Bochs, modelled on Intel, raises none). */
#include "tests/silicon/build_x87.h"
#include <string.h>

static const struct number { u64 significand; u16 exponent; } numbers[] = {
    { 0, 0 }, { 0, 0x8000 },                                                    /* zeros */
    { 1, 0 }, { 0x7fffffffffffffff, 0x8000 }, { 0x0000100000000000, 0 },        /* denormals */
    { 0x8000000000000000, 0 }, { 0xc000000000000001, 0x8000 },                  /* pseudo-denormals */
    { 0x8000000000000000, 1 }, { 0xffffffffffffffff, 0x7ffe }, { 0xffffffffffffffff, 0xfffe },
    { 0x8000000000000000, 0x7fff }, { 0x8000000000000000, 0xffff },             /* infinities */
    { 0xc000000000000000, 0x7fff }, { 0xc000000000000000, 0xffff }, { 0xc123456789abcdef, 0x7fff },
    { 0xe000000000000800, 0xffff },                                             /* quiet NaNs */
    { 0x8000000000000001, 0x7fff }, { 0xa000000000000400, 0xffff },             /* signalling NaNs */
    { 0, 0x7fff }, { 0x4000000000000000, 0x7fff }, { 0x4000000000000000, 0x3fff },   /* unsupported */
    { 0x8000000000000000, 0x3fff }, { 0x8000000000000000, 0xbfff }, { 0x8000000000000000, 0x3ffe },
    { 0xc000000000000000, 0x3fff }, { 0xc000000000000000, 0xc000 }, { 0xc90fdaa22168c235, 0x4000 },
    { 0xaaaaaaaaaaaaaaab, 0x3ffd }, { 0xa000000000000000, 0x4002 }, { 0xfffffffffffffffe, 0x3ffd },
    { 0x8000000000000001, 0x3fff }, { 0xffffffffffffffff, 0xbffe },
    { 0xfffe000000000000, 0x400d }, { 0xffff000000000000, 0x400e }, { 0x8000000000000000, 0xc00e },  /* around 2^15 */
    { 0xfffffffe00000000, 0x401d }, { 0x8000000000000000, 0x401e }, { 0x8000000000000000, 0xc01e },  /* around 2^31 */
    { 0xffffffffffffffff, 0x403d }, { 0x8000000000000000, 0x403e }, { 0x8000000000000000, 0xc03e },  /* around 2^63 */
    { 0xde0b6b3a7640000 << 4, 0x403a }, { 0xde0b6b3a763ffff << 4, 0xc03a },                           /* around 10^18 */
    { 0xffffff0000000000, 0x407e }, { 0xffffff8000000000, 0x407e },
    { 0x8000000000000000, 0x3f81 },  /* single's range */
    { 0x8000000000000000, 0x3f6a }, { 0x8000000000000001, 0xbf69 }, { 0xffffff7fffffffff, 0x3f80 },
    { 0xfffffffffffff800, 0x43fe }, { 0xfffffffffffffc00, 0x43fe },
    { 0x8000000000000000, 0x3c01 },  /* double's range */
    { 0x8000000000000000, 0x3bcd }, { 0xc000000000000000, 0xbbcc }, { 0xfffffffffffff400, 0x3c00 },
};

static void write_number(u8 bytes[10], u64 significand, u16 exponent)
{
    memcpy(bytes, &significand, 8);
    memcpy(bytes + 8, &exponent, 2);
}

void choose_number(struct build *b, u8 bytes[10])
{
    unsigned luck = pick(b, 100);
    if (luck < 62) {
        const struct number *n = &numbers[pick(b, ARRAY_LEN(numbers))];
        write_number(bytes, n->significand, n->exponent);
    } else {
        u16 exponent = luck < 90 ? (u16)(0x3fff - 20 + pick(b, 60)) : (u16)pick(b, 0x7fff);
        write_number(bytes, random64(b) | 1ull << 63, (u16)(exponent | pick(b, 2) << 15));
    }
}

/* ES and B follow from the exception flags that the control word does not mask. */
static void settle_summary(struct silicon_state *s)
{
    s->fsw &= 0x7f7f;
    if (s->fsw & ~s->fcw & 0x3f) s->fsw |= 0x8080;
}

void open_x87_case(struct build *b, const char *name)
{
    static const u16 precision[] = { 0x300, 0x300, 0x200, 0 };
    struct silicon_state *s = &b->c.before;
    open_case(b, "%s", name);
    unsigned top = pick(b, 8), depth = chance(b, 15) ? 8 : 1 + pick(b, 7);
    bool pending = chance(b, 3);
    s->fcw = (u16)(0x40 | precision[pick(b, 4)] | pick(b, 4) << 10 | (chance(b, 70) ? 0x3f : pick(b, 64)));
    s->fsw = (u16)(top << 11 | ((u32)random64(b) & 0x4700) | (chance(b, 25) ? pick(b, 128) : 0));
    if (pending) s->fsw |= (u16)~s->fcw & 0x3f;
    else s->fsw &= (u16)~(~s->fcw & 0x3f);
    settle_summary(s);
    s->ftw = 0;
    for (unsigned i = 0; i < depth; i++) {
        s->ftw |= (u16)(1 << ((top + i) & 7));
        choose_number(b, s->st[i]);
    }
    b->c.head.fsw_mask = 0xffff;
}

struct register_form { const char *name; u8 escape, modrm; bool sti; u16 mask; u8 count; };
static const struct register_form register_forms[] = {
    { "fadd", 0xd8, 0xc0, true, C1_ONLY, 60 },    { "fmul", 0xd8, 0xc8, true, C1_ONLY, 60 },
    { "fcom", 0xd8, 0xd0, true, C_ALL, 40 },      { "fcomp", 0xd8, 0xd8, true, C_ALL, 30 },
    { "fsub", 0xd8, 0xe0, true, C1_ONLY, 60 },    { "fsubr", 0xd8, 0xe8, true, C1_ONLY, 40 },
    { "fdiv", 0xd8, 0xf0, true, C1_ONLY, 70 },    { "fdivr", 0xd8, 0xf8, true, C1_ONLY, 40 },
    { "fadd", 0xdc, 0xc0, true, C1_ONLY, 20 },    { "fmul", 0xdc, 0xc8, true, C1_ONLY, 20 },
    { "fcom2", 0xdc, 0xd0, true, C_ALL, 8 },      { "fcomp3", 0xdc, 0xd8, true, C_ALL, 8 },
    { "fsubr", 0xdc, 0xe0, true, C1_ONLY, 20 },   { "fsub", 0xdc, 0xe8, true, C1_ONLY, 20 },
    { "fdivr", 0xdc, 0xf0, true, C1_ONLY, 20 },   { "fdiv", 0xdc, 0xf8, true, C1_ONLY, 20 },
    { "faddp", 0xde, 0xc0, true, C1_ONLY, 24 },   { "fmulp", 0xde, 0xc8, true, C1_ONLY, 24 },
    { "fcomp5", 0xde, 0xd0, true, C_ALL, 8 },     { "fcompp", 0xde, 0xd9, false, C_ALL, 24 },
    { "fsubrp", 0xde, 0xe0, true, C1_ONLY, 24 },  { "fsubp", 0xde, 0xe8, true, C1_ONLY, 24 },
    { "fdivrp", 0xde, 0xf0, true, C1_ONLY, 24 },  { "fdivp", 0xde, 0xf8, true, C1_ONLY, 24 },
    { "fld", 0xd9, 0xc0, true, C1_ONLY, 30 },     { "fxch", 0xd9, 0xc8, true, C1_ONLY, 30 },
    { "fnop", 0xd9, 0xd0, false, C_NONE, 8 },     { "fstp1", 0xd9, 0xd8, true, C1_ONLY, 12 },
    { "fchs", 0xd9, 0xe0, false, C1_ONLY, 20 },   { "fabs", 0xd9, 0xe1, false, C1_ONLY, 20 },
    { "ftst", 0xd9, 0xe4, false, C_ALL, 40 },     { "fxam", 0xd9, 0xe5, false, C_ALL, 60 },
    { "fld1", 0xd9, 0xe8, false, C1_ONLY, 12 },   { "fldl2t", 0xd9, 0xe9, false, C1_ONLY, 20 },
    { "fldl2e", 0xd9, 0xea, false, C1_ONLY, 20 }, { "fldpi", 0xd9, 0xeb, false, C1_ONLY, 20 },
    { "fldlg2", 0xd9, 0xec, false, C1_ONLY, 20 }, { "fldln2", 0xd9, 0xed, false, C1_ONLY, 20 },
    { "fldz", 0xd9, 0xee, false, C1_ONLY, 12 },   { "fxtract", 0xd9, 0xf4, false, C1_ONLY, 60 },
    { "fprem1", 0xd9, 0xf5, false, C_ALL, 90 },   { "fprem", 0xd9, 0xf8, false, C_ALL, 90 },
    { "fdecstp", 0xd9, 0xf6, false, C1_ONLY, 10 }, { "fincstp", 0xd9, 0xf7, false, C1_ONLY, 10 },
    { "fsqrt", 0xd9, 0xfa, false, C1_ONLY, 90 },  { "frndint", 0xd9, 0xfc, false, C1_ONLY, 90 },
    { "fscale", 0xd9, 0xfd, false, C1_ONLY, 90 },
    { "fcmovb", 0xda, 0xc0, true, C1_ONLY, 14 },  { "fcmove", 0xda, 0xc8, true, C1_ONLY, 14 },
    { "fcmovbe", 0xda, 0xd0, true, C1_ONLY, 14 }, { "fcmovu", 0xda, 0xd8, true, C1_ONLY, 14 },
    { "fcmovnb", 0xdb, 0xc0, true, C1_ONLY, 14 }, { "fcmovne", 0xdb, 0xc8, true, C1_ONLY, 14 },
    { "fcmovnbe", 0xdb, 0xd0, true, C1_ONLY, 14 }, { "fcmovnu", 0xdb, 0xd8, true, C1_ONLY, 14 },
    { "fucompp", 0xda, 0xe9, false, C_ALL, 20 },  { "fucomi", 0xdb, 0xe8, true, C_BUT_C1, 40 },
    { "fcomi", 0xdb, 0xf0, true, C_BUT_C1, 40 },  { "fucomip", 0xdf, 0xe8, true, C_BUT_C1, 24 },
    { "fcomip", 0xdf, 0xf0, true, C_BUT_C1, 24 }, { "fucom", 0xdd, 0xe0, true, C_ALL, 40 },
    { "fucomp", 0xdd, 0xe8, true, C_ALL, 24 },    { "ffree", 0xdd, 0xc0, true, C_NONE, 12 },
    { "fxch4", 0xdd, 0xc8, true, C1_ONLY, 8 },    { "fst", 0xdd, 0xd0, true, C1_ONLY, 24 },
    { "fstp", 0xdd, 0xd8, true, C1_ONLY, 24 },    { "ffreep", 0xdf, 0xc0, true, C_NONE, 8 },
    { "fxch7", 0xdf, 0xc8, true, C1_ONLY, 8 },    { "fstp8", 0xdf, 0xd0, true, C1_ONLY, 8 },
    { "fstp9", 0xdf, 0xd8, true, C1_ONLY, 8 },
};

static void make_register_form(struct build *b, const struct register_form *form)
{
    open_x87_case(b, form->name);
    if (form->modrm == 0xf5 || form->modrm == 0xf8) {       /* FPREM1, FPREM */
        b->c.before.fcw |= 0x10;
        settle_summary(&b->c.before);
    }
    emit(b, form->escape);
    emit(b, form->modrm + (form->sti ? pick(b, chance(b, 70) ? 3 : 8) : 0));
    b->c.head.fsw_mask = form->mask;
    close_case(b);
}

enum format { SINGLE, DOUBLE, EXTENDED, INT16, INT32, INT64, BCD };
static const u8 format_size[] = { 4, 8, 10, 2, 4, 8, 10 };

struct memory_form { const char *name; u8 escape, extension, format; bool stores; u16 mask; u8 count; };
static const struct memory_form memory_forms[] = {
    { "fld m32", 0xd9, 0, SINGLE, false, C1_ONLY, 50 },     { "fld m64", 0xdd, 0, DOUBLE, false, C1_ONLY, 50 },
    { "fld m80", 0xdb, 5, EXTENDED, false, C1_ONLY, 40 },   { "fild m16", 0xdf, 0, INT16, false, C1_ONLY, 24 },
    { "fild m32", 0xdb, 0, INT32, false, C1_ONLY, 24 },     { "fild m64", 0xdf, 5, INT64, false, C1_ONLY, 30 },
    { "fbld", 0xdf, 4, BCD, false, C1_ONLY, 40 },           { "fst m32", 0xd9, 2, SINGLE, true, C1_ONLY, 80 },
    { "fstp m32", 0xd9, 3, SINGLE, true, C1_ONLY, 60 },     { "fst m64", 0xdd, 2, DOUBLE, true, C1_ONLY, 80 },
    { "fstp m64", 0xdd, 3, DOUBLE, true, C1_ONLY, 60 },     { "fstp m80", 0xdb, 7, EXTENDED, true, C_NONE, 40 },
    { "fist m16", 0xdf, 2, INT16, true, C1_ONLY, 50 },      { "fistp m16", 0xdf, 3, INT16, true, C1_ONLY, 40 },
    { "fist m32", 0xdb, 2, INT32, true, C1_ONLY, 50 },      { "fistp m32", 0xdb, 3, INT32, true, C1_ONLY, 40 },
    { "fistp m64", 0xdf, 7, INT64, true, C1_ONLY, 60 },     { "fbstp", 0xdf, 6, BCD, true, C1_ONLY, 80 },
};

static u64 choose_single(struct build *b)
{
    static const u32 values[] = { 0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x7f7fffff, 0x7f800000, 0xff800000,
                                  0x7fc00000, 0xffc12345, 0x7f800001, 0xffa00000, 0x3f800000, 0xbf800000, 0x40490fdb,
                                  0x4f000000, 0x34000000 };
    return chance(b, 75) ? values[pick(b, ARRAY_LEN(values))] : (u32)random64(b);
}

static u64 choose_double(struct build *b)
{
    static const u64 values[] = {
        0, 1ull << 63, 1, 0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x7ff0000000000000,
        0xfff0000000000000,
        0x7ff8000000000000, 0xfff8000012345678, 0x7ff0000000000001, 0xfff4000000000000, 0x3ff0000000000000,
        0xbff0000000000000,
        0x400921fb54442d18, 0x43e0000000000000, 0x3fd5555555555555
    };
    return chance(b, 75) ? values[pick(b, ARRAY_LEN(values))] : random64(b);
}

static void choose_bcd(struct build *b, u8 bytes[10])
{
    for (unsigned i = 0; i < 9; i++)
        bytes[i] = (u8)(chance(b, 25) ? 0x99 : chance(b, 40) ? 0 : pick(b, 10) << 4 | pick(b, 10));
    bytes[9] = (u8)(pick(b, 2) << 7 | (chance(b, 20) ? pick(b, 128) : 0));
}

static void poke_operand(struct build *b, enum format format)
{
    u8 bytes[10];
    u64 value = 0;
    if (format == BCD) choose_bcd(b, bytes);
    else if (format == EXTENDED) choose_number(b, bytes);
    else {
        value = format == SINGLE ? choose_single(b) : format == DOUBLE ? choose_double(b)
              : format == INT64 && chance(b, 50) ? random64(b) : (u64)(s64)(s32)edge(b, 32);
        memcpy(bytes, &value, sizeof(value));
    }
    poke_bytes(b, b->operand, bytes, format_size[format]);
}

/* Memory faults only where nothing else can go wrong and the operand is read in one piece: makers differ elsewhere. */
static void emit_x87_memory(struct build *b, unsigned escape, unsigned extension, unsigned size)
{
    bool all_masked = (b->c.before.fcw & 0x3f) == 0x3f;
    b->safe = size > 4 || !all_masked || chance(b, 75);
    b->around = 10;
    emit_prefixes(b, b->code16 ? 16 : 32);
    emit(b, escape);
    emit_memory(b, extension, size);
}

static void make_memory_form(struct build *b, const struct memory_form *form)
{
    open_x87_case(b, form->name);
    if (!form->stores && chance(b, 85)) {       /* room on the stack */
        u16 above = (u16)(1 << ((b->c.before.fsw >> 11) + 7) % 8);
        b->c.before.ftw &= (u16)~above;
    }
    emit_x87_memory(b, form->escape, form->extension, format_size[form->format]);
    if (!form->stores) poke_operand(b, form->format);
    b->c.head.fsw_mask = form->mask;
    close_case(b);
}

static void make_memory_arithmetic(struct build *b, unsigned op, unsigned which)
{
    static const struct { u8 escape, format; const char *prefix, *suffix; } kinds[4] = {
        { 0xd8, SINGLE, "f", "m32" }, { 0xdc, DOUBLE, "f", "m64" }, { 0xda, INT32, "fi", "m32" },
        { 0xde, INT16, "fi", "m16" }
    };
    static const char *const ops[8] = { "add", "mul", "com", "comp", "sub", "subr", "div", "divr" };
    char name[16];
    snprintf(name, sizeof(name), "%s%s %s", kinds[which].prefix, ops[op], kinds[which].suffix);
    open_x87_case(b, name);
    emit_x87_memory(b, kinds[which].escape, op, format_size[kinds[which].format]);
    poke_operand(b, kinds[which].format);
    b->c.head.fsw_mask = op == 2 || op == 3 ? C_ALL : C1_ONLY;
    close_case(b);
}

static const struct register_form transcendental_forms[] = {
    { "f2xm1", 0xd9, 0xf0, false, 0, 24 }, { "fyl2x", 0xd9, 0xf1, false, 0, 24 }, { "fptan", 0xd9, 0xf2, false, 0, 24 },
    { "fpatan", 0xd9, 0xf3, false, 0, 24 }, { "fyl2xp1", 0xd9, 0xf9, false, 0, 24 },
    { "fsincos", 0xd9, 0xfb, false, 0, 24 },
    { "fsin", 0xd9, 0xfe, false, 0, 24 }, { "fcos", 0xd9, 0xff, false, 0, 24 },
};

/* Ordinary arguments within +-1/4 (for FYL2X, anything positive in ST(0)), all exceptions masked. */
static void make_transcendental(struct build *b, const struct register_form *form)
{
    struct silicon_state *s;
    open_x87_case(b, form->name);
    s = &b->c.before;
    s->fcw |= 0x33f;
    settle_summary(s);
    for (unsigned i = 0; i < 2; i++)
        write_number(s->st[i], random64(b) | 1ull << 63, (u16)(0x3ffc - pick(b, 12) + pick(b, 2) * 0x8000));
    if (form->modrm == 0xf1) write_number(s->st[0], random64(b) | 1ull << 63, (u16)(0x3fff - 40 + pick(b, 80)));
    s->ftw |= (u16)(1 << (s->fsw >> 11 & 7) | 1 << ((s->fsw >> 11) + 1) % 8);
    if (form->modrm == 0xf2 || form->modrm == 0xfb) s->ftw &= (u16)~(1 << ((s->fsw >> 11) + 7) % 8);
    emit(b, form->escape);
    emit(b, form->modrm);
    b->c.head.fsw_mask = 0xbfc1 & ~0x4700;
    set_case_flags(b, CASE_LOOSE);
    close_case(b);
}

void make_x87_cases(struct build *b)
{
    for (unsigned i = 0; i < ARRAY_LEN(register_forms); i++)
        for (unsigned n = 0; n < register_forms[i].count; n++) make_register_form(b, &register_forms[i]);
    for (unsigned i = 0; i < ARRAY_LEN(memory_forms); i++)
        for (unsigned n = 0; n < memory_forms[i].count; n++) make_memory_form(b, &memory_forms[i]);
    for (unsigned op = 0; op < 8; op++)
        for (unsigned n = 0; n < 48; n++) make_memory_arithmetic(b, op, n & 3);
    for (unsigned i = 0; i < ARRAY_LEN(transcendental_forms); i++)
        for (unsigned n = 0; n < transcendental_forms[i].count; n++) make_transcendental(b, &transcendental_forms[i]);
}
