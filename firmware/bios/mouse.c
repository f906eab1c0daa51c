/* The PS/2 mouse: INT 15h AH=C2h and IRQ 12 (INT 74h), after IBM's Personal System/2 and PC BIOS Interface Technical
 * Reference, "Pointing Device BIOS Interface". The user's routine is called once per whole packet. */
#include "firmware/bios/services.h"

enum { KBC_DATA = 0x60, KBC_STATUS = 0x64, FULL = 1, BUSY = 2, AUX = 0x20, SEND_MOUSE = 0xD4, READ_MODE = 0x20, WRITE_MODE = 0x60,
       MOUSE_ON = 0xA8, MODE_IRQ12 = 2, MODE_MOUSE_OFF = 0x20 };
enum { ACK = 0xFA, RESET_MOUSE = 0xFF, TEST_GOOD = 0xAA, SET_RATE = 0xF3, SET_RESOLUTION = 0xE8, GET_STATUS = 0xE9,
       GET_ID = 0xF2, ENABLE = 0xF4, DISABLE = 0xF5, SCALE_1 = 0xE6, SCALE_2 = 0xE7 };
enum { GOOD, BAD_FUNCTION, BAD_INPUT, INTERFACE_ERROR, RESEND_NEEDED, NO_HANDLER };
enum { PACKET_MAX = 8 };

static struct { u16 offset, segment; u8 size, count, enabled, packet[PACKET_MAX]; } mouse;

/* ---- the wire ---- */
static int write_ready(void)
{
    struct limit limit = limit_ms(100);
    while (inb(KBC_STATUS) & BUSY)
        if (limit_passed(&limit)) return -1;
    return 0;
}

static void controller_write(u8 command, u8 value)
{
    if (!write_ready()) outb(KBC_STATUS, command);
    if (!write_ready()) outb(KBC_DATA, value);
}

static int answer_get(u32 ms)
{
    struct limit limit = limit_ms(ms);
    while (!limit_passed(&limit))
        if ((inb(KBC_STATUS) & (FULL | AUX)) == (FULL | AUX)) return inb(KBC_DATA);
    return -1;
}

/* 0 if the mouse acknowledged the byte. */
static int mouse_send(u8 byte)
{
    controller_write(SEND_MOUSE, byte);
    return answer_get(100) == ACK ? 0 : -1;
}

static void mode_set(int interrupts)
{
    struct limit limit = limit_ms(100);
    if (!write_ready()) outb(KBC_STATUS, READ_MODE);
    while (!(inb(KBC_STATUS) & FULL))
        if (limit_passed(&limit)) return;
    u8 mode = inb(KBC_DATA) & ~(MODE_IRQ12 | MODE_MOUSE_OFF);
    controller_write(WRITE_MODE, (u8)(mode | (interrupts ? MODE_IRQ12 : 0)));
}

/* ---- INT 15h AH=C2h ---- */
static u8 stream(int on)
{
    mouse.count = 0;
    if (on && !mouse.segment && !mouse.offset) return NO_HANDLER;
    if (mouse_send(on ? ENABLE : DISABLE)) return INTERFACE_ERROR;
    mouse.enabled = on != 0;
    return GOOD;
}

static u8 enable(struct regs *r) { return r->bh > 1 ? BAD_INPUT : stream(r->bh); }

static u8 reset(struct regs *r)
{
    mouse.count = mouse.enabled = 0;
    if (mouse_send(RESET_MOUSE)) return INTERFACE_ERROR;
    int good = answer_get(1000), id = answer_get(100);
    if (good != TEST_GOOD || id < 0) return RESEND_NEEDED;
    r->bl = (u8)good;
    r->bh = (u8)id;
    return GOOD;
}

static u8 value_set(u8 command, u8 value)
{
    return mouse_send(command) || mouse_send(value) ? INTERFACE_ERROR : GOOD;
}

static u8 rate(struct regs *r)
{
    static const u8 rates[] = { 10, 20, 40, 60, 80, 100, 200 };
    return r->bh < sizeof rates ? value_set(SET_RATE, rates[r->bh]) : BAD_INPUT;
}

static u8 resolution(struct regs *r) { return r->bh < 4 ? value_set(SET_RESOLUTION, r->bh) : BAD_INPUT; }

static u8 type(struct regs *r)
{
    if (mouse_send(GET_ID)) return INTERFACE_ERROR;
    int id = answer_get(100);
    if (id < 0) return INTERFACE_ERROR;
    r->bh = (u8)id;
    return GOOD;
}

static u8 initialize(struct regs *r)
{
    if (r->bh < 1 || r->bh > PACKET_MAX) return BAD_INPUT;
    mouse.size = r->bh;
    return reset(r);
}

static u8 extended(struct regs *r)
{
    if (r->bh == 1) return mouse_send(SCALE_1) ? INTERFACE_ERROR : GOOD;
    if (r->bh == 2) return mouse_send(SCALE_2) ? INTERFACE_ERROR : GOOD;
    if (r->bh != 0) return BAD_INPUT;
    if (mouse_send(GET_STATUS)) return INTERFACE_ERROR;
    int status = answer_get(100), resolution_now = answer_get(100), rate_now = answer_get(100);
    if (rate_now < 0) return INTERFACE_ERROR;
    r->bl = (u8)status;
    r->cl = (u8)resolution_now;
    r->dl = (u8)rate_now;
    return GOOD;
}

static u8 handler(struct regs *r)
{
    mouse.segment = r->es;
    mouse.offset = r->bx;
    if (!r->es && !r->bx && mouse.enabled) stream(0);
    return GOOD;
}

/* While a command runs, its answers must not become packets. */
void mouse_service(struct regs *r)
{
    static u8 (*const functions[])(struct regs *r) = {
        enable, reset, rate, resolution, type, initialize, extended, handler
    };
    if (r->al >= sizeof functions / sizeof functions[0]) {
        result(r, BAD_FUNCTION);
        return;
    }
    if (!write_ready()) outb(KBC_STATUS, MOUSE_ON);
    mode_set(0);
    u8 status = functions[r->al](r);
    mode_set(1);
    outb(0xA1, inb(0xA1) & ~0x10);
    outb(0x21, inb(0x21) & ~0x04);
    result(r, status);
}

/* ---- INT 74h ---- */
void mouse_interrupt(struct regs *r)
{
    u8 status = inb(KBC_STATUS);
    (void)r;
    if ((status & (FULL | AUX)) == (FULL | AUX)) {
        u8 byte = inb(KBC_DATA), size = mouse.size ? mouse.size : 3;
        if (mouse.enabled) mouse.packet[mouse.count++] = byte;
        if (mouse.count == 1 && !(byte & 8)) mouse.count = 0;        /* not the first byte of a packet */
        if (mouse.count >= size) {
            mouse.count = 0;
            outb(0xA0, 0x20);
            outb(0x20, 0x20);
            mouse_call((u32)mouse.segment << 16 | mouse.offset, mouse.packet[0], mouse.packet[1], mouse.packet[2],
                       size > 3 ? mouse.packet[3] : 0);
            return;
        }
    }
    outb(0xA0, 0x20);
    outb(0x20, 0x20);
}
