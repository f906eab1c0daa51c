/* The block cache: building, finding and killing blocks (block.h says what a block is). */
#include "cpu/block.h"
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include "cpu/patch.h"
#include "cpu/stops.h"
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 24 << 20, PAGE_COUNT = 1 << 20, LINE_SHIFT = 7 };

static void slots_clear(struct block_cache *cache)
{
    for (unsigned k = 0; k < JUMP_SLOTS; k++)
        cache->jump[k] = (struct jump_slot){ NO_BLOCK, 0, NULL };
    memset(cache->bucket, 0, sizeof cache->bucket);
}

bool block_cache_init(struct cpu *cpu, struct error *why)
{
    struct block_cache *cache = pages_take(sizeof *cache);
    if (cache) {
        cache->arena = pages_take(ARENA_BYTES);
        cache->page = pages_take(PAGE_COUNT * sizeof *cache->page);
        cache->lines = pages_take(PAGE_COUNT * sizeof *cache->lines);
    }
    if (!cache || !cache->arena || !cache->page || !cache->lines)
        return error_set(why, "no memory for the block cache: free some on the host");
    cache->arena_size = ARENA_BYTES;
    slots_clear(cache);
    cpu->blocks = cache;
    cpu->jump_cache = cache->jump;
    return true;
}

void block_cache_destroy(struct cpu *cpu)
{
    if (!cpu->blocks)
        return;
    pages_give(cpu->blocks->arena, ARENA_BYTES);
    pages_give(cpu->blocks->page, PAGE_COUNT * sizeof *cpu->blocks->page);
    pages_give(cpu->blocks->lines, PAGE_COUNT * sizeof *cpu->blocks->lines);
    pages_give(cpu->blocks, sizeof *cpu->blocks);
    cpu->blocks = NULL;
}

/* Pages keep PAGE_HAS_CODE: the first write to one finds no block there and takes it back. */
void block_cache_flush(struct cpu *cpu)
{
    struct block_cache *cache = cpu->blocks;
    for (size_t at = 0; at < cache->arena_used;) {
        struct block *block = (struct block *)(cache->arena + at);
        if (block->physical != NO_BLOCK)
            cache->page[block->physical >> PAGE_SHIFT] = NULL, cache->lines[block->physical >> PAGE_SHIFT] = 0;
        at += sizeof *block + (block->count + 1u) * sizeof block->insn[0];
    }
    cache->arena_used = 0;
    slots_clear(cache);
    cache->flushes++;
    cpu->flush_blocks = false;
}

static unsigned bucket_of(u32 physical, u32 key) { return ((physical * 0x9e3779b1u) ^ key * 0x85ebca6bu) >> 17; }
_Static_assert(BLOCK_BUCKETS == 1 << 15, "bucket_of makes 15 bits");

struct block *block_find(struct cpu *cpu, u32 physical)
{
    struct jump_slot *slot = &cpu->jump_cache[jump_index(physical)];
    if (slot->physical == physical && slot->key == cpu->key)
        return slot->block;
    for (struct block *b = cpu->blocks->bucket[bucket_of(physical, cpu->key)]; b; b = b->bucket_next)
        if (b->physical == physical && b->key == cpu->key) {
            if (!b->straddles)
                *slot = (struct jump_slot){ physical, cpu->key, b };
            return b;
        }
    return NULL;
}

static void unlink_bucket(struct block_cache *cache, struct block *block)
{
    struct block **at = &cache->bucket[bucket_of(block->physical, block->key)];
    while (*at && *at != block)
        at = &(*at)->bucket_next;
    if (*at)
        *at = block->bucket_next;
}

/* The block stays in memory, for links may lead to it; its first handler sends them away. */
static void block_kill(struct cpu *cpu, struct block *block)
{
    struct jump_slot *slot = &cpu->jump_cache[jump_index(block->physical)];
    if (slot->block == block)
        *slot = (struct jump_slot){ NO_BLOCK, 0, NULL };
    unlink_bucket(cpu->blocks, block);
    block->physical = NO_BLOCK;
    block->insn[0].run = cpu->handlers[OP_stale];
    cpu->blocks->killed++;
}

