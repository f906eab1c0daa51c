/* Scripts (frontend/script.h): a file of lines, each a verb and the rest of the line as its argument. Patterns are
 * POSIX extended regular expressions. docs/script.md describes the verbs for users. */
#include "frontend/script.h"
#include "frontend/file.h"
#include "frontend/keys.h"
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 1 << 20, HEARD_MAX = 1 << 16, SCREEN_MAX = 1 << 16, EARS = MACHINE_SERIALS + DEBUGPORT_CONSOLES };
enum { KEY_NS = 20000000, EXPECT_SECONDS = 600, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

/* What a port has said and no expectation has gone past; of too much the older half is forgotten. */
struct ear {
    struct byte_sink sink;
    char             text[HEARD_MAX + 1];
    size_t           length, looked_at;
};

struct step {
    const struct verb *verb;
    char              *argument;         /* escapes resolved where the verb has them */
    size_t             length;
    unsigned           line;
    regex_t            pattern;          /* ARGUMENT_PATTERN */
    u64                number;           /* ARGUMENT_NUMBER, ARGUMENT_TIME in nanoseconds or cycles */
    bool               in_ns;
};

struct script {
    char       *path;
    struct step *steps;
    unsigned    count, at;
    unsigned    done;                    /* bytes or keys of the current step that have been given */
    u64         begun, resume;           /* cycles: when the current step began, when to go on */
    u64         timeout;                 /* seconds of virtual time an expectation may take */
    bool        started;
    int         status;
    enum script_state state;
    struct ear *ear[EARS];               /* serial ports first, then debug consoles */
    char        failure[1024];
};

enum argument { ARGUMENT_NONE, ARGUMENT_TEXT, ARGUMENT_ESCAPED, ARGUMENT_PATTERN, ARGUMENT_NUMBER, ARGUMENT_TIME };
struct call { struct script *script; struct step *step; struct machine *m; const struct script_host *host; };
/* What a verb answers: finished, ask again at the next tick, or it failed and has said why. */
enum verdict { STEP_DONE, STEP_WAITS, STEP_FAILED };

struct verb { const char *name; enum argument argument; enum verdict (*run)(struct call *call); };

/* ---- listening ---- */
static void ear_put(void *self, u8 byte)
{
    struct ear *ear = self;
    if (ear->sink.put) ear->sink.put(ear->sink.self, byte);
    if (byte == 0) return;
    if (ear->length == HEARD_MAX) {
        ear->length = HEARD_MAX / 2;
        memmove(ear->text, ear->text + HEARD_MAX / 2, ear->length);
        ear->looked_at = 0;
    }
    ear->text[ear->length++] = (char)byte;
    ear->text[ear->length] = 0;
}

static void ear_put_on(struct ear **ear, struct byte_sink *sink)
{
    if (!*ear && !(*ear = calloc(1, sizeof **ear))) abort();
    (*ear)->sink = *sink;
    *sink = (struct byte_sink){ ear_put, *ear };
}

void script_listen(struct script *script, struct machine_config *config)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (config->serial[i].present) ear_put_on(&script->ear[i], &config->serial[i].sink);
    for (unsigned i = 0; i < config->consoles; i++)
        ear_put_on(&script->ear[MACHINE_SERIALS + i], &config->console[i].sink);
}

/* Looks only at what has grown; goes past what matched. */
static bool ear_heard(struct ear *ear, const regex_t *pattern)
{
    regmatch_t match;
    if (!ear || ear->looked_at == ear->length) return false;
    ear->looked_at = ear->length;
    if (regexec(pattern, ear->text, 1, &match, 0)) return false;
    ear->length -= (size_t)match.rm_eo;
    memmove(ear->text, ear->text + match.rm_eo, ear->length + 1);
    ear->looked_at = 0;
    return true;
}

static bool ears_heard(struct script *script, unsigned from, unsigned to, const regex_t *pattern)
{
    for (unsigned i = from; i < to; i++)
        if (ear_heard(script->ear[i], pattern)) return true;
    return false;
}

