/* Integer cases: arithmetic and logic, shifts, bits, multiply and divide, decimal, strings, moves, flags.
 *
 * Undefined flags follow the instruction pages of the Intel SDM, volume 2. Left out because their result is undefined:
 * SHLD and SHRD of 16 bits by more than 16. */
#include "tests/silicon/build.h"

enum { BYTE_OP = 1, WORD_OP = 2, MEMORY_ONLY = 4, REGISTER_ONLY = 8, IMM8 = 16, IMM = 32, CC = 64 };
enum { NOT_CF = FLAGS_STATUS & ~FLAG_CF, NOT_ZF = FLAGS_STATUS & ~FLAG_ZF, NOT_CF_OF = NOT_CF & ~FLAG_OF };

struct form {
    const char *name;
    u16 opcode;                 /* 0Fxx: two bytes */
    s8  extension;              /* of ModRM, or -1: a register */
    u8  kind;
    u8  memory_bits;            /* if not the operand size */
    u8  count;
    u32 undefined;
};

static const struct form forms[] = {
    { "test",      0x84, -1, BYTE_OP,        0, 12, FLAG_AF },
    { "test",      0x85, -1, WORD_OP,        0, 16, FLAG_AF },
    { "test",      0xf6, 0, BYTE_OP | IMM,   0, 10, FLAG_AF },
    { "test",      0xf7, 0, WORD_OP | IMM,   0, 14, FLAG_AF },
    { "not",       0xf6, 2, BYTE_OP,         0, 10, 0 },
    { "not",       0xf7, 2, WORD_OP,         0, 14, 0 },
    { "neg",       0xf6, 3, BYTE_OP,         0, 24, 0 },
    { "neg",       0xf7, 3, WORD_OP,         0, 32, 0 },
    { "inc",       0xfe, 0, BYTE_OP,         0, 24, 0 },
    { "inc",       0xff, 0, WORD_OP,         0, 32, 0 },
    { "dec",       0xfe, 1, BYTE_OP,         0, 24, 0 },
    { "dec",       0xff, 1, WORD_OP,         0, 32, 0 },
    { "mov",       0x88, -1, BYTE_OP,        0, 24, 0 },
    { "mov",       0x89, -1, WORD_OP,        0, 36, 0 },
    { "mov",       0x8a, -1, BYTE_OP,        0, 24, 0 },
    { "mov",       0x8b, -1, WORD_OP,        0, 36, 0 },
    { "mov",       0xc6, 0, BYTE_OP | IMM,   0, 14, 0 },
    { "mov",       0xc7, 0, WORD_OP | IMM,   0, 18, 0 },
    { "xchg",      0x86, -1, BYTE_OP,        0, 20, 0 },
    { "xchg",      0x87, -1, WORD_OP,        0, 28, 0 },
    { "movzx",     0x0fb6, -1, WORD_OP,      8, 20, 0 },
    { "movzx",     0x0fb7, -1, WORD_OP,     16, 20, 0 },
    { "movsx",     0x0fbe, -1, WORD_OP,      8, 24, 0 },
    { "movsx",     0x0fbf, -1, WORD_OP,     16, 24, 0 },
    { "lea",       0x8d, -1, WORD_OP | MEMORY_ONLY, 0, 50, 0 },
    { "xadd",      0x0fc0, -1, BYTE_OP,      0, 24, 0 },
    { "xadd",      0x0fc1, -1, WORD_OP,      0, 32, 0 },
    { "imul",      0x69, -1, WORD_OP | IMM,  0, 40, NOT_CF_OF },
    { "imul",      0x6b, -1, WORD_OP | IMM8, 0, 40, NOT_CF_OF },
    { "imul",      0x0faf, -1, WORD_OP,      0, 50, NOT_CF_OF },
    { "bt",        0x0fba, 4, WORD_OP | IMM8, 0, 20, NOT_CF & ~FLAG_ZF },
    { "bts",       0x0fba, 5, WORD_OP | IMM8, 0, 20, NOT_CF & ~FLAG_ZF },
    { "btr",       0x0fba, 6, WORD_OP | IMM8, 0, 20, NOT_CF & ~FLAG_ZF },
    { "btc",       0x0fba, 7, WORD_OP | IMM8, 0, 20, NOT_CF & ~FLAG_ZF },
    { "set",       0x0f90, 0, BYTE_OP | CC,  0, 96, 0 },
    { "cmov",      0x0f40, -1, WORD_OP | CC, 0, 128, 0 },
};

