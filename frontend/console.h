/* Standard input as a guest's serial line: the terminal in raw mode, or a pipe that loses nothing. */
#ifndef FRONTEND_CONSOLE_H
#define FRONTEND_CONSOLE_H
#include "core/types.h"
#include <termios.h>

enum { CONSOLE_BUFFER = 4096 };
enum console_order { CONSOLE_NOTHING, CONSOLE_QUIT };

struct console {
    bool           open;               /* more may come */
    bool           is_terminal, raw;
    bool           keys;               /* Ctrl-A is ours (mon:stdio) */
    bool           escaped;            /* Ctrl-A was the last key */
    struct termios saved;
    unsigned       first, count;       /* bytes read and not yet taken */
    u8             bytes[CONSOLE_BUFFER];
};

/* Takes standard input. keys: Ctrl-A x and friends, and Ctrl-C goes to the guest. */
void console_open(struct console *console, bool keys);
/* Puts the terminal back as it was. */
void console_close(struct console *console);
/* Waits at most `nanoseconds` for bytes, and reads them if all earlier ones are taken. */
enum console_order console_wait(struct console *console, u64 nanoseconds);
/* Moves up to `room` bytes out. */
unsigned console_take(struct console *console, u8 *bytes, unsigned room);

/* The signals that end a run: after signals_catch, signal_caught() gives the number of the one that came, or 0. */
void signals_catch(void);
int  signal_caught(void);
#endif
