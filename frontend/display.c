/* Displays (frontend/display.h), those that are chosen by themselves first. */
#include "frontend/display.h"
#include "frontend/session.h"
#include "frontend/window.h"
#include <string.h>
#include <unistd.h>

static const struct display displays[] = {
    { "sdl", window_fits, window_open, window_close },
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
    bool watched = !display_unattended(o) && isatty(STDOUT_FILENO);
    for (unsigned i = 0; i < ARRAY_LEN(displays) && watched; i++)
        if (displays[i].fits && displays[i].fits(o) && opens(session, &displays[i], why)) return true;
    return opens(session, display_find("none"), why);
}

void display_close(struct session *session)
{
    if (session->display_self) session->display->close(session->display_self);
    session->display_self = NULL;
}
