/* QEMU's pci-testdev (its document "QEMU PCI test device"): BAR 0 is memory, BAR 1 are ports. A write to the first byte of
 * either starts one of its tests; then the header there tells which byte to write with which value and how many such
 * writes came. The tests of a BAR differ by which writes count: all to the place, or those with the value only.
 *
 *   0 test (w)   1 width   4 offset   8 data   12 count   16 name */
#include "devices/pci_testdev.h"
#include <string.h>

enum { MEMORY_BYTES = 4096, IO_BYTES = 256, TESTS_PER_BAR = 3 };
enum { HEADER_WIDTH = 1, HEADER_OFFSET = 4, HEADER_DATA = 8, HEADER_COUNT = 12, HEADER_NAME = 16 };
enum { MATCHING = 0xFA, OTHER = 0xCE };

static const struct test { const char *name; u16 offset; u8 data; bool matches; } tests[] = {
    { "mmio/no-eventfd",          2048 + 0, OTHER, false },
    { "mmio/wildcard-eventfd",    2048 + 1, OTHER, false },
    { "mmio/datamatch-eventfd",   2048 + 2, MATCHING, true },
    { "portio/no-eventfd",        128 + 3,  OTHER, false },
    { "portio/wildcard-eventfd",  128 + 4,  OTHER, false },
    { "portio/datamatch-eventfd", 128 + 5,  MATCHING, true },
};

static u8 header_read(const struct pci_testdev *dev, u32 offset)
{
    if (dev->current == 0) return 0xFF;
    const struct test *test = &tests[dev->current - 1];
    if (offset >= HEADER_NAME + strlen(test->name)) return 0xFF;
    if (offset >= HEADER_NAME) return (u8)test->name[offset - HEADER_NAME];
    if (offset >= HEADER_COUNT) return (u8)(dev->count >> 8 * (offset - HEADER_COUNT));
    if (offset == HEADER_WIDTH) return 1;
    if (offset == HEADER_DATA) return test->data;
    if (offset == HEADER_OFFSET || offset == HEADER_OFFSET + 1) return (u8)(test->offset >> 8 * (offset - HEADER_OFFSET));
    return 0;
}

/* `first` is the number of the BAR's first test. */
static void header_write(struct pci_testdev *dev, u32 offset, u8 value, unsigned first)
{
    if (offset == 0) {
        dev->current = value < TESTS_PER_BAR ? (u8)(first + value + 1) : 0;
        dev->count = 0;
        return;
    }
    if (dev->current == 0) return;
    const struct test *test = &tests[dev->current - 1];
    if (offset == test->offset && (!test->matches || value == test->data)) dev->count++;
}

static u32 bar_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return header_read(self, offset);
}

static void memory_region_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    header_write(self, offset, (u8)value, 0);
}

static void port_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    header_write(self, offset, (u8)value, TESTS_PER_BAR);
}

static const struct region_ops memory_ops = { bar_read, memory_region_write, WIDTH_8 };
static const struct region_ops port_ops = { bar_read, port_write, WIDTH_8 };

static void memory_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct pci_testdev *dev = self;
    (void)bar;
    memory_region_set(dev->dev.board->memory, dev->region, base, enabled);
}

static void ports_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct pci_testdev *dev = self;
    (void)bar;
    dev->claimed = pci_ports_set(&dev->dev, dev->claimed, base, IO_BYTES, &port_ops, dev, enabled);
}

static const struct pci_register registers[] = {
    { 0x00, 2, 0x1B36, 0, 0 },
    { 0x02, 2, 0x0005, 0, 0 },
    { 0x04, 2, 0x0000, 0x0003, 0 },
    { 0x08, 4, 0x00FF0000, 0, 0 },            /* class: none of those defined */
    { 0x2C, 2, 0x1AF4, 0, 0 },
    { 0x2E, 2, 0x1100, 0, 0 },
};

static bool pci_testdev_attach(struct device *device, struct error *why)
{
    struct pci_testdev *dev = container_of(device, struct pci_testdev, dev);
    struct memory *memory = device->board->memory;
    (void)why;
    pci_function_attach(&dev->function, dev->bus, dev->devfn, registers, ARRAY_LEN(registers));
    dev->region = memory_map_mmio(memory, "pci-testdev", 0, MEMORY_BYTES, &memory_ops, dev, PCI_MEMORY_PRIORITY);
    memory_region_set(memory, dev->region, 0, false);
    pci_bar_add(&dev->function, 0, PCI_BAR_MEMORY, MEMORY_BYTES, memory_map, dev);
    pci_bar_add(&dev->function, 1, PCI_BAR_IO, IO_BYTES, ports_map, dev);
    return true;
}

static void pci_testdev_reset(struct device *device, enum reset_kind kind)
{
    struct pci_testdev *dev = container_of(device, struct pci_testdev, dev);
    (void)kind;
    pci_function_reset(&dev->function);
    dev->current = 0;
    dev->count = 0;
}

static void pci_testdev_restored(struct device *device)
{
    struct pci_testdev *dev = container_of(device, struct pci_testdev, dev);
    if (dev->current > ARRAY_LEN(tests)) dev->current = 0;
    pci_function_restored(&dev->function);
}

static const struct field pci_testdev_fields[] = {
    FIELD_NONE(struct pci_testdev, dev, "wiring"),
    FIELD_NONE(struct pci_testdev, bus, "wiring"),
    FIELD_NONE(struct pci_testdev, devfn, "configuration"),
    FIELD_SUB(struct pci_testdev, function, pci_function_fields, "configuration space"),
    FIELD_NONE(struct pci_testdev, region, "map; follows function"),
    FIELD_NONE(struct pci_testdev, claimed, "map; follows function"),
    FIELD(struct pci_testdev, current, "test that is on, plus one"),
    FIELD(struct pci_testdev, count, "writes counted"),
    FIELD_END
};

const struct device_class pci_testdev_class = {
    .name = "pci-testdev", .size = sizeof(struct pci_testdev), .fields = pci_testdev_fields,
    .attach = pci_testdev_attach, .reset = pci_testdev_reset, .restored = pci_testdev_restored,
};
