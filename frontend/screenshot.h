/* What is on a run's screen, as a picture or as text. */
#ifndef FRONTEND_SCREENSHOT_H
#define FRONTEND_SCREENSHOT_H
#include "core/error.h"

struct session;
/* Writes the screen as a PNG file. False: there is no display adapter, or the file cannot be written. */
bool session_screenshot(struct session *session, const char *path, struct error *why);
/* The files of --screenshot and --screen-text. False, with a line for the user, if one that was asked for is not there. */
bool session_screen_save(struct session *session);
#endif
