/* Running a script (frontend/script.h): step after step, each its verb's until it is done, and a look at what must not
 * come before each. */
#include "frontend/script_parts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPECT_SECONDS = 600 };

struct script *script_new(void)
{
    struct script *script = calloc(1, sizeof *script);
    if (!script) abort();
    script->timeout = EXPECT_SECONDS;
    return script;
}

void script_close(struct script *script)
{
    if (!script) return;
    for (unsigned i = 0; i < script->count; i++) {
        if (script->steps[i].verb->argument == ARGUMENT_PATTERN) regfree(&script->steps[i].pattern);
        free(script->steps[i].argument);
    }
    free(script->watches);
    free(script->steps);
    free(script->path);
    free(script);
}

void script_be_patient(struct script *script)
{
    script->timeout = UINT64_MAX;
}

void script_listen(struct script *script, const struct ears *ears)
{
    script->ears = ears;
}

enum verdict script_fail(struct call *call, const char *what)
{
    struct script *script = call->script;
    const struct step *step = call->step;
    char where[256] = "--";
    if (step->line) snprintf(where, sizeof where, "script %.200s:%u: ", script->path, step->line);
    snprintf(script->failure, sizeof script->failure, "%s%s %.200s: %.300s", where, step->verb->name, step->argument, what);
    return STEP_FAILED;
}

static bool watches_see(struct script *script, struct machine *m)
{
    for (unsigned i = 0; i < script->watch_count && script->news; i++) {
        struct watch *watch = &script->watches[i];
        if (!ears_find(script->ears, &watch->place, EARS_ALL, &watch->step->pattern, m)) continue;
        script_fail(&(struct call){ script, watch->step, m, NULL }, "came");
        script->state = SCRIPT_FAIL_ON;
        return true;
    }
    return false;
}

static void steps_run(struct script *script, struct machine *m, const struct script_host *host)
{
    while (script->state == SCRIPT_RUNS && script->at < script->count && m->clock.now >= script->resume) {
        struct call call = { script, &script->steps[script->at], m, host };
        enum verdict verdict = call.step->verb->run(&call);
        if (verdict == STEP_FAILED) script->state = SCRIPT_UNMET;
        if (verdict != STEP_DONE) break;
        script->at++;
        script->done = 0;
        script->begun = m->clock.now;
        script->news = true;
    }
    if (script->state != SCRIPT_RUNS || script->at < script->count) return;
    script->state = script->expects ? SCRIPT_REACHED : SCRIPT_DONE;
}

static bool listens(const struct script *script)
{
    return script->state == SCRIPT_RUNS || (script->state == SCRIPT_DONE && script->watch_count);
}

/* The first look that finds the time of an expectation over. */
static u64 expectation_end(const struct script *script, const struct machine *m)
{
    bool expects = script->state == SCRIPT_RUNS && script->steps[script->at].verb->expects;
    u64 hz = m->clock.hz;
    if (!expects || script->timeout > (UINT64_MAX - script->begun) / hz) return UINT64_MAX;
    return script_tick_after(script->begun + script->timeout * hz - 1);
}

u64 script_next(struct script *script, const struct machine *m)
{
    u64 now = m->clock.now, resume = script->resume;
    if (!script->started) return script->due = now;
    u64 tick = MIN(script_tick_after(machine_quiet_until(m)), MAX(expectation_end(script, m), script_tick_after(now)));
    bool rests = script->state == SCRIPT_RUNS && resume > now;
    return script->due = !listens(script) ? UINT64_MAX : !rests ? tick : script->watch_count ? MIN(tick, resume) : resume;
}

bool script_acts(const struct script *script)
{
    unsigned at = script->at;
    while (at < script->count && !script->steps[at].verb->acts) at++;
    return script->state == SCRIPT_RUNS && at < script->count;
}

/* What was seen is still all there is if the guest has executed nothing and said nothing since. */
static void news_look(struct script *script, const struct machine *m)
{
    u64 heard = ears_heard(script->ears);
    script->news = m->cpu.insns != script->insns || heard != script->heard;
    script->insns = m->cpu.insns;
    script->heard = heard;
}

enum script_state script_step(struct script *script, struct machine *m, const struct script_host *host)
{
    if (!listens(script) || m->clock.now < script->due) return script->state;
    if (!script->started) script->begun = m->clock.now;
    news_look(script, m);
    script->news |= !script->started;
    script->started = true;
    if (!watches_see(script, m)) steps_run(script, m, host);
    return script->state;
}

enum script_state script_finish(struct script *script, struct machine *m, const struct script_host *host)
{
    script->resume = script->due = 0;
    enum script_state state = script_step(script, m, host);
    if (state != SCRIPT_RUNS || !script->steps[script->at].verb->expects) return state;
    script_fail(&(struct call){ script, &script->steps[script->at], m, host }, "had not come when the guest ended");
    return script->state = SCRIPT_UNMET;
}

const char *script_failure(const struct script *script) { return script->failure; }
int script_status(const struct script *script) { return script->status; }
