/* A PS/2 keyboard with 102 keys: its commands, the three scan code sets and repetition, after IBM's Personal System/2
 * Hardware Interface Technical Reference, "Keyboard (101/102-key)".
 * Not modelled: the buffer of 16 bytes and its overrun code (ours has room for 256, and takes a key whole or not at
 * all), and the codes that a real keyboard slips around the keys between the blocks while Shift or Num Lock is on. */
#include "devices/ps2.h"

enum {
    SET_LEDS = 0xED, ECHO = 0xEE, SCAN_SET = 0xF0, IDENTIFY = 0xF2, TYPEMATIC = 0xF3, ENABLE = 0xF4,
    DISABLE = 0xF5, DEFAULTS = 0xF6, ALL_REPEAT = 0xF7, ALL_BREAK = 0xF8, ALL_MAKE = 0xF9, ALL_BOTH = 0xFA,
    KEY_REPEAT = 0xFB, KEY_BREAK = 0xFC, KEY_MAKE = 0xFD, RESEND = 0xFE, RESET = 0xFF
};
enum { BREAK_PREFIX = 0xF0, EXTEND_0 = 0xE0, EXTEND_1 = 0xE1, TYPEMATIC_DEFAULT = 0x2B };
enum { KEY_BYTES_MOST = 2, RELEASE = 0x80, EXTENDED = 0x100, PAUSE = 0x145 };
enum key_type { TYPE_REPEATS = 1, TYPE_BREAKS = 2 };

/* Index: code of set 2, value: code of set 1, from the key tables of both sets. */
static const u8 set1_of_set2[0x85] = {
    0xFF, 0x43, 0x41, 0x3F, 0x3D, 0x3B, 0x3C, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3E, 0x0F, 0x29, 0x59,
    0x65, 0x38, 0x2A, 0x70, 0x1D, 0x10, 0x02, 0x5A, 0x66, 0x71, 0x2C, 0x1F, 0x1E, 0x11, 0x03, 0x5B,
    0x67, 0x2E, 0x2D, 0x20, 0x12, 0x05, 0x04, 0x5C, 0x68, 0x39, 0x2F, 0x21, 0x14, 0x13, 0x06, 0x5D,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5E, 0x6A, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5F,
    0x6B, 0x33, 0x25, 0x17, 0x18, 0x0B, 0x0A, 0x60, 0x6C, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0C, 0x61,
    0x6D, 0x73, 0x28, 0x74, 0x1A, 0x0D, 0x62, 0x6E, 0x3A, 0x36, 0x1C, 0x1B, 0x75, 0x2B, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7A, 0x0E, 0x7B, 0x7C, 0x4F, 0x7D, 0x4B, 0x47, 0x7E, 0x7F, 0x6F,
    0x52, 0x53, 0x50, 0x4C, 0x4D, 0x48, 0x01, 0x45, 0x57, 0x4E, 0x51, 0x4A, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54
};

