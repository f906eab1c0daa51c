/* The verbs of scripts, a row each; docs/script.md describes them for users. */
#define _GNU_SOURCE
#include "frontend/script_parts.h"
#include "frontend/keys.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_NS = 20000000, MOUSE_BYTES = 4 };

static enum verdict met(struct call *call, bool good)
{
    const struct clock *clock = &call->m->clock;
    if (good) return STEP_DONE;
    if ((clock->now - call->script->begun) / clock->hz < call->script->timeout) return STEP_WAITS;
    return script_fail(call, "did not come in time");
}

static enum verdict expect_on(struct call *call, unsigned where)
{
    struct script *script = call->script;
    return met(call, script->news && ears_find(script->ears, &script->place, where, &call->step->pattern, call->m));
}

static enum verdict expect(struct call *call) { return expect_on(call, EARS_ALL); }
static enum verdict expect_serial(struct call *call) { return expect_on(call, EARS_SERIAL); }
static enum verdict expect_debug(struct call *call) { return expect_on(call, EARS_DEBUG); }
static enum verdict expect_screen(struct call *call) { return expect_on(call, EARS_SCREEN); }

static enum verdict assert_screen(struct call *call)
{
    return ears_screen_shows(call->m, &call->step->pattern) ? STEP_DONE : script_fail(call, "is not on the screen");
}

/* From here on, for the rest of the run. */
static enum verdict fail_on(struct call *call)
{
    struct script *script = call->script;
    struct watch watch = { .step = call->step };
    ears_skip(script->ears, &watch.place);
    script->watches = realloc(script->watches, (script->watch_count + 1) * sizeof watch);
    if (!script->watches) abort();
    script->watches[script->watch_count++] = watch;
    script->heard = UINT64_MAX;
    return STEP_DONE;
}

/* As much as the port takes now. */
static enum verdict send(struct call *call)
{
    struct ns16550 *uart = &call->m->serial[0];
    struct script *script = call->script;
    if (!call->m->config.serial[0].present) return script_fail(call, "there is no serial port");
    unsigned count = (unsigned)MIN(call->step->length - script->done, MIN(uart_room(uart), INPUT_BYTES));
    if (count) input_post(&call->m->input, uart->source, (const u8 *)call->step->argument + script->done, count);
    script->done += count;
    return script->done == call->step->length ? STEP_DONE : STEP_WAITS;
}

static void keys_give(struct call *call, const u8 *codes, unsigned count)
{
    struct clock *clock = &call->m->clock;
    input_post(&call->m->input, call->m->keyboard.keyboard_source, codes, count);
    call->script->resume = clock->now + cycles_of_ns(clock, KEY_NS);
}

static enum verdict type(struct call *call)
{
    u8 codes[KEYS_BYTES];
    struct script *script = call->script;
    if (script->done == call->step->length) return STEP_DONE;
    unsigned count = keys_character(call->step->argument[script->done++], codes);
    if (!count) return script_fail(call, "a US keyboard has no key for one of these characters");
    keys_give(call, codes, count);
    return STEP_WAITS;
}

static enum verdict key(struct call *call)
{
    u8 codes[KEYS_BYTES];
    char name[KEYS_BYTES];
    const char *names = call->step->argument + call->script->done;
    size_t length = strcspn(names, " ");
    if (length == 0) return STEP_DONE;
    if (length >= sizeof name) return script_fail(call, "there is no such key");
    memcpy(name, names, length);
    name[length] = 0;
    unsigned count = keys_combination(name, codes);
    if (!count) return script_fail(call, "there is no such key");
    keys_give(call, codes, count);
    call->script->done += (unsigned)(length + strspn(names + length, " "));
    return STEP_WAITS;
}

/* Buttons, movement to the right and up, wheel. */
static void mouse_give(struct call *call, const u8 message[MOUSE_BYTES])
{
    input_post(&call->m->input, call->m->keyboard.mouse_source, message, MOUSE_BYTES);
    call->script->resume = call->m->clock.now + cycles_of_ns(&call->m->clock, KEY_NS);
}

/* mouse RIGHT UP [BUTTONS] [WHEEL] */
static enum verdict mouse(struct call *call)
{
    int right, up, buttons = 0, wheel = 0;
    if (sscanf(call->step->argument, "%d %d %d %d", &right, &up, &buttons, &wheel) < 2)
        return script_fail(call, "give the movement to the right and up, and then the buttons");
    if (right < -127 || right > 127 || up < -127 || up > 127 || wheel < -7 || wheel > 7 || buttons < 0 || buttons > 31)
        return script_fail(call, "movements are -127 to 127, buttons a sum of 1, 2, 4, 8 and 16, the wheel -7 to 7");
    mouse_give(call, (u8[MOUSE_BYTES]){ (u8)buttons, (u8)right, (u8)up, (u8)wheel });
    return STEP_DONE;
}

