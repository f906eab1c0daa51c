/* What the host's window system tells the window: keys, mouse, files dropped, changes of size. */
#include "frontend/window_parts.h"
#include <SDL.h>
#include <string.h>

enum { E0 = 0x100, RELEASE = 0x80, E0_PREFIX = 0xE0 };

/* ---- keys ---- */
static void key_give(struct window *w, u16 code, bool pressed)
{
    u8 codes[2] = { E0_PREFIX, (u8)((code & 0x7F) | (pressed ? 0 : RELEASE)) };
    if (w->held[code] == pressed) return;
    w->held[code] = pressed;
    if (code & E0) desk_keys(&w->desk, codes, 2);
    else desk_keys(&w->desk, codes + 1, 1);
}

static void keys_let_go(struct window *w)
{
    for (u16 code = 0; code < WINDOW_KEYS; code++) key_give(w, code, false);
}

void window_capture(struct window *w, bool captured)
{
    if (w->captured == captured) return;
    w->captured = captured;
    w->title_due = 0;
    SDL_SetRelativeMouseMode(captured);
    SDL_SetWindowKeyboardGrab(w->window, captured);
}

static void menu_turn(struct window *w)
{
    window_capture(w, false);
    if (w->menu->open) menu_close(w->menu);
    else menu_open(w->menu);
}

/* Either key of a pair does for a modifier. */
static bool is_hotkey(const struct window *w, const struct hotkey *key, u16 code)
{
    if (code != key->code[key->count - 1]) return false;
    for (unsigned i = 0; i + 1 < key->count; i++)
        if (!w->down[key->code[i]] && !w->down[key->code[i] ^ E0]) return false;
    return true;
}

/* Our own keys. The guest has seen the modifiers pressed: it sees them let go. */
static bool hotkey_act(struct window *w, u16 code)
{
    bool releases = is_hotkey(w, &w->release, code), opens = is_hotkey(w, &w->menu_opens, code);
    bool full = is_hotkey(w, &w->full_screen, code), console = is_hotkey(w, &w->console, code);
    if (!releases && !opens && !full && !console) return false;
    keys_let_go(w);
    if (opens) menu_turn(w);
    else if (full) w->desk.view.full_screen = !w->desk.view.full_screen;
    else window_capture(w, false);
    if (console) desk_console(&w->desk);
    return true;
}

static void menu_key_press(struct window *w, SDL_Scancode scancode)
{
    static const struct { SDL_Scancode scancode; enum menu_key key; } keys[] = {
        { SDL_SCANCODE_UP, MENU_UP }, { SDL_SCANCODE_DOWN, MENU_DOWN }, { SDL_SCANCODE_PAGEUP, MENU_PAGE_UP },
        { SDL_SCANCODE_PAGEDOWN, MENU_PAGE_DOWN }, { SDL_SCANCODE_HOME, MENU_HOME }, { SDL_SCANCODE_END, MENU_END },
        { SDL_SCANCODE_RETURN, MENU_ENTER }, { SDL_SCANCODE_KP_ENTER, MENU_ENTER }, { SDL_SCANCODE_ESCAPE, MENU_BACK },
        { SDL_SCANCODE_BACKSPACE, MENU_ERASE },
    };
    for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i].scancode == scancode) menu_press(w->menu, keys[i].key);
}

/* Its press, release and repetition have no codes of their own: it is one press of six bytes. */
static void pause_key(struct window *w)
{
    desk_press(&w->desk, "pause");
}

/* The host's repetition is not the guest's: its own keyboard repeats. */
static void key_event(struct window *w, const SDL_KeyboardEvent *event)
{
    bool pressed = event->type == SDL_KEYDOWN;
    SDL_Scancode scancode = event->keysym.scancode;
    u16 code = window_key(scancode);
    if (code) w->down[code] = pressed;
    w->stale |= w->menu->open;
    if (pressed && !event->repeat && code && hotkey_act(w, code)) {
        w->stale = true;
        return;
    }
    if (w->menu->open && pressed) menu_key_press(w, scancode);
    else if (scancode == SDL_SCANCODE_PAUSE && pressed && !event->repeat && !w->menu->open) pause_key(w);
    else if (code && !event->repeat) key_give(w, code, pressed);
}

