/* The x87's everyday work, inline: no fault, no unmasked exception, no stack fault. IA-32 SDM volume 1, chapter 8.
 *
 * fpu_fast_*: normal numbers (and zeros where they are no work), rounded to nearest, in integer code: an x87
 * operation through memory costs two FLD m80, an FSTP m80 and an FNSTSW, which is two to three times as slow on
 * current processors. fpu_plain_*: all operands, on the host's x87. The emulator's thread owns it between
 * fpu_enter() and fpu_leave(): all its exceptions are masked, its sticky exception flags are a subset of the guest's.
 * What rounds loads the guest's control word itself: processors predict FLDCW's value per instruction, so that one
 * that seldom changes costs nothing, and one in the guest's FLDCW would cost 50 ns whenever it alternates. So what FNSTSW shows can be ORed into the guest's status, and if it shows a bit
 * which the guest has not masked, this operation raised it (an older one would be pending, and the instruction would
 * not have begun).
 *
 * Both return false, having changed nothing, when their case is not theirs; then the routine of the instruction does
 * the whole work. The caller has tested fpu_pending() and calls fpu_note*() afterwards. */
#ifndef CPU_FPU_FAST_H
#define CPU_FPU_FAST_H
#include "cpu.h"
#include "fpu_math.h"
#include <string.h>

/* ---- the register stack ---- */
static inline struct f80 *fpu_st(struct fpu *fpu, unsigned i) { return (struct f80 *)fpu->st[(fpu->top + i) & 7]; }
static inline u8 fpu_bit(const struct fpu *fpu, unsigned i) { return (u8)(1 << ((fpu->top + i) & 7)); }
static inline bool fpu_is_empty(const struct fpu *fpu, unsigned i) { return fpu->empty & fpu_bit(fpu, i); }
static inline u16 fpu_status(const struct fpu *fpu) { return (u16)(fpu->fsw | fpu->top << 11); }

/* Member by member, as it was stored: a load of 16 bytes would have to wait for the store. */
static inline struct f80 f80_get(const struct f80 *from) { return f80_make(from->exponent, from->significand); }
/* Copies a value, leaving the slot's unused bytes (they are 0 and are part of the state's hash). */
static inline void f80_put(struct f80 *to, const struct f80 *from)
{
    to->significand = from->significand;
    to->exponent = from->exponent;
}

static inline void fpu_pop(struct fpu *fpu)
{
    fpu->empty |= (u8)(1 << fpu->top);
    fpu->top = (fpu->top + 1) & 7;
}

static inline void fpu_push(struct fpu *fpu, struct f80 value)
{
    fpu->top = (fpu->top - 1) & 7;
    fpu->empty &= (u8)~(1 << fpu->top);
    f80_put(fpu_st(fpu, 0), &value);
}

static inline void fpu_control_set(struct fpu *fpu, u16 fcw) { fpu->fcw = (fcw & FCW_DEFINED) | FCW_ONES; }
/* FLDCW, if no exception becomes pending. */
static inline bool fpu_fast_fldcw(struct fpu *fpu, u16 fcw)
{
    if (unlikely(fpu->fsw & ~fcw & FSW_EXCEPTIONS))
        return false;
    fpu_control_set(fpu, fcw);
    return true;
}

/* An unmasked exception waits for the next waiting instruction. */
static inline bool fpu_pending(const struct fpu *fpu) { return fpu->fsw & FSW_ES; }

/* Records the instruction pointer and opcode, and the operand pointer, for the environment image. */
static inline void fpu_note(struct cpu *cpu, const struct insn *insn)
{
    cpu->fpu.fip = insn_eip(cpu, insn);
    cpu->fpu.fcs = cpu->sys.seg[CS].selector;
    cpu->fpu.fop = (u16)insn->imm;
}
static inline void fpu_note_memory(struct cpu *cpu, const struct insn *insn, u32 ea)
{
    fpu_note(cpu, insn);
    cpu->fpu.fdp = ea;
    cpu->fpu.fds = cpu->sys.seg[insn->seg].selector;
}

/* With UE masked an exact tiny result is silent on the host; unmasked it is not. */
static inline bool fpu_shows_all(const struct fpu *fpu) { return fpu->fcw & FSW_UE; }

