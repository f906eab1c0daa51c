/* The Sound Blaster's transfers: a chunk of samples at a time comes from memory by DMA, is heard, and at the end of a
 * block the interrupt is raised; auto-initialized transfers go on until they are told to leave. Recording gives silence.
 * A DMA channel that does not move leaves silence for the time of a chunk and is asked again. */
#include "devices/sb16_parts.h"
#include <string.h>

enum { CHUNK_UNITS = 16, DIRECT_RATE = 96000, SAMPLE_ZERO = 0x80 };

/* ---- samples ---- */
static s16 from_u8(u8 sample) { return (s16)((sample - SAMPLE_ZERO) * 256); }

/* Creative's ADPCM: a sign, a magnitude, and a step that follows the magnitudes. */
static u8 adpcm(struct sb16_voice *v, u8 code, unsigned bits)
{
    static const u8 scale[] = { 0, 1, 2, 4, 8, 16 }, scale26[] = { 0, 1, 2, 4, 5, 5 }, last_step[] = { 0, 0, SB16_LAST_STEP, 4, 3 };
    u8 magnitude = code & ((1 << (bits - 1)) - 1), most = (u8)((1 << (bits - 1)) - 1);
    u8 grows = bits == 4 ? 5 : most;
    s32 step = bits == 3 ? scale26[v->step] : scale[v->step];
    s32 change = v->step ? step * (2 * magnitude + 1) : magnitude;
    s32 sample = v->sample + (code >> (bits - 1) & 1 ? -change : change);
    if (magnitude >= grows && v->step < last_step[bits]) v->step++;
    else if (magnitude == 0 && v->step) v->step--;
    v->sample = (u8)MAX(0, MIN(255, sample));
    return v->sample;
}

/* One byte as up to four samples. */
static unsigned adpcm_byte(struct sb16_voice *v, u8 byte, s16 (*frames)[2])
{
    static const struct { u8 count, bits, shift[4]; } forms[] = {
        [SB16_ADPCM4] = { 2, 4, { 4, 0 } }, [SB16_ADPCM26] = { 3, 3, { 5, 2, 0 } }, [SB16_ADPCM2] = { 4, 2, { 6, 4, 2, 0 } },
    };
    if (v->reference) {
        v->reference = false;
        v->sample = byte;
        v->step = 0;
        return 0;
    }
    for (unsigned i = 0; i < forms[v->codec].count; i++) {
        u8 code = byte >> forms[v->codec].shift[i];
        if (v->codec == SB16_ADPCM26 && i == 2) code = (u8)(byte << 1 & 6);
        frames[i][0] = frames[i][1] = from_u8(adpcm(v, code & ((1 << forms[v->codec].bits) - 1), forms[v->codec].bits));
    }
    return forms[v->codec].count;
}

static s16 unit_sample(const struct sb16_voice *v, const u8 *bytes, unsigned i)
{
    u16 value = v->wide ? (u16)(bytes[2 * i] | bytes[2 * i + 1] << 8) : (u16)(bytes[i] << 8);
    return (s16)(v->is_signed ? value : value ^ 0x8000);
}

static unsigned pcm(const struct sb16_voice *v, const u8 *bytes, unsigned units, s16 (*frames)[2])
{
    unsigned channels = v->stereo ? 2 : 1;
    for (unsigned i = 0; i < units / channels; i++) {
        frames[i][0] = unit_sample(v, bytes, channels * i);
        frames[i][1] = unit_sample(v, bytes, channels * i + channels - 1);
    }
    return units / channels;
}

static unsigned decode(struct sb16_voice *v, const u8 *bytes, unsigned units, s16 (*frames)[2])
{
    if (v->codec == SB16_PCM) return pcm(v, bytes, units, frames);
    unsigned count = 0;
    for (unsigned i = 0; i < units; i++) count += adpcm_byte(v, bytes[i], frames + count);
    return count;
}

/* ---- chunks ---- */
static u32 unit_bytes(const struct sb16_voice *v) { return v->wide ? 2 : 1; }

