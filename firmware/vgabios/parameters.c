/* The video parameter table: the registers of every mode, IBM Personal System/2 and Personal Computer BIOS Interface
 * Technical Reference; a row of 64 bytes per mode and number of scan lines, in that book's order. */
#include "firmware/vgabios/vgabios.h"

/* Columns 40 and 80 of the 9-dot text modes and of the graphics modes; then the lines: 200, 350 and 400. */
#define H40(skew) 0x2D, 0x27, 0x28, 0x90, 0x2B, skew
#define H80 0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81
#define H80_GRAPHICS 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80
#define V400(row, start, end, pitch, underline, mode)                                                              \
    0xBF, 0x1F, 0, row, start, end, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, pitch, underline, 0x96, 0xB9, mode, 0xFF
#define V350(row, start, end, pitch, underline, mode)                                                              \
    0xBF, 0x1F, 0, row, start, end, 0, 0, 0, 0, 0x83, 0x85, 0x5D, pitch, underline, 0x63, 0xBA, mode, 0xFF
#define V480(pitch, mode) 0x0B, 0x3E, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xEA, 0x8C, 0xDF, pitch, 0, 0xE7, 0x04, mode, 0xFF

#define RGB16     0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
#define EGA16     0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F
#define CGA4      0, 0x13, 0x15, 0x17, 2, 4, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
#define MONO16    0, 8, 8, 8, 8, 8, 8, 8, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18
#define MONO4     0, 8, 0, 0, 0x18, 0x18, 0, 0, 0, 8, 0, 0, 0, 0x18, 0, 0
#define TWO(on)   0, on, on, on, on, on, on, on, on, on, on, on, on, on, on, on
#define INDEX16   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define TEXT(memory) { 0, 0, 0, 0, 0, 0x10, memory, 0, 0xFF }

#define TEXT40_200 { 40, 24, 8, 0x0800, { 9, 3, 0, 2 }, 0x63, { H40(0xA0), V400(0xC7, 6, 7, 0x14, 0x1F, 0xA3) },    \
                     { RGB16, 8, 0, 15, 0 }, TEXT(0x0E) }
#define TEXT80_200 { 80, 24, 8, 0x1000, { 1, 3, 0, 2 }, 0x63, { H80, V400(0xC7, 6, 7, 0x28, 0x1F, 0xA3) },          \
                     { RGB16, 8, 0, 15, 0 }, TEXT(0x0E) }
#define TEXT40_350 { 40, 24, 14, 0x0800, { 9, 3, 0, 2 }, 0xA3, { H40(0xA0), V350(0x4D, 11, 12, 0x14, 0x1F, 0xA3) }, \
                     { EGA16, 8, 0, 15, 0 }, TEXT(0x0E) }
#define TEXT80_350 { 80, 24, 14, 0x1000, { 1, 3, 0, 2 }, 0xA3, { H80, V350(0x4D, 11, 12, 0x28, 0x1F, 0xA3) },       \
                     { EGA16, 8, 0, 15, 0 }, TEXT(0x0E) }
#define CGA_320    { 40, 24, 8, 0x4000, { 9, 3, 0, 2 }, 0x63, { H40(0x80), V400(0xC1, 0, 0, 0x14, 0, 0xA2) },       \
                     { CGA4, 1, 0, 3, 0 }, { 0, 0, 0, 0, 0, 0x30, 0x0F, 0, 0xFF } }
#define NONE       { .columns = 0 }

