/* The keyboard: IRQ 1 (INT 09h) turns scan codes of set 1 into keystrokes, INT 16h hands them out. After IBM's Personal
 * System/2 and PC BIOS Interface Technical Reference, with the functions of 101-key keyboards. */
#include "firmware/bios/services.h"

enum { KBC_DATA = 0x60, KBC_STATUS = 0x64, KBC_FULL = 1, KBC_BUSY = 2, KBC_AUX = 0x20 };
enum { ACK = 0xFA, RESEND = 0xFE, SET_LEDS = 0xED, SET_RATE = 0xF3, ENABLE = 0xF4, RESET_KEYBOARD = 0xFF };
enum { R_SHIFT = 1, L_SHIFT = 2, CTRL = 4, ALT = 8, SCROLL = 0x10, NUM = 0x20, CAPS = 0x40, INSERT = 0x80 };
enum { L_CTRL = 1, L_ALT = 2, SYSREQ = 4, PAUSE = 8 };                       /* BDA_SHIFT2 */
enum { SEEN_E1 = 1, SEEN_E0 = 2, R_CTRL = 4, R_ALT = 8, KEYS_101 = 0x10 };   /* BDA_KEY_MODE */
enum { RELEASED = 0x80, KEY_PAD_7 = 0x47, KEY_PAD_DOT = 0x53, KEY_DELETE = 0x53, KEYS = 0x59 };

/* Keystrokes (scan code, character) plain, with Shift, Ctrl and Alt; 0: none. */
struct key { u16 plain, shift, ctrl, alt; };
#define LETTER(scan, c) { (scan) << 8 | (c), (scan) << 8 | ((c) - 32), (scan) << 8 | ((c) & 0x1F), (scan) << 8 }
#define PUNCT(scan, c, s) { (scan) << 8 | (c), (scan) << 8 | (s), 0, (scan) << 8 }
#define DIGIT(scan, c, s, a) { (scan) << 8 | (c), (scan) << 8 | (s), 0, (a) << 8 }
#define FKEY(n) { (0x3B + (n)) << 8, (0x54 + (n)) << 8, (0x5E + (n)) << 8, (0x68 + (n)) << 8 }
#define PAD(scan, c, k) { (scan) << 8, (scan) << 8 | (c), (k) << 8, 0 }
static const struct key keys[KEYS] = {
    [0x01] = { 0x011B, 0x011B, 0x011B, 0x0100 },
    [0x02] = DIGIT(0x02, '1', '!', 0x78), [0x03] = { 0x0332, 0x0340, 0x0300, 0x7900 },
    [0x04] = DIGIT(0x04, '3', '#', 0x7A), [0x05] = DIGIT(0x05, '4', '$', 0x7B),
    [0x06] = DIGIT(0x06, '5', '%', 0x7C), [0x07] = { 0x0736, 0x075E, 0x071E, 0x7D00 },
    [0x08] = DIGIT(0x08, '7', '&', 0x7E), [0x09] = DIGIT(0x09, '8', '*', 0x7F),
    [0x0A] = DIGIT(0x0A, '9', '(', 0x80), [0x0B] = DIGIT(0x0B, '0', ')', 0x81),
    [0x0C] = { 0x0C2D, 0x0C5F, 0x0C1F, 0x8200 }, [0x0D] = DIGIT(0x0D, '=', '+', 0x83),
    [0x0E] = { 0x0E08, 0x0E08, 0x0E7F, 0x0E00 }, [0x0F] = { 0x0F09, 0x0F00, 0x9400, 0xA500 },
    [0x10] = LETTER(0x10, 'q'), [0x11] = LETTER(0x11, 'w'), [0x12] = LETTER(0x12, 'e'), [0x13] = LETTER(0x13, 'r'),
    [0x14] = LETTER(0x14, 't'), [0x15] = LETTER(0x15, 'y'), [0x16] = LETTER(0x16, 'u'), [0x17] = LETTER(0x17, 'i'),
    [0x18] = LETTER(0x18, 'o'), [0x19] = LETTER(0x19, 'p'),
    [0x1A] = { 0x1A5B, 0x1A7B, 0x1A1B, 0x1A00 }, [0x1B] = { 0x1B5D, 0x1B7D, 0x1B1D, 0x1B00 },
    [0x1C] = { 0x1C0D, 0x1C0D, 0x1C0A, 0x1C00 },
    [0x1E] = LETTER(0x1E, 'a'), [0x1F] = LETTER(0x1F, 's'), [0x20] = LETTER(0x20, 'd'), [0x21] = LETTER(0x21, 'f'),
    [0x22] = LETTER(0x22, 'g'), [0x23] = LETTER(0x23, 'h'), [0x24] = LETTER(0x24, 'j'), [0x25] = LETTER(0x25, 'k'),
    [0x26] = LETTER(0x26, 'l'),
    [0x27] = PUNCT(0x27, ';', ':'), [0x28] = PUNCT(0x28, '\'', '"'), [0x29] = PUNCT(0x29, '`', '~'),
    [0x2B] = { 0x2B5C, 0x2B7C, 0x2B1C, 0x2B00 },
    [0x2C] = LETTER(0x2C, 'z'), [0x2D] = LETTER(0x2D, 'x'), [0x2E] = LETTER(0x2E, 'c'), [0x2F] = LETTER(0x2F, 'v'),
    [0x30] = LETTER(0x30, 'b'), [0x31] = LETTER(0x31, 'n'), [0x32] = LETTER(0x32, 'm'),
    [0x33] = PUNCT(0x33, ',', '<'), [0x34] = PUNCT(0x34, '.', '>'), [0x35] = PUNCT(0x35, '/', '?'),
    [0x37] = { 0x372A, 0x372A, 0x9600, 0x3700 },
    [0x39] = { 0x3920, 0x3920, 0x3920, 0x3920 },
    [0x3B] = FKEY(0), [0x3C] = FKEY(1), [0x3D] = FKEY(2), [0x3E] = FKEY(3), [0x3F] = FKEY(4),
    [0x40] = FKEY(5), [0x41] = FKEY(6), [0x42] = FKEY(7), [0x43] = FKEY(8), [0x44] = FKEY(9),
    [0x47] = PAD(0x47, '7', 0x77), [0x48] = PAD(0x48, '8', 0x8D), [0x49] = PAD(0x49, '9', 0x84),
    [0x4A] = { 0x4A2D, 0x4A2D, 0x8E00, 0x4A00 },
    [0x4B] = PAD(0x4B, '4', 0x73), [0x4C] = PAD(0x4C, '5', 0x8F), [0x4D] = PAD(0x4D, '6', 0x74),
    [0x4E] = { 0x4E2B, 0x4E2B, 0x9000, 0x4E00 },
    [0x4F] = PAD(0x4F, '1', 0x75), [0x50] = PAD(0x50, '2', 0x91), [0x51] = PAD(0x51, '3', 0x76),
    [0x52] = PAD(0x52, '0', 0x92), [0x53] = PAD(0x53, '.', 0x93),
    [0x56] = { 0x565C, 0x567C, 0, 0x5600 },
    [0x57] = { 0x8500, 0x8700, 0x8900, 0x8B00 }, [0x58] = { 0x8600, 0x8800, 0x8A00, 0x8C00 },
};