/* Takes the status of an operation if nothing in it is unmasked; `defined` are the condition codes it defines. */
static inline bool fpu_fast_commit(struct fpu *fpu, u16 status, u16 defined)
{
    if (unlikely(status & FSW_EXCEPTIONS & ~fpu->fcw))
        return false;
    fpu->fsw = (u16)((fpu->fsw & ~defined) | (status & (defined | FSW_EXCEPTIONS)));
    return true;
}
static inline void fpu_clear_c1(struct fpu *fpu) { fpu->fsw &= (u16)~FSW_C1; }

/* ---- arithmetic: fpu_fast_OP(fpu, dest, i) and fpu_fast_OP_m32/m64(fpu, m) ---- */
/* ST(dest) = ST(0) OP ST(i); ST(0) = ST(0) OP m. */
#define FPU_INLINE inline __attribute__((always_inline))
#define FPU_HALF F80_INTEGER_BIT

static inline bool f80_is_normal(struct f80 a) { return (a.exponent & F80_EXP) - 1u < 0x7ffe && a.significand >> 63; }
/* Rounding to nearest, and PE masked: then nothing in range has to be refused. */
static inline bool fpu_rounds_simply(const struct fpu *fpu) { return (fpu->fcw & (FCW_RC | FSW_PE)) == FSW_PE; }
static inline void fpu_set_precision(struct fpu *fpu, bool inexact, bool up)
{
    fpu->fsw = (u16)((fpu->fsw & ~FSW_C1) | inexact * FSW_PE | up * FSW_C1);
}

/* *to = high:low * 2^(exponent - bias - 63), rounded to the precision in force; high has its top bit set. */
static FPU_INLINE bool fpu_fast_round(struct fpu *fpu, struct f80 *to, u16 sign, s32 exponent, u64 high, u64 low)
{
    static const u8 drops[4] = { 40, 0, 11, 0 };
    unsigned drop = drops[fpu->fcw >> 8 & 3];
    u64 unit = (u64)1 << drop;
    if (drop) {
        low = high << (64 - drop) | (low != 0);
        high &= -unit;
    }
    /* Without a branch: the last bit of a result cannot be predicted. (Which operand is larger often can.) */
    u64 up = low > FPU_HALF - (high >> drop & 1), carry;
    high += up << drop;
    carry = !high;
    exponent += (s32)carry;
    high |= carry << 63;
    if (unlikely((u32)exponent - 1 >= 0x7ffe))
        return false;
    fpu_set_precision(fpu, low, up);
    to->significand = high;
    to->exponent = sign | (u16)exponent;
    return true;
}

