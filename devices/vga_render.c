/* A VGA's picture: video RAM through the serializers, the attribute controller and the DAC (IBM VGA Technical Reference;
 * FreeVGA), or packed pixels in DISPI modes. The picture is that of one moment: what a guest changes while the beam is
 * on its way down the screen is shown as it stands when somebody looks. Blinking follows the count of frames.
 * Not modelled: the border around the picture, shift registers loaded every second or fourth character clock, cursor and
 * display skew; in 256 colours a colour's halves pass the palette registers by. */
#include "devices/vga_parts.h"
#include "core/state.h"
#include <string.h>

enum { DOTS_MOST = (256 + 1) * 9, CURSOR_FRAMES = 3, BLINK_FRAMES = 4 };   /* as shifts: 8 and 16 frames */
enum { BLANK_WIDTH = 640, BLANK_HEIGHT = 400 };

struct pen {
    const struct vga *vga;
    u32      colour[256], palette[16];           /* as pixels */
    unsigned columns, char_dots;
    bool     graphics, half;
    bool     cursor_shows, blink_shows;
    u32      font[2];                            /* offsets in plane 2, by bit 3 of the attribute */
    u32      line[DOTS_MOST], doubled[2 * DOTS_MOST];
};

/* ---- colours ---- */
static u32 pixel_of(const struct vga *vga, const u8 *rgb)
{
    u32 pixel = 0;
    for (unsigned c = 0; c < 3; c++) {
        u8 value = vga->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? rgb[c] : (u8)(rgb[c] << 2 | (rgb[c] >> 4 & 3));
        pixel = pixel << 8 | value;
    }
    return pixel;
}

/* Six bits of a palette register, or four and the colour select register's two; and that register's upper two. */
static u8 palette_index(const struct vga *vga, u8 entry)
{
    u8 select = vga->attr[ATTR_SELECT];
    if (vga->attr[ATTR_MODE] & ATTR_MODE_P54S) entry = (u8)((entry & 0x0F) | (select & 3) << 4);
    return (u8)(entry | (select & 0x0C) << 4);
}

static void colours_take(struct pen *pen, const struct vga *vga)
{
    for (unsigned i = 0; i < 256; i++) pen->colour[i] = pixel_of(vga, vga->dac[i & vga->dac_mask]);
    for (unsigned i = 0; i < 16; i++)
        pen->palette[i] = pen->colour[palette_index(vga, vga->attr[i & vga->attr[ATTR_PLANES]])];
}

/* ---- text ---- */
/* Eight fonts of 8 KiB, the even ones first; without extended memory there is the first only. */
static u32 font_offset(const struct vga *vga, unsigned number)
{
    if (!(vga->seq[SEQ_MEMORY] & MEMORY_EXTENDED)) return 0;
    return (number & 3) << 14 | (number & 4) << 11;
}

static bool cursor_at(const struct pen *pen, u16 counter, unsigned row)
{
    const u8 *crtc = pen->vga->crtc;
    u8 start = crtc[CRTC_CURSOR_START], end = crtc[CRTC_CURSOR_END] & 0x1F;
    return pen->cursor_shows && counter == (crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_LOW]) && !(start & 0x20)
        && row >= (start & 0x1Fu) && row <= end;
}

/* The dots of one character's row, the leftmost highest, in nine bits. */
static unsigned glyph_dots(const struct pen *pen, u8 code, u8 attribute, unsigned row)
{
    u32 at = pen->font[attribute >> 3 & 1] + code * 32u + row;
    unsigned dots = (vga_planes(pen->vga, at) >> 16 & 0xFF) << 1;
    bool joined = (code & 0xE0) == 0xC0 && (pen->vga->attr[ATTR_MODE] & ATTR_MODE_LINES);
    if (row == (pen->vga->crtc[CRTC_UNDERLINE] & 0x1Fu) && (attribute & 0x77) == 1) return 0x1FF;
    return joined ? dots | (dots >> 1 & 1) : dots;
}

static void text_line(struct pen *pen, const struct vga_rows *rows)
{
    u32 *to = pen->line;
    bool blinks = pen->vga->attr[ATTR_MODE] & ATTR_MODE_BLINK;
    for (unsigned c = 0; c <= pen->columns; c++) {
        u16 counter = (u16)(rows->address + c);
        u32 planes = vga_planes(pen->vga, vga_address(pen->vga, counter, rows->row));
        u8 code = (u8)planes, attribute = (u8)(planes >> 8);
        unsigned dots = glyph_dots(pen, code, attribute, rows->row);
        if (blinks && (attribute & 0x80) && !pen->blink_shows) dots = 0;
        if (cursor_at(pen, counter, rows->row)) dots = 0x1FF;
        u32 front = pen->palette[attribute & 15], back = pen->palette[attribute >> 4 & (blinks ? 7 : 15)];
        for (unsigned i = 0; i < pen->char_dots; i++) *to++ = dots >> (8 - i) & 1 ? front : back;
    }
}

