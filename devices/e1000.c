/* Intel 82540EM: "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual" (317453), with the 82540EM
 * data sheet's PCI registers. This file: registers, interrupts, the PCI function. e1000_rx.c, e1000_tx.c and
 * e1000_offload.c move frames; e1000_mii.c has EEPROM and PHY.
 *
 * BAR 0 are 128 KiB of memory, BAR 1 the two I/O registers. STATUS shows the link as the wire has it, at 1000 Mbit/s.
 * Registers without effect are stored as written. Not modelled: flash, wake-up, flow control, management, VLAN priorities,
 * message signalled interrupts, 64-bit BARs, TBI/SerDes. */
#include "devices/e1000_parts.h"
#include <string.h>

enum { MEMORY_BYTES = 128 << 10, IO_BYTES = 64, NS_PER_UNIT = 1024, NS_PER_ITR = 256 };
enum { CTRL_RST = 1 << 26, STATUS_FD = 1, STATUS_LU = 2, SIZE_CLASSES = 6 };
#define CTRL_PHY_RST (1u << 31)
#define FLUSH (1u << 31)
/* Speed 1000, detected as 1000, PHY reset asserted, and bits that the 82540EM shows: what drivers compare with. */
#define STATUS_FIXED 0x80080780u

/* ---- bus ---- */
bool e1000_masters(const struct e1000 *chip)
{
    return pci_config_get(&chip->function, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

void e1000_dma_read(struct e1000 *chip, u64 address, void *bytes, u32 length)
{
    if (address >> 32) memset(bytes, 0xFF, length);
    else memory_read(chip->dev.board->memory, (u32)address, bytes, length);
}

void e1000_dma_write(struct e1000 *chip, u64 address, const void *bytes, u32 length)
{
    if (!(address >> 32)) memory_write(chip->dev.board->memory, (u32)address, bytes, length);
}

void e1000_delay(struct e1000 *chip, struct event *event, u32 units, bool again)
{
    struct clock *clock = chip->dev.board->clock;
    if (again || !event->armed) event_at(clock, event, clock_now(clock) + cycles_of_ns(clock, (u64)units * NS_PER_UNIT));
}

/* ---- interrupts ---- */
/* ITR: at least so much time between two assertions. */
static void irq_update(struct e1000 *chip)
{
    struct clock *clock = chip->dev.board->clock;
    bool wanted = E1000_REG(chip, ICR) & E1000_REG(chip, IMS);
    u64 interval = E1000_REG(chip, ITR) & 0xFFFF;
    if (!wanted || chip->function.intx) {
        if (!wanted) pci_function_interrupt(&chip->function, false);
    } else if (clock_now(clock) < chip->quiet_until) {
        event_at(clock, &chip->throttle, chip->quiet_until);
    } else {
        if (interval) chip->quiet_until = clock_now(clock) + cycles_of_ns(clock, interval * NS_PER_ITR);
        pci_function_interrupt(&chip->function, true);
    }
}

static void throttle_fire(void *self) { irq_update(self); }

void e1000_raise(struct e1000 *chip, u32 causes)
{
    E1000_REG(chip, ICR) |= causes;
    irq_update(chip);
}

/* ---- statistics ---- */
void e1000_count(struct e1000 *chip, enum e1000_register counter, u32 by)
{
    u32 *value = &chip->reg[counter / 4];
    *value = *value + by < *value ? ~0u : *value + by;
}

static void octets_count(struct e1000 *chip, enum e1000_register low, size_t length)
{
    u64 value = ((u64)chip->reg[low / 4 + 1] << 32 | chip->reg[low / 4]) + length;
    chip->reg[low / 4] = (u32)value;
    chip->reg[low / 4 + 1] = (u32)(value >> 32);
}

/* Sizes count the CRC: up to 64, 127, 255, 511, 1023 and more. */
void e1000_count_frame(struct e1000 *chip, enum e1000_register octets, enum e1000_register sizes, size_t length)
{
    static const u16 limits[SIZE_CLASSES - 1] = { 64, 127, 255, 511, 1023 };
    unsigned class = 0;
    length += 4;
    octets_count(chip, octets, length);
    if (!sizes) return;
    while (class < ARRAY_LEN(limits) && length > limits[class]) class++;
    e1000_count(chip, sizes + 4 * class, 1);
}

/* ---- registers that do something ---- */
static u32 status_read(struct e1000 *chip, u32 offset)
{
    (void)offset;
    return STATUS_FIXED | STATUS_FD | (chip->link.up ? STATUS_LU : 0);
}

static u32 icr_read(struct e1000 *chip, u32 offset)
{
    u32 value = chip->reg[offset / 4];
    chip->reg[offset / 4] = 0;
    irq_update(chip);
    return value;
}

/* Statistics are cleared by being read; the 64-bit ones by their upper half. */
static u32 statistic_read(struct e1000 *chip, u32 offset)
{
    static const u16 pairs[] = { E1000_GORCL, E1000_GOTCL, E1000_TORL, E1000_TOTL };
    u32 value = chip->reg[offset / 4];
    for (unsigned i = 0; i < ARRAY_LEN(pairs); i++) {
        if (offset == pairs[i]) return value;
        if (offset == pairs[i] + 4u) chip->reg[pairs[i] / 4] = 0;
    }
    chip->reg[offset / 4] = 0;
    return value;
}

static u32 ims_read(struct e1000 *chip, u32 offset) { (void)offset; return E1000_REG(chip, IMS); }
static u32 eecd_read(struct e1000 *chip, u32 offset) { (void)offset; return e1000_eecd_read(chip); }
static u32 none_read(struct e1000 *chip, u32 offset) { (void)chip, (void)offset; return 0; }

static void chip_reset(struct e1000 *chip);
static void ctrl_write(struct e1000 *chip, u32 offset, u32 value)
{
    (void)offset;
    if (value & CTRL_RST) {
        chip_reset(chip);
        return;
    }
    E1000_REG(chip, CTRL) = value & ~CTRL_PHY_RST;
    if (value & CTRL_PHY_RST) e1000_phy_reset(chip);
}

static void eecd_write(struct e1000 *chip, u32 offset, u32 value) { (void)offset; e1000_eecd_write(chip, value); }
static void eerd_write(struct e1000 *chip, u32 offset, u32 value) { (void)offset; e1000_eerd_write(chip, value); }
static void mdic_write(struct e1000 *chip, u32 offset, u32 value) { (void)offset; e1000_mdic_write(chip, value); }
static void ics_write(struct e1000 *chip, u32 offset, u32 value) { (void)offset; e1000_raise(chip, value & 0x1FFFF); }

static void icr_write(struct e1000 *chip, u32 offset, u32 value)
{
    chip->reg[offset / 4] &= ~value;
    irq_update(chip);
}
static void ims_write(struct e1000 *chip, u32 offset, u32 value)
{
    (void)offset;
    E1000_REG(chip, IMS) |= value & 0x1FFFF;
    irq_update(chip);
}
static void imc_write(struct e1000 *chip, u32 offset, u32 value)
{
    (void)offset;
    E1000_REG(chip, IMS) &= ~value;
    irq_update(chip);
}

/* Receive: whatever may make room. */
static void rx_write(struct e1000 *chip, u32 offset, u32 value)
{
    chip->reg[offset / 4] = value;
    net_room(&chip->link);
}
static void rdtr_write(struct e1000 *chip, u32 offset, u32 value)
{
    chip->reg[offset / 4] = value & 0xFFFF;
    if (value & FLUSH && chip->rx_delay.armed) e1000_rx_timer(chip);
}
static void tx_write(struct e1000 *chip, u32 offset, u32 value)
{
    chip->reg[offset / 4] = value;
    e1000_tx_kick(chip);
}
static void tidv_write(struct e1000 *chip, u32 offset, u32 value)
{
    chip->reg[offset / 4] = value & 0xFFFF;
    if (value & FLUSH && chip->tx_delay.armed) e1000_tx_timer(chip);
}

/* ---- the table: ranges of registers; NULL: read or written as stored ---- */
static const struct register_row {
    u16   first, last;
    u32   writable;
    u32 (*read)(struct e1000 *chip, u32 offset);
    void (*write)(struct e1000 *chip, u32 offset, u32 value);
} rows[] = {
    { E1000_CTRL,       E1000_CTRL_DUP, ~0u,        NULL,           ctrl_write },
    { E1000_STATUS,     E1000_STATUS,   0,          status_read,    NULL },
    { E1000_EECD,       E1000_EECD,     ~0u,        eecd_read,      eecd_write },
    { E1000_EERD,       E1000_EERD,     ~0u,        NULL,           eerd_write },
    { E1000_CTRL_EXT,   0x001C,         ~0u,        NULL,           NULL },
    { E1000_MDIC,       E1000_MDIC,     ~0u,        NULL,           mdic_write },
    { E1000_FCAL,       E1000_FCT,      ~0u,        NULL,           NULL },
    { E1000_VET,        E1000_VET,      0xFFFF,     NULL,           NULL },
    { E1000_ICR,        E1000_ICR,      ~0u,        icr_read,       icr_write },
    { E1000_ITR,        E1000_ITR,      0xFFFF,     NULL,           NULL },
    { E1000_ICS,        E1000_ICS,      ~0u,        none_read,      ics_write },
    { E1000_IMS,        E1000_IMS,      ~0u,        ims_read,       ims_write },
    { E1000_IMC,        E1000_IMC,      ~0u,        none_read,      imc_write },
    { E1000_RCTL,       E1000_RCTL,     0x06DFFFFE, NULL,           rx_write },
    { E1000_FCTTV,      E1000_FCTTV,    0xFFFF,     NULL,           NULL },
    { E1000_TXCW,       E1000_RXCW,     ~0u,        NULL,           NULL },
    { E1000_TCTL,       E1000_TCTL,     0x01FFFFFA, NULL,           tx_write },
    { E1000_TIPG,       E1000_TIPG,     ~0u,        NULL,           NULL },
    { E1000_AIT,        E1000_AIT,      0xFFFF,     NULL,           NULL },
    { E1000_LEDCTL,     E1000_LEDCTL,   ~0u,        NULL,           NULL },
    { E1000_PBA,        E1000_PBA,      0xFFFF,     NULL,           NULL },
    { E1000_FCRTL,      E1000_FCRTH,    ~0u,        NULL,           NULL },
    { E1000_RDBAL,      E1000_RDBAL,    ~15u,       NULL,           rx_write },
    { E1000_RDBAH,      E1000_RDBAH,    ~0u,        NULL,           rx_write },
    { E1000_RDLEN,      E1000_RDLEN,    0xFFF80,    NULL,           rx_write },
    { E1000_RDH,        E1000_RDH,      0xFFFF,     NULL,           rx_write },
    { E1000_RDT,        E1000_RDT,      0xFFFF,     NULL,           rx_write },
    { E1000_RDTR,       E1000_RDTR,     ~0u,        NULL,           rdtr_write },
    { E1000_RXDCTL,     E1000_RADV,     ~0u,        NULL,           NULL },
    { E1000_RSRPD,      E1000_RSRPD,    0xFFF,      NULL,           NULL },
    { E1000_TDBAL,      E1000_TDBAL,    ~15u,       NULL,           NULL },
    { E1000_TDBAH,      E1000_TDBAH,    ~0u,        NULL,           NULL },
    { E1000_TDLEN,      E1000_TDLEN,    0xFFF80,    NULL,           tx_write },
    { E1000_TDH,        E1000_TDH,      0xFFFF,     NULL,           tx_write },
    { E1000_TDT,        E1000_TDT,      0xFFFF,     NULL,           tx_write },
    { E1000_TIDV,       E1000_TIDV,     ~0u,        NULL,           tidv_write },
    { E1000_TXDCTL,     E1000_TSPMT,    ~0u,        NULL,           NULL },
    { E1000_STATISTICS, E1000_STATISTICS_END, 0,    statistic_read, NULL },
    { E1000_RXCSUM,     E1000_RXCSUM,   0x7FF,      NULL,           NULL },
    { E1000_MTA,        E1000_MTA + 0x1FC,  ~0u,    NULL,           NULL },
    { E1000_RA,         E1000_RA + 0x7C,    ~0u,    NULL,           NULL },
    { E1000_VFTA,       E1000_VFTA + 0x1FC, ~0u,    NULL,           NULL },
    { E1000_WUC,        E1000_MANC,     ~0u,        NULL,           NULL },
    { E1000_WUPM,       E1000_WUPM + 0x7C,  ~0u,    NULL,           NULL },
};

static const struct register_row *row_of(u32 offset)
{
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        if (offset >= rows[i].first && offset <= rows[i].last) return &rows[i];
    return NULL;
}

static u32 register_read(struct e1000 *chip, u32 offset)
{
    const struct register_row *row = row_of(offset);
    if (!row) {
        LOG(chip->dev.board->log, LOG_UNIMP, "%s: register %05x read", chip->dev.tag, offset);
        return 0;
    }
    if (row->read) return row->read(chip, offset);
    return chip->reg[(offset == E1000_CTRL_DUP ? E1000_CTRL : offset) / 4];
}

static void register_write(struct e1000 *chip, u32 offset, u32 value)
{
    const struct register_row *row = row_of(offset);
    if (!row) LOG(chip->dev.board->log, LOG_UNIMP, "%s: register %05x written with %08x", chip->dev.tag, offset, value);
    else if (row->write) row->write(chip, offset, value & row->writable);
    else if (row->writable) chip->reg[offset / 4] = value & row->writable;
}

static u32 memory_region_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return register_read(self, offset);
}

static void memory_region_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    register_write(self, offset, value);
}

