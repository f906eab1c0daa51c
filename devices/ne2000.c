/* NE2000: National Semiconductor's data sheet of the DP8390D (NS32490D), the board logic of Novell's card as National's
 * application note AN-729 describes it, and the PCI registers of Realtek's RTL8029AS data sheet.
 *
 * Ports: 0-Fh the DP8390's registers in four pages, 10h-17h the data port of remote DMA, 18h-1Fh reset. The DP8390 sees
 * the station address PROM at 0000h (each byte doubled, as on 16-bit cards) and 32 KiB of memory at 4000h; the rest
 * reads as FFh. A frame leaves when the command is given and is reported sent after its time on a 100 Mbit/s wire: ten times
 * the real card's, because guests wait for it in virtual time. Received frames are stored with their CRC.
 * In loopback a frame ends in the FIFO only, as the data sheet says; it cannot reach the receive buffer.
 * A receive buffer whose boundary equals its current page counts as empty.
 * Not modelled: collisions and other errors of the wire, the 9346 EEPROM behind page 3, bus latches. */
#include "devices/ne2000.h"
#include <string.h>

enum { CR, DATA_PORT = 0x10, RESET_PORT = 0x18, RAM_BASE = 0x4000, PAGE = 256, CRC = 4, RX_HEADER = 4 };
enum {
    CR_STP = 1, CR_STA = 2, CR_TXP = 4, CR_READ = 0x08, CR_WRITE = 0x10, CR_SEND = 0x18, CR_ABORT = 0x20, CR_RD = 0x38
};
enum { ISR_PRX = 1, ISR_PTX = 2, ISR_OVW = 0x10, ISR_CNT = 0x20, ISR_RDC = 0x40, ISR_RST = 0x80 };
enum { DCR_WTS = 1 };
enum { TCR_CRC = 1, TCR_LOOP = 6 };
enum { TSR_PTX = 1 };
enum { RCR_AB = 4, RCR_AM = 8, RCR_PRO = 0x10, RCR_MON = 0x20 };
enum { RSR_PRX = 1, RSR_PHY = 0x20, RSR_DIS = 0x40 };
enum { MISSED = 2, COUNTER_FULL = 0xC0, ID0 = 0x50, ID1 = 0x43 };
enum { WIRE_NS_PER_BYTE = 80, WIRE_OVERHEAD_BYTES = 24 };     /* preamble, CRC, gap */

static void irq_update(struct ne2000 *ne)
{
    bool level = ne->isr & ne->imr & 0x7F;
    if (ne->bus) pci_function_interrupt(&ne->function, level);
    else line_set(&ne->irq, level);
}

static void isr_raise(struct ne2000 *ne, u8 bits)
{
    ne->isr |= bits;
    irq_update(ne);
}

/* ---- memory as the DP8390 sees it ---- */
static u8 memory_get(const struct ne2000 *ne, u16 address)
{
    if (address < NE2000_PROM) return ne->prom[address];
    return address >= RAM_BASE && address < RAM_BASE + NE2000_RAM ? ne->ram[address - RAM_BASE] : 0xFF;
}

static void memory_put(struct ne2000 *ne, u16 address, u8 value)
{
    if (address >= RAM_BASE && address < RAM_BASE + NE2000_RAM) ne->ram[address - RAM_BASE] = value;
}

/* Both DMAs go round in the receive buffer. */
static u16 ring_next(const struct ne2000 *ne, u16 address)
{
    address++;
    return address == (u16)(ne->pstop * PAGE) ? (u16)(ne->pstart * PAGE) : address;
}

/* ---- receiving ---- */
static unsigned ring_free(const struct ne2000 *ne)
{
    unsigned pages = ne->pstop > ne->pstart ? ne->pstop - ne->pstart : 0;
    return ne->bnry > ne->curr ? (unsigned)(ne->bnry - ne->curr) : pages + ne->bnry - MIN(pages + ne->bnry, ne->curr);
}

static unsigned pages_of(size_t length) { return (unsigned)((RX_HEADER + length + CRC + PAGE - 1) / PAGE); }

