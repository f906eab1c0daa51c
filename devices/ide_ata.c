/* The commands of an ATA disk: ATA/ATAPI-6 (T13/1410D) chapter 8, and those of ATA-1 to -5 that software still issues
 * (CHS addresses, INITIALIZE DEVICE PARAMETERS, RECALIBRATE, SEEK, the 9xh aliases of power management).
 *
 * After a data command the address registers hold its last sector, or the first bad one; those before it have moved. A
 * range that runs past the end of the disk is refused with IDNF before anything moves. A host error is UNC on reads, a
 * device fault on writes.
 * What sets a drive is in ide_settings.c, SMART in ide_smart.c. Not modelled: security, host protected area (READ NATIVE
 * MAX works, SET MAX aborts), READ/WRITE LONG, queued commands. */
#include "devices/ide_drive.h"
#include <string.h>

enum { DMA_CHUNK = IDE_BUFFER / IDE_SECTOR, COUNT_MAX = 65536 };

/* What a command's code says about it; which drives have it: disks, disks and packet devices, or only those. */
enum { CMD_EXT = 1, CMD_WRITE = 2, CMD_DMA = 4, CMD_MULTIPLE = 8, CMD_CD = 16, CMD_PACKET = 32 };

struct ata_command {
    void (*run)(struct ide_drive *drive, unsigned flags);
    u8     flags;
};

static const struct ata_command commands[256];

/* The address in the registers; false if it is a CHS address outside the translation in force. */
static bool address_get(const struct ide_drive *drive, unsigned flags, u64 *sector)
{
    const struct ide_taskfile *task = &drive->task, *previous = &drive->previous;
    u32 low24 = task->low | (u32)task->mid << 8 | (u32)task->high << 16;
    if (flags & CMD_EXT) {
        *sector = low24 | (u64)previous->low << 24 | (u64)previous->mid << 32 | (u64)previous->high << 40;
        return true;
    }
    u32 head = drive->device & 15, cylinder = low24 >> 8, number = task->low;
    if (drive->device & IDE_DEVICE_LBA) {
        *sector = low24 | head << 24;
        return true;
    }
    *sector = ((u64)cylinder * drive->heads + head) * drive->sectors_per_track + number - 1;
    return number >= 1 && number <= drive->sectors_per_track && head < drive->heads;
}

static void address_put(struct ide_drive *drive, unsigned flags, u64 sector)
{
    struct ide_taskfile *task = &drive->task, *previous = &drive->previous;
    if (!(flags & CMD_EXT) && !(drive->device & IDE_DEVICE_LBA)) {
        u64 track = sector / drive->sectors_per_track, cylinder = track / drive->heads;
        task->low = (u8)(sector % drive->sectors_per_track + 1);
        task->mid = (u8)cylinder;
        task->high = (u8)(cylinder >> 8);
        drive->device = (drive->device & 0xF0) | (u8)(track % drive->heads);
        return;
    }
    task->low = (u8)sector;
    task->mid = (u8)(sector >> 8);
    task->high = (u8)(sector >> 16);
    if (flags & CMD_EXT) {
        previous->low = (u8)(sector >> 24);
        previous->mid = (u8)(sector >> 32);
        previous->high = (u8)(sector >> 40);
    } else {
        drive->device = (drive->device & 0xF0) | (u8)(sector >> 24 & 15);
    }
}

static u32 count_get(const struct ide_drive *drive, unsigned flags)
{
    u32 count = drive->task.count | (flags & CMD_EXT ? (u32)drive->previous.count << 8 : 0);
    if (count == 0) return flags & CMD_EXT ? 65536 : 256;
    return count;
}

static void data_fail(struct ide_drive *drive, unsigned flags, u64 sector, u8 status, u8 error)
{
    address_put(drive, flags, sector);
    drive->task.count = (u8)drive->remaining;
    drive->previous.count = (u8)(drive->remaining >> 8);
    drive->remaining = drive->chunk = 0;
    ide_complete(drive, IDE_READY | IDE_ERR | status, error);
}

