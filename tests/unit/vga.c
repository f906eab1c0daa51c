/* The display adapter's registers: masks, locks, addresses, the DAC's state, retraces in virtual time, saved state. */
#include "tests/unit/vga_board.h"

/* ---- registers ---- */
static void check_bits(struct vga_board *f, u16 port, u8 index, u8 bits)
{
    index_out(f, port, index, 0xFF);
    ck_assert_msg(index_in(f, port, index) == bits, "port %x index %x: %x", port, index, index_in(f, port, index));
    index_out(f, port, index, 0);
    ck_assert_uint_eq(index_in(f, port, index), 0);
}

START_TEST(register_masks)
{
    static const u8 seq[] = { 0x03, 0x3D, 0x0F, 0x3F, 0x0E, 0, 0, 0 };
    static const u8 gc[] = { 0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF, 0, 0 };
    struct vga_board *f = vga_board_make();
    out8(&f->b, 0x3C2, 0xFF);
    ck_assert_uint_eq(in8(&f->b, 0x3CC), 0xEF);
    for (unsigned i = 0; i < sizeof seq; i++) check_bits(f, 0x3C4, i, seq[i]);
    for (unsigned i = 0; i < sizeof gc; i++) check_bits(f, 0x3CE, i, gc[i]);
    for (unsigned i = 0; i < 0x19; i++)
        check_bits(f, 0x3D4, i, i == 0x0A ? 0x3F : i == 8 || i == 0x0B || i == 0x14 ? 0x7F : i == 0x17 ? 0xEF : 0xFF);
    check_bits(f, 0x3D4, 0x19, 0);
    check_bits(f, 0x3D4, 0x3F, 0);
    out8(&f->b, 0x3DA, 0xFF);
    ck_assert_uint_eq(in8(&f->b, 0x3CA), 0x0B);
    ck_assert_uint_eq(in8(&f->b, 0x3C2) & 0x10, 0x10);
    vga_board_free(f);
}
END_TEST

START_TEST(colour_and_mono_addresses)
{
    struct vga_board *f = vga_board_make();
    out8(&f->b, 0x3C2, 0x00);
    index_out(f, 0x3B4, 0x0F, 0x55);
    ck_assert_uint_eq(index_in(f, 0x3B4, 0x0F), 0x55);
    ck_assert_uint_eq(in8(&f->b, 0x3D5), 0xFF);
    ck_assert_uint_eq(in8(&f->b, 0x3DA), 0xFF);
    out8(&f->b, 0x3BA, 0x03);
    ck_assert_uint_eq(in8(&f->b, 0x3CA), 0x03);
    out8(&f->b, 0x3DA, 0x00);
    ck_assert_uint_eq(in8(&f->b, 0x3CA), 0x03);
    out8(&f->b, 0x3C2, 0x01);
    ck_assert_uint_eq(in8(&f->b, 0x3D5), 0x55);
    index_out(f, 0x3B4, 0x0F, 0x66);
    ck_assert_uint_eq(in8(&f->b, 0x3D5), 0x55);
    ck_assert_uint_eq(in8(&f->b, 0x3B4), 0xFF);
    vga_board_free(f);
}
END_TEST

START_TEST(crtc_write_protection)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_03);
    crtc_out(f, 0x11, 0x80);
    for (unsigned i = 0; i < 8; i++) crtc_out(f, i, 0);
    for (unsigned i = 0; i < 7; i++) ck_assert_uint_eq(index_in(f, 0x3D4, i), vga_mode_03.crtc[i]);
    ck_assert_uint_eq(index_in(f, 0x3D4, 7), 0x0F);              /* bit 8 of line compare is free */
    crtc_out(f, 8, 3);
    ck_assert_uint_eq(index_in(f, 0x3D4, 8), 3);
    crtc_out(f, 0x11, 0x00);
    crtc_out(f, 0, 9);
    ck_assert_uint_eq(index_in(f, 0x3D4, 0), 9);
    vga_board_free(f);
}
END_TEST

START_TEST(attribute_flip_flop)
{
    struct vga_board *f = vga_board_make();
    out8(&f->b, 0x3C2, 0x01);
    in8(&f->b, 0x3DA);
    out8(&f->b, 0x3C0, 0x03);
    ck_assert_uint_eq(index_in(f, 0x3D4, 0x24), 0x80);
    out8(&f->b, 0x3C0, 0x7F);
    ck_assert_uint_eq(index_in(f, 0x3D4, 0x24), 0);
    ck_assert_uint_eq(in8(&f->b, 0x3C1), 0x3F);
    ck_assert_uint_eq(in8(&f->b, 0x3C0), 0x03);
    out8(&f->b, 0x3C0, 0x31);                                   /* an index */
    in8(&f->b, 0x3DA);                                          /* and what follows is one again */
    out8(&f->b, 0x3C0, 0x23);
    out8(&f->b, 0x3C0, 0x11);                                   /* the palette is the display's: not taken */
    ck_assert_uint_eq(in8(&f->b, 0x3C1), 0x3F);
    out8(&f->b, 0x3C0, 0x31);
    out8(&f->b, 0x3C0, 0x77);                                   /* overscan is no palette register */
    ck_assert_uint_eq(in8(&f->b, 0x3C1), 0x77);
    vga_board_free(f);
}
END_TEST

