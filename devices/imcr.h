/* The interrupt mode configuration register of the MP specification. */
#ifndef DEVICES_IMCR_H
#define DEVICES_IMCR_H
#include "devices/device.h"

struct imcr {
    struct device dev;
    u8            select;            /* port 22h */
    struct line   apic;              /* high: the 8259's INTR goes to the APICs; low: past them, to the processor */
};
extern const struct device_class imcr_class;
#endif
