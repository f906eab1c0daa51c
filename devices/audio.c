/* The mixer of all sound chips and the resampler of the PCM ones (devices/audio.h). Integers only: the samples are the
 * same on every host. Rates are changed by linear interpolation; nothing is filtered. */
#include "devices/audio.h"
#include <string.h>

enum { SLICE_FRAMES = 480, RATE_MAX = 192000 };

void audio_source_add(struct audio *audio, audio_render *render, void *self)
{
    if (!audio || audio->sources == AUDIO_SOURCES) return;
    audio->source[audio->sources].render = render;
    audio->source[audio->sources++].self = self;
}

static s16 clip(s32 value) { return (s16)MAX(-32768, MIN(32767, value)); }

static void frames_render(struct audio *audio, unsigned frames)
{
    s32 mix[2 * AUDIO_FRAMES];
    s16 out[2 * AUDIO_FRAMES];
    memset(mix, 0, sizeof mix);
    for (unsigned i = 0; i < audio->sources; i++)
        audio->source[i].render(audio->source[i].self, mix, frames, audio->frame);
    for (unsigned i = 0; i < 2 * frames; i++) out[i] = clip(mix[i]);
    audio->sink.put(audio->sink.self, out, frames);
    audio->frame += frames;
}

void audio_sync(struct audio *audio)
{
    if (!audio || !audio->sink.put) return;
    const struct clock *clock = audio->dev.board->clock;
    u64 until = ticks_at(clock, clock_now(clock), AUDIO_HZ);
    while (audio->frame < until) frames_render(audio, (unsigned)MIN(until - audio->frame, (u64)AUDIO_FRAMES));
}

static void slice_arm(struct audio *audio)
{
    struct clock *clock = audio->dev.board->clock;
    u64 next = ticks_at(clock, clock_now(clock), AUDIO_HZ) / SLICE_FRAMES + 1;
    event_at(clock, &audio->slice, cycle_of(clock, next * SLICE_FRAMES, AUDIO_HZ));
}

static void slice(void *self)
{
    audio_sync(self);
    slice_arm(self);
}

/* ---- streams ---- */
void audio_stream_put(struct audio_stream *stream, struct audio *audio, const s16 (*frames)[2], u32 count, u32 rate)
{
    audio_sync(audio);
    memcpy(stream->frame[0], stream->frame[stream->count], sizeof stream->frame[0]);
    memcpy(stream->frame[1], frames, count * sizeof stream->frame[0]);
    stream->count = count;
    stream->rate = rate;
    stream->start = clock_now(audio->dev.board->clock);
}

void audio_stream_stop(struct audio_stream *stream, struct audio *audio)
{
    audio_sync(audio);
    memset(stream, 0, sizeof *stream);
}

/* Where the chunk is at the start of a frame, in samples of 16.16; stays at its last one. */
static u32 stream_position(const struct audio_stream *stream, const struct clock *clock, u64 frame)
{
    u64 cycle = cycle_of(clock, frame, AUDIO_HZ), passed = cycle > stream->start ? cycle - stream->start : 0;
    u64 position = muldiv(passed, (u64)stream->rate << 16, clock->hz);
    return (u32)MIN(position, (u64)stream->count << 16);
}

void audio_stream_render(const struct audio_stream *stream, const struct audio *audio, s32 *mix, unsigned frames, u64 first,
                         s32 left, s32 right)
{
    const struct clock *clock = audio->dev.board->clock;
    const s32 volume[2] = { left, right };
    for (unsigned i = 0; stream->count && i < frames; i++) {
        u32 position = stream_position(stream, clock, first + i), at = position >> 16, next = MIN(at + 1, stream->count);
        for (int side = 0; side < 2; side++) {
            s32 a = stream->frame[at][side], b = stream->frame[next][side];
            s32 sample = a + (s32)((s64)(b - a) * (position & 0xFFFF) >> 16);
            mix[2 * i + side] += (s32)((s64)sample * volume[side] >> 16);
        }
    }
}

void audio_stream_restored(struct audio_stream *stream)
{
    stream->count = MIN(stream->count, (u32)AUDIO_CHUNK);
    stream->rate = MIN(stream->rate, (u32)RATE_MAX);
}

const struct field audio_stream_fields[] = {
    FIELD_RAW(struct audio_stream, frame, "samples under way"),
    FIELD(struct audio_stream, count, "how many"),
    FIELD(struct audio_stream, rate, "samples a second"),
    FIELD(struct audio_stream, start, "cycle of the first"),
    FIELD_END
};

/* ---- the room ---- */
static bool audio_attach(struct device *dev, struct error *why)
{
    struct audio *audio = container_of(dev, struct audio, dev);
    (void)why;
    event_init(&audio->slice, dev->board->clock, "sound", slice, audio);
    if (audio->sink.put) slice_arm(audio);
    return true;
}

static void audio_reset(struct device *dev, enum reset_kind kind)
{
    (void)dev, (void)kind;
}

static const struct field audio_fields[] = {
    FIELD_NONE(struct audio, dev, "wiring"),
    FIELD_NONE(struct audio, sink, "host resource"),
    FIELD_NONE(struct audio, source, "wiring"),
    FIELD_NONE(struct audio, sources, "wiring"),
    FIELD(struct audio, frame, "next frame"),
    FIELD_EVT(struct audio, slice, "time to render"),
    FIELD_END
};

/* A loaded machine goes on from its own present; where nobody listens there is none. */
static void audio_restored(struct device *dev)
{
    struct audio *audio = container_of(dev, struct audio, dev);
    const struct clock *clock = dev->board->clock;
    u64 now = ticks_at(clock, clock_now(clock), AUDIO_HZ);
    if (!audio->sink.put) return;
    if (audio->frame > now || now - audio->frame > AUDIO_HZ) audio->frame = now;
    if (!audio->slice.armed) slice_arm(audio);
}

const struct device_class audio_class = {
    .name = "audio", .size = sizeof(struct audio), .fields = audio_fields,
    .attach = audio_attach, .reset = audio_reset, .restored = audio_restored,
};
