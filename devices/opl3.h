/* Yamaha's YMF262 (OPL3), the FM synthesizer of the Sound Blaster 16 and, with half of its registers, of the AdLib. */
#ifndef DEVICES_OPL3_H
#define DEVICES_OPL3_H
#include "devices/audio.h"

enum { OPL3_OPERATORS = 36, OPL3_CHANNELS = 18, OPL3_HZ = 49716 };

struct opl3_operator {
    u32 phase;                       /* 19 bits */
    u16 envelope;                    /* attenuation in steps of 0.1875 dB: 0 to 511 */
    u8  stage;                       /* attack, decay, sustain, release */
    u8  key;                         /* who holds it: bit 0 its channel, bit 1 the rhythm section */
    s16 out[2];                      /* this sample and the one before */
};

struct opl3 {
    struct device        dev;
    struct audio        *audio;      /* set before attach; NULL: not heard */
    s32                  volume[2];  /* 65536 for unchanged: the mixer's */
    u8                   reg[512];
    u16                  index;
    struct opl3_operator op[OPL3_OPERATORS];
    u32                  noise;      /* shift register of 23 bits */
    u64                  sample;     /* how many were made */
    s32                  heard[2][2];/* the last two */
    u64                  timer_start[2];    /* cycle */
    bool                 timer_runs[2];
    u8                   overflow;   /* bits 6 and 5 of the status */
};
extern const struct device_class opl3_class;

/* The four ports; the chip claims 388h-38Bh itself. */
u8   opl3_read(struct opl3 *opl, u32 port);
void opl3_write(struct opl3 *opl, u32 port, u8 value);
/* opl3_synth.c: the next sample, left and right. */
void opl3_generate(struct opl3 *opl, s32 out[2]);
/* opl3_synth.c: a register that may hold keys was written. */
void opl3_keys(struct opl3 *opl);
#endif
