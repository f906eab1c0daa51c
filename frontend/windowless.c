/* A build without the window (frontend/window.h). */
#include "frontend/window.h"

bool window_fits(const struct options *options)
{
    (void)options;
    return false;
}

void *window_open(struct session *session, struct error *why)
{
    (void)session;
    error_set(why, "-display sdl: this build has no window; install libsdl2-dev and configure again");
    return NULL;
}

void window_close(void *self) { (void)self; }
