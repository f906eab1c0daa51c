/* The x87's front: which routine an escape opcode has, how exceptions are answered, and who owns the host's FPU.
 * IA-32 SDM volume 1 chapter 8, volume 2 appendix A.5, volume 3 on MCE/NE and FERR#; the undocumented aliases are
 * those of the AMD APM volume 3 table A-15. Not modelled: IGNNE# (with CR0.NE clear, an instruction that finds an
 * exception pending asserts FERR# and goes on, as if IGNNE# were active), and the 8087/287 interface. */
#include "decode.h"
#include "fpu.h"
#include "fpu_fast.h"

/* ---- the host's FPU ---- */
void fpu_enter(struct cpu *cpu)
{
#if FPU_HOST
    u16 control = cpu->fpu.fcw | FCW_MASKS;
    __asm__ volatile("fnclex; fldcw %0" : : "m"(control));
#else
    (void)cpu;
#endif
}

void fpu_leave(struct cpu *cpu)
{
    (void)cpu;
#if FPU_HOST
    u16 control = FCW_INIT;
    __asm__ volatile("fnclex; fldcw %0" : : "m"(control));
#endif
}

/* ---- exceptions ---- */
static void ferr_set(struct cpu *cpu, const struct insn *insn, bool level)
{
    if ((cpu->guest->cr0 & CR0_NE) || !cpu->ferr)
        return;
    cpu_sync(cpu, insn);
    cpu->ferr(cpu->ferr_self, level);
    cpu->end_block = true;
}

bool fpu_begin(struct cpu *cpu, const struct insn *insn)
{
    if (cpu->guest->cr0 & CR0_NE) {
        cpu_raise(cpu, VEC_MF);
        return false;
    }
    ferr_set(cpu, insn, true);
    return true;
}

u16 fpu_raise(struct cpu *cpu, const struct insn *insn, u16 status)
{
    struct fpu *fpu = &cpu->fpu;
    u16 unmasked = status & FSW_EXCEPTIONS & ~fpu->fcw;
    fpu->fsw = (u16)((fpu->fsw & ~FSW_C1) | (status & (FSW_EXCEPTIONS | FSW_SF | FSW_C1)));
    if (unmasked) {
        fpu->fsw |= FSW_ES | FSW_B;
        ferr_set(cpu, insn, true);
    }
    return unmasked;
}

bool fpu_stack_fault(struct cpu *cpu, const struct insn *insn, u16 c1)
{
    return !fpu_raise(cpu, insn, FSW_IE | FSW_SF | c1);
}

enum outcome fpu_push_checked(struct cpu *cpu, const struct insn *insn, struct f80 value)
{
    if (fpu_fast_push(&cpu->fpu, value))
        return DONE;
    if (fpu_stack_fault(cpu, insn, FSW_C1))
        fpu_push(&cpu->fpu, f80_indefinite());
    return DONE;
}

void fpu_set(struct fpu *fpu, unsigned dest, struct f80 value)
{
    f80_put(fpu_st(fpu, dest), &value);
    fpu->empty &= (u8)~fpu_bit(fpu, dest);
}

void fpu_summarize(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    bool was = fpu_pending(fpu), is = fpu->fsw & ~fpu->fcw & FSW_EXCEPTIONS;
    fpu->fsw = (u16)((fpu->fsw & ~(FSW_ES | FSW_B)) | (is ? FSW_ES | FSW_B : 0));
    if (was != is)
        ferr_set(cpu, insn, is);
}

/* init: as FNINIT leaves it; else as RESET#. */
void fpu_reset(struct cpu *cpu, bool init)
{
    struct fpu *fpu = &cpu->fpu;
    if (!init) {
        memset(fpu, 0, sizeof(*fpu));
        fpu->mxcsr = MXCSR_INIT;
        fpu->fcw = FCW_RESET;
        return;
    }
    fpu->fcw = FCW_INIT;
    fpu->fsw = 0;
    fpu->top = 0;
    fpu->empty = 0xff;
    fpu->fop = fpu->fcs = fpu->fds = 0;
    fpu->fip = fpu->fdp = 0;
}

