/* The attack guest: one attack per boot, named on the command line, each against a wall that a monitor must hold (vmm.md
 * 5.4). It says what came of it in a line on COM1 that is the same under every monitor that does not leak, and switches
 * itself off by Bochs' port 8900h, unless the attack ends it. `victim` is the other machine, which must not notice. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum { CODE0 = 0x08, DATA0 = 0x10, CODE3 = 0x1b, DATA3 = 0x23, TSS = 0x28, TSS2 = 0x30 };
enum { PAGE = 4096, KERNEL = 0x100000, KERNEL_END = 0x400000, RAM_END = 0x1000000, MONITOR = 0xffc07000 };
enum { P = 1, W = 2, U = 4, PS = 128 };
enum { COM1 = 0x3f8, SHUTDOWN = 0x8900, FAULT = 0x100, INT_DONE = 0x180, VEC_UD = 6, VEC_GP = 13, VEC_PF = 14, VEC_AC = 17 };

struct descriptor { u32 low, high; };
struct __attribute__((packed)) table { u16 limit; u32 base; };
struct frame { u32 es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags; };
struct tss {
    u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs,
        ldt, io;
};

typedef u32 function(u32 a, u32 b);
extern function do_read, do_write, do_call, do_load_ds, do_load_ss, do_lar, do_lsl, do_verr, do_verw, do_lldt, do_ltr,
    do_far_jump, do_far_call, do_rdmsr, do_wrmsr, do_gdt, do_ins8, do_ins16, do_ins32, do_outs8, do_outs32, do_movs;
u32 attempt(function *what, u32 a, u32 b);
u32 attempt_user(const void *code, u32 flags);
void segments_load(void);
extern u32 attempt_esp, attempt_value;
extern u8 vector_stubs[], task_loop[], fault_loop[], storm_begin[], user_chain[], user_handler[], user_begin[], user_end[], user_unaligned[];
extern const void *escapes[];

struct descriptor gdt[8] __attribute__((aligned(4096)));
struct descriptor idt[256] __attribute__((aligned(4096)));
u32 page_directory[1024] __attribute__((aligned(4096)));
struct table gdt_register = { sizeof gdt - 1, (u32)gdt };
struct tss tss, tss2;
static u32 low_table[1024] __attribute__((aligned(4096)));
static u8 task_stack[4096];
static u32 ticks, seed = 12345;

/* ---- the machine ---- */
static void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void out32(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static u8 in8(u16 port) { u8 value; __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static u16 in16(u16 port) { u16 value; __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static u32 in32(u16 port) { u32 value; __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static void lidt(const struct table *t) { __asm__ volatile("lidt %0" : : "m"(*t)); }
static u32 random(void) { seed = seed * 1664525 + 1013904223; return seed >> 8 ^ seed << 16; }

static void put(char c)
{
    for (u32 wait = 0; wait < 100000 && !(in8(COM1 + 5) & 0x20); wait++) {}
    out8(COM1, (u8)c);
}
static void print(const char *text) { while (*text) put(*text++); }
static void hex(const char *name, u32 value)
{
    print(name);
    for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

static void off(void)
{
    const char *word = "Shutdown";
    while (*word) out8(SHUTDOWN, (u8)*word++);
    for (;;) __asm__ volatile("cli; hlt");
}

/* ---- traps ---- */
u32 trap(struct frame *frame)
{
    if (frame->vector == 0x20) {
        ticks++;
        out8(0x20, 0x20);
        return 0;
    }
    if (!attempt_esp) {
        hex("attack: lost by vector ", frame->vector);
        hex(" at ", frame->eip);
        print("\n");
        off();
    }
    attempt_value = frame->vector == 0x80 ? frame->eax : frame->error;
    return FAULT + frame->vector;
}

static void gate(u32 vector, const void *entry, u32 attr)
{
    idt[vector] = (struct descriptor){ CODE0 << 16 | ((u32)entry & 0xffff), ((u32)entry & 0xffff0000) | attr };
}

static void tss_describe(struct descriptor *d, struct tss *t)
{
    u32 base = (u32)t;
    *d = (struct descriptor){ base << 16 | (sizeof *t - 1), (base & 0xff000000) | 0x8900 | (base >> 16 & 0xff) };
}

static void tables_set(void)
{
    gdt[1] = (struct descriptor){ 0xffff, 0xcf9a00 };
    gdt[2] = (struct descriptor){ 0xffff, 0xcf9200 };
    gdt[3] = (struct descriptor){ 0xffff, 0xcffa00 };
    gdt[4] = (struct descriptor){ 0xffff, 0xcff200 };
    tss_describe(&gdt[TSS / 8], &tss);
    tss_describe(&gdt[TSS2 / 8], &tss2);
    tss.ss0 = DATA0;
    tss.io = sizeof tss << 16;
    for (u32 i = 0; i < 256; i++) gate(i, vector_stubs + 16 * i, i == 0x80 ? 0xee00 : 0x8e00);
    segments_load();
    lidt(&(struct table){ sizeof idt - 1, (u32)idt });
    __asm__ volatile("ltr %0" : : "r"((u16)TSS));
}

/* Identity: 4 KiB pages for the first 4 MiB, of which ring 3 has its own; 4 MiB pages to the end of RAM and in the last
 * 64 MiB, chips and ROM, but for the monitor's range. */
static void paging_on(void)
{
    for (u32 i = 0; i < 1024; i++) {
        u32 at = i * PAGE;
        low_table[i] = at | P | W | (at >= (u32)user_begin && at < (u32)user_end ? U : 0);
    }
    page_directory[0] = (u32)low_table | P | W | U;
    for (u32 i = 1; i < RAM_END >> 22; i++) page_directory[i] = i << 22 | P | W | PS;
    for (u32 i = 1008; i < 1023; i++) page_directory[i] = i << 22 | P | W | PS;
    __asm__ volatile("movl %%cr4, %%eax; orl $16, %%eax; movl %%eax, %%cr4; movl %0, %%cr3;"
                     "movl %%cr0, %%eax; orl $0x80050000, %%eax; movl %%eax, %%cr0" : : "r"(page_directory) : "eax");
}
static void flush(void) { __asm__ volatile("movl %%cr3, %%eax; movl %%eax, %%cr3" : : : "eax", "memory"); }

static void pic_set(u8 mask)
{
    static const u8 words[][2] = { { 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 }, { 0xa0, 0x11 }, { 0xa1, 0x28 },
                                   { 0xa1, 2 }, { 0xa1, 1 }, { 0xa1, 0xff } };
    for (u32 i = 0; i < sizeof words / 2; i++) out8(words[i][0], words[i][1]);
    out8(0x21, mask);
}

static void timer_set(u16 period)
{
    out8(0x43, 0x34);
    out8(0x40, (u8)period);
    out8(0x40, (u8)(period >> 8));
}

static void pause(void)
{
    u32 count = 20000;
    __asm__ volatile("1: loop 1b" : "+c"(count));
}

/* ---- sums of what was seen ---- */
static u32 sum;
static void note(u32 value) { sum = (sum ^ value) * 16777619; }
static u32 tried(function *what, u32 a, u32 b)
{
    u32 result = attempt(what, a, b);
    note(result);
    note(result & FAULT ? 0 : attempt_value);
    return result;
}

/* ---- attacks; each returns the number its line shows ---- */
/* Every page of the physical space, without paging; above RAM and below the chips one in 64. */
static u32 physical_run(void)
{
    u32 kept = 0;
    for (u32 page = 1; page < 0x100000; page += page >= 0x2000 && page < 0xfe000 ? 64 : 1) {
        u32 at = page * PAGE + (page * 52 & 0xff8);
        if (at >= KERNEL && at < KERNEL_END) continue;
        attempt(do_write, at, ~page);
        kept += attempt_value == ~page;
        note(attempt_value);
    }
    return kept;
}

static u32 entry_random(void)
{
    u32 entry = random();
    if ((entry & 0x00f00000) < KERNEL_END) entry |= KERNEL_END;
    if ((random() & 3) == 0) entry &= 0x00ffffff;
    else if ((random() & 7) == 0) entry |= 0xff000000;
    if ((entry & 0xfff00000) < KERNEL_END) entry |= KERNEL_END;
    return (entry & ~0x20u) | (random() & 7 ? P : 0);
}

/* Tables full of noise, a directory that maps itself, large pages; written, read and executed through. The kernel's own
 * 4 MiB are not in them. */
static u32 linear_run(void)
{
    u32 *self = (u32 *)(1021u << 22), faults = 0;
    page_directory[1021] = (u32)page_directory | P | W;
    flush();
    for (u32 at = KERNEL_END; at < 0x800000; at += 4) *(u32 *)at = entry_random();
    for (u32 i = 0; i < 3000; i++) {
        u32 slot = 64 + random() % 512, linear = slot << 22 | (random() & 0x3ffffc);
        u32 pde = entry_random();
        self[(1021u << 10) + slot] = pde & PS ? pde & 0xffc00fff : (pde & 0x3ff000) | KERNEL_END | (pde & 0xf1f);
        if (random() & 1) flush();
        else __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
        u32 result = tried(random() & 1 ? do_read : do_write, linear, entry_random());
        faults += (result & FAULT) != 0;
    }
    return faults;
}

/* The guest's own RAM where the monitor keeps its tables: as 4 MiB page, then as 4 KiB pages without rights. */
static u32 monitor_run(void)
{
    u32 good = 0;
    page_directory[1023] = 0x800000 | P | W | PS;
    flush();
    for (u32 at = MONITOR; at < MONITOR + 0x12000; at += 64) {
        tried(do_write, at, at * 3);
        good += *(u32 *)(0x800000 + (at & 0x3fffff)) == at * 3;
    }
    for (u32 i = 0; i < 256; i++) tried(do_load_ds, DATA0, 0), tried(do_lar, CODE0, 0);
    page_directory[1023] = 0;
    flush();
    for (u32 at = MONITOR; at < MONITOR + 0x12000; at += PAGE) good += tried(do_read, at, 0) == FAULT + VEC_PF;
    for (u32 at = MONITOR; at < MONITOR + 0x12000; at += PAGE) good += tried(do_write, at, 0) == FAULT + VEC_PF;
    return good;
}

/* The monitor's selectors and what lies beyond the guest's tables, at IOPL 3. */
static u32 selectors_run(void)
{
    static function *const what[] = { do_load_ds, do_load_ss, do_lar, do_lsl, do_verr, do_verw, do_lldt, do_ltr, do_far_jump,
                                      do_far_call };
    static const u16 fixed[] = { 0x4000, 0x4003, 0x4058, 0x405b, 0x47f8, 0x405c, 0xffff, 0xfff8, 0x40, 0x38, 4 };
    u32 refused = 0;
    __asm__ volatile("pushl $0x3002; popfl");
    for (u32 i = 0; i < 100; i++) {
        u32 selector = i < sizeof fixed / 2 ? fixed[i] : (random() & 0xffff) | 0x40;
        for (u32 k = 0; k < sizeof what / sizeof *what; k++) {
            u32 result = tried(what[k], selector, 0);
            refused += (result & FAULT) || attempt_value == 0;
        }
    }
    return refused;
}

static int port_ends(u32 port)
{
    return (port & ~7u) == COM1 || (port & ~3u) == 0x60 || (port & ~3u) == 0x64 || (port & ~3u) == 0x90 || port >> 3 == 0xcf8 >> 3
        || (port & ~3u) == SHUTDOWN || (port & ~15u) == 0xc000 || port == 0x5f || port == 0x8f || port == 0x88ff || port == 0xbfff;
}

/* All ports but those that end the run or move bytes by themselves; then all of PCI's registers. */
static u32 ports_run(void)
{
    for (u32 port = 0; port < 0x10000; port++) {
        if (port_ends(port) || port_ends(port + 1) || port_ends(port + 2) || port_ends(port + 3)) continue;
        note(in8(port)), note(in16(port)), note(in32(port));
        out8(port, random());
        if ((port & 3) == 0) out32(port, random());
    }
    for (u32 i = 0; i < 2000; i++) {
        out32(0xcf8, 0x80000000 | (random() & 0xffff7c));
        note(in32(0xcfc));
        if (i & 1) out32(0xcfc, random());
    }
    for (u32 port = 0; port < 0x10000; port += 3)
        if (!port_ends(port) && !port_ends(port + 1) && (port & ~0xfu) != 0x1f0 && (port & ~0xfu) != 0x170) note(in8(port));
    return 0x10000;
}

static void config_set(u32 where, u32 value)
{
    out32(0xcf8, 0x80000000 | where);
    out32(0xcfc, value);
}

/* Shadow RAM, A20 and the bus master's ports moved about, and what lies there touched at each turn. */
static u32 map_run(void)
{
    static const u16 bars[] = { 0x21, 0x41, 0x61, 0x71, 0x1f1, 0x3f1, 0x3f9, 0xcf9, 0xffe1, 0xfff1, 0x1, 0xc001 };
    u32 kept = 0;
    for (u32 i = 0; i < 64; i++) {
        u32 pam = (random() & 0x33333333) | (i & 1 ? 0x30303030 : 0);
        config_set(0x58, pam << 8), config_set(0x5c, pam);
        out8(0x92, i & 4 ? 2 : 0);
        for (u32 at = 0xc0000; at < 0x100000; at += 0x1000) {
            tried(do_write, at, at ^ i);
            kept += attempt_value == (at ^ i);
        }
        for (u32 at = 0x700000; at < 0x710000; at += 0x1000) tried(do_write, at, i), tried(do_read, at - 0x100000, 0);
        config_set(0x920, bars[i % (sizeof bars / 2)]), config_set(0x904, 5);
        for (u32 port = 0; port < 16; port++) note(in8((bars[i % (sizeof bars / 2)] & 0xfff0) + port));
    }
    out8(0x92, 2);
    config_set(0x920, 0xc001);
    return kept;
}

/* INS and OUTS whose addresses wrap, leave RAM, or reach ROM, chips and the segment's end. */
static u32 strings_run(void)
{
    static const u32 where[] = { 0xfffffff0, 0xffffffff, 0xfffff001, RAM_END - 8, RAM_END - 1, 0xffff0, 0xf0000, 0xb8000, 0x9fffc,
                                 0xa0000, 0xfec00000, 0xfee00000, MONITOR, 0xfffe, 0xffff, 0xdffffffe };
    static const u16 ports[] = { 0x80, 0x61, 0x71, 0x1f0, 0x1234, 0xffff, 0xfffe, 0x40 };
    static function *const what[] = { do_ins8, do_ins32, do_ins16, do_outs8, do_outs32 };
    u32 faults = 0;
    for (u32 i = 0; i < sizeof where / 4; i++)
        for (u32 k = 0; k < 8; k++)
            for (u32 f = 0; f < 5; f++) faults += (tried(what[f], where[i], ports[k] | 64 << 16) & FAULT) != 0;
    return faults;
}

/* The first disk's bus master, with descriptors that wrap, leave RAM, reach ROM, chips and themselves. */
static u32 dma_run(void)
{
    static const u32 to[] = { 0xfffff000, 0xffffe000, RAM_END - 0x800, RAM_END + 0x1000, 0xf0000, 0xb8000, 0xfee00000, MONITOR,
                              0x7ffff000, 0x9f800, 0x500000, 0x4ffffe };
    u32 *prd = (u32 *)0x500000, done = 0;
    for (u32 i = 0; i < sizeof to / 4 * 2; i++) {
        u32 reads = i < sizeof to / 4;
        prd[0] = to[i % (sizeof to / 4)];
        prd[1] = i & 1 ? 0x80000000 : 0x4000;
        prd[2] = prd[0] ^ 0x00200000, prd[3] = 0x80004000;
        out8(0xc000, 0), out8(0xc002, 6), out32(0xc004, i == 3 ? 0xfffffff8 : (u32)prd);
        out8(0x1f6, 0xe0), out8(0x1f2, 64), out8(0x1f3, (u8)i), out8(0x1f4, 0), out8(0x1f5, 0);
        out8(0x1f7, reads ? 0xc8 : 0xca);
        out8(0xc000, reads ? 9 : 1);
        for (u32 wait = 0; wait < 12 && !(in8(0xc002) & 4); wait++) pause();
        done += in8(0xc002) >> 2 & 1;
        note(in8(0xc002)), note(in8(0x1f7));
        out8(0xc000, 0);
        out8(0x3f6, 4), out8(0x3f6, 0);
        for (u32 wait = 0; wait < 12 && in8(0x3f6) & 0x80; wait++) pause();
    }
    return done;
}

static u32 user_run(void)
{
    u32 refused = 0;
    for (u32 i = 0; escapes[i]; i++) {
        u32 result = attempt_user(escapes[i], 0x202);
        note(result);
        /* What ends well shows which of the flags in question it has. */
        refused += result == INT_DONE ? attempt_value == 0 : 1;
        if (result == INT_DONE && attempt_value) hex("escape ", i), hex(" got ", attempt_value), print("\n");
        for (u32 k = 0; k < 2; k++) gdt[5 + k].high &= ~0x200u;
        __asm__ volatile("ltr %0; pushfl; andl $0xffffbfff, (%%esp); popfl" : : "r"((u16)TSS));
    }
    return refused;
}

static u32 alignment_run(void)
{
    u32 faults = 0;
    for (u32 i = 0; i < 5000; i++) faults += attempt_user(user_unaligned, 0x40202) == FAULT + VEC_AC;
    return faults;
}

/* 64 MiB of linear space, 8 MiB of RAM behind them, copied onto themselves with and without interrupts. */
static u32 movs_run(void)
{
    u32 before, held;
    for (u32 i = 0; i < 16; i++) page_directory[256 + i] = (KERNEL_END + ((i & 1) << 22)) | P | W | PS;
    flush();
    pic_set(0xfe);
    timer_set(1193);
    __asm__ volatile("sti");
    attempt(do_movs, 256u << 22, 16 << 20);
    __asm__ volatile("cli");
    before = ticks;
    attempt(do_movs, 256u << 22, 16 << 20);
    held = ticks - before;
    __asm__ volatile("sti; nop; nop; cli");
    note(before), note(held), note(ticks);
    return before > 3 && held == 0 && ticks == before + 1 ? before : 0xdead;
}

static u32 tasks_run(void)
{
    u32 refused = 0;
    tss.cr3 = tss2.cr3 = (u32)page_directory;
    for (u32 i = 0; i < 3000; i++) {
        tss2 = (struct tss){ .cr3 = (u32)page_directory, .eip = (u32)task_loop, .eflags = 2, .esp = (u32)(task_stack + 4096),
                             .cs = CODE0, .ss = DATA0, .ds = DATA0, .es = DATA0, .fs = DATA0, .gs = DATA0, .io = sizeof tss << 16 };
        if (i % 3 == 1) (&tss2.es)[random() % 4 == 1 ? 3 : random() % 4 == 2 ? 4 : 5] = random() & 0xffff;
        tss_describe(&gdt[TSS2 / 8], &tss2);
        if (i % 50 == 7) gdt[TSS2 / 8].low &= ~0xffffu;
        u32 result = tried(do_far_jump, TSS2, 0);
        refused += (result & FAULT) != 0;
        gdt[TSS / 8].high &= ~0x200u;
        __asm__ volatile("pushfl; andl $0xffffbfff, (%%esp); popfl; ltr %0" : : "r"((u16)TSS));
        __asm__ volatile("xorl %%eax, %%eax; lldt %%ax; clts" : : : "eax");
    }
    return refused;
}

/* Code where there is none. */
static u32 execute_run(void)
{
    static const u32 where[] = { 0x20000000, 0xdffffff8, 0xfec00000, 0xfee00000, 0xa0000, RAM_END, 0xfd000000 };
    u32 refused = 0;
    for (u32 i = 0; i < sizeof where / 4; i++) refused += (tried(do_call, where[i], 0) & FAULT) != 0;
    *(u32 *)0xb8000 = 0x0b0f0b0f;
    refused += tried(do_call, 0xb8000, 0) == FAULT + VEC_UD;
    *(u32 *)(RAM_END - 4) = 0x90909090;
    refused += (tried(do_call, RAM_END - 4, 0) & FAULT) != 0;
    return refused;
}

static u32 descriptors_run(void)
{
    static const u32 bases[] = { 0xfffffff8, 0xffffffff, 0xfec00000, 0xb8000, 0xf0000, RAM_END - 4, MONITOR, 0xdffffff9, 0 };
    struct table t;
    u32 refused = 0;
    for (u32 i = 0; i < sizeof bases / 4; i++)
        for (u32 selector = 0; selector < 0x10000; selector += 0x1238) {
            t = (struct table){ 0xffff, bases[i] };
            tried(do_gdt, (u32)&t, selector);
            refused += attempt_value == 0;
        }
    return refused;
}

static u32 msrs_run(void)
{
    u32 refused = 0;
    for (u32 msr = 0; msr < 0x420; msr++) {
        if (msr == 0x10 || msr == 0x1b) continue;
        refused += (tried(do_rdmsr, msr, 0) & FAULT) != 0;
        refused += (tried(do_wrmsr, msr, random()) & FAULT) != 0;
    }
    return refused;
}

/* ---- those that end it ---- */
static u32 triple_run(void)
{
    lidt(&(struct table){ 0, 0 });
    __asm__ volatile("ud2");
    return 0;
}
static u32 garbage_run(void)
{
    for (u32 at = 0x600000; at < 0x600800; at += 4) *(u32 *)at = random();
    lidt(&(struct table){ 0x7ff, 0x600000 });
    for (u32 i = 0; i < 100; i++) __asm__ volatile("int $0x21; int $0x55; ud2");
    return 0;
}
static u32 halt_run(void)
{
    pic_set(0xfe);
    timer_set(1193);
    for (;;) __asm__ volatile("cli; hlt");
    return 0;
}
static u32 spin_run(void)
{
    pic_set(0xfe);
    timer_set(1193);
    for (;;) __asm__ volatile("cli");
    return 0;
}
static u32 faults_run(void)
{
    gate(VEC_UD, fault_loop, 0x8e00);
    ((void (*)(void))storm_begin)();
    return 0;
}
/* The handler of #AC is of level 3, and its stack is not aligned either. */
static u32 chain_run(void)
{
    idt[VEC_AC] = (struct descriptor){ CODE3 << 16 | ((u32)user_handler & 0xffff), ((u32)user_handler & 0xffff0000) | 0xee00 };
    return attempt_user(user_chain, 0x40202);
}
static u32 reset_run(void)
{
    out8(0xcf9, 6);
    out8(0x64, 0xfe);
    return 0;
}

/* ---- the other machine ---- */
static u32 victim_run(void)
{
    u32 *room = (u32 *)0x800000, words = 0x10000;
    pic_set(0xfe);
    timer_set(11930);
    __asm__ volatile("sti");
    for (u32 i = 0; i < words; i++) room[i] = i * 2654435761u;
    for (u32 round = 1;; round++) {
        for (u32 i = 0; i < words; i++) {
            if (room[i] != i * 2654435761u + round - 1) {
                hex("victim: BROKEN at ", i);
                off();
            }
            room[i]++;
        }
        out8(0x70, 0x20), out8(0x71, (u8)round);
        if (in8(0x71) != (u8)round) print("victim: BROKEN clock memory\n"), off();
    }
    return 0;
}

static const struct attack { const char *name; u32 (*run)(void); u8 paged; } attacks[] = {
    { "physical", physical_run, 0 }, { "linear", linear_run, 1 }, { "monitor", monitor_run, 1 },
    { "selectors", selectors_run, 1 }, { "ports", ports_run, 0 }, { "map", map_run, 0 }, { "strings", strings_run, 0 }, { "dma", dma_run, 0 },
    { "user", user_run, 1 }, { "alignment", alignment_run, 1 }, { "movs", movs_run, 1 }, { "tasks", tasks_run, 1 },
    { "execute", execute_run, 0 }, { "descriptors", descriptors_run, 0 }, { "msrs", msrs_run, 0 },
    { "triple", triple_run, 1 }, { "garbage", garbage_run, 1 }, { "halt", halt_run, 1 }, { "spin", spin_run, 1 },
    { "faults", faults_run, 1 }, { "chain", chain_run, 1 }, { "reset", reset_run, 1 }, { "victim", victim_run, 1 },
};

static int word_in(const char *text, const char *word)
{
    for (; *text; text++) {
        const char *a = text, *b = word;
        while (*b && *a == *b) a++, b++;
        if (!*b) return 1;
    }
    return 0;
}

void kernel_main(const u32 *info)
{
    const char *line = info[0] & 4 ? (const char *)info[4] : "";
    const struct attack *chosen = 0;
    for (u32 i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (word_in(line, attacks[i].name)) chosen = &attacks[i];
    tables_set();
    pic_set(0xff);
    if (!chosen) print("attack: none is named\n"), off();
    if (chosen->paged) paging_on();
    u32 result = chosen->run();
    print("attack "), print(chosen->name), hex(": result ", result), hex(", sum ", sum), print("\n");
    off();
}
