/* IDE channels and ATA disks, by programmed I/O: ATA/ATAPI-6 (T13/1410D). Works in V86 mode and without interrupts. */
#include "firmware/bios/services.h"

enum { REG_DATA, REG_ERROR, REG_COUNT, REG_LOW, REG_MID, REG_HIGH, REG_DEVICE, REG_COMMAND };
enum { BSY = 0x80, DRDY = 0x40, DF = 0x20, DRQ = 0x08, ERR = 0x01 };
enum { ERROR_ABRT = 0x04, ERROR_IDNF = 0x10, ERROR_UNC = 0x40 };
enum { DEVICE_BASE = 0xA0, DEVICE_LBA = 0x40 };
enum {
    READ_SECTORS = 0x20, READ_SECTORS_EXT = 0x24, WRITE_SECTORS = 0x30, WRITE_SECTORS_EXT = 0x34, VERIFY = 0x40,
    VERIFY_EXT = 0x42, IDENTIFY = 0xEC, IDENTIFY_PACKET = 0xA1
};
enum { PIECE = 128, COMMAND_MS = 10000, IDENTIFY_MS = 2000, SELECT_MS = 2000 };

struct drive drives[DRIVES];
u8 disk_map[DRIVES], disk_count;
u8 cd_map[DRIVES], cd_count;
static u16 identity[256];

static u8 status(const struct drive *d) { return inb(d->control); }

/* 0 once BSY is clear. */
int ide_wait_ready(const struct drive *d, u32 ms)
{
    struct limit limit = limit_ms(ms);
    while (status(d) & BSY)
        if (limit_passed(&limit)) return -1;
    return 0;
}

/* 0 if the drive wants data moved, -1 if it is done or failed. */
int ide_wait_data(const struct drive *d)
{
    if (ide_wait_ready(d, COMMAND_MS)) return -1;
    return (status(d) & (DRQ | ERR | DF)) == DRQ ? 0 : -1;
}

void ide_read_words(const struct drive *d, u32 linear, u32 words)
{
    u32 di = linear_offset(linear), count = words / 2;
    __asm__ volatile("pushw %%es; movw %w3,%%es; cld; rep insl; popw %%es"
                     : "+D"(di), "+c"(count) : "d"(d->io), "r"((u32)linear_segment(linear)) : "memory");
}

static void write_words(const struct drive *d, u32 linear, u32 words)
{
    u32 si = linear_offset(linear), count = words / 2;
    __asm__ volatile("pushw %%ds; movw %w3,%%ds; cld; rep outsl; popw %%ds"
                     : "+S"(si), "+c"(count) : "d"(d->io), "r"((u32)linear_segment(linear)) : "memory");
}

static int drive_select(const struct drive *d, u8 device)
{
    if (ide_wait_ready(d, SELECT_MS)) return -1;
    outb(d->io + REG_DEVICE, device | DEVICE_BASE | (u8)(d->unit << 4));
    return ide_wait_ready(d, SELECT_MS);
}

static u8 error_status(const struct drive *d)
{
    u8 now = inb(d->io + REG_COMMAND), error = inb(d->io + REG_ERROR);
    if (now & BSY) return STATUS_TIMEOUT;
    if (now & DF) return STATUS_FAULT;
    if (!(now & ERR)) return STATUS_GOOD;
    if (error & ERROR_UNC) return STATUS_CRC;
    if (error & ERROR_IDNF) return STATUS_NO_SECTOR;
    return error & ERROR_ABRT ? STATUS_CONTROLLER : STATUS_FAULT;
}

u8 ata_simple(const struct drive *d, u8 command)
{
    if (drive_select(d, 0)) return STATUS_TIMEOUT;
    outb(d->io + REG_COMMAND, command);
    if (ide_wait_ready(d, COMMAND_MS)) return STATUS_TIMEOUT;
    return error_status(d);
}

static void address_write(const struct drive *d, u64 sector, u32 count, int ext)
{
    if (ext) {
        outb(d->io + REG_COUNT, (u8)(count >> 8));
        outb(d->io + REG_LOW, (u8)(sector >> 24));
        outb(d->io + REG_MID, (u8)(sector >> 32));
        outb(d->io + REG_HIGH, (u8)(sector >> 40));
    }
    outb(d->io + REG_COUNT, (u8)count);
    outb(d->io + REG_LOW, (u8)sector);
    outb(d->io + REG_MID, (u8)(sector >> 8));
    outb(d->io + REG_HIGH, (u8)(sector >> 16));
}

static u8 piece_transfer(const struct drive *d, enum disk_operation what, u64 sector, u32 count, u32 linear)
{
    static const u8 commands[3][2] = {
        { READ_SECTORS, READ_SECTORS_EXT }, { WRITE_SECTORS, WRITE_SECTORS_EXT }, { VERIFY, VERIFY_EXT }
    };
    int ext = d->lba48 && sector + count > 0x0FFFFFFF;
    if (drive_select(d, DEVICE_LBA | (ext ? 0 : (u8)(sector >> 24 & 15)))) return STATUS_TIMEOUT;
    address_write(d, sector, count, ext);
    outb(d->io + REG_COMMAND, commands[what][ext]);
    for (; what != DISK_VERIFY && count; count--, linear += SECTOR) {
        if (ide_wait_data(d)) break;
        if (what == DISK_READ) ide_read_words(d, linear, SECTOR / 2);
        else write_words(d, linear, SECTOR / 2);
    }
    if (ide_wait_ready(d, COMMAND_MS)) return STATUS_TIMEOUT;
    u8 error = error_status(d);
    return error || what == DISK_VERIFY || count == 0 ? error : STATUS_CONTROLLER;
}

