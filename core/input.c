/* The world's input: live messages, their record, and its replay (core/input.h).
 *
 * A line of a record is "CYCLE SOURCE HEX\n": a decimal cycle, the name of a source, two hexadecimal digits per byte
 * ("-" for a message without bytes), one space between them, cycles never falling. A live message is posted after
 * the events of its cycle have fired; so a replayed one is the last event of its cycle. */
#include "core/input.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input_message {
    struct input_message *next;
    u64                   cycle;
    unsigned              source;
    size_t                length;
    u8                    bytes[];
};

static void replay_arm(struct input *input)
{
    if (input->replay)
        event_at(input->clock, &input->due, input->replay->cycle);
}

static void message_record(const struct input *input, unsigned source, const u8 *bytes, size_t length)
{
    static const char digits[16] = "0123456789abcdef";
    char line[32 + 64 + 2 * INPUT_BYTES];
    if (!input->record)
        return;
    int used = snprintf(line, 32 + 64 - 3, "%llu %.60s ", (unsigned long long)clock_now(input->clock),
                        input->source[source].name);
    if (length == 0)
        line[used++] = '-';
    for (size_t i = 0; i < length; i++) {
        line[used++] = digits[bytes[i] >> 4];
        line[used++] = digits[bytes[i] & 15];
    }
    line[used++] = '\n';
    line[used] = 0;
    input->record(input->record_self, line);
}

static void message_give(struct input *input, unsigned source, const u8 *bytes, size_t length)
{
    message_record(input, source, bytes, length);
    input->source[source].deliver(input->source[source].self, bytes, length);
}

static void replay_fire(void *self)
{
    struct input *input = self;
    while (input->replay && input->replay->cycle <= clock_now(input->clock)) {
        struct input_message *message = input->replay;
        input->replay = message->next;
        message_give(input, message->source, message->bytes, message->length);
        free(message);
    }
    replay_arm(input);
}

void input_init(struct input *input, struct clock *clock)
{
    memset(input, 0, sizeof(*input));
    input->clock = clock;
    event_init(&input->due, clock, "input replay", replay_fire, input);
    input->due.order = UINT32_MAX;
}

static void messages_free(struct input_message *message)
{
    while (message) {
        struct input_message *next = message->next;
        free(message);
        message = next;
    }
}

void input_destroy(struct input *input)
{
    event_cancel(input->clock, &input->due);
    messages_free(input->replay);
    input->replay = NULL;
}

/* The number of the source of that name, or input->sources. */
static unsigned source_named(const struct input *input, const char *name, size_t length)
{
    unsigned i = 0;
    for (; i < input->sources; i++)
        if (strlen(input->source[i].name) == length && memcmp(input->source[i].name, name, length) == 0)
            break;
    return i;
}

unsigned input_source_add(struct input *input, const char *name,
                          void (*deliver)(void *self, const u8 *bytes, size_t length), void *self)
{
    assert(input->sources < INPUT_SOURCES && strlen(name) <= 60 && !strchr(name, ' '));
    assert(source_named(input, name, strlen(name)) == input->sources);
    input->source[input->sources] = (struct input_source){ name, deliver, self };
    return input->sources++;
}

void input_post(struct input *input, unsigned source, const u8 *bytes, size_t length)
{
    assert(source < input->sources && length <= INPUT_BYTES);
    if (!input->replaying)
        message_give(input, source, bytes, length);
}

/* A line of the record being read: `at` moves towards `end`. `cycle` and `source` are those read last. */
struct parse {
    const struct input *input;
    const char         *at, *end;
    unsigned            line, source;
    u64                 cycle;
    struct error       *why;
};

static bool parse_refuse(const struct parse *parse, const char *what)
{
    return error_set(parse->why, "line %u of the input record: %s; record it again", parse->line, what);
}

static bool parse_cycle(struct parse *parse)
{
    const char *start = parse->at;
    u64 value = 0;
    for (; parse->at < parse->end && *parse->at >= '0' && *parse->at <= '9'; parse->at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *parse->at - '0', &value))
            return parse_refuse(parse, "the cycle is too large");
    if (parse->at == start || parse->at == parse->end || *parse->at != ' ')
        return parse_refuse(parse, "it does not begin with a cycle and a space");
    if (value < parse->cycle)
        return parse_refuse(parse, "its cycle lies before the one of the line above or before now");
    parse->at++;
    parse->cycle = value;
    return true;
}

static bool parse_source(struct parse *parse)
{
    const char *space = memchr(parse->at, ' ', (size_t)(parse->end - parse->at));
    if (!space)
        return parse_refuse(parse, "there is no space after the source");
    parse->source = source_named(parse->input, parse->at, (size_t)(space - parse->at));
    if (parse->source == parse->input->sources)
        return error_set(parse->why, "line %u of the input record: this machine has no source '%.*s'; "
                         "start it with the options of the recorded run", parse->line,
                         (int)MIN(space - parse->at, 60), parse->at);
    parse->at = space + 1;
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_bytes(struct parse *parse, struct input_message *message)
{
    for (size_t i = 0; i < message->length; i++, parse->at += 2) {
        int high = digit_value(parse->at[0]), low = digit_value(parse->at[1]);
        if (high < 0 || low < 0)
            return parse_refuse(parse, "its bytes are not hexadecimal digits");
        message->bytes[i] = (u8)(high << 4 | low);
    }
    return true;
}

/* One line into a new message, or NULL with the reason. */
static struct input_message *parse_line(struct parse *parse)
{
    if (!parse_cycle(parse) || !parse_source(parse))
        return NULL;
    size_t digits = (size_t)(parse->end - parse->at);
    bool empty = digits == 1 && *parse->at == '-';
    if (!empty && (digits == 0 || digits % 2 || digits > 2 * INPUT_BYTES)) {
        parse_refuse(parse, "its bytes are missing, too many, or half a byte too few");
        return NULL;
    }
    size_t length = empty ? 0 : digits / 2;
    struct input_message *message = malloc(sizeof(*message) + length);
    if (!message) {
        parse_refuse(parse, "the host has no memory left for it");
        return NULL;
    }
    *message = (struct input_message){ .cycle = parse->cycle, .source = parse->source, .length = length };
    if (parse_bytes(parse, message))
        return message;
    free(message);
    return NULL;
}

bool input_replay(struct input *input, const char *text, struct error *why)
{
    struct parse parse = { .input = input, .cycle = clock_now(input->clock), .why = why };
    struct input_message *first = NULL, **link = &first;
    while (*text) {
        parse.line++;
        parse.at = text;
        parse.end = text + strcspn(text, "\n");
        struct input_message *message = parse_line(&parse);
        if (!message) {
            messages_free(first);
            return false;
        }
        *link = message;
        link = &message->next;
        text = *parse.end ? parse.end + 1 : parse.end;
    }
    messages_free(input->replay);
    input->replay = first;
    input->replaying = true;
    event_cancel(input->clock, &input->due);
    replay_arm(input);
    return true;
}
