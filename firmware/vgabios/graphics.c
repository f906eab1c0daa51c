/* Graphics modes: pixels, characters, scrolling. A mode's memory is one of four kinds: the CGA's two (interleaved halves,
 * two bits or one per pixel), planes, and a byte per pixel. Whatever is changed of the graphics controller is put back
 * to what a mode set leaves. */
#include "firmware/vgabios/vgabios.h"

enum { CGA_ODD = 0x2000, CGA_PITCH = 80, CGA_HEIGHT = 8 };
enum { ALL_PLANES = 0x0F, FUNCTION_XOR = 0x18, XOR = 0x80 };

static void map_mask(u8 planes) { out_index(SEQUENCER, 2, planes); }
static void gc(u8 index, u8 value) { out_index(GRAPHICS, index, value); }

/* Bytes between lines: the CRTC's pitch in a planar mode, where a program may have changed it. */
static u16 pitch(ROM struct mode *mode)
{
    return mode->kind == KIND_PLANAR ? bda.columns : mode->kind == KIND_PACKED ? (u16)(bda.columns * 8) : CGA_PITCH;
}

static u16 cga_line(u16 y)
{
    return (u16)((y >> 1) * CGA_PITCH + (y & 1) * CGA_ODD);
}

/* ---- pixels ---- */
static void cga_pixel_write(u16 at, u8 shift, u8 mask, u8 colour)
{
    u8 bits = (u8)((colour & mask) << shift), old = es_read8(at);
    es_write8(at, colour & XOR ? old ^ bits : (old & ~(mask << shift)) | bits);
}

static void planar_pixel_write(u16 at, u8 mask, u8 colour)
{
    gc(8, mask);
    gc(0, colour & ALL_PLANES);
    gc(1, ALL_PLANES);
    if (colour & XOR) gc(3, FUNCTION_XOR);
    es_read8(at);
    es_write8(at, 0xFF);
    gc(8, 0xFF);
    gc(1, 0);
    gc(0, 0);
    if (colour & XOR) gc(3, 0);
}

static u16 planar_at(u8 page, u16 x, u16 y)
{
    return (u16)(page_offset(page) + y * bda.columns + (x >> 3));
}

void pixel_write(struct regs *r)
{
    ROM struct mode *mode = current_mode();
    u16 x = r->cx, y = r->dx;
    far_segment(mode->segment);
    switch (mode->kind) {
    case KIND_CGA4:   cga_pixel_write(cga_line(y) + (x >> 2), (~x & 3) * 2, 3, r->al); break;
    case KIND_CGA2:   cga_pixel_write(cga_line(y) + (x >> 3), ~x & 7, 1, r->al); break;
    case KIND_PLANAR: planar_pixel_write(planar_at(r->bh, x, y), 0x80 >> (x & 7), r->al); break;
    case KIND_PACKED: es_write8((u16)(y * pitch(mode) + x), r->al); break;
    }
}

static u8 planar_pixel_read(u16 at, u8 mask)
{
    u8 colour = 0;
    for (u8 plane = 0; plane < 4; plane++) {
        gc(4, plane);
        if (es_read8(at) & mask) colour |= 1 << plane;
    }
    gc(4, 0);
    return colour;
}

void pixel_read(struct regs *r)
{
    ROM struct mode *mode = current_mode();
    u16 x = r->cx, y = r->dx;
    far_segment(mode->segment);
    switch (mode->kind) {
    case KIND_CGA4:   r->al = es_read8(cga_line(y) + (x >> 2)) >> (~x & 3) * 2 & 3; break;
    case KIND_CGA2:   r->al = es_read8(cga_line(y) + (x >> 3)) >> (~x & 7) & 1; break;
    case KIND_PLANAR: r->al = planar_pixel_read(planar_at(r->bh, x, y), 0x80 >> (x & 7)); break;
    case KIND_PACKED: r->al = es_read8((u16)(y * pitch(mode) + x)); break;
    }
}