static const char *const condition_names[16] = {
    "o", "no", "b", "nb", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle"
};

static void emit_opcode(struct build *b, unsigned opcode)
{
    if (opcode > 0xff) emit(b, opcode >> 8);
    emit(b, opcode & 0xff);
}

static unsigned choose_bits(struct build *b, unsigned kind)
{
    return kind & BYTE_OP ? 8 : chance(b, 50) ? 16 : 32;
}

static void set_operand_edge(struct build *b)
{
    if (b->in_memory && chance(b, 65)) poke(b, b->operand, edge(b, b->bits), b->bits / 8);
}

static void make_form(struct build *b, const struct form *form, unsigned number)
{
    unsigned condition = form->kind & CC ? number & 15 : 0;
    unsigned bits, reg;
    open_case(b, "%s%s", form->name, form->kind & CC ? condition_names[condition] : "");
    bits = choose_bits(b, form->kind);
    emit_prefixes(b, bits);
    emit_opcode(b, form->opcode + condition);
    reg = form->extension < 0 ? pick(b, 8) : (unsigned)form->extension;
    if (form->kind & MEMORY_ONLY) emit_memory(b, reg, bits / 8);
    else emit_operand(b, reg, (form->memory_bits ? form->memory_bits : bits) / 8);
    set_operand_edge(b);
    if (form->kind & IMM8) emit_value(b, edge(b, 8), 8);
    if (form->kind & IMM) emit_value(b, edge(b, bits), bits);
    undefined(b, form->undefined);
    close_case(b);
}

static const char *const alu_names[8] = { "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp" };

static u32 alu_undefined(unsigned op)
{
    return op == 1 || op == 4 || op == 6 ? FLAG_AF : 0;
}

/* The four r/m,r forms, the two accumulator forms, then 80 to 83. */
static void make_alu(struct build *b, unsigned op, unsigned shape)
{
    bool byte_sized = shape < 6 ? !(shape & 1) : shape == 6 || shape == 8;
    unsigned bits;
    open_case(b, "%s", alu_names[op]);
    bits = choose_bits(b, byte_sized ? BYTE_OP : WORD_OP);
    emit_prefixes(b, bits);
    emit(b, shape < 6 ? op << 3 | shape : 0x7a + shape);
    if (shape < 4) emit_operand(b, pick(b, 8), bits / 8);
    if (shape >= 6) emit_operand(b, op, bits / 8);
    set_operand_edge(b);
    if (shape == 9 || shape == 6 || shape == 8) emit_value(b, edge(b, 8), 8);
    else if (shape >= 4) emit_value(b, edge(b, bits), bits);
    undefined(b, alu_undefined(op));
    close_case(b);
}

/* LOCK: legal on a read-modify-write of memory, #UD elsewhere. Aligned, for the host's split-lock rules. */
static void make_locked(struct build *b)
{
    static const u16 legal[] = { 0x00, 0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x86, 0x87, 0x0fc0, 0x0fc1, 0x0fb1 };
    static const u16 illegal[] = { 0x02, 0x03, 0x38, 0x39, 0x84, 0x88, 0x8b, 0x0faf, 0x0fb6 };
    bool good = chance(b, 60);
    unsigned opcode = good ? legal[pick(b, ARRAY_LEN(legal))] : illegal[pick(b, ARRAY_LEN(illegal))];
    open_case(b, "lock %x", opcode);
    b->safe = true;
    emit(b, 0xf0);
    emit_prefixes(b, opcode & 1 ? choose_bits(b, WORD_OP) : 8);
    emit_opcode(b, opcode);
    emit_operand(b, pick(b, 8), b->bits / 8);
    if (b->in_memory && (b->operand & 3)) return;
    undefined(b, FLAG_AF);
    close_case(b);
}

