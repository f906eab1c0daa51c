/* What the window's files share. */
#ifndef FRONTEND_WINDOW_PARTS_H
#define FRONTEND_WINDOW_PARTS_H
#include "frontend/desk.h"
#include "frontend/keys.h"
#include "frontend/lights.h"
#include "frontend/menu.h"
#include "frontend/window.h"

enum { WINDOW_KEYS = 0x200, STRIP_WIDTH = 640, STRIP_HEIGHT = CANVAS_CELL_HEIGHT + 4, STRIP_TEXT = STRIP_WIDTH / CANVAS_CELL_WIDTH };

/* Beside those that the options name. */
#define WINDOW_FULL_SCREEN_KEY "ctrl-alt-f"
#define WINDOW_CONSOLE_KEY "ctrl-alt-c"

struct window {
    struct session *session;
    struct desk     desk;
    struct menu    *menu;
    struct hotkey   release, menu_opens, full_screen, console;

    struct SDL_Window   *window;
    struct SDL_Renderer *renderer;
    struct SDL_Texture  *picture, *menu_picture, *strip;
    u32            *pixels;              /* of the menu or the strip, while they are drawn */
    struct screen   screen;
    unsigned        picture_width, picture_height;
    struct view     applied;             /* of desk.view: what the window is like */
    bool            stale;               /* what is shown is not what should be */
    u64             period_ns, next_frame;
    unsigned        still;               /* frames in a row in which nothing changed */

    struct lights   lights;
    char            strip_text[STRIP_TEXT + 1], title[384];
    u64             title_due, told_ns, told_cycles, told_insns;

    bool            captured;            /* mouse and keyboard are the guest's */
    bool            held[WINDOW_KEYS];   /* keys that the guest has seen pressed */
    bool            down[WINDOW_KEYS];   /* keys that are pressed */
    unsigned        buttons;
    int             right, up, wheel;    /* movement not yet given */
};

/* window_keys.c: of an SDL_Scancode the key's code in set 1, 100h added for E0h before it; 0: none. */
u16  window_key(unsigned scancode);
/* window_events.c */
void window_events(struct window *w);
void window_capture(struct window *w, bool captured);
/* window_draw.c: brings window and picture up to date; true if something was shown anew. */
bool window_show(struct window *w);
bool window_textures_make(struct window *w);
void window_textures_free(struct window *w);
/* The size of the window that fits what the guest shows. */
void window_grow(struct window *w);
#endif
