/* What the files of the snapshots share. A state has two parts: the head, all but RAM, as sections; and RAM.
 *
 *   head:    section after section: u8 length and characters of its name, u32 version, u64 length, bytes
 *   machine: the configuration, a line "OPTION VALUE" each (snapshot_machine.c)
 *   disks:   which images there are, and what was written to those that keep it in memory (snapshot_disks.c)
 *   state:   the components, as core/save.c writes them
 *
 * All numbers are little-endian. */
#ifndef FRONTEND_SNAPSHOT_PARTS_H
#define FRONTEND_SNAPSHOT_PARTS_H
#include "core/state.h"
#include "frontend/snapshot.h"
#include <stdio.h>

/* Bytes that grow. `failed`: the host had no memory; then nothing more is added. */
struct bytes { u8 *at; size_t used, room; bool failed; };
void bytes_put(void *bytes, const void *more, size_t length);
void bytes_number(struct bytes *bytes, u64 value, size_t size);
void bytes_free(struct bytes *bytes);

/* What is left to read. `whole` is false once something did not fit; reads then give 0, "" or NULL. */
struct cursor { const u8 *at; size_t left; bool whole; };
const u8 *cursor_take(struct cursor *cursor, u64 length);
u64 cursor_number(struct cursor *cursor, size_t size);
/* A name of up to 255 characters, with a 0 behind it. */
void cursor_name(struct cursor *cursor, char name[256]);

enum section { SECTION_MACHINE, SECTION_DISKS, SECTION_STATE, SECTIONS };
/* The sections of a head. False: *why names the one that is unknown, missing, or too young. */
bool head_read(const u8 *head, size_t length, struct cursor section[SECTIONS], struct error *why);

/* Adds one. False: the host has no memory for it. */
bool head_section(struct bytes *head, enum section which, const struct bytes *section);

/* More than any head: what a guest may write to disks that are kept in memory, and all chips. */
#define HEAD_MAX ((u64)2 << 30)

/* ---- snapshot_machine.c ---- */
void machine_describe(const struct snapshot_machine *machine, struct bytes *text);
/* The first difference is told as the option that makes it. */
bool machine_agrees(struct cursor saved, const struct snapshot_machine *machine, struct error *why);

/* ---- snapshot_disks.c ---- */
bool disks_save(const struct snapshot_machine *from, struct bytes *bytes, struct error *why);
/* Whether each image is there and is what it was; changes nothing. */
bool disks_agree(struct cursor saved, const struct snapshot_machine *to, struct error *why);
/* After that: what was written is there again. */
bool disks_load(struct cursor saved, const struct snapshot_machine *to, struct error *why);

/* ---- RAM ---- */
struct ram_size { u64 ram_bytes, video_bytes; };
static inline u64 ram_pages(struct ram_size size) { return (size.ram_bytes + size.video_bytes) >> PAGE_SHIFT; }
bool ram_size_possible(struct ram_size size);

/* ---- snapshot_file.c: the portable file ---- */
/* Identifies a state: in both files. */
struct snapshot_stamp { u64 id, file_bytes, file_modified; };
bool portable_write(const char *path, u64 id, const struct bytes *head, const struct memory *memory,
                    const struct snapshot_progress *progress, struct error *why);
/* A portable file being read; its head first, then `page` is called for each page that is not all zeros. */
struct portable;
struct portable *portable_open(const char *path, struct snapshot_stamp *stamp, struct error *why);
bool portable_read(struct portable *file, struct bytes *head, struct ram_size *size,
                   bool (*begin)(void *self, struct error *why), bool (*page)(void *self, u64 number, const u8 *bytes),
                   void *self, const struct snapshot_progress *progress, struct error *why);
void portable_close(struct portable *file);

/* ---- snapshot_cache.c: the private one ---- */
struct cache {
    int                fd;                   /* -1: none */
    const u8          *map;                  /* header and head */
    size_t             map_bytes;
    struct cursor      head;
    struct ram_size    size;
    struct memory_file memory;
};
/* A good one of this state beside `path`, or false. */
bool cache_open(struct cache *cache, const char *path, const struct snapshot_stamp *stamp);
/* One being made: beside `path`; or, `hidden`, in memory that is claimed in `host` for `owner` until it gives it back.
 * NULL: *why says why not. */
struct cache_writer;
struct cache_writer *cache_create(const char *path, bool hidden, struct ram_size size, struct host *host, const void *owner,
                                  struct error *why);
/* Page `number` of RAM; the others are zeros. false: errno says why. */
bool cache_page(struct cache_writer *writer, u64 number, const u8 *bytes);
/* Completes it, and opens it unless `cache` is NULL: then it is left there for later. Frees the writer. */
bool cache_finish(struct cache_writer *writer, const struct bytes *head, const struct snapshot_stamp *stamp,
                  struct cache *cache, struct error *why);
void cache_abandon(struct cache_writer *writer);
void cache_close(struct cache *cache);

void progress_show(const struct snapshot_progress *progress, const char *what, u64 done, u64 total);
#endif
