/* Modes of a VGA by the register values of IBM's manual, for its tests and the benchmark. */
#ifndef TESTS_UNIT_VGA_MODES_H
#define TESTS_UNIT_VGA_MODES_H
#include "memory/ports.h"

/* A mode by the values of IBM's manual. */
struct vga_mode { u8 misc, seq[5], crtc[25], gc[9], attr_mode, planes; };
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

static inline void vga_indexed(struct ports *ports, u16 port, const u8 *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) ports_write(ports, port, i | values[i] << 8, 2);
}
static inline void vga_attribute(struct ports *ports, u8 index, u8 value)
{
    ports_read(ports, 0x3DA, 1);
    ports_write(ports, 0x3C0, index, 1);
    ports_write(ports, 0x3C0, value, 1);
}
static inline void vga_mode_set(struct ports *ports, const struct vga_mode *mode)
{
    ports_write(ports, 0x3C2, mode->misc, 1);
    vga_indexed(ports, 0x3C4, mode->seq, sizeof mode->seq);
    ports_write(ports, 0x3D4, 0x0011, 2);
    vga_indexed(ports, 0x3D4, mode->crtc, sizeof mode->crtc);
    vga_indexed(ports, 0x3CE, mode->gc, sizeof mode->gc);
    for (unsigned i = 0; i < 16; i++) vga_attribute(ports, i, i);
    vga_attribute(ports, 0x10, mode->attr_mode);
    vga_attribute(ports, 0x11, 0);
    vga_attribute(ports, 0x12, mode->planes);
    vga_attribute(ports, 0x13, mode->attr_mode == 0x0C ? 8 : 0);
    vga_attribute(ports, 0x14, 0);
    ports_write(ports, 0x3C0, 0x20, 1);
}
#endif
