/* PCI bus 0: base addresses, interrupts, and what the PIIX needs to be useful. PCI Local Bus Specification 2.1. */
#include "firmware/bios/post.h"

enum { BAR_IO = 1, BAR_64 = 4, COMMAND_IO = 1, COMMAND_MEMORY = 2, COMMAND_MASTER = 4 };
enum { IO_START = 0xC000, IO_END = 0x10000, BAR_SPACES = 6 };
#define MEMORY_START 0xE0000000u
#define MEMORY_END   0xFEC00000u
#define PIIX3_ISA    0x70008086u
#define PIIX4_ISA    0x71108086u
#define PIIX3_IDE    0x70108086u
#define PIIX4_IDE    0x71118086u
#define PIIX4_PM     0x71138086u
enum { PM_BASE = 0x600, SMBUS_BASE = 0x700 };

static u32 io_next = IO_START, memory_next = MEMORY_START;
static const u8 pirq_lines[4] = { 10, 10, 11, 11 };

u32 pci_next(u32 function)
{
    for (; function < PCI_FUNCTIONS; function++) {
        u32 first = function & ~7u;
        if (function != first && !(pci_read8((u16)first, PCI_HEADER) & 0x80)) continue;
        if (pci_read16((u16)function, PCI_ID) != 0xFFFF) return function;
    }
    return PCI_FUNCTIONS;
}

static u32 place(u32 *next, u32 end, u32 size)
{
    u32 at = (*next + size - 1) & ~(size - 1);
    if (at < *next || at > end - size) return 0;
    *next = at + size;
    return at;
}

/* Returns how many registers the BAR takes. */
static u32 bar_place(u16 function, u8 offset)
{
    u32 old = pci_read32(function, offset);
    pci_write32(function, offset, offset == PCI_ROM ? ~0x7FFu : ~0u);
    u32 mask = pci_read32(function, offset);
    pci_write32(function, offset, old);
    int io = offset != PCI_ROM && mask & BAR_IO;
    u32 wide = !io && offset != PCI_ROM && (mask & 6) == BAR_64 ? 2 : 1;
    mask &= offset == PCI_ROM ? ~0x7FFu : io ? 0xFFFC : ~15u;
    if (!mask) return wide;
    u32 size = mask & (0 - mask);
    u32 at = io ? place(&io_next, IO_END, size) : place(&memory_next, MEMORY_END, size < 4096 ? 4096 : size);
    if (!at) log_text("pci %x: no room for %x bytes\n", (u32)function, size);
    pci_write32(function, offset, at);
    if (wide == 2) pci_write32(function, (u8)(offset + 4), 0);
    return wide;
}

/* INTA# of device 1 is PIRQA#, and each further device starts one pin later. */
static void interrupt_place(u16 function)
{
    u8 pin = pci_read8(function, PCI_PIN);
    if (pin) pci_write8(function, PCI_LINE, pirq_lines[((function >> 3) + pin - 2u) & 3]);
}

static void isa_bridge_init(u16 function)
{
    for (u8 i = 0; i < 4; i++) pci_write8(function, (u8)(0x60 + i), pirq_lines[i]);
    outb(0x4D0, 0x00);
    outb(0x4D1, 0x0E);                       /* 9, 10 and 11 by level */
}

static void ide_init(u16 function)
{
    pci_write16(function, 0x40, 0x8000);     /* IDETIM: both channels decode */
    pci_write16(function, 0x42, 0x8000);
}

/* Power management: ports, and the interrupt that is wired to 9. */
static void pm_init(u16 function)
{
    pci_write8(function, PCI_LINE, 9);
    pci_write32(function, 0x40, PM_BASE | 1);
    pci_write8(function, 0x80, 1);
    pci_write32(function, 0x90, SMBUS_BASE | 1);
    pci_write8(function, 0xD2, 9);
    shared.pm_base = PM_BASE;
    shared.smbus_base = SMBUS_BASE;
}

static const struct { u32 id; void (*init)(u16 function); } quirks[] = {
    { PIIX3_ISA, isa_bridge_init }, { PIIX4_ISA, isa_bridge_init }, { PIIX3_IDE, ide_init }, { PIIX4_IDE, ide_init },
    { PIIX4_PM, pm_init },
};

static void function_init(u16 function)
{
    u32 id = pci_read32(function, PCI_ID);
    for (u32 i = 0; i < BAR_SPACES;) i += bar_place(function, (u8)(PCI_BAR0 + 4 * i));
    bar_place(function, PCI_ROM);
    interrupt_place(function);
    for (u32 i = 0; i < sizeof quirks / sizeof quirks[0]; i++)
        if (quirks[i].id == id) quirks[i].init(function);
    pci_write16(function, PCI_COMMAND,
                pci_read16(function, PCI_COMMAND) | COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER);
    log_text("pci 00:%x.%u: %x, class %x\n", (u32)function >> 3, function & 7u, id, (u32)pci_read16(function, PCI_CLASS));
    shared.pci_devices++;
}

void pci_init(void)
{
    shared.pci_devices = 0;
    for (u32 i = pci_next(0); i < PCI_FUNCTIONS; i = pci_next(i + 1))
        if ((pci_read8((u16)i, PCI_HEADER) & 0x7F) == 0) function_init((u16)i);
}
