/* The guest's memory, looked at and changed from outside (peek.h). */
#include "frontend/peek.h"

static bool where(const struct machine *machine, bool physical, u32 address, u32 *at)
{
    *at = address;
    return physical || cpu_translate_peek(&machine->cpu, address, at);
}

const u8 *peek_byte(const struct machine *machine, bool physical, u32 address)
{
    u8 *flags;
    bool writable;
    u32 at;
    if (!where(machine, physical, address, &at)) return NULL;
    const u8 *page = memory_page(machine->cpu.memory, at & PAGE_MASK, &flags, &writable);
    return page ? page + (at & ~PAGE_MASK) : NULL;
}

u32 peek_bytes(const struct machine *machine, bool physical, u32 address, void *bytes, u32 count)
{
    u8 *to = bytes;
    u32 have = 0;
    for (const u8 *byte; have < count && (byte = peek_byte(machine, physical, address + have)); have++) to[have] = *byte;
    return have;
}

bool poke_bytes(struct machine *machine, bool physical, u32 address, const void *bytes, u32 count)
{
    const u8 *from = bytes;
    u32 at;
    for (u32 i = 0; i < count; i++)
        if (!peek_byte(machine, physical, address + i)) return false;
    for (u32 i = 0; i < count; i++)
        if (where(machine, physical, address + i, &at)) memory_write(machine->cpu.memory, at, from + i, 1);
    return true;
}
