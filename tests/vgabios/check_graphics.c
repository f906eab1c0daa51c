/* Graphics modes: pixels, characters read back, scrolling, in each kind of memory. */
#include "tests/vgabios/checks.h"

static const struct graphics_mode { u8 mode; u16 width, height; u8 colours, char_height; } modes[] = {
    { 0x04, 320, 200, 4, 8 },  { 0x06, 640, 200, 2, 8 },    { 0x0D, 320, 200, 16, 8 },  { 0x0E, 640, 200, 16, 8 },
    { 0x10, 640, 350, 16, 14 }, { 0x11, 640, 480, 2, 16 },  { 0x12, 640, 480, 16, 16 }, { 0x13, 320, 200, 255, 8 },
};

static void pixels(const struct graphics_mode *m)
{
    u8 colour = m->colours - 1;
    u16 x = m->width - 1, y = m->height - 1;
    video((u16)(0x0C00 | colour), 0, x, y, NULL);
    expect("0Ch: the last pixel", pixel(x, y), colour);
    expect("0Ch: beside it", pixel(x - 1, y), 0);
    expect("0Ch: above it", pixel(x, y - 1), 0);
    if (m->mode != 0x13) {
        video((u16)(0x0C80 | colour), 0, x, y, NULL);
        expect("0Ch: XOR", pixel(x, y), 0);
    }
    video(0x0C01, 0, 5, 3, NULL);
    expect("0Ch: another", pixel(5, 3), 1);
}

/* A full block, so that every pixel of the cell is known. */
static void characters(const struct graphics_mode *m)
{
    u8 colour = m->colours - 1, h = m->char_height;
    struct registers r;
    video(0x0200, 0, 0, 0x0203, NULL);
    video(0x09DB, colour & 0x7F, 2, 0, NULL);
    expect("09h: first pixel", pixel(24, 2 * h), colour & 0x7F);
    expect("09h: last pixel", pixel(39, 3 * h - 1), colour & 0x7F);
    expect("09h: beyond", pixel(40, 2 * h), 0);
    expect("09h: above", pixel(24, 2 * h - 1), 0);
    video(0x0941, colour & 0x7F, 1, 0, NULL);
    video(0x0800, 0, 0, 0, &r);
    expect("08h: what 09h wrote", r.al, 'A');
    video(0x0E42, colour & 0x7F, 0, 0, NULL);
    video(0x0200, 0, 0, 0x0203, NULL);
    video(0x0800, 0, 0, 0, &r);
    expect("08h: what 0Eh wrote", r.al, 'B');
    if (m->mode != 0x13) {
        video(0x0942, 0x80 | colour, 1, 0, NULL);
        video(0x0800, 0, 0, 0, &r);
        expect("09h: XOR with itself leaves a blank", r.al == ' ' || r.al == 0 || r.al == 255, true);
    }
}

static void scrolling(const struct graphics_mode *m)
{
    u8 h = m->char_height, colour = m->colours - 1;
    video((u16)(0x0C00 | colour), 0, 17, 5 * h + 3, NULL);
    video(0x0602, 0, 0x0000, 0x184F, NULL);
    expect("06h: a pixel goes up", pixel(17, 3 * h + 3), colour);
    expect("06h: and is gone below", pixel(17, 5 * h + 3), 0);
    video(0x0701, 0, 0x0101, 0x0A05, NULL);
    expect("07h: and down", pixel(17, 4 * h + 3), colour);
    video(0x0601, 0x0100, 0x0000, 0x184F, NULL);
    expect("06h: blank in a colour", pixel(0, 25 * h - 1), 1);
    video(0x0600, 0, 0x0000, 0x184F, NULL);
    expect("06h: cleared", pixel(17, 3 * h + 3), 0);
}

void check_graphics(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++) {
        const struct graphics_mode *m = &modes[i];
        video(m->mode, 0, 0, 0, NULL);
        unsigned before = m->mode;
        report("mode %2x\n", before);
        expect("00h: mode", data8(0x49), m->mode);
        expect("00h: height of characters", data16(0x85), m->char_height);
        pixels(m);
        characters(m);
        scrolling(m);
    }
    video(0x0D, 0, 0, 0, NULL);
    video(0x0C05, 0x0200, 8, 0, NULL);
    expect("0Ch: on a page", pixel(8, 0), 0);
    video(0x0502, 0, 0, 0, NULL);
    expect("05h: CRTC start", in_index(0x3D4, 12) << 8 | in_index(0x3D4, 13), 0x4000);
}