/* The keys between letters and keypad; their scan codes come after E0h. */
#define GRAY(scan, k, a) { (scan) << 8 | 0xE0, (scan) << 8 | 0xE0, (k) << 8 | 0xE0, (a) << 8 }
static const struct { u8 scan; struct key key; } gray_keys[] = {
    { 0x1C, { 0xE00D, 0xE00D, 0xE00A, 0xA600 } }, { 0x35, { 0xE02F, 0xE02F, 0x9500, 0xA400 } },
    { 0x47, GRAY(0x47, 0x77, 0x97) }, { 0x48, GRAY(0x48, 0x8D, 0x98) }, { 0x49, GRAY(0x49, 0x84, 0x99) },
    { 0x4B, GRAY(0x4B, 0x73, 0x9B) }, { 0x4D, GRAY(0x4D, 0x74, 0x9D) }, { 0x4F, GRAY(0x4F, 0x75, 0x9F) },
    { 0x50, GRAY(0x50, 0x91, 0xA0) }, { 0x51, GRAY(0x51, 0x76, 0xA1) }, { 0x52, GRAY(0x52, 0x92, 0xA2) },
    { 0x53, GRAY(0x53, 0x93, 0xA3) },
};

static void set(u16 flags, u8 mask, int on) { bda_put8(flags, (u8)((bda8(flags) & ~mask) | (on ? mask : 0))); }

/* ---- the buffer ---- */
static u16 slot_after(u16 slot)
{
    slot = (u16)(slot + 2);
    return slot == bda16(BDA_KEY_END) ? bda16(BDA_KEY_START) : slot;
}

