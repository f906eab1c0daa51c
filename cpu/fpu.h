/* What the rooms of the x87 share: the responses to exceptions (fpu.c) and the names of the routines, one per row of
 * the decode table. IA-32 SDM volume 1, chapter 8. */
#ifndef CPU_FPU_H
#define CPU_FPU_H
#include "cpu.h"
#include "fpu_math.h"

/* Unmasked exceptions which leave a register destination as it was; and those which keep memory from being written. */
enum { FPU_STOPS = FSW_IE | FSW_DE | FSW_ZE, FPU_STOPS_STORE = FPU_STOPS | FSW_OE | FSW_UE };
enum { MXCSR_INIT = 0x1f80, MXCSR_DEFINED = 0xffff };

/* For the run loop: the host's FPU is the emulator's from fpu_enter() to fpu_leave(). Also to be called (fpu_enter)
 * when cpu->fpu was changed from outside within a slice. */
void fpu_enter(struct cpu *cpu);
void fpu_leave(struct cpu *cpu);

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
 * fpu_enter() where it took a flag away. */
void fpu_summarize(struct cpu *cpu, const struct insn *insn);

/* X(name, cost class of cost.def) */
#define FPU_ARITH_ROUTINES(X, op, class) \
    X(op##_st0, class) X(op##_sti, class) X(op##_sti_pop, class) X(op##_m32, class) X(op##_m64, class) X(op##_i16, class) \
    X(op##_i32, class)
#define FPU_ROUTINES(X) \
    FPU_ARITH_ROUTINES(X, add, FADD) FPU_ARITH_ROUTINES(X, sub, FADD) FPU_ARITH_ROUTINES(X, subr, FADD) \
    FPU_ARITH_ROUTINES(X, mul, FMUL) FPU_ARITH_ROUTINES(X, div, FDIV) FPU_ARITH_ROUTINES(X, divr, FDIV) \
    X(sqrt, FSQRT) X(rint, FADD) X(scale, FADD) X(prem, FDIV) X(prem1, FDIV) X(xtract, FADD) \
    X(fld_m32, FLOAD) X(fld_m64, FLOAD) X(fld_m80, FLOAD) X(fld_sti, FLOAD) X(fild_m16, FLOAD) X(fild_m32, FLOAD) \
    X(fild_m64, FLOAD) X(fbld, FTRANS) \
    X(fst_m32, FSTORE) X(fstp_m32, FSTORE) X(fst_m64, FSTORE) X(fstp_m64, FSTORE) X(fstp_m80, FSTORE) \
    X(fst_sti, FSTORE) X(fstp_sti, FSTORE) \
    X(fist_m16, FSTORE) X(fistp_m16, FSTORE) X(fist_m32, FSTORE) X(fistp_m32, FSTORE) X(fistp_m64, FSTORE) \
    X(fbstp, FTRANS) \
    X(fxch, FLOAD) X(fchs, FLOAD) X(fabs, FLOAD) X(fcmov, FLOAD) X(constant, FLOAD) \
    X(fcom_sti, FCOMPARE) X(fcomp_sti, FCOMPARE) X(fcompp, FCOMPARE) X(fucom_sti, FCOMPARE) X(fucomp_sti, FCOMPARE) \
    X(fucompp, FCOMPARE) X(fcom_m32, FCOMPARE) X(fcomp_m32, FCOMPARE) X(fcom_m64, FCOMPARE) \
    X(fcomp_m64, FCOMPARE) X(ficom_m16, FCOMPARE) X(ficomp_m16, FCOMPARE) X(ficom_m32, FCOMPARE) \
    X(ficomp_m32, FCOMPARE) X(fcomi, FCOMPARE) X(fcomip, FCOMPARE) X(fucomi, FCOMPARE) X(fucomip, FCOMPARE) \
    X(ftst, FCOMPARE) X(fxam, FCOMPARE) \
    X(sin, FTRANS) X(cos, FTRANS) X(sincos, FTRANS) X(ptan, FTRANS) X(2xm1, FTRANS) X(yl2x, FTRANS) \
    X(yl2xp1, FTRANS) X(patan, FTRANS) \
    X(fnop, FLOAD) X(nothing, FLOAD) X(fninit, FCONTROL) X(fnclex, FCONTROL) X(fldcw, FCONTROL) X(fnstcw, FCONTROL) \
    X(fnstsw_m16, FCONTROL) X(fnstsw_ax, FCONTROL) X(fldenv, FSAVE) X(frstor, FSAVE) \
    X(ffree, FLOAD) X(ffreep, FLOAD) X(fincstp, FLOAD) X(fdecstp, FLOAD)
#define FPU_DECLARE_ROUTINE(name, class) routine_fn fpu_do_##name;
FPU_ROUTINES(FPU_DECLARE_ROUTINE)
#endif
