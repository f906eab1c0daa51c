/* The CT1745 mixer: volumes of master, voice and FM with the registers of the SB Pro as other views of them, and what
 * selects interrupt and DMA channels. The other volumes, tone and gain of inputs are kept and have nothing to act on. */
#include "devices/sb16_parts.h"
#include <string.h>

enum { MIXER_RESET = 0x00, PRO_VOICE = 0x04, PRO_MIC = 0x0A, PRO_STEREO = 0x0E, PRO_MASTER = 0x22, PRO_FM = 0x26,
       PRO_CD = 0x28, PRO_LINE = 0x2E, MASTER = 0x30, VOICE = 0x32, FM = 0x34, CD = 0x36, LINE = 0x38, MIC = 0x3A,
       OUT_GAIN = 0x41, IRQ_SELECT = 0x80, DMA_SELECT = 0x81, IRQ_STATUS = 0x82 };

/* An SB Pro register of two times four bits is the upper bits of a pair. */
static u8 pair_of(u8 index)
{
    static const u8 pairs[][2] = { { PRO_VOICE, VOICE }, { PRO_MASTER, MASTER }, { PRO_FM, FM }, { PRO_CD, CD },
                                   { PRO_LINE, LINE } };
    for (unsigned i = 0; i < ARRAY_LEN(pairs); i++)
        if (pairs[i][0] == index) return pairs[i][1];
    return 0;
}

static s32 gain(const struct sb16 *sb, u8 volume, unsigned side)
{
    /* 2 dB a step, 65536 is 0 dB */
    static const s32 steps[32] = {
        52, 66, 83, 104, 131, 165, 207, 261,
        328, 414, 521, 655, 825, 1039, 1308, 1646,
        2072, 2609, 3285, 4135, 5206, 6554, 8250, 10387,
        13076, 16462, 20724, 26090, 32846, 41350, 52057, 65536
    };
    s64 product = (s64)steps[sb->mixer[volume + side] >> 3] * steps[sb->mixer[MASTER + side] >> 3] >> 16;
    return (s32)(product << (sb->mixer[OUT_GAIN + side] >> 6));
}

static void fm_volume(struct sb16 *sb)
{
    for (unsigned side = 0; side < 2; side++) sb->fm->volume[side] = gain(sb, FM, side);
}

void sb16_render(void *self, s32 *mix, unsigned frames, u64 first)
{
    const struct sb16 *sb = self;
    audio_stream_render(&sb->stream, sb->audio, mix, frames, first, gain(sb, VOICE, 0), gain(sb, VOICE, 1));
}

void sb16_mixer_reset(struct sb16 *sb)
{
    static const struct { u8 first, last, value; } values[] = {
        { MASTER, FM + 1, 0xC0 }, { 0x3C, 0x3C, 0x1F }, { 0x3D, 0x3D, 0x15 }, { 0x3E, 0x3E, 0x0B }, { 0x44, 0x47, 0x80 },
    };
    u8 irq = sb->mixer[IRQ_SELECT], dma = sb->mixer[DMA_SELECT];
    memset(sb->mixer, 0, sizeof sb->mixer);
    for (unsigned i = 0; i < ARRAY_LEN(values); i++)
        memset(sb->mixer + values[i].first, values[i].value, values[i].last - values[i].first + 1u);
    sb->mixer[IRQ_SELECT] = irq;
    sb->mixer[DMA_SELECT] = dma;
    fm_volume(sb);
}

u8 sb16_mixer_read(const struct sb16 *sb)
{
    u8 index = sb->mixer_index, pair = pair_of(index);
    if (pair) return (u8)((sb->mixer[pair] & 0xF0) | sb->mixer[pair + 1] >> 4);
    if (index == PRO_MIC) return sb->mixer[MIC] >> 5;
    if (index == IRQ_STATUS) return sb->pending | 0x20;
    return sb->mixer[index];
}

/* Bits that a register has; those without a row have none. */
static u8 bits_of(u8 index)
{
    static const struct { u8 first, last, bits; } rows[] = {
        { PRO_STEREO, PRO_STEREO, 0x22 }, { MASTER, 0x3A, 0xF8 }, { 0x3B, 0x3B, 0xC0 }, { 0x3C, 0x3C, 0x1F },
        { 0x3D, 0x3E, 0x7F }, { 0x3F, 0x42, 0xC0 }, { 0x43, 0x43, 0x01 }, { 0x44, 0x47, 0xF0 },
        { IRQ_SELECT, IRQ_SELECT, 0x0F }, { DMA_SELECT, DMA_SELECT, 0xEB },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        if (index >= rows[i].first && index <= rows[i].last) return rows[i].bits;
    return 0;
}

void sb16_mixer_write(struct sb16 *sb, u8 value)
{
    u8 index = sb->mixer_index, pair = pair_of(index);
    audio_sync(sb->audio);
    if (index == MIXER_RESET) {
        sb16_mixer_reset(sb);
    } else if (pair) {
        sb->mixer[pair] = (value & 0xF0) | (value >> 4 & 0x08);
        sb->mixer[pair + 1] = (u8)(value << 4) | (value & 0x08);
    } else if (index == PRO_MIC) {
        sb->mixer[MIC] = (u8)(value << 5);
    } else {
        u8 bits = bits_of(index);
        sb->mixer[index] = (sb->mixer[index] & ~bits) | (value & bits);
    }
    fm_volume(sb);
    sb16_irq_update(sb);
}

/* The lowest channel selected; without a 16-bit one the words go through the 8-bit one. */
u8 sb16_dma_channel(const struct sb16 *sb, bool wide)
{
    u8 select = sb->mixer[DMA_SELECT];
    for (u8 i = 5; wide && i < 8; i++)
        if (select >> i & 1) return i;
    for (u8 i = 0; i < 4; i++)
        if (i != 2 && select >> i & 1) return i;
    return 1;
}
