/* A tour of the BIOS's modes, and of some of VESA's: text, a frame of pixels and the colours in each, a screen to look at
 * per mode. */
#include "tests/realmode/realmode.h"

static const struct tour_mode { u8 mode; u16 width, height; u16 colours; const char *name; } modes[] = {
    { 0x00, 0, 0, 16, "40x25 text" },        { 0x01, 0, 0, 16, "40x25 text" },      { 0x02, 0, 0, 16, "80x25 text" },
    { 0x03, 0, 0, 16, "80x25 text" },        { 0x04, 320, 200, 4, "320x200 4" },    { 0x05, 320, 200, 4, "320x200 4" },
    { 0x06, 640, 200, 2, "640x200 2" },      { 0x07, 0, 0, 2, "80x25 monochrome" }, { 0x0D, 320, 200, 16, "320x200 16" },
    { 0x0E, 640, 200, 16, "640x200 16" },    { 0x0F, 640, 350, 4, "640x350 mono" }, { 0x10, 640, 350, 16, "640x350 16" },
    { 0x11, 640, 480, 2, "640x480 2" },      { 0x12, 640, 480, 16, "640x480 16" },  { 0x13, 320, 200, 256, "320x200 256" },
};

static void put_pixel(u16 x, u16 y, u16 colour)
{
    video((u16)(0x0C00 | colour), 0, x, y, NULL);
}

/* Left of the text, so that it stays. */
static void pixels(const struct tour_mode *m)
{
    for (u16 x = 0; x < m->width; x++) {
        put_pixel(x, m->height - 1, m->colours - 1);
        put_pixel(x, m->height - 3, (u16)(x % m->colours));
        put_pixel(x, (u16)(m->height / 2 + (u32)x * (m->height / 2 - 4) / m->width), 1);
    }
    for (u16 y = m->height / 2; y < m->height; y++) put_pixel(0, y, m->colours - 1);
}

static void text_colours(u8 columns)
{
    for (u16 attribute = 0; attribute < 256; attribute++) {
        video(0x0200, 0, 0, (u16)((4 + attribute / 32) << 8 | attribute % 32), NULL);
        video(0x0904, (u16)(attribute & 0x7F), 1, 0, NULL);
    }
    for (u16 character = 0; character < 256; character++) {
        video(0x0200, 0, 0, (u16)((14 + character / 32) << 8 | character % 32), NULL);
        video((u16)(0x0900 | character), 7, 1, 0, NULL);
    }
    video(0x0200, 0, 0, (u16)(23 << 8 | (columns - 5)), NULL);
    print("right\r\nleft");
}

static void graphics_colours(const struct tour_mode *m)
{
    for (u16 colour = 1; colour < 16 && colour < m->colours; colour++) {
        video(0x0200, 0, 0, (u16)(4 << 8 | colour * 2), NULL);
        video(0x09DB, colour, 2, 0, NULL);
        video(0x0200, 0, 0, (u16)(6 << 8 | colour * 2), NULL);
        video((u16)(0x0940 | colour), colour, 1, 0, NULL);
    }
    video(0x0200, 0, 0, 0x0804, NULL);
    video(0x09DB, 1, 8, 0, NULL);
    if (m->mode == 0x13) return;
    video(0x0200, 0, 0, 0x0806, NULL);
    video(0x0958, 0x83, 4, 0, NULL);
}

static void visit(const struct tour_mode *m)
{
    static char name[] = "mode_00";
    struct registers r;
    video(m->mode, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    video(0x0F00, 0, 0, 0, &r);
    print("Mode %2x: %s\n", m->mode, m->name);
    print("%u columns, %u rows", r.ah, far_read8(0x40, 0x84) + 1);
    if (m->width == 0) text_colours(r.ah);
    else {
        graphics_colours(m);
        pixels(m);
    }
    name[5] = "0123456789ABCDEF"[m->mode >> 4];
    name[6] = "0123456789ABCDEF"[m->mode & 15];
    screen_done(name);
}

/* ---- 50 rows, scrolled; a font of our own; the palette as gray ---- */
static void more_text(void)
{
    video(3, 0, 0, 0, NULL);
    video(0x1112, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    for (unsigned i = 0; i < 60; i++) print("line %2u of sixty, of which fifty are on the screen\n", i);
    video(0x0603, 0x1E00, 0x0A20, 0x1430, NULL);
    video(0x0703, 0x4F00, 0x0A38, 0x1448, NULL);
    screen_done("rows_50");
    video(0x1201, 0x30, 0, 0, NULL);
    video(0x1200, 0x33, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    print("350 lines, gray");
    text_colours(80);
    screen_done("lines_350");
    video(0x1202, 0x30, 0, 0, NULL);
    video(0x1201, 0x33, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
}

/* ---- VESA, through the window ---- */
static void vesa_set(u16 mode)
{
    struct registers r;
    video(0x4F02, mode, 0, 0, &r);
    if (r.ax != 0x004F) report("no mode %x\n", mode);
}

/* Bytes that only depend on their place, so that a bank in the wrong place is seen. */
static void vesa_fill(u16 banks)
{
    for (u16 bank = 0; bank < banks; bank++) {
        video(0x4F05, 0, 0, bank, NULL);
        u16 at = 0;
        do far_write16(0xA000, at, (u16)((at >> 6) + bank * 0x0421));
        while ((at += 2) != 0);
    }
}

static void vesa(void)
{
    vesa_set(0x101);
    vesa_fill(5);
    screen_done("vesa_101");
    vesa_set(0x114);
    vesa_fill(15);
    screen_done("vesa_114");
    vesa_set(0x102);
    print("800x600 in planes, by INT 10h\n");
    for (u16 i = 0; i < 600; i++) put_pixel(i + 100, i, (u16)(i / 40));
    screen_done("vesa_102");
}

void program(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++) visit(&modes[i]);
    more_text();
    vesa();
    finish(0);
}
