/* x87 arithmetic: FADD FSUB FSUBR FMUL FDIV FDIVR in all operand forms, FSQRT FRNDINT FSCALE FPREM FPREM1 FXTRACT,
 * and the stack side of the transcendental instructions. IA-32 SDM volume 1, 8.3 and 8.5. */
#include "fpu.h"
#include "fpu_fast.h"

/* Delivers a result (or the response to what raised it) to ST(dest). */
static enum outcome deliver(struct cpu *cpu, const struct insn *insn, u16 status, struct f80 result, unsigned dest,
                            bool pop)
{
    if (fpu_raise(cpu, insn, status) & FPU_STOPS)
        return DONE;
    fpu_set(&cpu->fpu, dest, result);
    if (pop)
        fpu_pop(&cpu->fpu);
    return DONE;
}

static enum outcome underflow(struct cpu *cpu, const struct insn *insn, unsigned dest, bool pop)
{
    return deliver(cpu, insn, FSW_IE | FSW_SF, f80_indefinite(), dest, pop);
}

/* ST(dest) = ST(0) op ST(i), with everything that can happen. */
static enum outcome operate(struct cpu *cpu, const struct insn *insn, fpu_op2_fn *op, unsigned i, unsigned dest,
                            bool pop)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 result;
    fpu_note(cpu, insn);
    if (fpu_is_empty(fpu, 0) || fpu_is_empty(fpu, i))
        return underflow(cpu, insn, dest, pop);
    u16 status = op(fpu->fcw, &result, fpu_st(fpu, 0), fpu_st(fpu, i));
    return deliver(cpu, insn, status, result, dest, pop);
}

static enum outcome operate_integer(struct cpu *cpu, const struct insn *insn, fpu_op2_fn *op, unsigned size)
{
    struct fpu *fpu = &cpu->fpu;
    u32 ea = insn_ea(cpu, insn), m;
    struct f80 result, operand;
    if (!fpu_ready(cpu, insn) || !seg_read(cpu, insn->seg, ea, size, &m))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    if (fpu_is_empty(fpu, 0))
        return underflow(cpu, insn, 0, false);
    operand = f80_from_s64(size == 2 ? (s16)m : (s32)m);
    u16 status = op(fpu->fcw, &result, fpu_st(fpu, 0), &operand);
    return deliver(cpu, insn, status, result, 0, false);
}

/* A zero beside a normal number or a zero, rounding to nearest with PE masked (see fpu_fast.h): neither invalid nor a
 * division by zero. */
static bool zero_is_plain(struct f80 a, struct f80 b)
{
    return (f80_is_zero(a) && f80_is_plain(b)) || (f80_is_zero(b) && f80_is_normal(a));
}
bool fpu_zero_add(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    if (!zero_is_plain(a, b))
        return false;
    struct f80 sum = f80_is_zero(a) ? b : a;
    if (!f80_is_zero(sum))
        return fpu_fast_round(fpu, to, sum.exponent & F80_SIGN, sum.exponent & F80_EXP, sum.significand, 0);
    fpu_clear_c1(fpu);
    *to = f80_make(a.exponent & b.exponent, 0);
    return true;
}
bool fpu_zero_sub(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    b.exponent ^= F80_SIGN;
    return fpu_zero_add(fpu, to, a, b);
}
bool fpu_zero_subr(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    return fpu_zero_sub(fpu, to, b, a);
}
bool fpu_zero_mul(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    if (!zero_is_plain(a, b))
        return false;
    fpu_clear_c1(fpu);
    *to = f80_make((a.exponent ^ b.exponent) & F80_SIGN, 0);
    return true;
}
bool fpu_zero_div(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    return !f80_is_zero(b) && fpu_zero_mul(fpu, to, a, b);
}
bool fpu_zero_divr(struct fpu *fpu, struct f80 *to, struct f80 a, struct f80 b)
{
    return fpu_zero_div(fpu, to, b, a);
}

