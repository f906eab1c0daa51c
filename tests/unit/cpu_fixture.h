/* A processor with 2 MiB of RAM and no engine running: tests set registers and tables and call routines themselves. */
#ifndef TESTS_CPU_FIXTURE_H
#define TESTS_CPU_FIXTURE_H
#include "cpu/cpu.h"

struct fixture {
    struct cpu    cpu;
    struct clock  clock;
    struct memory memory;
    struct ports  ports;
    struct log    log;
    struct insn   insn;
    struct system before;                    /* fixture_mark */
    u32           gpr_before[8];
};

/* Where fixture_protected puts things. Selectors: code and data of levels 0 and 3, flat and 32-bit. */
enum { AT_GDT = 0x1000, AT_LDT = 0x1800, AT_IDT = 0x2000, AT_TSS = 0x3000, AT_TSS2 = 0x3400, AT_TSS16 = 0x3800,
       AT_CODE = 0x5000, AT_STACK0 = 0x8000, AT_STACK1 = 0x8800, AT_STACK3 = 0x9000 };
enum { SEL_CODE0 = 0x08, SEL_DATA0 = 0x10, SEL_CODE3 = 0x1b, SEL_DATA3 = 0x23, SEL_TSS = 0x28, SEL_LDT = 0x30,
       SEL_CONFORMING0 = 0x38, SEL_CODE16 = 0x40, SEL_DATA16 = 0x48, SEL_CODE1 = 0x51, SEL_DATA1 = 0x59,
       SEL_TSS2 = 0x60, SEL_TSS16 = 0x68, SEL_GATE = 0x70, SEL_FREE = 0x78, SEL_END = 0x80 };
/* Access bytes and flags in the form of `attr`. */
enum { FLAT32 = 0xc000, SMALL32 = 0x4000, CODE_ER = 0x9b, DATA_RW = 0x93, AT_DPL3 = 0x60, AT_DPL1 = 0x20 };

struct fixture *fixture_new(const char *model);
void fixture_free(struct fixture *f);
/* Protected mode at level cpl with the tables above; EIP is AT_CODE. Interrupt gates are absent. */
void fixture_protected(struct fixture *f, unsigned cpl);
/* V86 mode: CS 500h, SS 900h, SP 800h, DS ES FS GS 1111h 2222h 3333h 4444h, EIP 0. */
void fixture_v86(struct fixture *f, unsigned iopl);

void gdt_set(struct fixture *f, u16 selector, u32 base, u32 limit, u16 attr);
void gdt_gate(struct fixture *f, u16 selector, u16 target, u32 offset, u8 access, unsigned parameters);
void idt_gate(struct fixture *f, u8 vector, u16 selector, u32 offset, u8 access);
u32  peek(struct fixture *f, u32 address, unsigned size);
void poke(struct fixture *f, u32 address, unsigned size, u32 value);
/* The current instruction: 2 bytes long at cpu->eip. */
struct insn *fixture_insn(struct fixture *f, unsigned size);
/* Remembers the state; fixture_unchanged compares all but CR2 and debug state. */
void fixture_mark(struct fixture *f);
bool fixture_unchanged(const struct fixture *f);
/* Asserts that cpu->fault is this exception; error -1: has none. Clears it. */
void fault_is(struct fixture *f, enum outcome outcome, u8 vector, s32 error);
#endif
