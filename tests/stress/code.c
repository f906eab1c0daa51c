/* Random code. Most of it is whole instructions with operands that are likely to reach something: registers and memory,
 * system registers with values that are likely to be taken, ports that are somebody's, code that writes code. The rest
 * is plain noise. Jumps into the middle of instructions make more of it. */
#include "tests/stress/code.h"
#include "cpu/model.h"
#include <string.h>

struct writer { u8 *at; struct random *random; bool wide; const struct cpu_model *model; };

static u32 below(struct writer *w, u32 bound) { return random_below(w->random, bound); }
static void put(struct writer *w, u32 byte) { *w->at++ = (u8)byte; }
static void put2(struct writer *w, u32 first, u32 second) { put(w, first); put(w, second); }
static void put_bytes(struct writer *w, u32 value, unsigned count)
{
    memcpy(w->at, &value, count);
    w->at += count;
}
static void put_wide(struct writer *w, u32 value) { put_bytes(w, value, w->wide ? 4 : 2); }

u32 code_data_address(struct random *random) { return AT_DATA + random_below(random, DATA_BYTES); }
u32 code_address(struct random *random) { return AT_CODE + random_below(random, CODE_BYTES - 64); }

/* MOV register, value. */
static void load(struct writer *w, unsigned reg, u32 value)
{
    put(w, 0xb8 + reg);
    put_wide(w, value);
}

static u32 any_address(struct writer *w)
{
    switch (below(w, 8)) {
    case 0: return code_address(w->random);
    case 1: return (u32)random_next(w->random);
    case 2: return below(w, 0x10000);
    case 3: return (code_data_address(w->random) & PAGE_MASK) - below(w, 16);
    case 4: return 0xA0000 + below(w, 0x60000);
    default: return code_data_address(w->random);
    }
}

static void modrm_memory(struct writer *w, unsigned reg)
{
    unsigned mod = below(w, 3), rm = below(w, 8);
    put(w, mod << 6 | reg << 3 | rm);
    if (w->wide && rm == 4) put(w, (u32)random_next(w->random));
    bool direct = mod == 0 && rm == (w->wide ? 5 : 6);
    if (mod == 1) put(w, below(w, 256));
    else if (direct) put_wide(w, any_address(w));
    else if (mod == 2) put_wide(w, below(w, 4096));
}

static void modrm(struct writer *w, unsigned reg)
{
    if (below(w, 3)) modrm_memory(w, reg);
    else put(w, 0xc0 | reg << 3 | below(w, 8));
}
static void modrm_any(struct writer *w) { modrm(w, below(w, 8)); }

/* ---- kinds of instructions ---- */
static void alu(struct writer *w)
{
    put(w, below(w, 64) & ~4u);
    modrm_any(w);
}

static void move(struct writer *w)
{
    put(w, 0x84 + below(w, 8));
    modrm_any(w);
}

static void register_set(struct writer *w) { load(w, below(w, 8) == 4 ? 0 : below(w, 8), any_address(w)); }
static void stack_set(struct writer *w) { load(w, 4, AT_STACK - below(w, 256)); }

static void group(struct writer *w)
{
    static const u8 opcode[] = { 0x80, 0x81, 0x83, 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3, 0xf6, 0xf7, 0xfe, 0xff, 0x8f,
        0xc6,
                                 0xc7, 0x69, 0x6b };
    unsigned code = opcode[below(w, ARRAY_LEN(opcode))];
    put(w, code);
    modrm_any(w);
    if (code == 0x81 || code == 0xc7 || code == 0x69) put_wide(w, (u32)random_next(w->random));
    else if (code < 0xd0 && code != 0x8f) put(w, below(w, 256));
}

static void short_opcode(struct writer *w)
{
    static const u8 opcode[] = { 0x27, 0x2f, 0x37, 0x3f, 0x40, 0x4b, 0x50, 0x55, 0x58, 0x5d, 0x60, 0x61, 0x90, 0x93,
        0x98,
                                 0x99, 0x9b, 0x9e, 0x9f, 0xc9, 0xd6, 0xd7, 0xf5, 0xf8, 0xf9, 0xfc, 0xfd };
    put(w, opcode[below(w, ARRAY_LEN(opcode))]);
}

static void two_bytes(struct writer *w)
{
    static const u8 opcode[] = { 0x40, 0x48, 0x90, 0xa3, 0xa5, 0xab, 0xad, 0xaf, 0xb0, 0xb1, 0xb3, 0xb6, 0xb7, 0xbb,
        0xbc,
                                 0xbd, 0xbe, 0xbf, 0xc0, 0xc1, 0xc7, 0x1f, 0x18 };
    put2(w, 0x0f, opcode[below(w, ARRAY_LEN(opcode))] + below(w, 2));
    modrm_any(w);
}

static void any_two_bytes(struct writer *w)
{
    put2(w, 0x0f, below(w, 256));
    modrm_any(w);
}

