/* Width splitting (memory/bus.h). The local bus transfers low addresses first, as the Pentium's bus unit does for
 * an ISA bridge (82371SB data sheet, "data swapping"). Byte enables themselves are not modelled. */
#include "memory/bus.h"

/* The width the chip is to see: `width` itself, else the widest narrower one, else the narrowest wider one; 0: none. */
static unsigned width_seen(u8 widths, unsigned width)
{
    unsigned narrower, wider;
    for (narrower = width; narrower; narrower >>= 1)
        if (widths & narrower)
            return narrower;
    for (wider = width; wider <= WIDTH_32; wider <<= 1)
        if (widths & wider)
            return wider;
    return 0;
}

u32 bus_read(const struct region_ops *ops, void *self, u32 offset, unsigned width)
{
    unsigned seen = ops->read ? width_seen(ops->widths, width) : 0;
    if (seen == 0)
        return bus_ones(width);
    if (seen >= width) {
        u32 start = offset & ~(seen - 1);
        return ops->read(self, start, seen) >> 8 * (offset - start) & bus_ones(width);
    }
    u32 value = 0;
    for (unsigned i = 0; i < width; i += seen)
        value |= (ops->read(self, offset + i, seen) & bus_ones(seen)) << 8 * i;
    return value;
}

void bus_write(const struct region_ops *ops, void *self, u32 offset, u32 value, unsigned width)
{
    unsigned seen = ops->write ? width_seen(ops->widths, width) : 0;
    if (seen == 0)
        return;
    if (seen >= width) {
        u32 start = offset & ~(seen - 1);
        ops->write(self, start, (value & bus_ones(width)) << 8 * (offset - start), seen);
        return;
    }
    for (unsigned i = 0; i < width; i += seen)
        ops->write(self, offset + i, value >> 8 * i & bus_ones(seen), seen);
}
