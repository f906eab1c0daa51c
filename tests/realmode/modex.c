/* Mode X: 320x240 in four planes without chain 4, after Michael Abrash's description: pages, the latches' copies, split
 * screen, panning by pixels and a rotating palette, none of it by the BIOS but the way in. */
#include "tests/realmode/realmode.h"

enum { SEQUENCER = 0x3C4, CRTC = 0x3D4, GRAPHICS = 0x3CE, STATUS = 0x3DA, ATTRIBUTE = 0x3C0 };
enum { WIDTH = 320, HEIGHT = 240, PITCH = 84, PAGE = PITCH * HEIGHT };

/* 84 bytes a line: sixteen pixels more than are seen, to pan over. */
static void mode_x(void)
{
    static const u16 crtc[] = {
        0x0D06, 0x3E07, 0x4109, 0xEA10, 0xAC11, 0xDF12, 0x0014, 0xE715, 0x0616, 0xE317, PITCH / 2 << 8 | 0x13,
    };
    video(0x13, 0, 0, 0, NULL);
    outw(SEQUENCER, 0x0604);
    outw(SEQUENCER, 0x0100);
    outb(0x3C2, 0xE3);
    outw(SEQUENCER, 0x0300);
    out_index(CRTC, 0x11, in_index(CRTC, 0x11) & 0x7F);
    for (unsigned i = 0; i < ARRAY_LEN(crtc); i++) outw(CRTC, crtc[i]);
    outw(SEQUENCER, 0x0F02);
    for (u16 at = 0; at < 0xFFFE; at += 2) far_write16(0xA000, at, 0);
}

static void retrace(void)
{
    while (inb(STATUS) & 8);
    while (!(inb(STATUS) & 8));
}

static void pixel(u16 page, u16 x, u16 y, u8 colour)
{
    out_index(SEQUENCER, 2, (u8)(1 << (x & 3)));
    far_write8(0xA000, (u16)(page + y * PITCH + x / 4), colour);
}

/* Four pixels at a time where the planes allow it. */
static void bar(u16 page, u16 x, u16 y, u16 width, u16 height, u8 colour)
{
    outw(SEQUENCER, 0x0F02);
    for (u16 row = y; row < y + height; row++)
        for (u16 at = x / 4; at < (x + width) / 4; at++) far_write8(0xA000, (u16)(page + row * PITCH + at), colour);
}

static void disc(u16 page, s16 cx, s16 cy, s16 radius, u8 colour)
{
    for (s16 y = -radius; y <= radius; y++)
        for (s16 x = -radius; x <= radius; x++)
            if (x * x + y * y <= radius * radius)
                pixel(page, (u16)(cx + x), (u16)(cy + y), (u8)(colour + (x * x + y * y) * 15 / (radius * radius)));
}

static void start_set(u16 at)
{
    out_index(CRTC, 12, at >> 8);
    out_index(CRTC, 13, (u8)at);
    retrace();
}

static void pan_set(u8 pixels)
{
    inb(STATUS);
    outb(ATTRIBUTE, 0x13 | 0x20);
    outb(ATTRIBUTE, (u8)(pixels * 2));
}

/* Colours 32 and up: a rainbow that ends where it begins. */
static void palette_set(u8 turn)
{
    outb(0x3C8, 32);
    for (u16 i = 0; i < 192; i++) {
        u16 hue = (u16)((i + turn) % 192);
        u8 up = hue & 63, down = 63 - up;
        outb(0x3C9, hue < 64 ? down : hue < 128 ? 0 : up);
        outb(0x3C9, hue < 64 ? up : hue < 128 ? down : 0);
        outb(0x3C9, hue < 64 ? 0 : hue < 128 ? up : down);
    }
}

static void page_draw(u16 page, u8 colour)
{
    for (u16 y = 0; y < HEIGHT; y += 16)
        for (u16 x = 0; x < WIDTH + 16; x += 16) bar(page, x, y, 16, 16, (u8)(32 + (x + y) / 4));
    disc(page, 160, 120, 60, colour);
}

/* The latches carry four pixels from one page to the other. */
static void latched_copy(u16 from, u16 to, u16 bytes)
{
    outw(SEQUENCER, 0x0F02);
    outw(GRAPHICS, 0x0008);
    for (u16 i = 0; i < bytes; i++) {
        far_read8(0xA000, from + i);
        far_write8(0xA000, to + i, 0);
    }
    outw(GRAPHICS, 0xFF08);
}

/* From that line on the display begins anew at address 0. */
static void split_set(u16 line)
{
    line = (u16)(line * 2 + 1);
    out_index(CRTC, 0x18, (u8)line);
    out_index(CRTC, 7, (u8)((in_index(CRTC, 7) & ~0x10) | (line >> 4 & 0x10)));
    out_index(CRTC, 9, (u8)((in_index(CRTC, 9) & ~0x40) | (line >> 3 & 0x40)));
    retrace();
}

void program(void)
{
    mode_x();
    palette_set(0);
    page_draw(0, 16);
    retrace();
    screen_done("first_page");
    page_draw(PAGE, 120);
    start_set(PAGE);
    screen_done("second_page");
    for (u16 i = 1; i < 40; i++) start_set(i & 1 ? 0 : PAGE);
    palette_set(80);
    screen_done("palette");
    start_set(1);
    pan_set(3);
    retrace();
    screen_done("panned");
    pan_set(0);
    latched_copy(PAGE + 90 * PITCH, 4 * PITCH, 30 * PITCH);
    start_set(PAGE);
    split_set(180);
    screen_done("split");
    finish(0);
}