/* IOADDR at 0 names the register that IODATA at 4 is. */
static u32 io_read(void *self, u32 offset, unsigned width)
{
    struct e1000 *chip = self;
    (void)width;
    if (offset == 0) return chip->io_address;
    return offset == 4 ? register_read(chip, chip->io_address & (MEMORY_BYTES - 4)) : ~0u;
}

static void io_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct e1000 *chip = self;
    (void)width;
    if (offset == 0) chip->io_address = value;
    else if (offset == 4) register_write(chip, chip->io_address & (MEMORY_BYTES - 4), value);
}

static const struct region_ops memory_ops = { memory_region_read, memory_region_write, WIDTH_32 };
static const struct region_ops io_ops = { io_read, io_write, WIDTH_32 };

/* ---- reset ---- */
static const struct { u16 offset; u32 value; } reset_values[] = {
    { E1000_CTRL, 0x00140240 }, { E1000_EECD, 0 }, { E1000_LEDCTL, 0x07068302 }, { E1000_PBA, 0x00100030 },
    { E1000_VET, 0x8100 }, { E1000_TXDCTL, 0 }, { E1000_RXDCTL, 0x01010000 }, { E1000_MANC, 0 },
};

/* The station address comes from the EEPROM. */
static void chip_reset(struct e1000 *chip)
{
    struct clock *clock = chip->dev.board->clock;
    struct event *events[] = { &chip->transmit, &chip->throttle, &chip->rx_delay, &chip->rx_limit, &chip->tx_delay,
                               &chip->tx_limit };
    const u16 *mac = chip->eeprom;
    for (unsigned i = 0; i < ARRAY_LEN(events); i++) event_cancel(clock, events[i]);
    memset(chip->reg, 0, sizeof chip->reg);
    memset(chip->context, 0, sizeof chip->context);
    for (unsigned i = 0; i < ARRAY_LEN(reset_values); i++) chip->reg[reset_values[i].offset / 4] = reset_values[i].value;
    chip->reg[E1000_RA / 4] = mac[0] | (u32)mac[1] << 16;
    chip->reg[E1000_RA / 4 + 1] = mac[2] | 1u << 31;
    chip->quiet_until = 0;
    chip->ee_bits = chip->ee_left = 0;
    chip->ee_shift = 0;
    irq_update(chip);
}