/* Moves a chunk; returns its units. */
static u32 units_move(struct sb16 *sb, u8 *bytes)
{
    struct sb16_voice *v = &sb->voice;
    u32 units = MIN(v->left, (u32)CHUNK_UNITS), length = units * unit_bytes(v), moved = 0;
    if (v->codec == SB16_SILENCE) {
        memset(bytes, SAMPLE_ZERO, length);
        return units;
    }
    i8237_request(sb->dma, v->channel, true);
    if (v->input) memset(bytes, v->is_signed ? 0 : SAMPLE_ZERO, length);
    for (u32 step = 1; step && moved < length; moved += step)
        step = v->input ? i8237_give(sb->dma, v->channel, bytes + moved, length - moved).bytes
                        : i8237_take(sb->dma, v->channel, bytes + moved, length - moved).bytes;
    i8237_request(sb->dma, v->channel, false);
    return moved / unit_bytes(v);
}

/* A loaded state may be anywhere in time: it begins anew rather than catch up. */
static void chunk_arm(struct sb16 *sb, u32 frames)
{
    struct sb16_voice *v = &sb->voice;
    struct clock *clock = sb->dev.board->clock;
    v->played += frames;
    if (v->origin + cycle_of(clock, v->played, v->rate) <= clock_now(clock)) {
        v->origin = clock_now(clock);
        v->played = frames;
    }
    event_at(clock, &sb->chunk, v->origin + cycle_of(clock, v->played, v->rate));
}

static void chunk_begin(struct sb16 *sb)
{
    struct sb16_voice *v = &sb->voice;
    u8 bytes[2 * CHUNK_UNITS];
    s16 frames[AUDIO_CHUNK][2];
    u32 units = units_move(sb, bytes);
    unsigned count = units && v->codec != SB16_SILENCE && !v->input ? decode(v, bytes, units, frames) : 0;
    v->left -= units;
    if (count && sb->audio) audio_stream_put(&sb->stream, sb->audio, (const s16 (*)[2])frames, count, v->rate);
    else if (!count && sb->audio) audio_stream_stop(&sb->stream, sb->audio);
    chunk_arm(sb, count ? count : units ? MAX(1u, units / (v->stereo ? 2 : 1)) : CHUNK_UNITS);
}

static void block_end(struct sb16 *sb)
{
    struct sb16_voice *v = &sb->voice;
    bool goes_on = v->automatic && !v->leaving;
    sb->pending |= v->wide ? PENDING_16 : PENDING_8;
    sb16_irq_update(sb);
    if (goes_on) v->left = v->block;
    else sb16_voice_stop(sb);
}

void sb16_voice_chunk(void *self)
{
    struct sb16 *sb = self;
    struct sb16_voice *v = &sb->voice;
    if (!v->active || v->paused) return;
    if (v->left == 0) block_end(sb);
    if (v->active) chunk_begin(sb);
}

static void timing_start(struct sb16 *sb)
{
    sb->voice.origin = clock_now(sb->dev.board->clock);
    sb->voice.played = 0;
    chunk_begin(sb);
}

void sb16_voice_start(struct sb16 *sb, struct sb16_voice voice, u32 block)
{
    sb16_voice_stop(sb);
    voice.active = true;
    voice.block = voice.left = block;
    voice.channel = sb16_dma_channel(sb, voice.wide);
    voice.rate = sb->rate;
    if (sb->rate_by_constant && voice.stereo) voice.rate = MAX(1u, sb->rate / 2);
    voice.sample = SAMPLE_ZERO;
    sb->voice = voice;
    timing_start(sb);
}

void sb16_voice_stop(struct sb16 *sb)
{
    event_cancel(sb->dev.board->clock, &sb->chunk);
    sb->voice.active = sb->high_speed = false;
    if (sb->audio) audio_stream_stop(&sb->stream, sb->audio);
}

void sb16_voice_pause(struct sb16 *sb, bool pause)
{
    struct sb16_voice *v = &sb->voice;
    if (!v->active || v->paused == pause) return;
    v->paused = pause;
    if (pause) {
        event_cancel(sb->dev.board->clock, &sb->chunk);
        if (sb->audio) audio_stream_stop(&sb->stream, sb->audio);
    } else if (v->left == 0) {
        sb16_voice_chunk(sb);
    } else {
        timing_start(sb);
    }
}

void sb16_voice_direct(struct sb16 *sb, u8 sample)
{
    const s16 frame[1][2] = { { from_u8(sample), from_u8(sample) } };
    if (sb->audio) audio_stream_put(&sb->stream, sb->audio, frame, 1, DIRECT_RATE);
}
