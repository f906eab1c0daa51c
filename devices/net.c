/* The wire of a network chip (devices/net.h), after IEEE 802.3, clauses 3 and 4. The wire pads frames that are shorter
 * than 60 bytes, as their sender should have; what has no whole header is no frame and vanishes.
 * Not modelled: collisions, CRC errors, preamble. */
#include "devices/net.h"
#include <string.h>

static void frame_receive(struct net_link *link, const u8 *frame, size_t length)
{
    u8 padded[NET_FRAME_MIN] = { 0 };
    if (!link->up || length < NET_HEADER || length > NET_FRAME_MAX) return;
    if (link->peer.seen) link->peer.seen(link->peer.self, frame, length);
    if (length < NET_FRAME_MIN) {
        memcpy(padded, frame, length);
        frame = padded;
        length = NET_FRAME_MIN;
    }
    link->chip->receive(link->self, frame, length);
}

static void net_input(void *self, const u8 *bytes, size_t length)
{
    struct net_link *link = self;
    if (length != 1) {
        frame_receive(link, bytes, length);
        return;
    }
    if (link->up == (bytes[0] != 0)) return;
    link->up = bytes[0] != 0;
    if (link->chip->carrier) link->chip->carrier(link->self);
}

void net_attach(struct net_link *link, struct board *board, const char *name, const struct net_chip *chip, void *self)
{
    link->board = board;
    link->chip = chip;
    link->self = self;
    link->source = input_source_add(board->input, name, net_input, link);
}

void net_send(struct net_link *link, const u8 *frame, size_t length)
{
    if (!link->up || length < NET_HEADER || length > NET_FRAME_MAX) return;
    if (link->peer.seen) link->peer.seen(link->peer.self, frame, length);
    if (link->peer.send) link->peer.send(link->peer.self, frame, length);
}

bool net_ready(const struct net_link *link)
{
    return !link->up || link->chip->ready(link->self);
}

void net_room(struct net_link *link)
{
    if (link->peer.room) link->peer.room(link->peer.self);
}

u32 net_crc(const u8 *bytes, size_t length)
{
    u32 crc = ~0u;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

unsigned net_multicast_hash(const u8 mac[NET_MAC])
{
    u32 crc = ~net_crc(mac, NET_MAC), hash = 0;
    for (int bit = 0; bit < 6; bit++)
        hash = hash << 1 | (crc >> bit & 1);
    return hash;
}

const struct field net_link_fields[] = {
    FIELD_NONE(struct net_link, peer, "wiring"),
    FIELD_NONE(struct net_link, chip, "wiring"),
    FIELD_NONE(struct net_link, self, "wiring"),
    FIELD_NONE(struct net_link, board, "wiring"),
    FIELD_NONE(struct net_link, source, "wiring"),
    FIELD(struct net_link, up, "carrier"),
    FIELD_END
};
