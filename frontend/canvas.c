/* Text on pixels (frontend/canvas.h). */
#include "frontend/canvas.h"

void canvas_fill(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height, u32 colour)
{
    unsigned right = MIN(canvas->width, x + width), bottom = MIN(canvas->height, y + height);
    for (unsigned row = y; row < bottom; row++)
        for (unsigned column = x; column < right; column++) canvas->pixels[(size_t)row * canvas->width + column] = colour;
}

static void character(struct canvas *canvas, unsigned x, unsigned y, u8 code, u32 colour)
{
    for (unsigned row = 0; row < CANVAS_CELL_HEIGHT && y + row < canvas->height; row++)
        for (unsigned dot = 0; dot < CANVAS_CELL_WIDTH && x + dot < canvas->width; dot++)
            if (canvas->font[code][row] << dot & 0x80) canvas->pixels[(size_t)(y + row) * canvas->width + x + dot] = colour;
}

unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, const char *text, u32 colour)
{
    for (; *text && x < canvas->width; text++) {
        u8 byte = (u8)*text;
        if ((byte & 0xC0) == 0x80) continue;             /* the rest of a character */
        character(canvas, x, y, byte < 0x80 ? byte : '?', colour);
        x += CANVAS_CELL_WIDTH;
    }
    return x;
}
