/* What follows from the processor model: CPUID, the bits of CR0 and CR4 that exist. */
#ifndef CPU_MODEL_H
#define CPU_MODEL_H
#include "cpu/cpu.h"

/* CPUID's EAX EBX ECX EDX for a leaf. */
void cpu_model_cpuid(const struct cpu_model *model, u32 leaf, u32 registers[4]);
u32  cpu_model_cr0(const struct cpu_model *model);               /* bits that can be written */
u32  cpu_model_cr4(const struct cpu_model *model);               /* 0: there is no CR4 */
#endif
