/* The header of a qcow2 image and its extensions (QEMU's docs/interop/qcow2.txt), and an empty image. What is not known
 * is refused by name. */
#include "frontend/image_qcow2.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_VERSION = 4, AT_BACKING_OFFSET = 8, AT_BACKING_LENGTH = 16, AT_CLUSTER_BITS = 20, AT_SIZE = 24, AT_CRYPT = 32,
    AT_L1_ENTRIES = 36, AT_L1_OFFSET = 40, AT_TABLE_OFFSET = 48, AT_TABLE_CLUSTERS = 56, AT_INCOMPATIBLE = 72,
    AT_AUTOCLEAR = 88, AT_REFCOUNT_ORDER = 96, AT_LENGTH = 100
};
enum { HEADER_V2 = 72, EXTENSIONS_MAX = 65536, L1_BYTES_MAX = 32 << 20, TABLE_BYTES_MAX = 8 << 20 };
enum { BIT_DIRTY, BIT_CORRUPT, BIT_EXTERNAL, BIT_COMPRESSION, BIT_EXTENDED_L2, BITS_KNOWN };
#define EXTENSION_BACKING_FORMAT 0xE2792ACAu
#define EXTENSION_FEATURE_NAMES  0x6803F857u

static bool bad(const struct image_file *file, struct error *why, const char *what)
{
    return error_set(why, "%s: not a good qcow2 image: %s; qemu-img check may tell more", file->path, what);
}

/* ---- features ---- */
/* The name that the image itself has for an incompatible feature. */
static bool feature_named(const u8 *names, u32 length, unsigned bit, char name[QCOW2_NAME_MAX + 1])
{
    for (u32 at = 0; at + 2 + QCOW2_NAME_MAX <= length; at += 2 + QCOW2_NAME_MAX) {
        if (names[at] != 0 || names[at + 1] != bit) continue;
        memcpy(name, names + at + 2, QCOW2_NAME_MAX);
        name[QCOW2_NAME_MAX] = 0;
        return name[0];
    }
    return false;
}

static bool features_good(const struct image_file *file, const struct qcow2_header *header, bool write, const u8 *names,
                          u32 names_length, struct error *why)
{
    static const char *const known[BITS_KNOWN] = {
        [BIT_EXTERNAL] = "an external data file", [BIT_COMPRESSION] = "another compression than zlib",
        [BIT_EXTENDED_L2] = "extended L2 entries",
    };
    char name[QCOW2_NAME_MAX + 1];
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(header->incompatible >> bit & 1)) continue;
        if (bit == BIT_DIRTY || bit == BIT_CORRUPT) {
            if (!write) continue;
            return error_set(why, "%s: %s; repair it with qemu-img check -r all, or use -snapshot", file->path,
                             bit == BIT_DIRTY ? "it was not closed and its reference counts are not up to date"
                                              : "it is marked as corrupt");
        }
        if (bit >= BITS_KNOWN && !feature_named(names, names_length, bit, name))
            snprintf(name, sizeof name, "the unknown feature %u", bit);
        return error_set(why, "%s: the image has %s, which is not supported; convert it with qemu-img convert -O qcow2",
                         file->path, bit < BITS_KNOWN ? known[bit] : name);
    }
    return true;
}

/* ---- extensions ---- */
/* The extension of a type among those in head[at, end); NULL: there is none. */
static const u8 *extension_find(const u8 *head, u64 at, u64 end, u32 type, u32 *length)
{
    *length = 0;
    while (at + 8 <= end && qcow2_be32(head + at) != 0) {
        u32 bytes = qcow2_be32(head + at + 4);
        if (bytes > end - at - 8) return NULL;
        if (qcow2_be32(head + at) == type) {
            *length = bytes;
            return head + at + 8;
        }
        at += 8 + ((u64)bytes + 7) / 8 * 8;
    }
    return NULL;
}

static bool backing_read(const struct image_file *file, const u8 *head, u64 end, struct qcow2_header *header,
                         struct error *why)
{
    u64 at = qcow2_be64(head + AT_BACKING_OFFSET), length = qcow2_be32(head + AT_BACKING_LENGTH);
    u32 format_length;
    const u8 *format = extension_find(head, header->length, end, EXTENSION_BACKING_FORMAT, &format_length);
    if (at == 0) return true;
    if (length == 0 || length > QCOW2_BACKING_MAX || at > end || length > end - at || memchr(head + at, 0, length))
        return bad(file, why, "the name of its backing file");
    memcpy(header->backing, head + at, length);
    header->backed = true;
    if (format_length >= sizeof header->backing_format) return bad(file, why, "the format of its backing file");
    if (format) memcpy(header->backing_format, format, format_length);
    return true;
}

/* ---- the header ---- */
static bool numbers_good(const struct image_file *file, const struct qcow2_header *h, struct error *why)
{
    u64 cluster = 1ull << h->cluster_bits, covered = cluster / 8 * cluster;
    u64 needed = h->size / covered + (h->size % covered != 0);
    if (h->version == 3 && (h->length < QCOW2_HEADER || h->length > cluster || h->length % 8))
        return bad(file, why, "the length of its header");
    if (h->refcount_order > 6) return bad(file, why, "the width of its reference counts");
    if (h->size == 0) return error_set(why, "%s: the image is empty; give it a size with qemu-img resize", file->path);
    if (h->l1_entries < needed || h->l1_entries * 8 > L1_BYTES_MAX || h->l1_offset % cluster || h->l1_offset == 0)
        return bad(file, why, "its L1 table");
    if (h->table_clusters == 0 || h->table_clusters > TABLE_BYTES_MAX / cluster + 1 || h->table_offset % cluster
        || h->table_offset == 0)
        return bad(file, why, "its table of reference counts");
    return true;
}

