/* Ports by which a guest ends the run. */
#ifndef DEVICES_DEBUGEXIT_H
#define DEVICES_DEBUGEXIT_H
#include "devices/device.h"

enum { DEBUGEXIT_BASE = 0x501, DEBUGEXIT_SIZE = 2 };      /* QEMU's defaults */

struct debugexit {
    struct device dev;
    u16           base, size;        /* of the exit port; size 0: none; set before attach */
    u8            matched;           /* letters of "Shutdown" seen on port 8900h */
};

extern const struct device_class debugexit_class;
#endif
