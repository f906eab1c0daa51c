/* A parallel port with a printer on it: SPP, bidirectional (PS/2) and EPP registers. */
#ifndef DEVICES_PARALLEL_H
#define DEVICES_PARALLEL_H
#include "devices/backend.h"
#include "devices/device.h"

struct parallel {
    struct device    dev;
    u16              base;           /* set before attach */
    struct byte_sink sink;           /* the paper */
    struct line      irq;
    struct event     printed;        /* the printer takes its BUSY back */
    u8               data, control;
    bool             busy;
    bool             acknowledged;   /* the interrupt latch of the PS/2 mode, read in the status register */
};
extern const struct device_class parallel_class;
#endif
