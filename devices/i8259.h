/* The pair of 8259A interrupt controllers of a PC with the edge/level registers (ELCR) of the PIIX3. */
#ifndef DEVICES_I8259_H
#define DEVICES_I8259_H
#include "devices/device.h"

struct i8259_chip {
    u8   lines;                      /* level of the inputs */
    u8   latch;                      /* edge-sense latches: requests of edge inputs not yet acknowledged */
    u8   isr, imr;
    u8   elcr;                       /* 1: level-triggered */
    u8   base;                       /* vector of IR0 (ICW2) */
    u8   lowest;                     /* input with the lowest priority; 7 unless rotated */
    u8   icw3;
    u8   icw_next;                   /* the ICW expected at A0=1: 2..4; 0: initialized; 1: never was */
    bool want_icw3, want_icw4;
    bool auto_eoi, rotate_auto_eoi, special_nested, special_mask;
    bool read_isr, poll;             /* OCW3 */
};

struct i8259 {
    struct device     dev;
    struct i8259_chip chip[2];       /* master, slave */
    struct line       intr;          /* to the CPU */
};

extern const struct device_class i8259_class;

/* Input pins 0..15 (IRQ numbers); pin 2 is the cascade and ignored. For line_connect. */
void i8259_irq(void *self, int pin, bool level);
/* The CPU's interrupt acknowledge cycle: puts the winner in service and gives its vector. When the request has gone
 * away meanwhile the answer is IR7's vector of the chip that was asked, with nothing in service: a spurious interrupt. */
int i8259_acknowledge(struct i8259 *pic);
#endif
