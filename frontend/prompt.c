/* The console's door (prompt.h): who has it, what stops the machine, and the failures that --on-failure debug shows. */
#include "frontend/prompt.h"
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/display.h"
#include "frontend/place.h"
#include "frontend/prompt_line.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CTRL_C = 3, ESCAPE = 27, WRITE_MS = 2000, STACK_WORDS = 16, WAITING_MOST = 8192 };

struct prompt {
    struct session     *session;
    struct place        place;
    int                 in, out;           /* descriptors; -1: nobody is there */
    int                 listener_index, in_index;
    bool                shared;            /* with a serial port, which reads for both */
    bool                active;            /* it has the keys */
    bool                terminal, pipe;    /* standard input, which is one or the other */
    bool                let_go;            /* the last line let the guest run */
    bool                ended;             /* nothing more comes */
    struct prompt_line *line;
    const char         *failure;           /* in words; NULL: none is shown */
    size_t              waits;             /* bytes that wait until the guest stands */
    u8                  waiting[WAITING_MOST];
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

/* Why the guest stands, and where; and what is to be done at that point. */
static bool stop_speak(struct session *session, const void *unused, FILE *out)
{
    bool step = session->debugger->stops.hit.kind == STOP_STEP;
    if (!step && debugger_why(session->debugger, out)) fputc('\n', out);
    (void)unused;
    here_print(session, out);
    return debugger_commands(session->debugger, out);
}

static bool position_speak(struct session *session, const void *unused, FILE *out)
{
    (void)unused;
    here_print(session, out);
    return true;
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
    struct session *session = prompt->session;
    bool stood = session->paused, runs = speak(prompt, command_speak, text);
    prompt->let_go = stood && !session->paused;
    if (runs && !stood && session->paused) speak(prompt, position_speak, NULL);
    if (runs) ready(prompt);
    return runs;
}

/* What is typed behind a step is for the time behind it; a file of commands in a pipe waits for points too. */
static bool holds(const struct prompt *prompt)
{
    const struct session *session = prompt->session;
    return !session->paused && (session->debugger->step.kind != STEP_NONE || (prompt->pipe && prompt->let_go));
}

/* The next line asks for the guest to stand: it does not wait for that. */
static bool stop_waits(const struct prompt *prompt)
{
    return prompt->waits >= 5 && memcmp(prompt->waiting, "stop", 4) == 0 && memchr("\r\n", prompt->waiting[4], 2);
}

/* One line, or what there is of it; what a key has begun is not taken before its end. */
static size_t portion(const struct prompt *prompt)
{
    size_t count = 0;
    const u8 *bytes = prompt->waiting;
    while (count < prompt->waits && bytes[count] != '\r' && bytes[count] != '\n') count++;
    if (count < prompt->waits) return count + 1;
    bool open = prompt->terminal && count && (bytes[count - 1] == ESCAPE || (count > 1 && bytes[count - 2] == ESCAPE && strchr("[O", bytes[count - 1])));
    if (open) count -= bytes[count - 1] == ESCAPE ? 1 : 2;
    return count;
}

static bool waiting_take(struct prompt *prompt)
{
    size_t count;
    while (prompt->active && (!holds(prompt) || stop_waits(prompt)) && (count = portion(prompt))) {
        u8 bytes[WAITING_MOST];
        memcpy(bytes, prompt->waiting, count);
        prompt->waits -= count;
        memmove(prompt->waiting, prompt->waiting + count, prompt->waits);
        if (!prompt_line_take(prompt->line, bytes, count)) return false;
    }
    return true;
}

static bool interrupt(struct prompt *prompt)
{
    prompt->waits = 0;
    aside(prompt);
    prompt_line_clear(prompt->line);
    return line_done(prompt, "stop");
}

bool prompt_take(struct prompt *prompt, const u8 *bytes, size_t count)
{
    const u8 *stop;
    while ((stop = memchr(bytes, CTRL_C, count))) {
        count -= (size_t)(stop + 1 - bytes);
        bytes = stop + 1;
        if (!interrupt(prompt)) return false;
    }
    count = MIN(count, WAITING_MOST - prompt->waits);
    memcpy(prompt->waiting + prompt->waits, bytes, count);
    prompt->waits += count;
    return waiting_take(prompt);
}

/* ---- who has it ---- */
static bool explain_speak(struct session *session, const void *what, FILE *out);

static void begin(struct prompt *prompt)
{
    if (!prompt->line) prompt->line = prompt_line_new(prompt->out, prompt->terminal, line_done, prompt);
    prompt->active = true;
    prompt->ended = prompt->let_go = false;
    prompt->waits = 0;
    debugger_come(prompt->session->debugger, DEBUGGER_CONSOLE);
    if (prompt->failure) speak(prompt, explain_speak, prompt->failure);
    ready(prompt);
}

static void end(struct prompt *prompt)
{
    prompt->active = false;
    if (prompt->shared) return;
    prompt_line_free(prompt->line);
    prompt->line = NULL;
    if (prompt->in > STDIN_FILENO) close(prompt->in);
    prompt->in = prompt->out = -1;
}

/* The points of who is gone stay; a guest that stood for them runs on. */
static void gone(struct prompt *prompt)
{
    struct debugger *debugger = prompt->session->debugger;
    end(prompt);
    debugger->there[DEBUGGER_CONSOLE] = false;
    if (prompt->session->paused && !debugger->there[DEBUGGER_GDB]) session_pause(prompt->session, false);
}

bool prompt_active(const struct prompt *prompt) { return prompt && prompt->active; }

void prompt_switch(struct prompt *prompt, bool on)
{
    if (on == prompt->active) return;
    if (on) {
        text_write(prompt, "\n", 1);
        begin(prompt);
        return;
    }
    aside(prompt);
    end(prompt);
}

const char *prompt_wake(struct session *session)
{
    struct prompt *prompt = session->prompt;
    bool terminal = prompt && (prompt->terminal || prompt->shared);
    if (!prompt) return "there is no console: start trap86 from a terminal, or with -monitor";
    if (!session->paused) session_pause(session, true);
    if (prompt->shared) prompt_switch(prompt, true);
    if (prompt->active) {
        aside(prompt);
        speak(prompt, position_speak, NULL);
        ready(prompt);
    }
    return terminal ? "the guest stands; the console is in the terminal that trap86 was started from"
                    : "the guest stands; the console is at the place of -monitor";
}

static void watch(void *self, struct waiter *waiter)
{
    struct prompt *prompt = self;
    bool listens = prompt->place.fd >= 0 && prompt->in < 0;
    bool reads = !prompt->shared && prompt->in >= 0 && !prompt->ended && prompt->waits < WAITING_MOST / 2;
    prompt->listener_index = listens ? waiter_add(waiter, prompt->place.fd, POLLIN) : -1;
    prompt->in_index = reads ? waiter_add(waiter, prompt->in, POLLIN) : -1;
}

static bool answer(void *self, const struct waiter *waiter)
{
    struct prompt *prompt = self;
    u8 bytes[1024];
    if (waiter_events(waiter, prompt->listener_index) && (prompt->in = prompt->out = place_accept(&prompt->place)) >= 0)
        begin(prompt);
    if (waiter_events(waiter, prompt->in_index)) {
        ssize_t count = read(prompt->in, bytes, sizeof bytes);
        if (count > 0 && !prompt_take(prompt, bytes, (size_t)count)) return false;
        prompt->ended = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    }
    if (!waiting_take(prompt)) return false;
    /* A socket's client that is gone waits for nothing. */
    if (prompt->active && prompt->ended && (!prompt->pipe || !holds(prompt))) gone(prompt);
    return true;
}

static enum door_state state(const void *self)
{
    const struct prompt *prompt = self;
    if (prompt->active && prompt->terminal) return DOOR_AWAITED;
    return prompt->active || prompt->place.fd >= 0 ? DOOR_OPEN : DOOR_CLOSED;
}

/* ---- what stops the machine ---- */
/* gdb's own points and steps are not told of here. */
static bool concerns(const struct prompt *prompt)
{
    const struct debugger *debugger = prompt->session->debugger;
    int point = debugger->stops.hit.point;
    if (!debugger->there[DEBUGGER_CONSOLE]) return false;
    return point >= 0 ? debugger->point[point].owner != DEBUGGER_GDB : !debugger->there[DEBUGGER_GDB] || prompt->let_go;
}

static bool stopped(void *self, enum machine_stop stop)
{
    struct prompt *prompt = self;
    struct session *session = prompt->session;
    if (stop != MACHINE_BREAK || !concerns(prompt)) return false;
    prompt->let_go = false;
    session->paused = true;
    if (prompt->shared) prompt_switch(prompt, true);
    aside(prompt);
    bool runs = speak(prompt, stop_speak, NULL), stands = session->paused;
    ready(prompt);
    session->resumed = !stands;
    return runs;
}

static const struct door_class prompt_door = { .state = state, .watch = watch, .answer = answer, .stopped = stopped };

/* ---- failures ---- */
static void line_print(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

static void state_explain(struct session *session, FILE *out)
{
    machine_explain(session->machine, line_print, out);
    console_command(session, "info registers", out);
    stack_print(session, STACK_WORDS, out);
}

static bool explain_speak(struct session *session, const void *what, FILE *out)
{
    fprintf(out, "%s. The machine stands as it was then; quit ends the run with the status of this failure.\n", (const char *)what);
    state_explain(session, out);
    here_print(session, out);
    return true;
}

static const char *failure_words(const struct session *session)
{
    if (session->end == END_GUEST) return session->machine->stop == MACHINE_SHUTDOWN ? "triple fault" : "the guest is dead: it halted or jumps to itself";
    if (session->end == END_FAIL_ON) return "text of --fail-on has come";
    if (session->end == END_UNMET) return "an expectation was not met";
    return session->end == END_NO_PROGRESS ? "nothing came from the guest for the time of --no-progress" : "the time of --timeout is over";
}

static struct prompt *prompt_new(struct session *session)
{
    struct prompt *prompt = session->prompt = calloc(1, sizeof *prompt);
    if (!prompt) return NULL;
    prompt->session = session;
    prompt->place.fd = prompt->in = prompt->out = -1;
    prompt->listener_index = prompt->in_index = -1;
    session_door_add(session, &prompt_door, prompt);
    return prompt;
}

static bool stdio_open(struct prompt *prompt, struct error *why)
{
    struct session *session = prompt->session;
    if (session->console_serial >= 0) return error_set(why, "-monitor stdio: a serial port has standard input already; add -serial none");
    if (session->gdb && strcmp(session->options.gdb, "stdio") == 0) return error_set(why, "-monitor stdio: gdb has standard input already");
    if (session->options.no_input) return error_set(why, "-monitor stdio: --ci does not read standard input; give unix:PATH");
    console_open(&session->console, true, NULL);
    prompt->in = STDIN_FILENO;
    prompt->out = session->out;
    prompt->terminal = session->console.raw;
    prompt->pipe = !session->console.is_terminal;
    begin(prompt);
    return true;
}

/* Standard input that nobody has, if it is a terminal whose keys are ours to take. */
static void terminal_take(struct session *session)
{
    struct error why;
    const struct options *o = &session->options;
    bool taken = o->monitor || session->console_serial >= 0 || o->no_input || display_takes_terminal(o);
    if (taken || !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
    struct prompt *prompt = prompt_new(session);
    if (prompt && !stdio_open(prompt, &why)) prompt->in = -1;
}

/* Somebody is there, or can come: a terminal, or a socket that was asked for. */
static bool can_look(const struct prompt *prompt)
{
    return prompt && (prompt->active || prompt->place.fd >= 0 || prompt->shared);
}

static void failure_show(struct prompt *prompt)
{
    const struct session *session = prompt->session;
    bool active = prompt->active;
    if (!active && !prompt->shared)
        fprintf(session->tell, "trap86: %s; the machine stands, and the console waits for somebody at %s\n", prompt->failure, session->options.monitor);
    if (!active && prompt->shared) prompt_switch(prompt, true);
    if (!active) return;
    aside(prompt);
    speak(prompt, explain_speak, prompt->failure);
    prompt_line_show(prompt->line);
}

/* Who has the console in a terminal wants to see the end, whatever the options say. */
bool prompt_keeps_failure(struct session *session)
{
    struct prompt *prompt = session->prompt;
    bool looks = prompt && prompt->active && prompt->terminal;
    if ((!session->options.on_failure && !looks) || session->failed) return false;
    session->failed = true;
    session->failure = session->end;
    if (!prompt) terminal_take(session);
    prompt = session->prompt;
    if (!can_look(prompt)) {
        state_explain(session, session->tell);
        return false;
    }
    prompt->let_go = false;
    prompt->failure = failure_words(session);
    session->end = END_GUEST;
    session->paused = true;
    failure_show(prompt);
    return true;
}

bool prompt_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    const char *place = o->monitor;
    int serial = session->console_serial;
    bool mixed = serial >= 0 && (o->serials == 0 || strcmp(o->serial[serial], "mon:stdio") == 0);
    bool shared = !place && mixed && !o->no_input && !o->replay && isatty(STDIN_FILENO);
    if (place ? strcmp(place, "none") == 0 || strcmp(place, "null") == 0 : !shared) return true;
    struct prompt *prompt = prompt_new(session);
    if (!prompt) return error_set(why, "no memory for -monitor: free some on the host");
    if (place) return strcmp(place, "stdio") == 0 ? stdio_open(prompt, why) : place_listen(&prompt->place, "monitor", place, why);
    prompt->shared = prompt->terminal = true;
    prompt->out = session->out;
    return true;
}

void prompt_close(struct prompt *prompt)
{
    if (!prompt) return;
    prompt->shared = false;
    end(prompt);
    place_close(&prompt->place);
    free(prompt);
}
