/* Points with owners, conditions and counts, and who is told of them (debugger.h). */
#include "frontend/debugger.h"
#include "cpu/segment.h"
#include "frontend/command.h"
#include "frontend/expression.h"
#include "frontend/symbols.h"
#include <stdlib.h>
#include <string.h>

static struct cpu *cpu_of(const struct debugger *debugger) { return &debugger->session->machine->cpu; }

struct debugger *debugger_new(struct session *session)
{
    struct debugger *debugger = calloc(1, sizeof *debugger);
    if (!debugger) abort();
    debugger->session = session;
    debugger->step.point = -1;
    return debugger;
}

static void texts_free(struct debugger_point *point)
{
    free(point->condition);
    free(point->commands);
    memset(point, 0, sizeof *point);
}

void debugger_free(struct debugger *debugger)
{
    for (unsigned i = 0; debugger && i < STOP_POINTS; i++) texts_free(&debugger->point[i]);
    free(debugger);
}

/* The engine looks while there is something to look for. */
static void settle(struct debugger *debugger)
{
    struct cpu *cpu = cpu_of(debugger);
    bool wanted = debugger->there[DEBUGGER_GDB] || debugger->step.kind || debugger->stops.hit.kind;
    for (unsigned i = 0; i < STOP_POINTS && !wanted; i++) wanted = debugger->stops.point[i].kind != STOP_NONE;
    if (wanted != (cpu->stops != NULL)) stops_attach(cpu, wanted ? &debugger->stops : NULL);
}

void debugger_come(struct debugger *debugger, enum debugger_owner owner)
{
    debugger->there[owner] = true;
    settle(debugger);
}

void debugger_leave(struct debugger *debugger, enum debugger_owner owner)
{
    debugger->there[owner] = false;
    for (unsigned i = 0; i < STOP_POINTS; i++)
        if (debugger->point[i].owner == owner && debugger->stops.point[i].kind) debugger_remove(debugger, i);
    settle(debugger);
}

int debugger_add(struct debugger *debugger, enum debugger_owner owner, const struct stop_point *point)
{
    if (!cpu_of(debugger)->stops) stops_attach(cpu_of(debugger), &debugger->stops);
    int number = stops_add(cpu_of(debugger), point);
    if (number >= 0) debugger->point[number].owner = owner;
    return number;
}

void debugger_remove(struct debugger *debugger, unsigned number)
{
    if (number >= STOP_POINTS) return;
    if (debugger->stops.hit.point == (int)number) debugger->stops.hit.point = -1;
    texts_free(&debugger->point[number]);
    if (cpu_of(debugger)->stops) stops_remove(cpu_of(debugger), number);
    settle(debugger);
}

/* ---- going on ---- */
void debugger_resume(struct debugger *debugger)
{
    if (cpu_of(debugger)->stops && !debugger->step.kind) stops_resume(cpu_of(debugger), 0);
    settle(debugger);
}

void debugger_step(struct debugger *debugger, u64 insns, u32 from, u32 to)
{
    struct stops *stops = &debugger->stops;
    debugger_step_end(debugger);
    session_pause(debugger->session, false);
    if (!insns) return;
    debugger->step.kind = STEP_PLAIN;
    settle(debugger);
    stops->range_from = from;
    stops->range_to = to;
    stops_resume(cpu_of(debugger), insns);
}

void debugger_walk(struct debugger *debugger, enum step_kind kind, u64 count)
{
    const struct cpu *cpu = cpu_of(debugger);
    debugger_step_end(debugger);
    session_pause(debugger->session, false);
    debugger->step.kind = kind;
    debugger->step.left = count;
    debugger->step.first_sp = cpu->gpr[ESP] & stack_mask(&cpu->sys.seg[SS]);
    settle(debugger);
    debugger_step_begin(debugger);
}

/* ---- what was met ---- */
/* On, with the step that was being taken. */
static bool pass(struct debugger *debugger)
{
    if (!debugger->step.kind) debugger->stops.step_end = UINT64_MAX;
    stops_pass(cpu_of(debugger));
    return true;
}

/* A condition that cannot be reckoned is met: whoever wrote it must see that. */
static bool condition_met(struct debugger *debugger, const struct debugger_point *point)
{
    struct error why;
    u64 value;
    if (!point->condition) return true;
    if (expression_value(debugger->session, point->condition, &value, &why)) return value != 0;
    fprintf(debugger->session->tell, "trap86: the condition '%s': %s\n", point->condition, why.text);
    return true;
}

/* Nobody waits: it is told, and the run goes on. */
static bool told_only(struct debugger *debugger)
{
    struct session *session = debugger->session;
    fputs("trap86: ", session->tell);
    debugger_why(debugger, session->tell);
    fprintf(session->tell, " at %04x:%08x\n", cpu_of(debugger)->sys.seg[CS].selector, cpu_of(debugger)->eip);
    bool runs = debugger_commands(debugger, session->tell);
    return runs && !session->paused && pass(debugger);
}

