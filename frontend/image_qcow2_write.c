/* Writing to a qcow2 image (frontend/image_qcow2.h). A cluster that nobody else refers to is written in place. Any other
 * (none yet, zeros, compressed, shared with an internal snapshot, in the backing file) is copied whole to a free one, and
 * its L2 entry changed in memory; the file's tables follow at the next commit. */
#include "frontend/image_qcow2.h"
#include <string.h>

#define COMMIT_AFTER (64ull << 20)                   /* bytes of new clusters: what a kill may cost a guest that never flushes */

/* What an entry holds in the file: a range of clusters; 0 of them: nothing. */
static void entry_place(const struct qcow2 *q, u64 entry, u64 *first, u64 *clusters)
{
    u64 offset = entry & QCOW2_OFFSET, length = offset ? q->cluster : 0;
    if (entry & QCOW2_COMPRESSED) qcow2_compressed_place(q, entry, &offset, &length);
    *first = offset / q->cluster * q->cluster;
    *clusters = length ? (offset + length - 1) / q->cluster - *first / q->cluster + 1 : 0;
}

/* All of it is counted; *alone: once. */
static bool entry_counted(struct qcow2 *q, u64 entry, bool *alone)
{
    u64 first, clusters, count;
    entry_place(q, entry, &first, &clusters);
    *alone = clusters == 1 && !(entry & QCOW2_COMPRESSED);
    for (u64 i = 0; i < clusters; i++) {
        if (first + i * q->cluster >= q->file_end) return qcow2_damaged(q, "a cluster lies outside");
        if (!qcow2_refcount(q, first / q->cluster + i, &count)) return false;
        if (count == 0) return qcow2_damaged(q, "a cluster that is in use is not counted");
        *alone = *alone && count == 1;
    }
    return *alone ? qcow2_inside(q, first, 1) || qcow2_damaged(q, "a cluster lies outside") : true;
}

/* A whole cluster at `place`: the old data with the new over them. */
static bool cluster_put(struct qcow2 *q, u64 place, u64 entry, u64 offset, u64 within, const u8 *bytes, u64 length)
{
    const u8 *whole = bytes;
    if (length < q->cluster) {
        if (!qcow2_cluster_read(q, entry, offset, 0, q->scratch, q->cluster)) return false;
        memcpy(q->scratch + within, bytes, length);
        whole = q->scratch;
    }
    return image_file_write(&q->layer.file, place, whole, q->cluster);
}

/* The count of the table's own cluster is looked up before anything changes: its drop at the commit then cannot fail. */
static bool table_counted(struct qcow2 *q, const struct qcow2_l2 *table)
{
    bool alone;
    u64 place = q->l1[table->index] & QCOW2_OFFSET;
    return table->dirty || entry_counted(q, place, &alone);
}

static bool part_write(struct qcow2 *q, u64 offset, u64 within, const u8 *bytes, u64 length)
{
    struct qcow2_l2 *table;
    u64 first, clusters;
    bool alone;
    if (!qcow2_l2_get(q, offset, true, &table) || !table_counted(q, table)) return false;
    u64 *entry = &table->entry[offset / q->cluster % (q->cluster / 8)], old = *entry;
    bool zeros = (old & QCOW2_ZERO) && q->header.version > 2 && !(old & QCOW2_COMPRESSED);
    if (!entry_counted(q, old, &alone)) return false;
    entry_place(q, old, &first, &clusters);
    if (alone && !zeros) return image_file_write(&q->layer.file, first + within, bytes, length);
    u64 place = alone ? first : qcow2_take(q, 1);
    if (place == 0) return qcow2_damaged(q, "there is no room for another cluster");
    if (!cluster_put(q, place, old, offset, within, bytes, length)) {
        if (!alone) qcow2_give_back(q, place);
        return false;
    }
    if (!alone) qcow2_drop(q, first, clusters);
    *entry = place | QCOW2_COPIED;
    table->dirty = q->changed = true;
    return true;
}

bool qcow2_write(struct layer *layer, u64 offset, const u8 *bytes, u64 length)
{
    struct qcow2 *q = container_of(layer, struct qcow2, layer);
    while (length) {
        u64 within = offset % q->cluster, part = MIN(length, q->cluster - within);
        if (!part_write(q, offset - within, within, bytes, part)) return false;
        bytes += part;
        offset += part;
        length -= part;
    }
    return q->uncommitted < COMMIT_AFTER || qcow2_commit(q, true);
}
