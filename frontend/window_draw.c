/* What the window shows: the guest's picture, of which only what has changed is given to the graphics card, the menu, and
 * a strip with lights and messages. Nothing is shown anew while nothing changes. */
#include "frontend/window_parts.h"
#include <SDL.h>
#include <stdio.h>
#include <string.h>

enum { STRIP_INK = 0xFFF0F0F0, PROGRESS_INK = 0xFF60C060, PROGRESS_HEIGHT = 3, TITLE_NS = 500000000, PERMILLE = 1000 };
static const u32 STRIP_PAPER = 0xC0000000;
static const double NS_PER_SECOND = 1e9;

extern const u8 font_8x16[256][CANVAS_CELL_HEIGHT] __attribute__((weak));

/* ---- textures ---- */
void window_textures_free(struct window *w)
{
    SDL_Texture **all[] = { &w->picture, &w->menu_picture, &w->strip };
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        if (*all[i]) SDL_DestroyTexture(*all[i]);
        *all[i] = NULL;
    }
}

static SDL_Texture *texture_make(struct window *w, u32 format, unsigned width, unsigned height)
{
    SDL_Texture *texture = SDL_CreateTexture(w->renderer, format, SDL_TEXTUREACCESS_STREAMING, (int)width, (int)height);
    if (texture && format == SDL_PIXELFORMAT_ARGB8888) SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
    return texture;
}

bool window_textures_make(struct window *w)
{
    if (w->picture && (w->picture_width != w->screen.width || w->picture_height != w->screen.height)) {
        SDL_DestroyTexture(w->picture);
        w->picture = NULL;
    }
    if (!w->menu_picture) w->menu_picture = texture_make(w, SDL_PIXELFORMAT_ARGB8888, MENU_WIDTH, MENU_HEIGHT);
    if (!w->strip) w->strip = texture_make(w, SDL_PIXELFORMAT_ARGB8888, STRIP_WIDTH, STRIP_HEIGHT);
    if (!w->picture && w->screen.width) {
        w->picture = texture_make(w, SDL_PIXELFORMAT_RGB888, w->screen.width, w->screen.height);
        w->picture_width = w->screen.width;
        w->picture_height = w->screen.height;
        w->screen.changed = (struct screen_rect){ 0, 0, w->screen.width, w->screen.height };
    }
    return w->menu_picture && w->strip && (w->picture || !w->screen.width);
}

/* ---- the picture ---- */
static bool in_vga_mode(const struct window *w) { return !(w->session->machine->vga.dispi[DISPI_ENABLE] & DISPI_ENABLED); }

/* True if a pixel has changed. */
static bool picture_update(struct window *w)
{
    struct machine *m = w->session->machine;
    const struct screen *screen = &w->screen;
    bool changed = m->config.vga_bytes && vga_render(&m->vga, &w->screen), made = !w->picture;
    if (!window_textures_make(w) || !w->picture || (!changed && !made && w->picture_width == screen->width)) return false;
    const struct screen_rect *at = &screen->changed;
    SDL_Rect rect = { (int)at->x, (int)at->y, (int)at->width, (int)at->height };
    SDL_UpdateTexture(w->picture, &rect, screen->pixels + (size_t)at->y * screen->width + at->x,
                      (int)(screen->width * sizeof *screen->pixels));
    return true;
}

