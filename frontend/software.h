/* What the machine runs: BIOS, option ROMs, kernel. */
#ifndef FRONTEND_SOFTWARE_H
#define FRONTEND_SOFTWARE_H
#include "frontend/session.h"

/* Reads what the options name into the session, and fills in the configuration. */
bool software_configure(struct session *session, struct machine_config *config, struct error *why);
void software_free(struct session *session);
#endif
