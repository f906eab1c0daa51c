/* Disk and CD images as disks for the machine: raw, qcow2, gzip (docs/images.md). */
#ifndef FRONTEND_IMAGE_H
#define FRONTEND_IMAGE_H
#include "core/error.h"
#include "core/host.h"
#include "devices/backend.h"

enum image_mode {
    IMAGE_WRITE,             /* writes reach the file; nobody else may have it open */
    IMAGE_READ_ONLY,
    IMAGE_SNAPSHOT,          /* writes stay in memory and are lost at the end */
    IMAGE_LOOK               /* read-only, neither claimed nor locked: would it do? */
};

enum image_cache {
    IMAGE_WRITEBACK,         /* written data are on the host's disk when the guest flushes */
    IMAGE_WRITETHROUGH,      /* with each write */
    IMAGE_UNSAFE             /* when the host likes */
};

struct image_request {
    const char      *path;
    const char      *format;                         /* raw, qcow2, gzip; NULL: by the content */
    const char      *overlay;                        /* a qcow2 file that gets the writes instead; NULL: none */
    enum image_mode  mode;
    enum image_cache cache;
    u32              sector_size;                    /* 512, or 2048 for a CD, which is never written */
};

struct image;

/* Opens a regular file or block device. `owner` is the machine, for the claims in `host`. NULL with *why filled if it
 * cannot be. */
struct image *image_open(const struct image_request *request, struct host *host, const void *owner, struct error *why);
/* Writes what is still to be written, closes the files and gives the claims back. NULL is allowed. */
void image_close(struct image *image);
/* Whether the open files are those that `owner` has claimed. */
bool image_owned(const struct image *image, const void *owner, struct error *why);
/* Whether its format can be written; a packed one cannot. */
bool image_format_writable(const struct image *image);
/* The path it was opened by, as long as it is open; how often the guest has read or written it. */
const char *image_path(const struct image *image);
u64  image_accesses(const struct image *image);
/* Whether there is such a format. */
bool image_format_known(const char *format);
/* Good until image_close. */
struct disk *image_disk(struct image *image);
#endif
