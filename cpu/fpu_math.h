/* x87 arithmetic on 80-bit values: what the rooms of the FPU need of it, in two implementations of the same functions.
 * host_*: on the host's own x87 (fpu_host.c); soft_*: in integer code, for every host (fpu_soft.c). FPU_EXACT(name)
 * is the one this host uses. IA-32 SDM volume 1, chapters 4 and 8.
 *
 * Each function works under the control word given (precision, rounding and masks), stores what the destination shall
 * hold (also the biased result of an unmasked overflow or underflow) and returns the status bits which this operation
 * raised: IE DE ZE OE UE PE, C1, and C0 C2 C3 where the instruction defines them. */
#ifndef CPU_FPU_MATH_H
#define CPU_FPU_MATH_H
#include "core/types.h"

#if (defined(__x86_64__) || defined(__i386__)) && !defined(FPU_SOFT)
#define FPU_HOST 1
#define FPU_EXACT(name) host_##name
#else
#define FPU_HOST 0
#define FPU_EXACT(name) soft_##name
#endif

enum fsw_bit {
    FSW_IE = 1, FSW_DE = 2, FSW_ZE = 4, FSW_OE = 8, FSW_UE = 16, FSW_PE = 32, FSW_SF = 64, FSW_ES = 128, FSW_C0 = 256,
    FSW_C1 = 512, FSW_C2 = 1024, FSW_C3 = 1 << 14, FSW_B = 1 << 15,
    FSW_EXCEPTIONS = 0x3f, FSW_CC = FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3
};
enum fcw_bit {
    FCW_MASKS = 0x3f, FCW_PC = 3 << 8, FCW_RC = 3 << 10,
    FCW_INIT = 0x37f, FCW_RESET = 0x40, FCW_DEFINED = 0x1f3f, FCW_ONES = 0x40,
    FCW_DOWN = 1 << 10, FCW_UP = 2 << 10, FCW_CHOP = 3 << 10
};

/* An 80-bit value in place: sign and exponent are one word, as in memory. */
struct f80 {
    u64 significand;
    u16 exponent;
    u16 unused0;
    u32 unused1;
} __attribute__((packed, may_alias));
_Static_assert(sizeof(struct f80) == 16, "an x87 register's slot");

#define F80_INTEGER_BIT 0x8000000000000000u
#define F80_QUIET_BIT   0x4000000000000000u
enum { F80_SIGN = 0x8000, F80_EXP = 0x7fff, F80_BIAS = 0x3fff };

static inline struct f80 f80_make(u16 exponent, u64 significand)
{
    return (struct f80){ significand, exponent, 0, 0 };
}
static inline struct f80 f80_indefinite(void) { return f80_make(0xffff, 0xc000000000000000u); }
static inline bool f80_is_zero(struct f80 a) { return !(a.exponent & F80_EXP) && !a.significand; }
static inline bool f80_is_denormal(struct f80 a) { return !(a.exponent & F80_EXP) && a.significand; }
static inline bool f80_is_infinite(struct f80 a)
{
    return (a.exponent & F80_EXP) == F80_EXP && a.significand == F80_INTEGER_BIT;
}
/* Pseudo-NaN, pseudo-infinity or unnormal: an exponent but no integer bit. */
static inline bool f80_is_unsupported(struct f80 a) { return (a.exponent & F80_EXP) && !(a.significand >> 63); }
static inline bool f80_is_nan(struct f80 a)
{
    return (a.exponent & F80_EXP) == F80_EXP && a.significand > F80_INTEGER_BIT;
}
static inline bool f80_is_signaling(struct f80 a) { return f80_is_nan(a) && !(a.significand & F80_QUIET_BIT); }

static inline struct f80 f80_from_s64(s64 value)
{
    if (!value)
        return f80_make(0, 0);
    u64 magnitude = value < 0 ? -(u64)value : (u64)value;
    int shift = __builtin_clzll(magnitude);
    return f80_make((u16)((value < 0 ? F80_SIGN : 0) | (F80_BIAS + 63 - shift)), magnitude << shift);
}

