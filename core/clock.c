/* The event list of core/clock.h: intrusive and sorted, so that the next event is one load away.
 * A machine has a dozen events; a heap would cost more than this walk. */
#include "core/clock.h"

void clock_init(struct clock *clock, u64 hz)
{
    *clock = (struct clock){ .hz = hz };
}

void event_init(struct event *event, struct clock *clock, const char *name, void (*fire)(void *self), void *self)
{
    *event = (struct event){ .fire = fire, .self = self, .name = name, .order = clock->events++ };
}

static bool event_before(const struct event *a, const struct event *b)
{
    return a->cycle != b->cycle ? a->cycle < b->cycle : a->order < b->order;
}

void event_at(struct clock *clock, struct event *event, u64 cycle)
{
    event_cancel(clock, event);
    event->cycle = cycle;
    event->armed = true;
    struct event **link = &clock->first;
    while (*link && event_before(*link, event))
        link = &(*link)->next;
    event->next = *link;
    *link = event;
}

/* The finalizer of MurmurHash3's 64-bit form: each bit of the input reaches each bit of the result. */
static u64 bits_mixed(u64 x)
{
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDu;
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53u;
    return x ^ x >> 33;
}

void event_at_jittered(struct clock *clock, struct event *event, u64 cycle)
{
    u64 late = clock->jitter ? bits_mixed(bits_mixed(clock->jitter) + bits_mixed(cycle) + event->order) % CLOCK_JITTER : 0;
    event_at(clock, event, cycle + late);
}

void event_cancel(struct clock *clock, struct event *event)
{
    if (!event->armed)
        return;
    struct event **link = &clock->first;
    while (*link != event)
        link = &(*link)->next;
    *link = event->next;
    event->next = NULL;
    event->armed = false;
}

u64 clock_next(const struct clock *clock)
{
    return clock->first ? clock->first->cycle : UINT64_MAX;
}

void clock_fire(struct clock *clock)
{
    /* The head is looked up anew each time: a callback may arm or cancel any event, itself included. */
    while (clock->first && clock->first->cycle <= clock->now) {
        struct event *event = clock->first;
        event_cancel(clock, event);
        event->fire(event->self);
    }
}
