/* State tables read: hash, dump, diff and the check that no byte is forgotten (core/state.h). Integers are taken in
 * host byte order, which core/types.h requires to be little-endian. Saving and loading are in core/save.c. */
#include "core/state.h"
#include "core/clock.h"
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 192, RAW_PER_LINE = 32 };

static const u8 *element_at(const struct field *row, const void *base, size_t index)
{
    return (const u8 *)base + row->offset + index * row->size;
}

static void component_settle(const struct component *component)
{
    if (component->canonical)
        component->canonical(component->self);
}

static u64 rows_hash(u64 hash, const struct field *row, const void *base);

static u64 row_hash(u64 hash, const struct field *row, const void *base)
{
    switch (row->kind) {
    case FIELD_UINT:
    case FIELD_BYTES:
        return hash_bytes(hash, element_at(row, base, 0), row->size * row->count);
    case FIELD_EVENT: {
        const struct event *event = (const void *)element_at(row, base, 0);
        u64 words[2] = { event->armed ? event->cycle : 0, event->armed };
        return hash_bytes(hash, words, sizeof(words));
    }
    case FIELD_STRUCT:
        for (size_t i = 0; i < row->count; i++)
            hash = rows_hash(hash, row->fields, element_at(row, base, i));
        return hash;
    default:
        return hash;
    }
}

static u64 rows_hash(u64 hash, const struct field *row, const void *base)
{
    for (; row->kind != FIELD_STOP; row++)
        hash = row_hash(hash, row, base);
    return hash;
}

u64 state_hash(u64 seed, const struct component *component)
{
    component_settle(component);
    return rows_hash(seed, component->fields, component->self);
}

/* A number of up to 8 bytes, zero-extended. */
static u64 number_at(const u8 *bytes, size_t size)
{
    u64 value = 0;
    memcpy(&value, bytes, MIN(size, sizeof(value)));
    return value;
}

static bool row_is_numbers(const struct field *row)
{
    return row->kind == FIELD_UINT && row->size <= sizeof(u64);
}

/* path = prefix.name, with [index] if the row is an array. */
static void path_make(char *path, const char *prefix, const struct field *row, size_t index)
{
    if (row->count > 1)
        snprintf(path, PATH_BYTES, "%s.%s[%zu]", prefix, row->name, index);
    else
        snprintf(path, PATH_BYTES, "%s.%s", prefix, row->name);
}

struct dump { void (*line)(void *self, const char *text); void *self; };

static void dump_raw(const struct dump *dump, const char *path, const u8 *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += RAW_PER_LINE) {
        char text[PATH_BYTES + 32 + 2 * RAW_PER_LINE];
        size_t end = MIN(size, at + RAW_PER_LINE);
        int used = snprintf(text, sizeof(text), "%s+%#zx = ", path, at);
        for (size_t i = at; i < end; i++)
            used += snprintf(text + used, sizeof(text) - used, "%02x", bytes[i]);
        dump->line(dump->self, text);
    }
}

static void dump_event(const struct dump *dump, const char *path, const struct event *event)
{
    char text[PATH_BYTES + 32];
    if (event->armed)
        snprintf(text, sizeof(text), "%s = %llu", path, (unsigned long long)event->cycle);
    else
        snprintf(text, sizeof(text), "%s = never", path);
    dump->line(dump->self, text);
}

static void rows_dump(const struct dump *dump, const char *prefix, const struct field *row, const void *base);

static void element_dump(const struct dump *dump, const char *path, const struct field *row, const u8 *at)
{
    char text[PATH_BYTES + 32];
    if (row->kind == FIELD_STRUCT) {
        rows_dump(dump, path, row->fields, at);
    } else if (row->kind == FIELD_EVENT) {
        dump_event(dump, path, (const void *)at);
    } else if (row_is_numbers(row)) {
        snprintf(text, sizeof(text), "%s = 0x%0*llx", path, (int)row->size * 2,
                 (unsigned long long)number_at(at, row->size));
        dump->line(dump->self, text);
    } else {
        dump_raw(dump, path, at, row->size);
    }
}

static void rows_dump(const struct dump *dump, const char *prefix, const struct field *row, const void *base)
{
    char path[PATH_BYTES];
    for (; row->kind != FIELD_STOP; row++) {
        if (row->kind == FIELD_SKIP)
            continue;
        for (size_t i = 0; i < row->count; i++) {
            path_make(path, prefix, row, i);
            element_dump(dump, path, row, element_at(row, base, i));
        }
    }
}

void state_dump(const struct component *component, void (*line)(void *self, const char *text), void *self)
{
    struct dump dump = { line, self };
    component_settle(component);
    rows_dump(&dump, component->name, component->fields, component->self);
}

