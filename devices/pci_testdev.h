/* QEMU's pci-testdev: writes that are counted, by memory and by ports. */
#ifndef DEVICES_PCI_TESTDEV_H
#define DEVICES_PCI_TESTDEV_H
#include "devices/pci.h"

struct pci_testdev {
    struct device       dev;
    struct pci_bus     *bus;                  /* set before attach; and devfn */
    u8                  devfn;
    struct pci_function function;
    struct region      *region;               /* BAR 0 */
    bool                claimed;              /* BAR 1's ports are ours */
    u8                  current;              /* number of the test that is on, plus one; 0: none */
    u32                 count;                /* writes that it has counted */
};
extern const struct device_class pci_testdev_class;
#endif
