/* A build without the control socket (frontend/qmp.h). */
#include "frontend/qmp.h"

bool qmp_open(struct session *session, struct error *why)
{
    (void)session;
    return error_set(why, "-qmp: this build has no control socket; install libcjson-dev and configure again");
}

void qmp_close(struct qmp *qmp) { (void)qmp; }
