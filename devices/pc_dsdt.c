/* The board as ACPI byte code (devices/pc_tables.h): PCI root with its windows and interrupt routing through the PIIX3's
 * link devices, what is on the ISA bus, and soft off.
 *
 * The routes are the same with the 8259 and with the I/O APIC, whose inputs of the same numbers the links lead to:
 * there is one _PRT and no _PIC. Ports of chips that only a firmware cares for belong to a motherboard device. */
#include "devices/pc_tables.h"
#include <stdio.h>

enum { PCI_SLOTS = 32, PCI_PINS = 4, LINK_OFF = 0x80, NO_LINE = 0xFF };
#define PCI_MEMORY_FIRST 0x80000000u
#define PCI_MEMORY_LAST  0xFEBFFFFFu

/* ---- PCI ---- */
static void root_resources(struct aml *aml, const struct machine *m)
{
    struct aml_resources r = { .used = 0 };
    u32 first = (u32)MAX(m->config.ram_bytes, (u64)PCI_MEMORY_FIRST);
    aml_window16(&r, AML_SPACE_BUS, 0, 0xFF);
    aml_io(&r, 0xCF8, 8);
    aml_window16(&r, AML_SPACE_IO, 0, 0xCF7);
    aml_window16(&r, AML_SPACE_IO, 0xD00, 0xFFFF);
    aml_window32(&r, 0xA0000, 0xBFFFF, true);
    aml_window32(&r, first, PCI_MEMORY_LAST, false);
    aml_name(aml, "_CRS");
    aml_resources(aml, &r);
}

static void link_name(char name[8], const char *stem, unsigned link) { snprintf(name, 8, "%s%c", stem, 'A' + link); }

/* Slot 1's INTA# is PIRQA#, and each further slot starts one later (devices/pci.c). */
static void routing(struct aml *aml)
{
    char name[8];
    aml_name(aml, "_PRT");
    aml_open(aml, AML_PACKAGE);
    aml_u8(aml, PCI_SLOTS * PCI_PINS);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++)
        for (unsigned pin = 0; pin < PCI_PINS; pin++) {
            link_name(name, "LNK", (slot + pin + PCI_PIRQS - 1) % PCI_PIRQS);
            aml_open(aml, AML_PACKAGE);
            aml_u8(aml, 4);
            aml_integer(aml, slot << 16 | 0xFFFF);
            aml_integer(aml, pin);
            aml_path(aml, name);
            aml_integer(aml, 0);
            aml_close(aml);
        }
    aml_close(aml);
}

/* PIRQRC[A:D] as fields of the ISA bridge's configuration space. */
static void route_registers(struct aml *aml)
{
    enum { PCI_CONFIG = 2, BYTE_ACCESS = 1, PIRQRC = 0x60 };
    char name[8];
    aml_op(aml, AML_REGION);
    aml_path(aml, "PIRQ");
    aml_u8(aml, PCI_CONFIG);
    aml_integer(aml, PIRQRC);
    aml_integer(aml, PCI_PIRQS);
    aml_open(aml, AML_FIELD);
    aml_path(aml, "PIRQ");
    aml_u8(aml, BYTE_ACCESS);
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        link_name(name, "PRQ", i);
        aml_path(aml, name);
        aml_u8(aml, 8);
    }
    aml_close(aml);
}

static void link_status(struct aml *aml, const char *route)
{
    enum { STA_OFF = 9, STA_ON = 11 };
    aml_method(aml, "_STA", 0);
    aml_open(aml, AML_IF);
    aml_op(aml, AML_LESS);
    aml_path(aml, route);
    aml_integer(aml, LINK_OFF);
    aml_op(aml, AML_RETURN);
    aml_integer(aml, STA_ON);
    aml_close(aml);
    aml_op(aml, AML_RETURN);
    aml_integer(aml, STA_OFF);
    aml_close(aml);
    aml_method(aml, "_DIS", 0);
    aml_op(aml, AML_OR);
    aml_path(aml, route);
    aml_integer(aml, LINK_OFF);
    aml_path(aml, route);
    aml_close(aml);
}

