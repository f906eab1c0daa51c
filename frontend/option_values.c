/* Values of options, as the parsers of options.c, option_devices.c and option_drives.c read them (frontend/option_values.h). */
#define _GNU_SOURCE
#include "frontend/option_values.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number, decimal or 0x; then one of the suffixes. */
bool option_number_suffixed(const char *text, const char *suffixes, u64 *value, char *suffix)
{
    char *end;
    errno = 0;
    *suffix = 0;
    if (*text < '0' || *text > '9') return false;
    *value = strtoull(text, &end, 0);
    if (errno) return false;
    if (*end && strchr(suffixes, *end)) *suffix = *end++;
    return *end == 0;
}

bool option_number(const char *text, u64 *value)
{
    char suffix;
    return option_number_suffixed(text, "", value, &suffix);
}

bool option_on_off(const char *value, bool *on)
{
    *on = strcmp(value, "on") == 0 || *value == 0;
    return *on || strcmp(value, "off") == 0;
}

/* "key=" at the start of *text, up to a comma or the end: copies the value and steps over it. */
bool option_pair(const char **text, struct pair *pair)
{
    size_t length = strcspn(*text, ",");
    const char *equals = memchr(*text, '=', length);
    size_t key = equals ? (size_t)(equals - *text) : length;
    size_t value = equals ? length - key - 1 : 0;
    if (length == 0 || key >= sizeof pair->key || value >= sizeof pair->value) return false;
    memcpy(pair->key, *text, key);
    pair->key[key] = 0;
    memcpy(pair->value, equals ? equals + 1 : "", value);
    pair->value[value] = 0;
    *text += length;
    if (**text == ',') (*text)++;
    return true;
}

/* A copy that lives as long as the options; NULL when there are too many. */
const char *option_keep(struct options *o, const char *text)
{
    if (o->kepts == OPTION_TEXTS) return NULL;
    return o->kept[o->kepts++] = strdup(text);
}

bool option_refuse(struct error *why, const char *option, const char *value, const char *expected)
{
    return error_set(why, "-%s %s: %s", option, value, expected);
}

bool option_console_add(struct options *o, u16 port, const char *sink, struct error *why)
{
    if (o->consoles == OPTION_CONSOLES)
        return error_set(why, "more than %d debug consoles; leave some out", OPTION_CONSOLES);
    o->console[o->consoles].port = port;
    o->console[o->consoles++].sink = sink;
    return true;
}
