/* The chips' state saved and loaded while they are being fuzzed: it must be the state that was saved, and go on as the
 * machine that was not interrupted does. A state whose values were tampered with must be one that chips can live with. */
#include "tests/fuzz/chips.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOVES_MAX = 3, PIECES_MAX = 1 << 14, EVENT_CYCLE_BYTES = 8, CHIPS_FIRST = 1 };

/* A saved state, and where in it values are. */
struct saved {
    u8    *bytes;
    size_t used, room;
    struct { u32 at, length; } piece[PIECES_MAX];
    unsigned pieces;
    const struct component *component;
    u8    *ram;
};

static void saved_put(void *self, const void *bytes, size_t length)
{
    struct saved *s = self;
    const u8 *from = s->component->self, *at = bytes;
    if (s->used + length > s->room) {
        s->room = (s->used + length) * 2;
        s->bytes = realloc(s->bytes, s->room);
        if (!s->bytes) abort();
    }
    bool value = (at >= from && at < from + s->component->size) || length == EVENT_CYCLE_BYTES;
    if (value && s->pieces < PIECES_MAX && length) {
        s->piece[s->pieces].at = (u32)s->used;
        s->piece[s->pieces++].length = (u32)length;
    }
    memcpy(s->bytes + s->used, bytes, length);
    s->used += length;
}

/* The components from `first` to before `end`. */
static struct saved *save(struct fuzz *f, unsigned first, unsigned end, bool ram)
{
    struct saved *s = calloc(1, sizeof *s);
    if (!s) abort();
    for (unsigned i = first; i < end; i++) {
        s->component = &f->m->component[i];
        state_save(s->component, &(struct state_sink){ saved_put, s });
    }
    if (!ram) return s;
    s->ram = malloc(memory_storage(&f->m->memory));
    if (!s->ram) abort();
    memcpy(s->ram, f->m->memory.ram, memory_storage(&f->m->memory));
    return s;
}

static bool load(struct fuzz *f, unsigned first, unsigned end, const struct saved *s)
{
    struct error why = { "" };
    size_t at = 0, used = 1;
    if (s->ram) {
        memcpy(f->m->memory.ram, s->ram, memory_storage(&f->m->memory));
        memset(f->m->memory.flags, PAGE_DIRTY | PAGE_DIRTY_VIDEO, memory_storage(&f->m->memory) >> PAGE_SHIFT);
    }
    for (unsigned i = first; i < end && used; i++, at += used)
        used = state_load(&f->m->component[i], &f->m->clock, s->bytes + at, s->used - at, &why);
    if (!used && (!why.text[0] || strchr(why.text, '\n'))) __builtin_trap();      /* refused, but not in one line */
    return used != 0;
}

static void saved_free(struct saved *s)
{
    free(s->bytes);
    free(s->ram);
    free(s);
}

static u64 chips_hash(const struct fuzz *f)
{
    u64 hash = f->heard;
    for (unsigned i = 0; i < f->m->guest_components; i++) hash = state_hash(hash, &f->m->component[i]);
    return hash;
}

/* ---- the same twice ---- */
static void difference_show(void *self, const char *path, u64 was, u64 is)
{
    (void)self;
    fprintf(stderr, "%s: %llx, loaded %llx\n", path, (unsigned long long)was, (unsigned long long)is);
}

/* Says what differs from a copy of each component, then traps. */
static void differ(struct fuzz *f, u8 *const *copies, const char *when)
{
    fprintf(stderr, "%s:\n", when);
    for (unsigned i = 0; i < f->m->guest_components; i++) {
        struct component was = f->m->component[i];
        was.self = copies[i];
        was.canonical = NULL;
        state_diff(&was, &f->m->component[i], difference_show, NULL);
    }
    __builtin_trap();
}

static void copies_take(struct fuzz *f, u8 **copies)
{
    for (unsigned i = 0; i < f->m->guest_components; i++) {
        const struct component *c = &f->m->component[i];
        copies[i] = realloc(copies[i], c->size);
        if (!copies[i]) abort();
        memcpy(copies[i], c->self, c->size);
    }
}

void state_round_trip(struct fuzz *f)
{
    u8 *was[MACHINE_COMPONENTS] = { 0 }, *later[MACHINE_COMPONENTS] = { 0 };
    u64 ns = take16(f) * 64ull;
    if (f->moves++ >= MOVES_MAX) return;
    struct saved *s = save(f, 0, f->m->components, true);
    u64 heard = f->heard, left = f->left, before = chips_hash(f), after;
    copies_take(f, was);
    time_pass(f, ns);
    after = chips_hash(f);
    copies_take(f, later);
    f->heard = heard;
    f->left = left;
    if (!load(f, 0, f->m->components, s)) __builtin_trap();
    if (chips_hash(f) != before) differ(f, was, "loaded");
    time_pass(f, ns);
    if (chips_hash(f) != after) differ(f, later, "went on");
    for (unsigned i = 0; i < MACHINE_COMPONENTS; i++) free(was[i]), free(later[i]);
    saved_free(s);
}

/* ---- tampered with ---- */
static void values_change(struct fuzz *f, struct saved *s)
{
    for (unsigned changes = 1 + take8(f) % 8; changes; changes--) {
        unsigned piece = take16(f) % s->pieces;
        u32 at = s->piece[piece].at, length = s->piece[piece].length;
        if (length > 8) at += take16(f) % length, length = 1;
        for (u32 i = 0; i < length; i++) s->bytes[at + i] = take8(f);
    }
}

void state_mutate(struct fuzz *f)
{
    if (f->moves++ >= MOVES_MAX) return;
    unsigned end = f->m->guest_components;
    struct saved *s = save(f, CHIPS_FIRST, end, false);
    u8 *good = malloc(s->used);
    if (!good) abort();
    memcpy(good, s->bytes, s->used);
    if (take8(f) & 15) values_change(f, s);
    else take_changes(f, s->bytes, (unsigned)s->used, 8);
    if (!load(f, CHIPS_FIRST, end, s)) {
        memcpy(s->bytes, good, s->used);
        if (!load(f, CHIPS_FIRST, end, s)) __builtin_trap();
    }
    free(good);
    saved_free(s);
}
