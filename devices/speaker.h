/* The PC speaker: counter 2 of the timer through the gate of port 61h. */
#ifndef DEVICES_SPEAKER_H
#define DEVICES_SPEAKER_H
#include "devices/audio.h"
#include "devices/i8254.h"

struct speaker {
    struct device dev;
    struct audio *audio;             /* set before attach; NULL: not heard */
    struct i8254 *pit;
    u64           high;              /* what i8254_speaker_high gave for the last frame */
    s32           rest;              /* where the cone would rest, times 65536 */
};
extern const struct device_class speaker_class;
#endif
