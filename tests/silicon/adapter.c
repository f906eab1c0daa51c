/* Plays one case on trap86's processor, through cpu/cpu.h alone.
 *
 * The recorder's environment: CPL 3, IOPL 0, flat GDT segments, the LDT of silicon.h, paging with the case's windows at
 * physical = linear and everything of the machine's own (tables, stack of CPL 0, handlers) at SYSTEM_LINEAR. Exceptions
 * go through the IDT to one handler per vector, so that their delivery is tested too. */
#include "tests/silicon/adapter.h"
#include "cpu/cpu.h"
#include <stdlib.h>
#include <string.h>

enum {
    RAM_BYTES = 16 << 20, SYSTEM_LINEAR_SHIFT = 22, HAS_ERROR_CODE = 0x27d00,
    AT_GDT = 0x1000, AT_LDT = 0x1100, AT_TSS = 0x1200, AT_IDT = 0x2000, AT_HANDLERS = 0x4000, AT_STACK_TOP = 0x6000,
    AT_DIRECTORY = 0x8000, AT_TABLES = 0x9000, SYSTEM_PAGES = 16,
    SEL_KERNEL_CODE = 0x08, SEL_KERNEL_DATA = 0x18, SEL_LDT = 0x50, SEL_TSS = 0x40,
    PTE_PRESENT = 1, PTE_WRITABLE = 2, PTE_USER = 4, REP_LIMIT = 70000
};
#define SYSTEM_LINEAR 0xc0000000u

struct player_machine {
    struct clock  clock;
    struct log    log;
    struct memory memory;
    struct ports  ports;
    struct cpu    cpu;
    bool          tail;
};

static void store32(struct player_machine *m, u32 physical, u32 value)
{
    memory_write(&m->memory, physical, &value, 4);
}

static void map_pages(struct player_machine *m, u32 table, u32 linear, u32 physical, u32 size, u32 bits)
{
    store32(m, AT_DIRECTORY + (linear >> 22) * 4, table | PTE_PRESENT | PTE_WRITABLE | PTE_USER);
    for (u32 at = 0; at < size; at += PAGE_SIZE)
        store32(m, table + ((linear + at) >> 12 & 1023) * 4, (physical + at) | PTE_PRESENT | bits);
}

static void make_paging(struct player_machine *m)
{
    const u32 user = PTE_USER, writable = PTE_USER | PTE_WRITABLE, data = AT_TABLES + PAGE_SIZE;
    map_pages(m, AT_TABLES, CODE_LINEAR, CODE_LINEAR, CODE_SIZE, user);
    map_pages(m, data, DATA_LINEAR, DATA_LINEAR, DATA_WRITABLE, writable);
    map_pages(m, data, DATA_LINEAR + DATA_WRITABLE, DATA_LINEAR + DATA_WRITABLE, DATA_SIZE - DATA_WRITABLE, user);
    map_pages(m, data, STACK_LINEAR, STACK_LINEAR, STACK_SIZE, writable);
    map_pages(m, data, STACK_HIGH_LINEAR, STACK_HIGH_LINEAR, STACK_SIZE, writable);
    map_pages(m, data + PAGE_SIZE, SYSTEM_LINEAR, 0, SYSTEM_PAGES * PAGE_SIZE, PTE_WRITABLE);
}

static void make_tables(struct player_machine *m)
{
    static const u8 loop_forever[2] = { 0xeb, 0xfe };
    for (unsigned i = 0; i < 16; i++) {
        u64 entry = silicon_gdt_entry(i);
        memory_write(&m->memory, AT_GDT + i * 8, &entry, 8);
        entry = silicon_descriptor(&silicon_ldt[i]);
        memory_write(&m->memory, AT_LDT + i * 8, &entry, 8);
    }
    for (unsigned i = 0; i < 256; i++) {
        u32 handler = SYSTEM_LINEAR + AT_HANDLERS + i * 16;
        u32 dpl = i == VEC_BP || i == VEC_OF ? 3 : 0;
        store32(m, AT_IDT + i * 8, SEL_KERNEL_CODE << 16 | (handler & 0xffff));
        store32(m, AT_IDT + i * 8 + 4, (handler & 0xffff0000) | 0x8e00 | dpl << 13);
        memory_write(&m->memory, AT_HANDLERS + i * 16, loop_forever, 2);
    }
    store32(m, AT_TSS + 4, SYSTEM_LINEAR + AT_STACK_TOP);
    store32(m, AT_TSS + 8, SEL_KERNEL_DATA);
    store32(m, AT_TSS + 0x64, 0x68u << 16);         /* the I/O map begins beyond the limit: no port is allowed */
}

