/* Scan before execute (--vmm=patch): what a monitor in the manner of VMware or VirtualBox's raw mode would have patched.
 *
 * Nothing runs at virtual CPL < 3 before its block is decoded; decoding marks the bytes of every sensitive instruction
 * that would not trap by itself, and the mark is the patch: guest memory is never written. A real monitor would have put
 * a trapping instruction there and would have to hide it from whoever reads those bytes as data; such reads are counted. */
#ifndef CPU_PATCH_H
#define CPU_PATCH_H
#include "cpu/block.h"

enum { PATCH_PAGES = 1 << 20 };
struct patch_page {
    u8  length[PAGE_SIZE];                 /* of the site that begins at a byte; 0: none */
    u16 sites;                             /* that begin here */
    u32 before;                            /* number + 1 of the page whose last sites go on in this one */
};
struct patch {
    struct memory     *memory;
    struct patch_page **page;              /* by physical page; NULL: never had sites */
    u8                *scanned;            /* a bit per physical page */
    u64 pages_scanned, blocks_scanned, sites, sites_now, overwritten, hidden_reads;
};

struct patch *patch_create(struct memory *memory, struct error *why);
void patch_destroy(struct patch *patch);
/* A block of the guest's kernel has been decoded and is about to run for the first time; it begins at `eip`. */
void patch_scan(struct cpu *cpu, const struct block *block, u32 eip);
/* The bytes [address, address + length) of one page have changed: what was patched there is the guest's no longer. */
void patch_written(struct patch *patch, u32 address, u32 length);
/* The guest reads bytes of one page as data. */
void patch_read(struct patch *patch, u32 address, u32 length);
/* The counters, in a line. */
void patch_print(const struct patch *patch, void (*line)(void *self, const char *text), void *self);
#endif
