/* Commands of the console (command.h) about the points that there are, and files of commands. */
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/expression.h"
#include "frontend/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 1 << 20, SOURCE_DEPTH = 8 };

/* The point of the console's whose number is at *text, which is moved behind it; -1: it has been told of. */
static int point_take(struct session *session, const char **text, FILE *out)
{
    struct error why;
    u64 number;
    if (!expression_take(session, text, &number, &why)) return fprintf(out, "%s\n", why.text), -1;
    const struct debugger *debugger = session->debugger;
    if (number < STOP_POINTS && debugger->stops.point[number].kind && debugger->point[number].owner == DEBUGGER_CONSOLE) return (int)number;
    fprintf(out, "there is no point %llu; info break lists them\n", (unsigned long long)number);
    return -1;
}

static bool delete(struct session *session, const char *argument, FILE *out)
{
    if (*argument) {
        int number = point_take(session, &argument, out);
        if (number >= 0) debugger_remove(session->debugger, (unsigned)number);
        return true;
    }
    for (unsigned i = 0; i < STOP_POINTS; i++)
        if (session->debugger->stops.point[i].kind && session->debugger->point[i].owner == DEBUGGER_CONSOLE)
            debugger_remove(session->debugger, i);
    return true;
}

static bool able(struct session *session, const char *argument, bool disabled, FILE *out)
{
    int number = point_take(session, &argument, out);
    if (number < 0) return true;
    session->debugger->stops.point[number].disabled = disabled;
    if (session->machine->cpu.stops) stops_changed(&session->machine->cpu);
    return true;
}

static bool enable(struct session *s, const char *argument, FILE *out) { return able(s, argument, false, out); }
static bool disable(struct session *s, const char *argument, FILE *out) { return able(s, argument, true, out); }

static bool ignore(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    u64 count;
    int number = point_take(session, &argument, out);
    if (number < 0) return true;
    if (!expression_value(session, argument, &count, &why)) return fprintf(out, "%s\n", why.text), true;
    session->debugger->point[number].ignore = count;
    return true;
}

static void text_set(char **text, const char *value)
{
    free(*text);
    *text = *value ? strdup(value) : NULL;
}

static bool condition(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    u64 value;
    int number = point_take(session, &argument, out);
    if (number < 0) return true;
    if (*argument && !expression_value(session, argument, &value, &why)) return fprintf(out, "%s\n", why.text), true;
    text_set(&session->debugger->point[number].condition, argument);
    return true;
}

static bool commands(struct session *session, const char *argument, FILE *out)
{
    int number = point_take(session, &argument, out);
    if (number >= 0) text_set(&session->debugger->point[number].commands, argument);
    return true;
}

void points_print(struct session *session, FILE *out)
{
    const struct debugger *debugger = session->debugger;
    unsigned there = 0;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct debugger_point *point = &debugger->point[i];
        if (!debugger->stops.point[i].kind || point->owner == DEBUGGER_STEP) continue;
        there++;
        fprintf(out, "%3u %s ", i, debugger->stops.point[i].disabled ? "off" : "on ");
        debugger_point_print(debugger, i, out);
        if (point->condition) fprintf(out, " if %s", point->condition);
        if (point->owner == DEBUGGER_GDB) fputs(" (gdb's)", out);
        else fprintf(out, ", met %llu times", (unsigned long long)point->hits);
        if (point->ignore) fprintf(out, ", %llu to be passed over", (unsigned long long)point->ignore);
        fputc('\n', out);
        if (point->commands) fprintf(out, "        %s\n", point->commands);
    }
    if (!there) fputs("there are no points\n", out);
}

