/* DISPI: ids, modes and their limits, each depth, virtual screens, banks, clearing. */
#include "tests/unit/vga_board.h"

static void mode(struct vga_board *f, u16 x, u16 y, u16 bpp, u16 flags)
{
    dispi_out(f, DISPI_ENABLE, 0);
    dispi_out(f, DISPI_XRES, x);
    dispi_out(f, DISPI_YRES, y);
    dispi_out(f, DISPI_BPP, bpp);
    dispi_out(f, DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB | flags);
}
static u32 pixel(struct vga_board *f, unsigned x, unsigned y)
{
    out8(&f->b, 0x3C2, 0x63);
    attr_out(f, 0x11, 0);
    vga_render(&f->vga, &f->screen);
    return f->screen.pixels[y * f->screen.width + x];
}
static void lfb(struct vga_board *f, u32 at, u32 value, unsigned width)
{
    memory_store(&f->memory, VGA_TEST_LFB + at, value, width);
}

START_TEST(identification_and_limits)
{
    struct vga_board *f = vga_board_make();
    ck_assert_uint_eq(dispi_in(f, DISPI_ID), 0xB0C5);
    for (u16 id = 0xB0C0; id <= 0xB0C5; id++) {
        dispi_out(f, DISPI_ID, id);
        ck_assert_uint_eq(dispi_in(f, DISPI_ID), id);
    }
    dispi_out(f, DISPI_ID, 0xB0C6);
    dispi_out(f, DISPI_ID, 0);
    ck_assert_uint_eq(dispi_in(f, DISPI_ID), 0xB0C5);
    ck_assert_uint_eq(dispi_in(f, DISPI_MEMORY_64K), VGA_TEST_BYTES >> 16);
    ck_assert_uint_eq(dispi_in(f, 11), 0);
    ck_assert_uint_eq(dispi_in(f, 0xFFFF), 0);
    dispi_out(f, DISPI_XRES, 1601);
    dispi_out(f, DISPI_YRES, 0);
    dispi_out(f, DISPI_BPP, 7);
    ck_assert_uint_eq(dispi_in(f, DISPI_XRES), 640);
    ck_assert_uint_eq(dispi_in(f, DISPI_YRES), 480);
    ck_assert_uint_eq(dispi_in(f, DISPI_BPP), 8);
    dispi_out(f, DISPI_ENABLE, DISPI_GETCAPS);
    ck_assert_uint_eq(dispi_in(f, DISPI_XRES), 1600);
    ck_assert_uint_eq(dispi_in(f, DISPI_YRES), 1200);
    ck_assert_uint_eq(dispi_in(f, DISPI_BPP), 32);
    mode(f, 1600, 1200, 32, 0);                          /* needs more than 4 MiB */
    ck_assert_uint_eq(dispi_in(f, DISPI_ENABLE) & DISPI_ENABLED, 0);
    mode(f, 1600, 1200, 16, 0);
    ck_assert_uint_eq(dispi_in(f, DISPI_ENABLE), DISPI_ENABLED | DISPI_LFB);
    dispi_out(f, DISPI_XRES, 640);                       /* not while it is on */
    ck_assert_uint_eq(dispi_in(f, DISPI_XRES), 1600);
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_WIDTH), 1600);
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_HEIGHT), VGA_TEST_BYTES / 3200);
    vga_board_free(f);
}
END_TEST

START_TEST(ports_of_all_widths)
{
    struct vga_board *f = vga_board_make();
    ports_write(&f->b.ports, 0x1CE, DISPI_XRES, 2);
    ports_write(&f->b.ports, 0x1D0, 1024, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x1CF, 2), 1024);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x1D0, 2), 1024);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x1CE, 2), DISPI_XRES);
    out8(&f->b, 0x1CE, DISPI_YRES);
    out8(&f->b, 0x1CF, 0x58);
    out8(&f->b, 0x1D0, 0x02);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x1CF, 2), 600);
    vga_board_free(f);
}
END_TEST

