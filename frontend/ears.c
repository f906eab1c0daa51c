/* Listening to a guest (frontend/ears.h). An ear keeps the last 32 to 64 KiB; positions count from the first byte. */
#include "frontend/ears.h"
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 1 << 16, SCREEN_MAX = 1 << 16 };

struct ear {
    struct byte_sink sink;                /* where the bytes go on to */
    char             text[KEPT_MAX + 1];
    size_t           length;
    u64              first;               /* the position of text[0] */
    u64              heard;               /* bytes, those that are not kept included */
};

struct ears { struct ear *ear[EARS]; };   /* serial ports first, then debug consoles; NULL: there is no such port */

static void ear_put(void *self, u8 byte)
{
    struct ear *ear = self;
    if (ear->sink.put) ear->sink.put(ear->sink.self, byte);
    ear->heard++;
    if (byte == 0) return;
    if (byte == '\n' && ear->length && ear->text[ear->length - 1] == '\r') ear->length--;
    if (ear->length == KEPT_MAX) {
        ear->length = KEPT_MAX / 2;
        ear->first += KEPT_MAX / 2;
        memmove(ear->text, ear->text + KEPT_MAX / 2, ear->length);
    }
    ear->text[ear->length++] = (char)byte;
    ear->text[ear->length] = 0;
}

static void ear_put_on(struct ear **ear, struct byte_sink *sink)
{
    if (!(*ear = calloc(1, sizeof **ear))) abort();
    (*ear)->sink = *sink;
    *sink = (struct byte_sink){ ear_put, *ear };
}

struct ears *ears_open(struct machine_config *config)
{
    struct ears *ears = calloc(1, sizeof *ears);
    if (!ears) abort();
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (config->serial[i].present) ear_put_on(&ears->ear[i], &config->serial[i].sink);
    for (unsigned i = 0; i < config->consoles; i++)
        ear_put_on(&ears->ear[MACHINE_SERIALS + i], &config->console[i].sink);
    return ears;
}

void ears_close(struct ears *ears)
{
    if (!ears) return;
    for (unsigned i = 0; i < EARS; i++) free(ears->ear[i]);
    free(ears);
}

/* The position at which the line begins that `to` is in, but not before `from`. */
static u64 line_start(const struct ear *ear, u64 from, u64 to)
{
    while (to > from && ear->text[to - ear->first - 1] != '\n') to--;
    return to;
}

void ears_skip(const struct ears *ears, struct ears_place *place)
{
    for (unsigned i = 0; i < EARS; i++)
        if (ears->ear[i])
            place->ear[i].at = line_start(ears->ear[i], ears->ear[i]->first, ears->ear[i]->first + ears->ear[i]->length);
}

static bool ear_find(const struct ear *ear, u64 *at, const regex_t *pattern)
{
    regmatch_t match;
    u64 from = MIN(MAX(*at, ear->first), ear->first + ear->length);
    const char *text = ear->text + (from - ear->first);
    bool within = from > ear->first && text[-1] != '\n';
    bool found = regexec(pattern, text, 1, &match, within ? REG_NOTBOL : 0) == 0;
    *at = found ? from + (u64)match.rm_eo : line_start(ear, from, ear->first + ear->length);
    return found;
}

bool ears_find(const struct ears *ears, struct ears_place *place, unsigned where, const regex_t *pattern,
               const struct machine *m)
{
    for (unsigned i = 0; i < EARS; i++) {
        const struct ear *ear = where & (i < MACHINE_SERIALS ? EARS_SERIAL : EARS_DEBUG) ? ears->ear[i] : NULL;
        if (!ear || place->ear[i].heard == ear->heard) continue;
        if (ear_find(ear, &place->ear[i].at, pattern)) return true;
        place->ear[i].heard = ear->heard;
    }
    return where & EARS_SCREEN && ears_screen_shows(m, pattern);
}

bool ears_screen_shows(const struct machine *m, const regex_t *pattern)
{
    char text[SCREEN_MAX];
    if (!m->config.vga_bytes || !vga_text(&m->vga, text, sizeof text)) return false;
    return regexec(pattern, text, 0, NULL, 0) == 0;
}

u64 ears_heard(const struct ears *ears)
{
    u64 heard = 0;
    for (unsigned i = 0; i < EARS; i++)
        if (ears->ear[i]) heard += ears->ear[i]->heard;
    return heard;
}
