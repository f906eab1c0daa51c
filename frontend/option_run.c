/* Options about how a run goes and ends (frontend/option_values.h). */
#include "frontend/option_values.h"
#include "frontend/pace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_MAX = 1000000 };

bool option_timeout(struct options *o, const char *value, struct error *why)
{
    char *end;
    u64 seconds = strtoull(value, &end, 10);
    bool wall = !*end || strcmp(end, "s") == 0;
    if (*value < '0' || *value > '9' || !seconds || seconds > UINT32_MAX || (!wall && strcmp(end, "vs") != 0))
        return option_refuse(why, "timeout", value,
                             "give seconds of the host's clock like 30 or 30s, or of virtual time like 30vs");
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

bool option_on_failure(struct options *o, const char *value, struct error *why)
{
    o->on_failure = true;
    return strcmp(value, "debug") == 0 || option_refuse(why, "on-failure", value, "there is debug");
}

/* QEMU's -action, with what a PC's chip set does at a triple fault as one more event. */
bool option_action(struct options *o, const char *value, struct error *why)
{
    static const struct { const char *event, *none, *some; size_t flag; } rows[] = {
        { "reboot",       "reset",    "shutdown", offsetof(struct options, no_reboot) },
        { "shutdown",     "poweroff", "pause",    offsetof(struct options, no_shutdown) },
        { "triple-fault", "stop",     "reset",    offsetof(struct options, reset_on_shutdown) },
    };
    const char *text = value;
    struct pair pair;
    while (*text) {
        unsigned i = 0;
        bool good = option_pair(&text, &pair);
        while (good && i < ARRAY_LEN(rows) && strcmp(rows[i].event, pair.key) != 0) i++;
        bool some = good && i < ARRAY_LEN(rows) && strcmp(pair.value, rows[i].some) == 0;
        if (!good || i == ARRAY_LEN(rows) || (!some && strcmp(pair.value, rows[i].none) != 0))
            return option_refuse(why, "action", value,
                                 "there are reboot=reset|shutdown, shutdown=poweroff|pause and triple-fault=stop|reset");
        *(bool *)((char *)o + rows[i].flag) = some;
    }
    return true;
}

bool option_jitter(struct options *o, const char *value, struct error *why)
{
    char first[32];
    size_t length = strcspn(value, ".");
    bool range = strncmp(value + length, "..", 2) == 0;
    snprintf(first, sizeof first, "%.*s", (int)length, value);
    o->jitter_last = 0;
    bool good = length < sizeof first && option_number(first, &o->jitter) && o->jitter
        && (range ? option_number(value + length + 2, &o->jitter_last) && o->jitter_last >= o->jitter : !value[length]);
    if (good && (!range || o->jitter_last - o->jitter < SEEDS_MAX)) return true;
    return option_refuse(why, "jitter", value, "give a seed above 0, or a range like 1..100");
}

bool option_success(struct options *o, const char *value, struct error *why)
{
    return (option_number(value, &o->success) && o->success <= UINT8_MAX)
        || option_refuse(why, "success", value, "an exit status is 0 to 255");
}

bool option_ci(struct options *o, const char *value, struct error *why)
{
    (void)value, (void)why;
    return o->no_input = o->no_reboot = o->verdict = true;
}

bool option_shard(struct options *o, const char *value, struct error *why)
{
    char *end;
    o->shard = strtoull(value, &end, 10);
    bool good = *value >= '0' && *value <= '9' && *end == '/' && option_number(end + 1, &o->shards);
    if (good && o->shard >= 1 && o->shard <= o->shards) return true;
    return option_refuse(why, "shard", value, "give the part and their number, like 1/4 to 4/4");
}