static bool receives(const struct ne2000 *ne)
{
    return ne->cr & CR_STA && !(ne->cr & CR_STP) && !(ne->tcr & TCR_LOOP);
}

static bool ne2000_ready(const void *self)
{
    const struct ne2000 *ne = self;
    enum { LONGEST = 1518 };
    return !receives(ne) || ne->rcr & RCR_MON || ring_free(ne) > pages_of(LONGEST);
}

static bool address_matches(const struct ne2000 *ne, const u8 *frame)
{
    static const u8 broadcast[NET_MAC] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    if (memcmp(frame, broadcast, NET_MAC) == 0) return ne->rcr & RCR_AB;
    if (frame[0] & 1) {
        unsigned hash = net_multicast_hash(frame);
        return ne->rcr & RCR_AM && ne->mar[hash >> 3] >> (hash & 7) & 1;
    }
    return ne->rcr & RCR_PRO || memcmp(frame, ne->par, NET_MAC) == 0;
}

static void count(struct ne2000 *ne, unsigned counter)
{
    if (ne->cntr[counter] < COUNTER_FULL) ne->cntr[counter]++;
    if (ne->cntr[counter] == COUNTER_FULL) isr_raise(ne, ISR_CNT);
}

static u16 ring_put(struct ne2000 *ne, u16 at, const u8 *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++, at = ring_next(ne, at))
        memory_put(ne, at, bytes[i]);
    return at;
}

/* The header comes last, as in the chip: it names the page at which the next frame will begin. */
static void frame_store(struct ne2000 *ne, const u8 *frame, size_t length)
{
    u16 start = (u16)(ne->curr * PAGE), whole = (u16)(length + CRC);
    u32 crc = net_crc(frame, length);
    u8 check[CRC] = { (u8)crc, (u8)(crc >> 8), (u8)(crc >> 16), (u8)(crc >> 24) };
    unsigned next = ne->curr + pages_of(length);
    if (next >= ne->pstop) next -= ne->pstop - ne->pstart;
    u8 header[RX_HEADER] = { ne->rsr, (u8)next, (u8)whole, (u8)(whole >> 8) };
    u16 at = ring_put(ne, ring_put(ne, start, header, sizeof header), frame, length);
    ne->clda = ring_put(ne, at, check, CRC);
    ne->curr = (u8)next;
}

static void ne2000_receive(void *self, const u8 *frame, size_t length)
{
    struct ne2000 *ne = self;
    if (!receives(ne) || !address_matches(ne, frame)) return;
    ne->rsr = RSR_PRX | (frame[0] & 1 ? RSR_PHY : 0);
    if (ne->rcr & RCR_MON) {
        ne->rsr |= RSR_DIS;
        count(ne, MISSED);
    } else if (ring_free(ne) <= pages_of(length)) {
        count(ne, MISSED);
        isr_raise(ne, ISR_OVW);
    } else {
        frame_store(ne, frame, length);
        isr_raise(ne, ISR_PRX);
    }
}

static const struct net_chip ne2000_net = { ne2000_ready, ne2000_receive, NULL };

/* ---- sending ---- */
/* The last eight bytes that come round, CRC included, are in the FIFO: 5.0 of the data sheet, "Loopback Diagnostics". */
static void loop_back(struct ne2000 *ne, const u8 *frame, size_t length)
{
    u32 crc = net_crc(frame, length);
    bool own = !(ne->tcr & TCR_CRC);
    for (unsigned i = 0; i < NE2000_FIFO; i++) {
        size_t from_end = NE2000_FIFO - i, tail = own ? CRC : 0;
        if (from_end <= tail) ne->fifo[i] = (u8)(crc >> 8 * (CRC - from_end));
        else ne->fifo[i] = length >= from_end - tail ? frame[length - (from_end - tail)] : 0;
    }
    ne->fifo_at = 0;
    ne->rsr = RSR_PRX;
}

