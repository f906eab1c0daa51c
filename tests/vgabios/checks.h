/* INT 10h's behaviour, checked by a guest that calls it. */
#ifndef TESTS_VGABIOS_CHECKS_H
#define TESTS_VGABIOS_CHECKS_H
#include "tests/realmode/realmode.h"

/* Passes if both are equal; a line on the debug console if not. */
void expect(const char *what, u32 got, u32 wanted);

enum { BUFFER = 0x2000 };                   /* segment of 64 KiB for whatever a service fills in */

static inline u8  data8(u16 at)  { return far_read8(0x40, at); }
static inline u16 data16(u16 at) { return far_read16(0x40, at); }
static inline u16 cell(u16 column, u16 row) { return far_read16(0xB800, (u16)((row * 80 + column) * 2)); }
static inline u8 attribute(u8 index)
{
    inb(0x3DA);
    outb(0x3C0, index);
    u8 value = inb(0x3C1);
    inb(0x3DA);
    outb(0x3C0, 0x20);
    return value;
}
/* As video(), with ES:DI and ES:BP pointing to the buffer. */
void buffer_video(u16 ax, u16 bx, u16 cx, u16 dx, struct registers *after);
u8   pixel(u16 x, u16 y);

void check_text(void);
void check_graphics(void);
void check_palette(void);
void check_fonts(void);
void check_info(void);
void check_vbe(void);
void check_nonsense(void);
#endif
