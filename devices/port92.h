/* System control port A of the PS/2 at 92h: a second way to A20 and to the processor's INIT. */
#ifndef DEVICES_PORT92_H
#define DEVICES_PORT92_H
#include "devices/device.h"

struct port92 {
    struct device dev;
    u8            value;
    struct line   a20;               /* high: A20 passes, whatever the 8042 says */
};
extern const struct device_class port92_class;
#endif
