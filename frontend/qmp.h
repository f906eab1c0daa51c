/* The control socket: a subset of QEMU's machine protocol (QMP, qemu/docs/interop/qmp-spec), in docs/qmp.md. A door of the
 * run; JSON by cJSON. */
#ifndef FRONTEND_QMP_H
#define FRONTEND_QMP_H
#include "core/error.h"
#include "core/types.h"

struct session;
struct qmp;

/* Opens the place of -qmp (stdio, tcp:[HOST]:PORT, unix:PATH). false with *why: not possible. */
bool qmp_open(struct session *session, struct error *why);
/* Tells the client how it ended; NULL is good. */
void qmp_close(struct qmp *qmp);
#endif
