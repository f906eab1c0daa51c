/* Transcendental kernels in 128-bit fixed point: a table value, the exact rest of the operand, which is below 2^-8 to
 * 2^-9, and a polynomial in it (Tang's scheme). Fractions are integers in a named unit: "in 2^-81" says that 1 stands
 * for 2^-81. The first terms of each series have 128 bits. The tail has 64: it is below 2^-16 (logarithm) to 2^-19 of
 * the result, and what is cut from its square of the operand (2^-80), from the operand in that (2^-81), from the tail
 * (2^-81) and from the series (2^-83) adds up to a relative error below 2^-79; random operands show 2^-79.5. ERROR
 * claims 2^-77. Exponents below are those of a number written 1.f * 2^e. */
#include "fpu_kernel.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

/* Of a result, in units of its significand. */
#define ERROR ((u64)1 << 50)
#define ONE_OVER(n, unit) ((u64)(((u128)1 << (unit)) / (n)))

static inline u64 mul64(u64 a, u64 b) { return (u64)((u128)a * b >> 64); }
/* The upper half of a product, up to 3 units too small. */
static inline u128 mul128(u128 a, u128 b)
{
    u64 ah = (u64)(a >> 64), al = (u64)a, bh = (u64)(b >> 64), bl = (u64)b;
    return (u128)ah * bh + mul64(ah, bl) + mul64(al, bh);
}
static inline u128 wide_get(const struct wide *w) { return (u128)w->high << 64 | w->low; }
static inline s32 exponent_of(struct f80 a) { return (a.exponent & F80_EXP) - F80_BIAS; }
static inline bool is_negative(struct f80 a) { return a.exponent & F80_SIGN; }
static inline bool is_normal(struct f80 a) { return (a.exponent & F80_EXP) - 1u < 0x7ffe && a.significand >> 63; }
static inline u64 shift_right(u64 value, s32 count) { return count < 64 ? value >> count : 0; }
static inline u128 shift_right_128(u128 value, s32 count) { return count < 128 ? value >> count : 0; }

/* value (not 0) in units of 2^unit. */
static struct real real_make(bool negative, s32 unit, u128 value, u64 error)
{
    u64 high = (u64)(value >> 64);
    int shift = high ? __builtin_clzll(high) : 64 + __builtin_clzll((u64)value);
    return (struct real){ value << shift, error, unit + 127 - shift, negative };
}

/* c[0] - x * (c[1] - x * (c[2] - ...)), or with plus signs: coefficients in any unit, x in 2^-(64 + drop). */
static inline u64 polynomial(const u64 *c, unsigned count, u64 x, unsigned drop, bool plus)
{
    u64 sum = c[count - 1], minus = plus ? 0 : ~(u64)0;
    for (unsigned i = count - 1; i-- > 0;)
        sum = c[i] + (((mul64(x, sum) >> drop) ^ minus) - minus);
    return sum;
}

/* y / x. */
static struct real divide(const struct real *y, const struct real *x)
{
    u64 high = (u64)(x->significand >> 64), low = (u64)x->significand;
    u128 dividend = y->significand >> 2;
    u64 first = (u64)(dividend / high);
    /* What is left, without the last 64 bits of the divisor, and then those of its product. */
    u128 rest = (dividend - (u128)first * high) << 64 | (u64)(y->significand << 62), less = (u128)first * low;
    u128 quotient = (u128)first << 64;
    quotient = rest >= less ? quotient + (rest - less) / high : quotient - (less - rest) / high;
    return real_make(x->negative != y->negative, y->exponent - x->exponent + 2 - 128, quotient,
                     y->error ? 4 * ERROR : 0);
}

/* ---- sine and cosine ---- */
/* x = sin(d)/d: (1 - x)/z in 2^-66 and (1 - cos d)/z^2 - 1/(2z) in 2^-68, for z = d^2. */
static const u64 sine_tail[4] = { ONE_OVER(6, 66), ONE_OVER(120, 66), ONE_OVER(5040, 66), ONE_OVER(362880, 66) };
static const u64 cosine_tail[3] = { ONE_OVER(24, 68), ONE_OVER(720, 68), ONE_OVER(40320, 68) };

/* 1 - sin(d)/d in 2^-83, for z in 2^-81. */
static inline u64 sine_lack(u64 z) { return (u64)((u128)z * polynomial(sine_tail, 4, z, 17, false) >> 64); }
/* z/2 - (1 - cos d) in 2^-128. */
static inline u128 cosine_excess(u64 z) { return (u128)mul64(z, z) * polynomial(cosine_tail, 3, z, 17, false) >> 38; }

