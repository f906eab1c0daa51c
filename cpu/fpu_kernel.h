/* The transcendental functions in 128-bit integer arithmetic: nearly always enough to round correctly, on every host
 * the same. Where not, fpu_trans.c computes with more bits. The tables are fpu_tables.c's. */
#ifndef CPU_FPU_KERNEL_H
#define CPU_FPU_KERNEL_H
#include "fpu_math.h"

/* (-1)^negative * significand * 2^(exponent - 127), the significand with its top bit set and off by less than `error`
 * of its units; 0: exact, or cut so that it rounds like the true value. */
struct real {
    unsigned __int128 significand;
    u64 error;
    s32 exponent;
    bool negative;
};

/* Each returns false if the operands are not its business: denormals, zeros, and what has no place on the real line. */
/* *sine = sin a, *cosine = cos a, with the processors' 66 bits of pi; |a| is less than 2^63. */
bool kernel_circle(struct f80 a, struct real *sine, struct real *cosine);
bool kernel_tangent(struct f80 a, struct real *result);
bool kernel_arctangent(struct f80 y, struct f80 x, struct real *result);
bool kernel_power(struct f80 x, struct real *result);                           /* 2^x - 1, |x| < 1 */
bool kernel_logarithm(struct f80 x, struct f80 y, struct real *result);         /* y * log2(x) */
bool kernel_logarithm_of_sum(struct f80 x, struct f80 y, struct real *result);  /* y * log2(1 + x) */

/* Rounds a kernel's result as FPU_EXACT operations do. False: it lies too close to where rounding changes. */
static inline bool kernel_round(u16 fcw, struct f80 *result, const struct real *x, u16 *status)
{
    u64 low = (u64)x->significand, below_half = low & ~F80_INTEGER_BIT;
    if (x->error && (below_half < x->error || below_half > F80_INTEGER_BIT - x->error))
        return false;
    if (x->exponent < 2 - F80_BIAS || x->exponent > F80_BIAS - 2)
        return false;
    *status = soft_round_pack(fcw | FCW_PC, result, x->negative, x->exponent + F80_BIAS,
                              (u64)(x->significand >> 64), low);
    return true;
}

/* ---- tables ---- */
struct wide { u64 high, low; };
extern const struct wide fpu_sines[202], fpu_cosines[202], fpu_arctangents[257], fpu_powers[257], fpu_logarithms[256];
extern const u16 fpu_reciprocals[256];
extern const struct wide fpu_ln2, fpu_log2e, fpu_pi;
#endif
