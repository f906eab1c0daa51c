/* Layouts (frontend/layouts.h), as the PC keyboards of these countries are engraved. A dead key is written as the
 * combining character of its accent: its own sign needs a space after it. */
#include "frontend/layouts.h"
#include <string.h>
#include <uchar.h>

enum { CODE_SPACE = 0x39, CODE_SHIFT = 0x2A, CODE_ALTGR = 0x38, EXTENDED_PREFIX = 0xE0, RELEASE = 0x80 };
enum { GRAVE = 0x300, ACUTE = 0x301, CIRCUMFLEX = 0x302, DIAERESIS = 0x308 };
enum { LEVEL_PLAIN, LEVEL_SHIFT, LEVEL_ALTGR, LEVELS };

/* The keys in the order of the strings below: the row of digits, the rows of letters, with the key left of Z. */
static const u8 key_order[] = {
    0x29, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D,
    0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B,
    0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2B,
    0x56, 0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35,
};

/* A space: no character there. */
struct layout { const char *name; const char16_t *level[LEVELS]; };
static const struct layout layouts[] = {
    { "us", {
        u"`1234567890-=" u"qwertyuiop[]" u"asdfghjkl;'\\" u" zxcvbnm,./",
        u"~!@#$%^&*()_+" u"QWERTYUIOP{}" u"ASDFGHJKL:\"|" u" ZXCVBNM<>?",
        u"" } },
    { "uk", {
        u"`1234567890-=" u"qwertyuiop[]" u"asdfghjkl;'#" u"\\zxcvbnm,./",
        u"¬!\"£$%^&*()_+" u"QWERTYUIOP{}" u"ASDFGHJKL:@~" u"|ZXCVBNM<>?",
        u"¦   €        " u"  é   úíó   " u"á" } },
    { "de", {
        u"\u03021234567890ß\u0301" u"qwertzuiopü+" u"asdfghjklöä#" u"<yxcvbnm,.-",
        u"°!\"§$%&/()=?\u0300" u"QWERTZUIOPÜ*" u"ASDFGHJKLÖÄ'" u">YXCVBNM;:_",
        u"  ²³   {[]}\\ " u"@ €        ~" u"            " u"|      µ" } },
    { "fr", {
        u"²&é\"'(-è_çà)=" u"azertyuiop\u0302$" u"qsdfghjklmù*" u"<wxcvbn,;:!",
        u" 1234567890°+" u"AZERTYUIOP\u0308£" u"QSDFGHJKLM%µ" u">WXCVBN?./§",
        u"  ~#{[|`\\^@]}" u"  €        ¤" } },
};
const char layout_names[] = "us uk de fr";

/* What dead keys make of letters. */
static const struct { u16 sign, dead; const char16_t *from, *to; } accents[] = {
    { '^', CIRCUMFLEX, u"aeiouAEIOU", u"âêîôûÂÊÎÔÛ" },
    { 0xB4, ACUTE, u"aeiouAEIOU", u"áéíóúÁÉÍÓÚ" },
    { '`', GRAVE, u"aeiouAEIOU", u"àèìòùÀÈÌÒÙ" },
    { 0xA8, DIAERESIS, u"aeiouAEIOU", u"äëïöüÄËÏÖÜ" },
};

/* Keys that are the same everywhere. */
static const struct { u16 character; u8 code; } common[] = {
    { ' ', CODE_SPACE }, { '\n', 0x1C }, { '\t', 0x0F }, { '\b', 0x0E }, { 27, 0x01 },
};

const struct layout *layout_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(layouts); i++)
        if (strcmp(layouts[i].name, name) == 0) return &layouts[i];
    return NULL;
}

/* The modifier of a level goes around the key. */
static unsigned press(u8 code, unsigned level, u8 *codes)
{
    unsigned count = 0;
    if (level == LEVEL_ALTGR) codes[count++] = EXTENDED_PREFIX;
    if (level != LEVEL_PLAIN) codes[count++] = level == LEVEL_SHIFT ? CODE_SHIFT : CODE_ALTGR;
    codes[count++] = code;
    codes[count++] = code | RELEASE;
    if (level == LEVEL_ALTGR) codes[count++] = EXTENDED_PREFIX;
    if (level != LEVEL_PLAIN) codes[count++] = (level == LEVEL_SHIFT ? CODE_SHIFT : CODE_ALTGR) | RELEASE;
    return count;
}

/* A key of its own. */
static unsigned direct(const struct layout *layout, u32 character, u8 *codes)
{
    for (unsigned i = 0; i < ARRAY_LEN(common); i++)
        if (common[i].character == character) return press(common[i].code, LEVEL_PLAIN, codes);
    for (unsigned level = 0; level < LEVELS; level++)
        for (unsigned i = 0; i < ARRAY_LEN(key_order) && layout->level[level][i]; i++)
            if (layout->level[level][i] == character) return press(key_order[i], level, codes);
    return 0;
}

static unsigned with_dead_key(const struct layout *layout, u16 dead, u32 then, u8 *codes)
{
    unsigned count = direct(layout, dead, codes);
    unsigned more = count ? direct(layout, then, codes + count) : 0;
    return more ? count + more : 0;
}

unsigned layout_character(const struct layout *layout, u32 character, u8 codes[KEYS_BYTES])
{
    bool combining = character >= GRAVE && character <= DIAERESIS;
    unsigned count = combining ? 0 : direct(layout, character, codes);
    for (unsigned i = 0; i < ARRAY_LEN(accents) && !count; i++) {
        if (accents[i].sign == character) count = with_dead_key(layout, accents[i].dead, ' ', codes);
        for (unsigned c = 0; accents[i].to[c] && !count; c++)
            if (accents[i].to[c] == character) count = with_dead_key(layout, accents[i].dead, accents[i].from[c], codes);
    }
    return count;
}
