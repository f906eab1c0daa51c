/* qcow2 images, versions 2 and 3 (QEMU's docs/interop/qcow2.txt): opening and reading. Clusters may be compressed with zlib;
 * backing files are opened by the name in the header, as seen from the image's folder. Internal snapshots are kept as
 * they are. Tables are believed in nothing: each offset is checked to lie inside the file. */
#include "frontend/image_qcow2.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { L2_BYTES = 8 << 20, L2_LEAST = 8, L2_MOST = 4096, CSIZE_UNIT = 512 };

static struct qcow2 *of(struct layer *layer) { return container_of(layer, struct qcow2, layer); }

bool qcow2_damaged(struct qcow2 *q, const char *what)
{
    if (!q->told)
        fprintf(stderr, "trap86: %s: the image is damaged: %s; the guest sees an error; qemu-img check tells more\n",
                q->layer.file.path, what);
    q->told = true;
    return false;
}

bool qcow2_inside(const struct qcow2 *q, u64 offset, u64 clusters)
{
    return offset && offset % q->cluster == 0 && offset < q->file_end && clusters <= (q->file_end - offset) / q->cluster;
}

/* ---- L2 tables ---- */
static bool l2_load(struct qcow2 *q, struct qcow2_l2 *table)
{
    u64 place = q->l1[table->index] & QCOW2_OFFSET;
    if (place == 0) {
        memset(table->entry, 0, q->cluster);
        return true;
    }
    if (!qcow2_inside(q, place, 1)) return qcow2_damaged(q, "an L2 table lies outside");
    if (!image_file_read_padded(&q->layer.file, place, table->entry, q->cluster)) return false;
    for (u64 i = 0; i < q->cluster / 8; i++)
        table->entry[i] = qcow2_be64((const u8 *)&table->entry[i]);
    return true;
}

/* A slot for a table: the first that has not been used since the hand came by. Changed ones are kept; if there is nothing
 * else, they are committed. */
static struct qcow2_l2 *l2_room(struct qcow2 *q)
{
    for (u32 steps = 0; steps < 3 * q->l2_count; steps++) {
        struct qcow2_l2 *table = &q->l2[q->hand];
        q->hand = (q->hand + 1) % q->l2_count;
        if (steps == 2 * q->l2_count && !qcow2_commit(q, true)) return NULL;
        if (!table->loaded || (!table->used && !table->dirty)) return table;
        table->used = false;
    }
    return NULL;
}

static struct qcow2_l2 *l2_fetch(struct qcow2 *q, u64 index)
{
    struct qcow2_l2 *table = l2_room(q);
    if (!table) return NULL;
    if (table->loaded) q->l2_slot[table->index] = 0;
    if (!table->entry) table->entry = malloc(q->cluster);
    table->loaded = table->dirty = table->moved = false;
    table->index = index;
    if (!table->entry || !l2_load(q, table)) return NULL;
    table->loaded = true;
    q->l2_slot[index] = (u32)(table - q->l2) + 1;
    return table;
}

bool qcow2_l2_get(struct qcow2 *q, u64 offset, bool make, struct qcow2_l2 **table)
{
    u64 index = offset / q->cluster / (q->cluster / 8);
    u32 slot = q->l2_slot[index];
    *table = NULL;
    if (slot == 0 && q->l1[index] == 0 && !make) return true;
    *table = slot ? &q->l2[slot - 1] : l2_fetch(q, index);
    if (*table) (*table)->used = true;
    return *table;
}

/* ---- clusters ---- */
void qcow2_compressed_place(const struct qcow2 *q, u64 entry, u64 *offset, u64 *length)
{
    unsigned shift = 62 - (q->header.cluster_bits - 8);
    u64 sectors = (entry & ~(QCOW2_COPIED | QCOW2_COMPRESSED)) >> shift;
    *offset = entry & ((1ull << shift) - 1);
    *length = (sectors + 1) * CSIZE_UNIT - *offset % CSIZE_UNIT;
}

static bool inflate_whole(const u8 *packed, u64 length, u8 *bytes, u64 room)
{
    z_stream z = { .next_in = (u8 *)(uintptr_t)packed, .avail_in = (uInt)length, .next_out = bytes, .avail_out = (uInt)room };
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false;
    inflate(&z, Z_FINISH);
    bool good = z.avail_out == 0;
    inflateEnd(&z);
    return good;
}