static FPU_INLINE bool fpu_fast_add_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    u32 ea = a.exponent & F80_EXP, eb = b.exponent & F80_EXP;
    bool swap = ea < eb || (ea == eb && a.significand < b.significand);
    u64 x = swap ? b.significand : a.significand, y = swap ? a.significand : b.significand;
    u32 exponent = swap ? eb : ea, distance = swap ? eb - ea : ea - eb;
    u16 sign = (swap ? b.exponent : a.exponent) & F80_SIGN;
    if (unlikely(distance > 63))
        return false;
    u64 low = y << 1 << (63 - distance), high = y >> distance;
    low = distance ? low : 0;
    if ((a.exponent ^ b.exponent) & F80_SIGN) {
        u64 difference = x - high - (low != 0);
        low = -low;
        if (unlikely(!difference))
            return false;
        int shift = __builtin_clzll(difference);
        difference = difference << shift | (shift ? low >> (64 - shift) : 0);
        return fpu_fast_round(fpu, to, sign, (s32)exponent - shift, difference, low << shift);
    }
    u64 sum = x + high;
    if (sum < x) {
        low = sum << 63 | low >> 1 | (low & 1);
        sum = sum >> 1 | F80_INTEGER_BIT;
        exponent++;
    }
    return fpu_fast_round(fpu, to, sign, (s32)exponent, sum, low);
}
static FPU_INLINE bool fpu_fast_sub_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    b.exponent ^= F80_SIGN;
    return fpu_fast_add_values(fpu, to, a, b);
}
static FPU_INLINE bool fpu_fast_subr_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    return fpu_fast_sub_values(fpu, to, b, a);
}
#ifdef __SIZEOF_INT128__
static FPU_INLINE bool fpu_fast_mul_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    unsigned __int128 product = (unsigned __int128)a.significand * b.significand;
    s32 exponent = (a.exponent & F80_EXP) + (b.exponent & F80_EXP) - F80_BIAS + 1;
    unsigned shift = !(product >> 127);
    product <<= shift;
    return fpu_fast_round(fpu, to, (a.exponent ^ b.exponent) & F80_SIGN, exponent - (s32)shift,
                          (u64)(product >> 64), (u64)product);
}
#else
static FPU_INLINE bool fpu_fast_mul_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    (void)fpu, (void)to, (void)a, (void)b;
    return false;
}
#endif
#ifdef __x86_64__
static FPU_INLINE bool fpu_fast_div_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    bool small = a.significand < b.significand;
    u64 high = a.significand >> !small, low = small ? 0 : a.significand << 63, quotient, rest;
    s32 exponent = (a.exponent & F80_EXP) - (b.exponent & F80_EXP) + F80_BIAS - small;
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "a"(low), "d"(high), "r"(b.significand) : "cc");
    u64 other = b.significand - rest;
    u64 below = (rest >= other ? FPU_HALF : 0) | (rest && rest != other);
    return fpu_fast_round(fpu, to, (a.exponent ^ b.exponent) & F80_SIGN, exponent, quotient, below);
}
#else
static FPU_INLINE bool fpu_fast_div_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    (void)fpu, (void)to, (void)a, (void)b;
    return false;
}
#endif
static FPU_INLINE bool fpu_fast_divr_values(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    return fpu_fast_div_values(fpu, to, b, a);
}

/* Normal numbers and zeros of the narrow formats; anything else becomes a value that is neither. */
static inline struct f80 f80_widen_m32(u32 m)
{
    u32 exponent = m >> 23 & 0xff;
    u16 wide = exponent - 1 < 0xfe ? (u16)(exponent + F80_BIAS - 0x7f) : 0;
    return f80_make((u16)(m >> 16 & F80_SIGN) | wide, m << 1 ? F80_INTEGER_BIT | (u64)m << 40 : 0);
}
static inline struct f80 f80_widen_m64(u64 m)
{
    u32 exponent = (u32)(m >> 52) & 0x7ff;
    u16 wide = exponent - 1 < 0x7fe ? (u16)(exponent + F80_BIAS - 0x3ff) : 0;
    return f80_make((u16)(m >> 48 & F80_SIGN) | wide, m << 1 ? F80_INTEGER_BIT | m << 11 : 0);
}

/* ST(0) OP b where an operand is zero; fpu_arith.c. */
#define FPU_DECLARE_WITH_ZERO(name) bool fpu_zero_##name(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b);
FPU_ARITH_OPS(FPU_DECLARE_WITH_ZERO)
#define FPU_FAST_ARITH(name)                                                                               \
    static FPU_INLINE bool fpu_fast_##name(struct fpu *fpu, unsigned dest, unsigned i)                     \
    {                                                                                                      \
        struct f80 a = f80_get(fpu_st(fpu, 0)), b = f80_get(fpu_st(fpu, i));                               \
        if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))) || unlikely(!fpu_rounds_simply(fpu))) \
            return false;                                                                                  \
        if (unlikely(!f80_is_normal(a)) || unlikely(!f80_is_normal(b)))                                    \
            return fpu_zero_##name(fpu, fpu_st(fpu, dest), a, b);                                          \
        return fpu_fast_##name##_values(fpu, fpu_st(fpu, dest), a, b);                                     \
    }                                                                                                      \
    static FPU_INLINE bool fpu_fast_##name##_wide(struct fpu *fpu, struct f80 b)                           \
    {                                                                                                      \
        struct f80 a = f80_get(fpu_st(fpu, 0));                                                            \
        if (unlikely(fpu_is_empty(fpu, 0)) || unlikely(!fpu_rounds_simply(fpu)))                           \
            return false;                                                                                  \
        if (unlikely(!f80_is_normal(a)) || unlikely(!f80_is_normal(b)))                                    \
            return fpu_zero_##name(fpu, fpu_st(fpu, 0), a, b);                                             \
        return fpu_fast_##name##_values(fpu, fpu_st(fpu, 0), a, b);                                        \
    }                                                                                                      \
    static FPU_INLINE bool fpu_fast_##name##_m32(struct fpu *fpu, u32 m)                                   \
    {                                                                                                      \
        return fpu_fast_##name##_wide(fpu, f80_widen_m32(m));                                              \
    }                                                                                                      \
    static FPU_INLINE bool fpu_fast_##name##_m64(struct fpu *fpu, u64 m)                                   \
    {                                                                                                      \
        return fpu_fast_##name##_wide(fpu, f80_widen_m64(m));                                              \
    }
