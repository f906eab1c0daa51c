/* Accesses to the physical address space (memory/memory.h): the plain cases in a page of RAM first, and what is
 * left, piece by naturally aligned piece, as a bus would. Caches and their control bits are not modelled. */
#include "memory/memory.h"
#include "memory/bus.h"
#include "memory/space.h"
#include "core/state.h"
#include <string.h>

/* How many of `length` bytes from `at` (behind the gate) are to be moved at once: to the end of the page, or over all
 * pages that one region with host memory owns. Stops where the address wraps or the A20 gate would take effect. */
static u32 run_length(const struct memory *memory, u32 at, u32 length)
{
    const struct region *region = memory->page[at >> PAGE_SHIFT];
    u32 run = PAGE_SIZE - at % PAGE_SIZE;
    if (length <= run || !region || !region->host)
        return MIN(length, run);
    /* 0 is the wrap; a closed gate lets no run begin in the last MiB. */
    u32 stop = memory->a20 ? 0 : (at | (((u32)1 << 20) - 1)) + 1;
    while (run < length && at + run != stop && memory->page[(at + run) >> PAGE_SHIFT] == region)
        run += PAGE_SIZE;
    return MIN(length, run);
}

/* After the bytes have changed, so that a listener that decodes again at once sees the new ones. */
static __attribute__((noinline)) void listeners_tell(struct memory *memory, u8 flags, u32 address, u32 length)
{
    const struct memory_listener *listener = &memory->listener;
    if ((flags & PAGE_HAS_CODE) && listener->code_written)
        listener->code_written(listener->self, address, length);
    if ((flags & PAGE_TRACED) && listener->traced_written)
        listener->traced_written(listener->self, address, length);
}

static void written(struct memory *memory, const struct region *region, u32 address, u32 length)
{
    u8 *flags = &memory->flags[region->ram_page + ((address - region->base) >> PAGE_SHIFT)];
    *flags |= PAGE_DIRTY | PAGE_DIRTY_VIDEO;
    if (unlikely(*flags & (PAGE_HAS_CODE | PAGE_TRACED)))
        listeners_tell(memory, *flags, address, length);
}

/* The same for a run of pages. */
static void run_written(struct memory *memory, const struct region *region, u32 address, u32 length)
{
    while (length) {
        u32 part = MIN(length, PAGE_SIZE - address % PAGE_SIZE);
        written(memory, region, address, part);
        address += part;
        length -= part;
    }
}

/* Who answers an access of *width bytes; if several would, *width becomes 1. */
static const struct region *piece_region(const struct memory *memory, u32 address, unsigned *width)
{
    const struct region *region = memory->page[address >> PAGE_SHIFT];
    if (region)
        return region;
    region = space_region(memory, address);
    for (unsigned i = 1; i < *width; i++)
        if (space_region(memory, address + i) != region)
            *width = 1;
    return region;
}

static u32 piece_read(const struct region *region, u32 address, unsigned width)
{
    u32 offset, value = 0;
    if (!region)
        return bus_ones(width);
    offset = address - region->base;
    if (!region->host)
        return bus_read(region->ops, region->self, offset, width);
    memcpy(&value, region->host + offset, width);
    return value;
}

static void piece_write(struct memory *memory, const struct region *region, u32 address, u32 value, unsigned width)
{
    if (!region)
        return;
    u32 offset = address - region->base;
    if (region->kind == REGION_RAM) {
        memcpy(region->host + offset, &value, width);
        written(memory, region, address, width);
    } else if (region->ops) {
        bus_write(region->ops, region->self, offset, value, width);
    }
}

/* Reads what is left of a page where no single host page answers. The map is looked at again for each piece: a
 * chip may change it while it is being accessed. */
static void read_pieces(const struct memory *memory, u32 address, u8 *bytes, u32 length)
{
    unsigned width;
    for (; length; address += width, bytes += width, length -= width) {
        width = bus_piece(address, length);
        const struct region *region = piece_region(memory, address, &width);
        u32 value = piece_read(region, address, width);
        memcpy(bytes, &value, width);
    }
}