ROM struct parameters parameter_table[] = {
    [0x00] = TEXT40_200, TEXT40_200, TEXT80_200, TEXT80_200,
    [0x04] = CGA_320, CGA_320,
    [0x06] = { 80, 24, 8, 0x4000, { 1, 1, 0, 6 }, 0x63, { H80_GRAPHICS, V400(0xC1, 0, 0, 0x28, 0, 0xC2) },
               { TWO(0x17), 1, 0, 1, 0 }, { 0, 0, 0, 0, 0, 0, 0x0D, 0, 0xFF } },
    [0x07] = { 80, 24, 14, 0x1000, { 0, 3, 0, 2 }, 0xA6, { H80, V350(0x4D, 11, 12, 0x28, 0x0D, 0xA3) },
               { MONO16, 14, 0, 15, 8 }, TEXT(0x0A) },
    [0x08] = NONE, NONE, NONE, NONE, NONE,
    [0x0D] = { 40, 24, 8, 0x2000, { 9, 15, 0, 6 }, 0x63, { H40(0x80), V400(0xC0, 0, 0, 0x14, 0, 0xE3) },
               { RGB16, 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF } },
    [0x0E] = { 80, 24, 8, 0x4000, { 1, 15, 0, 6 }, 0x63, { H80_GRAPHICS, V400(0xC0, 0, 0, 0x28, 0, 0xE3) },
               { RGB16, 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF } },
    [0x0F] = NONE, NONE,
    [0x11] = { 80, 24, 14, 0x8000, { 1, 15, 0, 6 }, 0xA2, { H80_GRAPHICS, V350(0x40, 0, 0, 0x28, 0x0F, 0xE3) },
               { MONO4, 11, 0, 5, 0 }, { 0, 0, 0, 0, 0, 0, 5, 5, 0xFF } },
    [0x12] = { 80, 24, 14, 0x8000, { 1, 15, 0, 6 }, 0xA3, { H80_GRAPHICS, V350(0x40, 0, 0, 0x28, 0x0F, 0xE3) },
               { EGA16, 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF } },
    [0x13] = TEXT40_350, TEXT40_350, TEXT80_350, TEXT80_350,
    [0x17] = { 40, 24, 16, 0x0800, { 8, 3, 0, 2 }, 0x67, { H40(0xA0), V400(0x4F, 13, 14, 0x14, 0x1F, 0xA3) },
               { EGA16, 12, 0, 15, 8 }, TEXT(0x0E) },
    [0x18] = { 80, 24, 16, 0x1000, { 0, 3, 0, 2 }, 0x67, { H80, V400(0x4F, 13, 14, 0x28, 0x1F, 0xA3) },
               { EGA16, 12, 0, 15, 8 }, TEXT(0x0E) },
    [0x19] = { 80, 24, 16, 0x1000, { 0, 3, 0, 2 }, 0x66, { H80, V400(0x4F, 13, 14, 0x28, 0x0F, 0xA3) },
               { MONO16, 14, 0, 15, 8 }, TEXT(0x0A) },
    [0x1A] = { 80, 29, 16, 0xA000, { 1, 15, 0, 6 }, 0xE3, { H80_GRAPHICS, V480(0x28, 0xC3) },
               { TWO(0x3F), 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 1, 0xFF } },
    [0x1B] = { 80, 29, 16, 0xA000, { 1, 15, 0, 6 }, 0xE3, { H80_GRAPHICS, V480(0x28, 0xE3) },
               { EGA16, 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF } },
    [0x1C] = { 40, 24, 8, 0x2000, { 1, 15, 0, 14 }, 0x63, { H80_GRAPHICS, V400(0x41, 0, 0, 0x28, 0x40, 0xA3) },
               { INDEX16, 0x41, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0x40, 5, 15, 0xFF } },
    /* Not IBM's: 800x600 in 16 colours, which the VBE mode 102h sets; VESA's timing in characters of 8 dots. */
    [0x1D] = { 100, 36, 16, 0xEA60, { 1, 15, 0, 6 }, 0xE3,
               { 0x7F, 0x63, 0x64, 0x82, 0x6B, 0x1B, 0x72, 0xF0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0x59, 0x8D, 0x57, 0x32, 0,
                 0x57, 0x73, 0xE3, 0xFF },
               { EGA16, 1, 0, 15, 0 }, { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF } },
};
