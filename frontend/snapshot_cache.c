/* The private cache of a snapshot (frontend/snapshot_parts.h), laid out to be mapped: a page of header, RAM, a hash per page
 * of RAM, the head. It is good for one state of one portable file, for this user alone, and is replaced, never changed.
 * Header and head are checksummed; RAM is not looked at before the guest does: its pages are read when they are touched. */
#define _GNU_SOURCE
#include "frontend/snapshot_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1 };
#define SUFFIX ".cache"

/* `probe` is the hash of a page as this trap86 computes it: one that does it otherwise has no use for the hashes. */
struct header {
    char   magic[16];
    u64    version, probe, check;            /* check: of the header with a 0 here */
    struct snapshot_stamp stamp;
    struct ram_size size;
    u64    head_bytes, head_check, hashes_offset, storage_offset, hash_sum;
};
static const char magic[16] = "trap86 cache 1\n";

struct cache_writer { int fd; char *path, *temporary; struct header header; u64 *hash; };

/* ---- layout ---- */
static u64 page_up(u64 bytes) { return (bytes + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE; }
static u64 hashes_bytes(struct ram_size size) { return page_up(ram_pages(size) * sizeof(u64)); }
static u64 storage_bytes(struct ram_size size) { return size.ram_bytes + size.video_bytes; }

/* RAM comes first: the head is only known at the end. */
static void header_lay_out(struct header *header, struct ram_size size)
{
    header->size = size;
    header->storage_offset = PAGE_SIZE;
    header->hashes_offset = header->storage_offset + storage_bytes(size);
}

static u64 head_offset(const struct header *header) { return header->hashes_offset + hashes_bytes(header->size); }

static u64 header_check(struct header header)
{
    header.check = 0;
    return hash_bytes(0, &header, sizeof header);
}

static u64 probe(void)
{
    static const u8 page[PAGE_SIZE] = "trap86";
    return memory_page_hash(1, page);
}

static char *cache_path(const char *path, const char *suffix)
{
    char *name = malloc(strlen(path) + strlen(suffix) + 1);
    return name ? strcat(strcpy(name, path), suffix) : NULL;
}

/* ---- opening ---- */
/* Ours alone: nobody else could have put something into it. */
static bool is_private(int fd, u64 *bytes)
{
    struct stat st;
    bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    *bytes = known ? (u64)st.st_size : 0;
    return known && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool header_good(const struct header *header, u64 bytes, const struct snapshot_stamp *stamp)
{
    struct header expected = { .size = header->size };
    if (memcmp(header->magic, magic, sizeof magic) != 0 || header->version != VERSION
        || header->check != header_check(*header) || header->probe != probe()
        || memcmp(&header->stamp, stamp, sizeof *stamp) != 0 || !ram_size_possible(header->size))
        return false;
    header_lay_out(&expected, header->size);
    return header->storage_offset == expected.storage_offset && header->hashes_offset == expected.hashes_offset
        && header->head_bytes <= HEAD_MAX && head_offset(header) + header->head_bytes == bytes;
}

static bool cache_map(struct cache *cache, int fd, const struct header *header)
{
    u64 length = MAX(header->head_bytes, 1);
    const u8 *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)head_offset(header));
    if (map == MAP_FAILED) return false;
    *cache = (struct cache){
        .fd = fd, .map = map, .map_bytes = length, .head = { map, header->head_bytes, true }, .size = header->size,
        .memory = { fd, header->storage_offset, header->hashes_offset, header->hash_sum },
    };
    return hash_bytes(0, map, header->head_bytes) == header->head_check;
}

static bool fd_open(struct cache *cache, int fd, const struct snapshot_stamp *stamp)
{
    struct header header;
    u64 bytes;
    *cache = (struct cache){ .fd = fd };
    return is_private(fd, &bytes) && pread(fd, &header, sizeof header, 0) == sizeof header
        && header_good(&header, bytes, stamp) && cache_map(cache, fd, &header);
}

bool cache_open(struct cache *cache, const char *path, const struct snapshot_stamp *stamp)
{
    char *name = cache_path(path, SUFFIX);
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    free(name);
    *cache = (struct cache){ .fd = -1 };
    if (fd >= 0 && fd_open(cache, fd, stamp)) return true;
    cache_close(cache);
    return false;
}

