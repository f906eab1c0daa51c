/* x87 control cases: control and status words, environments and whole states in 16- and 32-bit formats, FXSAVE and
 * FXRSTOR, stack management, encodings that do not exist.
 *
 * The last-instruction pointers (FIP, FDP, FOP) are not compared: the recorder's kernel clears them, and AMD keeps them
 * only with a pending exception. MXCSR_MASK is the host's. */
#include "tests/silicon/build_x87.h"
#include <string.h>

static void make_control(struct build *b, unsigned which)
{
    static const struct { const char *name; u8 length, code[2]; } controls[] = {
        { "fnclex", 2, { 0xdb, 0xe2 } }, { "fninit", 2, { 0xdb, 0xe3 } }, { "fnstsw ax", 2, { 0xdf, 0xe0 } },
        { "feni", 2, { 0xdb, 0xe0 } }, { "fdisi", 2, { 0xdb, 0xe1 } }, { "fsetpm", 2, { 0xdb, 0xe4 } },
        { "fwait", 1, { 0x9b } },
    };
    const u16 kinds = (u16)(which == 2 || which >= 3 ? C_ALL : C_NONE);
    open_x87_case(b, controls[which].name);
    if (chance(b, 50)) {        /* a pending exception: FWAIT raises it, the others do not wait */
        b->c.before.fcw &= (u16)~0x3f;
        b->c.before.fsw |= (u16)(0x8080 | 1u << pick(b, 6));
    }
    for (unsigned i = 0; i < controls[which].length; i++) emit(b, controls[which].code[i]);
    b->c.head.fsw_mask = kinds;
    close_case(b);
}

static void make_word(struct build *b, unsigned which)
{
    static const struct { const char *name; u8 escape, extension; } words[3] = {
        { "fldcw", 0xd9, 5 }, { "fnstcw", 0xd9, 7 }, { "fnstsw m", 0xdd, 7 }
    };
    open_x87_case(b, words[which].name);
    b->safe = chance(b, 80);
    emit_prefixes(b, b->code16 ? 16 : 32);
    emit(b, words[which].escape);
    emit_memory(b, words[which].extension, 2);
    if (which == 0) poke(b, b->operand, 0x40 | pick(b, 64) | pick(b, 4) << 10 | (pick(b, 3) + 1) % 4 << 8, 2);
    b->c.head.fsw_mask = which == 2 ? C_ALL : C_NONE;
    close_case(b);
}

static void ignore(struct build *b, unsigned which, u32 linear, unsigned length)
{
    b->c.head.ignore[which].offset = (u16)silicon_image_offset(linear);
    b->c.head.ignore[which].length = (u16)length;
}

/* FIP, FCS and FOP, FDP, FDS are next to each other in both formats. */
static void ignore_pointers(struct build *b)
{
    if (b->bits == 16) ignore(b, 0, b->operand + 6, 8);
    else ignore(b, 0, b->operand + 12, 16);
}

static void emit_state_access(struct build *b, unsigned escape, unsigned extension, unsigned size)
{
    b->safe = true;
    b->around = 120;
    emit_prefixes(b, word_or_dword(b));
    emit(b, escape);
    emit_memory(b, extension, size);
}

static void make_save(struct build *b)
{
    bool whole = chance(b, 60);
    open_x87_case(b, whole ? "fnsave" : "fnstenv");
    emit_state_access(b, whole ? 0xdd : 0xd9, 6, whole ? 108 : 28);
    ignore_pointers(b);
    b->c.head.fsw_mask = C_NONE;
    close_case(b);
}

/* An environment to load; tags in memory need not match the numbers, only `empty` counts. */
static unsigned poke_environment(struct build *b)
{
    unsigned word = b->bits / 8;
    u32 fcw = 0x40 | (chance(b, 70) ? 0x3f : pick(b, 64)) | pick(b, 4) << 10 | (pick(b, 3) + 1) % 4 << 8;
    u32 fsw = (u32)random64(b) & 0x7f7f;
    if (fsw & ~fcw & 0x3f) fsw |= 0x8080;
    u32 values[7] = { fcw, fsw, (u32)random64(b) & 0xffff, 0, 0, 0, 0 };
    for (unsigned i = 0; i < 7; i++) poke(b, b->operand + i * word, values[i], word);
    return 7 * word;
}

static void make_restore(struct build *b)
{
    bool whole = chance(b, 60);
    u8 number[10];
    unsigned length;
    open_x87_case(b, whole ? "frstor" : "fldenv");
    emit_state_access(b, whole ? 0xdd : 0xd9, 4, whole ? 108 : 28);
    length = poke_environment(b);
    for (unsigned i = 0; whole && i < 8; i++) {
        choose_number(b, number);
        poke_bytes(b, b->operand + length + 10 * i, number, 10);
    }
    close_case(b);
}

