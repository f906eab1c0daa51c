/* The APIC bus: what the I/O APIC and local APICs send each other (SDM volume 3, "Advanced Programmable Interrupt
 * Controller"; 82093AA data sheet 290566). There is one processor: a message reaches it or nobody. */
#ifndef DEVICES_APIC_BUS_H
#define DEVICES_APIC_BUS_H
#include "core/types.h"

/* Delivery modes, as redirection entries, LVT and ICR encode them. */
enum apic_mode { APIC_FIXED, APIC_LOWEST, APIC_SMI, APIC_REMOTE_READ, APIC_NMI, APIC_INIT, APIC_STARTUP, APIC_EXTINT };

struct apic_message {
    u8   destination;                /* a physical ID or a logical set */
    u8   vector, mode;               /* enum apic_mode */
    bool logical;
    bool level;                      /* its end is to be told to the I/O APIC */
};

/* Low half of redirection entries and LVT entries. */
enum apic_entry {
    ENTRY_VECTOR = 0xFF, ENTRY_MODE = 7 << 8, ENTRY_LOGICAL = 1 << 11, ENTRY_STATUS = 1 << 12, ENTRY_LOW = 1 << 13,
    ENTRY_REMOTE_IRR = 1 << 14, ENTRY_LEVEL = 1 << 15, ENTRY_MASKED = 1 << 16
};
static inline enum apic_mode entry_mode(u32 entry) { return (enum apic_mode)(entry >> 8 & 7); }
/* Vectors 0-15 are not for interrupts. */
static inline bool apic_vector_legal(u8 vector) { return vector >= 16; }
#endif
