/* The console: where the user tells the debugger and the machine what to do, on the terminal that the serial port has too
 * (Ctrl-A c), on standard input alone, or at a socket (-monitor). A door of the run. */
#ifndef FRONTEND_PROMPT_H
#define FRONTEND_PROMPT_H
#include "core/error.h"
#include "core/types.h"

struct session;
struct prompt;

/* Opens the place of -monitor (stdio, tcp:[HOST]:PORT, unix:PATH), or makes the one behind Ctrl-A c. false with *why: not
 * possible. */
bool prompt_open(struct session *session, struct error *why);
/* NULL is good. */
void prompt_close(struct prompt *prompt);
/* The console shares the terminal with a serial port: it gets the keys now, or no more. */
void prompt_switch(struct prompt *prompt, bool on);
/* It has the keys; NULL has not. */
bool prompt_active(const struct prompt *prompt);
/* Somebody asks for the console elsewhere: the guest stands, and it has the keys. Where it is, in words. */
const char *prompt_wake(struct session *session);
/* What was typed while it has the keys. false: the run is over. */
bool prompt_take(struct prompt *prompt, const u8 *bytes, size_t count);
/* The run has failed, or is about to end for another reason: with --on-failure debug it is explained, and if somebody can
 * look, true: the machine stands for them. */
bool prompt_keeps_failure(struct session *session);
#endif