static void data_complete(struct ide_drive *drive, unsigned flags)
{
    address_put(drive, flags, drive->sector - 1);
    drive->task.count = drive->previous.count = 0;
    drive->chunk = 0;
    ide_good(drive);
}

/* Reads the address and count; completes with an error and returns false if the disk does not have them. */
static bool range_take(struct ide_drive *drive, unsigned flags)
{
    u64 sectors = flags & CMD_EXT ? drive->disk->sectors : MIN(drive->disk->sectors, IDE_LBA28_SECTORS), sector;
    u32 count = count_get(drive, flags);
    ide_power_active(drive);
    if (!address_get(drive, flags, &sector) || sector >= sectors || count > sectors - sector) {
        ide_complete(drive, IDE_READY | IDE_ERR, IDE_IDNF);
        return false;
    }
    drive->sector = sector;
    drive->remaining = count;
    return true;
}

static u32 chunk_size(const struct ide_drive *drive, unsigned flags)
{
    u32 most = flags & CMD_DMA ? DMA_CHUNK : flags & CMD_MULTIPLE ? MAX(drive->multiple, 1) : 1;
    return MIN(most, drive->remaining);
}

static void buffer_ready(struct ide_drive *drive, u32 bytes)
{
    struct ide_channel *channel = drive->channel;
    channel->position = 0;
    channel->window = channel->limit = bytes;
}

static void chunk_offer(struct ide_drive *drive, unsigned flags, enum ide_transfer transfer, u32 chunk, bool interrupt)
{
    buffer_ready(drive, chunk * IDE_SECTOR);
    if (flags & CMD_DMA) ide_offer_dma(drive, transfer);
    else ide_offer(drive, transfer, interrupt);
}

/* The next sectors into the buffer; how many. Halves a chunk that cannot be read: what lies before a bad sector is sent
 * first. 0, and the command has failed, if it is the first. */
static u32 chunk_read(struct ide_drive *drive, unsigned flags)
{
    struct disk *disk = drive->disk;
    u32 chunk = chunk_size(drive, flags);
    while (chunk && !disk->read(disk->self, drive->sector, chunk, drive->channel->buffer)) chunk /= 2;
    if (chunk == 0) data_fail(drive, flags, drive->sector, 0, IDE_UNC);
    drive->sector += chunk;
    drive->remaining -= chunk;
    return chunk;
}

static void read_next(struct ide_drive *drive, unsigned flags)
{
    u32 chunk = chunk_read(drive, flags);
    if (chunk == 0) return;
    if (drive->remaining == 0 && !(flags & CMD_DMA)) {
        address_put(drive, flags, drive->sector - 1);
        drive->task.count = drive->previous.count = 0;
    }
    chunk_offer(drive, flags, IDE_MOVES_IN, chunk, true);
}

/* If the host refuses a chunk, sector by sector up to the bad one. */
static bool chunk_write(struct ide_drive *drive)
{
    struct disk *disk = drive->disk;
    const u8 *bytes = drive->channel->buffer;
    if (disk->write(disk->self, drive->sector, drive->chunk, bytes)) {
        drive->sector += drive->chunk;
        drive->remaining -= drive->chunk;
        return true;
    }
    for (u32 i = 0; i < drive->chunk; i++, drive->sector++, drive->remaining--)
        if (!disk->write(disk->self, drive->sector, 1, bytes + i * IDE_SECTOR)) return false;
    return true;
}

static void chunk_await(struct ide_drive *drive, unsigned flags, bool interrupt)
{
    drive->chunk = chunk_size(drive, flags);
    chunk_offer(drive, flags, IDE_MOVES_OUT, drive->chunk, interrupt);
}

