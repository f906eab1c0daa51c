/* The doors that every run may have: standard input behind a serial port, the networks, a script, the watchdog. */
#include "frontend/debugger.h"
#include "frontend/media.h"
#include "frontend/prompt.h"
#include "frontend/session.h"
#include "frontend/session_snapshot.h"
#include "frontend/screenshot.h"
#include "frontend/watchdog.h"
#include <stdlib.h>
#include <string.h>

void session_door_add(struct session *session, const struct door_class *class, void *self)
{
    if (session->doors == SESSION_DOORS) abort();
    session->door[session->doors++] = (struct door){ class, self };
}

void session_pause(struct session *session, bool paused)
{
    session->paused = paused;
    if (paused) debugger_step_end(session->debugger);
    else debugger_resume(session->debugger);
}

/* ---- standard input ---- */
static struct ns16550 *console_uart(const struct session *session)
{
    return &session->machine->serial[session->console_serial];
}

static enum door_state console_state(const void *self)
{
    const struct session *session = self;
    const struct ns16550 *uart = console_uart(session);
    const struct console *console = &session->console;
    if (console->count || (console->open && (uart->queue_count || uart->rx_count))) return DOOR_COMING;
    return console->open ? DOOR_AWAITED : DOOR_CLOSED;
}

static void console_door_watch(void *self, struct waiter *waiter)
{
    struct session *session = self;
    console_watch(&session->console, waiter);
}

/* The guest gets as much of what was read as its serial port takes. */
static bool console_door_answer(void *self, const struct waiter *waiter)
{
    struct session *session = self;
    struct console *console = &session->console;
    struct ns16550 *uart = console_uart(session);
    u8 bytes[INPUT_BYTES];
    if (console_answer(console, waiter) == CONSOLE_QUIT) {
        session->end = END_QUIT;
        return false;
    }
    /* They wait while the guest's time stands still. */
    if (session->paused) return true;
    unsigned count = console_take(console, bytes, (unsigned)MIN(uart_room(uart), sizeof bytes));
    if (count) input_post(&session->machine->input, uart->source, bytes, count);
    return true;
}

static const struct door_class console_door = {
    .state = console_state, .watch = console_door_watch, .answer = console_door_answer,
};

/* ---- networks ---- */
static enum door_state net_state(const void *self)
{
    const struct session *session = self;
    if (net_awaited(session->net)) return DOOR_AWAITED;
    return net_open(session->net) ? DOOR_OPEN : DOOR_CLOSED;
}

static void net_door_watch(void *self, struct waiter *waiter)
{
    struct session *session = self;
    net_watch(session->net, waiter);
}

static bool net_door_answer(void *self, const struct waiter *waiter)
{
    struct session *session = self;
    net_answer(session->net, waiter);
    return true;
}

static const struct door_class net_door = { .state = net_state, .watch = net_door_watch, .answer = net_door_answer };

/* ---- the script ---- */
static u64 script_door_next(const void *self)
{
    const struct session *session = self;
    return script_next(session->script, session->machine);
}

static enum door_state script_door_state(const void *self)
{
    const struct session *session = self;
    return script_acts(session->script) ? DOOR_OPEN : DOOR_CLOSED;
}

static bool shot_take(void *self, const char *path, struct error *why) { return session_screenshot(self, path, why); }

static bool medium_change(void *self, const char *drive, const char *path, struct error *why)
{
    return media_change(self, drive, path, why);
}

static bool state_save_to(void *self, const char *path, struct error *why) { return session_snapshot_save(self, path, why); }
static bool state_load_from(void *self, const char *path, struct error *why) { return session_snapshot_load(self, path, why); }

static void script_say(void *self, const char *text)
{
    const struct session *session = self;
    fprintf(session->tell, "trap86: %s\n", text);
}

/* `go_on` is script_step or script_finish. */
static bool script_do(struct session *session, __typeof__(script_step) *go_on)
{
    static const enum session_end ends[] = {
        [SCRIPT_RUNS] = END_GUEST, [SCRIPT_DONE] = END_GUEST, [SCRIPT_QUIT] = END_SCRIPT, [SCRIPT_REACHED] = END_EXPECT,
        [SCRIPT_UNMET] = END_UNMET, [SCRIPT_FAIL_ON] = END_FAIL_ON,
    };
    const struct script_host host = { shot_take, medium_change, state_save_to, state_load_from, script_say, session };
    session->end = ends[go_on(session->script, session->machine, &host)];
    return session->end == END_GUEST;
}

static bool script_door_act(void *self)
{
    return script_do(self, script_step);
}

static const struct door_class script_door = {
    .state = script_door_state, .next = script_door_next, .act = script_door_act,
};

/* ---- keys on their way ---- */
static enum door_state strokes_state(const void *self)
{
    const struct session *session = self;
    return session->strokes.count ? DOOR_COMING : DOOR_CLOSED;
}

static u64 strokes_door_next(const void *self)
{
    const struct session *session = self;
    return strokes_next(&session->strokes, session->machine);
}

static bool strokes_door_act(void *self)
{
    struct session *session = self;
    strokes_act(&session->strokes, session->machine);
    return true;
}

static const struct door_class strokes_door = { .state = strokes_state, .next = strokes_door_next, .act = strokes_door_act };

/* A guest that is dead did not end well because it did so early: its own end says more. */
void session_script_finish(struct session *session)
{
    enum machine_stop stop = session->machine->stop;
    if (!session->script || script_do(session, script_finish)) return;
    if ((stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD) && session->end != END_FAIL_ON) session->end = END_GUEST;
}

/* ---- -no-shutdown ---- */
static bool power_stopped(void *self, enum machine_stop stop)
{
    (void)self;
    return stop == MACHINE_OFF;
}

static const struct door_class power_door = { .stopped = power_stopped };

void session_doors_open(struct session *session)
{
    const struct options *o = &session->options;
    int serial = session->console_serial;
    bool keys = serial >= 0 && (o->serials == 0 || strcmp(o->serial[serial], "mon:stdio") == 0);
    if (serial >= 0) {
        if (!o->replay && !o->no_input) console_open(&session->console, keys, o->monitor ? NULL : session->prompt);
        session_door_add(session, &console_door, session);
        /* Nobody else is there to let the guest run. */
        if (o->stopped && !session->gdb && session->console.prompt) prompt_switch(session->console.prompt, true);
    }
    session_door_add(session, &strokes_door, session);
    if (session->net) session_door_add(session, &net_door, session);
    if (session->script) session_door_add(session, &script_door, session);
    session_snapshot_door(session);
    watchdog_begin(session);
    if (o->no_shutdown) session_door_add(session, &power_door, session);
}
