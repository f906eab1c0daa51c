/* A demonstration kernel: one source that runs on a bare machine and, with hypercalls, under --vmm=pv. It knows the interface
 * from docs/pv.md alone and includes nothing of the monitor's.
 *
 * All that a monitor must control goes through struct ops, chosen at boot by CPUID. Beside it the kernel executes no
 * sensitive instruction once it runs: its data segments are always those of ring 3, so no entry loads any, and flags are
 * saved only by the operations below. */
#ifndef PV_KERNEL_H
#define PV_KERNEL_H

#define SEL_CODE0 0x08
#define SEL_DATA0 0x10
#define SEL_CODE3 0x1b
#define SEL_DATA3 0x23
#define SEL_TSS   0x28
#define SEL_FAR_TSS 0x30            /* its base is not mapped */

#ifndef __ASSEMBLER__
#include "core/types.h"

enum { PAGE = 4096, ENTRIES = 1024, PRESENT = 1, WRITE = 2, USER = 4, COPY = 1 << 9 /* shared until it is written */ };
enum { VECTOR_GP = 13, VECTOR_PF = 14, VECTOR_TIMER = 0x20, VECTOR_CALL = 0x80, VECTORS = 0x30 };
enum { FLAG_IF = 0x200 };

/* As the stubs of start.S leave it. */
struct frame {
    u32 edi, esi, ebp, esp0, ebx, edx, ecx, eax;
    u32 vector, error;
    u32 eip, cs, eflags, esp, ss;
};
struct update { u32 entry, value; };
struct table_pointer { u16 limit; u32 base; } __attribute__((packed));

struct ops {
    const char *name;
    void (*start)(void);
    u32  (*irq_save)(void);                      /* closes interrupts; what was */
    void (*irq_restore)(u32 flags);
    void (*irq_open)(void);
    void (*idle)(void);                          /* opens interrupts and waits for one */
    void (*pages)(const struct update *update, u32 count);
    void (*space)(const u32 *directory);
    void (*tables)(const struct table_pointer *gdt, const struct table_pointer *idt);
    void (*stack)(u32 esp);                      /* on which ring 0 is entered */
    u32  (*fault_address)(void);
    void (*write)(const char *text, u32 length);
    void (*back)(void);                          /* where every return from a trap ends */
};
extern const struct ops ops_native, ops_pv, *ops;
extern void (*return_path)(void);

/* start.S */
extern u8 stubs[VECTORS][16], stub_call[], tss[104], entry_stack_top[];
void segments_load(void);
void task_register_load(u32 selector);
void stacks_switch(u32 *from, u32 to);
void trap_exit(void);
void return_native(void), return_pv(void);
s32  hypercall(u32 number, u32 ebx, u32 ecx);
void cpuid(u32 leaf, u32 registers[4]);
/* Runs code that should fault: *vector and *error say how it did; 0 is no fault. */
u32  attempt(void (*code)(void), u32 *error);
void attempt_end(void);
void iret_nowhere(void), user_hypercall(void), single_step(void);
void user_enter(u32 eip, u32 esp) __attribute__((noreturn));

/* kernel.c */
void clock_start(void);
void print(const char *format, ...);             /* %u, %d and %x of 32-bit values, %s */
void stop(u32 status) __attribute__((noreturn));
void *memset(void *to, int value, __SIZE_TYPE__ length);
void *memcpy(void *to, const void *from, __SIZE_TYPE__ length);
static inline void port_out(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

/* pages.c */
enum { DATA = 0x40000000, DATA_PAGES = 48, STACK = DATA + 64 * PAGE };
struct space { u32 *directory, *table; };
void pages_start(void);
u32  *identity_entry(u32 linear);
u32  pages_left(void);
void space_create(struct space *space);
void space_copy(struct space *to, const struct space *from);
void space_destroy(struct space *space);
bool space_fault(struct space *space, u32 linear, u32 error);
u32  frame_get(void);
void frame_put(u32 frame);
extern u32 copies, kernel_directory[ENTRIES];

/* tasks.c */
enum call { CALL_PID, CALL_FORK, CALL_EXIT, CALL_WAIT, CALL_SLEEP, CALL_REPORT, CALL_YIELD };
void tasks_run(void) __attribute__((noreturn));
void trap(struct frame *frame);
void task_fault_expect(void);
extern u32 fault_flags;                          /* IF as the handler of the expected fault found it */
extern void (*clock_also)(void);                 /* called by the clock's handler, if not NULL */

/* user.c */
void user_main(void);
extern u8 user_start[], user_end[];

/* hostile.c */
void hostile_run(bool pv);
/* start.S: interrupts are closed until one is held, opened by a store, and let through by a trap; over and over. */
void race(volatile u32 *shared, u32 times);
extern volatile u32 race_steps;
#endif
#endif
