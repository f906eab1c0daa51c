/* Key strokes on their way to the guest's keyboard, one every STROKES_NS of virtual time, as a person's would come:
 * keys of a terminal. Whatever comes goes through the input door, so a record has it. */
#ifndef FRONTEND_STROKES_H
#define FRONTEND_STROKES_H
#include "core/types.h"

enum { STROKES_NS = 20000000, STROKES_BYTES = 1 << 16 };

struct machine;
struct strokes {
    u64      due;                          /* the cycle of the next stroke */
    unsigned first, count;                 /* of bytes: strokes, each behind its length */
    u8       bytes[STROKES_BYTES];
};

/* Takes the codes of a stroke (keys.h). False: too many wait already. */
bool strokes_add(struct strokes *strokes, const u8 *codes, unsigned count);
/* When strokes_act wants to be called; UINT64_MAX: nothing waits. */
u64  strokes_next(const struct strokes *strokes, const struct machine *m);
/* Gives the keyboard the stroke that is due. */
void strokes_act(struct strokes *strokes, struct machine *m);
#endif
