/* Flow cases: jumps, calls, the stack, the flags register, software interrupts, what user mode may not do,
 * fetch limits.
 *
 * IRET only to the same privilege level with NT clear: nothing else is the same under a 64-bit kernel. */
#include "tests/silicon/build.h"
#include <string.h>

/* A 16-bit stack at the place where SP wraps; `pop` wraps upwards. Aligned, so that no operand lies across the
 * limit. */
static void maybe_wrap_stack(struct build *b, bool pop)
{
    if (chance(b, 12)) set_stack(b, SEL_STACK16, (pop ? 0xfffc : 4 * pick(b, 2)) | ((u32)random64(b) & 0xffff0000));
}

static void make_branch(struct build *b, bool near)
{
    unsigned condition = pick(b, 16);
    open_case(b, near ? "jcc near" : "jcc");
    if (near) {
        emit_size(b, chance(b, 80) ? b->code16 ? 16 : 32 : word_or_dword(b));
        emit(b, 0x0f);
        emit(b, 0x80 + condition);
        emit_value(b, chance(b, 85) ? pick(b, 0x400) - 0x200 : edge(b, b->bits), b->bits);
    } else {
        emit(b, 0x70 + condition);
        emit(b, edge(b, 8));
    }
    close_case(b);
}

static void make_loop(struct build *b)
{
    static const char *const names[4] = { "loopne", "loope", "loop", "jcxz" };
    unsigned op = pick(b, 4);
    open_case(b, "%s", names[op]);
    if (chance(b, 60)) set_register(b, ECX, pick(b, 3) | (chance(b, 50) ? 0x10000 : 0));
    if (chance(b, 40)) emit(b, 0x67);
    if (chance(b, 20)) emit(b, 0x66);
    emit(b, 0xe0 + op);
    emit(b, edge(b, 8));
    close_case(b);
}

static void make_jump_relative(struct build *b)
{
    static const u8 opcodes[3] = { 0xe8, 0xe9, 0xeb };
    unsigned op = pick(b, 3);
    open_case(b, op ? "jmp" : "call");
    maybe_wrap_stack(b, false);
    emit_size(b, chance(b, 75) ? b->code16 ? 16 : 32 : word_or_dword(b));
    emit(b, opcodes[op]);
    if (op == 2) emit(b, edge(b, 8));
    else emit_value(b, chance(b, 80) ? pick(b, 0x400) - 0x200 : edge(b, b->bits), b->bits);
    close_case(b);
}

/* FF /2 and /4. */
static void make_jump_indirect(struct build *b)
{
    bool jump = chance(b, 50);
    unsigned reg = pick(b, 8);
    u32 target;
    open_case(b, jump ? "jmp r/m" : "call r/m");
    target = chance(b, 85) ? b->c.before.eip + pick(b, 0x200) - 0x100 : edge(b, 32);
    emit_prefixes(b, word_or_dword(b));
    emit(b, 0xff);
    if (chance(b, 50)) {
        if (reg != ESP) b->c.before.gpr[reg] = target;
        emit_register(b, jump ? 4 : 2, reg);
    } else {
        emit_memory(b, jump ? 4 : 2, b->bits / 8);
        poke(b, b->operand, target, b->bits / 8);
    }
    close_case(b);
}

static void make_return(struct build *b)
{
    bool immediate = chance(b, 50);
    open_case(b, "ret");
    maybe_wrap_stack(b, true);
    emit_size(b, word_or_dword(b));
    emit(b, immediate ? 0xc2 : 0xc3);
    if (immediate) emit_value(b, chance(b, 70) ? pick(b, 64) : edge(b, 16), 16);
    poke(b, stack_linear(b), chance(b, 85) ? b->c.before.eip + pick(b, 0x100) : edge(b, 32), b->bits / 8);
    close_case(b);
}

static void make_push(struct build *b)
{
    unsigned shape = pick(b, 4);
    open_case(b, "push");
    maybe_wrap_stack(b, false);
    if (shape == 3) emit_prefixes(b, word_or_dword(b));
    else emit_size(b, word_or_dword(b));
    switch (shape) {
    case 0: emit(b, 0x50 + pick(b, 8)); break;
    case 1: emit(b, 0x68); emit_value(b, edge(b, b->bits), b->bits); break;
    case 2: emit(b, 0x6a); emit(b, edge(b, 8)); break;
    case 3: emit(b, 0xff); emit_operand(b, 6, b->bits / 8); break;
    }
    close_case(b);
}

