/* The files that images lie in: opened with a claim in this process and a lock against others, read and written whole. */
#ifndef FRONTEND_IMAGE_FILE_H
#define FRONTEND_IMAGE_FILE_H
#include "core/error.h"
#include "core/host.h"

enum { IMAGE_CLAIM = 64 };

enum image_access {
    IMAGE_FILE_LOOK,         /* read, neither claimed nor locked */
    IMAGE_FILE_READ,         /* read; nobody may write to it meanwhile */
    IMAGE_FILE_WRITE         /* read and written; nobody else may use it */
};

struct image_file {
    int               fd;                            /* -1: none */
    enum image_access access;
    u64               bytes;                         /* when it was opened */
    char             *path;
    struct host      *host;
    const void       *owner;
    char              claim[IMAGE_CLAIM];            /* "" : none */
    bool              sync_failed, told;             /* one line about errors is enough */
};

/* Opens a regular file or block device that is not empty. On failure *why says in a line what is in the way; the file
 * may then be closed all the same. */
bool image_file_open(struct image_file *file, const char *path, enum image_access access, struct host *host,
                     const void *owner, struct error *why);
/* Gives claim and lock back. Of a file of zeros with fd -1: nothing happens. */
void image_file_close(struct image_file *file);
/* Whether the open file is the one that `owner` has claimed. */
bool image_file_owned(const struct image_file *file, const void *owner, struct error *why);
/* Whether `path` leads to the open file. */
bool image_file_same(const struct image_file *file, const char *path);
/* Says once per file, on standard error, what the guest sees as an error. Returns false. */
bool image_file_tell(struct image_file *file, const char *what, const char *reason);
/* All of [offset, offset + length); false on an error of the host or beyond the end, which is told on standard error once. */
bool image_file_read(struct image_file *file, u64 offset, void *bytes, u64 length);
/* As that, but what lies beyond the file's end, as it is now, reads as zeros, if its first byte does not. */
bool image_file_read_padded(struct image_file *file, u64 offset, void *bytes, u64 length);
bool image_file_write(struct image_file *file, u64 offset, const void *bytes, u64 length);
/* What was written is on the host's disk. Once that failed, it fails for ever: the host may have dropped the data. */
bool image_file_sync(struct image_file *file);
/* Size, date and, if asked for, a hash of the content of the open file; nothing written to it from here on has that date. */
struct image_stamp;
bool image_file_stamp(struct image_file *file, bool content, struct image_stamp *stamp, struct error *why);
/* Whether it is what it was then, by its date or else by its content. False: *why names it. */
bool image_file_unchanged(struct image_file *file, const struct image_stamp *was, struct error *why);
/* Writes a file that does not exist yet, as a whole or not at all, and onto the disk. */
bool image_file_create(const char *path, const void *bytes, size_t length, struct error *why);
#endif
