/* Points of a debugger on code and on kinds of instructions (stops.h): where blocks are cut for them, and what meets them.
 *
 * A block knows its physical address only. A point's linear page marks the physical pages that it is found at when the code
 * TLB is filled, in whatever address space that is; a block is cut where its page and its offset are marked. Marks are
 * kept while they do for the points there are, so that gdb, who takes its points out at each stop, flushes nothing. */
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include "cpu/stops.h"
#include <string.h>

_Static_assert((int)SENS_COUNT <= (int)MARK_ROWS, "each row has a bit");

/* Where the next instruction is. */
static u32 here(const struct cpu *cpu) { return cpu->sys.seg[CS].base + cpu->eip; }

/* ---- marks ---- */
static bool marked(const u32 *set, u32 bit) { return set[bit / 32] >> bit % 32 & 1; }
static void mark(u32 *set, u32 bit) { set[bit / 32] |= 1u << bit % 32; }
static u32 page_bit(u32 address) { return (address >> PAGE_SHIFT) % MARK_PAGES; }

static void mark_linear(struct stop_marks *marks, u32 linear)
{
    mark(marks->linear, page_bit(linear));
    mark(marks->offset, linear & ~PAGE_MASK);
}

static void mark_code(const struct cpu *cpu, struct stop_marks *marks, const struct stop_point *point)
{
    if (point->space == STOP_LINEAR) {
        mark_linear(marks, point->address);
    } else if (point->space == STOP_PHYSICAL) {
        mark(marks->physical, page_bit(point->address));
        mark(marks->offset, point->address & ~PAGE_MASK);
    } else if (point->selector == cpu->guest->seg[CS].selector) {
        mark_linear(marks, cpu->sys.seg[CS].base + point->address);
    }
}

static void mark_rows(struct stop_marks *marks, const struct stop_point *point)
{
    for (unsigned id = 0; id < SENS_COUNT; id++)
        if (point->address == (point->kind == STOP_ROW ? id : sensitive_table[id].class))
            mark(marks->row, id);
}

static struct stop_marks marks_wanted(const struct cpu *cpu)
{
    struct stop_marks marks = { .magic = 0 };
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        if (!stops_live(point))
            continue;
        if (point->kind == STOP_EXECUTE)
            mark_code(cpu, &marks, point);
        else if (point->kind == STOP_ROW || point->kind == STOP_CLASS)
            mark_rows(&marks, point);
        else if (point->kind == STOP_MAGIC)
            marks.magic = 1;
    }
    return marks;
}

static bool within(const struct stop_marks *part, const struct stop_marks *whole)
{
    u32 a[sizeof *part / sizeof(u32)], b[ARRAY_LEN(a)], missing = 0;
    memcpy(a, part, sizeof a);
    memcpy(b, whole, sizeof b);
    for (unsigned i = 0; i < ARRAY_LEN(a); i++)
        missing |= a[i] & ~b[i];
    return !missing;
}

void stops_marks_changed(struct cpu *cpu)
{
    struct stop_marks wanted = marks_wanted(cpu);
    cpu->stops->cs = cpu->guest->seg[CS].selector;
    cpu->stops->cs_base = cpu->sys.seg[CS].base;
    if (within(&wanted, &cpu->stops->marks))
        return;
    cpu->stops->marks = wanted;
    tlb_drop_tags(cpu);
    cpu->code_linear = NO_TAG;
    cpu->flush_blocks = cpu->end_block = true;
}

void stops_fetched(struct cpu *cpu, u32 linear, u32 physical)
{
    struct stop_marks *marks = &cpu->stops->marks;
    if (!marked(marks->linear, page_bit(linear)) || marked(marks->physical, page_bit(physical)))
        return;
    mark(marks->physical, page_bit(physical));
    cpu->flush_blocks = cpu->end_block = true;
}

static bool is_magic(const struct insn *insn, const u8 *bytes)
{
    return insn->len >= 2 && bytes[insn->len - 2] == 0x87 && bytes[insn->len - 1] == 0xdb && insn->size == 2;
}

bool stops_marked(const struct cpu *cpu, u32 physical, const struct insn *insn, const u8 *bytes)
{
    const struct stop_marks *marks = &cpu->stops->marks;
    return (marked(marks->physical, page_bit(physical)) && marked(marks->offset, physical & ~PAGE_MASK)) ||
           (insn->op == OP_sensitive && marked(marks->row, insn->row->id)) || (marks->magic && is_magic(insn, bytes));
}

bool stops_uncached(struct cpu *cpu)
{
    u32 physical;
    u8 *flags;
    bool writable;
    if (!(cpu->stops->code || cpu->stops->insns) || !cpu_translate_peek(cpu, here(cpu), &physical) ||
        memory_page(cpu->memory, memory_gate(cpu->memory, physical), &flags, &writable))
        return false;
    cpu->attention |= ATTENTION_WATCHED;
    return true;
}

/* ---- looks ---- */
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

static bool asked(const struct stops *stops, const struct stop_point *point)
{
    return stops_live(point) && !(stops->passed_some && point->over);
}

static void code_look(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    u32 linear = here(cpu);
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (asked(stops, point) && point->kind == STOP_EXECUTE && code_meets(cpu, point, linear)) {
            stops_hit(cpu, (struct stop_reason){ .kind = STOP_EXECUTE, .point = (int)i, .address = linear });
            return;
        }
    }
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
        if (meant && asked(cpu->stops, point) && (!point->trapped || traps(cpu, row)))
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
        stops_hit(cpu, (struct stop_reason){ .kind = stops->point[point].kind, .point = point, .address = d.insn.row->id });
    /* It stops after the instruction: the hit is met at the next boundary. */
    point = is_magic(&d.insn, bytes) ? stops_find(stops, STOP_MAGIC, STOP_ANY) : -1;
    if (point >= 0)
        stops_hit(cpu, (struct stop_reason){ .kind = STOP_MAGIC, .point = point, .address = here(cpu) });
}

void stops_look(struct cpu *cpu)
{
    if (cpu->stops->code)
        code_look(cpu);
    if (cpu->stops->insns)
        insn_look(cpu);
}
