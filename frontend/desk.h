/* The desk: what a person in front of the machine can do to it, whatever it is done with (a window's keys and menu). */
#ifndef FRONTEND_DESK_H
#define FRONTEND_DESK_H
#include "frontend/session.h"
#include "frontend/typist.h"
#include "frontend/view.h"

/* The host's clipboard, as UTF-8. take's text is freed by whoever took it; NULL: there is none. */
struct clipboard { char *(*take)(void *self); void (*give)(void *self, const char *text); void *self; };

struct desk {
    struct session  *session;
    struct clipboard clipboard;
    struct view      view;
    struct typist    typist;
    bool             gone;           /* the machine was left for good */
    char             message[160];   /* what is to be told */
    u64              message_ends;   /* host's clock */
};

void desk_begin(struct desk *desk, struct session *session);
void desk_end(struct desk *desk);
/* Between two slices: types what is left to type. */
void desk_step(struct desk *desk);
/* Something that happened, for a few seconds of the host's clock; NULL when there is nothing to tell. */
void desk_say(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *desk_message(const struct desk *desk);
/* Whether the guest has come to an end of its own. */
bool desk_ended(const struct desk *desk);

void desk_pause(struct desk *desk, bool paused);
void desk_reset(struct desk *desk);
void desk_power_button(struct desk *desk);
void desk_leave(struct desk *desk);
/* The guest stands, and the debugger's console has the keys of the terminal. */
void desk_console(struct desk *desk);
/* As pace.h has it. */
void desk_speed(struct desk *desk, u32 permille);
/* Codes of scan code set 1, and the mouse: movement to the right and up, wheel towards the user, buttons. */
void desk_keys(struct desk *desk, const u8 *codes, unsigned count);
void desk_mouse(struct desk *desk, int right, int up, int wheel, unsigned buttons);
/* A combination by its name (keys.h), pressed and released. */
void desk_press(struct desk *desk, const char *names);
/* Types the clipboard's text; copies the text screen there. */
void desk_paste(struct desk *desk);
void desk_copy(struct desk *desk);
/* The screen as NAME-N.png in the current folder, with the lowest N that is free. */
void desk_screenshot(struct desk *desk);
/* Puts a file into a drive; drive NULL: the first that takes such a medium. */
void desk_insert(struct desk *desk, const char *drive, const char *path);
void desk_eject(struct desk *desk, const char *drive);
#endif
