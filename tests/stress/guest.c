/* Random guests (stress.h): memory, descriptor and page tables, and a processor in some legal state: real mode,
 * protected mode of several kinds, virtual-8086 mode; with and without paging. */
#include "tests/stress/code.h"
#include "cpu/model.h"
#include <stdlib.h>
#include <string.h>

enum { ACCESS_CODE = 0x9b, ACCESS_DATA = 0x93, DPL3 = 0x60, FLAGS_32 = 0xc000, FLAGS_16 = 0 };
enum mode { REAL, FLAT0, FLAT3, SEGMENTED, CODE16, V86, MODES_MADE };

struct maker { struct machine *m; struct random random; enum mode mode; u8 *ram; };

static u32 below(struct maker *k, u32 bound) { return random_below(&k->random, bound); }
static u32 noise(struct maker *k) { return (u32)random_next(&k->random); }
static void poke(struct maker *k, u32 at, u32 value) { memcpy(k->ram + at, &value, sizeof value); }
static u32 peek(struct maker *k, u32 at)
{
    u32 value;
    memcpy(&value, k->ram + at, sizeof value);
    return value;
}

u16 guest_port(struct random *random)
{
    static const struct { u16 base; u8 count; } ranges[] = {
        { 0x20, 2 }, { 0xA0, 2 }, { 0x40, 4 }, { 0x40, 4 }, { 0x60, 1 }, { 0x61, 1 }, { 0x64, 1 }, { 0x70, 2 },
        { 0x80, 16 },
        { 0x92, 1 }, { 0xCF8, 8 }, { 0xCF8, 8 }, { 0x3F8, 8 }, { 0x2F8, 8 }, { 0x1F0, 8 }, { 0x1F0, 8 }, { 0x3F6, 1 },
        { 0x170, 8 }, { 0x376, 1 }, { 0xC000, 16 }, { 0xC000, 16 }, { 0xE9, 1 }, { 0x402, 1 }, { 0x4D0, 2 },
        { 0x190, 1 },
        { 0xB2, 2 }, { 0x3D4, 2 },
    };
    if (random_rarely(random, 16)) return (u16)random_next(random);
    unsigned choice = random_below(random, ARRAY_LEN(ranges));
    return (u16)(ranges[choice].base + random_below(random, ranges[choice].count));
}

void guest_ide_command(struct machine *m, struct random *random)
{
    static const u8 commands[] = { 0x20, 0x30, 0xC8, 0xCA, 0xC4, 0xC5, 0xC6, 0xA0, 0xA1, 0xEC, 0xEF, 0xE7, 0x91, 0x08 };
    u16 base = random_rarely(random, 2) ? 0x170 : 0x1F0, master = base == 0x1F0 ? 0xC000 : 0xC008;
    bool to_memory = random_rarely(random, 2);
    u8 command = random_rarely(random, 8) ? (u8)random_next(random) : commands[random_below(random, sizeof commands)];
    ports_write(&m->ports, base + 6, 0xA0 | (random_next(random) & 0x50), 1);
    for (unsigned reg = 1; reg < 6; reg++)
        ports_write(&m->ports, (u16)(base + reg), (u32)random_next(random) & (reg > 3 ? 0 : 0x3F), 1);
    ports_write(&m->ports, master, 0, 1);
    ports_write(&m->ports, master + 4, random_rarely(random, 8) ? (u32)random_next(random)
                                                                 : AT_PRD + random_below(random, 0x200) * 4, 4);
    ports_write(&m->ports, base + 7, command, 1);
    ports_write(&m->ports, master, to_memory ? 9 : 1, 1);
    /* A packet, for a CD-ROM that asks for one; a register write for any other. */
    static const u8 packets[] = { 0x28, 0xA8, 0x43, 0x25, 0x12, 0x03, 0x5A, 0x51, 0xBE, 0x00, 0x1B, 0x46, 0x4A };
    for (unsigned word = 0; word < 6; word++) {
        u32 value = (u32)random_next(random) & (random_rarely(random, 3) ? 0xffff : 0x0700);
        if (word == 0) value = packets[random_below(random, sizeof packets)];
        ports_write(&m->ports, base, value, 2);
    }
}