/* ---- characters ---- */
/* A glyph as a far pointer. The CGA's modes take the upper 128 from INT 1Fh. */
static u32 glyph_at(ROM struct mode *mode, u8 character)
{
    if (mode->segment == 0xB800 && character >= 128) return vectors[0x1F] + (character - 128) * CGA_HEIGHT;
    return vectors[0x43] + character * bda.char_height;
}

static u8 glyph_row(u32 glyph, u8 row)
{
    far_segment((u16)(glyph >> 16));
    return es_read8((u16)glyph + row);
}

/* Each bit twice: a row of eight two-bit pixels. */
static u16 doubled(u8 bits)
{
    u16 wide = bits;
    wide = (wide | wide << 4) & 0x0F0F;
    wide = (wide | wide << 2) & 0x3333;
    wide = (wide | wide << 1) & 0x5555;
    return (u16)(wide | wide << 1);
}

static u16 swapped(u16 value) { return (u16)(value << 8 | value >> 8); }

static void cga4_write(u32 glyph, u8 column, u16 y, u8 colour)
{
    for (u8 row = 0; row < CGA_HEIGHT; row++, y++) {
        u16 pixels = swapped(doubled(glyph_row(glyph, row)) & (u16)((colour & 3) * 0x5555));
        u16 at = cga_line(y) + column * 2;
        far_segment(0xB800);
        es_write16(at, colour & XOR ? es_read16(at) ^ pixels : pixels);
    }
}

static void cga2_write(u32 glyph, u8 column, u16 y, u8 colour)
{
    for (u8 row = 0; row < CGA_HEIGHT; row++, y++) {
        u8 pixels = colour & 1 ? glyph_row(glyph, row) : 0;
        u16 at = cga_line(y) + column;
        far_segment(0xB800);
        es_write8(at, colour & XOR ? es_read8(at) ^ pixels : pixels);
    }
}

/* The planes of the colour get the glyph, the others zeros; with XOR only the first, and through the latches. */
static void planar_write(u32 glyph, u16 at, u8 colour)
{
    u16 step = bda.columns, height = bda.char_height;
    u8 planes = colour & ALL_PLANES;
    if (!(colour & XOR) && planes != ALL_PLANES) {
        map_mask(planes ^ ALL_PLANES);
        far_segment(0xA000);
        for (u16 row = 0; row < height; row++) es_write8(at + row * step, 0);
    }
    map_mask(planes);
    if (colour & XOR) gc(3, FUNCTION_XOR);
    for (u16 row = 0; row < height; row++, at += step) {
        u8 bits = glyph_row(glyph, (u8)row);
        far_segment(0xA000);
        if (colour & XOR) es_read8(at);
        es_write8(at, bits);
    }
    if (colour & XOR) gc(3, 0);
    map_mask(ALL_PLANES);
}

static void packed_write(u32 glyph, u16 at, u16 step, u8 colour)
{
    for (u8 row = 0; row < bda.char_height; row++, at += step) {
        u8 bits = glyph_row(glyph, row);
        far_segment(0xA000);
        for (u8 x = 0; x < 8; x++, bits <<= 1) es_write8(at + x, bits & 0x80 ? colour : 0);
    }
}

void graphics_write(u8 page, u8 column, u8 row, u8 character, u8 colour)
{
    ROM struct mode *mode = current_mode();
    u32 glyph = glyph_at(mode, character);
    u16 y = (u16)(row * bda.char_height);
    if (column >= bda.columns || row > bda.last_row) return;
    switch (mode->kind) {
    case KIND_CGA4:   cga4_write(glyph, column, y, colour); break;
    case KIND_CGA2:   cga2_write(glyph, column, y, colour); break;
    case KIND_PLANAR: planar_write(glyph, planar_at(page, column * 8, y), colour); break;
    case KIND_PACKED: packed_write(glyph, (u16)(y * pitch(mode) + column * 8), pitch(mode), colour); break;
    }
}

