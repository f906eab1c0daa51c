/* A script that operates a guest: waits for text on the screen or a port, types, takes screenshots, changes media.
 * docs/script.md lists the verbs. What it does, and when, depends on the guest and on virtual time alone: it looks at
 * the machine at multiples of SCRIPT_TICK cycles. */
#ifndef FRONTEND_SCRIPT_H
#define FRONTEND_SCRIPT_H
#include "core/error.h"
#include "devices/machine.h"

enum { SCRIPT_TICK = 1000000 };

/* SCRIPT_FAILED: an expectation was not met; script_failure says which. */
enum script_state { SCRIPT_RUNS, SCRIPT_DONE, SCRIPT_QUIT, SCRIPT_FAILED };

/* What a script does to the run beside the machine. Each returns false with *why filled if it cannot. */
struct script_host {
    bool (*screenshot)(void *self, const char *path, struct error *why);
    bool (*insert)(void *self, const char *drive, const char *path, struct error *why);   /* path NULL: eject */
    void  *self;
};

struct script;
/* Reads and checks a script file. NULL with *why, which names the line, if it is not good. */
struct script *script_open(const char *path, struct error *why);
void script_close(struct script *script);
/* Puts the script's ear on the sinks of a configuration's serial ports and debug consoles; before machine_create. */
void script_listen(struct script *script, struct machine_config *config);
/* The cycle at which script_step wants to be called next; UINT64_MAX: never again. */
u64  script_next(const struct script *script, const struct machine *m);
/* Does what is due. Between two instructions, when no event is due. */
enum script_state script_step(struct script *script, struct machine *m, const struct script_host *host);
/* The guest has come to its end: takes in its last words, and fails if an expectation is left. */
enum script_state script_finish(struct script *script, struct machine *m, const struct script_host *host);
/* A line for the user, about what was not met. */
const char *script_failure(const struct script *script);
/* What `quit` asked for. */
int  script_status(const struct script *script);
#endif