static void write_pieces(struct memory *memory, u32 address, const u8 *bytes, u32 length)
{
    unsigned width;
    for (; length; address += width, bytes += width, length -= width) {
        u32 value = 0;
        width = bus_piece(address, length);
        const struct region *region = piece_region(memory, address, &width);
        memcpy(&value, bytes, width);
        piece_write(memory, region, address, value, width);
    }
}

void memory_read(struct memory *memory, u32 address, void *bytes, u32 length)
{
    u8 *to = bytes;
    while (length) {
        u32 at = memory_gate(memory, address), run = run_length(memory, at, length);
        const struct region *region = memory->page[at >> PAGE_SHIFT];
        if (likely(region && region->host))
            memcpy(to, region->host + (at - region->base), run);
        else
            read_pieces(memory, at, to, run);
        address += run;
        to += run;
        length -= run;
    }
}

void memory_write(struct memory *memory, u32 address, const void *bytes, u32 length)
{
    const u8 *from = bytes;
    while (length) {
        u32 at = memory_gate(memory, address), run = run_length(memory, at, length);
        const struct region *region = memory->page[at >> PAGE_SHIFT];
        if (likely(region && region->kind == REGION_RAM)) {
            memcpy(region->host + (at - region->base), from, run);
            run_written(memory, region, at, run);
        } else if (!region || region->ops) {
            write_pieces(memory, at, from, run);
        }
        address += run;
        from += run;
        length -= run;
    }
}

static inline bool mmio_is_plain(const struct region *region, u32 address, unsigned width)
{
    return region->kind == REGION_MMIO && (region->ops->widths & width) && !(address & (width - 1));
}

static inline u32 load_host(const u8 *host, unsigned width)
{
    switch (width) {
    case 1: return *host;
    case 2: return (u32)host[0] | (u32)host[1] << 8;
    default: return (u32)host[0] | (u32)host[1] << 8 | (u32)host[2] << 16 | (u32)host[3] << 24;
    }
}

static inline void store_host(u8 *host, u32 value, unsigned width)
{
    switch (width) {
    case 1: *host = (u8)value; break;
    case 2: memcpy(host, &value, 2); break;
    default: memcpy(host, &value, 4);
    }
}

u32 memory_load(struct memory *memory, u32 address, unsigned width)
{
    u32 at = memory_gate(memory, address), value = 0;
    const struct region *region = memory->page[at >> PAGE_SHIFT];
    if (likely(region && at % PAGE_SIZE + width <= PAGE_SIZE)) {
        u32 offset = at - region->base;
        if (likely(region->host))
            return load_host(region->host + offset, width);
        if (mmio_is_plain(region, at, width) && region->ops->read)
            return region->ops->read(region->self, offset, width) & bus_ones(width);
    }
    memory_read(memory, address, &value, width);
    return value;
}

void memory_store(struct memory *memory, u32 address, u32 value, unsigned width)
{
    u32 at = memory_gate(memory, address);
    const struct region *region = memory->page[at >> PAGE_SHIFT];
    if (likely(region && at % PAGE_SIZE + width <= PAGE_SIZE)) {
        u32 offset = at - region->base;
        if (likely(region->kind == REGION_RAM)) {
            store_host(region->host + offset, value, width);
            written(memory, region, at, width);
            return;
        }
        if (mmio_is_plain(region, at, width) && region->ops->write) {
            region->ops->write(region->self, offset, value & bus_ones(width), width);
            return;
        }
    }
    memory_write(memory, address, &value, width);
}

const u8 *memory_page(struct memory *memory, u32 address, u8 **flags, bool *writable)
{
    u32 at = memory_gate(memory, address) & PAGE_MASK;
    const struct region *region = memory->page[at >> PAGE_SHIFT];
    if (!region || !region->host)
        return NULL;
    u32 offset = at - region->base;
    *writable = region->kind == REGION_RAM;
    *flags = *writable ? &memory->flags[region->ram_page + (offset >> PAGE_SHIFT)] : NULL;
    return region->host + offset;
}