/* ---- tables ---- */
static void descriptor_put(struct maker *k, u16 selector, u32 base, u32 limit, u32 attr)
{
    u32 at = AT_GDT + (selector & ~7u);
    poke(k, at, (limit & 0xffff) | base << 16);
    poke(k, at + 4, (base >> 16 & 0xff) | attr << 8 | (limit & 0xf0000) | (base & 0xff000000));
}

static void gate_put(struct maker *k, u32 at, u16 selector, u32 offset, u8 access)
{
    poke(k, at, (offset & 0xffff) | (u32)selector << 16);
    poke(k, at + 4, (offset & 0xffff0000) | (u32)access << 8 | below(k, 4));
}

static void gdt_make(struct maker *k)
{
    for (u32 n = 1; n < GDT_ENTRIES; n++)
        descriptor_put(k, (u16)(n * 8), noise(k) & 0x3ffff, noise(k) & 0xfffff,
                       (noise(k) & 0xd0ff) | (below(k, 8) ? 0x80 : 0) | (below(k, 3) ? 0x10 : 0));
    descriptor_put(k, SEL_CODE0, 0, 0xfffff, FLAGS_32 | ACCESS_CODE);
    descriptor_put(k, SEL_DATA0, 0, 0xfffff, FLAGS_32 | ACCESS_DATA);
    descriptor_put(k, SEL_CODE3, 0, 0xfffff, FLAGS_32 | ACCESS_CODE | DPL3);
    descriptor_put(k, SEL_DATA3, 0, 0xfffff, FLAGS_32 | ACCESS_DATA | DPL3);
    descriptor_put(k, SEL_CODE16, AT_CODE, 0xffff, FLAGS_16 | ACCESS_CODE);
    descriptor_put(k, SEL_DATA16, AT_DATA, 0xffff, FLAGS_16 | ACCESS_DATA);
    descriptor_put(k, SEL_SMALL, AT_DATA, below(k, 0x3000), 0x4000 | ACCESS_DATA | (below(k, 2) ? DPL3 : 0));
    descriptor_put(k, SEL_DOWN, 0, below(k, 0x40000), 0x4000 | ACCESS_DATA | 4);
    descriptor_put(k, SEL_CONFORMING, 0, 0xfffff, FLAGS_32 | ACCESS_CODE | 4);
    descriptor_put(k, SEL_TSS, AT_TSS, below(k, 8) ? 0x2100 : below(k, 0x100), 0x8b);
    descriptor_put(k, SEL_TSS_OTHER, AT_TSS_OTHER, 0x80, 0x89 | (below(k, 2) ? DPL3 : 0));
    descriptor_put(k, SEL_LDT, AT_LDT, 0x7f, 0x82);
    gate_put(k, AT_GDT + SEL_CALL_GATE, SEL_CODE0, code_address(&k->random), below(k, 3) ? 0xec : 0xe4);
    gate_put(k, AT_GDT + SEL_TASK_GATE, SEL_TSS_OTHER, 0, 0xe5);
}

static void idt_make(struct maker *k)
{
    for (u32 n = 0; n < 256; n++) {
        u16 selector = below(k, 8) ? SEL_CODE0 : (u16[]){ SEL_CODE16, SEL_CODE3, SEL_CONFORMING, 0 }[below(k, 4)];
        u8 type = below(k, 8) ? 0x8e + below(k, 2) : 0x84 + below(k, 4);
        if (below(k, 24) == 0) continue;                      /* what was in memory */
        gate_put(k, AT_IDT + n * 8, type == 0x85 ? SEL_TSS_OTHER : selector, code_address(&k->random),
                 type | (below(k, 2) ? DPL3 : 0));
    }
    if (k->mode != REAL) return;
    for (u32 n = 0; n < 256; n++)
        poke(k, n * 4, (u32)(AT_CODE >> 4) << 16 | below(k, CODE_BYTES));
}

