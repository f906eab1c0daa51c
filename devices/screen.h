/* What a display shows: pixels that an adapter draws and that windows, screenshots and tests read. */
#ifndef DEVICES_SCREEN_H
#define DEVICES_SCREEN_H
#include "core/types.h"
#include <stdlib.h>

struct screen_rect { unsigned x, y, width, height; };

struct screen {
    u32               *pixels;        /* 00RRGGBBh, row by row from the top, no padding */
    unsigned           width, height;
    struct screen_rect changed;       /* by the last drawing; width 0: nothing */
    size_t             room;          /* pixels that fit into what is allocated */
    u64                seen;          /* the adapter's own: what the pixels were drawn from */
    u64                drawn_as;
};

/* Starts as { 0 }; this gives the pixels back. */
static inline void screen_free(struct screen *screen)
{
    free(screen->pixels);
    *screen = (struct screen){ 0 };
}
#endif
