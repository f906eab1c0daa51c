/* A CD-ROM (or, if the image is larger than a CD, DVD-ROM) drive: the packet protocol of ATA/ATAPI-6 chapter 9.8-9.10
 * and the commands of SFF-8020i and MMC-3 that operating systems, CD drivers and boot loaders issue.
 *
 * A reply or up to 16 KiB of sectors lie in the channel's buffer; by PIO they go out in DRQ blocks of at most the byte
 * count limit the host gave, by DMA in one piece. UNIT ATTENTION is raised when the medium changes, not by a reset.
 * The disc is one track of data: audio commands are answered so. Not modelled: sub-channels other than an empty Q,
 * multi-session, writing, CSS. */
#include "devices/atapi.h"
#include <string.h>

enum { FEATURE_DMA = 1 };
enum { REASON_FROM_HOST = 0, REASON_COMMAND = 1, REASON_TO_HOST = 2, REASON_DONE = 3 };
enum { LIMIT_MAX = 0xFFFE };
enum { TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, INQUIRY = 0x12, GET_EVENTS = 0x4A, EVENT_MEDIA = 0x10 };

/* Which conditions do not stand in a command's way. */
enum { ALWAYS = 1, NEEDS_MEDIUM = 2 };

struct atapi_row {
    void (*run)(struct ide_drive *drive);
    u32  (*reply)(const struct ide_drive *drive, u8 *reply);
    u8     flags;
    u8     length_at, length_bytes;      /* allocation length in the packet; 0 bytes: the whole reply */
};

static void sense_set(struct ide_drive *drive, u32 sense)
{
    drive->sense_key = (u8)(sense >> 16);
    drive->sense_code = (u8)(sense >> 8);
    drive->sense_qualifier = (u8)sense;
}

void atapi_good(struct ide_drive *drive)
{
    drive->task.count = REASON_DONE;
    ide_good(drive);
}

void atapi_fail(struct ide_drive *drive, u32 sense)
{
    sense_set(drive, sense);
    drive->remaining = 0;
    drive->task.count = REASON_DONE;
    ide_complete(drive, IDE_READY | IDE_ERR, (u8)(drive->sense_key << 4 | IDE_ABRT));
}

bool atapi_medium_present(const struct ide_drive *drive)
{
    return drive->disk && !drive->tray_open;
}

/* The next DRQ block of what is in the buffer. An odd limit counts as one less, unless it holds all that is left. */
static void block_offer(struct ide_drive *drive, enum ide_transfer transfer)
{
    struct ide_channel *channel = drive->channel;
    u32 left = channel->limit - channel->position, bytes = left <= drive->byte_limit ? left : drive->byte_limit & ~1u;
    if (bytes == 0) {
        ide_abort(drive);
        return;
    }
    channel->window = channel->position + bytes;
    drive->task.count = transfer == IDE_MOVES_IN ? REASON_TO_HOST : REASON_FROM_HOST;
    drive->task.mid = (u8)bytes;
    drive->task.high = (u8)(bytes >> 8);
    ide_offer(drive, transfer, true);
}

static void buffer_move(struct ide_drive *drive, u32 bytes, enum ide_transfer transfer)
{
    struct ide_channel *channel = drive->channel;
    channel->position = 0;
    channel->window = channel->limit = bytes;
    if (bytes == 0) atapi_good(drive);
    else if (drive->packet_dma) ide_offer_dma(drive, transfer);
    else block_offer(drive, transfer);
}

void atapi_send(struct ide_drive *drive, u32 bytes)
{
    buffer_move(drive, bytes, IDE_MOVES_IN);
}

void atapi_take(struct ide_drive *drive, u32 bytes)
{
    drive->parameters = bytes != 0;
    buffer_move(drive, bytes, IDE_MOVES_OUT);
}