static bool screen_shows(const struct machine *m, const regex_t *pattern)
{
    char text[SCREEN_MAX];
    if (!m->config.vga_bytes || !vga_text(&m->vga, text, sizeof text)) return false;
    return regexec(pattern, text, 0, NULL, 0) == 0;
}

/* ---- verbs ---- */
static enum verdict fail(struct call *call, const char *what)
{
    struct script *script = call->script;
    snprintf(script->failure, sizeof script->failure, "%s:%u: %s %.200s: %.300s", script->path, call->step->line,
             call->step->verb->name, call->step->argument, what);
    return STEP_FAILED;
}

static enum verdict met(struct call *call, bool good)
{
    const struct clock *clock = &call->m->clock;
    if (good) return STEP_DONE;
    if ((clock->now - call->script->begun) / clock->hz < call->script->timeout) return STEP_WAITS;
    return fail(call, "did not come in time");
}

static enum verdict expect(struct call *call)
{
    return met(call, ears_heard(call->script, 0, EARS, &call->step->pattern)
               || screen_shows(call->m, &call->step->pattern));
}

static enum verdict expect_serial(struct call *call)
{
    return met(call, ears_heard(call->script, 0, MACHINE_SERIALS, &call->step->pattern));
}

static enum verdict expect_debug(struct call *call)
{
    return met(call, ears_heard(call->script, MACHINE_SERIALS, EARS, &call->step->pattern));
}

static enum verdict expect_screen(struct call *call)
{
    return met(call, screen_shows(call->m, &call->step->pattern));
}

static enum verdict assert_screen(struct call *call)
{
    return screen_shows(call->m, &call->step->pattern) ? STEP_DONE : fail(call, "is not on the screen");
}

/* As much as the port takes now. */
static enum verdict send(struct call *call)
{
    struct ns16550 *uart = &call->m->serial[0];
    struct script *script = call->script;
    if (!call->m->config.serial[0].present) return fail(call, "there is no serial port");
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
    if (!count) return fail(call, "a US keyboard has no key for one of these characters");
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
    if (length >= sizeof name) return fail(call, "there is no such key");
    memcpy(name, names, length);
    name[length] = 0;
    unsigned count = keys_combination(name, codes);
    if (!count) return fail(call, "there is no such key");
    keys_give(call, codes, count);
    call->script->done += (unsigned)(length + strspn(names + length, " "));
    return STEP_WAITS;
}

/* mouse RIGHT UP [BUTTONS] [WHEEL] */
static enum verdict mouse(struct call *call)
{
    int right, up, buttons = 0, wheel = 0;
    if (sscanf(call->step->argument, "%d %d %d %d", &right, &up, &buttons, &wheel) < 2)
        return fail(call, "give the movement to the right and up, and then the buttons");
    if (right < -127 || right > 127 || up < -127 || up > 127 || wheel < -7 || wheel > 7 || buttons < 0 || buttons > 31)
        return fail(call, "movements are -127 to 127, buttons a sum of 1, 2, 4, 8 and 16, the wheel -7 to 7");
    u8 message[] = { (u8)buttons, (u8)right, (u8)up, (u8)wheel };
    input_post(&call->m->input, call->m->keyboard.mouse_source, message, sizeof message);
    call->script->resume = call->m->clock.now + cycles_of_ns(&call->m->clock, KEY_NS);
    return STEP_DONE;
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
    return call->host->screenshot(call->host->self, call->step->argument, &why) ? STEP_DONE : fail(call, why.text);
}

static enum verdict medium(struct call *call, bool in)
{
    struct error why;
    char *words = strdup(call->step->argument), *path = words + strcspn(words, " ");
    if (*path) *path++ = 0;
    bool good = in == (*path != 0)
        ? call->host->insert(call->host->self, words, in ? path : NULL, &why)
        : error_set(&why, in ? "give the drive and the file" : "give the drive alone");
    free(words);
    return good ? STEP_DONE : fail(call, why.text);
}

static enum verdict insert(struct call *call) { return medium(call, true); }
static enum verdict eject(struct call *call) { return medium(call, false); }

static enum verdict reset(struct call *call)
{
    struct error why;
    return machine_reset(call->m, RESET_COLD, &why) ? STEP_DONE : fail(call, why.text);
}

