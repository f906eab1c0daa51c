/* A VGA's text screen as text: codes of code page 437, IBM PC Reference, as Unicode has them (unicode.org, CP437.TXT). */
#include "devices/vga_parts.h"

/* Of 00h-1Fh and 7Fh the pictures in the font; blank ones are spaces. */
static const u16 low_half[32] = {
    ' ',    0x263A, 0x263B, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25D8, 0x25CB, 0x25D9, 0x2642, 0x2640, 0x266A,
    0x266B, 0x263C, 0x25BA, 0x25C4, 0x2195, 0x203C, 0x00B6, 0x00A7, 0x25AC, 0x21A8, 0x2191, 0x2193, 0x2192, 0x2190,
    0x221F, 0x2194, 0x25B2, 0x25BC,
};
static const u16 high_half[129] = {
    0x2302,
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE, 0x00EC,
    0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9, 0x00FF, 0x00D6, 0x00DC, 0x00A2,
    0x00A3, 0x00A5, 0x20A7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA, 0x00BA, 0x00BF, 0x2310,
    0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
    0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510, 0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C,
    0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580, 0x03B1, 0x00DF,
    0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4, 0x03A6, 0x0398, 0x03A9, 0x03B4, 0x221E, 0x03C6, 0x03B5, 0x2229,
    0x2261, 0x00B1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00F7, 0x2248, 0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2,
    0x25A0, ' ',
};

u16 vga_unicode(u8 code)
{
    return code < 0x20 ? low_half[code] : code < 0x7F ? code : high_half[code - 0x7F];
}

static unsigned utf8_put(char *to, u8 code)
{
    unsigned c = vga_unicode(code);
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

/* ---- rows ---- */
static bool is_text(const struct vga *vga) { return !dispi_on(vga) && !(vga->gc[GC_MISC] & GC_MISC_GRAPHICS); }

/* Goes on to the first scan line of the next row of characters; `line` is the scan line to begin at. */
static bool row_find(const struct vga *vga, struct vga_rows *rows, unsigned *line)
{
    unsigned lines = vga_lines(vga);
    for (; *line < lines; vga_rows_next(vga, rows), ++*line)
        if (!*line || (!rows->row && !rows->scan)) return true;
    return false;
}

static u32 cell_planes(const struct vga *vga, const struct vga_rows *rows, unsigned x)
{
    return vga_planes(vga, vga_address(vga, (u16)(rows->address + x), 0));
}

static struct vga_cell cell_at(const struct vga *vga, const struct vga_rows *rows, unsigned x)
{
    u32 planes = cell_planes(vga, rows, x);
    u8 code = (u8)planes, attribute = (u8)(planes >> 8);
    bool blinks = vga->attr[ATTR_MODE] & ATTR_MODE_BLINK, shown = !(vga->crtc[CRTC_CURSOR_START] & 0x20);
    u16 cursor = (u16)(vga->crtc[CRTC_CURSOR_HIGH] << 8 | vga->crtc[CRTC_CURSOR_LOW]);
    return (struct vga_cell){
        .code = code, .foreground = attribute & 15, .background = attribute >> 4 & (blinks ? 7 : 15),
        .blinks = blinks && attribute >> 7, .cursor = shown && cursor == (u16)(rows->address + x),
    };
}

unsigned vga_cells(const struct vga *vga, struct vga_cell *cells, unsigned room, unsigned *columns)
{
    struct vga_rows rows;
    unsigned line = 0, count = 0;
    *columns = vga_columns(vga);
    if (!is_text(vga)) return 0;
    vga_rows_begin(vga, &rows);
    while (row_find(vga, &rows, &line) && room - count * *columns >= *columns) {
        for (unsigned x = 0; x < *columns; x++) cells[count * *columns + x] = cell_at(vga, &rows, x);
        count++;
        vga_rows_next(vga, &rows);
        line++;
    }
    return count;
}

size_t vga_text(const struct vga *vga, char *utf8, size_t room)
{
    enum { UTF8_MOST = 3 };
    struct vga_rows rows;
    size_t length = 0;
    unsigned columns = vga_columns(vga), line = 0;
    if (room) *utf8 = 0;
    if (!is_text(vga)) return 0;
    vga_rows_begin(vga, &rows);
    while (row_find(vga, &rows, &line) && room - length >= columns * UTF8_MOST + 2) {
        for (unsigned x = 0; x < columns; x++) length += utf8_put(utf8 + length, (u8)cell_planes(vga, &rows, x));
        utf8[length++] = '\n';
        utf8[length] = 0;
        vga_rows_next(vga, &rows);
        line++;
    }
    return length;
}
