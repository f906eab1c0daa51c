/* Debug registers by the names of the SDM, volume 3, 17.2. */
#ifndef CPU_DEBUG_H
#define CPU_DEBUG_H
#include "cpu/cpu.h"

enum dr6_bit { DR6_BD = 1 << 13, DR6_BS = 1 << 14, DR6_BT = 1 << 15 };
enum dr7_bit { DR7_ENABLES = 0xff, DR7_LOCAL = 0x155 /* L0-L3 and LE */, DR7_GD = 1 << 13 };

/* MOV to or from a debug register while DR7.GD is set: #DB as a fault, DR6.BD. Returns FAULT. */
enum outcome debug_access_fault(struct cpu *cpu);
/* What DR6 or DR7 (other numbers: all) becomes when `value` is written to it. */
u32 debug_register_value(unsigned number, u32 value);
/* Delivers the debug trap that is due (cpu->debug_trap) at an instruction boundary, as a trap. */
void debug_trap_deliver(struct cpu *cpu);
#endif