/* ---- graphics ---- */
/* A byte for each bit, the highest bit's lowest: 0 or 1. */
static inline u64 bits_apart(u8 byte)
{
    u64 ones = 0x0101010101010101;
    return ((byte * ones & 0x0102040810204080) + 0x7F * ones) >> 7 & ones;
}

static u64 serialize_planes(u32 planes)
{
    return bits_apart((u8)planes) | bits_apart((u8)(planes >> 8)) << 1 | bits_apart((u8)(planes >> 16)) << 2
         | bits_apart((u8)(planes >> 24)) << 3;
}

/* Pairs of bits: planes 0 and 2 make four dots, then 1 and 3. */
static u64 serialize_pairs(u32 planes)
{
    u64 dots = 0;
    for (unsigned i = 0; i < 8; i++) {
        u32 pair = planes >> 8 * (i / 4) >> (6 - i % 4 * 2);
        dots |= (u64)((pair & 3) | (pair >> 14 & 0xC)) << 8 * i;
    }
    return dots;
}

static u64 serialize_nibbles(u32 planes)
{
    u64 dots = 0;
    for (unsigned i = 0; i < 8; i++) dots |= (u64)(planes >> 8 * (i / 2) >> (i & 1 ? 0 : 4) & 15) << 8 * i;
    return dots;
}

/* Four bits per dot in each of eight bytes, the first dot in the lowest. */
static u64 serialize(const struct vga *vga, u32 planes)
{
    u8 mode = vga->gc[GC_MODE];
    return mode & MODE_256 ? serialize_nibbles(planes)
         : mode & MODE_INTERLEAVED ? serialize_pairs(planes) : serialize_planes(planes);
}

static void graphics_line(struct pen *pen, const struct vga_rows *rows)
{
    const struct vga *vga = pen->vga;
    unsigned slow = vga->crtc[CRTC_UNDERLINE] & UNDERLINE_BY4 ? 2 : vga->crtc[CRTC_MODE] & CRTC_MODE_BY2 ? 1 : 0;
    u8 mode = vga->attr[ATTR_MODE], enabled = vga->attr[ATTR_PLANES] & 15;
    bool dark = (mode & ATTR_MODE_BLINK) && !pen->blink_shows;
    u32 *to = pen->line;
    for (unsigned c = 0; c <= pen->columns; c++) {
        u16 counter = (u16)(rows->address + (c >> slow));
        u64 dots = serialize(vga, vga_planes(vga, vga_address(vga, counter, rows->row)));
        for (unsigned i = 0; i < 8; i += 2, dots >>= 16) {
            u8 first = dots & 15, second = dots >> 8 & 15;
            if (mode & ATTR_MODE_256) {
                to[i] = to[i + 1] = pen->colour[(first & enabled) << 4 | (second & enabled)];
                continue;
            }
            to[i] = pen->palette[dark ? first & 7 : first];
            to[i + 1] = pen->palette[dark ? second & 7 : second];
        }
        if (pen->char_dots == 9) to[8] = pen->palette[0];
        to += pen->char_dots;
    }
}

/* ---- the screen ---- */
static bool screen_resize(struct screen *screen, unsigned width, unsigned height)
{
    size_t count = (size_t)width * height;
    if (screen->pixels && screen->width == width && screen->height == height) return false;
    if (count > screen->room) {
        free(screen->pixels);
        screen->pixels = malloc(count * sizeof *screen->pixels);
        if (!screen->pixels) abort();
        screen->room = count;
    }
    memset(screen->pixels, 0, count * sizeof *screen->pixels);
    screen->width = width;
    screen->height = height;
    return true;
}

/* Puts a line in its place and widens what has changed. */
static void line_show(struct screen *screen, unsigned y, const u32 *line)
{
    struct screen_rect *rect = &screen->changed;
    u32 *old = screen->pixels + (size_t)y * screen->width;
    unsigned first = 0, last = screen->width - 1;
    if (memcmp(old, line, screen->width * sizeof *line) == 0) return;
    while (old[first] == line[first]) first++;
    while (old[last] == line[last]) last--;
    memcpy(old + first, line + first, (last - first + 1) * sizeof *line);
    unsigned right = rect->width ? MAX(rect->x + rect->width, last + 1) : last + 1;
    unsigned left = rect->width ? MIN(rect->x, first) : first, top = rect->width ? rect->y : y;
    *rect = (struct screen_rect){ left, top, right - left, y - top + 1 };
}

