/* What the system workloads share with the bench kernel's start-up code: selectors, page tables, ring 3. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

/* SYSENTER fixes the order of the first four descriptors after the null one. */
#define SEL_CODE0 0x08
#define SEL_DATA0 0x10
#define SEL_CODE3 0x1b
#define SEL_DATA3 0x23
#define SEL_TSS 0x28
#define SEL_LDT 0x30
#define SEL_FREE 0x38 /* from here on the segs workload's own */
#define GDT_ENTRIES 16

#define PAGE_SIZE 4096u
#define PAGE_PRESENT 1u
#define PAGE_WRITE 2u
#define PAGE_USER 4u
/* Linear addresses from here on belong to the pgfault and cr3 workloads. */
#define WINDOW_BASE 0x10000000u

#ifndef __ASSEMBLER__
#include "tests/bench/guest.h"

struct descriptor {
    u32 low, high;
};

/* The registers as PUSHA leaves them, below the segment registers the entry code saved. */
struct frame {
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax, ds, es;
};

extern struct descriptor gdt[GDT_ENTRIES];
extern u32 page_directory[1024];

static inline void port_out(u16 port, u8 value) {
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 port_in(u16 port) {
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void page_forget(u32 linear) {
    __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

static inline void space_load(const u32 *directory) {
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory");
}

struct descriptor descriptor_segment(u32 base, u32 limit, u32 type_and_flags);
struct descriptor descriptor_gate(u16 selector, const void *entry, u32 type);

void print(const char *text);

/* Run a function in ring 3 (start.S) and return what it returned. */
u32 user_run(u32 (*function)(void));

/* Called by start.S: INT 80h and SYSENTER with the caller's EAX, EBX and ESI; a page fault with CR2. */
u32 system_call(u32 number, u32 a, u32 b);
void page_fault(u32 linear, u32 error);

u32 int80_run(void);
u32 sysenter_run(void);
u32 pgfault_run(void);
u32 cr3_run(void);
u32 portio_run(void);
u32 segs_run(void);
u32 mmio_run(void);
u32 smc_run(void);
u32 vbe_run(void);
u32 planar_run(void);
#endif
#endif
