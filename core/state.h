/* State tables: what a component consists of, described once. The same rows save, load, dump, diff and hash it.
 * Values are little-endian in files; nothing that is a host pointer is ever a row. */
#ifndef CORE_STATE_H
#define CORE_STATE_H
#include "core/types.h"
#include "core/error.h"

enum field_kind { FIELD_UINT, FIELD_BYTES, FIELD_EVENT, FIELD_STRUCT, FIELD_SKIP, FIELD_STOP };

struct field {
    const char         *name;
    const char         *help;
    size_t              offset, size;     /* size of one element */
    size_t              count;            /* elements (arrays) */
    enum field_kind     kind;
    const struct field *fields;           /* FIELD_STRUCT */
    bool                truth;            /* bools: any byte but 0 loads as 1 */
    u64                 missing;          /* of numbers and raw bytes: what each element is in a state saved before there
                                             was this row; an event is not armed then */
};

#define FIELD_OF(type, member, knd, cnt, sub, text) \
    { #member, text, offsetof(type, member), sizeof(((type *)0)->member) / (cnt), cnt, knd, sub, FIELD_TRUTH(type, member), 0 }
/* Whether the member is a bool or an array of them. */
#define FIELD_TRUTH(type, member) \
    _Generic(&((type *)0)->member, bool *: true, bool (*)[sizeof(((type *)0)->member)]: true, default: false)
/* An unsigned or signed integer, bool or enum, of 1, 2, 4 or 8 bytes. */
#define FIELD(type, member, text)           FIELD_OF(type, member, FIELD_UINT, 1, NULL, text)
/* An array of such integers. */
#define FIELD_ARRAY(type, member, text)     FIELD_OF(type, member, FIELD_UINT, ARRAY_LEN(((type *)0)->member), NULL, text)
/* A row that is younger than its component, and what it is in an older saved state if that is not 0. */
#define FIELD_SINCE(type, member, value, text) \
    { #member, text, offsetof(type, member), sizeof(((type *)0)->member), 1, FIELD_UINT, NULL, \
      FIELD_TRUTH(type, member), value }
/* Raw bytes without byte order (a sector buffer, an 80-bit register). */
#define FIELD_RAW(type, member, text)       FIELD_OF(type, member, FIELD_BYTES, 1, NULL, text)
/* A struct event: its cycle and whether it is armed. */
#define FIELD_EVT(type, member, text)       FIELD_OF(type, member, FIELD_EVENT, 1, NULL, text)
#define FIELD_SUB(type, member, rows, text) FIELD_OF(type, member, FIELD_STRUCT, 1, rows, text)
#define FIELD_EACH(type, member, rows, text) \
    FIELD_OF(type, member, FIELD_STRUCT, ARRAY_LEN(((type *)0)->member), rows, text)
/* Not state: wiring, host resources, caches. `text` says which. */
#define FIELD_NONE(type, member, text)      FIELD_OF(type, member, FIELD_SKIP, 1, NULL, text)
#define FIELD_END                           { NULL, NULL, 0, 0, 0, FIELD_STOP, NULL, false, 0 }

/* A component in a machine: a name, its rows, and where it is. */
struct component {
    struct component   *next;
    const char         *name;
    const struct field *fields;
    void               *self;
    size_t              size;
    void              (*canonical)(void *self);   /* brings lazy state to its one form first; may be NULL */
    void              (*restored)(void *self);    /* after a load: rebuilds what the rows do not hold; may be NULL */
    u32                 version;                  /* raised when rows keep their names but not their meaning */
};

struct clock;
struct state_sink { void (*put)(void *self, const void *bytes, size_t length); void *self; };

/* 64-bit hash of a run of bytes, chained through `seed`. The same on every host. */
u64  hash_bytes(u64 seed, const void *bytes, size_t length);
/* Hash of every row but FIELD_SKIP, names not included. */
u64  state_hash(u64 seed, const struct component *component);
/* Text, a line per value: "name.path = value". */
void state_dump(const struct component *component, void (*line)(void *self, const char *text), void *self);
/* Calls `differs` with the path and both values of each row in which a and b (of the same rows) differ; returns how many. */
unsigned state_diff(const struct component *a, const struct component *b,
                    void (*differs)(void *self, const char *path, u64 va, u64 vb), void *self);
/* Bytes of all rows, in row order with names, so that a later reader can load by name. */
void state_save(const struct component *component, const struct state_sink *sink);
/* Loads what state_save wrote; events are re-armed on `clock`. Unknown names are refused by name, as is a younger version;
 * rows that are not there become what their table says. Returns bytes used, 0 on error. */
size_t state_load(const struct component *component, struct clock *clock, const u8 *bytes, size_t length, struct error *why);
/* True if rows (with FIELD_SKIP) leave no byte of the component but padding between members uncovered; used by tests.
 * `uncovered` gets the offset of the first such byte. */
bool state_covers(const struct field *fields, size_t size, size_t *uncovered);
#endif
