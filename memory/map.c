/* The map of the physical address space (memory/memory.h): who answers where, flattened into one entry per page.
 * Regions are kept sorted by rising priority, the later mapped of equals last, so that painting them in list order
 * leaves the winner on top. Real chip sets decode in parallel; a conflict there is undefined, here priority decides. */
#include "memory/memory.h"
#include "memory/space.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const u64 SPACE_BYTES = (u64)1 << 32;

enum { SPACE_PAGES = 1 << 20, HUGE_PAGE = 2 << 20 };

void *pages_take(u64 bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/* A table of which most entries stay untouched: a huge page would commit 2 MiB for one of them. */
static void *table_take(u64 bytes)
{
    void *table = pages_take(bytes);
    if (table)
        madvise(table, bytes, MADV_NOHUGEPAGE);
    return table;
}

/* Guest RAM, aligned so that the host can back it with huge pages. */
static u8 *ram_take(u64 bytes)
{
    u8 *raw = pages_take(bytes + HUGE_PAGE);
    if (!raw)
        return NULL;
    u64 head = -(uintptr_t)raw & (HUGE_PAGE - 1);
    if (head)
        munmap(raw, head);
    if (head < HUGE_PAGE)
        munmap(raw + head + bytes, HUGE_PAGE - head);
    madvise(raw + head, bytes, MADV_HUGEPAGE);
    return raw + head;
}

bool memory_init(struct memory *memory, u64 ram_bytes, struct error *why)
{
    return memory_init_video(memory, ram_bytes, 0, why);
}

bool memory_init_video(struct memory *memory, u64 ram_bytes, u64 video_bytes, struct error *why)
{
    *memory = (struct memory){ .a20 = true };
    assert(video_bytes % PAGE_SIZE == 0);
    if (ram_bytes == 0 || ram_bytes % PAGE_SIZE || ram_bytes > SPACE_BYTES)
        return error_set(why, "%llu bytes of RAM are not possible; choose 1 to 4096 MiB with -m",
                         (unsigned long long)ram_bytes);
    memory->ram_bytes = ram_bytes;
    memory->video_bytes = video_bytes;
    memory->ram = ram_take(memory_storage(memory));
    memory->flags = table_take(space_flags_bytes(memory));
    memory->page_hash = table_take(space_ram_pages(memory) * sizeof(*memory->page_hash));
    memory->page = table_take(SPACE_PAGES * sizeof(struct region *));
    if (memory->ram && memory->flags && memory->page_hash && memory->page)
        return true;
    memory_destroy(memory);
    return error_set(why, "the host has no %llu MiB of memory for the guest; choose less with -m",
                     (unsigned long long)(ram_bytes >> 20));
}

static void change_announce(struct memory *memory, u32 base, u64 size)
{
    if (memory->listener.map_changed)
        memory->listener.map_changed(memory->listener.self, base, size);
}

static bool file_map(void *at, u64 bytes, int fd, u64 offset)
{
    return mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, (off_t)offset) == at;
}

/* In place, for regions and the CPU point into it. */
bool memory_map_file(struct memory *memory, const struct memory_file *file, struct error *why)
{
    assert(file->storage_offset % PAGE_SIZE == 0 && file->hashes_offset % PAGE_SIZE == 0);
    u64 hashes = space_ram_pages(memory) * sizeof(*memory->page_hash);
    if (!file_map(memory->ram, memory_storage(memory), file->fd, file->storage_offset)
        || !file_map(memory->page_hash, hashes, file->fd, file->hashes_offset))
        return error_set(why, "the host cannot map a saved RAM of %llu MiB: %s",
                         (unsigned long long)(memory_storage(memory) >> 20), strerror(errno));
    memset(memory->flags, 0, space_flags_bytes(memory));
    memset(memory->flags + (memory->ram_bytes >> PAGE_SHIFT), PAGE_DIRTY_VIDEO, memory->video_bytes >> PAGE_SHIFT);
    memory->ram_hash = file->hash_sum;
    change_announce(memory, 0, SPACE_BYTES);
    return true;
}

void pages_give(void *pages, u64 bytes)
{
    if (pages)
        munmap(pages, bytes);
}

void memory_destroy(struct memory *memory)
{
    while (memory->regions) {
        struct region *region = memory->regions;
        memory->regions = region->next;
        if (region->kind == REGION_ROM)
            pages_give(region->host, region->size);
        free(region);
    }
    pages_give(memory->ram, memory_storage(memory));
    pages_give(memory->flags, space_flags_bytes(memory));
    pages_give(memory->page_hash, space_ram_pages(memory) * sizeof(*memory->page_hash));
    pages_give(memory->page, SPACE_PAGES * sizeof(struct region *));
    *memory = (struct memory){ 0 };
}

/* Puts a region on top of what is painted in the pages [first, last]. A page it fills only in part has no single
 * owner: accesses there look through the list (space_region). */
