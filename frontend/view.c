/* Shapes and sizes of the picture (frontend/view.h). */
#include "frontend/view.h"

enum { TUBE_WIDTH = 4, TUBE_HEIGHT = 3, WHOLE_MOST = 64, PERMILLE = 1000, BEARABLE = 1250 };

/* The right shape as a fraction. */
static void shape(const struct view *view, unsigned width, unsigned height, bool vga, u64 *across, u64 *down)
{
    bool tube = vga && !view->square;
    *across = tube ? TUBE_WIDTH : width;
    *down = tube ? TUBE_HEIGHT : height;
}

/* How far dots x lines of the host per pixel of the guest are from the shape, in thousandths: 1000 is none. */
static u64 distortion(u64 dots, u64 lines, unsigned width, unsigned height, u64 across, u64 down)
{
    u64 a = dots * width * down, b = lines * height * across;
    return a > b ? a * PERMILLE / b : b * PERMILLE / a;
}

/* The largest number of the host's lines per line that fits, each with the dots that come nearest to the shape. */
static void whole_size(unsigned width, unsigned height, u64 across, u64 down, unsigned *wide, unsigned *high)
{
    unsigned lines = 1, dots = 1;
    u64 bearable = MAX(BEARABLE, distortion(1, 1, width, height, across, down));
    for (unsigned n = 1; n <= WHOLE_MOST && (u64)n * height <= *high; n++) {
        unsigned best = 1;
        for (unsigned d = 2; d <= WHOLE_MOST && (u64)d * width <= *wide; d++)
            if (distortion(d, n, width, height, across, down) < distortion(best, n, width, height, across, down)) best = d;
        if (distortion(best, n, width, height, across, down) > bearable) continue;
        lines = n;
        dots = best;
    }
    *wide = dots * width;
    *high = lines * height;
}

struct screen_rect view_place(const struct view *view, unsigned width, unsigned height, bool vga,
                              unsigned window_width, unsigned window_height)
{
    u64 across, down;
    unsigned wide = window_width, high = window_height;
    shape(view, width, height, vga, &across, &down);
    if (view->whole && width <= wide && height <= high) whole_size(width, height, across, down, &wide, &high);
    else if (wide * down > high * across) wide = (unsigned)(high * across / down);
    else high = (unsigned)(wide * down / across);
    wide = MAX(wide, 1u);
    high = MAX(high, 1u);
    return (struct screen_rect){ (window_width - MIN(wide, window_width)) / 2, (window_height - MIN(high, window_height)) / 2,
                                 wide, high };
}

void view_natural(const struct view *view, unsigned width, unsigned height, bool vga, unsigned *wide, unsigned *high)
{
    u64 across, down;
    shape(view, width, height, vga, &across, &down);
    *wide = width;
    *high = (unsigned)(width * down / across);
    if (*high >= height) return;
    *high = height;
    *wide = (unsigned)(height * across / down);
}
