/* System management mode: the door in. The way out is a row of sensitive.def, RSM. */
#ifndef CPU_SMM_H
#define CPU_SMM_H
#include "cpu/cpu.h"

enum { SMBASE_RESET = 0x30000 };

/* At an instruction boundary with ATTENTION_SMI or ATTENTION_INIT: takes the more urgent, the SMI. */
void smm_attend(struct cpu *cpu);
/* Sets or clears these attentions by what is latched; in system management mode both wait. */
void smm_latches_look(struct cpu *cpu);
void smm_reset(struct cpu *cpu);
/* engine.c: what INIT does; the virtual state is in cpu->sys. */
void cpu_init_carry_out(struct cpu *cpu);
#endif
