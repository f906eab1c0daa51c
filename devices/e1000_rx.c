/* The 82540EM's receive side: 317453, chapter 3.2 and the registers of 13.4.22 to 13.4.29 and 13.5.
 *
 * A frame goes into as many descriptors as it needs or, if there are too few, nowhere: it is missed, and RXO tells. Frames
 * end with their CRC unless RCTL.SECRC strips it. Not modelled: flow control, cut-through, errors of the wire. */
#include "devices/e1000_parts.h"
#include <string.h>

enum {
    RCTL_EN = 0x2, RCTL_UPE = 0x8, RCTL_MPE = 0x10, RCTL_LPE = 0x20, RCTL_BAM = 0x8000, RCTL_VFE = 0x40000,
    RCTL_BSEX = 0x2000000, RCTL_SECRC = 0x4000000
};
enum { RXD_DD = 0x01, RXD_EOP = 0x02, RXD_VP = 0x08 };
enum { ADDRESSES = 16, CRC = 4, TAG = 4, FRAME_STANDARD = 1514, BUFFER_MIN = 256 };
#define RAH_VALID (1u << 31)


struct rx_descriptor { u64 address; u16 length, checksum; u8 status, errors; u16 special; };

static u32 ring_size(const struct e1000 *chip) { return E1000_REG(chip, RDLEN) / E1000_DESCRIPTOR; }

static u32 buffer_size(u32 rctl)
{
    u32 code = rctl >> 16 & 3, size = 2048u >> code;
    return rctl & RCTL_BSEX && code ? size * 16 : size;
}

/* Descriptors that are the chip's; a tail outside the ring gives none. */
static u32 ring_free(const struct e1000 *chip)
{
    u32 size = ring_size(chip), head = E1000_REG(chip, RDH), tail = E1000_REG(chip, RDT);
    if (head >= size || tail >= size) return 0;
    return tail >= head ? tail - head : size - head + tail;
}

static u32 descriptors_for(const struct e1000 *chip, size_t length)
{
    u32 room = buffer_size(E1000_REG(chip, RCTL));
    return (u32)((length + CRC + room - 1) / room);
}

static bool rx_ready(const void *self)
{
    const struct e1000 *chip = self;
    u32 rctl = E1000_REG(chip, RCTL);
    if (!(rctl & RCTL_EN) || !e1000_masters(chip)) return true;
    return ring_free(chip) >= descriptors_for(chip, rctl & RCTL_LPE ? NET_FRAME_MAX : FRAME_STANDARD + TAG);
}

/* ---- filters ---- */
static bool address_exact(const struct e1000 *chip, const u8 *to)
{
    for (unsigned i = 0; i < ADDRESSES; i++) {
        u32 low = chip->reg[E1000_RA / 4 + 2 * i], high = chip->reg[E1000_RA / 4 + 2 * i + 1];
        const u8 mac[NET_MAC] = { (u8)low, (u8)(low >> 8), (u8)(low >> 16), (u8)(low >> 24), (u8)high, (u8)(high >> 8) };
        if (high & RAH_VALID && memcmp(mac, to, NET_MAC) == 0) return true;
    }
    return false;
}

/* Twelve of the address's last sixteen bits, which RCTL.MO chooses, find a bit of the table. */
static bool address_hashed(const struct e1000 *chip, const u8 *to)
{
    static const u8 shift[4] = { 4, 3, 2, 0 };
    u32 bits = (u32)(to[4] | to[5] << 8) >> shift[E1000_REG(chip, RCTL) >> 12 & 3] & 0xFFF;
    return chip->reg[E1000_MTA / 4 + (bits >> 5)] >> (bits & 31) & 1;
}

static bool address_accepted(const struct e1000 *chip, const u8 *to)
{
    static const u8 broadcast[NET_MAC] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    u32 rctl = E1000_REG(chip, RCTL);
    bool group = to[0] & 1;
    if (rctl & (group ? RCTL_MPE : RCTL_UPE)) return true;
    if (memcmp(to, broadcast, NET_MAC) == 0 && rctl & RCTL_BAM) return true;
    return address_exact(chip, to) || (group && address_hashed(chip, to));
}

static bool tagged(const struct e1000 *chip, const u8 *frame, size_t length)
{
    return length >= NET_HEADER + TAG && (u32)(frame[12] << 8 | frame[13]) == (E1000_REG(chip, VET) & 0xFFFF);
}

static u16 tag_of(const u8 *frame) { return (u16)(frame[14] << 8 | frame[15]); }

static bool vlan_accepted(const struct e1000 *chip, const u8 *frame)
{
    u32 id = tag_of(frame) & 0xFFF;
    if (!(E1000_REG(chip, RCTL) & RCTL_VFE)) return true;
    return chip->reg[E1000_VFTA / 4 + (id >> 5)] >> (id & 31) & 1;
}

/* ---- interrupts ---- */
void e1000_rx_timer(void *self)
{
    struct e1000 *chip = self;
    event_cancel(chip->dev.board->clock, &chip->rx_delay);
    event_cancel(chip->dev.board->clock, &chip->rx_limit);
    e1000_raise(chip, E1000_INT_RXT0);
}

