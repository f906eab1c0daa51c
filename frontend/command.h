/* The console's commands, as gdb's `monitor` and the console itself give them. */
#ifndef FRONTEND_COMMAND_H
#define FRONTEND_COMMAND_H
#include "frontend/session.h"

/* Carries out one line and writes what it has to say to `out`; an unknown command is told of there. false: the run is
 * over (session->end says how). */
bool console_command(struct session *session, const char *line, FILE *out);
#endif