static void branch(struct writer *w)
{
    u32 distance = below(w, 48) - 16;
    switch (below(w, 6)) {
    case 0: put2(w, 0xeb, distance); break;
    case 1: put2(w, 0xe0 + below(w, 4), distance); break;
    case 2: put(w, 0xe8 + below(w, 2)); put_wide(w, below(w, 2048) - 1024); break;
    case 3: put2(w, 0x0f, 0x80 + below(w, 16)); put_wide(w, below(w, 2048) - 1024); break;
    default: put2(w, 0x70 + below(w, 16), distance);
    }
}

static void loop_of_few(struct writer *w)
{
    load(w, 1, 2 + below(w, 40));
    u8 *start = w->at;
    for (unsigned n = 1 + below(w, 3); n--;) alu(w);
    put2(w, 0xe2, (u32)(start - w->at - 2));
}

static void indirect(struct writer *w)
{
    load(w, 0, code_address(w->random));
    put2(w, 0xff, below(w, 2) ? 0xd0 : 0xe0);
}

static void string(struct writer *w)
{
    static const u8 opcode[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf };
    load(w, 6, any_address(w));
    load(w, 7, any_address(w));
    load(w, 1, below(w, 8) ? below(w, 300) : below(w, 100000));
    if (below(w, 4)) put(w, 0xf2 + below(w, 2));
    put(w, opcode[below(w, ARRAY_LEN(opcode))]);
}

static void x87(struct writer *w)
{
    for (unsigned n = 1 + below(w, 4); n--;) {
        put(w, 0xd8 + below(w, 8));
        modrm_any(w);
    }
}

static void write_code(struct writer *w)
{
    put2(w, 0xc6 + below(w, 2), w->wide ? 0x05 : 0x06);
    put_wide(w, below(w, 4) ? code_address(w->random) : below(w, CODE_BYTES));
    put_wide(w, (u32)random_next(w->random));
}

static void port(struct writer *w)
{
    load(w, 2, guest_port(w->random));
    load(w, 0, (u32)random_next(w->random));
    put(w, 0xec + below(w, 4));
}

static void port_string(struct writer *w)
{
    load(w, 2, guest_port(w->random));
    load(w, 1, below(w, 200));
    load(w, 6, any_address(w));
    load(w, 7, any_address(w));
    put2(w, 0xf3, 0x6c + below(w, 4));
}

static u16 any_selector(struct writer *w)
{
    return (u16)(below(w, 16) ? below(w, GDT_ENTRIES) * 8 + (below(w, 4) ? below(w, 4) : below(w, 8))
                              : random_next(w->random));
}

static void segment(struct writer *w)
{
    static const u8 usual[] = { SEL_DATA0, SEL_DATA3, SEL_CODE0, SEL_DATA16, SEL_SMALL, SEL_DOWN, 0 };
    load(w, 0, below(w, 2) ? usual[below(w, sizeof usual)] : any_selector(w));
    switch (below(w, 6)) {
    case 0: put(w, 0x50); put(w, 0x07 + 8 * (below(w, 2) * 2)); break;
    case 1: put(w, 0x0f); put(w, 0xb2 + below(w, 4)); modrm_memory(w, below(w, 8)); break;
    case 2: put2(w, 0x8c, 0xc0 | below(w, 64)); break;
    case 3: put(w, 0xc4 + below(w, 2)); modrm_memory(w, below(w, 8)); break;
    default: put2(w, 0x8e, 0xc0 | (below(w, 4) ? below(w, 4) : 2u + below(w, 4)) << 3);
    }
}

static void far(struct writer *w)
{
    static const u8 usual[] = { SEL_CODE0, SEL_CODE3, SEL_CODE16, SEL_CALL_GATE, SEL_TASK_GATE, SEL_TSS_OTHER,
                                SEL_CONFORMING };
    switch (below(w, 5)) {
    case 0:
        put(w, 0xff);
        modrm_memory(w, 3 + 2 * below(w, 2));
        break;
    case 1: put(w, below(w, 2) ? 0xcb : 0xcf); break;
    default:
        put(w, below(w, 2) ? 0x9a : 0xea);
        put_wide(w, below(w, 2) ? code_address(w->random) : below(w, CODE_BYTES));
        put_bytes(w, below(w, 3) ? usual[below(w, sizeof usual)] : any_selector(w), 2);
    }
}

static void interrupt(struct writer *w)
{
    static const u8 opcode[] = { 0xcc, 0xce, 0xf1, 0xcf, 0xcf };
    if (below(w, 2)) put2(w, 0xcd, below(w, 256));
    else put(w, opcode[below(w, sizeof opcode)]);
}

static void flags(struct writer *w)
{
    static const u8 opcode[] = { 0xfa, 0xfb, 0xfb, 0x9c, 0x9d, 0xf4 };
    if (below(w, 4) == 0) {
        put(w, 0x68);
        put_wide(w, (u32)random_next(w->random) & (below(w, 4) ? 0x247ed5 : 0x257fd5));
        put(w, 0x9d);
        return;
    }
    put(w, opcode[below(w, sizeof opcode - (below(w, 4) != 0))]);
}

