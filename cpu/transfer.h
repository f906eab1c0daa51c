/* Routines of the rows of sensitive.def that transfer control: far CALL, JMP and RET, IRET, INT n and its kin.
 * They act on `view`, set cpu->eip and return JUMPED; DONE for INTO and BOUND not taken; FAULT with nothing changed but
 * accessed bits. Far pointers: imm is the offset, disp the selector. */
#ifndef CPU_TRANSFER_H
#define CPU_TRANSFER_H
#include "cpu/cpu.h"

typedef enum outcome row_fn(struct cpu *cpu, struct system *view, const struct insn *insn);
row_fn op_call_far_ptr, op_call_far_mem, op_jmp_far_ptr, op_jmp_far_mem;
row_fn op_ret_far;                           /* imm: bytes of parameters to release */
row_fn op_iret;
row_fn op_int_n, op_int3, op_into, op_icebp;
row_fn op_bound;
#endif
