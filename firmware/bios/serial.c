/* INT 14h: serial ports, and INT 17h: printers (IBM's BIOS Interface Technical Reference). */
#include "firmware/bios/services.h"

enum { TRANSMIT = 0, DIVISOR_LOW = 0, ENABLE = 1, LINE_CONTROL = 3, MODEM_CONTROL = 4, LINE_STATUS = 5, MODEM_STATUS = 6 };
enum { DIVISOR_LATCH = 0x80, DTR = 1, RTS = 2, DSR = 0x20, CTS = 0x10, DATA_READY = 1, HOLDING_EMPTY = 0x20, TIMED_OUT = 0x80 };
enum { PRINTER_READY = 0x80, PRINTER_TIMEOUT = 1, STROBE = 1, INITIALIZE = 4, SELECT = 8, PRINTER_INVERTED = 0x48 };
enum { PORTS = 4, TIMEOUT_UNIT_MS = 250 };

/* The addresses where ports are looked for, and which of them answer: into the data area. */
void serial_init(void)
{
    static const u16 serials[PORTS] = { 0x3F8, 0x2F8, 0x3E8, 0x2E8 }, printers[3] = { 0x378, 0x278, 0x3BC };
    u16 found = 0, slots = 0;
    for (unsigned i = 0; i < PORTS; i++) {
        outb(serials[i] + ENABLE, 2);
        if (inb(serials[i] + ENABLE) != 2) continue;
        outb(serials[i] + ENABLE, 0);
        bda_put16((u16)(BDA_COM + 2 * found), serials[i]);
        bda_put8((u16)(BDA_COM_TIMEOUT + found++), 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        outb(printers[i], 0xAA);
        if (inb(printers[i]) != 0xAA) continue;
        bda_put16((u16)(BDA_LPT + 2 * slots), printers[i]);
        bda_put8((u16)(BDA_LPT_TIMEOUT + slots++), 20);
    }
    bda_put16(BDA_EQUIPMENT, (u16)((bda16(BDA_EQUIPMENT) & ~0xCE00) | found << 9 | slots << 14));
}

static void status_get(struct regs *r, u16 port)
{
    r->ah = inb(port + LINE_STATUS);
    r->al = inb(port + MODEM_STATUS);
}

static void divisor_set(u16 port, u16 divisor, u8 line)
{
    outb(port + LINE_CONTROL, DIVISOR_LATCH);
    outb(port + DIVISOR_LOW, (u8)divisor);
    outb(port + DIVISOR_LOW + 1, (u8)(divisor >> 8));
    outb(port + LINE_CONTROL, line);
}

static void port_init(struct regs *r, u16 port)
{
    static const u16 divisors[] = { 1047, 768, 384, 192, 96, 48, 24, 12 };
    divisor_set(port, divisors[r->al >> 5], r->al & 0x1F);
    outb(port + ENABLE, 0);
    status_get(r, port);
}

/* AH=04h: AL break, BH parity, BL stop bits, CH bits, CL rate. */
static void port_init_extended(struct regs *r, u16 port)
{
    static const u16 divisors[] = { 1047, 768, 384, 192, 96, 48, 24, 12, 6 };
    static const u8 parities[] = { 0, 0x08, 0x18, 0x28, 0x38 };
    if (r->cl >= sizeof divisors / 2 || r->bh >= sizeof parities || r->ch > 3) {
        r->ah = TIMED_OUT;
        return;
    }
    divisor_set(port, divisors[r->cl], (u8)((r->al & 1) << 6 | parities[r->bh] | (r->bl & 1) << 2 | r->ch));
    status_get(r, port);
}

static int awaited(u16 port, u8 reg, u8 bits, u32 units)
{
    struct limit limit = limit_ms(units * TIMEOUT_UNIT_MS);
    while ((inb(port + reg) & bits) != bits)
        if (limit_passed(&limit)) return -1;
    return 0;
}

static void byte_send(struct regs *r, u16 port, u32 units)
{
    outb(port + MODEM_CONTROL, (inb(port + MODEM_CONTROL) & 8) | DTR | RTS);
    int late = awaited(port, LINE_STATUS, HOLDING_EMPTY, units);
    if (!late) outb(port + TRANSMIT, r->al);
    r->ah = (u8)(inb(port + LINE_STATUS) | (late ? TIMED_OUT : 0));
}

static void byte_receive(struct regs *r, u16 port, u32 units)
{
    int late = awaited(port, LINE_STATUS, DATA_READY, units);
    r->ah = (u8)((inb(port + LINE_STATUS) & 0x1E) | (late ? TIMED_OUT : 0));
    if (!late) r->al = inb(port + TRANSMIT);
}

static void modem_control(struct regs *r, u16 port)
{
    if (r->al == 0) r->bl = inb(port + MODEM_CONTROL);
    else outb(port + MODEM_CONTROL, r->bl);
    status_get(r, port);
}

void serial_service(struct regs *r)
{
    u16 port = r->dx < PORTS ? bda16((u16)(BDA_COM + 2 * r->dx)) : 0;
    if (!port) {
        r->ah = TIMED_OUT;
        return;
    }
    u32 units = bda8((u16)(BDA_COM_TIMEOUT + r->dx));
    sti();
    switch (r->ah) {
    case 0: port_init(r, port); break;
    case 1: byte_send(r, port, units); break;
    case 2: byte_receive(r, port, units); break;
    case 3: status_get(r, port); break;
    case 4: port_init_extended(r, port); break;
    case 5: modem_control(r, port); break;
    default: r->ah = TIMED_OUT;
    }
}

/* ---- printers ---- */
static u8 printer_status(u16 port) { return (u8)((inb(port + 1) & 0xF8) ^ PRINTER_INVERTED); }

static void printer_write(struct regs *r, u16 port, u32 units)
{
    outb(port, r->al);
    int late = awaited(port, 1, PRINTER_READY, units);
    if (!late) {
        outb(port + 2, INITIALIZE | SELECT | STROBE);
        outb(port + 2, INITIALIZE | SELECT);
    }
    r->ah = (u8)(printer_status(port) | (late ? PRINTER_TIMEOUT : 0));
}

void printer_service(struct regs *r)
{
    u16 port = r->dx < 3 ? bda16((u16)(BDA_LPT + 2 * r->dx)) : 0;
    if (!port || r->ah > 2) {
        r->ah = PRINTER_TIMEOUT | 0x30;
        return;
    }
    if (r->ah == 0) {
        printer_write(r, port, bda8((u16)(BDA_LPT_TIMEOUT + r->dx)));
        return;
    }
    if (r->ah == 1) {
        outb(port + 2, SELECT);
        delay_us(50);
        outb(port + 2, INITIALIZE | SELECT);
    }
    r->ah = printer_status(port);
}

/* INT 05h: the screen is not printed; its status byte says "done". */
void print_screen(struct regs *r)
{
    (void)r;
    far_put8(0x50, 0, 0);
}
