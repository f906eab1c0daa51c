/* The demonstration kernel's start: which operations, tables, interrupt controllers, clock; and its printing. */
#include "tests/pv/kernel.h"
#include <stdarg.h>

enum { GATE = 0x8e00, GATE_RING3 = 0xee00, EXIT_PORT = 0xf4, CLOCK_DIVISOR = 298 /* 4 kHz */ };
enum { LEAF_SIGNATURE = 0x40000000, LEAF_FEATURES = 0x40000001, FEATURES = 0x3f };
#define HYPERVISOR_PRESENT 0x80000000u
#define NOT_MAPPED 0x70000000u

struct descriptor { u32 low, high; };
struct info { u32 flags, mem_lower, mem_upper, boot_device; const char *command_line; };
static struct descriptor gdt[7], idt[256];

void *memset(void *to, int value, __SIZE_TYPE__ length)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(value) : "memory");
    return start;
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ length)
{
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
    return start;
}

/* ---- printing ---- */
static char line[128];
static u32 line_length;

static void put(char c)
{
    if (line_length < sizeof line)
        line[line_length++] = c;
}

static void put_number(u32 value, u32 base)
{
    char digits[12];
    u32 n = 0;
    do
        digits[n++] = "0123456789abcdef"[value % base];
    while ((value /= base));
    while (n)
        put(digits[--n]);
}

static void put_argument(char kind, u32 value)
{
    if (kind == 's')
        for (const char *s = (const char *)value; *s; s++)
            put(*s);
    if (kind == 'd' && (s32)value < 0)
        put('-');
    if (kind == 'd')
        put_number((s32)value < 0 ? 0 - value : value, 10);
    if (kind == 'u' || kind == 'x')
        put_number(value, kind == 'u' ? 10 : 16);
}

void print(const char *format, ...)
{
    va_list args;
    line_length = 0;
    va_start(args, format);
    for (; *format; format++)
        if (*format == '%')
            put_argument(*++format, va_arg(args, u32));
        else
            put(*format);
    va_end(args);
    ops->write(line, line_length);
}

void stop(u32 status)
{
    port_out(EXIT_PORT, (u8)status);
    for (;;)
        __asm__ volatile("hlt");
}

/* ---- the machine ---- */
static struct descriptor segment(u32 base, u32 limit, u32 attributes)
{
    return (struct descriptor){ base << 16 | (limit & 0xffff),
                                (base & 0xff000000) | attributes << 8 | (limit & 0xf0000) | (base >> 16 & 0xff) };
}

static struct descriptor gate(const u8 *entry, u32 type)
{
    return (struct descriptor){ (u32)SEL_CODE0 << 16 | ((u32)entry & 0xffff), ((u32)entry & 0xffff0000) | type };
}

static void tables_start(void)
{
    const struct table_pointer g = { sizeof gdt - 1, (u32)gdt }, i = { sizeof idt - 1, (u32)idt };
    gdt[1] = segment(0, 0xfffff, 0xc09b);
    gdt[2] = segment(0, 0xfffff, 0xc093);
    gdt[3] = segment(0, 0xfffff, 0xc0fb);
    gdt[4] = segment(0, 0xfffff, 0xc0f3);
    gdt[5] = segment((u32)tss, sizeof tss - 1, 0x89);
    gdt[6] = segment(NOT_MAPPED, sizeof tss - 1, 0x89);
    *(u16 *)(tss + 8) = SEL_DATA0;
    *(u16 *)(tss + 102) = sizeof tss;
    for (u32 vector = 0; vector < VECTORS; vector++)
        idt[vector] = gate(stubs[vector], GATE);
    idt[VECTOR_CALL] = gate(stub_call, GATE_RING3);
    ops->tables(&g, &i);
    segments_load();
}

void clock_start(void)
{
    static const u8 setup[][2] = { { 0x20, 0x11 }, { 0x21, VECTOR_TIMER }, { 0x21, 4 }, { 0x21, 1 }, { 0xa0, 0x11 },
                                   { 0xa1, VECTOR_TIMER + 8 }, { 0xa1, 2 }, { 0xa1, 1 }, { 0x21, 0xfe }, { 0xa1, 0xff },
                                   { 0x43, 0x34 }, { 0x40, (u8)CLOCK_DIVISOR }, { 0x40, CLOCK_DIVISOR >> 8 } };
    for (u32 i = 0; i < ARRAY_LEN(setup); i++)
        port_out(setup[i][0], setup[i][1]);
}

/* Whether our hypervisor is there, with all that we need: "trap86 pv   ". */
static bool pv_here(void)
{
    u32 r[4];
    cpuid(1, r);
    if (!(r[2] & HYPERVISOR_PRESENT))
        return false;
    cpuid(LEAF_SIGNATURE, r);
    if (r[0] < LEAF_FEATURES || r[1] != 0x70617274 || r[2] != 0x70203638 || r[3] != 0x20202076)
        return false;
    cpuid(LEAF_FEATURES, r);
    return (r[0] & FEATURES) == FEATURES && r[1] == 0x86;
}

static bool word_last(const char *text, const char *word)
{
    const char *at = word;
    for (; *text; text++)
        at = *text == ' ' ? word : *at && *text == *at ? at + 1 : word;
    return at != word && !*at;
}

void kernel_main(u32 magic, const struct info *info);
void kernel_main(u32 magic, const struct info *info)
{
    const char *options = magic == 0x2badb002 && (info->flags & 4) ? info->command_line : "";
    const bool pv = pv_here() && !word_last(options, "native"), hostile = word_last(options, "hostile");
    ops = pv ? &ops_pv : &ops_native;
    return_path = ops->back;
    ops->start();
    print("%s\n", (u32)ops->name);
    tables_start();
    pages_start();
    if (hostile)
        hostile_run(pv);
    task_register_load(SEL_TSS);
    clock_start();
    tasks_run();
}
