/* Intel 82371SB (PIIX3): the south bridge's ISA function and its IDE function. */
#ifndef DEVICES_PIIX3_H
#define DEVICES_PIIX3_H
#include "devices/pci.h"

struct ide;

struct piix3 {
    struct device       dev;
    struct pci_function isa;                 /* 00:01.0 */
    struct pci_function ide_function;        /* 00:01.1 */
    struct pci_bus     *bus;                 /* set before attach */
    struct ide         *ide;                 /* BAR 4 shows its bus master; set before attach; may be NULL */
    bool                bus_master_claimed;  /* BAR 4 got its ports */
    bool                pirq[PCI_PIRQS];     /* levels of PIRQA#-PIRQD# */
    u8                  reset_control;       /* CF9h */
    struct line         irq[16];             /* to the interrupt controllers; only 3-7, 9-12, 14, 15 are ever driven */
};

extern const struct device_class piix3_class;
#endif
