/* The picture: each standard mode against pixels worked out by hand, panning, split screen, cursor, blinking, palette
 * tricks, what is redrawn, text as text, and nonsense in all registers. */
#include "tests/unit/vga_board.h"

static void colours(struct vga_board *f)
{
    out8(&f->b, 0x3C8, 0);
    for (unsigned i = 0; i < 256; i++) {
        out8(&f->b, 0x3C9, i & 0x3F);
        out8(&f->b, 0x3C9, i >> 2);
        out8(&f->b, 0x3C9, 0x3F - (i & 0x3F));
    }
}
/* The pixel of a DAC entry as `colours` sets it. */
static u32 dac(u8 i)
{
    u8 rgb[] = { i & 0x3F, i >> 2, 0x3F - (i & 0x3F) };
    u32 pixel = 0;
    for (unsigned c = 0; c < 3; c++) pixel = pixel << 8 | (rgb[c] << 2 | rgb[c] >> 4);
    return pixel;
}

static struct vga_board *start(const struct vga_mode *mode)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, mode);
    colours(f);
    vga_beam_reset(&f->vga);
    return f;
}
static void poke(struct vga_board *f, u32 address, u32 value, unsigned width)
{
    memory_store(&f->memory, address, value, width);
}
static void plane_poke(struct vga_board *f, u8 planes, u32 at, u8 value)
{
    u32 old = vga_planes(&f->vga, at);
    for (unsigned p = 0; p < 4; p++)
        if (planes >> p & 1) old = (old & ~(0xFFu << 8 * p)) | (u32)value << 8 * p;
    vga_planes_store(&f->vga, at, old);
}
static void draw(struct vga_board *f, unsigned width, unsigned height)
{
    vga_render(&f->vga, &f->screen);
    ck_assert_uint_eq(f->screen.width, width);
    ck_assert_uint_eq(f->screen.height, height);
}
static u32 at(const struct vga_board *f, unsigned x, unsigned y) { return f->screen.pixels[y * f->screen.width + x]; }

/* Pixels of a row as the entries of the DAC they come from. */
#define ROW(f, x, y, ...) do { static const u8 want[] = { __VA_ARGS__ }; \
    for (unsigned i_ = 0; i_ < sizeof want; i_++) \
        ck_assert_msg(at(f, (x) + i_, y) == dac(want[i_]), "%u, %u: %06x, should be %06x", (x) + i_, y, at(f, (x) + i_, y), \
                      dac(want[i_])); } while (0)

/* ---- text ---- */
static void glyph(struct vga_board *f, u32 font, u8 code, unsigned row, u8 dots) { plane_poke(f, 4, font + code * 32u + row, dots); }