void cache_close(struct cache *cache)
{
    if (cache->map) munmap((void *)cache->map, cache->map_bytes);
    if (cache->fd >= 0) close(cache->fd);
    *cache = (struct cache){ .fd = -1 };
}

/* ---- making ---- */
static bool refuse(const char *path, struct error *why)
{
    return error_set(why, "%s: the host has no room for its RAM: %s", path, strerror(errno));
}

static bool writer_open(struct cache_writer *writer, bool hidden, struct host *host, const void *owner, struct error *why)
{
    struct ram_size size = writer->header.size;
    if (hidden && !host_claim_ram(host, storage_bytes(size), owner, why)) return false;
    writer->fd = hidden ? memfd_create("trap86 snapshot", MFD_CLOEXEC) : mkostemp(writer->temporary, O_CLOEXEC);
    if (hidden) *writer->temporary = 0;
    if (writer->fd < 0) *writer->temporary = 0;
    return (writer->fd >= 0 && fchmod(writer->fd, S_IRUSR | S_IWUSR) == 0
            && ftruncate(writer->fd, (off_t)head_offset(&writer->header)) == 0)
        || refuse(writer->path, why);
}

struct cache_writer *cache_create(const char *path, bool hidden, struct ram_size size, struct host *host, const void *owner,
                                  struct error *why)
{
    struct cache_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        refuse(path, why);
        return NULL;
    }
    writer->fd = -1;
    header_lay_out(&writer->header, size);
    writer->path = cache_path(path, SUFFIX);
    writer->temporary = cache_path(path, SUFFIX ".XXXXXX");
    writer->hash = calloc(1, hashes_bytes(size));
    if (!writer->path || !writer->temporary || !writer->hash) refuse(path, why);
    else if (writer_open(writer, hidden, host, owner, why)) return writer;
    cache_abandon(writer);
    return NULL;
}

static bool write_at(int fd, const void *bytes, u64 length, u64 offset)
{
    for (const u8 *at = bytes; length;) {
        ssize_t wrote = pwrite(fd, at, length, (off_t)offset);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        at += wrote;
        offset += (u64)wrote;
        length -= (u64)wrote;
    }
    return true;
}

bool cache_page(struct cache_writer *writer, u64 number, const u8 *bytes)
{
    u64 hash = memory_page_hash(number, bytes);
    writer->header.hash_sum += hash - writer->hash[number];
    writer->hash[number] = hash;
    return write_at(writer->fd, bytes, PAGE_SIZE, writer->header.storage_offset + (number << PAGE_SHIFT));
}

static bool complete(struct cache_writer *writer, const struct bytes *head, const struct snapshot_stamp *stamp)
{
    struct header *header = &writer->header;
    memcpy(header->magic, magic, sizeof magic);
    header->version = VERSION;
    header->probe = probe();
    header->stamp = *stamp;
    header->head_bytes = head->used;
    header->head_check = hash_bytes(0, head->at, head->used);
    header->check = header_check(*header);
    return write_at(writer->fd, writer->hash, hashes_bytes(header->size), header->hashes_offset)
        && write_at(writer->fd, head->at, head->used, head_offset(header))
        && write_at(writer->fd, header, sizeof *header, 0)
        && (!*writer->temporary || rename(writer->temporary, writer->path) == 0);
}

bool cache_finish(struct cache_writer *writer, const struct bytes *head, const struct snapshot_stamp *stamp,
                  struct cache *cache, struct error *why)
{
    bool good = complete(writer, head, stamp);
    if (good) *writer->temporary = 0;
    if (good && cache) {
        good = fd_open(cache, writer->fd, stamp);
        writer->fd = -1;
        if (!good) cache_close(cache);
    }
    if (!good) refuse(writer->path, why);
    cache_abandon(writer);
    return good;
}

void cache_abandon(struct cache_writer *writer)
{
    if (!writer) return;
    if (writer->fd >= 0) close(writer->fd);
    if (writer->temporary && *writer->temporary && writer->fd >= 0) unlink(writer->temporary);
    free(writer->path);
    free(writer->temporary);
    free(writer->hash);
    free(writer);
}
