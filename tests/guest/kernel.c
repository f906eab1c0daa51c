/* Guest tests of what user-mode programs of a host cannot see: rings 0 to 2, real mode, virtual-8086 mode, paging.
 *
 * A multiboot 1 kernel that walks the checks of *.S (see script.h). For each it builds the same machine state anew,
 * applies the check's changes, runs the check's code until an event it does not resume from (all code ends in INT F0h),
 * and prints one line: `group/name: vector(error)@EIP fl=EFLAGS` and then only what differs from the state before:
 *     eax= … es= …   registers       cr0= cr2= dr6=
 *     gSSS=lo,hi lSSS=lo,hi          descriptors of the GDT and LDT
 *     sOOOO= dOOOO=                  dwords of the stacks (not the last event's own frame) and of DATA
 *     ta..=, tb..=, tc..=            dwords of the task state segments
 *     pdN= ptN=                      page-directory entries, and page-table entries of WINDOW
 * Events resumed from come first, each in brackets. A word on the command line runs that group only.
 * Nothing printed depends on devices or time. */
#include "tests/guest/guest.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* The state a check starts in, and what the harness is to do on events; checks write these by name. */
#define STATE(X) X(mode) X(eax) X(ecx) X(edx) X(ebx) X(esp) X(ebp) X(esi) X(edi) X(eip) X(eflags) \
    X(es) X(cs) X(ss) X(ds) X(fs) X(gs) X(cr0) X(cr3) X(cr4) X(dr0) X(dr1) X(dr2) X(dr3) X(dr6) X(dr7) \
    X(ldtr) X(tr) X(resume) X(fix_vector) X(fix_address) X(fix_value) X(set_rf)
#define DECLARE(name) u32 st_##name;
STATE(DECLARE)
struct table_pointer { u16 limit; u32 base; } __attribute__((packed));
struct table_pointer st_gdtr, st_idtr;

u32 ev_cr0, ev_cr2, ev_fs, ev_gs, ev_ss, ev_esp, ev_top;

void test_enter(void);
void harness_load(void);
extern const u32 script_begin[], script_end[];
extern u8 low_begin[], low_end[], vector_stubs[], low_stubs[];
extern u8 low_vector[], low_eax[], low_ds[], low_es[], low_fs[], low_gs[], low_ss[], low_sp[], low_cr0[];

#define BYTES(address)  ((volatile u8 *)(address))
#define DWORDS(address) ((volatile u32 *)(address))

/* ---- output ---- */

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put_char(char c)
{
    while (!(in8(0x3fd) & 0x20)) {
    }
    out8(0x3f8, (u8)c);
}

static void put(const char *text)
{
    while (*text)
        put_char(*text++);
}

static void put_hex(u32 value, int digits)
{
    while (digits-- > 0)
        put_char("0123456789abcdef"[value >> (4 * digits) & 15]);
}

/* As many digits as it takes, at least the given number. */
static void put_number(u32 value, int digits)
{
    while (digits < 8 && value >> (4 * digits))
        digits++;
    put_hex(value, digits);
}

static void put_pair(const char *name, u32 value, int digits)
{
    put_char(' ');
    put(name);
    put_char('=');
    put_number(value, digits);
}

