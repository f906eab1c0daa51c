/* Random code: code.c. */
#ifndef TESTS_STRESS_CODE_H
#define TESTS_STRESS_CODE_H
#include "tests/stress/stress.h"

/* Where things of a random guest are. */
enum { AT_IDT = 0x2000, AT_GDT = 0x1000, GDT_ENTRIES = 64, AT_LDT = 0x1800, AT_TSS = 0x3000, AT_TSS_OTHER = 0x5400,
       AT_DIRECTORY = 0x8000, AT_TABLE = 0x9000, AT_TABLE_WILD = 0xA000, AT_CODE = 0x10000, CODE_BYTES = 0x10000,
       AT_STACK = 0x30000, AT_PRD = 0x38000, AT_DATA = 0x20000, DATA_BYTES = 0x20000 };
enum { SEL_CODE0 = 8, SEL_DATA0 = 16, SEL_CODE3 = 24 | 3, SEL_DATA3 = 32 | 3, SEL_CODE16 = 40, SEL_TSS = 48,
       SEL_TSS_OTHER = 56, SEL_LDT = 64, SEL_CALL_GATE = 72, SEL_TASK_GATE = 80, SEL_DATA16 = 88, SEL_SMALL = 96,
       SEL_DOWN = 104, SEL_CONFORMING = 112 };

/* Fills CODE_BYTES at `bytes` with instructions, for an operand size of 32 bits if `wide`; tilted to valid ones. */
void code_make(u8 *bytes, struct random *random, bool wide, const struct cpu_model *model);
/* An address that is likely to be the guest's, and one in its code. */
u32  code_data_address(struct random *random);
u32  code_address(struct random *random);
#endif
