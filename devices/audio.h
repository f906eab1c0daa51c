/* The room in which the sound chips' samples are mixed, in virtual time: 48000 stereo frames a second. Frame k is what is
 * heard from k / 48000 seconds on. A chip that is about to change calls audio_sync first, so that what was heard until
 * now is rendered from its old state. Nothing is rendered, and no state of a chip's sound moves, without a sink. */
#ifndef DEVICES_AUDIO_H
#define DEVICES_AUDIO_H
#include "devices/device.h"

enum { AUDIO_HZ = 48000, AUDIO_SOURCES = 8, AUDIO_FRAMES = 256, AUDIO_CHUNK = 64 };

/* Where the frames go: left, right, left, ... NULL put: nobody listens. */
struct audio_sink { void (*put)(void *self, const s16 *frames, unsigned count); void *self; };

/* Adds `frames` (1 to AUDIO_FRAMES) stereo frames from frame `first` on to `mix`; 16-bit full scale, clipped later. */
typedef void audio_render(void *self, s32 *mix, unsigned frames, u64 first);

struct audio {
    struct device     dev;
    struct audio_sink sink;                    /* set before attach */
    struct { audio_render *render; void *self; } source[AUDIO_SOURCES];
    unsigned          sources;
    u64               frame;                   /* the next to be rendered */
    struct event      slice;
};
extern const struct device_class audio_class;

/* A chip that is heard; at most AUDIO_SOURCES of them, before the machine runs. NULL audio: nowhere. */
void audio_source_add(struct audio *audio, audio_render *render, void *self);
/* Renders up to the present. NULL audio is good. */
void audio_sync(struct audio *audio);

/* PCM at a rate of its own: a chip puts the frames that are heard from now on, a chunk at a time, and they come out
 * interpolated, one sample late. */
struct audio_stream {
    s16  frame[AUDIO_CHUNK + 1][2];            /* the last of the chunk before, then this one */
    u32  count, rate;
    u64  start;                                /* cycle at which the chunk began */
};
extern const struct field audio_stream_fields[];

/* `count` frames, 1 to AUDIO_CHUNK, at `rate` Hz (1 to 192000), heard from now on in the place of what was there. */
void audio_stream_put(struct audio_stream *stream, struct audio *audio, const s16 (*frames)[2], u32 count, u32 rate);
/* Silence from now on. */
void audio_stream_stop(struct audio_stream *stream, struct audio *audio);
/* Adds the stream to a mix; volumes are 65536 for unchanged, at most 65536 * 8. */
void audio_stream_render(const struct audio_stream *stream, const struct audio *audio, s32 *mix, unsigned frames, u64 first,
                         s32 left, s32 right);
/* Makes a loaded stream one that was put. */
void audio_stream_restored(struct audio_stream *stream);
#endif