u8 ata_transfer(const struct drive *d, enum disk_operation what, u64 sector, u32 *count, u32 linear)
{
    u32 left = *count;
    u8 error = STATUS_GOOD;
    if (sector >= d->sectors || left > d->sectors - sector) {
        *count = 0;
        return STATUS_NO_SECTOR;
    }
    while (left && !error) {
        u32 piece = left < PIECE ? left : PIECE;
        error = piece_transfer(d, what, sector, piece, linear);
        if (error) break;
        sector += piece;
        linear += piece * SECTOR;
        left -= piece;
    }
    *count -= left;
    return error;
}

/* ---- what is there ---- */
static void model_take(struct drive *d)
{
    unsigned end = 0;
    for (unsigned i = 0; i < 40; i++) {
        char c = (char)(identity[27 + i / 2] >> (i & 1 ? 0 : 8));
        d->model[i] = c < ' ' || c > '~' ? ' ' : c;
        if (d->model[i] != ' ') end = i + 1;
    }
    d->model[end] = 0;
}

/* LBA-assisted translation: 63 sectors per track, and as many heads as keep the cylinders below 1024. */
static void geometry_translate(struct drive *d)
{
    static const u8 heads[] = { 16, 32, 64, 128, 255 };
    u32 tracks = (u32)(d->sectors >= (u64)1024 * 255 * 63 ? 1024 * 255 : (u32)d->sectors / 63), i = 0;
    d->logical_cylinders = d->cylinders;
    d->logical_heads = d->heads;
    d->logical_spt = d->spt;
    if (d->cylinders <= 1024 && d->heads && d->heads <= 16 && d->spt && d->spt <= 63
        && d->sectors <= (u64)1024 * 16 * 63) return;
    while (i < sizeof heads - 1 && tracks / heads[i] > 1024) i++;
    u32 cylinders = tracks / heads[i];
    d->logical_cylinders = (u16)(cylinders > 1024 ? 1024 : cylinders);
    d->logical_heads = heads[i];
    d->logical_spt = 63;
}

static void ata_take(struct drive *d)
{
    d->kind = DRIVE_ATA;
    d->cylinders = identity[1];
    d->heads = identity[3];
    d->spt = identity[6];
    d->sectors = identity[60] | (u32)identity[61] << 16;
    d->lba48 = identity[83] >> 10 & 1;
    d->removable = identity[0] >> 7 & 1;
    if (d->lba48)
        d->sectors = identity[100] | (u32)identity[101] << 16 | (u64)identity[102] << 32 | (u64)identity[103] << 48;
    geometry_translate(d);
}

static int identify(struct drive *d, u8 command)
{
    outb(d->io + REG_COMMAND, command);
    if (status(d) == 0 || ide_wait_ready(d, IDENTIFY_MS)) return -1;
    if ((status(d) & (DRQ | ERR | DF)) != DRQ) return -1;
    ide_read_words(d, linear_here(identity), 256);
    model_take(d);
    return 0;
}

/* A register that keeps what is written to it: then there is at least a channel with a drive. */
static int registers_answer(const struct drive *d)
{
    if (drive_select(d, 0)) return 0;
    outb(d->io + REG_COUNT, 0x55);
    outb(d->io + REG_LOW, 0xAA);
    return inb(d->io + REG_COUNT) == 0x55 && inb(d->io + REG_LOW) == 0xAA;
}

static void drive_detect(struct drive *d)
{
    u8 now = inb(d->control);
    d->kind = DRIVE_NONE;
    if (now == 0xFF || now == 0x7F || !registers_answer(d)) return;
    if (!identify(d, IDENTIFY)) {
        ata_take(d);
    } else if (inb(d->io + REG_MID) == 0x14 && inb(d->io + REG_HIGH) == 0xEB && !identify(d, IDENTIFY_PACKET)
               && (identity[0] >> 8 & 0x1F) == 5) {
        d->kind = DRIVE_ATAPI;
        d->removable = 1;
    }
}

void ide_detect(void)
{
    static const u16 ports[2] = { 0x1F0, 0x170 };
    disk_count = cd_count = 0;
    for (u8 i = 0; i < DRIVES; i++) {
        struct drive *d = &drives[i];
        d->io = ports[i / 2];
        d->control = (u16)(ports[i / 2] + 0x206);
        d->unit = i & 1;
        d->irq = (u8)(14 + i / 2);
        drive_detect(d);
        if (d->kind == DRIVE_ATA) disk_map[disk_count++] = i;
        if (d->kind == DRIVE_ATAPI) cd_map[cd_count++] = i;
        if (d->kind) log_text("ide %u: %s, %u sectors\n", (u32)i, d->model, (u32)d->sectors);
    }
}
