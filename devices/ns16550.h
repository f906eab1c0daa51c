/* The NS16550A UART of a PC's serial port. */
#ifndef DEVICES_NS16550_H
#define DEVICES_NS16550_H
#include "devices/device.h"
#include "devices/backend.h"

enum { UART_FIFO = 16, UART_QUEUE = 8192 };          /* the queue holds two of the console's buffers */
enum { UART_CTS, UART_DSR, UART_RI, UART_DCD };      /* pins of ns16550_modem */

struct ns16550_rx { u8 byte, errors; };              /* a received character and its LSR bits */

struct ns16550 {
    struct device     dev;

    /* The board sets these before attach; the tag ("serial0") names the input source. */
    u16               base;
    u32               pace;              /* characters run this many times faster than the baud rate says; 0 is 1 */
    struct byte_sink  sink;
    unsigned          source;            /* number of the input source */
    struct line       irq;

    u8                ier, lcr, mcr, lsr, msr, scr, fcr;
    u16               divisor;
    u8                pins;              /* CTS, DSR, RI, DCD as driven from outside, in MSR's upper bits */
    bool              thre_pending;      /* "transmitter empty" waits to be told */
    bool              timeout_pending;   /* "character timeout" waits to be told */

    struct ns16550_rx rx[UART_FIFO];     /* oldest first */
    u8                rx_count;
    u8                tx[UART_FIFO];     /* the holding register or FIFO, oldest first */
    u8                tx_count;
    u8                tsr;               /* being shifted out while `sent` is armed */
    u8                polls;             /* LSR reads in a row that found nothing to do */

    u8                queue[UART_QUEUE]; /* what the line still holds for the receiver: a ring */
    u32               queue_first, queue_count;

    struct event      sent;              /* the character in TSR is out */
    struct event      received;          /* the next queued character is in */
    struct event      timeout;           /* nobody touched the receive FIFO for four characters */
};

extern const struct device_class ns16550_class;

/* Bytes the input source takes now without loss; a frontend asks before it posts. */
size_t uart_room(const struct ns16550 *uart);
/* Sends at once what is still in the transmitter: for a machine that stops. */
void ns16550_drain(struct ns16550 *uart);
/* Modem status inputs, UART_CTS..UART_DCD. CTS, DSR and DCD are on from the start. For line_connect. */
void ns16550_modem(void *self, int pin, bool level);
#endif
