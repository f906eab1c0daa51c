/* What the parts of the CD-ROM drive share: atapi.c (packets, table of commands), atapi_read.c (sectors), atapi_sector.c
 * (what surrounds a sector's data), atapi_info.c, atapi_medium.c and atapi_mode.c (replies). */
#ifndef DEVICES_ATAPI_H
#define DEVICES_ATAPI_H
#include "devices/ide_drive.h"

enum { ATAPI_SECTOR = 2048, ATAPI_RAW_SECTOR = 2352, ATAPI_LEAD_IN = 150, ATAPI_FRAMES = 75 };

/* Key << 16 | additional sense code << 8 | qualifier. */
enum {
    SENSE_NONE = 0, SENSE_READ_ERROR = 0x031100, SENSE_NO_MEDIUM = 0x023A00, SENSE_TRAY_OPEN = 0x023A02,
    SENSE_LIST_LENGTH = 0x051A00, SENSE_OPCODE = 0x052000, SENSE_RANGE = 0x052100, SENSE_FIELD = 0x052400,
    SENSE_LIST_FIELD = 0x052600, SENSE_SEQUENCE = 0x052C00, SENSE_WRONG_MEDIUM = 0x053002, SENSE_NOT_SAVED = 0x053900,
    SENSE_LOCKED = 0x055302, SENSE_WRONG_TRACK = 0x056400, SENSE_CHANGED = 0x062800
};

/* The parts of a mode 1 sector, in their order on the disc. */
enum { PART_SYNC = 1, PART_HEADER = 2, PART_DATA = 4, PART_EDC = 8, PARTS = 15 };

/* ---- atapi.c ---- */
void atapi_good(struct ide_drive *drive);
void atapi_fail(struct ide_drive *drive, u32 sense);
/* Sends, or takes, the first `bytes` of the buffer: by PIO in blocks of the host's limit, by DMA in one piece. */
void atapi_send(struct ide_drive *drive, u32 bytes);
void atapi_take(struct ide_drive *drive, u32 bytes);
bool atapi_medium_present(const struct ide_drive *drive);

/* ---- atapi_read.c ---- */
void atapi_read10(struct ide_drive *drive);
void atapi_read12(struct ide_drive *drive);
void atapi_read_cd(struct ide_drive *drive);
void atapi_read_cd_msf(struct ide_drive *drive);
void atapi_seek(struct ide_drive *drive);
/* The buffer has gone out: the next sectors, or the end. */
void atapi_read_on(struct ide_drive *drive);

/* ---- atapi_sector.c ---- */
/* Builds the whole mode 1 sector around the data that lie at byte 16 of `raw`. */
void atapi_sector_frame(u8 raw[ATAPI_RAW_SECTOR], u32 sector);
/* Three bytes of binary minute, second, frame: address on the disc. */
static inline u32 atapi_frame_of(const u8 *msf)
{
    return ((u32)msf[0] * 60 + msf[1]) * ATAPI_FRAMES + msf[2];
}

/* ---- replies made of the drive's state ----
 * Each fills `reply` (zeroed, ATAPI_REPLY bytes), returns its length or ATAPI_REFUSED(sense). */
enum { ATAPI_REPLY = 2052 };
#define ATAPI_REFUSED(sense) (1u << 31 | (sense))
/* atapi_info.c: the drive */
u32 atapi_inquiry(const struct ide_drive *drive, u8 *reply);
u32 atapi_sense(const struct ide_drive *drive, u8 *reply);
u32 atapi_configuration(const struct ide_drive *drive, u8 *reply);
u32 atapi_events(const struct ide_drive *drive, u8 *reply);
u32 atapi_mechanism(const struct ide_drive *drive, u8 *reply);
/* atapi_medium.c */
enum { PROFILE_NONE = 0, PROFILE_CD_ROM = 0x08, PROFILE_DVD_ROM = 0x10 };
u32 atapi_profile(const struct ide_drive *drive);
u32 atapi_capacity(const struct ide_drive *drive, u8 *reply);
u32 atapi_header(const struct ide_drive *drive, u8 *reply);
u32 atapi_toc(const struct ide_drive *drive, u8 *reply);
u32 atapi_subchannel(const struct ide_drive *drive, u8 *reply);
u32 atapi_disc_information(const struct ide_drive *drive, u8 *reply);
u32 atapi_track_information(const struct ide_drive *drive, u8 *reply);
u32 atapi_dvd_structure(const struct ide_drive *drive, u8 *reply);
/* atapi_mode.c */
u32 atapi_mode_sense(const struct ide_drive *drive, u8 *reply);
/* Asks for the parameter list; then the list is in the buffer. */
void atapi_mode_select(struct ide_drive *drive);
void atapi_mode_selected(struct ide_drive *drive);
void atapi_mode_restored(struct ide_drive *drive);

/* Big-endian fields of packets and replies. */
static inline u32 be16_get(const u8 *p) { return (u32)p[0] << 8 | p[1]; }
static inline u32 be24_get(const u8 *p) { return (u32)p[0] << 16 | be16_get(p + 1); }
static inline u32 be32_get(const u8 *p) { return be16_get(p) << 16 | be16_get(p + 2); }
static inline void be16_put(u8 *p, u32 value) { p[0] = (u8)(value >> 8); p[1] = (u8)value; }
static inline void be32_put(u8 *p, u32 value) { be16_put(p, value >> 16); be16_put(p + 2, value); }
#endif
