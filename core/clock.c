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
