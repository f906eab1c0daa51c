/* The nanobenchmarks of Adams and Agesen (ASPLOS 2006) as a multiboot kernel, for the account of --costs.
 *
 * Command line: NAME COUNT UNROLL SEED 1. A loop is generated: COUNT times round, UNROLL times the operation in each
 * round, between innocuous instructions that the seed chooses, at an address it chooses, on pages it chooses. With 0 at
 * the end it is the same loop without the operation; the difference is what the operation costs. */
#include "core/types.h"

enum { PRESENT = 1, WRITE = 2, USER = 4, PAGE = 4096, IDENTITY_TABLES = 4, DONE = 21 };
enum { WINDOW = 0x10000000, TRACED = 0x20000000, CODE_BYTES = 1 << 18, UNROLL_MAX = 64, LEAVES = 4 };

struct descriptor { u32 low, high; };
struct table_pointer { u16 limit; u32 base; } __attribute__((packed));
struct info { u32 flags, mem_lower, mem_upper, boot_device; const char *command_line; };

static u32 directory[1024] __attribute__((aligned(PAGE)));
static u32 identity[IDENTITY_TABLES][1024] __attribute__((aligned(PAGE)));
static u32 window_table[1024] __attribute__((aligned(PAGE)));      /* nothing is present: pgfault */
static u32 traced_table[1024] __attribute__((aligned(PAGE)));      /* ptemod writes to it */
static u8 code[CODE_BYTES] __attribute__((aligned(PAGE)));
static struct descriptor gdt[6], idt[256];
extern u8 tss[104], entry_stack_top[], divide_entry[], page_fault_entry[], int80_entry[], int81_entry[];
extern u8 sysenter_entry[];
void segments_load(const struct table_pointer *gdt, const struct table_pointer *idt);
void code_run(const u8 *code);
void code_run_user(const u8 *code);
u32 kernel_main(u32 magic, const struct info *info);

/* ---- the machine ---- */
static struct descriptor segment(u32 base, u32 limit, u32 attributes)
{
    return (struct descriptor){ base << 16 | (limit & 0xffff),
                                (base & 0xff000000) | attributes << 8 | (limit & 0xf0000) | (base >> 16 & 0xff) };
}

static struct descriptor gate(const u8 *entry, u32 type)
{
    return (struct descriptor){ 8u << 16 | ((u32)entry & 0xffff), ((u32)entry & 0xffff0000) | type };
}

static void tables_start(void)
{
    struct table_pointer g = { sizeof gdt - 1, (u32)gdt }, i = { sizeof idt - 1, (u32)idt };
    gdt[1] = segment(0, 0xfffff, 0xc09b);
    gdt[2] = segment(0, 0xfffff, 0xc093);
    gdt[3] = segment(0, 0xfffff, 0xc0fb);
    gdt[4] = segment(0, 0xfffff, 0xc0f3);
    gdt[5] = segment((u32)tss, sizeof tss - 1, 0x89);
    *(u16 *)(tss + 8) = 0x10;
    *(u16 *)(tss + 102) = sizeof tss;
    idt[0] = gate(divide_entry, 0x8e00);
    idt[14] = gate(page_fault_entry, 0x8e00);
    idt[0x80] = gate(int80_entry, 0xee00);
    idt[0x81] = gate(int81_entry, 0xee00);
    segments_load(&g, &i);
}

static void paging_start(void)
{
    for (u32 i = 0; i < IDENTITY_TABLES * 1024; i++)
        identity[i / 1024][i % 1024] = i * PAGE | PRESENT | WRITE | USER;
    for (u32 i = 0; i < IDENTITY_TABLES; i++)
        directory[i] = (u32)identity[i] | PRESENT | WRITE | USER;
    directory[(u32)WINDOW >> 22] = (u32)window_table | PRESENT | WRITE | USER;
    directory[(u32)TRACED >> 22] = (u32)traced_table | PRESENT | WRITE | USER;
    traced_table[0] = (u32)code | PRESENT | WRITE | USER;
    __asm__ volatile("movl %0, %%cr3; movl %%cr0, %%eax; orl $0x80000000, %%eax; movl %%eax, %%cr0"
                     : : "r"(directory) : "eax", "memory");
}

static void msr_write(u32 msr, u32 value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

static void sysenter_start(void)
{
    msr_write(0x174, 8);
    msr_write(0x175, (u32)entry_stack_top);
    msr_write(0x176, (u32)sysenter_entry);
}

/* ---- the loop ---- */
static u8 *at;
static u32 random_state;

static u32 random_below(u32 bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 12) % bound;
}

static void emit(const u8 *bytes, unsigned count)
{
    while (count--)
        *at++ = *bytes++;
}
#define EMIT(...) do { const u8 bytes_[] = { __VA_ARGS__ }; emit(bytes_, sizeof bytes_); } while (0)
static void emit32(u32 value) { EMIT((u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24)); }