FPU_ARITH_OPS(FPU_FAST_ARITH)

/* ---- arithmetic on the host: fpu_plain_OP(fpu, dest, i), fpu_plain_OP_m32/m64(fpu, m) ---- */
#if FPU_HOST
#define FPU_PLAIN_ONE(name) \
    FPU_PLAIN_BODY(fpu_st(fpu, 0), "fldt %2; " FPU_HOST_NAME_##name "; fnstsw %0", "m"(*fpu_st(fpu, 0)))
#define FPU_HOST_NAME_sqrt "fsqrt"
#define FPU_HOST_NAME_rint "frndint"
typedef long double fpu_host_value __attribute__((may_alias, aligned(1)));
#define FPU_PLAIN_BODY(to, code, ...)                                                                    \
    u16 status, control = fpu->fcw | FCW_MASKS;                                                         \
    long double result;                                                                                 \
    __asm__ volatile("fldcw %[control]; " code                                                          \
                     : "=&a"(status), "=t"(result) : __VA_ARGS__, [control] "m"(control) : "st(1)");    \
    if (!fpu_shows_all(fpu) || !fpu_fast_commit(fpu, status, FSW_C1))                                   \
        return false;                                                                                   \
    *(fpu_host_value *)(to) = result;                                                                   \
    return true;
#define FPU_PLAIN_STACK(name)                                                                            \
    FPU_PLAIN_BODY(fpu_st(fpu, dest), "fldt %3; fldt %2; f" #name " %%st(1), %%st; fnstsw %0; fstp %%st(1)", \
                  "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)))
#define FPU_PLAIN_MEMORY(name, suffix) \
    FPU_PLAIN_BODY(fpu_st(fpu, 0), "fldt %2; f" #name #suffix " %3; fnstsw %0", "m"(*fpu_st(fpu, 0)), "m"(m))
#else
#define FPU_PLAIN_BODY(to, call)                     \
    struct f80 result;                              \
    u16 status = call;                              \
    if (!fpu_fast_commit(fpu, status, FSW_C1))      \
        return false;                               \
    f80_put(to, &result);                           \
    return true;
#define FPU_PLAIN_STACK(name) \
    FPU_PLAIN_BODY(fpu_st(fpu, dest), soft_##name(fpu->fcw, &result, fpu_st(fpu, 0), fpu_st(fpu, i)))
#define FPU_PLAIN_MEMORY(name, suffix) \
    FPU_PLAIN_BODY(fpu_st(fpu, 0), FPU_PLAIN_SOFT_##suffix(name)(fpu->fcw, &result, fpu_st(fpu, 0), m))
#define FPU_PLAIN_ONE(name) FPU_PLAIN_BODY(fpu_st(fpu, 0), soft_##name(fpu->fcw, &result, fpu_st(fpu, 0)))
#define FPU_PLAIN_SOFT_s(name) soft_##name##_m32
#define FPU_PLAIN_SOFT_l(name) soft_##name##_m64
#endif

#define FPU_PLAIN_ARITH(name)                                                                  \
    static inline bool fpu_plain_##name(struct fpu *fpu, unsigned dest, unsigned i)            \
    {                                                                                         \
        if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))))                       \
            return false;                                                                     \
        FPU_PLAIN_STACK(name)                                                                  \
    }                                                                                         \
    static inline bool fpu_plain_##name##_m32(struct fpu *fpu, u32 m)                          \
    {                                                                                         \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                   \
            return false;                                                                     \
        FPU_PLAIN_MEMORY(name, s)                                                              \
    }                                                                                         \
    static inline bool fpu_plain_##name##_m64(struct fpu *fpu, u64 m)                          \
    {                                                                                         \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                   \
            return false;                                                                     \
        FPU_PLAIN_MEMORY(name, l)                                                              \
    }
FPU_ARITH_OPS(FPU_PLAIN_ARITH)
static inline bool fpu_plain_sqrt(struct fpu *fpu)
{
    if (unlikely(fpu_is_empty(fpu, 0)))
        return false;
    FPU_PLAIN_ONE(sqrt)
}
static inline bool fpu_plain_rint(struct fpu *fpu)
{
    if (unlikely(fpu_is_empty(fpu, 0)))
        return false;
    FPU_PLAIN_ONE(rint)
}

/* FRNDINT: zeros and normal numbers, under every rounding control. */
static inline bool fpu_fast_rint(struct fpu *fpu)
{
    struct f80 a = f80_get(fpu_st(fpu, 0));
    s32 power = (a.exponent & F80_EXP) - F80_BIAS;
    u16 sign = a.exponent & F80_SIGN, rounding = fpu->fcw & FCW_RC;
    u64 whole = 0, below = power == -1 ? a.significand : 1;
    if (unlikely(fpu_is_empty(fpu, 0)) || (!f80_is_normal(a) && !f80_is_zero(a)) || unlikely(!(fpu->fcw & FSW_PE)))
        return false;
    if (power >= 63 || f80_is_zero(a)) {
        fpu_clear_c1(fpu);
        return true;
    }
    if (power >= 0) {
        whole = a.significand >> (63 - power);
        below = a.significand << power << 1;
    }
    bool up = rounding ? below && rounding == (sign ? FCW_DOWN : FCW_UP) : below > FPU_HALF - (whole & 1);
    a = f80_from_s64((s64)(whole + up));
    fpu_set_precision(fpu, below, up);
    fpu_st(fpu, 0)->significand = a.significand;
    fpu_st(fpu, 0)->exponent = (a.exponent & F80_EXP) | sign;
    return true;
}
/* FSCALE of normal numbers with a normal result. */
static inline bool fpu_fast_scale(struct fpu *fpu)
{
    struct f80 a = f80_get(fpu_st(fpu, 0)), b = f80_get(fpu_st(fpu, 1));
    s32 power = (b.exponent & F80_EXP) - F80_BIAS;
    if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, 1))) || !f80_is_normal(a) || power > 14 ||
        (!f80_is_normal(b) && !f80_is_zero(b)))
        return false;
    s32 by = power < 0 ? 0 : (s32)(b.significand >> (63 - power));
    s32 exponent = (a.exponent & F80_EXP) + (b.exponent & F80_SIGN ? -by : by);
    if (exponent < 1 || exponent > 0x7ffe)
        return false;
    fpu_clear_c1(fpu);
    fpu_st(fpu, 0)->exponent = (a.exponent & F80_SIGN) | (u16)exponent;
    return true;
}
/* FXTRACT of normal numbers. */
static inline bool fpu_fast_xtract(struct fpu *fpu)
{
    struct f80 a = f80_get(fpu_st(fpu, 0)), power = f80_from_s64((a.exponent & F80_EXP) - F80_BIAS);
    if (unlikely(fpu_is_empty(fpu, 0)) || unlikely(!fpu_is_empty(fpu, 7)) || !f80_is_normal(a))
        return false;
    fpu_clear_c1(fpu);
    f80_put(fpu_st(fpu, 0), &power);
    fpu_push(fpu, f80_make((a.exponent & F80_SIGN) | F80_BIAS, a.significand));
    return true;
}

