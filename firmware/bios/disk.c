/* INT 13h for hard disks and CD-ROM drives: the PC/AT's functions with translated cylinders, heads and sectors, and the
 * extensions (Enhanced Disk Drive Specification 3.0). Floppies and a CD's emulated drives have files of their own. */
#include "firmware/bios/services.h"

enum { EDD_VERSION = 0x30, EDD_SUBSETS = 7, PARAMETERS_V1 = 26, PARAMETERS_V2 = 30, PARAMETERS_V3 = 66 };
enum { CHS_MOST = 128, START_STOP = 0x1B, PREVENT = 0x1E };

struct address_packet { u8 size, reserved; u16 count, offset, segment; u64 sector; } __attribute__((packed));

struct drive_parameters {
    u16 size, flags;
    u32 cylinders, heads, spt;
    u64 sectors;
    u16 sector_bytes, table_offset, table_segment, key;
    u8  path_bytes, reserved[3];
    char host[4], interface[8];
    u8  bus, device, function, unused[5];
    u64 unit, none;
    u8  reserved2, checksum;
} __attribute__((packed));

/* Where INT 13h AH=48h tells of a drive's ports (EDD 3.0, 4.3). */
static struct { u16 io, control; u8 device, vendor, irq, block, dma, pio; u16 flags, reserved; u8 revision, checksum; }
    __attribute__((packed)) port_table;

static u8 sum_of(const void *data, u32 bytes)
{
    u8 sum = 0;
    for (const u8 *byte = data; bytes; bytes--) sum += *byte++;
    return sum;
}

static u8 finish(struct regs *r, u8 status)
{
    bda_put8(BDA_DISK_STATUS, status);
    result(r, status);
    return status;
}

/* ---- cylinders, heads, sectors ---- */
static void chs_transfer(struct regs *r, struct drive *d, enum disk_operation what)
{
    u32 cylinder = r->ch | (u32)(r->cl & 0xC0) << 2, sector = r->cl & 63, count = r->al;
    if (count == 0 || count > CHS_MOST) {
        finish(r, STATUS_BAD_COMMAND);
        return;
    }
    if (cylinder >= d->logical_cylinders || r->dh >= d->logical_heads || sector == 0 || sector > d->logical_spt) {
        r->al = 0;
        finish(r, STATUS_NO_SECTOR);
        return;
    }
    u32 first = (cylinder * d->logical_heads + r->dh) * d->logical_spt + sector - 1;
    u8 status = ata_transfer(d, what, first, &count, linear_of(r->es, r->bx));
    r->al = (u8)count;
    finish(r, status);
}

static u8 disks_seen(void) { return (u8)(disk_count + (emulation.active && emulation.drive >= 0x80)); }

static void parameters_get(struct regs *r, const struct drive *d)
{
    u32 last = d->logical_cylinders ? d->logical_cylinders - 1u : 0;
    r->ch = (u8)last;
    r->cl = (u8)((last >> 2 & 0xC0) | d->logical_spt);
    r->dh = (u8)(d->logical_heads - 1);
    r->dl = disks_seen();
    r->al = 0;
    finish(r, STATUS_GOOD);
}

static void type_get(struct regs *r, const struct drive *d)
{
    u32 sectors = (u32)d->logical_cylinders * d->logical_heads * d->logical_spt;
    bda_put8(BDA_DISK_STATUS, 0);
    r->ah = 3;
    r->cx = (u16)(sectors >> 16);
    r->dx = (u16)sectors;
    carry(r, 0);
}

/* ---- extensions ---- */
static void extensions_check(struct regs *r)
{
    if (r->bx != 0x55AA) {
        finish(r, STATUS_BAD_COMMAND);
        return;
    }
    bda_put8(BDA_DISK_STATUS, 0);
    r->bx = 0xAA55;
    r->cx = EDD_SUBSETS;
    r->ah = EDD_VERSION;
    carry(r, 0);
}

/* The packet's addresses are the guest's: read whole, used once. */
static u8 packet_take(const struct regs *r, struct address_packet *packet)
{
    copy_linear(linear_here(packet), linear_of(r->ds, r->si), sizeof *packet);
    if (packet->size < sizeof *packet) return STATUS_BAD_COMMAND;
    if (packet->offset == 0xFFFF && packet->segment == 0xFFFF) return STATUS_BAD_COMMAND;
    return STATUS_GOOD;
}

static void packet_count_put(const struct regs *r, u32 count)
{
    far_put16(r->ds, (u16)(r->si + 2), (u16)count);
}

