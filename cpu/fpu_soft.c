/* The IEEE-exact x87 operations in integer code, for hosts without an x87 and as a second opinion on those with one.
 * IA-32 SDM volume 1, 4.8 (formats, NaNs), 4.9 (exceptions and their order), 8.3, 8.5; tininess is detected after
 * rounding. Needs a compiler with 128-bit integers. */
#include "fpu_math.h"

typedef unsigned __int128 u128;

enum { EXP_MAX = 0x7fff, WRAP = 24576 };

/* ---- rounding ---- */
static u64 dropped_mask(u16 fcw)
{
    static const u64 mask[4] = { 0xffffffffff, 0, 0x7ff, 0 };
    return mask[fcw >> 8 & 3];
}

/* Rounds significand:below at the bit above `mask`. True: the magnitude grew (a carry out leaves 0). */
static bool round_at(u16 fcw, bool negative, u64 mask, u64 *significand, u64 below, bool *inexact)
{
    u64 half = mask ? *significand & mask & ~(mask >> 1) : below >> 63;
    u64 rest = mask ? (*significand & mask >> 1) | below : below << 1;
    bool odd = *significand & (mask + 1), up = false;
    *inexact = half || rest;
    switch (fcw & FCW_RC) {
    case 0:        up = half && (rest || odd); break;
    case FCW_DOWN: up = negative && *inexact; break;
    case FCW_UP:   up = !negative && *inexact; break;
    }
    *significand &= ~mask;
    if (up)
        *significand += mask + 1;
    return up;
}

static u64 shift_right_jam(u64 *high, u64 low, u32 count)
{
    u128 value = (u128)*high << 64 | low;
    if (!count)
        return low;
    if (count > 127) {
        *high = 0;
        return value != 0;
    }
    u128 shifted = value >> count;
    *high = (u64)(shifted >> 64);
    return (u64)shifted | ((shifted << count) != value);
}

static u16 overflow(u16 fcw, struct f80 *result, bool negative, u64 mask)
{
    u16 rounding = fcw & FCW_RC, sign = negative ? F80_SIGN : 0;
    bool to_infinity = rounding == 0 || rounding == (negative ? FCW_DOWN : FCW_UP);
    *result = to_infinity ? f80_make(sign | EXP_MAX, F80_INTEGER_BIT) : f80_make(sign | (EXP_MAX - 1), ~mask);
    return FSW_OE | FSW_PE | (to_infinity ? FSW_C1 : 0);
}

u16 soft_round_pack(u16 fcw, struct f80 *result, bool negative, s32 exponent, u64 significand, u64 below)
{
    u64 mask = dropped_mask(fcw), rounded = significand;
    u16 sign = negative ? F80_SIGN : 0, status = 0;
    bool inexact, up = round_at(fcw, negative, mask, &rounded, below, &inexact);
    bool carry = !rounded, tiny = exponent + carry < 1;
    if (tiny && (fcw & FSW_UE)) {
        below = shift_right_jam(&significand, below, (u32)(1 - exponent));
        up = round_at(fcw, negative, mask, &significand, below, &inexact);
        *result = f80_make(sign | (u16)(significand >> 63), significand);
        return inexact ? FSW_UE | FSW_PE | (up ? FSW_C1 : 0) : 0;
    }
    if (carry) {
        rounded = F80_INTEGER_BIT;
        exponent++;
    }
    if (exponent >= EXP_MAX && (fcw & FSW_OE))
        return overflow(fcw, result, negative, mask);
    if (tiny) {
        status |= FSW_UE;
        exponent += WRAP;
        if (exponent < 1)
            return *result = f80_make(sign, 0), FSW_UE | FSW_PE;
    } else if (exponent >= EXP_MAX) {
        status |= FSW_OE;
        exponent -= WRAP;
        if (exponent >= EXP_MAX)
            return *result = f80_make(sign | EXP_MAX, F80_INTEGER_BIT), FSW_OE | FSW_PE | FSW_C1;
    }
    *result = f80_make(sign | (u16)(exponent & F80_EXP), rounded);
    return status | (inexact ? FSW_PE : 0) | (up ? FSW_C1 : 0);
}

