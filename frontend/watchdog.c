/* The watchdog's door (frontend/watchdog.h). It looks at multiples of SCRIPT_TICK cycles, so that what it finds, and
 * when, depends on the guest alone. */
#include "frontend/watchdog.h"
#include "core/state.h"
#include "frontend/session.h"
#include <stdlib.h>

enum { SCREEN_MAX = 1 << 16 };

struct watchdog {
    struct session *session;
    u64             due;                  /* cycle of the next look */
    u64             heard, screen;        /* bytes from the guest's ports; hash of its screen */
    u64             since;                /* the cycle up to which there was progress */
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
static bool progresses(struct watchdog *w, u64 limit)
{
    u64 now = w->session->machine->clock.now, heard = ears_heard(w->session->ears);
    bool said = heard != w->heard;
    w->heard = heard;
    if (said) w->since = now;
    if (now - w->since < limit) return true;
    u64 screen = screen_hash(w->session);
    if (screen == w->screen) return false;
    w->screen = screen;
    w->since = now;
    return true;
}

static u64 watchdog_next(const void *self)
{
    const struct watchdog *w = self;
    return w->due;
}

static bool watchdog_act(void *self)
{
    struct watchdog *w = self;
    struct session *session = w->session;
    struct machine *m = session->machine;
    u64 limit = session->options.no_progress;
    if (m->clock.now < w->due) return true;
    w->due = m->clock.now - m->clock.now % SCRIPT_TICK + SCRIPT_TICK;
    if (machine_spins_for_ever(m)) m->stop = MACHINE_DEAD;
    if (!limit || progresses(w, limit)) return true;
    session->end = END_NO_PROGRESS;
    return false;
}

static const struct door_class watchdog_door = { .next = watchdog_next, .act = watchdog_act };

void watchdog_begin(struct session *session)
{
    struct watchdog *w = session->watchdog = calloc(1, sizeof *w);
    if (!w) abort();
    u64 now = session->machine->clock.now;
    *w = (struct watchdog){ .session = session, .since = now, .due = now - now % SCRIPT_TICK + SCRIPT_TICK };
    session_door_add(session, &watchdog_door, w);
}

void watchdog_free(struct watchdog *watchdog)
{
    free(watchdog);
}
