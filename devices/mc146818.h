/* The MC146818 real-time clock with 128 bytes of CMOS memory, at ports 70h and 71h. */
#ifndef DEVICES_MC146818_H
#define DEVICES_MC146818_H
#include "devices/device.h"

enum { CMOS_BYTES = 128 };

struct mc146818 {
    struct device dev;
    u8            cmos[CMOS_BYTES];  /* time and registers A, B, C too; C without its IRQF bit */
    u8            index;
    bool          nmi_masked;        /* bit 7 of port 70h */
    u64           origin;            /* oscillator tick from which the divider chain counts; may be "before" tick 0 */
    u64           periodic_seen;     /* oscillator tick up to which periodic edges are in register C */
    struct event  update;            /* end of the next update cycle */
    struct event  periodic;          /* next periodic edge, while its interrupt is wanted and not yet pending */
    struct line   irq;
    struct line   nmi_mask;          /* level: NMI is masked */
};

extern const struct device_class mc146818_class;

/* Sets date and time from seconds since 1970-01-01 00:00 UTC, in the mode (BCD, 24 h) register B asks for. */
void mc146818_set_time(struct mc146818 *rtc, s64 seconds);
/* Says how much RAM there is, where a PC's firmware looks for it: 15h..18h, 30h, 31h, 34h, 35h. */
void mc146818_set_memory(struct mc146818 *rtc, u64 bytes);
/* Says which floppy drives there are, by the types of byte 10h (0: none, 4: 1.44 MB), there and in the equipment byte. */
void mc146818_set_floppies(struct mc146818 *rtc, u8 first, u8 second);
/* Whether a byte is to be kept while the machine is off: not time, registers, century, the shutdown status, and what
 * stands for -boot. */
bool mc146818_kept(unsigned index);
/* Puts a byte of the CMOS layout (disk types, boot order), keeping the checksum at 2Eh and 2Fh right. */
void mc146818_put(struct mc146818 *rtc, u8 index, u8 value);
#endif