/* ---- operands ---- */
static bool is_negative(struct f80 a) { return a.exponent & F80_SIGN; }

/* Significand with its top bit set and the exponent that goes with it; a is finite, supported and not zero. */
static u64 normalise(struct f80 a, s32 *exponent)
{
    int shift = __builtin_clzll(a.significand);
    *exponent = (a.exponent & F80_EXP ? a.exponent & F80_EXP : 1) - shift;
    return a.significand << shift;
}

static struct f80 quieted(struct f80 a)
{
    a.significand |= F80_QUIET_BIT;
    return a;
}

/* A quiet NaN beats a signaling one, else the larger significand wins, else the positive one. */
static struct f80 choose_nan(struct f80 a, struct f80 b)
{
    if (!f80_is_nan(a) || !f80_is_nan(b))
        return quieted(f80_is_nan(a) ? a : b);
    if (f80_is_signaling(a) != f80_is_signaling(b))
        return f80_is_signaling(a) ? b : a;
    if (a.significand != b.significand)
        return quieted(a.significand > b.significand ? a : b);
    return quieted(is_negative(a) ? b : a);
}

static u16 invalid(struct f80 *result)
{
    *result = f80_indefinite();
    return FSW_IE;
}

/* Unsupported operands and NaNs, which come before all else. False: neither. */
static bool undefined_operands(struct f80 *result, struct f80 a, struct f80 b, u16 *status)
{
    *status = 0;
    if (f80_is_unsupported(a) || f80_is_unsupported(b)) {
        *status = invalid(result);
        return true;
    }
    if (!f80_is_nan(a) && !f80_is_nan(b))
        return false;
    if (f80_is_signaling(a) || f80_is_signaling(b))
        *status = FSW_IE;
    *result = choose_nan(a, b);
    return true;
}

static u16 denormal_status(struct f80 a, struct f80 b)
{
    return f80_is_denormal(a) || f80_is_denormal(b) ? FSW_DE : 0;
}

/* An operand from memory: a NaN is not quieted yet; a denormal one becomes normal, which *denormal remembers. */
static struct f80 widen(u64 fraction, unsigned fraction_bits, u32 exponent, u32 exponent_max, bool negative,
                        bool *denormal)
{
    u16 sign = negative ? F80_SIGN : 0;
    u64 aligned = fraction << (63 - fraction_bits);
    *denormal = !exponent && fraction;
    if (exponent == exponent_max)
        return f80_make(sign | EXP_MAX, F80_INTEGER_BIT | aligned);
    if (exponent)
        return f80_make(sign | (u16)(exponent + F80_BIAS - exponent_max / 2), F80_INTEGER_BIT | aligned);
    if (!fraction)
        return f80_make(sign, 0);
    int shift = __builtin_clzll(aligned);
    return f80_make(sign | (u16)(1 + F80_BIAS - (s32)(exponent_max / 2) - shift), aligned << shift);
}
static struct f80 widen_m32(u32 m, bool *denormal)
{
    return widen(m & 0x7fffff, 23, m >> 23 & 0xff, 0xff, m >> 31, denormal);
}
static struct f80 widen_m64(u64 m, bool *denormal)
{
    return widen(m & 0xfffffffffffff, 52, (u32)(m >> 52) & 0x7ff, 0x7ff, m >> 63, denormal);
}

/* ---- addition and subtraction ---- */
static u16 pack_128(u16 fcw, struct f80 *result, bool negative, s32 exponent, u128 value)
{
    int shift = value >> 64 ? __builtin_clzll((u64)(value >> 64)) : 64 + __builtin_clzll((u64)value);
    value <<= shift;
    return soft_round_pack(fcw, result, negative, exponent - shift, (u64)(value >> 64), (u64)value);
}

