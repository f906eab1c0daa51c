/* What surrounds the 2048 bytes of a mode 1 sector on the disc: ECMA-130 chapter 14 (sync, header), 14.3 (EDC), annex A
 * (the product code of P and Q parity). */
#include "devices/atapi.h"
#include <string.h>

enum { HEADER = 12, DATA = 16, EDC = DATA + ATAPI_SECTOR, EDC_BYTES = 4, P_PARITY = 2076, Q_PARITY = 2248 };
enum { WORDS = (Q_PARITY - HEADER) / 2 };         /* of the product code; P parity included, as Q is over it too */
enum { P_VECTORS = 43, P_LENGTH = 24, Q_VECTORS = 26, Q_LENGTH = 43 };
enum { FIELD_POLYNOMIAL = 0x11D, INVERSE_OF_3 = 0xF4 };    /* GF(2^8) */
#define EDC_POLYNOMIAL 0xD8018001u                /* (x^16+x^15+x^2+1)(x^16+x^2+x+1), low bit first */

static u8 bcd(u32 value) { return (u8)(value / 10 % 10 << 4 | value % 10); }

static u8 times_2(u8 a) { return (u8)(a << 1 ^ (a & 0x80 ? FIELD_POLYNOMIAL : 0)); }

static u8 product(u8 a, u8 b)
{
    u8 sum = 0;
    for (; b; b >>= 1, a = times_2(a))
        if (b & 1) sum ^= a;
    return sum;
}

static u32 edc_of(const u8 *bytes, u32 length)
{
    u32 edc = 0;
    for (u32 i = 0; i < length; i++) {
        edc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) edc = edc >> 1 ^ (edc & 1 ? EDC_POLYNOMIAL : 0);
    }
    return edc;
}

/* Two parity bytes for the vector of `length` words that starts at word `first` and goes on in steps, in one of the two
 * byte planes: the sum of all is zero, and so is the sum weighted by the powers of 2 from the end. */
static void parity_put(const u8 *plane, u32 first, u32 step, u32 length, u8 *parity, u32 distance)
{
    u8 sum = 0, weighted = 0;
    for (u32 i = 0, word = first; i < length; i++, word = (word + step) % WORDS) {
        sum ^= plane[2 * word];
        weighted = times_2(weighted ^ plane[2 * word]);
    }
    weighted = times_2(weighted);
    parity[0] = product(sum ^ weighted, INVERSE_OF_3);
    parity[distance] = sum ^ parity[0];
}

void atapi_sector_frame(u8 raw[ATAPI_RAW_SECTOR], u32 sector)
{
    u32 frame = sector + ATAPI_LEAD_IN, minute = frame / (60 * ATAPI_FRAMES);
    memset(raw, 0, HEADER);
    memset(raw + 1, 0xFF, HEADER - 2);
    raw[HEADER] = bcd(minute);
    raw[HEADER + 1] = bcd(frame / ATAPI_FRAMES % 60);
    raw[HEADER + 2] = bcd(frame % ATAPI_FRAMES);
    raw[HEADER + 3] = 1;
    memset(raw + EDC, 0, ATAPI_RAW_SECTOR - EDC);
    u32 edc = edc_of(raw, EDC);
    for (int i = 0; i < EDC_BYTES; i++) raw[EDC + i] = (u8)(edc >> 8 * i);
    for (u32 plane = 0; plane < 2; plane++) {
        for (u32 n = 0; n < P_VECTORS; n++)
            parity_put(raw + HEADER + plane, n, P_VECTORS, P_LENGTH, raw + P_PARITY + 2 * n + plane, 2 * P_VECTORS);
        for (u32 n = 0; n < Q_VECTORS; n++)
            parity_put(raw + HEADER + plane, P_VECTORS * n, P_VECTORS + 1, Q_LENGTH, raw + Q_PARITY + 2 * n + plane,
                       2 * Q_VECTORS);
    }
}
