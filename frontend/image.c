/* Raw images. A last sector that the file holds only in part reads as zero beyond the file's end, and what is written
 * there is dropped: the file never grows. In snapshot mode every cluster written is copied into memory first, in a hash
 * table keyed by its number. The claim is by device and inode, so two names of one file are one image.
 * Not modelled: other formats, locks against other processes, holes for discarded sectors. */
#include "frontend/image.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLUSTER = 4096, FIRST_SLOTS = 256, CLAIM_NAME = 64 };

struct cluster { u64 number; u8 *bytes; };           /* bytes NULL: a free slot */

/* Open addressing; `slots` is a power of two and at most half of them are used. */
struct overlay { struct cluster *cluster; size_t slots, used; };

struct image {
    struct disk     disk;
    int             fd;
    u64             bytes;                           /* of the file */
    enum image_mode mode;
    struct overlay  overlay;
    struct host    *host;
    const void     *owner;
    char            claim[CLAIM_NAME];
};

/* Reads all of [offset, offset + length); zero beyond the end of the file. */
static bool file_read(const struct image *image, u64 offset, u8 *bytes, u64 length)
{
    u64 inside = offset >= image->bytes ? 0 : MIN(length, image->bytes - offset);
    memset(bytes + inside, 0, length - inside);
    while (inside) {
        ssize_t got = pread(image->fd, bytes, inside, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        offset += (u64)got;
        inside -= (u64)got;
    }
    return true;
}

static bool file_write(const struct image *image, u64 offset, const u8 *bytes, u64 length)
{
    while (length) {
        ssize_t put = pwrite(image->fd, bytes, length, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes += put;
        offset += (u64)put;
        length -= (u64)put;
    }
    return true;
}

/* The slot that holds a cluster, or the free one where it belongs. */
static struct cluster *overlay_slot(const struct overlay *overlay, u64 number)
{
    size_t at = (size_t)(number * 0x9E3779B97F4A7C15u >> 20) & (overlay->slots - 1);
    while (overlay->cluster[at].bytes && overlay->cluster[at].number != number)
        at = (at + 1) & (overlay->slots - 1);
    return &overlay->cluster[at];
}

static bool overlay_grow(struct overlay *overlay)
{
    struct overlay bigger = { NULL, overlay->slots ? overlay->slots * 2 : FIRST_SLOTS, overlay->used };
    bigger.cluster = calloc(bigger.slots, sizeof *bigger.cluster);
    if (!bigger.cluster) return false;
    for (size_t i = 0; i < overlay->slots; i++)
        if (overlay->cluster[i].bytes) *overlay_slot(&bigger, overlay->cluster[i].number) = overlay->cluster[i];
    free(overlay->cluster);
    *overlay = bigger;
    return true;
}

static const u8 *overlay_find(const struct overlay *overlay, u64 number)
{
    return overlay->slots ? overlay_slot(overlay, number)->bytes : NULL;
}

/* The cluster's copy in memory, made from the file if there was none; NULL if the host cannot. */
static u8 *overlay_take(struct image *image, u64 number)
{
    struct overlay *overlay = &image->overlay;
    if (overlay->used * 2 >= overlay->slots && !overlay_grow(overlay)) return NULL;
    struct cluster *slot = overlay_slot(overlay, number);
    if (slot->bytes) return slot->bytes;
    u8 *bytes = malloc(CLUSTER);
    if (!bytes || !file_read(image, number * CLUSTER, bytes, CLUSTER)) {
        free(bytes);
        return NULL;
    }
    *slot = (struct cluster){ number, bytes };
    overlay->used++;
    return bytes;
}

static bool snapshot_read(const struct image *image, u64 offset, u8 *bytes, u64 length)
{
    while (length) {
        u64 within = offset % CLUSTER, part = MIN(length, CLUSTER - within);
        const u8 *copy = overlay_find(&image->overlay, offset / CLUSTER);
        if (copy) memcpy(bytes, copy + within, part);
        else if (!file_read(image, offset, bytes, part)) return false;
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool snapshot_write(struct image *image, u64 offset, const u8 *bytes, u64 length)
{
    while (length) {
        u64 within = offset % CLUSTER, part = MIN(length, CLUSTER - within);
        u8 *copy = overlay_take(image, offset / CLUSTER);
        if (!copy) return false;
        memcpy(copy + within, bytes, part);
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool range_inside(const struct image *image, u64 sector, u32 count)
{
    return sector <= image->disk.sectors && count <= image->disk.sectors - sector;
}

static bool image_read(void *self, u64 sector, u32 count, void *bytes)
{
    const struct image *image = self;
    u64 offset = sector * image->disk.sector_size, length = (u64)count * image->disk.sector_size;
    if (!range_inside(image, sector, count)) return false;
    return image->overlay.used ? snapshot_read(image, offset, bytes, length) : file_read(image, offset, bytes, length);
}

static bool image_write(void *self, u64 sector, u32 count, const void *bytes)
{
    struct image *image = self;
    u64 offset = sector * image->disk.sector_size, length = (u64)count * image->disk.sector_size;
    if (!range_inside(image, sector, count) || image->mode == IMAGE_READ_ONLY) return false;
    length = MIN(length, image->bytes - MIN(offset, image->bytes));
    if (image->mode == IMAGE_SNAPSHOT) return snapshot_write(image, offset, bytes, length);
    return file_write(image, offset, bytes, length);
}

static bool image_flush(void *self)
{
    const struct image *image = self;
    if (image->mode != IMAGE_WRITE) return true;
    while (fdatasync(image->fd) < 0)
        if (errno != EINTR) return errno == EINVAL || errno == EROFS;
    return true;
}

static void claim_name(const struct stat *about, char name[CLAIM_NAME])
{
    bool block = S_ISBLK(about->st_mode);
    snprintf(name, CLAIM_NAME, block ? "block %llx:%llx" : "file %llx:%llx",
             (unsigned long long)(block ? about->st_rdev : about->st_dev),
             (unsigned long long)(block ? 0 : about->st_ino));
}

/* Kind and size of what was opened. */
static bool file_measure(struct image *image, const char *path, struct error *why)
{
    struct stat about;
    if (fstat(image->fd, &about) < 0) return error_set(why, "%s: %s", path, strerror(errno));
    bool block = S_ISBLK(about.st_mode);
    if (!block && !S_ISREG(about.st_mode))
        return error_set(why, "%s: not a disk image; give a regular file or a block device", path);
    off_t end = block ? lseek(image->fd, 0, SEEK_END) : about.st_size;
    if (end < 0) return error_set(why, "%s: cannot find its size: %s", path, strerror(errno));
    if (end == 0) return error_set(why, "%s: the image is empty; give it a size with truncate -s", path);
    image->bytes = (u64)end;
    claim_name(&about, image->claim);
    return true;
}

static bool image_claim(struct image *image, const char *path, struct error *why)
{
    enum host_use use = image->mode == IMAGE_WRITE ? HOST_EXCLUSIVE : HOST_SHARED;
    if (host_claim(image->host, "image", image->claim, use, image->owner, NULL)) return true;
    return error_set(why, "%s: another drive has it open, and one that writes needs it alone; use -snapshot on both",
                     path);
}

static bool image_setup(struct image *image, const char *path, u32 sector_size, struct error *why)
{
    image->fd = open(path, (image->mode == IMAGE_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    if (image->fd < 0) {
        bool denied = image->mode == IMAGE_WRITE && (errno == EACCES || errno == EROFS || errno == EPERM);
        return error_set(why, "%s: cannot be opened: %s%s", path, strerror(errno),
                         denied ? "; -snapshot needs no right to write" : "");
    }
    if (!file_measure(image, path, why)) return false;
    image->disk = (struct disk){
        .sectors = (image->bytes - 1) / sector_size + 1, .sector_size = sector_size,
        .read_only = image->mode == IMAGE_READ_ONLY,
        .read = image_read, .write = image_write, .flush = image_flush, .self = image,
    };
    return image_claim(image, path, why);
}

struct image *image_open(const char *path, enum image_mode mode, u32 sector_size, struct host *host, const void *owner,
                         struct error *why)
{
    struct image *image = calloc(1, sizeof *image);
    if (!image) {
        error_set(why, "%s: the host has no memory left", path);
        return NULL;
    }
    *image = (struct image){ .fd = -1, .mode = sector_size == 512 ? mode : IMAGE_READ_ONLY, .host = host,
                             .owner = owner };
    if (image_setup(image, path, sector_size, why)) return image;
    image->claim[0] = 0;
    image_close(image);
    return NULL;
}

void image_close(struct image *image)
{
    if (!image) return;
    if (image->claim[0]) host_release(image->host, "image", image->claim, image->owner);
    if (image->fd >= 0) close(image->fd);
    for (size_t i = 0; i < image->overlay.slots; i++)
        free(image->overlay.cluster[i].bytes);
    free(image->overlay.cluster);
    free(image);
}

bool image_owned(const struct image *image, const void *owner, struct error *why)
{
    struct stat about;
    char name[CLAIM_NAME];
    if (fstat(image->fd, &about) < 0) return error_set(why, "a disk image is not open");
    claim_name(&about, name);
    return (image->owner == owner && strcmp(name, image->claim) == 0 && host_owns(image->host, "image", name, owner))
        || error_set(why, "image '%s' is open and belongs to another", name);
}

struct disk *image_disk(struct image *image)
{
    return &image->disk;
}
