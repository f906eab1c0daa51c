/* What the classifier found, a line for each group of encodings of one opcode that are alike; Robin and Irvine's list;
 * and how it compares with the class column of cpu/sensitive.def. */
#include "frontend/classify_parts.h"
#include "cpu/dispatcher.h"
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */
static const char *class_of(const struct verdict *v, enum domain d)
{
    bool control = v->in[d].control.length != WITNESS_NONE, behaviour = v->in[d].behaviour.length != WITNESS_NONE;
    if (control || behaviour)
        return control && behaviour ? "CB" : control ? "C" : "B";
    return v->in[d].trap.length != WITNESS_NONE ? "T" : "-";
}

static const char *trap_of(const struct verdict *v, enum domain d)
{
    if (verdict_privileged(v, d)) return "traps";
    if (verdict_guarded(v, d)) return "guarded";
    return verdict_hole(v, d) ? "HOLE" : "-";
}

static bool is_innocuous(const struct verdict *v)
{
    for (unsigned d = 0; d < DOMAINS; d++)
        if (strcmp(class_of(v, d), "-") != 0 || verdict_privileged(v, d))
            return false;
    return true;
}

static bool verdicts_alike(const struct verdict *a, const struct verdict *b)
{
    for (unsigned d = 0; d < DOMAINS; d++)
        if (strcmp(class_of(a, d), class_of(b, d)) != 0 || strcmp(trap_of(a, d), trap_of(b, d)) != 0)
            return false;
    return !a->executed == !b->executed;
}

static bool same_line(const struct encoding *a, const struct verdict *va, const struct encoding *b, const struct verdict *vb)
{
    return a->two_byte == b->two_byte && a->opcode == b->opcode && strcmp(a->name, b->name) == 0 && verdicts_alike(va, vb);
}

static void shorter(struct witness *witness, const struct witness *other)
{
    if (other->length < witness->length)
        *witness = *other;
}

/* Which /reg in which form the line stands for, as bits. */
struct line { u8 memory, registers; struct verdict verdict; };

static void registers_text(u8 bits, const char *form, char *text, size_t size)
{
    unsigned first = (unsigned)__builtin_ctz(bits), last = 31 - (unsigned)__builtin_clz(bits);
    size_t length = strlen(text);
    if (bits == 0xff)
        snprintf(text + length, size - length, " /r%s", form);
    else if (bits == (u8)((2u << last) - (1u << first)) && first != last)
        snprintf(text + length, size - length, " /%u-%u%s", first, last, form);
    else
        for (unsigned reg = 0; reg < 8; reg++)
            if (bits >> reg & 1)
                snprintf(text + strlen(text), size - strlen(text), " /%u%s", reg, form);
}

static void opcode_text(const struct encoding *e, char *text, size_t size)
{
    snprintf(text, size, "%s%02X", e->two_byte ? "0F " : "", e->opcode);
}

static void line_print(const struct encoding *e, const struct line *line, FILE *out)
{
    static const char *const domains[] = { "protected", "V86" };
    char bytes[64];
    const struct verdict *v = &line->verdict;
    opcode_text(e, bytes, sizeof bytes);
    if (e->has_modrm && line->memory == line->registers)
        registers_text(line->memory, "", bytes, sizeof bytes);
    else if (e->has_modrm) {
        if (line->memory) registers_text(line->memory, "m", bytes, sizeof bytes);
        if (line->registers) registers_text(line->registers, "r", bytes, sizeof bytes);
    }
    fprintf(out, "%-9s %-15s %-2s %-8s %-2s %-8s", bytes, e->name, class_of(v, PROTECTED), trap_of(v, PROTECTED),
            class_of(v, VIRTUAL_8086), trap_of(v, VIRTUAL_8086));
    for (unsigned d = 0; d < DOMAINS; d++) {
        const struct witness *w[] = { &v->in[d].control, &v->in[d].behaviour, &v->in[d].trap };
        for (unsigned k = 0; k < 3; k++)
            if (w[k]->length != WITNESS_NONE)
                fprintf(out, "\n          %s %c: %s", domains[d], "CBT"[k], w[k]->text);
    }
    fputc('\n', out);
}

static void verdict_merge(struct verdict *into, const struct verdict *from)
{
    for (unsigned d = 0; d < DOMAINS; d++) {
        shorter(&into->in[d].control, &from->in[d].control);
        shorter(&into->in[d].behaviour, &from->in[d].behaviour);
        shorter(&into->in[d].trap, &from->in[d].trap);
        into->in[d].supervisor_done += from->in[d].supervisor_done;
        into->in[d].user_done += from->in[d].user_done;
        into->in[d].user_trapped += from->in[d].user_trapped;
        into->in[d].guarded_done += from->in[d].guarded_done;
        into->in[d].guarded_trapped += from->in[d].guarded_trapped;
    }
}