static void transmit(struct ne2000 *ne)
{
    struct clock *clock = ne->dev.board->clock;
    u8 frame[NET_FRAME_MAX];
    size_t length = MIN(ne->tbcr, sizeof frame);
    u16 at = (u16)(ne->tpsr * PAGE);
    for (size_t i = 0; i < length; i++) frame[i] = memory_get(ne, at++);
    ne->clda = at;
    if (ne->tcr & TCR_LOOP) loop_back(ne, frame, length);
    else net_send(&ne->link, frame, length);
    u64 ns = (u64)(MAX(length, NET_FRAME_MIN) + WIRE_OVERHEAD_BYTES) * WIRE_NS_PER_BYTE;
    event_at(clock, &ne->sent, clock_now(clock) + cycles_of_ns(clock, ns));
}

static void transmitted(void *self)
{
    struct ne2000 *ne = self;
    ne->cr &= ~CR_TXP;
    ne->tsr = TSR_PTX;
    ne->ncr = 0;
    isr_raise(ne, ISR_PTX);
}

/* ---- remote DMA ---- */
static bool remote_busy(const struct ne2000 *ne, unsigned direction)
{
    return (ne->cr & CR_RD) == direction && ne->left;
}

static void remote_step(struct ne2000 *ne)
{
    ne->crda = ring_next(ne, ne->crda);
    if (--ne->left == 0) isr_raise(ne, ISR_RDC);
}

static u8 remote_read(struct ne2000 *ne)
{
    if (!remote_busy(ne, CR_READ)) return 0xFF;
    u8 value = memory_get(ne, ne->crda);
    remote_step(ne);
    return value;
}

static void remote_write(struct ne2000 *ne, u8 value)
{
    if (!remote_busy(ne, CR_WRITE)) return;
    memory_put(ne, ne->crda, value);
    remote_step(ne);
}

/* In word mode each access moves whole words, whatever the width of the processor's. */
static unsigned data_bytes(const struct ne2000 *ne, unsigned width)
{
    return ne->dcr & DCR_WTS ? MAX(width, 2) : width;
}