static void e1000_reset(struct device *dev, enum reset_kind kind)
{
    struct e1000 *chip = container_of(dev, struct e1000, dev);
    (void)kind;
    pci_function_reset(&chip->function);
    chip->io_address = 0;
    e1000_phy_reset(chip);
    chip_reset(chip);
}

/* ---- the board's side ---- */
static const struct pci_register pci_registers[] = {
    { 0x00, 2, 0x8086, 0, 0 },
    { 0x02, 2, 0x100E, 0, 0 },
    { 0x04, 2, 0x0000, 0x0157, 0 },
    { 0x06, 2, 0x0220, 0, 0xF900 },
    { 0x08, 4, 0x02000002, 0, 0 },                  /* class: Ethernet controller; revision 2 */
    { 0x0C, 1, 0x00, 0xFF, 0 },
    { 0x0D, 1, 0x00, 0xF8, 0 },
    { 0x2C, 2, 0x8086, 0, 0 },
    { 0x2E, 2, 0x100E, 0, 0 },
    { 0x3C, 1, 0x00, 0xFF, 0 },
    { 0x3D, 1, 0x01, 0, 0 },
    { 0x3E, 2, 0x00FF, 0, 0 },
};

static void memory_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct e1000 *chip = self;
    (void)bar;
    memory_region_set(chip->dev.board->memory, chip->region, base, enabled);
}

