/* The two devices behind the 8042: a keyboard and a mouse. Each answers the bytes it is sent and fills a queue from
 * which the controller takes at the pace of the wire. */
#ifndef DEVICES_PS2_H
#define DEVICES_PS2_H
#include "core/state.h"

enum { PS2_QUEUE = 256, PS2_REPLY_ROOM = 16, PS2_NO_COMMAND = 0 };
enum { PS2_SET3_CODES = 0x90 };
enum { PS2_ACK = 0xFA, PS2_RESEND = 0xFE, PS2_SELF_TEST_PASSED = 0xAA };

struct ps2_queue { u8 bytes[PS2_QUEUE]; u16 first, count; };

struct ps2_keyboard {
    struct ps2_queue out;
    u8               command;        /* command whose parameter is awaited, or PS2_NO_COMMAND */
    u8               scan_set;       /* 1 to 3 */
    u8               leds, typematic;
    u8               last;           /* last byte sent, for "resend" */
    bool             scanning;
    u8               prefix;         /* E0h or E1h of a key whose code has not come yet */
    u16              held;           /* the key that repeats: code of set 1, bit 8 for E0h; 0: none */
    u8               key_type[PS2_SET3_CODES];   /* set 3: whether the key of a code repeats, and sends its release */
};

struct ps2_mouse {
    struct ps2_queue out;
    u8               command;
    u8               rate, resolution;
    u8               buttons, told_buttons;
    u8               id;             /* 0: three buttons; 3: a wheel as well; 4: five buttons and a wheel */
    u8               rates[2];       /* the last two sample rates set: by three of them software wakes the wheel */
    s32              dx, dy, dz;     /* movement not yet reported */
    bool             reporting, remote, wrap, scaling;
};

extern const struct field ps2_keyboard_fields[], ps2_mouse_fields[];

void ps2_keyboard_reset(struct ps2_keyboard *keyboard);
/* A byte from the controller. */
void ps2_keyboard_write(struct ps2_keyboard *keyboard, u8 byte);
/* Key presses and releases as the codes of scan code set 1 (E0h and E1h prefixes, bit 7: release). */
void ps2_keyboard_keys(struct ps2_keyboard *keyboard, const u8 *codes, size_t length);
/* The key that is held is sent again. */
void ps2_keyboard_repeat(struct ps2_keyboard *keyboard);
/* Nanoseconds from a press to its first repetition, and from one to the next. */
u64  ps2_keyboard_delay_ns(const struct ps2_keyboard *keyboard);
u64  ps2_keyboard_period_ns(const struct ps2_keyboard *keyboard);

void ps2_mouse_reset(struct ps2_mouse *mouse);
void ps2_mouse_write(struct ps2_mouse *mouse, u8 byte);
/* Movement (right and up positive), buttons (bit 0 left, 1 right, 2 middle, 3 and 4 the side ones) and the wheel
 * (towards the user positive). */
void ps2_mouse_move(struct ps2_mouse *mouse, u8 buttons, int dx, int dy, int dz);
/* Puts a packet into the queue if there is something to report and room; called again whenever the queue drains. */
void ps2_mouse_report(struct ps2_mouse *mouse);
/* What was loaded becomes something that they can be in. */
void ps2_keyboard_restored(struct ps2_keyboard *keyboard);
void ps2_mouse_restored(struct ps2_mouse *mouse);

/* Keys and movement leave PS2_REPLY_ROOM free, so that the answer to a command is never lost. */
static inline bool ps2_queue_has_room(const struct ps2_queue *queue, u16 bytes)
{
    return queue->count + bytes <= PS2_QUEUE;
}
static inline void ps2_queue_put(struct ps2_queue *queue, u8 byte)
{
    if (ps2_queue_has_room(queue, 1)) queue->bytes[(queue->first + queue->count++) % PS2_QUEUE] = byte;
}
static inline u8 ps2_queue_take(struct ps2_queue *queue)
{
    u8 byte = queue->bytes[queue->first];
    queue->first = (queue->first + 1) % PS2_QUEUE;
    queue->count--;
    return byte;
}
/* Puts a byte back that was taken but has not reached the guest. */
static inline void ps2_queue_untake(struct ps2_queue *queue, u8 byte)
{
    if (!ps2_queue_has_room(queue, 1)) return;
    queue->first = (queue->first + PS2_QUEUE - 1) % PS2_QUEUE;
    queue->bytes[queue->first] = byte;
    queue->count++;
}
static inline void ps2_queue_clear(struct ps2_queue *queue) { queue->first = queue->count = 0; }
/* Makes a loaded queue one that was filled. */
static inline void ps2_queue_restored(struct ps2_queue *queue)
{
    queue->first %= PS2_QUEUE;
    queue->count = MIN(queue->count, (u16)PS2_QUEUE);
}

/* What the 8042's translation makes of a byte of scan code set 2 (a code, not the F0h prefix). */
u8 ps2_translate(u8 code);

#define PS2_QUEUE_FIELDS(type) \
    FIELD_RAW(type, out.bytes, "bytes to the controller: a ring"), \
    FIELD(type, out.first, "oldest byte of the ring"), \
    FIELD(type, out.count, "bytes in the ring")
#endif
