/* Raw images packed with gzip (RFC 1952), read-only. Opening unpacks all of it once: that finds the size (the one in the
 * file is modulo 4 GiB), checks the sums, and leaves copies of the unpacker's state at even distances. A read goes on
 * from the nearest copy, or from where the last read ended. The distance doubles whenever there are too many copies, so
 * the memory is bounded. Several members in a row are one image; what follows the last is ignored, as gzip does. */
#include "frontend/image_layer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { POINTS = 256, FIRST_DISTANCE = 1 << 20, PIECE = 1 << 16, INPUT = 1 << 15, PIECES_KEPT = 128 };
enum { GZIP_BITS = 15 + 16 };
#define SIZE_MAX_BYTES (1ull << 42)

/* The unpacker at a place: its input begins at `in`, its output at `out`. */
struct cursor { z_stream z; u64 in, out; u8 input[INPUT]; bool begun, ended /* a member has */; };
struct point { z_stream z; u64 in, out; bool ended; };
struct piece { u64 number; u8 *bytes; };             /* number + 1; 0: none */

struct gzip {
    struct layer  layer;
    struct cursor cursor;
    struct point *point[POINTS];                     /* on the heap: zlib's states point back to them */
    unsigned      points;
    u64           distance;
    struct piece  piece[PIECES_KEPT];                /* unpacked lately, by number modulo PIECES_KEPT */
};

static struct gzip *of(struct layer *layer) { return container_of(layer, struct gzip, layer); }

/* ---- the unpacker ---- */
static bool input_more(struct image_file *file, struct cursor *c)
{
    u64 length = MIN(INPUT, file->bytes - MIN(c->in, file->bytes));
    if (length == 0 || !image_file_read(file, c->in, c->input, length)) return false;
    c->z.next_in = c->input;
    c->z.avail_in = (uInt)length;
    c->in += length;
    return true;
}

/* After a member: whether another one follows. */
static bool member_next(struct image_file *file, struct cursor *c)
{
    u8 mark[3];
    u64 at = c->in - c->z.avail_in;
    if (at + sizeof mark > file->bytes || !image_file_read(file, at, mark, sizeof mark)
        || memcmp(mark, "\x1f\x8b\x08", sizeof mark) != 0)
        return false;
    c->ended = inflateReset(&c->z) != Z_OK;
    return !c->ended;
}

/* Unpacks up to `room` bytes. Less only at the end of the image; false: what is packed is not good. */
static bool unpack(struct image_file *file, struct cursor *c, u8 *bytes, u64 room, u64 *got)
{
    c->z.next_out = bytes;
    c->z.avail_out = (uInt)room;
    while (c->z.avail_out && (!c->ended || member_next(file, c))) {
        if (c->z.avail_in == 0 && !input_more(file, c)) return false;
        int status = inflate(&c->z, Z_NO_FLUSH);
        c->ended = status == Z_STREAM_END;
        if (status != Z_OK && !c->ended) return false;
    }
    *got = room - c->z.avail_out;
    c->out += *got;
    return true;
}

static void cursor_end(struct cursor *c)
{
    if (c->begun) inflateEnd(&c->z);
    c->begun = false;
}

static bool cursor_begin(struct cursor *c)
{
    cursor_end(c);
    *c = (struct cursor){ .in = 0 };
    c->begun = inflateInit2(&c->z, GZIP_BITS) == Z_OK;
    return c->begun;
}

/* ---- points to go on from ---- */
static void point_free(struct point *point)
{
    inflateEnd(&point->z);
    free(point);
}

static bool point_add(struct gzip *g)
{
    if (g->points == POINTS) {
        for (unsigned i = 0; i < POINTS; i++)
            if (i % 2) point_free(g->point[i]);
            else g->point[i / 2] = g->point[i];
        g->points /= 2;
        g->distance *= 2;
        if (g->cursor.out % g->distance) return true;
    }
    struct point *point = calloc(1, sizeof *point);
    if (!point || inflateCopy(&point->z, &g->cursor.z) != Z_OK) {
        free(point);
        return false;
    }
    point->in = g->cursor.in - g->cursor.z.avail_in;
    point->out = g->cursor.out;
    point->ended = g->cursor.ended;
    g->point[g->points++] = point;
    return true;
}

