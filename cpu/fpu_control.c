/* x87 control: FNINIT FNCLEX FLDCW FNSTCW FNSTSW, the environment and state images, FXSAVE and FXRSTOR, MXCSR, and the
 * instructions that only touch the stack. IA-32 SDM volume 1, 8.1, 8.3.11 and 10.5; volume 2 per instruction.
 * FXSAVE without CR4.OSFXSR leaves MXCSR and the XMM registers out, which the manual allows. */
#include "fpu.h"
#include "fpu_fast.h"

/* ---- tags ---- */
enum tag_value { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned tag_of(const struct fpu *fpu, unsigned physical)
{
    struct f80 a = *(const struct f80 *)fpu->st[physical];
    if (fpu->empty >> physical & 1)
        return TAG_EMPTY;
    if (f80_is_zero(a))
        return TAG_ZERO;
    bool special = !(a.exponent & F80_EXP) || (a.exponent & F80_EXP) == F80_EXP || f80_is_unsupported(a);
    return special ? TAG_SPECIAL : TAG_VALID;
}

static u16 tag_word(const struct fpu *fpu)
{
    u16 word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (u16)(tag_of(fpu, i) << 2 * i);
    return word;
}

static void tag_word_set(struct fpu *fpu, u16 word)
{
    fpu->empty = 0;
    for (unsigned i = 0; i < 8; i++)
        fpu->empty |= (u8)(((word >> 2 * i & 3) == TAG_EMPTY) << i);
}


/* ES stays what it was until fpu_summarize() compares. */
static void status_set(struct fpu *fpu, u16 fsw)
{
    fpu->fsw = (fsw & (FSW_EXCEPTIONS | FSW_SF | FSW_CC)) | (fpu->fsw & FSW_ES);
    fpu->top = fsw >> 11 & 7;
}

/* ---- the environment image: 7 fields of 2 or 4 bytes ---- */
enum { ENV_FIELDS = 7, ENV_MAX = 28, REGISTERS = 80 };

static void environment_fields(const struct cpu *cpu, u32 field[ENV_FIELDS], bool wide)
{
    const struct fpu *fpu = &cpu->fpu;
    u32 ones = 0xffff0000;
    u32 ip = ((u32)fpu->fcs << 4) + fpu->fip, dp = ((u32)fpu->fds << 4) + fpu->fdp;
    field[0] = fpu->fcw | ones;
    field[1] = fpu_status(fpu) | ones;
    field[2] = tag_word(fpu) | ones;
    if (cpu_protected(cpu)) {
        field[3] = fpu->fip;
        field[4] = fpu->fcs | (u32)fpu->fop << 16;
        field[5] = fpu->fdp;
        field[6] = fpu->fds | ones;
    } else {
        u32 high = wide ? 0x0ffff000 : 0xf000;
        field[3] = (ip & 0xffff) | ones;
        field[4] = (ip >> 4 & high) | fpu->fop;
        field[5] = (dp & 0xffff) | ones;
        field[6] = dp >> 4 & high;
    }
}

static void environment_set(struct cpu *cpu, const u32 field[ENV_FIELDS], bool wide)
{
    struct fpu *fpu = &cpu->fpu;
    fpu_control_set(fpu, (u16)field[0]);
    status_set(fpu, (u16)field[1]);
    tag_word_set(fpu, (u16)field[2]);
    if (cpu_protected(cpu)) {
        fpu->fip = field[3];
        fpu->fcs = (u16)field[4];
        fpu->fop = wide ? field[4] >> 16 & 0x7ff : 0;
        fpu->fdp = field[5];
        fpu->fds = (u16)field[6];
    } else {
        fpu->fip = (field[3] & 0xffff) | (field[4] << 4 & 0xffff0000);
        fpu->fop = field[4] & 0x7ff;
        fpu->fdp = (field[5] & 0xffff) | (field[6] << 4 & 0xffff0000);
        fpu->fcs = fpu->fds = 0;
    }
}

static unsigned environment_pack(const struct cpu *cpu, u8 *image, unsigned size)
{
    u32 field[ENV_FIELDS];
    environment_fields(cpu, field, size == 4);
    for (unsigned i = 0; i < ENV_FIELDS; i++)
        memcpy(image + i * size, &field[i], size);
    return ENV_FIELDS * size;
}

static unsigned environment_unpack(struct cpu *cpu, const u8 *image, unsigned size)
{
    u32 field[ENV_FIELDS] = { 0 };
    for (unsigned i = 0; i < ENV_FIELDS; i++)
        memcpy(&field[i], image + i * size, size);
    environment_set(cpu, field, size == 4);
    return ENV_FIELDS * size;
}

enum outcome fpu_fnstenv(struct cpu *cpu, const struct insn *insn)
{
    u8 image[ENV_MAX];
    unsigned length = environment_pack(cpu, image, insn->size);
    if (!seg_write_bytes(cpu, insn->seg, insn_ea(cpu, insn), image, length))
        return FAULT;
    cpu->fpu.fcw |= FCW_MASKS;
    fpu_summarize(cpu, insn);
    return DONE;
}

enum outcome fpu_fnsave(struct cpu *cpu, const struct insn *insn)
{
    u8 image[ENV_MAX + REGISTERS];
    unsigned length = environment_pack(cpu, image, insn->size);
    for (unsigned i = 0; i < 8; i++, length += 10)
        memcpy(image + length, fpu_st(&cpu->fpu, i), 10);
    if (!seg_write_bytes(cpu, insn->seg, insn_ea(cpu, insn), image, length))
        return FAULT;
    return fpu_do_fninit(cpu, insn);
}

enum outcome fpu_do_fldenv(struct cpu *cpu, const struct insn *insn)
{
    u8 image[ENV_MAX];
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), image, ENV_FIELDS * insn->size))
        return FAULT;
    environment_unpack(cpu, image, insn->size);
    fpu_summarize(cpu, insn);
    fpu_enter(cpu);
    return DONE;
}

