/* The Sound Blaster 16: DSP 4.05, CT1745 mixer, MPU-401 UART, at 220h, with the FM synthesizer beside it. */
#ifndef DEVICES_SB16_H
#define DEVICES_SB16_H
#include "devices/audio.h"
#include "devices/i8237.h"
#include "devices/opl3.h"

enum { SB16_IRQS = 4, SB16_OUT = 64 };
enum sb16_codec { SB16_PCM, SB16_ADPCM4, SB16_ADPCM26, SB16_ADPCM2, SB16_SILENCE };

/* The transfer that goes on. */
struct sb16_voice {
    bool active, paused, wide, stereo, is_signed, input, automatic, leaving;
    bool reference;                  /* ADPCM: the first byte of the block is the sample to start from */
    u8   codec;                      /* enum sb16_codec */
    u8   sample, step;               /* ADPCM: where it is */
    u8   channel;                    /* of the DMA controllers */
    u32  block, left;                /* bytes, or words if wide */
    u32  rate;
    u64  origin, played;             /* frames since a cycle */
};

struct sb16 {
    struct device       dev;
    struct i8237       *dma;         /* these three set before attach; audio NULL: not heard */
    struct audio       *audio;
    struct opl3        *fm;
    struct line         irq[SB16_IRQS];    /* IRQ 9, 5, 7, 10 */
    struct event        chunk;       /* a chunk was heard */
    struct audio_stream stream;
    struct sb16_voice   voice;
    u8                  command, parameter[3], parameters;
    u8                  out[SB16_OUT], out_first, out_count;
    u8                  mixer[256], mixer_index;
    u8                  pending;     /* bits of mixer register 82h */
    u8                  test, last;
    bool                resetting, speaker, high_speed;
    u16                 block_size;
    u32                 rate;
    bool                rate_by_constant;
    u8                  midi_in;     /* what MPU-401 answers; 0: nothing */
    bool                uart;
};
extern const struct device_class sb16_class;
#endif
