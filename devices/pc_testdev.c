/* QEMU's pc-testdev, as its users (kvm-unit-tests) know it; there is no other data sheet.
 *
 *   E0h-E3h         a register of 32 bits that gives back what was written, in any width; E8h-EBh the same by bytes only
 *   E4h-E7h         takes an address whose page a hypervisor would unmap and map again: nothing to do here
 *   2000h-2017h     interrupt lines 0 to 23 by number: not 0 raises one, 0 lowers it; 16 and up lead nowhere
 *   FF000000h       64 KiB that give back what was written, but are no RAM to the processor */
#include "devices/pc_testdev.h"
#include <string.h>

enum { PORT_DATA = 0xE0, PORT_FLUSH = 0xE4, PORT_BYTES = 0xE8, PORT_IRQS = 0x2000, MEMORY = 0xFF000000 };
enum { PRIORITY = -1 };

static u32 data_mask(u32 offset, unsigned width) { return (width == 4 ? ~0u : (1u << 8 * width) - 1) << 8 * offset; }

static u32 data_read(void *self, u32 offset, unsigned width)
{
    const struct pc_testdev *test = self;
    return (test->data & data_mask(offset, width)) >> 8 * offset;
}

static void data_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct pc_testdev *test = self;
    u32 mask = data_mask(offset, width);
    test->data = (test->data & ~mask) | (value << 8 * offset & mask);
}

static u32 flush_read(void *self, u32 offset, unsigned width)
{
    (void)self, (void)offset, (void)width;
    return ~0u;
}

static void flush_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)self, (void)offset, (void)value, (void)width;
}

static void irq_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct pc_testdev *test = self;
    (void)width;
    if (offset < PC_TESTDEV_LINES) line_set(&test->irq[offset], value != 0);
}

/* The bus splits what would cross the region's end. */
static u32 memory_region_read(void *self, u32 offset, unsigned width)
{
    const struct pc_testdev *test = self;
    u32 value = 0;
    memcpy(&value, test->bytes + offset, width);
    return value;
}

static void memory_region_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct pc_testdev *test = self;
    memcpy(test->bytes + offset, &value, width);
}

enum { ANY_WIDTH = WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops data_ops = { data_read, data_write, ANY_WIDTH };
static const struct region_ops bytes_ops = { data_read, data_write, WIDTH_8 };
static const struct region_ops flush_ops = { flush_read, flush_write, ANY_WIDTH };
static const struct region_ops irq_ops = { flush_read, irq_write, ANY_WIDTH };
static const struct region_ops memory_ops = { memory_region_read, memory_region_write, ANY_WIDTH };

static bool pc_testdev_attach(struct device *dev, struct error *why)
{
    struct pc_testdev *test = container_of(dev, struct pc_testdev, dev);
    const struct { u16 base, count; const struct region_ops *ops; } ports[] = {
        { PORT_DATA, 4, &data_ops }, { PORT_FLUSH, 4, &flush_ops }, { PORT_BYTES, 4, &bytes_ops },
        { PORT_IRQS, PC_TESTDEV_IRQS, &irq_ops },
    };
    for (unsigned i = 0; i < ARRAY_LEN(ports); i++)
        if (!ports_claim(dev->board->ports, ports[i].base, ports[i].count, ports[i].ops, test, "pc-testdev", why)) return false;
    test->region = memory_map_mmio(dev->board->memory, "pc-testdev", MEMORY, PC_TESTDEV_BYTES, &memory_ops, test, PRIORITY);
    return true;
}

static void pc_testdev_reset(struct device *dev, enum reset_kind kind)
{
    struct pc_testdev *test = container_of(dev, struct pc_testdev, dev);
    (void)kind;
    for (unsigned i = 0; i < PC_TESTDEV_LINES; i++) line_set(&test->irq[i], false);
    test->data = 0;
    memset(test->bytes, 0, sizeof test->bytes);
}

static const struct field line_fields[] = {
    FIELD(struct line, level, "asserted"),
    FIELD_NONE(struct line, set, "wiring"),
    FIELD_NONE(struct line, self, "wiring"),
    FIELD_NONE(struct line, pin, "wiring"),
    FIELD_END
};

static const struct field pc_testdev_fields[] = {
    FIELD_NONE(struct pc_testdev, dev, "wiring"),
    FIELD_EACH(struct pc_testdev, irq, line_fields, "interrupt lines"),
    FIELD(struct pc_testdev, data, "ports E0h and E8h"),
    FIELD_NONE(struct pc_testdev, region, "map"),
    FIELD_ARRAY(struct pc_testdev, bytes, "memory at FF000000h"),
    FIELD_END
};

const struct device_class pc_testdev_class = {
    .name = "pc-testdev", .size = sizeof(struct pc_testdev), .fields = pc_testdev_fields,
    .attach = pc_testdev_attach, .reset = pc_testdev_reset,
};
