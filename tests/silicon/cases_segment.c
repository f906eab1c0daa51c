/* Segment cases: loads of every kind, and accesses at the edges of every kind of segment.
 *
 * Left out, because makers differ: far pointer loads from memory that faults, ARPL of memory, LAR of segments whose
 * limit has its high four bits set (that part of the result is undefined). */
#include "tests/silicon/build.h"

static const u16 any_selector[] = {
    0, 1, 3, SEL_DATA_FLAT, SEL_CODE_FLAT, SEL_FLAT, SEL_CODE32, SEL_CODE16, SEL_DATA16, SEL_DATA_SMALL, SEL_DATA_RO,
    SEL_DOWN32, SEL_DOWN16, SEL_DATA_ABSENT, SEL_CODE_ABSENT, SEL_CODE_XONLY, SEL_STACK16, SEL_CODE16_XONLY,
    SEL_DATA_PAGED,
    SEL_EMPTY, SEL_CONFORMING, SEL_DATA16 & ~3, SEL_DATA_SMALL & ~2, SEL_DATA_FLAT & ~3, 0x18, 0x1b, 0x10, 0x87,
    0x84, 0xffff, 0xfff8
};

static u16 choose_selector(struct build *b)
{
    return any_selector[pick(b, ARRAY_LEN(any_selector))];
}

static void make_load(struct build *b)
{
    static const u8 loadable[] = { ES, SS, DS, FS, GS };
    unsigned sreg = loadable[pick(b, 5)], reg = pick(b, 8);
    u16 selector = choose_selector(b);
    open_case(b, "mov sreg,rm");
    b->safe = true;
    if (reg == ESP) reg = EAX;
    b->pinned |= 0xff;
    emit_prefixes(b, word_or_dword(b));
    emit(b, 0x8e);
    if (chance(b, 60)) {
        b->c.before.gpr[reg] = (b->c.before.gpr[reg] & 0xffff0000) | selector;
        emit_register(b, sreg, reg);
    } else {
        emit_memory(b, sreg, 2);
        poke(b, b->operand, selector, 2);
    }
    if (sreg == SS) set_case_flags(b, CASE_SHADOW);
    close_case(b);
}

static void make_store(struct build *b)
{
    open_case(b, "mov rm,sreg");
    emit_prefixes(b, word_or_dword(b));
    emit(b, 0x8c);
    emit_operand(b, pick(b, 6), 2);
    close_case(b);
}

static void emit_segment_stack_opcode(struct build *b, unsigned sreg, bool popping)
{
    if (sreg >= FS) emit(b, 0x0f);
    emit(b, (sreg >= FS ? 0xa0 + (sreg - FS) * 8 : 0x06 + sreg * 8) + popping);
}

/* What a 32-bit PUSH of a segment register leaves in the upper half differs from maker to maker. */
static void make_push_segment(struct build *b)
{
    open_case(b, "push sreg");
    emit_size(b, word_or_dword(b));
    emit_segment_stack_opcode(b, pick(b, 6), false);
    if (b->bits == 32) {
        b->c.head.ignore[0].offset = (u16)silicon_image_offset(stack_linear(b) - 2);
        b->c.head.ignore[0].length = 2;
    }
    close_case(b);
}

static void make_pop_segment(struct build *b)
{
    static const u8 loadable[] = { ES, SS, DS, FS, GS };
    unsigned sreg = loadable[pick(b, 5)];
    open_case(b, "pop sreg");
    emit_size(b, word_or_dword(b));
    emit_segment_stack_opcode(b, sreg, true);
    poke(b, stack_linear(b), choose_selector(b), 2);
    if (sreg == SS) set_case_flags(b, CASE_SHADOW);
    close_case(b);
}

static void make_far_pointer(struct build *b)
{
    static const struct { const char *name; u16 opcode; } loads[5] = {
        { "les", 0xc4 }, { "lds", 0xc5 }, { "lss", 0x0fb2 }, { "lfs", 0x0fb4 }, { "lgs", 0x0fb5 }
    };
    unsigned op = pick(b, 5);
    open_case(b, "%s", loads[op].name);
    b->safe = true;
    b->around = 8;
    emit_prefixes(b, word_or_dword(b));
    if (op >= 2) emit(b, 0x0f);
    emit(b, loads[op].opcode & 0xff);
    emit_memory(b, pick(b, 8), b->bits / 8 + 2);
    poke(b, b->operand + b->bits / 8, choose_selector(b), 2);
    close_case(b);
}

