/* The one door for the world's input. Keys, serial bytes, packets and media changes come in as messages to a named
 * source; each is stamped with the cycle at which the guest got it. A record is a list of (cycle, source, bytes);
 * a replay delivers them as events at those cycles and ignores the live world. */
#ifndef CORE_INPUT_H
#define CORE_INPUT_H
#include "core/types.h"
#include "core/error.h"
#include "core/clock.h"

enum { INPUT_SOURCES = 32, INPUT_BYTES = 9216 };

struct input_source { const char *name; void (*deliver)(void *self, const u8 *bytes, size_t length); void *self; };

struct input {
    struct clock       *clock;
    struct input_source source[INPUT_SOURCES];
    unsigned            sources;
    void              (*record)(void *self, const char *line);   /* set: called with a text line per message */
    void               *record_self;
    struct input_message *replay;                                /* the rest of the log, in order */
    bool                replaying;
    struct event        due;                                     /* the next replayed message */
};

void input_init(struct input *input, struct clock *clock);
void input_destroy(struct input *input);
/* Registers a source; returns its number. Names are unique in a machine: "serial0", "keyboard", … */
unsigned input_source_add(struct input *input, const char *name,
                          void (*deliver)(void *self, const u8 *bytes, size_t length), void *self);
/* Gives bytes (at most INPUT_BYTES) to a source now, between two instructions and after clock_fire: no event may be
 * due, or a replay, which delivers after all events of the cycle, would differ. Ignored while a replay runs. */
void input_post(struct input *input, unsigned source, const u8 *bytes, size_t length);
/* Takes the text of a record (as written through `record`) for replay. Lines: "CYCLE SOURCE HEXBYTES", "-" for no bytes.
 * The live world stays ignored after the last line. */
bool input_replay(struct input *input, const char *text, struct error *why);
#endif