static void ports_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct e1000 *chip = self;
    (void)bar;
    chip->claimed = pci_ports_set(&chip->dev, chip->claimed, base, IO_BYTES, &io_ops, chip, enabled);
}

/* Becoming a bus master may be what the rings wait for. */
static void config_written(void *self, unsigned offset, unsigned width)
{
    struct e1000 *chip = self;
    (void)width;
    if (offset > PCI_COMMAND + 1) return;
    e1000_tx_kick(chip);
    net_room(&chip->link);
}

static void events_init(struct e1000 *chip)
{
    const struct { struct event *event; const char *name; void (*fire)(void *self); } events[] = {
        { &chip->transmit, "e1000 transmit", e1000_tx_fire }, { &chip->throttle, "e1000 throttle", throttle_fire },
        { &chip->rx_delay, "e1000 rx delay", e1000_rx_timer }, { &chip->rx_limit, "e1000 rx limit", e1000_rx_timer },
        { &chip->tx_delay, "e1000 tx delay", e1000_tx_timer }, { &chip->tx_limit, "e1000 tx limit", e1000_tx_timer },
    };
    for (unsigned i = 0; i < ARRAY_LEN(events); i++)
        event_init(events[i].event, chip->dev.board->clock, events[i].name, events[i].fire, chip);
}

