/* The board: a PC of 1997 with the 440FX chip set. Two tables say what is on it and how it is wired; the rest is the
 * memory map, and the state in which a firmware would leave the chips.
 *
 *   00000000  640 KiB of RAM                      000C0000  the ROM's last 256 KiB, shadow RAM over it (440FX)
 *   000A0000  VGA (devices/vga_window.c)          00100000  RAM, to less than 3.5 GiB
 *                                                 top of 4 GiB: the ROM
 * Not on this board: sound, anything that asserts IOCHK# or SERR#. */
#include "cpu/monitor.h"
#include "devices/pc_tables.h"
#include <stdio.h>
#include <string.h>

enum { LOW_RAM = 0xA0000, ONE_MIB = 0x100000, ROM_MIN = 0x10000, ROM_MAX = 0x40000 };

/* ---- what is on the board ---- */
static const struct chip { const struct device_class *class; size_t offset; const char *tag; } chips[] = {
    { &i8259_class,     offsetof(struct machine, pic),       "pic" },
    { &lapic_class,     offsetof(struct machine, lapic),     "lapic" },
    { &ioapic_class,    offsetof(struct machine, ioapic),    "ioapic" },
    { &imcr_class,      offsetof(struct machine, imcr),      "imcr" },
    { &nmi_class,       offsetof(struct machine, nmi),       "nmi" },
    { &hpet_class,      offsetof(struct machine, hpet),      "hpet" },
    { &port92_class,    offsetof(struct machine, port92),    "port92" },
    { &i8254_class,     offsetof(struct machine, pit),       "pit" },
    { &audio_class,     offsetof(struct machine, audio),     "audio" },
    { &speaker_class,   offsetof(struct machine, speaker),   "speaker" },
    { &i8237_class,     offsetof(struct machine, dma),       "dma" },
    { &mc146818_class,  offsetof(struct machine, rtc),       "rtc" },
    { &i8042_class,     offsetof(struct machine, keyboard),  "keyboard" },
    { &ns16550_class,   offsetof(struct machine, serial[0]), "serial0" },
    { &ns16550_class,   offsetof(struct machine, serial[1]), "serial1" },
    { &ns16550_class,   offsetof(struct machine, serial[2]), "serial2" },
    { &ns16550_class,   offsetof(struct machine, serial[3]), "serial3" },
    { &parallel_class,  offsetof(struct machine, parallel[0]), "parallel0" },
    { &parallel_class,  offsetof(struct machine, parallel[1]), "parallel1" },
    { &i440fx_class,    offsetof(struct machine, pmc),       "pmc" },
    { &ide_class,       offsetof(struct machine, ide),       "ide" },
    { &i82077_class,    offsetof(struct machine, floppy),    "floppy" },
    { &piix3_class,     offsetof(struct machine, piix),      "piix3" },
    { &piix4_pm_class,  offsetof(struct machine, pm),        "piix4_pm" },
    { &fw_cfg_class,    offsetof(struct machine, fw_cfg),    "fw_cfg" },
    { &debugport_class, offsetof(struct machine, debugport), "debugport" },
    { &debugexit_class, offsetof(struct machine, debugexit), "debugexit" },
    { &ne2000_class,    offsetof(struct machine, ne2000[0]), "net0" },
    { &ne2000_class,    offsetof(struct machine, ne2000[1]), "net1" },
    { &ne2000_class,    offsetof(struct machine, ne2000[2]), "net2" },
    { &ne2000_class,    offsetof(struct machine, ne2000[3]), "net3" },
    { &opl3_class,      offsetof(struct machine, opl3),      "opl3" },
    { &sb16_class,      offsetof(struct machine, sb16),      "sb16" },
    { &ac97_class,      offsetof(struct machine, ac97),      "ac97" },
    { &pc_testdev_class, offsetof(struct machine, pc_testdev), "pc-testdev" },
    { &pci_testdev_class, offsetof(struct machine, pci_testdev), "pci-testdev" },
    { &vga_class,       offsetof(struct machine, vga),       "vga" },
    { &e1000_class,     offsetof(struct machine, e1000[0]),  "net0" },
    { &e1000_class,     offsetof(struct machine, e1000[1]),  "net1" },
    { &e1000_class,     offsetof(struct machine, e1000[2]),  "net2" },
    { &e1000_class,     offsetof(struct machine, e1000[3]),  "net3" },
};

