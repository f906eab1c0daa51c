/* A door of a run: someone outside who watches the guest or acts on it (a terminal, a script, a network, a window, a
 * debugger). The runner (run.c) knows nothing of them but this. Any function may be NULL. */
#ifndef FRONTEND_DOOR_H
#define FRONTEND_DOOR_H
#include "devices/machine.h"
#include "frontend/waiter.h"

enum door_state {
    DOOR_CLOSED,             /* nothing will come through it any more */
    DOOR_OPEN,               /* something may come: a halted guest is not dead */
    DOOR_AWAITED,            /* an answer is expected: an idle guest sleeps in real time */
    DOOR_COMING              /* something is on its way: an idle guest need not wait */
};

struct door_class {
    enum door_state (*state)(const void *self);
    /* Adds what it waits for outside, and may shorten waiter->limit_ns. */
    void (*watch)(void *self, struct waiter *waiter);
    /* Deals with what came, between two slices; also while the run is paused. False: the run is over (session->end). */
    bool (*answer)(void *self, const struct waiter *waiter);
    /* The cycle at which act() wants to be called; UINT64_MAX: at none. */
    u64 (*next)(const void *self);
    /* After a slice of the machine's time, at cycles that depend on the guest alone. False: the run is over. */
    bool (*act)(void *self);
    /* The machine has got another state, at another cycle. */
    void (*reloaded)(void *self);
    /* The guest has come to an end of its own, or to what a debugger waits for (MACHINE_BREAK), and nothing has been
     * told of it yet. True: the run goes on, paused. */
    bool (*stopped)(void *self, enum machine_stop stop);
};

struct door { const struct door_class *class; void *self; };

struct session;
enum { SESSION_DOORS = 16 };

/* Doors are asked in the order in which they were added. Aborts if there are more than SESSION_DOORS. */
void session_door_add(struct session *session, const struct door_class *class, void *self);
/* The doors that every run may have: standard input, networks, a script (doors.c). */
void session_doors_open(struct session *session);
/* A paused run spends no virtual time; its doors are still asked. */
void session_pause(struct session *session, bool paused);
#endif
