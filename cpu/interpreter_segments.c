/* Segment registers: PUSH, POP, MOV, LDS and kin (SDM volume 2; the checks are segment_load's).
 * A 32-bit PUSH writes the selector zero-extended. Loads end the block only if they changed what it was decoded for. */
#include "cpu/interpreter.h"

/* A load that succeeded. END tells the dispatcher of SS, which may hold interrupts off; the others end the block
 * only if it was decoded for another key. */
static inline enum outcome segment_loaded(struct cpu *cpu, unsigned sreg, u32 key_before)
{
    if (sreg == SS)
        return END;
    cpu->end_block |= cpu->key != key_before;
    return DONE;
}

static inline enum outcome segment_pop(struct cpu *cpu, const struct insn *insn, unsigned sreg)
{
    u32 selector, esp = cpu->gpr[ESP], key = cpu->key;
    if (!pop(cpu, &selector, insn->size))
        return FAULT;
    if (segment_load(cpu, sreg, (u16)selector) != DONE) {
        cpu->gpr[ESP] = esp;
        return FAULT;
    }
    return segment_loaded(cpu, sreg, key);
}

#define PUSH_ROUTINE(name, sreg)                                                              \
    enum outcome name(struct cpu *cpu, struct system *view, const struct insn *insn)          \
    {                                                                                         \
        return push(cpu, view->seg[sreg].selector, insn->size) ? DONE : FAULT;                \
    }
PUSH_ROUTINE(op_push_es, ES)
PUSH_ROUTINE(op_push_cs, CS)
PUSH_ROUTINE(op_push_ss, SS)
PUSH_ROUTINE(op_push_ds, DS)
PUSH_ROUTINE(op_push_fs, FS)
PUSH_ROUTINE(op_push_gs, GS)

#define LOAD_ROUTINE(name, load, sreg)                                                        \
    enum outcome name(struct cpu *cpu, struct system *view, const struct insn *insn)          \
    {                                                                                         \
        (void)view;                                                                           \
        return load(cpu, insn, sreg);                                                         \
    }
LOAD_ROUTINE(op_pop_es, segment_pop, ES)
LOAD_ROUTINE(op_pop_ss, segment_pop, SS)
LOAD_ROUTINE(op_pop_ds, segment_pop, DS)
LOAD_ROUTINE(op_pop_fs, segment_pop, FS)
LOAD_ROUTINE(op_pop_gs, segment_pop, GS)

enum outcome op_mov_from_sreg(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return operand_write16(cpu, insn, view->seg[insn_number(insn)].selector) ? DONE : FAULT;
}

enum outcome op_mov_to_sreg(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 selector, key = cpu->key;
    unsigned sreg = insn_number(insn);
    (void)view;
    if (!operand_read16(cpu, insn, &selector) || segment_load(cpu, sreg, (u16)selector) != DONE)
        return FAULT;
    return segment_loaded(cpu, sreg, key);
}

static enum outcome far_pointer_load(struct cpu *cpu, const struct insn *insn, unsigned sreg)
{
    u16 words[3];
    u32 key = cpu->key;
    if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), words, insn->size + 2u))
        return FAULT;
    if (segment_load(cpu, sreg, words[insn->size / 2]) != DONE)
        return FAULT;
    if (insn->size == 4)
        R32(cpu, insn->reg) = words[0] | (u32)words[1] << 16;
    else
        R16(cpu, insn->reg) = words[0];
    return segment_loaded(cpu, sreg, key);
}

LOAD_ROUTINE(op_les, far_pointer_load, ES)
LOAD_ROUTINE(op_lds, far_pointer_load, DS)
LOAD_ROUTINE(op_lss, far_pointer_load, SS)
LOAD_ROUTINE(op_lfs, far_pointer_load, FS)
LOAD_ROUTINE(op_lgs, far_pointer_load, GS)
