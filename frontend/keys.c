/* Keys by name (frontend/keys.h). Codes: IBM's Personal System/2 Hardware Interface Technical Reference, "Keyboard",
 * scan code set 1; names: QEMU's sendkey. */
#include "frontend/keys.h"
#include <string.h>

enum { EXTENDED = 0x100, RELEASE = 0x80, KEYS_MOST = 8 };

static const struct key { const char *name; u16 code; char plain, shifted; } keys[] = {
    { "esc", 0x01, 27, 0 },
    { "1", 0x02, '1', '!' }, { "2", 0x03, '2', '@' }, { "3", 0x04, '3', '#' }, { "4", 0x05, '4', '$' },
    { "5", 0x06, '5', '%' }, { "6", 0x07, '6', '^' }, { "7", 0x08, '7', '&' }, { "8", 0x09, '8', '*' },
    { "9", 0x0A, '9', '(' }, { "0", 0x0B, '0', ')' }, { "minus", 0x0C, '-', '_' }, { "equal", 0x0D, '=', '+' },
    { "backspace", 0x0E, '\b', 0 }, { "tab", 0x0F, '\t', 0 },
    { "q", 0x10, 'q', 'Q' }, { "w", 0x11, 'w', 'W' }, { "e", 0x12, 'e', 'E' }, { "r", 0x13, 'r', 'R' },
    { "t", 0x14, 't', 'T' }, { "y", 0x15, 'y', 'Y' }, { "u", 0x16, 'u', 'U' }, { "i", 0x17, 'i', 'I' },
    { "o", 0x18, 'o', 'O' }, { "p", 0x19, 'p', 'P' }, { "bracket_left", 0x1A, '[', '{' },
    { "bracket_right", 0x1B, ']', '}' }, { "ret", 0x1C, '\n', 0 }, { "ctrl", 0x1D, 0, 0 },
    { "a", 0x1E, 'a', 'A' }, { "s", 0x1F, 's', 'S' }, { "d", 0x20, 'd', 'D' }, { "f", 0x21, 'f', 'F' },
    { "g", 0x22, 'g', 'G' }, { "h", 0x23, 'h', 'H' }, { "j", 0x24, 'j', 'J' }, { "k", 0x25, 'k', 'K' },
    { "l", 0x26, 'l', 'L' }, { "semicolon", 0x27, ';', ':' }, { "apostrophe", 0x28, '\'', '"' },
    { "grave_accent", 0x29, '`', '~' }, { "shift", 0x2A, 0, 0 }, { "backslash", 0x2B, '\\', '|' },
    { "z", 0x2C, 'z', 'Z' }, { "x", 0x2D, 'x', 'X' }, { "c", 0x2E, 'c', 'C' }, { "v", 0x2F, 'v', 'V' },
    { "b", 0x30, 'b', 'B' }, { "n", 0x31, 'n', 'N' }, { "m", 0x32, 'm', 'M' }, { "comma", 0x33, ',', '<' },
    { "dot", 0x34, '.', '>' }, { "slash", 0x35, '/', '?' }, { "shift_r", 0x36, 0, 0 },
    { "kp_multiply", 0x37, 0, 0 }, { "alt", 0x38, 0, 0 }, { "spc", 0x39, ' ', 0 }, { "caps_lock", 0x3A, 0, 0 },
    { "f1", 0x3B, 0, 0 }, { "f2", 0x3C, 0, 0 }, { "f3", 0x3D, 0, 0 }, { "f4", 0x3E, 0, 0 }, { "f5", 0x3F, 0, 0 },
    { "f6", 0x40, 0, 0 }, { "f7", 0x41, 0, 0 }, { "f8", 0x42, 0, 0 }, { "f9", 0x43, 0, 0 }, { "f10", 0x44, 0, 0 },
    { "num_lock", 0x45, 0, 0 }, { "scroll_lock", 0x46, 0, 0 },
    { "kp_7", 0x47, 0, 0 }, { "kp_8", 0x48, 0, 0 }, { "kp_9", 0x49, 0, 0 }, { "kp_subtract", 0x4A, 0, 0 },
    { "kp_4", 0x4B, 0, 0 }, { "kp_5", 0x4C, 0, 0 }, { "kp_6", 0x4D, 0, 0 }, { "kp_add", 0x4E, 0, 0 },
    { "kp_1", 0x4F, 0, 0 }, { "kp_2", 0x50, 0, 0 }, { "kp_3", 0x51, 0, 0 }, { "kp_0", 0x52, 0, 0 },
    { "kp_decimal", 0x53, 0, 0 }, { "sysrq", 0x54, 0, 0 }, { "less", 0x56, 0, 0 }, { "f11", 0x57, 0, 0 },
    { "f12", 0x58, 0, 0 },
    { "kp_enter", EXTENDED | 0x1C, 0, 0 }, { "ctrl_r", EXTENDED | 0x1D, 0, 0 }, { "kp_divide", EXTENDED | 0x35, 0, 0 },
    { "print", EXTENDED | 0x37, 0, 0 }, { "alt_r", EXTENDED | 0x38, 0, 0 }, { "home", EXTENDED | 0x47, 0, 0 },
    { "up", EXTENDED | 0x48, 0, 0 }, { "pgup", EXTENDED | 0x49, 0, 0 }, { "left", EXTENDED | 0x4B, 0, 0 },
    { "right", EXTENDED | 0x4D, 0, 0 }, { "end", EXTENDED | 0x4F, 0, 0 }, { "down", EXTENDED | 0x50, 0, 0 },
    { "pgdn", EXTENDED | 0x51, 0, 0 }, { "insert", EXTENDED | 0x52, 0, 0 }, { "delete", EXTENDED | 0x53, 0, 0 },
    { "meta_l", EXTENDED | 0x5B, 0, 0 }, { "meta_r", EXTENDED | 0x5C, 0, 0 }, { "menu", EXTENDED | 0x5D, 0, 0 },
};

