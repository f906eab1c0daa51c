/* Points of a debugger (stops.h): which there are, and what meets them. */
#include "cpu/stops.h"
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include <string.h>

static bool live(const struct stop_point *point) { return point->kind != STOP_NONE && !point->disabled; }

static bool on_data(const struct stop_point *point)
{
    return live(point) && point->kind >= STOP_WRITE && point->kind <= STOP_ACCESS;
}

static u64 insns_now(const struct cpu *cpu) { return cpu->insns + (u32)cpu->budget; }

/* Where the next instruction is. */
static u32 here(const struct cpu *cpu) { return cpu->sys.seg[CS].base + cpu->eip; }

static void hit(struct cpu *cpu, struct stop_reason reason)
{
    struct stops *stops = cpu->stops;
    if (stops->hit.kind == STOP_NONE)
        stops->hit = reason;
    cpu->attention |= ATTENTION_WATCHED;
    cpu->end_block = true;
}

static void note_state(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    stops->cr3 = cpu->guest->cr3;
    stops->cpl = cpu->guest->cpl;
    stops->mode = system_mode(cpu->guest);
}

/* ---- the points there are ---- */
void stops_changed(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    bool each = stops->each;
    stops->data = stops->ports = stops->code = stops->insns = false;
    stops->each = stops->step_end != UINT64_MAX;
    stops->next_cycle = UINT64_MAX;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (!live(point))
            continue;
        stops->code |= point->kind == STOP_EXECUTE;
        stops->insns |= point->kind == STOP_ROW || point->kind == STOP_CLASS || point->kind == STOP_MAGIC;
        if (on_data(point)) stops->data = true;
        else if (point->kind == STOP_PORT) stops->ports = true;
        else if (point->kind == STOP_EXCEPTION || point->kind == STOP_INTERRUPT) continue;
        else if (point->kind != STOP_CYCLE) stops->each = true;
        else if (point->count > cpu->clock->now) stops->next_cycle = MIN(stops->next_cycle, point->count);
    }
    tlb_drop_tags(cpu);
    cpu->flush_blocks |= each != stops->each;      /* blocks built for single steps are short */
}

void stops_attach(struct cpu *cpu, struct stops *stops)
{
    cpu->stops = stops;
    cpu->flush_blocks = true;
    tlb_drop_tags(cpu);
    if (!stops)
        return;
    stops->step_end = UINT64_MAX;
    note_state(cpu);
    stops_changed(cpu);
}

int stops_add(struct cpu *cpu, const struct stop_point *point)
{
    for (unsigned i = 0; i < STOP_POINTS; i++)
        if (cpu->stops->point[i].kind == STOP_NONE) {
            cpu->stops->point[i] = *point;
            stops_changed(cpu);
            return (int)i;
        }
    return -1;
}

void stops_remove(struct cpu *cpu, unsigned number)
{
    if (number >= STOP_POINTS)
        return;
    cpu->stops->point[number].kind = STOP_NONE;
    stops_changed(cpu);
}

void stops_resume(struct cpu *cpu, u64 insns)
{
    struct stops *stops = cpu->stops;
    stops->passed = true;
    stops->passed_fault = stops->hit.kind == STOP_EXCEPTION;
    stops->passed_linear = here(cpu);
    stops->passed_insns = cpu->insns;
    stops->hit = (struct stop_reason){ .kind = STOP_NONE };
    stops->step_end = insns ? cpu->insns + insns : UINT64_MAX;
    note_state(cpu);
    stops_changed(cpu);
}

/* ---- what meets them ---- */
/* The first live point of a kind at `address`; -1: none. */
static int find(const struct stops *stops, enum stop_kind kind, u32 address)
{
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (live(point) && point->kind == kind && (point->address == address || point->address == STOP_ANY))
            return (int)i;
    }
    return -1;
}

static bool code_meets(const struct cpu *cpu, const struct stop_point *point, u32 linear)
{
    u32 physical;
    switch (point->space) {
    case STOP_LINEAR:    return point->address == linear;
    case STOP_SEGMENTED: return point->address == cpu->eip && point->selector == cpu->guest->seg[CS].selector;
    case STOP_PHYSICAL:  break;
    }
    return ((point->address ^ linear) & ~PAGE_MASK) == 0 && cpu_translate_peek(cpu, linear, &physical) &&
           memory_gate(cpu->memory, physical) == point->address;
}

static void code_look(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    u32 linear = here(cpu);
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (live(point) && point->kind == STOP_EXECUTE && code_meets(cpu, point, linear)) {
            hit(cpu, (struct stop_reason){ .kind = STOP_EXECUTE, .point = (int)i, .address = linear });
            return;
        }
    }
}

static void change_look(struct cpu *cpu, enum stop_kind kind, u32 before, u32 now)
{
    int point = before == now ? -1 : find(cpu->stops, kind, STOP_ANY);
    if (point >= 0)
        hit(cpu, (struct stop_reason){ .kind = kind, .point = point, .address = now });
}

static void count_look(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    u64 now = insns_now(cpu);
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        struct stop_point *point = &stops->point[i];
        if (live(point) && point->kind == STOP_INSNS && point->count <= now) {
            point->disabled = true;
            hit(cpu, (struct stop_reason){ .kind = STOP_INSNS, .point = (int)i });
        }
    }
    if (now >= stops->step_end && !(here(cpu) - stops->range_from < stops->range_to - stops->range_from))
        hit(cpu, (struct stop_reason){ .kind = STOP_STEP, .point = -1, .address = here(cpu) });
}