/* The interrupt number is at byte 5 of the descriptor. */
static void number_field(struct aml *aml)
{
    aml_integer(aml, 5);
    aml_path(aml, "IRQN");
}

static void link_settings(struct aml *aml, const char *route)
{
    static const u32 none = 0;
    struct aml_resources possible = { .used = 0 }, current = { .used = 0 };
    aml_interrupts(&possible, pc_link_irqs, PC_LINK_IRQS);
    aml_interrupts(&current, &none, 1);
    aml_name(aml, "_PRS");
    aml_resources(aml, &possible);
    aml_name(aml, "BUFR");
    aml_resources(aml, &current);
    aml_method(aml, "_CRS", 0);
    aml_op(aml, AML_DWORD_FIELD);
    aml_path(aml, "BUFR");
    number_field(aml);
    aml_open(aml, AML_IF);
    aml_op(aml, AML_LESS);
    aml_path(aml, route);
    aml_integer(aml, LINK_OFF);
    aml_op(aml, AML_STORE);
    aml_path(aml, route);
    aml_path(aml, "IRQN");
    aml_close(aml);
    aml_op(aml, AML_RETURN);
    aml_path(aml, "BUFR");
    aml_close(aml);
    aml_method(aml, "_SRS", 1);
    aml_op(aml, AML_DWORD_FIELD);
    aml_op(aml, AML_ARG0);
    number_field(aml);
    aml_op(aml, AML_STORE);
    aml_path(aml, "IRQN");
    aml_path(aml, route);
    aml_close(aml);
}

static void links(struct aml *aml)
{
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        char name[8], route[32];
        link_name(name, "LNK", i);
        snprintf(route, sizeof route, "\\_SB.PCI0.ISA.PRQ%c", 'A' + i);
        aml_device(aml, name);
        aml_name_eisa(aml, "_HID", "PNP0C0F");
        aml_name_integer(aml, "_UID", i + 1);
        link_status(aml, route);
        link_settings(aml, route);
        aml_close(aml);
    }
}

/* ---- ISA ---- */
static bool always(const struct machine *m) { return m; }
static bool has_serial0(const struct machine *m) { return m->config.serial[0].present; }
static bool has_serial1(const struct machine *m) { return m->config.serial[1].present; }
static bool has_serial2(const struct machine *m) { return m->config.serial[2].present; }
static bool has_serial3(const struct machine *m) { return m->config.serial[3].present; }
static bool has_parallel0(const struct machine *m) { return m->config.parallel[0].present; }
static bool has_parallel1(const struct machine *m) { return m->config.parallel[1].present; }
static bool has_floppy(const struct machine *m) { return m->config.floppy[0].present || m->config.floppy[1].present; }

static const struct isa_device {
    const char *name, *id;
    u8          uid;
    struct { u16 base; u8 count; } ports[6];
    u8          irq, dma;
    bool      (*present)(const struct machine *m);
} isa_devices[] = {
    { "PIC",  "PNP0000", 0, { { 0x20, 2 }, { 0xA0, 2 }, { 0x4D0, 2 } },  NO_LINE, NO_LINE, always },
    { "DMA",  "PNP0200", 0, { { 0x00, 16 }, { 0x81, 15 }, { 0xC0, 32 } }, NO_LINE, 4,      always },
    { "TIMR", "PNP0100", 0, { { 0x40, 4 } },                             0,       NO_LINE, always },
    { "KBD",  "PNP0303", 0, { { 0x60, 1 }, { 0x64, 1 } },                1,       NO_LINE, always },
    { "MOU",  "PNP0F13", 0, { { 0, 0 } },                                12,      NO_LINE, always },
    { "SPKR", "PNP0800", 0, { { 0x61, 1 } },                             NO_LINE, NO_LINE, always },
    { "RTC",  "PNP0B00", 0, { { 0x70, 2 } },                             8,       NO_LINE, always },
    { "FPU",  "PNP0C04", 0, { { 0xF0, 16 } },                            13,      NO_LINE, always },
    { "COM1", "PNP0501", 1, { { 0x3F8, 8 } },                            4,       NO_LINE, has_serial0 },
    { "COM2", "PNP0501", 2, { { 0x2F8, 8 } },                            3,       NO_LINE, has_serial1 },
    { "COM3", "PNP0501", 3, { { 0x3E8, 8 } },                            4,       NO_LINE, has_serial2 },
    { "COM4", "PNP0501", 4, { { 0x2E8, 8 } },                            3,       NO_LINE, has_serial3 },
    { "LPT1", "PNP0400", 1, { { 0x378, 8 } },                            7,       NO_LINE, has_parallel0 },
    { "LPT2", "PNP0400", 2, { { 0x278, 8 } },                            5,       NO_LINE, has_parallel1 },
    { "FDC0", "PNP0700", 0, { { 0x3F0, 6 }, { 0x3F7, 1 } },              6,       2,       has_floppy },
    { "MBRD", "PNP0C02", 0, { { PM_IO_BASE, PM_IO_BYTES }, { SMBUS_IO_BASE, SMBUS_IO_BYTES }, { 0xB2, 2 }, { 0x92, 1 },
                              { 0x510, 12 } },              NO_LINE, NO_LINE, always },
};

