/* The options of sound: one -audiodev, and who is heard through it (frontend/option_audio.h). */
#include "frontend/option_values.h"
#include <string.h>

bool option_audiodev(struct options *o, const char *value, struct error *why)
{
    static const struct { const char *name; enum audiodev_kind kind; } kinds[] = {
        { "none", AUDIODEV_NONE }, { "wav", AUDIODEV_WAV }, { "sdl", AUDIODEV_SDL },
    };
    struct audio_options *audio = &o->audio;
    const char *text = value;
    struct pair pair;
    if (audio->kind) return option_refuse(why, "audiodev", value, "there is one already; all cards can share it");
    for (unsigned i = 0; option_pair(&text, &pair) || *text; i++) {
        if (strcmp(pair.key, "id") == 0) audio->id = option_keep(o, pair.value);
        else if (strcmp(pair.key, "path") == 0) audio->path = option_keep(o, pair.value);
        else if (i > 0 && strcmp(pair.key, "driver") != 0)
            return error_set(why, "-audiodev %s: '%s' is not known; id and path are", value, pair.key);
        const char *name = strcmp(pair.key, "driver") == 0 ? pair.value : pair.key;
        for (unsigned k = 0; k < ARRAY_LEN(kinds); k++)
            if (strcmp(name, kinds[k].name) == 0) audio->kind = kinds[k].kind;
    }
    if (!audio->kind) return option_refuse(why, "audiodev", value, "there are wav,id=ID,path=FILE, sdl,id=ID and none,id=ID");
    if (!audio->id) return option_refuse(why, "audiodev", value, "it has no id=");
    if (audio->kind == AUDIODEV_WAV && !audio->path) return option_refuse(why, "audiodev", value, "it has no path=");
    return true;
}

bool option_machine(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    for (unsigned i = 0; option_pair(&text, &pair) || *text; i++) {
        if (strcmp(pair.key, "pcspk-audiodev") == 0) {
            o->audio.card[AUDIO_SPEAKER].present = true;
            o->audio.card[AUDIO_SPEAKER].audiodev = option_keep(o, pair.value);
        } else if (i > 0 || (strcmp(pair.key, "pc") != 0 && strcmp(pair.key, "type") != 0)) {
            return error_set(why, "-machine %s: '%s' is not known; pc and pcspk-audiodev= are", value, pair.key);
        }
    }
    return true;
}

static bool card_take(struct options *o, enum audio_card card, const char *text, const char *whole, struct error *why)
{
    struct pair pair;
    if (o->audio.card[card].present) return option_refuse(why, "device", whole, "there is one already");
    o->audio.card[card].present = true;
    while (*text) {
        if (!option_pair(&text, &pair) || strcmp(pair.key, "audiodev") != 0)
            return option_refuse(why, "device", whole, "its one property is audiodev=ID");
        o->audio.card[card].audiodev = option_keep(o, pair.value);
    }
    return true;
}

bool option_sb16(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, AUDIO_SB16, text, whole, why);
}

bool option_adlib(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, AUDIO_ADLIB, text, whole, why);
}

bool option_ac97(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, AUDIO_AC97, text, whole, why);
}

bool option_audio_agree(const struct audio_options *audio, struct error *why)
{
    for (unsigned i = 0; i < AUDIO_CARDS; i++) {
        const char *id = audio->card[i].audiodev;
        if (id && (!audio->kind || strcmp(id, audio->id) != 0))
            return error_set(why, "there is no audiodev '%s'; add -audiodev wav,id=%s,path=FILE", id, id);
    }
    return true;
}
