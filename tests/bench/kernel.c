/* The bench kernel: start-up, serial port, power-off, and the choice of the workload.
 *
 * Multiboot 1 starts it in flat protected mode; it loads its own GDT (with ring 3 and a TSS), IDT and page tables
 * (4 KiB pages, identity for the first 32 MiB, open to ring 3), and runs with interrupts disabled throughout. The last
 * word of the command line names the workload. What it prints on COM1 is the protocol of tests/bench/run:
 *     @BEGIN              the workload starts; the host takes the time when the line arrives
 *     @END sum tsc        its checksum and how far the time stamp counter went, in hexadecimal
 *     @NOTE / @FAIL text  a remark / why there will be no result */
#include "tests/bench/kernel.h"

#define COM1 0x3f8
#define IDENTITY_TABLES 8
#define GATE_KERNEL 0x8e00u /* 32-bit interrupt gate */
#define GATE_USER 0xee00u   /* the same, callable from ring 3 */

struct multiboot_info {
    u32 flags, mem_lower, mem_upper, boot_device, cmdline;
};

struct table_pointer {
    u16 limit;
    u32 base;
} __attribute__((packed));

struct descriptor gdt[GDT_ENTRIES];
u32 page_directory[1024] __attribute__((aligned(4096)));
static u32 page_tables[IDENTITY_TABLES][1024] __attribute__((aligned(4096)));
static struct descriptor idt[256];

extern u8 tss[104], entry_stack_top[], exception_stubs[][8];
extern u8 page_fault_entry[], int80_entry[], int81_entry[], sysenter_entry[];
void segments_load(const struct table_pointer *pointer);
void exception_report(const u32 *stack);
void kernel_main(u32 magic, const struct multiboot_info *info);

void print(const char *text) {
    for (; *text; text++) {
        while (!(port_in(COM1 + 5) & 0x20))
            ;
        port_out(COM1, (u8)*text);
    }
}

static void serial_start(void) {
    static const u8 setup[][2] = {{3, 0x80}, {0, 1}, {1, 0}, {3, 3}, {2, 7}, {4, 3}, {1, 0}};
    for (u32 i = 0; i < ARRAY_LEN(setup); i++)
        port_out(COM1 + setup[i][0], setup[i][1]);
}

/* QEMU's isa-debug-exit, then Bochs's port; where there is neither, the harness ends the emulator. */
static _Noreturn void power_off(u8 status) {
    while ((port_in(COM1 + 5) & 0x60) != 0x60)
        ;
    port_out(0xf4, status);
    for (const char *word = "Shutdown"; *word; word++)
        port_out(0x8900, (u8)*word);
    for (;;)
        __asm__ volatile("cli; hlt");
}

static _Noreturn void fail(const char *why, u32 a, u32 b) {
    char digits[19] = "         \n";

    print("\n@FAIL ");
    print(why);
    text_hex(digits, a);
    digits[8] = ' ';
    text_hex(digits + 9, b);
    digits[17] = '\n';
    print(digits);
    power_off(1);
}

/* A stub pushed the vector; above it is the error code or EIP, whichever the vector has. */
void exception_report(const u32 *stack) {
    fail("exception ", stack[0], stack[1]);
}

struct descriptor descriptor_segment(u32 base, u32 limit, u32 type_and_flags) {
    return (struct descriptor){base << 16 | (limit & 0xffff),
                               (base & 0xff000000) | type_and_flags << 8 | (limit & 0xf0000) | (base >> 16 & 0xff)};
}

struct descriptor descriptor_gate(u16 selector, const void *entry, u32 type) {
    return (struct descriptor){(u32)selector << 16 | ((u32)entry & 0xffff), ((u32)entry & 0xffff0000) | type};
}

static void segments_start(void) {
    static struct table_pointer pointer = {sizeof gdt - 1, 0};

    gdt[1] = descriptor_segment(0, 0xfffff, 0xc09b);
    gdt[2] = descriptor_segment(0, 0xfffff, 0xc093);
    gdt[3] = descriptor_segment(0, 0xfffff, 0xc0fb);
    gdt[4] = descriptor_segment(0, 0xfffff, 0xc0f3);
    gdt[5] = descriptor_segment((u32)tss, sizeof tss - 1, 0x89);
    *(u16 *)(tss + 8) = SEL_DATA0;
    *(u16 *)(tss + 102) = sizeof tss;
    pointer.base = (u32)gdt;
    segments_load(&pointer);
}

static void interrupts_start(void) {
    static struct table_pointer pointer = {sizeof idt - 1, 0};

    for (u32 i = 0; i < 32; i++)
        idt[i] = descriptor_gate(SEL_CODE0, exception_stubs[i], GATE_KERNEL);
    idt[14] = descriptor_gate(SEL_CODE0, page_fault_entry, GATE_KERNEL);
    idt[0x80] = descriptor_gate(SEL_CODE0, int80_entry, GATE_USER);
    idt[0x81] = descriptor_gate(SEL_CODE0, int81_entry, GATE_USER);
    pointer.base = (u32)idt;
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

static void paging_start(void) {
    u32 cr0;

    for (u32 i = 0; i < IDENTITY_TABLES * 1024; i++)
        page_tables[i / 1024][i % 1024] = i * PAGE_SIZE | PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
    for (u32 i = 0; i < IDENTITY_TABLES; i++)
        page_directory[i] = (u32)page_tables[i] | PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
    space_load(page_directory);
    __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 & ~0x60000004u) | 0x80010022u; /* PG WP NE MP, caches on, no emulation */
    __asm__ volatile("movl %0, %%cr0" : : "r"(cr0) : "memory");
}

static void msr_write(u32 msr, u32 value) {
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

static bool sysenter_start(void) {
    u32 eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(edx & 1u << 11))
        return false;
    msr_write(0x174, SEL_CODE0);
    msr_write(0x175, (u32)entry_stack_top);
    msr_write(0x176, (u32)sysenter_entry);
    return true;
}

static u64 time_stamp(void) {
    u32 low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}

static void workload_time(const struct workload *w) {
    char line[] = "@END 00000000 0000000000000000\n";
    u64 start;
    u32 sum;

    print("\n@BEGIN\n");
    start = time_stamp();
    sum = w->run();
    start = time_stamp() - start;
    text_hex(line + 5, sum);
    text_hex(line + 14, (u32)(start >> 32));
    text_hex(line + 22, (u32)start);
    print(line);
}

const struct workload system_workloads[] = {
    {"int80", int80_run}, {"sysenter", sysenter_run}, {"pgfault", pgfault_run}, {"cr3", cr3_run},
    {"portio", portio_run}, {"segs", segs_run},       {"mmio", mmio_run},       {"smc", smc_run},
    {"vbe", vbe_run},     {"planar", planar_run},
    {NULL, NULL},
};

static const char *last_word(const char *text) {
    const char *word = text;
    for (; *text; text++)
        if (*text == ' ' && text[1] && text[1] != ' ')
            word = text + 1;
    return word;
}

void kernel_main(u32 magic, const struct multiboot_info *info) {
    const char *name = magic == 0x2badb002 && info->flags & 4 ? last_word((const char *)info->cmdline) : "";
    const struct workload *w = workload_find(compute_workloads, name);

    serial_start();
    segments_start();
    interrupts_start();
    paging_start();
    if (!w)
        w = workload_find(system_workloads, name);
    if (!w)
        fail("no such workload ", magic, 0);
    if (!sysenter_start() && w->run == sysenter_run)
        fail("no SYSENTER ", 0, 0);
    workload_time(w);
    power_off(0);
}
