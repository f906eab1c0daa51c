/* System management mode (SDM volume 3, "System Management"; 1999: chapter 12): an SMI saves the processor's state in
 * SMRAM and enters a real mode of 4 GiB at SMBASE:8000h; RSM (sensitive.def) goes back.
 *
 * The state save map is that of the Pentium and the P6 with revision 20000h: SMBASE relocation, auto HALT restart, no
 * restart of I/O instructions. In the areas that the manual reserves go the hidden parts of segments, CR4 and a debug
 * trap that had not been delivered. CR2, DR0-DR3, FPU and MSRs are not saved. An NMI is blocked until an IRET or RSM,
 * which opens it even if a handler of an NMI was interrupted, as the manual warns. SMI and INIT are latched meanwhile.
 * An SMI waits for the instruction behind STI and loads of SS, and is taken before a debug trap.
 *
 * To monitors it is no mode of the guest's kernel: the machine's firmware has it, and all of it is interpreted on the
 * virtual state, whatever the monitor (vmm_leave).
 * Not modelled: A20M# inside, the cache, caching of SMRAM, an SMI in shutdown. */
#include "cpu/smm.h"
#include "cpu/allocator.h"
#include "cpu/debug.h"
#include "cpu/interpreter.h"
#include "cpu/model.h"
#include "cpu/monitor.h"
#include "cpu/segment.h"

enum { MAP_START = 0xFE00, MAP_BYTES = 0x200, ENTRY_EIP = 0x8000, REVISION = 0x20000, SMBASE_ALIGN = 0x8000 };
enum {
    AT_SMBASE = 0xFEF8, AT_REVISION = 0xFEFC, AT_HALT = 0xFF02, AT_TRAP = 0xFF10, AT_CR4 = 0xFF14, AT_EIP = 0xFFF0,
    AT_EFLAGS = 0xFFF4, AT_CR3 = 0xFFF8, AT_CR0 = 0xFFFC
};
enum { FLAGS_ALL = FLAGS_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC |
                   FLAG_VIF | FLAG_VIP | FLAG_ID };

struct save_map { u8 bytes[MAP_BYTES]; };

/* Registers that are saved and loaded as they are. */
static const struct { u16 at, place; } registers[] = {
    { 0xFFEC, offsetof(struct cpu, gpr[EDI]) }, { 0xFFE8, offsetof(struct cpu, gpr[ESI]) },
    { 0xFFE4, offsetof(struct cpu, gpr[EBP]) }, { 0xFFE0, offsetof(struct cpu, gpr[ESP]) },
    { 0xFFDC, offsetof(struct cpu, gpr[EBX]) }, { 0xFFD8, offsetof(struct cpu, gpr[EDX]) },
    { 0xFFD4, offsetof(struct cpu, gpr[ECX]) }, { 0xFFD0, offsetof(struct cpu, gpr[EAX]) },
    { AT_EIP, offsetof(struct cpu, eip) },      { 0xFFCC, offsetof(struct cpu, sys.dr[6]) },
    { 0xFFC8, offsetof(struct cpu, sys.dr[7]) }
};
/* Selectors, and where their hidden parts are: attributes, limit, base. */
static const struct { u16 at, hidden, place; } segments[] = {
    { 0xFFA8, 0xFF84, offsetof(struct system, seg[ES]) }, { 0xFFAC, 0xFF90, offsetof(struct system, seg[CS]) },
    { 0xFFB0, 0xFF9C, offsetof(struct system, seg[SS]) }, { 0xFFB4, 0xFF2C, offsetof(struct system, seg[DS]) },
    { 0xFFB8, 0xFF38, offsetof(struct system, seg[FS]) }, { 0xFFBC, 0xFF44, offsetof(struct system, seg[GS]) },
    { 0xFFC0, 0xFF78, offsetof(struct system, ldtr) },    { 0xFFC4, 0xFF5C, offsetof(struct system, tr) }
};
static const struct { u16 at_limit, at_base, place; } tables[] = {
    { 0xFF70, 0xFF74, offsetof(struct system, gdtr) }, { 0xFF54, 0xFF58, offsetof(struct system, idtr) }
};

