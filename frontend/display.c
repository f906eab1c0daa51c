/* Displays (frontend/display.h), those that are chosen by themselves first. */
#include "frontend/display.h"
#include "frontend/curses.h"
#include "frontend/session.h"
#include "frontend/window.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A guest with a screen, and nobody who reads the serial port in the same terminal. */
static bool terminal_wanted(const struct options *o)
{
    bool guest = o->kernel || o->bios, taken = false;
    for (unsigned i = 0; i < OPTION_DRIVES; i++) guest |= o->drive[i].file != NULL;
    for (unsigned i = 0; i < o->serials; i++) taken |= strstr(o->serial[i], "stdio") != NULL;
    for (unsigned i = 0; i < o->consoles; i++) taken |= strcmp(o->console[i].sink, "stdio") == 0;
    return guest && !taken && o->vga_bytes;
}

static bool terminal_fits(const struct options *o)
{
    const char *term = getenv("TERM");
    return curses_built() && !window_fits(o) && terminal_wanted(o) && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term
        && *term && strcmp(term, "dumb") != 0;
}

static void *terminal_open(struct session *session, struct error *why) { return curses_open(session, why); }
static void terminal_close(void *self) { curses_close(self); }

static const struct display displays[] = {
    { "sdl", window_fits, window_open, window_close },
    { "curses", terminal_fits, terminal_open, terminal_close },
    { "none", NULL, NULL, NULL },
};

const struct display *display_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(displays); i++)
        if (strcmp(displays[i].name, name) == 0) return &displays[i];
    return NULL;
}

bool display_unattended(const struct options *o)
{
    return o->nographic || o->no_input || o->script || o->steps || o->verdict || o->timeout || o->timeout_virtual || o->max_cycles
        || o->max_insns || o->hash_every || o->no_progress || o->replay || o->costs || o->leaks || o->trap_stats
        || o->check_invariants || o->dump_acpi || o->screenshot || o->screen_text;
}

static bool watched(const struct options *o) { return !display_unattended(o) && isatty(STDOUT_FILENO); }

bool display_takes_terminal(const struct options *o)
{
    return o->display ? strcmp(o->display, "curses") == 0 : watched(o) && terminal_fits(o);
}

static bool opens(struct session *session, const struct display *display, struct error *why)
{
    session->display = display;
    if (!display->open) return true;
    session->display_self = display->open(session, why);
    return session->display_self;
}

bool display_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    if (o->display) return opens(session, display_find(o->display), why);
    for (unsigned i = 0; i < ARRAY_LEN(displays) && watched(o); i++)
        if (displays[i].fits && displays[i].fits(o) && opens(session, &displays[i], why)) return true;
    return opens(session, display_find("none"), why);
}

void display_close(struct session *session)
{
    if (session->display_self) session->display->close(session->display_self);
    session->display_self = NULL;
}
