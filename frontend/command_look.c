/* Commands of the console (command.h) that look at code and memory: gdb's x and disassemble, Bochs' xp, u and print-stack. */
#include "frontend/command.h"
#include "cpu/segment.h"
#include "frontend/disassemble.h"
#include "frontend/expression.h"
#include "frontend/file.h"
#include "frontend/peek.h"
#include "frontend/symbols.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { UNITS_MAX = 4096, LINES = 10, FRAMES_MAX = 64, SAVE_MAX = 1 << 30 };

/* ---- x ---- */
struct form { u32 count; char letter; unsigned bytes; };

/* "/NFU": a count, a form of x d u o t c s i a, a unit of b h w. false: something else is there. */
static bool form_take(const char **text, struct form *form, FILE *out)
{
    if (**text != '/') return true;
    ++*text;
    u64 count = 0;
    for (; isdigit((unsigned char)**text); ++*text)
        if (count < UNITS_MAX) count = count * 10 + (u64)(**text - '0');
    count = MIN(count, (u64)UNITS_MAX);
    if (count) form->count = (u32)count;
    for (; **text && !isspace((unsigned char)**text); ++*text) {
        char c = **text;
        if (strchr("xduotcsia", c)) form->letter = c, form->bytes = c == 'c' ? 1 : form->bytes;
        else if (c == 'b' || c == 'h' || c == 'w') form->bytes = c == 'b' ? 1 : c == 'h' ? 2 : 4;
        else return fprintf(out, "/%c: there are a count, the forms x d u o t c s i a and the units b h w\n", c), false;
    }
    *text += strspn(*text, " \t");
    return true;
}

static void binary_print(u32 value, unsigned bits, FILE *out)
{
    while (bits--) fputc('0' + (value >> bits & 1), out);
}

