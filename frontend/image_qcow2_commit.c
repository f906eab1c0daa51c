/* The commit of a qcow2 image (frontend/image_qcow2.h): a kill at any moment leaves the tables of before or those of after,
 * never a mixture, no leaked cluster, no wrong count.
 *
 * Changed L2 tables, the L1 table, changed blocks of reference counts and their table are written to free clusters,
 * counted already as they will be. Then one write into the first sector, of the places of L1 table and reference count
 * table together, makes them the image's. What they replace is free from then on, not before. With `sync` the disk has
 * everything before that write, and that write before anything overwrites the old tables. After a failure all stays as
 * it is in memory, for the next attempt. */
#include "frontend/image_qcow2.h"
#include <string.h>

enum { AT_L1_OFFSET = 40, AT_TABLE_OFFSET = 48, AT_TABLE_CLUSTERS = 56, HEADER_V2 = 72 };

static u64 clusters_of(const struct qcow2 *q, u64 entries)
{
    return (entries * 8 + q->cluster - 1) / q->cluster;
}

/* ---- new places ---- */
/* Moves something of so many clusters from *place, if that is one, to a free one. */
static bool move(struct qcow2 *q, u64 *place, u64 old_clusters, u64 clusters)
{
    u64 fresh = qcow2_take(q, clusters);
    if (fresh == 0) return qcow2_damaged(q, "there is no room for its tables");
    if (*place) qcow2_drop(q, *place, old_clusters);
    *place = fresh;
    return true;
}

static bool l2_move(struct qcow2 *q)
{
    for (u32 i = 0; i < q->l2_count; i++) {
        struct qcow2_l2 *table = &q->l2[i];
        if (!table->dirty || table->moved) continue;
        u64 place = q->l1[table->index] & QCOW2_OFFSET;
        if (!move(q, &place, 1, 1)) return false;
        q->l1[table->index] = place | QCOW2_COPIED;
        table->moved = true;
    }
    return true;
}

static bool l1_move(struct qcow2 *q)
{
    struct qcow2_header *h = &q->header;
    u64 clusters = clusters_of(q, h->l1_entries);
    if (!q->l1_moved && !move(q, &h->l1_offset, clusters, clusters)) return false;
    q->l1_moved = true;
    return true;
}

/* A move changes counts, perhaps in a block that has not moved yet, perhaps in a new one. Each moves once. */
static bool blocks_move(struct qcow2 *q)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (u64 i = 0; i < q->block_count; i++) {
            if (!q->block[i].dirty || q->block[i].moved) continue;
            u64 place = q->block[i].offset;
            q->block[i].moved = moved = true;
            if (!move(q, &place, 1, 1)) {
                q->block[i].moved = false;
                return false;
            }
            q->block[i].offset = place;
        }
    }
    return true;
}

/* The table of the blocks is the last to get its place, as long as that brings no new block. */
static bool table_move(struct qcow2 *q)
{
    struct qcow2_header *h = &q->header;
    u64 clusters;
    while ((clusters = clusters_of(q, q->block_count)) > h->table_clusters || !q->table_moved) {
        clusters = MAX(clusters, h->table_clusters);
        if (!move(q, &h->table_offset, h->table_clusters, clusters)) return false;
        h->table_clusters = clusters;
        q->table_moved = true;
        if (!blocks_move(q)) return false;
    }
    return true;
}

/* ---- writing ---- */
/* Entries as the file has them, big-endian, filled up with zeros to whole clusters. */
static bool entries_write(struct qcow2 *q, u64 place, const u64 *entry, u64 count)
{
    u64 each = q->cluster / 8;
    for (u64 i = 0; i < count; i += each, place += q->cluster) {
        memset(q->scratch, 0, q->cluster);
        for (u64 k = 0; k < each && i + k < count; k++) qcow2_be64_put(q->scratch + 8 * k, entry[i + k]);
        if (!image_file_write(&q->layer.file, place, q->scratch, q->cluster)) return false;
    }
    return true;
}

static bool table_write(struct qcow2 *q)
{
    u64 each = q->cluster / 8, place = q->header.table_offset;
    for (u64 i = 0; i < q->header.table_clusters * each; i += each, place += q->cluster) {
        memset(q->scratch, 0, q->cluster);
        for (u64 k = 0; k < each && i + k < q->block_count; k++)
            qcow2_be64_put(q->scratch + 8 * k, q->block[i + k].offset);
        if (!image_file_write(&q->layer.file, place, q->scratch, q->cluster)) return false;
    }
    return true;
}

static bool tables_write(struct qcow2 *q)
{
    for (u32 i = 0; i < q->l2_count; i++)
        if (q->l2[i].dirty && !entries_write(q, q->l1[q->l2[i].index] & QCOW2_OFFSET, q->l2[i].entry, q->cluster / 8))
            return false;
    for (u64 i = 0; i < q->block_count; i++)
        if (q->block[i].dirty && !image_file_write(&q->layer.file, q->block[i].offset, q->block[i].bytes, q->cluster))
            return false;
    return entries_write(q, q->header.l1_offset, q->l1, q->header.l1_entries) && table_write(q);
}

static bool header_write(struct qcow2 *q)
{
    struct qcow2_header *h = &q->header;
    qcow2_be64_put(h->bytes + AT_L1_OFFSET, h->l1_offset);
    qcow2_be64_put(h->bytes + AT_TABLE_OFFSET, h->table_offset);
    qcow2_be32_put(h->bytes + AT_TABLE_CLUSTERS, (u32)h->table_clusters);
    return image_file_write(&q->layer.file, 0, h->bytes, h->version == 2 ? HEADER_V2 : QCOW2_HEADER);
}

static void committed(struct qcow2 *q)
{
    for (u32 i = 0; i < q->l2_count; i++) q->l2[i].dirty = q->l2[i].moved = false;
    for (u64 i = 0; i < q->block_count; i++) q->block[i].dirty = q->block[i].moved = false;
    q->l1_moved = q->table_moved = q->changed = false;
    qcow2_release(q);
}

bool qcow2_commit(struct qcow2 *q, bool sync)
{
    struct image_file *file = &q->layer.file;
    if (!q->changed) return !sync || image_file_sync(file);
    if (!l2_move(q) || !l1_move(q) || !blocks_move(q) || !table_move(q) || !tables_write(q)) return false;
    if (sync && !image_file_sync(file)) return false;
    if (!header_write(q) || (sync && !image_file_sync(file))) return false;
    committed(q);
    return true;
}