/* ---- DAC ---- */
static void colour_out(struct vga_board *f, u8 index, u8 r, u8 g, u8 b)
{
    out8(&f->b, 0x3C8, index);
    out8(&f->b, 0x3C9, r);
    out8(&f->b, 0x3C9, g);
    out8(&f->b, 0x3C9, b);
}

START_TEST(dac_state)
{
    struct vga_board *f = vga_board_make();
    colour_out(f, 7, 1, 2, 0xC3);
    ck_assert_uint_eq(in8(&f->b, 0x3C8), 8);                    /* goes on */
    ck_assert_uint_eq(in8(&f->b, 0x3C7), 0);
    out8(&f->b, 0x3C9, 0x11);
    out8(&f->b, 0x3C9, 0x12);                                   /* two thirds of a colour change none */
    out8(&f->b, 0x3C7, 7);
    ck_assert_uint_eq(in8(&f->b, 0x3C7), 3);
    ck_assert_uint_eq(in8(&f->b, 0x3C8), 8);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 1);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 2);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 3);                    /* six bits */
    ck_assert_uint_eq(in8(&f->b, 0x3C8), 9);
    for (int i = 0; i < 3; i++) ck_assert_uint_eq(in8(&f->b, 0x3C9), 0);
    colour_out(f, 255, 9, 9, 9);
    ck_assert_uint_eq(in8(&f->b, 0x3C8), 0);
    dispi_out(f, DISPI_ENABLE, DISPI_8BIT_DAC);
    out8(&f->b, 0x3C7, 7);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 4);                    /* the same colour, in eight bits */
    colour_out(f, 7, 0xFF, 0x80, 0x7F);
    out8(&f->b, 0x3C7, 7);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 0xFF);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 0x80);
    dispi_out(f, DISPI_ENABLE, 0);
    out8(&f->b, 0x3C7, 7);
    ck_assert_uint_eq(in8(&f->b, 0x3C9), 0x3F);
    out8(&f->b, 0x3C6, 0x5A);
    ck_assert_uint_eq(in8(&f->b, 0x3C6), 0x5A);
    vga_board_free(f);
}
END_TEST

/* ---- time ---- */
static u8 status_at(struct vga_board *f, u64 dot)
{
    run_to(&f->b, dot * 4);
    return in8(&f->b, 0x3DA);
}

/* Mode 12h: 800 dots a line, 640 of them shown; 525 lines, 480 shown, retrace in lines 490 and 491. */
START_TEST(retrace_to_the_dot)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_12);
    vga_beam_reset(&f->vga);
    ck_assert_uint_eq(status_at(f, 0), 0);
    ck_assert_uint_eq(status_at(f, 639), 0);
    ck_assert_uint_eq(status_at(f, 640), 1);
    ck_assert_uint_eq(status_at(f, 799), 1);
    ck_assert_uint_eq(status_at(f, 800), 0);
    ck_assert_uint_eq(status_at(f, 800 * 479 + 639), 0);
    ck_assert_uint_eq(status_at(f, 800 * 480), 1);
    ck_assert_uint_eq(status_at(f, 800 * 490 - 1), 1);
    ck_assert_uint_eq(vga_beam(&f->vga).frame, 0);
    ck_assert_uint_eq(status_at(f, 800 * 490), 9);
    ck_assert_uint_eq(vga_beam(&f->vga).frame, 1);
    ck_assert_uint_eq(status_at(f, 800 * 492 - 1), 9);
    ck_assert_uint_eq(status_at(f, 800 * 492), 1);
    ck_assert_uint_eq(status_at(f, 800 * 525 - 1), 1);
    ck_assert_uint_eq(status_at(f, 800 * 525), 0);
    ck_assert_uint_eq(status_at(f, 800 * 525 * 1000ull + 639), 0);
    ck_assert_uint_eq(status_at(f, 800 * 525 * 1000ull + 640), 1);
    ck_assert_uint_eq(vga_beam(&f->vga).frame, 1000);
    vga_board_free(f);
}
END_TEST

