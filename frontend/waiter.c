/* One poll for console, network and whoever else waits for the world (frontend/waiter.h). */
#define _GNU_SOURCE
#include "frontend/waiter.h"
#include <time.h>

enum { NS_PER_SECOND = 1000000000 };

void waiter_begin(struct waiter *waiter, u64 limit_ns)
{
    waiter->count = 0;
    waiter->limit_ns = limit_ns;
}

int waiter_add(struct waiter *waiter, int fd, short events)
{
    if (waiter->count == WAITER_FDS) return -1;
    waiter->fd[waiter->count] = (struct pollfd){ .fd = fd, .events = events };
    return (int)waiter->count++;
}

void waiter_wait(struct waiter *waiter)
{
    struct timespec limit = { (time_t)(waiter->limit_ns / NS_PER_SECOND), (long)(waiter->limit_ns % NS_PER_SECOND) };
    if (waiter->count == 0 && waiter->limit_ns == 0) return;
    if (ppoll(waiter->fd, waiter->count, &limit, NULL) >= 0) return;
    for (unsigned i = 0; i < waiter->count; i++) waiter->fd[i].revents = 0;      /* a signal */
}

short waiter_events(const struct waiter *waiter, int index)
{
    return index < 0 ? 0 : waiter->fd[index].revents;
}
