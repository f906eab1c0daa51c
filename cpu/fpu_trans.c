/* The transcendental x87 instructions: correctly rounded to 64 bits under the guest's rounding control, the same on
 * every host. First a kernel of fpu_kernel.c; what it cannot decide is computed with MPFR (exact_*, which alone
 * would do). Special operands as in the IA-32 SDM volume 2 tables. Precision control has no effect on these. */
#include "fpu_kernel.h"
#include <mpfr.h>

/* Bits of intermediate values; of results, which MPFR truncates correctly, so that 64 bits, a half and a sticky bit
 * would do; of logarithms and arguments that are multiplied once more. */
enum { WORK = 256, RESULT = 72, FACTOR = 160 };

static bool is_negative(struct f80 a) { return a.exponent & F80_SIGN; }
static u16 sign_of(bool negative) { return negative ? F80_SIGN : 0; }
static struct f80 zero(bool negative) { return f80_make(sign_of(negative), 0); }
static struct f80 infinity(bool negative) { return f80_make(sign_of(negative) | F80_EXP, F80_INTEGER_BIT); }

static u16 invalid(struct f80 *result)
{
    *result = f80_indefinite();
    return FSW_IE;
}

/* Unsupported operands and NaNs as in any operation: an addition gives exactly their response. */
static bool undefined_operands(struct f80 *result, const struct f80 *a, const struct f80 *b, u16 *status)
{
    if (!f80_is_unsupported(*a) && !f80_is_unsupported(*b) && !f80_is_nan(*a) && !f80_is_nan(*b))
        return false;
    *status = soft_add(FCW_MASKS | FCW_PC, result, a, b);
    return true;
}

static u16 denormal_status(const struct f80 *a, const struct f80 *b)
{
    return f80_is_denormal(*a) || f80_is_denormal(*b) ? FSW_DE : 0;
}

/* x = a, exactly; the 64 bits go in two halves because unsigned long may be 32 bits wide. */
static void number_set(mpfr_t x, struct f80 a)
{
    s32 exponent = (a.exponent & F80_EXP ? a.exponent & F80_EXP : 1) - F80_BIAS;
    mpfr_set_ui(x, (unsigned long)(a.significand >> 32), MPFR_RNDZ);
    mpfr_mul_2si(x, x, 32, MPFR_RNDZ);
    mpfr_add_ui(x, x, (unsigned long)(a.significand & 0xffffffff), MPFR_RNDZ);
    mpfr_mul_2si(x, x, exponent - 63, MPFR_RNDZ);
    if (f80_is_infinite(a))
        mpfr_set_inf(x, 1);
    if (is_negative(a))
        mpfr_neg(x, x, MPFR_RNDZ);
}

/* The next 32 bits of x, which is in [0, 2^32). */
static u64 take_32(mpfr_t x)
{
    unsigned long bits = mpfr_get_ui(x, MPFR_RNDZ);
    mpfr_sub_ui(x, x, bits, MPFR_RNDZ);
    mpfr_mul_2si(x, x, 32, MPFR_RNDZ);
    return bits;
}

/* Rounds y, which was truncated (inexact: something was lost), into *result. */
static u16 number_get(u16 fcw, struct f80 *result, const mpfr_t y, bool inexact)
{
    MPFR_DECL_INIT(x, RESULT);
    bool negative = mpfr_signbit(y);
    if (mpfr_zero_p(y))
        return *result = zero(negative), 0;
    inexact |= mpfr_abs(x, y, MPFR_RNDZ) != 0;
    s32 exponent = (s32)mpfr_get_exp(x);
    mpfr_mul_2si(x, x, 32 - exponent, MPFR_RNDZ);
    u64 high = take_32(x) << 32;
    high |= take_32(x);
    u64 low = take_32(x) << 32;
    low |= take_32(x) | inexact;
    return soft_round_pack(fcw | FCW_PC, result, negative, exponent - 1 + F80_BIAS, high, low);
}

/* ---- sine, cosine, tangent ---- */
/* What the four instructions have in common before they compute; true: *result and *status are final. */
static bool circular_special(struct f80 *result, const struct f80 *a, u16 *status)
{
    if (undefined_operands(result, a, a, status))
        return true;
    if (f80_is_infinite(*a)) {
        *status = invalid(result);
        return true;
    }
    *result = *a;
    *status = FSW_C2;
    return (a->exponent & F80_EXP) >= F80_BIAS + 63;
}

/* x is reduced to [-pi/4, pi/4] by subtracting a multiple of pi/2, with the 66 bits of pi that the processors use (SDM
 * volume 1, 8.3.8). Exact: both have few enough bits. Returns the quadrant. */
