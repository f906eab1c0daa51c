/* The state in which a VGA BIOS leaves the adapter: 80x25 text, mode 3, for kernels that are loaded without one. The
 * register values are those IBM's manual gives for the mode. */
#include "devices/vga_parts.h"
#include <string.h>

enum { MISC = 0x3C2, SEQ = 0x3C4, CRTC = 0x3D4, GC = 0x3CE, ATTR = 0x3C0, STATUS = 0x3DA, CRTC_UNLOCK = 0x11 };

static const u8 seq[] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
static const u8 crtc[] = {
    0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00, 0x00, 0x00, 0x00,
    0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
};
static const u8 gc[] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0E, 0x00, 0xFF };
static const u8 attr[] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F,
    0x0C, 0x00, 0x0F, 0x08, 0x00,
};

static void indexed_write(struct vga *vga, u16 port, const u8 *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        vga_port_write(vga, port, (u8)i);
        vga_port_write(vga, port + 1, values[i]);
    }
}

static void attributes_write(struct vga *vga)
{
    vga_port_read(vga, STATUS);
    for (unsigned i = 0; i < ARRAY_LEN(attr); i++) {
        vga_port_write(vga, ATTR, (u8)i);
        vga_port_write(vga, ATTR, attr[i]);
    }
    vga_port_write(vga, ATTR, ATTR_SHOW);
}

/* The EGA's 64 colours: a bit of two thirds and one of one third for each of red, green and blue. */
static void colours_set(struct vga *vga)
{
    memset(vga->dac, 0, sizeof vga->dac);
    for (unsigned i = 0; i < 64; i++)
        for (unsigned c = 0; c < 3; c++)
            vga->dac[i][2 - c] = (u8)((i >> c & 1) * 0x2A + (i >> (c + 3) & 1) * 0x15);
    vga->dac_mask = 0xFF;
}

static void planes_fill(struct vga *vga, const u8 *font)
{
    enum { BLANK = 0x0720, TEXT_BYTES = 0x8000, GLYPH_ROOM = 32 };
    for (u32 at = 0; at < VGA_PLANES_BYTES / 4; at++) {
        u32 row = at % GLYPH_ROOM, code = at / GLYPH_ROOM;
        u32 glyph = font && code < 256 && row < VGA_FONT_HEIGHT ? font[code * VGA_FONT_HEIGHT + row] : 0;
        vga_planes_store(vga, at, (at < TEXT_BYTES && at % 2 == 0 ? BLANK : 0) | glyph << 16);
    }
}

void vga_firmware_mode3(struct vga *vga, const u8 *font)
{
    const u8 unlocked = 0;
    dispi_write(vga, DISPI_ENABLE, 0);
    vga_port_write(vga, MISC, 0x67);
    indexed_write(vga, SEQ, seq, ARRAY_LEN(seq));
    vga_port_write(vga, CRTC, CRTC_UNLOCK);
    vga_port_write(vga, CRTC + 1, unlocked);
    indexed_write(vga, CRTC, crtc, ARRAY_LEN(crtc));
    indexed_write(vga, GC, gc, ARRAY_LEN(gc));
    attributes_write(vga);
    colours_set(vga);
    planes_fill(vga, font);
}