/* ---- loads ---- */
static inline bool fpu_fast_push(struct fpu *fpu, struct f80 value)
{
    if (unlikely(!fpu_is_empty(fpu, 7)))
        return false;
    fpu_clear_c1(fpu);
    fpu_push(fpu, value);
    return true;
}
/* A normal number or zero widens without any exception. */
static inline bool fpu_fast_fld_m32(struct fpu *fpu, u32 m)
{
    struct f80 wide = f80_widen_m32(m);
    return (likely(f80_is_normal(wide)) || f80_is_zero(wide)) && fpu_fast_push(fpu, wide);
}
static inline bool fpu_fast_fld_m64(struct fpu *fpu, u64 m)
{
    struct f80 wide = f80_widen_m64(m);
    return (likely(f80_is_normal(wide)) || f80_is_zero(wide)) && fpu_fast_push(fpu, wide);
}
static inline bool fpu_fast_fild(struct fpu *fpu, s64 value) { return fpu_fast_push(fpu, f80_from_s64(value)); }
static inline bool fpu_fast_fld_sti(struct fpu *fpu, unsigned i)
{
    return likely(!fpu_is_empty(fpu, i)) && fpu_fast_push(fpu, f80_get(fpu_st(fpu, i)));
}
/* FLD1 and FLDZ, by their place among the constants: the others are rounded. */
static inline bool fpu_fast_constant(struct fpu *fpu, unsigned i)
{
    struct f80 value = i ? f80_make(0, 0) : f80_make(F80_BIAS, F80_INTEGER_BIT);
    return (i == 0 || i == 6) && fpu_fast_push(fpu, value);
}

