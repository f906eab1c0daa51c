/* Time by the memory refresh, whose toggle in port 61h changes every 15.085 microseconds: it needs no interrupt and no
 * chip programmed, and works in V86 mode. */
#include "firmware/bios/services.h"

enum { PORT_SYSTEM = 0x61, REFRESH = 0x10 };

void delay_us(u32 us)
{
    u32 periods = us / 15 + 1;
    u8 last = inb(PORT_SYSTEM) & REFRESH;
    while (periods) {
        u8 now = inb(PORT_SYSTEM) & REFRESH;
        if (now != last) periods--;
        last = now;
    }
}

int limit_passed(struct limit *limit)
{
    u8 now = inb(PORT_SYSTEM) & REFRESH;
    if (now != limit->last && limit->left) limit->left--;
    limit->last = now;
    return limit->left == 0;
}