/* Where the map shows a page that holds code, its listeners are told of the change. */
static void shown_written(struct memory *memory, u32 ram_page, u32 offset, u32 length)
{
    for (const struct region *region = memory->regions; region; region = region->next) {
        if (region->kind != REGION_RAM || !region->enabled || ram_page < region->ram_page ||
            ram_page - region->ram_page >= region->size >> PAGE_SHIFT)
            continue;
        u32 address = region->base + ((ram_page - region->ram_page) << PAGE_SHIFT) + offset % PAGE_SIZE;
        listeners_tell(memory, memory->flags[ram_page], address, length);
    }
}

void memory_video_written(struct memory *memory, u32 offset, u32 length)
{
    while (length) {
        u32 part = MIN(length, PAGE_SIZE - offset % PAGE_SIZE);
        u32 page = (u32)((memory->ram_bytes + offset) >> PAGE_SHIFT);
        memory->flags[page] |= PAGE_DIRTY | PAGE_DIRTY_VIDEO;
        if (unlikely(memory->flags[page] & (PAGE_HAS_CODE | PAGE_TRACED)))
            shown_written(memory, page, offset, part);
        offset += part;
        length -= part;
    }
}

void memory_video_dirty(struct memory *memory, void (*dirty)(void *self, u32 page), void *self)
{
    u8 *flags = memory->flags + (memory->ram_bytes >> PAGE_SHIFT);
    bool any = false;
    for (u32 page = 0; page < memory->video_bytes >> PAGE_SHIFT; page++) {
        if (likely(!(flags[page] & PAGE_DIRTY_VIDEO)))
            continue;
        flags[page] &= (u8)~PAGE_DIRTY_VIDEO;
        dirty(self, page);
        any = true;
    }
    if (any && memory->listener.dirty_cleared)
        memory->listener.dirty_cleared(memory->listener.self);
}

static bool page_is_zero(const u8 *page)
{
    for (unsigned i = 0; i < PAGE_SIZE; i += 64) {
        u64 line[8], any = 0;
        memcpy(line, page + i, sizeof(line));
        for (unsigned j = 0; j < ARRAY_LEN(line); j++)
            any |= line[j];
        if (any)
            return false;
    }
    return true;
}

/* A page of zeros counts 0, which is what the tables hold of pages that were never written: neither they nor their
 * pages need be looked at. */
u64 memory_page_hash(u64 page, const void *bytes)
{
    return page_is_zero(bytes) ? 0 : hash_bytes(page + 1, bytes, PAGE_SIZE);
}

static void page_rehash(struct memory *memory, u64 page)
{
    u64 hash = memory_page_hash(page, memory->ram + (page << PAGE_SHIFT));
    memory->ram_hash += hash - memory->page_hash[page];
    if (memory->page_hash[page] != hash)
        memory->page_hash[page] = hash;
    memory->flags[page] &= (u8)~PAGE_DIRTY;
}

u64 memory_hash(struct memory *memory)
{
    const u64 all_dirty = 0x0101010101010101 * PAGE_DIRTY;
    bool cleared = false;
    for (u64 group = 0; group < space_ram_pages(memory); group += 8) {
        u64 flags;
        memcpy(&flags, memory->flags + group, sizeof(flags));
        if (likely(!(flags & all_dirty)))
            continue;
        for (u64 page = group; page < group + 8; page++)
            if (memory->flags[page] & PAGE_DIRTY)
                page_rehash(memory, page);
        cleared = true;
    }
    if (cleared && memory->listener.dirty_cleared)
        memory->listener.dirty_cleared(memory->listener.self);
    return hash_bytes(memory->ram_bytes, &memory->ram_hash, sizeof(memory->ram_hash));
}