bool debugger_passes(struct debugger *debugger)
{
    int number = debugger->stops.hit.point;
    struct debugger_point *point = number >= 0 ? &debugger->point[number] : NULL;
    if (debugger->step.kind > STEP_PLAIN && (!point || point->owner == DEBUGGER_STEP)) {
        if (debugger_step_goes_on(debugger)) return true;
    } else if (point && point->owner == DEBUGGER_CONSOLE) {
        if (!condition_met(debugger, point)) return pass(debugger);
        point->hits++;
        if (point->ignore) return point->ignore--, pass(debugger);
    }
    debugger_step_end(debugger);
    for (unsigned i = 0; i < DEBUGGER_OWNERS; i++)
        if (debugger->there[i]) return false;
    return told_only(debugger);
}

bool debugger_commands(struct debugger *debugger, FILE *out)
{
    int number = debugger->stops.hit.point;
    if (number < 0 || debugger->point[number].owner != DEBUGGER_CONSOLE) return true;
    char *lines = debugger->point[number].commands ? strdup(debugger->point[number].commands) : NULL, *rest = lines, *line;
    if (debugger->point[number].once) debugger_remove(debugger, (unsigned)number);
    bool runs = true;
    while (runs && rest && (line = strsep(&rest, ";\n"))) runs = console_command(debugger->session, line, out);
    free(lines);
    return runs;
}

/* ---- words ---- */
static const char *const kind_words[] = {
    [STOP_STEP] = "step", [STOP_EXECUTE] = "breakpoint", [STOP_WRITE] = "write to", [STOP_READ] = "read of",
    [STOP_ACCESS] = "access to", [STOP_PORT] = "port", [STOP_EXCEPTION] = "exception", [STOP_INTERRUPT] = "interrupt",
    [STOP_MODE] = "mode change", [STOP_CPL] = "CPL change", [STOP_CR3] = "CR3 change", [STOP_ROW] = "row", [STOP_CLASS] = "class",
    [STOP_MAGIC] = "magic instruction", [STOP_CYCLE] = "cycle", [STOP_INSNS] = "instruction",
};

static void address_print(const struct debugger *debugger, u32 address, FILE *out)
{
    char symbol[80];
    fprintf(out, " %08x", address);
    if (session_symbol(debugger->session, address, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
}

static void value_print(const struct debugger *debugger, enum stop_kind kind, u32 value, FILE *out)
{
    static const char *const classes[] = { "", "C", "B", "CB" };
    if (kind <= STOP_ACCESS || kind == STOP_MAGIC) address_print(debugger, value, out);
    else if (kind == STOP_PORT) fprintf(out, " %04x", value);
    else if (kind == STOP_EXCEPTION) fprintf(out, " %s (vector %u)", vector_name(value), value);
    else if (kind == STOP_ROW) fprintf(out, " %s", sensitive_id_name(value));
    else if (kind == STOP_CLASS) fprintf(out, " %s", classes[value & 3]);
    else if (kind == STOP_CR3) fprintf(out, " %08x", value);
    else fprintf(out, " %u", value);
}

void debugger_point_print(const struct debugger *debugger, unsigned number, FILE *out)
{
    const struct stop_point *point = &debugger->stops.point[number];
    fputs(kind_words[point->kind], out);
    if (point->kind == STOP_CYCLE || point->kind == STOP_INSNS) fprintf(out, " %llu", (unsigned long long)point->count);
    else if (point->space == STOP_SEGMENTED) fprintf(out, " %04x:%08x", point->selector, point->address);
    else if (point->address == STOP_ANY) fputs(" any", out);
    else value_print(debugger, point->kind, point->address, out);
    if (point->space == STOP_PHYSICAL) fputs(" physical", out);
    if (point->length > 1) fprintf(out, ", %u bytes", point->length);
}

bool debugger_why(const struct debugger *debugger, FILE *out)
{
    const struct stop_reason *hit = &debugger->stops.hit;
    if (hit->kind == STOP_NONE) return false;
    if (hit->point >= 0 && debugger->point[hit->point].owner == DEBUGGER_CONSOLE) fprintf(out, "point %d: ", hit->point);
    fputs(kind_words[hit->kind], out);
    if (hit->kind == STOP_CLASS) fprintf(out, ", row %s", sensitive_id_name(hit->address));
    else if (hit->kind < STOP_CYCLE && hit->kind != STOP_STEP) value_print(debugger, hit->kind, hit->address, out);
    if (hit->kind == STOP_PORT || hit->kind == STOP_ACCESS) fputs(hit->write ? ", written" : ", read", out);
    if (hit->kind == STOP_EXCEPTION) fprintf(out, ", error code %04x", hit->error);
    return true;
}
