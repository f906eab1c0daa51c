/* x87 data movement: loads and stores of every format, constants, FXCH, FCMOVcc, FCHS, FABS.
 * IA-32 SDM volume 1, 4.2, 4.7 and 8.3.3; volume 2 per instruction.
 * Order of checks in a store: the pending exception, then memory (nothing has changed if it faults), then the value; an
 * unmasked exception of the value leaves memory as it was. */
#include "fpu.h"
#include "fpu_fast.h"

/* ---- loads ---- */
#define LOAD_REAL(width, type, read)                                            \
    enum outcome fpu_do_fld_##width(struct cpu *cpu, const struct insn *insn)   \
    {                                                                           \
        u32 ea = insn_ea(cpu, insn);                                            \
        struct f80 value;                                                       \
        type m;                                                                 \
        if (unlikely(!fpu_ready(cpu, insn) || !read))                           \
            return FAULT;                                                       \
        fpu_note_memory(cpu, insn, ea);                                         \
        if (likely(fpu_fast_fld_##width(&cpu->fpu, m)))                         \
            return DONE;                                                        \
        if (!fpu_is_empty(&cpu->fpu, 7))                                        \
            return fpu_push_checked(cpu, insn, f80_indefinite());               \
        u16 status = FPU_EXACT(from_##width)(cpu->fpu.fcw, &value, m);          \
        if (!(fpu_raise(cpu, insn, status) & FPU_STOPS))                        \
            fpu_push(&cpu->fpu, value);                                         \
        return DONE;                                                            \
    }
LOAD_REAL(m32, u32, seg_read(cpu, insn->seg, ea, 4, &m))
LOAD_REAL(m64, u64, seg_read_bytes(cpu, insn->seg, ea, &m, 8))

enum outcome fpu_do_fld_m80(struct cpu *cpu, const struct insn *insn)
{
    u32 ea = insn_ea(cpu, insn);
    struct f80 m;
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, ea, &m, 10))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    return fpu_push_checked(cpu, insn, m);
}

enum outcome fpu_do_fld_sti(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (likely(fpu_fast_fld_sti(fpu, insn->rm >> 2)))
        return DONE;
    u16 overflow = fpu_is_empty(fpu, insn->rm >> 2) ? 0 : FSW_C1;
    if (fpu_stack_fault(cpu, insn, overflow))
        fpu_push(fpu, f80_indefinite());
    return DONE;
}

static enum outcome load_integer(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    u32 ea = insn_ea(cpu, insn), m;
    if (!fpu_ready(cpu, insn) || !seg_read(cpu, insn->seg, ea, size, &m))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    return fpu_push_checked(cpu, insn, f80_from_s64(size == 2 ? (s16)m : (s32)m));
}

enum outcome fpu_do_fild_m16(struct cpu *cpu, const struct insn *insn) { return load_integer(cpu, insn, 2); }
enum outcome fpu_do_fild_m32(struct cpu *cpu, const struct insn *insn) { return load_integer(cpu, insn, 4); }

enum outcome fpu_do_fild_m64(struct cpu *cpu, const struct insn *insn)
{
    u32 ea = insn_ea(cpu, insn);
    s64 m;
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, ea, &m, 8))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    return fpu_push_checked(cpu, insn, f80_from_s64(m));
}

enum outcome fpu_do_fbld(struct cpu *cpu, const struct insn *insn)
{
    u32 ea = insn_ea(cpu, insn);
    u8 m[10];
    s64 value = 0;
    if (!fpu_ready(cpu, insn) || !seg_read_bytes(cpu, insn->seg, ea, m, 10))
        return FAULT;
    fpu_note_memory(cpu, insn, ea);
    for (int i = 8; i >= 0; i--)
        value = value * 100 + (m[i] >> 4) * 10 + (m[i] & 15);
    struct f80 packed = f80_from_s64(value);
    packed.exponent |= (u16)(m[9] << 8 & F80_SIGN);
    return fpu_push_checked(cpu, insn, packed);
}

/* D9 E8-EE. The tables are truncated values; `up` and `down` say what rounding control adds to the last place:
 * FLDL2T rounds up only if told to; the others have a tail of over one half and are truncated if told to round down. */