static const struct key *key_find(const char *name, size_t length)
{
    for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
        if (strlen(keys[i].name) == length && memcmp(keys[i].name, name, length) == 0) return &keys[i];
    return NULL;
}

static unsigned code_put(u8 *codes, u16 code, u8 release)
{
    unsigned count = 0;
    if (code & EXTENDED) codes[count++] = 0xE0;
    codes[count++] = (u8)code | release;
    return count;
}

static unsigned press_and_release(const struct key *const *pressed, unsigned count, u8 *codes)
{
    unsigned bytes = 0;
    for (unsigned i = 0; i < count; i++) bytes += code_put(codes + bytes, pressed[i]->code, 0);
    for (unsigned i = count; i-- > 0;) bytes += code_put(codes + bytes, pressed[i]->code, RELEASE);
    return bytes;
}

unsigned keys_combination(const char *names, u8 codes[KEYS_BYTES])
{
    /* It has no code of its own for its release. */
    static const u8 pause[] = { 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5 };
    const struct key *pressed[KEYS_MOST];
    unsigned count = 0;
    if (strcmp(names, "pause") == 0) {
        memcpy(codes, pause, sizeof pause);
        return sizeof pause;
    }
    while (count < KEYS_MOST) {
        size_t length = strcspn(names, "-");
        const struct key *key = key_find(names, length);
        if (!key) return 0;
        pressed[count++] = key;
        if (!names[length]) return press_and_release(pressed, count, codes);
        names += length + 1;
    }
    return 0;
}

bool keys_hotkey(const char *names, struct hotkey *hotkey)
{
    *hotkey = (struct hotkey){ .count = 0 };
    while (hotkey->count < HOTKEY_KEYS) {
        size_t length = strcspn(names, "-");
        const struct key *key = key_find(names, length);
        if (!key) return false;
        hotkey->code[hotkey->count++] = key->code;
        if (!names[length]) return true;
        names += length + 1;
    }
    return false;
}

unsigned keys_character(char c, u8 codes[KEYS_BYTES])
{
    const struct key *pressed[] = { key_find("shift", 5), NULL };
    for (unsigned i = 0; i < ARRAY_LEN(keys) && c; i++) {
        pressed[1] = &keys[i];
        if (keys[i].plain == c) return press_and_release(pressed + 1, 1, codes);
        if (keys[i].shifted == c) return press_and_release(pressed, 2, codes);
    }
    return 0;
}
