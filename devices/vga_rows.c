/* A VGA's CRT controller as an address generator: which address and which row of it each scan line shows (IBM VGA
 * Technical Reference, "CRT Controller Registers"): preset row scan, maximum scan line, double scan, line compare (split
 * screen), byte panning, byte, word and doubleword addresses, and the row bits that make CGA's interleave. */
#include "devices/vga_parts.h"

static unsigned scans_per_row_line(const struct vga *vga)
{
    return (vga->crtc[CRTC_MAX_ROW] & MAX_ROW_DOUBLE ? 2 : 1) * (vga->crtc[CRTC_MODE] & CRTC_MODE_HALF_LINES ? 2 : 1);
}

/* The last scan line above the split. */
static unsigned split_line(const struct vga *vga)
{
    unsigned compare = vga->crtc[CRTC_LINE_COMPARE] | (vga->crtc[CRTC_OVERFLOW] & 0x10u) << 4
                     | (vga->crtc[CRTC_MAX_ROW] & 0x40u) << 3;
    return vga->crtc[CRTC_MODE] & CRTC_MODE_HALF_LINES ? compare * 2 + 1 : compare;
}

void vga_rows_begin(const struct vga *vga, struct vga_rows *rows)
{
    u8 preset = vga->crtc[CRTC_PRESET_ROW];
    *rows = (struct vga_rows){ .address = (u16)(vga_start(vga) + (preset >> 5 & 3)), .row = preset & 0x1F };
}

void vga_rows_next(const struct vga *vga, struct vga_rows *rows)
{
    if (rows->line++ == split_line(vga)) {
        rows->address = 0;
        rows->row = 0;
        rows->scan = 0;
        rows->below = true;
        return;
    }
    if (++rows->scan < scans_per_row_line(vga)) return;
    rows->scan = 0;
    if (rows->row == (vga->crtc[CRTC_MAX_ROW] & 0x1F)) {
        rows->row = 0;
        rows->address += vga->crtc[CRTC_OFFSET] * 2;
    } else {
        rows->row = (rows->row + 1) & 0x1F;
    }
}

u32 vga_address(const struct vga *vga, u16 counter, unsigned row)
{
    u8 mode = vga->crtc[CRTC_MODE];
    u32 address = counter;
    if (vga->crtc[CRTC_UNDERLINE] & UNDERLINE_DWORD) address = (u32)counter << 2 | (counter >> 12 & 3);
    else if (!(mode & CRTC_MODE_BYTES)) address = (u32)counter << 1 | (counter >> (mode & CRTC_MODE_WRAP ? 15 : 13) & 1);
    if (!(mode & CRTC_MODE_ROW0)) address = (address & ~0x2000u) | (row & 1) << 13;
    if (!(mode & CRTC_MODE_ROW1)) address = (address & ~0x4000u) | (row & 2) << 13;
    return address & 0xFFFF;
}