/* Two clusters' bytes can be needed: the packed data may be longer than the cluster, and begin anywhere. */
static bool unpack(struct qcow2 *q, u64 entry)
{
    u64 offset, length;
    if (q->unpacked_entry == entry) return true;
    qcow2_compressed_place(q, entry, &offset, &length);
    if (!q->unpacked) q->unpacked = malloc(q->cluster);
    if (!q->packed) q->packed = malloc(2 * q->cluster + CSIZE_UNIT);
    if (!q->unpacked || !q->packed) return false;
    q->unpacked_entry = 0;
    if (offset == 0 || offset >= q->file_end || length > 2 * q->cluster + CSIZE_UNIT)
        return qcow2_damaged(q, "a compressed cluster lies outside");
    if (!image_file_read_padded(&q->layer.file, offset, q->packed, length)) return false;
    if (!inflate_whole(q->packed, length, q->unpacked, q->cluster))
        return qcow2_damaged(q, "a compressed cluster cannot be unpacked");
    q->unpacked_entry = entry;
    return true;
}

bool qcow2_cluster_read(struct qcow2 *q, u64 entry, u64 offset, u64 within, u8 *bytes, u64 length)
{
    u64 place = entry & QCOW2_OFFSET;
    if (entry & QCOW2_COMPRESSED) {
        if (!unpack(q, entry)) return false;
        memcpy(bytes, q->unpacked + within, length);
        return true;
    }
    if ((entry & QCOW2_ZERO) && q->header.version > 2) {
        memset(bytes, 0, length);
        return true;
    }
    if (place == 0) return layer_read(q->layer.below, offset + within, bytes, length);
    if (!qcow2_inside(q, place, 1)) return qcow2_damaged(q, "a cluster lies outside");
    return image_file_read_padded(&q->layer.file, place + within, bytes, length);
}

