/* The console's door (prompt.h): who has it, what stops the machine, and the failures that --on-failure debug shows. */
#include "frontend/prompt.h"
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/place.h"
#include "frontend/prompt_line.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CTRL_C = 3, WRITE_MS = 2000, STACK_WORDS = 16 };

struct prompt {
    struct session     *session;
    struct place        place;
    int                 in, out;           /* descriptors; -1: nobody is there */
    int                 listener_index, in_index;
    bool                shared;            /* with a serial port, which reads for both */
    bool                active;            /* it has the keys */
    struct prompt_line *line;
};

/* A client that does not read is left. */
static void text_write(struct prompt *prompt, const char *text, size_t length)
{
    while (length) {
        ssize_t done = write(prompt->out, text, length);
        struct pollfd room = { .fd = prompt->out, .events = POLLOUT };
        if (done < 0 && errno == EAGAIN && poll(&room, 1, WRITE_MS) > 0) continue;
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return;
        text += done;
        length -= (size_t)done;
    }
}

/* What `act` writes goes out in one piece. false as `act` says. */
static bool speak(struct prompt *prompt, bool (*act)(struct session *, const void *, FILE *), const void *argument)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return true;
    bool runs = act(prompt->session, argument, out);
    fclose(out);
    text_write(prompt, text, size);
    free(text);
    return runs;
}

static bool command_speak(struct session *session, const void *line, FILE *out) { return console_command(session, line, out); }

/* Something else is to be said: it begins a line of its own. */
static void aside(struct prompt *prompt)
{
    if (prompt_line_hide(prompt->line)) text_write(prompt, "\n", 1);
}

/* Behind a step the prompt comes with what stopped it. */
static void ready(struct prompt *prompt)
{
    if (prompt->active && prompt->session->debugger->step.kind == STEP_NONE) prompt_line_show(prompt->line);
}

static bool line_done(void *self, const char *text)
{
    struct prompt *prompt = self;
    bool runs = speak(prompt, command_speak, text);
    if (runs) ready(prompt);
    return runs;
}

bool prompt_take(struct prompt *prompt, const u8 *bytes, size_t count)
{
    const u8 *stop = memchr(bytes, CTRL_C, count);
    size_t before = stop ? (size_t)(stop - bytes) : count;
    if (before && !prompt_line_take(prompt->line, bytes, before)) return false;
    if (!stop) return true;
    aside(prompt);
    text_write(prompt, "stop\n", 5);
    if (!line_done(prompt, "stop")) return false;
    return before + 1 == count || prompt_take(prompt, stop + 1, count - before - 1);
}

/* ---- who has it ---- */
static void begin(struct prompt *prompt, bool terminal)
{
    prompt->line = prompt_line_new(prompt->out, terminal, line_done, prompt);
    prompt->active = true;
    debugger_come(prompt->session->debugger, DEBUGGER_CONSOLE);
    prompt_line_show(prompt->line);
}

static void end(struct prompt *prompt)
{
    prompt_line_free(prompt->line);
    if (!prompt->shared && prompt->in > STDIN_FILENO) close(prompt->in);
    if (!prompt->shared) prompt->in = prompt->out = -1;
    prompt->line = NULL;
    prompt->active = false;
}

/* The points of who is gone stay; a guest that stood for them runs on. */
static void gone(struct prompt *prompt)
{
    end(prompt);
    prompt->session->debugger->there[DEBUGGER_CONSOLE] = false;
    session_pause(prompt->session, false);
}

bool prompt_active(const struct prompt *prompt) { return prompt && prompt->active; }

void prompt_switch(struct prompt *prompt, bool on)
{
    if (on == prompt->active) return;
    if (on) begin(prompt, true);
    else {
        text_write(prompt, "\n", 1);
        end(prompt);
    }
}

static void watch(void *self, struct waiter *waiter)
{
    struct prompt *prompt = self;
    bool listens = prompt->place.fd >= 0 && prompt->in < 0;
    prompt->listener_index = listens ? waiter_add(waiter, prompt->place.fd, POLLIN) : -1;
    prompt->in_index = !prompt->shared && prompt->in >= 0 ? waiter_add(waiter, prompt->in, POLLIN) : -1;
}

