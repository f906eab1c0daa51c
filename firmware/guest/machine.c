/* The embedded guest's processor set-up: descriptor tables, TSS, page tables, interrupt controllers, timer. All but the
 * page tables is written anew for every probe, so that no probe sees what another left behind.
 * Follows Intel's Software Developer's Manual, volume 3; the 8259A, 8254 and 16550A data sheets. */
#include "firmware/guest/guest_main.h"

extern const u8 low_start[], low_end[], fault_stubs[], gate_target[], sysenter_target[], double_fault[], task_target[];
extern const u8 REAL_STUBS[];
void descriptors_load(u32 cr0);

struct descriptor {
    u32 low, high;
};

/* Accessed and busy bits are set from the start, so that LAR shows the same before and after use. */
enum {
    CODE0 = 0x9b, CODE3 = 0xfb, DATA0 = 0x93, DATA3 = 0xf3, CODE_CONFORMING = 0x9f, DATA3_ABSENT = 0x73,
    LDT_TYPE = 0x82, TSS_FREE = 0x89, GATE_CALL3 = 0xec, GATE_CALL0 = 0x8c, GATE_INT3 = 0xee, GATE_INT0 = 0x8e,
    GATE_TASK = 0x85, FLAT = 0xc, SMALL_FLAGS = 0
};

