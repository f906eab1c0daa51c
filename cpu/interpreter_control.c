/* Control registers, caches, TLB, halt (SDM volume 3, 2.5 and volume 2; 486 and Pentium manuals for the older models).
 * Not modelled: caches, so INVD and WBINVD do nothing; LOADALL. */
#include "cpu/allocator.h"
#include "cpu/interpreter.h"
#include "cpu/model.h"

#define CR3_BITS (PAGE_MASK | 1u << 3 /* PWT */ | 1u << 4 /* PCD */)
enum { MSW_WRITABLE = CR0_PE | CR0_MP | CR0_EM | CR0_TS };

enum outcome op_undefined(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view, (void)insn;
    return cpu_raise(cpu, VEC_UD);
}

/* Reserved bits keep their value; ET is wired to 1 from the 486 on. */
static enum outcome cr0_write(struct cpu *cpu, struct system *view, u32 value)
{
    u32 writable = cpu_model_cr0(cpu->model);
    value = (value & writable) | (view->cr0 & ~writable);
    if ((value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW)
        return cpu_raise_error(cpu, VEC_GP, 0);
    allocator_cr0(cpu, view, value);
    return END;
}

static enum outcome cr2_write(struct cpu *cpu, struct system *view, u32 value)
{
    (void)cpu;
    view->cr2 = value;
    return DONE;
}

static enum outcome cr3_write(struct cpu *cpu, struct system *view, u32 value)
{
    allocator_cr3(cpu, view, value & (cpu->model->level == CPU_386 ? PAGE_MASK : CR3_BITS));
    return END;
}

static enum outcome cr4_write(struct cpu *cpu, struct system *view, u32 value)
{
    u32 writable = cpu_model_cr4(cpu->model);
    if (!writable)
        return cpu_raise(cpu, VEC_UD);
    if (value & ~writable)
        return cpu_raise_error(cpu, VEC_GP, 0);
    allocator_cr4(cpu, view, value);
    return END;
}

enum outcome op_mov_to_cr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    static enum outcome (*const writers[8])(struct cpu *, struct system *, u32) = {
        [0] = cr0_write, [2] = cr2_write, [3] = cr3_write, [4] = cr4_write
    };
    unsigned number = insn_number(insn) & 7;
    return writers[number] ? writers[number](cpu, view, R32(cpu, insn->rm)) : cpu_raise(cpu, VEC_UD);
}

enum outcome op_mov_from_cr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 *to = &R32(cpu, insn->rm);
    switch (insn_number(insn)) {
    case 0: *to = view->cr0; return DONE;
    case 2: *to = view->cr2; return DONE;
    case 3: *to = view->cr3; return DONE;
    case 4:
        if (cpu_model_cr4(cpu->model)) {
            *to = view->cr4;
            return DONE;
        }
    }
    return cpu_raise(cpu, VEC_UD);
}

enum outcome op_smsw(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return operand_write16(cpu, insn, view->cr0) ? DONE : FAULT;
}

/* LMSW can enter protected mode, never leave it. */
enum outcome op_lmsw(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 msw;
    if (!operand_read16(cpu, insn, &msw))
        return FAULT;
    return cr0_write(cpu, view, (view->cr0 & ~(u32)(MSW_WRITABLE & ~CR0_PE)) | (msw & MSW_WRITABLE));
}

enum outcome op_clts(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)cpu, (void)insn;
    if (!(view->cr0 & CR0_TS))
        return DONE;
    view->cr0 &= ~(u32)CR0_TS;
    return END;
}

/* The operand is an address, not an access: no limit or page is checked. */
enum outcome op_invlpg(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    allocator_invalidate(cpu, view->seg[insn->seg].base + insn_ea(cpu, insn));
    return END;
}

enum outcome op_invd(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)cpu, (void)view, (void)insn;
    return DONE;
}

enum outcome op_hlt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view, (void)insn;
    allocator_halt(cpu);
    return END;
}
