/* Kinds of files (frontend/recognise.h). CDs: ECMA-119, 8.1; partition tables: the boot record of IBM's PC DOS 2.0. */
#include "frontend/recognise.h"
#include "devices/i82077.h"
#include "devices/load.h"
#include "frontend/image.h"
#include <string.h>

enum { SECTOR = 512, HEAD_SECTORS = 68, CD_MARK = 0x8001, TABLE = 0x1BE, TABLE_ROW = 16, TABLE_ROWS = 4 };

/* The beginning of a file, unpacked if it is packed. */
struct head { u8 bytes[HEAD_SECTORS * SECTOR]; u64 sectors; bool writable; };

static bool head_read(const char *path, struct head *head, struct error *why)
{
    struct host host;
    host_init(&host, 0);
    struct image_request look = { .path = path, .mode = IMAGE_LOOK, .sector_size = SECTOR };
    struct image *image = image_open(&look, &host, NULL, why);
    if (!image) {
        host_destroy(&host);
        return false;
    }
    const struct disk *disk = image_disk(image);
    *head = (struct head){ .sectors = disk->sectors, .writable = image_format_writable(image) };
    bool good = disk->read(disk->self, 0, (u32)MIN(disk->sectors, HEAD_SECTORS), head->bytes);
    image_close(image);
    host_destroy(&host);
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

bool file_recognise(const char *path, struct file_look *look, struct error *why)
{
    struct head head;
    if (!head_read(path, &head, why)) return false;
    *look = (struct file_look){ is_kernel(&head) ? FILE_KERNEL : is_cd(&head) ? FILE_CD : is_floppy(&head) ? FILE_FLOPPY
                                : FILE_DISK, head.writable };
    return true;
}