/* |r| < 2^-9: r = m * 2^(e - 63). */
static void circle_small(u64 m, s32 e, struct real *sine, struct real *cosine)
{
    u128 r = (u128)m << 64, square = (u128)m * m;
    if (e <= -33) {
        *sine = real_make(false, e - 127, r - 1, 0);
        *cosine = (struct real){ ~(u128)0, 0, -1, false };
        return;
    }
    u64 z = (u64)(square >> 64) >> (-19 - 2 * e);
    *sine = real_make(false, e - 127, r - ((u128)m * sine_lack(z) >> 19), ERROR);
    *cosine = (struct real){ cosine_excess(z) - (square >> (-1 - 2 * e)), ERROR, -1, false };
}

/* r in 2^-72, from 2^-9 to pi/4. */
static void circle_table(u128 r, struct real *sine, struct real *cosine)
{
    unsigned k = (unsigned)((r + F80_INTEGER_BIT) >> 64);
    bool minus = (u64)r >> 63;
    u64 d = minus ? -(u64)r : (u64)r;
    u128 square = (u128)d * d, s = wide_get(&fpu_sines[k]), c = wide_get(&fpu_cosines[k]);
    u64 z = (u64)(square >> 63);
    u128 sin_d = ((u128)d << 56) - ((u128)d * sine_lack(z) >> 27), lack = (square >> 17) - cosine_excess(z);
    u128 a = mul128(c, sin_d), b = mul128(s, sin_d);
    *sine = real_make(false, -128, s - mul128(s, lack) + (minus ? -a : a), ERROR);
    *cosine = real_make(false, -128, c - mul128(c, lack) - (minus ? -b : b), ERROR);
}

/* x = |a| - count * pi/2 in 2^-65; exact. Returns the count. */
static u64 reduce(u64 m, s32 e, s128 *x)
{
    const u64 two_over_pi = 0xa2f9836e4e441529u;
    const s128 half_pi = (s128)0xc90fdaa22168c234u << 2 | 3;
    u64 count = ((mul64(m, two_over_pi) >> (62 - e)) + 1) >> 1;
    *x = (s128)(((u128)m << (e + 2)) - (u128)half_pi * count);
    if (*x > half_pi >> 1)
        *x -= half_pi, count++;
    else if (*x < -(half_pi >> 1))
        *x += half_pi, count--;
    return count;
}

bool kernel_circle(struct f80 a, struct real *sine, struct real *cosine)
{
    u64 m = a.significand, count = 0;
    s32 e = exponent_of(a);
    bool minus = false;
    if (!is_normal(a) || e > 62)
        return false;
    if (e < -9) {
        circle_small(m, e, sine, cosine);
    } else if (e < -1) {
        circle_table((u128)m << (e + 9), sine, cosine);
    } else {
        s128 x;
        count = reduce(m, e, &x);
        minus = x < 0;
        u128 r = minus ? -(u128)x : (u128)x;
        if (r >> 56) {
            circle_table(r << 7, sine, cosine);
        } else {
            int shift = __builtin_clzll((u64)r);
            circle_small((u64)r << shift, -2 - shift, sine, cosine);
        }
    }
    sine->negative = minus;
    if (count & 1) {
        struct real swap = *sine;
        *sine = *cosine;
        *cosine = swap;
        cosine->negative = !cosine->negative;
    }
    if (count & 2) {
        sine->negative = !sine->negative;
        cosine->negative = !cosine->negative;
    }
    sine->negative ^= is_negative(a);
    return true;
}

bool kernel_tangent(struct f80 a, struct real *result)
{
    struct real sine, cosine;
    if (is_normal(a) && exponent_of(a) <= -33) {
        *result = (struct real){ (u128)a.significand << 64 | 1, 0, exponent_of(a), is_negative(a) };
        return true;
    }
    if (!kernel_circle(a, &sine, &cosine) || !sine.error)
        return false;
    *result = divide(&sine, &cosine);
    return true;
}

/* ---- arc tangent ---- */
/* (1 - atan(d)/d)/z in 2^-65. */
static const u64 arctangent_tail[5] = { ONE_OVER(3, 65), ONE_OVER(5, 65), ONE_OVER(7, 65), ONE_OVER(9, 65),
                                        ONE_OVER(11, 65) };