static const char *const shift_names[8] = { "rol", "ror", "rcl", "rcr", "shl", "shr", "sal", "sar" };

static u32 shift_undefined(unsigned op, unsigned count, unsigned bits)
{
    u32 mask = 0;
    count &= 31;
    if (count == 0) return 0;
    if (count != 1) mask |= FLAG_OF;
    if (op >= 4) mask |= FLAG_AF;
    if (op >= 4 && op != 7 && count >= bits) mask |= FLAG_CF;
    return mask;
}

/* shape: C0 C1 D0 D1 D2 D3 */
static void make_shift(struct build *b, unsigned op, unsigned shape)
{
    static const u8 opcodes[6] = { 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3 };
    static const u8 counts[] = { 0, 1, 2, 7, 8, 9, 15, 16, 17, 18, 24, 27, 31, 32, 33, 63, 128, 255 };
    unsigned count = chance(b, 70) ? counts[pick(b, ARRAY_LEN(counts))] : pick(b, 256);
    unsigned bits;
    open_case(b, "%s", shift_names[op]);
    if (shape == 2 || shape == 3) count = 1;
    if (shape >= 4) set_register(b, ECX, (b->c.before.gpr[ECX] & ~0xffu) | count);
    bits = choose_bits(b, shape & 1 ? WORD_OP : BYTE_OP);
    emit_prefixes(b, bits);
    emit(b, opcodes[shape]);
    emit_operand(b, op, bits / 8);
    set_operand_edge(b);
    if (shape < 2) emit_value(b, count, 8);
    undefined(b, shift_undefined(op, count, bits));
    close_case(b);
}

static void make_double_shift(struct build *b)
{
    bool right = chance(b, 50), by_cl = chance(b, 50);
    unsigned bits, count;
    open_case(b, right ? "shrd" : "shld");
    bits = choose_bits(b, WORD_OP);
    count = chance(b, 30) ? pick(b, 2) : pick(b, bits == 16 ? 17 : 32);
    if (chance(b, 30)) count |= 32 * pick(b, 8);
    if (by_cl) set_register(b, ECX, (b->c.before.gpr[ECX] & ~0xffu) | count);
    emit_prefixes(b, bits);
    emit_opcode(b, (right ? 0x0fac : 0x0fa4) + by_cl);
    emit_operand(b, pick(b, 8), bits / 8);
    set_operand_edge(b);
    if (!by_cl) emit_value(b, count, 8);
    undefined(b, (count & 31) == 0 ? 0 : (count & 31) == 1 ? FLAG_AF : FLAG_AF | FLAG_OF);
    close_case(b);
}

/* The bit offset in a register reaches beyond the operand; kept near, for what lies far away is the recorder's own. */
static void make_bit_by_register(struct build *b)
{
    static const u16 opcodes[4] = { 0x0fa3, 0x0fab, 0x0fb3, 0x0fbb };
    static const char *const names[4] = { "bt", "bts", "btr", "btc" };
    unsigned op = pick(b, 4), reg = pick(b, 8);
    open_case(b, "%s", names[op]);
    if (reg != ESP) set_register(b, reg, (chance(b, 50) ? pick(b, 64) : pick(b, 8192) - 4096));
    emit_prefixes(b, choose_bits(b, WORD_OP));
    emit_opcode(b, opcodes[op]);
    if (reg == ESP) emit_register(b, reg, pick(b, 8));
    else emit_operand(b, reg, b->bits / 8);
    undefined(b, NOT_CF & ~FLAG_ZF);
    close_case(b);
}

