/* The 82540EM's transmit side: 317453, chapters 3.3 to 3.6.
 *
 * A packet leaves when all its descriptors are there, one packet per event, and the next one after its time on a gigabit
 * wire; so a doorbell never costs more than one packet. What a packet cannot be (no end within PACKET_DESCRIPTORS, longer
 * than PACKET_MAX, segments smaller than MSS_MIN) is dropped or done with the nearest it can be.
 * Not modelled: prefetch and write-back thresholds (descriptors are written back at once), TSPMT, collisions. */
#include "devices/e1000_parts.h"
#include <string.h>

enum { TCTL_EN = 0x2, TCTL_PSP = 0x8, RCTL_LBM = 0xC0 };
enum { CMD_EOP = 0x01, CMD_IC = 0x04, CMD_TSE = 0x04, CMD_RS = 0x08, CMD_RPS = 0x10, CMD_DEXT = 0x20, CMD_VLE = 0x40,
       CMD_IDE = 0x80 };
enum { TUCMD_TCP = 0x01, TUCMD_IP = 0x02, POPTS_IXSM = 0x01, POPTS_TXSM = 0x02, STATUS_DD = 0x01 };
enum { PACKET_DESCRIPTORS = 512, PACKET_MAX = 66560, MSS_MIN = 64, FIRST_NS = 1000, NS_PER_BYTE = 8, OVERHEAD_BYTES = 24 };
enum { TCP_SEQUENCE = 4, TCP_FLAGS = 13, TCP_FIN_PSH = 0x09, IP_LENGTH = 2, IP_ID = 4, IP6_LENGTH = 4, IP6_HEADER = 40,
       UDP_LENGTH = 4 };

/* All three formats: words 2 and 3 say which. */
struct tx_descriptor { u32 word[4]; };

/* A packet as its descriptors give it: the first data descriptor has its options, the last its command. */
struct packet {
    u32 length, wire;                    /* bytes gathered, and sent in all segments */
    u8  command, options;                /* DCMD and POPTS, or CMD of a legacy descriptor */
    u8  cso, css;                        /* of a legacy descriptor */
    bool extended, too_long;
    u16 special;
    u8  bytes[PACKET_MAX];
};

static u32 ring_size(const struct e1000 *chip) { return E1000_REG(chip, TDLEN) / E1000_DESCRIPTOR; }

static u64 descriptor_address(const struct e1000 *chip, u32 index)
{
    return ((u64)E1000_REG(chip, TDBAH) << 32 | E1000_REG(chip, TDBAL)) + (u64)index * E1000_DESCRIPTOR;
}

static struct tx_descriptor descriptor_get(struct e1000 *chip, u32 index)
{
    struct tx_descriptor descriptor;
    e1000_dma_read(chip, descriptor_address(chip, index), &descriptor, sizeof descriptor);
    return descriptor;
}

static u8 command_of(const struct tx_descriptor *d) { return (u8)(d->word[2] >> 24); }
static bool is_context(const struct tx_descriptor *d) { return command_of(d) & CMD_DEXT && !(d->word[2] >> 20 & 15); }

/* Whether the ring holds descriptors for the chip, and where they end. */
static bool ring_has(const struct e1000 *chip)
{
    u32 size = ring_size(chip), head = E1000_REG(chip, TDH), tail = E1000_REG(chip, TDT);
    return head < size && tail < size && head != tail;
}

static u32 ring_next(const struct e1000 *chip, u32 index) { return index + 1 < ring_size(chip) ? index + 1 : 0; }

/* ---- segments ---- */
static void big16_add(u8 *at, u32 by)
{
    u32 value = (u32)(at[0] << 8 | at[1]) + by;
    at[0] = (u8)(value >> 8);
    at[1] = (u8)value;
}
static void big16_put(u8 *at, u32 value)
{
    at[0] = (u8)(value >> 8);
    at[1] = (u8)value;
}

/* A frame at its end: padded, tagged, counted, and on the wire or back again. */
static void frame_send(struct e1000 *chip, struct packet *packet, const u8 *frame, size_t length)
{
    u8 out[NET_FRAME_MAX + E1000_VLAN_TAG] = { 0 };
    size_t at = 2 * NET_MAC;
    if (length < NET_HEADER || length > NET_FRAME_MAX - E1000_VLAN_TAG) return;
    memcpy(out, frame, at);
    if (packet->command & CMD_VLE && E1000_REG(chip, CTRL) & E1000_CTRL_VME) {
        big16_put(out + at, E1000_REG(chip, VET));
        big16_put(out + at + 2, packet->special);
        at += E1000_VLAN_TAG;
    }
    memcpy(out + at, frame + 2 * NET_MAC, length - 2 * NET_MAC);
    length += at - 2 * NET_MAC;
    if (E1000_REG(chip, TCTL) & TCTL_PSP) length = MAX(length, (size_t)NET_FRAME_MIN);
    packet->wire += (u32)length + OVERHEAD_BYTES;
    e1000_count(chip, E1000_GPTC, 1);
    e1000_count(chip, E1000_TPT, 1);
    if (out[0] & 1) e1000_count(chip, out[0] == 0xFF ? E1000_BPTC : E1000_MPTC, 1);
    e1000_count_frame(chip, E1000_GOTCL, E1000_PTC64, length);
    e1000_count_frame(chip, E1000_TOTL, 0, length);
    if (!(E1000_REG(chip, RCTL) & RCTL_LBM) && !e1000_phy_loops(chip)) net_send(&chip->link, out, length);
    else e1000_rx_deliver(chip, out, MAX(length, (size_t)NET_FRAME_MIN));
}