static u16 add_finite(u16 fcw, struct f80 *result, struct f80 a, struct f80 b)
{
    bool negative = is_negative(a);
    s32 ea = a.exponent & F80_EXP, eb = b.exponent & F80_EXP;
    ea += !ea;
    eb += !eb;
    if (ea < eb || (ea == eb && a.significand < b.significand)) {
        struct f80 swap = a;
        s32 exponent = ea;
        a = b, b = swap, ea = eb, eb = exponent;
        negative = is_negative(a);
    }
    u64 high = b.significand >> 1, low = b.significand << 63;
    low = shift_right_jam(&high, low, (u32)(ea - eb));
    u128 x = (u128)a.significand << 63, y = (u128)high << 64 | low;
    bool subtract = is_negative(a) != is_negative(b);
    u128 sum = subtract ? x - y : x + y;
    if (sum)
        return pack_128(fcw, result, negative, ea + 1, sum);
    bool minus = subtract ? (fcw & FCW_RC) == FCW_DOWN : negative;
    *result = f80_make(minus ? F80_SIGN : 0, 0);
    return 0;
}

static u16 add(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    if (f80_is_infinite(a) && f80_is_infinite(b) && is_negative(a) != is_negative(b))
        return invalid(result);
    denormal |= denormal_status(a, b);
    if (denormal & ~fcw)
        return *result = a, denormal;
    if (f80_is_infinite(a) || f80_is_infinite(b))
        return *result = f80_is_infinite(a) ? a : b, denormal;
    return denormal | add_finite(fcw, result, a, b);
}

static struct f80 negated(struct f80 a)
{
    a.exponent ^= F80_SIGN;
    return a;
}

static u16 compute_add(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return add(fcw, result, a, b, denormal);
}
static u16 compute_sub(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return add(fcw, result, a, negated(b), denormal);
}
static u16 compute_subr(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return add(fcw, result, b, negated(a), denormal);
}

/* ---- multiplication and division ---- */
static u16 compute_mul(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    bool negative = is_negative(a) != is_negative(b);
    u16 sign = negative ? F80_SIGN : 0;
    s32 ea, eb;
    if ((f80_is_infinite(a) && f80_is_zero(b)) || (f80_is_zero(a) && f80_is_infinite(b)))
        return invalid(result);
    denormal |= denormal_status(a, b);
    if (f80_is_infinite(a) || f80_is_infinite(b))
        return *result = f80_make(sign | EXP_MAX, F80_INTEGER_BIT), denormal;
    if (f80_is_zero(a) || f80_is_zero(b))
        return *result = f80_make(sign, 0), denormal;
    if (denormal & ~fcw)
        return denormal;
    u64 x = normalise(a, &ea), y = normalise(b, &eb);
    return denormal | pack_128(fcw, result, negative, ea + eb - F80_BIAS + 1, (u128)x * y);
}

static u16 compute_div(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    bool negative = is_negative(a) != is_negative(b);
    u16 sign = negative ? F80_SIGN : 0;
    s32 ea, eb;
    if ((f80_is_infinite(a) && f80_is_infinite(b)) || (f80_is_zero(a) && f80_is_zero(b)))
        return invalid(result);
    denormal |= denormal_status(a, b);
    if (f80_is_infinite(a))
        return *result = f80_make(sign | EXP_MAX, F80_INTEGER_BIT), denormal;
    if (f80_is_zero(b))
        return *result = f80_make(sign | EXP_MAX, F80_INTEGER_BIT), FSW_ZE;
    if (f80_is_infinite(b) || f80_is_zero(a))
        return *result = f80_make(sign, 0), denormal;
    if (denormal & ~fcw)
        return denormal;
    u64 x = normalise(a, &ea), y = normalise(b, &eb);
    bool small = x < y;
    u128 numerator = (u128)x << (small ? 64 : 63);
    u64 quotient = (u64)(numerator / y);
    u128 rest = (numerator % y) << 64;
    u64 below = (u64)(rest / y) | (rest % y != 0);
    return denormal | soft_round_pack(fcw, result, negative, ea - eb + F80_BIAS - small, quotient, below);
}

static u16 compute_divr(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return compute_div(fcw, result, b, a, denormal);
}

static u16 compute(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, bool denormal,
                   u16 (*op)(u16, struct f80 *, struct f80, struct f80, u16))
{
    u16 status;
    if (undefined_operands(result, a, b, &status))
        return *result = status & ~fcw ? a : *result, status;
    *result = a;
    status = op(fcw, result, a, b, denormal ? FSW_DE : 0);
    if (status & ~fcw & (FSW_IE | FSW_DE | FSW_ZE))
        *result = a;
    return status & ~fcw & FSW_DE ? FSW_DE : status;
}