static void make_pop(struct build *b)
{
    bool modrm = chance(b, 60);
    open_case(b, "pop");
    maybe_wrap_stack(b, true);
    if (modrm) {
        emit_prefixes(b, word_or_dword(b));
        emit(b, 0x8f);
        emit_operand(b, 0, b->bits / 8);
    } else {
        emit_size(b, word_or_dword(b));
        emit(b, 0x58 + pick(b, 8));
    }
    close_case(b);
}

static void make_all_registers(struct build *b)
{
    bool popping = chance(b, 50);
    open_case(b, popping ? "popa" : "pusha");
    if (chance(b, 15)) set_stack(b, SEL_STACK16, popping ? 0xfff0 : 8);
    emit_size(b, word_or_dword(b));
    emit(b, popping ? 0x61 : 0x60);
    close_case(b);
}

static void make_flags_stack(struct build *b)
{
    bool popping = chance(b, 60);
    open_case(b, popping ? "popf" : "pushf");
    maybe_wrap_stack(b, popping);
    if (!popping && chance(b, 30)) b->c.before.eflags |= FLAG_DF;
    emit_size(b, word_or_dword(b));
    emit(b, popping ? 0x9d : 0x9c);
    if (popping) poke(b, stack_linear(b), (u32)random64(b) & ~0x20000u, 4);
    set_case_flags(b, popping ? CASE_LOADS_TF : CASE_STORES_TF);
    close_case(b);
}

static void make_enter(struct build *b)
{
    static const u8 levels[] = { 0, 0, 1, 1, 2, 3, 5, 8, 31, 32, 34 };
    unsigned level = levels[pick(b, ARRAY_LEN(levels))];
    open_case(b, "enter");
    set_register(b, EBP, b->c.before.gpr[ESP] + 4 * pick(b, 16));
    emit_size(b, word_or_dword(b));
    emit(b, 0xc8);
    emit_value(b, chance(b, 50) ? 4 * pick(b, 16) : pick(b, 0x300), 16);
    emit(b, level);
    close_case(b);
}

static void make_leave(struct build *b)
{
    open_case(b, "leave");
    if (stack_is_16(b)) set_register(b, EBP, (0x900 + pick(b, 64)) | ((u32)random64(b) & 0xffff0000));
    else set_register(b, EBP, STACK_LINEAR + 0x900 + pick(b, 64));
    emit_size(b, word_or_dword(b));
    emit(b, 0xc9);
    close_case(b);
}

static void make_bound(struct build *b)
{
    unsigned reg = pick(b, 8);
    u32 value;
    open_case(b, "bound");
    b->safe = true;
    b->around = 8;
    b->pinned |= (u8)(1 << reg);
    emit_prefixes(b, word_or_dword(b));
    emit(b, 0x62);
    emit_memory(b, reg, b->bits / 4);
    value = read_register(b, reg, b->bits);
    poke(b, b->operand, value - (chance(b, 80) ? pick(b, 3) : edge(b, 32)), b->bits / 8);
    poke(b, b->operand + b->bits / 8, value + (chance(b, 80) ? pick(b, 3) : edge(b, 32)), b->bits / 8);
    close_case(b);
}

static void make_software_interrupt(struct build *b)
{
    static const u8 vectors[] = { 0, 1, 2, 3, 4, 5, 6, 8, 13, 14, 16, 0x10, 0x20, 0x21, 0x7f, 0x81, 0xf0, 0xff };
    unsigned op = pick(b, 3);
    open_case(b, op == 0 ? "int3" : op == 1 ? "int" : "into");
    emit(b, 0xcc + op);
    if (op == 1) emit(b, vectors[pick(b, ARRAY_LEN(vectors))]);
    close_case(b);
}