static bool point_take(struct gzip *g, const struct point *point)
{
    struct cursor *c = &g->cursor;
    cursor_end(c);
    if (inflateCopy(&c->z, (z_stream *)(uintptr_t)&point->z) != Z_OK) return false;
    c->begun = true;
    c->z.avail_in = 0;
    c->in = point->in;
    c->out = point->out;
    c->ended = point->ended;
    return true;
}

/* ---- pieces ---- */
static u64 piece_length(const struct gzip *g, u64 number)
{
    return MIN(PIECE, g->layer.bytes - number * PIECE);
}

static bool gzip_damaged(struct gzip *g)
{
    return image_file_tell(&g->layer.file, "unpacked", "it has changed");
}

/* Unpacks the piece that the cursor stands at, and keeps it. */
static struct piece *piece_unpack(struct gzip *g)
{
    u64 number = g->cursor.out / PIECE, got;
    struct piece *piece = &g->piece[number % PIECES_KEPT];
    if (!piece->bytes) piece->bytes = malloc(PIECE);
    piece->number = 0;
    if (!piece->bytes || !unpack(&g->layer.file, &g->cursor, piece->bytes, PIECE, &got) || got != piece_length(g, number)) {
        cursor_end(&g->cursor);
        return NULL;
    }
    piece->number = number + 1;
    return piece;
}

/* The state before a piece: the cursor's, if it is on the way there, else the nearest point's. */
static bool cursor_go(struct gzip *g, u64 offset)
{
    const struct point *point = g->point[MIN(offset / g->distance, g->points - 1)];
    bool near = g->cursor.begun && g->cursor.out <= offset && g->cursor.out >= point->out && g->cursor.out % PIECE == 0;
    return near || point_take(g, point);
}

static const u8 *piece_get(struct gzip *g, u64 number)
{
    struct piece *piece = &g->piece[number % PIECES_KEPT];
    if (piece->number == number + 1) return piece->bytes;
    if (!cursor_go(g, number * PIECE)) return NULL;
    while (g->cursor.out <= number * PIECE)
        if (!(piece = piece_unpack(g))) return NULL;
    return piece->bytes;
}

static bool gzip_read(struct layer *layer, u64 offset, u8 *bytes, u64 length)
{
    struct gzip *g = of(layer);
    while (length) {
        u64 within = offset % PIECE, part = MIN(length, PIECE - within);
        const u8 *piece = piece_get(g, offset / PIECE);
        if (!piece) return gzip_damaged(g);
        memcpy(bytes, piece + within, part);
        bytes += part;
        offset += part;
        length -= part;
    }
    return true;
}

static void gzip_close(struct layer *layer)
{
    struct gzip *g = of(layer);
    cursor_end(&g->cursor);
    for (unsigned i = 0; i < g->points; i++) point_free(g->point[i]);
    for (unsigned i = 0; i < PIECES_KEPT; i++) free(g->piece[i].bytes);
    free(g);
}

static const struct layer_class gzip_class = { "gzip", gzip_read, NULL, NULL, gzip_close };

/* ---- opening ---- */
/* Unpacks everything once; `scratch` has PIECE bytes. */
static bool index_make(struct gzip *g, struct image_file *file, u8 *scratch)
{
    u64 got = PIECE;
    if (!cursor_begin(&g->cursor)) return false;
    while (got == PIECE && g->cursor.out < SIZE_MAX_BYTES) {
        if (g->cursor.out % g->distance == 0 && !point_add(g)) return false;
        if (!unpack(file, &g->cursor, scratch, PIECE, &got)) return false;
    }
    g->layer.bytes = g->cursor.out;
    cursor_end(&g->cursor);
    return g->layer.bytes < SIZE_MAX_BYTES;
}

struct layer *gzip_open(struct image_file *file, const struct layer_request *request, struct error *why)
{
    struct gzip *g = calloc(1, sizeof *g);
    u8 *scratch = malloc(PIECE);
    (void)request;
    bool good = g && scratch;
    if (!good) error_set(why, "%s: the host has no memory left", file->path);
    else {
        g->distance = FIRST_DISTANCE;
        g->layer.class = &gzip_class;
        good = index_make(g, file, scratch)
            || error_set(why, "%s: a gzip file that is cut off or damaged at byte %llu of the image", file->path,
                         (unsigned long long)g->cursor.out);
        if (good && g->layer.bytes == 0) good = error_set(why, "%s: the image in it is empty", file->path);
    }
    free(scratch);
    if (good) {
        g->layer.file = *file;
        return &g->layer;
    }
    if (g) gzip_close(&g->layer);
    return NULL;
}