static void isa_device(struct aml *aml, const struct isa_device *row)
{
    struct aml_resources r = { .used = 0 };
    for (unsigned i = 0; i < ARRAY_LEN(row->ports) && row->ports[i].count; i++)
        aml_io(&r, row->ports[i].base, row->ports[i].count);
    if (row->irq != NO_LINE) aml_irq(&r, row->irq);
    if (row->dma != NO_LINE) aml_dma(&r, row->dma);
    aml_device(aml, row->name);
    aml_name_eisa(aml, "_HID", row->id);
    if (row->uid) aml_name_integer(aml, "_UID", row->uid);
    aml_name(aml, "_CRS");
    aml_resources(aml, &r);
    aml_close(aml);
}

static void hpet(struct aml *aml)
{
    struct aml_resources r = { .used = 0 };
    aml_memory32(&r, HPET_BASE, 0x400);
    aml_device(aml, "HPET");
    aml_name_eisa(aml, "_HID", "PNP0103");
    aml_name(aml, "_CRS");
    aml_resources(aml, &r);
    aml_close(aml);
}

static void isa_bridge(struct aml *aml, const struct machine *m)
{
    enum { ISA_BRIDGE = 1 << 16 };
    aml_device(aml, "ISA");
    aml_name_integer(aml, "_ADR", ISA_BRIDGE);
    route_registers(aml);
    for (unsigned i = 0; i < ARRAY_LEN(isa_devices); i++)
        if (isa_devices[i].present(m)) isa_device(aml, &isa_devices[i]);
    aml_close(aml);
}

/* ---- all ---- */
static void processor(struct aml *aml)
{
    aml_scope(aml, "\\_PR");
    aml_open(aml, AML_PROCESSOR);
    aml_path(aml, "CPU0");
    aml_u8(aml, 0);                      /* its number in the MADT; no processor block */
    aml_u32(aml, 0);
    aml_u8(aml, 0);
    aml_close(aml);
    aml_close(aml);
}

static void soft_off(struct aml *aml)
{
    aml_name(aml, "\\_S5");
    aml_open(aml, AML_PACKAGE);
    aml_u8(aml, 4);
    for (unsigned i = 0; i < 4; i++) aml_integer(aml, 0);        /* SUS_TYP 0, of both PM1 blocks; reserved */
    aml_close(aml);
}

void pc_dsdt(struct aml *aml, const struct machine *m)
{
    processor(aml);
    soft_off(aml);
    aml_scope(aml, "\\_SB");
    links(aml);                          /* before the package that names them: old systems resolve it at once */
    aml_device(aml, "PCI0");
    aml_name_eisa(aml, "_HID", "PNP0A03");
    aml_name_integer(aml, "_UID", 0);
    root_resources(aml, m);
    routing(aml);
    if (pc_has_hpet(m)) hpet(aml);
    isa_bridge(aml, m);
    aml_close(aml);
    aml_close(aml);
}
