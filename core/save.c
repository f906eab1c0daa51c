/* state_save and state_load of core/state.h. Format, all numbers little-endian:
 *
 *   component: name, u32 version, u32 length, rows of that length
 *   row:       name, u8 kind, u32 element size, u32 elements, u32 length, values of that length
 *   name:      u8 length, characters
 *   values:    integers and raw bytes as they are; an event: u64 cycle, u8 armed;
 *              a struct: for each element u32 length and its rows
 *
 * The element size is 0 where the host's struct has no say. A bool is made 0 or 1. Other values of rows are taken as they
 * are: what must not be believed, the component's `restored` makes good. */
#include "core/state.h"
#include "core/clock.h"
#include <string.h>

enum { EVENT_BYTES = 9 };

static void put_number(const struct state_sink *sink, u64 value, size_t size)
{
    sink->put(sink->self, &value, size);
}

static void put_name(const struct state_sink *sink, const char *name)
{
    size_t length = MIN(strlen(name), (size_t)UINT8_MAX);
    put_number(sink, length, 1);
    sink->put(sink->self, name, length);
}

static void count_bytes(void *self, const void *bytes, size_t length)
{
    (void)bytes;
    *(size_t *)self += length;
}

static void put_rows(const struct state_sink *sink, const struct field *row, const u8 *base);
static void put_values(const struct state_sink *sink, const struct field *row, const u8 *base);

/* Length first: what `put` would write is counted by letting it write to a counter. */
static void put_measured(const struct state_sink *sink, const struct field *row, const u8 *base,
                         void (*put)(const struct state_sink *, const struct field *, const u8 *))
{
    size_t length = 0;
    put(&(struct state_sink){ count_bytes, &length }, row, base);
    put_number(sink, length, 4);
    put(sink, row, base);
}

static void put_values(const struct state_sink *sink, const struct field *row, const u8 *base)
{
    const u8 *at = base + row->offset;
    if (row->kind == FIELD_EVENT) {
        const struct event *event = (const void *)at;
        put_number(sink, event->armed ? event->cycle : 0, 8);
        put_number(sink, event->armed, 1);
    } else if (row->kind == FIELD_STRUCT) {
        for (size_t i = 0; i < row->count; i++)
            put_measured(sink, row->fields, at + i * row->size, put_rows);
    } else {
        sink->put(sink->self, at, row->size * row->count);
    }
}

static u32 size_saved(const struct field *row)
{
    return row->kind == FIELD_UINT || row->kind == FIELD_BYTES ? (u32)row->size : 0;
}

static void put_rows(const struct state_sink *sink, const struct field *row, const u8 *base)
{
    for (; row->kind != FIELD_STOP; row++) {
        if (row->kind == FIELD_SKIP)
            continue;
        put_name(sink, row->name);
        put_number(sink, row->kind, 1);
        put_number(sink, size_saved(row), 4);
        put_number(sink, row->count, 4);
        put_measured(sink, row, base, put_values);
    }
}

void state_save(const struct component *component, const struct state_sink *sink)
{
    if (component->canonical)
        component->canonical(component->self);
    put_name(sink, component->name);
    put_number(sink, component->version, 4);
    put_measured(sink, component->fields, component->self, put_rows);
}

/* What is left to read. `whole` is false once something did not fit; reads then give 0 or nothing. */
struct reader { const u8 *at; size_t left; bool whole; };

struct load { const char *name; struct clock *clock; struct error *why; };

static const u8 *take_bytes(struct reader *reader, size_t length)
{
    const u8 *bytes = reader->at;
    if (length > reader->left) {
        reader->whole = false;
        return NULL;
    }
    reader->at += length;
    reader->left -= length;
    return bytes;
}

static u64 take_number(struct reader *reader, size_t size)
{
    u64 value = 0;
    const u8 *bytes = take_bytes(reader, size);
    if (bytes)
        memcpy(&value, bytes, size);
    return value;
}

/* Of printing characters, because it may be shown. */
static void take_name(struct reader *reader, char name[UINT8_MAX + 1])
{
    size_t length = take_number(reader, 1);
    const u8 *bytes = take_bytes(reader, length);
    if (bytes)
        memcpy(name, bytes, length);
    name[bytes ? length : 0] = 0;
    for (size_t i = 0; bytes && i < length; i++)
        reader->whole &= bytes[i] > ' ' && bytes[i] < 0x7F;
}

/* A part that begins with its length. */
static struct reader take_part(struct reader *reader)
{
    size_t length = take_number(reader, 4);
    const u8 *bytes = take_bytes(reader, length);
    return (struct reader){ bytes, bytes ? length : 0, bytes != NULL };
}