static u32 data_read(struct ne2000 *ne, unsigned width)
{
    u32 value = 0;
    for (unsigned i = 0, bytes = data_bytes(ne, width); i < bytes; i++)
        value |= (u32)remote_read(ne) << 8 * i;
    return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static void data_write(struct ne2000 *ne, u32 value, unsigned width)
{
    for (unsigned i = 0, bytes = data_bytes(ne, width); i < bytes; i++)
        remote_write(ne, (u8)(value >> 8 * i));
}

/* Send Packet reads the frame at the boundary pointer: its length is in its header. */
static void remote_start(struct ne2000 *ne)
{
    ne->crda = ne->rsar;
    ne->left = ne->rbcr;
    if ((ne->cr & CR_RD) == CR_SEND) {
        ne->crda = (u16)(ne->bnry * PAGE);
        ne->left = memory_get(ne, ne->crda + 2) | memory_get(ne, ne->crda + 3) << 8;
        ne->cr = (ne->cr & ~CR_RD) | CR_READ;
    }
    if (ne->left == 0) isr_raise(ne, ISR_RDC);
}

/* ---- registers ---- */
static void chip_stop(struct ne2000 *ne)
{
    ne->cr = CR_STP | CR_ABORT;
    ne->left = 0;
    event_cancel(ne->dev.board->clock, &ne->sent);
    isr_raise(ne, ISR_RST);
}

/* Neither started nor stopped: the chip goes on as it was. Linux's driver turns pages so. */
static void cr_write(struct ne2000 *ne, u8 value)
{
    u8 was = ne->cr;
    if (!(value & (CR_STP | CR_STA))) value |= was & (CR_STP | CR_STA);
    ne->cr = (value & ~CR_TXP) | (was & CR_TXP);
    if (value & CR_STP) {
        ne->cr &= ~CR_STA;
        event_cancel(ne->dev.board->clock, &ne->sent);
        ne->cr &= ~CR_TXP;
        isr_raise(ne, ISR_RST);
    } else if (value & CR_STA) {
        ne->isr &= ~ISR_RST;
        irq_update(ne);
    }
    if (value & CR_ABORT) ne->left = 0;
    else if (value & (CR_READ | CR_WRITE)) remote_start(ne);
    if (value & CR_TXP && !(was & CR_TXP) && !(value & CR_STP)) {
        ne->cr |= CR_TXP;
        transmit(ne);
    }
    net_room(&ne->link);
}

static u8 fifo_read(struct ne2000 *ne)
{
    u8 value = ne->fifo[ne->fifo_at];
    ne->fifo_at = (ne->fifo_at + 1) % NE2000_FIFO;
    return value;
}

static u8 counter_read(struct ne2000 *ne, unsigned counter)
{
    u8 value = ne->cntr[counter];
    ne->cntr[counter] = 0;
    return value;
}

static u8 page0_read(struct ne2000 *ne, unsigned reg)
{
    switch (reg) {
    case 0x1: return (u8)ne->clda;
    case 0x2: return (u8)(ne->clda >> 8);
    case 0x3: return ne->bnry;
    case 0x4: return ne->tsr;
    case 0x5: return ne->ncr;
    case 0x6: return fifo_read(ne);
    case 0x7: return ne->isr;
    case 0x8: return (u8)ne->crda;
    case 0x9: return (u8)(ne->crda >> 8);
    case 0xA: return ne->bus ? ID0 : 0xFF;
    case 0xB: return ne->bus ? ID1 : 0xFF;
    case 0xC: return ne->rsr;
    default:  return counter_read(ne, reg - 0xD);
    }
}

static void low_set(u16 *value, u8 byte)  { *value = (*value & 0xFF00) | byte; }
static void high_set(u16 *value, u8 byte) { *value = (u16)((*value & 0xFF) | byte << 8); }

/* ISR's RST bit follows the chip, not the processor. */
static void page0_write(struct ne2000 *ne, unsigned reg, u8 value)
{
    switch (reg) {
    case 0x1: ne->pstart = value; break;
    case 0x2: ne->pstop = value; break;
    case 0x3: ne->bnry = value; break;
    case 0x4: ne->tpsr = value; break;
    case 0x5: low_set(&ne->tbcr, value); break;
    case 0x6: high_set(&ne->tbcr, value); break;
    case 0x7: ne->isr &= ~(value & 0x7F); break;
    case 0x8: low_set(&ne->rsar, value); break;
    case 0x9: high_set(&ne->rsar, value); break;
    case 0xA: low_set(&ne->rbcr, value); break;
    case 0xB: high_set(&ne->rbcr, value); break;
    case 0xC: ne->rcr = value & 0x3F; break;
    case 0xD: ne->tcr = value & 0x1F; break;
    case 0xE: ne->dcr = value & 0x7F; break;
    case 0xF: ne->imr = value & 0x7F; break;
    }
    irq_update(ne);
    net_room(&ne->link);
}

static u8 page1_read(const struct ne2000 *ne, unsigned reg)
{
    if (reg <= NET_MAC) return ne->par[reg - 1];
    return reg == 7 ? ne->curr : ne->mar[reg - 8];
}

static void page1_write(struct ne2000 *ne, unsigned reg, u8 value)
{
    if (reg <= NET_MAC) ne->par[reg - 1] = value;
    else if (reg == 7) ne->curr = value;
    else ne->mar[reg - 8] = value;
}

/* What page 0 only writes can be read here. */
static u8 page2_read(const struct ne2000 *ne, unsigned reg)
{
    const u8 values[16] = {
        [0x1] = ne->pstart, [0x2] = ne->pstop, [0x4] = ne->tpsr, [0x6] = (u8)(ne->clda >> 8), [0x7] = (u8)ne->clda,
        [0xC] = ne->rcr | 0xC0, [0xD] = ne->tcr | 0xE0, [0xE] = ne->dcr | 0x80, [0xF] = ne->imr | 0x80
    };
    return values[reg];
}

/* Page 3 of the RTL8029AS: configuration; full duplex and the EEPROM's lines do nothing. */
static u8 page3_read(const struct ne2000 *ne, unsigned reg)
{
    const u8 values[16] = { [0x1] = ne->ee, [0x6] = 0x40, [0xE] = 0x29, [0xF] = 0x80 };
    return ne->bus ? values[reg] : 0xFF;
}

static u8 register_read(struct ne2000 *ne, unsigned reg)
{
    if (reg == CR) return ne->cr;
    switch (ne->cr >> 6) {
    case 0:  return page0_read(ne, reg);
    case 1:  return page1_read(ne, reg);
    case 2:  return page2_read(ne, reg);
    default: return page3_read(ne, reg);
    }
}

static void register_write(struct ne2000 *ne, unsigned reg, u8 value)
{
    if (reg == CR) cr_write(ne, value);
    else if (ne->cr >> 6 == 0) page0_write(ne, reg, value);
    else if (ne->cr >> 6 == 1) page1_write(ne, reg, value);
    else if (ne->cr >> 6 == 3 && reg == 1) ne->ee = value & 0xCE;
}

static u32 ne2000_read(void *self, u32 offset, unsigned width)
{
    struct ne2000 *ne = self;
    u32 value = 0;
    if (offset >= DATA_PORT && offset < RESET_PORT) return data_read(ne, width);
    for (unsigned i = 0; i < width; i++)
        value |= (u32)(offset < DATA_PORT ? register_read(ne, offset + i) : 0) << 8 * i;
    if (offset >= RESET_PORT) chip_stop(ne);
    return value;
}

static void ne2000_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ne2000 *ne = self;
    if (offset >= RESET_PORT) return;
    if (offset >= DATA_PORT) {
        data_write(ne, value, width);
        return;
    }
    for (unsigned i = 0; i < width; i++)
        register_write(ne, offset + i, (u8)(value >> 8 * i));
}

