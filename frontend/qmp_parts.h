/* What the files of the control socket share. */
#ifndef FRONTEND_QMP_PARTS_H
#define FRONTEND_QMP_PARTS_H
#include "frontend/ears.h"
#include "frontend/place.h"
#include "frontend/qmp.h"
#include "frontend/session.h"
#include <cjson/cJSON.h>

enum { QMP_MESSAGE = 1 << 16 };

/* What x-wait waits for. */
struct qmp_wait {
    bool    on, is_pattern;
    cJSON  *id;                            /* of the command, for the answer; NULL: none */
    regex_t pattern;
    unsigned where;                        /* EARS_* */
    struct ears_place place;
    u64     insns, cycles;                 /* 0: not these */
    u64     until;                         /* cycle when it is given up */
};

struct qmp {
    struct session *session;
    struct place    place;
    int             in, out;               /* descriptors; -1: nobody is there */
    int             listener_index, in_index;
    bool            negotiated, was_paused, quits;
    u8              buttons;               /* of the mouse, that are down */
    char            message[QMP_MESSAGE];
    size_t          length;
    unsigned        depth;                 /* of brackets, in what came */
    bool            in_string, escaped;
    struct qmp_wait wait;
};

/* ---- qmp.c ---- */
void qmp_send(struct qmp *qmp, cJSON *message);
/* An event, which takes `data` (NULL: none). */
void qmp_event(struct qmp *qmp, const char *name, cJSON *data);
void qmp_answer(struct qmp *qmp, const cJSON *id, cJSON *result);
void qmp_refuse(struct qmp *qmp, const cJSON *id, const char *class, const char *text);

/* ---- qmp_commands.c ---- */
/* Carries out a command and answers it. */
void qmp_command(struct qmp *qmp, const char *name, const cJSON *arguments, const cJSON *id);
/* Looks whether what x-wait waits for has come. */
void qmp_wait_look(struct qmp *qmp);
void qmp_wait_forget(struct qmp *qmp);
#endif