enum outcome fpu_wait(struct cpu *cpu, const struct insn *insn)
{
    return fpu_ready(cpu, insn) ? DONE : FAULT;
}

/* ---- decoding: [escape & 7][memory: reg field; register: 8 + modrm & 3F] ---- */
enum { ROW_MEMORY = 0, ROW_REGISTER = 8, ROWS = 72 };
#define M(reg)          [ROW_MEMORY + (reg)]
#define R(modrm)        [ROW_REGISTER + ((modrm) & 0x3f)]
#define REGS(modrm)     [ROW_REGISTER + ((modrm) & 0x3f) ... ROW_REGISTER + ((modrm) & 0x3f) + 7]
enum fpu_cost {
#define FPU_COST(name, class) COST_##name = C_##class,
    FPU_ROUTINES(FPU_COST)
#undef FPU_COST
};
#define OP(name)        { fpu_do_##name, COST_##name, false }
#define NO_WAIT(name)   { fpu_do_##name, COST_##name, true }

static const struct fpu_decoded decode_table[8][ROWS] = {
    [0] = {
        M(0) = OP(add_m32), M(1) = OP(mul_m32), M(2) = OP(fcom_m32), M(3) = OP(fcomp_m32),
        M(4) = OP(sub_m32), M(5) = OP(subr_m32), M(6) = OP(div_m32), M(7) = OP(divr_m32),
        REGS(0xc0) = OP(add_st0), REGS(0xc8) = OP(mul_st0), REGS(0xd0) = OP(fcom_sti), REGS(0xd8) = OP(fcomp_sti),
        REGS(0xe0) = OP(sub_st0), REGS(0xe8) = OP(subr_st0), REGS(0xf0) = OP(div_st0), REGS(0xf8) = OP(divr_st0),
    },
    [1] = {
        M(0) = OP(fld_m32), M(2) = OP(fst_m32), M(3) = OP(fstp_m32), M(4) = OP(fldenv), M(5) = OP(fldcw),
        M(6) = { fpu_fnstenv, C_FSAVE, true }, M(7) = NO_WAIT(fnstcw),
        REGS(0xc0) = OP(fld_sti), REGS(0xc8) = OP(fxch), R(0xd0) = OP(fnop), REGS(0xd8) = OP(fstp_sti),
        R(0xe0) = OP(fchs), R(0xe1) = OP(fabs), R(0xe4) = OP(ftst), R(0xe5) = OP(fxam),
        R(0xe8) = OP(constant), R(0xe9) = OP(constant), R(0xea) = OP(constant), R(0xeb) = OP(constant),
        R(0xec) = OP(constant), R(0xed) = OP(constant), R(0xee) = OP(constant),
        R(0xf0) = OP(2xm1), R(0xf1) = OP(yl2x), R(0xf2) = OP(ptan), R(0xf3) = OP(patan),
        R(0xf4) = OP(xtract), R(0xf5) = OP(prem1), R(0xf6) = OP(fdecstp), R(0xf7) = OP(fincstp),
        R(0xf8) = OP(prem), R(0xf9) = OP(yl2xp1), R(0xfa) = OP(sqrt), R(0xfb) = OP(sincos),
        R(0xfc) = OP(rint), R(0xfd) = OP(scale), R(0xfe) = OP(sin), R(0xff) = OP(cos),
    },
    [2] = {
        M(0) = OP(add_i32), M(1) = OP(mul_i32), M(2) = OP(ficom_m32), M(3) = OP(ficomp_m32),
        M(4) = OP(sub_i32), M(5) = OP(subr_i32), M(6) = OP(div_i32), M(7) = OP(divr_i32),
        REGS(0xc0) = OP(fcmov), REGS(0xc8) = OP(fcmov), REGS(0xd0) = OP(fcmov), REGS(0xd8) = OP(fcmov),
        R(0xe9) = OP(fucompp),
    },
    [3] = {
        M(0) = OP(fild_m32), M(2) = OP(fist_m32), M(3) = OP(fistp_m32), M(5) = OP(fld_m80), M(7) = OP(fstp_m80),
        REGS(0xc0) = OP(fcmov), REGS(0xc8) = OP(fcmov), REGS(0xd0) = OP(fcmov), REGS(0xd8) = OP(fcmov),
        R(0xe0) = NO_WAIT(nothing), R(0xe1) = NO_WAIT(nothing), R(0xe2) = NO_WAIT(fnclex), R(0xe3) = NO_WAIT(fninit),
        R(0xe4) = NO_WAIT(nothing), REGS(0xe8) = OP(fucomi), REGS(0xf0) = OP(fcomi),
    },
    [4] = {
        M(0) = OP(add_m64), M(1) = OP(mul_m64), M(2) = OP(fcom_m64), M(3) = OP(fcomp_m64),
        M(4) = OP(sub_m64), M(5) = OP(subr_m64), M(6) = OP(div_m64), M(7) = OP(divr_m64),
        REGS(0xc0) = OP(add_sti), REGS(0xc8) = OP(mul_sti), REGS(0xd0) = OP(fcom_sti), REGS(0xd8) = OP(fcomp_sti),
        REGS(0xe0) = OP(sub_sti), REGS(0xe8) = OP(subr_sti), REGS(0xf0) = OP(div_sti), REGS(0xf8) = OP(divr_sti),
    },
    [5] = {
        M(0) = OP(fld_m64), M(2) = OP(fst_m64), M(3) = OP(fstp_m64), M(4) = OP(frstor),
        M(6) = { fpu_fnsave, C_FSAVE, true }, M(7) = NO_WAIT(fnstsw_m16),
        REGS(0xc0) = OP(ffree), REGS(0xc8) = OP(fxch), REGS(0xd0) = OP(fst_sti), REGS(0xd8) = OP(fstp_sti),
        REGS(0xe0) = OP(fucom_sti), REGS(0xe8) = OP(fucomp_sti),
    },
    [6] = {
        M(0) = OP(add_i16), M(1) = OP(mul_i16), M(2) = OP(ficom_m16), M(3) = OP(ficomp_m16),
        M(4) = OP(sub_i16), M(5) = OP(subr_i16), M(6) = OP(div_i16), M(7) = OP(divr_i16),
        REGS(0xc0) = OP(add_sti_pop), REGS(0xc8) = OP(mul_sti_pop), REGS(0xd0) = OP(fcomp_sti), R(0xd9) = OP(fcompp),
        REGS(0xe0) = OP(sub_sti_pop), REGS(0xe8) = OP(subr_sti_pop),
        REGS(0xf0) = OP(div_sti_pop), REGS(0xf8) = OP(divr_sti_pop),
    },
    [7] = {
        M(0) = OP(fild_m16), M(2) = OP(fist_m16), M(3) = OP(fistp_m16), M(4) = OP(fbld), M(5) = OP(fild_m64),
        M(6) = OP(fbstp), M(7) = OP(fistp_m64),
        REGS(0xc0) = OP(ffreep), REGS(0xc8) = OP(fxch), REGS(0xd0) = OP(fstp_sti), REGS(0xd8) = OP(fstp_sti),
        R(0xe0) = NO_WAIT(fnstsw_ax), REGS(0xe8) = OP(fucomip), REGS(0xf0) = OP(fcomip),
    },
};

bool fpu_decode(u8 escape, u8 modrm, struct fpu_decoded *out)
{
    unsigned row = modrm < 0xc0 ? ROW_MEMORY + (modrm >> 3 & 7) : ROW_REGISTER + (modrm & 0x3f);
    *out = decode_table[escape & 7][row];
    return out->routine;
}