static void make_query(struct build *b)
{
    static const char *const names[4] = { "lar", "lsl", "verr", "verw" };
    unsigned op = pick(b, 4), reg = pick(b, 8);
    u16 selector = choose_selector(b);
    open_case(b, "%s", names[op]);
    if (op == 0 && (silicon_base(selector) == 0 && (selector & 4 || selector >= 0x10))) return;
    if (reg == ESP) reg = EDI;
    emit_prefixes(b, word_or_dword(b));
    emit(b, 0x0f);
    emit(b, op == 0 ? 0x02 : op == 1 ? 0x03 : 0x00);
    b->c.before.gpr[reg] = (b->c.before.gpr[reg] & 0xffff0000) | selector;
    emit_register(b, op < 2 ? pick(b, 8) : op + 2, reg);
    close_case(b);
}

static void make_arpl(struct build *b)
{
    open_case(b, "arpl");
    emit(b, 0x63);
    emit_register(b, pick(b, 8), pick(b, 8));
    close_case(b);
}

/* An access by absolute offset near the limit of a segment: read, write, or both. Wrapping at 4 GiB is left to
 * the maker by the SDM, so not here. */
static void make_limit(struct build *b)
{
    static const struct { u16 selector; u32 edge; } segments[] = {
        { SEL_DATA_SMALL, 0x800 }, { SEL_DATA_RO, 0x1000 }, { SEL_DATA_RO, 0x20 }, { SEL_DOWN32, 0x1000 },
        { SEL_DOWN16, 0x1000 },
        { SEL_DOWN16, 0x10000 }, { SEL_DATA_PAGED, 0x1000 }, { SEL_DATA16, 0x10000 }, { SEL_STACK16, 0x10000 },
        { 0, 0x40 },
        { SEL_CODE32, 0x1000 }, { SEL_CODE16, 0x800 }, { SEL_CODE_XONLY, CODE_LINEAR + 0x40 },
        { SEL_FLAT, 0xfffffff0 },
    };
    static const u8 opcodes[] = { 0x88, 0x89, 0x8a, 0x8b, 0x01, 0x31, 0x3b, 0x86, 0x00 };
    unsigned which = pick(b, ARRAY_LEN(segments)), opcode = opcodes[pick(b, ARRAY_LEN(opcodes))];
    u32 offset = segments[which].edge + pick(b, 10) - 6;
    open_case(b, "limit %x", segments[which].selector);
    set_code16(b, false);
    if (segments[which].selector == SEL_CODE_XONLY) {       /* only CS can hold it */
        b->c.before.seg[CS] = SEL_CODE_XONLY;
        b->c.before.eip = CODE_LINEAR + 0x800;
    } else {
        b->c.before.seg[GS] = segments[which].selector;
    }
    if (opcode & 1 && chance(b, 50)) emit(b, 0x66);
    emit(b, segments[which].selector == SEL_CODE_XONLY ? 0x2e : 0x65);
    emit(b, opcode);
    emit(b, pick(b, 8) << 3 | 5);
    emit_value(b, offset, 32);
    undefined(b, FLAG_AF);
    close_case(b);
}

/* The same for the stack segment: #SS, by way of PUSH, POP and EBP. */
static void make_stack_limit(struct build *b)
{
    static const u16 stacks[] = { SEL_DATA_SMALL, SEL_DOWN32, SEL_DOWN16, SEL_STACK16, SEL_DATA_PAGED };
    static const u32 edges[] = { 0x800, 0x1000, 0x1000, 0x10000, 0x1000 };
    unsigned which = pick(b, ARRAY_LEN(stacks)), shape = pick(b, 4);
    u32 offset = edges[which] + pick(b, 12) - 6;
    open_case(b, "stack limit");
    set_code16(b, false);
    set_stack(b, stacks[which], offset);
    set_register(b, EBP, offset);
    if (chance(b, 50)) emit(b, 0x66);
    switch (shape) {
    case 0: emit(b, 0x50 + pick(b, 8)); break;
    case 1: emit(b, 0x58 + pick(b, 4)); break;
    case 2: emit(b, 0x8b); emit(b, 0x45); emit(b, 0); break;
    case 3: emit(b, 0x89); emit(b, 0x45); emit(b, edge(b, 8)); break;
    }
    close_case(b);
}

void make_segment_cases(struct build *b)
{
    static const struct { void (*make)(struct build *b); unsigned count; } makers[] = {
        { make_load, 220 }, { make_store, 60 }, { make_push_segment, 40 }, { make_pop_segment, 110 },
        { make_far_pointer, 150 },
        { make_query, 220 }, { make_arpl, 30 }, { make_limit, 320 }, { make_stack_limit, 120 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(makers); i++)
        for (unsigned n = 0; n < makers[i].count; n++) makers[i].make(b);
}
