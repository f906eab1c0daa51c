/* The text of a cost profile (costs.h; cpu/profiles/ has examples and docs/costs.md the grammar). Lines:
 *     profile NAME        about TEXT        source TAG WHAT        adapt K
 *     CLASS NATIVE TE CO BT HW CORE2 PV
 * A figure is a sum of terms N[TAG] (published there) or N* (assumed); "=" is the native figure; in column bt "A/B" is
 * A until the site has trapped K times, B from then on. */
#include "cpu/costs.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cost_strategy_names[COST_STRATEGIES + 1] = { "native", "te", "co", "bt", "hw", "core2", "pv", NULL };
const char *const cost_class_names[CHARGE_CLASSES] = {
#define COST_CLASS(id, name, what) name,
#include "cpu/costs.def"
#undef COST_CLASS
};
const char *const cost_class_texts[CHARGE_CLASSES] = {
#define COST_CLASS(id, name, what) what,
#include "cpu/costs.def"
#undef COST_CLASS
};

enum { LINE_MAX_BYTES = 512, TAGS = 32, TAG_BYTES = 16, FIGURE_MAX = 1000000 };

struct reader {
    struct cost_profile *profile;
    const char   *name;
    unsigned      line;
    char          tag[TAGS][TAG_BYTES];
    unsigned      tags;
    bool          seen[CHARGE_CLASSES];
    struct error *why;
};

static __attribute__((format(printf, 2, 3))) bool refuse(struct reader *r, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(r->why, "%s:%u: %s", r->name, r->line, text);
}

static char *word_next(char **rest)
{
    char *word;
    while ((word = strsep(rest, " \t")) && !*word) {}
    return word;
}

static bool tag_known(const struct reader *r, const char *tag, size_t length)
{
    for (unsigned i = 0; i < r->tags; i++)
        if (strlen(r->tag[i]) == length && memcmp(r->tag[i], tag, length) == 0)
            return true;
    return false;
}

/* N, then * or [TAG] or both. */
static bool term_take(struct reader *r, const char **text, struct cost_figure *figure)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return refuse(r, "'%.40s' is no figure: write 2030[TAG], 60* or =", *text);
    unsigned long value = strtoul(*text, &end, 10);
    bool assumed = *end == '*', tagged = end[assumed] == '[';
    if (value > FIGURE_MAX)
        return refuse(r, "%lu cycles are more than %d", value, FIGURE_MAX);
    if (!assumed && !tagged)
        return refuse(r, "%lu has no source: write %lu[TAG], or %lu* if it is an assumption", value, value, value);
    end += assumed;
    if (tagged) {
        size_t length = strcspn(++end, "]");
        if (!end[length] || !tag_known(r, end, length))
            return refuse(r, "there is no line 'source %.*s ...' above", (int)MIN(length, (size_t)TAG_BYTES), end);
        end += length + 1;
    }
    figure->cycles += (u32)value;
    figure->assumed += assumed ? (u32)value : 0;
    *text = end;
    return true;
}

static bool sum_take(struct reader *r, const char **text, const struct cost_figure *native, struct cost_figure *figure)
{
    *figure = (struct cost_figure){ 0, 0 };
    if (**text == '=' && native) {
        *figure = *native;
        (*text)++;
        return true;
    }
    do {
        if (!term_take(r, text, figure))
            return false;
    } while (*(*text)++ == '+');
    (*text)--;
    return true;
}

static bool figure_take(struct reader *r, const char *text, unsigned class, unsigned strategy)
{
    struct cost_profile *p = r->profile;
    struct cost_figure *row = p->figure[class];
    const struct cost_figure *native = strategy == COST_NATIVE ? NULL : &row[COST_NATIVE];
    if (!sum_take(r, &text, native, &row[strategy]))
        return false;
    if (*text == '/' && strategy == COST_BT) {
        text++;
        p->before[class] = row[strategy];
        p->adaptive[class] = true;
        if (!sum_take(r, &text, native, &row[strategy]))
            return false;
    }
    return !*text || refuse(r, "'%.40s' is too much behind a figure", text);
}

