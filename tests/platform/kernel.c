/* A kernel that looks at its interrupt controllers, timers and system management mode, and prints a line per finding on
 * port E9h; what it prints is in `expected`. Chips as a firmware leaves them (pc_firmware_state). */
#include "core/types.h"

enum { LAPIC = 0xFEE00000u, IOAPIC = 0xFEC00000u, HPET = 0xFED00000u };
enum { ID = 0x20, TPR = 0x80, EOI = 0xB0, SVR = 0xF0, ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310, TIMER = 0x320,
       LINT0 = 0x350, INITIAL = 0x380, COUNT = 0x390, DIVIDE = 0x3E0 };
enum { VEC_PIT = 0x20, VEC_TIMER = 0x40, VEC_SELF = 0x51, VEC_IOAPIC = 0x60, VEC_HPET = 0x70, VEC_SPURIOUS = 0xFF };
enum { APIC_BASE = 0x1B, PM_BASE = 0x600, MASKED = 1 << 16, PERIODIC = 1 << 17, SELF = 1 << 18 };

struct frame { u32 edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags; };
struct smm { u32 count, smbase, cr0, cs, leave_hlt; };

extern u8 stubs[], smm_code[], smm_code_end[];
extern volatile struct smm smm;            /* at 600h, where smm_code looks */
void segments_load(void);
void trap(struct frame *frame);
void kernel_main(void);

static volatile u32 seen[256];
static u32 lapic_base = LAPIC;
static struct { u32 low, high; } idt[256], gdt[3];

