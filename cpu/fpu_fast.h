/* The x87's everyday work, inline: no fault, no unmasked exception, no stack fault. IA-32 SDM volume 1, chapter 8.
 *
 * On an x86 host the emulator's thread owns the host's FPU between fpu_enter() and fpu_leave(). Its control word is the
 * guest's with all exceptions masked, and its sticky exception flags are a subset of the guest's. So an operation is a
 * load, the operation, FNSTSW and a store: what FNSTSW shows can be ORed into the guest's status, and if it shows a bit
 * that the guest has not masked, this operation raised it (an older one would be pending, and the instruction would
 * not have begun).
 *
 * Every fpu_fast_* function returns false, having changed nothing, when its case is not the plain one: then the routine
 * of the instruction does the whole work. The caller has tested fpu_pending() and calls fpu_note*() afterwards. */
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

/* Takes the status of an operation if nothing in it is unmasked; `defined` are the condition codes it defines. */
static inline bool fpu_fast_commit(struct fpu *fpu, u16 status, u16 defined)
{
    if (unlikely(status & FSW_EXCEPTIONS & ~fpu->fcw))
        return false;
    fpu->fsw = (u16)((fpu->fsw & ~defined) | (status & (defined | FSW_EXCEPTIONS)));
    return true;
}
static inline void fpu_clear_c1(struct fpu *fpu) { fpu->fsw &= (u16)~FSW_C1; }

/* ---- arithmetic: fpu_fast_OP(fpu, dest, i): ST(dest) = ST(0) OP ST(i); fpu_fast_OP_m32/m64(fpu, m): ST(0) = ST(0) OP m ---- */
#if FPU_HOST
typedef long double fpu_host_value __attribute__((may_alias, aligned(1)));
#define FPU_FAST_BODY(to, code, ...)                                                                    \
    u16 status;                                                                                         \
    long double result;                                                                                 \
    __asm__ volatile(code : "=a"(status), "=t"(result) : __VA_ARGS__ : "st(1)");          \
    if (!fpu_fast_commit(fpu, status, FSW_C1))                                                          \
        return false;                                                                                   \
    *(fpu_host_value *)(to) = result;                                                                   \
    return true;
#define FPU_FAST_STACK(name)                                                                            \
    FPU_FAST_BODY(fpu_st(fpu, dest), "fldt %3; fldt %2; f" #name " %%st(1), %%st; fnstsw %0; fstp %%st(1)", \
                  "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)))
#define FPU_FAST_MEMORY(name, suffix) \
    FPU_FAST_BODY(fpu_st(fpu, 0), "fldt %2; f" #name #suffix " %3; fnstsw %0", "m"(*fpu_st(fpu, 0)), "m"(m))
#else
#define FPU_FAST_BODY(to, call)                     \
    struct f80 result;                              \
    u16 status = call;                              \
    if (!fpu_fast_commit(fpu, status, FSW_C1))      \
        return false;                               \
    f80_put(to, &result);                           \
    return true;
#define FPU_FAST_STACK(name) \
    FPU_FAST_BODY(fpu_st(fpu, dest), soft_##name(fpu->fcw, &result, fpu_st(fpu, 0), fpu_st(fpu, i)))
#define FPU_FAST_MEMORY(name, suffix) \
    FPU_FAST_BODY(fpu_st(fpu, 0), FPU_FAST_SOFT_##suffix(name)(fpu->fcw, &result, fpu_st(fpu, 0), m))
#define FPU_FAST_SOFT_s(name) soft_##name##_m32
#define FPU_FAST_SOFT_l(name) soft_##name##_m64
#endif

#define FPU_FAST_ARITH(name)                                                                  \
    static inline bool fpu_fast_##name(struct fpu *fpu, unsigned dest, unsigned i)            \
    {                                                                                         \
        if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))))                       \
            return false;                                                                     \
        FPU_FAST_STACK(name)                                                                  \
    }                                                                                         \
    static inline bool fpu_fast_##name##_m32(struct fpu *fpu, u32 m)                          \
    {                                                                                         \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                   \
            return false;                                                                     \
        FPU_FAST_MEMORY(name, s)                                                              \
    }                                                                                         \
    static inline bool fpu_fast_##name##_m64(struct fpu *fpu, u64 m)                          \
    {                                                                                         \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                   \
            return false;                                                                     \
        FPU_FAST_MEMORY(name, l)                                                              \
    }