/* ---- reading characters: the picture of a cell, a bit per pixel that is not black, compared with the font ---- */
static u8 cell_row(ROM struct mode *mode, u8 page, u8 column, u16 y)
{
    u8 bits = 0;
    u16 wide;
    far_segment(mode->segment);
    switch (mode->kind) {
    case KIND_CGA2: return es_read8(cga_line(y) + column);
    case KIND_PLANAR: return (u8)~es_read8(planar_at(page, column * 8, y));     /* in read mode 1: black ones */
    case KIND_CGA4:
        wide = swapped(es_read16(cga_line(y) + column * 2));
        for (u8 x = 0; x < 8; x++, wide <<= 2) bits = (u8)(bits << 1 | ((wide & 0xC000) != 0));
        return bits;
    case KIND_PACKED:
        for (u8 x = 0; x < 8; x++)
            bits = (u8)(bits << 1 | (es_read8((u16)(y * pitch(mode) + column * 8 + x)) != 0));
        return bits;
    }
    return 0;
}

static bool cell_is(ROM struct mode *mode, u8 page, u8 column, u16 y, u8 character)
{
    u32 glyph = glyph_at(mode, character);
    for (u8 row = 0; row < bda.char_height; row++)
        if (glyph_row(glyph, row) != cell_row(mode, page, column, y + row)) return false;
    return true;
}

u8 graphics_read(u8 page, u8 column, u8 row)
{
    ROM struct mode *mode = current_mode();
    u16 character;
    if (mode->kind == KIND_NONE || column >= bda.columns || row > bda.last_row) return 0;
    if (mode->kind == KIND_PLANAR) gc(5, 8);
    for (character = 0; character < 256; character++)
        if (cell_is(mode, page, column, (u16)(row * bda.char_height), (u8)character)) break;
    if (mode->kind == KIND_PLANAR) gc(5, 0);
    return character < 256 ? (u8)character : 0;
}

/* ---- scrolling: a window of characters in units of lines ---- */
struct band { u32 screen; u16 at, bytes, pitch, lines, moved; u32 blank; bool down, latched; };

/* Moves lines `moved` lines away from band->at on to it, and blanks those that are left. */
static void band_scroll(const struct band *b)
{
    u16 step = b->down ? (u16)-b->pitch : b->pitch, to = b->at, kept = b->lines - b->moved;
    u16 from = (u16)(to + step * b->moved);
    if (b->latched) gc(5, 1);
    for (; kept; kept--, to += step, from += step)
        (b->latched ? far_copy_bytes : far_copy)(b->screen + to, b->screen + from, b->bytes);
    if (b->latched) {
        gc(5, 0);
        gc(0, (u8)b->blank);
        gc(1, ALL_PLANES);
    }
    for (u16 moved = b->moved; moved; moved--, to += step) far_fill(b->screen + to, b->blank, b->bytes);
    if (b->latched) {
        gc(1, 0);
        gc(0, 0);
    }
}

void graphics_scroll(const struct window *w)
{
    ROM struct mode *mode = current_mode();
    u8 height = (u8)bda.char_height;
    bool cga = mode->segment == 0xB800;
    u16 scale = mode->kind == KIND_PACKED ? 8 : mode->kind == KIND_CGA4 ? 2 : 1;
    struct band b;
    if (mode->kind == KIND_NONE) return;
    b.screen = FAR(mode->segment, 0);
    b.pitch = pitch(mode);
    b.bytes = (u16)((w->right - w->left + 1) * scale);
    b.lines = (u16)((w->bottom - w->top + 1) * height);
    b.moved = (u16)(w->lines * height);
    b.blank = mode->kind == KIND_CGA4 ? (w->attribute & 3) * 0x55555555 : mode->kind == KIND_CGA2 ? -(u32)(w->attribute & 1)
              : mode->kind == KIND_PACKED ? w->attribute * 0x01010101u : w->attribute & ALL_PLANES;
    b.down = w->down;
    b.latched = mode->kind == KIND_PLANAR;
    u16 first = (u16)(w->down ? (w->bottom + 1) * height - (cga ? 2 : 1) : w->top * height);
    if (cga) {
        b.lines /= 2;
        b.moved /= 2;
        b.at = cga_line(first) + w->left * scale;
        band_scroll(&b);
        b.at += CGA_ODD;
    } else {
        b.at = (u16)(first * b.pitch + w->left * scale + (b.latched ? bda.page_start : 0));
    }
    band_scroll(&b);
}