/* The beam stays where it is when the timing changes, and frames go on being counted. */
START_TEST(timing_changes_under_way)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_12);
    vga_beam_reset(&f->vga);
    status_at(f, 800 * 525 * 3 + 800 * 100 + 50);
    crtc_out(f, 0x11, 0x0C);
    crtc_out(f, 0x00, 0x5F + 50);                               /* lines of 1200 dots */
    struct vga_beam beam = vga_beam(&f->vga);
    ck_assert_uint_eq(beam.frame, 3);
    ck_assert_uint_eq(beam.line, 100);
    ck_assert_uint_eq(beam.dot, 50);
    run_to(&f->b, clock_now(&f->b.clock) + 4 * 1200 * 390);
    ck_assert_uint_eq(vga_beam(&f->vga).line, 490);
    ck_assert_uint_eq(vga_beam(&f->vga).frame, 4);
    out8(&f->b, 0x3C2, 0x67);                                   /* 28.322 MHz */
    run_ns(&f->b, 1000000000);
    ck_assert_uint_eq(vga_beam(&f->vga).frame, 4 + 28322000 / (1200 * 525));
    seq_out(f, 1, 0x09);                                        /* half that clock */
    u64 frame = vga_beam(&f->vga).frame;
    run_ns(&f->b, 1000000000);
    ck_assert_uint_eq((vga_beam(&f->vga).frame - frame) / 2, 28322000 / (1200 * 525) / 4);
    vga_board_free(f);
}
END_TEST

START_TEST(start_address_waits_for_the_retrace)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_12);
    vga_beam_reset(&f->vga);
    crtc_out(f, 0x0C, 0x12);
    crtc_out(f, 0x0D, 0x34);
    status_at(f, 800 * 490 - 1);
    ck_assert_uint_eq(vga_start(&f->vga), 0);
    status_at(f, 800 * 490);
    ck_assert_uint_eq(vga_start(&f->vga), 0x1234);
    crtc_out(f, 0x0C, 0x56);
    ck_assert_uint_eq(vga_start(&f->vga), 0x1234);
    crtc_out(f, 0x0C, 0x57);
    status_at(f, 800 * (490 + 525));
    ck_assert_uint_eq(vga_start(&f->vga), 0x5734);
    vga_board_free(f);
}
END_TEST

/* ---- PCI ---- */
START_TEST(register_page)
{
    enum { PAGE = 0xF0000000 };
    struct vga_board *f = vga_board_make();
    pci_config_write(&f->vga.pci, PCI_BAR0 + 8, PAGE, 4);
    ck_assert_uint_eq(pci_config_get(&f->vga.pci, 0, 4), 0x11111234);
    ck_assert_uint_eq(pci_config_get(&f->vga.pci, 8, 4) >> 8, 0x030000);
    ck_assert_uint_eq(pci_config_get(&f->vga.pci, PCI_BAR0, 4), VGA_TEST_LFB | 8);
    memory_store(&f->memory, PAGE + 0x402, 0x67, 1);
    ck_assert_uint_eq(in8(&f->b, 0x3CC), 0x67);
    memory_store(&f->memory, PAGE + 0x404, 0x0502, 2);
    ck_assert_uint_eq(index_in(f, 0x3C4, 2), 5);
    memory_store(&f->memory, PAGE + 0x502, 800, 2);
    ck_assert_uint_eq(dispi_in(f, DISPI_XRES), 800);
    ck_assert_uint_eq(memory_load(&f->memory, PAGE + 0x500, 4), 800 << 16 | 0xB0C5);
    ck_assert_uint_eq(memory_load(&f->memory, PAGE + 0x600, 4), 8);
    ck_assert_uint_eq(memory_load(&f->memory, PAGE + 0x604, 4), 0x1E1E1E1E);
    ck_assert_uint_eq(memory_load(&f->memory, PAGE, 4), 0);
    vga_board_free(f);
}
END_TEST

START_TEST(state_survives)
{
    struct vga_board *f = vga_board_make(), *g = vga_board_make();
    mode_set(f, &vga_mode_12);
    colour_out(f, 3, 1, 2, 3);
    run_to(&f->b, 123456789);
    crtc_out(f, 0x0C, 0x12);
    run_to(&g->b, 123456789);
    check_save_load(&f->vga.dev, &g->vga.dev);
    struct vga_beam a = vga_beam(&f->vga), b = vga_beam(&g->vga);
    ck_assert(a.frame == b.frame && a.line == b.line && a.dot == b.dot);
    memory_store(&g->memory, VGA_TEST_LFB + 5, 0x5A, 1);
    ck_assert_uint_eq(memory_video(&g->memory)[5], 0x5A);
    vga_board_free(f);
    vga_board_free(g);
}
END_TEST

Suite *vga_suite(void)
{
    const TTest *const tests[] = {
        register_masks, colour_and_mono_addresses, crtc_write_protection, attribute_flip_flop, dac_state,
        retrace_to_the_dot, timing_changes_under_way, start_address_waits_for_the_retrace, register_page, state_survives,
    };
    return suite_of("vga", tests, ARRAY_LEN(tests));
}