/* ---- interrupt wires: from an output pin to an interrupt request line. Several on one line are or-ed. ---- */
enum { IRQ_OF_NIC = 0x80, EMPTY_SLOT_IRQ = 9 };  /* plus the NIC's number: its configuration names the line */
static const struct irq_wire { size_t offset; u8 irq; bool shared; const char *owner; } irq_wires[] = {
    { offsetof(struct machine, pit.irq),            0,  true,  "pit" },
    { offsetof(struct machine, keyboard.irq1),      1,  true,  "keyboard" },
    { offsetof(struct machine, serial[1].irq),      3,  true,  "serial1" },
    { offsetof(struct machine, serial[3].irq),      3,  true,  "serial3" },
    { offsetof(struct machine, serial[0].irq),      4,  true,  "serial0" },
    { offsetof(struct machine, serial[2].irq),      4,  true,  "serial2" },
    { offsetof(struct machine, parallel[1].irq),    5,  true,  "parallel1" },
    { offsetof(struct machine, parallel[0].irq),    7,  true,  "parallel0" },
    { offsetof(struct machine, sb16.irq[0]),        9,  true,  "sb16" },
    { offsetof(struct machine, sb16.irq[1]),        5,  true,  "sb16" },
    { offsetof(struct machine, sb16.irq[2]),        7,  true,  "sb16" },
    { offsetof(struct machine, sb16.irq[3]),        10, true,  "sb16" },
    { offsetof(struct machine, floppy.irq),         6,  true,  "floppy" },
    { offsetof(struct machine, rtc.irq),            8,  true,  "rtc" },
    { offsetof(struct machine, keyboard.irq12),     12, true,  "mouse" },
    { offsetof(struct machine, ide.channel[0].irq), 14, true,  "ide0" },
    { offsetof(struct machine, ide.channel[1].irq), 15, true,  "ide1" },
    { offsetof(struct machine, piix.irq[3]),        3,  true,  "pci" },
    { offsetof(struct machine, piix.irq[4]),        4,  true,  "pci" },
    { offsetof(struct machine, piix.irq[5]),        5,  true,  "pci" },
    { offsetof(struct machine, piix.irq[6]),        6,  true,  "pci" },
    { offsetof(struct machine, piix.irq[7]),        7,  true,  "pci" },
    { offsetof(struct machine, piix.irq[9]),        9,  true,  "pci" },
    { offsetof(struct machine, pm.sci),             9,  true,  "sci" },
    { offsetof(struct machine, piix.irq[10]),       10, true,  "pci" },
    { offsetof(struct machine, piix.irq[11]),       11, true,  "pci" },
    { offsetof(struct machine, ne2000[0].irq),      IRQ_OF_NIC + 0, true, "net0" },
    { offsetof(struct machine, ne2000[1].irq),      IRQ_OF_NIC + 1, true, "net1" },
    { offsetof(struct machine, ne2000[2].irq),      IRQ_OF_NIC + 2, true, "net2" },
    { offsetof(struct machine, ne2000[3].irq),      IRQ_OF_NIC + 3, true, "net3" },
    { offsetof(struct machine, hpet.irq[0]),        0,  true,  "hpet" },
    { offsetof(struct machine, hpet.irq[1]),        8,  true,  "hpet" },
    { offsetof(struct machine, pc_testdev.irq[0]),      0,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[1]),      1,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[3]),      3,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[4]),      4,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[5]),      5,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[6]),      6,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[7]),      7,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[8]),      8,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[9]),      9,  true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[10]),     10, true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[11]),     11, true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[12]),     12, true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[14]),     14, true,  "pc-testdev" },
    { offsetof(struct machine, pc_testdev.irq[15]),     15, true,  "pc-testdev" },
};
enum { FERR_IRQ = 13, FERR_WIRE = ARRAY_LEN(irq_wires) };
_Static_assert(FERR_WIRE < 64, "a wire is a bit of irq_drivers");

