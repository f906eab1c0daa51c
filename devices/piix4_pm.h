/* Intel 82371AB (PIIX4): function 3, power management. */
#ifndef DEVICES_PIIX4_PM_H
#define DEVICES_PIIX4_PM_H
#include "devices/pci.h"

enum { PM_IO_BYTES = 64, SMBUS_IO_BYTES = 16 };
/* Where both BIOSes and the ACPI tables have the registers; the function itself takes any place. */
enum { PM_IO_BASE = 0x600, SMBUS_IO_BASE = 0x700, PM_SCI_IRQ = 9 };
/* Values of the SMI command port that hand the chip to ACPI (SCI_EN set) and back. */
enum { PM_ACPI_ENABLE = 0xF1, PM_ACPI_DISABLE = 0xF0 };

struct piix4_pm {
    struct device       dev;
    struct pci_function function;            /* 00:01.3 */
    struct pci_bus     *bus;                 /* set before attach */
    u8                  io[PM_IO_BYTES];     /* registers at PMBA but the timer */
    u8                  smbus[SMBUS_IO_BYTES];
    u8                  apmc, apms;          /* B2h, B3h */
    u64                 timer_origin;        /* tick at which the PM timer was 0 */
    u64                 timer_seen;          /* tick of the last look at its top bit */
    struct event        overflow;
    struct line         sci;                 /* IRQ 9, level */
    struct line         smi;                 /* SMI#: a pulse per event */
    u16                 io_base, smbus_base; /* where the ports are claimed; 0: nowhere */
    unsigned            power_source;        /* of input: 'p' power button, 'h' held for 4 s, 'r' reset button */
};

extern const struct device_class piix4_pm_class;

/* Configuration as a BIOS leaves it: PMBA, SMBBA and both decoded. */
void piix4_pm_firmware_state(struct piix4_pm *pm);
#endif
