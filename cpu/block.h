/* Decoded blocks: where they live, how they are found, how they die.
 *
 * A block is a pure function of physical address, key and bytes. It ends at a branch other than Jcc, at an instruction
 * that must be last (sensitive ones that change state, REP, I/O), at the page's end, or at the cap. Memory of dead
 * blocks is not used again before the whole arena is emptied, so a link to one only has to find out: a dead block's
 * first handler says so. */
#ifndef CPU_BLOCK_H
#define CPU_BLOCK_H
#include "cpu/cpu.h"

enum { BLOCK_CAP = 32, JUMP_SLOTS = 8192, BLOCK_BUCKETS = 32768 };
#define NO_BLOCK 0xffffffffu               /* a block's `physical` after its death; no block starts there */

/* Block key (design.md 4). View, mode and run conditions that change what a decoded instruction means. */
enum block_key {
    KEY_CODE32 = 1, KEY_STACK32 = 2, KEY_USER = 4, KEY_PROTECTED = 8, KEY_V86 = 16,
    KEY_FLAT = 32 /* CS DS ES SS: base 0, limit 4 GiB, readable; DS ES SS writable */,
    KEY_TS = 64, KEY_EM = 128, KEY_OSFXSR = 256, KEY_MP = 512
};

struct block {
    u32           physical;                /* of the first byte, A20 applied */
    u32           key;
    s64           charge;                  /* cycles << 32, less the number of instructions */
    struct block *bucket_next, *page_next;
    u16           bytes;
    u8            count;
    bool          watched;                 /* a debugger looks before its first instruction */
    bool          straddles;               /* one instruction over two pages: never linked, checked at each entry */
    u8            head;                    /* straddling: bytes in the first page; the others are in tail[] */
    u8            tail[14];
    u32           lines;                   /* 128-byte lines of its page that it has bytes in */
    struct insn   insn[];                  /* count + 1: the last is the link to what follows */
};

struct jump_slot { u32 physical, key; struct block *block; };

/* Who wants to hear of blocks, while what a run would cost is counted (costs.h). NULL: nobody. It is asked before handlers
 * are chosen: insn->op may be changed, block->count lowered. false: the block is executed once and not kept. */
struct block_observer {
    bool (*built)(void *self, struct block *block);
    void  *self;
};

struct block_cache {
    u8            *arena;
    size_t         arena_size, arena_used;
    struct block **page;                   /* 2^20 heads: blocks of each physical page */
    u32           *lines;                  /* 2^20: 128-byte lines of each page that blocks have bytes in */
    struct jump_slot jump[JUMP_SLOTS];
    struct block  *bucket[BLOCK_BUCKETS];
    u64            built, killed, flushes;
    struct block_observer observer;
    u64            returns;                /* executed by OP_ret_counted */
    s64            return_charge;          /* what each of these takes from the budget */
};

bool block_cache_init(struct cpu *cpu, struct error *why);
void block_cache_destroy(struct cpu *cpu);
/* Forgets all blocks. Not while one is running. */
void block_cache_flush(struct cpu *cpu);
/* Kills the blocks with bytes in [address, address + length) of one page; the memory's listener calls it. */
void block_code_written(void *cpu, u32 address, u32 length);
/* The block at a physical address with the key of now, if there is one. */
struct block *block_find(struct cpu *cpu, u32 physical);
/* Decodes the block at cs:eip whose first byte is at `physical`. NULL: a fault was raised (fetch). */
struct block *block_build(struct cpu *cpu, u32 eip, u32 physical, unsigned cap, bool keep);

/* A straddling block's second page still has its bytes. *fault: a fetch fault was raised instead. */
bool block_straddle_good(struct cpu *cpu, const struct block *block, u32 eip, bool *fault);
/* Kills one block. */
void block_drop(struct cpu *cpu, struct block *block);

/* No block has bytes in the lines of [physical, physical + length) of one page. */
static inline bool block_lines_clear(const struct block_cache *cache, u32 physical, unsigned length)
{
    u32 lines = cache->lines[physical >> PAGE_SHIFT], offset = physical & ~PAGE_MASK;
    return !(lines >> (offset >> 7) & 1) && !(lines >> ((offset + length - 1) >> 7) & 1);
}

static inline unsigned jump_index(u32 physical) { return (physical ^ physical >> 12) & (JUMP_SLOTS - 1); }
#endif