static u32 map_get(const struct save_map *map, u16 at) { return host_load(map->bytes + (at - MAP_START), 4); }
static void map_put(struct save_map *map, u16 at, u32 value) { host_store(map->bytes + (at - MAP_START), 4, value); }
static u32 *register_of(struct cpu *cpu, unsigned i) { return (u32 *)(void *)((char *)cpu + registers[i].place); }
static struct segment *segment_of(struct system *sys, unsigned i)
{
    return (struct segment *)(void *)((char *)sys + segments[i].place);
}
static struct table_register *table_of(struct system *sys, unsigned i)
{
    return (struct table_register *)(void *)((char *)sys + tables[i].place);
}

void smm_latches_look(struct cpu *cpu)
{
    cpu->attention &= ~(u32)(ATTENTION_SMI | ATTENTION_INIT);
    if (cpu->smm)
        return;
    cpu->attention |= (cpu->smi_pending ? ATTENTION_SMI : 0) | (cpu->init_pending ? ATTENTION_INIT : 0);
}

static void smm_set(struct cpu *cpu, bool on)
{
    cpu->smm = on;
    if (cpu->smiact && !cpu->dry)
        cpu->smiact(cpu->smiact_self, on);
    smm_latches_look(cpu);
}

void smm_reset(struct cpu *cpu)
{
    cpu->smi_pending = cpu->init_pending = false;
    cpu->smbase = SMBASE_RESET;
    smm_set(cpu, false);
}

/* ---- in ---- */
static void segments_save(struct system *sys, struct save_map *map)
{
    for (unsigned i = 0; i < ARRAY_LEN(segments); i++) {
        const struct segment *segment = segment_of(sys, i);
        map_put(map, segments[i].at, segment->selector);
        map_put(map, segments[i].hidden, segment->attr);
        map_put(map, segments[i].hidden + 4, segment->limit);
        map_put(map, segments[i].hidden + 8, segment->base);
    }
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++) {
        map_put(map, tables[i].at_limit, table_of(sys, i)->limit);
        map_put(map, tables[i].at_base, table_of(sys, i)->base);
    }
}

static void map_save(struct cpu *cpu, bool halted)
{
    struct save_map map;
    memory_read(cpu->memory, cpu->smbase + MAP_START, map.bytes, MAP_BYTES);
    for (unsigned i = 0; i < ARRAY_LEN(registers); i++)
        map_put(&map, registers[i].at, *register_of(cpu, i));
    segments_save(&cpu->sys, &map);
    map_put(&map, AT_CR0, cpu->sys.cr0);
    map_put(&map, AT_CR3, cpu->sys.cr3);
    map_put(&map, AT_CR4, cpu->sys.cr4);
    map_put(&map, AT_EFLAGS, eflags_get(cpu));
    map_put(&map, AT_TRAP, cpu->debug_trap);
    map_put(&map, AT_HALT - 2, halted << 16);          /* and the I/O restart slot below it */
    map_put(&map, AT_REVISION, REVISION);
    map_put(&map, AT_SMBASE, cpu->smbase);
    memory_write(cpu->memory, cpu->smbase + MAP_START, map.bytes, MAP_BYTES);
}

static void segments_flat(struct cpu *cpu)
{
    for (unsigned i = ES; i <= GS; i++) {
        cpu->sys.seg[i] = (struct segment){ .attr = ATTR_REAL | ATTR_G, .limit = 0xffffffff };
        segment_refresh(&cpu->sys.seg[i]);
    }
    cpu->sys.seg[CS].selector = (u16)(cpu->smbase >> 4);
    cpu->sys.seg[CS].base = cpu->smbase;
}

static void smi_take(struct cpu *cpu)
{
    bool halted = cpu->attention & ATTENTION_HALTED;
    cpu->smi_pending = false;
    smm_set(cpu, true);
    map_save(cpu, halted);
    cpu->attention &= ~(u32)(ATTENTION_HALTED | ATTENTION_TRAP);
    cpu->debug_trap = 0;
    cpu->nmi_blocked = true;
    allocator_cr4(cpu, &cpu->sys, 0);
    allocator_cr0(cpu, &cpu->sys, cpu->sys.cr0 & ~(CR0_PE | CR0_EM | CR0_TS | CR0_PG));
    eflags_set(cpu, 0, FLAGS_ALL);
    cpu->sys.dr[7] = debug_register_value(7, 0);
    cpu->sys.cpl = 0;
    segments_flat(cpu);
    cpu->eip = ENTRY_EIP;
    cpu_mode_changed(cpu);
}

