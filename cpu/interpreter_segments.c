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

enum outcome op_push_sreg(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return push(cpu, view->seg[insn_number(insn)].selector, insn->size) ? DONE : FAULT;
}

enum outcome op_pop_sreg(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 selector, esp = cpu->gpr[ESP], key = cpu->key;
    unsigned sreg = insn_number(insn);
    (void)view;
    if (!pop(cpu, &selector, insn->size))
        return FAULT;
    if (segment_load(cpu, sreg, (u16)selector) != DONE) {
        cpu->gpr[ESP] = esp;
        return FAULT;
    }
    return segment_loaded(cpu, sreg, key);
}

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

enum outcome op_load_far(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    static const struct { u16 id; u8 sreg; } loads[] = {
        { SENS_les, ES }, { SENS_lds, DS }, { SENS_lss, SS }, { SENS_lfs, FS }, { SENS_lgs, GS }
    };
    u8 bytes[6];
    u32 key = cpu->key;
    unsigned row = 0;
    (void)view;

    while (loads[row].id != insn->row->id)
        row++;
    if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), bytes, insn->size + 2u))
        return FAULT;
    u16 offset = (u16)(bytes[0] | bytes[1] << 8), high = (u16)(bytes[2] | bytes[3] << 8);
    u16 selector = insn->size == 4 ? (u16)(bytes[4] | bytes[5] << 8) : high;
    if (segment_load(cpu, loads[row].sreg, selector) != DONE)
        return FAULT;
    if (insn->size == 4)
        R32(cpu, insn->reg) = offset | (u32)high << 16;
    else
        R16(cpu, insn->reg) = offset;
    return segment_loaded(cpu, loads[row].sreg, key);
}