static const u16 serial_ports[MACHINE_SERIALS] = { 0x3F8, 0x2F8, 0x3E8, 0x2E8 };
static const u16 parallel_ports[MACHINE_PARALLELS] = { 0x378, 0x278 };

static unsigned wire_irq(const struct machine *m, const struct irq_wire *wire)
{
    if (wire->irq < IRQ_OF_NIC) return wire->irq;
    u8 irq = m->config.nic[wire->irq - IRQ_OF_NIC].irq;
    return irq ? irq : EMPTY_SLOT_IRQ;
}

/* ---- the wires' other ends ---- */
static void irq_wire_set(void *self, int pin, bool level)
{
    pc_irq_drive(self, wire_irq(self, &irq_wires[pin]), (unsigned)pin, level);
}

/* The 387's error goes to the slave controller, as in the AT. */
static void ferr_set(void *self, bool level)
{
    pc_irq_drive(self, FERR_IRQ, FERR_WIRE, level);
}

/* The 8042 or port 92h. */
static void a20_set(void *self, int pin, bool level)
{
    struct machine *m = self;
    (void)pin, (void)level;
    allocator_a20(&m->cpu.monitor->allocator, m->keyboard.a20.level || m->port92.a20.level);
}

static bool irq_wires_connect(struct machine *m, struct error *why)
{
    for (unsigned i = 0; i < ARRAY_LEN(irq_wires); i++) {
        const struct irq_wire *wire = &irq_wires[i];
        struct line *line = (struct line *)((char *)m + wire->offset);
        line_connect(line, irq_wire_set, m, (int)i);
        if (line == &m->pit.irq || line == &m->rtc.irq) m->irq_replaced[wire->irq] = (u64)1 << i;
        if (!allocator_irq(&m->cpu.monitor->allocator, wire_irq(m, wire), wire->owner, wire->shared, why)) return false;
    }
    return allocator_irq(&m->cpu.monitor->allocator, FERR_IRQ, "ferr", false, why);
}

bool pc_wire(const struct machine *m, unsigned index, struct pc_wire *wire)
{
    if (index > FERR_WIRE) return false;
    *wire = (struct pc_wire){ NULL, FERR_IRQ, false, "ferr" };
    if (index == FERR_WIRE) return true;
    const struct irq_wire *row = &irq_wires[index];
    *wire = (struct pc_wire){ (const struct line *)((const char *)m + row->offset), wire_irq(m, row), row->shared,
                              row->owner };
    return true;
}

static bool wires_connect(struct machine *m, struct error *why)
{
    pc_interrupts_connect(m);
    line_connect(&m->keyboard.a20, a20_set, m, 0);
    line_connect(&m->port92.a20, a20_set, m, 0);
    m->cpu.ferr = ferr_set;
    m->cpu.ferr_self = m;
    return irq_wires_connect(m, why);
}

/* ---- memory ---- */
static void rom_low_map(struct machine *m, const u8 *bytes, u32 size)
{
    /* No wider than where shadow RAM can be: C0000h-FFFFFh. */
    struct region *region = memory_map_rom(&m->memory, "rom (low)", ONE_MIB - size, size, bytes, 0);
    m->pmc.rom[0].region = region;
}

static bool rom_map(struct machine *m, struct error *why)
{
    const struct blob *bios = &m->config.bios;
    if (bios->length == 0) return true;
    if (bios->length < ROM_MIN || bios->length > ROM_MAX || bios->length % PAGE_SIZE)
        return error_set(why, "a ROM of %zu bytes does not fit the board; it must have 64 to 256 KiB in steps of 4 KiB",
                         bios->length);
    u32 size = (u32)bios->length;
    memory_map_rom(&m->memory, "rom", 0u - size, size, bios->bytes, 0);
    /* As the PIIX3 decodes it: where a processor begins that comes out of INIT with A20 closed. */
    memory_map_rom(&m->memory, "rom (A20 low)", 0xFFF00000u - size, size, bios->bytes, 0);
    rom_low_map(m, bios->bytes, size);
    return true;
}