enum outcome fpu_do_constant(struct cpu *cpu, const struct insn *insn)
{
    static const struct { u64 significand; u16 exponent; bool over_half, exact; } row[7] = {
        { 0x8000000000000000u, 0x3fff, false, true },       /* 1 */
        { 0xd49a784bcd1b8afeu, 0x4000, false, false },      /* log2 10 */
        { 0xb8aa3b295c17f0bbu, 0x3fff, true, false },       /* log2 e */
        { 0xc90fdaa22168c234u, 0x4000, true, false },       /* pi */
        { 0x9a209a84fbcff798u, 0x3ffd, true, false },       /* log10 2 */
        { 0xb17217f7d1cf79abu, 0x3ffe, true, false },       /* ln 2 */
        { 0, 0, false, true },                              /* 0 */
    };
    unsigned i = insn->rm >> 2;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    u16 rounding = cpu->fpu.fcw & FCW_RC;
    bool up = !row[i].exact && (rounding == FCW_UP || (rounding == 0 && row[i].over_half));
    return fpu_push_checked(cpu, insn, f80_make(row[i].exponent, row[i].significand + up));
}

/* ---- stores ---- */
/* The part of a store after its value is known. `status` is what the conversion raised. */
static enum outcome store(struct cpu *cpu, const struct insn *insn, const void *m, unsigned size, u16 status, bool pop)
{
    u32 ea = insn_ea(cpu, insn);
    if (!seg_probe_write(cpu, insn->seg, ea, size)) {
        fpu_enter(cpu);
        return FAULT;
    }
    fpu_note_memory(cpu, insn, ea);
    if (fpu_raise(cpu, insn, status) & FPU_STOPS_STORE)
        return DONE;
    if (!seg_write_bytes(cpu, insn->seg, ea, m, size))
        return FAULT;
    if (pop)
        fpu_pop(&cpu->fpu);
    return DONE;
}

