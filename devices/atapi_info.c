/* The replies of the CD-ROM drive (devices/atapi.c) that describe it and its medium: SPC-2 and MMC-3, with the sections
 * of MMC-3 r10g. One session with one data track is what an ISO image is. */
#include "devices/ide_drive.h"
#include <string.h>

enum { LEAD_OUT = 0xAA, DATA_TRACK = 0x14, LEAD_IN_FRAMES = 150, SECTOR = 2048, CD_SECTORS = 449850 };
enum { PROFILE_CD_ROM = 0x08, PROFILE_DVD_ROM = 0x10 };

static u32 medium_sectors(const struct ide_drive *drive)
{
    return drive->disk ? (u32)MIN(drive->disk->sectors, 0xFFFFFFFF) : 0;
}

static u32 medium_profile(const struct ide_drive *drive)
{
    if (!atapi_medium_present(drive)) return 0;
    return medium_sectors(drive) > CD_SECTORS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

static void text_put(u8 *field, u32 width, const char *text)
{
    size_t length = strlen(text);
    memset(field, ' ', width);
    memcpy(field, text, MIN(length, width));
}

/* SPC-2 7.3; vital product data is not offered. */
u32 atapi_inquiry(const struct ide_drive *drive, u8 *reply)
{
    if (drive->packet[1] & 3) return 0;
    reply[0] = 0x05;                 /* CD-ROM device */
    reply[1] = 0x80;                 /* removable */
    reply[3] = 0x21;                 /* ATAPI, response format 1 (SFF-8020) */
    reply[4] = 31;
    text_put(reply + 8, 8, "TRAP86");
    text_put(reply + 16, 16, "CD-ROM");
    text_put(reply + 32, 4, "1.0");
    return 36;
}

u32 atapi_sense(const struct ide_drive *drive, u8 *reply)
{
    reply[0] = 0x70;
    reply[2] = drive->sense_key;
    reply[7] = 10;
    reply[12] = drive->sense_code;
    reply[13] = drive->sense_qualifier;
    return 18;
}

u32 atapi_capacity(const struct ide_drive *drive, u8 *reply)
{
    be32_put(reply, medium_sectors(drive) - 1);
    be32_put(reply + 4, SECTOR);
    return 8;
}

static void address_put(u8 *field, u32 sector, bool msf)
{
    u32 frame = sector + LEAD_IN_FRAMES;
    if (!msf) {
        be32_put(field, sector);
        return;
    }
    field[0] = 0;
    field[1] = (u8)MIN(frame / (75 * 60), 255);
    field[2] = (u8)(frame / 75 % 60);
    field[3] = (u8)(frame % 75);
}

static u8 *track_put(u8 *entry, u8 track, u32 sector, bool msf)
{
    entry[1] = DATA_TRACK;
    entry[2] = track;
    address_put(entry + 4, sector, msf);
    return entry + 8;
}

/* An entry of the lead-in's Q channel as format 2 gives it: POINT and an address in PMIN, PSEC, PFRAME. */
static u8 *point_put(u8 *entry, u8 point, u8 a, u8 b, u8 c)
{
    const u8 bytes[11] = { 1, DATA_TRACK, 0, point, 0, 0, 0, 0, a, b, c };
    memcpy(entry, bytes, sizeof bytes);
    return entry + sizeof bytes;
}

static u8 *full_toc_put(const struct ide_drive *drive, u8 *at)
{
    u8 end[4];
    address_put(end, medium_sectors(drive), true);
    at = point_put(at, 0xA0, 1, 0, 0);
    at = point_put(at, 0xA1, 1, 0, 0);
    at = point_put(at, 0xA2, end[1], end[2], end[3]);
    return point_put(at, 1, 0, 2, 0);
}

/* READ TOC/PMA/ATIP, 6.25. SFF-8020 drivers put the format into the top of byte 9. */
u32 atapi_toc(const struct ide_drive *drive, u8 *reply)
{
    const u8 *packet = drive->packet;
    bool msf = packet[1] & 2;
    u8 format = packet[2] & 15 ? packet[2] & 15 : packet[9] >> 6, start = packet[6];
    u8 *at = reply + 4;
    reply[2] = reply[3] = 1;
    if (format == 0) {
        if (start > 1 && start != LEAD_OUT) return 0;
        if (start <= 1) at = track_put(at, 1, 0, msf);
        at = track_put(at, LEAD_OUT, medium_sectors(drive), msf);
    } else if (format == 1) {
        at = track_put(at, 1, 0, msf);
    } else if (format == 2) {
        at = full_toc_put(drive, at);
    } else {
        return 0;
    }
    be16_put(reply, (u32)(at - reply) - 2);
    return (u32)(at - reply);
}

/* READ SUB-CHANNEL: no audio status, no sub-channel data. */
u32 atapi_subchannel(const struct ide_drive *drive, u8 *reply)
{
    (void)drive;
    reply[1] = 0x15;
    return 4;
}

static u8 *recovery_page(const struct ide_drive *drive, u8 *page)
{
    (void)drive;
    page[0] = 0x01;
    page[1] = 6;
    page[3] = 5;                     /* retries */
    return page + 8;
}

/* 5.5.10: reads CD-R, CD-RW, DVD-ROM, multi-session, mode 2; tray, lock, eject; 50x of 176 kB/s. */
static u8 *capabilities_page(const struct ide_drive *drive, u8 *page)
{
    page[0] = 0x2A;
    page[1] = 18;
    page[2] = 0x0B;
    page[4] = 0x70;
    page[6] = (u8)(0x29 | drive->tray_locked << 1);
    be16_put(page + 8, 50 * 176);
    be16_put(page + 12, 512);
    be16_put(page + 14, 50 * 176);
    return page + 20;
}

/* MODE SENSE (6) and (10): current values; changeable values are none, so zero. No block descriptor. */
u32 atapi_mode_sense(const struct ide_drive *drive, u8 *reply)
{
    bool ten = drive->packet[0] == 0x5A;
    u8 page = drive->packet[2] & 0x3F, control = drive->packet[2] >> 6;
    u32 header = ten ? 8 : 4;
    u8 *at = reply + header, *end;
    if (page == 0x01 || page == 0x3F) at = recovery_page(drive, at);
    if (page == 0x2A || page == 0x3F) at = capabilities_page(drive, at);
    end = at;
    if (end == reply + header || control == 3) return 0;
    if (control == 1)
        for (at = reply + header; at < end; at += 2 + at[1])
            memset(at + 2, 0, at[1]);
    reply[ten ? 2 : 1] = !drive->disk || drive->tray_open ? 0x70 + drive->tray_open : 0x01;
    if (ten) be16_put(reply, (u32)(end - reply) - 2);
    else reply[0] = (u8)(end - reply - 1);
    return (u32)(end - reply);
}

struct feature_row { u16 code; u8 version_flags, length; u8 bytes[8]; };

/* 5.3; bit 0 of version_flags is "current whatever the medium", bit 1 "persistent". */
static const struct feature_row features[] = {
    { 0x0001, 0x03, 4, { 0, 0, 0, 2 } },                            /* core, ATAPI */
    { 0x0002, 0x03, 4, { 0 } },                                     /* morphing */
    { 0x0003, 0x03, 4, { 0x29 } },                                  /* removable: tray, eject, lock */
    { 0x0010, 0x00, 8, { 0, 0, 8, 0, 0, 1, 0, 0 } },                /* random readable, 2048 bytes */
    { 0x001E, 0x00, 4, { 0 } },                                     /* CD read */
    { 0x001F, 0x00, 0, { 0 } },                                     /* DVD read */
};

static bool feature_current(const struct ide_drive *drive, u16 code)
{
    u32 profile = medium_profile(drive);
    if (code == 0x001E) return profile == PROFILE_CD_ROM;
    if (code == 0x001F) return profile == PROFILE_DVD_ROM;
    return profile != 0;
}

static u8 *profiles_put(const struct ide_drive *drive, u8 *at)
{
    static const u16 profiles[] = { PROFILE_DVD_ROM, PROFILE_CD_ROM };
    const u8 head[4] = { 0, 0, 0x03, sizeof profiles * 2 };
    memcpy(at, head, sizeof head);
    at += sizeof head;
    for (unsigned i = 0; i < ARRAY_LEN(profiles); i++, at += 4) {
        be16_put(at, profiles[i]);
        at[2] = medium_profile(drive) == profiles[i];
    }
    return at;
}

static u8 *feature_put(const struct ide_drive *drive, u8 *at, const struct feature_row *row)
{
    be16_put(at, row->code);
    at[2] = row->version_flags | feature_current(drive, row->code);
    at[3] = row->length;
    memcpy(at + 4, row->bytes, row->length);
    return at + 4 + row->length;
}

/* GET CONFIGURATION, 6.6. RT 0: all from the starting feature, 1: current ones, 2: that one. */
u32 atapi_configuration(const struct ide_drive *drive, u8 *reply)
{
    u8 type = drive->packet[1] & 3;
    u32 start = be16_get(drive->packet + 2);
    u8 *at = reply + 8;
    if (type == 3) return 0;
    if (start == 0) at = profiles_put(drive, at);
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        const struct feature_row *row = &features[i];
        bool current = (row->version_flags & 1) || feature_current(drive, row->code);
        if (type == 2 ? row->code == start : row->code >= start && (type == 0 || current))
            at = feature_put(drive, at, row);
    }
    be32_put(reply, (u32)(at - reply) - 4);
    be16_put(reply + 6, medium_profile(drive));
    return (u32)(at - reply);
}

