/* A CD-ROM (or, if the image is larger than a CD, DVD-ROM) drive: the packet protocol of ATA/ATAPI-6 chapter 9.8-9.10
 * and the commands of MMC-3 that operating systems and boot loaders issue. Replies are made in atapi_info.c.
 *
 * A reply or up to 16 KiB of sectors lie in the channel's buffer; by PIO they go out in DRQ blocks of at most the byte
 * count limit the host gave, by DMA in one piece. UNIT ATTENTION is raised when the medium changes, not by a reset.
 * Not modelled: audio, sub-channels other than an empty Q, multi-session, writing, CSS. */
#include "devices/ide_drive.h"
#include <string.h>

enum { FEATURE_DMA = 1 };
enum { REASON_COMMAND = 1, REASON_TO_HOST = 2, REASON_DONE = 3 };
enum { SECTOR = 2048, RAW_SECTOR = 2352, RAW_HEADER = 16, LEAD_IN_FRAMES = 150 };

/* Key << 16 | additional sense code << 8 | qualifier. */
enum {
    SENSE_NONE = 0, SENSE_READ_ERROR = 0x031100, SENSE_NO_MEDIUM = 0x023A00, SENSE_TRAY_OPEN = 0x023A02,
    SENSE_OPCODE = 0x052000, SENSE_RANGE = 0x052100, SENSE_FIELD = 0x052400, SENSE_LOCKED = 0x055302,
    SENSE_CHANGED = 0x062800
};

/* Which conditions do not stand in a command's way, and whether it sends data. */
enum { ALWAYS = 1, NEEDS_MEDIUM = 2, DATA = 4 };

struct atapi_row {
    void (*run)(struct ide_drive *drive);
    u32  (*reply)(const struct ide_drive *drive, u8 *reply);
    u8     flags;
    u8     length_at, length_bytes;      /* allocation length in the packet; 0 bytes: the whole reply */
};

static void packet_good(struct ide_drive *drive)
{
    drive->task.count = REASON_DONE;
    ide_complete(drive, IDE_READY, 0);
}

static void packet_fail(struct ide_drive *drive, u32 sense)
{
    drive->sense_key = (u8)(sense >> 16);
    drive->sense_code = (u8)(sense >> 8);
    drive->sense_qualifier = (u8)sense;
    drive->remaining = 0;
    drive->task.count = REASON_DONE;
    ide_complete(drive, IDE_READY | IDE_ERR, (u8)(drive->sense_key << 4 | IDE_ABRT));
}

bool atapi_medium_present(const struct ide_drive *drive)
{
    return drive->disk && !drive->tray_open;
}

/* The next DRQ block of what is in the buffer. Only the last can be odd. */
static void block_offer(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    u32 bytes = MIN(channel->limit - channel->position, drive->byte_limit);
    channel->window = channel->position + bytes;
    drive->task.count = REASON_TO_HOST;
    drive->task.mid = (u8)bytes;
    drive->task.high = (u8)(bytes >> 8);
    ide_offer(drive, IDE_MOVES_IN, true);
}

static void buffer_send(struct ide_drive *drive, u32 bytes)
{
    struct ide_channel *channel = drive->channel;
    channel->position = 0;
    channel->window = channel->limit = bytes;
    if (bytes == 0) packet_good(drive);
    else if (drive->packet_dma) ide_offer_dma(drive, IDE_MOVES_IN);
    else block_offer(drive);
}

static u8 bcd(u32 value) { return (u8)(value / 10 % 10 << 4 | value % 10); }

/* Puts sync pattern, header (mode 1) and empty EDC and ECC around the data of a sector. */
static void raw_frame(u8 *raw, u64 sector)
{
    u32 frame = (u32)sector + LEAD_IN_FRAMES;
    memset(raw, 0, RAW_HEADER);
    memset(raw + 1, 0xFF, 10);
    raw[12] = bcd(frame / (75 * 60));
    raw[13] = bcd(frame / 75 % 60);
    raw[14] = bcd(frame % 75);
    raw[15] = 1;
    memset(raw + RAW_HEADER + SECTOR, 0, RAW_SECTOR - RAW_HEADER - SECTOR);
}

static bool sectors_fill(struct ide_drive *drive, u32 count)
{
    u8 *buffer = drive->channel->buffer;
    struct disk *disk = drive->disk;
    if (drive->sector_bytes == SECTOR) return disk->read(disk->self, drive->sector, count, buffer);
    for (u32 i = 0; i < count; i++) {
        u8 *raw = buffer + i * RAW_SECTOR;
        if (!disk->read(disk->self, drive->sector + i, 1, raw + RAW_HEADER)) return false;
        raw_frame(raw, drive->sector + i);
    }
    return true;
}

