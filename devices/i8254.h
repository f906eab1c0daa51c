/* The 8254 programmable interval timer of a PC, with port 61h (gate and output of counter 2, refresh toggle). */
#ifndef DEVICES_I8254_H
#define DEVICES_I8254_H
#include "devices/device.h"

enum { I8254_HZ = 1193182 };

struct i8254_counter {
    u64  tick;                       /* the CLK pulse up to which this state is exact */
    u64  high;                       /* counter 2: pulses in which the speaker's line was high */
    u32  value;                      /* counting element, in binary: 0..65535 or 0..9999 */
    u32  period;                     /* the count the counting element was last loaded with: 1..65536 */
    u16  count;                      /* count register CR, as written */
    u16  latched;                    /* output latch OL */
    u8   mode, access;
    u8   status;                     /* latched status byte */
    u8   latched_bytes;              /* bytes of `latched` still to be read */
    bool bcd, gate, out;
    bool write_high, read_high;      /* the next byte of a two-byte access is the high one */
    bool written;                    /* a count has been written since the control word */
    bool load;                       /* the next CLK pulse loads the counting element */
    bool counting;                   /* the counting element was loaded since the control word */
    bool done;                       /* modes 0, 1, 4, 5: the output has had its event */
    bool null_count;                 /* CR was written but not yet loaded */
    bool status_latched;
};

struct nmi;

struct i8254 {
    struct device        dev;
    struct i8254_counter counter[3];
    struct event         edge;       /* the next change of counter 0's output */
    struct line          irq;        /* output of counter 0 */
    u8                   port61;     /* bits 0..3 as written */
    struct nmi          *nmi;        /* bits 2, 3, 6, 7 of port 61h; set before attach, may be NULL */
    void               (*listener)(void *self);  /* told before counter 2 or its gates change; may be NULL */
    void                *listener_self;
};

extern const struct device_class i8254_class;

/* Of the pulses up to `tick`, in how many the speaker's line was high: a count that goes on; counter 2 is brought there. */
u64 i8254_speaker_high(struct i8254 *pit, u64 tick);
#endif
