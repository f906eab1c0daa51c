/* The image parsers under fuzzing. An input is one image: a byte that says how it is opened, then the file. What is taken is
 * read at both ends and in between, written if it may be, flushed, and opened again. */
#include "frontend/image.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, RUN = 40, PLACES = 24 };

static void file_put(const char *path, const u8 *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd)) abort();
}

/* Sectors spread over the disk, the first and the last among them. */
static u64 place(const struct disk *disk, u64 number)
{
    if (number == 0 || disk->sectors <= RUN) return 0;
    if (number == 1) return disk->sectors - RUN;
    return number * 0x9E3779B97F4A7C15u % (disk->sectors - RUN);
}

static void disk_play(struct disk *disk, u8 choice)
{
    static u8 bytes[RUN * SECTOR];
    u32 count = (u32)MIN(disk->sectors, RUN);
    for (u64 i = 0; i < PLACES; i++) {
        disk->read(disk->self, place(disk, i), count, bytes);
        if (disk->read_only || i % 3 == 0) continue;
        memset(bytes, choice, sizeof bytes);
        disk->write(disk->self, place(disk, i), 1 + (u32)i % count, bytes);
        if (i % 5 == 0) disk->flush(disk->self);
    }
}

/* True if it was taken. */
static bool image_play(const char *path, u8 choice, const char *overlay)
{
    static const enum image_mode modes[] = { IMAGE_WRITE, IMAGE_READ_ONLY, IMAGE_SNAPSHOT, IMAGE_LOOK };
    static const char *const formats[] = { NULL, "qcow2", "gzip", "raw" };
    struct image_request request = { path, formats[choice >> 2 & 3], choice & 32 ? overlay : NULL, modes[choice & 3],
                                     IMAGE_UNSAFE, choice & 16 ? 2048 : SECTOR };
    struct error why = { "" };
    struct host host;
    host_init(&host, 0);
    struct image *image = image_open(&request, &host, &host, &why);
    if (image && request.sector_size == SECTOR) disk_play(image_disk(image), choice);
    if (!image && (!why.text[0] || strchr(why.text, '\n'))) __builtin_trap();     /* refused, but not in one line */
    image_close(image);
    host_destroy(&host);
    return image;
}

static char folder[] = "/tmp/trap86-fuzz-XXXXXX";

static bool input_play(const u8 *data, size_t size)
{
    static char path[64], below[64], over[64];
    u8 base[3 * SECTOR] = { 1, 2, 3 };
    if (size < 2) return false;
    if (!path[0]) {
        if (!mkdtemp(folder)) abort();
        snprintf(path, sizeof path, "%s/image", folder);
        snprintf(below, sizeof below, "%s/base", folder);
        snprintf(over, sizeof over, "%s/over", folder);
        signal(SIGXFSZ, SIG_IGN);
    }
    file_put(path, data + 1, size - 1);
    file_put(below, base, sizeof base);
    bool taken = image_play(path, data[0], over);
    if (taken && !image_play(path, data[0] & 32 ? data[0] : data[0] | 1, over) && data[0] & 32) __builtin_trap();
    unlink(over);
    unlink(path);
    unlink(below);
    return taken;
}

static void __attribute__((destructor)) folder_remove(void)
{
    rmdir(folder);
}

#include "tests/fuzz/play.h"
