/* The 82093AA I/O APIC: 24 interrupt inputs, each with a redirection entry. */
#ifndef DEVICES_IOAPIC_H
#define DEVICES_IOAPIC_H
#include "devices/apic_bus.h"
#include "devices/device.h"

enum { IOAPIC_PINS = 24 };
#define IOAPIC_BASE 0xFEC00000u

struct ioapic_entry { u32 low, high; };            /* low: enum apic_entry; high: the destination in bits 24-31 */

struct ioapic {
    struct device       dev;
    u32                 lines;                     /* level of the inputs, a bit each */
    u32                 active;                    /* inputs that were active, by their polarity, when last looked at */
    u8                  select;                    /* IOREGSEL */
    u8                  id, arbitration;
    struct ioapic_entry entry[IOAPIC_PINS];
    /* Puts a message on the APIC bus; false: nobody accepted it. Set before attach. */
    bool              (*send)(void *self, const struct apic_message *message);
    void               *send_self;
};
extern const struct device_class ioapic_class;

/* Inputs 0-23; high is the level of an ISA interrupt that is asserted. For line_connect. */
void ioapic_set_pin(void *ioapic, int pin, bool level);
/* A local APIC has ended a level-triggered interrupt of this vector. */
void ioapic_end_of_interrupt(void *ioapic, u8 vector);
/* Whether an input could interrupt; with `nmi`, even a processor that has interrupts off. */
bool ioapic_interrupts_possible(const struct ioapic *ioapic, bool nmi);
#endif
