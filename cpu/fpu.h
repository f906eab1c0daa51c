/* What the rooms of the x87 share: the responses to exceptions (fpu.c) and the names of the routines, one per row of
 * the decode table. IA-32 SDM volume 1, chapter 8. */
#ifndef CPU_FPU_H
#define CPU_FPU_H
#include "cpu.h"
#include "fpu_math.h"

/* Unmasked exceptions which leave a register destination as it was; and those which keep memory from being written. */
enum { FPU_STOPS = FSW_IE | FSW_DE | FSW_ZE, FPU_STOPS_STORE = FPU_STOPS | FSW_OE | FSW_UE };
enum { FCW_INIT = 0x37f, FCW_RESET = 0x40, FCW_DEFINED = 0x1f3f, FCW_ONES = 0x40 };
enum { MXCSR_INIT = 0x1f80, MXCSR_DEFINED = 0xffff };

/* For the run loop: the host's FPU is the emulator's from fpu_enter() to fpu_leave(). Also to be called (fpu_enter)
 * when cpu->fpu was changed from outside within a slice. */
void fpu_enter(struct cpu *cpu);
void fpu_leave(struct cpu *cpu);
/* Only the control word: after a change of FCW which took no flag away. FNCLEX is slow. */
void fpu_host_control(struct cpu *cpu);

/* What a waiting instruction does first; false: #MF was raised. fpu_begin() if an exception is pending. */
bool fpu_begin(struct cpu *cpu, const struct insn *insn);
static inline bool fpu_ready(struct cpu *cpu, const struct insn *insn)
{
    return likely(!(cpu->fpu.fsw & FSW_ES)) || fpu_begin(cpu, insn);
}
/* Takes the status that an operation raised into FSW; returns the exceptions among it that are not masked. */
u16 fpu_raise(struct cpu *cpu, const struct insn *insn, u16 status);
/* Raises a stack fault (c1: FSW_C1 for overflow, 0 for underflow); true: masked, the indefinite is to be delivered. */
bool fpu_stack_fault(struct cpu *cpu, const struct insn *insn, u16 c1);
/* ST(0) = value on a new top, or the stack overflow response. */
enum outcome fpu_push_checked(struct cpu *cpu, const struct insn *insn, struct f80 value);
/* ST(dest) = value, which may be the slot's first content. */
void fpu_set(struct fpu *fpu, unsigned dest, struct f80 value);
/* ES and B follow from flags and masks, FERR# from ES. After any change of FCW or FSW but by an operation, with
 * fpu_host_control() or fpu_enter(). */
void fpu_summarize(struct cpu *cpu, const struct insn *insn);

#define FPU_ARITH_ROUTINES(X, op) \
    X(op##_st0) X(op##_sti) X(op##_sti_pop) X(op##_m32) X(op##_m64) X(op##_i16) X(op##_i32)
#define FPU_ROUTINES(X)                                                                                             \
    FPU_ARITH_ROUTINES(X, add) FPU_ARITH_ROUTINES(X, sub) FPU_ARITH_ROUTINES(X, subr)                               \
    FPU_ARITH_ROUTINES(X, mul) FPU_ARITH_ROUTINES(X, div) FPU_ARITH_ROUTINES(X, divr)                               \
    X(sqrt) X(rint) X(scale) X(prem) X(prem1) X(xtract)                                                             \
    X(fld_m32) X(fld_m64) X(fld_m80) X(fld_sti) X(fild_m16) X(fild_m32) X(fild_m64) X(fbld)                         \
    X(fst_m32) X(fstp_m32) X(fst_m64) X(fstp_m64) X(fstp_m80) X(fst_sti) X(fstp_sti)                                \
    X(fist_m16) X(fistp_m16) X(fist_m32) X(fistp_m32) X(fistp_m64) X(fbstp)                                         \
    X(fxch) X(fchs) X(fabs) X(fcmov) X(constant)                                                                    \
    X(fcom_sti) X(fcomp_sti) X(fcompp) X(fucom_sti) X(fucomp_sti) X(fucompp) X(fcom_m32) X(fcomp_m32) X(fcom_m64)   \
    X(fcomp_m64) X(ficom_m16) X(ficomp_m16) X(ficom_m32) X(ficomp_m32) X(fcomi) X(fcomip) X(fucomi) X(fucomip)      \
    X(ftst) X(fxam)                                                                                                 \
    X(sin) X(cos) X(sincos) X(ptan) X(2xm1) X(yl2x) X(yl2xp1) X(patan)                                              \
    X(fnop) X(nothing) X(fninit) X(fnclex) X(fldcw) X(fnstcw) X(fnstsw_m16) X(fnstsw_ax) X(fldenv) X(frstor)        \
    X(ffree) X(ffreep) X(fincstp) X(fdecstp)
#define FPU_DECLARE_ROUTINE(name) routine_fn fpu_do_##name;
FPU_ROUTINES(FPU_DECLARE_ROUTINE)
#endif
