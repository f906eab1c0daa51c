/* A PCI bus behind configuration mechanism 1, and what every function on it has. */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H
#include "devices/device.h"

enum { PCI_CONFIG_BYTES = 256, PCI_BARS = 6, PCI_PIRQS = 4, PCI_FUNCTIONS = 256 };
enum { PCI_COMMAND = 0x04, PCI_BAR0 = 0x10, PCI_ROM_BAR = 0x30, PCI_INTERRUPT_LINE = 0x3C, PCI_INTERRUPT_PIN = 0x3D };
enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4 };

#define PCI_DEVFN(device, function) ((device) << 3 | (function))

/* A row of a function's register table: its value after reset, the bits software can write, those it clears by a 1. */
struct pci_register { u8 offset, width; u32 value, writable, clearable; };

/* PCI_ROM is the index of the expansion ROM's register behind those of the BARs. */
enum { PCI_ROM = PCI_BARS };
enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEMORY, PCI_BAR_ROM };
/* What is mapped at a BAR: below RAM and ROM, which the host bridge decodes itself. */
enum { PCI_MEMORY_PRIORITY = -1 };

/* Told once per change: first that the old place is given up (enabled false), then of the new one. */
typedef void pci_bar_map(void *self, unsigned bar, u32 base, bool enabled);

struct pci_bar {
    enum pci_bar_kind kind;
    u32               size;              /* power of two; I/O at least 4, memory at least 16 */
    pci_bar_map      *map;
    void             *self;
    u32               base;              /* what map was last told */
    bool              enabled;
};

struct pci_bus;
struct pci_function {
    u8                         config[PCI_CONFIG_BYTES];
    u8                         writable[PCI_CONFIG_BYTES];
    u8                         clearable[PCI_CONFIG_BYTES];
    const struct pci_register *registers;
    unsigned                   register_count;
    struct pci_bar             bar[PCI_BARS + 1];     /* the last: expansion ROM */
    struct region             *rom;                   /* what it shows; NULL: there is none */
    struct memory             *rom_memory;
    void                     (*written)(void *self, unsigned offset, unsigned width);   /* after a write; may be NULL */
    void                      *self;
    struct pci_bus            *bus;
    u8                         devfn;
    bool                       intx;     /* asserts its INTx# pin */
};

struct pci_bus {
    struct pci_function     *function[PCI_FUNCTIONS];
    u32                      address;    /* CONFADD, port CF8h */
    u32                      asserted[PCI_PIRQS];    /* functions that assert each PIRQ# */
    struct line              pirq[PCI_PIRQS];        /* PIRQA#..PIRQD#, active level given as true */
    const struct region_ops *south;      /* byte accesses to CF8h-CFBh, which are not CONFADD; may be NULL */
    void                    *south_self;
};

extern const struct field pci_function_fields[];
extern const struct field pci_bus_fields[];

/* Claims CF8h-CFFh on the board. */
bool pci_bus_attach(struct pci_bus *bus, struct board *board, struct error *why);
void pci_bus_reset(struct pci_bus *bus);
/* Brings the wires to what the loaded state says. */
void pci_bus_restored(struct pci_bus *bus);

/* Puts a function on the bus. The table stays the caller's. */
void pci_function_attach(struct pci_function *function, struct pci_bus *bus, u8 devfn,
                         const struct pci_register *registers, unsigned count);
/* Declares base address register `index`; call after pci_function_attach. */
void pci_bar_add(struct pci_function *function, unsigned index, enum pci_bar_kind kind, u32 size,
                 pci_bar_map *map, void *self);
/* For a map of ports: claims them or, if they are `claimed`, gives them up; returns whether they are claimed then. Ports
 * that another chip has are none of ours, which is logged. */
bool pci_ports_set(struct device *dev, bool claimed, u32 base, u16 count, const struct region_ops *ops, void *self, bool enabled);
/* Gives the function an expansion ROM (register 30h) with a copy of `bytes`; its size is a power of two, at least 4 KiB,
 * the rest reads FFh. Call after pci_function_attach; length 1 to 16 MiB. */
void pci_rom_add(struct pci_function *function, struct memory *memory, const u8 *bytes, u32 length);
/* Configuration space as after RST#; BARs are given up. */
void pci_function_reset(struct pci_function *function);
/* After a load: maps the BARs where the configuration space says. */
void pci_function_restored(struct pci_function *function);
/* The PIRQ# (0 for PIRQA#) that the function's INTx# pin is wired to. */
unsigned pci_pirq(const struct pci_function *function);
/* Drives the function's INTx# pin (interrupt pin register; 0: it has none). */
void pci_function_interrupt(struct pci_function *function, bool level);

/* A little-endian register of 1, 2 or 4 bytes; the offset is masked to the 256 bytes. */
u32  pci_config_get(const struct pci_function *function, unsigned offset, unsigned width);
void pci_config_set(struct pci_function *function, unsigned offset, u32 value, unsigned width);
/* A write as from the bus: masks, clear bits, BAR moves and the hook. */
void pci_config_write(struct pci_function *function, unsigned offset, u32 value, unsigned width);
#endif