static void ram_map(struct machine *m)
{
    u64 size = m->config.ram_bytes;
    memory_map_ram(&m->memory, "low ram", 0, LOW_RAM, 0, 0);
    if (size > ONE_MIB) memory_map_ram(&m->memory, "ram", ONE_MIB, size - ONE_MIB, ONE_MIB, 0);
}

/* ---- chips ---- */
static bool console_configure(struct machine *m, struct error *why)
{
    for (unsigned i = 0; i < m->config.consoles; i++) {
        const struct debugport_console *console = &m->config.console[i];
        if (!debugport_console_add(&m->debugport, console->port, console->sink))
            return error_set(why, "more than %d debug consoles; leave some out", DEBUGPORT_CONSOLES);
    }
    return true;
}

static u8 nic_slot(unsigned index)
{
    enum { FIRST = 3, OTHERS = 4 };             /* between them is the place of the sound card */
    return PCI_DEVFN(index == 0 ? FIRST : OTHERS + index, 0);
}

static const char *const nic_sources[MACHINE_NICS] = { "net0", "net1", "net2", "net3" };

static void ne2000_configure(struct machine *m, unsigned index, const struct machine_nic *nic)
{
    struct ne2000 *ne = &m->ne2000[index];
    ne->source = nic_sources[index];
    ne->bus = nic->kind == NIC_NE2000_PCI ? &m->pmc.bus : NULL;
    ne->devfn = nic_slot(index);
    ne->base = nic->base;
    memcpy(ne->mac, nic->mac, NET_MAC);
}

static void e1000_configure(struct machine *m, unsigned index, const struct machine_nic *nic)
{
    struct e1000 *chip = &m->e1000[index];
    chip->source = nic_sources[index];
    chip->bus = &m->pmc.bus;
    chip->devfn = nic_slot(index);
    chip->rom = nic->rom.bytes;
    chip->rom_length = (u32)nic->rom.length;
    memcpy(chip->mac, nic->mac, NET_MAC);
}

struct net_link *pc_nic(struct machine *m, unsigned index)
{
    enum nic_kind kind = m->config.nic[index].kind;
    if (kind == NIC_NONE) return NULL;
    return kind == NIC_E1000 ? &m->e1000[index].link : &m->ne2000[index].link;
}

static void nic_configure(struct machine *m, unsigned index)
{
    const struct machine_nic *nic = &m->config.nic[index];
    struct net_link *link = pc_nic(m, index);
    if (!link) return;
    ne2000_configure(m, index, nic);
    e1000_configure(m, index, nic);
    link->peer = nic->peer;
    link->up = nic->plugged;
}