/* Byte strings: what CPL 3 may not execute, and what nobody may. */
struct bytes { const char *name; u8 length; u8 byte[6]; };
static const struct bytes refused[] = {
    { "hlt", 1, { 0xf4 } }, { "cli", 1, { 0xfa } }, { "sti", 1, { 0xfb } }, { "clts", 2, { 0x0f, 0x06 } },
    { "invd", 2, { 0x0f, 0x08 } }, { "wbinvd", 2, { 0x0f, 0x09 } }, { "wrmsr", 2, { 0x0f, 0x30 } },
    { "rdmsr", 2, { 0x0f, 0x32 } }, { "mov r,cr0", 3, { 0x0f, 0x20, 0xc0 } }, { "mov r,cr3", 3, { 0x0f, 0x20, 0xd9 } },
    { "mov cr0,r", 3, { 0x0f, 0x22, 0xc0 } }, { "mov cr4,r", 3, { 0x0f, 0x22, 0xe2 } },
    { "mov r,dr7", 3, { 0x0f, 0x21, 0xf8 } }, { "mov dr0,r", 3, { 0x0f, 0x23, 0xc3 } },
    { "lmsw", 3, { 0x0f, 0x01, 0xf0 } },
    { "lldt", 3, { 0x0f, 0x00, 0xd0 } }, { "ltr", 3, { 0x0f, 0x00, 0xd9 } }, { "lgdt", 3, { 0x0f, 0x01, 0x17 } },
    { "lidt", 3, { 0x0f, 0x01, 0x1f } }, { "invlpg", 3, { 0x0f, 0x01, 0x3b } },
    { "in", 2, { 0xe4, 0x80 } }, { "in", 2, { 0xe5, 0x60 } }, { "in", 1, { 0xec } }, { "in", 1, { 0xed } },
    { "out", 2, { 0xe6, 0x80 } }, { "out", 2, { 0xe7, 0x20 } }, { "out", 1, { 0xee } }, { "out", 1, { 0xef } },
    { "ins", 1, { 0x6c } }, { "ins", 1, { 0x6d } }, { "outs", 1, { 0x6e } }, { "outs", 1, { 0x6f } },
    { "ud2", 2, { 0x0f, 0x0b } }, { "ud0", 2, { 0x0f, 0xff } }, { "0f04", 2, { 0x0f, 0x04 } },
    { "0f0a", 2, { 0x0f, 0x0a } },
    { "0f0c", 2, { 0x0f, 0x0c } }, { "0f24", 3, { 0x0f, 0x24, 0xc0 } }, { "0f26", 3, { 0x0f, 0x26, 0xc0 } },
    { "lea r", 2, { 0x8d, 0xc1 } }, { "mov r,s6", 2, { 0x8c, 0xf0 } }, { "mov r,s7", 2, { 0x8c, 0xf8 } },
    { "mov s6,r", 2, { 0x8e, 0xf0 } }, { "mov s7,r", 2, { 0x8e, 0xf8 } }, { "mov cs,r", 2, { 0x8e, 0xc8 } },
    { "fe/2", 2, { 0xfe, 0xd0 } }, { "fe/3", 2, { 0xfe, 0xd8 } }, { "fe/4", 2, { 0xfe, 0xe0 } },
    { "fe/5", 2, { 0xfe, 0xe8 } },
    { "fe/6", 2, { 0xfe, 0xf0 } }, { "fe/7", 2, { 0xfe, 0xf8 } }, { "ff/7", 2, { 0xff, 0xf8 } },
    { "callf r", 2, { 0xff, 0xd8 } }, { "jmpf r", 2, { 0xff, 0xe8 } }, { "0fba/0", 4, { 0x0f, 0xba, 0xc0, 1 } },
    { "0fba/1", 4, { 0x0f, 0xba, 0xc8, 1 } }, { "0fba/2", 4, { 0x0f, 0xba, 0xd0, 1 } },
    { "0fba/3", 4, { 0x0f, 0xba, 0xd8, 1 } },
    { "c6/1", 3, { 0xc6, 0xc8, 0 } }, { "c7/2", 6, { 0xc7, 0xd0, 0 } }, { "lss r", 3, { 0x0f, 0xb2, 0xc0 } },
    { "lfs r", 3, { 0x0f, 0xb4, 0xc0 } }, { "lgs r", 3, { 0x0f, 0xb5, 0xc0 } },
};

static void make_refused(struct build *b, const struct bytes *refusal)
{
    open_case(b, "%s", refusal->name);
    if (refusal->byte[0] == 0x6c || refusal->byte[0] == 0x6e) set_register(b, ECX, 1);
    for (unsigned i = 0; i < refusal->length; i++) emit(b, refusal->byte[i]);
    close_case(b);
}

/* An instruction that runs over the end of the code page, or of the code segment, or is longer than 15 bytes. */
static void make_fetch(struct build *b)
{
    static const u8 code[7] = { 0x81, 0x05, 0, 0x04, 0x40, 0, 0x5a };
    bool too_long = chance(b, 25);
    open_case(b, too_long ? "15 bytes" : "fetch");
    set_code16(b, false);
    for (unsigned i = too_long ? 4 + pick(b, 3) : pick(b, 3); i > 0; i--) emit(b, i & 1 ? 0x3e : 0x36);
    for (unsigned i = 0; i < sizeof(code) - too_long; i++) emit(b, code[i]);
    emit_value(b, 0x12345678, too_long ? 8 : 24);
    b->c.before.seg[SS] = b->c.before.seg[DS] = SEL_DATA_FLAT;
    set_stack(b, SEL_DATA_FLAT, STACK_LINEAR + 0x800);
    if (!too_long) b->c.before.eip += CODE_SIZE - 0x800 - 4 - pick(b, 10);
    close_case(b);
}

