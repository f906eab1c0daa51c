/* What a mode set loads into the DAC: IBM's default palettes, six bits per colour. */
#include "firmware/vgabios/vgabios.h"
#include "firmware/vgabios/colours.h"

/* The EGA's 64 colours: bits rgbRGB, the small letters a third of the intensity. */
#define EGA(n) (n >> 2 & 1) * 42 + (n >> 5 & 1) * 21, (n >> 1 & 1) * 42 + (n >> 4 & 1) * 21, \
               (n & 1) * 42 + (n >> 3 & 1) * 21
#define EGA4(n) EGA((n)), EGA((n + 1)), EGA((n + 2)), EGA((n + 3))
#define EGA16(n) EGA4(n), EGA4(n + 4), EGA4(n + 8), EGA4(n + 12)
ROM u8 colours_ega[64 * 3] = { EGA16(0), EGA16(16), EGA16(32), EGA16(48) };

/* The CGA's 16, whose sixth is brown, as the 200-line modes number them. */
#define DARK 0, 0, 0,  0, 0, 42,  0, 42, 0,  0, 42, 42,  42, 0, 0,  42, 0, 42,  42, 21, 0,  42, 42, 42
#define LIGHT 21, 21, 21,  21, 21, 63,  21, 63, 21,  21, 63, 63,  63, 21, 21,  63, 21, 63,  63, 63, 21,  63, 63, 63
ROM u8 colours_cga[64 * 3] = { DARK, DARK, LIGHT, LIGHT, DARK, DARK, LIGHT, LIGHT };

#define GRAY(n) n, n, n
#define EIGHT(n) GRAY(n), GRAY(n), GRAY(n), GRAY(n), GRAY(n), GRAY(n), GRAY(n), GRAY(n)
#define MONO EIGHT(0), EIGHT(42), EIGHT(0), EIGHT(63)
ROM u8 colours_mono[64 * 3] = { MONO, MONO };

/* Mode 13h: the CGA's 16, 16 grays, and three intensities of three saturations of 24 hues. */
#define HUES(a, b, c, d, e)                                                                                        \
    a, a, e,  b, a, e,  c, a, e,  d, a, e,  e, a, e,  e, a, d,  e, a, c,  e, a, b,                                 \
    e, a, a,  e, b, a,  e, c, a,  e, d, a,  e, e, a,  d, e, a,  c, e, a,  b, e, a,                                 \
    a, e, a,  a, e, b,  a, e, c,  a, e, d,  a, e, e,  a, d, e,  a, c, e,  a, b, e
ROM u8 colours_256[256 * 3] = {
    DARK, LIGHT,
    GRAY(0), GRAY(5), GRAY(8), GRAY(11), GRAY(14), GRAY(17), GRAY(20), GRAY(24), GRAY(28), GRAY(32), GRAY(36), GRAY(40),
    GRAY(45), GRAY(50), GRAY(56), GRAY(63),
    HUES(0, 16, 31, 47, 63), HUES(31, 39, 47, 55, 63), HUES(45, 49, 54, 58, 63),
    HUES(0, 7, 14, 21, 28), HUES(14, 17, 21, 24, 28), HUES(20, 22, 24, 26, 28),
    HUES(0, 4, 8, 12, 16), HUES(8, 10, 12, 14, 16), HUES(11, 12, 13, 15, 16),
};
