/* The embedded guest's second program: what its assembly and C share. leak.def has the probes. */
#ifndef FIRMWARE_GUEST_LEAK_H
#define FIRMWARE_GUEST_LEAK_H

#include "firmware/guest/guest.h"

#define LEAK_CODE       0x1000      /* the real-mode probes in the guest's low memory */
#define SAVE_AREA       0xc000      /* for FNSAVE and FXSAVE */

/* Behind guest.h's descriptors: ring 1, which no other selector is of. */
#define SEL_CODE1       0x80
#define SEL_DATA1       0x88
#define SEL_IN_LDT      0x07        /* data for everybody */
#define LEAK_GDT_LIMIT  0x8f
#define SEL_NOWHERE     0x4000      /* beyond the table's limit; classic monitors have their TSS there */

/* How a probe is entered: EFLAGS, and above them what else must be arranged. */
#define PLAIN           0x0002
#define IRQS_ON         0x0202
#define IOPL3           0x3002
#define WITH_TIMER      0x10000000
#define WITH_TSD        0x20000000
#define WITH_NESTED     0x40000000  /* the current TSS is linked to another */

#define PORT_MARK       0xe9        /* hosts take it as a debug console: where a probe begins and ends */

#endif
