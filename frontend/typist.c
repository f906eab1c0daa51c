/* The typist (frontend/typist.h): a character whenever the guest's keyboard has nothing more to send, and no faster than
 * a BIOS's buffer of 15 keys is emptied by a guest that polls it in its timer interrupt. */
#include "frontend/typist.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_NS = 20000000 };

void typist_begin(struct typist *typist, const struct layout *layout, const char *text)
{
    typist_stop(typist);
    typist->layout = layout;
    typist->text = strdup(text);
    if (!typist->text) abort();
    typist->length = strlen(text);
    typist->missing = 0;
}

void typist_stop(struct typist *typist)
{
    free(typist->text);
    typist->text = NULL;
    typist->at = typist->length = 0;
}

/* The next character of UTF-8; what is none counts as one byte of Latin-1. */
static u32 character_next(struct typist *typist)
{
    const u8 *text = (const u8 *)typist->text + typist->at;
    unsigned more = text[0] >= 0xF0 ? 3 : text[0] >= 0xE0 ? 2 : text[0] >= 0xC0 ? 1 : 0;
    u32 character = more ? text[0] & (0x3Fu >> more) : text[0];
    typist->at++;
    for (unsigned i = 1; i <= more && (text[i] & 0xC0) == 0x80; i++, typist->at++) character = character << 6 | (text[i] & 0x3F);
    return character;
}

bool typist_step(struct typist *typist, struct machine *m)
{
    u8 codes[KEYS_BYTES];
    if (!typist->text) return false;
    if (m->clock.now < typist->due || m->keyboard.keyboard.out.count) return true;
    while (typist->at < typist->length) {
        u32 character = character_next(typist);
        if (character == '\r') continue;
        unsigned count = layout_character(typist->layout, character, codes);
        if (!count) {
            typist->missing++;
            continue;
        }
        input_post(&m->input, m->keyboard.keyboard_source, codes, count);
        typist->due = m->clock.now + cycles_of_ns(&m->clock, KEY_NS);
        return true;
    }
    typist_stop(typist);
    return false;
}