/* What chips want to know before they are attached. */
static bool chips_configure(struct machine *m, struct error *why)
{
    const struct machine_config *config = &m->config;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        m->serial[i].base = serial_ports[i];
        m->serial[i].pace = config->serial_pace;
        m->serial[i].sink = config->serial[i].sink;
    }
    for (unsigned i = 0; i < MACHINE_PARALLELS; i++) {
        m->parallel[i].base = parallel_ports[i];
        m->parallel[i].sink = config->parallel[i].sink;
    }
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (config->drive[i].kind != IDE_NONE)
            ide_connect(&m->ide, i / IDE_UNITS, i % IDE_UNITS, config->drive[i].kind, config->drive[i].disk);
    m->audio.sink = config->audio;
    m->opl3.audio = m->sb16.audio = m->ac97.audio = &m->audio;
    m->ac97.bus = &m->pmc.bus;
    m->ac97.devfn = PCI_DEVFN(4, 0);
    m->pci_testdev.bus = &m->pmc.bus;
    m->pci_testdev.devfn = PCI_DEVFN(8, 0);
    m->sb16.fm = &m->opl3;
    m->sb16.dma = &m->dma;
    m->speaker.pit = &m->pit;
    m->speaker.audio = config->speaker_heard ? &m->audio : NULL;
    m->floppy.dma = &m->dma;
    for (unsigned i = 0; i < MACHINE_FLOPPIES; i++)
        if (config->floppy[i].present) i82077_connect(&m->floppy, i, config->floppy[i].disk);
    m->lapic.bus_hz = config->model->bus_hz;
    m->lapic.p6 = config->model->level >= CPU_P6;
    for (unsigned i = 0; i < MACHINE_NICS; i++) nic_configure(m, i);
    m->pit.nmi = &m->nmi;
    m->piix.bus = &m->pmc.bus;
    m->piix.ide = &m->ide;
    m->pm.bus = &m->pmc.bus;
    m->vga.bus = &m->pmc.bus;
    m->vga.rom = config->vgabios.bytes;
    m->vga.rom_length = (u32)config->vgabios.length;
    m->debugexit.base = config->exit_base;
    m->debugexit.size = config->exit_size;
    return console_configure(m, why);
}

static bool chip_present(const struct machine *m, const struct device *dev)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (dev == &m->serial[i].dev) return m->config.serial[i].present;
    for (unsigned i = 0; i < MACHINE_PARALLELS; i++)
        if (dev == &m->parallel[i].dev) return m->config.parallel[i].present;
    if (dev == &m->opl3.dev) return m->config.sb16 || m->config.adlib;
    if (dev == &m->ac97.dev) return m->config.ac97;
    if (dev == &m->sb16.dev) return m->config.sb16;
    if (dev == &m->pc_testdev.dev) return m->config.pc_testdev;
    if (dev == &m->pci_testdev.dev) return m->config.pci_testdev;
    if (dev == &m->vga.dev) return m->config.vga_bytes != 0;
    if (dev == &m->hpet.dev) return pc_has_hpet(m);
    if (dev == &m->lapic.dev || dev == &m->ioapic.dev || dev == &m->imcr.dev) return pc_has_apic(m);
    for (unsigned i = 0; i < MACHINE_NICS; i++) {
        enum nic_kind kind = m->config.nic[i].kind;
        if (dev == &m->e1000[i].dev) return kind == NIC_E1000;
        if (dev == &m->ne2000[i].dev) return kind == NIC_NE2000_ISA || kind == NIC_NE2000_PCI;
    }
    return true;
}

static bool chips_attach(struct machine *m, struct error *why)
{
    struct device **last = &m->devices;
    for (unsigned i = 0; i < ARRAY_LEN(chips); i++) {
        struct device *dev = (struct device *)((char *)m + chips[i].offset);
        if (!chip_present(m, dev)) continue;
        dev->class = chips[i].class;
        dev->board = &m->board;
        snprintf(dev->tag, sizeof dev->tag, "%s", chips[i].tag);
        *last = dev;
        last = &dev->next;
        if (!dev->class->attach(dev, why)) return false;
    }
    return true;
}

/* What the board says of itself comes after. */
static void nvram_load(struct machine *m)
{
    const u8 *kept = m->config.nvram;
    for (unsigned i = 0; i < CMOS_BYTES; i++)
        if (mc146818_kept(i)) mc146818_put(&m->rtc, (u8)i, kept[i]);
}

/* Where QEMU and Bochs have it: CMOS 3Dh and the upper half of 38h. */
void pc_boot_order(struct machine *m, u16 order)
{
    enum { USUAL = 0x4312, CMOS_FIRST = 0x3D, CMOS_THIRD = 0x38 };
    if (!order) order = USUAL;
    mc146818_put(&m->rtc, CMOS_FIRST, (u8)order);
    mc146818_put(&m->rtc, CMOS_THIRD, (u8)(order >> 4 & 0xF0));
}

