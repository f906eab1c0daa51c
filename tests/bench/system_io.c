/* portio, segs, mmio, smc: what a virtual machine monitor cannot let run by itself. */
#include "tests/bench/kernel.h"

#define VGA_TEXT ((volatile u16 *)0xb8000)
#define VGA_CELLS 2000u
/* What the text window sums up to at the end of mmio, for machines that have none. */
#define MMIO_SUM 0xe867ebd6u

u32 far_calls(u32 value, u32 count);
u32 gate_calls(void);
void far_leaf(void);

/* The delay port, the PIT (latch and read a counter) and the masks of the interrupt controllers. Only the masks are
 * the same everywhere, so only they count in the checksum. */
u32 portio_run(void) {
    u32 sum = 0;

    for (u32 i = 0; i < 3000000; i++) {
        port_out(0x80, (u8)i);
        port_out(0x43, 0);
        port_in(0x40);
        port_in(0x40);
        port_out(0x21, (u8)(i | 1));
        port_out(0xa1, (u8)(i >> 3));
        sum = checksum_add(sum, port_in(0x21) | (u32)port_in(0xa1) << 8);
        port_out(0x80, port_in(0x61));
    }
    port_out(0x21, 0xff);
    port_out(0xa1, 0xff);
    return sum;
}

static struct descriptor ldt[8];

/* Loads of every data segment register from GDT and LDT, by MOV, POP and LES, and accesses through them. */
static NOINLINE u32 segment_loads(u32 count) {
    struct {
        u32 offset;
        u16 selector;
    } __attribute__((packed)) pointer;
    u32 sum = 0, value;

    for (u32 i = 0; i < count; i++) {
        u32 gdt_data = i & 1 ? SEL_FREE : SEL_DATA0, local = (i & 7) << 3 | 4;
        pointer.offset = (i & 63) * 4;
        pointer.selector = (u16)local;
        __asm__ volatile("movl %1, %%fs\n\t"
                         "movl %2, %%gs\n\t"
                         "movl %%fs:(%3), %0\n\t"
                         "addl %%gs:8, %0\n\t"
                         "pushl %%es\n\t"
                         "lesl (%4), %%edx\n\t"
                         "xorl %%es:(%%edx), %0\n\t"
                         "popl %%es\n\t"
                         "pushl %%ds\n\t"
                         "popl %%fs"
                         : "=&r"(value)
                         : "r"(gdt_data), "r"(local), "r"((u32)arena & -(i & 1 ? 0u : 1u)), "r"(&pointer)
                         : "edx", "memory");
        sum = checksum_add(sum, value);
    }
    return sum;
}

u32 segs_run(void) {
    u32 *words = (u32 *)arena, sum, seed = 6;

    for (u32 i = 0; i < 4096; i++)
        words[i] = random_next(&seed);
    gdt[SEL_LDT >> 3] = descriptor_segment((u32)ldt, sizeof ldt - 1, 0x82);
    gdt[SEL_FREE >> 3] = descriptor_segment((u32)arena, 0xffff, 0x4093);
    gdt[(SEL_FREE >> 3) + 1] = descriptor_segment(0, 0xfffff, 0xc09b);
    gdt[(SEL_FREE >> 3) + 2] = descriptor_gate(SEL_CODE0, far_leaf, 0xec00);
    for (u32 i = 0; i < 8; i++)
        ldt[i] = descriptor_segment((u32)arena + i * 512, 1023, 0x40f3);
    __asm__ volatile("lldt %%ax" : : "a"(SEL_LDT));
    sum = segment_loads(3600000);
    sum = checksum_add(sum, far_calls(sum, 2400000));
    return checksum_add(sum, user_run(gate_calls));
}

static NOINLINE void screen_scroll(u32 line) {
    for (u32 i = 0; i < VGA_CELLS - 80; i++)
        VGA_TEXT[i] = VGA_TEXT[i + 80];
    for (u32 i = VGA_CELLS - 80; i < VGA_CELLS; i++)
        VGA_TEXT[i] = (u16)(0x0700 | ((line + i) & 0x7f));
}

/* The text window, by words, double words and bytes. A machine without a display adapter has nothing there: then the
 * time still counts, but the content does not, and a note says so. */
u32 mmio_run(void) {
    volatile u32 *cells = (volatile u32 *)VGA_TEXT;
    volatile u8 *bytes = (volatile u8 *)VGA_TEXT;
    u32 sum = 0;
    bool present;

    VGA_TEXT[0] = 0x1e5a;
    VGA_TEXT[1] = 0x0741;
    present = VGA_TEXT[0] == 0x1e5a;
    if (!present)
        print("@NOTE no VGA window\n");
    for (u32 round = 0; round < 3400; round++) {
        for (u32 i = 0; i < VGA_CELLS; i++)
            VGA_TEXT[i] = (u16)(0x0720 + round + i);
        for (u32 i = 0; i < VGA_CELLS / 2; i++)
            cells[i] = round * 0x00010001u + i;
        for (u32 i = 0; i < 2 * VGA_CELLS; i += 2)
            bytes[i] ^= (u8)round;
        screen_scroll(round);
    }
    for (u32 i = 0; i < VGA_CELLS; i++)
        sum = checksum_add(sum, VGA_TEXT[i]);
    return present ? sum : MMIO_SUM;
}

typedef u32 code_fn(u32);

static u8 *emit(u8 *at, u8 opcode, u32 immediate) {
    *at++ = opcode;
    __builtin_memcpy(at, &immediate, 4);
    return at + 4;
}

/* A compiler at run time: new code in the same place each time, called a few times. */
static NOINLINE u32 smc_generate(u8 *code, u32 round, u32 sum) {
    u8 *at = emit(code, 0xb8, sum); /* mov eax, imm */

    for (u32 i = 0; i < 8; i++)
        at = emit(at, (u8)(0x05 | ((round + i) & 6) << 3), round * 77 + i); /* add, and..., xor eax, imm */
    *at = 0xc3;
    for (u32 i = 0; i < 3; i++)
        sum += ((code_fn *)(u32)code)(i);
    return sum;
}

/* A loop that rewrites an immediate of an instruction just ahead of it. */
static NOINLINE u32 smc_patch(u32 count, u32 sum) {
    __asm__ volatile("1:\tmovl %0, 2f + 1\n\t"
                     "addl $0x1234567, %0\n"
                     "2:\tmovl $0, %%eax\n\t"
                     "roll $3, %0\n\t"
                     "xorl %%eax, %0\n\t"
                     "decl %1\n\t"
                     "jnz 1b"
                     : "+r"(sum), "+r"(count)
                     :
                     : "eax", "cc", "memory");
    return sum;
}

/* Variables on the same page as the code that uses them, as in old programs: no code changes. */
static NOINLINE u32 smc_neighbours(u8 *code, u32 count, u32 sum) {
    volatile u32 *data = (volatile u32 *)(code + 1024);

    for (u32 i = 0; i < count; i++) {
        data[i & 255] = sum;
        sum += ((code_fn *)(u32)code)(i) ^ data[(i + 9) & 255];
    }
    return sum;
}

u32 smc_run(void) {
    u32 sum = 1;

    for (u32 round = 0; round < 200000; round++)
        sum = smc_generate(arena + (round & 3) * 4096, round, sum);
    sum = smc_patch(500000, sum);
    return smc_neighbours(arena, 500000, sum);
}
