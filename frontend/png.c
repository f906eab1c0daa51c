/* PNG, third edition (W3C): one IDAT chunk of 8-bit RGB, each row as its difference from the one above (filter 2). */
#include "frontend/png.h"
#include "frontend/file.h"
#include <errno.h>
#include <string.h>
#include <zlib.h>

enum { FILTER_UP = 2, COLOUR_RGB = 2, DEPTH = 8, LEVEL = 6, CHUNK_EXTRA = 12 };

static void put32(u8 *to, u32 value)
{
    for (unsigned i = 0; i < 4; i++) to[i] = (u8)(value >> (24 - 8 * i));
}

static bool chunk_write(FILE *file, const char *type, const u8 *bytes, size_t length)
{
    u8 head[8], tail[4];
    put32(head, (u32)length);
    memcpy(head + 4, type, 4);
    put32(tail, (u32)crc32(crc32(0, head + 4, 4), bytes, (uInt)length));
    return fwrite(head, 1, sizeof head, file) == sizeof head && fwrite(bytes, 1, length, file) == length
        && fwrite(tail, 1, sizeof tail, file) == sizeof tail;
}

static void rgb(const u32 *pixels, u8 *to, unsigned width)
{
    for (unsigned x = 0; x < width; x++)
        for (unsigned c = 0; c < 3; c++) *to++ = (u8)(pixels[x] >> (16 - 8 * c));
}

/* All rows, each behind its filter's number. */
static u8 *rows_filter(const struct screen *screen, size_t *length)
{
    size_t row = 3 * (size_t)screen->width;
    *length = (row + 1) * screen->height;
    u8 *bytes = calloc(*length, 1), *above;
    if (!bytes) return NULL;
    /* From the bottom up, so that the row above is still whole. */
    for (unsigned y = 0; y < screen->height; y++) {
        bytes[y * (row + 1)] = FILTER_UP;
        rgb(screen->pixels + (size_t)y * screen->width, bytes + y * (row + 1) + 1, screen->width);
    }
    for (unsigned y = screen->height; y-- > 1;) {
        above = bytes + (y - 1) * (row + 1) + 1;
        for (size_t i = 0; i < row; i++) above[row + 1 + i] = (u8)(above[row + 1 + i] - above[i]);
    }
    return bytes;
}

static bool image_write(FILE *file, const struct screen *screen)
{
    static const u8 signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    u8 header[13] = { [8] = DEPTH, [9] = COLOUR_RGB };
    size_t length;
    put32(header, screen->width);
    put32(header + 4, screen->height);
    u8 *rows = rows_filter(screen, &length);
    uLongf packed_length = rows ? compressBound(length) : 0;
    u8 *packed = rows ? malloc(packed_length) : NULL;
    bool good = packed && compress2(packed, &packed_length, rows, length, LEVEL) == Z_OK
        && fwrite(signature, 1, sizeof signature, file) == sizeof signature
        && chunk_write(file, "IHDR", header, sizeof header) && chunk_write(file, "IDAT", packed, packed_length)
        && chunk_write(file, "IEND", header, 0);
    free(packed);
    free(rows);
    return good;
}

bool png_write(const char *path, const struct screen *screen, struct error *why)
{
    FILE *file;
    errno = 0;
    if (!screen->width || !screen->height) return error_set(why, "no screenshot '%s': there is no picture", path);
    if (!file_open(&file, path, "we", "screenshot", why)) return false;
    bool good = image_write(file, screen);
    good = fclose(file) == 0 && good;
    return good || error_set(why, "screenshot '%s': %s", path, errno ? strerror(errno) : "the host has no memory left");
}