/* Press, and release a moment later. */
static enum verdict click(struct call *call)
{
    static const char *const buttons[] = { "left", "right", "middle" };
    struct script *script = call->script;
    unsigned button = 0;
    while (button < ARRAY_LEN(buttons) && strcmp(call->step->argument, buttons[button]) != 0) button++;
    if (button == ARRAY_LEN(buttons)) return script_fail(call, "the buttons are left, right and middle");
    if (script->done == 2) return STEP_DONE;
    mouse_give(call, (u8[MOUSE_BYTES]){ script->done == 0 ? (u8)(1u << button) : 0 });
    script->done++;
    return STEP_WAITS;
}

static enum verdict wait(struct call *call)
{
    const struct clock *clock = &call->m->clock;
    u64 until = call->script->begun + (call->step->in_ns ? cycles_of_ns(clock, call->step->number) : call->step->number);
    if (clock->now >= until) return STEP_DONE;
    call->script->resume = until;
    return STEP_WAITS;
}

static enum verdict timeout(struct call *call)
{
    call->script->timeout = call->step->number;
    return STEP_DONE;
}

static enum verdict screenshot(struct call *call)
{
    struct error why;
    return call->host->screenshot(call->host->self, call->step->argument, &why) ? STEP_DONE : script_fail(call, why.text);
}

static enum verdict snapshot(struct call *call)
{
    struct error why;
    return call->host->save(call->host->self, call->step->argument, &why) ? STEP_DONE : script_fail(call, why.text);
}

/* The clock is another one from here on. */
static enum verdict loadvm(struct call *call)
{
    struct error why;
    if (!call->host->load(call->host->self, call->step->argument, &why)) return script_fail(call, why.text);
    call->script->resume = 0;
    return STEP_DONE;
}

static enum verdict medium(struct call *call, bool in)
{
    struct error why;
    char *words = strdup(call->step->argument);
    size_t force = strncmp(words, "-f ", 3) == 0 ? 3 : 0;
    char *path = words + force + strcspn(words + force, " ");
    if (*path) *path++ = 0;
    bool good = in == (*path != 0)
        ? call->host->insert(call->host->self, words, in ? path : NULL, &why)
        : error_set(&why, in ? "give the drive and the file" : "give the drive alone");
    free(words);
    return good ? STEP_DONE : script_fail(call, why.text);
}

static enum verdict insert(struct call *call) { return medium(call, true); }
static enum verdict eject(struct call *call) { return medium(call, false); }

static enum verdict reset(struct call *call)
{
    struct error why;
    return machine_reset(call->m, RESET_COLD, &why) ? STEP_DONE : script_fail(call, why.text);
}

static enum verdict power(struct call *call)
{
    input_post(&call->m->input, call->m->pm.power_source, (const u8 *)"p", 1);
    return STEP_DONE;
}

static enum verdict say(struct call *call)
{
    call->host->say(call->host->self, call->step->argument);
    return STEP_DONE;
}

static enum verdict quit(struct call *call)
{
    call->script->status = (int)call->step->number;
    call->script->state = SCRIPT_QUIT;
    return STEP_DONE;
}

const struct verb script_verbs[] = {
    { "expect",        ARGUMENT_PATTERN, true,  false, expect },
    { "expect-serial", ARGUMENT_PATTERN, true,  false, expect_serial },
    { "expect-screen", ARGUMENT_PATTERN, true,  false, expect_screen },
    { "expect-debug",  ARGUMENT_PATTERN, true,  false, expect_debug },
    { "assert-screen", ARGUMENT_PATTERN, false, false, assert_screen },
    { "fail-on",       ARGUMENT_PATTERN, false, false, fail_on },
    { "send",          ARGUMENT_ESCAPED, false, true,  send },
    { "type",          ARGUMENT_ESCAPED, false, true,  type },
    { "key",           ARGUMENT_TEXT,    false, true,  key },
    { "mouse",         ARGUMENT_TEXT,    false, true,  mouse },
    { "click",         ARGUMENT_TEXT,    false, true,  click },
    { "wait",          ARGUMENT_TIME,    false, false, wait },
    { "timeout",       ARGUMENT_NUMBER,  false, false, timeout },
    { "screenshot",    ARGUMENT_TEXT,    false, false, screenshot },
    { "snapshot",      ARGUMENT_TEXT,    false, false, snapshot },
    { "loadvm",        ARGUMENT_TEXT,    false, true,  loadvm },
    { "insert",        ARGUMENT_TEXT,    false, true,  insert },
    { "eject",         ARGUMENT_TEXT,    false, true,  eject },
    { "reset",         ARGUMENT_NONE,    false, true,  reset },
    { "power",         ARGUMENT_NONE,    false, true,  power },
    { "say",           ARGUMENT_TEXT,    false, false, say },
    { "quit",          ARGUMENT_NUMBER,  false, false, quit },
    { NULL, ARGUMENT_NONE, false, false, NULL }
};
