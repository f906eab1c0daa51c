/* The commands of the CD-ROM drive that read sectors: MMC-3 6.15 to 6.21. All sectors are of mode 1; READ CD may ask for
 * any run of their parts. Not modelled: C2 error bits, sub-channels. */
#include "devices/atapi.h"
#include <string.h>

enum { CHUNK = IDE_BUFFER / ATAPI_RAW_SECTOR, CHUNK_PLAIN = IDE_BUFFER / ATAPI_SECTOR };
enum { TYPE_ANY = 0, TYPE_MODE_1 = 2 };

static const u16 part_bytes[] = { 12, 4, ATAPI_SECTOR, 288 };

static u32 parts_length(u8 parts)
{
    u32 bytes = 0;
    for (unsigned i = 0; i < ARRAY_LEN(part_bytes); i++)
        if (parts >> i & 1) bytes += part_bytes[i];
    return bytes;
}

/* The parts before the lowest one that is asked for. */
static u32 parts_offset(u8 parts)
{
    return parts_length((parts & -parts) - 1);
}

static bool sectors_fill(struct ide_drive *drive, u32 count)
{
    u8 *at = drive->channel->buffer, raw[ATAPI_RAW_SECTOR];
    struct disk *disk = drive->disk;
    u32 bytes = parts_length(drive->parts), offset = parts_offset(drive->parts);
    if (drive->parts == PART_DATA) return disk->read(disk->self, drive->sector, count, at);
    for (u32 i = 0; i < count; i++, at += bytes) {
        if (!disk->read(disk->self, drive->sector + i, 1, raw + ATAPI_RAW_SECTOR - ATAPI_SECTOR - 288)) return false;
        atapi_sector_frame(raw, (u32)drive->sector + i);
        memcpy(at, raw + offset, bytes);
    }
    return true;
}

static bool range_good(const struct ide_drive *drive, u64 sector, u32 count)
{
    return sector < drive->disk->sectors && count <= drive->disk->sectors - sector;
}

/* The medium may have gone since the command began. Halves what cannot be read, so that what is good comes first. */
void atapi_read_on(struct ide_drive *drive)
{
    u32 count = MIN(drive->remaining, drive->parts == PART_DATA ? CHUNK_PLAIN : CHUNK);
    if (count == 0 || !drive->parts) {
        atapi_good(drive);
        return;
    }
    if (!atapi_medium_present(drive)) {
        atapi_fail(drive, SENSE_NO_MEDIUM);
        return;
    }
    while (!range_good(drive, drive->sector, count) || !sectors_fill(drive, count)) {
        if (count == 1) {
            atapi_fail(drive, SENSE_READ_ERROR);
            return;
        }
        count /= 2;
    }
    drive->sector += count;
    drive->remaining -= count;
    atapi_send(drive, count * parts_length(drive->parts));
}

static void read_start(struct ide_drive *drive, u64 sector, u32 count, u8 parts)
{
    if (count && !range_good(drive, sector, count)) {
        atapi_fail(drive, SENSE_RANGE);
        return;
    }
    ide_power_active(drive);
    drive->sector = sector;
    drive->remaining = count;
    drive->parts = parts;
    atapi_read_on(drive);
}

void atapi_read10(struct ide_drive *drive)
{
    read_start(drive, be32_get(drive->packet + 2), be16_get(drive->packet + 7), PART_DATA);
}

void atapi_read12(struct ide_drive *drive)
{
    read_start(drive, be32_get(drive->packet + 2), be32_get(drive->packet + 6), PART_DATA);
}

/* Byte 9 of READ CD: sync, header code (sub-headers there are none), user data, EDC and ECC, C2. The parts must follow
 * each other on the disc. */
static bool parts_chosen(const u8 *packet, u8 *parts)
{
    u8 choice = packet[9];
    *parts = (choice & 0x80 ? PART_SYNC : 0) | (choice & 0x20 ? PART_HEADER : 0) | (choice & 0x10 ? PART_DATA : 0)
           | (choice & 0x08 ? PART_EDC : 0);
    u8 run = *parts + (*parts & -*parts);
    return !(run & *parts) && !(choice & 0x06) && !(packet[10] & 7);
}

static void read_cd_start(struct ide_drive *drive, u64 sector, u32 count)
{
    u8 type = drive->packet[1] >> 2 & 7, parts;
    if (!parts_chosen(drive->packet, &parts)) atapi_fail(drive, SENSE_FIELD);
    else if (type != TYPE_ANY && type != TYPE_MODE_1) atapi_fail(drive, SENSE_WRONG_TRACK);
    else read_start(drive, sector, count, parts);
}

void atapi_read_cd(struct ide_drive *drive)
{
    read_cd_start(drive, be32_get(drive->packet + 2), be24_get(drive->packet + 6));
}

void atapi_read_cd_msf(struct ide_drive *drive)
{
    u32 first = atapi_frame_of(drive->packet + 3), end = atapi_frame_of(drive->packet + 6);
    if (first < ATAPI_LEAD_IN || end < first) atapi_fail(drive, SENSE_RANGE);
    else read_cd_start(drive, first - ATAPI_LEAD_IN, end - first);
}

void atapi_seek(struct ide_drive *drive)
{
    u32 sector = be32_get(drive->packet + 2);
    if (!range_good(drive, sector, 1)) {
        atapi_fail(drive, SENSE_RANGE);
        return;
    }
    ide_power_active(drive);
    drive->sector = sector;
    atapi_good(drive);
}
