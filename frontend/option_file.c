/* Words of the command line that are files: what each is shows in its content, and it goes where such a thing belongs
 * (frontend/option_values.h). CDs: ECMA-119, 8.1; partition tables: the boot record of IBM's PC DOS 2.0. */
#include "frontend/option_values.h"
#include "devices/load.h"
#include <string.h>

enum { SECTOR = 512, HEAD_SECTORS = 68, CD_MARK = 0x8001, TABLE = 0x1BE, TABLE_ROW = 16, TABLE_ROWS = 4 };

/* The beginning of a file, unpacked if it is packed. */
struct head { u8 bytes[HEAD_SECTORS * SECTOR]; u64 sectors; bool writable; };

static bool head_read(const char *path, struct host *host, struct head *head, struct error *why)
{
    struct image_request look = { .path = path, .mode = IMAGE_LOOK, .sector_size = SECTOR };
    struct image *image = image_open(&look, host, NULL, why);
    if (!image) return false;
    const struct disk *disk = image_disk(image);
    *head = (struct head){ .sectors = disk->sectors, .writable = image_format_writable(image) };
    bool good = disk->read(disk->self, 0, (u32)MIN(disk->sectors, HEAD_SECTORS), head->bytes);
    image_close(image);
    return good || error_set(why, "%s: cannot be read", path);
}

static bool is_kernel(const struct head *head)
{
    struct blob blob = { head->bytes, sizeof head->bytes };
    return memcmp(head->bytes, "\177ELF", 4) == 0 || load_kind(&blob) != LOAD_UNKNOWN;
}

static bool is_cd(const struct head *head) { return memcmp(head->bytes + CD_MARK, "CD001", 5) == 0; }

/* A table that could be one: each row is empty, or a partition that is active or not and begins behind the table. */
static bool is_partitioned(const struct head *head)
{
    unsigned used = 0;
    for (unsigned i = 0; i < TABLE_ROWS; i++) {
        const u8 *row = head->bytes + TABLE + i * TABLE_ROW;
        u32 start;
        memcpy(&start, row + 8, sizeof start);
        if (row[0] & 0x7F) return false;
        if (!row[4]) continue;
        if (start == 0 || start >= head->sectors) return false;
        used++;
    }
    return used > 0;
}

static bool is_floppy(const struct head *head)
{
    struct floppy_shape shape;
    if (!i82077_shape(head->sectors, &shape)) return false;
    return head->sectors == (u64)shape.tracks * shape.heads * shape.sectors || !is_partitioned(head);
}

/* What cannot be written is a disk all the same: what the guest writes is kept in memory. */
static bool disk_place(struct options *o, bool floppy, const struct head *head, const char *path, struct error *why)
{
    unsigned first = floppy ? MACHINE_DRIVES : 0, end = floppy ? OPTION_DRIVES : MACHINE_DRIVES;
    while (first < end && (o->drive[first].file || o->drive[first].cdrom)) first++;
    if (first == end)
        return error_set(why, "'%s' is a %s, and there is no free place for it; leave one out", path, floppy ? "floppy" : "disk");
    o->drive[first] = (struct drive_option){ .file = path, .snapshot = !head->writable };
    return true;
}

static bool cd_place(struct options *o, const char *path, struct error *why)
{
    static const unsigned places[] = { 2, 3, 1 };
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        struct drive_option *drive = &o->drive[places[i]];
        if (drive->file) continue;
        *drive = (struct drive_option){ .file = path, .cdrom = true };
        return true;
    }
    return error_set(why, "'%s' is a CD, and there is no free place for it; leave one out", path);
}

static bool place(struct options *o, const char *path, struct host *host, struct error *why)
{
    struct head head;
    if (!head_read(path, host, &head, why)) return false;
    if (is_kernel(&head)) {
        if (o->kernel) return error_set(why, "'%s' is a second kernel; one machine runs one", path);
        o->kernel = path;
        return true;
    }
    if (is_cd(&head)) return cd_place(o, path, why);
    return disk_place(o, is_floppy(&head), &head, path, why);
}

bool option_files_place(struct options *o, struct error *why)
{
    struct host host;
    bool good = true;
    host_init(&host, 0);
    for (unsigned i = 0; i < o->files && good; i++) good = place(o, o->file[i], &host, why);
    host_destroy(&host);
    return good;
}