/* The medium may have gone since the command began. */
static void sectors_send(struct ide_drive *drive)
{
    u32 count = MIN(drive->remaining, IDE_BUFFER / (u32)drive->sector_bytes);
    if (!atapi_medium_present(drive)) {
        packet_fail(drive, SENSE_NO_MEDIUM);
        return;
    }
    if (drive->sector >= drive->disk->sectors || count > drive->disk->sectors - drive->sector || !sectors_fill(drive, count)) {
        packet_fail(drive, SENSE_READ_ERROR);
        return;
    }
    drive->sector += count;
    drive->remaining -= count;
    buffer_send(drive, count * drive->sector_bytes);
}

static void read_start(struct ide_drive *drive, u64 sector, u32 count, u16 sector_bytes)
{
    u64 sectors = drive->disk->sectors;
    if (count && (sector >= sectors || count > sectors - sector)) {
        packet_fail(drive, SENSE_RANGE);
        return;
    }
    drive->sector = sector;
    drive->remaining = count;
    drive->sector_bytes = sector_bytes;
    if (count == 0 || sector_bytes == 0) packet_good(drive);
    else sectors_send(drive);
}

static void read10_run(struct ide_drive *drive)
{
    read_start(drive, be32_get(drive->packet + 2), be16_get(drive->packet + 7), SECTOR);
}

static void read12_run(struct ide_drive *drive)
{
    read_start(drive, be32_get(drive->packet + 2), be32_get(drive->packet + 6), SECTOR);
}

/* Byte 9 of READ CD chooses the parts of a sector: user data alone, everything, or nothing. */
static void read_cd_common(struct ide_drive *drive, u64 sector, u32 count)
{
    u8 parts = drive->packet[9] & 0xF8;
    u32 type = drive->packet[1] >> 2 & 7;
    bool known = parts == 0 || parts == 0x10 || parts == 0xF8;
    if (!known || (drive->packet[10] & 7) || !(type == 0 || type == 2)) {
        packet_fail(drive, SENSE_FIELD);
        return;
    }
    read_start(drive, sector, count, parts == 0 ? 0 : parts == 0x10 ? SECTOR : RAW_SECTOR);
}

static void read_cd_run(struct ide_drive *drive)
{
    const u8 *packet = drive->packet;
    read_cd_common(drive, be32_get(packet + 2), (u32)packet[6] << 16 | be16_get(packet + 7));
}

static u32 frame_of(const u8 *msf)
{
    return ((u32)msf[0] * 60 + msf[1]) * 75 + msf[2];
}

static void read_cd_msf_run(struct ide_drive *drive)
{
    u32 first = frame_of(drive->packet + 3), end = frame_of(drive->packet + 6);
    if (first < LEAD_IN_FRAMES || end < first) packet_fail(drive, SENSE_RANGE);
    else read_cd_common(drive, first - LEAD_IN_FRAMES, end - first);
}

static void seek_run(struct ide_drive *drive)
{
    if (be32_get(drive->packet + 2) < drive->disk->sectors) packet_good(drive);
    else packet_fail(drive, SENSE_RANGE);
}

/* LoEj with Start 0 opens the tray, with 1 closes it. */
static void start_stop_run(struct ide_drive *drive)
{
    bool eject = drive->packet[4] & 2, start = drive->packet[4] & 1;
    if (eject && !start && drive->tray_locked) {
        packet_fail(drive, SENSE_LOCKED);
        return;
    }
    if (eject && drive->tray_open == start) {
        drive->tray_open = !start;
        drive->medium_event = true;
        if (start && drive->disk) drive->medium_changed = true;
    }
    packet_good(drive);
}

static void prevent_run(struct ide_drive *drive)
{
    drive->tray_locked = drive->packet[4] & 1;
    packet_good(drive);
}

