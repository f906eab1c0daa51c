/* The interrupt mode configuration register, after the MultiProcessor Specification 1.4, 3.6.2.1: port 22h selects, with
 * 70h, the register at port 23h whose bit 0 takes the 8259's INTR away from the processor and gives it to the APICs.
 *
 * After a reset the bit is set (the specification has it clear), so that the board is in virtual wire mode for everyone
 * who has never heard of the register; who clears it has PIC mode. */
#include "devices/imcr.h"

enum { IMCR_ADDRESS = 0x70, IMCR_APIC = 1, PORT_SELECT = 0x22, PORT_DATA = 1 };

static u32 imcr_read(void *self, u32 offset, unsigned width)
{
    const struct imcr *imcr = self;
    (void)width;
    if (offset != PORT_DATA) return imcr->select;
    return imcr->select == IMCR_ADDRESS ? imcr->apic.level : 0xFF;
}

static void imcr_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct imcr *imcr = self;
    (void)width;
    if (offset != PORT_DATA) imcr->select = (u8)value;
    else if (imcr->select == IMCR_ADDRESS) line_set(&imcr->apic, value & IMCR_APIC);
}

static const struct region_ops imcr_ops = { imcr_read, imcr_write, WIDTH_8 };

static bool imcr_attach(struct device *dev, struct error *why)
{
    return ports_claim(dev->board->ports, PORT_SELECT, 2, &imcr_ops, dev, "imcr", why);
}

static void imcr_reset(struct device *dev, enum reset_kind kind)
{
    struct imcr *imcr = container_of(dev, struct imcr, dev);
    (void)kind;
    imcr->select = 0;
    line_set(&imcr->apic, true);
}

static const struct field imcr_fields[] = {
    FIELD_NONE(struct imcr, dev, "wiring"),
    FIELD(struct imcr, select, "port 22h"),
    FIELD(struct imcr, apic.level, "INTR of the 8259 goes to the APICs"),
    FIELD_NONE(struct imcr, apic, "wiring"),
    FIELD_END
};

const struct device_class imcr_class = {
    .name = "imcr", .size = sizeof(struct imcr), .fields = imcr_fields, .attach = imcr_attach, .reset = imcr_reset,
};