/* ---- stores ---- */
/* The value of ST(0) goes to *m, the raised status to *status; after the write follows fpu_fast_store_done(). */
static inline bool fpu_fast_narrow(struct fpu *fpu, u64 *m, u16 *status, unsigned drop, u32 bias)
{
    struct f80 a = f80_get(fpu_st(fpu, 0));
    u64 unit = (u64)1 << drop, below = a.significand << (64 - drop), high = a.significand & -unit;
    u64 up = below > FPU_HALF - (high >> drop & 1);
    u32 exponent = (a.exponent & F80_EXP) - F80_BIAS + bias;
    high += up << drop;
    exponent += !high;
    *status = (below ? FSW_PE : 0) | (up ? FSW_C1 : 0);
    *m = ((u64)exponent << (63 - drop)) | (high << 1 >> (drop + 1));
    if (likely(exponent - 1 < 2 * bias && a.significand >> 63))
        return likely(!fpu_is_empty(fpu, 0) && fpu_rounds_simply(fpu));
    *m = *status = 0;
    return f80_is_zero(a) && !fpu_is_empty(fpu, 0);
}
static inline bool fpu_fast_fst_m32(struct fpu *fpu, u32 *m, u16 *status)
{
    u64 value;
    if (!fpu_fast_narrow(fpu, &value, status, 40, 0x7f))
        return false;
    *m = (u32)value | (u32)(fpu_st(fpu, 0)->exponent & F80_SIGN) << 16;
    return true;
}
static inline bool fpu_fast_fst_m64(struct fpu *fpu, u64 *m, u16 *status)
{
    u64 value;
    if (!fpu_fast_narrow(fpu, &value, status, 11, 0x3ff))
        return false;
    *m = value | (u64)(fpu_st(fpu, 0)->exponent & F80_SIGN) << 48;
    return true;
}
/* To an integer of `bits` bits, rounded to nearest or truncated; magnitudes of a half and more, and zero. */
static inline bool fpu_fast_integer(struct fpu *fpu, s64 *m, u16 *status, unsigned bits)
{
    struct f80 a = f80_get(fpu_st(fpu, 0));
    u32 rounding = fpu->fcw & FCW_RC, power = (a.exponent & F80_EXP) - F80_BIAS + 1;
    if (unlikely(fpu_is_empty(fpu, 0) || !(fpu->fcw & FSW_PE) || (rounding && rounding != FCW_CHOP)))
        return false;
    *m = *status = 0;
    if (power >= bits || !(a.significand >> 63))
        return f80_is_zero(a);
    u64 whole = a.significand >> 1 >> (63 - power), below = a.significand << power;
    bool up = !rounding && below > FPU_HALF - (whole & 1);
    whole += up;
    *status = (below ? FSW_PE : 0) | (up ? FSW_C1 : 0);
    *m = a.exponent & F80_SIGN ? -(s64)whole : (s64)whole;
    return likely(!(whole >> (bits - 1)));
}
#define FPU_FAST_INTEGER(name, type, bits)                                  \
    static inline bool name(struct fpu *fpu, type *m, u16 *status)          \
    {                                                                       \
        s64 value;                                                          \
        if (!fpu_fast_integer(fpu, &value, status, bits))                   \
            return false;                                                   \
        *m = (type)value;                                                   \
        return true;                                                        \
    }
