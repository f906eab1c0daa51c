/* What -audiodev, -machine pcspk-audiodev= and -device of sound cards say. */
#ifndef FRONTEND_OPTION_AUDIO_H
#define FRONTEND_OPTION_AUDIO_H
#include "core/error.h"
#include "core/types.h"

enum audiodev_kind { AUDIODEV_UNUSED, AUDIODEV_NONE, AUDIODEV_WAV, AUDIODEV_SDL };
/* Who can be heard, by a -device of that name or the speaker. */
enum audio_card { AUDIO_SPEAKER, AUDIO_SB16, AUDIO_ADLIB, AUDIO_AC97, AUDIO_CARDS };

struct audio_options {
    enum audiodev_kind kind;
    const char *id, *path;
    struct { bool present; const char *audiodev; } card[AUDIO_CARDS];   /* audiodev NULL: the one there is */
};

struct options;
bool option_audiodev(struct options *o, const char *value, struct error *why);
bool option_machine(struct options *o, const char *value, struct error *why);
/* -device: a row of option_devices.c each. */
bool option_sb16(struct options *o, const char *text, const char *whole, struct error *why);
bool option_adlib(struct options *o, const char *text, const char *whole, struct error *why);
bool option_ac97(struct options *o, const char *text, const char *whole, struct error *why);
/* Every card's audiodev exists. */
bool option_audio_agree(const struct audio_options *audio, struct error *why);
#endif
