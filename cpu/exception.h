/* What the two halves of delivery (exception.c, interrupt.c) need of each other. */
#ifndef CPU_EXCEPTION_H
#define CPU_EXCEPTION_H
#include "cpu/cpu.h"

/* INT n, INT3 and INTO: the gate's DPL counts, and EXT is clear in the error codes of faults on the way. */
static inline bool fault_software(const struct fault *fault)
{
    return fault->kind == FAULT_SOFT_INT || (fault->kind == FAULT_TRAP && fault->vector != VEC_DB);
}
/* Calls the handler of protected and V86 mode; `flags` is the EFLAGS image to save. JUMPED, or FAULT with cpu->fault.
 * After a task gate, ATTENTION_FAULT may be set with JUMPED: a fault in the new task's context. */
enum outcome gate_deliver(struct cpu *cpu, const struct fault *fault, u32 flags);
#endif