/* ---- VGA modes ---- */
static bool blanked(const struct vga *vga)
{
    return (vga->seq[SEQ_RESET] & 3) != 3 || (vga->seq[SEQ_CLOCKING] & CLOCKING_OFF) || !(vga->attr_index & ATTR_SHOW)
        || !(vga->crtc[CRTC_MODE] & CRTC_MODE_RUN);
}

static void pen_take(struct pen *pen, const struct vga *vga)
{
    u64 frame = vga_beam(vga).frame;
    u8 fonts = vga->seq[SEQ_FONTS];
    pen->vga = vga;
    pen->columns = vga_columns(vga);
    pen->char_dots = vga->seq[SEQ_CLOCKING] & CLOCKING_8DOTS ? 8 : 9;
    pen->half = vga->seq[SEQ_CLOCKING] & CLOCKING_HALF;
    pen->graphics = vga->gc[GC_MISC] & GC_MISC_GRAPHICS;
    pen->cursor_shows = !(frame >> CURSOR_FRAMES & 1);
    pen->blink_shows = !(frame >> BLINK_FRAMES & 1);
    pen->font[0] = font_offset(vga, (fonts & 3u) | (fonts >> 2 & 4u));
    pen->font[1] = font_offset(vga, (fonts >> 2 & 3u) | (fonts >> 3 & 4u));
    colours_take(pen, vga);
}

/* Dots that the picture is shifted to the left. */
static unsigned pan_of(const struct pen *pen, const struct vga_rows *rows)
{
    const u8 *attr = pen->vga->attr;
    unsigned pan = attr[ATTR_PAN];
    if (rows->below && (attr[ATTR_MODE] & ATTR_MODE_PAN_TOP)) pan = pen->char_dots == 9 ? 8 : 0;
    if (pen->char_dots == 9) return pan < 8 ? pan + 1 : 0;
    return pan & 7;
}

static const u32 *line_dots(struct pen *pen, unsigned pan)
{
    unsigned dots = pen->columns * pen->char_dots;
    if (!pen->half) return pen->line + pan;
    for (unsigned i = 0; i < dots; i++) pen->doubled[2 * i] = pen->doubled[2 * i + 1] = pen->line[i + pan];
    return pen->doubled;
}

static void vga_draw(const struct vga *vga, struct screen *screen)
{
    struct pen pen;
    struct vga_rows rows;
    const u32 *line = NULL;
    pen_take(&pen, vga);
    vga_rows_begin(vga, &rows);
    for (unsigned y = 0; y < screen->height; y++, vga_rows_next(vga, &rows)) {
        if (rows.scan == 0) {
            if (pen.graphics) graphics_line(&pen, &rows);
            else text_line(&pen, &rows);
            line = line_dots(&pen, pan_of(&pen, &rows));
        }
        line_show(screen, y, line);
    }
}

static void blank_draw(struct screen *screen)
{
    u32 line[2 * DOTS_MOST];
    memset(line, 0, screen->width * sizeof *line);
    for (unsigned y = 0; y < screen->height; y++) line_show(screen, y, line);
}

static bool vga_resize(const struct vga *vga, struct screen *screen)
{
    unsigned dots = vga->seq[SEQ_CLOCKING] & CLOCKING_8DOTS ? 8 : 9;
    unsigned wide = vga->seq[SEQ_CLOCKING] & CLOCKING_HALF ? 2 : 1;
    if ((vga->seq[SEQ_RESET] & 3) != 3) return screen_resize(screen, BLANK_WIDTH, BLANK_HEIGHT);
    return screen_resize(screen, vga_columns(vga) * dots * wide, vga_lines(vga));
}

/* ---- DISPI modes ---- */
typedef void line_unpack(const struct pen *pen, const u8 *from, u32 *to, unsigned width);

static u32 le16(const u8 *at) { return at[0] | (u32)at[1] << 8; }
static u32 wide5(u32 value) { return (value & 31) << 3 | (value & 31) >> 2; }
static u32 wide6(u32 value) { return (value & 63) << 2 | (value & 63) >> 4; }

static void unpack8(const struct pen *pen, const u8 *from, u32 *to, unsigned width)
{
    for (unsigned x = 0; x < width; x++) to[x] = pen->colour[from[x]];
}
static void unpack15(const struct pen *pen, const u8 *from, u32 *to, unsigned width)
{
    (void)pen;
    for (unsigned x = 0; x < width; x++, from += 2)
        to[x] = wide5(le16(from) >> 10) << 16 | wide5(le16(from) >> 5) << 8 | wide5(le16(from));
}
static void unpack16(const struct pen *pen, const u8 *from, u32 *to, unsigned width)
{
    (void)pen;
    for (unsigned x = 0; x < width; x++, from += 2)
        to[x] = wide5(le16(from) >> 11) << 16 | wide6(le16(from) >> 5) << 8 | wide5(le16(from));
}
static void unpack24(const struct pen *pen, const u8 *from, u32 *to, unsigned width)
{
    (void)pen;
    for (unsigned x = 0; x < width; x++, from += 3) to[x] = le16(from) | (u32)from[2] << 16;
}
static void unpack32(const struct pen *pen, const u8 *from, u32 *to, unsigned width)
{
    (void)pen;
    for (unsigned x = 0; x < width; x++, from += 4) to[x] = le16(from) | (u32)from[2] << 16;
}