/* LoEj with Start 0 opens the tray, with 1 closes it. */
static void start_stop_run(struct ide_drive *drive)
{
    bool eject = drive->packet[4] & 2, start = drive->packet[4] & 1;
    if (eject && !start && drive->tray_locked) {
        atapi_fail(drive, SENSE_LOCKED);
        return;
    }
    if (eject && drive->tray_open == start) {
        drive->tray_open = !start;
        drive->medium_event = drive->disk;
        if (start && drive->disk) drive->medium_changed = true;
    }
    if (start && !eject && !atapi_medium_present(drive)) atapi_fail(drive, SENSE_NO_MEDIUM);
    else atapi_good(drive);
}

static void prevent_run(struct ide_drive *drive)
{
    drive->tray_locked = drive->packet[4] & 1;
    atapi_good(drive);
}

/* PLAY AUDIO: nothing to play is no error, a track of data is. */
static void play(struct ide_drive *drive, u64 sector, u32 length)
{
    if (length == 0) atapi_good(drive);
    else atapi_fail(drive, sector < drive->disk->sectors ? SENSE_WRONG_TRACK : SENSE_RANGE);
}

static void play10_run(struct ide_drive *drive)
{
    play(drive, be32_get(drive->packet + 2), be16_get(drive->packet + 7));
}

static void play12_run(struct ide_drive *drive)
{
    play(drive, be32_get(drive->packet + 2), be32_get(drive->packet + 6));
}

static void play_msf_run(struct ide_drive *drive)
{
    u32 first = atapi_frame_of(drive->packet + 3), end = atapi_frame_of(drive->packet + 6);
    if (first < ATAPI_LEAD_IN || end < first) atapi_fail(drive, SENSE_RANGE);
    else play(drive, first - ATAPI_LEAD_IN, end - first);
}

static void wrong_track_run(struct ide_drive *drive) { atapi_fail(drive, SENSE_WRONG_TRACK); }
static void pause_run(struct ide_drive *drive) { atapi_fail(drive, SENSE_SEQUENCE); }

