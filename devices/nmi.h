/* The NMI gate of a PC: what may interrupt, and who has switched it off. */
#ifndef DEVICES_NMI_H
#define DEVICES_NMI_H
#include "devices/device.h"

enum nmi_source { NMI_IOCHK, NMI_SERR, NMI_SOURCES };
/* Bits of port 61h that are the gate's: off switches (written), what has happened (read). */
enum { NMI_CONTROL = 0x0C, NMI_STATUS = 0xC0 };

struct nmi {
    struct device dev;
    bool          happened[NMI_SOURCES];
    u8            off;               /* bits 2 (SERR#) and 3 (IOCHK#) of port 61h */
    bool          masked;            /* by bit 7 of port 70h */
    struct line   out;
};
extern const struct device_class nmi_class;

/* IOCHK# or SERR# (enum nmi_source) is asserted while `level`; for line_connect. */
void nmi_source_set(void *nmi, int source, bool level);
/* The mask of port 70h; for line_connect. */
void nmi_mask_set(void *nmi, int pin, bool level);
/* Port 61h: the gate's part of what is read, and a write. */
u8   nmi_status(const struct nmi *nmi);
void nmi_control(struct nmi *nmi, u8 value);
#endif