/* The command that makes a point again. */
static void point_save(const struct debugger *debugger, unsigned i, FILE *file)
{
    static const char *const names[] = {
        [STOP_WRITE] = "watch", [STOP_READ] = "rwatch", [STOP_ACCESS] = "awatch", [STOP_PORT] = "iobreak", [STOP_EXCEPTION] = "break-exception",
        [STOP_INTERRUPT] = "break-interrupt", [STOP_MODE] = "break-mode", [STOP_CPL] = "break-cpl", [STOP_CR3] = "break-cr3",
        [STOP_MAGIC] = "break-magic", [STOP_CYCLE] = "break-cycle", [STOP_INSNS] = "break-insn",
    };
    static const char *const classes[] = { "", "C", "B", "CB" };
    const struct stop_point *p = &debugger->stops.point[i];
    bool physical = p->space == STOP_PHYSICAL;
    if (p->kind == STOP_EXECUTE && p->space == STOP_SEGMENTED) fprintf(file, "break 0x%x:0x%x", p->selector, p->address);
    else if (p->kind == STOP_EXECUTE) fprintf(file, "%s 0x%x", physical ? "pbreak" : debugger->point[i].once ? "tbreak" : "break", p->address);
    else if (p->kind == STOP_ROW) fprintf(file, "break-row %s", sensitive_id_name(p->address));
    else if (p->kind == STOP_CLASS) fprintf(file, "break-class %s", classes[p->address & 3]);
    else if (p->kind == STOP_CYCLE || p->kind == STOP_INSNS) fprintf(file, "%s %llu", names[p->kind], (unsigned long long)p->count);
    else if (physical) fprintf(file, "watch %c 0x%x %u", p->kind == STOP_READ ? 'r' : 'w', p->address, p->length);
    else if (p->kind <= STOP_PORT) fprintf(file, "%s 0x%x,%u", names[p->kind], p->address, p->length);
    else if (p->address != STOP_ANY) fprintf(file, "%s %u", names[p->kind], p->address);
    else fputs(names[p->kind], file);
    if (debugger->point[i].condition) fprintf(file, " if %s", debugger->point[i].condition);
    fputc('\n', file);
}

static bool save(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    if (!*argument) return fprintf(out, "name a file\n"), true;
    FILE *file = file_create(argument, &why);
    if (!file) return fprintf(out, "%s\n", why.text), true;
    for (unsigned i = 0; i < STOP_POINTS; i++)
        if (session->debugger->stops.point[i].kind && session->debugger->point[i].owner == DEBUGGER_CONSOLE)
            point_save(session->debugger, i, file);
    if (fclose(file)) fprintf(out, "save-breakpoints '%s': %s\n", argument, strerror(errno));
    return true;
}

bool commands_source(struct session *session, const char *path, FILE *out, struct error *why)
{
    if (session->debugger->sources == SOURCE_DEPTH) return error_set(why, "source '%s': files name each other too deep", path);
    char *text = file_read_text(path, "commands", SCRIPT_MAX, why), *rest = text, *line;
    if (!text) return false;
    session->debugger->sources++;
    bool runs = true;
    while (runs && (line = strsep(&rest, "\n")))
        if (line[strspn(line, " \t")] != '#') runs = console_command(session, line, out);
    session->debugger->sources--;
    free(text);
    return true;
}

static bool source(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    if (!commands_source(session, argument, out, &why)) fprintf(out, "%s\n", why.text);
    return session->end == END_GUEST;
}

static const struct command rows[] = {
    { "delete d del bpd-all", "[POINT]", "forgets a point, or all", delete },
    { "enable bpe", "POINT", "a point is met again", enable },
    { "disable bpd", "POINT", "a point is not met for now", disable },
    { "ignore", "POINT COUNT", "passes a point over so many times", ignore },
    { "condition", "POINT [EXPR]", "a point is met only if EXPR is not 0", condition },
    { "commands", "POINT [COMMAND; ...]", "what is done when a point is met", commands },
    { "save-breakpoints", "FILE", "writes commands that make the points again", save },
    { "source", "FILE", "carries out a file of commands; # begins a comment", source },
};
const struct command_table lists_commands = { "Lists", rows, ARRAY_LEN(rows) };