static void machine_off(void)
{
    put("@END\n");
    while (!(in8(0x3fd) & 0x40)) {
    }
    for (const char *s = "Shutdown"; *s; s++)
        out8(0x8900, (u8)*s);
    __asm__ volatile("outl %0, %1" : : "a"(0), "Nd"((u16)0xf4));
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* ---- the machine as every check finds it ---- */

static void desc_set(u32 address, u32 base, u32 limit, u32 access, u32 flags)
{
    DWORDS(address)[0] = (limit & 0xffff) | base << 16;
    DWORDS(address)[1] = (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000) | flags << 20 | (base & 0xff000000);
}

static void zero(u32 address, u32 bytes)
{
    for (u32 i = 0; i < bytes / 4; i++)
        DWORDS(address)[i] = 0;
}

static void gdt_reset(void)
{
    zero(GDT, 0x400);
    zero(LDT, 0x100);
    desc_set(GDT + H_CODE, 0, 0xfffff, 0x9b, 12);
    desc_set(GDT + H_DATA, 0, 0xfffff, 0x93, 12);
    for (u32 ring = 0; ring < 4; ring++) {
        desc_set(GDT + CODE32 + 8 * ring, CODE, 0xfffff, 0x9b | ring << 5, 12);
        desc_set(GDT + STACK32 + 8 * ring, STACK, 0xfffff, 0x93 | ring << 5, 12);
        desc_set(GDT + CODE16 + 8 * ring, CODE, 0xffff, 0x9b | ring << 5, 0);
        desc_set(GDT + STACK16 + 8 * ring, STACK, 0xffff, 0x93 | ring << 5, 0);
    }
    desc_set(GDT + FLAT0, 0, 0xfffff, 0x93, 12);
    desc_set(GDT + FLAT3, 0, 0xfffff, 0xf3, 12);
    desc_set(GDT + DATA0, DATA, 0xfff, 0x93, 4);
    desc_set(GDT + DATA3, DATA, 0xfff, 0xf3, 4);
    desc_set(GDT + TSS_A_SEL, TSS_A, 0x67, 0x89, 0);
    desc_set(GDT + TSS_B_SEL, TSS_B, 0x67, 0x89, 0);
    desc_set(GDT + TSS_C_SEL, TSS_C, 0x2b, 0x81, 0);
    desc_set(GDT + TSS_D_SEL, TSS_D, 0x67, 0x89, 0);
    desc_set(GDT + LDT_SEL, LDT, LDT_LIMIT, 0x82, 0);
    desc_set(GDT + H_CODE16, LOW, 0xffff, 0x9b, 0);
    desc_set(GDT + H_DATA16, LOW, 0xffff, 0x93, 0);
    desc_set(LDT + (L0 & ~7), CODE, 0xfffff, 0x9b, 12);
    desc_set(LDT + (L1 & ~7), DATA, 0xfff, 0xf3, 4);
}

static void idt_reset(void)
{
    for (u32 i = 0; i < 256; i++) {
        u32 offset = (u32)vector_stubs + 16 * i;
        DWORDS(IDT)[2 * i] = (offset & 0xffff) | H_CODE << 16;
        DWORDS(IDT)[2 * i + 1] = (offset & 0xffff0000) | (i == END_VECTOR || i == 3 || i == 4 ? 0xee00 : 0x8e00);
        DWORDS(IVT)[i] = (u32)(LOW >> 4) << 16 | (u32)(low_stubs - low_begin + 16 * i);
    }
}

static void tss_reset(void)
{
    zero(TSS_A, 0x200);
    zero(TSS_B, 0x70);
    zero(TSS_C, 0x30);
    for (u32 ring = 0; ring < 3; ring++) {
        DWORDS(TSS_A + 4)[2 * ring] = 0x9000 + 0x1000 * ring;
        DWORDS(TSS_A + 8)[2 * ring] = (STACK32 + 8 * ring) | ring;
    }
    DWORDS(TSS_A + 0x64)[0] = 0xffff0000;
    DWORDS(TSS_B + 4)[0] = 0xd000;
    DWORDS(TSS_B + 8)[0] = STACK32;
    DWORDS(TSS_B + 0x20)[0] = LAND;
    DWORDS(TSS_B + 0x24)[0] = 2;
    for (u32 i = 0; i < 8; i++)
        DWORDS(TSS_B + 0x28)[i] = 0xb0b00000 + i;
    DWORDS(TSS_B + 0x38)[0] = 0xc000;
    static const u16 segments[] = { FLAT3, CODE32, STACK32, FLAT3, 0, 0, 0 };
    for (u32 i = 0; i < 7; i++)
        DWORDS(TSS_B + 0x48)[i] = segments[i];
    DWORDS(TSS_B + 0x64)[0] = 0xffff0000;
    for (u32 i = 0; i < 0x68; i += 4)
        DWORDS(TSS_D + i)[0] = DWORDS(TSS_B + i)[0];
    DWORDS(TSS_D + 0x38)[0] = 0xa000;
    DWORDS(TSS_D + 4)[0] = 0xb000;
    static const u16 words[22] = { 0, 0xf000, STACK16, 0, 0, 0, 0, LAND, 2, 0xc001, 0xc002, 0xc003, 0xc004, 0xe000,
                                   0xc005, 0xc006, 0xc007, FLAT3, CODE16, STACK16, FLAT3, 0 };
    for (u32 i = 0; i < 11; i++)
        DWORDS(TSS_C)[i] = words[2 * i] | (u32)words[2 * i + 1] << 16;
}

static void pages_reset(void)
{
    zero(PD, 0x1000);
    DWORDS(PD)[0] = PT0 | 0x67;
    DWORDS(PD)[1] = PT1 | 7;
    zero(PT1, 0x1000);
    for (u32 i = 0; i < 1024; i++)
        DWORDS(PT0)[i] = i << 12 | 0x67;
    for (u32 i = 0; i < 16; i++)
        DWORDS(PT1)[i] = (DATA + (i << 12)) | 7;
}

static void memory_reset(void)
{
    for (u32 i = 0; i < 0x1000; i += 2) {
        BYTES(CODE)[i] = 0xcd;
        BYTES(CODE)[i + 1] = END_VECTOR;
    }
    zero(STACK, 0x10000);
    for (u32 i = 0; i < 0x4000; i++)
        BYTES(DATA)[i] = (u8)(i ^ i >> 8);
}

/* Segments, stack and flags for a mode; registers hold values that are easy to tell apart. */
static void start_reset(u32 mode)
{
    u32 ring = mode & 3, h = mode >= H0;
    st_mode = mode;
    st_eax = 0x11111111, st_ecx = 0x22222222, st_edx = 0x33333333, st_ebx = 0x44444444;
    st_ebp = 0x55555555, st_esi = 0x66666666, st_edi = 0x77777777;
    st_eip = START;
    st_eflags = 2;
    st_esp = 0x1000 + 0x1000 * ring;
    st_cs = ((h ? CODE16 : CODE32) + 8 * ring) | ring;
    st_ss = ((h ? STACK16 : STACK32) + 8 * ring) | ring;
    st_ds = st_es = FLAT3 | 3;
    st_fs = st_gs = 0;
    if (mode >= V86) {
        st_cs = CODE >> 4, st_ss = STACK >> 4;
        st_ds = st_es = st_fs = st_gs = DATA >> 4;
        st_esp = mode == V86 ? 0x4000 : 0x1000;
        st_eflags = mode == V86 ? 0x20002 : 2;
    }
    st_cr0 = 0x11, st_cr3 = PD, st_cr4 = 0;
    st_dr0 = st_dr1 = st_dr2 = st_dr3 = st_dr7 = 0;
    st_dr6 = 0xffff0ff0;
    st_ldtr = LDT_SEL, st_tr = TSS_A_SEL;
    st_gdtr = (struct table_pointer){ GDT_LIMIT, GDT };
    st_idtr = (struct table_pointer){ 0x7ff, IDT };
    st_resume = st_set_rf = st_fix_address = 0;
    st_fix_vector = 0xff;
}

/* ---- what is compared ---- */

#define SHADOW 0x200000u   /* the copy from before the run, at SHADOW + address */

static const struct region { u32 start, bytes; const char *name; u32 kind; } regions[] = {
    { GDT, GDT_LIMIT + 1, "g", 8 }, { LDT, LDT_LIMIT + 1, "l", 8 },
    { TSS_A, 0x6c, "ta", 4 }, { TSS_B, 0x6c, "tb", 4 }, { TSS_C, 0x2c, "tc", 4 },
    { PD, 16, "pd", 1 }, { PT1, 128, "pt", 1 }, { DATA, 0x2010, "d", 4 },
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STACK_BELOW 0x100
#define STACK_ABOVE 0x20

static void region_copy(u32 start, u32 bytes)
{
    for (u32 i = 0; i < bytes / 4; i++)
        DWORDS(SHADOW + start)[i] = DWORDS(start)[i];
}

static void shadow_take(void)
{
    for (u32 i = 0; i < COUNT(regions); i++)
        region_copy(regions[i].start, regions[i].bytes);
    for (u32 top = STACK + 0x1000; top <= STACK + 0x10000; top += 0x1000)
        region_copy(top - STACK_BELOW, STACK_BELOW + (top < STACK + 0x10000 ? STACK_ABOVE : 0));
    if (st_tr == TSS_A_SEL)
        DWORDS(SHADOW + GDT + TSS_A_SEL)[1] |= 0x200;
}

static void region_compare(const struct region *r, u32 skip_from, u32 skip_to)
{
    u32 step = r->kind == 8 ? 8 : 4;
    for (u32 a = r->start; a < r->start + r->bytes; a += step) {
        volatile u32 *now = DWORDS(a), *then = DWORDS(a + SHADOW);
        if (a >= skip_from && a < skip_to)
            continue;
        if (now[0] == then[0] && (step == 4 || now[1] == then[1]))
            continue;
        put_char(' ');
        put(r->name);
        put_number(r->name[0] == 's' ? a - STACK : r->kind == 1 ? (a - r->start) / 4 : a - r->start, 1);
        put_char('=');
        put_hex(now[0], 8);
        if (step == 8) {
            put_char(',');
            put_hex(now[1], 8);
        }
    }
}

static void memory_report(u32 skip_from, u32 skip_to)
{
    for (u32 i = 0; i < COUNT(regions); i++)
        region_compare(&regions[i], 0, 0);
    for (u32 top = STACK + 0x1000; top <= STACK + 0x10000; top += 0x1000) {
        struct region r = { top - STACK_BELOW, STACK_BELOW + (top < STACK + 0x10000 ? STACK_ABOVE : 0), "s", 4 };
        region_compare(&r, skip_from, skip_to);
    }
}

/* ---- events ---- */

struct event {
    u32 vector, error, eip, cs, eflags, esp, ss, es, ds, fs, gs, eax, ecx, edx, ebx, ebp, esi, edi;
    u32 cr0, cr2, dr6;
    u32 frame_from, frame_to;
};
static struct event last;
static u32 resumed;

static u32 selector_base(u32 selector)
{
    volatile u32 *d = DWORDS((selector & 4 ? LDT : GDT) + (selector & 0xfff8));
    return d[0] >> 16 | (d[1] & 0xff) << 16 | (d[1] & 0xff000000);
}

static int has_error(u32 vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static u32 dr6_read(u32 vector)
{
    u32 value;
    if ((st_dr7 & 0x2000) && vector != 1)
        return st_dr6;
    __asm__ volatile("movl %%dr6, %0" : "=r"(value));
    return value;
}

static void event_put(const struct event *e)
{
    put_hex(e->vector, 2);
    if (has_error(e->vector)) {
        put_char('(');
        put_number(e->error, 4);
        put_char(')');
    }
    put_char('@');
    put_number(e->eip, 3);
    put_pair("fl", e->eflags, 5);
}

/* Called by the entry of every vector with what it saved; true to go on with the code under test. */
u32 event_happened(void)
{
    volatile u32 *p = DWORDS(selector_base(ev_ss) + ev_top);
    struct event *e = &last;
    if (p[10] == 1 && (p[13] & 0xffff) == H_CODE)
        return 1;   /* the harness itself met DR7.GD, which is clear now */
    e->edi = p[0], e->esi = p[1], e->ebp = p[2], e->ebx = p[4], e->edx = p[5], e->ecx = p[6], e->eax = p[7];
    e->es = p[8] & 0xffff, e->ds = p[9] & 0xffff, e->fs = ev_fs, e->gs = ev_gs;
    e->vector = p[10], e->error = p[11], e->eip = p[12], e->cs = p[13] & 0xffff, e->eflags = p[14];
    e->cr0 = ev_cr0, e->cr2 = ev_cr2, e->dr6 = dr6_read(e->vector);
    if (e->cs == H_CODE) {
        put("\nHARNESS ");
        event_put(e);
        put_char('\n');
        machine_off();
    }
    u32 words = e->eflags & 0x20000 ? 21 : (e->cs & 3) != (ev_ss & 3) ? 17 : 15;
    e->esp = words == 15 ? ev_top + 60 : p[15];
    e->ss = words == 15 ? ev_ss : p[16] & 0xffff;
    if (words == 21)
        e->es = p[17] & 0xffff, e->ds = p[18] & 0xffff, e->fs = p[19] & 0xffff, e->gs = p[20] & 0xffff;
    e->frame_from = (u32)p & ~0xfffu;
    e->frame_to = (u32)(p + words);
    if (e->vector >= 32 || !(st_resume >> e->vector & 1) || resumed >= 40)
        return 0;
    resumed++;
    put(" [");
    event_put(e);
    if (e->vector == 1)
        put_pair("dr6", e->dr6 & 0xffff, 4);
    if (e->vector == 14)
        put_pair("cr2", e->cr2, 1);
    put("]");
    if (e->vector == 1)
        __asm__ volatile("movl %0, %%dr6" : : "r"(0xffff0ff0u));
    if (e->vector == 1 && st_set_rf)
        p[14] |= 0x10000;
    if (e->vector == st_fix_vector && st_fix_address) {
        DWORDS(st_fix_address)[0] = st_fix_value;
        __asm__ volatile("movl %%cr3, %%eax; movl %%eax, %%cr3" : : : "eax", "memory");
    }
    return 1;
}

static u16 low16(u8 *symbol)
{
    return *(volatile u16 *)(LOW + (symbol - low_begin));
}

static u32 low32(u8 *symbol)
{
    return DWORDS(LOW + (symbol - low_begin))[0];
}

/* The same for real mode, from what the low part saved; it never goes on. */
void real_happened(void)
{
    struct event *e = &last;
    u32 *registers[] = { &e->eax, &e->ecx, &e->edx, &e->ebx, &e->esp, &e->ebp, &e->esi, &e->edi };
    for (u32 i = 0; i < 8; i++)
        *registers[i] = low32(low_eax + 4 * i);
    e->ds = low16(low_ds), e->es = low16(low_es), e->fs = low16(low_fs), e->gs = low16(low_gs), e->ss = low16(low_ss);
    e->vector = low16(low_vector) & 0xff;
    e->cr0 = low32(low_cr0);
    __asm__ volatile("movl %%cr2, %0" : "=r"(e->cr2));
    e->dr6 = dr6_read(e->vector);
    u32 at = e->ss * 16 + (e->esp & 0xffff);
    volatile u16 *frame = (volatile u16 *)at;
    e->error = 0;
    e->eip = frame[0], e->cs = frame[1], e->eflags = frame[2];
    e->esp = (e->esp & 0xffff0000) | ((e->esp + 6) & 0xffff);
    e->frame_from = at & ~0xfffu;
    e->frame_to = at + 6;
}

/* ---- running checks ---- */

/* Ring 0 and real mode start through an IRET on the stack of the code under test. */
static void frame_prepare(void)
{
    if (st_mode == REAL) {
        volatile u16 *frame = (volatile u16 *)(st_ss * 16 + st_esp - 6);
        frame[0] = (u16)st_eip, frame[1] = (u16)st_cs, frame[2] = (u16)st_eflags;
        DWORDS(LOW + (low_sp - low_begin))[0] = st_esp - 6;
        u8 *symbols[] = { low_ds, low_es, low_fs, low_gs, low_ss };
        u32 values[] = { st_ds, st_es, st_fs, st_gs, st_ss };
        for (u32 i = 0; i < 5; i++)
            *(volatile u16 *)(LOW + (symbols[i] - low_begin)) = (u16)values[i];
    } else if (!(st_mode & 3) && st_mode != V86) {
        volatile u32 *frame = DWORDS(selector_base(st_ss) + st_esp - 12);
        frame[0] = st_eip, frame[1] = st_cs, frame[2] = st_eflags;
    }
}

static void registers_report(void)
{
    const struct event *e = &last;
    const struct { const char *name; u32 now, then; } rows[] = {
        { "cs", e->cs, st_cs }, { "eax", e->eax, st_eax }, { "ecx", e->ecx, st_ecx }, { "edx", e->edx, st_edx },
        { "ebx", e->ebx, st_ebx }, { "esp", e->esp, st_esp }, { "ebp", e->ebp, st_ebp }, { "esi", e->esi, st_esi },
        { "edi", e->edi, st_edi }, { "ss", e->ss, st_ss }, { "ds", e->ds, st_ds }, { "es", e->es, st_es },
        { "fs", e->fs, st_fs }, { "gs", e->gs, st_gs }, { "cr0", e->cr0, st_cr0 }, { "cr2", e->cr2, 0 },
        { "dr6", e->dr6, st_dr6 },
    };
    for (u32 i = 0; i < COUNT(rows); i++) {
        if (rows[i].now != rows[i].then)
            put_pair(rows[i].name, rows[i].now, 1);
    }
}

static void check_reset(u32 mode)
{
    __asm__ volatile("fninit");
    gdt_reset();
    idt_reset();
    tss_reset();
    pages_reset();
    memory_reset();
    start_reset(mode);
}

static void check_run(const u8 *snippet, u32 bytes)
{
    for (u32 i = 0; i < bytes; i++)
        BYTES(CODE + START)[i] = snippet[i];
    BYTES(CODE + START)[bytes] = 0xcd, BYTES(CODE + START)[bytes + 1] = END_VECTOR;
    frame_prepare();
    shadow_take();
    resumed = 0;
    put_char(':');
    test_enter();
    put_char(' ');
    event_put(&last);
    registers_report();
    memory_report(last.frame_from, last.frame_to);
    put_char('\n');
}

static int text_has_word(const char *text, const char *word)
{
    for (; *text; text++) {
        u32 i = 0;
        while (word[i] && text[i] == word[i])
            i++;
        if (!word[i] && (!text[i] || text[i] == ' '))
            return 1;
    }
    return 0;
}

static int text_has_group(const char *line)
{
    for (const u32 *s = script_begin; s < script_end; s += 3) {
        if (s[0] == 'G' && text_has_word(line, (const char *)s[1]))
            return 1;
    }
    return 0;
}

/* 8 bits, no parity, 1 stop bit, the highest speed, no interrupts. */
static void serial_start(void)
{
    static const u8 words[][2] = { { 3, 0x80 }, { 0, 1 }, { 1, 0 }, { 3, 3 }, { 1, 0 }, { 2, 1 }, { 4, 3 } };
    for (u32 i = 0; i < COUNT(words); i++)
        out8(0x3f8 + words[i][0], words[i][1]);
}

/* Both interrupt controllers at vectors 20h and 28h, all lines masked. */
static void pic_mask(void)
{
    static const u8 words[][2] = { { 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 }, { 0x21, 0xff },
                                   { 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 2 }, { 0xa1, 1 }, { 0xa1, 0xff } };
    for (u32 i = 0; i < COUNT(words); i++)
        out8(words[i][0], words[i][1]);
}

static void script_run(const char *line)
{
    int all = !text_has_group(line), on = 0;
    const char *group_name = "";
    for (const u32 *s = script_begin; s < script_end; s += 3) {
        if (s[0] == 'G') {
            group_name = (const char *)s[1];
            on = all || text_has_word(line, group_name);
        } else if (on && s[0] == 'C') {
            check_reset(s[2]);
            put(group_name);
            put_char('/');
            put((const char *)s[1]);
        } else if (on && s[0] == 'P') {
            DWORDS(s[1])[0] = s[2];
        } else if (on && s[0] == 'S') {
            DWORDS(s[1])[0] |= s[2];
        } else if (on && s[0] == 'Z') {
            DWORDS(s[1])[0] &= ~s[2];
        } else if (on && s[0] == 'R') {
            check_run((const u8 *)s[1], s[2]);
        }
    }
}

struct multiboot_info { u32 flags, memory_low, memory_high, boot_device; const char *line; };

void kernel_main(u32 magic, const struct multiboot_info *info)
{
    static char line[128];
    if (magic == 0x2badb002 && (info->flags & 4)) {
        for (u32 i = 0; i < sizeof line - 1 && info->line[i]; i++)
            line[i] = info->line[i];
    }
    for (u32 i = 0; i < (u32)(low_end - low_begin); i++)
        BYTES(LOW)[i] = low_begin[i];
    serial_start();
    pic_mask();
    gdt_reset();
    idt_reset();
    harness_load();
    put("@BEGIN\n");
    script_run(line);
    machine_off();
}
