/* Commands of the console (command.h) that let the guest run and stop, or end it. */
#include "frontend/command.h"
#include "frontend/gdb.h"
#include <string.h>

static bool quit(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session->end = END_QUIT;
    return false;
}

static bool pause_run(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session_pause(session, true);
    return true;
}

static bool go_on(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session_pause(session, false);
    return true;
}

static bool reset(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    (void)argument;
    if (!machine_reset(session->machine, RESET_WARM, &why)) fprintf(out, "%s\n", why.text);
    return true;
}

static bool gdb_pc(struct session *session, const char *argument, FILE *out)
{
    if (!gdb_pc_set(session->gdb, argument)) fprintf(out, "gdb-pc: give linear or offset\n");
    return true;
}

static const struct command rows[] = {
    { "cont c continue", "", "the guest runs", go_on },
    { "gdb-pc", "linear|offset", "what gdb sees as eip in 16-bit code", gdb_pc },
    { "quit q exit", "", "ends the run", quit },
    { "stop", "", "the guest's time stands still", pause_run },
    { "system_reset reset", "", "as by the reset button", reset },
};
const struct command_table run_commands = { "Running", rows, ARRAY_LEN(rows) };
