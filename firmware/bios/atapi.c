/* ATAPI CD-ROM drives by programmed I/O: ATA/ATAPI-6 chapter 9.8 for the PACKET protocol, MMC-2 for the packets. */
#include "firmware/bios/services.h"

enum { REG_DATA, REG_ERROR, REG_REASON, REG_LOW, REG_COUNT_LOW, REG_COUNT_HIGH, REG_DEVICE, REG_COMMAND };
enum { BSY = 0x80, DF = 0x20, DRQ = 0x08, ERR = 0x01, PACKET = 0xA0 };
enum { TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, READ_CAPACITY = 0x25, READ_10 = 0x28 };
enum { SENSE_NOT_READY = 2, SENSE_ATTENTION = 6, SENSE_NO_MEDIUM = 0x3A };
enum { PACKET_BYTES = 12, READ_PIECE = 16, READY_TRIES = 8 };

static u8 scratch[32];

static void words_drop(const struct drive *d, u32 words)
{
    while (words--) (void)inw(d->io);
}

/* One DRQ block; returns how many bytes of `left` it brought. */
static u32 block_read(const struct drive *d, u32 linear, u32 left)
{
    u32 bytes = inb(d->io + REG_COUNT_LOW) | (u32)inb(d->io + REG_COUNT_HIGH) << 8;
    u32 wanted = bytes < left ? bytes : left;
    ide_read_words(d, linear, wanted / 4 * 2);
    for (u32 i = wanted / 4 * 4; i + 1 < wanted; i += 2)
        far_put16(linear_segment(linear + i), linear_offset(linear + i), inw(d->io));
    words_drop(d, (bytes - wanted) / 2);
    return wanted;
}

/* Sends a packet and takes its data; INT 13h status. */
u8 atapi_packet(const struct drive *d, const u8 *packet, u32 linear, u32 bytes)
{
    if (ide_wait_ready(d, 2000)) return STATUS_TIMEOUT;
    outb(d->io + REG_DEVICE, 0xA0 | (u8)(d->unit << 4));
    if (ide_wait_ready(d, 2000)) return STATUS_TIMEOUT;
    outb(d->io + REG_ERROR, 0);
    outb(d->io + REG_COUNT_LOW, 0x00);
    outb(d->io + REG_COUNT_HIGH, 0x80);
    outb(d->io + REG_COMMAND, PACKET);
    if (ide_wait_data(d)) return STATUS_TIMEOUT;
    for (unsigned i = 0; i < PACKET_BYTES; i += 2) outw(d->io, (u16)(packet[i] | packet[i + 1] << 8));
    while (!ide_wait_data(d)) {
        u32 moved = block_read(d, linear, bytes);
        linear += moved;
        bytes -= moved;
    }
    u8 now = inb(d->io + REG_COMMAND);
    if (now & BSY) return STATUS_TIMEOUT;
    return now & (ERR | DF) ? STATUS_CONTROLLER : STATUS_GOOD;
}

u8 atapi_read(const struct drive *d, u32 sector, u32 count, u32 linear)
{
    while (count) {
        u32 piece = count < READ_PIECE ? count : READ_PIECE;
        u8 packet[PACKET_BYTES] = {
            READ_10, 0, (u8)(sector >> 24), (u8)(sector >> 16), (u8)(sector >> 8), (u8)sector, 0, 0, (u8)piece
        };
        u8 error = atapi_packet(d, packet, linear, piece * CD_SECTOR);
        if (error) return error;
        sector += piece;
        linear += piece * CD_SECTOR;
        count -= piece;
    }
    return STATUS_GOOD;
}

static u32 big_endian(const u8 *bytes)
{
    return (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
}

/* Waits out the attention that a new medium causes, and learns the medium's size. */
u8 atapi_ready(struct drive *d)
{
    static const u8 test[PACKET_BYTES] = { TEST_UNIT_READY };
    static const u8 sense[PACKET_BYTES] = { REQUEST_SENSE, 0, 0, 0, 18 };
    static const u8 capacity[PACKET_BYTES] = { READ_CAPACITY };
    u8 error = STATUS_GOOD;
    for (unsigned tries = 0; tries < READY_TRIES; tries++) {
        error = atapi_packet(d, test, 0, 0);
        if (!error) break;
        fill(scratch, 0, sizeof scratch);
        if (atapi_packet(d, sense, linear_here(scratch), 18)) return STATUS_TIMEOUT;
        if ((scratch[2] & 15) == SENSE_NOT_READY && scratch[12] == SENSE_NO_MEDIUM) return STATUS_NO_MEDIUM;
    }
    if (error) return STATUS_NOT_READY;
    error = atapi_packet(d, capacity, linear_here(scratch), 8);
    if (!error) d->sectors = (u64)big_endian(scratch) + 1;
    return error;
}