static void make_bit_scan(struct build *b)
{
    bool reverse = chance(b, 50);
    open_case(b, reverse ? "bsr" : "bsf");
    emit_prefixes(b, choose_bits(b, WORD_OP));
    emit_opcode(b, 0x0fbc + reverse);
    emit_operand(b, pick(b, 8), b->bits / 8);
    set_operand_edge(b);
    undefined(b, NOT_ZF);
    close_case(b);
}

/* F6/4 to F7/7. Dividends are often small, so that not every division overflows. */
static void make_multiply(struct build *b, unsigned op)
{
    static const char *const names[4] = { "mul", "imul", "div", "idiv" };
    unsigned bits;
    open_case(b, "%s", names[op]);
    bits = choose_bits(b, chance(b, 33) ? BYTE_OP : WORD_OP);
    set_register(b, EAX, bits == 8 && chance(b, 60) ? pick(b, 0x400) | pick(b, 2) * 0xfc00 : edge(b, 32));
    if (op >= 2 && chance(b, 75)) set_register(b, EDX, chance(b, 40) ? 0xffffffff : pick(b, 40));
    emit_prefixes(b, bits);
    emit(b, bits == 8 ? 0xf6 : 0xf7);
    b->safe = op >= 2;
    emit_operand(b, 4 + op, bits / 8);
    set_operand_edge(b);
    undefined(b, op < 2 ? NOT_CF_OF : FLAGS_STATUS);
    close_case(b);
}

struct plain { const char *name; u8 opcode; u8 operand_sizes; u8 count; u32 undefined; };
static const struct plain plains[] = {
    { "daa", 0x27, 0, 60, FLAG_OF }, { "das", 0x2f, 0, 60, FLAG_OF },
    { "aaa", 0x37, 0, 40, FLAGS_STATUS & ~(FLAG_AF | FLAG_CF) },
    { "aas", 0x3f, 0, 40, FLAGS_STATUS & ~(FLAG_AF | FLAG_CF) },
    { "cbw", 0x98, 1, 16, 0 }, { "cwd", 0x99, 1, 16, 0 },
    { "lahf", 0x9f, 0, 12, 0 }, { "sahf", 0x9e, 0, 16, 0 }, { "salc", 0xd6, 0, 8, 0 },
    { "cmc", 0xf5, 0, 6, 0 }, { "clc", 0xf8, 0, 4, 0 }, { "stc", 0xf9, 0, 4, 0 }, { "cld", 0xfc, 0, 4, 0 },
    { "std", 0xfd, 0, 4, 0 }, { "nop", 0x90, 1, 4, 0 },
};

static void make_plain(struct build *b, const struct plain *plain)
{
    open_case(b, "%s", plain->name);
    if (chance(b, 60)) set_register(b, EAX, (b->c.before.gpr[EAX] & ~0xffffu) | pick(b, 65536));
    if (plain->opcode == 0xfc) b->c.before.eflags |= FLAG_DF;
    if (plain->operand_sizes) emit_prefixes(b, choose_bits(b, WORD_OP));
    emit(b, plain->opcode);
    undefined(b, plain->undefined);
    close_case(b);
}

static void make_ascii_adjust(struct build *b)
{
    static const u8 radix[] = { 10, 10, 10, 16, 0, 1, 255, 7 };
    bool divide = chance(b, 50);
    open_case(b, divide ? "aad" : "aam");
    emit(b, divide ? 0xd5 : 0xd4);
    emit(b, radix[pick(b, ARRAY_LEN(radix))]);
    undefined(b, FLAG_OF | FLAG_AF | FLAG_CF);
    close_case(b);
}

