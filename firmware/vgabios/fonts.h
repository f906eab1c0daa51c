/* The fonts of the text modes, code page 437: a byte per row from the top, bit 7 is the leftmost pixel. Drawn in
 * font.txt; in the VGA BIOS, and in the binary for a board that starts a kernel without one. */
#ifndef FIRMWARE_VGABIOS_FONTS_H
#define FIRMWARE_VGABIOS_FONTS_H
#include "core/types.h"

extern const u8 font_8x16[256][16];
extern const u8 font_8x14[256][14];
extern const u8 font_8x8[256][8];
#endif
