/* MODE SENSE and MODE SELECT of the CD-ROM drive, with 6 and 10 bytes: SPC-2 7.9 and 8.3, pages of SFF-8020i 10.8.6 and
 * MMC-3 5.5. MODE SELECT changes the bits that can be changed and passes over the others. Nothing is saved. The medium
 * type of the header is SFF-8020i's, which CD drivers look at. */
#include "devices/atapi.h"
#include <string.h>

enum { TEN_SENSE = 0x5A, TEN_SELECT = 0x55, ALL_PAGES = 0x3F, CAPABILITIES = 0x2A, LIST_MAX = 512 };
enum { CONTROL_CURRENT, CONTROL_CHANGEABLE, CONTROL_DEFAULT, CONTROL_SAVED };
enum { DATA_DISC = 0x01, NO_DISC = 0x70, DOOR_OPEN = 0x71 };
enum { SPEED = 50 * 176 };                 /* kB/s */

/* A page that can be changed: its values after the two bytes of its head. */
struct mode_page { u8 code, length, values[14], changeable[14]; };

static const struct mode_page pages[] = {
    { 0x01, 6, { 0, 5 }, { 0x3F, 0xFF } },                                          /* error recovery: 5 retries */
    { 0x0D, 6, { 0, 0, 0, 60, 0, 75 }, { 0, 0x0F } },                               /* CD device: inactivity, S, F */
    { 0x0E, 14, { 0x04, 0, 0, 0, 0, 0, 1, 0xFF, 2, 0xFF },                          /* audio: two ports, full volume */
                { 0x02, 0, 0, 0, 0, 0, 0x0F, 0xFF, 0x0F, 0xFF } },
};

/* Where the page's current values lie in drive->mode. */
static u32 page_at(const struct mode_page *page)
{
    u32 at = 0;
    for (const struct mode_page *before = pages; before < page; before++) at += before->length;
    return at;
}

/* 5.5.10: reads CD-R, CD-RW, DVD-ROM, plays audio, multi-session, mode 2; tray, lock, eject. */
static u8 *capabilities_put(const struct ide_drive *drive, u8 *at)
{
    at[0] = CAPABILITIES;
    at[1] = 18;
    at[2] = 0x0B;
    at[4] = 0x71;
    at[6] = (u8)(0x29 | drive->tray_locked << 1);
    at[7] = 0x03;                          /* volume and mute by channel */
    be16_put(at + 8, SPEED);
    be16_put(at + 10, 256);
    be16_put(at + 12, 512);
    be16_put(at + 14, SPEED);
    return at + 20;
}

static u8 *page_put(const struct ide_drive *drive, u8 *at, const struct mode_page *page, u8 control)
{
    at[0] = page->code;
    at[1] = page->length;
    memcpy(at + 2, control == CONTROL_CURRENT ? drive->mode + page_at(page)
                   : control == CONTROL_CHANGEABLE ? page->changeable : page->values, page->length);
    return at + 2 + page->length;
}

static u8 *pages_put(const struct ide_drive *drive, u8 *at)
{
    u8 code = drive->packet[2] & ALL_PAGES, control = drive->packet[2] >> 6;
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++)
        if (code == pages[i].code || code == ALL_PAGES) at = page_put(drive, at, &pages[i], control);
    if (code != CAPABILITIES && code != ALL_PAGES) return at;
    u8 *end = capabilities_put(drive, at);
    if (control == CONTROL_CHANGEABLE) memset(at + 2, 0, end - at - 2);
    return end;
}

u32 atapi_mode_sense(const struct ide_drive *drive, u8 *reply)
{
    bool ten = drive->packet[0] == TEN_SENSE;
    u8 *first = reply + (ten ? 8 : 4), *end = pages_put(drive, first);
    if (drive->packet[2] >> 6 == CONTROL_SAVED) return ATAPI_REFUSED(SENSE_NOT_SAVED);
    if (end == first) return ATAPI_REFUSED(SENSE_FIELD);
    reply[ten ? 2 : 1] = drive->tray_open ? DOOR_OPEN : drive->disk ? DATA_DISC : NO_DISC;
    if (ten) be16_put(reply, (u32)(end - reply) - 2);
    else reply[0] = (u8)(end - reply - 1);
    return (u32)(end - reply);
}

void atapi_mode_select(struct ide_drive *drive)
{
    const u8 *packet = drive->packet;
    u32 length = packet[0] == TEN_SELECT ? be16_get(packet + 7) : packet[4];
    if ((packet[1] & 1) || length > LIST_MAX) atapi_fail(drive, SENSE_FIELD);
    else atapi_take(drive, length);
}

static const struct mode_page *page_find(u8 code)
{
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++)
        if (pages[i].code == code) return &pages[i];
    return NULL;
}

static void page_take(struct ide_drive *drive, const struct mode_page *page, const u8 *values)
{
    u8 *current = drive->mode + page_at(page);
    for (unsigned i = 0; i < page->length; i++)
        current[i] = (current[i] & ~page->changeable[i]) | (values[i] & page->changeable[i]);
}

/* Checks all pages from `at` on, or takes them. Returns a sense code. */
static u32 pages_walk(struct ide_drive *drive, const u8 *at, const u8 *end, bool take)
{
    while (at < end) {
        const struct mode_page *page = page_find(at[0] & ALL_PAGES);
        if (end - at < 2) return SENSE_LIST_LENGTH;
        if (!page || at[1] != page->length) return SENSE_LIST_FIELD;
        if (end - at < 2 + page->length) return SENSE_LIST_LENGTH;
        if (take) page_take(drive, page, at + 2);
        at += 2 + page->length;
    }
    return SENSE_NONE;
}

void atapi_mode_selected(struct ide_drive *drive)
{
    const u8 *list = drive->channel->buffer, *end = list + drive->channel->limit;
    bool ten = drive->packet[0] == TEN_SELECT;
    u32 header = ten ? 8 : 4, length = drive->channel->limit;
    if (length >= header) header += ten ? be16_get(list + 6) : list[3];            /* block descriptors are passed over */
    u32 sense = length < header ? SENSE_LIST_LENGTH : pages_walk(drive, list + header, end, false);
    if (sense) {
        atapi_fail(drive, sense);
        return;
    }
    pages_walk(drive, list + header, end, true);
    atapi_good(drive);
}

void atapi_mode_default(struct ide_drive *drive)
{
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++)
        memcpy(drive->mode + page_at(&pages[i]), pages[i].values, pages[i].length);
}

void atapi_mode_restored(struct ide_drive *drive)
{
    u8 loaded[sizeof drive->mode];
    memcpy(loaded, drive->mode, sizeof loaded);
    atapi_mode_default(drive);
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++) page_take(drive, &pages[i], loaded + page_at(&pages[i]));
}