enum outcome fpu_do_frstor(struct cpu *cpu, const struct insn *insn)
{
    u8 image[ENV_MAX + REGISTERS];
    unsigned length = ENV_FIELDS * insn->size + REGISTERS;
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), image, length))
        return FAULT;
    unsigned at = environment_unpack(cpu, image, insn->size);
    for (unsigned i = 0; i < 8; i++, at += 10)
        memcpy(fpu_st(&cpu->fpu, i), image + at, 10);
    fpu_summarize(cpu, insn);
    fpu_enter(cpu);
    return DONE;
}

/* ---- control and status words ---- */
enum outcome fpu_do_fninit(struct cpu *cpu, const struct insn *insn)
{
    bool was = fpu_pending(&cpu->fpu);
    fpu_reset(cpu, true);
    cpu->fpu.fsw = was ? FSW_ES : 0;       /* so that summing up sees the edge and drops FERR# */
    fpu_summarize(cpu, insn);
    fpu_enter(cpu);
    return DONE;
}

enum outcome fpu_do_fnclex(struct cpu *cpu, const struct insn *insn)
{
    cpu->fpu.fsw &= FSW_CC | FSW_ES;
    fpu_summarize(cpu, insn);
    fpu_enter(cpu);
    return DONE;
}

enum outcome fpu_do_fldcw(struct cpu *cpu, const struct insn *insn)
{
    u32 fcw;
    if (!fpu_ready(cpu, insn) || !seg_read(cpu, insn->seg, insn_ea(cpu, insn), 2, &fcw))
        return FAULT;
    fpu_control_set(&cpu->fpu, (u16)fcw);
    fpu_summarize(cpu, insn);
    return DONE;
}

enum outcome fpu_do_fnstcw(struct cpu *cpu, const struct insn *insn)
{
    return seg_write(cpu, insn->seg, insn_ea(cpu, insn), 2, cpu->fpu.fcw) ? DONE : FAULT;
}

enum outcome fpu_do_fnstsw_m16(struct cpu *cpu, const struct insn *insn)
{
    return seg_write(cpu, insn->seg, insn_ea(cpu, insn), 2, fpu_status(&cpu->fpu)) ? DONE : FAULT;
}

enum outcome fpu_do_fnstsw_ax(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    fpu_fast_fnstsw_ax(cpu);
    return DONE;
}

/* ---- the stack alone ---- */
enum outcome fpu_do_fnop(struct cpu *cpu, const struct insn *insn)
{
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    return DONE;
}

/* FNENI, FNDISI, FNSETPM: nothing to do since the 387. */
enum outcome fpu_do_nothing(struct cpu *cpu, const struct insn *insn)
{
    (void)cpu, (void)insn;
    return DONE;
}

enum outcome fpu_do_ffree(struct cpu *cpu, const struct insn *insn)
{
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    cpu->fpu.empty |= fpu_bit(&cpu->fpu, insn->rm >> 2);
    return DONE;
}

enum outcome fpu_do_ffreep(struct cpu *cpu, const struct insn *insn)
{
    enum outcome outcome = fpu_do_ffree(cpu, insn);
    if (outcome == DONE)
        fpu_pop(&cpu->fpu);
    return outcome;
}

