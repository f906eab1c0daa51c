/* What the files of memory/ share among themselves; nobody else includes it. */
#ifndef MEMORY_SPACE_H
#define MEMORY_SPACE_H
#include "memory/memory.h"

/* The enabled region of highest priority at an address, by a walk over all; NULL: nobody. */
struct region *space_region(const struct memory *memory, u32 address);

static inline u64 space_ram_pages(const struct memory *memory)
{
    return memory_storage(memory) >> PAGE_SHIFT;
}

/* The flags are scanned eight at a time: their table is padded to that. */
static inline u64 space_flags_bytes(const struct memory *memory)
{
    return (space_ram_pages(memory) + 7) & ~(u64)7;
}
#endif