static unsigned reduce(mpfr_t x)
{
    MPFR_DECL_INIT(half_pi, WORK);
    MPFR_DECL_INIT(count, WORK);
    if (mpfr_zero_p(x) || mpfr_get_exp(x) < 0)
        return 0;
    number_set(half_pi, f80_make(F80_BIAS, 0xc90fdaa22168c234u));
    mpfr_add_d(half_pi, half_pi, 0x3p-65, MPFR_RNDN);
    mpfr_div(count, x, half_pi, MPFR_RNDN);
    mpfr_rint(count, count, MPFR_RNDN);
    mpfr_mul(half_pi, half_pi, count, MPFR_RNDN);
    mpfr_sub(x, x, half_pi, MPFR_RNDN);
    mpfr_fmod_ui(count, count, 4, MPFR_RNDN);
    return (unsigned)mpfr_get_si(count, MPFR_RNDN) & 3;
}

/* sin(a + turn * pi/2). */
static u16 circular(u16 fcw, struct f80 *result, const struct f80 *a, unsigned turn)
{
    MPFR_DECL_INIT(x, WORK);
    MPFR_DECL_INIT(y, RESULT);
    u16 status;
    if (circular_special(result, a, &status))
        return status;
    number_set(x, *a);
    unsigned quadrant = reduce(x) + turn;
    bool inexact = (quadrant & 1 ? mpfr_cos : mpfr_sin)(y, x, MPFR_RNDZ) != 0;
    if (quadrant & 2)
        mpfr_neg(y, y, MPFR_RNDZ);
    return denormal_status(a, a) | number_get(fcw, result, y, inexact);
}

u16 exact_sin(u16 fcw, struct f80 *result, const struct f80 *a) { return circular(fcw, result, a, 0); }
u16 exact_cos(u16 fcw, struct f80 *result, const struct f80 *a) { return circular(fcw, result, a, 1); }

u16 exact_ptan(u16 fcw, struct f80 *result, const struct f80 *a)
{
    MPFR_DECL_INIT(x, WORK);
    MPFR_DECL_INIT(y, RESULT);
    u16 status;
    if (circular_special(result, a, &status))
        return status;
    number_set(x, *a);
    unsigned quadrant = reduce(x);
    bool inexact = (quadrant & 1 ? mpfr_cot : mpfr_tan)(y, x, MPFR_RNDZ) != 0;
    if (quadrant & 1)
        mpfr_neg(y, y, MPFR_RNDZ);
    return denormal_status(a, a) | number_get(fcw, result, y, inexact);
}

u16 exact_patan(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    MPFR_DECL_INIT(x, RESULT);
    MPFR_DECL_INIT(y, RESULT);
    MPFR_DECL_INIT(angle, RESULT);
    u16 status;
    if (undefined_operands(result, a, b, &status))
        return status;
    number_set(x, *a);
    number_set(y, *b);
    bool inexact = mpfr_atan2(angle, y, x, MPFR_RNDZ) != 0;
    return denormal_status(a, b) | number_get(fcw, result, angle, inexact);
}

/* ---- logarithms and powers ---- */
u16 exact_2xm1(u16 fcw, struct f80 *result, const struct f80 *a)
{
    MPFR_DECL_INIT(x, FACTOR);
    MPFR_DECL_INIT(ln2, FACTOR);
    u16 status;
    if (undefined_operands(result, a, a, &status))
        return status;
    if (f80_is_infinite(*a))
        return *result = is_negative(*a) ? f80_make(F80_SIGN | F80_BIAS, F80_INTEGER_BIT) : *a, 0;
    if (f80_is_zero(*a))
        return *result = *a, 0;
    if ((a->exponent & F80_EXP) == F80_BIAS && a->significand == F80_INTEGER_BIT)
        return *result = is_negative(*a) ? f80_make(F80_SIGN | (F80_BIAS - 1), F80_INTEGER_BIT) : *a, 0;
    if ((a->exponent & F80_EXP) >= F80_BIAS)
        return *result = *a, FSW_PE | denormal_status(a, a);
    number_set(x, *a);
    mpfr_const_log2(ln2, MPFR_RNDN);
    mpfr_mul(x, x, ln2, MPFR_RNDN);
    mpfr_expm1(x, x, MPFR_RNDZ);
    return denormal_status(a, a) | number_get(fcw, result, x, true);
}

/* y * log2(x) where that is not a number's business: x or y infinite or zero, x = 1, x < 0. True: final.
 * `sense` is the order of x and 1; `pole` says that the logarithm is minus infinity. */
static bool logarithm_special(struct f80 *result, const struct f80 *y, bool x_infinite, bool pole, int sense,
                              u16 *status)
{
    *status = 0;
    if (x_infinite || pole) {
        bool negative = is_negative(*y) != pole;
        if (f80_is_zero(*y))
            *status = invalid(result);
        else
            *result = infinity(negative);
        if (pole && !f80_is_zero(*y) && !f80_is_infinite(*y))
            *status = FSW_ZE;
        return true;
    }
    if (f80_is_infinite(*y)) {
        if (sense == 0)
            *status = invalid(result);
        else
            *result = infinity(is_negative(*y) != (sense < 0));
        return true;
    }
    if (sense != 0 && !f80_is_zero(*y))
        return false;
    *result = zero(is_negative(*y) != (sense < 0));
    return true;
}

