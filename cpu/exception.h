/* What the two halves of delivery (exception.c, interrupt.c) need of each other. */
#ifndef CPU_EXCEPTION_H
#define CPU_EXCEPTION_H
#include "cpu/cpu.h"

/* INT n, INT3 and INTO: the gate's DPL counts, and EXT is clear in the error codes of faults on the way. */
static inline bool fault_software(const struct fault *fault)
{
    return fault->kind == FAULT_SOFT_INT || (fault->kind == FAULT_TRAP && fault->vector != VEC_DB);
}
/* VIF and VIP set where the processor looks at them, V86 mode under VME and level 3 under PVI: #GP(0) before the next
 * instruction (SDM volume 3, 20.3.2 and 20.4). Only what loads both at once or enters such a level can lead here. */
static inline bool virtual_interrupt_due(const struct cpu *cpu)
{
    const struct system *sys = &cpu->sys;
    return unlikely(!(~sys->eflags & (FLAG_VIF | FLAG_VIP))) && sys->cpl == 3 && cpu_iopl(cpu) < 3 &&
           (sys->cr4 & (sys->eflags & FLAG_VM ? CR4_VME : CR4_PVI));
}
/* Calls the handler of protected and V86 mode; `flags` is the EFLAGS image to save. JUMPED, or FAULT with cpu->fault.
 * After a task gate, ATTENTION_FAULT may be set with JUMPED: a fault in the new task's context. */
enum outcome gate_deliver(struct cpu *cpu, const struct fault *fault, u32 flags);
#endif
