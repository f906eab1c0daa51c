/* Intel 82441FX (PMC): the host bridge of the 440FX chip set. */
#ifndef DEVICES_I440FX_H
#define DEVICES_I440FX_H
#include "devices/pci.h"

/* Shadow RAM is laid over the ROMs with this priority: ROMs below 1 MiB must have a lower one. */
enum { I440FX_SHADOW_PRIORITY = 10, I440FX_SMRAM_PRIORITY = 20, I440FX_SEGMENTS = 13, I440FX_ROMS = 4 };

struct i440fx;
struct i440fx_rom { struct i440fx *pmc; struct region *region; };

struct i440fx {
    struct device       dev;
    struct pci_bus      bus;
    struct pci_function bridge;                    /* 00:00.0 */
    struct i440fx_rom   rom[I440FX_ROMS];          /* region: a ROM in C0000h-FFFFFh or NULL; set before attach */
    struct region      *shadow[I440FX_SEGMENTS];   /* read and write RAM */
    struct region      *locked[I440FX_SEGMENTS];   /* read-only: a copy of the RAM beneath */
    struct region      *smram;                     /* RAM at A0000h-BFFFFh, over what else is there */
    bool                smm;                       /* SMIACT#: the processor is in system management mode */
    u8                  smram_locked;              /* SMRAM as D_LCK found it; 0: not locked */
};

extern const struct device_class i440fx_class;

/* The processor enters or leaves system management mode. */
void i440fx_set_smm(struct i440fx *pmc, bool smm);
#endif
