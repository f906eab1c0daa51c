/* -display curses: the text screen in a terminal. */
#ifndef FRONTEND_CURSES_H
#define FRONTEND_CURSES_H
#include "core/error.h"

struct session;
struct curses;

/* Whether this build has it. */
bool curses_built(void);
/* Takes the terminal and opens a door of the session. NULL with *why: there is no terminal, or none that curses knows. */
struct curses *curses_open(struct session *session, struct error *why);
/* Gives the terminal back. NULL is good. */
void curses_close(struct curses *curses);
#endif