/* *result = y * l, where l is a logarithm to base 2 with many bits to spare. */
static u16 product(u16 fcw, struct f80 *result, mpfr_t l, const struct f80 *y, bool inexact)
{
    MPFR_DECL_INIT(factor, RESULT);
    number_set(factor, *y);
    inexact |= mpfr_mul(l, l, factor, MPFR_RNDZ) != 0;
    return number_get(fcw, result, l, inexact);
}

u16 exact_yl2x(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    MPFR_DECL_INIT(x, FACTOR);
    u16 status, denormal = denormal_status(a, b);
    if (undefined_operands(result, a, b, &status))
        return status;
    if (is_negative(*a) && !f80_is_zero(*a))
        return invalid(result);
    number_set(x, *a);
    if (logarithm_special(result, b, f80_is_infinite(*a), f80_is_zero(*a), mpfr_cmp_ui(x, 1), &status))
        return status | (status ? 0 : denormal);
    bool inexact = mpfr_log2(x, x, MPFR_RNDZ) != 0;
    return denormal | product(fcw, result, x, b, inexact);
}

u16 exact_yl2xp1(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    MPFR_DECL_INIT(x, FACTOR);
    MPFR_DECL_INIT(ln2, FACTOR);
    u16 status, denormal = denormal_status(a, b);
    if (undefined_operands(result, a, b, &status))
        return status;
    number_set(x, *a);
    if (f80_is_infinite(*a) && is_negative(*a))
        return invalid(result);
    if (mpfr_cmp_si(x, -1) < 0)
        return *result = *a, denormal | FSW_PE;
    int sense = f80_is_zero(*a) ? 0 : mpfr_sgn(x);
    if (logarithm_special(result, b, f80_is_infinite(*a), mpfr_cmp_si(x, -1) == 0, sense, &status)) {
        if (f80_is_zero(*a) && !f80_is_infinite(*b))
            *result = zero(is_negative(*a) != is_negative(*b));
        return status | (status ? 0 : denormal);
    }
    mpfr_log1p(x, x, MPFR_RNDN);
    mpfr_const_log2(ln2, MPFR_RNDN);
    mpfr_div(x, x, ln2, MPFR_RNDN);
    return denormal | product(fcw, result, x, b, true);
}

/* ---- the instructions ---- */
u16 fpu_sin(u16 fcw, struct f80 *result, const struct f80 *a)
{
    struct real sine, cosine;
    u16 status;
    if (kernel_circle(*a, &sine, &cosine) && kernel_round(fcw, result, &sine, &status))
        return status;
    return exact_sin(fcw, result, a);
}

u16 fpu_cos(u16 fcw, struct f80 *result, const struct f80 *a)
{
    struct real sine, cosine;
    u16 status;
    if (kernel_circle(*a, &sine, &cosine) && kernel_round(fcw, result, &cosine, &status))
        return status;
    return exact_cos(fcw, result, a);
}

u16 fpu_sincos(u16 fcw, struct f80 *sine, struct f80 *cosine, const struct f80 *a)
{
    struct real s, c;
    u16 status, other;
    bool near = kernel_circle(*a, &s, &c);
    if (!near || !kernel_round(fcw, sine, &s, &status))
        status = exact_sin(fcw, sine, a);
    if (!near || !kernel_round(fcw, cosine, &c, &other))
        other = exact_cos(fcw, cosine, a);
    return status | (other & (u16)~FSW_C1);
}

#define WITH_ONE(name, kernel)                                                              \
    u16 fpu_##name(u16 fcw, struct f80 *result, const struct f80 *a)                        \
    {                                                                                       \
        struct real value;                                                                  \
        u16 status;                                                                         \
        if (kernel(*a, &value) && kernel_round(fcw, result, &value, &status))               \
            return status;                                                                  \
        return exact_##name(fcw, result, a);                                                \
    }
WITH_ONE(ptan, kernel_tangent)
WITH_ONE(2xm1, kernel_power)

#define WITH_TWO(name, kernel, first, second)                                                    \
    u16 fpu_##name(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)        \
    {                                                                                            \
        struct real value;                                                                       \
        u16 status;                                                                              \
        if (kernel(*first, *second, &value) && kernel_round(fcw, result, &value, &status))       \
            return status;                                                                       \
        return exact_##name(fcw, result, a, b);                                                  \
    }
WITH_TWO(patan, kernel_arctangent, b, a)
WITH_TWO(yl2x, kernel_logarithm, a, b)
WITH_TWO(yl2xp1, kernel_logarithm_of_sum, a, b)