static void sums_put(const struct e1000_context *context, u8 options, u8 *frame, size_t length)
{
    if (options & POPTS_TXSM) e1000_sum_put(frame, length, context->tucss, context->tucso, context->tucse);
    if (options & POPTS_IXSM) e1000_sum_put(frame, length, context->ipcss, context->ipcso, context->ipcse);
}

/* The headers of segment `number`: lengths, IP's identification, TCP's sequence number; FIN and PSH only in the last. The
 * driver's sum of the pseudo header lacks the length. */
static void segment_header(const struct e1000_context *c, u8 *frame, u32 length, u32 number, bool last, bool sums)
{
    u8 *ip = frame + c->ipcss, *transport = frame + c->tucss;
    if (c->ipcss + IP_ID + 2u > c->hdrlen || c->tucss + (c->command & TUCMD_TCP ? TCP_FLAGS + 1u : 8u) > c->hdrlen) return;
    if (c->command & TUCMD_IP) {
        big16_put(ip + IP_LENGTH, length - c->ipcss);
        big16_add(ip + IP_ID, number);
    } else {
        big16_put(ip + IP6_LENGTH, length - c->ipcss - IP6_HEADER);
    }
    if (c->command & TUCMD_TCP) {
        u32 sequence = (u32)transport[4] << 24 | (u32)transport[5] << 16 | (u32)transport[6] << 8 | transport[7];
        sequence += number * c->mss;
        big16_put(transport + TCP_SEQUENCE, sequence >> 16);
        big16_put(transport + TCP_SEQUENCE + 2, sequence);
        if (!last) transport[TCP_FLAGS] &= ~TCP_FIN_PSH;
    } else {
        big16_put(transport + UDP_LENGTH, length - c->tucss);
    }
    if (!sums || c->tucso + 2u > c->hdrlen) return;
    u32 sum = (u32)(frame[c->tucso] << 8 | frame[c->tucso + 1]) + length - c->tucss;
    big16_put(frame + c->tucso, (sum & 0xFFFF) + (sum >> 16));
}

static void packet_segment(struct e1000 *chip, struct packet *packet)
{
    struct e1000_context *c = &chip->context[1];
    u8 frame[NET_FRAME_MAX];
    u32 mss = MIN(MAX(c->mss, MSS_MIN), NET_FRAME_MAX - 256u), header = c->hdrlen, number = 0;
    if (header < NET_HEADER || header >= packet->length) return;
    for (u32 at = header; at < packet->length; at += mss, number++) {
        u32 payload = MIN(mss, packet->length - at), length = header + payload;
        memcpy(frame, packet->bytes, header);
        memcpy(frame + header, packet->bytes + at, payload);
        segment_header(c, frame, length, number, at + payload == packet->length, packet->options & POPTS_TXSM);
        sums_put(c, packet->options, frame, length);
        frame_send(chip, packet, frame, length);
    }
    e1000_count(chip, E1000_TSCTC, 1);
}

static void packet_send(struct e1000 *chip, struct packet *packet)
{
    if (packet->too_long) return;
    if (packet->extended && packet->command & CMD_TSE) {
        packet_segment(chip, packet);
        return;
    }
    if (packet->extended) sums_put(&chip->context[0], packet->options, packet->bytes, packet->length);
    else if (packet->command & CMD_IC) e1000_sum_put(packet->bytes, packet->length, packet->css, packet->cso, 0);
    frame_send(chip, packet, packet->bytes, packet->length);
}

/* ---- descriptors ---- */
static void context_set(struct e1000 *chip, const struct tx_descriptor *d)
{
    u8 command = command_of(d);
    chip->context[command & CMD_TSE ? 1 : 0] = (struct e1000_context){
        .ipcss = (u8)d->word[0], .ipcso = (u8)(d->word[0] >> 8), .ipcse = (u16)(d->word[0] >> 16),
        .tucss = (u8)d->word[1], .tucso = (u8)(d->word[1] >> 8), .tucse = (u16)(d->word[1] >> 16),
        .paylen = d->word[2] & 0xFFFFF, .command = command, .hdrlen = (u8)(d->word[3] >> 8),
        .mss = (u16)(d->word[3] >> 16),
    };
}