static void unit_print(const struct session *session, const struct form *form, u32 value, FILE *out)
{
    char symbol[80];
    int digits = (int)form->bytes * 2;
    s32 number = form->bytes == 1 ? (s8)value : form->bytes == 2 ? (s16)value : (s32)value;
    fputc('\t', out);
    switch (form->letter) {
    case 'd': fprintf(out, "%d", number); break;
    case 'u': fprintf(out, "%u", value); break;
    case 'o': fprintf(out, "0%o", value); break;
    case 't': binary_print(value, form->bytes * 8, out); break;
    case 'c': fprintf(out, "%d '%c'", number, isprint((int)(value & 0x7f)) && value < 0x80 ? (int)value : '.'); break;
    case 'a':
        fprintf(out, "0x%x", value);
        if (session_symbol(session, value, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
        break;
    default:  fprintf(out, "0x%0*x", digits, value);
    }
}

static void string_print(const struct session *session, u32 address, bool physical, FILE *out)
{
    if (!peek_byte(session->machine, physical, address)) {
        fprintf(out, "%08x:\tno memory that can be read\n", address);
        return;
    }
    fprintf(out, "%08x:\t\"", address);
    for (unsigned i = 0; i < UNITS_MAX; i++) {
        const u8 *byte = peek_byte(session->machine, physical, address + i);
        if (!byte || !*byte) break;
        if (isprint(*byte) && *byte != '"' && *byte != '\\') fputc(*byte, out);
        else fprintf(out, "\\x%02x", *byte);
    }
    fputs("\"\n", out);
}

static void units_print(const struct session *session, const struct form *form, u32 address, bool physical, FILE *out)
{
    unsigned row = form->letter == 'c' || form->bytes == 1 ? 8 : form->letter == 'a' ? 2 : 16 / form->bytes / (form->letter == 't' ? 2 : 1);
    for (u32 i = 0; i < form->count; i++) {
        u8 bytes[4] = { 0 };
        u32 at = address + i * form->bytes;
        bool there = peek_bytes(session->machine, physical, at, bytes, form->bytes) == form->bytes;
        if (i % row == 0 || !there) fprintf(out, "%s%08x:", i % row ? "\n" : "", at);
        if (!there) {
            fputs("\tno memory that can be read\n", out);
            return;
        }
        unit_print(session, form, get32(bytes), out);
        if (i % row == row - 1 || i + 1 == form->count) fputc('\n', out);
    }
}

static bool code_print(const struct session *session, unsigned bits, u32 address, bool physical, u32 offset, u32 count, u32 end, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    char text[160], symbol[80];
    for (u32 i = 0; i < count && (end == 0 || address < end); i++) {
        unsigned length = disassemble_line(session, bits, address, physical, offset, text, sizeof text);
        bool named = length && !physical && session_symbol(session, address, symbol, sizeof symbol);
        bool here = !physical && address == cpu->sys.seg[CS].base + cpu->eip;
        fprintf(out, "%s%08x", here ? "=> " : "   ", address);
        if (offset != address) fprintf(out, " (%04x)", offset);
        if (named) fprintf(out, " <%s>", symbol);
        fprintf(out, ":\t%s\n", length ? text : "no memory that can be read");
        if (!length) break;
        address += length;
        offset += length;
    }
    return true;
}

static bool examine(struct session *session, const char *argument, bool physical, FILE *out)
{
    struct form form = { 1, 'x', 4 };
    struct error why;
    struct spot spot;
    if (!form_take(&argument, &form, out)) return true;
    if (!expression_spot(session, &argument, &spot, &why)) return fprintf(out, "%s\n", why.text), true;
    if (*argument) return fprintf(out, "'%.20s' is not understood\n", argument), true;
    if (form.letter == 'i') return code_print(session, disassemble_bits(session), spot.linear, physical, spot.address, form.count, 0, out);
    for (u32 i = 0; form.letter == 's' && i < form.count; i++) {
        u32 length = 0;
        const u8 *byte;
        string_print(session, spot.linear, physical, out);
        while (length < UNITS_MAX && (byte = peek_byte(session->machine, physical, spot.linear + length)) && *byte) length++;
        spot.linear += length + 1;
    }
    if (form.letter != 's') units_print(session, &form, spot.linear, physical, out);
    return true;
}

static bool examine_linear(struct session *s, const char *argument, FILE *out) { return examine(s, argument, false, out); }
static bool examine_physical(struct session *s, const char *argument, FILE *out) { return examine(s, argument, true, out); }

/* ---- code ---- */
static bool disassemble_as(struct session *session, const char *argument, unsigned bits, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    struct form form = { LINES, 'i', 4 };
    struct error why;
    struct spot spot = { .address = cpu->eip, .linear = cpu->sys.seg[CS].base + cpu->eip }, end = { .linear = 0 };
    if (!form_take(&argument, &form, out)) return true;
    if (*argument && !expression_spot(session, &argument, &spot, &why)) return fprintf(out, "%s\n", why.text), true;
    argument += *argument == ',';
    if (*argument && !expression_spot(session, &argument, &end, &why)) return fprintf(out, "%s\n", why.text), true;
    return code_print(session, bits, spot.linear, false, spot.address, end.linear ? UNITS_MAX : form.count, end.linear, out);
}

static bool disassemble(struct session *s, const char *argument, FILE *out) { return disassemble_as(s, argument, disassemble_bits(s), out); }
static bool disassemble16(struct session *s, const char *argument, FILE *out) { return disassemble_as(s, argument, 16, out); }
static bool disassemble32(struct session *s, const char *argument, FILE *out) { return disassemble_as(s, argument, 32, out); }

/* ---- stack ---- */
static void line_print(struct session *session, u32 linear, FILE *out)
{
    char file[256];
    unsigned line;
    if (session_line(session, linear, file, sizeof file, &line)) fprintf(out, " at %s:%u", file, line);
}

static void frame_print(struct session *session, unsigned number, u32 linear, u32 offset, FILE *out)
{
    char symbol[80];
    fprintf(out, "#%-2u %08x", number, offset);
    if (session_symbol(session, linear, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
    line_print(session, linear, out);
    fputc('\n', out);
}

void here_print(struct session *session, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    const struct segment *cs = &cpu->sys.seg[CS];
    char text[160], symbol[80];
    u32 linear = cs->base + cpu->eip;
    fprintf(out, "%04x:%08x", cs->selector, cpu->eip);
    if (session_symbol(session, linear, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
    line_print(session, linear, out);
    bool there = disassemble_line(session, disassemble_bits(session), linear, false, cpu->eip, text, sizeof text);
    fprintf(out, "  %s\n", there ? text : "no memory that can be read");
}

/* Along the saved frame pointers, as long as they go up. */
static bool backtrace(struct session *session, const char *argument, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    const struct segment *ss = &cpu->sys.seg[SS];
    u32 base = cpu->sys.seg[CS].base, bytes = disassemble_bits(session) / 8, mask = stack_mask(ss), frame = cpu->gpr[EBP] & mask;
    (void)argument;
    frame_print(session, 0, base + cpu->eip, cpu->eip, out);
    for (unsigned i = 1; i < FRAMES_MAX; i++) {
        u8 words[8] = { 0 };
        if (!frame || peek_bytes(session->machine, false, ss->base + frame, words, 2 * bytes) != 2 * bytes) break;
        u32 next = bytes == 4 ? get32(words) : get16(words), back = bytes == 4 ? get32(words + 4) : get16(words + 2);
        if (!back) break;
        frame_print(session, i, base + back, back, out);
        if ((next & mask) <= frame) break;
        frame = next & mask;
    }
    return true;
}

void stack_print(struct session *session, u32 words, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    const struct segment *ss = &cpu->sys.seg[SS];
    unsigned bytes = ss->attr & ATTR_DB ? 4 : 2;
    u32 sp = cpu->gpr[ESP] & stack_mask(ss);
    fprintf(out, "stack at %04x:%08x:\n", ss->selector, sp);
    for (u32 i = 0; i < words; i++) {
        u8 word[4] = { 0 };
        char symbol[80];
        u32 at = (sp + i * bytes) & stack_mask(ss);
        if (peek_bytes(session->machine, false, ss->base + at, word, bytes) != bytes) break;
        fprintf(out, "  %08x: %0*x", at, (int)bytes * 2, get32(word));
        if (bytes == 4 && session_symbol(session, get32(word), symbol, sizeof symbol)) fprintf(out, "  <%s>", symbol);
        fputc('\n', out);
    }
}

static bool stack_words(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    u64 words = 16;
    if (*argument && !expression_value(session, argument, &words, &why)) return fprintf(out, "%s\n", why.text), true;
    stack_print(session, (u32)MIN(words, (u64)UNITS_MAX), out);
    return true;
}

/* ---- values and files ---- */
static bool print(struct session *session, const char *argument, FILE *out)
{
    struct form form = { 1, 0, 4 };
    struct error why;
    char symbol[80];
    u64 value;
    if (!form_take(&argument, &form, out)) return true;
    if (!expression_value(session, argument, &value, &why)) return fprintf(out, "%s\n", why.text), true;
    if (form.letter) {
        unit_print(session, &form, (u32)value, out);
        fputc('\n', out);
        return true;
    }
    fprintf(out, "0x%llx %llu", (unsigned long long)value, (unsigned long long)value);
    if (value <= UINT32_MAX && session_symbol(session, (u32)value, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
    fputc('\n', out);
    return true;
}

static bool print_or_next(struct session *session, const char *argument, FILE *out)
{
    return *argument ? print(session, argument, out) : console_command(session, "next", out);
}

static bool symbols_add(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    char text[4096];
    /* Bochs' way: the offset is a word of its own. */
    size_t length = strcspn(argument, " ");
    snprintf(text, sizeof text, argument[length] ? "%.*s@%s" : "%.*s", (int)length, argument, argument + length + strspn(argument + length, " "));
    if (!session_symbols_add(session, text, &why)) fprintf(out, "%s\n", why.text);
    return true;
}

/* QEMU's memsave ADDRESS SIZE FILE. */
static bool save(struct session *session, const char *argument, bool physical, FILE *out)
{
    struct error why;
    u64 address, size;
    char words[2][128] = { "", "" };
    int file_at = 0;
    /* A word each: a path begins with what is a division elsewhere. */
    if (sscanf(argument, "%127s %127s %n", words[0], words[1], &file_at) < 2) words[1][0] = 0;
    argument += file_at ? file_at : (int)strlen(argument);
    if (!expression_value(session, words[0], &address, &why) || !expression_value(session, words[1], &size, &why))
        return fprintf(out, "%s\n", why.text), true;
    if (size > SAVE_MAX || !*argument) return fprintf(out, "write ADDRESS SIZE FILE, up to 1 GiB\n"), true;
    FILE *file = file_create(argument, &why);
    if (!file) return fprintf(out, "%s\n", why.text), true;
    u8 bytes[4096];
    u64 done = 0;
    for (u32 have = 1; done < size && have; done += have) {
        have = peek_bytes(session->machine, physical, (u32)(address + done), bytes, (u32)MIN(size - done, sizeof bytes));
        if (fwrite(bytes, 1, have, file) != have) break;
    }
    bool good = !ferror(file);
    if (fclose(file) || !good) fprintf(out, "%s: %s\n", argument, strerror(errno));
    else if (done < size) fprintf(out, "%s: only %llu bytes can be read\n", argument, (unsigned long long)done);
    return true;
}

static bool save_linear(struct session *s, const char *argument, FILE *out) { return save(s, argument, false, out); }
static bool save_physical(struct session *s, const char *argument, FILE *out) { return save(s, argument, true, out); }

static const struct command rows[] = {
    { "x", "[/NFU] PLACE", "memory: N units, form F of x d u o t c s i a, unit U of b h w", examine_linear },
    { "xp", "[/NFU] ADDRESS", "the same, physical", examine_physical },
    { "disassemble u", "[/N] [PLACE [END]]", "code, in the size that runs now", disassemble },
    { "u16", "[/N] [PLACE [END]]", "16-bit code", disassemble16 },
    { "u32", "[/N] [PLACE [END]]", "32-bit code", disassemble32 },
    { "backtrace bt where", "", "the routines that are being executed, by their frame pointers", backtrace },
    { "print-stack", "[N]", "words of the stack", stack_words },
    { "print inspect calc", "[/F] EXPR", "a value", print },
    { "p", "[[/F] EXPR]", "print, as gdb has it; alone next, as Bochs has it", print_or_next },
    { "ldsym", "FILE[@OFFSET]", "names and lines of one more ELF file; the offset may be a word of its own", symbols_add },
    { "memsave", "ADDRESS SIZE FILE", "writes memory to a file", save_linear },
    { "pmemsave", "ADDRESS SIZE FILE", "the same, physical", save_physical },
};
const struct command_table look_commands = { "Code and memory", rows, ARRAY_LEN(rows) };
