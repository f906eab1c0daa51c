/* A place where a client may come: gdb, a control socket's, a console's. */
#ifndef FRONTEND_PLACE_H
#define FRONTEND_PLACE_H
#include "core/error.h"
#include "core/types.h"

enum { PLACE_BYTES = 256 };

struct place {
    int  fd;                           /* listens; -1: closed */
    char path[PLACE_BYTES];            /* of a UNIX socket, to be unlinked; "": none */
};

/* Listens at "tcp:[HOST]:PORT" (without a host only this machine may come: a client may do all that the user may) or at
 * "unix:PATH". What QEMU's users add behind a comma, server and nowait in both spellings, is how it is anyway; other
 * words there are refused. `option` is the one that *why names, without its dash. */
bool place_listen(struct place *place, const char *option, const char *text, struct error *why);
/* The next client, as a descriptor that does not block; -1: nobody is there. */
int  place_accept(const struct place *place);
/* Also of one that never was open, if fd is -1. */
void place_close(struct place *place);
#endif