static const struct region_ops ne2000_ops = { ne2000_read, ne2000_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
/* An ISA slot has no 32-bit cycles. */
static const struct region_ops isa_ops = { ne2000_read, ne2000_write, WIDTH_8 | WIDTH_16 };

/* ---- the board's side ---- */
static const struct pci_register registers[] = {
    { 0x00, 2, 0x10EC, 0, 0 },
    { 0x02, 2, 0x8029, 0, 0 },
    { 0x04, 2, 0x0000, 0x0003, 0 },
    { 0x06, 2, 0x0200, 0, 0 },
    { 0x08, 4, 0x02000000, 0, 0 },                  /* class: Ethernet controller */
    { 0x2C, 2, 0x10EC, 0, 0 },
    { 0x2E, 2, 0x8029, 0, 0 },
    { 0x3C, 1, 0x00, 0xFF, 0 },
    { 0x3D, 1, 0x01, 0, 0 },
};

static void ports_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct ne2000 *ne = self;
    (void)bar;
    ne->claimed = pci_ports_set(&ne->dev, ne->claimed, base, NE2000_PORTS, &ne2000_ops, ne, enabled);
}

/* The station address, each byte twice, and the mark of a 16-bit card. */
static void prom_fill(struct ne2000 *ne)
{
    enum { MARK = 0x57 };
    memset(ne->prom, MARK, sizeof ne->prom);
    for (unsigned i = 0; i < NET_MAC; i++)
        ne->prom[2 * i] = ne->prom[2 * i + 1] = ne->mac[i];
}

static bool ne2000_attach(struct device *dev, struct error *why)
{
    struct ne2000 *ne = container_of(dev, struct ne2000, dev);
    struct board *board = dev->board;
    event_init(&ne->sent, board->clock, "ne2000 sent", transmitted, ne);
    net_attach(&ne->link, board, ne->source, &ne2000_net, ne);
    prom_fill(ne);
    if (!ne->bus) return ports_claim(board->ports, ne->base, NE2000_PORTS, &isa_ops, ne, dev->tag, why);
    pci_function_attach(&ne->function, ne->bus, ne->devfn, registers, ARRAY_LEN(registers));
    pci_bar_add(&ne->function, 0, PCI_BAR_IO, NE2000_PORTS, ports_map, ne);
    return true;
}

