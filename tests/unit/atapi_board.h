/* Packets to the CD-ROM drive of tests/unit/ide_board.h, by PIO. */
#ifndef TESTS_UNIT_ATAPI_BOARD_H
#define TESTS_UNIT_ATAPI_BOARD_H
#include "tests/unit/ide_board.h"

enum { BASE = 0x170 };

/* Sends a packet to the CD-ROM drive; returns the status once the drive is ready again. */
static inline u8 packet_send(struct ide_board *f, const u8 *packet, u16 limit, bool dma)
{
    out8(&f->b, 0x176, 0xA0);
    out8(&f->b, 0x171, dma);
    out8(&f->b, 0x174, (u8)limit);
    out8(&f->b, 0x175, limit >> 8);
    out8(&f->b, 0x177, 0xA0);
    ck_assert_uint_eq(ide_ready(f, 0x170) & 0x89, 0x08);
    ck_assert_uint_eq(in8(&f->b, 0x172), 1);
    in8(&f->b, 0x177);
    pio_write(f, 0x170, packet, 12);
    return ide_ready(f, 0x170);
}

/* A whole PIO data-in command: counts the DRQ blocks, checks each against the limit, returns the bytes. */
static inline unsigned packet_read(struct ide_board *f, const u8 *packet, u16 limit, u8 *bytes, unsigned *blocks)
{
    unsigned total = 0;
    u8 status = packet_send(f, packet, limit, false);
    for (*blocks = 0; status & 8; (*blocks)++) {
        unsigned count = in8(&f->b, BASE + 4) | in8(&f->b, BASE + 5) << 8;
        ck_assert_uint_eq(in8(&f->b, BASE + 2), 2);
        ck_assert_uint_ge(count, 1);
        ck_assert_uint_le(count, limit);
        ck_assert(f->irq[1].level);
        in8(&f->b, BASE + 7);
        u8 block[65536];
        pio_read(f, BASE, block, (count + 1) & ~1u);
        memcpy(bytes + total, block, count);
        total += count;
        status = ide_ready(f, BASE);
    }
    ck_assert_uint_eq(in8(&f->b, BASE + 2), 3);
    ck_assert(f->irq[1].level);
    in8(&f->b, BASE + 7);
    return total;
}

static inline u32 sense_take(struct ide_board *f)
{
    static const u8 packet[12] = { 3, 0, 0, 0, 18 };
    u8 reply[18];
    unsigned blocks;
    ck_assert_uint_eq(packet_read(f, packet, 18, reply, &blocks), 18);
    return (u32)reply[2] << 16 | reply[12] << 8 | reply[13];
}
#endif
