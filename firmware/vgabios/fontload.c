/* Function 11h: fonts, in the second plane for text modes and by INT 1Fh and 43h for graphics modes. */
#include "firmware/vgabios/vgabios.h"
#include "firmware/vgabios/fonts.h"

enum { SLOT = 32, PAGE_UNIT = 2048 };

/* A plane's worth of sequential memory at A000:0 while `open`, and back to even and odd planes. */
static void font_plane(bool open)
{
    static ROM u16 opens[] = { 0x0402, 0x0704 }, closes[] = { 0x0302, 0x0304 };
    outw(SEQUENCER, 0x0100);
    for (u8 i = 0; i < 2; i++) outw(SEQUENCER, open ? opens[i] : closes[i]);
    outw(SEQUENCER, 0x0300);
    out_index(GRAPHICS, 4, open ? 2 : 0);
    out_index(GRAPHICS, 5, open ? 0 : 0x10);
    out_index(GRAPHICS, 6, open ? 4 : bda.crtc == 0x3B4 ? 0x0A : 0x0E);
}

void font_load(u32 font, u16 first, u16 count, u8 height, u8 block)
{
    u16 at = (u16)((block & 3) << 14 | (block & 4) << 11);
    if (height == 0 || height > SLOT || first > 255) return;
    if (count > 256 - first) count = 256 - first;
    font_plane(true);
    glyphs_copy(FAR(0xA000, at + first * SLOT), font, (u32)height << 16 | count);
    font_plane(false);
}

/* The picture's height with the sync polarities' meaning: what the monitor shows, not what a font leaves unused. */
static u16 lines_shown(void)
{
    u16 lines = inb(MISC_READ) >> 6 == 2 ? 350 : 400;
    return in_index(bda.crtc, 9) & 0x80 ? lines / 2 : lines;
}

/* A text mode with characters of that height: rows, page and the lines that are left over follow. */
static void text_height_set(u8 height)
{
    u8 doubled = in_index(bda.crtc, 9);
    u16 rows = lines_shown() / height, end = (u16)((rows * height << (doubled >> 7)) - 1);
    out_index(bda.crtc, 9, (u8)((doubled & 0xE0) | (height - 1)));
    out_index(bda.crtc, 0x12, (u8)end);
    u8 overflow = in_index(bda.crtc, 7) & ~0x42;
    out_index(bda.crtc, 7, (u8)(overflow | (end >> 7 & 2) | (end >> 3 & 0x40)));
    if (bda.crtc == 0x3B4) out_index(bda.crtc, 0x14, height - 1);
    bda.char_height = height;
    bda.last_row = (u8)(rows - 1);
    bda.page_bytes = (u16)((rows * bda.columns * 2 + PAGE_UNIT - 1) & -PAGE_UNIT);
    cursor_shape_set(bda.cursor_shape);
}

static void text_font(struct regs *r, u32 font, u16 first, u16 count, u8 height)
{
    font_load(font, first, count, height, r->bl);
    if (r->al >= 0x10 && height && height <= SLOT && current_mode()->kind == KIND_TEXT) text_height_set(height);
}

/* BL: 0 the caller's number of rows in DL, 1 to 3 these. */
static void graphics_font(struct regs *r, u32 font, u16 height)
{
    static ROM u8 rows[4] = { 0, 14, 25, 43 };
    u8 count = r->bl == 0 ? r->dl : rows[r->bl & 3];
    if (height == 0 || height > SLOT) return;
    vectors[0x43] = font;
    bda.char_height = height;
    if (count) bda.last_row = count - 1;
}

static u32 font_pointer(u8 which)
{
    static ROM u8 no_glyphs[1] = { 0 };                      /* the tables of 9-dot glyphs: there are none */
    switch (which) {
    case 0: return vectors[0x1F];
    case 1: return vectors[0x43];
    case 2: return rom_font(14);
    case 3: return rom_font(8);
    case 4: return rom_font(8) + 128 * 8;
    case 6: return rom_font(16);
    default: return FAR(rom_segment(), (u32)no_glyphs);
    }
}

static void font_info(struct regs *r)
{
    if (r->bh > 7) return;
    u32 font = font_pointer(r->bh);
    r->es = (u16)(font >> 16);
    r->bp = (u16)font;
    r->cx = bda.char_height;
    r->dl = bda.last_row;
}

void font_service(struct regs *r)
{
    switch (r->al) {
    case 0x00: case 0x10: text_font(r, FAR(r->es, r->bp), r->dx, r->cx, r->bh); break;
    case 0x01: case 0x11: text_font(r, rom_font(14), 0, 256, 14); break;
    case 0x02: case 0x12: text_font(r, rom_font(8), 0, 256, 8); break;
    case 0x03:            out_index(SEQUENCER, 3, r->bl); break;
    case 0x04: case 0x14: text_font(r, rom_font(16), 0, 256, 16); break;
    case 0x20: vectors[0x1F] = FAR(r->es, r->bp); break;
    case 0x21: graphics_font(r, FAR(r->es, r->bp), r->cx); break;
    case 0x22: graphics_font(r, rom_font(14), 14); break;
    case 0x23: graphics_font(r, rom_font(8), 8); break;
    case 0x24: graphics_font(r, rom_font(16), 16); break;
    case 0x30: font_info(r); break;
    }
}