/* ---- the machine ---- */
static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" :: "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline void out32(u16 port, u32 value) { __asm__ volatile("outl %0, %1" :: "a"(value), "Nd"(port)); }
static inline u32 in32(u16 port)
{
    u32 value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline u32 load(u32 address) { return *(volatile u32 *)address; }
static inline void store(u32 address, u32 value) { *(volatile u32 *)address = value; }
static inline void store8(u32 address, u8 value) { *(volatile u8 *)address = value; }
static inline u32 lapic(u32 reg) { return load(lapic_base + reg); }
static inline void lapic_set(u32 reg, u32 value) { store(lapic_base + reg, value); }
static inline u32 cycles(void)
{
    u32 low;
    __asm__ volatile("rdtsc" : "=a"(low) :: "edx");
    return low;
}
static u32 cpuid(u32 *edx)
{
    u32 a = 1, b, c;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(*edx));
    return a;
}
static u32 has_apic(void)
{
    u32 edx;
    cpuid(&edx);
    return edx >> 9 & 1;
}
static bool is_p6(void)
{
    u32 edx;
    return (cpuid(&edx) >> 8 & 15) >= 6;
}
static void apic_base_write(u32 value) { __asm__ volatile("wrmsr" :: "c"(APIC_BASE), "a"(value), "d"(0)); }
static inline void sti(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void cli(void) { __asm__ volatile("cli" ::: "memory"); }

/* ---- printing ---- */
static void print(const char *text) { while (*text) out8(0xE9, (u8)*text++); }
static void print_number(u32 n)
{
    char digits[11], *p = digits + 10;
    *p = 0;
    do *--p = (char)('0' + n % 10); while (n /= 10);
    print(p);
}
static void say(const char *what, u32 n)
{
    print(what);
    print(" ");
    print_number(n);
    print("\n");
}

/* ---- traps ---- */
void trap(struct frame *frame)
{
    seen[frame->vector]++;
    if (frame->vector == 6) frame->eip += 2;                 /* the undefined instruction is RSM */
    if (frame->vector == VEC_PIT) out8(0x20, 0x20);
    if (frame->vector == VEC_HPET + 1 && seen[VEC_HPET + 1] == 3) store(HPET + 0x20, 4);
    if (frame->vector > VEC_PIT && frame->vector != VEC_SPURIOUS) lapic_set(EOI, 0);
}

static void tables_load(void)
{
    struct { u16 limit; u32 base; } __attribute__((packed)) gdtr = { sizeof gdt - 1, (u32)gdt }, idtr = { sizeof idt - 1, (u32)idt };
    gdt[1].low = gdt[2].low = 0xFFFF;
    gdt[1].high = 0x00CF9B00;
    gdt[2].high = 0x00CF9300;
    for (u32 i = 0; i < 256; i++) {
        u32 at = (u32)stubs + i * 16;
        idt[i].low = (at & 0xFFFF) | 8 << 16;
        idt[i].high = (at & 0xFFFF0000) | 0x8E00;
    }
    __asm__ volatile("lgdt %0; lidt %1" :: "m"(gdtr), "m"(idtr));
    segments_load();
}

static void wait(u32 vector, u32 more)
{
    u32 until = seen[vector] + more;
    sti();
    while (seen[vector] < until) __asm__ volatile("hlt");
    cli();
}

/* ---- the findings ---- */
static void virtual_wire(void)
{
    say("CPUID has an APIC:", has_apic());
    say("LINT0 mode:", lapic(LINT0) >> 8 & 7);
    out8(0x20, 0x11);
    out8(0x21, VEC_PIT);
    out8(0x21, 4);
    out8(0x21, 1);
    out8(0x21, 0xFE);
    wait(VEC_PIT, 2);
    say("ticks through the 8259:", seen[VEC_PIT]);
    out8(0x21, 0xFF);
}

static void timer(void)
{
    lapic_set(DIVIDE, 0xB);
    lapic_set(TIMER, PERIODIC | VEC_TIMER);
    lapic_set(INITIAL, 50000);
    wait(VEC_TIMER, 1);
    u32 before = cycles();
    wait(VEC_TIMER, 10);
    u32 took = cycles() - before;
    say("cycles in ten clocks of the bus:", (took + 25000) / 50000);
    lapic_set(TIMER, MASKED | VEC_TIMER);
    lapic_set(INITIAL, 0);
}

static void self(void)
{
    lapic_set(TPR, 0x50);
    lapic_set(ICR, SELF | VEC_SELF);
    sti();
    __asm__ volatile("nop; nop");
    u32 held = seen[VEC_SELF];
    lapic_set(TPR, 0);
    __asm__ volatile("nop");
    cli();
    say("to myself, held by TPR:", held);
    say("to myself, then:", seen[VEC_SELF]);
    lapic_set(ICR_HIGH, lapic(ID));
    lapic_set(ICR, 0x400);
    __asm__ volatile("nop");
    say("NMIs:", seen[2]);
    lapic_set(ICR, 0xC0000 | VEC_SELF);                      /* all others */
    lapic_set(ESR, 0);
    say("to the others, ESR:", lapic(ESR));
}

static void io_apic(void)
{
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, VEC_IOAPIC);
    wait(VEC_IOAPIC, 3);
    say("ticks through the I/O APIC:", seen[VEC_IOAPIC]);
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, MASKED);
}

static void smi(void)
{
    lapic_set(ICR_HIGH, lapic(ID));
    lapic_set(ICR, 0x200);
    __asm__ volatile("nop");
}

static void copy(u32 to, const u8 *from, const u8 *end) { while (from < end) store8(to++, *from++); }

static void smram(u8 control)
{
    out32(0xCF8, 0x80000070);
    out8(0xCFE, control);
}

