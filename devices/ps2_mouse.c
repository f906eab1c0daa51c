/* A PS/2 mouse after IBM's Personal System/2 Hardware Interface Technical Reference, "Mouse", with the wheel and the
 * side buttons of Microsoft's IntelliMouse and IntelliMouse Explorer: sample rates 200, 100, 80 in a row make it tell of
 * the wheel in a fourth byte, 200, 200, 80 of the buttons 4 and 5 as well.
 * Not modelled: the sampling interval (movement is reported as fast as the wire takes it), resolution as a factor. */
#include "devices/ps2.h"

enum {
    SCALING_1 = 0xE6, SCALING_2 = 0xE7, SET_RESOLUTION = 0xE8, STATUS = 0xE9, STREAM = 0xEA, READ_DATA = 0xEB,
    WRAP_OFF = 0xEC, WRAP_ON = 0xEE, REMOTE = 0xF0, IDENTIFY = 0xF2, SET_RATE = 0xF3, ENABLE = 0xF4,
    DISABLE = 0xF5, DEFAULTS = 0xF6, RESET = 0xFF
};
enum { RATE_DEFAULT = 100, RESOLUTION_DEFAULT = 2, PACKET = 4, MOVE_MOST = 255, WHEEL_MOST = 7, FAR = 1 << 20 };
enum { ID_PLAIN = 0, ID_WHEEL = 3, ID_FIVE_BUTTONS = 4 };
enum { PACKET_ONE = 0x08, PACKET_X_SIGN = 0x10, PACKET_Y_SIGN = 0x20 };

static void mouse_defaults(struct ps2_mouse *mouse)
{
    mouse->rate = RATE_DEFAULT;
    mouse->resolution = RESOLUTION_DEFAULT;
    mouse->reporting = mouse->remote = mouse->scaling = false;
    mouse->command = PS2_NO_COMMAND;
    mouse->dx = mouse->dy = mouse->dz = 0;
}

void ps2_mouse_reset(struct ps2_mouse *mouse)
{
    *mouse = (struct ps2_mouse){ .command = PS2_NO_COMMAND };
    mouse_defaults(mouse);
}

static s32 clamp(s32 n, s32 most) { return n > most ? most : n < -most ? -most : n; }

/* 2:1 scaling: what small movements become in a report of the stream. */
static s32 scaled(const struct ps2_mouse *mouse, s32 n)
{
    static const s8 small[] = { 0, 1, 1, 3, 6, 9 };
    s32 size = n < 0 ? -n : n;
    if (!mouse->scaling || mouse->remote) return n;
    size = size < (s32)ARRAY_LEN(small) ? small[size] : 2 * size;
    return clamp(n < 0 ? -size : size, MOVE_MOST);
}

static void wheel_put(struct ps2_mouse *mouse)
{
    s32 dz = clamp(mouse->dz, WHEEL_MOST);
    mouse->dz -= dz;
    if (mouse->id == ID_WHEEL) ps2_queue_put(&mouse->out, (u8)dz);
    if (mouse->id == ID_FIVE_BUTTONS) ps2_queue_put(&mouse->out, (dz & 0x0F) | (mouse->buttons & 0x18) << 1);
}

static void mouse_packet(struct ps2_mouse *mouse)
{
    s32 dx = clamp(mouse->dx, MOVE_MOST), dy = clamp(mouse->dy, MOVE_MOST);
    mouse->dx -= dx;
    mouse->dy -= dy;
    dx = scaled(mouse, dx);
    dy = scaled(mouse, dy);
    u8 head = PACKET_ONE | (mouse->buttons & 7) | (dx < 0 ? PACKET_X_SIGN : 0) | (dy < 0 ? PACKET_Y_SIGN : 0);
    ps2_queue_put(&mouse->out, head);
    ps2_queue_put(&mouse->out, dx);
    ps2_queue_put(&mouse->out, dy);
    wheel_put(mouse);
    mouse->told_buttons = mouse->buttons;
}

static void mouse_status(struct ps2_mouse *mouse)
{
    u8 buttons = (mouse->buttons & 1) << 2 | (mouse->buttons & 4) >> 1 | (mouse->buttons & 2) >> 1;
    ps2_queue_put(&mouse->out, mouse->remote << 6 | mouse->reporting << 5 | mouse->scaling << 4 | buttons);
    ps2_queue_put(&mouse->out, mouse->resolution);
    ps2_queue_put(&mouse->out, mouse->rate);
}

/* What happened before is not reported. */
static void mouse_enable(struct ps2_mouse *mouse, bool on)
{
    mouse->reporting = on;
    mouse->dx = mouse->dy = mouse->dz = 0;
    mouse->told_buttons = mouse->buttons;
}

