/* Text typed into a guest, a key after the other: what is pasted into the window. */
#ifndef FRONTEND_TYPIST_H
#define FRONTEND_TYPIST_H
#include "devices/machine.h"
#include "frontend/layouts.h"

struct typist {
    const struct layout *layout;
    char    *text;                   /* UTF-8; NULL: nothing is being typed */
    size_t   at, length;
    unsigned missing;                /* characters that the layout has no key for */
    u64      due;                    /* cycle of the next key */
};

/* Begins to type a text, in place of what is left of an earlier one. */
void typist_begin(struct typist *typist, const struct layout *layout, const char *text);
/* Types what is due; between two instructions, when no event is due. True: something is left. */
bool typist_step(struct typist *typist, struct machine *m);
void typist_stop(struct typist *typist);
#endif
