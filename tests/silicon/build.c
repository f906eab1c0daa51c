/* Makes cases: see build.h. The random numbers are splitmix64's, so that every run makes the same cases. */
#include "tests/silicon/build.h"
#include <assert.h>
#include <stdarg.h>
#include <string.h>

u64 random64(struct build *b)
{
    u64 z = b->seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

u32 pick(struct build *b, u32 below)
{
    return (u32)((random64(b) >> 32) * below >> 32);
}

bool chance(struct build *b, u32 percent)
{
    return pick(b, 100) < percent;
}

u32 edge(struct build *b, unsigned bits)
{
    static const u32 values[] = { 0, 1, 2, 0xffffffff, 0xfffffffe, 0x80, 0x7f, 0x8000, 0x7fff, 0x80000000, 0x7fffffff,
                                  0x0f, 0x10, 0x99, 0x9a, 0xff, 0x100, 0xffff, 0x10000, 0x55555555, 0xaaaaaaaa,
                                  31, 32, 33 };
    u32 value = chance(b, 55) ? values[pick(b, ARRAY_LEN(values))] : (u32)random64(b);
    return bits == 32 ? value : value & ((1u << bits) - 1);
}

void set_code16(struct build *b, bool code16)
{
    struct silicon_state *s = &b->c.before;
    b->code16 = code16;
    s->seg[CS] = code16 ? SEL_CODE16 : chance(b, 70) ? SEL_CODE_FLAT : SEL_CODE32;
    s->eip = CODE_LINEAR + 0x800 + pick(b, 4) - silicon_base(s->seg[CS]);
}

void set_stack(struct build *b, u16 selector, u32 sp)
{
    b->c.before.seg[SS] = selector;
    b->c.before.gpr[ESP] = sp;
    b->pinned |= 1 << ESP;
}

static void choose_data_segments(struct build *b)
{
    static const u16 common[] = { SEL_DATA_FLAT, SEL_DATA_FLAT, SEL_FLAT, SEL_DATA16, SEL_DATA16, SEL_DATA_SMALL };
    struct silicon_state *s = &b->c.before;
    s->seg[DS] = b->code16 ? SEL_DATA16 : common[pick(b, ARRAY_LEN(common))];
    s->seg[ES] = b->code16 ? SEL_DATA16 : common[pick(b, ARRAY_LEN(common))];
    s->seg[FS] = SEL_DATA16;
    s->seg[GS] = chance(b, 50) ? SEL_DATA_SMALL : SEL_FLAT;
}

void open_case(struct build *b, const char *format, ...)
{
    struct silicon_case *c = &b->c;
    memset(&c->head, 0, sizeof(c->head));
    silicon_default(&c->before, c->memory_before);
    va_list args;
    va_start(args, format);
    vsnprintf(c->head.name, sizeof(c->head.name), format, args);
    va_end(args);
    b->pinned = b->safe = b->address16 = b->in_memory = false;
    b->around = 0;
    b->override = -1;
    b->bits = 32;
    c->head.eflags_mask = ~(u32)FLAG_RF;
    for (unsigned i = 0; i < 8; i++) c->before.gpr[i] = edge(b, 32);
    c->before.eflags |= (u32)random64(b) & FLAGS_STATUS;
    set_code16(b, chance(b, 25));
    if (chance(b, b->code16 ? 80 : 20))
        set_stack(b, SEL_STACK16, 0x800 + 2 * pick(b, 64) + ((u32)random64(b) & 0xffff0000));
    else
        set_stack(b, SEL_DATA_FLAT, STACK_LINEAR + 0x800 + 2 * pick(b, 64));
    choose_data_segments(b);
}

void close_case(struct build *b)
{
    b->done(b);
}

void set_register(struct build *b, unsigned number, u32 value)
{
    b->c.before.gpr[number] = value;
    b->pinned |= (u8)(1 << number);
}

void set_case_flags(struct build *b, unsigned flags)
{
    b->c.head.flags |= (u8)flags;
}

void undefined(struct build *b, u32 eflags)
{
    b->c.head.eflags_mask &= ~eflags;
}

void emit(struct build *b, unsigned byte)
{
    assert(b->c.head.code_length < sizeof(b->c.head.code));
    b->c.head.code[b->c.head.code_length++] = (u8)byte;
}

void emit_value(struct build *b, u32 value, unsigned bits)
{
    for (unsigned i = 0; i < bits; i += 8) emit(b, value >> i & 0xff);
}

void emit_size(struct build *b, unsigned bits)
{
    b->bits = (u8)bits;
    if ((bits == 16) != b->code16) emit(b, 0x66);
}

unsigned word_or_dword(struct build *b)
{
    return chance(b, 50) ? 16 : 32;
}

void emit_prefixes(struct build *b, unsigned bits)
{
    static const u8 segment_prefix[6] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    b->bits = (u8)bits;
    b->address16 = b->code16 != chance(b, 20);
    b->override = -1;
    if (b->address16 && silicon_base(b->c.before.seg[DS]) == 0) b->override = FS;
    else if (chance(b, 20)) b->override = (s8)(chance(b, 50) ? FS : chance(b, 50) ? ES : GS);
    if (b->address16 && b->override >= 0 && silicon_base(b->c.before.seg[b->override]) == 0) b->override = FS;
    if (bits != 8 && (bits == 16) != b->code16) emit(b, 0x66);
    if (b->address16 != b->code16) emit(b, 0x67);
    if (b->override >= 0) emit(b, segment_prefix[b->override]);
}

/* Where in a segment an operand may lie: mostly well inside, now and then where a page or limit check must refuse. */
static u32 choose_offset(struct build *b, u16 selector, unsigned size)
{
    u32 base = silicon_base(selector);
    bool stack = selector == SEL_STACK16;
    u32 data = base == 0 ? DATA_LINEAR : base - DATA_LINEAR == 0x800 ? 0 : base == DATA_LINEAR ? 0 : 0x100;
    u32 room = selector == SEL_DATA_SMALL || stack ? 0x700 : base == DATA_LINEAR + 0x800 ? 0xe00 : 0x2e00;
    unsigned luck = pick(b, 100);
    if (b->safe || luck < 84 || stack) return data + (pick(b, room - b->around) & (chance(b, 60) ? ~3u : ~0u));
    if (selector == SEL_DATA_SMALL) return 0x800 - pick(b, size + 2);
    if (luck < 88) return data + 0x1000 - pick(b, size + 1);           /* across two good pages */
    if (luck < 91) return data + DATA_WRITABLE + 4 * pick(b, 0x200);   /* read-only page */
    if (luck < 94) return data + DATA_WRITABLE - pick(b, size);        /* into it */
    if (luck < 97 && base) return 0xffff - pick(b, size);              /* at the limit, and not present */
    return data + DATA_SIZE + 4 * pick(b, 0x100);                      /* not present */
}

static void aim(struct build *b, unsigned segment, unsigned size)
{
    b->operand_segment = (u8)segment;
    b->operand_offset = choose_offset(b, b->c.before.seg[segment], size);
    b->operand = silicon_base(b->c.before.seg[segment]) + b->operand_offset;
    b->in_memory = true;
}

static unsigned effective_segment(const struct build *b, bool by_stack)
{
    return b->override >= 0 ? (unsigned)b->override : by_stack ? SS : DS;
}

static void emit_memory_16(struct build *b, unsigned reg, unsigned size)
{
    static const u8 first[8] = { EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX };
    static const u8 second[8] = { ESI, EDI, ESI, EDI, 8, 8, 8, 8 };
    const u32 *gpr = b->c.before.gpr;
    unsigned rm = pick(b, 8);
    /* The lowest 64 KiB of a flat segment hold nothing. */
    if (first[rm] == EBP && b->override < 0 && silicon_base(b->c.before.seg[SS]) == 0) rm = 7;
    bool absolute = rm == 6 && chance(b, 50);
    aim(b, effective_segment(b, !absolute && first[rm] == EBP), size);
    u32 sum = absolute ? 0 : gpr[first[rm]] + (second[rm] < 8 ? gpr[second[rm]] : 0);
    if (!absolute && second[rm] == 8 && !(b->pinned >> first[rm] & 1) && chance(b, 50)) {
        u32 displacement = edge(b, 8);
        u32 value = b->operand_offset - (u32)(s32)(s8)displacement;
        b->c.before.gpr[first[rm]] = (gpr[first[rm]] & 0xffff0000) | (value & 0xffff);
        emit(b, 0x40 | reg << 3 | rm);
        emit(b, displacement);
        return;
    }
    emit(b, (absolute ? 0 : 0x80) | reg << 3 | rm);
    emit_value(b, b->operand_offset - sum, 16);
}

static void emit_memory_32(struct build *b, unsigned reg, unsigned size)
{
    u32 *gpr = b->c.before.gpr;
    unsigned base = pick(b, 8), index = pick(b, 8), scale = pick(b, 4);
    bool sib = base == ESP || chance(b, 40);
    if (chance(b, 12)) {
        aim(b, effective_segment(b, false), size);
        emit(b, reg << 3 | 5);
        emit_value(b, b->operand_offset, 32);
        return;
    }
    aim(b, effective_segment(b, base == ESP || base == EBP), size);
    u32 scaled = sib && index != ESP ? gpr[index] << scale : 0;
    bool adjust = !(b->pinned >> base & 1) && !(sib && index == base) && chance(b, 60);
    u32 displacement = adjust ? (u32)(s32)(s8)edge(b, 8) : b->operand_offset - gpr[base] - scaled;
    if (adjust) gpr[base] = b->operand_offset - scaled - displacement;
    emit(b, (adjust ? 0x40 : 0x80) | reg << 3 | (sib ? 4 : base));
    if (sib) emit(b, scale << 6 | index << 3 | base);
    emit_value(b, displacement, adjust ? 8 : 32);
}

void emit_memory(struct build *b, unsigned reg, unsigned size)
{
    if (b->address16) emit_memory_16(b, reg, size);
    else emit_memory_32(b, reg, size);
}

void emit_register(struct build *b, unsigned reg, unsigned rm)
{
    b->in_memory = false;
    b->register_operand = (u8)rm;
    emit(b, 0xc0 | reg << 3 | rm);
}

void emit_operand(struct build *b, unsigned reg, unsigned size)
{
    if (chance(b, 50)) emit_register(b, reg, pick(b, 8));
    else emit_memory(b, reg, size);
}

u32 read_register(const struct build *b, unsigned number, unsigned bits)
{
    const u32 *gpr = b->c.before.gpr;
    if (bits == 8) return gpr[number & 3] >> (number & 4 ? 8 : 0) & 0xff;
    return bits == 16 ? gpr[number] & 0xffff : gpr[number];
}

u32 read_operand(const struct build *b)
{
    return b->in_memory ? peek(b, b->operand, b->bits / 8) : read_register(b, b->register_operand, b->bits);
}

void poke_bytes(struct build *b, u32 linear, const void *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        int offset = silicon_image_offset(linear + i);
        if (offset >= 0) b->c.memory_before[offset] = ((const u8 *)bytes)[i];
    }
}

void poke(struct build *b, u32 linear, u32 value, unsigned bytes)
{
    poke_bytes(b, linear, &value, bytes);
}

u32 peek(const struct build *b, u32 linear, unsigned bytes)
{
    u32 value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        int offset = silicon_image_offset(linear + i);
        if (offset >= 0) value |= (u32)b->c.memory_before[offset] << (8 * i);
    }
    return value;
}

bool stack_is_16(const struct build *b)
{
    return b->c.before.seg[SS] == SEL_STACK16;
}

u32 stack_linear(const struct build *b)
{
    u32 sp = b->c.before.gpr[ESP];
    return silicon_base(b->c.before.seg[SS]) + (stack_is_16(b) ? sp & 0xffff : sp);
}
