/* Model-specific registers. */
#ifndef CPU_MSR_H
#define CPU_MSR_H
#include "cpu/cpu.h"

/* Places in system.misc_msr, for registers that only hold what was written. */
enum { MISC_EBL_CR_POWERON, MISC_EVNTSEL0, MISC_EVNTSEL1, MISC_PERFCTR0, MISC_PERFCTR1, MISC_DEBUGCTL,
       MISC_BBL_CR_CTL3 };
enum { APIC_BASE_BSP = 1 << 8, APIC_BASE_ENABLE = 1 << 11 };

/* false: there is no such register on this model, or reserved bits are set: #GP(0). */
bool msr_read(struct cpu *cpu, const struct system *view, u32 number, u64 *value);
bool msr_write(struct cpu *cpu, struct system *view, u32 number, u64 value);
#endif