struct diff { void (*differs)(void *self, const char *path, u64 va, u64 vb); void *self; unsigned found; };

static void diff_values(struct diff *diff, const char *path, const char *suffix, u64 va, u64 vb)
{
    char full[PATH_BYTES + 32];
    if (va == vb)
        return;
    snprintf(full, sizeof(full), "%s%s", path, suffix);
    diff->differs(diff->self, full, va, vb);
    diff->found++;
}

static void diff_raw(struct diff *diff, const char *path, const u8 *a, const u8 *b, size_t size)
{
    char suffix[32];
    for (size_t i = 0; i < size; i++) {
        if (a[i] == b[i])
            continue;
        snprintf(suffix, sizeof(suffix), "+%#zx", i);
        diff_values(diff, path, suffix, a[i], b[i]);
    }
}

static void rows_diff(struct diff *diff, const char *prefix, const struct field *row, const void *a, const void *b);

static void element_diff(struct diff *diff, const char *path, const struct field *row, const u8 *a, const u8 *b)
{
    if (row->kind == FIELD_STRUCT) {
        rows_diff(diff, path, row->fields, a, b);
    } else if (row->kind == FIELD_EVENT) {
        const struct event *ea = (const void *)a, *eb = (const void *)b;
        diff_values(diff, path, ".armed", ea->armed, eb->armed);
        diff_values(diff, path, ".cycle", ea->armed ? ea->cycle : 0, eb->armed ? eb->cycle : 0);
    } else if (row_is_numbers(row)) {
        diff_values(diff, path, "", number_at(a, row->size), number_at(b, row->size));
    } else {
        diff_raw(diff, path, a, b, row->size);
    }
}

static void rows_diff(struct diff *diff, const char *prefix, const struct field *row, const void *a, const void *b)
{
    char path[PATH_BYTES];
    for (; row->kind != FIELD_STOP; row++) {
        if (row->kind == FIELD_SKIP)
            continue;
        for (size_t i = 0; i < row->count; i++) {
            path_make(path, prefix, row, i);
            element_diff(diff, path, row, element_at(row, a, i), element_at(row, b, i));
        }
    }
}

unsigned state_diff(const struct component *a, const struct component *b,
                    void (*differs)(void *self, const char *path, u64 va, u64 vb), void *self)
{
    struct diff diff = { differs, self, 0 };
    component_settle(a);
    component_settle(b);
    rows_diff(&diff, a->name, a->fields, a->self, b->self);
    return diff.found;
}

/* The alignment a row's type has, as far as the row shows it: a raw or skipped member could have any that divides
 * its place and size. */
static size_t row_alignment(const struct field *row)
{
    size_t align = 1;
    if (row->kind == FIELD_EVENT)
        return _Alignof(struct event);
    if (row->kind == FIELD_STRUCT)
        for (const struct field *sub = row->fields; sub->kind != FIELD_STOP; sub++)
            align = MAX(align, row_alignment(sub));
    else
        while (align < _Alignof(u64) && !((row->offset | row->size) & align))
            align *= 2;
    return align;
}

/* The end of what covers `at`, or `at` if nothing does; *next is then the row that begins soonest after it. */
static size_t cover_end(const struct field *row, size_t at, const struct field **next)
{
    *next = NULL;
    for (; row->kind != FIELD_STOP; row++) {
        size_t end = row->offset + row->size * row->count;
        if (row->offset <= at && at < end)
            return end;
        if (row->offset > at && (!*next || row->offset < (*next)->offset))
            *next = row;
    }
    return at;
}

static bool cover_inside(const struct field *row, size_t *uncovered)
{
    for (; row->kind != FIELD_STOP; row++)
        if (row->kind == FIELD_STRUCT && !state_covers(row->fields, row->size, uncovered)) {
            *uncovered += row->offset;
            return false;
        }
    return true;
}

bool state_covers(const struct field *fields, size_t size, size_t *uncovered)
{
    size_t at = 0, align = 1;
    for (const struct field *row = fields; row->kind != FIELD_STOP; row++)
        align = MAX(align, row_alignment(row));
    while (at < size) {
        const struct field *next;
        size_t end = cover_end(fields, at, &next);
        if (end == at) {
            size_t gap_align = next ? row_alignment(next) : align;
            end = (at + gap_align - 1) & ~(gap_align - 1);
            if (end != (next ? next->offset : size)) {
                *uncovered = at;
                return false;
            }
        }
        at = end;
    }
    *uncovered = at;
    return at == size && cover_inside(fields, uncovered);
}