void smm_attend(struct cpu *cpu)
{
    vmm_enter(cpu);
    if (cpu->attention & ATTENTION_SMI)
        smi_take(cpu);
    else
        cpu_init_carry_out(cpu);
    vmm_leave(cpu);
}

/* ---- out ---- */
/* What a processor shuts down for rather than load it. */
static bool map_valid(const struct cpu *cpu, const struct save_map *map)
{
    u32 cr0 = map_get(map, AT_CR0), smbase = map_get(map, AT_SMBASE);
    if ((cr0 & (CR0_PG | CR0_PE)) == CR0_PG || (cr0 & (CR0_NW | CR0_CD)) == CR0_NW)
        return false;
    if (map_get(map, AT_CR4) & ~cpu_model_cr4(cpu->model))
        return false;
    return cpu->model->level >= CPU_P6 || smbase % SMBASE_ALIGN == 0;
}

static void segments_restore(struct system *view, const struct save_map *map)
{
    for (unsigned i = 0; i < ARRAY_LEN(segments); i++) {
        struct segment *segment = segment_of(view, i);
        *segment = (struct segment){
            .selector = (u16)map_get(map, segments[i].at), .attr = map_get(map, segments[i].hidden) & 0xf0ff,
            .limit = map_get(map, segments[i].hidden + 4), .base = map_get(map, segments[i].hidden + 8)
        };
        segment_refresh(segment);
    }
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++)
        *table_of(view, i) = (struct table_register){ map_get(map, tables[i].at_base), (u16)map_get(map, tables[i].at_limit) };
}

/* Modes exclude each other whatever SMRAM says; the level is that of the stack. */
static void mode_restore(struct cpu *cpu, struct system *view, const struct save_map *map)
{
    u32 writable = cpu_model_cr0(cpu->model), flags = map_get(map, AT_EFLAGS);
    allocator_cr0(cpu, view, (map_get(map, AT_CR0) & writable) | (view->cr0 & ~writable));
    allocator_cr4(cpu, view, map_get(map, AT_CR4));
    allocator_cr3(cpu, view, map_get(map, AT_CR3));
    if (!(view->cr0 & CR0_PE))
        flags &= ~(u32)FLAG_VM;
    eflags_set(cpu, flags, FLAGS_ALL);
    view->cpl = flags & FLAG_VM ? 3 : view->cr0 & CR0_PE ? (u8)attr_dpl(view->seg[SS].attr) : 0;
}

static void events_restore(struct cpu *cpu, const struct save_map *map)
{
    cpu->debug_trap = map_get(map, AT_TRAP) & (DR6_BS | DR6_BT | 0xf);
    cpu->attention |= cpu->debug_trap ? ATTENTION_TRAP : 0;
    cpu->attention |= map_get(map, AT_HALT - 2) & 1u << 16 ? ATTENTION_HALTED : 0;
    cpu->nmi_blocked = false;
}

enum outcome op_rsm(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct save_map map;
    (void)insn;
    memory_read(cpu->memory, cpu->smbase + MAP_START, map.bytes, MAP_BYTES);
    if (!map_valid(cpu, &map)) {
        LOG(cpu->log, LOG_GUEST_ERRORS, "rsm: the saved state is not valid");
        cpu->attention |= ATTENTION_SHUTDOWN;
        return JUMPED;
    }
    segments_restore(view, &map);
    mode_restore(cpu, view, &map);
    for (unsigned i = 0; i < ARRAY_LEN(registers); i++)
        *register_of(cpu, i) = map_get(&map, registers[i].at);
    view->dr[6] = debug_register_value(6, view->dr[6]);
    view->dr[7] = debug_register_value(7, view->dr[7]);
    tlb_drop_tags(cpu);                            /* pages may be watched again */
    cpu->smbase = map_get(&map, AT_SMBASE);
    smm_set(cpu, false);
    events_restore(cpu, &map);
    return JUMPED;
}