bool stops_boundary(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    if (stops->hit.kind == STOP_NONE && stops->each) {
        change_look(cpu, STOP_CR3, stops->cr3, cpu->guest->cr3);
        change_look(cpu, STOP_CPL, stops->cpl, cpu->guest->cpl);
        change_look(cpu, STOP_MODE, stops->mode, system_mode(cpu->guest));
        note_state(cpu);
        count_look(cpu);
    }
    return stops->hit.kind != STOP_NONE;
}

bool stops_fault(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    const struct fault *fault = &cpu->fault;
    int point = find(stops, STOP_EXCEPTION, fault->vector);
    if (stops->passed_fault) {
        stops->passed_fault = false;
    } else if (point >= 0) {
        hit(cpu, (struct stop_reason){ .kind = STOP_EXCEPTION, .point = point, .address = fault->vector,
                                       .error = fault->has_error ? fault->error : 0 });
        return true;
    }
    if (stops->step_end != UINT64_MAX)
        stops->step_end = insns_now(cpu);
    return false;
}

void stops_interrupt(struct cpu *cpu, u8 vector)
{
    struct stops *stops = cpu->stops;
    int point = find(stops, STOP_INTERRUPT, vector);
    if (point >= 0)
        hit(cpu, (struct stop_reason){ .kind = STOP_INTERRUPT, .point = point, .address = vector });
    if (stops->step_end != UINT64_MAX)
        stops->step_end = insns_now(cpu);
}

/* The monitor of the run gets to see the row. */
static bool traps(const struct cpu *cpu, const struct sensitive *row)
{
    const struct vmm *vmm = &cpu->monitor->vmm;
    return !cpu->on_chip || vmm->config.traps[vmm->user_root][row->id];
}

/* The next instruction, without a fetch of the guest's. */
static void insn_peek(const struct cpu *cpu, u8 *bytes, struct decoded *d)
{
    unsigned have = 0;
    for (const u8 *byte; have < INSN_MAX_BYTES && (byte = cpu_peek(cpu, here(cpu) + have)); have++)
        bytes[have] = *byte;
    memset(bytes + have, 0, INSN_MAX_BYTES - have);
    decode(cpu, cpu->key, bytes, INSN_MAX_BYTES, 0, d);
}

static int row_find(const struct cpu *cpu, const struct sensitive *row)
{
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        bool meant = (point->kind == STOP_ROW && point->address == row->id) ||
                     (point->kind == STOP_CLASS && point->address == row->class);
        if (meant && live(point) && (!point->trapped || traps(cpu, row)))
            return (int)i;
    }
    return -1;
}

static void insn_look(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    struct decoded d;
    u8 bytes[INSN_MAX_BYTES];
    insn_peek(cpu, bytes, &d);
    int point = d.insn.op == OP_sensitive ? row_find(cpu, d.insn.row) : -1;
    if (point >= 0)
        hit(cpu, (struct stop_reason){ .kind = stops->point[point].kind, .point = point, .address = d.insn.row->id });
    /* It stops after the instruction: the hit is met at the next boundary. */
    bool magic = d.insn.len >= 2 && bytes[d.insn.len - 2] == 0x87 && bytes[d.insn.len - 1] == 0xdb && d.insn.size == 2;
    point = magic ? find(stops, STOP_MAGIC, STOP_ANY) : -1;
    if (point >= 0)
        hit(cpu, (struct stop_reason){ .kind = STOP_MAGIC, .point = point, .address = here(cpu) });
}

bool stops_code(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    if (stops->passed && stops->passed_linear == here(cpu) && stops->passed_insns == insns_now(cpu))
        return false;
    stops->passed = false;
    if (stops->code)
        code_look(cpu);
    if (stops->insns)
        insn_look(cpu);
    return stops->hit.kind != STOP_NONE && stops->hit.kind != STOP_MAGIC;
}

/* [address, address + length) and the point's range have a byte in common. */
static bool overlaps(const struct stop_point *point, u32 address, u32 length)
{
    return address - point->address < point->length || point->address - address < length;
}

void stops_data(struct cpu *cpu, u32 linear, u32 physical, unsigned length, bool write)
{
    if (!cpu->stops->data)
        return;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        bool kind = on_data(point) && (point->kind == STOP_ACCESS || (point->kind == STOP_WRITE) == write);
        u32 at = point->space == STOP_PHYSICAL ? physical : linear;
        if (kind && overlaps(point, at, length))
            hit(cpu, (struct stop_reason){ .kind = point->kind, .point = (int)i, .write = write,
                                           .address = linear + (at < point->address ? point->address - at : 0) });
    }
}

bool stops_page(const struct cpu *cpu, u32 linear, u32 physical)
{
    if (!cpu->stops->data)
        return false;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        if (on_data(point) && overlaps(point, (point->space == STOP_PHYSICAL ? physical : linear) & PAGE_MASK, PAGE_SIZE))
            return true;
    }
    return false;
}

void stops_port(struct cpu *cpu, u16 port, unsigned width, bool write)
{
    if (!cpu->stops->ports)
        return;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        if (live(point) && point->kind == STOP_PORT && overlaps(point, port, width))
            hit(cpu, (struct stop_reason){ .kind = STOP_PORT, .point = (int)i, .address = port, .write = write });
    }
}

bool stops_due(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    if (!stops)
        return false;
    if (stops->hit.kind == STOP_NONE && cpu->clock->now >= stops->next_cycle) {
        for (unsigned i = 0; i < STOP_POINTS; i++)
            if (live(&stops->point[i]) && stops->point[i].kind == STOP_CYCLE && stops->point[i].count <= cpu->clock->now) {
                stops->point[i].disabled = true;
                hit(cpu, (struct stop_reason){ .kind = STOP_CYCLE, .point = (int)i });
            }
        stops_changed(cpu);
        cpu->attention &= ~(u32)ATTENTION_WATCHED;
    }
    return stops->hit.kind != STOP_NONE;
}
