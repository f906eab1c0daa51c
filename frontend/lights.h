/* The lights of a PC's case: which drives and networks were used a moment ago. */
#ifndef FRONTEND_LIGHTS_H
#define FRONTEND_LIGHTS_H
#include "frontend/session.h"

enum { LIGHT_DISK, LIGHT_CD, LIGHT_FLOPPY, LIGHT_NET, LIGHTS };

struct lights { u64 seen[LIGHTS], until[LIGHTS]; };

/* Looks at the session's counts at host's clock `now`, and writes the names of the lights that are on; "" if none is. */
void lights_text(struct lights *lights, const struct session *session, u64 now, char *text, size_t room);
#endif
