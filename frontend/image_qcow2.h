/* What the parts of qcow2 share: image_qcow2.c (opening, reading), image_qcow2_header.c (what the header says),
 * image_qcow2_refcounts.c (which clusters are free), image_qcow2_write.c (writing), image_qcow2_commit.c (the tables). */
#ifndef FRONTEND_IMAGE_QCOW2_H
#define FRONTEND_IMAGE_QCOW2_H
#include "frontend/image_layer.h"

/* Fields of an entry of an L1 or L2 table. */
#define QCOW2_COPIED     (1ull << 63)                /* the reference count is exactly one */
#define QCOW2_COMPRESSED (1ull << 62)
#define QCOW2_ZERO       1ull                        /* reads as zeros (version 3) */
#define QCOW2_OFFSET     0x00FFFFFFFFFFFE00ull

enum { QCOW2_HEADER = 104, QCOW2_BACKING_MAX = 1023, QCOW2_NAME_MAX = 46 };

/* What the header and its extensions say. */
struct qcow2_header {
    u8   bytes[QCOW2_HEADER];                        /* as in the file */
    u32  version, length, cluster_bits, refcount_order;
    u64  size;                                       /* of the disk, in bytes */
    u64  l1_offset, l1_entries, table_offset, table_clusters;
    u64  incompatible, autoclear;
    bool backed;
    char backing[QCOW2_BACKING_MAX + 1], backing_format[16];
};

struct qcow2_l2 {
    u64 *entry;
    u64  index;                                      /* in the L1 table */
    bool used, loaded, dirty, moved;                 /* used: since the hand came by; moved: its place is a new one */
};

struct qcow2_block { u8 *bytes, *busy; u64 offset; bool dirty, moved; };    /* bytes NULL: not loaded; offset 0: none */

struct qcow2 {
    struct layer        layer;
    struct qcow2_header header;
    u64                 cluster;                     /* bytes */
    u64                 file_end;                    /* nothing the tables refer to lies beyond */
    bool                told;

    u64                *l1;
    struct qcow2_l2    *l2;                          /* l2_count tables, whatever their index */
    u32                *l2_slot;                     /* by L1 index: 1 + where in l2; 0: not loaded */
    u32                 l2_count, hand;

    struct qcow2_block *block;                       /* of reference counts, block_count of them */
    u64                 block_count, block_room, free_hint;
    u64                *freed;                       /* clusters that the tables in the file still refer to */
    u64                 freed_count, freed_room;
    bool                changed, l1_moved, table_moved;
    u64                 uncommitted;                 /* bytes of clusters taken since the last commit */

    u8                 *scratch;                     /* a cluster */
    u8                 *unpacked, *packed;           /* a compressed cluster, and its bytes; NULL: not needed yet */
    u64                 unpacked_entry;              /* whose `unpacked` is; 0: nobody's */
};

static inline u32 qcow2_be32(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }
static inline u64 qcow2_be64(const u8 *p) { return (u64)qcow2_be32(p) << 32 | qcow2_be32(p + 4); }
static inline void qcow2_be32_put(u8 *p, u32 value) { for (int i = 0; i < 4; i++) p[i] = (u8)(value >> (24 - 8 * i)); }
static inline void qcow2_be64_put(u8 *p, u64 value) { qcow2_be32_put(p, (u32)(value >> 32)); qcow2_be32_put(p + 4, (u32)value); }

/* image_qcow2_header.c */
/* Reads the header, and refuses what this emulator does not know; `write`: or could not keep in order. */
bool qcow2_header_read(struct image_file *file, bool write, struct qcow2_header *header, struct error *why);
/* The bytes of an empty image with a backing file; free them. NULL: no memory. */
u8  *qcow2_empty(u64 size, const char *backing, const char *backing_format, size_t *length);

/* image_qcow2.c */
/* Tells once that the image is damaged, and returns false. */
bool qcow2_damaged(struct qcow2 *q, const char *what);
/* A table or data cluster that is inside the file. */
bool qcow2_inside(const struct qcow2 *q, u64 offset, u64 clusters);
/* The L2 table for a guest offset, loaded; *table NULL: there is none. With `make`: one is made. False: an error. */
bool qcow2_l2_get(struct qcow2 *q, u64 offset, bool make, struct qcow2_l2 **table);
/* Reads [within, within + length) of a guest cluster whose entry is given; `offset` is the guest's of its first byte. */
bool qcow2_cluster_read(struct qcow2 *q, u64 entry, u64 offset, u64 within, u8 *bytes, u64 length);
/* The clusters of the file in which a compressed cluster lies, and the first byte and their number there. */
void qcow2_compressed_place(const struct qcow2 *q, u64 entry, u64 *offset, u64 *length);

/* image_qcow2_refcounts.c: cluster numbers are offsets in the file divided by the cluster's size. */
bool qcow2_refcount(struct qcow2 *q, u64 cluster, u64 *count);
/* Takes free clusters in a row; their offset, 0 if there are none or the host cannot. */
u64  qcow2_take(struct qcow2 *q, u64 clusters);
/* One reference less. The cluster is not taken again before the next commit. */
void qcow2_drop(struct qcow2 *q, u64 offset, u64 clusters);
/* A cluster taken since the last commit, to which nothing refers, is free at once. */
void qcow2_give_back(struct qcow2 *q, u64 offset);
/* After a commit: what was dropped may be taken. */
void qcow2_release(struct qcow2 *q);
u64  qcow2_block_clusters(const struct qcow2 *q);    /* that a block counts */

/* image_qcow2_write.c */
bool qcow2_write(struct layer *layer, u64 offset, const u8 *bytes, u64 length);

/* image_qcow2_commit.c */
/* The tables of the file become those in memory, at one stroke. `sync`: and are on the host's disk. */
bool qcow2_commit(struct qcow2 *q, bool sync);
#endif