/* One-byte forms with the register in the opcode. */
static void make_short_form(struct build *b, unsigned shape)
{
    static const struct { const char *name; u8 opcode; } shapes[] = {
        { "inc", 0x40 }, { "dec", 0x48 }, { "xchg", 0x90 }, { "mov", 0xb0 }, { "mov", 0xb8 }, { "bswap", 0xc8 },
    };
    unsigned reg = pick(b, 8);
    open_case(b, "%s", shapes[shape].name);
    emit_prefixes(b, shape == 3 ? 8 : shape == 5 ? 32 : choose_bits(b, WORD_OP));
    if (shape == 5) emit(b, 0x0f);
    emit(b, shapes[shape].opcode + reg);
    if (shape == 3 || shape == 4) emit_value(b, edge(b, b->bits), b->bits);
    close_case(b);
}

static void make_moffs(struct build *b)
{
    unsigned op = pick(b, 4), segment;
    u16 selector;
    open_case(b, "mov moffs");
    emit_prefixes(b, op & 1 ? choose_bits(b, WORD_OP) : 8);
    segment = b->override >= 0 ? (unsigned)b->override : DS;
    selector = b->c.before.seg[segment];
    emit(b, 0xa0 + op);
    emit_value(b, (silicon_base(selector) ? 0 : DATA_LINEAR) + pick(b, 0x820), b->address16 ? 16 : 32);
    close_case(b);
}

static void make_cmpxchg(struct build *b)
{
    bool byte_sized = chance(b, 33), equal = chance(b, 50);
    open_case(b, "cmpxchg");
    b->pinned |= 1 << EAX;
    emit_prefixes(b, byte_sized ? 8 : choose_bits(b, WORD_OP));
    emit_opcode(b, byte_sized ? 0x0fb0 : 0x0fb1);
    emit_operand(b, pick(b, 8), b->bits / 8);
    if (b->in_memory && equal) poke(b, b->operand, b->c.before.gpr[EAX], b->bits / 8);
    close_case(b);
}

static void make_cmpxchg8b(struct build *b)
{
    open_case(b, "cmpxchg8b");
    b->pinned |= 1 << EAX | 1 << EDX;
    emit_prefixes(b, 32);
    emit_opcode(b, 0x0fc7);
    if (chance(b, 6)) emit_register(b, 1, pick(b, 8));
    else emit_memory(b, 1, 8);
    if (b->in_memory && chance(b, 60)) {
        poke(b, b->operand, b->c.before.gpr[EAX], 4);
        poke(b, b->operand + 4, b->c.before.gpr[EDX] ^ chance(b, 20), 4);
    }
    close_case(b);
}

static void make_xlat(struct build *b)
{
    u16 selector;
    open_case(b, "xlat");
    emit_prefixes(b, 8);
    selector = b->c.before.seg[b->override >= 0 ? (unsigned)b->override : DS];
    set_register(b, EBX, (silicon_base(selector) ? 0 : DATA_LINEAR) + pick(b, 0x780)
                         + (b->address16 ? (u32)random64(b) & 0xffff0000 : 0));
    emit(b, 0xd7);
    close_case(b);
}

static u32 string_offset(struct build *b, u16 selector, bool address16)
{
    static const u16 places[] = { 0x100, 0x200, 0x7f0, 0xff8, 0x1ff0, 0x2ff8, 0x3000, 0x10, 0x4 };
    u32 offset = chance(b, 40) ? pick(b, 0x700) : (u32)places[pick(b, ARRAY_LEN(places))] + pick(b, 8);
    if (silicon_base(selector) == 0) offset += DATA_LINEAR;
    return address16 ? offset | ((u32)random64(b) & 0xffff0000) : offset;
}

