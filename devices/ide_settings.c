/* How a drive is set: translation, sectors per block, SET FEATURES, power modes (ATA/ATAPI-6 6.9, 6.15, chapter 8).
 *
 * A software reset brings back the settings of power-on, unless SET FEATURES 66h was given; the transfer mode stays.
 * Standby and idle differ from active in what CHECK POWER MODE says only; a sleeping drive hears nothing but a reset. */
#include "devices/ide_drive.h"

enum { DEFAULT_HEADS = 16, DEFAULT_SECTORS = 63, DEFAULT_CYLINDERS_MAX = 16383 };
enum { HEADS_MAX = 16, SECTORS_MAX = 255, CYLINDERS_MAX = 65535, CHS_SECTORS_MAX = 16514064 };

/* 6.2.1: disks that CHS cannot address whole have 16383 cylinders. */
void ata_geometry_default(struct ide_drive *drive)
{
    u64 sectors = drive->disk->sectors;
    drive->heads = sectors >= DEFAULT_HEADS * DEFAULT_SECTORS ? DEFAULT_HEADS : 1;
    drive->sectors_per_track = (u32)MIN(sectors, DEFAULT_SECTORS);
    drive->cylinders = (u32)MIN(sectors / (drive->heads * drive->sectors_per_track), DEFAULT_CYLINDERS_MAX);
}

static void geometry_set(struct ide_drive *drive, u32 heads, u32 sectors_per_track)
{
    u64 cylinders = MIN(drive->disk->sectors, CHS_SECTORS_MAX) / (heads * sectors_per_track);
    drive->heads = heads;
    drive->sectors_per_track = sectors_per_track;
    drive->cylinders = (u32)MIN(cylinders, CYLINDERS_MAX);
}

/* INITIALIZE DEVICE PARAMETERS: heads in the device register, sectors per track in the count. */
void ata_parameters(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    if (drive->task.count == 0) {
        ide_abort(drive);
        return;
    }
    geometry_set(drive, (drive->device & 15) + 1, drive->task.count);
    ide_good(drive);
}

static bool multiple_valid(u32 count)
{
    return count <= IDE_MULTIPLE_MAX && !(count & (count - 1));
}

/* SET MULTIPLE MODE; 0 puts READ and WRITE MULTIPLE off. */
void ata_multiple(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    if (!multiple_valid(drive->task.count)) {
        ide_abort(drive);
        return;
    }
    drive->multiple = drive->task.count;
    ide_good(drive);
}

/* ---- SET FEATURES, 8.46 ---- */
static bool dma_mode_valid(u8 mode)
{
    u8 kind = mode & 0xF8, number = mode & 7;
    return (kind == IDE_MULTIWORD_DMA && number <= IDE_MULTIWORD_DMA_MAX)
        || (kind == IDE_ULTRA_DMA && number <= IDE_ULTRA_DMA_MAX);
}

/* PIO 0 to 4, with IORDY from 08h on, leave the DMA mode alone. */
static bool transfer_mode_set(struct ide_drive *drive, u8 mode)
{
    if (mode <= 1 || (mode >= 0x08 && mode <= 0x08 + IDE_PIO_MAX)) return true;
    if (!dma_mode_valid(mode)) return false;
    drive->dma_mode = mode;
    return true;
}

void ata_features(struct ide_drive *drive, unsigned flags)
{
    bool good = true, disk = drive->kind == IDE_DISK;
    (void)flags;
    switch (drive->task.feature) {
    case 0x02: case 0x82: drive->write_cache = (good = disk) && drive->task.feature == 0x02; break;
    case 0x55: case 0xAA: drive->look_ahead = (good = disk) && drive->task.feature == 0xAA; break;
    case 0x66: case 0xCC: drive->keep_settings = drive->task.feature == 0x66; break;
    case 0x03: good = transfer_mode_set(drive, drive->task.count); break;
    default: good = false;
    }
    if (good) ide_good(drive);
    else ide_abort(drive);
}

/* ---- power ---- */
/* The period of the standby timer in seconds, table 27; 0: none. 253 is the vendor's, of 8 to 12 hours. */
static u32 standby_seconds(u8 timer)
{
    static const u32 long_periods[] = { 21 * 60, 8 * 3600, 0, 21 * 60 + 15 };
    if (timer <= 240) return timer * 5u;
    return timer <= 251 ? (timer - 240u) * 1800 : long_periods[timer - 252];
}

static u64 now_of(const struct ide_drive *drive)
{
    return clock_now(drive->channel->ide->dev.board->clock);
}

void ide_power_active(struct ide_drive *drive)
{
    drive->power = IDE_POWER_ACTIVE;
    drive->power_since = now_of(drive);
}

static u8 power_now(const struct ide_drive *drive)
{
    u64 period = (u64)standby_seconds(drive->standby_timer) * drive->channel->ide->dev.board->clock->hz;
    bool expired = period && now_of(drive) - drive->power_since >= period;
    return expired ? IDE_POWER_STANDBY : drive->power;
}

/* STANDBY IMMEDIATE, IDLE IMMEDIATE, STANDBY and IDLE by the low bits of their codes (E0h and 94h on); the latter two
 * set the timer. */
void ata_power(struct ide_drive *drive, unsigned flags)
{
    u8 kind = drive->command & 3;
    (void)flags;
    if (kind & 2) drive->standby_timer = drive->task.count;
    ide_power_active(drive);
    drive->power = kind & 1 ? IDE_POWER_IDLE : IDE_POWER_STANDBY;
    ide_good(drive);
}

void ata_sleep(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    drive->power = IDE_POWER_SLEEP;
    ide_good(drive);
}

void ata_power_check(struct ide_drive *drive, unsigned flags)
{
    static const u8 answers[] = {
        [IDE_POWER_ACTIVE] = 0xFF, [IDE_POWER_IDLE] = 0x80, [IDE_POWER_STANDBY] = 0x00, [IDE_POWER_SLEEP] = 0x00
    };
    (void)flags;
    drive->task.count = answers[power_now(drive)];
    ide_good(drive);
}

/* ---- resets and loads ---- */
void ide_settings_power_on(struct ide_drive *drive)
{
    drive->keep_settings = false;
    drive->dma_mode = drive->standby_timer = 0;
    drive->smart = drive->smart_autosave = drive->kind == IDE_DISK;
    ide_power_active(drive);
}

void ide_settings_reset(struct ide_drive *drive)
{
    if (drive->power == IDE_POWER_SLEEP) drive->power = IDE_POWER_STANDBY;
    if (drive->keep_settings) return;
    drive->multiple = 0;
    drive->write_cache = drive->look_ahead = drive->kind == IDE_DISK;
    if (drive->kind == IDE_DISK) ata_geometry_default(drive);
    else if (drive->kind == IDE_CDROM) atapi_mode_default(drive);
}

void ide_settings_restored(struct ide_drive *drive)
{
    bool translation = drive->heads - 1 < HEADS_MAX && drive->sectors_per_track - 1 < SECTORS_MAX;
    if (drive->kind == IDE_DISK && !translation) ata_geometry_default(drive);
    if (!multiple_valid(drive->multiple)) drive->multiple = 0;
    if (!dma_mode_valid(drive->dma_mode)) drive->dma_mode = 0;
    if (drive->power > IDE_POWER_SLEEP) drive->power = IDE_POWER_ACTIVE;
}
