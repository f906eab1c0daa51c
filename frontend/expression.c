/* Expressions of the debugger (expression.h), by precedence climbing. */
#include "frontend/expression.h"
#include "frontend/gdb.h"
#include "frontend/peek.h"
#include "frontend/symbols.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, NAME_BYTES = 128 };

struct parser {
    const struct session *session;
    const char   *text;
    struct error *why;
    unsigned      depth;
};

static bool value_climb(struct parser *p, unsigned least, u64 *value);

static void blanks(struct parser *p) { p->text += strspn(p->text, " \t"); }

/* ---- names ---- */
/* Parts of the general registers, by EAX's number and the place of their bits. */
static const struct { char name[4]; u8 index, shift, bits; } parts[] = {
    { "ax", EAX, 0, 16 }, { "cx", ECX, 0, 16 }, { "dx", EDX, 0, 16 }, { "bx", EBX, 0, 16 }, { "sp", ESP, 0, 16 },
    { "bp", EBP, 0, 16 }, { "si", ESI, 0, 16 }, { "di", EDI, 0, 16 }, { "al", EAX, 0, 8 }, { "cl", ECX, 0, 8 },
    { "dl", EDX, 0, 8 }, { "bl", EBX, 0, 8 }, { "ah", EAX, 8, 8 }, { "ch", ECX, 8, 8 }, { "dh", EDX, 8, 8 }, { "bh", EBX, 8, 8 },
};
static const struct { char name[5]; u8 bit, bits; } flags[] = {
    { "cf", 0, 1 }, { "pf", 2, 1 }, { "af", 4, 1 }, { "zf", 6, 1 }, { "sf", 7, 1 }, { "tf", 8, 1 }, { "if", 9, 1 }, { "df", 10, 1 },
    { "of", 11, 1 }, { "iopl", 12, 2 }, { "nt", 14, 1 }, { "rf", 16, 1 }, { "vm", 17, 1 }, { "ac", 18, 1 },
};

static bool register_value(const struct session *session, const char *name, u64 *value)
{
    const struct cpu *cpu = &session->machine->cpu;
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++)
        if (strcmp(parts[i].name, name) == 0) {
            *value = cpu->gpr[parts[i].index] >> parts[i].shift & ((1u << parts[i].bits) - 1);
            return true;
        }
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
        if (strcmp(flags[i].name, name) == 0) {
            *value = eflags_get(cpu) >> flags[i].bit & ((1u << flags[i].bits) - 1);
            return true;
        }
    return gdb_register_value(session, name, value);
}

static bool memory_value(struct parser *p, unsigned bytes, u32 address, u64 *value)
{
    u8 read[4] = { 0 };
    if (peek_bytes(p->session->machine, false, address, read, bytes) != bytes)
        return error_set(p->why, "there is no memory at %08x to be read", address);
    *value = get32(read);
    return true;
}

static bool closed(struct parser *p, char bracket)
{
    blanks(p);
    if (*p->text != bracket) return error_set(p->why, "'%c' is missing at '%.20s'", bracket, p->text);
    p->text++;
    return true;
}

/* "(A)" behind the name of a size. */
static bool sized(struct parser *p, unsigned bytes, u64 *value)
{
    u64 address;
    p->text++;
    return value_climb(p, 0, &address) && closed(p, ')') && memory_value(p, bytes, (u32)address, value);
}

static bool name_value(struct parser *p, u64 *value)
{
    static const struct { const char *name; unsigned bytes; } sizes[] = { { "byte", 1 }, { "word", 2 }, { "dword", 4 } };
    char name[NAME_BYTES];
    bool marked = *p->text == '$' || *p->text == '%';
    const char *from = p->text + marked;
    size_t length = 0;
    while (isalnum((unsigned char)from[length]) || (from[length] && strchr("_.@$", from[length]))) length++;
    if (!length || length >= sizeof name) return error_set(p->why, "'%.20s' is no value", p->text);
    memcpy(name, from, length);
    name[length] = 0;
    p->text = from + length;
    for (unsigned i = 0; i < ARRAY_LEN(sizes); i++)
        if (strcmp(name, sizes[i].name) == 0 && *p->text == '(') return sized(p, sizes[i].bytes, value);
    u32 address;
    if (register_value(p->session, name, value)) return true;
    if (marked || !session_symbol_address(p->session, name, &address))
        return error_set(p->why, "there is no register%s '%.40s'", marked ? "" : " or symbol", name);
    *value = address;
    return true;
}

/* ---- values and operators ---- */
static bool number_value(struct parser *p, u64 *value)
{
    char *end;
    bool hex = p->text[0] == '0' && (p->text[1] | 32) == 'x';
    *value = strtoull(p->text, &end, hex ? 16 : 10);
    if (isalnum((unsigned char)*end)) return error_set(p->why, "'%.20s' is no number; write 0x before hexadecimal ones", p->text);
    p->text = end;
    return true;
}