static enum outcome rotate(struct cpu *cpu, const struct insn *insn, unsigned by)
{
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    fpu_clear_c1(&cpu->fpu);
    cpu->fpu.top = (cpu->fpu.top + by) & 7;
    return DONE;
}

enum outcome fpu_do_fincstp(struct cpu *cpu, const struct insn *insn) { return rotate(cpu, insn, 1); }
enum outcome fpu_do_fdecstp(struct cpu *cpu, const struct insn *insn) { return rotate(cpu, insn, 7); }

/* ---- FXSAVE, FXRSTOR: 512 bytes, of which the last 224 are not written ---- */
struct fx_image {
    u16 fcw, fsw;
    u8  valid, reserved0;                  /* bit per physical register: not empty */
    u16 fop;
    u32 fip;
    u16 fcs, reserved1;
    u32 fdp;
    u16 fds, reserved2;
    u32 mxcsr, mxcsr_mask;
    u8  st[8][16];
    u8  xmm[8][16];
};
enum { FX_LENGTH = 512 };
_Static_assert(sizeof(struct fx_image) == 288, "FXSAVE image");

/* Where the image is, aligned to 16 as a linear address; else #GP(0). */
static bool fx_address(struct cpu *cpu, const struct insn *insn, u32 *ea)
{
    *ea = insn_ea(cpu, insn);
    if (!((cpu->sys.seg[insn->seg].base + *ea) & 15))
        return true;
    cpu_raise_error(cpu, VEC_GP, 0);
    return false;
}

enum outcome fpu_fxsave(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    bool sse = cpu->sys.cr4 & CR4_OSFXSR;
    u32 ea;
    if (!fx_address(cpu, insn, &ea) || !seg_probe_write(cpu, insn->seg, ea, FX_LENGTH))
        return FAULT;
    struct fx_image image = {
        .fcw = fpu->fcw, .fsw = fpu_status(fpu), .valid = (u8)~fpu->empty, .fop = fpu->fop,
        .fip = fpu->fip, .fcs = fpu->fcs, .fdp = fpu->fdp, .fds = fpu->fds,
        .mxcsr = sse ? fpu->mxcsr : 0, .mxcsr_mask = sse ? MXCSR_DEFINED : 0
    };
    for (unsigned i = 0; i < 8; i++)
        memcpy(image.st[i], fpu_st(fpu, i), 10);
    memcpy(image.xmm, fpu->xmm, sizeof(image.xmm));
    unsigned length = sse ? sizeof(image) : offsetof(struct fx_image, xmm);
    return seg_write_bytes(cpu, insn->seg, ea, &image, length) ? DONE : FAULT;
}

enum outcome fpu_fxrstor(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    bool sse = cpu->sys.cr4 & CR4_OSFXSR;
    u8 bytes[FX_LENGTH];
    struct fx_image image;
    u32 ea;
    if (!fx_address(cpu, insn, &ea) || !seg_read_bytes(cpu, insn->seg, ea, bytes, FX_LENGTH))
        return FAULT;
    memcpy(&image, bytes, sizeof(image));
    if (sse && (image.mxcsr & ~(u32)MXCSR_DEFINED))
        return cpu_raise_error(cpu, VEC_GP, 0);
    fpu_control_set(fpu, image.fcw);
    status_set(fpu, image.fsw);
    fpu->empty = (u8)~image.valid;
    fpu->fop = image.fop & 0x7ff;
    fpu->fip = image.fip;
    fpu->fcs = image.fcs;
    fpu->fdp = image.fdp;
    fpu->fds = image.fds;
    for (unsigned i = 0; i < 8; i++)
        memcpy(fpu_st(fpu, i), image.st[i], 10);
    if (sse) {
        fpu->mxcsr = image.mxcsr;
        memcpy(fpu->xmm, image.xmm, sizeof(image.xmm));
    }
    fpu_summarize(cpu, insn);
    fpu_enter(cpu);
    return DONE;
}

enum outcome fpu_ldmxcsr(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!seg_read(cpu, insn->seg, insn_ea(cpu, insn), 4, &value))
        return FAULT;
    if (value & ~(u32)MXCSR_DEFINED)
        return cpu_raise_error(cpu, VEC_GP, 0);
    cpu->fpu.mxcsr = value;
    return DONE;
}

enum outcome fpu_stmxcsr(struct cpu *cpu, const struct insn *insn)
{
    return seg_write(cpu, insn->seg, insn_ea(cpu, insn), 4, cpu->fpu.mxcsr) ? DONE : FAULT;
}