static bool header_parse(const struct image_file *file, const u8 *head, u64 length, struct qcow2_header *h, struct error *why)
{
    if (length < HEADER_V2 || memcmp(head, "QFI\xfb", 4) != 0) return bad(file, why, "it has no such header");
    memcpy(h->bytes, head, MIN(length, sizeof h->bytes));
    h->version = qcow2_be32(head + AT_VERSION);
    h->cluster_bits = qcow2_be32(head + AT_CLUSTER_BITS);
    h->size = qcow2_be64(head + AT_SIZE);
    h->l1_entries = qcow2_be32(head + AT_L1_ENTRIES);
    h->l1_offset = qcow2_be64(head + AT_L1_OFFSET);
    h->table_offset = qcow2_be64(head + AT_TABLE_OFFSET);
    h->table_clusters = qcow2_be32(head + AT_TABLE_CLUSTERS);
    h->length = HEADER_V2;
    h->refcount_order = 4;
    if (h->version < 2 || h->version > 3) return bad(file, why, "its version is neither 2 nor 3");
    if (h->cluster_bits < 9 || h->cluster_bits > 21) return bad(file, why, "the size of its clusters");
    if (qcow2_be32(head + AT_CRYPT))
        return error_set(why, "%s: the image is encrypted; convert it with qemu-img convert -O qcow2", file->path);
    if (h->version == 2) return true;
    if (length < QCOW2_HEADER) return bad(file, why, "the length of its header");
    h->incompatible = qcow2_be64(head + AT_INCOMPATIBLE);
    h->autoclear = qcow2_be64(head + AT_AUTOCLEAR);
    h->refcount_order = qcow2_be32(head + AT_REFCOUNT_ORDER);
    h->length = qcow2_be32(head + AT_LENGTH);
    return true;
}

bool qcow2_header_read(struct image_file *file, bool write, struct qcow2_header *header, struct error *why)
{
    u64 length = MIN(file->bytes, EXTENSIONS_MAX);
    u8 *head = malloc(length);
    *header = (struct qcow2_header){ .version = 0 };
    bool good = head && image_file_read(file, 0, head, length) ? header_parse(file, head, length, header, why)
                                                               : bad(file, why, "its header cannot be read");
    u64 end = good ? MIN(length, 1ull << header->cluster_bits) : 0;
    u32 names_length = 0;
    const u8 *names = good && header->version == 3
        ? extension_find(head, header->length, end, EXTENSION_FEATURE_NAMES, &names_length) : NULL;
    good = good && features_good(file, header, write, names, names_length, why) && numbers_good(file, header, why)
        && backing_read(file, head, end, header, why);
    free(head);
    return good;
}

/* ---- an empty image ---- */
enum { EMPTY_BITS = 16, EMPTY_CLUSTER = 1 << EMPTY_BITS, EMPTY_TABLE = 1, EMPTY_BLOCK = 2, EMPTY_L1 = 3 };

static void header_put(u8 *head, u64 size, u64 l1_entries, const char *backing, const char *format)
{
    u8 *extension = head + QCOW2_HEADER;
    size_t format_length = strlen(format), name_at = QCOW2_HEADER + 8 + (format_length + 7) / 8 * 8 + 8;
    memcpy(head, "QFI\xfb", 4);
    qcow2_be32_put(head + AT_VERSION, 3);
    qcow2_be64_put(head + AT_BACKING_OFFSET, name_at);
    qcow2_be32_put(head + AT_BACKING_LENGTH, (u32)strlen(backing));
    qcow2_be32_put(head + AT_CLUSTER_BITS, EMPTY_BITS);
    qcow2_be64_put(head + AT_SIZE, size);
    qcow2_be32_put(head + AT_L1_ENTRIES, (u32)l1_entries);
    qcow2_be64_put(head + AT_L1_OFFSET, EMPTY_L1 * EMPTY_CLUSTER);
    qcow2_be64_put(head + AT_TABLE_OFFSET, EMPTY_TABLE * EMPTY_CLUSTER);
    qcow2_be32_put(head + AT_TABLE_CLUSTERS, 1);
    qcow2_be32_put(head + AT_REFCOUNT_ORDER, 4);
    qcow2_be32_put(head + AT_LENGTH, QCOW2_HEADER);
    qcow2_be32_put(extension, EXTENSION_BACKING_FORMAT);
    qcow2_be32_put(extension + 4, (u32)format_length);
    memcpy(extension + 8, format, format_length);
    memcpy(head + name_at, backing, strlen(backing));
}

u8 *qcow2_empty(u64 size, const char *backing, const char *backing_format, size_t *length)
{
    u64 covered = (u64)EMPTY_CLUSTER / 8 * EMPTY_CLUSTER, l1_entries = size / covered + (size % covered != 0);
    u64 clusters = EMPTY_L1 + (l1_entries * 8 + EMPTY_CLUSTER - 1) / EMPTY_CLUSTER;
    u8 *bytes = l1_entries * 8 > L1_BYTES_MAX ? NULL : calloc(clusters, EMPTY_CLUSTER);
    *length = clusters * EMPTY_CLUSTER;
    if (!bytes) return NULL;
    header_put(bytes, size, l1_entries, backing, backing_format);
    qcow2_be64_put(bytes + EMPTY_TABLE * EMPTY_CLUSTER, EMPTY_BLOCK * EMPTY_CLUSTER);
    for (u64 i = 0; i < clusters; i++) bytes[EMPTY_BLOCK * EMPTY_CLUSTER + 2 * i + 1] = 1;
    return bytes;
}