bool pc_build(struct machine *m, struct error *why)
{
    ram_map(m);
    if (!rom_map(m, why) || !chips_configure(m, why) || !wires_connect(m, why) || !chips_attach(m, why)) return false;
    if (m->config.nvram) nvram_load(m);
    mc146818_set_memory(&m->rtc, m->config.ram_bytes);
    mc146818_set_time(&m->rtc, m->config.rtc_seconds);
    pc_boot_order(m, m->config.boot_once ? m->config.boot_once : m->config.boot_order);
    mc146818_set_floppies(&m->rtc, m->floppy.drive[0].type, m->floppy.drive[1].type);
    return pc_fw_cfg_fill(m, why);
}

/* The shutdown status byte of the AT's CMOS RAM says why the processor is reset, if software did it to come back from
 * protected mode. 0 is a reboot: then everything is reset, as firmware in its turn would. */
bool pc_init_expected(const struct machine *m)
{
    enum { CMOS_SHUTDOWN = 0x0F };
    return m->config.bios.length && !m->config.boot && m->rtc.cmos[CMOS_SHUTDOWN];
}

/* ---- as a firmware leaves it ---- */
static const struct { u16 port; u8 value; } firmware_writes[] = {
    { 0x20, 0x11 }, { 0x21, 0x08 }, { 0x21, 0x04 }, { 0x21, 0x01 }, { 0x21, 0xB8 },    /* 8259: vectors 08h.. */
    { 0xA0, 0x11 }, { 0xA1, 0x70 }, { 0xA1, 0x02 }, { 0xA1, 0x01 }, { 0xA1, 0x8F },    /* and 70h.. */
    { 0x43, 0x36 }, { 0x40, 0x00 }, { 0x40, 0x00 },                                    /* 8254: 18.2 Hz */
    { 0x43, 0x54 }, { 0x41, 0x12 },                                                    /* refresh */
    { 0x43, 0xB6 }, { 0x42, 0x00 }, { 0x42, 0x00 },                                    /* speaker */
    { 0xD6, 0xC0 }, { 0xD4, 0x00 },                                                    /* DMA: channel 4 cascades */
};

/* Virtual wire mode (MultiProcessor Specification 1.4, 3.6.2.2): the 8259 goes through LINT0; ids are unique. */
static void firmware_apic(struct machine *m)
{
    static const struct { u32 address, value; } writes[] = {
        { LAPIC_BASE + 0xF0, 0x1FF }, { LAPIC_BASE + 0x350, 0x700 }, { LAPIC_BASE + 0x360, 0x400 },
        { IOAPIC_BASE, 0 }, { IOAPIC_BASE + 0x10, PC_IOAPIC_ID << 24 },
    };
    for (unsigned i = 0; pc_has_apic(m) && i < ARRAY_LEN(writes); i++)
        memory_store(&m->memory, writes[i].address, writes[i].value, WIDTH_32);
}

/* Kernels that print before they know of a UART's registers expect 115200 baud, 8 bits, no parity. */
static void firmware_serial(struct machine *m, u16 base)
{
    static const struct { u8 offset, value; } writes[] = { { 3, 0x80 }, { 0, 1 }, { 1, 0 }, { 3, 0x03 }, { 4, 0x03 } };
    for (unsigned i = 0; i < ARRAY_LEN(writes); i++)
        ports_write(&m->ports, base + writes[i].offset, writes[i].value, WIDTH_8);
}

static void put16(struct machine *m, u32 address, u16 value)
{
    memory_write(&m->memory, address, &value, sizeof value);
}