/* 1 - atan(d)/d in 2^-82, for d in 2^-72. */
static inline u64 arctangent_lack(u64 d)
{
    u64 z = (u64)((u128)d * d >> 63);
    return mul64(z, polynomial(arctangent_tail, 5, z, 17, false));
}

/* a / b for two integers, a not 0. */
static struct real ratio(u128 a, u128 b)
{
    struct real y = real_make(false, 0, a, 0), x = real_make(false, 0, b, 0);
    return divide(&y, &x);
}

/* atan(a / (b * 2^distance)) of two significands; the quotient is at most 1. */
static struct real arctangent(u64 a, u64 b, s32 distance)
{
    u64 index = distance > 9 ? 0 : (((a >> 9) / (b >> 18) >> distance) + 1) >> 1;
    if (!index) {
        struct real t = ratio(a, b);
        t.exponent -= distance;
        u64 d = shift_right((u64)(t.significand >> 64), -9 - t.exponent);
        u128 lack = mul128(t.significand, (u128)arctangent_lack(d) << 46);
        return real_make(false, t.exponent - 127, t.significand - lack, ERROR);
    }
    u128 y = (u128)a << 8, x = (u128)b << distance << 8;
    u128 less = (u128)b * index << distance, more = (u128)a * index;
    u128 sum = wide_get(&fpu_arctangents[index]);
    if (y != less) {
        struct real t = ratio(y > less ? y - less : less - y, x + more);
        u128 d = shift_right_128(t.significand, -1 - t.exponent);
        d -= mul128(d, (u128)arctangent_lack((u64)(d >> 56)) << 46);
        sum += y > less ? d : -d;
    }
    return real_make(false, -128, sum, ERROR);
}

bool kernel_arctangent(struct f80 y, struct f80 x, struct real *result)
{
    if (!is_normal(y) || !is_normal(x))
        return false;
    s32 distance = exponent_of(x) - exponent_of(y);
    bool steep = distance < 0 || (!distance && y.significand > x.significand);
    *result = steep ? arctangent(x.significand, y.significand, -distance)
                    : arctangent(y.significand, x.significand, distance);
    if (steep || is_negative(x)) {
        u128 angle = shift_right_128(result->significand, 1 - result->exponent), pi = wide_get(&fpu_pi);
        u128 from = steep ? pi >> 1 : pi;
        *result = real_make(false, -126, steep && is_negative(x) ? from + angle : from - angle, ERROR);
    }
    result->negative = is_negative(y);
    return true;
}

/* ---- 2^x - 1 ---- */
/* ((e^u - 1)/u - 1 - u/2)/u^2 in 2^-66. */
static const u64 power_tail[6] = { ONE_OVER(6, 66), ONE_OVER(24, 66), ONE_OVER(120, 66), ONE_OVER(720, 66),
                                   ONE_OVER(5040, 66), ONE_OVER(40320, 66) };

/* |(e^u - 1)/u - 1| in 2^-128, for |u| in 2^-128, below 2^-9. */
static inline u128 power_excess(u128 u, bool minus)
{
    u64 v = (u64)(u >> 56);
    u128 square = (u128)mul64(mul64(v, v), polynomial(power_tail, 6, v, 8, !minus)) << 46;
    return minus ? (u >> 1) - square : (u >> 1) + square;
}

bool kernel_power(struct f80 x, struct real *result)
{
    s32 e = exponent_of(x);
    bool minus = is_negative(x);
    u128 ln2 = wide_get(&fpu_ln2);
    if (!is_normal(x) || e >= 0)
        return false;
    if (e < -9) {
        u128 u = mul128((u128)x.significand << 64, ln2);
        u128 change = mul128(u, power_excess(shift_right_128(u, -1 - e), minus));
        *result = real_make(minus, e - 127, minus ? u - change : u + change, ERROR);
        return true;
    }
    u128 r = (u128)x.significand << (e + 9);
    unsigned k = (unsigned)((r + F80_INTEGER_BIT) >> 64);
    bool below = (u64)r >> 63, down = below != minus;
    u128 u = mul128((u128)(below ? -(u64)r : (u64)r) << 56, ln2), excess = mul128(u, power_excess(u, down));
    u128 factor = down ? u - excess : u + excess;
    u128 table = minus ? wide_get(&fpu_powers[256 - k]) >> 1 : wide_get(&fpu_powers[k]), change = mul128(table, factor);
    u128 power = down ? table - change : table + change, one = (u128)1 << 126;
    *result = real_make(minus, -126, minus ? one - power : power - one, ERROR);
    return true;
}

