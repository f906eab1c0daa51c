/* The terminal and the pipe behind a serial port (frontend/console.h). Bytes are read only when those before have been
 * taken, so that a pipe is held back instead of overrun. */
#define _GNU_SOURCE
#include "frontend/console.h"
#include "frontend/prompt.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CTRL_A = 1 };
static const char help[] = "\r\ntrap86: Ctrl-A x ends the run, Ctrl-A c switches to the console and back, Ctrl-A h shows this, Ctrl-A Ctrl-A sends Ctrl-A\r\n";
static const char no_prompt[] = "\r\ntrap86: the console is elsewhere (-monitor); Ctrl-A x ends the run\r\n";

/* A signal handler can reach nothing else: this is the frontend's one mutable global. */
static volatile sig_atomic_t caught;

static void signal_note(int number)
{
    caught = number;
}

void signals_catch(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action = { .sa_handler = signal_note };
    for (unsigned i = 0; i < ARRAY_LEN(numbers); i++)
        sigaction(numbers[i], &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

int signal_caught(void)
{
    return caught;
}

static void terminal_raw(struct console *console)
{
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &console->saved)) return;
    raw = console->saved;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN);
    if (console->keys) raw.c_lflag &= ~(tcflag_t)ISIG;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    console->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void console_open(struct console *console, bool keys, struct prompt *prompt)
{
    *console = (struct console){ .open = true, .keys = keys, .is_terminal = isatty(STDIN_FILENO) };
    console->keys = keys && console->is_terminal;
    console->prompt = console->keys ? prompt : NULL;
    /* A job in the background must not touch the terminal's settings. */
    if (console->is_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp()) terminal_raw(console);
}

void console_close(struct console *console)
{
    if (console->raw) tcsetattr(STDIN_FILENO, TCSANOW, &console->saved);
    console->raw = console->open = false;
}

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

/* The console gets the keys, or the serial port. */
static void divert(struct console *console)
{
    if (!console->prompt) say(no_prompt);
    else prompt_switch(console->prompt, !prompt_active(console->prompt));
}

/* Takes our own keys out of `count` bytes, and gives the rest to whom they are for. */
static enum console_order keys_filter(struct console *console, const u8 *bytes, unsigned count)
{
    enum console_order order = CONSOLE_NOTHING;
    for (unsigned i = 0; i < count; i++) {
        u8 byte = bytes[i];
        if (!console->escaped && byte == CTRL_A) {
            console->escaped = true;
            continue;
        }
        bool ours = console->escaped && byte != CTRL_A;
        console->escaped = false;
        if (ours && byte == 'x') order = CONSOLE_QUIT;
        else if (ours && byte == 'c') divert(console);
        else if (ours) say(help);
        else if (!prompt_active(console->prompt)) console->bytes[console->first + console->count++] = byte;
        else {
            const u8 *end = memchr(bytes + i, CTRL_A, count - i);
            unsigned run = end ? (unsigned)(end - bytes) - i : count - i;
            if (byte == CTRL_A) run = 1;
            if (!prompt_take(console->prompt, bytes + i, run)) return CONSOLE_QUIT;
            i += run - 1;
        }
    }
    return order;
}

static enum console_order console_read(struct console *console)
{
    u8 typed[CONSOLE_BUFFER];
    unsigned room = CONSOLE_BUFFER - console->count;
    memmove(console->bytes, console->bytes + console->first, console->count);
    console->first = 0;
    ssize_t got = read(STDIN_FILENO, console->keys ? typed : console->bytes, room);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return CONSOLE_NOTHING;
    if (got <= 0) {
        console->open = false;
        return CONSOLE_NOTHING;
    }
    if (console->keys) return keys_filter(console, typed, (unsigned)got);
    console->count = (unsigned)got;
    return CONSOLE_NOTHING;
}

void console_watch(struct console *console, struct waiter *waiter)
{
    /* A terminal is read on while the guest does not, for our own keys; a pipe is held back. */
    bool reads = console->open && console->count < (console->keys ? CONSOLE_BUFFER / 2 : 1);
    console->watched = reads ? waiter_add(waiter, STDIN_FILENO, POLLIN) : -1;
}

enum console_order console_answer(struct console *console, const struct waiter *waiter)
{
    return waiter_events(waiter, console->watched) ? console_read(console) : CONSOLE_NOTHING;
}

unsigned console_take(struct console *console, u8 *bytes, unsigned room)
{
    unsigned count = MIN(room, console->count);
    memcpy(bytes, console->bytes + console->first, count);
    console->first += count;
    console->count -= count;
    return count;
}