/* False if the buffer is full. */
static int key_put(u16 key)
{
    u16 tail = bda16(BDA_KEY_TAIL), next = slot_after(tail);
    if (next == bda16(BDA_KEY_HEAD)) return 0;
    bda_put16(tail, key);
    bda_put16(BDA_KEY_TAIL, next);
    return 1;
}

static void buffer_clear(void)
{
    bda_put16(BDA_KEY_HEAD, bda16(BDA_KEY_START));
    bda_put16(BDA_KEY_TAIL, bda16(BDA_KEY_START));
}

/* ---- the controller ---- */
static int write_ready(void)
{
    struct limit limit = limit_ms(100);
    while (inb(KBC_STATUS) & KBC_BUSY)
        if (limit_passed(&limit)) return -1;
    return 0;
}

static int answer_get(u32 ms)
{
    struct limit limit = limit_ms(ms);
    while (!limit_passed(&limit))
        if (inb(KBC_STATUS) & KBC_FULL) return inb(KBC_DATA);
    return -1;
}

static void scan_code(u8 code);

/* A key that comes in between is not lost. */
int keyboard_send(u8 byte)
{
    if (write_ready()) return -1;
    outb(KBC_DATA, byte);
    for (unsigned tries = 0; tries < 8; tries++) {
        int answer = answer_get(50);
        if (answer < 0 || answer == RESEND) return -1;
        if (answer == ACK) return 0;
        scan_code((u8)answer);
    }
    return -1;
}

static void leds_update(void)
{
    u8 leds = bda8(BDA_SHIFT) >> 4 & 7;
    if ((bda8(BDA_LEDS) & 7) == leds) return;
    bda_put8(BDA_LEDS, (u8)((bda8(BDA_LEDS) & ~7) | leds));
    if (!keyboard_send(SET_LEDS)) keyboard_send(leds);
}

/* ---- scan codes ---- */
static void lock_key(u8 lock, int pressed)
{
    u8 held = lock;                          /* BDA_SHIFT2 has the same bit for "is held down" */
    if (!pressed) {
        set(BDA_SHIFT2, held, 0);
        return;
    }
    if (bda8(BDA_SHIFT2) & held) return;
    set(BDA_SHIFT2, held, 1);
    set(BDA_SHIFT, lock, !(bda8(BDA_SHIFT) & lock));
}

static void control_key(int right, int pressed)
{
    if (right) set(BDA_KEY_MODE, R_CTRL, pressed);
    else set(BDA_SHIFT2, L_CTRL, pressed);
    set(BDA_SHIFT, CTRL, (bda8(BDA_SHIFT2) & L_CTRL) || (bda8(BDA_KEY_MODE) & R_CTRL));
}

/* The number typed on the keypad while Alt was down is a character. */
static void alt_key(int right, int pressed)
{
    if (right) set(BDA_KEY_MODE, R_ALT, pressed);
    else set(BDA_SHIFT2, L_ALT, pressed);
    set(BDA_SHIFT, ALT, (bda8(BDA_SHIFT2) & L_ALT) || (bda8(BDA_KEY_MODE) & R_ALT));
    u8 typed = bda8(BDA_ALT_DIGITS);
    if (pressed || !typed) return;
    bda_put8(BDA_ALT_DIGITS, 0);
    key_put(typed);
}

/* True if the code was a shift or lock key. */
static int shift_key(u8 code, int gray, int pressed)
{
    u8 flags = bda8(BDA_SHIFT);
    switch (code) {
    case 0x2A: if (!gray) set(BDA_SHIFT, L_SHIFT, pressed); return 1;
    case 0x36: if (!gray) set(BDA_SHIFT, R_SHIFT, pressed); return 1;
    case 0x1D: control_key(gray, pressed); return 1;
    case 0x38: alt_key(gray, pressed); return 1;
    case 0x3A: lock_key(CAPS, pressed); return 1;
    case 0x46:
        if (gray || flags & CTRL) return 0;
        lock_key(SCROLL, pressed);
        return 1;
    case 0x45:
        if (flags & CTRL) return 0;
        lock_key(NUM, pressed);
        return 1;
    case 0x52:
        if ((gray || !(flags & NUM)) && !(flags & (ALT | CTRL))) lock_key(INSERT, pressed);
        return 0;
    default:
        return 0;
    }
}