typedef u16 fpu_op1_fn(u16 fcw, struct f80 *result, const struct f80 *a);
typedef u16 fpu_op2_fn(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b);
typedef u16 fpu_op2_m32_fn(u16 fcw, struct f80 *result, const struct f80 *a, u32 b);
typedef u16 fpu_op2_m64_fn(u16 fcw, struct f80 *result, const struct f80 *a, u64 b);

/* The six operations that exist with register, m32 and m64 operands. */
#define FPU_ARITH_OPS(X) X(add) X(sub) X(subr) X(mul) X(div) X(divr)
#define FPU_DECLARE_ARITH(backend, name) \
    fpu_op2_fn backend##_##name;         \
    fpu_op2_m32_fn backend##_##name##_m32; \
    fpu_op2_m64_fn backend##_##name##_m64;
#define FPU_DECLARE(backend)                                                            \
    fpu_op1_fn backend##_sqrt, backend##_rint;                                          \
    u16 backend##_xtract(u16 fcw, struct f80 *significand, struct f80 *exponent, const struct f80 *a); \
    u16 backend##_com(u16 fcw, const struct f80 *a, const struct f80 *b);               \
    u16 backend##_ucom(u16 fcw, const struct f80 *a, const struct f80 *b);              \
    u16 backend##_com_m32(u16 fcw, const struct f80 *a, u32 b);                         \
    u16 backend##_com_m64(u16 fcw, const struct f80 *a, u64 b);                         \
    u16 backend##_from_m32(u16 fcw, struct f80 *result, u32 m);                         \
    u16 backend##_from_m64(u16 fcw, struct f80 *result, u64 m);                         \
    u16 backend##_to_m32(u16 fcw, u32 *m, const struct f80 *a);                         \
    u16 backend##_to_m64(u16 fcw, u64 *m, const struct f80 *a);                         \
    u16 backend##_to_i16(u16 fcw, u16 *m, const struct f80 *a);                         \
    u16 backend##_to_i32(u16 fcw, u32 *m, const struct f80 *a);                         \
    u16 backend##_to_i64(u16 fcw, u64 *m, const struct f80 *a);                         \
    u16 backend##_to_bcd(u16 fcw, u8 m[10], const struct f80 *a);

#define FPU_DECLARE_SOFT_ARITH(name) FPU_DECLARE_ARITH(soft, name)
/* Always integer code: processors differ in denormal results whose underflow is unmasked. */
fpu_op2_fn soft_scale, soft_prem, soft_prem1;
FPU_DECLARE(soft)
FPU_ARITH_OPS(FPU_DECLARE_SOFT_ARITH)
#if FPU_HOST
#define FPU_DECLARE_HOST_ARITH(name) FPU_DECLARE_ARITH(host, name)
FPU_DECLARE(host)
FPU_ARITH_OPS(FPU_DECLARE_HOST_ARITH)
#endif

/* Rounds (-1)^negative * significand * 2^(exponent - bias - 63) to the precision and range of an 80-bit destination;
 * `below` holds what lies under the significand (top bit: one half; any bit: inexact). significand is normalised or
 * 0. */
u16 soft_round_pack(u16 fcw, struct f80 *result, bool negative, s32 exponent, u64 significand, u64 below);

/* Transcendental instructions: fpu_trans.c. a is ST(0), b is ST(1). Same conventions; FSIN and its like return C2 where
 * the operand is out of range (*result is then the operand). */
fpu_op1_fn fpu_sin, fpu_cos, fpu_2xm1;
fpu_op2_fn fpu_yl2x, fpu_yl2xp1, fpu_patan;
u16 fpu_ptan(u16 fcw, struct f80 *result, const struct f80 *a);
u16 fpu_sincos(u16 fcw, struct f80 *sine, struct f80 *cosine, const struct f80 *a);
/* The same by MPFR, whatever the operands. */
fpu_op1_fn exact_sin, exact_cos, exact_ptan, exact_2xm1;
fpu_op2_fn exact_yl2x, exact_yl2xp1, exact_patan;
#endif