static void region_paint(struct memory *memory, struct region *region, u64 first, u64 last)
{
    u64 end = MIN(region->base + region->size, SPACE_BYTES);
    u64 low = MAX(first, region->base >> PAGE_SHIFT), high = MIN(last, (end - 1) >> PAGE_SHIFT);
    for (u64 page = low; page <= high; page++) {
        u64 start = page << PAGE_SHIFT;
        bool whole = region->base <= start && start + PAGE_SIZE <= end;
        memory->page[page] = whole ? region : NULL;
    }
}

static void map_paint(struct memory *memory, u64 first, u64 last)
{
    for (u64 page = first; page <= last; page++)
        if (memory->page[page])
            memory->page[page] = NULL;
    for (struct region *region = memory->regions; region; region = region->next)
        if (region->enabled)
            region_paint(memory, region, first, last);
}

void memory_changed(struct memory *memory, u32 base, u64 size)
{
    if (size == 0)
        return;
    u64 end = MIN(base + size, SPACE_BYTES);
    map_paint(memory, base >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT);
    change_announce(memory, base, end - base);
}

void memory_set_a20(struct memory *memory, bool on)
{
    if (memory->a20 == on)
        return;
    memory->a20 = on;
    /* The gate sits before the map: what is painted stays true, and guests toggle A20 too often to paint it anew. */
    change_announce(memory, 0, SPACE_BYTES);
}

struct region *space_region(const struct memory *memory, u32 address)
{
    struct region *winner = NULL;
    for (struct region *region = memory->regions; region; region = region->next)
        if (region->enabled && address >= region->base && address - region->base < region->size)
            winner = region;
    return winner;
}

static struct region *region_add(struct memory *memory, struct region row)
{
    assert(row.size > 0 && row.base + row.size <= SPACE_BYTES);
    assert(row.kind == REGION_MMIO || (row.base % PAGE_SIZE == 0 && row.size % PAGE_SIZE == 0));
    struct region *region = malloc(sizeof(*region));
    if (!region)
        abort();
    struct region **link = &memory->regions;
    while (*link && (*link)->priority <= row.priority)
        link = &(*link)->next;
    *region = row;
    region->enabled = true;
    region->next = *link;
    *link = region;
    memory_changed(memory, row.base, row.size);
    return region;
}

struct region *memory_map_ram(struct memory *memory, const char *name, u32 base, u64 size, u64 ram_offset, int priority)
{
    assert(ram_offset % PAGE_SIZE == 0 && ram_offset + size <= memory_storage(memory));
    return region_add(memory, (struct region){
        .name = name, .kind = REGION_RAM, .base = base, .size = size, .priority = priority,
        .host = memory->ram + ram_offset, .ram_page = (u32)(ram_offset >> PAGE_SHIFT) });
}

struct region *memory_map_rom(struct memory *memory, const char *name, u32 base, u64 size, const u8 *bytes,
                              int priority)
{
    u8 *host = pages_take(size);
    if (!host)
        abort();
    if (bytes)
        memcpy(host, bytes, size);
    else
        memset(host, 0xff, size);
    return region_add(memory, (struct region){
        .name = name, .kind = REGION_ROM, .base = base, .size = size, .priority = priority, .host = host });
}

struct region *memory_map_mmio(struct memory *memory, const char *name, u32 base, u64 size,
                               const struct region_ops *ops, void *self, int priority)
{
    return region_add(memory, (struct region){
        .name = name, .kind = REGION_MMIO, .base = base, .size = size, .priority = priority,
        .ops = ops, .self = self });
}

static void region_moved(struct memory *memory, struct region *region, u32 old_base, bool was_enabled)
{
    if (was_enabled)
        memory_changed(memory, old_base, region->size);
    if (region->enabled && (!was_enabled || region->base != old_base))
        memory_changed(memory, region->base, region->size);
}

void memory_region_set(struct memory *memory, struct region *region, u32 base, bool enabled)
{
    assert(region->kind == REGION_MMIO || base % PAGE_SIZE == 0);
    u32 old_base = region->base;
    bool was_enabled = region->enabled;
    if (old_base == base && was_enabled == enabled)
        return;
    region->base = base;
    region->enabled = enabled;
    region_moved(memory, region, old_base, was_enabled);
}

void memory_region_show(struct memory *memory, struct region *region, u32 base, u64 ram_offset, bool enabled)
{
    assert(region->kind == REGION_RAM && ram_offset % PAGE_SIZE == 0);
    assert(ram_offset + region->size <= memory_storage(memory));
    u32 old_base = region->base, old_page = region->ram_page;
    bool was_enabled = region->enabled;
    region->ram_page = (u32)(ram_offset >> PAGE_SHIFT);
    region->host = memory->ram + ram_offset;
    region->base = base;
    region->enabled = enabled;
    if (old_base != base || old_page != region->ram_page || was_enabled != enabled)
        region_moved(memory, region, old_base, was_enabled);
}