/* GET EVENT STATUS NOTIFICATION, 6.7: polled only, media class only. */
u32 atapi_events(const struct ide_drive *drive, u8 *reply)
{
    bool media = drive->packet[4] & 0x10;
    if (!(drive->packet[1] & 1)) return 0;
    reply[3] = 0x10;
    if (!media) {
        be16_put(reply, 2);
        reply[2] = 0x80;             /* no event available */
        return 4;
    }
    be16_put(reply, 6);
    reply[2] = 4;
    reply[4] = !drive->medium_event ? 0 : atapi_medium_present(drive) ? 2 : 3;    /* none, new medium, removal */
    reply[5] = (u8)(drive->tray_open | atapi_medium_present(drive) << 1);
    return 8;
}

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

/* READ TRACK INFORMATION, 6.26: track 1 is the whole disc. */
u32 atapi_track_information(const struct ide_drive *drive, u8 *reply)
{
    u8 type = drive->packet[1] & 3;
    u32 number = be32_get(drive->packet + 2);
    if (type == 0 ? number >= medium_sectors(drive) : number > 1 || type == 3) return 0;
    be16_put(reply, 34);
    reply[2] = reply[3] = 1;
    reply[5] = 0x04;
    reply[6] = 0x01;
    be32_put(reply + 24, medium_sectors(drive));
    return 36;
}

/* MECHANISM STATUS, 6.12: no changer. */
u32 atapi_mechanism(const struct ide_drive *drive, u8 *reply)
{
    reply[1] = (u8)(drive->tray_open << 4);
    return 8;
}
