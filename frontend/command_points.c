/* Commands of the console (command.h) for points: gdb's names, with Bochs' where its users have them in their fingers. */
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/expression.h"
#include <stdlib.h>
#include <string.h>

/* Adds a point of the console's, with what may stand behind its place: "if EXPRESSION". */
static bool add(struct session *session, const struct stop_point *point, const char *rest, bool once, FILE *out)
{
    struct debugger *debugger = session->debugger;
    struct error why;
    u64 value;
    const char *condition = strncmp(rest, "if ", 3) == 0 ? rest + 3 + strspn(rest + 3, " \t\"") : NULL;
    size_t length = condition ? strlen(condition) : 0;
    if (!condition && *rest) return fprintf(out, "'%.40s' is not understood; there is: if EXPRESSION\n", rest), true;
    while (length && condition[length - 1] == '"') length--;
    char *kept = condition ? strndup(condition, length) : NULL;
    if (kept && !expression_value(session, kept, &value, &why)) return fprintf(out, "%s\n", why.text), free(kept), true;
    int number = debugger_add(debugger, DEBUGGER_CONSOLE, point);
    if (number < 0) return fprintf(out, "there are %d points already; delete some\n", STOP_POINTS), free(kept), true;
    debugger->point[number].condition = kept;
    debugger->point[number].once = once;
    fprintf(out, "point %d: ", number);
    debugger_point_print(debugger, (unsigned)number, out);
    fputc('\n', out);
    return true;
}

static bool refuse(FILE *out, const struct error *why)
{
    fprintf(out, "%s\n", why->text);
    return true;
}

/* ---- code ---- */
static bool code_at(struct session *session, const char *argument, enum stop_space space, bool once, FILE *out)
{
    struct error why;
    struct spot spot;
    if (!*argument) spot = (struct spot){ .address = session->machine->cpu.sys.seg[CS].base + session->machine->cpu.eip };
    else if (!expression_spot(session, &argument, &spot, &why)) return refuse(out, &why);
    struct stop_point point = { .kind = STOP_EXECUTE, .space = space == STOP_PHYSICAL ? space : spot.space, .address = spot.address,
                                .selector = spot.selector, .length = 1 };
    return add(session, &point, argument, once, out);
}

static bool break_at(struct session *s, const char *argument, FILE *out) { return code_at(s, argument, STOP_LINEAR, false, out); }
static bool break_once(struct session *s, const char *argument, FILE *out) { return code_at(s, argument, STOP_LINEAR, true, out); }
static bool break_physical(struct session *s, const char *argument, FILE *out) { return code_at(s, argument, STOP_PHYSICAL, false, out); }

/* ---- data and ports ---- */
static bool range_at(struct session *session, const char *argument, enum stop_kind kind, enum stop_space space, FILE *out)
{
    struct error why;
    struct spot spot;
    u64 length = kind == STOP_PORT || space == STOP_PHYSICAL ? 1 : 4;
    if (!expression_spot(session, &argument, &spot, &why)) return refuse(out, &why);
    if (*argument && strncmp(argument, "if ", 3) != 0) {
        argument += *argument == ',';
        if (!expression_take(session, &argument, &length, &why)) return refuse(out, &why);
    }
    if (length == 0 || length > UINT32_MAX) return fprintf(out, "a length is from 1 to 4294967295\n"), true;
    struct stop_point point = { .kind = kind, .space = space, .address = spot.linear, .length = (u32)length };
    return add(session, &point, argument, false, out);
}

/* Bochs' "watch r PHYSICAL" and "watch w PHYSICAL"; gdb's "watch PLACE". */
static bool watch(struct session *session, const char *argument, FILE *out)
{
    bool reads = strncmp(argument, "r ", 2) == 0, writes = strncmp(argument, "w ", 2) == 0;
    if (reads || writes) return range_at(session, argument + 2, reads ? STOP_READ : STOP_WRITE, STOP_PHYSICAL, out);
    return range_at(session, argument, STOP_WRITE, STOP_LINEAR, out);
}

static bool watch_reads(struct session *s, const char *argument, FILE *out) { return range_at(s, argument, STOP_READ, STOP_LINEAR, out); }
static bool watch_both(struct session *s, const char *argument, FILE *out) { return range_at(s, argument, STOP_ACCESS, STOP_LINEAR, out); }
static bool watch_ports(struct session *s, const char *argument, FILE *out) { return range_at(s, argument, STOP_PORT, STOP_LINEAR, out); }

/* ---- events ---- */
/* A vector by number, or an exception by its letters ("#GP", "gp"). */
static bool vector_take(struct session *session, const char **argument, u32 *vector, struct error *why)
{
    const char *text = *argument + (**argument == '#');
    size_t length = strcspn(text, " \t");
    u64 value;
    if (!length || (length == 3 && strncasecmp(text, "any", 3) == 0)) {
        *vector = STOP_ANY;
        *argument = text + length + strspn(text + length, " \t");
        return true;
    }
    for (unsigned v = 0; v < 32; v++)
        if (length == 2 && vector_name((u8)v)[0] == '#' && strncasecmp(vector_name((u8)v) + 1, text, 2) == 0) {
            *vector = v;
            *argument = text + length + strspn(text + length, " \t");
            return true;
        }
    if (!expression_take(session, argument, &value, why)) return false;
    *vector = (u32)value;
    return value < 256 || error_set(why, "a vector is from 0 to 255, an exception like #GP, or any");
}