static bool class_take(struct reader *r, const char *name, char *rest)
{
    unsigned class = 0;
    while (class < CHARGE_CLASSES && strcmp(cost_class_names[class], name) != 0)
        class++;
    if (class == CHARGE_CLASSES)
        return refuse(r, "there is no class '%.40s'", name);
    if (r->seen[class])
        return refuse(r, "class %s a second time", name);
    r->seen[class] = true;
    for (unsigned strategy = 0; strategy < COST_STRATEGIES; strategy++) {
        const char *word = word_next(&rest);
        if (!word)
            return refuse(r, "%s has no figure for %s", name, cost_strategy_names[strategy]);
        if (!figure_take(r, word, class, strategy))
            return false;
    }
    return !word_next(&rest) || refuse(r, "%s has more than %d figures", name, COST_STRATEGIES);
}

static bool source_take(struct reader *r, char *rest)
{
    const char *tag = word_next(&rest);
    if (!tag || !rest || strlen(tag) >= TAG_BYTES)
        return refuse(r, "write 'source TAG WHAT', the tag shorter than %d characters", TAG_BYTES);
    if (r->tags == TAGS)
        return refuse(r, "more than %d sources", TAGS);
    strcpy(r->tag[r->tags++], tag);
    return true;
}

static bool adapt_take(struct reader *r, const char *text)
{
    char *end = NULL;
    unsigned long k = text ? strtoul(text, &end, 10) : 0;
    if (!text || *end || k < 1 || k > 1000)
        return refuse(r, "write 'adapt K' with K from 1 to 1000");
    r->profile->adapt = (u32)k;
    return true;
}

static void text_copy(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text + strspn(text, " \t"));
}

static bool line_take(struct reader *r, char *rest)
{
    char *word = word_next(&rest);
    if (!word || *word == '#')
        return true;
    if (strcmp(word, "source") == 0)
        return source_take(r, rest);
    if (strcmp(word, "adapt") == 0)
        return adapt_take(r, word_next(&rest));
    if (strcmp(word, "about") == 0 && rest)
        return text_copy(r->profile->about, sizeof r->profile->about, rest), true;
    if (strcmp(word, "profile") == 0 && (word = word_next(&rest)))
        return text_copy(r->profile->name, sizeof r->profile->name, word), true;
    return class_take(r, word ? word : "profile", rest);
}

static bool line_next(const char **text, const char *end, char *line, bool *whole)
{
    if (*text == end)
        return false;
    const char *stop = memchr(*text, '\n', (size_t)(end - *text));
    size_t length = (size_t)((stop ? stop : end) - *text);
    *whole = length < LINE_MAX_BYTES && !memchr(*text, 0, length);
    snprintf(line, LINE_MAX_BYTES, "%.*s", (int)MIN(length, (size_t)LINE_MAX_BYTES - 1), *text);
    line[strcspn(line, "\r")] = 0;
    *text += length + (stop != NULL);
    return true;
}

bool cost_profile_parse(struct cost_profile *profile, const char *name, const char *text, size_t length,
                        struct error *why)
{
    struct reader r = { .profile = profile, .name = name, .why = why };
    char line[LINE_MAX_BYTES];
    const char *end = text + length;
    bool whole;
    *profile = (struct cost_profile){ .adapt = 1 };
    while (line_next(&text, end, line, &whole)) {
        r.line++;
        if (!whole)
            return refuse(&r, "this is no line of a cost profile: too long, or not text");
        if (!line_take(&r, line))
            return false;
    }
    if (!*profile->name)
        return refuse(&r, "the profile has no line 'profile NAME'");
    for (unsigned class = 0; class < CHARGE_CLASSES; class++)
        if (!r.seen[class])
            return refuse(&r, "class %s is missing", cost_class_names[class]);
    return true;
}