static void management_mode(void)
{
    copy(0x38000, smm_code, smm_code_end);
    smi();
    say("SMIs:", smm.count);
    say("SMM's CS:", smm.cs);
    say("SMM's CR0.PE:", smm.cr0 & 1);
    say("NMIs after it:", seen[2]);
    store(0xA8000, 0x12345678);
    smram(0x4A);
    copy(0xA8000, smm_code, smm_code_end);
    smram(0x1A);
    say("the display is seen again:", load(0xA8000) != *(u32 *)smm_code);
    smm.smbase = 0xA0000;
    smi();
    smi();
    say("SMIs:", smm.count);
    say("SMM's CS:", smm.cs);
    out32(0xCF8, 0x80000B58);                                /* the power management chip's port B2h */
    out32(0xCFC, in32(0xCFC) | 1 << 25);
    out8(PM_BASE + 0x28, in8(PM_BASE + 0x28) | 1);
    u32 before = smm.count;
    out8(0xB2, 0x55);
    say("SMIs by port B2h:", smm.count - before);
    __asm__ volatile(".byte 0x0f, 0xaa");
    say("RSM outside, undefined:", seen[6]);
}

/* SMIs come while it is halted, and only the timer's interrupt, or an SMM that wants to, makes it go on. */
static void halted(void)
{
    u32 count = smm.count, ticks = seen[VEC_TIMER];
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, 0x200);                             /* the PIT's ticks are SMIs */
    lapic_set(TIMER, VEC_TIMER);
    lapic_set(INITIAL, 20000000);                            /* 0.2 s, a dozen and less of the PIT's ticks */
    sti();
    while (seen[VEC_TIMER] == ticks) __asm__ volatile("hlt");
    cli();
    say("a HLT held over SMIs:", smm.count - count >= 2);
    smm.leave_hlt = 1;
    count = smm.count;
    __asm__ volatile("hlt");
    say("a HLT left by an SMI:", smm.count - count);
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, MASKED);
}

static void base(void)
{
    apic_base_write(0xFEA00900);
    lapic_base = 0xFEA00000;
    say("moved, version:", lapic(0x30) & 0xFF);
    say("nothing where it was:", load(LAPIC + 0x30) == 0xFFFFFFFF);
    apic_base_write(0xFEE00100);
    say("off, CPUID has an APIC:", has_apic());
    say("nothing there:", load(LAPIC + 0x30) == 0xFFFFFFFF);
    u32 before = seen[VEC_PIT];
    out8(0x21, 0xFE);
    wait(VEC_PIT, 2);
    out8(0x21, 0xFF);
    say("ticks past it:", seen[VEC_PIT] - before);
    apic_base_write(0xFEE00900);
    lapic_base = LAPIC;
    say("on again, SVR:", lapic(SVR));
}

/* Ten milliseconds by the HPET's timer 0 in the 8254's place, through the I/O APIC; then by timer 2 on an input of its own. */
static void hpet(void)
{
    say("HPET clock, femtoseconds:", load(HPET + 4));
    store(HPET + 0x100, 0x14C);                              /* timer 0: periodic, 32 bits */
    store(HPET + 0x108, 1000000);
    store(HPET + 0x10, 3);                                   /* legacy replacement */
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, VEC_HPET);
    wait(VEC_HPET, 1);
    u32 before = cycles();
    wait(VEC_HPET, 3);
    say("megacycles in three periods of 10 ms:", (cycles() - before + 50000) / 1000000);
    store(IOAPIC, 0x14);
    store(IOAPIC + 0x10, MASKED);
    store(HPET + 0x10, 1);
    store(IOAPIC, 0x10 + 2 * 21);
    store(IOAPIC + 0x10, 0x8000 | (VEC_HPET + 1));           /* level */
    store(HPET + 0x140, 0x104 | 2 | 21 << 9);
    store(HPET + 0x148, load(HPET + 0xF0) + 5000);
    wait(VEC_HPET + 1, 1);
    say("HPET status:", load(HPET + 0x20));
    say("level-triggered, until the status is cleared:", seen[VEC_HPET + 1]);
    store(HPET + 0x10, 0);
}

void kernel_main(void)
{
    tables_load();
    virtual_wire();
    timer();
    self();
    io_apic();
    management_mode();
    halted();
    hpet();
    if (is_p6()) base();
    print("end\n");
    out8(0xF4, 0);
    for (;;) __asm__ volatile("hlt");
}