static bool on_event(struct session *session, const char *argument, enum stop_kind kind, FILE *out)
{
    struct error why;
    struct stop_point point = { .kind = kind, .address = STOP_ANY, .length = 1 };
    bool vector = kind == STOP_EXCEPTION || kind == STOP_INTERRUPT;
    if (vector && !vector_take(session, &argument, &point.address, &why)) return refuse(out, &why);
    return add(session, &point, argument, false, out);
}

static bool on_exception(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_EXCEPTION, out); }
static bool on_interrupt(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_INTERRUPT, out); }
static bool on_mode(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_MODE, out); }
static bool on_cpl(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_CPL, out); }
static bool on_cr3(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_CR3, out); }
static bool on_magic(struct session *s, const char *argument, FILE *out) { return on_event(s, argument, STOP_MAGIC, out); }

static bool on_row(struct session *session, const char *argument, FILE *out)
{
    struct stop_point point = { .kind = STOP_ROW, .length = 1 };
    size_t length = strcspn(argument, " \t");
    for (unsigned id = 0; id < SENS_COUNT; id++)
        if (strlen(sensitive_id_name(id)) == length && strncmp(sensitive_id_name(id), argument, length) == 0) {
            point.address = id;
            return add(session, &point, argument + length + strspn(argument + length, " \t"), false, out);
        }
    fprintf(out, "there is no row '%.*s'; trap86 --list-sensitive lists them\n", (int)MIN(length, (size_t)40), argument);
    return true;
}

static bool on_class(struct session *session, const char *argument, FILE *out)
{
    static const struct { const char *name; u32 class; } classes[] = { { "C", CLASS_C }, { "B", CLASS_B }, { "CB", CLASS_CB } };
    size_t length = strcspn(argument, " \t");
    for (unsigned i = 0; i < ARRAY_LEN(classes); i++)
        if (strlen(classes[i].name) == length && strncasecmp(classes[i].name, argument, length) == 0) {
            struct stop_point point = { .kind = STOP_CLASS, .address = classes[i].class, .length = 1 };
            return add(session, &point, argument + length + strspn(argument + length, " \t"), false, out);
        }
    fprintf(out, "there are the classes C (control), B (behaviour) and CB\n");
    return true;
}

/* ---- time ---- */
static bool count_at(struct session *session, const char *argument, enum stop_kind kind, u64 from, FILE *out)
{
    struct error why;
    struct stop_point point = { .kind = kind, .length = 1 };
    if (!expression_take(session, &argument, &point.count, &why)) return refuse(out, &why);
    point.count += from;
    return add(session, &point, argument, true, out);
}

static bool at_cycle(struct session *s, const char *argument, FILE *out) { return count_at(s, argument, STOP_CYCLE, 0, out); }
static bool in_cycles(struct session *s, const char *argument, FILE *out)
{
    return count_at(s, argument, STOP_CYCLE, s->machine->clock.now, out);
}
static bool at_insn(struct session *s, const char *argument, FILE *out) { return count_at(s, argument, STOP_INSNS, 0, out); }

static const struct command rows[] = {
    { "break b lb vb lbreak vbreak", "[PLACE] [if EXPR]", "stop before an instruction: linear address, SEG:OFFSET or symbol", break_at },
    { "tbreak tb", "[PLACE] [if EXPR]", "the same, once", break_once },
    { "pbreak pb", "ADDRESS [if EXPR]", "by physical address", break_physical },
    { "watch", "PLACE [LENGTH] [if EXPR]", "stop behind a write; watch r|w ADDRESS: physical, as Bochs has it", watch },
    { "rwatch", "PLACE [LENGTH] [if EXPR]", "behind a read", watch_reads },
    { "awatch", "PLACE [LENGTH] [if EXPR]", "behind both", watch_both },
    { "iobreak", "PORT[,COUNT] [if EXPR]", "behind an access to ports", watch_ports },
    { "break-exception", "VECTOR|#NAME|any", "before an exception is delivered", on_exception },
    { "break-interrupt", "VECTOR|any", "before an interrupt's handler", on_interrupt },
    { "break-mode modebp", "", "behind a change between real, protected and virtual-8086 mode", on_mode },
    { "break-cpl", "", "behind a change of the privilege level", on_cpl },
    { "break-cr3", "", "behind a change of CR3", on_cr3 },
    { "break-magic", "", "behind XCHG BX, BX", on_magic },
    { "break-row", "ROW [if EXPR]", "before an instruction of a row of the sensitive table", on_row },
    { "break-class", "C|B|CB [if EXPR]", "before one of a class of that table", on_class },
    { "break-cycle sba", "CYCLE", "at a cycle, once", at_cycle },
    { "sb", "CYCLES", "so many cycles from now, once", in_cycles },
    { "break-insn", "COUNT", "at an instruction count, once", at_insn },
};
const struct command_table points_commands = { "Points", rows, ARRAY_LEN(rows) };