static void break_key(void)
{
    struct regs r = { 0 };
    buffer_clear();
    bda_put8(BDA_BREAK, 0x80);
    call_int(0x1B, &r);
    key_put(0);
}

/* Waits, interrupts on, until some key comes. */
static void pause(void)
{
    set(BDA_SHIFT2, PAUSE, 1);
    outb(0x20, 0x20);
    sti();
    while (bda8(BDA_SHIFT2) & PAUSE) {}
    cli();
}

static void reset_key(void)
{
    bda_put16(BDA_WARM, WARM_BOOT);
    outb(KBC_STATUS, 0xFE);
    for (;;) __asm__ volatile("cli; hlt");
}

static void print_key(int pressed)
{
    struct regs r = { 0 };
    if (bda8(BDA_SHIFT) & ALT) {
        r.eax = pressed ? 0x8500 : 0x8501;
        call_int(0x15, &r);
    } else if (pressed && bda8(BDA_SHIFT) & CTRL) {
        key_put(0x7200);
    } else if (pressed) {
        call_int(0x05, &r);
    }
}

static int special_key(u8 code, int gray, int pressed)
{
    u8 flags = bda8(BDA_SHIFT);
    if ((code == 0x37 && gray) || code == 0x54) {
        print_key(pressed);
        return 1;
    }
    if (!pressed) return 0;
    if (code == KEY_DELETE && (flags & (CTRL | ALT)) == (CTRL | ALT)) reset_key();
    if (code == 0x46 && (gray || flags & CTRL)) {
        break_key();
        return 1;
    }
    if (code == 0x45 && flags & CTRL) {
        pause();
        return 1;
    }
    return 0;
}

/* Digits of the keypad by scan code from 47h; 10: none. */
static int alt_digit(u8 code)
{
    static const u8 digits[] = { 7, 8, 9, 10, 4, 5, 6, 10, 1, 2, 3, 0, 10 };
    u8 digit = code >= KEY_PAD_7 && code <= KEY_PAD_DOT ? digits[code - KEY_PAD_7] : 10;
    if (digit == 10) return 0;
    bda_put8(BDA_ALT_DIGITS, (u8)(bda8(BDA_ALT_DIGITS) * 10 + digit));
    return 1;
}

static u16 stroke_of(const struct key *key, u8 code, int gray)
{
    u8 flags = bda8(BDA_SHIFT);
    int shifted = (flags & (L_SHIFT | R_SHIFT)) != 0;
    u8 letter = (u8)key->plain;
    if (flags & ALT) return key->alt;
    if (flags & CTRL) return key->ctrl;
    if (letter >= 'a' && letter <= 'z' && flags & CAPS) shifted = !shifted;
    if (!gray && code >= KEY_PAD_7 && code <= KEY_PAD_DOT && flags & NUM) shifted = !shifted;
    return shifted ? key->shift : key->plain;
}

static const struct key *key_find(u8 code, int gray)
{
    for (u32 i = 0; gray && i < sizeof gray_keys / sizeof gray_keys[0]; i++)
        if (gray_keys[i].scan == code) return &gray_keys[i].key;
    return gray || code >= KEYS ? 0 : &keys[code];
}

static void key_pressed(u8 code, int gray)
{
    const struct key *key = key_find(code, gray);
    if (bda8(BDA_SHIFT2) & PAUSE) {
        set(BDA_SHIFT2, PAUSE, 0);
        return;
    }
    if (!gray && bda8(BDA_SHIFT) & ALT && alt_digit(code)) return;
    u16 stroke = key ? stroke_of(key, code, gray) : 0;
    if (stroke) key_put(stroke);
}

/* E1h comes before Ctrl-NumLock, which together are the Pause key. */
static void pause_sequence(u8 code)
{
    if ((code & 0x7F) == 0x1D) return;
    set(BDA_KEY_MODE, SEEN_E1, 0);
    if (code == 0x45) pause();
}

static void scan_code(u8 code)
{
    u8 mode = bda8(BDA_KEY_MODE);
    int gray = mode & SEEN_E0, pressed = !(code & RELEASED);
    if (code == 0xE0) {
        set(BDA_KEY_MODE, SEEN_E0, 1);
        return;
    }
    if (code == 0xE1) {
        set(BDA_KEY_MODE, SEEN_E1, 1);
        return;
    }
    if (mode & SEEN_E1) {
        pause_sequence(code);
        return;
    }
    set(BDA_KEY_MODE, SEEN_E0, 0);
    code &= 0x7F;
    if (special_key(code, gray, pressed) || shift_key(code, gray, pressed)) return;
    if (pressed) key_pressed(code, gray);
}