static bool e1000_attach(struct device *dev, struct error *why)
{
    struct e1000 *chip = container_of(dev, struct e1000, dev);
    struct board *board = dev->board;
    (void)why;
    events_init(chip);
    net_attach(&chip->link, board, chip->source, &e1000_net, chip);
    e1000_eeprom_fill(chip);
    pci_function_attach(&chip->function, chip->bus, chip->devfn, pci_registers, ARRAY_LEN(pci_registers));
    chip->region = memory_map_mmio(board->memory, dev->tag, 0, MEMORY_BYTES, &memory_ops, chip, PCI_MEMORY_PRIORITY);
    memory_region_set(board->memory, chip->region, 0, false);
    pci_bar_add(&chip->function, 0, PCI_BAR_MEMORY, MEMORY_BYTES, memory_map, chip);
    pci_bar_add(&chip->function, 1, PCI_BAR_IO, IO_BYTES, ports_map, chip);
    if (chip->rom_length) pci_rom_add(&chip->function, board->memory, chip->rom, chip->rom_length);
    chip->function.written = config_written;
    chip->function.self = chip;
    return true;
}

static void e1000_restored(struct device *dev)
{
    struct e1000 *chip = container_of(dev, struct e1000, dev);
    pci_function_restored(&chip->function);
}