FPU_ARITH_OPS(FPU_FAST_ARITH)

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
    u32 exponent = m >> 23 & 0xff;
    u16 sign = (u16)(m >> 16 & F80_SIGN);
    if (likely(exponent - 1 < 0xfe))
        return fpu_fast_push(fpu, f80_make((u16)(sign | (exponent + F80_BIAS - 0x7f)), F80_INTEGER_BIT | (u64)m << 40));
    return !(m << 1) && fpu_fast_push(fpu, f80_make(sign, 0));
}
static inline bool fpu_fast_fld_m64(struct fpu *fpu, u64 m)
{
    u32 exponent = (u32)(m >> 52) & 0x7ff;
    u16 sign = (u16)(m >> 48 & F80_SIGN);
    if (likely(exponent - 1 < 0x7fe))
        return fpu_fast_push(fpu, f80_make((u16)(sign | (exponent + F80_BIAS - 0x3ff)), F80_INTEGER_BIT | m << 11));
    return !(m << 1) && fpu_fast_push(fpu, f80_make(sign, 0));
}
static inline bool fpu_fast_fild(struct fpu *fpu, s64 value) { return fpu_fast_push(fpu, f80_from_s64(value)); }
static inline bool fpu_fast_fld_sti(struct fpu *fpu, unsigned i)
{
    return likely(!fpu_is_empty(fpu, i)) && fpu_fast_push(fpu, *fpu_st(fpu, i));
}
static inline bool fpu_fast_fld1(struct fpu *fpu) { return fpu_fast_push(fpu, f80_make(F80_BIAS, F80_INTEGER_BIT)); }
static inline bool fpu_fast_fldz(struct fpu *fpu) { return fpu_fast_push(fpu, f80_make(0, 0)); }

/* ---- stores: the value of ST(0) in *m and the raised status in *status; after the write: fpu_fast_store_done() ---- */
#if FPU_HOST
#define FPU_FAST_STORE(name, type, code, backend)                                                                \
    static inline bool name(struct fpu *fpu, type *m, u16 *status)                                               \
    {                                                                                                            \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                                      \
            return false;                                                                                        \
        __asm__ volatile("fldt %2; " code " %1; fnstsw %0" : "=a"(*status), "=m"(*m) : "m"(*fpu_st(fpu, 0)) : "st"); \
        return likely(!(*status & FSW_EXCEPTIONS & ~fpu->fcw));                                                  \
    }
#else
#define FPU_FAST_STORE(name, type, code, backend)                                                                \
    static inline bool name(struct fpu *fpu, type *m, u16 *status)                                               \
    {                                                                                                            \
        if (unlikely(fpu_is_empty(fpu, 0)))                                                                      \
            return false;                                                                                        \
        *status = backend(fpu->fcw, m, fpu_st(fpu, 0));                                                          \
        return likely(!(*status & FSW_EXCEPTIONS & ~fpu->fcw));                                                  \
    }
#endif
FPU_FAST_STORE(fpu_fast_fst_m32, u32, "fstps", soft_to_m32)
FPU_FAST_STORE(fpu_fast_fst_m64, u64, "fstpl", soft_to_m64)
FPU_FAST_STORE(fpu_fast_fist_m16, u16, "fistps", soft_to_i16)
FPU_FAST_STORE(fpu_fast_fist_m32, u32, "fistpl", soft_to_i32)
FPU_FAST_STORE(fpu_fast_fist_m64, u64, "fistpll", soft_to_i64)
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
    struct f80 *a = fpu_st(fpu, 0), *b = fpu_st(fpu, i), old = *a;
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
/* Status of ST(0) compared with *b; false if it shows an unmasked exception. */
static inline bool fpu_fast_compare(struct fpu *fpu, unsigned i, bool ordered, u16 *status)
{
    if (unlikely(fpu->empty & (fpu_bit(fpu, 0) | fpu_bit(fpu, i))))
        return false;
#if FPU_HOST
    if (ordered)
        __asm__ volatile("fldt %2; fldt %1; fcompp; fnstsw %0"
                         : "=a"(*status) : "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)) : "st", "st(1)");
    else
        __asm__ volatile("fldt %2; fldt %1; fucompp; fnstsw %0"
                         : "=a"(*status) : "m"(*fpu_st(fpu, 0)), "m"(*fpu_st(fpu, i)) : "st", "st(1)");
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
/* C3 C2 C0 as ZF PF CF, the others clear, in the lazy form: bit 32 makes PF odd where ZF is set. */
static inline void fpu_flags_from(struct cpu *cpu, u16 status)
{
    bool zero = status & FSW_C3, parity = status & FSW_C2;
    cpu->flags.result = zero ? (parity ? 0 : (s64)1 << 32) : (parity ? 3 : 1);
    cpu->flags.aux = 0;
    cpu->flags.cf = (status & FSW_C0) != 0;
    cpu->flags.of = 0;
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
