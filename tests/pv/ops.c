/* What the kernel asks of the machine, twice: with the instructions of a bare Pentium, and with hypercalls (docs/pv.md). */
#include "tests/pv/kernel.h"

enum { SHARE, INTERRUPTS, IRET, PAGES, SPACE, GDT, IDT, LDT, STACK_SET, IDLE, WRITE_TEXT };     /* numbers of the calls */
enum { CONSOLE = 0xe9 };

const struct ops *ops;
void (*return_path)(void);

/* ---- a bare machine ---- */
static void native_start(void) {}

static u32 native_irq_save(void)
{
    u32 flags;
    __asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

static void native_irq_restore(u32 flags) { __asm__ volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc"); }
static void native_irq_open(void) { __asm__ volatile("sti" : : : "memory"); }
static void native_idle(void) { __asm__ volatile("sti; hlt" : : : "memory"); }
static void native_space(const u32 *directory) { __asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory"); }

static void native_pages(const struct update *update, u32 count)
{
    u32 directory;
    for (u32 i = 0; i < count; i++)
        *(volatile u32 *)update[i].entry = update[i].value;
    __asm__ volatile("movl %%cr3, %0; movl %0, %%cr3" : "=r"(directory) : : "memory");
}

static void native_tables(const struct table_pointer *gdt, const struct table_pointer *idt)
{
    __asm__ volatile("lgdt %0; lidt %1" : : "m"(*gdt), "m"(*idt));
}

static void native_stack(u32 esp) { *(volatile u32 *)(tss + 4) = esp; }

static u32 native_fault_address(void)
{
    u32 linear;
    __asm__ volatile("movl %%cr2, %0" : "=r"(linear));
    return linear;
}

static void native_write(const char *text, u32 length)
{
    while (length--)
        port_out(CONSOLE, (u8)*text++);
}

const struct ops ops_native = {
    "native", native_start, native_irq_save, native_irq_restore, native_irq_open, native_idle, native_pages, native_space,
    native_tables, native_stack, native_fault_address, native_write, return_native
};

/* ---- hypercalls ---- */
static volatile union { struct { u32 flag, pending, cr2; }; u8 page[PAGE]; } shared __attribute__((aligned(PAGE)));

static void pv_start(void)
{
    if (hypercall(SHARE, (u32)&shared, 0) != 0)
        stop(3);
}

static u32 pv_irq_save(void)
{
    u32 flags = shared.flag;
    shared.flag = 0;
    return flags;
}

/* The store, then the test: what was held before the store has been announced by now. */
static void pv_irq_restore(u32 flags)
{
    shared.flag = flags & FLAG_IF;
    if ((flags & FLAG_IF) && shared.pending)
        hypercall(INTERRUPTS, 0, 0);
}

static void pv_irq_open(void) { pv_irq_restore(FLAG_IF); }
static void pv_idle(void) { hypercall(IDLE, 0, 0); }
static void pv_pages(const struct update *update, u32 count) { hypercall(PAGES, (u32)update, count); }
static void pv_space(const u32 *directory) { hypercall(SPACE, (u32)directory, 0); }

static void pv_tables(const struct table_pointer *gdt, const struct table_pointer *idt)
{
    hypercall(GDT, gdt->base, gdt->limit);
    hypercall(IDT, idt->base, idt->limit);
}

static void pv_stack(u32 esp) { hypercall(STACK_SET, esp, SEL_DATA0); }
static u32 pv_fault_address(void) { return shared.cr2; }
static void pv_write(const char *text, u32 length) { hypercall(WRITE_TEXT, (u32)text, length); }

const struct ops ops_pv = {
    "pv", pv_start, pv_irq_save, pv_irq_restore, pv_irq_open, pv_idle, pv_pages, pv_space, pv_tables, pv_stack,
    pv_fault_address, pv_write, return_pv
};
