/* The sinks of sound (frontend/sound.h). A WAV file is RIFF with one "fmt " and one "data" chunk: PCM, stereo, 16 bits,
 * 48000 Hz, its lengths filled in at the end. What does not fit on the host's disk is lost, and said once. */
#include "frontend/sound.h"
#include "frontend/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WAV_HEADER = 44, FRAME_BYTES = 4 };
#define WAV_DATA_MAX (UINT32_MAX - WAV_HEADER)

struct sound {
    FILE             *file;
    u64               bytes;         /* of samples in the file */
    bool              failed;
    struct sound_sdl *sdl;
};

static void put32(u8 *at, u32 value) { memcpy(at, &value, 4); }

static void wav_header(u8 header[WAV_HEADER], u32 bytes)
{
    static const u8 format[] = { 'f', 'm', 't', ' ', 16, 0, 0, 0, 1, 0, 2, 0 };
    memcpy(header, "RIFF", 4);
    put32(header + 4, WAV_HEADER - 8 + bytes);
    memcpy(header + 8, "WAVE", 4);
    memcpy(header + 12, format, sizeof format);
    put32(header + 24, AUDIO_HZ);
    put32(header + 28, AUDIO_HZ * FRAME_BYTES);
    put32(header + 32, FRAME_BYTES | 16 << 16);
    memcpy(header + 36, "data", 4);
    put32(header + 40, bytes);
}

static void wav_write(struct sound *sound, const void *bytes, size_t length)
{
    if (sound->failed || fwrite(bytes, 1, length, sound->file) == length) return;
    sound->failed = true;
    fprintf(stderr, "trap86: audiodev: %s\n", strerror(errno));
}

static void wav_put(void *self, const s16 *frames, unsigned count)
{
    struct sound *sound = self;
    u32 length = count * FRAME_BYTES;
    if (sound->bytes + length > WAV_DATA_MAX) return;
    wav_write(sound, frames, length);
    sound->bytes += length;
}

static bool wav_open(struct sound *sound, const char *path, struct error *why)
{
    u8 header[WAV_HEADER];
    if (!file_open(&sound->file, path, "we", "audiodev", why)) return false;
    wav_header(header, 0);
    wav_write(sound, header, sizeof header);
    return true;
}

struct sound *sound_open(const struct audio_options *options, struct audio_sink *sink, struct error *why)
{
    why->text[0] = 0;
    if (options->kind != AUDIODEV_WAV && options->kind != AUDIODEV_SDL) return NULL;
    struct sound *sound = calloc(1, sizeof *sound);
    if (!sound) abort();
    if (options->kind == AUDIODEV_WAV) {
        *sink = (struct audio_sink){ wav_put, sound };
        if (wav_open(sound, options->path, why)) return sound;
    } else if ((sound->sdl = sound_sdl_open(why))) {
        *sink = (struct audio_sink){ sound_sdl_put, sound->sdl };
        return sound;
    }
    sink->put = NULL;
    free(sound);
    return NULL;
}

static void wav_close(struct sound *sound)
{
    u8 header[WAV_HEADER];
    wav_header(header, (u32)sound->bytes);
    if (!sound->failed && fseek(sound->file, 0, SEEK_SET) == 0) wav_write(sound, header, sizeof header);
    if (fclose(sound->file) && !sound->failed) fprintf(stderr, "trap86: audiodev: %s\n", strerror(errno));
}

void sound_lose(struct sound *sound, bool loses)
{
    if (sound && sound->sdl) sound_sdl_lose(sound->sdl, loses);
}

void sound_close(struct sound *sound)
{
    if (!sound) return;
    if (sound->file) wav_close(sound);
    sound_sdl_close(sound->sdl);
    free(sound);
}