#define STACK_FORM(name, op, dest, pop)                                             \
    enum outcome fpu_do_##name(struct cpu *cpu, const struct insn *insn)            \
    {                                                                               \
        unsigned i = insn->rm >> 2;                                                 \
        if (unlikely(!fpu_ready(cpu, insn)))                                        \
            return FAULT;                                                           \
        struct fpu *fpu = &cpu->fpu;                                                \
        if (unlikely(!fpu_fast_##op(fpu, dest, i) && !fpu_plain_##op(fpu, dest, i))) \
            return operate(cpu, insn, FPU_EXACT(op), i, dest, pop);                 \
        fpu_note(cpu, insn);                                                        \
        if (pop)                                                                    \
            fpu_pop(&cpu->fpu);                                                     \
        return DONE;                                                                \
    }

#define MEMORY_FORM(op, width, type, read)                                          \
    enum outcome fpu_do_##op##_##width(struct cpu *cpu, const struct insn *insn)    \
    {                                                                               \
        struct fpu *fpu = &cpu->fpu;                                                \
        u32 ea = insn_ea(cpu, insn);                                                \
        struct f80 result;                                                          \
        type m;                                                                     \
        if (unlikely(!fpu_ready(cpu, insn) || !read))                               \
            return FAULT;                                                           \
        fpu_note_memory(cpu, insn, ea);                                             \
        if (likely(fpu_fast_##op##_##width(fpu, m) || fpu_plain_##op##_##width(fpu, m))) \
            return DONE;                                                            \
        if (fpu_is_empty(fpu, 0))                                                   \
            return underflow(cpu, insn, 0, false);                                  \
        u16 status = FPU_EXACT(op##_##width)(fpu->fcw, &result, fpu_st(fpu, 0), m); \
        return deliver(cpu, insn, status, result, 0, false);                        \
    }

#define ARITH(op)                                                                   \
    STACK_FORM(op##_st0, op, 0, false)                                              \
    STACK_FORM(op##_sti, op, i, false)                                              \
    STACK_FORM(op##_sti_pop, op, i, true)                                           \
    MEMORY_FORM(op, m32, u32, seg_read(cpu, insn->seg, ea, 4, &m))                  \
    MEMORY_FORM(op, m64, u64, seg_read_bytes(cpu, insn->seg, ea, &m, 8))            \
    enum outcome fpu_do_##op##_i16(struct cpu *cpu, const struct insn *insn)        \
    {                                                                               \
        return operate_integer(cpu, insn, FPU_EXACT(op), 2);                        \
    }                                                                               \
    enum outcome fpu_do_##op##_i32(struct cpu *cpu, const struct insn *insn)        \
    {                                                                               \
        return operate_integer(cpu, insn, FPU_EXACT(op), 4);                        \
    }
FPU_ARITH_OPS(ARITH)

/* Condition codes which an instruction defines besides C1. */
static void set_conditions(struct fpu *fpu, u16 status, u16 defined)
{
    fpu->fsw = (u16)((fpu->fsw & ~defined) | (status & defined));
}

/* ST(0) = op(ST(0)). */
static enum outcome operate_one(struct cpu *cpu, const struct insn *insn, fpu_op1_fn *op, u16 defined)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 result;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    set_conditions(fpu, 0, defined);
    if (fpu_is_empty(fpu, 0))
        return underflow(cpu, insn, 0, false);
    u16 status = op(fpu->fcw, &result, fpu_st(fpu, 0));
    set_conditions(fpu, status, defined);
    return deliver(cpu, insn, status, result, 0, false);
}

/* ST(dest) = op(ST(0), ST(1)). */
static enum outcome operate_two(struct cpu *cpu, const struct insn *insn, fpu_op2_fn *op, unsigned dest, bool pop)
{
    return fpu_ready(cpu, insn) ? operate(cpu, insn, op, 1, dest, pop) : FAULT;
}

static enum outcome partial_remainder(struct cpu *cpu, const struct insn *insn, fpu_op2_fn *op)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 result;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    set_conditions(fpu, 0, FSW_C2);
    if (fpu_is_empty(fpu, 0) || fpu_is_empty(fpu, 1))
        return underflow(cpu, insn, 0, false);
    u16 status = op(fpu->fcw, &result, fpu_st(fpu, 0), fpu_st(fpu, 1));
    u16 unmasked = fpu_raise(cpu, insn, status);
    if (unmasked & FPU_STOPS)
        return DONE;
    set_conditions(fpu, status, f80_is_nan(result) ? FSW_C1 : FSW_CC);
    fpu_set(fpu, 0, result);
    return DONE;
}

/* ST(0) is replaced by `below` and `top` is pushed: FXTRACT, FSINCOS, FPTAN. */
static enum outcome deliver_pair(struct cpu *cpu, const struct insn *insn, u16 status, struct f80 below, struct f80 top)
{
    struct fpu *fpu = &cpu->fpu;
    if (fpu_raise(cpu, insn, status) & FPU_STOPS)
        return DONE;
    fpu_set(fpu, 0, below);
    fpu_push(fpu, top);
    return DONE;
}

/* True if ST(0) is there and there is room above it; else the response has been given. */
static bool pair_possible(struct cpu *cpu, const struct insn *insn, u16 defined)
{
    set_conditions(&cpu->fpu, 0, defined);
    bool underflow = fpu_is_empty(&cpu->fpu, 0);
    if (!underflow && fpu_is_empty(&cpu->fpu, 7))
        return true;
    deliver_pair(cpu, insn, FSW_IE | FSW_SF | (underflow ? 0 : FSW_C1), f80_indefinite(), f80_indefinite());
    return false;
}

enum outcome fpu_do_xtract(struct cpu *cpu, const struct insn *insn)
{
    struct f80 significand, exponent;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (!pair_possible(cpu, insn, 0))
        return DONE;
    u16 status = FPU_EXACT(xtract)(cpu->fpu.fcw, &significand, &exponent, fpu_st(&cpu->fpu, 0));
    return deliver_pair(cpu, insn, status, exponent, significand);
}

enum outcome fpu_do_sincos(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 sine, cosine;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (!pair_possible(cpu, insn, FSW_C2))
        return DONE;
    u16 status = fpu_sincos(fpu->fcw, &sine, &cosine, fpu_st(fpu, 0));
    set_conditions(fpu, status, FSW_C2);
    return status & FSW_C2 ? (fpu_clear_c1(fpu), DONE) : deliver_pair(cpu, insn, status, sine, cosine);
}

enum outcome fpu_do_ptan(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 tangent;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (!pair_possible(cpu, insn, FSW_C2))
        return DONE;
    u16 status = fpu_ptan(fpu->fcw, &tangent, fpu_st(fpu, 0));
    set_conditions(fpu, status, FSW_C2);
    if (status & FSW_C2)
        return fpu_clear_c1(fpu), DONE;
    struct f80 one = f80_is_nan(tangent) ? tangent : f80_make(F80_BIAS, F80_INTEGER_BIT);
    return deliver_pair(cpu, insn, status, tangent, one);
}

#define ONE_PLAIN(name)                                                  \
    enum outcome fpu_do_##name(struct cpu *cpu, const struct insn *insn) \
    {                                                                    \
        if (unlikely(fpu_pending(&cpu->fpu) || !fpu_plain_##name(&cpu->fpu))) \
            return operate_one(cpu, insn, FPU_EXACT(name), 0);           \
        fpu_note(cpu, insn);                                             \
        return DONE;                                                     \
    }
ONE_PLAIN(sqrt)
ONE_PLAIN(rint)

#define ONE(name, op, defined)                                           \
    enum outcome fpu_do_##name(struct cpu *cpu, const struct insn *insn) \
    {                                                                    \
        return operate_one(cpu, insn, op, defined);                      \
    }
ONE(2xm1, fpu_2xm1, 0)
ONE(sin, fpu_sin, FSW_C2)
ONE(cos, fpu_cos, FSW_C2)

#define TWO(name, op, dest, pop)                                         \
    enum outcome fpu_do_##name(struct cpu *cpu, const struct insn *insn) \
    {                                                                    \
        return operate_two(cpu, insn, op, dest, pop);                    \
    }
TWO(scale, soft_scale, 0, false)
TWO(yl2x, fpu_yl2x, 1, true)
TWO(yl2xp1, fpu_yl2xp1, 1, true)
TWO(patan, fpu_patan, 1, true)

enum outcome fpu_do_prem(struct cpu *cpu, const struct insn *insn)
{
    return partial_remainder(cpu, insn, soft_prem);
}

enum outcome fpu_do_prem1(struct cpu *cpu, const struct insn *insn)
{
    return partial_remainder(cpu, insn, soft_prem1);
}
