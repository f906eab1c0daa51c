/* The text screen's memory and the ports of a display adapter that nobody looks at. */
#ifndef DEVICES_TEXTRAM_H
#define DEVICES_TEXTRAM_H
#include "devices/device.h"

enum { TEXTRAM_BASE = 0xB8000, TEXTRAM_BYTES = 0x8000, TEXTRAM_CRTC = 25 };

struct textram {
    struct device dev;
    u8            index;                     /* CRT controller's address register, 3D4h */
    u8            crtc[TEXTRAM_CRTC];
};

extern const struct device_class textram_class;
#endif
