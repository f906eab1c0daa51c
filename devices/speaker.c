/* The speaker of a PC, after IBM's Technical Reference, Personal Computer AT (1984): the output of counter 2, let through
 * by bit 1 of port 61h. A sample is the share of its time in which the line was high, counted in the timer's pulses, so
 * that pulse width modulation gives the sound that it is meant to give. A cone does not stay where a constant level
 * puts it: the mean is taken away with a time constant of 21 ms. */
#include "devices/speaker.h"

enum { AMPLITUDE = 12000, REST_SHIFT = 10 };

static s32 level(struct speaker *speaker, u64 frame)
{
    u64 from = muldiv(frame, I8254_HZ, AUDIO_HZ), to = muldiv(frame + 1, I8254_HZ, AUDIO_HZ);
    u64 high = i8254_speaker_high(speaker->pit, to), pulses = MIN(high - speaker->high, to - from);
    speaker->high = high;
    return (s32)(pulses * AMPLITUDE / (to - from));
}

static void speaker_render(void *self, s32 *mix, unsigned frames, u64 first)
{
    struct speaker *speaker = self;
    for (unsigned i = 0; i < frames; i++) {
        s32 now = level(speaker, first + i);
        s32 sample = now - (speaker->rest >> 16);
        speaker->rest += sample * (1 << (16 - REST_SHIFT));
        mix[2 * i] += sample;
        mix[2 * i + 1] += sample;
    }
}

static void before_change(void *self) { audio_sync(((struct speaker *)self)->audio); }

static bool speaker_attach(struct device *dev, struct error *why)
{
    struct speaker *speaker = container_of(dev, struct speaker, dev);
    (void)why;
    if (!speaker->audio || !speaker->audio->sink.put) return true;
    speaker->pit->listener = before_change;
    speaker->pit->listener_self = speaker;
    audio_source_add(speaker->audio, speaker_render, speaker);
    return true;
}

static void speaker_reset(struct device *dev, enum reset_kind kind)
{
    (void)dev, (void)kind;
}

/* The cone's place is at most the amplitude. */
static void speaker_restored(struct device *dev)
{
    struct speaker *speaker = container_of(dev, struct speaker, dev);
    speaker->rest = MAX(-AMPLITUDE * 65536, MIN(AMPLITUDE * 65536, speaker->rest));
}

static const struct field speaker_fields[] = {
    FIELD_NONE(struct speaker, dev, "wiring"),
    FIELD_NONE(struct speaker, audio, "wiring"),
    FIELD_NONE(struct speaker, pit, "wiring"),
    FIELD(struct speaker, high, "pulses in which the line was high"),
    FIELD(struct speaker, rest, "mean level"),
    FIELD_END
};

const struct device_class speaker_class = {
    .name = "speaker", .size = sizeof(struct speaker), .fields = speaker_fields,
    .attach = speaker_attach, .reset = speaker_reset, .restored = speaker_restored,
};