static u32 control_value(struct writer *w, unsigned number)
{
    u32 noise = (u32)random_next(w->random);
    switch (number) {
    case 0: return (noise & 0xe005002a) | 0x11 | (below(w, 8) ? 0 : noise & 0xe);
    case 3: return below(w, 8) ? AT_DIRECTORY : noise & 0x3f0ff;
    case 4: return noise & cpu_model_cr4(w->model);
    default: return noise;
    }
}

static void control(struct writer *w)
{
    static const u8 number[] = { 0, 2, 3, 3, 4 };
    unsigned cr = number[below(w, sizeof number)];
    if (below(w, 2)) {
        load(w, 0, control_value(w, cr));
        put2(w, 0x0f, 0x22);
    } else {
        put2(w, 0x0f, 0x20);
    }
    put(w, 0xc0 | cr << 3);
}

static void debug(struct writer *w)
{
    unsigned dr = below(w, 8);
    load(w, 0, dr == 7 ? (u32)random_next(w->random) & (below(w, 3) ? 0xffff0000 : 0xffff03ff) : any_address(w));
    put2(w, 0x0f, below(w, 4) ? 0x23 : 0x21);
    put(w, 0xc0 | dr << 3);
}

static void msr(struct writer *w)
{
    static const u16 number[] = { 0x10, 0x1b, 0x174, 0x175, 0x176, 0x1d9, 0xfe, 0x200, 0x250, 0x277, 0x2ff, 0xc1,
        0x186 };
    u32 value = any_address(w);
    load(w, 1, number[below(w, ARRAY_LEN(number))]);
    load(w, 0, below(w, 3) ? value : SEL_CODE0);
    put2(w, 0x0f, below(w, 2) ? 0x30 : 0x32);
}

static void system_rare(struct writer *w)
{
    static const u8 opcode[] = { 0x06, 0x08, 0x09, 0x31, 0x33, 0x34, 0x35, 0xa2, 0xaa, 0x07, 0x0b };
    switch (below(w, 4)) {
    case 0: put2(w, 0x0f, opcode[below(w, sizeof opcode)]); break;
    case 1: put2(w, 0x0f, 0x00 + below(w, 2)); modrm_any(w); break;
    case 2: put2(w, 0x0f, 0x02 + below(w, 2)); modrm_any(w); break;
    case 3: put2(w, 0x0f, 0xae); modrm_memory(w, below(w, 4)); break;
    }
}

/* Changes an entry of the page tables or of the GDT, and perhaps drops the translation. */
static void table_write(struct writer *w)
{
    put2(w, 0xc7, w->wide ? 0x05 : 0x06);
    put_wide(w, (below(w, 2) ? (below(w, 8) ? AT_TABLE : AT_DIRECTORY) : AT_GDT) + below(w, 64) * 4);
    put_wide(w, (below(w, 0x40) << 12) | (u32)(random_next(w->random) & 0x1e0) | 7);
    if (below(w, 2)) {
        put2(w, 0x0f, 0x01);
        modrm_memory(w, 7);
    }
}

static void noise(struct writer *w)
{
    for (unsigned n = 1 + below(w, 6); n--;) put(w, below(w, 256));
}

static const struct kind { void (*make)(struct writer *); u8 weight; } kinds[] = {
    { alu, 20 }, { move, 16 }, { register_set, 16 }, { stack_set, 5 }, { group, 12 }, { short_opcode, 8 },
    { two_bytes, 8 },
    { any_two_bytes, 2 }, { branch, 12 }, { loop_of_few, 3 }, { indirect, 3 }, { string, 5 }, { x87, 5 },
    { write_code, 4 },
    { port, 3 }, { port_string, 1 }, { segment, 5 }, { far, 3 }, { interrupt, 2 }, { flags, 3 }, { control, 2 },
    { debug, 1 },
    { msr, 1 }, { system_rare, 3 }, { table_write, 2 }, { noise, 4 },
};

static void prefix(struct writer *w)
{
    static const u8 prefixes[] = { 0x66, 0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf2, 0xf3 };
    if (below(w, 8) == 0) put(w, prefixes[below(w, sizeof prefixes)]);
}

void code_make(u8 *bytes, struct random *random, bool wide, const struct cpu_model *model)
{
    struct writer w = { bytes, random, wide, model };
    unsigned total = 0;
    enum { LONGEST = 96 };
    for (unsigned k = 0; k < ARRAY_LEN(kinds); k++) total += kinds[k].weight;
    while (w.at < bytes + CODE_BYTES - LONGEST) {
        unsigned choice = below(&w, total), k = 0;
        while (choice >= kinds[k].weight) choice -= kinds[k++].weight;
        prefix(&w);
        kinds[k].make(&w);
    }
    while (w.at < bytes + CODE_BYTES) put(&w, 0x90);
}
