/* A PS/2 keyboard with 102 keys: its commands and scan code sets 1 and 2, after IBM's Personal System/2 Hardware
 * Interface Technical Reference, "Keyboard (101/102-key)".
 * Not modelled: scan code set 3 and its commands, repetition by the keyboard itself (who posts keys repeats them). */
#include "devices/ps2.h"

enum {
    SET_LEDS = 0xED, ECHO = 0xEE, SCAN_SET = 0xF0, IDENTIFY = 0xF2, TYPEMATIC = 0xF3, ENABLE = 0xF4,
    DISABLE = 0xF5, DEFAULTS = 0xF6, RESEND = 0xFE, RESET = 0xFF
};
enum { BREAK_PREFIX = 0xF0, EXTEND_0 = 0xE0, EXTEND_1 = 0xE1, TYPEMATIC_DEFAULT = 0x2B };
enum { KEY_BYTES_MOST = 2 };

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

u8 ps2_translate(u8 code) { return code < ARRAY_LEN(set1_of_set2) ? set1_of_set2[code] : code; }

/* From the end, as F7 and SysRq have their proper codes there (83h, 84h). */
static u8 set2_of_set1(u8 code)
{
    for (int i = ARRAY_LEN(set1_of_set2) - 1; i > 0; i--)
        if (set1_of_set2[i] == code) return i;
    return 0;
}

static void keyboard_defaults(struct ps2_keyboard *keyboard)
{
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
    if (set > 2) {
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
    if (command == SET_LEDS) keyboard->leds = byte & 7;
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

static void keyboard_key(struct ps2_keyboard *keyboard, u8 code)
{
    bool prefix = code == EXTEND_0 || code == EXTEND_1;
    if (prefix || keyboard->scan_set == 1) {
        keyboard_send(keyboard, code);
        return;
    }
    if (code & 0x80) keyboard_send(keyboard, BREAK_PREFIX);
    keyboard_send(keyboard, set2_of_set1(code & 0x7F));
}

/* Takes all of a message or nothing, so that a full queue never leaves half a code. */
void ps2_keyboard_keys(struct ps2_keyboard *keyboard, const u8 *codes, size_t length)
{
    size_t most = length * KEY_BYTES_MOST;
    if (!keyboard->scanning || most > PS2_QUEUE - PS2_REPLY_ROOM) return;
    if (!ps2_queue_has_room(&keyboard->out, most + PS2_REPLY_ROOM)) return;
    for (size_t i = 0; i < length; i++) keyboard_key(keyboard, codes[i]);
}

const struct field ps2_keyboard_fields[] = {
    PS2_QUEUE_FIELDS(struct ps2_keyboard),
    FIELD(struct ps2_keyboard, command,   "command awaiting its parameter"),
    FIELD(struct ps2_keyboard, scan_set,  "scan code set"),
    FIELD(struct ps2_keyboard, leds,      "LEDs: scroll, num, caps"),
    FIELD(struct ps2_keyboard, typematic, "typematic rate and delay"),
    FIELD(struct ps2_keyboard, last,      "last byte sent"),
    FIELD(struct ps2_keyboard, scanning,  "keys are reported"),
    FIELD_END
};
