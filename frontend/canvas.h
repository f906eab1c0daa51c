/* Pixels to draw text on with the VGA's own 8x16 font: the window's menu and messages. */
#ifndef FRONTEND_CANVAS_H
#define FRONTEND_CANVAS_H
#include "core/types.h"

enum { CANVAS_CELL_WIDTH = 8, CANVAS_CELL_HEIGHT = 16 };

struct canvas {
    u32     *pixels;                 /* AARRGGBBh, row by row, no padding */
    unsigned width, height;
    const u8 (*font)[CANVAS_CELL_HEIGHT];    /* 256 characters of code page 437 */
};

/* The rectangle in one colour; what lies outside is not drawn. */
void canvas_fill(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height, u32 colour);
/* UTF-8 from the left; characters beyond ASCII are shown as '?', and what does not fit is not drawn. Returns where the
 * next character would begin. */
unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, const char *text, u32 colour);
#endif
