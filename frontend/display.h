/* How a person looks at the machine: a window, a terminal, or not at all. */
#ifndef FRONTEND_DISPLAY_H
#define FRONTEND_DISPLAY_H
#include "core/error.h"

struct session;
struct options;

struct display {
    const char *name;                /* as -display gives it */
    /* Whether this one may be chosen when nobody says which. */
    bool      (*fits)(const struct options *options);
    /* Opens it for a session with a machine, as one more door; NULL with *why filled if it cannot be. NULL functions:
     * nothing is shown. */
    void     *(*open)(struct session *session, struct error *why);
    void      (*close)(void *self);
};

/* NULL: there is no such display in this build. */
const struct display *display_find(const char *name);
/* Whether a run is one that is judged or measured, by what it is asked for: it has no display unless one is named, and
 * nobody to keep it for when its guest has ended. */
bool display_unattended(const struct options *options);
/* Whether the display that is named, or will be chosen, wants the terminal for itself. */
bool display_takes_terminal(const struct options *options);
/* Opens what the options name, or what fits. False with *why if one is named and cannot be opened. */
bool display_open(struct session *session, struct error *why);
void display_close(struct session *session);
#endif
