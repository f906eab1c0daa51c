/* The wire between a network chip and what the frontend has at its other end: Ethernet frames without preamble and CRC.
 *
 * Out: net_send hands a frame to the peer at once, in virtual time; when the chip says that it is sent is the chip's
 * affair. In: frames come through the machine's input door (core/input.h), as messages to the source "net0" and so on,
 * so they are stamped, recorded and replayed. A message of one byte sets the carrier instead: 0 down, else up.
 *
 * Backpressure: the peer asks net_ready before it posts a frame, and keeps its frames (a bounded queue of its own) while
 * the chip's receive buffers are full; the chip calls net_room when it has room again. A frame that is posted all the
 * same is lost in the chip and counted there, as on a wire. A chip that is off is ready: it drops what comes. */
#ifndef DEVICES_NET_H
#define DEVICES_NET_H
#include "devices/device.h"

enum { NET_MAC = 6, NET_HEADER = 14, NET_FRAME_MIN = 60, NET_FRAME_MAX = 9216 };

/* The other end, as the frontend provides it. Each may be NULL. */
struct net_peer {
    void (*send)(void *self, const u8 *frame, size_t length);
    /* Every frame as it passes, also in a replay: for captures. */
    void (*seen)(void *self, const u8 *frame, size_t length);
    void (*room)(void *self);
    void  *self;
};

/* The chip's end. A frame it gets has NET_FRAME_MIN to NET_FRAME_MAX bytes. */
struct net_chip {
    bool (*ready)(const void *self);
    void (*receive)(void *self, const u8 *frame, size_t length);
    void (*carrier)(void *self);            /* link->up has changed; may be NULL */
};

struct net_link {
    struct net_peer        peer;            /* set by the board before attach */
    const struct net_chip *chip;
    void                  *self;
    struct board          *board;
    unsigned               source;          /* number of the input source */
    bool                   up;              /* a cable is plugged in and somebody at its other end; likewise */
};

extern const struct field net_link_fields[];

/* Registers the input source `name` ("net0"). */
void net_attach(struct net_link *link, struct board *board, const char *name, const struct net_chip *chip, void *self);
/* 14 to NET_FRAME_MAX bytes; others, and all while there is no carrier, go nowhere. */
void net_send(struct net_link *link, const u8 *frame, size_t length);
/* Whether a frame posted now would not be lost for want of buffers. */
bool net_ready(const struct net_link *link);
void net_room(struct net_link *link);

/* The Ethernet CRC (reflected, as it is sent) of some bytes. */
u32  net_crc(const u8 *bytes, size_t length);
/* The six bits that the DP8390 and many after it look up multicast addresses by: the CRC's first ones on the wire. */
unsigned net_multicast_hash(const u8 mac[NET_MAC]);
#endif