static u32 lines_of(u32 from, u32 to) { return (u32)(((u64)2 << (to >> LINE_SHIFT)) - ((u64)1 << (from >> LINE_SHIFT))); }

/* Takes the flag back from a page without blocks, so that writes to it are fast again. */
static void page_released(struct cpu *cpu, u32 address)
{
    u8 *flags;
    bool writable;
    if (memory_page(cpu->memory, address, &flags, &writable) && flags && !(*flags & PAGE_PATCHED))
        *flags &= (u8)~PAGE_HAS_CODE;
}

void block_code_written(void *self, u32 address, u32 length)
{
    struct cpu *cpu = self;
    struct block **at = &cpu->blocks->page[address >> PAGE_SHIFT];
    u32 first = address & ~PAGE_MASK, lines = lines_of(first, first + length - 1), kept = 0;
    if (unlikely(cpu->monitor->patch))
        patch_written(cpu->monitor->patch, address, length);
    if (*at && !(cpu->blocks->lines[address >> PAGE_SHIFT] & lines))
        return;
    while (*at) {
        struct block *block = *at;
        u32 from = block->physical & ~PAGE_MASK;
        bool hit = block->physical == NO_BLOCK ||
                   ((block->lines & lines) && first < from + block->bytes && first + length > from);
        if (!hit) {
            kept |= block->lines;
            at = &block->page_next;
            continue;
        }
        *at = block->page_next;
        if (block->physical != NO_BLOCK) {
            block_kill(cpu, block);
            cpu->end_block = true;
        }
    }
    cpu->blocks->lines[address >> PAGE_SHIFT] = kept;
    if (!cpu->blocks->page[address >> PAGE_SHIFT])
        page_released(cpu, address);
}

/* ---- building ---- */
static bool is_jcc(const struct insn *insn) { return insn->op >= OP_jcc_o && insn->op <= OP_jcc_g; }

/* Fused handlers follow their lists: for each compare, one per condition of FUSED_CONDITIONS. */
static const u16 fusion_of[OP_COUNT] = {
#define F(name) [OP_##name] = OP_##name##_j_b,
    FUSED_COMPARES(F)
    FUSED_RESULTS(F)
#undef F
};
/* Place of each condition code in FUSED_CONDITIONS, -1 for O and P. */
static const s8 fused_place[16] = { -1, -1, 0, 1, 2, 3, 4, 5, 6, 7, -1, -1, 8, 9, 10, 11 };

static op_fn *fused_handler(const struct cpu *cpu, const struct insn *first, const struct insn *second)
{
    if (!is_jcc(second) || fused_place[second->op - OP_jcc_o] < 0 || !fusion_of[first->op])
        return NULL;
    return cpu->handlers[fusion_of[first->op] + fused_place[second->op - OP_jcc_o]];
}

static const u8 pair_of[OP_COUNT] = {
#define Q(a, b) [OP_##b] = PAIR_##b,
    PAIR_SECOND(Q, )
#undef Q
};
static op_fn *paired_handler(const struct cpu *cpu, const struct insn *first, const struct insn *second)
{
    unsigned a = pair_of[first->op], b = pair_of[second->op];
    if (a == PAIR_NONE || a > PAIR_FIRSTS || b == PAIR_NONE)
        return NULL;
    return cpu->handlers[OP_pair_mov_rr32_mov_rr32 + (a - 1) * PAIR_SECONDS + (b - 1)];
}

/* Fusion, from the front: a compare with its jump before a pair, and no pair that would take a compare from its jump. */
static void block_fuse(struct cpu *cpu, struct block *block)
{
    for (unsigned k = 0; k + 1 < block->count;) {
        struct insn *insn = &block->insn[k];
        op_fn *handler = fused_handler(cpu, insn, insn + 1);
        bool wanted = !handler && k + 2 < block->count && fused_handler(cpu, insn + 1, insn + 2);
        if (!handler && !wanted)
            handler = paired_handler(cpu, insn, insn + 1);
        if (handler)
            insn->run = handler;
        k += handler ? 2 : 1;
    }
}

