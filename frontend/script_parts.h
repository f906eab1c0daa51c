/* What the files of the script engine share: its steps and its verbs. */
#ifndef FRONTEND_SCRIPT_PARTS_H
#define FRONTEND_SCRIPT_PARTS_H
#include "frontend/script.h"

enum argument { ARGUMENT_NONE, ARGUMENT_TEXT, ARGUMENT_ESCAPED, ARGUMENT_PATTERN, ARGUMENT_NUMBER, ARGUMENT_TIME };

struct step {
    const struct verb *verb;
    char              *argument;         /* escapes resolved where the verb has them */
    size_t             length;
    unsigned           line;             /* 0: of the command line */
    regex_t            pattern;          /* ARGUMENT_PATTERN */
    u64                number;           /* ARGUMENT_NUMBER, ARGUMENT_TIME in nanoseconds or cycles */
    bool               in_ns;
};

/* A pattern that must not come. */
struct watch { struct step *step; struct ears_place place; };

struct script {
    char        *path;                   /* NULL: no file */
    struct step *steps;
    unsigned     count, at;
    struct watch *watches;
    unsigned     watch_count;
    const struct ears *ears;
    struct ears_place place;             /* what no expectation has gone past */
    unsigned     done;                   /* bytes or keys of the current step that have been given */
    u64          begun, resume, due;     /* cycles: when the current step began, when to go on, when to be called */
    u64          insns, heard;           /* at the last look: the same again means nothing new to see */
    bool         news;
    u64          timeout;                /* seconds of virtual time an expectation may take */
    bool         started;
    bool         expects;                /* an expectation of the command line is the last step */
    int          status;
    enum script_state state;
    char         failure[1024];
};

struct call { struct script *script; struct step *step; struct machine *m; const struct script_host *host; };
/* What a verb answers: finished, ask again at the next tick, or it failed and has said why. */
enum verdict { STEP_DONE, STEP_WAITS, STEP_FAILED };

/* expects: waits until its pattern comes. acts: does something to the guest. */
struct verb { const char *name; enum argument argument; bool expects, acts; enum verdict (*run)(struct call *call); };
extern const struct verb script_verbs[];    /* ends with name NULL */

/* Says which step it is and `what` is wrong; returns STEP_FAILED. */
enum verdict script_fail(struct call *call, const char *what);
#endif
