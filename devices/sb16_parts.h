/* What the files of the Sound Blaster share. */
#ifndef DEVICES_SB16_PARTS_H
#define DEVICES_SB16_PARTS_H
#include "devices/sb16.h"

enum { PENDING_8 = 1, PENDING_16 = 2, PENDING_MPU = 4, SB16_LAST_STEP = 5 /* of ADPCM of 2 bits */ };

/* sb16.c: drives the interrupt line that register 80h selects. */
void sb16_irq_update(struct sb16 *sb);
/* sb16_dsp.c: ports 226h, 22Ah, 22Ch. */
void sb16_dsp_reset(struct sb16 *sb);
void sb16_dsp_write(struct sb16 *sb, u8 value);
u8   sb16_dsp_read(struct sb16 *sb);
void sb16_dsp_restored(struct sb16 *sb);
/* sb16_voice.c: sets off a transfer as sb->voice describes it; a length of blocks in bytes or words. */
void sb16_voice_start(struct sb16 *sb, struct sb16_voice voice, u32 block);
void sb16_voice_stop(struct sb16 *sb);
void sb16_voice_pause(struct sb16 *sb, bool pause);
void sb16_voice_chunk(void *self);
/* One sample at once (command 10h). */
void sb16_voice_direct(struct sb16 *sb, u8 sample);
/* sb16_mixer.c */
void sb16_mixer_reset(struct sb16 *sb);
u8   sb16_mixer_read(const struct sb16 *sb);
void sb16_mixer_write(struct sb16 *sb, u8 value);
u8   sb16_dma_channel(const struct sb16 *sb, bool wide);
audio_render sb16_render;
#endif