#define STORE(name, type, fast, exact, indefinite, write, pop)                          \
    enum outcome fpu_do_##name(struct cpu *cpu, const struct insn *insn)                \
    {                                                                                   \
        struct fpu *fpu = &cpu->fpu;                                                    \
        u32 ea = insn_ea(cpu, insn);                                                    \
        u16 status;                                                                     \
        type m = indefinite;                                                            \
        if (unlikely(!fpu_ready(cpu, insn)))                                            \
            return FAULT;                                                               \
        if (unlikely(!fpu_fast_##fast(fpu, &m, &status) && !fpu_plain_##fast(fpu, &m, &status))) { \
            if (fpu_is_empty(fpu, 0))                                                   \
                return store(cpu, insn, &m, sizeof(m), FSW_IE | FSW_SF, pop);           \
            status = exact(fpu->fcw, &m, fpu_st(fpu, 0));                               \
            return store(cpu, insn, &m, sizeof(m), status, pop);                        \
        }                                                                               \
        if (unlikely(!write)) {                                                         \
            fpu_enter(cpu);                                                             \
            return FAULT;                                                               \
        }                                                                               \
        fpu_note_memory(cpu, insn, ea);                                                 \
        fpu_fast_store_done(fpu, status, pop);                                          \
        return DONE;                                                                    \
    }
#define WRITE(size) seg_write(cpu, insn->seg, ea, size, m)
#define WRITE_64    seg_write_bytes(cpu, insn->seg, ea, &m, 8)
STORE(fst_m32, u32, fst_m32, FPU_EXACT(to_m32), 0xffc00000, WRITE(4), false)
STORE(fstp_m32, u32, fst_m32, FPU_EXACT(to_m32), 0xffc00000, WRITE(4), true)
STORE(fst_m64, u64, fst_m64, FPU_EXACT(to_m64), 0xfff8000000000000u, WRITE_64, false)
STORE(fstp_m64, u64, fst_m64, FPU_EXACT(to_m64), 0xfff8000000000000u, WRITE_64, true)
STORE(fist_m16, u16, fist_m16, FPU_EXACT(to_i16), 0x8000, WRITE(2), false)
STORE(fistp_m16, u16, fist_m16, FPU_EXACT(to_i16), 0x8000, WRITE(2), true)
STORE(fist_m32, u32, fist_m32, FPU_EXACT(to_i32), 0x80000000, WRITE(4), false)
STORE(fistp_m32, u32, fist_m32, FPU_EXACT(to_i32), 0x80000000, WRITE(4), true)
STORE(fistp_m64, u64, fist_m64, FPU_EXACT(to_i64), 0x8000000000000000u, WRITE_64, true)

enum outcome fpu_do_fstp_m80(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    struct f80 indefinite = f80_indefinite();
    if (!fpu_ready(cpu, insn))
        return FAULT;
    if (fpu_is_empty(fpu, 0))
        return store(cpu, insn, &indefinite, 10, FSW_IE | FSW_SF, true);
    return store(cpu, insn, fpu_st(fpu, 0), 10, 0, true);
}

enum outcome fpu_do_fbstp(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    u8 m[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };
    if (!fpu_ready(cpu, insn))
        return FAULT;
    if (fpu_is_empty(fpu, 0))
        return store(cpu, insn, m, 10, FSW_IE | FSW_SF, true);
    /* FBSTP is microcode on the hosts, slower than this. */
    u16 status = soft_to_bcd(fpu->fcw, m, fpu_st(fpu, 0));
    return store(cpu, insn, m, 10, status, true);
}

/* ---- registers ---- */
static enum outcome store_register(struct cpu *cpu, const struct insn *insn, bool pop)
{
    struct fpu *fpu = &cpu->fpu;
    unsigned i = insn->rm >> 2;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (likely(fpu_fast_fst_sti(fpu, i, pop)) || !fpu_stack_fault(cpu, insn, 0))
        return DONE;
    fpu_set(fpu, i, f80_indefinite());
    if (pop)
        fpu_pop(fpu);
    return DONE;
}

enum outcome fpu_do_fst_sti(struct cpu *cpu, const struct insn *insn) { return store_register(cpu, insn, false); }
enum outcome fpu_do_fstp_sti(struct cpu *cpu, const struct insn *insn) { return store_register(cpu, insn, true); }

enum outcome fpu_do_fxch(struct cpu *cpu, const struct insn *insn)
{
    struct fpu *fpu = &cpu->fpu;
    unsigned i = insn->rm >> 2;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (likely(fpu_fast_fxch(fpu, i)) || !fpu_stack_fault(cpu, insn, 0))
        return DONE;
    if (fpu_is_empty(fpu, 0))
        fpu_set(fpu, 0, f80_indefinite());
    if (fpu_is_empty(fpu, i))
        fpu_set(fpu, i, f80_indefinite());
    fpu_fast_fxch(fpu, i);
    return DONE;
}

static enum outcome change_sign(struct cpu *cpu, const struct insn *insn, u16 keep, u16 flip)
{
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (!fpu_fast_sign(&cpu->fpu, keep, flip) && fpu_stack_fault(cpu, insn, 0))
        fpu_set(&cpu->fpu, 0, f80_indefinite());
    return DONE;
}

enum outcome fpu_do_fchs(struct cpu *cpu, const struct insn *insn) { return change_sign(cpu, insn, 0xffff, F80_SIGN); }
enum outcome fpu_do_fabs(struct cpu *cpu, const struct insn *insn) { return change_sign(cpu, insn, F80_EXP, 0); }

/* DA/DB C0-DF: the condition is in bits 3-4 of ModRM, DB negates it; both are in the opcode recorded in imm. */
enum outcome fpu_do_fcmov(struct cpu *cpu, const struct insn *insn)
{
    static const u16 conditions[4] = { FLAG_CF, FLAG_ZF, FLAG_CF | FLAG_ZF, FLAG_PF };
    struct fpu *fpu = &cpu->fpu;
    unsigned i = insn->rm >> 2;
    if (!fpu_ready(cpu, insn))
        return FAULT;
    fpu_note(cpu, insn);
    if (fpu_is_empty(fpu, 0) || fpu_is_empty(fpu, i)) {
        if (fpu_stack_fault(cpu, insn, 0))
            fpu_set(fpu, 0, f80_indefinite());
        return DONE;
    }
    bool negate = insn->imm & 0x100;
    if (((eflags_get(cpu) & conditions[insn->imm >> 3 & 3]) != 0) != negate)
        f80_put(fpu_st(fpu, 0), fpu_st(fpu, i));
    return DONE;
}
