/* The physical address space: RAM, ROM, MMIO, overlays by priority, A20, and one flag byte per page.
 *
 * All writers are equal: CPU slow path, DMA, loaders, debugger and disks write through memory_write, which tells the
 * listener about code pages and marks pages dirty. No raw RAM pointer leaves this folder but into the CPU's TLB
 * (memory_page). Every change of the map goes through memory_changed. */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H
#include "core/types.h"
#include "core/error.h"

enum { PAGE_SHIFT = 12, PAGE_SIZE = 4096 };
#define PAGE_MASK (~(u32)(PAGE_SIZE - 1))

enum width { WIDTH_8 = 1, WIDTH_16 = 2, WIDTH_32 = 4 };    /* in bytes; or-ed in region_ops.widths */

/* What a chip offers on a memory range or a port range. Offsets count from the start of the range.
 * The bus splits accesses wider than, and aligned differently from, what `widths` allows (little-endian, low first). */
struct region_ops {
    u32  (*read)(void *self, u32 offset, unsigned width);
    void (*write)(void *self, u32 offset, u32 value, unsigned width);
    u8     widths;
};

enum page_flag {                    /* per RAM page */
    PAGE_HAS_CODE = 1,              /* decoded blocks come from it: writes must be told to the listener */
    PAGE_DIRTY    = 2,              /* written since the state hash last looked */
    PAGE_DIRTY_VIDEO = 4,           /* written since the screen last looked */
    PAGE_PATCHED  = 16,             /* a monitor has patched code in it: reads and writes are looked at */
    PAGE_TRACED   = 8               /* a monitor traces it: writes must be told to the listener */
};

enum region_kind { REGION_RAM, REGION_ROM, REGION_MMIO };

struct region {                     /* one mapping; owned by the space */
    struct region  *next;
    const char     *name;
    enum region_kind kind;
    u32             base;
    u64             size;           /* bytes; base + size <= 4 GiB; multiples of a page for RAM and ROM */
    int             priority;       /* higher hides lower */
    bool            enabled;
    u8             *host;           /* RAM, ROM */
    u32             ram_page;       /* RAM: index of its first page in flags[] */
    const struct region_ops *ops;   /* MMIO; for ROM: receives writes if not NULL (flash, PAM write-through) */
    void           *self;
};

/* How the CPU hears of changes. Each may be NULL. */
struct memory_listener {
    /* The bytes [address, address + length), all inside one page that has code, have just been changed. `address` is
     * the one written to, behind the A20 gate; boards map each RAM page at one address only. */
    void (*code_written)(void *self, u32 address, u32 length);
    /* The map of [base, base + size) changed: translations and decoded blocks from there are no longer good. */
    void (*map_changed)(void *self, u32 base, u64 size);
    /* Fast write paths to all pages must come back through memory_write once (dirty flags were cleared). */
    void (*dirty_cleared)(void *self);
    void *self;
    /* As code_written, for pages that are traced. */
    void (*traced_written)(void *self, u32 address, u32 length);
};

struct memory {
    u8             *ram;            /* ram_bytes of guest RAM, then video RAM; mmap-ed, page aligned */
    u64             ram_bytes, video_bytes;
    u8             *flags;          /* enum page_flag, one per page of RAM and of video RAM */
    struct region  *regions;
    struct region **page;           /* 2^20 entries: the region that owns all of a page, NULL where there is none such */
    bool            a20;            /* false: address bit 20 is forced to 0 */
    struct memory_listener listener;
    u64             ram_hash;       /* sum of the page hashes */
    u64            *page_hash;      /* per RAM page, valid while not PAGE_DIRTY */
};

/* What leaves the A20 gate. */
static inline u32 memory_gate(const struct memory *memory, u32 address)
{
    return memory->a20 ? address : address & ~((u32)1 << 20);
}

/* Zero-filled host pages that cost nothing until touched, for large tables; NULL if the host refuses. */
void *pages_take(u64 bytes);
/* NULL is good. */
void pages_give(void *pages, u64 bytes);

