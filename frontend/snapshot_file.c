/* The portable file of a snapshot (frontend/snapshot_parts.h), written beside its place and renamed, read as a stream.
 *
 *   header:  "trap86 snapshot\n", u32 version, u32 0, u64 id
 *   the rest is one zlib stream (RFC 1950) of
 *     u64 length and bytes of the head
 *     u64 bytes of RAM, u64 bytes of video RAM
 *     runs of pages that are not all zeros: u32 first page, u32 pages, the pages; pages 0: no more
 *     u32 CRC-32 of all that */
#define _GNU_SOURCE
#include "frontend/snapshot_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { VERSION = 1, HEADER = 32, BUFFER = 256 << 10, RUN_MAX = 256, MAGIC = 16 };
static const char magic[MAGIC + 1] = "trap86 snapshot\n";
#define NS_PER_SECOND 1000000000ull

void progress_show(const struct snapshot_progress *progress, const char *what, u64 done, u64 total)
{
    if (progress && progress->show) progress->show(progress->self, what, done, total);
}

bool ram_size_possible(struct ram_size size)
{
    return size.ram_bytes && size.ram_bytes <= MACHINE_RAM_MAX && size.ram_bytes % PAGE_SIZE == 0
        && size.video_bytes <= VGA_MAX_BYTES && size.video_bytes % PAGE_SIZE == 0;
}

static bool page_is_zero(const u8 *page) { return page[0] == 0 && memcmp(page, page + 1, PAGE_SIZE - 1) == 0; }

