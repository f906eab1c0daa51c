/* String instructions (SDM vol. 2: MOVS CMPS STOS LODS SCAS) with and without REP.
 *
 * Each element is an instruction boundary: state is committed per element, and the instruction gives way (REPEAT) when the
 * budget is used up or an element touched a device or code. Runs of elements that lie in one page each, inside their
 * segments, are moved at the host's speed. The instruction's own cost (insn->imm) is paid by the chunk that completes. */
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/routines.h"
#include <string.h>

struct string {
    struct cpu        *cpu;
    const struct insn *insn;
    unsigned size;
    u32  mask;                     /* of the address size */
    bool down;
    bool done;                     /* the elements themselves ended it (SCAS, CMPS) */
};

static struct string string_of(struct cpu *cpu, const struct insn *insn)
{
    return (struct string){ cpu, insn, insn->size, insn->flags & INSN_ADDR16 ? 0xffff : 0xffffffff,
                            cpu->sys.eflags & FLAG_DF, false };
}

static u32 index_read(const struct string *s, unsigned reg) { return s->cpu->gpr[reg] & s->mask; }
static void index_write(const struct string *s, unsigned reg, u32 value)
{
    s->cpu->gpr[reg] = (s->cpu->gpr[reg] & ~s->mask) | (value & s->mask);
}
/* Moves an index register by n elements in the string's direction. */
static void advance(const struct string *s, unsigned reg, u32 n)
{
    u32 bytes = n * s->size;
    index_write(s, reg, index_read(s, reg) + (s->down ? 0 - bytes : bytes));
}

/* Elements that can be done before the next boundary at which an event is due: at least 1. */
static u64 affordable(const struct string *s, unsigned element)
{
    s64 left = (s->cpu->budget >> 32) + s->insn->imm;
    if (s->cpu->end_block || boundary_awaited(s->cpu))     /* single-stepped, or an interrupt waits: one element */
        return 1;
    return left <= (s64)element ? 1 : ((u64)left + element - 1) / element;
}
static void charge(const struct string *s, u64 n, unsigned element) { s->cpu->budget -= (s64)(n * element) << 32; }
static bool exhausted(const struct string *s) { return (s->cpu->budget >> 32) + (s64)s->insn->imm <= 0; }

/* A run of up to n elements from an index register on that lies in one page and in the segment: host address of its lowest
 * byte and how many; 0 if not even one element does. */
static u32 run_of(const struct string *s, unsigned sreg, unsigned reg, u64 n, bool write, u8 **host)
{
    const struct segment *segment = &s->cpu->sys.seg[sreg];
    u32 offset = index_read(s, reg), linear = segment->base + offset;
    u32 room = s->down ? (linear & ~PAGE_MASK) / s->size + 1 : (PAGE_SIZE - (linear & ~PAGE_MASK)) / s->size;
    if (s->down && (linear & ~PAGE_MASK) + s->size > PAGE_SIZE)
        return 0;
    n = MIN(n, room);
    /* Inside the address size. */
    n = MIN(n, s->down ? (u64)offset / s->size + 1 : ((u64)s->mask + 1 - offset) / s->size);
    if (!n)
        return 0;
    u32 low = s->down ? offset - (u32)(n - 1) * s->size : offset, length = (u32)n * s->size;
    if (!range_holds(&segment->range[write], low, length))
        return 0;
    *host = lin_host(s->cpu, segment->base + low, length, write);
    return *host ? (u32)n : 0;
}

/* ---- REP: chunks of elements ---- */
/* Does up to `most` elements, moves the index registers; how many were done, 0 if the first one faults. */
typedef u32 chunk_fn(struct string *s, u64 most);

static bool single(const struct insn *insn) { return !(insn->flags & (INSN_REP | INSN_REPNE)); }

static enum outcome repeat(struct cpu *cpu, const struct insn *insn, chunk_fn *chunk, enum cost_class cost_class)
{
    struct string s = string_of(cpu, insn);
    const unsigned element = cost_of(cpu, cost_class);
    if (single(insn))
        return chunk(&s, 1) ? DONE : FAULT;
    while (index_read(&s, ECX)) {
        u32 n = chunk(&s, MIN((u64)index_read(&s, ECX), affordable(&s, element)));
        if (!n)
            return FAULT;
        index_write(&s, ECX, index_read(&s, ECX) - n);
        charge(&s, n, element);
        if (s.done)
            return DONE;
        if (index_read(&s, ECX) && (exhausted(&s) || cpu->end_block || boundary_awaited(cpu)))
            return REPEAT;
    }
    return DONE;
}

static void copy_up(u8 *to, const u8 *from, u32 length, unsigned size)
{
    if (to <= from || to >= from + length) {
        memmove(to, from, length);
        return;
    }
    for (u32 k = 0; k < length; k += size)         /* overlapping upwards repeats the pattern, element by element */
        memmove(to + k, from + k, size);
}
static void copy_down(u8 *to, const u8 *from, u32 length, unsigned size)
{
    if (to >= from || to + length <= from) {
        memmove(to, from, length);
        return;
    }
    for (u32 k = length; k; k -= size)
        memmove(to + k - size, from + k - size, size);
}

static u32 movs_chunk(struct string *s, u64 most)
{
    u8 *from, *to;
    u32 n = run_of(s, s->insn->seg, ESI, most, false, &from), value;
    n = n ? run_of(s, ES, EDI, n, true, &to) : 0;
    if (n && s->down) {
        run_of(s, s->insn->seg, ESI, n, false, &from);     /* the lowest byte of n elements, not of more */
        copy_down(to, from, n * s->size, s->size);
    } else if (n) {
        copy_up(to, from, n * s->size, s->size);
    } else {
        if (!seg_read(s->cpu, s->insn->seg, index_read(s, ESI), s->size, &value) ||
            !seg_write(s->cpu, ES, index_read(s, EDI), s->size, value))
            return 0;
        n = 1;
    }
    advance(s, ESI, n);
    advance(s, EDI, n);
    return n;
}