bool memory_init(struct memory *memory, u64 ram_bytes, struct error *why);
/* With video RAM behind guest RAM: regions show it, hashes cover it, but a board that asks for ram_bytes does not see it. */
bool memory_init_video(struct memory *memory, u64 ram_bytes, u64 video_bytes, struct error *why);
void memory_destroy(struct memory *memory);

/* Replaces RAM and video RAM by a copy of a file's bytes, which are read when they are touched and copied when they are
 * written; the file is never. The same of the pages' hashes, a u64 each, whose sum is `hash_sum`. Both offsets are
 * multiples of a page, and the file is as long as that takes. On failure *why says so and RAM is of no use any more. */
struct memory_file { int fd; u64 storage_offset, hashes_offset, hash_sum; };
bool memory_map_file(struct memory *memory, const struct memory_file *file, struct error *why);
/* What memory_hash keeps of the page at `bytes`, of number `page`. */
u64  memory_page_hash(u64 page, const void *bytes);

/* Bytes of RAM and video RAM together. */
static inline u64 memory_storage(const struct memory *memory) { return memory->ram_bytes + memory->video_bytes; }

/* Map. RAM regions alias [ram_offset, ram_offset + size) of guest RAM, or of video RAM from ram_bytes on; of equal
 * priorities the later mapped wins. Returned regions live until memory_destroy. */
struct region *memory_map_ram (struct memory *, const char *name, u32 base, u64 size, u64 ram_offset, int priority);
/* The bytes are copied; NULL: all FFh. */
struct region *memory_map_rom (struct memory *, const char *name, u32 base, u64 size, const u8 *bytes, int priority);
struct region *memory_map_mmio(struct memory *, const char *name, u32 base, u64 size, const struct region_ops *,
                               void *self, int priority);
/* Moves, enables or disables a region (BARs, PAM, SMRAM); ends in memory_changed for the old and the new range. */
void memory_region_set(struct memory *, struct region *, u32 base, bool enabled);
/* The same, and which part of the storage a RAM region shows. */
void memory_region_show(struct memory *, struct region *, u32 base, u64 ram_offset, bool enabled);
void memory_set_a20(struct memory *, bool on);
/* The one place where a change of the map is made known. */
void memory_changed(struct memory *, u32 base, u64 size);

/* Any length, any alignment; wraps at 4 GiB. Reads where nothing is give FFh; writes there are dropped. A20 applies. */
void memory_read (struct memory *, u32 address, void *bytes, u32 length);
void memory_write(struct memory *, u32 address, const void *bytes, u32 length);
/* One access of 1, 2 or 4 bytes as the bus sees it (MMIO handlers see the width). */
u32  memory_load (struct memory *, u32 address, unsigned width);
void memory_store(struct memory *, u32 address, u32 value, unsigned width);

/* The host page behind a physical page for the CPU's TLB: NULL if it must go through memory_load/store.
 * *flags is the page's flag byte, or NULL for ROM. A20 applies. */
const u8 *memory_page(struct memory *, u32 address, u8 **flags, bool *writable);

/* Video RAM is the display adapter's: it reads and writes the bytes itself, and tells of each write. */
static inline u8 *memory_video(const struct memory *memory) { return memory->ram + memory->ram_bytes; }
/* The adapter changed [offset, offset + length) of video RAM. */
void memory_video_written(struct memory *, u32 offset, u32 length);
/* The same of 1, 2 or 4 aligned bytes. */
static inline void memory_video_stored(struct memory *memory, u32 offset, u32 length)
{
    u8 *flags = &memory->flags[(memory->ram_bytes + offset) >> PAGE_SHIFT];
    *flags |= PAGE_DIRTY | PAGE_DIRTY_VIDEO;
    if (*flags & (PAGE_HAS_CODE | PAGE_TRACED)) memory_video_written(memory, offset, length);
}
/* Calls `dirty` for each page of video RAM (counted from its start) written since the last call. */
void memory_video_dirty(struct memory *, void (*dirty)(void *self, u32 page), void *self);

/* Hash of all RAM; only pages dirty since the last call are read again. */
u64  memory_hash(struct memory *);
#endif