static void tss_make(struct maker *k)
{
    memset(k->ram + AT_TSS, 0, 104);
    for (u32 level = 0; level < 3; level++) {
        poke(k, AT_TSS + 4 + level * 8, AT_STACK + 0x4000 - level * 0x400);
        poke(k, AT_TSS + 8 + level * 8, level ? (u32)SEL_DATA0 | level : SEL_DATA0);
    }
    poke(k, AT_TSS + 100, (below(k, 4) ? 104 : below(k, 0x2200)) << 16);
    memset(k->ram + AT_TSS_OTHER, 0, 104);
    poke(k, AT_TSS_OTHER + 4, AT_STACK);
    poke(k, AT_TSS_OTHER + 8, SEL_DATA0);
    poke(k, AT_TSS_OTHER + 28, AT_DIRECTORY);
    poke(k, AT_TSS_OTHER + 32, code_address(&k->random));
    poke(k, AT_TSS_OTHER + 36, 2 | (noise(k) & (below(k, 4) ? 0x200 : 0x24702)));
    for (u32 at = 40; at < 72; at += 4) poke(k, AT_TSS_OTHER + at, code_data_address(&k->random));
    bool user = below(k, 2);
    for (u32 n = 0; n < 6; n++)
        poke(k, AT_TSS_OTHER + 72 + n * 4, n == CS ? (user ? SEL_CODE3 : SEL_CODE0) : user ? SEL_DATA3 : SEL_DATA0);
}

static void paging_make(struct maker *k)
{
    for (u32 n = 0; n < 1024; n++) {
        u32 frame = (below(k, 16) ? n : below(k, STRESS_RAM >> 12)) << 12;
        u32 flags = below(k, 16) ? 7 : noise(k) & 0x1ff;
        poke(k, AT_TABLE + n * 4, frame | flags | (below(k, 16) ? 0 : 0x100));
        poke(k, AT_TABLE_WILD + n * 4, noise(k) & (below(k, 2) ? 0x1fffff : ~0u));
        u32 entry = below(k, 3) ? 0 : (u32[]){ AT_TABLE | 7, AT_TABLE_WILD | 7, 0x87, noise(k) & 0x1fffff }
            [below(k, 4)];
        poke(k, AT_DIRECTORY + n * 4, entry);
    }
    poke(k, AT_DIRECTORY, (below(k, 8) ? AT_TABLE | 7 : 0x87));
}

static void prd_make(struct maker *k)
{
    for (u32 at = 0; at < 0x1000; at += 8) {
        poke(k, AT_PRD + at, below(k, 4) ? code_data_address(&k->random) : below(k, 2) ? code_address(&k->random) :
            noise(k));
        poke(k, AT_PRD + at + 4, (below(k, 3) ? below(k, 1024) : noise(k)) | (below(k, 4) ? 0 : 1u << 31));
    }
}

/* ---- processor ---- */
static void hidden_load(struct maker *k, struct segment *segment, u16 selector)
{
    u32 low = peek(k, AT_GDT + (selector & ~7u)), high = peek(k, AT_GDT + (selector & ~7u) + 4);
    u32 limit = (low & 0xffff) | (high & 0xf0000);
    u16 attr = high >> 8 & 0xf0ff;
    *segment = (struct segment){ .selector = selector, .attr = attr,
                                 .base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000),
                                 .limit = attr & ATTR_G ? limit << 12 | 0xfff : limit };
}

static void segments_set(struct maker *k)
{
    static const struct { u16 code, data; u8 cpl; } sets[MODES_MADE] = {
        [FLAT0] = { SEL_CODE0, SEL_DATA0, 0 }, [FLAT3] = { SEL_CODE3, SEL_DATA3, 3 },
        [SEGMENTED] = { SEL_CODE0, SEL_DATA0, 0 }, [CODE16] = { SEL_CODE16, SEL_DATA16, 0 },
    };
    struct system *sys = &k->m->cpu.sys;
    for (unsigned s = ES; s <= GS; s++) {
        if (k->mode == REAL || k->mode == V86)
            segment_load_real(&sys->seg[s], s == CS ? AT_CODE >> 4 : (u16)(below(k, 4) ? AT_DATA >> 4 : noise(k)));
        else
            hidden_load(k, &sys->seg[s], s == CS ? sets[k->mode].code : sets[k->mode].data);
    }
    if (k->mode == SEGMENTED) hidden_load(k, &sys->seg[DS], below(k, 2) ? SEL_SMALL & ~3 : SEL_DOWN);
    sys->cpl = k->mode == V86 ? 3 : sets[k->mode].cpl;
}

