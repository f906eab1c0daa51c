/* Which clusters of a qcow2 file are in use, and how often (frontend/image_qcow2.h). Blocks of reference counts are loaded
 * when they are needed and stay. `busy` has a bit for each cluster that may not be taken: it is counted, or the tables
 * in the file still refer to it. */
#include "frontend/image_qcow2.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = (8 << 20) / 8 };

u64 qcow2_block_clusters(const struct qcow2 *q)
{
    return q->cluster * 8 >> q->header.refcount_order;
}

/* ---- counts in a block ---- */
static u64 count_get(const u8 *bytes, unsigned order, u64 index)
{
    unsigned width = 1u << order;
    u64 value = 0;
    if (width < 8) return bytes[index * width / 8] >> (index * width % 8) & ((1u << width) - 1);
    for (unsigned i = 0; i < width / 8; i++) value = value << 8 | bytes[index * (width / 8) + i];
    return value;
}

static void count_put(u8 *bytes, unsigned order, u64 index, u64 value)
{
    unsigned width = 1u << order, shift = (unsigned)(index * width % 8);
    u8 *small = bytes + index * width / 8;
    if (width < 8) *small = (u8)((*small & ~(((1u << width) - 1) << shift)) | value << shift);
    else for (unsigned i = 0; i < width / 8; i++) bytes[(index + 1) * (width / 8) - 1 - i] = (u8)(value >> 8 * i);
}

/* ---- blocks ---- */
static bool blocks_grow(struct qcow2 *q, u64 count)
{
    u64 room = MAX(count, q->block_room * 2);
    if (count <= q->block_count) return true;
    if (count > BLOCKS_MAX) return false;
    if (count > q->block_room) {
        struct qcow2_block *block = realloc(q->block, room * sizeof *block);
        if (!block) return false;
        q->block = block;
        q->block_room = room;
    }
    memset(q->block + q->block_count, 0, (count - q->block_count) * sizeof *q->block);
    q->block_count = count;
    return true;
}

static bool block_fill(struct qcow2 *q, struct qcow2_block *block)
{
    u64 clusters = qcow2_block_clusters(q);
    if (block->offset && !qcow2_inside(q, block->offset, 1))
        return qcow2_damaged(q, "a block of reference counts lies outside");
    if (block->offset && !image_file_read_padded(&q->layer.file, block->offset, block->bytes, q->cluster)) return false;
    for (u64 i = 0; i < clusters; i++)
        if (count_get(block->bytes, q->header.refcount_order, i)) block->busy[i / 8] |= (u8)(1 << i % 8);
    return true;
}

/* The block that counts a cluster, loaded; NULL: it cannot be. */
static struct qcow2_block *block_of(struct qcow2 *q, u64 cluster)
{
    u64 index = cluster / qcow2_block_clusters(q);
    if (!blocks_grow(q, index + 1)) return NULL;
    struct qcow2_block *block = &q->block[index];
    if (block->bytes) return block;
    block->bytes = calloc(1, q->cluster);
    block->busy = calloc(1, (qcow2_block_clusters(q) + 7) / 8);
    if (block->bytes && block->busy && block_fill(q, block)) return block;
    free(block->bytes);
    free(block->busy);
    block->bytes = block->busy = NULL;
    return NULL;
}

bool qcow2_refcount(struct qcow2 *q, u64 cluster, u64 *count)
{
    struct qcow2_block *block = block_of(q, cluster);
    if (block) *count = count_get(block->bytes, q->header.refcount_order, cluster % qcow2_block_clusters(q));
    return block;
}

static void count_set(struct qcow2 *q, struct qcow2_block *block, u64 cluster, u64 count)
{
    count_put(block->bytes, q->header.refcount_order, cluster % qcow2_block_clusters(q), count);
    block->dirty = q->changed = true;
}

/* ---- taking and dropping ---- */
static bool is_busy(const struct qcow2_block *block, u64 index)
{
    return block->busy[index / 8] >> index % 8 & 1;
}

/* The first of so many free clusters in a row; 0: there are none. Beyond the file's end all are free, whatever a table
 * may say: so it costs no more than the file is long. */
static u64 run_find(struct qcow2 *q, u64 clusters)
{
    u64 first = q->free_hint, length = 0, each = qcow2_block_clusters(q);
    while (length < clusters) {
        u64 at = first + length;
        struct qcow2_block *block = at >= q->file_end / q->cluster ? NULL : block_of(q, at);
        if (!block && at < q->file_end / q->cluster) return 0;
        if (block && is_busy(block, at % each)) {
            first = at + 1;
            length = 0;
        } else {
            length++;
        }
    }
    return first;
}

u64 qcow2_take(struct qcow2 *q, u64 clusters)
{
    u64 first = run_find(q, clusters), each = qcow2_block_clusters(q);
    if (first == 0 || !block_of(q, first) || !block_of(q, first + clusters - 1)) return 0;
    for (u64 at = first; at < first + clusters; at++) {
        struct qcow2_block *block = block_of(q, at);
        if (!block) return 0;
        block->busy[at % each / 8] |= (u8)(1 << at % 8);
        count_set(q, block, at, 1);
    }
    if (clusters == 1) q->free_hint = first + 1;
    q->file_end = MAX(q->file_end, (first + clusters) * q->cluster);
    q->uncommitted += clusters * q->cluster;
    return first * q->cluster;
}

/* One that cannot be noted stays busy until the image is opened again. */
static void freed_note(struct qcow2 *q, u64 cluster)
{
    if (q->freed_count == q->freed_room) {
        u64 room = MAX(64, q->freed_room * 2);
        u64 *freed = realloc(q->freed, room * sizeof *freed);
        if (!freed) return;
        q->freed = freed;
        q->freed_room = room;
    }
    q->freed[q->freed_count++] = cluster;
}

void qcow2_drop(struct qcow2 *q, u64 offset, u64 clusters)
{
    for (u64 at = offset / q->cluster, end = at + clusters; at < end; at++) {
        u64 count;
        if (!qcow2_refcount(q, at, &count) || count == 0) continue;
        count_set(q, block_of(q, at), at, count - 1);
        if (count == 1) freed_note(q, at);
    }
}

void qcow2_give_back(struct qcow2 *q, u64 offset)
{
    u64 at = offset / q->cluster, each = qcow2_block_clusters(q);
    struct qcow2_block *block = block_of(q, at);
    count_set(q, block, at, 0);
    block->busy[at % each / 8] &= (u8)~(1 << at % 8);
    q->free_hint = MIN(q->free_hint, at);
    q->uncommitted -= q->cluster;
}

void qcow2_release(struct qcow2 *q)
{
    u64 each = qcow2_block_clusters(q);
    for (u64 i = 0; i < q->freed_count; i++) {
        u64 at = q->freed[i], count;
        if (!qcow2_refcount(q, at, &count) || count) continue;
        block_of(q, at)->busy[at % each / 8] &= (u8)~(1 << at % 8);
        q->free_hint = MIN(q->free_hint, at);
    }
    q->freed_count = 0;
    q->uncommitted = 0;
}