FPU_FAST_INTEGER(fpu_fast_fist_m16, u16, 16)
FPU_FAST_INTEGER(fpu_fast_fist_m32, u32, 32)
FPU_FAST_INTEGER(fpu_fast_fist_m64, u64, 64)
#if FPU_HOST
#define FPU_PLAIN_STORE(name, type, code, backend)                                                                \
    static inline bool name(struct fpu *fpu, type *m, u16 *status)                                               \
    {                                                                                                            \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                                      \
            return false;                                                                                        \
        u16 control = fpu->fcw | FCW_MASKS;                                                                      \
        __asm__ volatile("fldcw %3; fldt %2; " code " %1; fnstsw %0"                                             \
                         : "=&a"(*status), "=m"(*m) : "m"(*fpu_st(fpu, 0)), "m"(control) : "st");                \
        return fpu_shows_all(fpu) && !(*status & FSW_EXCEPTIONS & ~fpu->fcw);                                    \
    }
#else
#define FPU_PLAIN_STORE(name, type, code, backend)                                                                \
    static inline bool name(struct fpu *fpu, type *m, u16 *status)                                               \
    {                                                                                                            \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                                      \
            return false;                                                                                        \
        *status = backend(fpu->fcw, m, fpu_st(fpu, 0));                                                          \
        return fpu_shows_all(fpu) && !(*status & FSW_EXCEPTIONS & ~fpu->fcw);                                    \
    }
#endif
FPU_PLAIN_STORE(fpu_plain_fst_m32, u32, "fstps", soft_to_m32)
FPU_PLAIN_STORE(fpu_plain_fst_m64, u64, "fstpl", soft_to_m64)
FPU_PLAIN_STORE(fpu_plain_fist_m16, u16, "fistps", soft_to_i16)
FPU_PLAIN_STORE(fpu_plain_fist_m32, u32, "fistpl", soft_to_i32)
FPU_PLAIN_STORE(fpu_plain_fist_m64, u64, "fistpll", soft_to_i64)
static inline void fpu_fast_store_done(struct fpu *fpu, u16 status, bool pop)
{
    fpu->fsw = (u16)((fpu->fsw & ~FSW_C1) | (status & (FSW_C1 | FSW_EXCEPTIONS)));
    if (pop)
        fpu_pop(fpu);
}
static inline bool fpu_fast_fst_sti(struct fpu *fpu, unsigned i, bool pop)
{
    if (unlikely(fpu_is_empty(fpu, 0)))
        return false;
    fpu_clear_c1(fpu);
    f80_put(fpu_st(fpu, i), fpu_st(fpu, 0));
    fpu->empty &= (u8)~fpu_bit(fpu, i);
    if (pop)
        fpu_pop(fpu);
    return true;
}

/* ---- moves that cannot raise anything ---- */
static inline bool fpu_fast_fxch(struct fpu *fpu, unsigned i)
{
    if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))))
        return false;
    struct f80 *a = fpu_st(fpu, 0), *b = fpu_st(fpu, i), old = f80_get(a);
    fpu_clear_c1(fpu);
    f80_put(a, b);
    f80_put(b, &old);
    return true;
}
/* FCHS: (v & F80_EXP is not wanted) flips the sign; FABS clears it. */
static inline bool fpu_fast_sign(struct fpu *fpu, u16 keep, u16 flip)
{
    if (unlikely(fpu_is_empty(fpu, 0)))
        return false;
    struct f80 *a = fpu_st(fpu, 0);
    fpu_clear_c1(fpu);
    a->exponent = (a->exponent & keep) ^ flip;
    return true;
}
static inline bool fpu_fast_fchs(struct fpu *fpu) { return fpu_fast_sign(fpu, 0xffff, F80_SIGN); }
static inline bool fpu_fast_fabs(struct fpu *fpu) { return fpu_fast_sign(fpu, F80_EXP, 0); }