#define SOFT_ARITH(name)                                                                          \
    u16 soft_##name(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)        \
    {                                                                                             \
        return compute(fcw, result, *a, *b, false, compute_##name);                               \
    }                                                                                             \
    u16 soft_##name##_m32(u16 fcw, struct f80 *result, const struct f80 *a, u32 m)                \
    {                                                                                             \
        bool denormal;                                                                            \
        struct f80 b = widen_m32(m, &denormal);                                                   \
        return compute(fcw, result, *a, b, denormal, compute_##name);                             \
    }                                                                                             \
    u16 soft_##name##_m64(u16 fcw, struct f80 *result, const struct f80 *a, u64 m)                \
    {                                                                                             \
        bool denormal;                                                                            \
        struct f80 b = widen_m64(m, &denormal);                                                   \
        return compute(fcw, result, *a, b, denormal, compute_##name);                             \
    }
FPU_ARITH_OPS(SOFT_ARITH)

/* ---- square root ---- */
static u64 root_of(u128 n, u128 *rest)
{
    u128 root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        u128 trial = root | (u128)1 << bit;
        if (trial * trial <= n)
            root = trial;
    }
    *rest = n - root * root;
    return (u64)root;
}

u16 soft_sqrt(u16 fcw, struct f80 *result, const struct f80 *a)
{
    u16 status;
    s32 exponent;
    u128 rest;
    if (undefined_operands(result, *a, *a, &status))
        return *result = status & ~fcw ? *a : *result, status;
    *result = *a;
    if (f80_is_zero(*a) || (f80_is_infinite(*a) && !is_negative(*a)))
        return 0;
    if (is_negative(*a))
        return *result = fcw & FSW_IE ? f80_indefinite() : *a, FSW_IE;
    status = denormal_status(*a, *a);
    if (status & ~fcw)
        return status;
    u64 significand = normalise(*a, &exponent);
    exponent -= F80_BIAS;
    bool odd = exponent & 1;
    u64 root = root_of((u128)significand << (odd ? 64 : 63), &rest);
    u64 below = !rest ? 0 : rest > root ? F80_INTEGER_BIT | 1 : 1;
    return status | soft_round_pack(fcw, result, false, (exponent - odd) / 2 + F80_BIAS, root, below);
}

/* ---- integers ---- */
/* |a| rounded to an integer; a is finite and below 2^64 in magnitude (else *big). */
static u64 to_integer(u16 fcw, struct f80 a, bool *big, u16 *status)
{
    s32 exponent = (a.exponent & F80_EXP) - F80_BIAS;
    u64 value = a.significand;
    bool inexact;
    *status = 0;
    *big = exponent > 63;
    if (*big || !value)
        return 0;
    u64 below = shift_right_jam(&value, 0, (u32)(63 - exponent));
    bool up = round_at(fcw, is_negative(a), 0, &value, below, &inexact);
    *big = up && !value;
    *status = inexact ? FSW_PE | (up ? FSW_C1 : 0) : 0;
    return value;
}

u16 soft_rint(u16 fcw, struct f80 *result, const struct f80 *a)
{
    u16 status, rounding;
    bool big;
    if (undefined_operands(result, *a, *a, &status))
        return *result = status & ~fcw ? *a : *result, status;
    *result = *a;
    if (f80_is_zero(*a) || (a->exponent & F80_EXP) >= F80_BIAS + 63)
        return 0;
    status = denormal_status(*a, *a);
    if (status & ~fcw)
        return status;
    u64 value = to_integer(fcw, *a, &big, &rounding);
    u16 sign = a->exponent & F80_SIGN;
    *result = f80_make(sign, 0);
    if (value) {
        int shift = __builtin_clzll(value);
        *result = f80_make(sign | (u16)(F80_BIAS + 63 - shift), value << shift);
    }
    return status | rounding;
}

/* Two's complement of `bits` bits, or the integer indefinite with IE. */
static u16 to_signed(u16 fcw, u64 *m, struct f80 a, unsigned bits)
{
    u64 limit = (u64)1 << (bits - 1);
    u16 status;
    bool big;
    *m = limit;
    if (f80_is_unsupported(a) || (a.exponent & F80_EXP) == EXP_MAX)
        return FSW_IE;
    u64 value = to_integer(fcw, a, &big, &status);
    if (big || value > limit || (value == limit && !is_negative(a)))
        return FSW_IE;
    *m = is_negative(a) ? -value : value;
    return status;
}

#define SOFT_TO_INTEGER(name, type, bits)                      \
    u16 soft_##name(u16 fcw, type *m, const struct f80 *a)     \
    {                                                          \
        u64 value;                                             \
        u16 status = to_signed(fcw, &value, *a, bits);         \
        *m = (type)value;                                      \
        return status;                                         \
    }
SOFT_TO_INTEGER(to_i16, u16, 16)
SOFT_TO_INTEGER(to_i32, u32, 32)
SOFT_TO_INTEGER(to_i64, u64, 64)

u16 soft_to_bcd(u16 fcw, u8 m[10], const struct f80 *a)
{
    static const u8 indefinite[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };
    u16 status = 0;
    bool big = true;
    u64 value = 0;
    if (!f80_is_unsupported(*a) && (a->exponent & F80_EXP) != EXP_MAX)
        value = to_integer(fcw, *a, &big, &status);
    big |= value > 999999999999999999u;
    for (int i = 0; i < 9; i++, value /= 100)
        m[i] = big ? indefinite[i] : (u8)(value % 10 | value / 10 % 10 << 4);
    m[9] = big ? indefinite[9] : (u8)(a->exponent >> 8 & 0x80);
    return big ? FSW_IE : status;
}

/* ---- narrower formats ---- */
struct format { unsigned fraction_bits, exponent_max; };

static u16 narrow_overflow(u16 fcw, u64 *m, bool negative, struct format f)
{
    struct f80 unused;
    u64 infinity = (u64)f.exponent_max << f.fraction_bits;
    u16 status = overflow(fcw, &unused, negative, 0);
    *m = status & FSW_C1 ? infinity : infinity - 1;
    return fcw & FSW_OE ? status : FSW_OE;
}

static u16 narrow_finite(u16 fcw, u64 *m, struct f80 a, struct format f)
{
    s32 exponent;
    u64 significand = normalise(a, &exponent), mask = ((u64)1 << (63 - f.fraction_bits)) - 1, below = 0;
    bool negative = is_negative(a), inexact;
    exponent += (s32)(f.exponent_max / 2) - F80_BIAS;
    u64 rounded = significand;
    bool up = round_at(fcw, negative, mask, &rounded, 0, &inexact), carry = !rounded;
    if (exponent + carry < 1) {
        below = shift_right_jam(&significand, 0, (u32)(1 - exponent));
        up = round_at(fcw, negative, mask, &significand, below, &inexact);
        *m = significand >> (63 - f.fraction_bits);
        u16 status = inexact ? FSW_UE | FSW_PE | (up ? FSW_C1 : 0) : 0;
        return fcw & FSW_UE ? status : FSW_UE;
    }
    if (exponent + carry >= (s32)f.exponent_max)
        return narrow_overflow(fcw, m, negative, f);
    *m = ((u64)(u32)(exponent + carry) << f.fraction_bits) | (rounded << 1 >> (64 - f.fraction_bits));
    return inexact ? FSW_PE | (up ? FSW_C1 : 0) : 0;
}

static u16 narrow(u16 fcw, u64 *m, struct f80 a, struct format f)
{
    u64 infinity = (u64)f.exponent_max << f.fraction_bits;
    u64 sign = (u64)is_negative(a) * (f.exponent_max + 1) << f.fraction_bits;
    u16 status = 0;
    struct f80 nan;
    if (undefined_operands(&nan, a, a, &status))
        *m = infinity | (nan.significand << 1 >> (64 - f.fraction_bits));
    else if (f80_is_infinite(a))
        *m = infinity;
    else if (f80_is_zero(a))
        *m = 0;
    else
        status = narrow_finite(fcw, m, a, f);
    if (f80_is_unsupported(a))
        sign = (u64)(f.exponent_max + 1) << f.fraction_bits;
    *m |= sign;
    return status;
}

u16 soft_to_m32(u16 fcw, u32 *m, const struct f80 *a)
{
    u64 value;
    u16 status = narrow(fcw, &value, *a, (struct format){ 23, 0xff });
    *m = (u32)value;
    return status;
}

u16 soft_to_m64(u16 fcw, u64 *m, const struct f80 *a)
{
    return narrow(fcw, m, *a, (struct format){ 52, 0x7ff });
}

static u16 loaded(struct f80 *result, struct f80 wide, bool denormal)
{
    *result = f80_is_nan(wide) ? quieted(wide) : wide;
    return f80_is_signaling(wide) ? FSW_IE : denormal ? FSW_DE : 0;
}

u16 soft_from_m32(u16 fcw, struct f80 *result, u32 m)
{
    bool denormal;
    struct f80 wide = widen_m32(m, &denormal);
    (void)fcw;
    return loaded(result, wide, denormal);
}

u16 soft_from_m64(u16 fcw, struct f80 *result, u64 m)
{
    bool denormal;
    struct f80 wide = widen_m64(m, &denormal);
    (void)fcw;
    return loaded(result, wide, denormal);
}

/* ---- comparison ---- */
static int order(struct f80 a, struct f80 b)
{
    if (f80_is_zero(a) && f80_is_zero(b))
        return 0;
    if (is_negative(a) != is_negative(b))
        return is_negative(a) ? -1 : 1;
    u32 ea = (a.exponent & F80_EXP) + !(a.exponent & F80_EXP), eb = (b.exponent & F80_EXP) + !(b.exponent & F80_EXP);
    if (ea == eb && a.significand == b.significand)
        return 0;
    bool less = ea < eb || (ea == eb && a.significand < b.significand);
    return less != is_negative(a) ? -1 : 1;
}

static u16 compare(struct f80 a, struct f80 b, bool quiet_is_invalid, bool denormal)
{
    u16 status;
    struct f80 unused;
    if (undefined_operands(&unused, a, b, &status))
        return FSW_C0 | FSW_C2 | FSW_C3 | (quiet_is_invalid ? FSW_IE : status);
    int sense = order(a, b);
    status = denormal ? FSW_DE : denormal_status(a, b);
    return status | (sense < 0 ? FSW_C0 : sense == 0 ? FSW_C3 : 0);
}

u16 soft_com(u16 fcw, const struct f80 *a, const struct f80 *b) { return (void)fcw, compare(*a, *b, true, false); }
u16 soft_ucom(u16 fcw, const struct f80 *a, const struct f80 *b) { return (void)fcw, compare(*a, *b, false, false); }

u16 soft_com_m32(u16 fcw, const struct f80 *a, u32 m)
{
    bool denormal;
    struct f80 b = widen_m32(m, &denormal);
    return (void)fcw, compare(*a, b, true, denormal);
}

u16 soft_com_m64(u16 fcw, const struct f80 *a, u64 m)
{
    bool denormal;
    struct f80 b = widen_m64(m, &denormal);
    return (void)fcw, compare(*a, b, true, denormal);
}

/* ---- scale, extract, remainder ---- */
u16 soft_xtract(u16 fcw, struct f80 *significand, struct f80 *exponent, const struct f80 *a)
{
    u16 status, sign = a->exponent & F80_SIGN;
    s32 power;
    (void)fcw;
    if (undefined_operands(significand, *a, *a, &status))
        return *exponent = *significand, status;
    *significand = *a;
    if (f80_is_zero(*a))
        return *exponent = f80_make(F80_SIGN | EXP_MAX, F80_INTEGER_BIT), FSW_ZE;
    if (f80_is_infinite(*a))
        return *exponent = f80_make(EXP_MAX, F80_INTEGER_BIT), 0;
    u64 normal = normalise(*a, &power);
    *significand = f80_make(sign | F80_BIAS, normal);
    *exponent = f80_from_s64(power - F80_BIAS);
    return denormal_status(*a, *a);
}

static u16 scale(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    u16 sign = a.exponent & F80_SIGN, ignored;
    bool big;
    s32 exponent;
    if (f80_is_infinite(b)) {
        if (is_negative(b) ? f80_is_infinite(a) : f80_is_zero(a))
            return invalid(result);
        denormal |= denormal_status(a, b);
        *result = is_negative(b) ? f80_make(sign, 0) : f80_make(sign | EXP_MAX, F80_INTEGER_BIT);
        return denormal;
    }
    denormal |= denormal_status(a, b);
    *result = a;
    if (f80_is_infinite(a) || f80_is_zero(a) || (denormal & ~fcw))
        return denormal;
    u64 power = to_integer(FCW_CHOP, b, &big, &ignored);
    u64 significand = normalise(a, &exponent);
    s32 by = big || power > 0x10000 ? 0x10000 : (s32)power;
    exponent += is_negative(b) ? -by : by;
    return denormal | soft_round_pack(fcw | FCW_PC, result, is_negative(a), exponent, significand, 0);
}

u16 soft_scale(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    return compute(fcw, result, *a, *b, false, scale);
}

/* Quotient bits 2, 1, 0 are reported in C0, C3, C1. */
static u16 quotient_bits(u64 q)
{
    return (q & 4 ? FSW_C0 : 0) | (q & 2 ? FSW_C3 : 0) | (q & 1 ? FSW_C1 : 0);
}

/* x * 2^steps = q * y + rest, bit by bit; returns the low bits of q. */
static u64 long_division(u64 x, u64 y, s32 steps, u64 *rest)
{
    u128 r = x;
    u64 q = 0;
    for (s32 i = 0; i <= steps; i++) {
        q <<= 1;
        if (r >= y) {
            r -= y;
            q |= 1;
        }
        if (i < steps)
            r <<= 1;
    }
    *rest = (u64)r;
    return q;
}

static u16 remainder_of(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal, bool nearest)
{
    s32 ea, eb;
    u64 rest, q = 0;
    bool negative = is_negative(a);
    if (f80_is_infinite(a) || f80_is_zero(b))
        return invalid(result);
    denormal |= denormal_status(a, b);
    *result = a;
    if (f80_is_zero(a) || (denormal & ~fcw))
        return denormal;
    u64 x = normalise(a, &ea), y = F80_INTEGER_BIT;
    if (f80_is_infinite(b))
        eb = EXP_MAX + 2;
    else
        y = normalise(b, &eb);
    s32 difference = ea - eb, exponent = eb;
    if (difference >= 64) {
        s32 steps = 32 + difference % 32;
        long_division(x, y, steps, &rest);
        u16 status = rest ? pack_128(fcw | FCW_PC, result, negative, ea - steps, (u128)rest << 64) : 0;
        if (!rest)
            *result = f80_make(a.exponent & F80_SIGN, 0);
        return denormal | FSW_C2 | (status & (u16)~FSW_C1);
    }
    if (difference >= 0)
        q = long_division(x, y, difference, &rest);
    else
        rest = x, exponent = ea;
    if (nearest && difference >= -1) {
        u128 twice = difference < 0 ? rest : (u128)rest << 1;
        if (twice > y || (twice == y && (q & 1))) {
            u128 whole = difference < 0 ? (u128)y << 1 : y;
            rest = (u64)(whole - rest);
            negative = !negative;
            q++;
        }
    }
    *result = f80_make(a.exponent & F80_SIGN, 0);
    u16 status = rest ? pack_128(fcw | FCW_PC, result, negative, exponent, (u128)rest << 64) : 0;
    return denormal | quotient_bits(q) | (status & (u16)~FSW_C1);
}

static u16 prem(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return remainder_of(fcw, result, a, b, denormal, false);
}
static u16 prem1(u16 fcw, struct f80 *result, struct f80 a, struct f80 b, u16 denormal)
{
    return remainder_of(fcw, result, a, b, denormal, true);
}

u16 soft_prem(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    return compute(fcw, result, *a, *b, false, prem);
}

u16 soft_prem1(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)
{
    return compute(fcw, result, *a, *b, false, prem1);
}