/* Charges, handlers, fusion. */
static void block_finish(struct cpu *cpu, struct block *block, const unsigned *cost)
{
    unsigned after = 0;
    for (int k = block->count - 1; k >= 0; k--) {
        struct insn *insn = &block->insn[k];
        insn->cost_after = (u16)after;
        insn->count_after = (u8)(block->count - 1 - k);
        insn->run = cpu->handlers[insn->op];
        after += cost[k];
    }
    block_fuse(cpu, block);
    if (unlikely(block->watched))
        block->insn[0].run = cpu->handlers[OP_watched];
    block->charge = ((s64)after << 32) - block->count;
}

/* The link to what follows. */
static void block_close(struct cpu *cpu, struct block *block, u32 next_offset)
{
    struct insn *insn = &block->insn[block->count];
    *insn = (struct insn){ .op = (cpu->key & KEY_FLAT) ? OP_next : OP_next_s, .size = 4, .charge = NOT_LINKED,
                           .page_offset = (u16)next_offset };
    insn->target = (s32)next_offset;
    insn->run = cpu->handlers[insn->op];
}

static void block_enlist(struct cpu *cpu, struct block *block)
{
    struct block_cache *cache = cpu->blocks;
    u32 offset = block->physical & ~PAGE_MASK;
    struct block **bucket = &cache->bucket[bucket_of(block->physical, block->key)];
    block->lines = lines_of(offset, MIN(offset + block->bytes, (u32)PAGE_SIZE) - 1);
    block->bucket_next = *bucket;
    *bucket = block;
    block->page_next = cache->page[block->physical >> PAGE_SHIFT];
    cache->page[block->physical >> PAGE_SHIFT] = block;
    cache->lines[block->physical >> PAGE_SHIFT] |= block->lines;
    if (!block->straddles)
        cpu->jump_cache[jump_index(block->physical)] = (struct jump_slot){ block->physical, block->key, block };
    cache->built++;
}

/* Writes to the page must come to block_code_written from now on. */
static void page_watch(struct cpu *cpu, u32 physical, u8 *flags)
{
    if (!flags || (*flags & PAGE_HAS_CODE))
        return;
    *flags |= PAGE_HAS_CODE;
    tlb_protect_page(cpu, physical);
}

static struct block *block_room(struct cpu *cpu)
{
    struct block_cache *cache = cpu->blocks;
    size_t most = sizeof(struct block) + (BLOCK_CAP + 1) * sizeof(struct insn);
    if (cache->arena_used + most > cache->arena_size)
        block_cache_flush(cpu);
    return (struct block *)(cache->arena + cache->arena_used);
}

static bool code_is_plain(const struct cpu *cpu, u32 physical)
{
    u8 *flags;
    bool writable;
    return memory_page(cpu->memory, physical, &flags, &writable);
}

/* Bytes of code, which lie in one page. A device's come through the bus, at a known time, and may move events; what is
 * made of them must not be kept, for each execution reads them again. False: they are a device's. */
static bool code_read(struct cpu *cpu, u32 physical, u8 *bytes, unsigned length)
{
    bool plain = code_is_plain(cpu, physical);
    if (!plain) cpu_sync_fetch(cpu);
    memory_read(cpu->memory, physical, bytes, length);
    return plain;
}

/* An instruction that goes on in the next page. It is found through no link. A write to the second page kills nothing:
 * the bytes there are compared at each entry instead (block_straddle_good). */
static bool decode_straddling(struct cpu *cpu, u32 eip, u32 physical, const u8 *head, unsigned have, struct block *block,
                              struct decoded *d, bool *keep)
{
    u8 bytes[INSN_MAX_BYTES];
    u32 second, linear = cpu->sys.seg[CS].base + eip + have;
    if ((u64)eip + have > cpu->sys.seg[CS].limit) {        /* the limit refuses the fetch before paging can */
        cpu_raise_error(cpu, VEC_GP, 0);
        return false;
    }
    if (!tlb_translate_code(cpu, linear, &second))
        return false;
    memcpy(bytes, head, have);
    *keep &= code_read(cpu, second, bytes + have, INSN_MAX_BYTES - have);
    decode(cpu, cpu->key, bytes, INSN_MAX_BYTES, physical & ~PAGE_MASK, d);
    block->straddles = true;
    block->head = (u8)have;
    memcpy(block->tail, bytes + have, INSN_MAX_BYTES - have);
    return true;
}

