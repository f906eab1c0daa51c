/* How one access becomes accesses that a chip declared. Shared by the physical address space and the port space. */
#ifndef MEMORY_BUS_H
#define MEMORY_BUS_H
#include "memory/memory.h"

/* The largest naturally aligned access (1, 2 or 4 bytes) at `address` that is at most `length` (>= 1) long. */
static inline unsigned bus_piece(u32 address, u32 length)
{
    if (length >= 4 && !(address & 3))
        return 4;
    return length >= 2 && !(address & 1) ? 2 : 1;
}

static inline u32 bus_ones(unsigned width)
{
    return ~(u32)0 >> (32 - 8 * width);
}

/* One naturally aligned access. Wider than all declared widths: several of the widest that fits, low first.
 * Narrower than all: the chip sees the narrowest it has, aligned; a read takes its bytes out of that, a write
 * arrives in its byte lanes with zeros in the others (the chip has no byte enables to look at). */
u32  bus_read(const struct region_ops *ops, void *self, u32 offset, unsigned width);
void bus_write(const struct region_ops *ops, void *self, u32 offset, u32 value, unsigned width);
#endif
