/* PCI configuration mechanism 1, configuration space and base address registers: PCI Local Bus Specification 2.1,
 * chapters 3.2.2.3 and 6, as the 82441FX implements it (data sheet 290549, "CONFADD" and "CONFDATA").
 *
 * CF8h is CONFADD for dword accesses only; narrower ones to CF8h-CFBh are ordinary I/O (the 82371SB has its reset
 * control register at CF9h). CONFDATA takes bytes, words and dwords. There is one bus: others abort, reads give ones.
 * Not modelled: type 1 cycles, special cycles, parity and system errors, 64-bit BARs. */
#include "devices/pci.h"
#include <stdlib.h>
#include <string.h>

enum { ROM_ENABLE = 1 };
enum { CONFIG_ENABLE = 1u << 31, CONFIG_ADDRESS_BITS = 0x80FFFFFC };

u32 pci_config_get(const struct pci_function *function, unsigned offset, unsigned width)
{
    u32 value = 0;
    for (unsigned i = 0; i < width; i++)
        value |= (u32)function->config[(offset + i) & 0xFF] << 8 * i;
    return value;
}

void pci_config_set(struct pci_function *function, unsigned offset, u32 value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        function->config[(offset + i) & 0xFF] = (u8)(value >> 8 * i);
}

static unsigned bar_offset(unsigned index)
{
    return index == PCI_ROM ? PCI_ROM_BAR : PCI_BAR0 + 4 * index;
}

/* Where the configuration space puts a BAR. Base 0 and I/O bases beyond 64 KiB decode nothing. */
static bool bar_decodes(const struct pci_function *function, unsigned index, u32 *base)
{
    const struct pci_bar *bar = &function->bar[index];
    u32 command = pci_config_get(function, PCI_COMMAND, 2);
    u32 bit = bar->kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;

    u32 value = pci_config_get(function, bar_offset(index), 4);
    *base = value & ~(bar->size - 1);
    if (!(command & bit) || *base == 0 || (bar->kind == PCI_BAR_ROM && !(value & ROM_ENABLE))) return false;
    return bar->kind != PCI_BAR_IO || (u64)*base + bar->size <= 0x10000;
}

static void bars_update(struct pci_function *function)
{
    for (unsigned i = 0; i < ARRAY_LEN(function->bar); i++) {
        struct pci_bar *bar = &function->bar[i];
        u32 base;
        if (bar->kind == PCI_BAR_NONE) continue;
        bool enabled = bar_decodes(function, i, &base);
        if (enabled == bar->enabled && (!enabled || base == bar->base)) continue;
        if (bar->enabled) bar->map(bar->self, i, bar->base, false);
        bar->base = base;
        bar->enabled = enabled;
        if (enabled) bar->map(bar->self, i, base, true);
    }
}

void pci_config_write(struct pci_function *function, unsigned offset, u32 value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        unsigned at = (offset + i) & 0xFF;
        u8 byte = (u8)(value >> 8 * i), mask = function->writable[at];
        u8 kept = function->config[at] & ~mask & ~(byte & function->clearable[at]);
        function->config[at] = kept | (byte & mask);
    }
    bars_update(function);
    if (function->written) function->written(function->self, offset & 0xFF, width);
}

void pci_function_attach(struct pci_function *function, struct pci_bus *bus, u8 devfn,
                         const struct pci_register *registers, unsigned count)
{
    function->bus = bus;
    function->devfn = devfn;
    function->registers = registers;
    function->register_count = count;
    bus->function[devfn] = function;
    for (unsigned i = 0; i < count; i++) {
        const struct pci_register *row = &registers[i];
        for (unsigned b = 0; b < row->width; b++) {
            function->writable[row->offset + b] = (u8)(row->writable >> 8 * b);
            function->clearable[row->offset + b] = (u8)(row->clearable >> 8 * b);
        }
    }
}

void pci_bar_add(struct pci_function *function, unsigned index, enum pci_bar_kind kind, u32 size,
                 pci_bar_map *map, void *self)
{
    struct pci_bar *bar = &function->bar[index];
    bar->kind = kind;
    bar->size = size;
    bar->map = map;
    bar->self = self;
    for (unsigned b = 0; b < 4; b++)
        function->writable[bar_offset(index) + b] = (u8)(~(size - 1) >> 8 * b);
}

static void rom_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct pci_function *function = self;
    memory_region_set(function->rom_memory, function->rom, base, enabled);
    (void)bar;
}

bool pci_ports_set(struct device *dev, bool claimed, u32 base, u16 count, const struct region_ops *ops, void *self, bool enabled)
{
    struct board *board = dev->board;
    struct error why;
    if (!enabled) {
        if (claimed) ports_release(board->ports, (u16)base);
        return false;
    }
    if (ports_claim(board->ports, (u16)base, count, ops, self, dev->tag, &why)) return true;
    LOG(board->log, LOG_GUEST_ERRORS, "%s: ports at %04x: %s", dev->tag, base, why.text);
    return false;
}

