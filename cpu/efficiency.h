/* Popek and Goldberg's efficiency, counted: how much of the guest the hardware ran alone. */
#ifndef CPU_EFFICIENCY_H
#define CPU_EFFICIENCY_H
#include "cpu/cpu.h"

enum { EFFICIENCY_BYTES = 400 };
/* One line: the share of innocuous instructions executed without intervention, and the dispatcher's entries per million
 * instructions by cause. */
void efficiency_text(const struct cpu *cpu, char *text);
#endif
