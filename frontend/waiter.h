/* What a run waits for outside: file descriptors gathered from all who have some, and one wait for all of them. */
#ifndef FRONTEND_WAITER_H
#define FRONTEND_WAITER_H
#include "core/types.h"
#include <poll.h>

enum { WAITER_FDS = 256 };

struct waiter {
    struct pollfd fd[WAITER_FDS];
    unsigned      count;
    u64           limit_ns;                /* how long to wait at most; who watches may make it less */
};

/* Nothing watched yet, and at most `limit_ns` to wait (0: only look). */
void waiter_begin(struct waiter *waiter, u64 limit_ns);
/* Watches fd for poll's `events`. Returns a number for waiter_events, or -1 if there are too many. */
int waiter_add(struct waiter *waiter, int fd, short events);
/* Sleeps until something watched happens or the limit is over. */
void waiter_wait(struct waiter *waiter);
/* poll's revents of number `index`; 0 for -1. */
short waiter_events(const struct waiter *waiter, int index);
#endif