START_TEST(each_depth)
{
    struct vga_board *f = vga_board_make();
    out8(&f->b, 0x3C8, 0x21);
    out8(&f->b, 0x3C9, 0x3F);
    out8(&f->b, 0x3C9, 0x00);
    out8(&f->b, 0x3C9, 0x2A);
    mode(f, 640, 480, 8, 0);
    lfb(f, 640 + 3, 0x21, 1);
    ck_assert_uint_eq(pixel(f, 3, 1), 0xFF00AA);
    mode(f, 640, 480, 8, DISPI_8BIT_DAC);
    lfb(f, 640 + 3, 0x21, 1);
    ck_assert_uint_eq(pixel(f, 3, 1), 0xFF00AA);
    mode(f, 640, 480, 15, 0);
    lfb(f, 1280 + 6, 0x7C01, 2);
    ck_assert_uint_eq(pixel(f, 3, 1), 0xFF0008);
    mode(f, 640, 480, 16, 0);
    lfb(f, 1280 + 6, 0x0FE0 | 0x10, 2);
    ck_assert_uint_eq(pixel(f, 3, 1), 0x08FF84);
    mode(f, 640, 480, 24, 0);
    lfb(f, 1920 + 9, 0x123456, 4);
    ck_assert_uint_eq(pixel(f, 3, 1), 0x123456);
    mode(f, 640, 480, 32, 0);
    lfb(f, 2560 + 12, 0xFF654321, 4);
    ck_assert_uint_eq(pixel(f, 3, 1), 0x654321);
    ck_assert_uint_eq(f->screen.width, 640);
    mode_set(f, &vga_mode_12);
    out8(&f->b, 0x3C8, 6);
    for (int i = 0; i < 3; i++) out8(&f->b, 0x3C9, 0x20);
    mode(f, 1024, 768, 4, 0);
    seq_out(f, 2, 6);
    dispi_out(f, DISPI_BANK, 1);
    memory_store(&f->memory, 0xA0000 + 128 * 700 + 5 - 0x10000, 0x04, 1);       /* beyond the first 64 KiB of a plane */
    ck_assert_uint_eq(pixel(f, 45, 700), 0x828282);
    ck_assert_uint_eq(pixel(f, 44, 700), 0);
    vga_board_free(f);
}
END_TEST

START_TEST(virtual_screen)
{
    struct vga_board *f = vga_board_make();
    mode(f, 640, 480, 16, 0);
    dispi_out(f, DISPI_VIRT_WIDTH, 1000);
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_WIDTH), 1000);
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_HEIGHT), VGA_TEST_BYTES / 2000);
    dispi_out(f, DISPI_X_OFFSET, 100);
    dispi_out(f, DISPI_Y_OFFSET, 50);
    lfb(f, 2000 * 51 + 2 * 103, 0xFFFF, 2);
    ck_assert_uint_eq(pixel(f, 3, 1), 0xFFFFFF);
    dispi_out(f, DISPI_X_OFFSET, 0xFFFF);                /* stays inside */
    ck_assert_uint_eq(dispi_in(f, DISPI_X_OFFSET), 360);
    dispi_out(f, DISPI_Y_OFFSET, 0xFFFF);
    ck_assert_uint_eq(dispi_in(f, DISPI_Y_OFFSET), VGA_TEST_BYTES / 2000 - 480);
    dispi_out(f, DISPI_VIRT_WIDTH, 10);                  /* not narrower than the screen */
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_WIDTH), 640);
    ck_assert_uint_eq(dispi_in(f, DISPI_X_OFFSET), 0);
    dispi_out(f, DISPI_VIRT_WIDTH, 0xFFFF);              /* too few lines would be left */
    ck_assert_uint_eq(dispi_in(f, DISPI_VIRT_WIDTH), 640);
    vga_board_free(f);
}
END_TEST

START_TEST(clearing)
{
    struct vga_board *f = vga_board_make();
    mode(f, 640, 480, 8, 0);
    lfb(f, 1000, 0x55, 1);
    mode(f, 640, 480, 8, DISPI_NOCLEARMEM);
    ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + 1000, 1), 0x55);
    mode(f, 640, 480, 8, 0);
    ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + 1000, 1), 0);
    dispi_out(f, DISPI_BANK, 0xFFFF);
    ck_assert_uint_lt(dispi_in(f, DISPI_BANK), VGA_TEST_BYTES >> 16);
    vga_board_free(f);
}
END_TEST

/* A file of nonsense loads into a mode that fits. */
START_TEST(hostile_state)
{
    struct vga_board *f = vga_board_make();
    u64 random = 5;
    for (int round = 0; round < 300; round++) {
        for (unsigned i = 0; i < DISPI_COUNT; i++) {
            random = random * 6364136223846793005 + 1442695040888963407;
            f->vga.dispi[i] = (u16)(random >> 40) % (i == DISPI_BPP ? 33 : i == DISPI_XRES ? 1700 : i == DISPI_YRES ? 1300 : 0xFFFF);
        }
        f->vga.dispi[DISPI_BPP] &= (u16)~3;
        f->vga.dispi[DISPI_ENABLE] |= DISPI_ENABLED;
        f->vga.view = (u32)(random >> 33) % 9;
        f->vga.dac_part = (u8)(random >> 20);
        f->vga.attr_index = 0x20;
        vga_class.restored(&f->vga.dev);
        vga_render(&f->vga, &f->screen);
        in8(&f->b, 0x3C9);
        memory_store(&f->memory, 0xA0000 + (random >> 10 & 0xFFFF), 1, 1);
    }
    vga_board_free(f);
}
END_TEST

Suite *dispi_suite(void)
{
    const TTest *const tests[] = {
        identification_and_limits, ports_of_all_widths, each_depth, virtual_screen, clearing, hostile_state,
    };
    return suite_of("dispi", tests, ARRAY_LEN(tests));
}