static enum verdict power(struct call *call)
{
    input_post(&call->m->input, call->m->pm.power_source, (const u8 *)"p", 1);
    return STEP_DONE;
}

static enum verdict say(struct call *call)
{
    fprintf(stderr, "trap86: %s\n", call->step->argument);
    return STEP_DONE;
}

static enum verdict quit(struct call *call)
{
    call->script->status = (int)call->step->number;
    call->script->state = SCRIPT_QUIT;
    return STEP_DONE;
}

static const struct verb verbs[] = {
    { "expect",        ARGUMENT_PATTERN, expect },
    { "expect-serial", ARGUMENT_PATTERN, expect_serial },
    { "expect-screen", ARGUMENT_PATTERN, expect_screen },
    { "expect-debug",  ARGUMENT_PATTERN, expect_debug },
    { "assert-screen", ARGUMENT_PATTERN, assert_screen },
    { "send",          ARGUMENT_ESCAPED, send },
    { "type",          ARGUMENT_ESCAPED, type },
    { "key",           ARGUMENT_TEXT,    key },
    { "mouse",         ARGUMENT_TEXT,    mouse },
    { "wait",          ARGUMENT_TIME,    wait },
    { "timeout",       ARGUMENT_NUMBER,  timeout },
    { "screenshot",    ARGUMENT_TEXT,    screenshot },
    { "insert",        ARGUMENT_TEXT,    insert },
    { "eject",         ARGUMENT_TEXT,    eject },
    { "reset",         ARGUMENT_NONE,    reset },
    { "power",         ARGUMENT_NONE,    power },
    { "say",           ARGUMENT_TEXT,    say },
    { "quit",          ARGUMENT_NUMBER,  quit },
};

/* ---- reading ---- */
/* \n, \r, \t, \e, \\ and \xHH, in place. */
static bool escapes_resolve(char *text, size_t *length)
{
    static const char letters[] = "nrte\\", bytes[] = "\n\r\t\033\\";
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        const char *letter = *from ? strchr(letters, *from) : NULL;
        if (letter) {
            *to++ = bytes[letter - letters];
        } else if (*from == 'x' && isxdigit((u8)from[1]) && isxdigit((u8)from[2])) {
            *to++ = (char)strtoul((char[]){ from[1], from[2], 0 }, NULL, 16);
            from += 2;
        } else {
            return false;
        }
    }
    *to = 0;
    *length = (size_t)(to - text);
    return true;
}

static bool number_read(struct step *step, const char *verb, struct error *why)
{
    char *end;
    errno = 0;
    step->number = strtoull(step->argument, &end, 0);
    bool none = !*step->argument && step->verb->run == quit;
    bool time = step->verb->argument == ARGUMENT_TIME;
    step->in_ns = time && (strcmp(end, "ms") == 0 || strcmp(end, "s") == 0);
    if (step->in_ns) {
        u64 unit = *end == 'm' ? NS_PER_MS : NS_PER_SECOND;
        if (step->number > UINT64_MAX / 1000 / unit) errno = ERANGE;
        step->number *= unit;
    }
    if (none || (isdigit((u8)*step->argument) && !errno && (!*end || step->in_ns))) return true;
    return error_set(why, "%s '%s': give a number%s", verb, step->argument,
                     time ? " of cycles, or one with ms or s behind it" : "");
}

static bool argument_read(struct step *step, struct error *why)
{
    const char *name = step->verb->name;
    enum argument kind = step->verb->argument;
    step->length = strlen(step->argument);
    if (kind == ARGUMENT_NONE) return !step->length || error_set(why, "%s takes no argument", name);
    if (kind == ARGUMENT_NUMBER || kind == ARGUMENT_TIME) return number_read(step, name, why);
    if (!step->length) return error_set(why, "%s needs an argument", name);
    if (kind == ARGUMENT_ESCAPED)
        return escapes_resolve(step->argument, &step->length)
            || error_set(why, "%s '%s': after \\ come n, r, t, e, x and two digits, or another \\", name, step->argument);
    if (kind == ARGUMENT_PATTERN) {
        int code = regcomp(&step->pattern, step->argument, REG_EXTENDED | REG_NEWLINE);
        if (!code) return true;
        char text[128];
        regerror(code, &step->pattern, text, sizeof text);
        return error_set(why, "%s '%s': %s", name, step->argument, text);
    }
    return true;
}