/* Index: code of set 1, value: code of set 3; then the keys that have E0h before their code. */
static const u8 set3_of_set1[0x59] = {
    0x00, 0x08, 0x16, 0x1E, 0x26, 0x25, 0x2E, 0x36, 0x3D, 0x3E, 0x46, 0x45, 0x4E, 0x55, 0x66, 0x0D,
    0x15, 0x1D, 0x24, 0x2D, 0x2C, 0x35, 0x3C, 0x43, 0x44, 0x4D, 0x54, 0x5B, 0x5A, 0x11, 0x1C, 0x1B,
    0x23, 0x2B, 0x34, 0x33, 0x3B, 0x42, 0x4B, 0x4C, 0x52, 0x0E, 0x12, 0x5C, 0x1A, 0x22, 0x21, 0x2A,
    0x32, 0x31, 0x3A, 0x41, 0x49, 0x4A, 0x59, 0x7E, 0x19, 0x29, 0x14, 0x07, 0x0F, 0x17, 0x1F, 0x27,
    0x2F, 0x37, 0x3F, 0x47, 0x4F, 0x76, 0x5F, 0x6C, 0x75, 0x7D, 0x84, 0x6B, 0x73, 0x74, 0x7C, 0x69,
    0x72, 0x7A, 0x70, 0x71, 0x57, 0x00, 0x13, 0x56, 0x5E
};
static const struct { u8 set1, set3; } set3_extended[] = {
    { 0x1C, 0x79 }, { 0x1D, 0x58 }, { 0x35, 0x77 }, { 0x37, 0x57 }, { 0x38, 0x39 }, { 0x45, 0x62 }, { 0x46, 0x62 },
    { 0x47, 0x6E }, { 0x48, 0x63 }, { 0x49, 0x6F }, { 0x4B, 0x61 }, { 0x4D, 0x6A }, { 0x4F, 0x65 }, { 0x50, 0x60 },
    { 0x51, 0x6D }, { 0x52, 0x67 }, { 0x53, 0x64 }, { 0x5B, 0x8B }, { 0x5C, 0x8C }, { 0x5D, 0x8D }
};
/* In set 3 these send both press and release by default, and these neither repeat nor tell of their release. */
static const u8 set3_breaks[] = { 0x11, 0x12, 0x14, 0x19, 0x59 };
static const u8 set3_makes[] = {
    0x07, 0x08, 0x0F, 0x17, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x47, 0x4F, 0x56, 0x5E, 0x57, 0x5F, 0x62, 0x39, 0x58, 0x67,
    0x6E, 0x6F, 0x65, 0x6D, 0x76, 0x6C, 0x6B, 0x69, 0x77, 0x75, 0x73, 0x72, 0x70, 0x7E, 0x7D, 0x74, 0x7A, 0x71, 0x84,
    0x79, 0x8B, 0x8C, 0x8D
};

u8 ps2_translate(u8 code) { return code < ARRAY_LEN(set1_of_set2) ? set1_of_set2[code] : code; }

/* From the end, as F7 and SysRq have their proper codes there (83h, 84h). */
static u8 set2_of_set1(u8 code)
{
    for (int i = ARRAY_LEN(set1_of_set2) - 1; i > 0; i--)
        if (set1_of_set2[i] == code) return i;
    return 0;
}

static u8 set3_of(u16 key)
{
    if (!(key & EXTENDED)) return key < ARRAY_LEN(set3_of_set1) ? set3_of_set1[key] : 0;
    for (unsigned i = 0; i < ARRAY_LEN(set3_extended); i++)
        if (set3_extended[i].set1 == (u8)key) return set3_extended[i].set3;
    return 0;
}

static void key_types_all(struct ps2_keyboard *keyboard, u8 type)
{
    for (unsigned i = 0; i < PS2_SET3_CODES; i++) keyboard->key_type[i] = type;
}

static void keyboard_defaults(struct ps2_keyboard *keyboard)
{
    key_types_all(keyboard, TYPE_REPEATS);
    for (unsigned i = 0; i < ARRAY_LEN(set3_breaks); i++) keyboard->key_type[set3_breaks[i]] = TYPE_BREAKS;
    for (unsigned i = 0; i < ARRAY_LEN(set3_makes); i++) keyboard->key_type[set3_makes[i]] = 0;
    keyboard->held = keyboard->prefix = 0;
    keyboard->scan_set = 2;
    keyboard->typematic = TYPEMATIC_DEFAULT;
    keyboard->command = PS2_NO_COMMAND;
}

void ps2_keyboard_reset(struct ps2_keyboard *keyboard)
{
    *keyboard = (struct ps2_keyboard){ .scanning = true };
    keyboard_defaults(keyboard);
}

static void keyboard_send(struct ps2_keyboard *keyboard, u8 byte)
{
    keyboard->last = byte;
    ps2_queue_put(&keyboard->out, byte);
}

