/* Standard input as a guest's serial line: the terminal in raw mode, or a pipe that loses nothing. */
#ifndef FRONTEND_CONSOLE_H
#define FRONTEND_CONSOLE_H
#include "frontend/waiter.h"
#include <termios.h>

enum { CONSOLE_BUFFER = 4096 };
enum console_order { CONSOLE_NOTHING, CONSOLE_QUIT };
struct prompt;

struct console {
    bool           open;               /* more may come */
    bool           is_terminal, raw;
    bool           keys;               /* Ctrl-A is ours (mon:stdio) */
    bool           escaped;            /* Ctrl-A was the last key */
    struct prompt *prompt;             /* behind Ctrl-A c; NULL: none */
    struct termios saved;
    int            watched;            /* its number in the waiter */
    unsigned       first, count;       /* bytes read and not yet taken */
    u8             bytes[CONSOLE_BUFFER];
};

/* Takes standard input. keys: Ctrl-A x and friends, and Ctrl-C goes to the guest. prompt gets the keys behind Ctrl-A c. */
void console_open(struct console *console, bool keys, struct prompt *prompt);
/* Puts the terminal back as it was. */
void console_close(struct console *console);
/* Watches for bytes, if all earlier ones are taken; after the wait, console_answer reads what came. */
void console_watch(struct console *console, struct waiter *waiter);
enum console_order console_answer(struct console *console, const struct waiter *waiter);
/* Moves up to `room` bytes out. */
unsigned console_take(struct console *console, u8 *bytes, unsigned room);

/* The signals that end a run: after signals_catch, signal_caught() gives the number of the one that came, or 0. */
void signals_catch(void);
int  signal_caught(void);
#endif
