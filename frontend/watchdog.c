/* The watchdog's door (frontend/watchdog.h). It looks at multiples of SCRIPT_TICK cycles, so that what it finds, and
 * when, depends on the guest alone. */
#include "frontend/watchdog.h"
#include "core/state.h"
#include "frontend/session.h"
#include <stdlib.h>

enum { SCREEN_MAX = 1 << 16 };

struct watchdog {
    u64 due;                              /* cycle of the next look */
    u64 heard, screen;                    /* bytes from the guest's ports; hash of its screen */
    u64 since;                            /* the cycle up to which there was progress */
};

/* Text as text, so that what blinks does not count; the picture in graphics modes. */
static u64 screen_hash(struct session *session)
{
    char text[SCREEN_MAX];
    struct machine *m = session->machine;
    if (!m->config.vga_bytes) return 0;
    size_t length = vga_text(&m->vga, text, sizeof text);
    if (length) return hash_bytes(0, text, length);
    vga_render(&m->vga, &session->screen);
    return hash_bytes(1, session->screen.pixels, (size_t)session->screen.width * session->screen.height * sizeof(u32));
}

/* The screen is looked at only when the time would be over: what it shows now, it may have shown all the time. */
static bool progresses(struct session *session, u64 limit)
{
    struct watchdog *w = session->watchdog;
    u64 now = session->machine->clock.now, heard = ears_heard(session->ears);
    bool said = heard != w->heard;
    w->heard = heard;
    if (said) w->since = now;
    if (now - w->since < limit) return true;
    u64 screen = screen_hash(session);
    if (screen == w->screen) return false;
    w->screen = screen;
    w->since = now;
    return true;
}

static u64 watchdog_next(const void *self)
{
    const struct session *session = self;
    const struct machine *m = session->machine;
    struct watchdog *w = session->watchdog;
    u64 now = m->clock.now, limit = session->options.no_progress;
    w->due = script_tick_after(machine_quiet_until(m));
    if (limit && limit <= UINT64_MAX - w->since) w->due = MIN(w->due, script_tick_after(MAX(now, w->since + limit - 1)));
    return w->due;
}

static bool watchdog_act(void *self)
{
    struct session *session = self;
    struct watchdog *w = session->watchdog;
    struct machine *m = session->machine;
    u64 limit = session->options.no_progress;
    if (m->clock.now < w->due) return true;
    if (machine_spins_for_ever(m)) m->stop = MACHINE_DEAD;
    if (!limit || progresses(session, limit)) return true;
    session->end = END_NO_PROGRESS;
    return false;
}

static void watchdog_start(void *self)
{
    struct session *session = self;
    session->watchdog->since = session->machine->clock.now;
}

static const struct door_class watchdog_door = { .next = watchdog_next, .act = watchdog_act, .reloaded = watchdog_start };

void watchdog_begin(struct session *session)
{
    if (!(session->watchdog = calloc(1, sizeof *session->watchdog))) abort();
    watchdog_start(session);
    if (session->options.no_progress) session->watchdog->screen = screen_hash(session);
    session_door_add(session, &watchdog_door, session);
}

void watchdog_free(struct watchdog *watchdog)
{
    free(watchdog);
}