static void fill(u8 *to, u32 value, u32 n, unsigned size)
{
    if (size == 1)
        memset(to, (int)value, n);
    else if (size == 2)
        for (u32 k = 0; k < n; k++)
            memcpy(to + 2 * k, &value, 2);
    else
        for (u32 k = 0; k < n; k++)
            memcpy(to + 4 * k, &value, 4);
}

static u32 stos_chunk(struct string *s, u64 most)
{
    u8 *to;
    u32 n = run_of(s, ES, EDI, most, true, &to);
    if (n) {
        fill(to, s->cpu->gpr[EAX], n, s->size);
    } else {
        if (!seg_write(s->cpu, ES, index_read(s, EDI), s->size, s->cpu->gpr[EAX]))
            return 0;
        n = 1;
    }
    advance(s, EDI, n);
    return n;
}

/* Only the last element stays. */
static u32 lods_chunk(struct string *s, u64 most)
{
    u8 *from;
    u32 value, n = run_of(s, s->insn->seg, ESI, most, false, &from);
    if (n) {
        value = host_load(s->down ? from : from + (n - 1) * s->size, s->size);
    } else {
        if (!seg_read(s->cpu, s->insn->seg, index_read(s, ESI), s->size, &value))
            return 0;
        n = 1;
    }
    host_store((u8 *)&s->cpu->gpr[EAX], s->size, value);
    advance(s, ESI, n);
    return n;
}

static void compare(struct cpu *cpu, u32 a, u32 b, unsigned size)
{
    unsigned shift = 32 - size * 8;
    u32 r = a - b;
    s32 wide = (s32)(r << shift) >> shift;
    cpu->flags = (struct flags){ .result = wide, .aux = (u32)((s32)((a ^ b) << shift) >> shift), .cf = a << shift < b << shift };
}

/* CMPS (the first operand from memory at ESI) and SCAS (the accumulator) share the rest. REPE goes on while equal, REPNE
 * while different. */
static u32 scan_chunk(struct string *s, u64 most, bool from_memory)
{
    const bool while_equal = s->insn->flags & INSN_REP;
    struct cpu *cpu = s->cpu;
    u8 *first = NULL, *second;
    u32 a = host_load((u8 *)&cpu->gpr[EAX], s->size), b;
    u32 n = run_of(s, ES, EDI, most, false, &second), done = 0;
    if (n && from_memory)
        n = run_of(s, s->insn->seg, ESI, n, false, &first);
    if (n && !s->down) {
        do {
            if (from_memory)
                a = host_load(first + done * s->size, s->size);
            b = host_load(second + done * s->size, s->size);
        } while (++done < n && (a == b) == while_equal);
    } else {
        if ((from_memory && !seg_read(cpu, s->insn->seg, index_read(s, ESI), s->size, &a)) ||
            !seg_read(cpu, ES, index_read(s, EDI), s->size, &b))
            return 0;
        done = 1;
    }
    if (from_memory)
        advance(s, ESI, done);
    advance(s, EDI, done);
    compare(cpu, a, b, s->size);
    s->done = (a == b) != while_equal;
    return done;
}
static u32 cmps_chunk(struct string *s, u64 most) { return scan_chunk(s, most, true); }
static u32 scas_chunk(struct string *s, u64 most) { return scan_chunk(s, most, false); }

/* ---- one element, without the frame of a run ---- */
static void step_index(struct cpu *cpu, const struct insn *insn, unsigned reg)
{
    u32 step = cpu->sys.eflags & FLAG_DF ? 0u - insn->size : insn->size;
    if (insn->flags & INSN_ADDR16)
        R16(cpu, reg * 4) = (u16)(cpu->gpr[reg] + step);
    else
        cpu->gpr[reg] += step;
}
static u32 index_of(const struct cpu *cpu, const struct insn *insn, unsigned reg)
{
    return insn->flags & INSN_ADDR16 ? cpu->gpr[reg] & 0xffff : cpu->gpr[reg];
}

enum outcome op_movs(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!single(insn))
        return repeat(cpu, insn, movs_chunk, C_ELEMENT);
    if (!seg_read(cpu, insn->seg, index_of(cpu, insn, ESI), insn->size, &value) ||
        !seg_write(cpu, ES, index_of(cpu, insn, EDI), insn->size, value))
        return FAULT;
    step_index(cpu, insn, ESI);
    step_index(cpu, insn, EDI);
    return DONE;
}

enum outcome op_stos(struct cpu *cpu, const struct insn *insn)
{
    if (!single(insn))
        return repeat(cpu, insn, stos_chunk, C_ELEMENT);
    if (!seg_write(cpu, ES, index_of(cpu, insn, EDI), insn->size, cpu->gpr[EAX]))
        return FAULT;
    step_index(cpu, insn, EDI);
    return DONE;
}

enum outcome op_lods(struct cpu *cpu, const struct insn *insn) { return repeat(cpu, insn, lods_chunk, C_ELEMENT); }
enum outcome op_cmps(struct cpu *cpu, const struct insn *insn) { return repeat(cpu, insn, cmps_chunk, C_ELEMENT_SCAN); }
enum outcome op_scas(struct cpu *cpu, const struct insn *insn) { return repeat(cpu, insn, scas_chunk, C_ELEMENT_SCAN); }