static bool answer(void *self, const struct waiter *waiter)
{
    struct prompt *prompt = self;
    u8 bytes[1024];
    if (waiter_events(waiter, prompt->listener_index) && (prompt->in = prompt->out = place_accept(&prompt->place)) >= 0)
        begin(prompt, false);
    if (!waiter_events(waiter, prompt->in_index)) return true;
    ssize_t count = read(prompt->in, bytes, sizeof bytes);
    if (count > 0) return prompt_take(prompt, bytes, (size_t)count);
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) gone(prompt);
    return true;
}

static enum door_state state(const void *self)
{
    const struct prompt *prompt = self;
    return prompt->active ? DOOR_OPEN : DOOR_CLOSED;
}

/* ---- what stops the machine ---- */
static bool place_speak(struct session *session, const void *unused, FILE *out)
{
    (void)unused;
    bool step = session->debugger->stops.hit.kind == STOP_STEP;
    if (!step && debugger_why(session->debugger, out)) fputc('\n', out);
    here_print(session, out);
    return debugger_commands(session->debugger, out);
}

static void line_print(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

static bool stopped(void *self, enum machine_stop stop)
{
    struct prompt *prompt = self;
    struct session *session = prompt->session;
    if (stop != MACHINE_BREAK) return (stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD) && prompt_keeps_failure(session);
    if (!session->debugger->there[DEBUGGER_CONSOLE]) return false;
    prompt_switch(prompt, true);
    aside(prompt);
    session->paused = true;
    bool runs = speak(prompt, place_speak, NULL), stands = session->paused;
    ready(prompt);
    session->resumed = !stands;
    return runs;
}

static const struct door_class prompt_door = { .state = state, .watch = watch, .answer = answer, .stopped = stopped };

/* ---- failures ---- */
void prompt_explain(struct session *session, FILE *out)
{
    machine_explain(session->machine, line_print, out);
    console_command(session, "info registers", out);
    here_print(session, out);
    stack_print(session, STACK_WORDS, out);
}

static bool explain_speak(struct session *session, const void *what, FILE *out)
{
    fprintf(out, "%s; the machine stands as it was before a reset. quit ends the run with this failure's status.\n", (const char *)what);
    prompt_explain(session, out);
    return true;
}

/* Somebody is there, or can come: a terminal, or a socket that was asked for. */
static bool can_look(const struct prompt *prompt)
{
    if (!prompt) return false;
    return prompt->active || prompt->place.fd >= 0 || (prompt->shared && prompt->session->console.is_terminal);
}

bool prompt_keeps_failure(struct session *session)
{
    struct prompt *prompt = session->prompt;
    if (!session->options.on_failure || session->failed) return false;
    session->failed = true;
    session->failure = session->end;
    if (!can_look(prompt)) {
        prompt_explain(session, session->tell);
        return false;
    }
    session->end = END_GUEST;
    if (!prompt->active && prompt->shared) prompt_switch(prompt, true);
    if (prompt->active) {
        aside(prompt);
        speak(prompt, explain_speak, session->failure == END_GUEST ? "the guest has come to a bad end" : "the run has failed");
        prompt_line_show(prompt->line);
    }
    return true;
}

/* ---- opening ---- */
static bool stdio_open(struct prompt *prompt, struct error *why)
{
    const struct session *session = prompt->session;
    if (session->console_serial >= 0) return error_set(why, "-monitor stdio: a serial port has standard input already; add -serial none");
    if (session->gdb && strcmp(session->options.gdb, "stdio") == 0) return error_set(why, "-monitor stdio: gdb has standard input already");
    prompt->in = STDIN_FILENO;
    prompt->out = session->out;
    begin(prompt, isatty(STDIN_FILENO));
    return true;
}

bool prompt_open(struct session *session, struct error *why)
{
    const char *place = session->options.monitor;
    bool shared = session->console_serial >= 0 && !session->options.no_input && !session->options.replay;
    if (place && strcmp(place, "none") == 0) return true;
    if (!place && !shared) return true;
    struct prompt *prompt = session->prompt = calloc(1, sizeof *prompt);
    if (!prompt) return error_set(why, "no memory for -monitor: free some on the host");
    *prompt = (struct prompt){ .session = session, .place.fd = -1, .in = -1, .out = -1, .shared = !place };
    session_door_add(session, &prompt_door, prompt);
    if (!place) prompt->out = session->out;
    else if (strcmp(place, "stdio") == 0) return stdio_open(prompt, why);
    else return place_listen(&prompt->place, "monitor", place, why);
    return true;
}

void prompt_close(struct prompt *prompt)
{
    if (!prompt) return;
    end(prompt);
    place_close(&prompt->place);
    free(prompt);
}