static void write_chunk(struct ide_drive *drive, unsigned flags)
{
    struct disk *disk = drive->disk;
    if (drive->chunk == 0 || drive->chunk > drive->remaining) {      /* a loaded state can say so */
        ide_abort(drive);
        return;
    }
    if (!chunk_write(drive)) {
        data_fail(drive, flags, drive->sector, IDE_DF, IDE_ABRT);
    } else if (drive->remaining) {
        chunk_await(drive, flags, true);
    } else if (drive->write_cache || disk->flush(disk->self)) {
        data_complete(drive, flags);
    } else {
        data_fail(drive, flags, drive->sector - 1, IDE_DF, IDE_ABRT);
    }
}

static void data_run(struct ide_drive *drive, unsigned flags)
{
    bool unprepared = (flags & CMD_MULTIPLE) && drive->multiple == 0;
    if (unprepared || ((flags & CMD_WRITE) && drive->disk->read_only)) {
        ide_abort(drive);
        return;
    }
    if (!range_take(drive, flags)) return;
    if (!(flags & CMD_WRITE)) {
        read_next(drive, flags);
        return;
    }
    chunk_await(drive, flags, false);
}

/* READ VERIFY reads, so that a host error is found, and throws away. */
static void verify_run(struct ide_drive *drive, unsigned flags)
{
    if (!range_take(drive, flags)) return;
    while (drive->remaining)
        if (!chunk_read(drive, flags | CMD_DMA)) return;
    data_complete(drive, flags);
}

static void seek_run(struct ide_drive *drive, unsigned flags)
{
    u64 sector;
    if (address_get(drive, flags, &sector) && sector < drive->disk->sectors) ide_good(drive);
    else ide_complete(drive, IDE_READY | IDE_ERR, IDE_IDNF);
}

static void recalibrate_run(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    drive->task.mid = drive->task.high = 0;
    ide_good(drive);
}

static void flush_run(struct ide_drive *drive, unsigned flags)
{
    struct disk *disk = drive->disk;
    (void)flags;
    if (!disk || disk->read_only || disk->flush(disk->self)) ide_good(drive);
    else ide_complete(drive, IDE_READY | IDE_DF | IDE_ERR, IDE_ABRT);
}

static void native_max_run(struct ide_drive *drive, unsigned flags)
{
    u64 last = drive->disk->sectors - 1;
    drive->device |= IDE_DEVICE_LBA;
    address_put(drive, flags, flags & CMD_EXT ? last : MIN(last, IDE_LBA28_SECTORS - 1));
    ide_good(drive);
}

void ata_reply(struct ide_drive *drive)
{
    drive->remaining = 0;
    buffer_ready(drive, IDE_SECTOR);
    ide_offer(drive, IDE_MOVES_IN, true);
}

static void identify_run(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    identify_fill(drive, drive->channel->buffer);
    ata_reply(drive);
}

/* READ BUFFER and WRITE BUFFER: the first 512 bytes of the sector buffer. */
static void buffer_run(struct ide_drive *drive, unsigned flags)
{
    bool write = flags & CMD_WRITE;
    drive->remaining = 0;
    buffer_ready(drive, IDE_SECTOR);
    ide_offer(drive, write ? IDE_MOVES_OUT : IDE_MOVES_IN, !write);
}

/* A packet device aborts the disk's IDENTIFY and READ with its signature in the registers (ATA/ATAPI-6 9.12). */
static void unknown_run(struct ide_drive *drive)
{
    if (drive->kind == IDE_CDROM && (drive->command == 0xEC || drive->command == 0x20)) {
        u8 device = drive->device;
        ide_signature(drive);
        drive->device = device;
    }
    ide_abort(drive);
}

static void device_reset_run(struct ide_drive *drive, unsigned flags)
{
    (void)flags;
    ide_drive_reset(drive);
    ide_signature(drive);
}