static bool cut_off(const struct load *load)
{
    return error_set(load->why, "the saved state of %s is cut off or damaged; save it again", load->name);
}

static bool load_rows(const struct load *load, struct reader reader, const struct field *rows, u8 *base);

static bool load_values(const struct load *load, struct reader reader, const struct field *row, u8 *at)
{
    if (row->kind == FIELD_STRUCT) {
        for (size_t i = 0; i < row->count; i++) {
            struct reader part = take_part(&reader);
            if (!reader.whole)
                return cut_off(load);
            if (!load_rows(load, part, row->fields, at + i * row->size))
                return false;
        }
        return reader.left == 0 || cut_off(load);
    }
    size_t expected = row->kind == FIELD_EVENT ? EVENT_BYTES : row->size * row->count;
    if (reader.left != expected)
        return cut_off(load);
    if (row->kind == FIELD_EVENT) {
        u64 cycle = take_number(&reader, 8);
        if (take_number(&reader, 1))
            event_at(load->clock, (struct event *)at, cycle);
        else
            event_cancel(load->clock, (struct event *)at);
    } else {
        memcpy(at, reader.at, expected);
        for (size_t i = 0; row->truth && i < expected; i++)
            at[i] = at[i] != 0;
    }
    return true;
}

static void rows_default(struct clock *clock, const struct field *row, u8 *base);

/* An event is not armed, numbers are what the table says. */
static void element_default(struct clock *clock, const struct field *row, u8 *at)
{
    if (row->kind == FIELD_EVENT)
        event_cancel(clock, (struct event *)at);
    else if (row->kind == FIELD_STRUCT)
        rows_default(clock, row->fields, at);
    else if (row->kind != FIELD_SKIP)
        memcpy(memset(at, 0, row->size), &row->missing, MIN(row->size, sizeof(row->missing)));
}

/* What rows are before a file has said something about them. */
static void rows_default(struct clock *clock, const struct field *row, u8 *base)
{
    for (; row->kind != FIELD_STOP; row++)
        for (size_t i = 0; i < row->count; i++)
            element_default(clock, row, base + row->offset + i * row->size);
}

static const struct field *row_named(const struct field *row, const char *name)
{
    while (row->kind != FIELD_STOP && (row->kind == FIELD_SKIP || strcmp(row->name, name) != 0))
        row++;
    return row->kind == FIELD_STOP ? NULL : row;
}

static bool load_row(const struct load *load, struct reader *reader, const struct field *rows, u8 *base)
{
    char name[UINT8_MAX + 1];
    take_name(reader, name);
    u64 kind = take_number(reader, 1), size = take_number(reader, 4), count = take_number(reader, 4);
    struct reader values = take_part(reader);
    if (!reader->whole)
        return cut_off(load);
    const struct field *row = row_named(rows, name);
    if (!row)
        return error_set(load->why, "the saved state of %s has a value '%s' that this trap86 does not know; "
                         "load it with the trap86 that saved it", load->name, name);
    if (kind != row->kind || size != size_saved(row) || count != row->count)
        return error_set(load->why, "'%s' in the saved state of %s has another form here; "
                         "load it with the trap86 that saved it", name, load->name);
    return load_values(load, values, row, base + row->offset);
}

static bool load_rows(const struct load *load, struct reader reader, const struct field *rows, u8 *base)
{
    while (reader.left)
        if (!load_row(load, &reader, rows, base))
            return false;
    return true;
}

size_t state_load(const struct component *component, struct clock *clock, const u8 *bytes, size_t length,
                  struct error *why)
{
    struct load load = { component->name, clock, why };
    struct reader reader = { bytes, length, true };
    char name[UINT8_MAX + 1];
    take_name(&reader, name);
    u32 version = (u32)take_number(&reader, 4);
    struct reader rows = take_part(&reader);
    if (!reader.whole)
        return cut_off(&load);
    if (strcmp(name, component->name) != 0) {
        error_set(why, "the saved state is of '%s' where '%s' should be; start the machine that was saved", name,
                  component->name);
        return 0;
    }
    if (version > component->version) {
        error_set(why, "the saved state of %s is of version %u, and this trap86 knows up to %u; load it with the trap86 "
                  "that saved it", component->name, version, component->version);
        return 0;
    }
    rows_default(clock, component->fields, component->self);
    if (!load_rows(&load, rows, component->fields, component->self))
        return 0;
    if (component->restored)
        component->restored(component->self);
    return length - reader.left;
}
