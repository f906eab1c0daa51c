/* The debugger of a session: the points and steps of all who may set some (gdb, the console), in the one set that the
 * engine looks at (cpu/stops.h), with what the engine knows nothing of: conditions, counts, command lists, steps over
 * calls. While nobody has a point or takes a step, the engine has none to look at. */
#ifndef FRONTEND_DEBUGGER_H
#define FRONTEND_DEBUGGER_H
#include "cpu/stops.h"
#include "frontend/session.h"

enum debugger_owner { DEBUGGER_GDB, DEBUGGER_CONSOLE, DEBUGGER_STEP /* of a step that is being taken */, DEBUGGER_OWNERS };

struct debugger_point {
    enum debugger_owner owner;
    bool  once;                        /* is gone when it is met */
    u64   hits, ignore;                /* times met, and times yet to be passed over */
    char *condition, *commands;        /* an expression; lines; NULL: none */
};

enum step_kind { STEP_NONE, STEP_PLAIN, STEP_OVER, STEP_OUT };

struct debugger {
    struct session       *session;
    struct stops          stops;
    struct debugger_point point[STOP_POINTS];          /* of stops.point[] */
    bool                  there[DEBUGGER_OWNERS];      /* somebody waits for stops */
    unsigned              sources;                     /* files of commands being read */
    struct {
        enum step_kind kind;
        u64  left, insns;              /* instructions to go; instruction count when this one began */
        u32  linear, sp, first_sp;     /* where it began, with which stack pointer; and the whole step */
        bool returns;                  /* the instruction is a return */
        int  point;                    /* where a call comes back; -1: it goes by one instruction */
    } step;
};

struct debugger *debugger_new(struct session *session);
/* NULL is good. */
void debugger_free(struct debugger *debugger);

/* Somebody who waits for stops has come, and has gone: its points are forgotten. A stop for which nobody waits is told
 * on session->tell, and the run goes on. */
void debugger_come(struct debugger *debugger, enum debugger_owner owner);
void debugger_leave(struct debugger *debugger, enum debugger_owner owner);

/* Adds a point. Its number, or -1: all places are taken. */
int  debugger_add(struct debugger *debugger, enum debugger_owner owner, const struct stop_point *point);
/* One that is free is good. */
void debugger_remove(struct debugger *debugger, unsigned number);
/* The guest runs, for `insns` instructions (0: to the next point), and on while the next one is in [from, to). */
void debugger_step(struct debugger *debugger, u64 insns, u32 from, u32 to);
/* The guest runs until it has taken `count` steps of a kind; STEP_OVER takes a call, a software interrupt or a repeated
 * instruction as one, STEP_OUT goes on behind the return of the routine it is in, found by its stack pointer. */
void debugger_walk(struct debugger *debugger, enum step_kind kind, u64 count);
/* Before a paused guest runs on: what stopped it does not stop it again. session_pause calls it. */
void debugger_resume(struct debugger *debugger);
/* The machine has met something (MACHINE_BREAK). True: nobody wants to know, and it runs on. */
bool debugger_passes(struct debugger *debugger);
/* Why the machine stands, in words and without an end of line; false: no debugger has stopped it. */
bool debugger_why(const struct debugger *debugger, FILE *out);
/* Carries out the command list of the point that was met, if it has one. false: the run is over. */
bool debugger_commands(struct debugger *debugger, FILE *out);
/* What a point is at, in words. */
void debugger_point_print(const struct debugger *debugger, unsigned number, FILE *out);

/* ---- debugger_step.c ---- */
/* One instruction of the step begins. */
void debugger_step_begin(struct debugger *debugger);
/* The machine stands, at the end of an instruction or at the step's own point. True: the step goes on. */
bool debugger_step_goes_on(struct debugger *debugger);
void debugger_step_end(struct debugger *debugger);
#endif