static u8 cd_transfer(struct drive *d, const struct address_packet *packet, enum disk_operation what)
{
    if (what == DISK_WRITE) return STATUS_PROTECTED;
    u8 status = atapi_ready(d);
    if (status) return status;
    if (packet->sector >= d->sectors || packet->count > d->sectors - packet->sector) return STATUS_NO_SECTOR;
    if (what == DISK_VERIFY) return STATUS_GOOD;
    return atapi_read(d, (u32)packet->sector, packet->count, linear_of(packet->segment, packet->offset));
}

static void packet_transfer(struct regs *r, struct drive *d, enum disk_operation what)
{
    struct address_packet packet;
    u8 status = packet_take(r, &packet);
    u32 count = packet.count;
    if (status) {
        finish(r, status);
        return;
    }
    if (d->kind == DRIVE_ATAPI) {
        status = cd_transfer(d, &packet, what);
        if (status) count = 0;
    } else {
        status = ata_transfer(d, what, packet.sector, &count, linear_of(packet.segment, packet.offset));
    }
    if (status) packet_count_put(r, count);
    finish(r, status);
}

static void extended_seek(struct regs *r, struct drive *d)
{
    struct address_packet packet;
    u8 status = packet_take(r, &packet);
    if (!status && d->kind == DRIVE_ATA && packet.sector >= d->sectors) status = STATUS_NO_SECTOR;
    finish(r, status);
}

static void port_table_fill(const struct drive *d)
{
    fill(&port_table, 0, sizeof port_table);
    port_table.io = d->io;
    port_table.control = d->control;
    port_table.device = (u8)(0xE0 | d->unit << 4);
    port_table.vendor = 0xCB;
    port_table.irq = d->irq;
    port_table.block = 1;
    port_table.flags = (u16)(0x10 | (d->logical_cylinders != d->cylinders ? 0x08 : 0)
                             | (d->kind == DRIVE_ATAPI ? 0x60 : 0));
    port_table.revision = 0x11;
    port_table.checksum = (u8)-sum_of(&port_table, sizeof port_table - 1);
}

static void path_fill(struct drive_parameters *p, const struct drive *d)
{
    static const struct drive_parameters path = {
        .key = 0xBEDD, .path_bytes = 36, .host = "PCI ", .interface = "ATA     ", .device = 1, .function = 1
    };
    p->key = path.key;
    p->path_bytes = path.path_bytes;
    copy_linear(linear_here(p->host), linear_here(path.host), 4 + 8 + 3);
    if (d->kind == DRIVE_ATAPI) copy_linear(linear_here(p->interface), linear_here("ATAPI   "), 8);
    p->unit = d->unit;
    p->checksum = (u8)-sum_of((u8 *)p + PARAMETERS_V2, PARAMETERS_V3 - PARAMETERS_V2 - 1);
}

static void extended_parameters(struct regs *r, struct drive *d)
{
    struct drive_parameters p;
    u16 room = far16(r->ds, r->si);
    int cd = d->kind == DRIVE_ATAPI;
    if (room < PARAMETERS_V1) {
        finish(r, STATUS_BAD_COMMAND);
        return;
    }
    fill(&p, 0, sizeof p);
    p.size = room >= PARAMETERS_V3 ? PARAMETERS_V3 : room >= PARAMETERS_V2 ? PARAMETERS_V2 : PARAMETERS_V1;
    p.flags = cd ? 0x74 : 0x02;              /* CD: removable, lockable, change line, no geometry */
    p.cylinders = cd ? ~0u : d->cylinders;
    p.heads = cd ? ~0u : d->heads;
    p.spt = cd ? ~0u : d->spt;
    p.sectors = cd ? ~(u64)0 : d->sectors;
    p.sector_bytes = cd ? CD_SECTOR : SECTOR;
    port_table_fill(d);
    p.table_segment = DATA_SEG;
    p.table_offset = (u16)(u32)&port_table;
    if (room >= PARAMETERS_V3) path_fill(&p, d);
    copy_linear(linear_of(r->ds, r->si), linear_here(&p), p.size);
    finish(r, STATUS_GOOD);
}

/* ---- removable media ---- */
static u8 packet_simple(const struct drive *d, u8 command, u8 argument)
{
    const u8 packet[12] = { command, 0, 0, 0, argument };
    return atapi_packet(d, packet, 0, 0);
}

