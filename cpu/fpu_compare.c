/* x87 comparison and classification: FCOM FUCOM FICOM FCOMI FUCOMI FTST FXAM. IA-32 SDM volume 1, 8.3.6. */
#include "fpu.h"
#include "fpu_fast.h"

enum { UNORDERED = FSW_C0 | FSW_C2 | FSW_C3 };

/* Takes a comparison's status into FSW and pops, if its exceptions are masked. */
static enum outcome conclude(struct cpu *cpu, const struct insn *insn, u16 status, unsigned pops)
{
    struct fpu *fpu = &cpu->fpu;
    u16 unmasked = fpu_raise(cpu, insn, status & (u16)~FSW_C1);
    fpu->fsw = (u16)((fpu->fsw & ~UNORDERED) | (status & UNORDERED));
    while (!unmasked && pops--)
        fpu_pop(fpu);
    return DONE;
}

static enum outcome compare(struct cpu *cpu, const struct insn *insn, unsigned i, bool ordered, unsigned pops)
{
    struct fpu *fpu = &cpu->fpu;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (likely(fpu_fast_fcom(fpu, i, ordered, pops)))
        return DONE;
    if (fpu_is_empty(fpu, 0) || fpu_is_empty(fpu, i))
        return conclude(cpu, insn, FSW_IE | FSW_SF | UNORDERED, pops);
    u16 status = (ordered ? FPU_EXACT(com) : FPU_EXACT(ucom))(fpu->fcw, fpu_st(fpu, 0), fpu_st(fpu, i));
    return conclude(cpu, insn, status, pops);
}

enum outcome fpu_do_fcom_sti(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, insn->rm >> 2, true, 0);
}

enum outcome fpu_do_fcomp_sti(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, insn->rm >> 2, true, 1);
}

enum outcome fpu_do_fcompp(struct cpu *cpu, const struct insn *insn) { return compare(cpu, insn, 1, true, 2); }
enum outcome fpu_do_fucom_sti(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, insn->rm >> 2, false, 0);
}

enum outcome fpu_do_fucomp_sti(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, insn->rm >> 2, false, 1);
}

enum outcome fpu_do_fucompp(struct cpu *cpu, const struct insn *insn) { return compare(cpu, insn, 1, false, 2); }

static enum outcome compare_real(struct cpu *cpu, const struct insn *insn, unsigned size, unsigned pops)
{
    struct fpu *fpu = &cpu->fpu;
    u32 ea = insn_ea(cpu, insn);
    u64 m = 0;
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, ea, &m, size))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    if (fpu_is_empty(fpu, 0))
        return conclude(cpu, insn, FSW_IE | FSW_SF | UNORDERED, pops);
    u16 status = size == 4 ? FPU_EXACT(com_m32)(fpu->fcw, fpu_st(fpu, 0), (u32)m)
                           : FPU_EXACT(com_m64)(fpu->fcw, fpu_st(fpu, 0), m);
    return conclude(cpu, insn, status, pops);
}

enum outcome fpu_do_fcom_m32(struct cpu *cpu, const struct insn *insn) { return compare_real(cpu, insn, 4, 0); }
enum outcome fpu_do_fcomp_m32(struct cpu *cpu, const struct insn *insn) { return compare_real(cpu, insn, 4, 1); }
enum outcome fpu_do_fcom_m64(struct cpu *cpu, const struct insn *insn) { return compare_real(cpu, insn, 8, 0); }
enum outcome fpu_do_fcomp_m64(struct cpu *cpu, const struct insn *insn) { return compare_real(cpu, insn, 8, 1); }

static enum outcome compare_with(struct cpu *cpu, const struct insn *insn, struct f80 operand, unsigned pops)
{
    struct fpu *fpu = &cpu->fpu;
    if (fpu_is_empty(fpu, 0))
        return conclude(cpu, insn, FSW_IE | FSW_SF | UNORDERED, pops);
    return conclude(cpu, insn, FPU_EXACT(com)(fpu->fcw, fpu_st(fpu, 0), &operand), pops);
}

static enum outcome compare_integer(struct cpu *cpu, const struct insn *insn, unsigned size, unsigned pops)
{
    u32 ea = insn_ea(cpu, insn), m;
    if (!fpu_ready(cpu, insn) || !seg_read(cpu, insn->seg, ea, size, &m))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    return compare_with(cpu, insn, f80_from_s64(size == 2 ? (s16)m : (s32)m), pops);
}

enum outcome fpu_do_ficom_m16(struct cpu *cpu, const struct insn *insn) { return compare_integer(cpu, insn, 2, 0); }
enum outcome fpu_do_ficomp_m16(struct cpu *cpu, const struct insn *insn) { return compare_integer(cpu, insn, 2, 1); }
enum outcome fpu_do_ficom_m32(struct cpu *cpu, const struct insn *insn) { return compare_integer(cpu, insn, 4, 0); }
enum outcome fpu_do_ficomp_m32(struct cpu *cpu, const struct insn *insn) { return compare_integer(cpu, insn, 4, 1); }

enum outcome fpu_do_ftst(struct cpu *cpu, const struct insn *insn)
{
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    return compare_with(cpu, insn, f80_make(0, 0), 0);
}

static enum outcome compare_flags(struct cpu *cpu, const struct insn *insn, bool ordered, bool pop)
{
    struct fpu *fpu = &cpu->fpu;
    unsigned i = insn->rm >> 2;
    u16 status = FSW_IE | FSW_SF | UNORDERED;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (likely(fpu_fast_fcomi(cpu, i, ordered, pop)))
        return DONE;
    if (!fpu_is_empty(fpu, 0) && !fpu_is_empty(fpu, i))
        status = (ordered ? FPU_EXACT(com) : FPU_EXACT(ucom))(fpu->fcw, fpu_st(fpu, 0), fpu_st(fpu, i));
    fpu_flags_from(cpu, status);
    if (!fpu_raise(cpu, insn, status & (u16)~FSW_C1) && pop)
        fpu_pop(fpu);
    return DONE;
}

enum outcome fpu_do_fcomi(struct cpu *cpu, const struct insn *insn) { return compare_flags(cpu, insn, true, false); }
enum outcome fpu_do_fcomip(struct cpu *cpu, const struct insn *insn) { return compare_flags(cpu, insn, true, true); }
enum outcome fpu_do_fucomi(struct cpu *cpu, const struct insn *insn) { return compare_flags(cpu, insn, false, false); }
enum outcome fpu_do_fucomip(struct cpu *cpu, const struct insn *insn) { return compare_flags(cpu, insn, false, true); }

static u16 classify(const struct fpu *fpu, struct f80 a)
{
    if (fpu_is_empty(fpu, 0))
        return FSW_C3 | FSW_C0;
    if (f80_is_unsupported(a))
        return 0;
    if (f80_is_nan(a))
        return FSW_C0;
    if (f80_is_infinite(a))
        return FSW_C2 | FSW_C0;
    if (f80_is_zero(a))
        return FSW_C3;
    return f80_is_denormal(a) ? FSW_C3 | FSW_C2 : FSW_C2;
}

enum outcome fpu_do_fxam(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    struct f80 a = *fpu_st(fpu, 0);
    u16 sign = a.exponent & F80_SIGN ? FSW_C1 : 0;
    fpu->fsw = (u16)((fpu->fsw & ~FSW_CC) | classify(fpu, a) | sign);
    return DONE;
}
