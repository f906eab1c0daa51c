/* A machine's whole state into another machine of the same configuration: every component saved and loaded, RAM copied.
 * Used by the tests of state and of determinism. */
#ifndef TESTS_UNIT_MACHINE_MOVE_H
#define TESTS_UNIT_MACHINE_MOVE_H
#include "devices/machine.h"
#include <stdlib.h>
#include <string.h>

struct moved { u8 *bytes; size_t used, room; };

static inline void moved_put(void *self, const void *bytes, size_t length)
{
    struct moved *moved = self;
    if (moved->used + length > moved->room) {
        moved->room = (moved->used + length) * 2;
        moved->bytes = realloc(moved->bytes, moved->room);
        if (!moved->bytes) abort();
    }
    memcpy(moved->bytes + moved->used, bytes, length);
    moved->used += length;
}

static inline bool machine_move(struct machine *from, struct machine *to, struct error *why)
{
    struct moved moved = { NULL, 0, 0 };
    struct state_sink sink = { moved_put, &moved };
    for (unsigned i = 0; i < from->components; i++)
        state_save(&from->component[i], &sink);
    memcpy(to->memory.ram, from->memory.ram, memory_storage(&from->memory));
    memset(to->memory.flags, PAGE_DIRTY, memory_storage(&to->memory) >> PAGE_SHIFT);
    size_t at = 0, used = 1;
    for (unsigned i = 0; i < to->components && used; i++, at += used)
        used = state_load(&to->component[i], &to->clock, moved.bytes + at, moved.used - at, why);
    free(moved.bytes);
    return used != 0;
}
#endif