static bool file_write(int fd, const u8 *bytes, size_t length)
{
    while (length) {
        ssize_t wrote = write(fd, bytes, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

/* ---- writing ---- */
/* `error` is an errno, 0 as long as all is well. */
struct deflater { int fd, error; z_stream z; u32 crc; u8 out[BUFFER]; };

static void deflate_run(struct deflater *d, int flush)
{
    do {
        d->z.next_out = d->out;
        d->z.avail_out = BUFFER;
        deflate(&d->z, flush);
        if (!d->error && !file_write(d->fd, d->out, BUFFER - d->z.avail_out)) d->error = errno;
    } while (!d->error && d->z.avail_out == 0);
}

static void put(struct deflater *d, const void *bytes, size_t length)
{
    for (const u8 *at = bytes; length && !d->error;) {
        uInt part = (uInt)MIN(length, (size_t)1 << 30);
        d->crc = (u32)crc32(d->crc, at, part);
        d->z.next_in = (Bytef *)at;
        d->z.avail_in = part;
        deflate_run(d, Z_NO_FLUSH);
        at += part;
        length -= part;
    }
}

static void put_number(struct deflater *d, u64 value, size_t size) { put(d, &value, size); }

static void put_ram(struct deflater *d, const struct memory *memory, const struct snapshot_progress *progress)
{
    u64 pages = memory_storage(memory) >> PAGE_SHIFT;
    for (u64 page = 0, run; page < pages && !d->error; page += run) {
        const u8 *at = memory->ram + (page << PAGE_SHIFT);
        for (run = 0; run < RUN_MAX && page + run < pages && !page_is_zero(at + (run << PAGE_SHIFT));) run++;
        progress_show(progress, "saving", page, pages);
        if (run) {
            put_number(d, page, 4);
            put_number(d, run, 4);
            put(d, at, run << PAGE_SHIFT);
        }
        run = MAX(run, 1);
    }
    put_number(d, 0, 8);
}

static void put_all(struct deflater *d, u64 id, const struct bytes *head, const struct memory *memory,
                    const struct snapshot_progress *progress)
{
    u8 header[HEADER] = { 0 };
    memcpy(header, magic, MAGIC);
    header[MAGIC] = VERSION;
    memcpy(header + MAGIC + 8, &id, sizeof id);
    if (!file_write(d->fd, header, HEADER)) d->error = errno;
    put_number(d, head->used, 8);
    put(d, head->at, head->used);
    put_number(d, memory->ram_bytes, 8);
    put_number(d, memory->video_bytes, 8);
    put_ram(d, memory, progress);
    put_number(d, d->crc, 4);
    deflate_run(d, Z_FINISH);
}

static bool replaceable(const char *path, struct error *why)
{
    struct stat st;
    return stat(path, &st) < 0 || S_ISREG(st.st_mode) || error_set(why, "%s: not a regular file; give another name", path);
}

/* Into a temporary file beside it: `name` is its path with ".XXXXXX" behind. */
static bool written(const char *path, char *name, struct deflater *d, u64 id, const struct bytes *head,
                    const struct memory *memory, const struct snapshot_progress *progress, struct error *why)
{
    d->fd = mkostemp(name, O_CLOEXEC);
    if (d->fd < 0) return error_set(why, "%s: %s", path, strerror(errno));
    put_all(d, id, head, memory, progress);
    if (!d->error && fsync(d->fd) < 0) d->error = errno;
    if (close(d->fd) < 0 && !d->error) d->error = errno;
    if (!d->error && rename(name, path) < 0) d->error = errno;
    if (!d->error) return true;
    unlink(name);
    return error_set(why, "%s: %s; no snapshot is written", path, strerror(d->error));
}

bool portable_write(const char *path, u64 id, const struct bytes *head, const struct memory *memory,
                    const struct snapshot_progress *progress, struct error *why)
{
    struct deflater *d = calloc(1, sizeof *d);
    char *name = malloc(strlen(path) + sizeof ".XXXXXX");
    bool ready = d && name && deflateInit(&d->z, Z_BEST_SPEED) == Z_OK, good = false;
    if (name) strcat(strcpy(name, path), ".XXXXXX");
    if (!ready) error_set(why, "%s: the host has no memory left to write it", path);
    else if (replaceable(path, why)) good = written(path, name, d, id, head, memory, progress, why);
    if (ready) deflateEnd(&d->z);
    free(name);
    free(d);
    return good;
}

/* ---- reading ---- */
struct portable { int fd; const char *path; z_stream z; bool made, ended; u32 crc; u8 in[BUFFER], page[PAGE_SIZE]; };

static bool damaged(const struct portable *file, struct error *why)
{
    return error_set(why, "%s: the snapshot is cut off or damaged; save it again", file->path);
}

static bool header_read(const char *path, int fd, struct snapshot_stamp *stamp, struct error *why)
{
    u8 header[HEADER];
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) return error_set(why, "%s: not a regular file", path);
    if (pread(fd, header, HEADER, 0) != HEADER || memcmp(header, magic, MAGIC) != 0)
        return error_set(why, "%s: not a snapshot of trap86; make one with --savevm", path);
    u64 version = 0;
    memcpy(&version, header + MAGIC, 4);
    if (version != VERSION)
        return error_set(why, "%s: a snapshot of version %u, and this trap86 knows %d; load it with the trap86 that saved "
                         "it", path, (unsigned)version, VERSION);
    memcpy(&stamp->id, header + MAGIC + 8, sizeof stamp->id);
    stamp->file_bytes = (u64)st.st_size;
    stamp->file_modified = (u64)st.st_mtim.tv_sec * NS_PER_SECOND + (u64)st.st_mtim.tv_nsec;
    return lseek(fd, HEADER, SEEK_SET) == HEADER || error_set(why, "%s: %s", path, strerror(errno));
}

struct portable *portable_open(const char *path, struct snapshot_stamp *stamp, struct error *why)
{
    struct portable *file = calloc(1, sizeof *file);
    if (!file) {
        error_set(why, "%s: the host has no memory left to read it", path);
        return NULL;
    }
    file->path = path;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0) error_set(why, "%s: %s", path, strerror(errno));
    else if (header_read(path, file->fd, stamp, why)) return file;
    portable_close(file);
    return NULL;
}

void portable_close(struct portable *file)
{
    if (!file) return;
    if (file->made) inflateEnd(&file->z);
    if (file->fd >= 0) close(file->fd);
    free(file);
}

static bool more_input(struct portable *file)
{
    ssize_t got = read(file->fd, file->in, BUFFER);
    file->z.next_in = file->in;
    file->z.avail_in = got > 0 ? (uInt)got : 0;
    return got > 0;
}

static bool take(struct portable *file, void *bytes, size_t length)
{
    file->z.next_out = bytes;
    file->z.avail_out = (uInt)length;
    while (file->z.avail_out && !file->ended) {
        if (!file->z.avail_in && !more_input(file)) return false;
        int status = inflate(&file->z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) return false;
        file->ended = status == Z_STREAM_END;
    }
    if (file->z.avail_out) return false;
    file->crc = (u32)crc32(file->crc, bytes, (uInt)length);
    return true;
}

static bool take_number(struct portable *file, u64 *value, size_t size)
{
    *value = 0;
    return take(file, value, size);
}

/* The head grows as its bytes come: its length is only a claim. */
static bool take_head(struct portable *file, struct bytes *head, struct error *why)
{
    u64 length;
    if (!take_number(file, &length, 8) || length > HEAD_MAX) return damaged(file, why);
    while (length) {
        size_t part = MIN(length, (u64)PAGE_SIZE);
        if (!take(file, file->page, part)) return damaged(file, why);
        bytes_put(head, file->page, part);
        length -= part;
    }
    return !head->failed || error_set(why, "%s: the host has no memory left to read it", file->path);
}

static bool take_runs(struct portable *file, u64 pages, bool (*page)(void *self, u64 number, const u8 *bytes), void *self,
                      const struct snapshot_progress *progress, struct error *why)
{
    for (u64 first, run;;) {
        if (!take_number(file, &first, 4) || !take_number(file, &run, 4)) return damaged(file, why);
        if (!run) return true;
        if (first >= pages || run > pages - first) return damaged(file, why);
        progress_show(progress, "loading", first, pages);
        for (u64 end = first + run; first < end; first++) {
            if (!take(file, file->page, PAGE_SIZE)) return damaged(file, why);
            if (!page(self, first, file->page))
                return error_set(why, "%s: the host has no room for its RAM: %s", file->path, strerror(errno));
        }
    }
}

/* The checksum, and nothing behind it. */
static bool take_end(struct portable *file)
{
    u8 more;
    u32 crc = file->crc;
    u64 saved;
    return take_number(file, &saved, 4) && saved == crc && !take(file, &more, 1) && file->ended && !file->z.avail_in
        && !more_input(file);
}

bool portable_read(struct portable *file, struct bytes *head, struct ram_size *size,
                   bool (*begin)(void *self, struct error *why), bool (*page)(void *self, u64 number, const u8 *bytes),
                   void *self, const struct snapshot_progress *progress, struct error *why)
{
    file->made = inflateInit(&file->z) == Z_OK;
    if (!file->made) return error_set(why, "%s: the host has no memory left to read it", file->path);
    if (!take_head(file, head, why)) return false;
    if (!take_number(file, &size->ram_bytes, 8) || !take_number(file, &size->video_bytes, 8) || !ram_size_possible(*size))
        return damaged(file, why);
    if (!begin(self, why) || !take_runs(file, ram_pages(*size), page, self, progress, why)) return false;
    return take_end(file) || damaged(file, why);
}
