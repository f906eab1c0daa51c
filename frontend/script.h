/* A script that operates a guest: waits for text on the screen or a port, types, takes screenshots, changes media.
 * docs/script.md lists the verbs; --expect, --send and --fail-on are verbs of the command line. What a script does, and
 * when, depends on the guest and on virtual time alone: it looks at the machine at multiples of SCRIPT_TICK cycles. */
#ifndef FRONTEND_SCRIPT_H
#define FRONTEND_SCRIPT_H
#include "core/error.h"
#include "frontend/ears.h"

enum { SCRIPT_TICK = 1000000 };

/* SCRIPT_UNMET, SCRIPT_FAIL_ON: an expectation was not met, or text was seen that must not be; script_failure says
 * which. SCRIPT_REACHED: the last expectation of the command line was met. */
enum script_state { SCRIPT_RUNS, SCRIPT_DONE, SCRIPT_QUIT, SCRIPT_REACHED, SCRIPT_UNMET, SCRIPT_FAIL_ON };

/* What a script does to the run beside the machine. Those that can fail return false with *why filled. */
struct script_host {
    bool (*screenshot)(void *self, const char *path, struct error *why);
    bool (*insert)(void *self, const char *drive, const char *path, struct error *why);   /* path NULL: eject */
    bool (*save)(void *self, const char *path, struct error *why);                        /* snapshots of the machine */
    bool (*load)(void *self, const char *path, struct error *why);
    void (*say)(void *self, const char *text);
    void  *self;
};

struct script;
struct script *script_new(void);
void script_close(struct script *script);
/* Adds the lines of a file. False with *why, which names the line, if it is not good. */
bool script_read(struct script *script, const char *path, struct error *why);
/* Adds a step of the command line. If an expectation is the last of all, the script ends when it is met. */
bool script_add(struct script *script, const char *verb, const char *argument, struct error *why);
/* Expectations may take as long as they like: something else limits the run. */
void script_be_patient(struct script *script);
/* Through whose ears it listens. */
void script_listen(struct script *script, const struct ears *ears);
/* The first look at the machine after a cycle. */
static inline u64 script_tick_after(u64 cycle)
{
    return cycle > UINT64_MAX - SCRIPT_TICK ? UINT64_MAX : cycle - cycle % SCRIPT_TICK + SCRIPT_TICK;
}
/* The cycle at which script_step is due, which does nothing before; UINT64_MAX: never again. It may be later than at
 * the next tick if nothing can happen until then: to be asked again before each slice of the machine's time. */
u64  script_next(struct script *script, const struct machine *m);
/* Whether it may still do something to the guest. */
bool script_acts(const struct script *script);
/* Does what is due. Between two instructions, when no event is due. */
enum script_state script_step(struct script *script, struct machine *m, const struct script_host *host);
/* The guest has come to its end: takes in its last words; SCRIPT_UNMET if an expectation is left. */
enum script_state script_finish(struct script *script, struct machine *m, const struct script_host *host);
/* A line for the user, about what was not met. */
const char *script_failure(const struct script *script);
/* What `quit` asked for. */
int  script_status(const struct script *script);
#endif
