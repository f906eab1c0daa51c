/* What tells whether an image's file is the one it was (frontend/image.h): its size and date and, where the date is another
 * (a copy, a checkout, a block device), its content. The hash is a sum over chunks, so that holes need not be read. */
#define _GNU_SOURCE
#include "frontend/image.h"
#include "frontend/image_file.h"
#include "core/state.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, TICK_NS = 2000000 };
#define NS_PER_SECOND 1000000000ull

static u64 ns_of(struct timespec time)
{
    return (u64)time.tv_sec * NS_PER_SECOND + (u64)time.tv_nsec;
}

/* The host dates files by a clock that ticks every few milliseconds. What is written after this gets another date. */
static void date_pass(u64 modified)
{
    struct timespec now, nap = { 0, TICK_NS };
    while (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 && ns_of(now) <= modified
           && modified - ns_of(now) < NS_PER_SECOND)
        nanosleep(&nap, NULL);
}

static bool all_zero(const u8 *bytes, u64 length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static bool content_hash(struct image_file *file, u64 size, u64 *sum)
{
    u8 *chunk = malloc(CHUNK);
    bool good = chunk != NULL;
    *sum = size;
    for (u64 at = 0; good && at < size; at += CHUNK) {
        off_t data = lseek(file->fd, (off_t)at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;
        if (data > 0) at = MAX(at, (u64)data / CHUNK * CHUNK);
        u64 length = MIN((u64)CHUNK, size - at);
        good = image_file_read(file, at, chunk, length);
        if (good && !all_zero(chunk, length)) *sum += hash_bytes(at, chunk, length);
    }
    free(chunk);
    return good;
}

bool image_file_stamp(struct image_file *file, bool content, struct image_stamp *stamp, struct error *why)
{
    struct stat st;
    if (fstat(file->fd, &st) < 0) return error_set(why, "%s: %s", file->path, strerror(errno));
    *stamp = (struct image_stamp){ .path = file->path, .bytes = file->bytes };
    if (S_ISREG(st.st_mode)) {
        stamp->bytes = (u64)st.st_size;
        stamp->modified = ns_of(st.st_mtim);
        date_pass(stamp->modified);
    }
    return !content || content_hash(file, stamp->bytes, &stamp->content) || error_set(why, "%s: cannot be read", file->path);
}

bool image_file_unchanged(struct image_file *file, const struct image_stamp *was, struct error *why)
{
    struct image_stamp is;
    if (!image_file_stamp(file, false, &is, why)) return false;
    if (is.bytes == was->bytes && is.modified && is.modified == was->modified) return true;
    if (is.bytes == was->bytes && !image_file_stamp(file, true, &is, why)) return false;
    return (is.bytes == was->bytes && is.content == was->content)
        || error_set(why, "%s: the image has changed since the state was saved; restore it, or start without -loadvm",
                     file->path);
}