static void data_gather(struct e1000 *chip, struct packet *packet, const struct tx_descriptor *d)
{
    u8 command = command_of(d);
    bool extended = command & CMD_DEXT;
    u32 length = d->word[2] & (extended ? 0xFFFFF : 0xFFFF);
    if (packet->length == 0) {
        packet->extended = extended;
        packet->options = (u8)(d->word[3] >> 8);
    }
    packet->cso = (u8)(d->word[2] >> 16);
    packet->css = (u8)(d->word[3] >> 8);
    packet->command = command;
    packet->special = (u16)(d->word[3] >> 16);
    if (length > PACKET_MAX - packet->length) packet->too_long = true;
    if (packet->too_long) return;
    e1000_dma_read(chip, (u64)d->word[1] << 32 | d->word[0], packet->bytes + packet->length, length);
    packet->length += length;
}

void e1000_tx_timer(void *self)
{
    struct e1000 *chip = self;
    event_cancel(chip->dev.board->clock, &chip->tx_delay);
    event_cancel(chip->dev.board->clock, &chip->tx_limit);
    e1000_raise(chip, E1000_INT_TXDW);
}

/* The chip is done with the descriptor at the head. */
static void descriptor_done(struct e1000 *chip, struct tx_descriptor *d)
{
    u8 command = command_of(d);
    u32 head = E1000_REG(chip, TDH);
    if (command & (CMD_RS | CMD_RPS)) {
        d->word[3] |= STATUS_DD;
        e1000_dma_write(chip, descriptor_address(chip, head) + 12, &d->word[3], sizeof d->word[3]);
        if (command & CMD_IDE && E1000_REG(chip, TIDV) & 0xFFFF) {
            u32 limit = E1000_REG(chip, TADV) & 0xFFFF;
            e1000_delay(chip, &chip->tx_delay, E1000_REG(chip, TIDV) & 0xFFFF, true);
            if (limit) e1000_delay(chip, &chip->tx_limit, limit, false);
        } else {
            e1000_tx_timer(chip);
        }
    }
    E1000_REG(chip, TDH) = ring_next(chip, head);
}

/* Descriptors from the head up to a packet's end, contexts before it included; 0 if the end is not there yet. A packet
 * that has too many is cut. */
static u32 packet_descriptors(struct e1000 *chip)
{
    u32 index = E1000_REG(chip, TDH), tail = E1000_REG(chip, TDT), count = 0;
    while (index != tail) {
        struct tx_descriptor d = descriptor_get(chip, index);
        if (++count == PACKET_DESCRIPTORS || (!is_context(&d) && command_of(&d) & CMD_EOP)) return count;
        index = ring_next(chip, index);
    }
    return 0;
}

static bool may_transmit(const struct e1000 *chip)
{
    return E1000_REG(chip, TCTL) & TCTL_EN && e1000_masters(chip) && ring_has(chip);
}

/* Contexts without data behind them are taken in as they come. */
static void contexts_take(struct e1000 *chip)
{
    for (unsigned i = 0; i < PACKET_DESCRIPTORS && ring_has(chip); i++) {
        struct tx_descriptor d = descriptor_get(chip, E1000_REG(chip, TDH));
        if (!is_context(&d)) return;
        context_set(chip, &d);
        descriptor_done(chip, &d);
    }
}

void e1000_tx_fire(void *self)
{
    struct e1000 *chip = self;
    struct packet packet;
    memset(&packet, 0, offsetof(struct packet, bytes));
    if (may_transmit(chip)) contexts_take(chip);
    u32 left = may_transmit(chip) ? packet_descriptors(chip) : 0;
    if (left == 0) return;
    for (bool end = false; left && !end && may_transmit(chip); left--) {
        struct tx_descriptor d = descriptor_get(chip, E1000_REG(chip, TDH));
        if (is_context(&d)) context_set(chip, &d);
        else data_gather(chip, &packet, &d);
        end = !is_context(&d) && command_of(&d) & CMD_EOP;
        if (end) packet_send(chip, &packet);
        descriptor_done(chip, &d);
    }
    struct clock *clock = chip->dev.board->clock;
    u64 ns = (u64)MAX(packet.wire, NET_FRAME_MIN) * NS_PER_BYTE;
    if (!ring_has(chip)) e1000_raise(chip, E1000_INT_TXQE);
    event_at(clock, &chip->transmit, clock_now(clock) + cycles_of_ns(clock, ns));
}

void e1000_tx_kick(struct e1000 *chip)
{
    struct clock *clock = chip->dev.board->clock;
    if (!chip->transmit.armed && may_transmit(chip))
        event_at(clock, &chip->transmit, clock_now(clock) + cycles_of_ns(clock, FIRST_NS));
}