/* INT 15h AH=4Fh may change or swallow the code. */
void keyboard_interrupt(struct regs *r)
{
    struct regs filter = { 0 };
    (void)r;
    if (inb(KBC_STATUS) & KBC_FULL) {
        filter.ax = (u16)(0x4F00 | inb(KBC_DATA));
        filter.flags = FLAG_CF;
        call_int_carry(0x15, &filter);
        if (filter.flags & FLAG_CF) scan_code(filter.al);
        leds_update();
    }
    cli();
    outb(0x20, 0x20);
}

/* ---- INT 16h ---- */
static int key_waits(u16 *key)
{
    u16 head = bda16(BDA_KEY_HEAD);
    if (head == bda16(BDA_KEY_TAIL)) return 0;
    *key = bda16(head);
    return 1;
}

/* As keyboards with 84 keys gave it. */
static u16 key_simplified(u16 key)
{
    if (key >> 8 == 0xE0) return (key & 0xFF) == '/' ? 0x352F : (u16)(0x1C00 | (key & 0xFF));
    return (key & 0xFF) == 0xE0 && key >> 8 ? key & 0xFF00 : key;
}

static void key_take(struct regs *r, int extended)
{
    u16 key;
    for (cli(); !key_waits(&key); cli()) __asm__ volatile("sti; hlt" : : : "memory");
    bda_put16(BDA_KEY_HEAD, slot_after(bda16(BDA_KEY_HEAD)));
    r->ax = extended ? key : key_simplified(key);
}

static void key_look(struct regs *r, int extended)
{
    u16 key;
    r->flags = (u16)((r->flags | FLAG_ZF) | FLAG_IF);
    if (!key_waits(&key)) {
        sti();
        return;
    }
    r->flags = (u16)(r->flags & ~FLAG_ZF);
    r->ax = extended ? key : key_simplified(key);
}

static void rate_set(struct regs *r)
{
    u8 delay = r->bh & 3, rate = r->bl & 0x1F;
    if (r->al != 5) return;
    if (!keyboard_send(SET_RATE)) keyboard_send((u8)(delay << 5 | rate));
}

void keyboard_service(struct regs *r)
{
    switch (r->ah) {
    case 0x00: key_take(r, 0); break;
    case 0x01: key_look(r, 0); break;
    case 0x02: r->al = bda8(BDA_SHIFT); break;
    case 0x03: rate_set(r); break;
    case 0x05: r->al = !key_put(r->cx); break;
    case 0x09: r->al = 0x30; break;
    case 0x0A: r->bx = 0x41AB; break;
    case 0x10: key_take(r, 1); break;
    case 0x11: key_look(r, 1); break;
    case 0x12:
        r->al = bda8(BDA_SHIFT);
        r->ah = (u8)((bda8(BDA_SHIFT2) & 0x73) | (bda8(BDA_SHIFT2) & SYSREQ ? 0x80 : 0) | (bda8(BDA_KEY_MODE) & (R_CTRL | R_ALT)));
        break;
    default: break;
    }
}

/* ---- power-on ---- */
static void command(u8 byte)
{
    if (!write_ready()) outb(KBC_STATUS, byte);
}

/* Self-tests of controller and keyboard, then interrupts on, scan codes translated to set 1. */
void keyboard_init(void)
{
    enum { KBC_TEST = 0xAA, KBC_GOOD = 0x55, KEYBOARD_TEST = 0xAB, KEYBOARD_ON = 0xAE, WRITE_MODE = 0x60, MODE = 0x61 };
    while (inb(KBC_STATUS) & KBC_FULL) (void)inb(KBC_DATA);
    command(KBC_TEST);
    if (answer_get(100) != KBC_GOOD) {
        log_text("keyboard controller does not answer\n");
        return;
    }
    command(WRITE_MODE);
    if (!write_ready()) outb(KBC_DATA, 0x60);
    command(KEYBOARD_ON);
    if (keyboard_send(RESET_KEYBOARD) || answer_get(1000) != KBC_TEST) log_text("no keyboard\n");
    keyboard_send(ENABLE);
    command(WRITE_MODE);
    if (!write_ready()) outb(KBC_DATA, MODE);
}