static void picture_draw(struct window *w, unsigned across, unsigned down)
{
    const struct view *view = &w->applied;
    if (!w->picture) return;
    struct screen_rect at = view_place(view, w->screen.width, w->screen.height, in_vga_mode(w), across, down);
    SDL_SetTextureScaleMode(w->picture, view->whole ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
    SDL_RenderCopy(w->renderer, w->picture, NULL, &(SDL_Rect){ (int)at.x, (int)at.y, (int)at.width, (int)at.height });
}

/* ---- menu and strip ---- */
static void menu_show(struct window *w, unsigned across, unsigned down)
{
    struct canvas canvas = { w->pixels, MENU_WIDTH, MENU_HEIGHT, font_8x16 };
    struct screen_rect at = view_place(&(struct view){ .whole = true, .square = true }, MENU_WIDTH, MENU_HEIGHT, false, across, down);
    menu_draw(w->menu, &canvas);
    SDL_UpdateTexture(w->menu_picture, NULL, w->pixels, MENU_WIDTH * sizeof *w->pixels);
    SDL_RenderCopy(w->renderer, w->menu_picture, NULL, &(SDL_Rect){ (int)at.x, (int)at.y, (int)at.width, (int)at.height });
}

/* What is being typed, in thousandths; 0: nothing. */
static unsigned progress(const struct window *w)
{
    const struct typist *typist = &w->desk.typist;
    return typist->text && typist->length ? (unsigned)(typist->at * PERMILLE / typist->length) : 0;
}

static void strip_show(struct window *w, unsigned down)
{
    struct canvas canvas = { w->pixels, STRIP_WIDTH, STRIP_HEIGHT, font_8x16 };
    unsigned done = progress(w), wide = (unsigned)strlen(w->strip_text) * CANVAS_CELL_WIDTH;
    if (done) wide = STRIP_WIDTH;
    if (!wide) return;
    canvas_fill(&canvas, 0, 0, STRIP_WIDTH, STRIP_HEIGHT, STRIP_PAPER);
    canvas_text(&canvas, 0, 0, w->strip_text, STRIP_INK);
    canvas_fill(&canvas, 0, STRIP_HEIGHT - PROGRESS_HEIGHT, done * STRIP_WIDTH / PERMILLE, PROGRESS_HEIGHT, PROGRESS_INK);
    SDL_UpdateTexture(w->strip, NULL, w->pixels, STRIP_WIDTH * sizeof *w->pixels);
    SDL_Rect from = { 0, 0, (int)wide, STRIP_HEIGHT }, to = { 0, (int)down - STRIP_HEIGHT, (int)wide, STRIP_HEIGHT };
    SDL_RenderCopy(w->renderer, w->strip, &from, &to);
}

/* True if lights or message are not what they were. */
static bool strip_update(struct window *w)
{
    char text[sizeof w->strip_text], lights[32];
    const char *message = desk_message(&w->desk);
    lights_text(&w->lights, w->session, host_clock_ns(), lights, sizeof lights);
    snprintf(text, sizeof text, "%s%s%.*s", lights, *lights && message ? "  " : "", STRIP_TEXT / 2 * 2, message ? message : "");
    if (strcmp(text, w->strip_text) == 0) return progress(w);
    strcpy(w->strip_text, text);
    return true;
}

/* ---- the title ---- */
/* "ctrl-alt-g" as people write it. */
static void key_text(const char *name, char *text, size_t room)
{
    size_t i = 0;
    for (; name[i] && i + 1 < room; i++) text[i] = i == 0 || name[i - 1] == '-' ? (char)SDL_toupper(name[i]) : name[i];
    text[i] = 0;
}

static void state_text(struct window *w, u64 now, char *text, size_t room)
{
    const struct machine *m = w->session->machine;
    double seconds = (double)(now - w->told_ns) / NS_PER_SECOND;
    double share = seconds > 0 ? (double)(m->clock.now - w->told_cycles) / (double)m->clock.hz / seconds : 0;
    double mips = seconds > 0 ? (double)(m->cpu.insns - w->told_insns) / seconds / 1e6 : 0;
    if (desk_ended(&w->desk)) snprintf(text, room, "ended");
    else if (w->session->paused) snprintf(text, room, "paused");
    else snprintf(text, room, "running, %.0f %%, %.1f MIPS", 100 * share, mips);
    w->told_ns = now;
    w->told_cycles = m->clock.now;
    w->told_insns = m->cpu.insns;
}

static void title_update(struct window *w)
{
    const struct options *o = &w->session->options;
    char text[sizeof w->title], state[64], menu[48], release[48];
    u64 now = host_clock_ns();
    if (now < w->title_due) return;
    w->title_due = now + TITLE_NS;
    state_text(w, now, state, sizeof state);
    key_text(o->menu_key, menu, sizeof menu);
    key_text(o->release_key, release, sizeof release);
    snprintf(text, sizeof text, "%.80s - trap86: %s - %s: menu - %s%s", options_name(&w->session->options), state, menu,
             w->captured ? release : "a click", w->captured ? " releases the mouse" : " gives the mouse to the guest");
    if (strcmp(text, w->title) == 0) return;
    strcpy(w->title, text);
    SDL_SetWindowTitle(w->window, text);
}

/* ---- all of it ---- */
void window_grow(struct window *w)
{
    unsigned wide, high;
    int across, down;
    if (!w->screen.width || w->applied.full_screen || (SDL_GetWindowFlags(w->window) & SDL_WINDOW_MAXIMIZED)) return;
    view_natural(&w->applied, w->screen.width, w->screen.height, in_vga_mode(w), &wide, &high);
    SDL_GetWindowSize(w->window, &across, &down);
    if ((int)wide > across || (int)high > down) SDL_SetWindowSize(w->window, MAX((int)wide, across), MAX((int)high, down));
}

static void view_apply(struct window *w)
{
    const struct view *view = &w->desk.view;
    char key[48];
    if (memcmp(view, &w->applied, sizeof *view) == 0) return;
    if (view->full_screen != w->applied.full_screen) {
        SDL_SetWindowFullscreen(w->window, view->full_screen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
        key_text(WINDOW_FULL_SCREEN_KEY, key, sizeof key);
        if (view->full_screen) desk_say(&w->desk, "%s leaves full screen", key);
    }
    w->applied = *view;
    w->stale = true;
}

bool window_show(struct window *w)
{
    int across, down;
    unsigned width = w->screen.width, height = w->screen.height;
    view_apply(w);
    bool changed = picture_update(w);
    changed |= strip_update(w) | w->stale;
    if (width != w->screen.width || height != w->screen.height) window_grow(w);
    title_update(w);
    if (!changed || (SDL_GetWindowFlags(w->window) & (SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN))) return false;
    SDL_GetRendererOutputSize(w->renderer, &across, &down);
    SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
    SDL_RenderClear(w->renderer);
    picture_draw(w, (unsigned)across, (unsigned)down);
    if (w->menu->open) menu_show(w, (unsigned)across, (unsigned)down);
    strip_show(w, (unsigned)down);
    SDL_RenderPresent(w->renderer);
    w->stale = false;
    return true;
}