static bool line_read(struct script *script, char *line, unsigned number, struct error *why)
{
    line += strspn(line, " \t");
    if (!*line || *line == '#') return true;
    size_t length = strcspn(line, " \t");
    struct step step = { .line = number };
    for (unsigned i = 0; i < ARRAY_LEN(verbs) && !step.verb; i++)
        if (strlen(verbs[i].name) == length && memcmp(verbs[i].name, line, length) == 0) step.verb = &verbs[i];
    if (!step.verb)
        return error_set(why, "'%.*s' is no verb; docs/script.md lists them", (int)length, line);
    step.argument = strdup(line + length + strspn(line + length, " \t"));
    script->steps = realloc(script->steps, (script->count + 1) * sizeof step);
    if (!step.argument || !script->steps) abort();
    if (!argument_read(&step, why)) {
        free(step.argument);
        return false;
    }
    script->steps[script->count++] = step;
    return true;
}

struct script *script_open(const char *path, struct error *why)
{
    struct error what;
    char *text = file_read_text(path, "script", SCRIPT_MAX, why), *line = text;
    struct script *script = text ? calloc(1, sizeof *script) : NULL;
    if (!script) return NULL;
    script->path = strdup(path);
    script->timeout = EXPECT_SECONDS;
    for (unsigned number = 1; line; number++) {
        char *next = strchr(line, '\n');
        if (next) *next++ = 0;
        line[strcspn(line, "\r")] = 0;
        if (!line_read(script, line, number, &what)) {
            error_set(why, "script '%s', line %u: %s", path, number, what.text);
            script_close(script);
            script = NULL;
            break;
        }
        line = next;
    }
    free(text);
    return script;
}

void script_close(struct script *script)
{
    if (!script) return;
    for (unsigned i = 0; i < script->count; i++) {
        if (script->steps[i].verb->argument == ARGUMENT_PATTERN) regfree(&script->steps[i].pattern);
        free(script->steps[i].argument);
    }
    for (unsigned i = 0; i < EARS; i++) free(script->ear[i]);
    free(script->steps);
    free(script->path);
    free(script);
}

/* ---- running ---- */
u64 script_next(const struct script *script, const struct machine *m)
{
    u64 now = m->clock.now;
    if (script->state != SCRIPT_RUNS) return UINT64_MAX;
    u64 tick = script->started ? now - now % SCRIPT_TICK + SCRIPT_TICK : now;
    return MAX(tick, script->resume);
}

enum script_state script_step(struct script *script, struct machine *m, const struct script_host *host)
{
    if (script->state != SCRIPT_RUNS || m->clock.now < script->resume) return script->state;
    if (!script->started) script->begun = m->clock.now;
    script->started = true;
    while (script->state == SCRIPT_RUNS && script->at < script->count && m->clock.now >= script->resume) {
        struct call call = { script, &script->steps[script->at], m, host };
        enum verdict verdict = call.step->verb->run(&call);
        if (verdict == STEP_FAILED) script->state = SCRIPT_FAILED;
        if (verdict == STEP_WAITS) break;
        script->at++;
        script->done = 0;
        script->begun = m->clock.now;
    }
    if (script->state == SCRIPT_RUNS && script->at == script->count) script->state = SCRIPT_DONE;
    return script->state;
}

enum script_state script_finish(struct script *script, struct machine *m, const struct script_host *host)
{
    script->resume = 0;
    enum script_state state = script_step(script, m, host);
    if (state != SCRIPT_RUNS || script->steps[script->at].verb->argument != ARGUMENT_PATTERN) return state;
    fail(&(struct call){ script, &script->steps[script->at], m, host }, "had not come when the guest ended");
    return script->state = SCRIPT_FAILED;
}

const char *script_failure(const struct script *script) { return script->failure; }
int script_status(const struct script *script) { return script->status; }
