/* The replies of the CD-ROM drive (devices/atapi.c) that describe the drive: SPC-2 and MMC-3, with the sections of MMC-3
 * r10g. */
#include "devices/atapi.h"
#include <string.h>

static void text_put(u8 *field, u32 width, const char *text)
{
    size_t length = strlen(text);
    memset(field, ' ', width);
    memcpy(field, text, MIN(length, width));
}

/* SPC-2 7.3; vital product data is not offered. */
u32 atapi_inquiry(const struct ide_drive *drive, u8 *reply)
{
    if (drive->packet[1] & 3) return ATAPI_REFUSED(SENSE_FIELD);
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

/* ---- GET CONFIGURATION, 6.6 ---- */
struct feature_row { u16 code; u8 version_flags, length; u8 bytes[8]; };

/* 5.3; bit 0 of version_flags is "current whatever the medium", bit 1 "persistent". */
static const struct feature_row features[] = {
    { 0x0001, 0x03, 4, { 0, 0, 0, 2 } },                            /* core, ATAPI */
    { 0x0002, 0x03, 4, { 0 } },                                     /* morphing */
    { 0x0003, 0x03, 4, { 0x29 } },                                  /* removable: tray, eject, lock */
    { 0x0010, 0x00, 8, { 0, 0, 8, 0, 0, 1, 0, 0 } },                /* random readable, 2048 bytes */
    { 0x001E, 0x00, 4, { 0 } },                                     /* CD read */
    { 0x001F, 0x00, 0, { 0 } },                                     /* DVD read */
    { 0x0100, 0x03, 0, { 0 } },                                     /* power management */
};

static bool feature_current(const struct ide_drive *drive, const struct feature_row *row)
{
    u32 profile = atapi_profile(drive);
    if (row->version_flags & 1) return true;
    if (row->code == 0x001E) return profile == PROFILE_CD_ROM;
    if (row->code == 0x001F) return profile == PROFILE_DVD_ROM;
    return profile != PROFILE_NONE;
}

static u8 *profiles_put(const struct ide_drive *drive, u8 *at)
{
    static const u16 profiles[] = { PROFILE_DVD_ROM, PROFILE_CD_ROM };
    const u8 head[4] = { 0, 0, 0x03, sizeof profiles * 2 };
    memcpy(at, head, sizeof head);
    at += sizeof head;
    for (unsigned i = 0; i < ARRAY_LEN(profiles); i++, at += 4) {
        be16_put(at, profiles[i]);
        at[2] = atapi_profile(drive) == profiles[i];
    }
    return at;
}

static u8 *feature_put(const struct ide_drive *drive, u8 *at, const struct feature_row *row)
{
    be16_put(at, row->code);
    at[2] = row->version_flags | feature_current(drive, row);
    at[3] = row->length;
    memcpy(at + 4, row->bytes, row->length);
    return at + 4 + row->length;
}

/* RT 0: all from the starting feature, 1: current ones, 2: that one. */
u32 atapi_configuration(const struct ide_drive *drive, u8 *reply)
{
    u8 type = drive->packet[1] & 3;
    u32 start = be16_get(drive->packet + 2);
    u8 *at = reply + 8;
    if (type == 3) return ATAPI_REFUSED(SENSE_FIELD);
    if (start == 0) at = profiles_put(drive, at);
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        const struct feature_row *row = &features[i];
        if (type == 2 ? row->code == start : row->code >= start && (type == 0 || feature_current(drive, row)))
            at = feature_put(drive, at, row);
    }
    be32_put(reply, (u32)(at - reply) - 4);
    be16_put(reply + 6, atapi_profile(drive));
    return (u32)(at - reply);
}

/* ---- GET EVENT STATUS NOTIFICATION, 6.7 ---- */
enum { CLASS_OPERATIONAL = 1, CLASS_POWER = 2, CLASS_MEDIA = 4, CLASSES = 1 << 1 | 1 << 2 | 1 << 4, NO_CLASS = 0x80 };
enum { MEDIA_EJECT_REQUEST = 1, MEDIA_NEW = 2, MEDIA_REMOVAL = 3, POWER_ACTIVE = 1 };

/* Polled only. The drive's operation and power never change by themselves, so that a media event comes first; without
 * one, the lowest class that was asked for. */
u32 atapi_events(const struct ide_drive *drive, u8 *reply)
{
    u8 wanted = drive->packet[4] & CLASSES, class = CLASS_OPERATIONAL;
    bool present = atapi_medium_present(drive), happened = drive->medium_event || drive->eject_requested;
    if (!(drive->packet[1] & 1)) return ATAPI_REFUSED(SENSE_FIELD);
    reply[3] = CLASSES;
    if (!wanted) {
        be16_put(reply, 2);
        reply[2] = NO_CLASS;
        return 4;
    }
    while (!(wanted >> class & 1)) class++;
    if (happened && (wanted >> CLASS_MEDIA & 1)) class = CLASS_MEDIA;
    be16_put(reply, 6);
    reply[2] = class;
    if (class == CLASS_POWER) reply[5] = POWER_ACTIVE;
    if (class != CLASS_MEDIA) return 8;
    reply[4] = drive->eject_requested ? MEDIA_EJECT_REQUEST : !drive->medium_event ? 0 : present ? MEDIA_NEW : MEDIA_REMOVAL;
    reply[5] = (u8)(drive->tray_open | present << 1);
    return 8;
}

/* MECHANISM STATUS, 6.12: no changer. */
u32 atapi_mechanism(const struct ide_drive *drive, u8 *reply)
{
    reply[1] = (u8)(drive->tray_open << 4);
    return 8;
}
