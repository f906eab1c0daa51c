/* The recorded-silicon cases: their format, the memory and the segments they run in.
 *
 * One case is one user-mode instruction with everything it can see before (registers, memory) and after (registers,
 * memory, the exception raised). recorder and player share this header; README.md describes the file. */
#ifndef SILICON_H
#define SILICON_H
#include "core/types.h"
#include <stdio.h>

/* Linear addresses of what is mapped; nothing else near them is present. */
enum {
    CODE_LINEAR = 0x200000, CODE_SIZE = 0x1000,             /* user, read-only, full of NOPs but for the case */
    DATA_LINEAR = 0x400000, DATA_SIZE = 0x4000,             /* three pages read-write, then one read-only */
    DATA_WRITABLE = 0x3000,
    STACK_LINEAR = 0x500000, STACK_HIGH_LINEAR = 0x50f000, STACK_SIZE = 0x1000,
    IMAGE_SIZE = DATA_SIZE + 2 * STACK_SIZE                 /* the windows above but code, one after the other */
};

/* Selectors: two of the GDT as Linux has them, the rest silicon_ldt[]. */
enum {
    SEL_CODE_FLAT = 0x23, SEL_DATA_FLAT = 0x2b,
    SEL_FLAT = 0x07, SEL_CODE32 = 0x0f, SEL_CODE16 = 0x17, SEL_DATA16 = 0x1f, SEL_DATA_SMALL = 0x27, SEL_DATA_RO = 0x2f,
    SEL_DOWN32 = 0x37, SEL_DOWN16 = 0x3f, SEL_DATA_ABSENT = 0x47, SEL_CODE_ABSENT = 0x4f, SEL_CODE_XONLY = 0x57,
    SEL_STACK16 = 0x5f, SEL_CODE16_XONLY = 0x67, SEL_DATA_PAGED = 0x6f, SEL_EMPTY = 0x77, SEL_CONFORMING = 0x7f
};

struct silicon_segment {
    u32  base, limit;           /* limit as in the descriptor: 20 bits, in pages if `pages` */
    u8   contents;              /* bits 3 and 2 of the type: 0 data, 1 expand-down, 2 code, 3 conforming code */
    bool rw, big, pages, present;
};
enum { SILICON_LDT_ENTRIES = 16 };
extern const struct silicon_segment silicon_ldt[SILICON_LDT_ENTRIES];

struct silicon_state {
    u32 gpr[8];
    u32 eip, eflags;
    u16 seg[6];
    u16 fcw, fsw;
    u16 ftw;                    /* abridged, as in FXSAVE */
    u16 zero;
    u32 mxcsr;
    u8  st[8][10];              /* in stack order; empty registers are 0 here and not compared */
    u8  xmm[8][16];
};

enum silicon_flag {
    CASE_REP = 1,               /* step until EIP leaves the instruction or it faults */
    CASE_LOOSE = 2,             /* the ST registers may differ by 2 units in the last place */
    CASE_SHADOW = 4,            /* the recorder had to run the next NOP too (MOV SS, POP SS); EIP is corrected */
    CASE_LOADS_TF = 8,          /* TF after it is the instruction's, not the recorder's */
    CASE_STORES_TF = 16         /* the recorder took its TF out of the pushed image */
};

enum { NO_VECTOR = 0xff };

struct silicon_case {
    struct {
        char name[16];
        u8   code_length, flags, vector, zero;
        u8   code[16];
        u32  error, cr2;
        u32  eflags_mask;       /* the bits that are defined */
        u16  fsw_mask;
        u16  zero2;
        struct { u16 offset, length; } ignore[2];   /* parts of the image that are not compared */
    } head;
    struct silicon_state before, after;
    u8 memory_before[IMAGE_SIZE], memory_after[IMAGE_SIZE];
};

/* What a case that says nothing else starts from. */
void silicon_default(struct silicon_state *state, u8 memory[IMAGE_SIZE]);
/* The 8 bytes of an LDT entry or of a GDT selector of the table above. */
u64  silicon_descriptor(const struct silicon_segment *segment);
u64  silicon_gdt_entry(unsigned index);
/* Base of a selector's segment. */
u32  silicon_base(u16 selector);
/* Offset into the image of a linear address, or -1. */
int  silicon_image_offset(u32 linear);

bool silicon_write_header(FILE *file, u32 count);
bool silicon_write_case(FILE *file, const struct silicon_case *c);
/* Number of cases, or 0 if this is no case file. */
u32  silicon_read_header(FILE *file);
bool silicon_read_case(FILE *file, struct silicon_case *c);
#endif
