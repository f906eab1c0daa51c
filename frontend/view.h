/* Where a guest's picture lies in a window: its shape, and how it is made larger. */
#ifndef FRONTEND_VIEW_H
#define FRONTEND_VIEW_H
#include "devices/screen.h"

struct view {
    bool full_screen;
    bool whole;                  /* pixels become whole numbers of the host's, and stay sharp */
    bool square;                 /* no correction: VGA modes filled a tube of 4:3, whatever their pixels */
};

/* The part of a window that a picture of width x height fills: the largest in the right shape, in the middle. vga: the
 * picture is of a VGA mode, not one of square pixels. */
struct screen_rect view_place(const struct view *view, unsigned width, unsigned height, bool vga,
                              unsigned window_width, unsigned window_height);
/* The size that a window wants for such a picture: no smaller than it, in the right shape. */
void view_natural(const struct view *view, unsigned width, unsigned height, bool vga, unsigned *wide, unsigned *high);
#endif