/* Innocuous instructions: they use ESI, EDI and the flags. */
static void padding(void)
{
    for (u32 n = random_below(5); n; n--)
        switch (random_below(6)) {
        case 0: EMIT(0x90); break;
        case 1: EMIT(0x83, 0xc7, (u8)random_below(100)); break;            /* add edi, n */
        case 2: EMIT(0x8d, 0x34, 0x3e); break;                             /* lea esi, [esi + edi] */
        case 3: EMIT(0x31, 0xf7); break;                                   /* xor edi, esi */
        case 4: EMIT(0x89, 0xf7); break;                                   /* mov edi, esi */
        case 5: EMIT(0x39, 0xf7); break;                                   /* cmp edi, esi */
        }
}

enum name { SYSCALL, IN, CR8WR, CALLRET, PGFAULT, DIVZERO, PTEMOD, RDTSC, NAMES };
static const char *const names[NAMES] = {
    "syscall", "in", "cr8wr", "callret", "pgfault", "divzero", "ptemod", "rdtsc"
};

/* What the operation needs, and the empty loop has too. */
static void preparation(enum name name, bool sysenter)
{
    if (name == PGFAULT) { EMIT(0xbb); emit32((u32)WINDOW + random_below(1024) * PAGE + random_below(1000) * 4); }
    if (name == PTEMOD)  { EMIT(0xbb); emit32((u32)traced_table + 4 + random_below(1023) * 4); }
    if (sysenter)        { EMIT(0x89, 0xe1, 0xba); emit32((u32)at + 4 + 2); }      /* ESP and EIP to return to */
}

static void operation(enum name name, bool sysenter, const u8 *leaf)
{
    switch (name) {
    case SYSCALL: if (sysenter) EMIT(0x0f, 0x34); else EMIT(0xcd, 0x80); break;
    case IN:      EMIT(0xe4, 0x80); break;
    case CR8WR:   EMIT(0x0f, 0x22, 0xd0); break;                           /* mov cr2, eax */
    case CALLRET: EMIT(0xe8); emit32((u32)leaf - (u32)at - 4); break;
    case PGFAULT: EMIT(0x8b, 0x03); break;                                 /* mov eax, [ebx] */
    case DIVZERO: EMIT(0xf7, 0xf3); break;                                 /* div ebx */
    case PTEMOD:  EMIT(0x89, 0x03); break;                                 /* mov [ebx], eax */
    case RDTSC:   EMIT(0x0f, 0x31); break;
    default: break;
    }
}

static const u8 *loop_make(enum name name, u32 count, u32 unroll, bool sysenter, int operations)
{
    const u8 *leaf[LEAVES];
    at = code + random_below(PAGE);
    for (unsigned i = 0; i < LEAVES; i++) {
        leaf[i] = at;
        EMIT(0xc3);
        at += random_below(PAGE);
    }
    const u8 *start = at;
    EMIT(0x31, 0xdb, 0x31, 0xc0, 0xbd);                                    /* ebx = eax = 0, ebp = count */
    emit32(count);
    const u8 *loop = at;
    while (unroll--) {
        padding();
        preparation(name, sysenter);
        const u8 *called = leaf[random_below(LEAVES)];
        u8 *before = at;
        operation(name, sysenter, called);
        at = before + (at - before) * operations;                          /* no branch: this code, too, is counted */
        padding();
    }
    EMIT(0x4d, 0x0f, 0x85);                                                /* dec ebp; jnz loop */
    emit32((u32)loop - (u32)at - 4);
    if (name == SYSCALL)
        EMIT(0xcd, 0x81);
    else
        EMIT(0xc3);
    return start;
}

/* ---- the command line ---- */
static bool word_is(const char *text, const char *word)
{
    while (*word && *text == *word)
        text++, word++;
    return !*word && (!*text || *text == ' ');
}

static const char *word_next(const char *text)
{
    while (*text && *text != ' ')
        text++;
    return text + (*text == ' ');
}

static u32 number(const char *text)
{
    u32 value = 0;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (u32)(*text++ - '0');
    return value;
}

/* The loader may put the kernel's name first. */
static enum name name_find(const char **text)
{
    for (; **text; *text = word_next(*text))
        for (unsigned name = 0; name < NAMES; name++)
            if (word_is(*text, names[name]))
                return (enum name)name;
    return NAMES;
}

u32 kernel_main(u32 magic, const struct info *info)
{
    const char *text = info->command_line;
    enum name name = magic == 0x2badb002 ? name_find(&text) : NAMES;
    const char *count = word_next(text), *unroll = word_next(count), *seed = word_next(unroll);
    const char *operations = word_next(seed);
    random_state = number(seed);
    if (name == NAMES || !number(count) || !number(unroll) || number(unroll) > UNROLL_MAX)
        return 1;
    tables_start();
    paging_start();
    sysenter_start();
    u8 touched = *(volatile u8 *)TRACED;                                   /* the table is walked: now it is traced */
    const u8 *start = loop_make(name, number(count), number(unroll), name == SYSCALL && (number(seed) & 1),
                                (int)number(operations));
    if (name == SYSCALL)
        code_run_user(start);
    else
        code_run(start);
    return touched == 255 ? 2 : DONE;
}