void pci_rom_add(struct pci_function *function, struct memory *memory, const u8 *bytes, u32 length)
{
    u32 size = PAGE_SIZE;
    while (size < length) size *= 2;
    u8 *padded = malloc(size);
    if (!padded) abort();
    memcpy(padded, bytes, length);
    memset(padded + length, 0xFF, size - length);
    function->rom = memory_map_rom(memory, "expansion rom", 0, size, padded, PCI_MEMORY_PRIORITY);
    memory_region_set(memory, function->rom, 0, false);
    free(padded);
    function->rom_memory = memory;
    pci_bar_add(function, PCI_ROM, PCI_BAR_ROM, size, rom_map, function);
    function->writable[PCI_ROM_BAR] |= ROM_ENABLE;
}

void pci_function_reset(struct pci_function *function)
{
    memset(function->config, 0, sizeof function->config);
    for (unsigned i = 0; i < function->register_count; i++) {
        const struct pci_register *row = &function->registers[i];
        pci_config_set(function, row->offset, row->value, row->width);
    }
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (function->bar[i].kind == PCI_BAR_IO) function->config[PCI_BAR0 + 4 * i] = 1;
    bars_update(function);
    pci_function_interrupt(function, false);
}

void pci_function_restored(struct pci_function *function)
{
    bars_update(function);
}

/* The usual wiring of a 440FX board: INTA# of device 1 is PIRQA#, and each further device starts one pin later. */
unsigned pci_pirq(const struct pci_function *function)
{
    unsigned device = function->devfn >> 3, pin = function->config[PCI_INTERRUPT_PIN];
    return (device + pin - 2) & (PCI_PIRQS - 1);
}

void pci_function_interrupt(struct pci_function *function, bool level)
{
    struct pci_bus *bus = function->bus;
    unsigned pirq = pci_pirq(function);
    if (function->intx == level || function->config[PCI_INTERRUPT_PIN] == 0) return;
    function->intx = level;
    bus->asserted[pirq] += level ? 1 : -1;
    line_set(&bus->pirq[pirq], bus->asserted[pirq] != 0);
}

static struct pci_function *addressed_function(const struct pci_bus *bus)
{
    if (!(bus->address & CONFIG_ENABLE) || (bus->address >> 16 & 0xFF) != 0) return NULL;
    return bus->function[bus->address >> 8 & 0xFF];
}

static u32 pci_port_read(void *self, u32 offset, unsigned width)
{
    struct pci_bus *bus = self;
    if (offset < 4) {
        if (width == 4) return bus->address;
        return bus->south ? bus->south->read(bus->south_self, offset, width) : ~0u;
    }
    const struct pci_function *function = addressed_function(bus);
    return function ? pci_config_get(function, (bus->address & 0xFC) | (offset & 3), width) : ~0u;
}

static void pci_port_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct pci_bus *bus = self;
    if (offset < 4) {
        if (width == 4) bus->address = value & CONFIG_ADDRESS_BITS;
        else if (bus->south) bus->south->write(bus->south_self, offset, value, width);
        return;
    }
    struct pci_function *function = addressed_function(bus);
    if (function) pci_config_write(function, (bus->address & 0xFC) | (offset & 3), value, width);
}

static const struct region_ops pci_ports = { pci_port_read, pci_port_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

bool pci_bus_attach(struct pci_bus *bus, struct board *board, struct error *why)
{
    return ports_claim(board->ports, 0xCF8, 8, &pci_ports, bus, "pci", why);
}

void pci_bus_reset(struct pci_bus *bus)
{
    bus->address = 0;
}

void pci_bus_restored(struct pci_bus *bus)
{
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        bus->pirq[i].level = bus->asserted[i] != 0;
}

const struct field pci_function_fields[] = {
    FIELD_RAW(struct pci_function, config, "configuration space"),
    FIELD_NONE(struct pci_function, writable, "constant"),
    FIELD_NONE(struct pci_function, clearable, "constant"),
    FIELD_NONE(struct pci_function, registers, "constant"),
    FIELD_NONE(struct pci_function, register_count, "constant"),
    FIELD_NONE(struct pci_function, bar, "wiring; follows config"),
    FIELD_NONE(struct pci_function, rom, "map; follows config"),
    FIELD_NONE(struct pci_function, rom_memory, "wiring"),
    FIELD_NONE(struct pci_function, written, "wiring"),
    FIELD_NONE(struct pci_function, self, "wiring"),
    FIELD_NONE(struct pci_function, bus, "wiring"),
    FIELD_NONE(struct pci_function, devfn, "wiring"),
    FIELD(struct pci_function, intx, "asserts its INTx# pin"),
    FIELD_END
};

const struct field pci_bus_fields[] = {
    FIELD_NONE(struct pci_bus, function, "wiring"),
    FIELD(struct pci_bus, address, "CONFADD"),
    FIELD_ARRAY(struct pci_bus, asserted, "functions asserting each PIRQ#"),
    FIELD_NONE(struct pci_bus, pirq, "wiring; levels follow asserted"),
    FIELD_NONE(struct pci_bus, south, "wiring"),
    FIELD_NONE(struct pci_bus, south_self, "wiring"),
    FIELD_END
};
