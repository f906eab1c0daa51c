/* A display adapter on a PCI bus without a processor, for its tests. */
#ifndef TESTS_UNIT_VGA_BOARD_H
#define TESTS_UNIT_VGA_BOARD_H
#include "devices/vga_parts.h"
#include "tests/unit/chip_board.h"
#include "tests/unit/vga_modes.h"
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

static inline void mode_set(struct vga_board *f, const struct vga_mode *mode) { vga_mode_set(&f->b.ports, mode); }
#endif
