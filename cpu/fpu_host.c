/* The IEEE-exact x87 operations on the host's own x87, one operation at a time with clean flags under the guest's
 * whole control word. This is the path for unmasked exceptions and odd operands; fpu_fast.h has the one for every
 * day.
 *
 * An unmasked exception on the host stays pending until a waiting instruction, and FNSTSW and FNCLEX are none: so
 * the unmasked response (biased result, or operands unchanged) is the host's too, and no signal is ever raised.
 * Operations that push or only exist with a pop would leave the host's stack in doubt; they run masked, which
 * differs in nothing but in what the caller then does not store. All leave the host's control word as fpu_enter()
 * set it: the guest's, masked. */
#include "fpu_math.h"
#if FPU_HOST

#define CLOBBERS "st", "st(1)"

#define HOST_OP2(name, operation)                                                                              \
    u16 host_##name(u16 fcw, struct f80 *result, const struct f80 *a, const struct f80 *b)                     \
    {                                                                                                          \
        u16 status, masked = fcw | FCW_MASKS;                                                                  \
        __asm__ volatile("fnclex; fldt %5; fldt %4; fldcw %2; " operation "; fnstsw %0; fnclex; fldcw %3;"     \
                         "fstpt %1; fstp %%st(0)"                                                              \
                         : "=&a"(status), "=m"(*result) : "m"(fcw), "m"(masked), "m"(*a), "m"(*b) : CLOBBERS); \
        return status;                                                                                         \
    }

#define HOST_OP2_MEMORY(name, type, operation)                                                                \
    u16 host_##name(u16 fcw, struct f80 *result, const struct f80 *a, type b)                                 \
    {                                                                                                         \
        u16 status, masked = fcw | FCW_MASKS;                                                                 \
        __asm__ volatile("fnclex; fldt %4; fldcw %2; " operation " %5; fnstsw %0; fnclex; fldcw %3; fstpt %1" \
                         : "=&a"(status), "=m"(*result) : "m"(fcw), "m"(masked), "m"(*a), "m"(b) : CLOBBERS); \
        return status;                                                                                        \
    }

#define HOST_ARITH(name)                       \
    HOST_OP2(name, "f" #name " %%st(1), %%st") \
    HOST_OP2_MEMORY(name##_m32, u32, "f" #name "s") \
    HOST_OP2_MEMORY(name##_m64, u64, "f" #name "l")
FPU_ARITH_OPS(HOST_ARITH)

#define HOST_OP1(name, operation)                                                                          \
    u16 host_##name(u16 fcw, struct f80 *result, const struct f80 *a)                                      \
    {                                                                                                      \
        u16 status, masked = fcw | FCW_MASKS;                                                              \
        __asm__ volatile("fnclex; fldt %4; fldcw %2; " operation "; fnstsw %0; fnclex; fldcw %3; fstpt %1" \
                         : "=&a"(status), "=m"(*result) : "m"(fcw), "m"(masked), "m"(*a) : CLOBBERS);      \
        return status;                                                                                     \
    }
HOST_OP1(sqrt, "fsqrt")
HOST_OP1(rint, "frndint")

u16 host_xtract(u16 fcw, struct f80 *significand, struct f80 *exponent, const struct f80 *a)
{
    u16 status, masked = fcw | FCW_MASKS;
    __asm__ volatile("fnclex; fldcw %4; fldt %3; fxtract; fnstsw %0; fstpt %1; fstpt %2"
                     : "=&a"(status), "=m"(*significand), "=m"(*exponent) : "m"(*a), "m"(masked) : CLOBBERS);
    return status;
}

#define HOST_COMPARE(name, operation)                                                                   \
    u16 host_##name(u16 fcw, const struct f80 *a, const struct f80 *b)                                  \
    {                                                                                                   \
        u16 status, masked = fcw | FCW_MASKS;                                                           \
        __asm__ volatile("fnclex; fldcw %3; fldt %2; fldt %1; " operation "; fnstsw %0; fstp %%st(0); fstp %%st(0)" \
                         : "=&a"(status) : "m"(*a), "m"(*b), "m"(masked) : CLOBBERS);                   \
        return status;                                                                                  \
    }
HOST_COMPARE(com, "fcom %%st(1)")
HOST_COMPARE(ucom, "fucom %%st(1)")

#define HOST_COMPARE_MEMORY(name, type, operation)                                         \
    u16 host_##name(u16 fcw, const struct f80 *a, type b)                                  \
    {                                                                                      \
        u16 status, masked = fcw | FCW_MASKS;                                              \
        __asm__ volatile("fnclex; fldcw %3; fldt %1; " operation " %2; fnstsw %0; fstp %%st(0)" \
                         : "=&a"(status) : "m"(*a), "m"(b), "m"(masked) : CLOBBERS);       \
        return status;                                                                     \
    }
HOST_COMPARE_MEMORY(com_m32, u32, "fcoms")
HOST_COMPARE_MEMORY(com_m64, u64, "fcoml")

#define HOST_FROM(name, type, operation)                                                   \
    u16 host_##name(u16 fcw, struct f80 *result, type m)                                   \
    {                                                                                      \
        u16 status, masked = fcw | FCW_MASKS;                                              \
        __asm__ volatile("fnclex; fldcw %3; " operation " %2; fnstsw %0; fstpt %1"         \
                         : "=&a"(status), "=m"(*result) : "m"(m), "m"(masked) : CLOBBERS); \
        return status;                                                                     \
    }
HOST_FROM(from_m32, u32, "flds")
HOST_FROM(from_m64, u64, "fldl")

#define HOST_TO(name, type, operation)                                                             \
    u16 host_##name(u16 fcw, type *m, const struct f80 *a)                                         \
    {                                                                                              \
        u16 status, masked = fcw | FCW_MASKS;                                                      \
        __asm__ volatile("fnclex; fldt %4; fldcw %2; " operation " %1; fnstsw %0; fnclex; fldcw %3; fstp %%st(0)" \
                         : "=&a"(status), "+m"(*m) : "m"(fcw), "m"(masked), "m"(*a) : CLOBBERS);   \
        return status;                                                                             \
    }
HOST_TO(to_m32, u32, "fsts")
HOST_TO(to_m64, u64, "fstl")
HOST_TO(to_i16, u16, "fists")
HOST_TO(to_i32, u32, "fistl")

u16 host_to_i64(u16 fcw, u64 *m, const struct f80 *a)
{
    u16 status, masked = fcw | FCW_MASKS;
    __asm__ volatile("fnclex; fldcw %3; fldt %2; fistpll %1; fnstsw %0"
                     : "=&a"(status), "=m"(*m) : "m"(*a), "m"(masked) : CLOBBERS);
    return status;
}

u16 host_to_bcd(u16 fcw, u8 m[10], const struct f80 *a)
{
    u16 status, masked = fcw | FCW_MASKS;
    __asm__ volatile("fnclex; fldcw %3; fldt %2; fbstp %1; fnstsw %0"
                     : "=&a"(status), "=m"(*(u8 (*)[10])m) : "m"(*a), "m"(masked) : CLOBBERS);
    return status;
}
#endif
