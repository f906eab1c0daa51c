/* --nvram FILE: the clock chip's CMOS memory, kept from run to run as a battery does. */
#ifndef FRONTEND_NVRAM_H
#define FRONTEND_NVRAM_H
#include "frontend/session.h"

/* Reads the file, 128 bytes; one that is not there yet is made at the end. Without --nvram there is nothing to do. */
bool nvram_configure(struct session *session, struct machine_config *config, struct error *why);
/* At the end of a run: writes what has changed, whole or not at all; nothing while a record is replayed. False
 * if it cannot, which it has told. */
bool nvram_save(const struct session *session);
#endif