/* Planes: the offset is in each of them, and the first dot is bit 7 less what the screen begins with in the byte. */
static void unpack_planes(const struct pen *pen, u32 offset, u32 *to, unsigned width)
{
    unsigned skip = pen->vga->dispi[DISPI_X_OFFSET] & 7;
    for (unsigned x = 0; x < width; x++) {
        u32 planes = vga_planes(pen->vga, offset + (x + skip) / 8);
        to[x] = pen->palette[serialize_planes(planes) >> 8 * ((x + skip) & 7) & 15];
    }
}

static bool pages_changed(const struct vga *vga, u64 seen, u32 from, u32 length)
{
    for (u32 page = from / PAGE_SIZE; page <= (from + length - 1) / PAGE_SIZE && page < vga->bytes / PAGE_SIZE; page++)
        if (vga->page_seen[page] > seen) return true;
    return false;
}

static void dispi_draw(const struct vga *vga, struct screen *screen, bool all)
{
    static line_unpack *const unpack[] = { NULL, unpack8, unpack16, unpack24, unpack32 };
    struct pen pen;
    unsigned bpp = vga->dispi[DISPI_BPP], bytes = (bpp + 7) / 8;
    u32 at = dispi_origin(vga), pitch = dispi_pitch(vga), length = screen->width * bytes;
    pen.vga = vga;
    colours_take(&pen, vga);
    for (unsigned y = 0; y < screen->height; y++, at += pitch) {
        if (bpp == 4) unpack_planes(&pen, at, pen.line, screen->width);
        else if (at > vga->bytes || vga->bytes - at < length) memset(pen.line, 0, screen->width * sizeof *pen.line);
        else if (!all && !pages_changed(vga, screen->seen, at, length)) continue;
        else (bpp == 15 ? unpack15 : unpack[bytes])(&pen, vga->vram + at, pen.line, screen->width);
        line_show(screen, y, pen.line);
    }
}

/* ---- what is to be drawn ---- */
/* Everything but video RAM that the picture is made of. */
static u64 registers_hash(const struct vga *vga)
{
    u64 frame = dispi_on(vga) || blanked(vga) ? 0 : vga_beam(vga).frame >> CURSOR_FRAMES;
    u16 start = vga_start(vga);
    u8 singles[] = { vga->misc, vga->dac_mask, vga->attr_index & ATTR_SHOW, vga->gc[GC_MODE], vga->gc[GC_MISC],
                     (u8)start, (u8)(start >> 8), frame & 3 };
    u64 hash = hash_bytes(0, singles, sizeof singles);
    hash = hash_bytes(hash, vga->seq, sizeof vga->seq);
    hash = hash_bytes(hash, vga->crtc, sizeof vga->crtc);
    hash = hash_bytes(hash, vga->attr, sizeof vga->attr);
    hash = hash_bytes(hash, vga->dac, sizeof vga->dac);
    return hash_bytes(hash, vga->dispi, sizeof vga->dispi);
}

static void page_dirty(void *self, u32 page)
{
    struct vga *vga = self;
    vga->page_seen[page] = vga->drawings;
}

bool vga_render(struct vga *vga, struct screen *screen)
{
    bool dispi = dispi_on(vga);
    u64 registers = registers_hash(vga);
    vga->drawings++;
    memory_video_dirty(vga->dev.board->memory, page_dirty, vga);
    bool resized = dispi ? screen_resize(screen, vga->dispi[DISPI_XRES], vga->dispi[DISPI_YRES]) : vga_resize(vga, screen);
    bool all = resized || registers != screen->drawn_as;
    screen->changed = (struct screen_rect){ 0 };
    if (dispi ? !(vga->attr_index & ATTR_SHOW) : blanked(vga)) {
        if (all) blank_draw(screen);
    } else if (dispi) {
        dispi_draw(vga, screen, all);
    } else if (all || pages_changed(vga, screen->seen, 0, VGA_PLANES_BYTES)) {
        vga_draw(vga, screen);
    }
    screen->seen = vga->drawings;
    screen->drawn_as = registers;
    if (resized) screen->changed = (struct screen_rect){ 0, 0, screen->width, screen->height };
    return screen->changed.width != 0;
}
