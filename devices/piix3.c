/* Intel 82371SB PCI ISA IDE Xcelerator (PIIX3), data sheet 290550: function 0 (ISA bridge: PIRQ routing, reset control
 * register CF9h) and the configuration space of function 1 (IDE; the channels themselves are devices/ide.c).
 *
 * Two values differ from the data sheet's reset state, because a kernel loaded without firmware must find what firmware
 * would have set: IDETIM has both channels decoded, and PCICMD of the IDE function lets their ports through.
 * Registers without effect: X-bus chip selects, top of memory, motherboard IRQ, SMI, USB (function 2 is absent). */
#include "devices/piix3.h"
#include "devices/ide.h"

enum { PIIX3_PIRQRC = 0x60, PIRQRC_OFF = 0x80, IDE_BMIBA = 4, BUS_MASTER_BYTES = 16 };
enum { IDETIM = 0x40, IDETIM_DECODE = 0x8000 };
enum { RC_HARD = 2, RC_RESET = 4 };
enum { ROUTABLE_IRQS = 0xDEF8 };

static const struct pci_register isa_registers[] = {
    { 0x00, 2, 0x8086, 0, 0 },
    { 0x02, 2, 0x7000, 0, 0 },
    { 0x04, 2, 0x0007, 0x0008, 0 },
    { 0x06, 2, 0x0200, 0, 0x7800 },
    { 0x08, 4, 0x06010000, 0, 0 },                  /* class: ISA bridge */
    { 0x0E, 1, 0x80, 0, 0 },                        /* multi-function */
    { 0x4C, 1, 0x4D, 0x7F, 0 },                     /* IORT */
    { 0x4E, 2, 0x0003, 0x07FF, 0 },                 /* XBCS */
    { 0x60, 4, 0x80808080, 0x8F8F8F8F, 0 },         /* PIRQRC[A:D] */
    { 0x69, 1, 0x02, 0xFE, 0 },                     /* TOM */
    { 0x6A, 2, 0x0000, 0x8014, 0x0080 },            /* MSTAT */
    { 0x70, 2, 0x8080, 0xEFEF, 0 },                 /* MBIRQ0, MBIRQ1 */
    { 0x76, 2, 0x0C0C, 0x8F8F, 0 },                 /* MBDMA */
    { 0x78, 2, 0x0002, 0xFFFF, 0 },                 /* PCSC */
    { 0x80, 1, 0x00, 0x7F, 0 },                     /* APICBASE */
    { 0x82, 1, 0x00, 0x0F, 0 },                     /* DLC */
    { 0xA0, 1, 0x08, 0x1F, 0 },                     /* SMICNTL */
    { 0xA2, 2, 0x0000, 0x00FF, 0 },                 /* SMIEN */
    { 0xA4, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* SEE */
    { 0xA8, 1, 0x0F, 0xFF, 0 },                     /* FTMR */
    { 0xAA, 2, 0x0000, 0x0000, 0x00FF },            /* SMIREQ */
    { 0xAC, 1, 0x00, 0xFF, 0 },                     /* CTLTMR */
    { 0xAE, 1, 0x00, 0xFF, 0 },                     /* CTHTMR */
};

static const struct pci_register ide_registers[] = {
    { 0x00, 2, 0x8086, 0, 0 },
    { 0x02, 2, 0x7010, 0, 0 },
    { 0x04, 2, 0x0001, 0x0005, 0 },
    { 0x06, 2, 0x0280, 0, 0x3800 },
    { 0x08, 4, 0x01018000, 0, 0 },                  /* class: IDE in compatibility mode, bus master */
    { 0x0D, 1, 0x00, 0xF0, 0 },
    { 0x40, 4, 0x80008000, 0xF3FFF3FF, 0 },         /* IDETIM, primary and secondary */
    { 0x44, 1, 0x00, 0xFF, 0 },                     /* SIDETIM */
};

/* Each interrupt input is the OR of the PIRQs routed to it. */
static bool irq_level(const struct piix3 *piix, unsigned irq)
{
    bool level = false;
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        u8 route = piix->isa.config[PIIX3_PIRQRC + i];
        level |= piix->pirq[i] && !(route & PIRQRC_OFF) && (route & 15) == irq;
    }
    return level && (ROUTABLE_IRQS >> irq & 1);
}

static void routes_update(struct piix3 *piix)
{
    for (unsigned irq = 0; irq < ARRAY_LEN(piix->irq); irq++)
        line_set(&piix->irq[irq], irq_level(piix, irq));
}

static void pirq_set(void *self, int pin, bool level)
{
    struct piix3 *piix = self;
    piix->pirq[pin] = level;
    routes_update(piix);
}

static void isa_written(void *self, unsigned offset, unsigned width)
{
    if (offset < PIIX3_PIRQRC + PCI_PIRQS && offset + width > PIIX3_PIRQRC) routes_update(self);
}

/* Only the byte at CF9h is ours; it lies under CONFADD, which takes dwords only. A reset needs bit 2 to rise. */
static u32 reset_control_read(void *self, u32 offset, unsigned width)
{
    const struct piix3 *piix = self;
    u32 ones = width == 1 ? 0xFF : 0xFFFF;
    if (offset > 1 || offset + width < 2) return ones;
    unsigned shift = 8 * (1 - offset);
    return (ones & ~(0xFFu << shift)) | (u32)piix->reset_control << shift;
}

