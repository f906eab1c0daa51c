/* The default palettes (colours.c): a DAC's worth of six-bit red, green, blue. */
#ifndef FIRMWARE_VGABIOS_COLOURS_H
#define FIRMWARE_VGABIOS_COLOURS_H
#include "firmware/vgabios/vgabios.h"

enum dac { DAC_EGA, DAC_CGA, DAC_MONO, DAC_256 };
extern ROM u8 colours_ega[64 * 3], colours_cga[64 * 3], colours_mono[64 * 3], colours_256[256 * 3];
#endif