static void keyboard_scan_set(struct ps2_keyboard *keyboard, u8 set)
{
    if (set > 3) {
        keyboard_send(keyboard, PS2_RESEND);
        return;
    }
    keyboard_send(keyboard, PS2_ACK);
    if (set) keyboard->scan_set = set;
    else keyboard_send(keyboard, keyboard->scan_set);
}

static void keyboard_parameter(struct ps2_keyboard *keyboard, u8 command, u8 byte)
{
    keyboard->command = PS2_NO_COMMAND;
    if (command == SCAN_SET) {
        keyboard_scan_set(keyboard, byte);
        return;
    }
    if (command >= KEY_REPEAT) {
        static const u8 types[] = { TYPE_REPEATS, TYPE_BREAKS, 0 };
        if (byte < PS2_SET3_CODES) keyboard->key_type[byte] = types[command - KEY_REPEAT];
    } else if (command == SET_LEDS) keyboard->leds = byte & 7;
    else keyboard->typematic = byte & 0x7F;
    keyboard_send(keyboard, PS2_ACK);
}

void ps2_keyboard_write(struct ps2_keyboard *keyboard, u8 byte)
{
    u8 command = keyboard->command;
    if (byte == RESEND) {
        ps2_queue_put(&keyboard->out, keyboard->last);
        return;
    }
    if (command && byte < SET_LEDS) {
        keyboard_parameter(keyboard, command, byte);
        return;
    }
    keyboard->command = PS2_NO_COMMAND;
    switch (byte) {
    case ECHO:
        keyboard_send(keyboard, ECHO);
        return;
    case SET_LEDS: case SCAN_SET: case TYPEMATIC:
        keyboard->command = byte;
        break;
    case IDENTIFY:
        keyboard_send(keyboard, PS2_ACK);
        keyboard_send(keyboard, 0xAB);
        keyboard_send(keyboard, 0x83);
        return;
    case KEY_REPEAT: case KEY_BREAK: case KEY_MAKE:
        keyboard->command = byte;
        keyboard->scanning = false;
        break;
    case ALL_REPEAT: case ALL_BREAK: case ALL_MAKE: case ALL_BOTH: {
        static const u8 types[] = { TYPE_REPEATS, TYPE_BREAKS, 0, TYPE_REPEATS | TYPE_BREAKS };
        key_types_all(keyboard, types[byte - ALL_REPEAT]);
        break;
    }
    case ENABLE: case DISABLE: case DEFAULTS:
        ps2_queue_clear(&keyboard->out);
        if (byte != ENABLE) keyboard_defaults(keyboard);
        keyboard->scanning = byte != DISABLE;
        break;
    case RESET:
        ps2_keyboard_reset(keyboard);
        keyboard_send(keyboard, PS2_ACK);
        keyboard_send(keyboard, PS2_SELF_TEST_PASSED);
        return;
    default:
        keyboard_send(keyboard, PS2_RESEND);
        return;
    }
    keyboard_send(keyboard, PS2_ACK);
}

static void key_set3(struct ps2_keyboard *keyboard, u16 key, u8 release)
{
    u8 code = set3_of(key);
    if (!code || (release && !(keyboard->key_type[code] & TYPE_BREAKS))) return;
    if (release) keyboard_send(keyboard, BREAK_PREFIX);
    keyboard_send(keyboard, code);
}

/* A key as the set in force tells of it; `release` is 0 or RELEASE. */
static void key_send(struct ps2_keyboard *keyboard, u16 key, u8 release)
{
    if (keyboard->scan_set == 3) {
        key_set3(keyboard, key, release);
        return;
    }
    if (key & EXTENDED) keyboard_send(keyboard, EXTEND_0);
    if (release && keyboard->scan_set == 2) keyboard_send(keyboard, BREAK_PREFIX);
    keyboard_send(keyboard, keyboard->scan_set == 1 ? (u8)key | release : set2_of_set1((u8)key));
}

