/* What the files of the AC'97 controller share. */
#ifndef DEVICES_AC97_PARTS_H
#define DEVICES_AC97_PARTS_H
#include "devices/ac97.h"

void ac97_codec_reset(struct ac97 *chip);
/* Offsets are even, values those of the 16-bit register there. */
u16  ac97_codec_read(struct ac97 *chip, u32 offset);
void ac97_codec_write(struct ac97 *chip, u32 offset, u16 value);
/* Frames a second of a box (enum ac97_box_kind), 8000 to 48000. */
u32  ac97_codec_rate(const struct ac97 *chip, unsigned box);
audio_render ac97_render;
#endif