/* ---- logarithms ---- */
/* (f - f^2/2 - ln(1 + f))/-f^3 in 2^-65. */
static const u64 logarithm_tail[8] = { ONE_OVER(3, 65), ONE_OVER(4, 65), ONE_OVER(5, 65), ONE_OVER(6, 65),
                                       ONE_OVER(7, 65), ONE_OVER(8, 65), ONE_OVER(9, 65), ONE_OVER(10, 65) };
/* The tail times f^2, in 2^-81; |f| in 2^-72. */
static inline u64 logarithm_rest(u64 f, bool minus)
{
    return mul64(mul64(f, f), polynomial(logarithm_tail, 8, f, 8, minus));
}

/* log2(1 + f), |f| = m * 2^(e - 63) < 2^-8. */
static struct real logarithm_near_1(u64 m, s32 e, bool minus)
{
    u128 half = e < -64 ? shift_right(m, -64 - e) : (u128)m << (64 + e);
    u128 rest = (u128)logarithm_rest(shift_right(m, -9 - e), minus) << 47;
    /* 1 - f/2 + f^2 * tail, in 2^-127. */
    u128 factor = ((u128)1 << 127) + (minus ? (half + rest) >> 1 : -((half - rest) >> 1));
    return real_make(minus, e - 125, mul128(mul128((u128)m << 64, factor), wide_get(&fpu_log2e)), ERROR);
}

/* log2(m * 2^e), m in 2^-112 from 1 to 2; the result is not 0 and not near it. */
static struct real logarithm(u128 m, s32 e)
{
    const u128 one = (u128)1 << 112;
    if (m == one)
        return real_make(e < 0, 0, (u128)(e < 0 ? -e : e), 0);
    unsigned k = (unsigned)(m >> 104) & 0xff;
    s128 product = (s128)(m * fpu_reciprocals[k] - (one << 12));
    bool minus = product < 0;
    u128 f = (minus ? -(u128)product : (u128)product) << 4, half = mul128(f, f) >> 1;
    u64 v = (u64)(f >> 56);
    u128 third = (u128)logarithm_rest(v, minus) * v >> 25;
    u128 ln = minus ? f + half + third : f - half + third, log2 = mul128(ln, wide_get(&fpu_log2e)) >> 17;
    s128 sum = (s128)e * ((s128)1 << 110) + (s128)(wide_get(&fpu_logarithms[k]) >> 18);
    sum += minus ? -(s128)log2 : (s128)log2;
    return real_make(sum < 0, -110, sum < 0 ? -(u128)sum : (u128)sum, ERROR);
}

static void multiply(struct real *x, struct f80 y)
{
    u128 product = mul128(x->significand, (u128)y.significand << 64);
    *x = real_make(x->negative != is_negative(y), x->exponent + exponent_of(y) - 126, product, x->error ? 4 * ERROR : 0);
}

bool kernel_logarithm(struct f80 x, struct f80 y, struct real *result)
{
    s32 e = exponent_of(x);
    u64 m = x.significand;
    if (!is_normal(x) || !is_normal(y) || is_negative(x) || (e == 0 && m == F80_INTEGER_BIT))
        return false;
    if (e == 0 && m << 1 >> 56 == 0) {
        int shift = __builtin_clzll(m << 1);
        *result = logarithm_near_1(m << 1 << shift, -1 - shift, false);
    } else if (e == -1 && -m >> 56 == 0) {
        int shift = __builtin_clzll(-m);
        *result = logarithm_near_1(-m << shift, -1 - shift, true);
    } else {
        *result = logarithm((u128)m << 49, e);
    }
    multiply(result, y);
    return true;
}

bool kernel_logarithm_of_sum(struct f80 x, struct f80 y, struct real *result)
{
    s32 e = exponent_of(x);
    if (!is_normal(x) || !is_normal(y) || e > 40 || (e >= 0 && is_negative(x)))
        return false;
    if (e < -8) {
        *result = logarithm_near_1(x.significand, e, is_negative(x));
    } else {
        u128 term = (u128)x.significand << (e + 17), one = (u128)1 << 80;
        struct real sum = real_make(false, -80, is_negative(x) ? one - term : one + term, 0);
        *result = logarithm(sum.significand >> 15, sum.exponent);
    }
    multiply(result, y);
    /* An exact logarithm counts as inexact here. */
    return result->error;
}
