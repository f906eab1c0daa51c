/* Raw disk and CD images as disks for the machine. */
#ifndef FRONTEND_IMAGE_H
#define FRONTEND_IMAGE_H
#include "core/error.h"
#include "core/host.h"
#include "devices/backend.h"

enum image_mode {
    IMAGE_WRITE,             /* writes reach the file; nobody else in this process may have it open */
    IMAGE_READ_ONLY,
    IMAGE_SNAPSHOT           /* writes stay in memory and are lost at the end */
};

struct image;

/* Opens a regular file or block device. sector_size is 512, or 2048 for a CD, which is always IMAGE_READ_ONLY.
 * `owner` is the machine, for the claim in `host`. NULL with *why filled if it cannot be. */
struct image *image_open(const char *path, enum image_mode mode, u32 sector_size, struct host *host, const void *owner,
                         struct error *why);
/* Closes the file and gives the claim back. NULL is allowed. */
void image_close(struct image *image);
/* Whether the open file is the one that `owner` has claimed. */
bool image_owned(const struct image *image, const void *owner, struct error *why);
/* Good until image_close. */
struct disk *image_disk(struct image *image);
#endif