static bool qcow2_read(struct layer *layer, u64 offset, u8 *bytes, u64 length)
{
    struct qcow2 *q = of(layer);
    while (length) {
        u64 within = offset % q->cluster, part = MIN(length, q->cluster - within);
        struct qcow2_l2 *table;
        if (!qcow2_l2_get(q, offset, false, &table)) return false;
        u64 entry = table ? table->entry[offset / q->cluster % (q->cluster / 8)] : 0;
        if (!qcow2_cluster_read(q, entry, offset - within, within, bytes, part)) return false;
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool qcow2_flush(struct layer *layer, bool sync)
{
    return qcow2_commit(of(layer), sync);
}

static void qcow2_close(struct layer *layer)
{
    struct qcow2 *q = of(layer);
    for (u32 i = 0; q->l2 && i < q->l2_count; i++) free(q->l2[i].entry);
    for (u64 i = 0; i < q->block_count; i++) {
        free(q->block[i].bytes);
        free(q->block[i].busy);
    }
    free(q->l1);
    free(q->l2);
    free(q->l2_slot);
    free(q->block);
    free(q->freed);
    free(q->scratch);
    free(q->unpacked);
    free(q->packed);
    free(q);
}

static const struct layer_class qcow2_class = { "qcow2", qcow2_read, qcow2_write, qcow2_flush, qcow2_close };

/* ---- opening ---- */
static bool tables_allocate(struct qcow2 *q)
{
    const struct qcow2_header *h = &q->header;
    q->l2_count = (u32)MAX(L2_LEAST, MIN(L2_MOST, L2_BYTES / q->cluster));
    q->block_room = q->block_count = h->table_clusters * q->cluster / 8;
    q->l1 = malloc(h->l1_entries * 8);
    q->l2 = calloc(q->l2_count, sizeof *q->l2);
    q->l2_slot = calloc(h->l1_entries, sizeof *q->l2_slot);
    q->block = calloc(q->block_room, sizeof *q->block);
    q->scratch = malloc(q->cluster);
    if (!q->block) q->block_count = 0;
    return q->l1 && q->l2 && q->l2_slot && q->block && q->scratch;
}

static bool tables_read(struct qcow2 *q, struct image_file *file, bool write, struct error *why)
{
    const struct qcow2_header *h = &q->header;
    u64 l1_clusters = (h->l1_entries * 8 + q->cluster - 1) / q->cluster;
    if (!qcow2_inside(q, h->l1_offset, l1_clusters) || !qcow2_inside(q, h->table_offset, h->table_clusters))
        return error_set(why, "%s: not a good qcow2 image: its tables lie outside the file", file->path);
    if (!tables_allocate(q)) return error_set(why, "%s: the host has no memory left", file->path);
    if (!image_file_read_padded(file, h->l1_offset, q->l1, h->l1_entries * 8))
        return error_set(why, "%s: its L1 table cannot be read", file->path);
    for (u64 i = 0; i < h->l1_entries; i++) q->l1[i] = qcow2_be64((const u8 *)&q->l1[i]);
    for (u64 i = 0; write && i < q->block_count; i += q->cluster / 8) {
        if (!image_file_read_padded(file, h->table_offset + i * 8, q->scratch, q->cluster))
            return error_set(why, "%s: its table of reference counts cannot be read", file->path);
        for (u64 k = 0; k < q->cluster / 8; k++) q->block[i + k].offset = qcow2_be64(q->scratch + k * 8) & QCOW2_OFFSET;
    }
    return true;
}

/* The backing file's name as the host knows it: relative to the image's folder. NULL: *why says why. */
static char *backing_path(const struct image_file *file, const char *name, struct error *why)
{
    const char *slash = strrchr(file->path, '/'), *colon = strchr(name, ':'), *first = strchr(name, '/');
    if (strncmp(name, "file:", 5) == 0) name += 5;
    else if (colon && (!first || colon < first)) {
        error_set(why, "%s: its backing file '%s' is no file name, and only those are supported", file->path, name);
        return NULL;
    }
    size_t folder = *name == '/' || !slash ? 0 : (size_t)(slash - file->path) + 1, length = folder + strlen(name) + 1;
    char *path = malloc(length);
    if (path) snprintf(path, length, "%.*s%s", (int)folder, file->path, name);
    else error_set(why, "%s: the host has no memory left", file->path);
    return path;
}

static bool backing_open(struct qcow2 *q, const struct image_file *file, const struct layer_request *request,
                         struct error *why)
{
    const struct qcow2_header *h = &q->header;
    struct error below = { "" };
    struct layer_request next = *request;
    if (!h->backed) return true;
    char *path = backing_path(file, h->backing, why);
    if (!path) return false;
    next.path = path;
    next.format = h->backing_format[0] ? h->backing_format : NULL;
    next.access = request->access == IMAGE_FILE_LOOK ? IMAGE_FILE_LOOK : IMAGE_FILE_READ;
    next.above = request;
    q->layer.below = layer_open(&next, &below);
    if (!q->layer.below) error_set(why, "the backing file of %s: %s", file->path, below.text);
    free(path);
    return q->layer.below;
}

/* Others' notes about the data are not kept up to date here, so they must not be believed any more. */
static bool autoclear(struct qcow2 *q, struct image_file *file, struct error *why)
{
    static const u8 none[8];
    if (q->header.autoclear == 0) return true;
    memcpy(q->header.bytes + 88, none, sizeof none);
    return (image_file_write(file, 88, none, sizeof none) && image_file_sync(file))
        || error_set(why, "%s: its header cannot be written", file->path);
}

struct layer *qcow2_open(struct image_file *file, const struct layer_request *request, struct error *why)
{
    bool write = request->access == IMAGE_FILE_WRITE;
    struct qcow2 *q = calloc(1, sizeof *q);
    if (!q) {
        error_set(why, "%s: the host has no memory left", file->path);
        return NULL;
    }
    q->layer.class = &qcow2_class;
    bool good = qcow2_header_read(file, write, &q->header, why);
    if (good) {
        q->cluster = 1ull << q->header.cluster_bits;
        q->file_end = (file->bytes + q->cluster - 1) / q->cluster * q->cluster;
        q->layer.bytes = q->header.size;
        q->free_hint = 1;
        good = tables_read(q, file, write, why) && backing_open(q, file, request, why)
            && (!write || autoclear(q, file, why));
    }
    if (good) {
        q->layer.file = *file;
        return &q->layer;
    }
    layer_close(q->layer.below);
    qcow2_close(&q->layer);
    return NULL;
}
