/* Reading scripts (frontend/script.h): a file of lines, each a verb and the rest of the line as its argument, or steps
 * of the command line. Patterns are POSIX extended regular expressions. */
#include "frontend/script_parts.h"
#include "frontend/file.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 1 << 20, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

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
    bool none = !*step->argument && strcmp(verb, "quit") == 0;
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

/* line 0: of the command line. */
static bool step_add(struct script *script, const struct verb *verb, const char *argument, unsigned line, struct error *why)
{
    struct step step = { .verb = verb, .line = line, .argument = strdup(argument) };
    script->steps = realloc(script->steps, (script->count + 1) * sizeof step);
    if (!step.argument || !script->steps) abort();
    if (!argument_read(&step, why)) {
        free(step.argument);
        return false;
    }
    script->steps[script->count++] = step;
    return true;
}

static const struct verb *verb_named(const char *name, size_t length)
{
    const struct verb *verb = script_verbs;
    while (verb->name && (strlen(verb->name) != length || memcmp(verb->name, name, length) != 0)) verb++;
    return verb->name ? verb : NULL;
}

static bool line_read(struct script *script, const char *line, unsigned number, struct error *why)
{
    line += strspn(line, " \t");
    if (!*line || *line == '#') return true;
    size_t length = strcspn(line, " \t");
    const struct verb *verb = verb_named(line, length);
    if (!verb) return error_set(why, "'%.*s' is no verb; docs/script.md lists them", (int)length, line);
    return step_add(script, verb, line + length + strspn(line + length, " \t"), number, why);
}

static bool lines_read(struct script *script, char *line, struct error *why)
{
    struct error what;
    for (unsigned number = 1; line; number++) {
        char *next = strchr(line, '\n');
        if (next) *next++ = 0;
        line[strcspn(line, "\r")] = 0;
        if (!line_read(script, line, number, &what))
            return error_set(why, "script '%s', line %u: %s", script->path, number, what.text);
        line = next;
    }
    return true;
}

bool script_read(struct script *script, const char *path, struct error *why)
{
    char *text = file_read_text(path, "script", SCRIPT_MAX, why);
    if (!text) return false;
    if (!(script->path = strdup(path))) abort();
    bool good = lines_read(script, text, why);
    script->expects = false;
    free(text);
    return good;
}

bool script_add(struct script *script, const char *verb, const char *argument, struct error *why)
{
    struct error what;
    const struct verb *found = verb_named(verb, strlen(verb));
    if (!step_add(script, found, argument, 0, &what)) return error_set(why, "--%s", what.text);
    script->expects = found->expects;
    return true;
}