static void lock(struct regs *r, struct drive *d)
{
    if (!d->removable) {
        finish(r, STATUS_NOT_REMOVABLE);
        return;
    }
    u8 status = STATUS_GOOD;
    if (r->al == 0 && d->locks == 0xFF) status = STATUS_LOCKS;
    else if (r->al == 0) d->locks++;
    else if (r->al == 1 && d->locks == 0) status = STATUS_NOT_LOCKED;
    else if (r->al == 1) d->locks--;
    else if (r->al > 2) status = STATUS_BAD_COMMAND;
    if (!status && r->al < 2) packet_simple(d, PREVENT, d->locks != 0);
    r->al = d->locks != 0;
    finish(r, status);
}

static void eject(struct regs *r, struct drive *d)
{
    if (!d->removable) finish(r, STATUS_NOT_REMOVABLE);
    else if (d->locks) finish(r, STATUS_LOCKED);
    else finish(r, packet_simple(d, START_STOP, 2));
}

/* ---- dispatch ---- */
/* What disks and CDs share; false if it is none of these. */
static int extended_function(struct regs *r, struct drive *d)
{
    switch (r->ah) {
    case 0x41: extensions_check(r); return 1;
    case 0x42: packet_transfer(r, d, DISK_READ); return 1;
    case 0x43: packet_transfer(r, d, DISK_WRITE); return 1;
    case 0x44: packet_transfer(r, d, DISK_VERIFY); return 1;
    case 0x45: lock(r, d); return 1;
    case 0x46: eject(r, d); return 1;
    case 0x47: extended_seek(r, d); return 1;
    case 0x48: extended_parameters(r, d); return 1;
    case 0x49: finish(r, STATUS_GOOD); return 1;
    case 0x4E: finish(r, r->al <= 6 ? STATUS_GOOD : STATUS_BAD_COMMAND); return 1;
    default:   return 0;
    }
}

static void status_get(struct regs *r)
{
    u8 status = bda8(BDA_DISK_STATUS);
    bda_put8(BDA_DISK_STATUS, 0);
    result(r, status);
}

void cd_service(struct regs *r, struct drive *d)
{
    if (extended_function(r, d)) return;
    switch (r->ah) {
    case 0x00: case 0x09: case 0x0C: case 0x0D: case 0x11: case 0x14: finish(r, STATUS_GOOD); break;
    case 0x01: status_get(r); break;
    case 0x10: finish(r, atapi_ready(d)); break;
    default:   finish(r, STATUS_BAD_COMMAND);
    }
}

static void fixed_disk_service(struct regs *r, struct drive *d)
{
    if (extended_function(r, d)) return;
    switch (r->ah) {
    case 0x00: case 0x09: case 0x0C: case 0x0D: case 0x11: case 0x14:
        finish(r, STATUS_GOOD);
        break;
    case 0x01: status_get(r); break;
    case 0x02: chs_transfer(r, d, DISK_READ); break;
    case 0x03: chs_transfer(r, d, DISK_WRITE); break;
    case 0x04: chs_transfer(r, d, DISK_VERIFY); break;
    case 0x08: parameters_get(r, d); break;
    case 0x10: finish(r, ide_wait_ready(d, 100) ? STATUS_NOT_READY : STATUS_GOOD); break;
    case 0x15: type_get(r, d); break;
    default:   finish(r, STATUS_BAD_COMMAND);
    }
}

/* Drives of the emulated drive's class come after it. */
static u8 real_drive(u8 number)
{
    int same_class = (emulation.drive ^ number) < 0x80 && number < CD_FIRST;
    return (u8)(number - (emulation.active && same_class));
}

void disk_service(struct regs *r)
{
    sti();
    if (r->ah >= 0x4A && r->ah <= 0x4D) {
        emulation_control(r);
        return;
    }
    if (emulation.active && r->dl == emulation.drive) {
        emulation_service(r);
        return;
    }
    u8 number = real_drive(r->dl);
    if (number < 0x80) {
        u8 asked = r->dl;
        r->dl = number;
        floppy_service(r);
        if (r->ah != 0x08 || r->dl == number) r->dl = asked;
    } else if (number >= CD_FIRST && number - CD_FIRST < cd_count) {
        cd_service(r, &drives[cd_map[number - CD_FIRST]]);
    } else if (number - 0x80 < disk_count) {
        fixed_disk_service(r, &drives[disk_map[number - 0x80]]);
    } else {
        finish(r, STATUS_BAD_COMMAND);
    }
}