static void ne2000_reset(struct device *dev, enum reset_kind kind)
{
    struct ne2000 *ne = container_of(dev, struct ne2000, dev);
    (void)kind;
    if (ne->bus) pci_function_reset(&ne->function);
    ne->isr = ne->imr = ne->rcr = ne->tcr = ne->tsr = ne->rsr = ne->ncr = 0;
    ne->dcr = 4;
    memset(ne->cntr, 0, sizeof ne->cntr);
    chip_stop(ne);
}

static void ne2000_restored(struct device *dev)
{
    struct ne2000 *ne = container_of(dev, struct ne2000, dev);
    ne->fifo_at %= NE2000_FIFO;
    if (ne->bus) pci_function_restored(&ne->function);
}

static const struct field ne2000_fields[] = {
    FIELD_NONE(struct ne2000, dev, "wiring"),
    FIELD_SUB(struct ne2000, link, net_link_fields, "the wire"),
    FIELD_NONE(struct ne2000, source, "configuration"),
    FIELD_NONE(struct ne2000, mac, "configuration"),
    FIELD_NONE(struct ne2000, bus, "wiring"),
    FIELD_NONE(struct ne2000, devfn, "configuration"),
    FIELD_NONE(struct ne2000, base, "configuration"),
    FIELD_NONE(struct ne2000, claimed, "map; follows function"),
    FIELD(struct ne2000, irq.level, "interrupt line of an ISA card"),
    FIELD_NONE(struct ne2000, irq, "wiring"),
    FIELD_SUB(struct ne2000, function, pci_function_fields, "configuration space of a PCI card"),
    FIELD_EVT(struct ne2000, sent, "a frame has left"),
    FIELD(struct ne2000, cr, "command register"),
    FIELD(struct ne2000, isr, "interrupt status"),
    FIELD(struct ne2000, imr, "interrupt mask"),
    FIELD(struct ne2000, rcr, "receive configuration"),
    FIELD(struct ne2000, tcr, "transmit configuration"),
    FIELD(struct ne2000, dcr, "data configuration"),
    FIELD(struct ne2000, tsr, "transmit status"),
    FIELD(struct ne2000, rsr, "receive status"),
    FIELD(struct ne2000, pstart, "page start"),
    FIELD(struct ne2000, pstop, "page stop"),
    FIELD(struct ne2000, bnry, "boundary"),
    FIELD(struct ne2000, curr, "current page"),
    FIELD(struct ne2000, tpsr, "transmit page start"),
    FIELD(struct ne2000, ncr, "number of collisions"),
    FIELD_RAW(struct ne2000, cntr, "tally counters"),
    FIELD_RAW(struct ne2000, par, "physical address"),
    FIELD_RAW(struct ne2000, mar, "multicast hash"),
    FIELD(struct ne2000, tbcr, "transmit byte count"),
    FIELD(struct ne2000, rsar, "remote start address"),
    FIELD(struct ne2000, rbcr, "remote byte count"),
    FIELD(struct ne2000, crda, "remote DMA: address"),
    FIELD(struct ne2000, left, "remote DMA: bytes to go"),
    FIELD(struct ne2000, clda, "local DMA: address"),
    FIELD_RAW(struct ne2000, fifo, "FIFO after a loopback"),
    FIELD(struct ne2000, fifo_at, "byte of it that is read next"),
    FIELD(struct ne2000, ee, "9346CR"),
    FIELD_NONE(struct ne2000, prom, "constant"),
    FIELD_RAW(struct ne2000, ram, "buffer memory"),
    FIELD_END
};

const struct device_class ne2000_class = {
    .name = "ne2000",
    .size = sizeof(struct ne2000),
    .fields = ne2000_fields,
    .attach = ne2000_attach,
    .reset = ne2000_reset,
    .restored = ne2000_restored,
};
