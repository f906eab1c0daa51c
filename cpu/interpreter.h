/* What the rooms of the interpreter table share. The routines are declared by sensitive.def (dispatcher.h). */
#ifndef CPU_INTERPRETER_H
#define CPU_INTERPRETER_H
#include "cpu/dispatcher.h"

/* Numbers of segment, control, debug and test registers are register offsets like any other: number * 4. */
static inline unsigned insn_number(const struct insn *insn) { return insn->reg >> 2; }

/* A selector or machine status word is 16 bits in memory and in registers, whatever the operand size. */
static inline bool operand_read16(struct cpu *cpu, const struct insn *insn, u32 *value)
{
    if (insn->flags & INSN_MEM)
        return seg_read(cpu, insn->seg, insn_ea(cpu, insn), 2, value);
    *value = R16(cpu, insn->rm);
    return true;
}

/* 16 bits to memory; to a register as wide as the operand size says. */
static inline bool operand_write16(struct cpu *cpu, const struct insn *insn, u32 value)
{
    if (insn->flags & INSN_MEM)
        return seg_write(cpu, insn->seg, insn_ea(cpu, insn), 2, value & 0xffff);
    if (insn->size == 4)
        R32(cpu, insn->rm) = value;
    else
        R16(cpu, insn->rm) = (u16)value;
    return true;
}
#endif