/* For CMPS and SCAS: equal bytes over a while, so that REPE and REPNE stop at different places. */
static void fill_strings(struct build *b)
{
    const u32 *gpr = b->c.before.gpr;
    u32 mask = b->address16 ? 0xffff : 0xffffffff;
    unsigned segment = b->override >= 0 ? (unsigned)b->override : DS;
    u32 from = silicon_base(b->c.before.seg[segment]) + (gpr[ESI] & mask);
    u32 to = silicon_base(b->c.before.seg[ES]) + (gpr[EDI] & mask);
    unsigned length = 4 * pick(b, 12);
    if (chance(b, 50))
        for (unsigned i = 0; i < length; i++) poke(b, to + i, peek(b, from + i, 1), 1);
    else
        for (unsigned i = 0; i < length; i += 4) poke(b, to + i, gpr[EAX], 4);
}

static void make_string(struct build *b, unsigned op)
{
    static const struct { const char *name; u8 opcode; } strings[5] = {
        { "movs", 0xa4 }, { "cmps", 0xa6 }, { "stos", 0xaa }, { "lods", 0xac }, { "scas", 0xae }
    };
    static const u8 repeats[] = { 0, 0xf3, 0xf3, 0xf2 };
    unsigned repeat = repeats[pick(b, 4)], byte_sized = chance(b, 33);
    u16 selector;
    open_case(b, "%s%s", repeat == 0xf3 ? "rep " : repeat ? "repne " : "", strings[op].name);
    if (chance(b, 40)) b->c.before.eflags |= FLAG_DF;
    emit_prefixes(b, byte_sized ? 8 : choose_bits(b, WORD_OP));
    if (repeat) emit(b, repeat);
    emit(b, strings[op].opcode + !byte_sized);
    if (b->address16) b->c.before.seg[ES] = SEL_DATA16;
    selector = b->c.before.seg[b->override >= 0 ? (unsigned)b->override : DS];
    set_register(b, ESI, string_offset(b, selector, b->address16));
    set_register(b, EDI, string_offset(b, b->c.before.seg[ES], b->address16));
    set_register(b, ECX, pick(b, chance(b, 20) ? 2 : 14) | (b->address16 ? (u32)random64(b) & 0xffff0000 : 0));
    fill_strings(b);
    if (repeat) set_case_flags(b, CASE_REP);
    close_case(b);
}

void make_integer_cases(struct build *b)
{
    for (unsigned op = 0; op < 8; op++)
        for (unsigned shape = 0; shape < 10; shape++)
            for (unsigned n = 0; n < 11; n++) make_alu(b, op, shape);
    for (unsigned i = 0; i < ARRAY_LEN(forms); i++)
        for (unsigned n = 0; n < forms[i].count; n++) make_form(b, &forms[i], n);
    for (unsigned op = 0; op < 8; op++)
        for (unsigned shape = 0; shape < 6; shape++)
            for (unsigned n = 0; n < 14; n++) make_shift(b, op, shape);
    for (unsigned op = 0; op < 4; op++)
        for (unsigned n = 0; n < 60; n++) make_multiply(b, op);
    for (unsigned i = 0; i < ARRAY_LEN(plains); i++)
        for (unsigned n = 0; n < plains[i].count; n++) make_plain(b, &plains[i]);
    for (unsigned shape = 0; shape < 6; shape++)
        for (unsigned n = 0; n < 16; n++) make_short_form(b, shape);
    for (unsigned op = 0; op < 5; op++)
        for (unsigned n = 0; n < 70; n++) make_string(b, op);
    for (unsigned n = 0; n < 120; n++) make_double_shift(b);
    for (unsigned n = 0; n < 120; n++) make_bit_by_register(b);
    for (unsigned n = 0; n < 60; n++) make_bit_scan(b);
    for (unsigned n = 0; n < 50; n++) make_ascii_adjust(b);
    for (unsigned n = 0; n < 40; n++) make_moffs(b);
    for (unsigned n = 0; n < 60; n++) make_cmpxchg(b);
    for (unsigned n = 0; n < 40; n++) make_cmpxchg8b(b);
    for (unsigned n = 0; n < 24; n++) make_xlat(b);
    for (unsigned n = 0; n < 90; n++) make_locked(b);
}