static const struct atapi_row rows[256] = {
    [0x00] = { packet_good, NULL, NEEDS_MEDIUM, 0, 0 },                             /* TEST UNIT READY */
    [0x03] = { NULL, atapi_sense, ALWAYS | DATA, 4, 1 },
    [0x12] = { NULL, atapi_inquiry, ALWAYS | DATA, 4, 1 },
    [0x1A] = { NULL, atapi_mode_sense, DATA, 4, 1 },
    [0x1B] = { start_stop_run, NULL, 0, 0, 0 },
    [0x1E] = { prevent_run, NULL, 0, 0, 0 },
    [0x25] = { NULL, atapi_capacity, NEEDS_MEDIUM | DATA, 0, 0 },
    [0x28] = { read10_run, NULL, NEEDS_MEDIUM | DATA, 0, 0 },
    [0x2B] = { seek_run, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x42] = { NULL, atapi_subchannel, NEEDS_MEDIUM | DATA, 7, 2 },
    [0x43] = { NULL, atapi_toc, NEEDS_MEDIUM | DATA, 7, 2 },
    [0x46] = { NULL, atapi_configuration, ALWAYS | DATA, 7, 2 },
    [0x4A] = { NULL, atapi_events, ALWAYS | DATA, 7, 2 },
    [0x51] = { NULL, atapi_disc_information, NEEDS_MEDIUM | DATA, 7, 2 },
    [0x52] = { NULL, atapi_track_information, NEEDS_MEDIUM | DATA, 7, 2 },
    [0x5A] = { NULL, atapi_mode_sense, DATA, 7, 2 },
    [0xA8] = { read12_run, NULL, NEEDS_MEDIUM | DATA, 0, 0 },
    [0xB9] = { read_cd_msf_run, NULL, NEEDS_MEDIUM | DATA, 0, 0 },
    [0xBB] = { packet_good, NULL, 0, 0, 0 },                                        /* SET CD SPEED */
    [0xBD] = { NULL, atapi_mechanism, DATA, 8, 2 },
    [0xBE] = { read_cd_run, NULL, NEEDS_MEDIUM | DATA, 0, 0 },
};

/* What keeps a command from being carried out, in the order of MMC-3: attention, then the medium. */
static u32 obstacle_find(struct ide_drive *drive, const struct atapi_row *row)
{
    if (!row->run && !row->reply) return SENSE_OPCODE;
    if (drive->medium_changed && !(row->flags & ALWAYS)) {
        drive->medium_changed = false;
        return SENSE_CHANGED;
    }
    if (!(row->flags & NEEDS_MEDIUM) || atapi_medium_present(drive)) return SENSE_NONE;
    return drive->tray_open ? SENSE_TRAY_OPEN : SENSE_NO_MEDIUM;
}

static u32 allocation_length(const struct ide_drive *drive, const struct atapi_row *row)
{
    const u8 *field = drive->packet + row->length_at;
    if (row->length_bytes == 0) return ATAPI_REPLY;
    return row->length_bytes == 1 ? field[0] : be16_get(field);
}

/* Reporting a condition ends it. */
static void reported(struct ide_drive *drive)
{
    if (drive->packet[0] == 0x03) drive->sense_key = drive->sense_code = drive->sense_qualifier = 0;
    if (drive->packet[0] == 0x4A && (drive->packet[4] & 0x10)) drive->medium_event = false;
}

static void reply_send(struct ide_drive *drive, const struct atapi_row *row)
{
    u8 *buffer = drive->channel->buffer;
    memset(buffer, 0, ATAPI_REPLY);
    u32 length = row->reply(drive, buffer);
    if (length == 0) {
        packet_fail(drive, SENSE_FIELD);
        return;
    }
    reported(drive);
    buffer_send(drive, MIN(length, allocation_length(drive, row)));
}

static void packet_run(struct ide_drive *drive)
{
    const struct atapi_row *row = &rows[drive->packet[0]];
    u32 obstacle = obstacle_find(drive, row);
    drive->remaining = 0;
    if (obstacle) {
        packet_fail(drive, obstacle);
        return;
    }
    if (!row->reply) drive->sense_key = drive->sense_code = drive->sense_qualifier = 0;
    if ((row->flags & DATA) && !drive->packet_dma && drive->byte_limit == 0) {
        ide_abort(drive);
        return;
    }
    if (row->reply) reply_send(drive, row);
    else row->run(drive);
}

/* PACKET: asks for the twelve bytes. There is no interrupt before them (word 0 of the identification). */
void atapi_command(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    drive->packet_dma = drive->task.feature & FEATURE_DMA;
    drive->byte_limit = (drive->task.mid | (u32)drive->task.high << 8) & ~1u;
    drive->remaining = 0;
    drive->task.count = REASON_COMMAND;
    channel->position = 0;
    channel->window = channel->limit = IDE_PACKET;
    ide_offer(drive, IDE_MOVES_OUT, false);
}

void atapi_restored(struct ide_drive *drive)
{
    if (drive->sector_bytes != RAW_SECTOR) drive->sector_bytes = MIN(drive->sector_bytes, 1) * SECTOR;
    if (drive->sector_bytes == 0) drive->remaining = 0;
    drive->byte_limit = MIN(drive->byte_limit, 0xFFFE) & ~1u;
}

void atapi_block(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    if (channel->transfer == IDE_MOVES_OUT) {
        memcpy(drive->packet, channel->buffer, IDE_PACKET);
        packet_run(drive);
    } else if (channel->position < channel->limit) {
        block_offer(drive);
    } else if (drive->remaining) {
        sectors_send(drive);
    } else {
        packet_good(drive);
    }
}