static struct descriptor segment(u32 base, u32 limit, u32 access, u32 flags)
{
    u32 high = (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 | (base >> 16 & 0xff);
    return (struct descriptor){ (limit & 0xffff) | base << 16, high };
}

static struct descriptor gate(u32 selector, u32 offset, u32 access)
{
    return (struct descriptor){ (offset & 0xffff) | selector << 16, (offset & 0xffff0000) | access << 8 };
}

static void pointer_set(u32 offset, u32 limit, u32 base)
{
    u16 *pointer = low_at(offset);
    pointer[0] = limit;
    pointer[1] = base;
    pointer[2] = base >> 16;
}

static void gdt_fill(void)
{
    struct descriptor *gdt = low_at(GDT);
    const u32 gate3 = (u32)gate_target;
    gdt[SEL_KCODE / 8] = segment(0, 0xfffff, CODE0, FLAT);
    gdt[SEL_KDATA / 8] = segment(0, 0xfffff, DATA0, FLAT);
    gdt[SEL_UCODE / 8] = segment(0, 0xfffff, CODE3, FLAT);
    gdt[SEL_UDATA / 8] = segment(0, 0xfffff, DATA3, FLAT);
    gdt[SEL_CODE16 / 8] = segment(LOW, 0xffff, CODE0, SMALL_FLAGS);
    gdt[SEL_DATA16 / 8] = segment(LOW, 0xffff, DATA0, SMALL_FLAGS);
    gdt[SEL_TSS / 8] = segment(LOW + TSS, TSS_LIMIT, TSS_FREE, SMALL_FLAGS);
    gdt[SEL_TSS_FAULT / 8] = segment(LOW + TSS_FAULT, 103, TSS_FREE, SMALL_FLAGS);
    gdt[SEL_TSS_OTHER / 8] = segment(LOW + TSS_OTHER, 103, TSS_FREE, SMALL_FLAGS);
    gdt[SEL_LDT / 8] = segment(LOW + LDT, 7, LDT_TYPE, SMALL_FLAGS);
    gdt[SEL_GATE3 / 8] = gate(SEL_KCODE, gate3, GATE_CALL3);
    gdt[SEL_GATE0 / 8] = gate(SEL_KCODE, gate3, GATE_CALL0);
    gdt[SEL_ABSENT / 8] = segment(0, 0xfffff, DATA3_ABSENT, FLAT);
    gdt[SEL_SMALL / 8] = segment(LOW, SMALL_LIMIT, DATA3, SMALL_FLAGS);
    gdt[SEL_CONFORMING / 8] = segment(0, 0xfffff, CODE_CONFORMING, FLAT);
    pointer_set(GDT_POINTER, GDT_LIMIT, LOW + GDT);
}

/* INT 80h, and the instructions that are interrupts by another name, are for everybody. */
static bool vector_is_public(u32 vector)
{
    return vector == 3 || vector == 4 || vector == 0x80;
}

static void vectors_fill(void)
{
    struct descriptor *idt = low_at(IDT);
    u16 *ivt = low_at(IVT);
    for (u32 v = 0; v < VECTORS; v++) {
        idt[v] = gate(SEL_KCODE, (u32)fault_stubs + v * 8, vector_is_public(v) ? GATE_INT3 : GATE_INT0);
        ivt[v * 2] = (u32)REAL_STUBS + v * 8;
        ivt[v * 2 + 1] = LOW_SEGMENT;
    }
    idt[8] = gate(SEL_TSS_FAULT, 0, GATE_TASK);
}

static void tss_fill(u32 offset, const u8 *entry, u32 stack)
{
    u32 *tss = low_at(offset);
    for (int i = 0; i < 26; i++)
        tss[i] = 0;
    tss[1] = LOW + RING0_STACK;
    tss[2] = SEL_KDATA;
    tss[7] = LOW + PAGE_DIRECTORY;
    tss[8] = (u32)entry;
    tss[9] = 2;
    tss[14] = LOW + stack;
    tss[18] = tss[20] = tss[21] = tss[22] = tss[23] = SEL_KDATA;
    tss[19] = SEL_KCODE;
    tss[25] = 104 << 16;
}

/* All ports are refused to those without IOPL but the UART's scratch register. */
static void tasks_fill(void)
{
    u8 *bitmap = low_at(TSS + 104);
    tss_fill(TSS, 0, RING0_STACK);
    tss_fill(TSS_FAULT, double_fault, FAULT_STACK);
    tss_fill(TSS_OTHER, task_target, PROBE_STACK);
    for (int i = 0; i <= 128; i++)
        bitmap[i] = 0xff;
    bitmap[PORT_SCRATCH / 8] &= ~(1 << PORT_SCRATCH % 8);
}

/* Both interrupt controllers masked, but for the timer if it is wanted; the timer fires once, after 10 ms. */
static void interrupts_set(bool timer)
{
    static const u16 chip[2] = { 0x20, 0xa0 };
    for (int i = 0; i < 2; i++) {
        out8(chip[i], 0x11);
        out8(chip[i] + 1, VECTOR_IRQ0 + i * 8);
        out8(chip[i] + 1, i ? 2 : 4);
        out8(chip[i] + 1, 1);
        out8(chip[i] + 1, 0xff);
    }
    if (timer) {
        out8(0x43, 0x30);
        out8(0x40, 11932 & 0xff);
        out8(0x40, 11932 >> 8);
        out8(0x21, 0xfe);
    }
}

static void msr_write(u32 msr, u32 value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

void machine_init(void)
{
    u8 *code = low_at(0);
    u32 *directory = low_at(PAGE_DIRECTORY), *table = low_at(PAGE_TABLE);
    for (u32 i = 0; i < (u32)(low_end - low_start); i++)
        code[i] = low_start[i];
    for (u32 i = 0; i < 1024; i++) {
        directory[i] = i ? 0 : (LOW + PAGE_TABLE) | 7;
        table[i] = i << 12 | 7;
    }
    table[(LOW + PAGE_ABSENT) >> 12] = 0;
    table[(LOW + PAGE_READONLY) >> 12] = (LOW + PAGE_READONLY) | 5;
    table[(LOW + PAGE_SUPERVISOR) >> 12] = (LOW + PAGE_SUPERVISOR) | 3;
}

void machine_reset(enum probe_mode mode, enum probe_setup setup, const bool *has)
{
    static const u32 cr0[MODES_COUNT] = { CR0_REAL, CR0_PROTECTED, CR0_PAGED, CR0_PAGED, CR0_PAGED, CR0_PAGED };
    u32 *scratch = low_at(SCRATCH);
    gdt_fill();
    vectors_fill();
    tasks_fill();
    for (int i = 0; i < 16; i++)
        scratch[i] = 0;
    *(u32 *)low_at(CR0_NOW) = cr0[mode];
    pointer_set(IDT_POINTER, IDT_LIMIT, LOW + IDT);
    descriptors_load(mode == REAL ? CR0_PROTECTED : cr0[mode]);
    if (mode == REAL) {
        pointer_set(IDT_POINTER, IVT_LIMIT, LOW + IVT);
        __asm__ volatile("lidt %0" : : "m"(*(u64 *)low_at(IDT_POINTER)));
    }
    __asm__ volatile("movl %0, %%dr7" : : "r"(0));
    if (has[TSC])
        __asm__ volatile("movl %0, %%cr4" : : "r"(setup == TSD ? 4 : 0));
    if (has[SEP]) {
        msr_write(0x174, SEL_KCODE);
        msr_write(0x175, LOW + RING0_STACK);
        msr_write(0x176, (u32)sysenter_target);
    }
    interrupts_set(setup == TIMER);
    out8(PORT_SCRATCH, SCRATCH_BYTE);
    out8(PORT_LINE, LINE_BYTE);
}

static bool flag_changes(u32 flag)
{
    u32 before, after;
    __asm__ volatile("pushfl; popl %0; movl %0, %1; xorl %2, %1; pushl %1; popfl; pushfl; popl %1; pushl %0; popfl"
                     : "=&r"(before), "=&r"(after) : "ri"(flag));
    return (before ^ after) & flag;
}

static void cpuid(u32 leaf, u32 *a, u32 *d)
{
    u32 b, c;
    __asm__ volatile("cpuid" : "=a"(*a), "=b"(b), "=c"(c), "=d"(*d) : "a"(leaf));
}

/* AC came with the 486, ID with CPUID. The Pentium Pro before stepping 3 shows SEP without having it. */
void machine_identify(bool *has, u32 *signature)
{
    u32 features = 0, top, ignored;
    *signature = 0;
    has[I386] = true;
    has[I486] = flag_changes(1 << 18);
    has[CPUID] = flag_changes(1 << 21);
    if (has[CPUID])
        cpuid(0, &top, &ignored);
    if (has[CPUID] && top >= 1)
        cpuid(1, signature, &features);
    has[TSC] = features >> 4 & 1;
    has[MSR] = features >> 5 & 1;
    has[SEP] = (features >> 11 & 1) && (*signature & 0xfff) >= 0x633;
}