/* ---- the mouse ---- */
static unsigned button_bit(u8 button)
{
    static const u8 bits[] = { [SDL_BUTTON_LEFT] = 1, [SDL_BUTTON_RIGHT] = 2, [SDL_BUTTON_MIDDLE] = 4, [SDL_BUTTON_X1] = 8, [SDL_BUTTON_X2] = 16 };
    return button < ARRAY_LEN(bits) ? bits[button] : 0;
}

static void mouse_flush(struct window *w)
{
    if (w->right || w->up || w->wheel) desk_mouse(&w->desk, w->right, w->up, w->wheel, w->buttons);
    w->right = w->up = w->wheel = 0;
}

/* A point of the window, in the units that its events have, as one of the menu's canvas. */
static void menu_clicked(struct window *w, int x, int y)
{
    int wide, high, across, down;
    SDL_GetWindowSize(w->window, &wide, &high);
    SDL_GetRendererOutputSize(w->renderer, &across, &down);
    struct screen_rect at = view_place(&(struct view){ .whole = true, .square = true }, MENU_WIDTH, MENU_HEIGHT, false,
                                       (unsigned)across, (unsigned)down);
    x = x * across / MAX(wide, 1) - (int)at.x;
    y = y * down / MAX(high, 1) - (int)at.y;
    if (x < 0 || y < 0) menu_close(w->menu);
    else menu_click(w->menu, (unsigned)x * MENU_WIDTH / at.width, (unsigned)y * MENU_HEIGHT / at.height);
}

static void button_event(struct window *w, const SDL_MouseButtonEvent *event)
{
    bool pressed = event->type == SDL_MOUSEBUTTONDOWN;
    if (w->menu->open && pressed) {
        menu_clicked(w, event->x, event->y);
        w->stale = true;
    } else if (w->captured) {
        mouse_flush(w);
        w->buttons = pressed ? w->buttons | button_bit(event->button) : w->buttons & ~button_bit(event->button);
        desk_mouse(&w->desk, 0, 0, 0, w->buttons);
    } else if (pressed && !w->menu->open) {
        window_capture(w, true);
    }
}

static void motion_event(struct window *w, const SDL_MouseMotionEvent *event)
{
    if (!w->captured) return;
    w->right += event->xrel;
    w->up -= event->yrel;
}

static void wheel_event(struct window *w, const SDL_MouseWheelEvent *event)
{
    if (w->menu->open) menu_press(w->menu, event->y > 0 ? MENU_UP : MENU_DOWN);
    else if (w->captured) w->wheel -= event->y;
    w->stale |= w->menu->open;
}

/* ---- the window ---- */
static void window_event(struct window *w, const SDL_WindowEvent *event)
{
    if (event->event == SDL_WINDOWEVENT_FOCUS_LOST) {
        keys_let_go(w);
        memset(w->down, 0, sizeof w->down);
        window_capture(w, false);
    }
    w->stale = true;
}

static void event_deal(struct window *w, SDL_Event *event)
{
    switch (event->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP: key_event(w, &event->key); break;
    case SDL_TEXTINPUT:
        if (w->menu->open) menu_type(w->menu, event->text.text);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: button_event(w, &event->button); break;
    case SDL_MOUSEMOTION: motion_event(w, &event->motion); break;
    case SDL_MOUSEWHEEL: wheel_event(w, &event->wheel); break;
    case SDL_DROPFILE:
        desk_insert(&w->desk, NULL, event->drop.file);
        SDL_free(event->drop.file);
        break;
    case SDL_WINDOWEVENT: window_event(w, &event->window); break;
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
        window_textures_free(w);
        w->stale = true;
        break;
    case SDL_QUIT: desk_leave(&w->desk); break;
    }
}

void window_events(struct window *w)
{
    SDL_Event event;
    while (SDL_PollEvent(&event)) event_deal(w, &event);
    mouse_flush(w);
}