static void system_set(struct maker *k, bool paging)
{
    struct cpu *cpu = &k->m->cpu;
    struct system *sys = &cpu->sys;
    bool protected = k->mode != REAL;
    sys->gdtr = (struct table_register){ AT_GDT, GDT_ENTRIES * 8 - 1 };
    sys->idtr = protected ? (struct table_register){ AT_IDT, 0x7ff } : (struct table_register){ 0, 0x3ff };
    sys->cr0 = CR0_ET | (protected ? CR0_PE : 0) | (paging ? CR0_PG : 0);
    if (cpu_has(cpu, FEAT_AC)) sys->cr0 |= noise(k) & (CR0_WP | CR0_AM | CR0_NE);
    if (below(k, 4) == 0) sys->cr0 |= noise(k) & (CR0_MP | CR0_EM | CR0_TS);
    sys->cr3 = AT_DIRECTORY;
    sys->cr4 = noise(k) & noise(k) & cpu_model_cr4(cpu->model);
    hidden_load(k, &sys->tr, SEL_TSS);
    if (below(k, 2)) hidden_load(k, &sys->ldtr, SEL_LDT);
    for (unsigned n = 0; n < 4; n++) sys->dr[n] = below(k, 2) ? code_address(&k->random) :
        code_data_address(&k->random);
    if (below(k, 4) == 0) sys->dr[7] = 0x400 | (noise(k) & 0xffff00ff & ~0x22220000u);
    sys->sysenter_cs = SEL_CODE0;
    sys->sysenter_esp = AT_STACK;
    sys->sysenter_eip = code_address(&k->random);
}

static void registers_set(struct maker *k)
{
    struct cpu *cpu = &k->m->cpu;
    bool small = k->mode == REAL || k->mode == V86 || k->mode == CODE16;
    for (unsigned n = EAX; n <= EDI; n++)
        cpu->gpr[n] = small ? below(k, 0x10000) : code_data_address(&k->random);
    cpu->gpr[ESP] = small ? 0x8000 : AT_STACK;
    eflags_set(cpu, noise(k), FLAGS_ARITH | FLAG_IOPL | FLAG_IF | FLAG_DF | FLAG_AC | FLAG_ID);
    if (below(k, 16) == 0) eflags_set(cpu, noise(k), FLAG_TF | FLAG_NT);
    if (k->mode == V86) cpu->sys.eflags |= FLAG_VM;
    cpu->fpu.fcw = (u16)(0x40 | (noise(k) & 0xf3f));
    cpu->eip = small ? below(k, CODE_BYTES - 64) : code_address(&k->random);
}

void guest_make(struct machine *m, u64 seed)
{
    struct maker k = { .m = m, .random = { seed * 0x9E3779B97F4A7C15 }, .ram = malloc(STRESS_RAM) };
    if (!k.ram) abort();
    k.mode = (enum mode)below(&k, MODES_MADE);
    bool wide = k.mode == FLAT0 || k.mode == FLAT3 || k.mode == SEGMENTED;
    for (u32 at = 0; at < STRESS_RAM; at += 8) {
        u64 value = random_next(&k.random);
        memcpy(k.ram + at, &value, sizeof value);
    }
    code_make(k.ram + AT_CODE, &k.random, wide, m->config.model);
    gdt_make(&k);
    idt_make(&k);
    tss_make(&k);
    paging_make(&k);
    prd_make(&k);
    memory_write(&m->memory, 0, k.ram, 0xA0000);
    memory_write(&m->memory, 0x100000, k.ram + 0x100000, STRESS_RAM - 0x100000);
    pc_firmware_state(m);
    segments_set(&k);
    system_set(&k, k.mode != REAL && below(&k, 2));
    registers_set(&k);
    cpu_restored(&m->cpu);
    free(k.ram);
}
