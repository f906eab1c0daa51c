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
/* Whether the file at `path` is among the open ones. */
bool image_uses(const struct image *image, const char *path);
/* Whether there is such a format. */
bool image_format_known(const char *format);
/* A file that an image is made of, as it was at some time. */
struct image_stamp { const char *path; u64 bytes, modified, content; };   /* nanoseconds since 1970; hash */
/* Writes what is still to be written and calls `stamp` for each file, the topmost first. `content` is 0 unless asked for:
 * then all of the file is read. False, with *why: the host cannot. */
bool image_stamps(struct image *image, bool content, bool (*stamp)(void *self, const struct image_stamp *), void *self,
                  struct error *why);
/* Whether file `index` of an image is what it was: unchanged by its date or, if that is another, by its content. */
bool image_unchanged(struct image *image, unsigned index, const struct image_stamp *was, struct error *why);
/* IMAGE_SNAPSHOT: what was written, in pieces of IMAGE_PIECE bytes, counted from the start of the image. */
enum { IMAGE_PIECE = 4096 };
bool image_keeps(const struct image *image);
u64  image_pieces(const struct image *image);
void image_pieces_each(const struct image *image, void (*piece)(void *self, u64 number, const u8 *bytes), void *self);
/* Forgets what was written, and takes the piece for written. False: the host has no memory, or it lies beyond the end. */
void image_pieces_forget(struct image *image);
bool image_piece_put(struct image *image, u64 number, const u8 *bytes);
/* Good until image_close. */
struct disk *image_disk(struct image *image);
#endif