/* Pause sends its release with its press, and nothing at its release; in set 3 it is a key like another. */
static void pause_send(struct ps2_keyboard *keyboard, u8 code)
{
    if (keyboard->scan_set == 3) {
        if (code == (u8)PAUSE) key_set3(keyboard, PAUSE, 0);
        return;
    }
    if ((code & ~RELEASE) == 0x1D) keyboard_send(keyboard, EXTEND_1);
    key_send(keyboard, code & ~RELEASE, code & RELEASE);
}

static void keyboard_key(struct ps2_keyboard *keyboard, u8 code)
{
    u8 prefix = keyboard->prefix;
    if (code == EXTEND_0 || code == EXTEND_1) {
        keyboard->prefix = code;
        return;
    }
    if (prefix == EXTEND_1) {
        if ((code & ~RELEASE) == 0x45) keyboard->prefix = 0;
        pause_send(keyboard, code);
        return;
    }
    keyboard->prefix = 0;
    u16 key = (code & ~RELEASE) | (prefix ? EXTENDED : 0);
    if (!(code & RELEASE)) keyboard->held = key;
    else if (keyboard->held == key) keyboard->held = 0;
    key_send(keyboard, key, code & RELEASE);
}

/* Takes all of a message or nothing, so that a full queue never leaves half a code. */
void ps2_keyboard_keys(struct ps2_keyboard *keyboard, const u8 *codes, size_t length)
{
    size_t most = length * KEY_BYTES_MOST;
    if (!keyboard->scanning || most > PS2_QUEUE - PS2_REPLY_ROOM) return;
    if (!ps2_queue_has_room(&keyboard->out, most + PS2_REPLY_ROOM)) return;
    for (size_t i = 0; i < length; i++) keyboard_key(keyboard, codes[i]);
}

/* Not while earlier bytes wait: a guest that is slow gets no tail of repetitions. */
void ps2_keyboard_repeat(struct ps2_keyboard *keyboard)
{
    bool repeats = keyboard->scan_set != 3 || keyboard->key_type[set3_of(keyboard->held)] & TYPE_REPEATS;
    if (keyboard->held && keyboard->scanning && repeats && keyboard->out.count == 0)
        key_send(keyboard, keyboard->held, 0);
}

u64 ps2_keyboard_delay_ns(const struct ps2_keyboard *keyboard)
{
    enum { QUARTER_SECOND_NS = 250000000 };
    return (u64)QUARTER_SECOND_NS * ((keyboard->typematic >> 5 & 3) + 1);
}

/* (8 + low three bits) times two to the power of the next two, in units of 1/240 s. */
u64 ps2_keyboard_period_ns(const struct ps2_keyboard *keyboard)
{
    enum { UNIT_NS = 4166667 };
    return (u64)UNIT_NS * ((8 + (keyboard->typematic & 7)) << (keyboard->typematic >> 3 & 3));
}

void ps2_keyboard_restored(struct ps2_keyboard *keyboard)
{
    ps2_queue_restored(&keyboard->out);
    if (keyboard->command > KEY_MAKE) keyboard->command = PS2_NO_COMMAND;
}

const struct field ps2_keyboard_fields[] = {
    PS2_QUEUE_FIELDS(struct ps2_keyboard),
    FIELD(struct ps2_keyboard, command,   "command awaiting its parameter"),
    FIELD(struct ps2_keyboard, scan_set,  "scan code set"),
    FIELD(struct ps2_keyboard, leds,      "LEDs: scroll, num, caps"),
    FIELD(struct ps2_keyboard, typematic, "typematic rate and delay"),
    FIELD(struct ps2_keyboard, last,      "last byte sent"),
    FIELD(struct ps2_keyboard, scanning,  "keys are reported"),
    FIELD(struct ps2_keyboard, prefix,    "prefix whose code is awaited from the world"),
    FIELD(struct ps2_keyboard, held,      "key that repeats"),
    FIELD_ARRAY(struct ps2_keyboard, key_type, "set 3: what each key sends"),
    FIELD_END
};