struct player_machine *adapter_new(bool tail)
{
    struct player_machine *m = calloc(1, sizeof(*m));
    const struct cpu_model *model = cpu_model_find("max");
    struct engine_options options = { tail ? ENGINE_TAIL : ENGINE_LOOP, 32, 0 };
    struct error why = { "no memory" };
    if (!m || !model || !memory_init(&m->memory, RAM_BYTES, &why)) goto refuse;
    memory_map_ram(&m->memory, "ram", 0, RAM_BYTES, 0, 0);
    clock_init(&m->clock, model->hz);
    ports_init(&m->ports, &m->log);
    if (!cpu_init(&m->cpu, model, &m->clock, &m->memory, &m->ports, &m->log, &why)) goto refuse;
    cpu_engine(&m->cpu, &options);
    m->tail = tail;
    make_paging(m);
    make_tables(m);
    return m;
refuse:
    fprintf(stderr, "silicon: %s\n", why.text);
    exit(2);
}

void adapter_free(struct player_machine *m)
{
    cpu_destroy(&m->cpu);
    memory_destroy(&m->memory);
    free(m);
}

static void load_segment(struct segment *segment, u16 selector)
{
    unsigned index = selector >> 3 & 15;
    u64 entry = selector & 4 ? silicon_descriptor(&silicon_ldt[index]) : silicon_gdt_entry(index);
    u32 high = (u32)(entry >> 32);
    memset(segment, 0, sizeof(*segment));
    segment->selector = selector;
    segment->attr = high >> 8 & 0xf0ff;
    segment->base = silicon_base(selector);
    segment->limit = ((u32)entry & 0xffff) | (high & 0xf0000);
    if (segment->attr & ATTR_G) segment->limit = segment->limit << 12 | 0xfff;
    segment_refresh(segment);
}

static void load_system_segment(struct segment *segment, u16 selector, u16 type, u32 at, u32 limit)
{
    memset(segment, 0, sizeof(*segment));
    segment->selector = selector;
    segment->attr = ATTR_P | type;
    segment->base = SYSTEM_LINEAR + at;
    segment->limit = limit;
    segment_refresh(segment);
}

static void load_system(struct cpu *cpu)
{
    struct system *sys = &cpu->sys;
    sys->cr0 = CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE;
    sys->cr3 = AT_DIRECTORY;
    sys->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
    sys->cpl = 3;
    sys->gdtr = (struct table_register){ SYSTEM_LINEAR + AT_GDT, 127 };
    sys->idtr = (struct table_register){ SYSTEM_LINEAR + AT_IDT, 2047 };
    load_system_segment(&sys->ldtr, SEL_LDT, 2, AT_LDT, 127);
    load_system_segment(&sys->tr, SEL_TSS, 11, AT_TSS, 0x67);
}

static void load_fpu(struct fpu *fpu, const struct silicon_state *s)
{
    fpu->fcw = s->fcw;
    fpu->fsw = s->fsw & ~0x3800;
    fpu->top = s->fsw >> 11 & 7;
    fpu->empty = (u8)~s->ftw;
    fpu->mxcsr = s->mxcsr;
    for (unsigned i = 0; i < 8; i++) memcpy(fpu->st[(fpu->top + i) & 7], s->st[i], 10);
    memcpy(fpu->xmm, s->xmm, sizeof(s->xmm));
}

static void store_fpu(struct silicon_state *s, const struct fpu *fpu)
{
    s->fcw = fpu->fcw;
    s->fsw = (u16)((fpu->fsw & ~0x3800) | fpu->top << 11);
    s->ftw = (u8)~fpu->empty;
    s->mxcsr = fpu->mxcsr;
    for (unsigned i = 0; i < 8; i++) memcpy(s->st[i], fpu->st[(fpu->top + i) & 7], 10);
    memcpy(s->xmm, fpu->xmm, sizeof(s->xmm));
}

