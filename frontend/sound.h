/* Where the sound goes: a WAV file, or the host's loudspeakers. */
#ifndef FRONTEND_SOUND_H
#define FRONTEND_SOUND_H
#include "core/error.h"
#include "devices/audio.h"
#include "frontend/option_audio.h"

struct sound;

/* Opens what the options name; *sink stays as it is if nothing is to be heard. NULL with *why filled if it cannot be
 * opened, or nothing is named (*why empty). */
struct sound *sound_open(const struct audio_options *options, struct audio_sink *sink, struct error *why);
/* Whether sound that comes faster than it is played is lost, instead of holding up who puts it. NULL is allowed. */
void sound_lose(struct sound *sound, bool loses);
/* Completes the file. NULL is allowed. */
void sound_close(struct sound *sound);

/* sound_sdl.c: plays frames, and makes whoever puts them wait while too many are queued: the run keeps real time. NULL
 * with *why filled: no SDL in this build, or no device. */
struct sound_sdl;
struct sound_sdl *sound_sdl_open(struct error *why);
void sound_sdl_put(void *self, const s16 *frames, unsigned count);
void sound_sdl_lose(struct sound_sdl *sdl, bool loses);
void sound_sdl_close(struct sound_sdl *sdl);
#endif
