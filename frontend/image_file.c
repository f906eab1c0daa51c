/* Files of images (frontend/image_file.h). The claim is by device and inode, so two names of one file are one image. The
 * locks are those of QEMU's tools, which so respect ours: a byte of the file per thing done (100 + n) and per thing
 * nobody else may do (200 + n), locked for the open file description, not for the process; the bytes need not exist.
 * Where the file system has no locks there are none. */
#define _GNU_SOURCE
#include "frontend/image_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- locks ---- */
enum { BYTE_USES = 100, BYTE_DENIES = 200, USE_READ = 0, USE_WRITE = 1, USE_RESIZE = 3, USE_KINDS = 4 };

static bool lock_take(int fd, unsigned byte)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

static bool lock_is_free(int fd, unsigned byte)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
    return fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK;
}

/* All locks first, then the looks: of two that come at once one at least sees the other. */
static bool file_lock(const struct image_file *file, struct error *why)
{
    unsigned writes = 1u << USE_WRITE | 1u << USE_RESIZE;
    unsigned uses = 1u << USE_READ | (file->access == IMAGE_FILE_WRITE ? writes : 0);
    bool good = true;
    for (unsigned i = 0; i < USE_KINDS; i++) {
        if (uses >> i & 1) good = good && lock_take(file->fd, BYTE_USES + i);
        if (writes >> i & 1) good = good && lock_take(file->fd, BYTE_DENIES + i);
    }
    for (unsigned i = 0; i < USE_KINDS; i++) {
        if (uses >> i & 1) good = good && lock_is_free(file->fd, BYTE_DENIES + i);
        if (writes >> i & 1) good = good && lock_is_free(file->fd, BYTE_USES + i);
    }
    return good || error_set(why, "%s: locked: another program has it open, and one that writes needs it alone; end that one, "
                             "or use -snapshot in both", file->path);
}

/* ---- open and close ---- */
static void claim_name(const struct stat *about, char name[IMAGE_CLAIM])
{
    bool block = S_ISBLK(about->st_mode);
    snprintf(name, IMAGE_CLAIM, block ? "block %llx:%llx" : "file %llx:%llx",
             (unsigned long long)(block ? about->st_rdev : about->st_dev),
             (unsigned long long)(block ? 0 : about->st_ino));
}

/* Kind and size of what was opened. */
static bool file_measure(struct image_file *file, char claim[IMAGE_CLAIM], struct error *why)
{
    struct stat about;
    if (fstat(file->fd, &about) < 0) return error_set(why, "%s: %s", file->path, strerror(errno));
    bool block = S_ISBLK(about.st_mode);
    if (!block && !S_ISREG(about.st_mode))
        return error_set(why, "%s: not a disk image; give a regular file or a block device", file->path);
    off_t end = block ? lseek(file->fd, 0, SEEK_END) : about.st_size;
    if (end < 0) return error_set(why, "%s: cannot find its size: %s", file->path, strerror(errno));
    if (end == 0) return error_set(why, "%s: the image is empty; give it a size with truncate -s", file->path);
    file->bytes = (u64)end;
    claim_name(&about, claim);
    return true;
}

static bool file_claim(struct image_file *file, const char *claim, struct error *why)
{
    enum host_use use = file->access == IMAGE_FILE_WRITE ? HOST_EXCLUSIVE : HOST_SHARED;
    if (!host_claim(file->host, "image", claim, use, file->owner, NULL))
        return error_set(why, "%s: another drive has it open, and one that writes needs it alone; use -snapshot on both",
                         file->path);
    snprintf(file->claim, sizeof file->claim, "%s", claim);
    return true;
}

bool image_file_open(struct image_file *file, const char *path, enum image_access access, struct host *host,
                     const void *owner, struct error *why)
{
    bool write = access == IMAGE_FILE_WRITE;
    char claim[IMAGE_CLAIM];
    *file = (struct image_file){ .fd = -1, .access = access, .host = host, .owner = owner, .path = strdup(path) };
    if (!file->path) return error_set(why, "%s: the host has no memory left", path);
    file->fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0) {
        bool denied = write && (errno == EACCES || errno == EROFS || errno == EPERM);
        return error_set(why, "%s: cannot be opened: %s%s", path, strerror(errno),
                         denied ? "; -snapshot needs no right to write" : "");
    }
    if (!file_measure(file, claim, why)) return false;
    return access == IMAGE_FILE_LOOK || (file_claim(file, claim, why) && file_lock(file, why));
}