static bool primary(struct parser *p, u64 *value)
{
    if (++p->depth > DEPTH_MAX) return error_set(p->why, "that is nested too deep");
    blanks(p);
    char c = *p->text;
    bool good, prefix = c && strchr("([-!~*", c);
    p->text += prefix;
    if (c == '(' || c == '[') good = value_climb(p, 0, value) && closed(p, c == '(' ? ')' : ']');
    else if (prefix) good = primary(p, value);
    else good = isdigit((unsigned char)c) ? number_value(p, value) : name_value(p, value);
    if (good && (c == '[' || c == '*')) good = memory_value(p, 4, (u32)*value, value);
    else if (good && prefix && c != '(') *value = c == '-' ? -*value : c == '!' ? !*value : ~*value;
    p->depth--;
    return good;
}

enum operation { OR_ELSE, AND_ALSO, OR, XOR, AND, EQUAL, UNEQUAL, LESS_EQUAL, MORE_EQUAL, LEFT, RIGHT, LESS, MORE, ADD, SUBTRACT,
                 MULTIPLY, DIVIDE, REST };
/* Longer ones before those they begin with. */
static const struct { char text[3]; u8 level, operation; } operators[] = {
    { "||", 1, OR_ELSE }, { "&&", 2, AND_ALSO }, { "==", 6, EQUAL }, { "!=", 6, UNEQUAL }, { "<=", 7, LESS_EQUAL },
    { ">=", 7, MORE_EQUAL }, { "<<", 8, LEFT }, { ">>", 8, RIGHT }, { "|", 3, OR }, { "^", 4, XOR }, { "&", 5, AND }, { "<", 7, LESS },
    { ">", 7, MORE }, { "+", 9, ADD }, { "-", 9, SUBTRACT }, { "*", 10, MULTIPLY }, { "/", 10, DIVIDE }, { "%", 10, REST },
};

static int operator_next(struct parser *p)
{
    blanks(p);
    for (unsigned i = 0; i < ARRAY_LEN(operators); i++)
        if (strncmp(p->text, operators[i].text, strlen(operators[i].text)) == 0) return (int)i;
    return -1;
}

static u64 combine(enum operation operation, u64 a, u64 b)
{
    switch (operation) {
    case OR_ELSE:    return a || b;
    case AND_ALSO:   return a && b;
    case OR:         return a | b;
    case XOR:        return a ^ b;
    case AND:        return a & b;
    case EQUAL:      return a == b;
    case UNEQUAL:    return a != b;
    case LESS_EQUAL: return a <= b;
    case MORE_EQUAL: return a >= b;
    case LEFT:       return b < 64 ? a << b : 0;
    case RIGHT:      return b < 64 ? a >> b : 0;
    case LESS:       return a < b;
    case MORE:       return a > b;
    case ADD:        return a + b;
    case SUBTRACT:   return a - b;
    case MULTIPLY:   return a * b;
    case DIVIDE:     return a / b;
    case REST:       return a % b;
    }
    return 0;
}

static bool value_climb(struct parser *p, unsigned least, u64 *value)
{
    if (!primary(p, value)) return false;
    for (int i; (i = operator_next(p)) >= 0 && operators[i].level > least; ) {
        u64 right;
        enum operation operation = operators[i].operation;
        p->text += strlen(operators[i].text);
        if (!value_climb(p, operators[i].level, &right)) return false;
        if ((operation == DIVIDE || operation == REST) && right == 0) return error_set(p->why, "division by zero");
        *value = combine(operation, *value, right);
    }
    return true;
}

bool expression_take(const struct session *session, const char **text, u64 *value, struct error *why)
{
    struct parser p = { .session = session, .text = *text, .why = why };
    if (!value_climb(&p, 0, value)) return false;
    blanks(&p);
    *text = p.text;
    return true;
}

bool expression_value(const struct session *session, const char *text, u64 *value, struct error *why)
{
    if (!expression_take(session, &text, value, why)) return false;
    return !*text || error_set(why, "'%.20s' is not understood", text);
}

/* ---- places ---- */
/* The base of a segment: one that is loaded, a paragraph, or as the descriptor says; false: there is none. */
static bool segment_base(const struct session *session, u16 selector, u32 *base)
{
    const struct cpu *cpu = &session->machine->cpu;
    const struct system *sys = &cpu->sys;
    u8 d[8];
    for (unsigned i = 0; i < 6; i++)
        if (sys->seg[i].selector == selector) {
            *base = sys->seg[i].base;
            return true;
        }
    *base = (u32)selector << 4;
    if (!(sys->cr0 & CR0_PE) || eflags_get(cpu) & FLAG_VM) return true;
    u32 table = selector & 4 ? sys->ldtr.base : sys->gdtr.base, limit = selector & 4 ? sys->ldtr.limit : sys->gdtr.limit;
    if ((selector | 7u) > limit || peek_bytes(session->machine, false, table + (selector & ~7u), d, 8) != 8) return false;
    *base = get16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24;
    return true;
}

bool expression_spot(const struct session *session, const char **text, struct spot *spot, struct error *why)
{
    u64 value;
    u32 base;
    if (!expression_take(session, text, &value, why)) return false;
    *spot = (struct spot){ .space = STOP_LINEAR, .address = (u32)value, .linear = (u32)value };
    if (**text != ':') return true;
    ++*text;
    spot->space = STOP_SEGMENTED;
    spot->selector = (u16)value;
    if (!expression_take(session, text, &value, why)) return false;
    if (!segment_base(session, spot->selector, &base)) return error_set(why, "there is no segment %04x", spot->selector);
    spot->address = (u32)value;
    spot->linear = base + (u32)value;
    return true;
}
