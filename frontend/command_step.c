/* Commands of the console (command.h) that let the guest take steps, and change its state. */
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/expression.h"
#include "frontend/gdb.h"
#include "frontend/peek.h"
#include <string.h>

static bool walk(struct session *session, const char *argument, enum step_kind kind, FILE *out)
{
    struct error why;
    u64 count = 1;
    if (*argument && !expression_value(session, argument, &count, &why)) return fprintf(out, "%s\n", why.text), true;
    if (count == 0) return true;
    if (kind == STEP_PLAIN) debugger_step(session->debugger, count, 0, 0);
    else debugger_walk(session->debugger, kind, count);
    return true;
}

static bool step(struct session *s, const char *argument, FILE *out) { return walk(s, argument, STEP_PLAIN, out); }
static bool over(struct session *s, const char *argument, FILE *out) { return walk(s, argument, STEP_OVER, out); }
static bool finish(struct session *s, const char *argument, FILE *out) { return walk(s, argument, STEP_OUT, out); }

static bool until(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    struct spot spot;
    if (!expression_spot(session, &argument, &spot, &why)) return fprintf(out, "%s\n", why.text), true;
    struct stop_point point = { .kind = STOP_EXECUTE, .address = spot.linear, .length = 1 };
    int number = debugger_add(session->debugger, DEBUGGER_CONSOLE, &point);
    if (number < 0) return fprintf(out, "there are %d points already; delete some\n", STOP_POINTS), true;
    session->debugger->point[number].once = true;
    session_pause(session, false);
    return true;
}

/* What is changed from outside is in no record: a replay would not have it. */
static bool may_change(const struct session *session, FILE *out)
{
    const char *why = session->options.record || session->options.replay ? "a recorded run cannot be changed from outside"
                    : session->paused ? NULL : "stop the guest first";
    if (why) fprintf(out, "%s\n", why);
    return !why;
}

/* "NAME = EXPRESSION" for a register, or "[PLACE] = EXPRESSION" for four bytes; the = may be missing. */
static bool set(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    u64 value;
    if (!may_change(session, out)) return true;
    char name[32];
    size_t length = strcspn(argument, " \t=");
    const char *rest = argument + length + strspn(argument + length, " \t=");
    if (*argument == '[') {
        const char *place = argument + 1;
        u64 address;
        if (!expression_take(session, &place, &address, &why) || *place != ']') return fprintf(out, "write set [PLACE] = VALUE\n"), true;
        rest = place + 1 + strspn(place + 1, " \t=");
        if (!expression_value(session, rest, &value, &why)) return fprintf(out, "%s\n", why.text), true;
        u8 bytes[4] = { (u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24) };
        if (!poke_bytes(session->machine, false, (u32)address, bytes, 4)) fprintf(out, "there is no memory at %08x\n", (u32)address);
        return true;
    }
    bool marked = *argument == '$';
    snprintf(name, sizeof name, "%.*s", (int)MIN(length - marked, sizeof name), argument + marked);
    if (!expression_value(session, rest, &value, &why)) return fprintf(out, "%s\n", why.text), true;
    if (!gdb_register_set(session, name, (u32)value)) fprintf(out, "there is no register '%s' that can be set\n", name);
    return true;
}

/* Bochs' setpmem ADDRESS SIZE VALUE, and poke for linear addresses. */
static bool poke(struct session *session, const char *argument, bool physical, FILE *out)
{
    struct error why;
    u64 address, size, value;
    if (!may_change(session, out)) return true;
    if (!expression_take(session, &argument, &address, &why) || !expression_take(session, &argument, &size, &why) ||
        !expression_value(session, argument, &value, &why))
        return fprintf(out, "%s\n", why.text), true;
    u8 bytes[4] = { (u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24) };
    if (size != 1 && size != 2 && size != 4) fprintf(out, "a size is 1, 2 or 4\n");
    else if (!poke_bytes(session->machine, physical, (u32)address, bytes, (u32)size)) fprintf(out, "there is no memory at %08x\n", (u32)address);
    return true;
}

static bool poke_linear(struct session *s, const char *argument, FILE *out) { return poke(s, argument, false, out); }
static bool poke_physical(struct session *s, const char *argument, FILE *out) { return poke(s, argument, true, out); }

static const struct command rows[] = {
    { "step s stepi si", "[COUNT]", "instructions", step },
    { "next n nexti ni over", "[COUNT]", "instructions; calls, INT and repeated ones as one", over },
    { "finish fin", "", "until the routine returns, by its stack pointer", finish },
    { "until u-to", "PLACE", "until an instruction", until },
    { "set", "REGISTER|[PLACE] = EXPR", "changes a register, or four bytes of memory", set },
    { "setmem", "ADDRESS SIZE VALUE", "changes 1, 2 or 4 bytes", poke_linear },
    { "setpmem", "ADDRESS SIZE VALUE", "the same, physical", poke_physical },
};
const struct command_table step_commands = { "Steps", rows, ARRAY_LEN(rows) };