static void load_state(struct cpu *cpu, const struct silicon_state *s)
{
    cpu_reset(cpu);
    load_system(cpu);
    for (unsigned i = 0; i < 8; i++) cpu->gpr[i] = s->gpr[i];
    for (unsigned i = 0; i < 6; i++) load_segment(&cpu->sys.seg[i], s->seg[i]);
    cpu->eip = s->eip;
    eflags_set(cpu, s->eflags, ~0u);
    load_fpu(&cpu->fpu, s);
    tlb_flush(cpu, true);
    cpu_mode_changed(cpu);
}

static void store_state(struct silicon_state *s, const struct cpu *cpu)
{
    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < 8; i++) s->gpr[i] = cpu->gpr[i];
    for (unsigned i = 0; i < 6; i++) s->seg[i] = cpu->sys.seg[i].selector;
    s->eip = cpu->eip;
    s->eflags = eflags_get(cpu);
    store_fpu(s, &cpu->fpu);
}

/* The windows of the case, in the order of the image. */
static const struct { u32 linear, size; } windows[] = {
    { DATA_LINEAR, DATA_SIZE }, { STACK_LINEAR, STACK_SIZE }, { STACK_HIGH_LINEAR, STACK_SIZE }
};

static void load_memory(struct player_machine *m, const struct silicon_case *c)
{
    static const u64 nops = 0x9090909090909090;
    u32 start = silicon_base(c->before.seg[CS]) + c->before.eip, offset = 0;
    for (u32 at = 0; at < CODE_SIZE; at += 8) memory_write(&m->memory, CODE_LINEAR + at, &nops, 8);
    memory_write(&m->memory, start, c->head.code, MIN((u32)c->head.code_length, CODE_LINEAR + CODE_SIZE - start));
    for (unsigned i = 0; i < ARRAY_LEN(windows); offset += windows[i++].size)
        memory_write(&m->memory, windows[i].linear, c->memory_before + offset, windows[i].size);
}

static void store_memory(struct player_machine *m, u8 *image)
{
    u32 offset = 0;
    for (unsigned i = 0; i < ARRAY_LEN(windows); offset += windows[i++].size)
        memory_read(&m->memory, windows[i].linear, image + offset, windows[i].size);
}

/* After an exception: the interrupted state is in the frame on the stack of CPL 0. */
static void store_exception(struct player_machine *m, struct silicon_case *got)
{
    u32 frame[6], vector = (m->cpu.eip & 0xfff) / 16;
    u32 *saved = frame;
    bool has_error = vector < 32 && HAS_ERROR_CODE >> vector & 1;
    memory_read(&m->memory, m->cpu.gpr[ESP] - SYSTEM_LINEAR, frame, has_error ? 24 : 20);
    got->head.vector = (u8)vector;
    got->head.error = has_error ? *saved++ : 0;
    got->head.cr2 = vector == VEC_PF ? m->cpu.sys.cr2 : 0;
    got->after.eip = saved[0];
    got->after.seg[CS] = (u16)saved[1];
    got->after.eflags = saved[2];
    got->after.gpr[ESP] = saved[3];
    got->after.seg[SS] = (u16)saved[4];
}

/* cpu_step always uses the loop engine; to the tail engine one instruction is a very short run. */
static void run(struct cpu *cpu, bool tail, const struct silicon_case *c)
{
    bool rep = c->head.flags & CASE_REP;
    for (unsigned steps = 0; steps < REP_LIMIT; steps++) {
        if (tail) cpu_run(cpu, UINT64_MAX, cpu->insns + 1);
        else cpu_step(cpu);
        if (cpu->attention & ATTENTION_SHUTDOWN) return;
        bool undelivered = cpu->sys.cpl == 3 && (cpu->attention & ATTENTION_FAULT);
        if (!undelivered && !(rep && cpu->sys.cpl == 3 && cpu->eip == c->before.eip)) return;
    }
}

void adapter_run(struct player_machine *m, const struct silicon_case *c, struct silicon_case *got)
{
    load_memory(m, c);
    load_state(&m->cpu, &c->before);
    run(&m->cpu, m->tail, c);
    store_state(&got->after, &m->cpu);
    store_memory(m, got->memory_after);
    got->head.vector = NO_VECTOR;
    got->head.error = got->head.cr2 = 0;
    if (m->cpu.attention & ATTENTION_SHUTDOWN) got->head.vector = VEC_DF;
    else if (m->cpu.sys.cpl == 0) store_exception(m, got);
}