static const struct field context_fields[] = {
    FIELD(struct e1000_context, ipcss, "IP: start"),
    FIELD(struct e1000_context, ipcso, "IP: place of the sum"),
    FIELD(struct e1000_context, ipcse, "IP: end"),
    FIELD(struct e1000_context, tucss, "TCP or UDP: start"),
    FIELD(struct e1000_context, tucso, "TCP or UDP: place of the sum"),
    FIELD(struct e1000_context, tucse, "TCP or UDP: end"),
    FIELD(struct e1000_context, command, "TUCMD"),
    FIELD(struct e1000_context, hdrlen, "bytes of headers"),
    FIELD(struct e1000_context, mss, "bytes of data per segment"),
    FIELD(struct e1000_context, paylen, "bytes of data"),
    FIELD_END
};

static const struct field e1000_fields[] = {
    FIELD_NONE(struct e1000, dev, "wiring"),
    FIELD_SUB(struct e1000, link, net_link_fields, "the wire"),
    FIELD_NONE(struct e1000, source, "configuration"),
    FIELD_NONE(struct e1000, mac, "configuration"),
    FIELD_NONE(struct e1000, bus, "wiring"),
    FIELD_NONE(struct e1000, devfn, "configuration"),
    FIELD_NONE(struct e1000, rom, "configuration"),
    FIELD_NONE(struct e1000, rom_length, "configuration"),
    FIELD_SUB(struct e1000, function, pci_function_fields, "configuration space"),
    FIELD_NONE(struct e1000, region, "map; follows function"),
    FIELD_NONE(struct e1000, claimed, "map; follows function"),
    FIELD_ARRAY(struct e1000, reg, "registers by offset / 4"),
    FIELD_ARRAY(struct e1000, phy, "PHY registers"),
    FIELD_NONE(struct e1000, eeprom, "constant"),
    FIELD(struct e1000, ee_bits, "EEPROM: bits of a command so far"),
    FIELD(struct e1000, ee_shift, "EEPROM: bits of the command, or still to go out"),
    FIELD(struct e1000, ee_left, "EEPROM: bits still to go out"),
    FIELD(struct e1000, io_address, "IOADDR"),
    FIELD_EACH(struct e1000, context, context_fields, "offload contexts: plain, segmenting"),
    FIELD(struct e1000, quiet_until, "cycle before which ITR allows no interrupt"),
    FIELD_EVT(struct e1000, transmit, "next packet"),
    FIELD_EVT(struct e1000, throttle, "end of ITR"),
    FIELD_EVT(struct e1000, rx_delay, "RDTR"),
    FIELD_EVT(struct e1000, rx_limit, "RADV"),
    FIELD_EVT(struct e1000, tx_delay, "TIDV"),
    FIELD_EVT(struct e1000, tx_limit, "TADV"),
    FIELD_END
};

const struct device_class e1000_class = {
    .name = "e1000",
    .size = sizeof(struct e1000),
    .fields = e1000_fields,
    .attach = e1000_attach,
    .reset = e1000_reset,
    .restored = e1000_restored,
};