/* An absolute operand, 16-byte aligned but for one case in ten. */
static void emit_fx(struct build *b, unsigned extension)
{
    b->operand = DATA_LINEAR + 0x100 + 16 * pick(b, 128) + (chance(b, 10) ? 8 : 0);
    set_code16(b, false);
    b->c.before.seg[DS] = SEL_DATA_FLAT;
    emit(b, 0x0f);
    emit(b, 0xae);
    emit(b, extension << 3 | 5);
    emit_value(b, b->operand, 32);
}

static void make_fxsave(struct build *b)
{
    open_x87_case(b, "fxsave");
    b->c.before.mxcsr = 0x1f80 | pick(b, 64) | pick(b, 4) << 13;
    emit_fx(b, 0);
    ignore(b, 0, b->operand + 6, 18);
    ignore(b, 1, b->operand + 28, 4);
    close_case(b);
}

static void make_fxrstor(struct build *b)
{
    u8 image[288];
    u16 fcw, fsw;
    u32 mxcsr;
    open_x87_case(b, "fxrstor");
    emit_fx(b, 1);
    memset(image, 0, sizeof(image));
    fcw = (u16)(0x37f | pick(b, 4) << 10);
    fsw = (u16)(random64(b) & 0x7f7f);
    mxcsr = 0x1f80 | pick(b, 64) | pick(b, 4) << 13 | (chance(b, 15) ? 0x80000000u : 0);
    memcpy(image, &fcw, 2);
    memcpy(image + 2, &fsw, 2);
    image[4] = (u8)pick(b, 256);
    memcpy(image + 24, &mxcsr, 4);
    for (unsigned i = 0; i < 8; i++) choose_number(b, image + 32 + 16 * i);
    for (unsigned i = 0; i < 128; i++) image[160 + i] = (u8)(i * 5 + fsw);
    poke_bytes(b, b->operand, image, sizeof(image));
    close_case(b);
}

static void make_mxcsr(struct build *b)
{
    bool load = chance(b, 60);
    open_x87_case(b, load ? "ldmxcsr" : "stmxcsr");
    b->safe = true;
    emit_prefixes(b, b->code16 ? 16 : 32);
    emit(b, 0x0f);
    emit(b, 0xae);
    emit_memory(b, load ? 2 : 3, 4);
    if (load) poke(b, b->operand, 0x1f80 | pick(b, 64) | pick(b, 4) << 13 | (chance(b, 20) ? 0x100000u : 0), 4);
    close_case(b);
}

static const u8 missing[][2] = {
    { 0xd9, 0xd1 }, { 0xd9, 0xd7 }, { 0xd9, 0xe2 }, { 0xd9, 0xe3 }, { 0xd9, 0xe6 }, { 0xd9, 0xe7 }, { 0xd9, 0xef },
    { 0xda, 0xe0 },
    { 0xda, 0xe8 }, { 0xda, 0xea }, { 0xda, 0xf0 }, { 0xda, 0xf8 }, { 0xdb, 0xe5 }, { 0xdb, 0xe6 }, { 0xdb, 0xf8 },
    { 0xdd, 0xf0 },
    { 0xdd, 0xf8 }, { 0xde, 0xd8 }, { 0xde, 0xda }, { 0xde, 0xdf }, { 0xdf, 0xe1 }, { 0xdf, 0xe7 }, { 0xdf, 0xf8 },
};

static void make_missing(struct build *b, const u8 code[2])
{
    open_x87_case(b, "x87 #UD");
    emit(b, code[0]);
    emit(b, code[1]);
    close_case(b);
}

void make_x87_state_cases(struct build *b)
{
    for (unsigned which = 0; which < 7; which++)
        for (unsigned n = 0; n < 10; n++) make_control(b, which);
    for (unsigned which = 0; which < 3; which++)
        for (unsigned n = 0; n < 24; n++) make_word(b, which);
    for (unsigned n = 0; n < 80; n++) make_save(b);
    for (unsigned n = 0; n < 80; n++) make_restore(b);
    for (unsigned n = 0; n < 24; n++) make_fxsave(b);
    for (unsigned n = 0; n < 30; n++) make_fxrstor(b);
    for (unsigned i = 0; i < ARRAY_LEN(missing); i++) make_missing(b, missing[i]);
}

void make_mxcsr_cases(struct build *b)
{
    for (unsigned n = 0; n < 24; n++) make_mxcsr(b);
}