START_TEST(text_of_nine_dots)
{
    struct vga_board *f = start(&vga_mode_03);
    glyph(f, 0, 'A', 0, 0x81);
    glyph(f, 0, 'A', 15, 0x01);
    glyph(f, 0, 0xC4, 0, 0x01);
    glyph(f, 0, 0xE0, 0, 0x01);
    poke(f, 0xB8000, 0x1E41, 2);
    poke(f, 0xB8002, 0x1EC4, 2);
    poke(f, 0xB8004, 0x1EE0, 2);
    poke(f, 0xB8000 + 160, 0x2341, 2);
    crtc_out(f, 0x0A, 0x20);
    draw(f, 720, 400);
    ROW(f, 0, 0, 14, 1, 1, 1, 1, 1, 1, 14, 1, 1, 1, 1, 1, 1, 1, 1, 14, 14, 1, 1, 1, 1, 1, 1, 1, 14, 1);
    ROW(f, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    ROW(f, 0, 15, 1, 1, 1, 1, 1, 1, 1, 14, 1);
    ROW(f, 0, 16, 3, 2, 2, 2, 2, 2, 2, 3, 2);
    attr_out(f, 0x10, 0x08);                             /* no line graphics */
    draw(f, 720, 400);
    ROW(f, 9, 0, 1, 1, 1, 1, 1, 1, 1, 14, 1);
    seq_out(f, 1, 1);                                    /* eight dots */
    attr_out(f, 0x13, 0);
    draw(f, 640, 400);
    ROW(f, 0, 0, 14, 1, 1, 1, 1, 1, 1, 14, 1, 1, 1, 1, 1, 1, 1, 14);
    seq_out(f, 1, 9);                                    /* and half the clock */
    draw(f, 1280, 400);
    ROW(f, 0, 0, 14, 14, 1, 1, 1, 1);
    vga_board_free(f);
}
END_TEST

START_TEST(two_fonts)
{
    struct vga_board *f = start(&vga_mode_03);
    crtc_out(f, 0x0A, 0x20);
    static const u32 base[] = { 0, 0x4000, 0x8000, 0xC000, 0x2000, 0x6000, 0xA000, 0xE000 };
    for (unsigned i = 0; i < 8; i++) glyph(f, base[i], 'A', 0, (u8)(0x80 >> i));
    poke(f, 0xB8000, 0x0741, 2);
    poke(f, 0xB8002, 0x0F41, 2);
    for (unsigned b = 0; b < 8; b++)
        for (unsigned a = 0; a < 8; a++) {
            seq_out(f, 3, (b & 3) | (a & 3) << 2 | (b & 4) << 2 | (a & 4) << 3);
            draw(f, 720, 400);
            for (unsigned i = 0; i < 8; i++) {
                ck_assert_uint_eq(at(f, i, 0), dac(i == b ? 7 : 0));
                ck_assert_uint_eq(at(f, 9 + i, 0), dac(i == a ? 15 : 0));
            }
        }
    seq_out(f, 4, 0);                                    /* without extended memory one font */
    draw(f, 720, 400);
    ROW(f, 0, 0, 7, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(cursor_and_blinking)
{
    enum { FRAME_DOTS = 900 * 449 };
    struct vga_board *f = start(&vga_mode_03);
    poke(f, 0xB8000 + 2, 0x8720, 2);
    glyph(f, 0, 'B', 3, 0xFF);
    poke(f, 0xB8000 + 4, 0x8742, 2);
    crtc_out(f, 0x0F, 1);
    draw(f, 720, 400);
    ROW(f, 9, 12, 0, 0);                                 /* lines 13 and 14 */
    ROW(f, 8, 13, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0);
    ROW(f, 9, 14, 7, 7);
    ROW(f, 9, 15, 0, 0);
    attr_out(f, 0x10, 0x00);                             /* blinking is off: background 8 */
    draw(f, 720, 400);
    ROW(f, 18, 3, 7, 7, 7, 7, 7, 7, 7, 7, 8);
    ROW(f, 18, 4, 8);
    attr_out(f, 0x10, 0x08);
    draw(f, 720, 400);
    ROW(f, 18, 3, 7, 7, 7, 7, 7, 7, 7, 7, 0);
    run_to(&f->b, 8ull * FRAME_DOTS * f->b.clock.hz / 28322000 + 10);
    draw(f, 720, 400);
    ROW(f, 9, 13, 0, 0);                                 /* the cursor is off after 8 frames */
    ROW(f, 18, 3, 7, 7);
    run_to(&f->b, 16ull * FRAME_DOTS * f->b.clock.hz / 28322000 + 10);
    draw(f, 720, 400);
    ROW(f, 9, 13, 7, 7);
    ROW(f, 18, 3, 0, 0);                                 /* the character after 16 */
    run_to(&f->b, 32ull * FRAME_DOTS * f->b.clock.hz / 28322000 + 10);
    draw(f, 720, 400);
    ROW(f, 18, 3, 7, 7);
    crtc_out(f, 0x0A, 0x0F);                             /* starts below its end: none */
    draw(f, 720, 400);
    ROW(f, 9, 13, 0, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(underline)
{
    struct vga_board *f = start(&vga_mode_03);
    crtc_out(f, 0x0A, 0x20);
    poke(f, 0xB8000, 0x0120, 2);
    poke(f, 0xB8002, 0x0720, 2);
    draw(f, 720, 400);
    ROW(f, 0, 13, 0, 0);
    crtc_out(f, 0x14, 13);
    draw(f, 720, 400);
    ROW(f, 0, 13, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    ROW(f, 0, 12, 0, 0);
    poke(f, 0xB8000, 0x2120, 2);                         /* only on black */
    draw(f, 720, 400);
    ROW(f, 0, 13, 2, 2);
    vga_board_free(f);
}
END_TEST

/* ---- graphics ---- */
START_TEST(mode_04)
{
    struct vga_board *f = start(&vga_mode_04);
    poke(f, 0xB8000, 0x1B, 1);                           /* 0 1 2 3 */
    poke(f, 0xB8001, 0xE4, 1);                           /* 3 2 1 0 */
    poke(f, 0xBA000, 0xFF, 1);                           /* the second line */
    poke(f, 0xB8050, 0x55, 1);                           /* the third */
    draw(f, 640, 400);
    for (unsigned y = 0; y < 2; y++) ROW(f, 0, y, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 2, 2, 1, 1, 0, 0);
    for (unsigned y = 2; y < 4; y++) ROW(f, 0, y, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0);
    for (unsigned y = 4; y < 6; y++) ROW(f, 0, y, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(mode_06)
{
    struct vga_board *f = start(&vga_mode_06);
    poke(f, 0xB8000, 0xA1, 1);
    poke(f, 0xBA000 + 79, 0x01, 1);
    draw(f, 640, 400);
    for (unsigned y = 0; y < 2; y++) ROW(f, 0, y, 1, 0, 1, 0, 0, 0, 0, 1, 0);
    for (unsigned y = 2; y < 4; y++) ROW(f, 637, y, 0, 0, 1);
    vga_board_free(f);
}
END_TEST

START_TEST(mode_0d)
{
    struct vga_board *f = start(&vga_mode_0d);
    for (unsigned p = 0; p < 4; p++) {
        seq_out(f, 2, 1 << p);
        poke(f, 0xA0000 + 40, 0x80 >> p | 1, 1);
    }
    draw(f, 640, 400);
    ROW(f, 0, 1, 0, 0);
    for (unsigned y = 2; y < 4; y++) ROW(f, 0, y, 1, 1, 2, 2, 4, 4, 8, 8, 0, 0, 0, 0, 0, 0, 15, 15, 0);
    attr_out(f, 0x12, 0x05);                             /* two planes */
    draw(f, 640, 400);
    ROW(f, 0, 2, 1, 1, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(mode_12)
{
    struct vga_board *f = start(&vga_mode_12);
    seq_out(f, 2, 5);
    poke(f, 0xA0000 + 80 * 479 + 79, 0x03, 1);
    draw(f, 640, 480);
    ROW(f, 637, 479, 0, 5, 5);
    ROW(f, 637, 478, 0, 0, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(mode_13_and_x)
{
    struct vga_board *f = start(&vga_mode_13);
    poke(f, 0xA0000, 0x40302010, 4);
    poke(f, 0xA0000 + 320, 0xFE, 1);
    poke(f, 0xA0000 + 63999, 0x99, 1);
    draw(f, 640, 400);
    for (unsigned y = 0; y < 2; y++) ROW(f, 0, y, 0x10, 0x10, 0x20, 0x20, 0x30, 0x30, 0x40, 0x40, 0);
    for (unsigned y = 2; y < 4; y++) ROW(f, 0, y, 0xFE, 0xFE, 0);
    ROW(f, 636, 399, 0, 0, 0x99, 0x99);
    vga_board_free(f);
    f = start(&vga_mode_x);
    for (unsigned p = 0; p < 4; p++) {
        seq_out(f, 2, 1 << p);
        poke(f, 0xA0000 + 80 * 239, 0x11 * (p + 1), 1);
    }
    draw(f, 640, 480);
    ROW(f, 0, 479, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0);
    vga_board_free(f);
}
END_TEST

/* ---- where the picture begins ---- */
static void next_frame(struct vga_board *f) { run_ns(&f->b, 20000000); }

START_TEST(panning)
{
    struct vga_board *f = start(&vga_mode_12);
    seq_out(f, 2, 1);
    for (unsigned i = 0; i < 4; i++) poke(f, 0xA0000 + i, 0x80 >> i, 1);      /* dots 0, 9, 18, 27 */
    poke(f, 0xA0000 + 80, 0x10, 1);
    for (unsigned pan = 0; pan < 8; pan++) {
        attr_out(f, 0x13, pan);
        draw(f, 640, 480);
        ck_assert_uint_eq(at(f, 9 - pan, 0), dac(1));
        ck_assert_uint_eq(at(f, 639, 0), dac(pan == 4 ? 1 : 0));              /* from the column beyond */
    }
    attr_out(f, 0x13, 1);
    crtc_out(f, 0x08, 0x20);                             /* a byte, too */
    draw(f, 640, 480);
    ROW(f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    crtc_out(f, 0x0D, 1);
    next_frame(f);
    draw(f, 640, 480);
    ROW(f, 0, 0, 0, 1, 0);
    vga_board_free(f);
    f = start(&vga_mode_03);
    crtc_out(f, 0x0A, 0x20);
    glyph(f, 0, 'A', 2, 0x80);
    poke(f, 0xB8002, 0x0741, 2);
    crtc_out(f, 0x08, 2);                                /* begins with row 2 of the characters */
    attr_out(f, 0x13, 0);                                /* nine dots: a shift of one */
    draw(f, 720, 400);
    ROW(f, 7, 0, 0, 7, 0);
    attr_out(f, 0x13, 7);
    draw(f, 720, 400);
    ROW(f, 0, 0, 0, 7, 0);
    attr_out(f, 0x13, 8);
    draw(f, 720, 400);
    ROW(f, 8, 0, 0, 7, 0);
    crtc_out(f, 0x08, 20);                               /* beyond the last row: the counter goes round at 32 */
    poke(f, 0xB8002, 0x0720, 2);
    glyph(f, 0, 'A', 0, 0x80);
    poke(f, 0xB8000, 0x0741, 2);
    draw(f, 720, 400);
    ROW(f, 0, 11, 0, 0);
    ROW(f, 0, 12, 7, 0);
    vga_board_free(f);
}
END_TEST

START_TEST(split_screen)
{
    struct vga_board *f = start(&vga_mode_12);
    seq_out(f, 2, 0xF);
    poke(f, 0xA0000, 0xFF, 1);                           /* address 0: below the split */
    poke(f, 0xA0000 + 0x4000, 0x0F, 1);
    crtc_out(f, 0x0C, 0x40);
    crtc_out(f, 0x18, 99);
    crtc_out(f, 0x09, 0x00);                             /* bit 9 of line compare */
    crtc_out(f, 0x07, 0x2E);                             /* bit 8, which is always writable */
    next_frame(f);
    attr_out(f, 0x13, 2);
    draw(f, 640, 480);
    ROW(f, 0, 0, 0, 0, 15, 15, 15, 15, 0, 0);
    ROW(f, 0, 99, 0, 0);
    ROW(f, 0, 100, 15, 15, 15, 15, 15, 15, 0, 0);        /* panned as well */
    ROW(f, 0, 101, 0, 0);
    attr_out(f, 0x10, 0x21);                             /* only the top is */
    draw(f, 640, 480);
    ROW(f, 0, 0, 0, 0, 15, 15);
    ROW(f, 0, 100, 15, 15, 15, 15, 15, 15, 15, 15, 0);
    vga_board_free(f);
}
END_TEST

/* ---- colours ---- */
START_TEST(palette_tricks)
{
    struct vga_board *f = start(&vga_mode_12);
    seq_out(f, 2, 0xF);
    poke(f, 0xA0000, 0xFF, 1);
    attr_out(f, 15, 0x3F);
    draw(f, 640, 480);
    ROW(f, 0, 0, 0x3F);
    attr_out(f, 0x14, 0x0D);                             /* colour select 7, 6 = 11 */
    draw(f, 640, 480);
    ROW(f, 0, 0, 0xFF);
    attr_out(f, 0x10, 0x81);                             /* and 5, 4 = 01 */
    draw(f, 640, 480);
    ROW(f, 0, 0, 0xDF);
    ROW(f, 8, 0, 0xD0);
    out8(&f->b, 0x3C6, 0x0F);
    draw(f, 640, 480);
    ROW(f, 0, 0, 0x0F);
    out8(&f->b, 0x3C8, 0x0F);
    for (int i = 0; i < 3; i++) out8(&f->b, 0x3C9, 0x2A);
    draw(f, 640, 480);
    ck_assert_uint_eq(at(f, 0, 0), 0xAAAAAA);
    vga_board_free(f);
}
END_TEST

START_TEST(what_blanks)
{
    struct vga_board *f = start(&vga_mode_12);
    seq_out(f, 2, 0xF);
    poke(f, 0xA0000, 0xFF, 1);
    draw(f, 640, 480);
    ck_assert(at(f, 0, 0));
    seq_out(f, 1, 0x21);
    draw(f, 640, 480);
    ck_assert(!at(f, 0, 0));
    seq_out(f, 1, 0x01);
    draw(f, 640, 480);
    ck_assert(at(f, 0, 0));
    in8(&f->b, 0x3DA);
    out8(&f->b, 0x3C0, 0x00);                            /* the palette is the processor's */
    draw(f, 640, 480);
    ck_assert(!at(f, 0, 0));
    in8(&f->b, 0x3DA);
    out8(&f->b, 0x3C0, 0x20);
    draw(f, 640, 480);
    ck_assert(at(f, 0, 0));
    seq_out(f, 0, 1);
    draw(f, 640, 400);
    ck_assert(!at(f, 0, 0));
    vga_board_free(f);
}
END_TEST

/* ---- what is drawn anew ---- */
static void changed(struct vga_board *f, unsigned x, unsigned y, unsigned width, unsigned height)
{
    bool any = vga_render(&f->vga, &f->screen);
    const struct screen_rect *r = &f->screen.changed;
    ck_assert_uint_eq(any, width != 0);
    ck_assert_msg(!any || (r->x == x && r->y == y && r->width == width && r->height == height),
                  "%u, %u: %u x %u", r->x, r->y, r->width, r->height);
}

START_TEST(changed_rectangles)
{
    struct vga_board *f = start(&vga_mode_13);
    changed(f, 0, 0, 640, 400);
    changed(f, 0, 0, 0, 0);
    poke(f, 0xA0000 + 320 * 10 + 7, 1, 1);
    changed(f, 14, 20, 2, 2);
    poke(f, 0xA0000 + 320 * 10 + 7, 1, 1);
    changed(f, 0, 0, 0, 0);
    poke(f, 0xA0000 + 320 * 10 + 7, 0, 1);
    poke(f, 0xA0000 + 320 * 12 + 100, 2, 1);
    changed(f, 14, 20, 188, 6);
    out8(&f->b, 0x3C8, 2);
    for (int i = 0; i < 3; i++) out8(&f->b, 0x3C9, 0x10);
    changed(f, 200, 24, 2, 2);
    dispi_out(f, DISPI_BPP, 32);
    dispi_out(f, DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
    changed(f, 0, 0, 640, 480);
    poke(f, VGA_TEST_LFB + 640 * 4 * 300 + 4 * 55, 0x123456, 4);
    changed(f, 55, 300, 1, 1);
    changed(f, 0, 0, 0, 0);
    /* Two screens of one adapter see the same changes. */
    struct screen other = { 0 };
    vga_render(&f->vga, &other);
    poke(f, VGA_TEST_LFB, 0xFFFFFF, 4);
    changed(f, 0, 0, 1, 1);
    ck_assert(vga_render(&f->vga, &other));
    ck_assert_uint_eq(other.pixels[0], 0xFFFFFF);
    screen_free(&other);
    vga_board_free(f);
}
END_TEST

/* ---- text as text ---- */
START_TEST(text_as_utf8)
{
    struct vga_board *f = start(&vga_mode_03);
    char text[16384];
    for (unsigned i = 0; i < 2000; i++) poke(f, 0xB8000 + 2 * i, 0x0720, 2);
    poke(f, 0xB8000, 0x0700 | 'H', 2);
    poke(f, 0xB8002, 0x0700 | 0x81, 2);
    poke(f, 0xB8004, 0x0700 | 0xC9, 2);
    poke(f, 0xB8000 + 160 * 24 + 158, 0x0700 | 'Z', 2);
    ck_assert_uint_eq(vga_text(&f->vga, text, sizeof text), 25 * 81 + 1 + 2);
    ck_assert(strncmp(text, "H\xC3\xBC\xE2\x95\x94 ", 7) == 0);
    ck_assert_str_eq(text + strlen(text) - 3, " Z\n");
    crtc_out(f, 0x0D, 80);                               /* one row further */
    next_frame(f);
    vga_text(&f->vga, text, sizeof text);
    ck_assert(strncmp(text, "  ", 2) == 0);
    ck_assert_str_eq(text + strlen(text) - 81 - 3, strstr(text, " Z\n"));
    ck_assert_uint_eq(vga_text(&f->vga, text, 300), 81);         /* whole rows only */
    ck_assert_uint_eq(vga_text(&f->vga, text, 0), 0);
    gc_out(f, 6, 5);
    ck_assert_uint_eq(vga_text(&f->vga, text, sizeof text), 0);
    vga_board_free(f);
}
END_TEST

START_TEST(text_as_cells)
{
    struct vga_board *f = start(&vga_mode_03);
    static struct vga_cell cells[VGA_CELLS_MOST];
    unsigned columns;
    poke(f, 0xB8000, 0x9E48, 2);                         /* blinking, yellow on blue */
    crtc_out(f, 0x0E, 0);
    crtc_out(f, 0x0F, 81);
    ck_assert_uint_eq(vga_cells(&f->vga, cells, VGA_CELLS_MOST, &columns), 25);
    ck_assert_uint_eq(columns, 80);
    ck_assert(cells[0].code == 'H' && cells[0].foreground == 14 && cells[0].background == 1 && cells[0].blinks);
    ck_assert(!cells[0].cursor && cells[81].cursor);
    in8(&f->b, 0x3DA);
    attr_out(f, 0x10, 0x04);                             /* bright backgrounds instead */
    vga_cells(&f->vga, cells, VGA_CELLS_MOST, &columns);
    ck_assert(cells[0].background == 9 && !cells[0].blinks);
    crtc_out(f, 0x0A, 0x20);
    vga_cells(&f->vga, cells, VGA_CELLS_MOST, &columns);
    ck_assert(!cells[81].cursor);
    ck_assert_uint_eq(vga_cells(&f->vga, cells, 170, &columns), 2);
    gc_out(f, 6, 5);
    ck_assert_uint_eq(vga_cells(&f->vga, cells, VGA_CELLS_MOST, &columns), 0);
    ck_assert_uint_eq(vga_unicode(0xC9), 0x2554);
    vga_board_free(f);
}
END_TEST

START_TEST(mode_3_without_firmware)
{
    struct vga_board *f = vga_board_make();
    u8 font[256 * 16] = { 0 };
    char text[16384];
    font['A' * 16 + 4] = 0xF0;
    vga_firmware_mode3(&f->vga, font);
    poke(f, 0xB8000, 0x1F41, 2);
    crtc_out(f, 0x0A, 0x20);
    draw(f, 720, 400);
    ck_assert_uint_eq(at(f, 0, 4), 0xFFFFFF);
    ck_assert_uint_eq(at(f, 4, 4), 0x0000AA);
    ck_assert_uint_eq(at(f, 9, 4), 0);
    ck_assert_uint_eq(vga_text(&f->vga, text, sizeof text), 25 * 81);
    ck_assert_uint_eq(memory_load(&f->memory, 0xB8F9E, 2), 0x0720);
    vga_board_free(f);
}
END_TEST

/* ---- nonsense ---- */
START_TEST(random_registers)
{
    static const u16 ports[] = { 0x3C4, 0x3CE, 0x3D4, 0x3C0, 0x3C2, 0x3C8, 0x3C9, 0x1CE, 0x1CF, 0x3C6 };
    struct vga_board *f = vga_board_make();
    char text[70000];
    u64 random = 1;
    for (int round = 0; round < 400; round++) {
        for (int i = 0; i < 60; i++) {
            random = random * 6364136223846793005 + 1442695040888963407;
            u16 port = ports[(random >> 60) % ARRAY_LEN(ports)], value = (u16)(random >> 40);
            bool dispi = port >> 4 == 0x1C;
            if (dispi && (random >> 30 & 3)) continue;
            if (port == 0x1CE) value %= 11;
            ports_write(&f->b.ports, port, value, dispi || port == 0x3C4 || port == 0x3CE || port == 0x3D4 ? 2 : 1);
            memory_store(&f->memory, 0xA0000 + (random >> 20 & 0x1FFFF), (u32)random, 1);
            memory_load(&f->memory, 0xA0000 + (random >> 10 & 0x1FFFF), 1);
        }
        if (round % 4 == 0) {
            out8(&f->b, 0x3C2, 0x63);
            seq_out(f, 0, 3);
            crtc_out(f, 0x17, (u8)(random >> 20 | 0x80));
            attr_out(f, 0x12, 0x0F);
        }
        run_to(&f->b, clock_now(&f->b.clock) + (random & 0xFFFFFF));
        vga_render(&f->vga, &f->screen);
        vga_text(&f->vga, text, sizeof text);
        in8(&f->b, 0x3DA);
    }
    vga_board_free(f);
}
END_TEST

Suite *vga_render_suite(void)
{
    const TTest *const tests[] = {
        text_of_nine_dots, two_fonts, cursor_and_blinking, underline, mode_04, mode_06, mode_0d, mode_12, mode_13_and_x,
        panning, split_screen, palette_tricks, what_blanks, changed_rectangles, text_as_utf8, text_as_cells,
        mode_3_without_firmware, random_registers,
    };
    return suite_of("vga_render", tests, ARRAY_LEN(tests));
}
