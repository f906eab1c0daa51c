/* The watchdog of a run: finds a guest that is dead though it is not halted, or that has said nothing for too long. */
#ifndef FRONTEND_WATCHDOG_H
#define FRONTEND_WATCHDOG_H

struct session;
struct watchdog;
/* Adds its door to the run. */
void watchdog_begin(struct session *session);
void watchdog_free(struct watchdog *watchdog);
#endif