static void interrupts(struct e1000 *chip, size_t length)
{
    u32 delay = E1000_REG(chip, RDTR) & 0xFFFF, limit = E1000_REG(chip, RADV) & 0xFFFF, causes = 0;
    u32 threshold = ring_size(chip) >> ((E1000_REG(chip, RCTL) >> 8 & 3) + 1);
    if (ring_free(chip) <= threshold) causes |= E1000_INT_RXDMT0;
    if (length + CRC <= (E1000_REG(chip, RSRPD) & 0xFFF)) causes |= E1000_INT_SRPD;
    if (causes) e1000_raise(chip, causes);
    if (delay == 0) {
        e1000_rx_timer(chip);
        return;
    }
    e1000_delay(chip, &chip->rx_delay, delay, true);
    if (limit) e1000_delay(chip, &chip->rx_limit, limit, false);
}

/* ---- storing ---- */
static u64 descriptor_address(const struct e1000 *chip)
{
    u64 base = (u64)E1000_REG(chip, RDBAH) << 32 | E1000_REG(chip, RDBAL);
    return base + (u64)E1000_REG(chip, RDH) * E1000_DESCRIPTOR;
}

/* The next `bytes` of a frame into the descriptor at the head. */
static void descriptor_fill(struct e1000 *chip, const u8 *bytes, u32 length, struct rx_descriptor filled)
{
    struct rx_descriptor descriptor;
    u64 at = descriptor_address(chip);
    u32 size = ring_size(chip);
    e1000_dma_read(chip, at, &descriptor, sizeof descriptor);
    filled.address = descriptor.address;
    filled.length = (u16)length;
    if (descriptor.address) e1000_dma_write(chip, descriptor.address, bytes, length);
    e1000_dma_write(chip, at, &filled, sizeof filled);
    u32 head = E1000_REG(chip, RDH) + 1;
    E1000_REG(chip, RDH) = head < size ? head : 0;
}

static void frame_store(struct e1000 *chip, const u8 *frame, size_t length, struct rx_descriptor like)
{
    u8 bytes[NET_FRAME_MAX + CRC];
    u32 rctl = E1000_REG(chip, RCTL), room = buffer_size(rctl), at = 0, crc = net_crc(frame, length);
    memcpy(bytes, frame, length);
    memcpy(bytes + length, &crc, CRC);
    u32 whole = (u32)length + (rctl & RCTL_SECRC ? 0 : CRC);
    for (; whole - at > room; at += room) {
        struct rx_descriptor part = { .status = RXD_DD, .special = like.special };
        descriptor_fill(chip, bytes + at, room, part);
    }
    like.status |= RXD_DD | RXD_EOP;
    descriptor_fill(chip, bytes + at, whole - at, like);
}

static void frame_counted(struct e1000 *chip, const u8 *frame, size_t length)
{
    static const u8 broadcast[NET_MAC] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    e1000_count(chip, E1000_GPRC, 1);
    if (memcmp(frame, broadcast, NET_MAC) == 0) e1000_count(chip, E1000_BPRC, 1);
    else if (frame[0] & 1) e1000_count(chip, E1000_MPRC, 1);
    e1000_count_frame(chip, E1000_GORCL, E1000_PRC64, length);
}

/* Room is made sure of: store, with the VLAN tag taken out if CTRL.VME says so. */
static void frame_take(struct e1000 *chip, const u8 *frame, size_t length, bool tag)
{
    u8 stripped[NET_FRAME_MAX];
    struct rx_descriptor like = { .address = 0 };
    if (tag && E1000_REG(chip, CTRL) & E1000_CTRL_VME) {
        like.status = RXD_VP;
        like.special = tag_of(frame);
        memcpy(stripped, frame, 2 * NET_MAC);
        memcpy(stripped + 2 * NET_MAC, frame + 2 * NET_MAC + TAG, length - 2 * NET_MAC - TAG);
        frame = stripped;
        length -= TAG;
    }
    struct e1000_checked checked = e1000_check(E1000_REG(chip, RXCSUM), frame, length);
    like.status |= checked.status;
    like.errors = checked.errors;
    like.checksum = checked.sum;
    frame_store(chip, frame, length, like);
}

void e1000_rx_deliver(struct e1000 *chip, const u8 *frame, size_t length)
{
    u32 rctl = E1000_REG(chip, RCTL);
    if (!(rctl & RCTL_EN) || !e1000_masters(chip)) return;
    bool tag = tagged(chip, frame, length);
    e1000_count(chip, E1000_TPR, 1);
    e1000_count_frame(chip, E1000_TORL, 0, length);
    if (!(rctl & RCTL_LPE) && length > FRAME_STANDARD + (tag ? TAG : 0u)) {
        e1000_count(chip, E1000_ROC, 1);
        return;
    }
    if (!address_accepted(chip, frame) || (tag && !vlan_accepted(chip, frame))) return;
    if (ring_free(chip) < descriptors_for(chip, length)) {
        e1000_count(chip, E1000_MPC, 1);
        e1000_count(chip, E1000_RNBC, 1);
        e1000_raise(chip, E1000_INT_RXO);
        return;
    }
    frame_counted(chip, frame, length);
    frame_take(chip, frame, length, tag);
    interrupts(chip, length);
}

/* What comes from outside: nothing while the PHY loops back. */
static void rx_receive(void *self, const u8 *frame, size_t length)
{
    struct e1000 *chip = self;
    if (!e1000_phy_loops(chip)) e1000_rx_deliver(chip, frame, length);
}

static void rx_carrier(void *self)
{
    struct e1000 *chip = self;
    e1000_phy_link(chip);
    e1000_raise(chip, E1000_INT_LSC);
}

const struct net_chip e1000_net = { rx_ready, rx_receive, rx_carrier };