static void mouse_command(struct ps2_mouse *mouse, u8 byte)
{
    switch (byte) {
    case SCALING_1: case SCALING_2: mouse->scaling = byte == SCALING_2; break;
    case STREAM: case REMOTE:       mouse->remote = byte == REMOTE; break;
    case ENABLE: case DISABLE:      mouse_enable(mouse, byte == ENABLE); break;
    case WRAP_ON: case WRAP_OFF:    mouse->wrap = byte == WRAP_ON; break;
    case SET_RESOLUTION: case SET_RATE: mouse->command = byte; break;
    case STATUS:    mouse_status(mouse); break;
    case READ_DATA: mouse_packet(mouse); break;
    case IDENTIFY:  ps2_queue_put(&mouse->out, mouse->id); break;
    case DEFAULTS:  mouse_defaults(mouse); break;
    }
}

static bool is_command(u8 byte)
{
    return (byte >= SCALING_1 && byte <= WRAP_OFF) || byte == WRAP_ON || byte == REMOTE
        || (byte >= IDENTIFY && byte <= DEFAULTS);
}

static void mouse_reset_by_command(struct ps2_mouse *mouse)
{
    ps2_mouse_reset(mouse);
    ps2_queue_put(&mouse->out, PS2_ACK);
    ps2_queue_put(&mouse->out, PS2_SELF_TEST_PASSED);
    ps2_queue_put(&mouse->out, ID_PLAIN);
}

static void rate_set(struct ps2_mouse *mouse, u8 rate)
{
    bool third = rate == 80 && mouse->rates[0] == 200;
    if (third && mouse->rates[1] == 100 && mouse->id == ID_PLAIN) mouse->id = ID_WHEEL;
    if (third && mouse->rates[1] == 200) mouse->id = ID_FIVE_BUTTONS;
    mouse->rates[0] = mouse->rates[1];
    mouse->rates[1] = mouse->rate = rate;
}

/* Any byte from the host ends what the mouse was sending. */
void ps2_mouse_write(struct ps2_mouse *mouse, u8 byte)
{
    u8 command = mouse->command;
    mouse->command = PS2_NO_COMMAND;
    ps2_queue_clear(&mouse->out);
    if (byte == RESET) {
        mouse_reset_by_command(mouse);
    } else if (mouse->wrap && byte != WRAP_OFF) {
        ps2_queue_put(&mouse->out, byte);
    } else if (command) {
        if (command == SET_RATE) rate_set(mouse, byte);
        else mouse->resolution = byte;
        ps2_queue_put(&mouse->out, PS2_ACK);
    } else if (is_command(byte)) {
        ps2_queue_put(&mouse->out, PS2_ACK);
        mouse_command(mouse, byte);
    } else {
        ps2_queue_put(&mouse->out, PS2_RESEND);
    }
}

void ps2_mouse_report(struct ps2_mouse *mouse)
{
    bool news = mouse->dx || mouse->dy || mouse->dz || mouse->buttons != mouse->told_buttons;
    if (!news || !mouse->reporting || mouse->remote || mouse->wrap) return;
    if (ps2_queue_has_room(&mouse->out, PACKET + PS2_REPLY_ROOM)) mouse_packet(mouse);
}

/* What a mouse without them is not asked to tell is not counted. */
void ps2_mouse_move(struct ps2_mouse *mouse, u8 buttons, int dx, int dy, int dz)
{
    mouse->buttons = buttons & (mouse->id == ID_FIVE_BUTTONS ? 0x1F : 7);
    if (mouse->id != ID_PLAIN) mouse->dz = clamp(mouse->dz + clamp(dz, FAR), FAR);
    mouse->dx = clamp(mouse->dx + clamp(dx, FAR), FAR);
    mouse->dy = clamp(mouse->dy + clamp(dy, FAR), FAR);
    ps2_mouse_report(mouse);
}

void ps2_mouse_restored(struct ps2_mouse *mouse)
{
    ps2_queue_restored(&mouse->out);
    mouse->dx = clamp(mouse->dx, FAR);
    mouse->dy = clamp(mouse->dy, FAR);
    mouse->dz = clamp(mouse->dz, FAR);
}

const struct field ps2_mouse_fields[] = {
    PS2_QUEUE_FIELDS(struct ps2_mouse),
    FIELD(struct ps2_mouse, command,      "command awaiting its parameter"),
    FIELD(struct ps2_mouse, rate,         "samples per second"),
    FIELD(struct ps2_mouse, resolution,   "resolution, 0..3"),
    FIELD(struct ps2_mouse, buttons,      "buttons held"),
    FIELD(struct ps2_mouse, told_buttons, "buttons last reported"),
    FIELD(struct ps2_mouse, id,           "what it has: 0 three buttons, 3 a wheel, 4 five buttons and a wheel"),
    FIELD_ARRAY(struct ps2_mouse, rates,  "the last two sample rates set"),
    FIELD(struct ps2_mouse, dz,           "wheel movement not yet reported, towards the user"),
    FIELD(struct ps2_mouse, dx,           "movement not yet reported, right"),
    FIELD(struct ps2_mouse, dy,           "movement not yet reported, up"),
    FIELD(struct ps2_mouse, reporting,    "data reporting enabled"),
    FIELD(struct ps2_mouse, remote,       "remote mode"),
    FIELD(struct ps2_mouse, wrap,         "wrap mode"),
    FIELD(struct ps2_mouse, scaling,      "2:1 scaling"),
    FIELD_END
};
