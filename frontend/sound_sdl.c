/* Sound through SDL2 (frontend/sound.h). The queue holds at most a quarter of a second; who puts more waits, so that a
 * run with nothing else to pace it keeps the time of the loudspeakers, or loses what does not fit, if it has a pace of its
 * own. The loudspeakers begin when a cushion of sound is there, for frames come in portions, and anew when it was used up.
 * Where the host's clock is slower than theirs, a frame is played twice now and then, before the cushion is gone. */
#include "frontend/sound.h"
#ifdef HAVE_SDL
#include <SDL.h>

enum { FRAME_BYTES = 4, BYTES_PER_MS = AUDIO_HZ / 1000 * FRAME_BYTES, QUEUE_BYTES = 250 * BYTES_PER_MS };
enum { CUSHION_BYTES = 80 * BYTES_PER_MS, LOW_BYTES = 40 * BYTES_PER_MS, WAIT_MS = 5, WAITS_MAX = 200 };

struct sound_sdl { SDL_AudioDeviceID device; bool plays, loses; };

struct sound_sdl *sound_sdl_open(struct error *why)
{
    SDL_AudioSpec spec = { .freq = AUDIO_HZ, .format = AUDIO_S16LSB, .channels = 2, .samples = 1024 };
    struct sound_sdl *sdl = SDL_calloc(1, sizeof *sdl);
    if (!sdl) return NULL;
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) == 0) sdl->device = SDL_OpenAudioDevice(NULL, 0, &spec, NULL, 0);
    if (!sdl->device) {
        error_set(why, "-audiodev sdl: %s; wav,id=ID,path=FILE needs no device", SDL_GetError());
        SDL_free(sdl);
        return NULL;
    }
    return sdl;
}

static void play(struct sound_sdl *sdl, bool plays)
{
    if (sdl->plays != plays) SDL_PauseAudioDevice(sdl->device, !plays);
    sdl->plays = plays;
}

/* A device that plays nothing for a second is not waited for. */
void sound_sdl_put(void *self, const s16 *frames, unsigned count)
{
    struct sound_sdl *sdl = self;
    for (int i = 0; !sdl->loses && i < WAITS_MAX && SDL_GetQueuedAudioSize(sdl->device) > QUEUE_BYTES; i++) SDL_Delay(WAIT_MS);
    u32 queued = SDL_GetQueuedAudioSize(sdl->device);
    if (queued > QUEUE_BYTES || !count) return;
    if (sdl->plays && queued < LOW_BYTES) SDL_QueueAudio(sdl->device, frames, FRAME_BYTES);
    SDL_QueueAudio(sdl->device, frames, count * FRAME_BYTES);
    play(sdl, sdl->plays ? queued > 0 : queued >= CUSHION_BYTES);
}

void sound_sdl_lose(struct sound_sdl *sdl, bool loses) { sdl->loses = loses; }

void sound_sdl_close(struct sound_sdl *sdl)
{
    if (!sdl) return;
    SDL_CloseAudioDevice(sdl->device);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    SDL_free(sdl);
}
#else
struct sound_sdl *sound_sdl_open(struct error *why)
{
    error_set(why, "-audiodev sdl: this build has no SDL2; install libsdl2-dev and configure again, or use wav,id=,path=");
    return NULL;
}

void sound_sdl_put(void *self, const s16 *frames, unsigned count) { (void)self, (void)frames, (void)count; }
void sound_sdl_lose(struct sound_sdl *sdl, bool loses) { (void)sdl, (void)loses; }
void sound_sdl_close(struct sound_sdl *sdl) { (void)sdl; }
#endif
