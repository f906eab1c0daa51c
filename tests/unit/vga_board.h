/* A display adapter on a PCI bus without a processor, for its tests. */
#ifndef TESTS_UNIT_VGA_BOARD_H
#define TESTS_UNIT_VGA_BOARD_H
#include "devices/vga_parts.h"
#include "tests/unit/chip_board.h"
#include <stdlib.h>

enum { VGA_TEST_HZ = 100700000, VGA_TEST_RAM = 2 << 20, VGA_TEST_BYTES = 4 << 20, VGA_TEST_LFB = 0xE0000000 };

struct vga_board {
    struct chip_board b;
    struct memory     memory;
    struct pci_bus    bus;
    struct vga        vga;
    struct screen     screen;
};

/* Four cycles of the processor are one dot of 25.175 MHz. */
static inline struct vga_board *vga_board_make(void)
{
    struct vga_board *f = calloc(1, sizeof *f);
    struct error why = { "" };
    chip_board_init(&f->b, VGA_TEST_HZ);
    ck_assert_msg(memory_init_video(&f->memory, VGA_TEST_RAM, VGA_TEST_BYTES, &why), "%s", why.text);
    f->b.board.memory = &f->memory;
    memory_map_ram(&f->memory, "low", 0, 0xA0000, 0, 0);
    ck_assert(pci_bus_attach(&f->bus, &f->b.board, &why));
    f->vga.bus = &f->bus;
    chip_start(&f->b, &f->vga.dev, &vga_class, "vga");
    pci_config_write(&f->vga.pci, PCI_BAR0, VGA_TEST_LFB, 4);
    pci_config_write(&f->vga.pci, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    return f;
}
static inline void vga_board_free(struct vga_board *f)
{
    screen_free(&f->screen);
    vga_class.detach(&f->vga.dev);
    memory_destroy(&f->memory);
    free(f);
}

static inline void index_out(struct vga_board *f, u16 port, u8 index, u8 value)
{
    ports_write(&f->b.ports, port, index | value << 8, 2);
}
static inline u8 index_in(struct vga_board *f, u16 port, u8 index)
{
    out8(&f->b, port, index);
    return in8(&f->b, port + 1);
}
static inline void seq_out(struct vga_board *f, u8 index, u8 value) { index_out(f, 0x3C4, index, value); }
static inline void gc_out(struct vga_board *f, u8 index, u8 value) { index_out(f, 0x3CE, index, value); }
static inline void crtc_out(struct vga_board *f, u8 index, u8 value) { index_out(f, 0x3D4, index, value); }
/* Leaves the palette with the display. */
static inline void attr_out(struct vga_board *f, u8 index, u8 value)
{
    in8(&f->b, 0x3DA);
    out8(&f->b, 0x3C0, index);
    out8(&f->b, 0x3C0, value);
    out8(&f->b, 0x3C0, 0x20);
}
static inline void dispi_out(struct vga_board *f, u16 index, u16 value)
{
    ports_write(&f->b.ports, 0x1CE, index, 2);
    ports_write(&f->b.ports, 0x1CF, value, 2);
}
static inline u16 dispi_in(struct vga_board *f, u16 index)
{
    ports_write(&f->b.ports, 0x1CE, index, 2);
    return (u16)ports_read(&f->b.ports, 0x1CF, 2);
}

/* A mode by the values of IBM's manual. */
struct vga_mode { u8 misc, seq[5], crtc[25], gc[9], attr_mode, planes; };
static inline void mode_set(struct vga_board *f, const struct vga_mode *mode)
{
    out8(&f->b, 0x3C2, mode->misc);
    for (unsigned i = 0; i < 5; i++) seq_out(f, i, mode->seq[i]);
    crtc_out(f, 0x11, 0);
    for (unsigned i = 0; i < 25; i++) crtc_out(f, i, mode->crtc[i]);
    for (unsigned i = 0; i < 9; i++) gc_out(f, i, mode->gc[i]);
    for (unsigned i = 0; i < 16; i++) attr_out(f, i, i);
    attr_out(f, 0x10, mode->attr_mode);
    attr_out(f, 0x11, 0);
    attr_out(f, 0x12, mode->planes);
    attr_out(f, 0x13, mode->attr_mode == 0x0C ? 8 : 0);
    attr_out(f, 0x14, 0);
}
#define CRTC_640(max, offset, underline, mode, lines, compare) { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, \
    lines == 480 ? 0x0B : 0xBF, lines == 480 ? 0x3E : 0x1F, 0, max, 0, 0, 0, 0, 0, 0, lines == 480 ? 0xEA : 0x9C, \
    lines == 480 ? 0x8C : 0x8E, lines == 480 ? 0xDF : 0x8F, offset, underline, lines == 480 ? 0xE7 : 0x96, \
    lines == 480 ? 0x04 : 0xB9, mode, compare }
static const struct vga_mode vga_mode_03 = { 0x67, { 3, 0, 3, 0, 2 },
    { 0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96,
      0xB9, 0xA3, 0xFF }, { 0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF }, 0x0C, 0x0F };
static const struct vga_mode vga_mode_04 = { 0x63, { 3, 9, 3, 0, 2 },
    { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0, 0xC1, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0, 0x96, 0xB9, 0xA2,
      0xFF }, { 0, 0, 0, 0, 0, 0x30, 0x0F, 0, 0xFF }, 0x01, 0x03 };
static const struct vga_mode vga_mode_06 = { 0x63, { 3, 1, 1, 0, 6 }, CRTC_640(0xC1, 0x28, 0, 0xC2, 400, 0xFF),
    { 0, 0, 0, 0, 0, 0, 0x0D, 0, 0xFF }, 0x01, 0x01 };
static const struct vga_mode vga_mode_0d = { 0x63, { 3, 9, 0xF, 0, 6 },
    { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0, 0x96, 0xB9, 0xE3,
      0xFF }, { 0, 0, 0, 0, 0, 0, 0x05, 0x0F, 0xFF }, 0x01, 0x0F };
static const struct vga_mode vga_mode_12 = { 0xE3, { 3, 1, 0xF, 0, 6 }, CRTC_640(0x40, 0x28, 0, 0xE3, 480, 0xFF),
    { 0, 0, 0, 0, 0, 0, 0x05, 0x0F, 0xFF }, 0x01, 0x0F };
static const struct vga_mode vga_mode_13 = { 0x63, { 3, 1, 0xF, 0, 0xE }, CRTC_640(0x41, 0x28, 0x40, 0xA3, 400, 0xFF),
    { 0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF }, 0x41, 0x0F };
/* 320x240 in 256 colours, unchained: mode 13h with the lines of mode 12h. */
static const struct vga_mode vga_mode_x = { 0xE3, { 3, 1, 0xF, 0, 0x6 }, CRTC_640(0x41, 0x28, 0x00, 0xE3, 480, 0xFF),
    { 0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF }, 0x41, 0x0F };
#endif
