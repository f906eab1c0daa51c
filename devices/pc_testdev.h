/* QEMU's pc-testdev: what hypervisor test suites poke at. */
#ifndef DEVICES_PC_TESTDEV_H
#define DEVICES_PC_TESTDEV_H
#include "devices/device.h"

enum { PC_TESTDEV_IRQS = 24, PC_TESTDEV_LINES = 16, PC_TESTDEV_BYTES = 0x10000 };

struct pc_testdev {
    struct device  dev;
    struct line    irq[PC_TESTDEV_LINES];     /* lines 2 and 13 lead nowhere on this board */
    u32            data;                      /* ports E0h and E8h */
    struct region *region;
    u8             bytes[PC_TESTDEV_BYTES];   /* at FF000000h */
};
extern const struct device_class pc_testdev_class;
#endif
