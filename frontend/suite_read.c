/* Suites as text (frontend/suite.h): a line per guest, NAME: OPTIONS. Words are quoted as in a shell; a line that ends
 * with \ goes on in the next. */
#define _GNU_SOURCE
#include "frontend/suite.h"
#include "frontend/file.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUITE_MAX = 1 << 20, GUESTS_MAX = 1 << 20 };

struct words { char **word; int count; };

struct reader {
    struct suite  *suite;
    const struct options *options;       /* of the command line */
    struct words   common;               /* the command line and the last line of `*` */
    int            command;              /* how many of them the command line has */
    unsigned       line;
};

static void *grown(void *list, size_t bytes)
{
    list = realloc(list, bytes);
    if (!list) abort();
    return list;
}

/* Freed with the suite. */
static void keep(struct suite *suite, void *memory)
{
    suite->kept = grown(suite->kept, (suite->kepts + 1) * sizeof *suite->kept);
    suite->kept[suite->kepts++] = memory;
}

static void word_add(struct words *words, char *word)
{
    words->word = grown(words->word, (size_t)(words->count + 2) * sizeof *words->word);
    words->word[words->count++] = word;
    words->word[words->count] = NULL;
}

/* ---- words ---- */
/* One word at *text, its quotes and backslashes resolved into `to`; steps over it. False: a quote is not closed. */
static bool word_take(const char **text, char *to)
{
    char quote = 0;
    const char *c = *text;
    for (; *c && (quote || !isspace((u8)*c)); c++) {
        if (quote ? *c == quote : *c == '\'' || *c == '"') {
            quote = quote ? 0 : *c;
        } else if (*c == '\\' && c[1] && (!quote || (quote == '"' && strchr("\"\\", c[1])))) {
            *to++ = *++c;
        } else {
            *to++ = *c;
        }
    }
    *to = 0;
    *text = c;
    return !quote;
}

static bool words_take(struct suite *suite, struct words *words, const char *text, struct error *why)
{
    for (text += strspn(text, " \t\r\n"); *text && *text != '#'; text += strspn(text, " \t\r\n")) {
        char *word = malloc(strlen(text) + 1);
        if (!word) abort();
        keep(suite, word);
        word_add(words, word);
        if (!word_take(&text, word)) return error_set(why, "a quote is not closed");
    }
    return true;
}

/* ---- guests ---- */
static bool name_is_good(const char *name)
{
    if (!isalnum((u8)*name) || strlen(name) > 100) return false;
    for (; *name; name++)
        if (!isalnum((u8)*name) && !strchr("._+-", *name)) return false;
    return true;
}

/* What is about the suite as a whole is the command line's alone. */
static bool options_apart(const struct options *guest, const struct options *command)
{
    return guest->suite == command->suite && guest->jobs == command->jobs && guest->shards == command->shards
        && guest->results == command->results && guest->junit == command->junit && guest->tap == command->tap;
}

static void guest_add(struct suite *suite, const struct suite_guest *guest, u64 seed, bool marked)
{
    char *name;
    struct suite_guest added = *guest;
    if (asprintf(&name, marked ? "%s@%llu" : "%s", guest->name, (unsigned long long)seed) < 0) abort();
    added.name = name;
    added.seed = seed;
    suite->guests = grown(suite->guests, (suite->count + 1) * sizeof added);
    suite->guests[suite->count++] = added;
}

/* That is for the run to find out, and no reason to keep the other guests from theirs. */
static bool file_is_missing(const struct options *o)
{
    unsigned i = 0;
    while (i < o->files && access(o->file[i], R_OK) == 0) i++;
    return i < o->files;
}

/* A guest as often as it has seeds. */
static bool guest_check(struct reader *r, struct suite_guest guest, struct error *why)
{
    struct options *o = calloc(1, sizeof *o);
    if (!o) abort();
    bool good = options_parse(o, guest.count, guest.words, why) || file_is_missing(o);
    if (good && !options_apart(o, r->options))
        good = error_set(why, "--suite, -j, --shard, --results, --junit and --tap belong on the command line");
    if (good && !options_run_guest(o)) good = error_set(why, "this runs no guest");
    u64 last = MAX(o->jitter_last, o->jitter);
    guest.ram = o->ram_bytes + o->vga_bytes;
    if (good && r->suite->count + (last - o->jitter) >= GUESTS_MAX) good = error_set(why, "these are too many guests");
    for (u64 seed = o->jitter; good && seed <= last; seed++) guest_add(r->suite, &guest, seed, o->jitter_last != 0);
    options_free(o);
    free(o);
    return good;
}

static bool name_is_new(const struct suite *suite, const char *name)
{
    size_t length = strlen(name);
    for (unsigned i = 0; i < suite->count; i++)
        if (strncmp(suite->guests[i].name, name, length) == 0 && strchr("@", suite->guests[i].name[length])) return false;
    return true;
}

static bool line_read(struct reader *r, char *line, struct error *why)
{
    struct words words = { NULL, 0 };
    line += strspn(line, " \t\r\n");
    if (!*line || *line == '#') return true;
    char *colon = strchr(line, ':');
    if (!colon) return error_set(why, "write it as NAME: OPTIONS, or *: OPTIONS for all that follow");
    *colon = 0;
    line[strcspn(line, " \t")] = 0;
    bool common = strcmp(line, "*") == 0;
    if (!common && !name_is_good(line)) return error_set(why, "'%.100s' is no name; use letters, digits and . _ + -", line);
    if (!common && !name_is_new(r->suite, line)) return error_set(why, "there is a guest '%s' already", line);
    for (int i = 0; i < (common ? r->command : r->common.count); i++) word_add(&words, r->common.word[i]);
    bool good = words_take(r->suite, &words, colon + 1, why);
    keep(r->suite, words.word);
    if (!good) return false;
    if (common) {
        r->common = words;
        return true;
    }
    struct suite_guest guest = { .name = line, .line = r->line, .words = words.word, .count = words.count };
    return guest_check(r, guest, why);
}

/* Joins a line with those it goes on in; returns what follows. */
static char *line_end(char *line, unsigned *lines)
{
    char *end = line;
    for (*lines = 1; *end && *end != '\n'; end++)
        if (*end == '\\' && (end[1] == '\n' || (end[1] == '\r' && end[2] == '\n'))) {
            *end++ = ' ';
            if (*end == '\r') *end++ = ' ';
            *end = ' ';
            ++*lines;
        }
    if (*end) *end++ = 0;
    return end;
}

bool suite_read(struct suite *suite, const struct options *options, int argc, char **argv, struct error *why)
{
    struct error what;
    struct reader r = { .suite = suite, .options = options, .command = argc, .line = 1 };
    char *text = file_read_text(options->suite, "suite", SUITE_MAX, why);
    if (!text) return false;
    for (int i = 0; i < argc; i++) word_add(&r.common, argv[i]);
    keep(suite, r.common.word);
    unsigned lines;
    bool good = true;
    for (char *line = text, *next; good && *line; line = next, r.line += lines) {
        next = line_end(line, &lines);
        good = line_read(&r, line, &what);
        if (!good) error_set(why, "%s:%u: %s", options->suite, r.line, what.text);
    }
    free(text);
    return good && (suite->count || error_set(why, "suite '%s' has no guests", options->suite));
}

void suite_free(struct suite *suite)
{
    for (unsigned i = 0; i < suite->count; i++) free(suite->guests[i].name);
    for (unsigned i = 0; i < suite->kepts; i++) free(suite->kept[i]);
    free(suite->guests);
    free(suite->kept);
}