/* The BIOS data area's lists of what there is, where kernels look for them. */
static void firmware_data_area(struct machine *m)
{
    enum { DATA_COM = 0x400, DATA_LPT = 0x408, DATA_EBDA = 0x40E, DATA_EQUIPMENT = 0x410, CMOS_EQUIPMENT = 0x14, DATA_MEMORY = 0x413, EBDA_KIB = 1 };
    u16 serials = 0, parallels = 0, kib = LOW_RAM / 1024 - EBDA_KIB;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        u16 base = m->config.serial[i].present ? serial_ports[i] : 0;
        put16(m, DATA_COM + 2 * i, base);
        serials += base != 0;
    }
    for (unsigned i = 0; i < MACHINE_PARALLELS; i++) {
        put16(m, DATA_LPT + 2 * i, m->config.parallel[i].present ? parallel_ports[i] : 0);
        parallels += m->config.parallel[i].present;
    }
    put16(m, DATA_EBDA, kib << 6);
    put16(m, DATA_EQUIPMENT, (u16)(parallels << 14 | serials << 9 | 0x26 | (m->rtc.cmos[CMOS_EQUIPMENT] & 0xC1)));
    put16(m, DATA_MEMORY, kib);
    put16(m, (u32)kib << 10, EBDA_KIB);
}

/* The links' lines and the SCI's are level-triggered. */
static void firmware_pci_routes(struct machine *m)
{
    enum { PIRQRC = 0x60, ELCR2 = 0x4D1 };
    u8 levels = 1 << (PM_SCI_IRQ - 8);
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        pci_config_write(&m->piix.isa, PIRQRC + i, pc_pirq_lines[i], 1);
        levels |= (u8)(1 << (pc_pirq_lines[i] - 8));
    }
    ports_write(&m->ports, ELCR2, levels, WIDTH_8);
}

/* Addresses for what the function has, the next of either kind; then it may decode them, and be master. */
static void firmware_pci_function(struct pci_function *function, u32 next[])
{
    u32 command = pci_config_get(function, PCI_COMMAND, 2) | PCI_COMMAND_MASTER;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &function->bar[i];
        if (bar->kind == PCI_BAR_NONE) continue;
        u32 base = (next[bar->kind] + bar->size - 1) & ~(bar->size - 1);
        next[bar->kind] = base + bar->size;
        pci_config_write(function, PCI_BAR0 + 4 * i, base, 4);
        command |= bar->kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    }
    pci_config_write(function, PCI_COMMAND, command, 2);
    if (function->config[PCI_INTERRUPT_PIN])
        pci_config_write(function, PCI_INTERRUPT_LINE, pc_pirq_lines[pci_pirq(function)], 1);
}

static void firmware_pci(struct machine *m)
{
    u32 next[] = { [PCI_BAR_IO] = 0xC000, [PCI_BAR_MEMORY] = MACHINE_RAM_MAX };
    firmware_pci_routes(m);
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
        if (m->pmc.bus.function[i]) firmware_pci_function(m->pmc.bus.function[i], next);
}

/* Text mode 3, and what the BIOS data area says of it. */
static void firmware_vga(struct machine *m)
{
    enum { DATA_MODE = 0x449, DATA_COLUMNS = 0x44A, DATA_PAGE_BYTES = 0x44C, DATA_CURSOR = 0x460, DATA_CRTC = 0x463,
           DATA_ROWS = 0x484, DATA_FONT_HEIGHT = 0x485 };
    if (!m->config.vga_bytes) return;
    vga_firmware_mode3(&m->vga, m->config.vga_font);
    put16(m, DATA_MODE, 3);
    put16(m, DATA_COLUMNS, 80);
    put16(m, DATA_PAGE_BYTES, 0x1000);
    put16(m, DATA_CURSOR, 0x0D0E);
    put16(m, DATA_CRTC, 0x3D4);
    put16(m, DATA_ROWS, 24);
    put16(m, DATA_FONT_HEIGHT, VGA_FONT_HEIGHT);
}

void pc_firmware_state(struct machine *m)
{
    for (unsigned i = 0; i < ARRAY_LEN(firmware_writes); i++)
        ports_write(&m->ports, firmware_writes[i].port, firmware_writes[i].value, WIDTH_8);
    firmware_apic(m);
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (m->config.serial[i].present) firmware_serial(m, serial_ports[i]);
    firmware_pci(m);
    piix4_pm_firmware_state(&m->pm);
    firmware_vga(m);
    pc_tables_place(m);
    firmware_data_area(m);
}
