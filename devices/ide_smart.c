/* SMART of a disk that is well: ATA/ATAPI-6 8.52, attributes as disks of its time have them (SFF-8035i). Tests end at
 * once and pass. Logs: directory, error summary (empty), self-tests (the last one). No log can be written. */
#include "devices/ide_drive.h"
#include <string.h>

enum { KEY_MID = 0x4F, KEY_HIGH = 0xC2 };
enum { ENTRY_BYTES = 12, ENTRIES_AT = 2, STRUCTURE_REVISION = 0x0010, SELF_TEST_BYTES = 24 };
enum { LOG_DIRECTORY = 0x00, LOG_ERRORS = 0x01, LOG_SELF_TESTS = 0x06 };
enum { TEST_OFFLINE = 0x00, TEST_ABORT = 0x7F, TEST_CAPTIVE = 0x80 };

/* Flags: 1 pre-failure, 2 updated at once, 10h counts events, 20h kept by itself. */
struct attribute { u8 id, flags, value, threshold, raw; };

static const struct attribute attributes[] = {
    { 1, 0x0B, 100, 51, 0 },             /* read errors */
    { 3, 0x07, 100, 21, 0 },             /* spin-up time */
    { 4, 0x32, 100, 0, 1 },              /* starts */
    { 5, 0x33, 100, 36, 0 },             /* reallocated sectors */
    { 9, 0x32, 100, 0, 0 },              /* hours of power-on; filled in */
    { 12, 0x32, 100, 0, 1 },             /* power cycles */
    { 194, 0x22, 69, 0, 31 },            /* degrees Celsius */
    { 197, 0x32, 100, 0, 0 },            /* sectors that may be bad */
};
enum { ATTRIBUTE_HOURS = 9 };

static void le16_put(u8 *at, u32 value)
{
    at[0] = (u8)value;
    at[1] = (u8)(value >> 8);
}

/* The last byte makes the sum of all 512 zero. */
static void checksum_put(u8 *sector)
{
    u8 sum = 0;
    for (unsigned i = 0; i < IDE_SECTOR - 1; i++) sum += sector[i];
    sector[IDE_SECTOR - 1] = (u8)-sum;
}

static u32 hours_now(const struct ide_drive *drive)
{
    const struct clock *clock = drive->channel->ide->dev.board->clock;
    return (u32)(clock_now(clock) / clock->hz / 3600);
}

static void data_fill(const struct ide_drive *drive, u8 *sector)
{
    le16_put(sector, STRUCTURE_REVISION);
    for (unsigned i = 0; i < ARRAY_LEN(attributes); i++) {
        const struct attribute *row = &attributes[i];
        u8 *at = sector + ENTRIES_AT + i * ENTRY_BYTES;
        at[0] = row->id;
        at[1] = row->flags;
        at[3] = at[4] = row->value;
        le16_put(at + 5, row->id == ATTRIBUTE_HOURS ? hours_now(drive) : row->raw);
    }
    sector[367] = 0x11;                  /* off-line data at once, self-tests */
    sector[368] = 0x03;                  /* attributes are kept */
    sector[370] = 0x01;                  /* error log */
    sector[372] = sector[373] = 1;       /* minutes to ask for a test's result after */
    checksum_put(sector);
}

static void thresholds_fill(const struct ide_drive *drive, u8 *sector)
{
    (void)drive;
    le16_put(sector, STRUCTURE_REVISION);
    for (unsigned i = 0; i < ARRAY_LEN(attributes); i++) {
        sector[ENTRIES_AT + i * ENTRY_BYTES] = attributes[i].id;
        sector[ENTRIES_AT + i * ENTRY_BYTES + 1] = attributes[i].threshold;
    }
    checksum_put(sector);
}

static void directory_fill(const struct ide_drive *drive, u8 *sector)
{
    (void)drive;
    sector[0] = 1;
    sector[2 * LOG_ERRORS] = sector[2 * LOG_SELF_TESTS] = 1;
}

static void errors_fill(const struct ide_drive *drive, u8 *sector)
{
    (void)drive;
    sector[0] = 1;
    checksum_put(sector);
}

static void self_tests_fill(const struct ide_drive *drive, u8 *sector)
{
    sector[0] = 1;
    if (drive->self_test) {
        sector[2] = drive->self_test;
        le16_put(sector + 4, drive->self_test_hours);
        memset(sector + 6, 0xFF, 1 + 4);                 /* no checkpoint, no failing sector */
        sector[508] = 1;
    }
    checksum_put(sector);
}

static void reply(struct ide_drive *drive, void (*fill)(const struct ide_drive *, u8 *))
{
    memset(drive->channel->buffer, 0, IDE_SECTOR);
    fill(drive, drive->channel->buffer);
    ata_reply(drive);
}

static void read_data(struct ide_drive *drive) { reply(drive, data_fill); }
static void read_thresholds(struct ide_drive *drive) { reply(drive, thresholds_fill); }

static void read_log(struct ide_drive *drive)
{
    static const struct { u8 log; void (*fill)(const struct ide_drive *, u8 *); } logs[] = {
        { LOG_DIRECTORY, directory_fill }, { LOG_ERRORS, errors_fill }, { LOG_SELF_TESTS, self_tests_fill },
    };
    for (unsigned i = 0; i < ARRAY_LEN(logs); i++)
        if (logs[i].log == drive->task.low && drive->task.count == 1) {
            reply(drive, logs[i].fill);
            return;
        }
    ide_abort(drive);
}

static void autosave_set(struct ide_drive *drive)
{
    if (drive->task.count != 0x00 && drive->task.count != 0xF1) {
        ide_abort(drive);
        return;
    }
    drive->smart_autosave = drive->task.count;
    ide_good(drive);
}

/* EXECUTE OFF-LINE IMMEDIATE: short and extended self-tests, captive or not, and the collection of data. */
static void test_run(struct ide_drive *drive)
{
    u8 test = drive->task.low, kind = test & ~TEST_CAPTIVE;
    if (kind > 2 && test != TEST_ABORT) {
        ide_abort(drive);
        return;
    }
    if (kind == 1 || kind == 2) {
        drive->self_test = test;
        drive->self_test_hours = (u16)hours_now(drive);
    }
    ide_good(drive);
}

static void enable(struct ide_drive *drive)
{
    drive->smart = true;
    ide_good(drive);
}

static void disable(struct ide_drive *drive)
{
    drive->smart = false;
    ide_good(drive);
}

/* RETURN STATUS: the key stays in the registers; a disk about to fail gives F4h and 2Ch. */
static const struct { u8 feature; void (*run)(struct ide_drive *drive); } functions[] = {
    { 0xD0, read_data }, { 0xD1, read_thresholds }, { 0xD2, autosave_set }, { 0xD3, ide_good },
    { 0xD4, test_run }, { 0xD5, read_log }, { 0xD8, enable }, { 0xD9, disable }, { 0xDA, ide_good },
};

void ata_smart(struct ide_drive *drive, unsigned flags)
{
    const struct ide_taskfile *task = &drive->task;
    bool known = task->mid == KEY_MID && task->high == KEY_HIGH;
    (void)flags;
    for (unsigned i = 0; known && i < ARRAY_LEN(functions); i++)
        if (functions[i].feature == task->feature && (drive->smart || functions[i].run == enable)) {
            functions[i].run(drive);
            return;
        }
    ide_abort(drive);
}
