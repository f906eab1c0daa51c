/* The guest's memory and selectors, for C and assembly. Everything a check may alter lies at a fixed address below
 * 1 MiB, so that real mode and virtual-8086 reach it, and so that a check's set-up is a list of (address, value). */
#ifndef GUEST_H
#define GUEST_H

/* In assembly symbols, not macros: macros would put blanks into macro arguments. */
#ifdef __ASSEMBLER__
#define DEFINE(name, value) .set name, value;
#else
#define DEFINE(name, value) enum { name = value };
#endif

DEFINE(LOW, 0x10000)   /* the harness's real-mode part, segment 1000h */
DEFINE(CODE, 0x20000)   /* the code under test: base of every code segment, at START in it */
DEFINE(START, 0x100)
DEFINE(LAND, 0x800)     /* from here on filled with INT F0h: where gates and jumps of the checks go */
DEFINE(STACK, 0x30000)   /* base of every stack segment; the stacks end at multiples of 1000h */
DEFINE(DATA, 0x40000)   /* byte i holds (i ^ i >> 8) & FFh */
DEFINE(GDT, 0x50000)
DEFINE(IDT, 0x51000)
DEFINE(LDT, 0x52000)
DEFINE(TSS_A, 0x53000)   /* the running task; room for an I/O permission bitmap */
DEFINE(TSS_B, 0x56000)
DEFINE(TSS_C, 0x57000)   /* a 16-bit one */
DEFINE(PD, 0x58000)
DEFINE(PT0, 0x59000)   /* 0 to 4 MiB, one to one, A and D set */
DEFINE(PT1, 0x5a000)   /* WINDOW: page i is page i of DATA, A and D clear */
DEFINE(IVT, 0x5b000)
DEFINE(TSS_D, 0x5c000)   /* a task for faults that leave no stack to handle them on */
DEFINE(WINDOW, 0x400000)

DEFINE(H_CODE, 0x08)      /* of the harness: flat */
DEFINE(H_DATA, 0x10)
DEFINE(CODE32, 0x18)      /* + 8 * ring */
DEFINE(STACK32, 0x38)
DEFINE(CODE16, 0x58)
DEFINE(STACK16, 0x78)
DEFINE(FLAT0, 0x98)      /* data, base 0, 4 GiB, DPL 0 */
DEFINE(FLAT3, 0xa0)      /* the same with DPL 3 */
DEFINE(DATA0, 0xa8)      /* base DATA, limit FFFh, DPL 0 */
DEFINE(DATA3, 0xb0)
DEFINE(TSS_A_SEL, 0xb8)
DEFINE(TSS_B_SEL, 0xc0)
DEFINE(TSS_C_SEL, 0xc8)
DEFINE(LDT_SEL, 0xd0)
DEFINE(X0, 0xd8)      /* for the checks: not present by default */
DEFINE(X1, 0xe0)
DEFINE(X2, 0xe8)
DEFINE(X3, 0xf0)
DEFINE(TSS_D_SEL, 0x1e8)
DEFINE(H_CODE16, 0x1f0)
DEFINE(H_DATA16, 0x1f8)
DEFINE(GDT_LIMIT, 0x1ff)
DEFINE(LDT_LIMIT, 0x3f)
DEFINE(L0, 0x04)      /* selectors of the LDT: code32 ring 0, then data like DATA3, then free ones */
DEFINE(L1, 0x0c)
DEFINE(L2, 0x14)

/* Modes a check can run in. */
DEFINE(R0, 0)         /* 32-bit protected, ring 0 to 3 */
DEFINE(R1, 1)
DEFINE(R2, 2)
DEFINE(R3, 3)
DEFINE(H0, 4)         /* 16-bit protected, ring 0 to 3 */
DEFINE(H1, 5)
DEFINE(H2, 6)
DEFINE(H3, 7)
DEFINE(V86, 8)
DEFINE(REAL, 9)

DEFINE(END_VECTOR, 0xf0)

#endif
