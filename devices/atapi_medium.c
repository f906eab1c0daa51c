/* The replies of the CD-ROM drive (devices/atapi.c) that describe the medium, with the sections of MMC-3 r10g. One session
 * with one track of mode 1 sectors is what an ISO image is; one that no CD can hold is a DVD. */
#include "devices/atapi.h"
#include <string.h>

enum { LEAD_OUT = 0xAA, DATA_TRACK = 0x14, MODE_1 = 1, CD_SECTORS = 449850 };
enum { DVD_FIRST_SECTOR = 0x30000, NO_AUDIO_STATUS = 0x15 };

static u32 medium_sectors(const struct ide_drive *drive)
{
    return drive->disk ? (u32)MIN(drive->disk->sectors, 0xFFFFFFFF) : 0;
}

u32 atapi_profile(const struct ide_drive *drive)
{
    if (!atapi_medium_present(drive)) return PROFILE_NONE;
    return medium_sectors(drive) > CD_SECTORS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

u32 atapi_capacity(const struct ide_drive *drive, u8 *reply)
{
    be32_put(reply, medium_sectors(drive) - 1);
    be32_put(reply + 4, ATAPI_SECTOR);
    return 8;
}

static void frame_put(u8 *field, u32 frame)
{
    field[0] = 0;
    field[1] = (u8)MIN(frame / (60 * ATAPI_FRAMES), 255);
    field[2] = (u8)(frame / ATAPI_FRAMES % 60);
    field[3] = (u8)(frame % ATAPI_FRAMES);
}

static void address_put(u8 *field, u32 sector, bool msf)
{
    if (msf) frame_put(field, sector + ATAPI_LEAD_IN);
    else be32_put(field, sector);
}

static bool wants_msf(const struct ide_drive *drive) { return drive->packet[1] & 2; }

/* READ HEADER, 6.19. */
u32 atapi_header(const struct ide_drive *drive, u8 *reply)
{
    u32 sector = be32_get(drive->packet + 2);
    if (sector >= medium_sectors(drive)) return ATAPI_REFUSED(SENSE_RANGE);
    reply[0] = MODE_1;
    address_put(reply + 4, sector, wants_msf(drive));
    return 8;
}

/* ---- READ TOC/PMA/ATIP, 6.25 ---- */
static u8 *track_put(u8 *entry, u8 track, u32 sector, bool msf)
{
    entry[1] = DATA_TRACK;
    entry[2] = track;
    address_put(entry + 4, sector, msf);
    return entry + 8;
}

static u8 *tracks_put(const struct ide_drive *drive, u8 *at)
{
    u8 start = drive->packet[6];
    bool msf = wants_msf(drive);
    if (start > 1 && start != LEAD_OUT) return NULL;
    if (start <= 1) at = track_put(at, 1, 0, msf);
    return track_put(at, LEAD_OUT, medium_sectors(drive), msf);
}

static u8 *sessions_put(const struct ide_drive *drive, u8 *at)
{
    return track_put(at, 1, 0, wants_msf(drive));
}

/* An entry of the lead-in's Q channel: POINT and an address in PMIN, PSEC, PFRAME. */
static u8 *point_put(u8 *entry, u8 point, u8 a, u8 b, u8 c)
{
    const u8 bytes[11] = { 1, DATA_TRACK, 0, point, 0, 0, 0, 0, a, b, c };
    memcpy(entry, bytes, sizeof bytes);
    return entry + sizeof bytes;
}

static u8 *points_put(const struct ide_drive *drive, u8 *at)
{
    u8 end[4];
    if (drive->packet[6] > 1) return NULL;
    frame_put(end, medium_sectors(drive) + ATAPI_LEAD_IN);
    at = point_put(at, 0xA0, 1, 0, 0);
    at = point_put(at, 0xA1, 1, 0, 0);
    at = point_put(at, 0xA2, end[1], end[2], end[3]);
    return point_put(at, 1, 0, 2, 0);
}

/* SFF-8020 drivers put the format into the top of byte 9. */
u32 atapi_toc(const struct ide_drive *drive, u8 *reply)
{
    static u8 *(*const formats[])(const struct ide_drive *, u8 *) = { tracks_put, sessions_put, points_put };
    const u8 *packet = drive->packet;
    u8 format = packet[2] & 15 ? packet[2] & 15 : packet[9] >> 6;
    u8 *end = format < ARRAY_LEN(formats) ? formats[format](drive, reply + 4) : NULL;
    if (!end) return ATAPI_REFUSED(SENSE_FIELD);
    be16_put(reply, (u32)(end - reply) - 2);
    reply[2] = reply[3] = 1;                   /* first and last track or session */
    return (u32)(end - reply);
}

/* ---- READ SUB-CHANNEL, 6.24 ---- */
/* Where the head is: at the sector that was read last or sought. */
static u32 position_put(const struct ide_drive *drive, u8 *at)
{
    u32 sector = (u32)MIN(drive->sector, medium_sectors(drive) - 1);
    at[1] = DATA_TRACK;
    at[2] = at[3] = 1;                         /* track and index */
    address_put(at + 4, sector, wants_msf(drive));
    if (wants_msf(drive)) frame_put(at + 8, sector);
    else be32_put(at + 8, sector);
    return 12;
}

/* There is neither a catalogue number nor an ISRC. */
static u32 catalogue_put(const struct ide_drive *drive, u8 *at)
{
    (void)drive, (void)at;
    return 20;
}

static u32 isrc_put(const struct ide_drive *drive, u8 *at)
{
    (void)drive;
    at[1] = DATA_TRACK;
    at[2] = 1;
    return 20;
}

u32 atapi_subchannel(const struct ide_drive *drive, u8 *reply)
{
    static u32 (*const formats[])(const struct ide_drive *, u8 *) = { NULL, position_put, catalogue_put, isrc_put };
    bool sub_q = drive->packet[2] & 0x40;
    u8 format = drive->packet[3];
    reply[1] = NO_AUDIO_STATUS;
    if (!sub_q) return 4;
    if (format >= ARRAY_LEN(formats) || !formats[format]) return ATAPI_REFUSED(SENSE_FIELD);
    reply[4] = format;
    u32 length = formats[format](drive, reply + 4);
    be16_put(reply + 2, length);
    return 4 + length;
}

/* ---- disc and track ---- */
/* READ DISC INFORMATION, 6.16: complete, one session, not erasable. */
u32 atapi_disc_information(const struct ide_drive *drive, u8 *reply)
{
    (void)drive;
    be16_put(reply, 32);
    reply[2] = 0x0E;
    reply[3] = reply[4] = reply[5] = reply[6] = 1;
    reply[7] = 0x20;
    memset(reply + 16, 0xFF, 8);
    return 34;
}

/* READ TRACK INFORMATION, 6.26, by address, track or session: track 1 is the whole disc. */
u32 atapi_track_information(const struct ide_drive *drive, u8 *reply)
{
    u8 type = drive->packet[1] & 3;
    u32 number = be32_get(drive->packet + 2);
    if (type == 0 && number >= medium_sectors(drive)) return ATAPI_REFUSED(SENSE_RANGE);
    if (type == 3 || (type && number > 1)) return ATAPI_REFUSED(SENSE_FIELD);
    be16_put(reply, 34);
    reply[2] = reply[3] = 1;
    reply[5] = 0x04;
    reply[6] = MODE_1;
    be32_put(reply + 24, medium_sectors(drive));
    return 36;
}

/* READ DVD STRUCTURE, 6.22: physical format (one layer), copyright (none), manufacturer's data (none). */
u32 atapi_dvd_structure(const struct ide_drive *drive, u8 *reply)
{
    static const struct { u8 format; u16 length; } formats[] = { { 0, 2052 }, { 1, 8 }, { 4, 2052 } };
    u8 format = drive->packet[7];
    if (atapi_profile(drive) != PROFILE_DVD_ROM) return ATAPI_REFUSED(SENSE_WRONG_MEDIUM);
    for (unsigned i = 0; i < ARRAY_LEN(formats); i++) {
        if (formats[i].format != format) continue;
        be16_put(reply, formats[i].length - 2u);
        if (format != 0) return formats[i].length;
        reply[4] = 0x01;                       /* DVD-ROM, version 1 */
        reply[5] = 0x02;                       /* 120 mm, 10.08 Mbit/s */
        reply[6] = 0x01;                       /* one embossed layer */
        be32_put(reply + 8, DVD_FIRST_SECTOR);
        be32_put(reply + 12, DVD_FIRST_SECTOR + medium_sectors(drive) - 1);
        return formats[i].length;
    }
    return ATAPI_REFUSED(SENSE_FIELD);
}