/* The encodings of one opcode stand together. */
static bool is_first_of_line(const struct encoding *e, const struct verdict *v, unsigned i)
{
    for (unsigned k = i; k-- > 0 && e[k].opcode == e[i].opcode && e[k].two_byte == e[i].two_byte;)
        if (same_line(&e[k], &v[k], &e[i], &v[i]))
            return false;
    return true;
}

static void lines_print(const struct encoding *e, const struct verdict *v, unsigned count, FILE *out)
{
    for (unsigned i = 0; i < count; i++) {
        struct line line = { 0, 0, verdict_none() };
        if (is_innocuous(&v[i]) || !is_first_of_line(e, v, i))
            continue;
        for (unsigned k = i; k < count && e[k].opcode == e[i].opcode && e[k].two_byte == e[i].two_byte; k++) {
            if (!same_line(&e[k], &v[k], &e[i], &v[i]))
                continue;
            verdict_merge(&line.verdict, &v[k]);
            *(e[k].memory ? &line.memory : &line.registers) |= (u8)(1 << (e[k].modrm >> 3 & 7));
        }
        line_print(&e[i], &line, out);
    }
}

/* ---- sums ---- */
static void sums_print(const struct verdict *v, unsigned count, FILE *out)
{
    unsigned undefined = 0, innocuous = 0, privileged = 0, guarded = 0, holes = 0, holes_v86 = 0, trap = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!v[i].executed) undefined++;
        else if (is_innocuous(&v[i])) innocuous++;
        else if (verdict_hole(&v[i], PROTECTED)) holes++;
        else if (verdict_privileged(&v[i], PROTECTED)) privileged++;
        else if (verdict_guarded(&v[i], PROTECTED)) guarded++;
        else trap++;
        holes_v86 += verdict_hole(&v[i], VIRTUAL_8086);
    }
    fprintf(out, "%u encodings: %u undefined, %u innocuous, %u privileged, %u that a monitor can have trap, "
            "%u holes, %u otherwise; %u holes in virtual-8086 mode\n", count, undefined, innocuous, privileged, guarded, holes,
            trap, holes_v86);
}

/* Robin and Irvine (2000): "17 instructions", which are 18 mnemonics. */
static bool robin_irvine_print(const struct encoding *e, const struct verdict *v, unsigned count, FILE *out)
{
    static const char *const names[] = { "sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "verw", "pop",
                                         "push", "call", "jmp", "int", "ret", "str", "mov" };
    char found[128] = "", missing[128] = "";
    unsigned sum = 0;
    for (unsigned k = 0; k < ARRAY_LEN(names); k++) {
        size_t length = strlen(names[k]);
        bool hole = false;
        for (unsigned i = 0; i < count && !hole; i++) {
            const char *name = strncmp(e[i].name, "retf", 4) == 0 ? "ret" : e[i].name;
            hole = strncmp(name, names[k], length) == 0 && (name[length] == ' ' || !name[length]) &&
                   verdict_hole(&v[i], PROTECTED);
        }
        char *list = hole ? found : missing;
        snprintf(list + strlen(list), sizeof found - strlen(list), " %s", names[k]);
        sum += hole;
    }
    fprintf(out, "Robin and Irvine's 18: %u found:%s%s%s\n", sum, found, *missing ? "; missing:" : "", missing);
    return sum == ARRAY_LEN(names);
}

/* ---- the comparison ---- */
struct comparison { const struct classify_known *known; bool *used; unsigned knowns, differences, fresh; FILE *out; };

static void difference(struct comparison *c, const char *what, const char *table, const char *found)
{
    c->differences++;
    for (unsigned k = 0; k < c->knowns; k++)
        if (strcmp(c->known[k].what, what) == 0 && strcmp(c->known[k].table, table) == 0 &&
            strcmp(c->known[k].found, found) == 0) {
            c->used[k] = true;
            fprintf(c->out, "known: %s is %s in the table, %s here: %s\n", what, table, found, c->known[k].reason);
            return;
        }
    c->fresh++;
    fprintf(c->out, "NEW: %s is %s in the table, %s here; take more samples, correct one of the two, or give a reason in "
            "frontend/classify_known.c\n", what, table, found);
}

/* What this processor does not have cannot differ. */
static void known_excuse(struct comparison *c, const char *what)
{
    for (unsigned k = 0; k < c->knowns; k++)
        c->used[k] |= strcmp(c->known[k].what, what) == 0;
}

static const char *class_text(unsigned class)
{
    static const char *const texts[] = { "-", "C", "B", "CB" };
    return texts[class];
}