static void reset_control_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct piix3 *piix = self;
    if (offset > 1 || offset + width < 2) return;
    u8 old = piix->reset_control, control = (u8)(value >> 8 * (1 - offset)) & (RC_HARD | RC_RESET);
    piix->reset_control = control;
    if (!(control & RC_RESET) || (old & RC_RESET)) return;
    const struct power *power = &piix->dev.board->power;
    if (power->request) power->request(power->self, control & RC_HARD ? POWER_RESET : POWER_INIT, RESET_COLD);
}

static const struct region_ops reset_control_ops = { reset_control_read, reset_control_write, WIDTH_8 | WIDTH_16 };

static void bus_master_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct piix3 *piix = self;
    struct ports *ports = piix->dev.board->ports;
    struct error why;
    (void)bar;
    if (!enabled) {
        if (piix->bus_master_claimed) ports_release(ports, (u16)base);
        piix->bus_master_claimed = false;
        return;
    }
    piix->bus_master_claimed = ports_claim(ports, (u16)base, BUS_MASTER_BYTES, &ide_bus_master_ports, piix->ide,
                                           "ide-bus-master", &why);
    if (!piix->bus_master_claimed)
        LOG(piix->dev.board->log, LOG_GUEST_ERRORS, "piix3: BMIBA %04x: %s", base, why.text);
}

/* IDETIM bit 15 of each channel and PCICMD.IOSE open its ports, PCICMD.BME the bus. */
static void ide_function_written(void *self, unsigned offset, unsigned width)
{
    struct piix3 *piix = self;
    const struct pci_function *function = &piix->ide_function;
    u32 command = pci_config_get(function, PCI_COMMAND, 2);
    bool decoded[IDE_CHANNELS];
    (void)offset, (void)width;
    for (unsigned i = 0; i < IDE_CHANNELS; i++)
        decoded[i] = (command & PCI_COMMAND_IO) && (pci_config_get(function, IDETIM + 2 * i, 2) & IDETIM_DECODE);
    ide_enable(piix->ide, decoded, command & PCI_COMMAND_MASTER);
}

static bool piix3_attach(struct device *dev, struct error *why)
{
    struct piix3 *piix = container_of(dev, struct piix3, dev);
    (void)why;
    pci_function_attach(&piix->isa, piix->bus, PCI_DEVFN(1, 0), isa_registers, ARRAY_LEN(isa_registers));
    piix->isa.written = isa_written;
    piix->isa.self = piix;
    piix->bus->south = &reset_control_ops;
    piix->bus->south_self = piix;
    for (int i = 0; i < PCI_PIRQS; i++)
        line_connect(&piix->bus->pirq[i], pirq_set, piix, i);
    if (!piix->ide) return true;
    pci_function_attach(&piix->ide_function, piix->bus, PCI_DEVFN(1, 1), ide_registers, ARRAY_LEN(ide_registers));
    piix->ide_function.written = ide_function_written;
    piix->ide_function.self = piix;
    pci_bar_add(&piix->ide_function, IDE_BMIBA, PCI_BAR_IO, BUS_MASTER_BYTES, bus_master_map, piix);
    return true;
}

static void piix3_reset(struct device *dev, enum reset_kind kind)
{
    struct piix3 *piix = container_of(dev, struct piix3, dev);
    (void)kind;
    pci_function_reset(&piix->isa);
    if (piix->ide) {
        pci_function_reset(&piix->ide_function);
        ide_function_written(piix, 0, 0);
    }
    piix->reset_control = 0;
    routes_update(piix);
}

static void piix3_restored(struct device *dev)
{
    struct piix3 *piix = container_of(dev, struct piix3, dev);
    if (piix->ide) {
        pci_function_restored(&piix->ide_function);
        ide_function_written(piix, 0, 0);
    }
    for (unsigned irq = 0; irq < ARRAY_LEN(piix->irq); irq++)
        piix->irq[irq].level = irq_level(piix, irq);
}

static const struct field piix3_fields[] = {
    FIELD_NONE(struct piix3, dev, "wiring"),
    FIELD_SUB(struct piix3, isa, pci_function_fields, "function 00:01.0"),
    FIELD_SUB(struct piix3, ide_function, pci_function_fields, "function 00:01.1"),
    FIELD_NONE(struct piix3, bus, "wiring"),
    FIELD_NONE(struct piix3, ide, "wiring"),
    FIELD_NONE(struct piix3, bus_master_claimed, "map; follows ide_function"),
    FIELD_ARRAY(struct piix3, pirq, "levels of PIRQA#-PIRQD#"),
    FIELD(struct piix3, reset_control, "CF9h"),
    FIELD_NONE(struct piix3, irq, "wiring; levels follow pirq"),
    FIELD_END
};

const struct device_class piix3_class = {
    .name = "piix3",
    .size = sizeof(struct piix3),
    .fields = piix3_fields,
    .attach = piix3_attach,
    .reset = piix3_reset,
    .restored = piix3_restored,
};