bool block_straddle_good(struct cpu *cpu, const struct block *block, u32 eip, bool *fault)
{
    u8 bytes[sizeof block->tail];
    u32 second, count = block->insn[0].len - block->head;
    *fault = (u64)eip + block->head > cpu->sys.seg[CS].limit;
    if (*fault) {
        cpu_raise_error(cpu, VEC_GP, 0);
        return false;
    }
    *fault = !tlb_translate_code(cpu, cpu->sys.seg[CS].base + eip + block->head, &second);
    if (*fault)
        return false;
    if (!code_is_plain(cpu, second))
        return false;
    memory_read(cpu->memory, second, bytes, count);
    return memcmp(bytes, block->tail, count) == 0;
}

void block_drop(struct cpu *cpu, struct block *block)
{
    struct block **at = &cpu->blocks->page[block->physical >> PAGE_SHIFT];
    while (*at != block)
        at = &(*at)->page_next;
    *at = block->page_next;
    block_kill(cpu, block);
}

static void decoded_log(const struct cpu *cpu, u32 eip, const u8 *bytes, bool straddles, const struct decoded *d)
{
    char text[2 * INSN_MAX_BYTES + 3] = "";
    unsigned count = straddles ? MIN(d->insn.len, PAGE_SIZE - d->insn.page_offset) : d->insn.len;
    for (unsigned k = 0; k < count; k++)
        snprintf(text + 2 * k, 3, "%02x", bytes[k]);
    log_line(cpu->log, LOG_IN_ASM, "%04x:%08x  %-30s %s", cpu->sys.seg[CS].selector, eip,
             straddles ? strcat(text, "..") : text, d->name);
}

struct block *block_build(struct cpu *cpu, u32 eip, u32 physical, unsigned cap, bool keep)
{
    u8 *flags, uncached[INSN_MAX_BYTES];
    bool writable;
    unsigned cost[BLOCK_CAP];
    struct block *block = block_room(cpu);
    u32 offset = physical & ~PAGE_MASK, at = offset;
    const u8 *page = memory_page(cpu->memory, physical, &flags, &writable);
    const u8 *code = page ? page + offset : uncached;
    if (!page) {
        keep &= code_read(cpu, physical, uncached, MIN(sizeof uncached, PAGE_SIZE - offset));
        cap = 1;
    }
    *block = (struct block){ .physical = physical, .key = cpu->key };
    while (block->count < cap && at < PAGE_SIZE) {
        struct decoded d;
        decode(cpu, cpu->key, code + (at - offset), PAGE_SIZE - at, (u16)at, &d);
        if (d.truncated) {
            if (block->count)
                break;
            if (!decode_straddling(cpu, eip, physical, code + (at - offset), PAGE_SIZE - at, block,
                                   &d, &keep))
                return NULL;
        }
        if (LOG_ON(cpu->log, LOG_IN_ASM))
            decoded_log(cpu, eip + (at - offset), page + at, block->straddles, &d);
        if (stops_on(cpu) && stops_marked(cpu, (physical & PAGE_MASK) | at, &d.insn, code + (at - offset))) {
            if (block->count)
                break;
            block->watched = true;
        }
        /* REP keeps its own cost: a chunk that is to be resumed gives it back. */
        if (d.repeats)
            d.insn.imm = d.cost;
        cost[block->count] = d.cost;
        block->insn[block->count++] = d.insn;
        at += d.insn.len;
        if (d.last || block->straddles)
            break;
    }
    if (unlikely(cpu->monitor->patch) && !(cpu->key & KEY_USER))
        patch_scan(cpu, block, eip);
    if (unlikely(cpu->blocks->observer.built)) {
        keep &= cpu->blocks->observer.built(cpu->blocks->observer.self, block);
        at = block->insn[block->count - 1].page_offset + block->insn[block->count - 1].len;
    }
    block->bytes = (u16)(at - offset);
    block_finish(cpu, block, cost);
    block_close(cpu, block, at);
    if (keep) {
        page_watch(cpu, physical, flags);
        cpu->blocks->arena_used += sizeof *block + (block->count + 1u) * sizeof block->insn[0];
        block_enlist(cpu, block);
    }
    return block;
}