static const struct atapi_row rows[256] = {
    [TEST_UNIT_READY] = { atapi_good, NULL, NEEDS_MEDIUM, 0, 0 },
    [REQUEST_SENSE] = { NULL, atapi_sense, ALWAYS, 4, 1 },
    [INQUIRY] = { NULL, atapi_inquiry, ALWAYS, 4, 1 },
    [0x15] = { atapi_mode_select, NULL, 0, 0, 0 },
    [0x1A] = { NULL, atapi_mode_sense, 0, 4, 1 },
    [0x1B] = { start_stop_run, NULL, 0, 0, 0 },
    [0x1E] = { prevent_run, NULL, 0, 0, 0 },
    [0x25] = { NULL, atapi_capacity, NEEDS_MEDIUM, 0, 0 },
    [0x28] = { atapi_read10, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x2B] = { atapi_seek, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x42] = { NULL, atapi_subchannel, NEEDS_MEDIUM, 7, 2 },
    [0x43] = { NULL, atapi_toc, NEEDS_MEDIUM, 7, 2 },
    [0x44] = { NULL, atapi_header, NEEDS_MEDIUM, 7, 2 },
    [0x45] = { play10_run, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x46] = { NULL, atapi_configuration, ALWAYS, 7, 2 },
    [0x47] = { play_msf_run, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x48] = { wrong_track_run, NULL, NEEDS_MEDIUM, 0, 0 },                         /* PLAY AUDIO TRACK INDEX */
    [GET_EVENTS] = { NULL, atapi_events, ALWAYS, 7, 2 },
    [0x4B] = { pause_run, NULL, NEEDS_MEDIUM, 0, 0 },
    [0x4E] = { atapi_good, NULL, NEEDS_MEDIUM, 0, 0 },                              /* STOP PLAY/SCAN */
    [0x51] = { NULL, atapi_disc_information, NEEDS_MEDIUM, 7, 2 },
    [0x52] = { NULL, atapi_track_information, NEEDS_MEDIUM, 7, 2 },
    [0x55] = { atapi_mode_select, NULL, 0, 0, 0 },
    [0x5A] = { NULL, atapi_mode_sense, 0, 7, 2 },
    [0xA5] = { play12_run, NULL, NEEDS_MEDIUM, 0, 0 },
    [0xA8] = { atapi_read12, NULL, NEEDS_MEDIUM, 0, 0 },
    [0xAD] = { NULL, atapi_dvd_structure, NEEDS_MEDIUM, 8, 2 },
    [0xB9] = { atapi_read_cd_msf, NULL, NEEDS_MEDIUM, 0, 0 },
    [0xBA] = { wrong_track_run, NULL, NEEDS_MEDIUM, 0, 0 },                         /* SCAN */
    [0xBB] = { atapi_good, NULL, 0, 0, 0 },                                         /* SET CD SPEED */
    [0xBD] = { NULL, atapi_mechanism, 0, 8, 2 },
    [0xBE] = { atapi_read_cd, NULL, NEEDS_MEDIUM, 0, 0 },
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

/* REQUEST SENSE reports what is pending; other commands but INQUIRY forget the last one's sense. */
static void sense_before(struct ide_drive *drive)
{
    u8 code = drive->packet[0];
    if (code == REQUEST_SENSE && drive->sense_key == 0 && drive->medium_changed) {
        drive->medium_changed = false;
        sense_set(drive, SENSE_CHANGED);
    } else if (code != REQUEST_SENSE && code != INQUIRY) {
        sense_set(drive, SENSE_NONE);
    }
}

/* Reporting a condition ends it. */
static void reported(struct ide_drive *drive)
{
    if (drive->packet[0] == REQUEST_SENSE) sense_set(drive, SENSE_NONE);
    if (drive->packet[0] != GET_EVENTS || !(drive->packet[4] & EVENT_MEDIA)) return;
    if (drive->eject_requested) drive->eject_requested = false;
    else drive->medium_event = false;
}

static void reply_send(struct ide_drive *drive, const struct atapi_row *row)
{
    u8 *buffer = drive->channel->buffer;
    memset(buffer, 0, ATAPI_REPLY);
    u32 length = row->reply(drive, buffer);
    if (length & ATAPI_REFUSED(0)) {
        atapi_fail(drive, length & ~ATAPI_REFUSED(0));
        return;
    }
    reported(drive);
    atapi_send(drive, MIN(length, allocation_length(drive, row)));
}

static void packet_run(struct ide_drive *drive)
{
    const struct atapi_row *row = &rows[drive->packet[0]];
    u32 obstacle = obstacle_find(drive, row);
    drive->remaining = 0;
    if (obstacle) {
        atapi_fail(drive, obstacle);
        return;
    }
    sense_before(drive);
    if (row->reply) reply_send(drive, row);
    else row->run(drive);
}

/* PACKET: asks for the twelve bytes. There is no interrupt before them (word 0 of the identification). A limit of 0 is
 * the largest (word 125). */
void atapi_command(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    u32 limit = drive->task.mid | (u32)drive->task.high << 8;
    drive->packet_dma = drive->task.feature & FEATURE_DMA;
    drive->byte_limit = limit == 0 ? LIMIT_MAX : MIN(limit, LIMIT_MAX);
    drive->parameters = false;
    drive->remaining = 0;
    drive->task.count = REASON_COMMAND;
    channel->position = 0;
    channel->window = channel->limit = IDE_PACKET;
    ide_offer(drive, IDE_MOVES_OUT, false);
}

void atapi_restored(struct ide_drive *drive)
{
    drive->parts &= PARTS;
    drive->byte_limit = MIN(drive->byte_limit, LIMIT_MAX);
    atapi_mode_restored(drive);
}

void atapi_block(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    if (channel->position < channel->limit) {
        block_offer(drive, channel->transfer);
    } else if (channel->transfer != IDE_MOVES_OUT) {
        atapi_read_on(drive);
    } else if (drive->parameters) {
        drive->parameters = false;
        atapi_mode_selected(drive);
    } else {
        memcpy(drive->packet, channel->buffer, IDE_PACKET);
        packet_run(drive);
    }
}
