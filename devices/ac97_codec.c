/* The codec behind the AC'97 controller, after Intel's Audio Codec '97 specification 2.1: a SigmaTel STAC9700 by its
 * identification, with variable rates. Master and PCM volume act; the other volumes are kept. */
#include "devices/ac97_parts.h"
#include <string.h>

enum { RESET = 0x00, MASTER = 0x02, HEADPHONE = 0x04, MONO = 0x06, BEEP = 0x0A, PHONE = 0x0C, MIC = 0x0E, AUX = 0x16,
       PCM = 0x18, RECORD_SELECT = 0x1A, RECORD_GAIN = 0x1C, POWER = 0x26, EXTENDED_ID = 0x28, EXTENDED = 0x2A,
       RATE_OUT = 0x2C, RATE_IN = 0x32, RATE_MIC = 0x34, VENDOR1 = 0x7C, VENDOR2 = 0x7E };
enum { MUTE = 0x8000, VARIABLE = 1, VARIABLE_MIC = 8, READY = 0x000F, RATE_MIN = 8000 };

void ac97_codec_reset(struct ac97 *chip)
{
    static const struct { u8 index; u16 value; } values[] = {
        { MASTER, MUTE }, { HEADPHONE, MUTE }, { MONO, MUTE }, { PHONE, 0x8008 }, { MIC, 0x8008 }, { 0x10, 0x8808 },
        { 0x12, 0x8808 }, { 0x14, 0x8808 }, { AUX, 0x8808 }, { PCM, 0x8808 }, { RECORD_GAIN, MUTE }, { POWER, READY },
        { EXTENDED_ID, VARIABLE | VARIABLE_MIC }, { RATE_OUT, AUDIO_HZ }, { RATE_IN, AUDIO_HZ }, { RATE_MIC, AUDIO_HZ },
        { VENDOR1, 0x8384 }, { VENDOR2, 0x7600 },
    };
    memset(chip->codec, 0, sizeof chip->codec);
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) chip->codec[values[i].index / 2] = values[i].value;
}

/* What a register can hold; those without a row are read-only. */
static u16 bits_of(unsigned index)
{
    static const struct { u8 index; u16 bits; } rows[] = {
        { MASTER, 0xBF3F }, { HEADPHONE, 0xBF3F }, { MONO, 0x803F }, { BEEP, 0x801E }, { PHONE, 0x801F }, { MIC, 0x805F },
        { 0x10, 0x9F1F }, { 0x12, 0x9F1F }, { 0x14, 0x9F1F }, { AUX, 0x9F1F }, { PCM, 0x9F1F },
        { RECORD_SELECT, 0x0707 }, { RECORD_GAIN, 0x8F0F }, { 0x20, 0x8380 }, { POWER, 0xFF00 },
        { EXTENDED, VARIABLE | VARIABLE_MIC },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].index == index) return rows[i].bits;
    return 0;
}

static bool is_rate(unsigned index) { return index == RATE_OUT || index == RATE_IN || index == RATE_MIC; }

/* Rates can be set while VRA, or VRM for the microphone's, allows it; else they are 48000. */
static void rate_write(struct ac97 *chip, unsigned index, u16 value)
{
    u16 allows = index == RATE_MIC ? VARIABLE_MIC : VARIABLE;
    if (chip->codec[EXTENDED / 2] & allows) chip->codec[index / 2] = (u16)MAX(RATE_MIN, MIN((int)value, (int)AUDIO_HZ));
}

static void rates_default(struct ac97 *chip)
{
    u16 extended = chip->codec[EXTENDED / 2];
    if (!(extended & VARIABLE)) chip->codec[RATE_OUT / 2] = chip->codec[RATE_IN / 2] = AUDIO_HZ;
    if (!(extended & VARIABLE_MIC)) chip->codec[RATE_MIC / 2] = AUDIO_HZ;
}

u16 ac97_codec_read(struct ac97 *chip, u32 offset)
{
    return offset < 2 * AC97_CODEC_WORDS ? chip->codec[offset / 2] : 0xFFFF;
}

void ac97_codec_write(struct ac97 *chip, u32 offset, u16 value)
{
    if (offset >= 2 * AC97_CODEC_WORDS) return;
    audio_sync(chip->audio);
    u16 bits = bits_of(offset), *word = &chip->codec[offset / 2];
    if (offset == RESET) ac97_codec_reset(chip);
    else if (is_rate(offset)) rate_write(chip, offset, value);
    else *word = (*word & ~bits) | (value & bits);
    rates_default(chip);
}

u32 ac97_codec_rate(const struct ac97 *chip, unsigned box)
{
    static const u8 registers[AC97_BOXES] = { RATE_IN, RATE_OUT, RATE_MIC };
    u32 rate = chip->codec[registers[box] / 2];
    return MAX((u32)RATE_MIN, MIN(rate, (u32)AUDIO_HZ));
}

/* In steps of 1.5 dB: the PCM volume's 8 is 0 dB, so are the master's 0. */
static s32 gain(const struct ac97 *chip, unsigned shift)
{
    /* from 12 dB on down; 65536 is 0 dB */
    static const s32 steps[] = {
        260904, 219523, 184706, 155410, 130762, 110022, 92572, 77890, 65536, 55142, 46396, 39037,
        32846, 27636, 23253, 19565, 16462, 13851, 11654, 9806, 8250, 6942, 5841, 4915,
        4135, 3479, 2927, 2463, 2072, 1744, 1467, 1234, 1039, 874, 735, 619,
        521, 438, 369, 310, 261, 220, 185, 155, 131, 110, 93, 78,
        66, 55, 46, 39, 33, 28, 23, 20, 16, 14, 12, 10,
        8, 7, 6, 5, 4, 3, 3, 2, 2, 2, 1, 1,
        1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    u16 master = chip->codec[MASTER / 2], pcm = chip->codec[PCM / 2];
    if ((master | pcm) & MUTE) return 0;
    return steps[(master >> shift & 0x3F) + (pcm >> shift & 0x1F)];
}

void ac97_render(void *self, s32 *mix, unsigned frames, u64 first)
{
    const struct ac97 *chip = self;
    audio_stream_render(&chip->stream, chip->audio, mix, frames, first, gain(chip, 8), gain(chip, 0));
}