/* The command's row; an empty one if this kind of drive does not have it. */
static const struct ata_command *command_find(const struct ide_drive *drive)
{
    static const struct ata_command none;
    const struct ata_command *command = &commands[drive->command];
    bool had = drive->kind == IDE_CDROM ? command->flags & (CMD_CD | CMD_PACKET) : !(command->flags & CMD_PACKET);
    return had && command->run ? command : &none;
}

void ata_command(struct ide_drive *drive)
{
    const struct ata_command *command = command_find(drive);
    drive->remaining = drive->chunk = 0;
    if (command->run) command->run(drive, command->flags);
    else unknown_run(drive);
}

/* A disk may be smaller now than it was. Sectors that were to be written are part of the remaining ones. */
void ata_restored(struct ide_drive *drive)
{
    u64 sectors = drive->disk->sectors;
    drive->chunk = MIN(drive->chunk, DMA_CHUNK);
    if (drive->remaining == 0) return;                    /* where the last command went does not matter */
    drive->sector = MIN(drive->sector, sectors);
    drive->remaining = (u32)MIN(drive->remaining, MIN(sectors - drive->sector, COUNT_MAX));
}

void ata_block(struct ide_drive *drive)
{
    const struct ata_command *command = command_find(drive);
    if (command->run != data_run) ide_good(drive);
    else if (command->flags & CMD_WRITE) write_chunk(drive, command->flags);
    else if (drive->remaining) read_next(drive, command->flags);
    else data_complete(drive, command->flags);
}

static const struct ata_command commands[256] = {
    [0x08] = { device_reset_run, CMD_PACKET },
    [0x10 ... 0x1F] = { recalibrate_run, 0 },
    [0x20 ... 0x21] = { data_run, 0 },                                      /* READ SECTORS */
    [0x24] = { data_run, CMD_EXT },
    [0x25] = { data_run, CMD_EXT | CMD_DMA },
    [0x27] = { native_max_run, CMD_EXT },
    [0x29] = { data_run, CMD_EXT | CMD_MULTIPLE },
    [0x30 ... 0x31] = { data_run, CMD_WRITE },                              /* WRITE SECTORS */
    [0x34] = { data_run, CMD_EXT | CMD_WRITE },
    [0x35] = { data_run, CMD_EXT | CMD_WRITE | CMD_DMA },
    [0x39] = { data_run, CMD_EXT | CMD_WRITE | CMD_MULTIPLE },
    [0x3C] = { data_run, CMD_WRITE },                                       /* WRITE VERIFY */
    [0x40 ... 0x41] = { verify_run, 0 },
    [0x42] = { verify_run, CMD_EXT },
    [0x70 ... 0x7F] = { seek_run, 0 },
    [0x91] = { ata_parameters, 0 },
    [0x94 ... 0x97] = { ata_power, CMD_CD },                                /* the old codes */
    [0x98] = { ata_power_check, CMD_CD },
    [0x99] = { ata_sleep, CMD_CD },
    [0xA1] = { identify_run, CMD_PACKET },
    [0xB0] = { ata_smart, 0 },
    [0xC4] = { data_run, CMD_MULTIPLE },
    [0xC5] = { data_run, CMD_WRITE | CMD_MULTIPLE },
    [0xC6] = { ata_multiple, 0 },
    [0xC8 ... 0xC9] = { data_run, CMD_DMA },
    [0xCA ... 0xCB] = { data_run, CMD_WRITE | CMD_DMA },
    [0xE0 ... 0xE3] = { ata_power, CMD_CD },
    [0xE4] = { buffer_run, 0 },
    [0xE5] = { ata_power_check, CMD_CD },
    [0xE6] = { ata_sleep, CMD_CD },
    [0xE7] = { flush_run, CMD_CD },
    [0xE8] = { buffer_run, CMD_WRITE },
    [0xEA] = { flush_run, 0 },
    [0xEC] = { identify_run, 0 },
    [0xEF] = { ata_features, CMD_CD },
    [0xF8] = { native_max_run, 0 },
};