void image_file_close(struct image_file *file)
{
    if (file->claim[0]) host_release(file->host, "image", file->claim, file->owner);
    if (file->fd >= 0 && file->path) close(file->fd);
    free(file->path);
    *file = (struct image_file){ .fd = -1 };
}

bool image_file_owned(const struct image_file *file, const void *owner, struct error *why)
{
    struct stat about;
    char name[IMAGE_CLAIM];
    if (fstat(file->fd, &about) < 0) return error_set(why, "a disk image is not open");
    claim_name(&about, name);
    return (file->owner == owner && strcmp(name, file->claim) == 0 && host_owns(file->host, "image", name, owner))
        || error_set(why, "image '%s' is open and belongs to another", name);
}

bool image_file_same(const struct image_file *file, const char *path)
{
    struct stat one, other;
    return stat(path, &one) == 0 && fstat(file->fd, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* ---- bytes ---- */
bool image_file_tell(struct image_file *file, const char *what, const char *reason)
{
    if (!file->told) fprintf(stderr, "trap86: %s: cannot be %s: %s; the guest sees an error\n", file->path, what, reason);
    file->told = true;
    return false;
}

/* How many bytes there were; less than `length` at the end of the file or on an error, which errno tells (0: the end). */
static u64 read_some(const struct image_file *file, u64 offset, u8 *bytes, u64 length)
{
    u64 done = 0;
    errno = 0;
    while (done < length) {
        ssize_t got = pread(file->fd, bytes + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (u64)got;
    }
    return done;
}

bool image_file_read(struct image_file *file, u64 offset, void *bytes, u64 length)
{
    if (read_some(file, offset, bytes, length) == length) return true;
    return image_file_tell(file, "read", errno ? strerror(errno) : "the file has become shorter");
}

bool image_file_read_padded(struct image_file *file, u64 offset, void *bytes, u64 length)
{
    u64 got = read_some(file, offset, bytes, length);
    if (got == length) return true;
    if (errno || got == 0) return image_file_tell(file, "read", errno ? strerror(errno) : "the file has become shorter");
    memset((u8 *)bytes + got, 0, length - got);
    return true;
}

bool image_file_write(struct image_file *file, u64 offset, const void *bytes, u64 length)
{
    const u8 *at = bytes;
    while (length) {
        ssize_t put = pwrite(file->fd, at, length, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return image_file_tell(file, "written", strerror(put < 0 ? errno : ENOSPC));
        at += put;
        offset += (u64)put;
        length -= (u64)put;
    }
    return true;
}

bool image_file_sync(struct image_file *file)
{
    while (!file->sync_failed && fdatasync(file->fd) < 0) {
        if (errno == EINTR) continue;
        if (errno == EINVAL || errno == EROFS) break;
        file->sync_failed = true;
        image_file_tell(file, "written", strerror(errno));
    }
    return !file->sync_failed;
}

static bool fill(int fd, const void *bytes, size_t length)
{
    struct image_file file = { .fd = fd, .told = true };
    return image_file_write(&file, 0, bytes, length) && fdatasync(fd) == 0;
}

/* Under another name first, which then becomes this one, unless somebody was faster. */
bool image_file_create(const char *path, const void *bytes, size_t length, struct error *why)
{
    char *draft = NULL;
    bool good = false;
    int fd = asprintf(&draft, "%s.XXXXXX", path) < 0 ? -1 : mkostemp(draft, O_CLOEXEC);
    if (fd >= 0) {
        good = fill(fd, bytes, length) && fchmod(fd, 0644) == 0 && link(draft, path) == 0;
        int error = errno;
        unlink(draft);
        close(fd);
        errno = error;
    }
    if (!good) error_set(why, "%s: cannot be made: %s", path, strerror(errno));
    free(draft);
    return good;
}
