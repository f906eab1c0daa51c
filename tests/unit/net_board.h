/* The other end of a network card's wire, for the tests of cards: what was sent, and frames to send back. */
#ifndef TESTS_UNIT_NET_BOARD_H
#define TESTS_UNIT_NET_BOARD_H
#include "devices/net.h"
#include "tests/unit/chip_board.h"

enum { FAR_FRAMES = 64 };
struct far_end { struct { u8 bytes[NET_FRAME_MAX]; size_t length; } frame[FAR_FRAMES]; unsigned frames, seen, rooms; };

static inline void far_send(void *self, const u8 *frame, size_t length)
{
    struct far_end *end = self;
    if (end->frames < FAR_FRAMES) {
        memcpy(end->frame[end->frames].bytes, frame, length);
        end->frame[end->frames].length = length;
    }
    end->frames++;
}
static inline void far_seen(void *self, const u8 *frame, size_t length)
{
    (void)frame, (void)length;
    ((struct far_end *)self)->seen++;
}
static inline void far_room(void *self) { ((struct far_end *)self)->rooms++; }
static inline void far_connect(struct far_end *end, struct net_link *link)
{
    link->peer = (struct net_peer){ far_send, far_seen, far_room, end };
    link->up = true;
}
/* A frame of `length` bytes to a station: type 0800h, then a pattern that begins with `mark`. */
static inline void frame_fill(u8 *frame, size_t length, const u8 *to, u8 mark)
{
    static const u8 from[NET_MAC] = { 2, 3, 4, 5, 6, 7 };
    memcpy(frame, to, NET_MAC);
    memcpy(frame + NET_MAC, from, NET_MAC);
    frame[12] = 8;
    frame[13] = 0;
    for (size_t i = NET_HEADER; i < length; i++) frame[i] = (u8)(mark + i * 3);
}
static inline void far_post(struct chip_board *b, struct net_link *link, const void *frame, size_t length)
{
    input_post(&b->input, link->source, frame, length);
}
#endif