static unsigned class_bits(const struct verdict *v)
{
    unsigned bits = 0;
    for (unsigned d = 0; d < DOMAINS; d++) {
        bits |= v->in[d].control.length != WITNESS_NONE ? CLASS_C : 0;
        bits |= v->in[d].behaviour.length != WITNESS_NONE ? CLASS_B : 0;
    }
    return bits;
}

static void rows_compare(struct comparison *c, const struct encoding *e, const struct verdict *v, unsigned count)
{
    for (unsigned row = 0; row < SENS_COUNT; row++) {
        unsigned found = 0;
        bool there = false;
        for (unsigned i = 0; i < count; i++)
            if (e[i].row == &sensitive_table[row]) {
                found |= class_bits(&v[i]);
                there |= v[i].executed != 0;
            }
        if (!there)
            known_excuse(c, sensitive_id_name(row));
        else if (found != sensitive_table[row].class)
            difference(c, sensitive_id_name(row), class_text(sensitive_table[row].class), class_text(found));
    }
}

/* What the table's gates say of a sensitive encoding; NULL: it depends. */
static const char *gate_text(enum sensitive_gate gate, enum domain d)
{
    switch (gate) {
    case GATE_NONE: return "HOLE";
    case GATE_OWN:  return d == PROTECTED ? "HOLE" : NULL;
    case GATE_UD:   return NULL;
    case GATE_GP: case GATE_CPL0: return "traps";
    default:        return "guarded";
    }
}

/* A row's encodings together: one of them that completes shows that the row does. */
static void gates_compare(struct comparison *c, const struct encoding *e, const struct verdict *v, unsigned count)
{
    static const enum cpu_mode modes[DOMAINS] = { MODE_PROTECTED, MODE_V86 };
    for (unsigned row = 0; row < SENS_COUNT; row++) {
        struct verdict all = verdict_none();
        for (unsigned i = 0; i < count; i++)
            if (e[i].row == &sensitive_table[row])
                verdict_merge(&all, &v[i]);
        for (unsigned d = 0; d < DOMAINS; d++) {
            const char *gate = gate_text((enum sensitive_gate)sensitive_table[row].gate[modes[d]], d);
            const char *found = trap_of(&all, d);
            if (!gate || strcmp(found, "-") == 0 || strcmp(gate, found) == 0)
                continue;
            difference(c, sensitive_id_name(row), gate, found);
            break;
        }
    }
}

/* Encodings that have no row must be innocuous. */
static void others_compare(struct comparison *c, const struct encoding *e, const struct verdict *v, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char bytes[32];
        if (e[i].row || (v[i].executed && is_innocuous(&v[i])))
            continue;
        opcode_text(&e[i], bytes, sizeof bytes);
        if (e[i].has_modrm)
            registers_text((u8)(1 << (e[i].modrm >> 3 & 7)), e[i].memory ? "m" : "r", bytes, sizeof bytes);
        if (v[i].executed)
            difference(c, bytes, "-", class_bits(&v[i]) ? class_text(class_bits(&v[i])) : "T");
        else
            known_excuse(c, bytes);
    }
}

static bool compare(const struct encoding *e, const struct verdict *v, unsigned count, const struct classify_known *known,
                    FILE *out)
{
    struct comparison c = { .known = known, .out = out };
    unsigned stale = 0;
    while (known[c.knowns].what)
        c.knowns++;
    c.used = calloc(c.knowns + 1, sizeof *c.used);
    if (!c.used)
        return false;
    rows_compare(&c, e, v, count);
    gates_compare(&c, e, v, count);
    others_compare(&c, e, v, count);
    for (unsigned k = 0; k < c.knowns; k++)
        if (!c.used[k]) {
            stale++;
            fprintf(out, "GONE: %s is no longer %s in the table and %s here: take it from frontend/classify_known.c\n",
                    known[k].what, known[k].table, known[k].found);
        }
    fprintf(out, "%u differences from the table, %u of them new; %u known ones gone\n", c.differences, c.fresh, stale);
    free(c.used);
    return !c.fresh && !stale;
}

bool report(const struct encoding *encodings, const struct verdict *verdicts, unsigned count,
            const struct classify_known *known, FILE *out)
{
    fprintf(out, "class: C control-sensitive, B behaviour-sensitive, T traps at one privilege level only, in some states\n"
            "traps: it is privileged; guarded: a monitor can have it trap; HOLE: sensitive, and it does not trap\n\n"
            "%-9s %-15s %-11s %s\n", "encoding", "name", "protected", "V86");
    lines_print(encodings, verdicts, count, out);
    fputc('\n', out);
    sums_print(verdicts, count, out);
    bool listed = robin_irvine_print(encodings, verdicts, count, out);
    return compare(encodings, verdicts, count, known, out) && listed;
}
