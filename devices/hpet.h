/* The high precision event timer: three comparators on a counter of 100 MHz. */
#ifndef DEVICES_HPET_H
#define DEVICES_HPET_H
#include "devices/device.h"

enum { HPET_TIMERS = 3, HPET_LEGACY = 2 /* timers that may take IRQ 0 and IRQ 8 */, HPET_HZ = 100000000,
       HPET_FIRST_PIN = 20, HPET_PINS = 4 /* of the I/O APIC */ };
#define HPET_BASE 0xFED00000u

struct hpet_timer {
    u32          config;             /* low half of the configuration register */
    u64          comparator, period; /* as read; as written in periodic mode */
    u64          match;              /* value of the main counter at the next match */
    bool         matches;            /* there is one */
    bool         output;             /* what it drives */
};

struct hpet {
    struct device     dev;
    u32               config, status;
    u64               counter;       /* the main counter at tick `since`; while disabled, its value */
    u64               since;
    struct hpet_timer timer[HPET_TIMERS];
    struct event      due;           /* the next match that someone is to hear of */
    struct line       irq[HPET_LEGACY];
    struct line       pin[HPET_PINS];
    struct line       legacy;        /* high: IRQ 0 and IRQ 8 are ours, not the 8254's and the clock's */
};
extern const struct device_class hpet_class;
#endif