/* The alignment check, with EFLAGS.AC set: plain moves only. */
static void make_alignment(struct build *b)
{
    bool word = chance(b, 40);
    open_case(b, "align");
    b->safe = true;
    b->around = 4;
    b->c.before.eflags |= FLAG_AC;
    emit_prefixes(b, word ? 16 : 32);
    emit(b, chance(b, 50) ? 0x89 : 0x8b);
    emit_memory(b, pick(b, 8), 4);
    close_case(b);
}

static u16 far_selector(struct build *b)
{
    static const u16 good[] = { SEL_CODE_FLAT, SEL_CODE32, SEL_CODE16, SEL_CODE_XONLY, SEL_CODE16_XONLY,
                                SEL_CODE32 & ~3 };
    static const u16 bad[] = { 0, 3, SEL_DATA_FLAT, SEL_FLAT, SEL_DATA16, SEL_CODE_ABSENT, SEL_CONFORMING, SEL_EMPTY,
                               0x10, 0x13, 0x87, 0xfff7, 0x83 };
    return chance(b, 65) ? good[pick(b, ARRAY_LEN(good))] : bad[pick(b, ARRAY_LEN(bad))];
}

static u32 far_offset(struct build *b, u16 selector)
{
    u32 offset = (silicon_base(selector) ? 0u : CODE_LINEAR) + 0x700 + pick(b, 0x200);
    return chance(b, 88) ? offset : edge(b, 32);
}

static void make_far(struct build *b)
{
    static const char *const names[4] = { "callf", "jmpf", "callf m", "jmpf m" };
    unsigned shape = pick(b, 4);
    u16 selector = far_selector(b);
    u32 offset;
    open_case(b, "%s", names[shape]);
    offset = far_offset(b, selector);
    if (shape >= 2) {
        b->safe = true;
        b->around = 8;
        emit_prefixes(b, word_or_dword(b));
        emit(b, 0xff);
        emit_memory(b, shape == 2 ? 3 : 5, b->bits / 8 + 2);
        poke(b, b->operand, offset, b->bits / 8);
        poke(b, b->operand + b->bits / 8, selector, 2);
    } else {
        emit_size(b, word_or_dword(b));
        emit(b, shape ? 0xea : 0x9a);
        emit_value(b, offset, b->bits);
        emit_value(b, selector, 16);
    }
    close_case(b);
}

/* With an immediate only to good targets: makers disagree on the order of the checks. */
static void make_far_return(struct build *b)
{
    static const char *const names[3] = { "retf", "retf n", "iret" };
    unsigned shape = pick(b, 3), bytes;
    u16 selector = far_selector(b);
    u32 top;
    open_case(b, "%s", names[shape]);
    if (shape == 1) selector = chance(b, 50) ? SEL_CODE32 : SEL_CODE16;
    emit_size(b, word_or_dword(b));
    bytes = b->bits / 8;
    emit(b, shape == 0 ? 0xcb : shape == 1 ? 0xca : 0xcf);
    if (shape == 1) emit_value(b, 2 * pick(b, 32), 16);
    top = stack_linear(b);
    poke(b, top, shape == 1 ? 0x700 + pick(b, 0x200) : far_offset(b, selector), bytes);
    poke(b, top + bytes, selector, bytes);
    if (shape == 2) {
        poke(b, top + 2 * bytes, (u32)random64(b) & ~0x30000u, bytes);
        set_case_flags(b, CASE_LOADS_TF);
    }
    close_case(b);
}

void make_flow_cases(struct build *b)
{
    static const struct { void (*make)(struct build *b); unsigned count; } makers[] = {
        { make_loop, 120 }, { make_jump_relative, 90 }, { make_jump_indirect, 100 }, { make_return, 60 },
        { make_push, 140 },
        { make_pop, 120 }, { make_all_registers, 50 }, { make_flags_stack, 110 }, { make_enter, 60 },
        { make_leave, 24 },
        { make_bound, 60 }, { make_software_interrupt, 60 }, { make_fetch, 60 }, { make_alignment, 40 },
        { make_far, 200 }, { make_far_return, 160 },
    };
    for (unsigned n = 0; n < 130; n++) make_branch(b, n & 1);
    for (unsigned i = 0; i < ARRAY_LEN(refused); i++) make_refused(b, &refused[i]);
    for (unsigned i = 0; i < ARRAY_LEN(makers); i++)
        for (unsigned n = 0; n < makers[i].count; n++) makers[i].make(b);
}
