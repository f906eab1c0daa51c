/* The leak report of --leaks: what the monitor let through, as text or JSON. */
#ifndef FRONTEND_LEAKS_REPORT_H
#define FRONTEND_LEAKS_REPORT_H
#include "devices/load.h"
#include "devices/machine.h"
#include <stdio.h>

/* Writes the report of a run. `kernel` names addresses; json as in docs/popek-goldberg.md. */
void leaks_report(FILE *out, const struct machine *m, const struct load *kernel, const char *end, bool json);
#endif
