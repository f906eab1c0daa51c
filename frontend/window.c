/* The window (frontend/window.h) as a door of the run. The machine and the window share a thread: the window looks at the
 * picture once per frame of the host's screen, and begins to wait for that screen's retrace only when it is near, so that
 * a guest that needs all of the host's time gets nearly all of it. */
#include "frontend/window_parts.h"
#include "frontend/display.h"
#include <SDL.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_RATE = 60, RETRACE_NEAR_NS = 2000000, EVENTS_NS = 16000000, NS_PER_SECOND = 1000000000 };
enum { STILL_FRAMES = 6, GL_RENDERER_NAME = 0x1F01 };
enum { FIRST_WIDTH = 720, FIRST_HEIGHT = 540 };

/* ---- the door ---- */
static enum door_state window_state(const void *self)
{
    (void)self;
    return DOOR_AWAITED;
}

static void window_watch(void *self, struct waiter *waiter)
{
    const struct window *w = self;
    u64 now = host_clock_ns(), frame = w->next_frame > now ? w->next_frame - now : 1;
    waiter->limit_ns = MIN(waiter->limit_ns, MIN(frame, (u64)EVENTS_NS));
}

/* A picture that stands still is looked at every other frame. */
static void frame(struct window *w)
{
    u64 now = host_clock_ns();
    if (now < w->next_frame) return;
    bool shown = window_show(w);
    w->still = shown ? 0 : w->still + 1;
    w->next_frame = shown ? host_clock_ns() + w->period_ns - RETRACE_NEAR_NS : now + w->period_ns * (w->still < STILL_FRAMES ? 1 : 2);
}

static bool window_answer(void *self, const struct waiter *waiter)
{
    struct window *w = self;
    (void)waiter;
    window_events(w);
    if (w->menu->open != SDL_IsTextInputActive()) (w->menu->open ? SDL_StartTextInput : SDL_StopTextInput)();
    desk_step(&w->desk);
    frame(w);
    if (!w->desk.gone) return true;
    if (!desk_ended(&w->desk)) w->session->end = END_QUIT;
    return false;
}

/* A guest that failed stays on the screen until its user has seen it. */
static bool window_stopped(void *self, enum machine_stop stop)
{
    struct window *w = self;
    if ((stop != MACHINE_SHUTDOWN && stop != MACHINE_DEAD) || display_unattended(&w->session->options)) return false;
    desk_say(&w->desk, stop == MACHINE_SHUTDOWN ? "triple fault: the processor shut down" : "the guest is dead: it halted for good");
    w->stale = true;
    return true;
}

static const struct door_class window_door = {
    .state = window_state, .watch = window_watch, .answer = window_answer, .stopped = window_stopped,
};

/* ---- the clipboard ---- */
static char *clipboard_take(void *self)
{
    char *text = SDL_GetClipboardText(), *copy = text ? strdup(text) : NULL;
    (void)self;
    SDL_free(text);
    return copy;
}

static void clipboard_give(void *self, const char *text)
{
    (void)self;
    SDL_SetClipboardText(text);
}

/* ---- opening and closing ---- */
bool window_fits(const struct options *options)
{
    (void)options;
    return getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
}

static u64 period(struct window *w)
{
    SDL_DisplayMode mode;
    int display = SDL_GetWindowDisplayIndex(w->window);
    bool known = display >= 0 && SDL_GetCurrentDisplayMode(display, &mode) == 0 && mode.refresh_rate > 0;
    return NS_PER_SECOND / (u64)(known ? mode.refresh_rate : FRAME_RATE);
}

/* OpenGL without a graphics card: SDL's own drawing takes less of the host. */
static bool drawn_by_gl_software(SDL_Renderer *renderer)
{
    static const char *const names[] = { "llvmpipe", "softpipe", "Software" };
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(renderer, &info) || SDL_strncmp(info.name, "opengl", 6) != 0) return false;
    const u8 *(*get)(unsigned) = (const u8 *(*)(unsigned))SDL_GL_GetProcAddress("glGetString");
    const char *name = get ? (const char *)get(GL_RENDERER_NAME) : NULL;
    for (unsigned i = 0; i < ARRAY_LEN(names) && name; i++)
        if (strstr(name, names[i])) return true;
    return false;
}

static SDL_Renderer *renderer_make(SDL_Window *window)
{
    SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_PRESENTVSYNC);
    if (!renderer) return SDL_CreateRenderer(window, -1, 0);
    if (!drawn_by_gl_software(renderer)) return renderer;
    SDL_DestroyRenderer(renderer);
    return SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE | SDL_RENDERER_PRESENTVSYNC);
}

/* Signals stay ours, and the host's screen saver the host's. */
static bool sdl_open(struct window *w)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    if (SDL_InitSubSystem(SDL_INIT_VIDEO)) return false;
    SDL_EnableScreenSaver();
    w->window = SDL_CreateWindow(options_name(&w->session->options), SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, FIRST_WIDTH, FIRST_HEIGHT,
                                 SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->window) return false;
    w->renderer = renderer_make(w->window);
    return w->renderer && window_textures_make(w);
}

void *window_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    struct window *w = calloc(1, sizeof *w);
    if (!w) abort();
    w->session = session;
    desk_begin(&w->desk, session);
    w->menu = menu_new(&w->desk);
    w->menu->console_key = "Ctrl-Alt-C";
    w->desk.clipboard = (struct clipboard){ clipboard_take, clipboard_give, w };
    keys_hotkey(o->release_key, &w->release);
    keys_hotkey(o->menu_key, &w->menu_opens);
    keys_hotkey(WINDOW_FULL_SCREEN_KEY, &w->full_screen);
    keys_hotkey(WINDOW_CONSOLE_KEY, &w->console);
    w->pixels = calloc(MAX(MENU_WIDTH * MENU_HEIGHT, STRIP_WIDTH * STRIP_HEIGHT), sizeof *w->pixels);
    if (!w->pixels) abort();
    if (!sdl_open(w)) {
        error_set(why, "-display sdl: %s; -display none needs no display", SDL_GetError());
        window_close(w);
        return NULL;
    }
    SDL_StopTextInput();
    w->desk.view.full_screen = o->full_screen;
    w->period_ns = period(w);
    w->stale = true;
    session_door_add(session, &window_door, w);
    return w;
}

void window_close(void *self)
{
    struct window *w = self;
    window_textures_free(w);
    if (w->renderer) SDL_DestroyRenderer(w->renderer);
    if (w->window) SDL_DestroyWindow(w->window);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    screen_free(&w->screen);
    menu_free(w->menu);
    desk_end(&w->desk);
    free(w->pixels);
    free(w);
}
