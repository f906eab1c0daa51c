/* What a guest says: an ear on each serial port and debug console, and a look at the text screen. Patterns are looked
 * for line by line, by whoever has a place in what was said. */
#ifndef FRONTEND_EARS_H
#define FRONTEND_EARS_H
#include "devices/machine.h"
#include <regex.h>

enum { EARS = MACHINE_SERIALS + DEBUGPORT_CONSOLES };
enum { EARS_SERIAL = 1, EARS_DEBUG = 2, EARS_SCREEN = 4, EARS_ALL = 7 };

struct ears;
/* How far somebody has come in what each port said. Zeros: nowhere yet. */
struct ears_place { struct { u64 at, heard; } ear[EARS]; };

/* Puts ears on the sinks of a configuration's serial ports and debug consoles; before machine_create. */
struct ears *ears_open(struct machine_config *config);
void ears_close(struct ears *ears);
/* Skips what was said, up to the line that is being said now. */
void ears_skip(const struct ears *ears, struct ears_place *place);
/* Looks for the pattern in what was said after `place` on the ports of `where` (a sum of EARS_*) and on the screen as it
 * is. Goes past what matched; never looks at a whole line twice. A CR before a line's end is not heard, nor is NUL. */
bool ears_find(const struct ears *ears, struct ears_place *place, unsigned where, const regex_t *pattern,
               const struct machine *m);
/* Whether the text screen shows the pattern. */
bool ears_screen_shows(const struct machine *m, const regex_t *pattern);
/* How many bytes came from all ports. */
u64  ears_heard(const struct ears *ears);
#endif
