/* IDENTIFY DEVICE and IDENTIFY PACKET DEVICE data: ATA/ATAPI-6 (T13/1410D) 8.15, 8.16; words by their numbers there. */
#include "devices/ide_drive.h"
#include <stdio.h>
#include <string.h>

enum { WORDS = 256, SIGNATURE = 0xA5 };

struct identify_word { u8 word; u16 value; };

static const struct identify_word disk_words[] = {
    { 0, 0x0040 },                  /* fixed disk */
    { 2, 0xC837 },                  /* needs no SET FEATURES to spin up; these data are whole */
    { 20, 3 }, { 21, IDE_BUFFER / IDE_SECTOR }, { 22, 4 },    /* obsolete: buffer, bytes of ECC */
    { 47, 0x8010 },                 /* READ MULTIPLE of up to 16 sectors */
    { 48, 0x0001 },                 /* dwords by the data port */
    { 49, 0x2F00 },                 /* DMA, LBA, IORDY, the standard's standby timer */
    { 50, 0x4000 }, { 51, 0x0200 }, { 53, 0x0007 },
    { 63, 0x0007 },                 /* multiword DMA 0-2 */
    { 64, 0x0003 },                 /* PIO 3 and 4 */
    { 65, 120 }, { 66, 120 }, { 67, 120 }, { 68, 120 },
    { 80, 0x007E },                 /* ATA-1 to ATA/ATAPI-6 */
    { 82, 0x7069 },                 /* NOP, read and write buffer, look-ahead, write cache, power management, SMART */
    { 83, 0x7400 },                 /* FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses */
    { 84, 0x4003 },                 /* SMART self-tests and error log */
    { 85, 0x7008 }, { 86, 0x3400 }, { 87, 0x4003 },
    { 88, 0x003F },                 /* Ultra DMA 0-5 */
};

static const struct identify_word cd_words[] = {
    { 0, 0x85C0 },                  /* packet device, CD-ROM, removable, DRQ within 50 us, 12-byte packets */
    { 2, 0xC837 },
    { 49, 0x0F00 }, { 50, 0x4000 }, { 51, 0x0200 }, { 53, 0x0006 },
    { 63, 0x0007 }, { 64, 0x0003 }, { 65, 120 }, { 66, 120 }, { 67, 120 }, { 68, 120 },
    { 71, 30 }, { 72, 30 },
    { 80, 0x007E },
    { 82, 0x4218 },                 /* NOP, DEVICE RESET, packet commands, power management */
    { 83, 0x5000 }, { 84, 0x4000 }, { 85, 0x4218 }, { 86, 0x1000 }, { 87, 0x4000 },
    { 88, 0x003F },
    { 125, 0xFFFE },                /* what a byte count limit of 0 means */
};

/* ATA strings: space padded, the first character in the high byte of the first word. */
static void string_put(u16 *words, unsigned word, unsigned count, const char *text)
{
    size_t length = strlen(text);
    for (unsigned i = 0; i < 2 * count; i++) {
        u8 letter = i < length ? (u8)text[i] : ' ';
        if (i & 1) words[word + i / 2] |= letter;
        else words[word + i / 2] = (u16)(letter << 8);
    }
}

static void strings_put(u16 *words, const struct ide_drive *drive)
{
    unsigned channel = (unsigned)(drive->channel - drive->channel->ide->channel);
    char serial[21];
    snprintf(serial, sizeof serial, "T86-%06u", channel * IDE_UNITS + drive->unit + 1);
    string_put(words, 10, 10, serial);
    string_put(words, 23, 4, "1.0");
    string_put(words, 27, 20, drive->kind == IDE_CDROM ? "TRAP86 CD-ROM" : "TRAP86 DISK");
}

static void capacity_put(u16 *words, unsigned word, unsigned count, u64 value)
{
    for (unsigned i = 0; i < count; i++)
        words[word + i] = (u16)(value >> 16 * i);
}

/* Words 1, 3, 6 are the default translation, words 54-58 the one in force. */
static void disk_put(u16 *words, const struct ide_drive *drive)
{
    u64 sectors = drive->disk->sectors;
    struct ide_drive native = *drive;
    ata_geometry_default(&native);
    words[1] = (u16)native.cylinders;
    words[3] = (u16)native.heads;
    words[6] = (u16)native.sectors_per_track;
    words[54] = (u16)drive->cylinders;
    words[55] = (u16)drive->heads;
    words[56] = (u16)drive->sectors_per_track;
    capacity_put(words, 57, 2, drive->cylinders * drive->heads * drive->sectors_per_track);
    words[59] = drive->multiple ? 0x0100 | drive->multiple : 0;
    capacity_put(words, 60, 2, MIN(sectors, IDE_LBA28_SECTORS));
    words[85] |= drive->smart | drive->write_cache << 5 | drive->look_ahead << 6;
    capacity_put(words, 100, 4, sectors);
}

/* Word 93, hardware reset result: an 80-conductor cable, numbers by jumper, diagnostics passed. Drive 0 also tells
 * whether it answers for drive 1, which saves firmware the search for it. */
static u16 reset_result(const struct ide_drive *drive)
{
    if (drive->unit) return 0x6B00;
    return drive->channel->drive[1].kind == IDE_NONE ? 0x604B : 0x600B;
}

static void mode_put(u16 *words, u8 mode)
{
    unsigned word = (mode & 0xF8) == IDE_MULTIWORD_DMA ? 63 : (mode & 0xF8) == IDE_ULTRA_DMA ? 88 : 0;
    if (word) words[word] |= (u16)(0x100 << (mode & 7));
}

/* Word 255: with it the sum of all bytes is zero. */
static void checksum_put(u8 *bytes)
{
    u8 sum = SIGNATURE;
    for (unsigned i = 0; i < IDE_SECTOR - 2; i++) sum += bytes[i];
    bytes[IDE_SECTOR - 2] = SIGNATURE;
    bytes[IDE_SECTOR - 1] = (u8)-sum;
}

void identify_fill(const struct ide_drive *drive, u8 *bytes)
{
    bool cd = drive->kind == IDE_CDROM;
    const struct identify_word *rows = cd ? cd_words : disk_words;
    unsigned count = cd ? ARRAY_LEN(cd_words) : ARRAY_LEN(disk_words);
    u16 words[WORDS] = { 0 };
    for (unsigned i = 0; i < count; i++)
        words[rows[i].word] = rows[i].value;
    strings_put(words, drive);
    words[93] = reset_result(drive);
    if (!cd) disk_put(words, drive);
    mode_put(words, drive->dma_mode);
    memcpy(bytes, words, sizeof words);
    checksum_put(bytes);
}
