/* What a guest writes, kept in memory: clusters copied from the layer below at their first write, in a hash table keyed by
 * their numbers. Memory is the host's: a guest that writes its whole disk needs as much. */
#include "frontend/image.h"
#include "frontend/image_layer.h"
#include <stdlib.h>
#include <string.h>

enum { CLUSTER = IMAGE_PIECE, FIRST_SLOTS = 256 };

struct cluster { u64 number; u8 *bytes; };           /* bytes NULL: a free slot */

/* Open addressing; `slots` is a power of two and at most half of them are used. */
struct snapshot { struct layer layer; struct cluster *cluster; size_t slots, used; };

static struct snapshot *of(struct layer *layer) { return container_of(layer, struct snapshot, layer); }

/* The slot that holds a cluster, or the free one where it belongs. */
static struct cluster *slot_find(const struct snapshot *snapshot, u64 number)
{
    size_t at = (size_t)(number * 0x9E3779B97F4A7C15u >> 20) & (snapshot->slots - 1);
    while (snapshot->cluster[at].bytes && snapshot->cluster[at].number != number)
        at = (at + 1) & (snapshot->slots - 1);
    return &snapshot->cluster[at];
}

static bool slots_grow(struct snapshot *snapshot)
{
    struct snapshot bigger = { .slots = snapshot->slots ? snapshot->slots * 2 : FIRST_SLOTS };
    bigger.cluster = calloc(bigger.slots, sizeof *bigger.cluster);
    if (!bigger.cluster) return false;
    for (size_t i = 0; i < snapshot->slots; i++)
        if (snapshot->cluster[i].bytes) *slot_find(&bigger, snapshot->cluster[i].number) = snapshot->cluster[i];
    free(snapshot->cluster);
    snapshot->cluster = bigger.cluster;
    snapshot->slots = bigger.slots;
    return true;
}

static const u8 *cluster_find(const struct snapshot *snapshot, u64 number)
{
    return snapshot->slots ? slot_find(snapshot, number)->bytes : NULL;
}

/* The cluster's copy in memory, made from below if there was none; NULL if the host cannot. */
static u8 *cluster_take(struct snapshot *snapshot, u64 number)
{
    if (snapshot->used * 2 >= snapshot->slots && !slots_grow(snapshot)) return NULL;
    struct cluster *slot = slot_find(snapshot, number);
    if (slot->bytes) return slot->bytes;
    u8 *bytes = malloc(CLUSTER);
    if (!bytes || !layer_read(snapshot->layer.below, number * CLUSTER, bytes, CLUSTER)) {
        free(bytes);
        return NULL;
    }
    *slot = (struct cluster){ number, bytes };
    snapshot->used++;
    return bytes;
}

static bool snapshot_read(struct layer *layer, u64 offset, u8 *bytes, u64 length)
{
    struct snapshot *snapshot = of(layer);
    while (length) {
        u64 within = offset % CLUSTER, part = MIN(length, CLUSTER - within);
        const u8 *copy = cluster_find(snapshot, offset / CLUSTER);
        if (copy) memcpy(bytes, copy + within, part);
        else if (!layer_read(layer->below, offset, bytes, part)) return false;
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool snapshot_write(struct layer *layer, u64 offset, const u8 *bytes, u64 length)
{
    while (length) {
        u64 within = offset % CLUSTER, part = MIN(length, CLUSTER - within);
        u8 *copy = cluster_take(of(layer), offset / CLUSTER);
        if (!copy) return false;
        memcpy(copy + within, bytes, part);
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool snapshot_flush(struct layer *layer, bool sync)
{
    (void)layer, (void)sync;
    return true;
}

void keep_forget(struct layer *layer)
{
    struct snapshot *snapshot = of(layer);
    for (size_t i = 0; i < snapshot->slots; i++)
        free(snapshot->cluster[i].bytes);
    free(snapshot->cluster);
    snapshot->cluster = NULL;
    snapshot->slots = snapshot->used = 0;
}

static void snapshot_close(struct layer *layer)
{
    keep_forget(layer);
    free(of(layer));
}

static const struct layer_class snapshot_class = { "snapshot", snapshot_read, snapshot_write, snapshot_flush,
                                                   snapshot_close };

struct layer *keep_open(struct layer *below, struct error *why)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot) {
        error_set(why, "the host has no memory left for what the guest writes");
        return NULL;
    }
    snapshot->layer = (struct layer){ .class = &snapshot_class, .bytes = below->bytes, .below = below, .file = { .fd = -1 } };
    return &snapshot->layer;
}

/* ---- for those who save it ---- */
bool layer_keeps(const struct layer *layer) { return layer->class == &snapshot_class; }

u64 keep_pieces(const struct layer *layer) { return container_of(layer, struct snapshot, layer)->used; }

void keep_pieces_each(const struct layer *layer, void (*piece)(void *self, u64 number, const u8 *bytes), void *self)
{
    const struct snapshot *snapshot = container_of(layer, struct snapshot, layer);
    for (size_t i = 0; i < snapshot->slots; i++)
        if (snapshot->cluster[i].bytes) piece(self, snapshot->cluster[i].number, snapshot->cluster[i].bytes);
}

bool keep_piece_put(struct layer *layer, u64 number, const u8 *bytes)
{
    u8 *copy = number <= (layer->bytes - 1) / CLUSTER ? cluster_take(of(layer), number) : NULL;
    if (copy) memcpy(copy, bytes, CLUSTER);
    return copy != NULL;
}
