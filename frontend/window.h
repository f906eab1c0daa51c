/* The window: a guest's screen, keyboard and mouse through SDL2 (docs/desktop.md). A display (frontend/display.h). */
#ifndef FRONTEND_WINDOW_H
#define FRONTEND_WINDOW_H
#include "core/error.h"

struct session;
struct options;

/* There is a display that a window could be on. */
bool  window_fits(const struct options *options);
void *window_open(struct session *session, struct error *why);
void  window_close(void *self);
#endif