/* ---- comparisons ---- */
/* Zero or normal: ordered without any exception. */
static inline bool f80_is_plain(struct f80 a) { return f80_is_normal(a) || f80_is_zero(a); }
static inline u16 f80_order(struct f80 a, struct f80 b)
{
    u16 ea = a.exponent & F80_EXP, eb = b.exponent & F80_EXP;
    bool equal = ea == eb && a.significand == b.significand;
    bool less = ea < eb || (ea == eb && a.significand < b.significand);
    bool minus_a = a.exponent & F80_SIGN, minus_b = b.exponent & F80_SIGN;
    if (equal && (minus_a == minus_b || !ea))
        return FSW_C3;
    return (minus_a != minus_b ? minus_a : less != minus_a) ? FSW_C0 : 0;
}
/* Status of ST(0) compared with *b; false if it shows an unmasked exception. */
static inline bool fpu_fast_compare(struct fpu *fpu, unsigned i, bool ordered, u16 *status)
{
    if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))))
        return false;
    struct f80 a = f80_get(fpu_st(fpu, 0)), b = f80_get(fpu_st(fpu, i));
    if (likely(f80_is_plain(a) && f80_is_plain(b))) {
        *status = f80_order(a, b);
        return true;
    }
#if FPU_HOST
    if (ordered)
        __asm__ volatile("fldt %2; fldt %1; fcompp; fnstsw %0"
                         : "=&a"(*status) : "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)) : "st", "st(1)");
    else
        __asm__ volatile("fldt %2; fldt %1; fucompp; fnstsw %0"
                         : "=&a"(*status) : "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)) : "st", "st(1)");
#else
    *status = (ordered ? soft_com : soft_ucom)(fpu->fcw, fpu_st(fpu, 0), fpu_st(fpu, i));
#endif
    return likely(!(*status & FSW_EXCEPTIONS & ~fpu->fcw));
}
static inline bool fpu_fast_fcom(struct fpu *fpu, unsigned i, bool ordered, unsigned pops)
{
    u16 status;
    if (!fpu_fast_compare(fpu, i, ordered, &status))
        return false;
    fpu_fast_commit(fpu, status, FSW_CC);
    while (pops--)
        fpu_pop(fpu);
    return true;
}
/* ST(0) compared with an operand from memory, widened. */
static inline bool fpu_fast_fcom_wide(struct fpu *fpu, struct f80 b, unsigned pops)
{
    struct f80 a = f80_get(fpu_st(fpu, 0));
    if (unlikely(fpu_is_empty(fpu, 0)) || unlikely(!f80_is_plain(a)) || unlikely(!f80_is_plain(b)))
        return false;
    fpu_fast_commit(fpu, f80_order(a, b), FSW_CC);
    while (pops--)
        fpu_pop(fpu);
    return true;
}
/* C3 C2 C0 as ZF PF CF, the others clear, in the lazy form: bit 32 makes PF odd where ZF is set. */
static inline void fpu_flags_from(struct cpu *cpu, u16 status)
{
    bool zero = status & FSW_C3, parity = status & FSW_C2;
    cpu->flags.result = zero ? (parity ? 0 : (s64)1 << 32) : (parity ? 3 : 1);
    cpu->flags.aux = 0;
    flags_set_cf_of(&cpu->flags, status & FSW_C0, false);
}
static inline bool fpu_fast_fcomi(struct cpu *cpu, unsigned i, bool ordered, bool pop)
{
    u16 status;
    if (!fpu_fast_compare(&cpu->fpu, i, ordered, &status))
        return false;
    fpu_fast_commit(&cpu->fpu, status & (u16)~FSW_C1, FSW_C1);
    fpu_flags_from(cpu, status);
    if (pop)
        fpu_pop(&cpu->fpu);
    return true;
}
/* FNSTSW AX: no waiting, no pointers recorded, nothing can go wrong. */
static inline void fpu_fast_fnstsw_ax(struct cpu *cpu) { R16(cpu, EAX) = fpu_status(&cpu->fpu); }
#endif
