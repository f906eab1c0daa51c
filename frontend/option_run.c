/* Options about how a run goes and ends (frontend/option_values.h). */
#include "frontend/option_values.h"
#include "frontend/pace.h"
#include <stdlib.h>
#include <string.h>

bool option_timeout(struct options *o, const char *value, struct error *why)
{
    char *end;
    u64 seconds = strtoull(value, &end, 10);
    bool wall = !*end || strcmp(end, "s") == 0;
    if (*value < '0' || *value > '9' || !seconds || seconds > UINT32_MAX || (!wall && strcmp(end, "vs") != 0))
        return option_refuse(why, "timeout", value, "give seconds of the host's clock like 30 or 30s, or of virtual time like 30vs");
    *(wall ? &o->timeout : &o->timeout_virtual) = seconds;
    return true;
}

/* Thousandths, so that a factor needs no more than three digits behind the point. */
bool option_speed(struct options *o, const char *value, struct error *why)
{
    char *end;
    double factor = strcmp(value, "real") == 0 ? 1 : strtod(value, &end);
    bool max = strcmp(value, "max") == 0, named = max || strcmp(value, "real") == 0;
    o->speed_given = true;
    o->speed = PACE_MAX;
    if (max) return true;
    if ((!named && (end == value || *end)) || !(factor * PACE_REAL >= PACE_LEAST && factor * PACE_REAL <= PACE_MOST))
        return option_refuse(why, "speed", value, "give max, real, or a factor from 0.01 to 100");
    o->speed = (u32)(factor * PACE_REAL + 0.5);
    return true;
}

static bool step_add(struct options *o, const char *verb, const char *argument, bool fails, struct error *why)
{
    if (o->steps == OPTION_STEPS) return option_refuse(why, verb, argument, "there are too many; write a --script");
    o->step[o->steps].verb = verb;
    o->step[o->steps].argument = argument;
    o->step[o->steps++].fails = fails;
    return true;
}

bool option_expect(struct options *o, const char *v, struct error *w) { return step_add(o, "expect", v, false, w); }
bool option_send(struct options *o, const char *v, struct error *w) { return step_add(o, "send", v, false, w); }
bool option_fail_on(struct options *o, const char *v, struct error *w) { return step_add(o, "fail-on", v, true, w); }
