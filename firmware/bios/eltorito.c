/* Booting from CD: "El Torito" Bootable CD-ROM Format Specification 1.0. The default entry of the boot catalog only. */
#include "firmware/bios/services.h"

enum { BOOT_RECORD = 17, CATALOG_AT = 0x47, BOOTABLE = 0x88, MEDIA_NONE = 0, MEDIA_DISK = 4 };
enum { DEFAULT_SEGMENT = 0x7C0, PER_SECTOR = CD_SECTOR / SECTOR, PACKET_BYTES = 19 };

struct emulation emulation;
static u8 buffer[CD_SECTOR];

static u32 word32(u32 at) { return buffer[at] | (u32)buffer[at + 1] << 8 | (u32)buffer[at + 2] << 16 | (u32)buffer[at + 3] << 24; }
static u16 word16(u32 at) { return (u16)word32(at); }

static u8 image_read(u32 sector) { return atapi_read(&drives[cd_map[emulation.cd]], sector, 1, linear_here(buffer)); }

/* Sectors of 512 bytes of the image, through the buffer. */
static u8 sectors_read(u32 first, u32 count, u32 linear)
{
    u8 status = STATUS_GOOD;
    while (count && !status) {
        u32 within = first % PER_SECTOR, piece = PER_SECTOR - within < count ? PER_SECTOR - within : count;
        status = image_read(emulation.start + first / PER_SECTOR);
        if (!status) copy_linear(linear, linear_here(buffer + within * SECTOR), piece * SECTOR);
        first += piece;
        count -= piece;
        linear += piece * SECTOR;
    }
    return status;
}

/* The geometry of an emulated hard disk is where its first partition ends. */
static int disk_geometry(void)
{
    if (image_read(emulation.start) || word16(0x1FE) != 0xAA55) return -1;
    u8 head = buffer[0x1BE + 5], sector = buffer[0x1BE + 6], cylinder = buffer[0x1BE + 7];
    emulation.heads = (u16)(head + 1);
    emulation.spt = sector & 63;
    emulation.cylinders = (u16)((cylinder | (sector & 0xC0) << 2) + 1);
    return emulation.spt ? 0 : -1;
}

static int media_take(void)
{
    static const u8 spt[4] = { 0, 15, 18, 36 };
    emulation.cylinders = 80;
    emulation.heads = 2;
    if (emulation.media > MEDIA_DISK) return -1;
    if (emulation.media == MEDIA_DISK && disk_geometry()) return -1;
    if (emulation.media && emulation.media < MEDIA_DISK) emulation.spt = spt[emulation.media];
    emulation.sectors = (u32)emulation.cylinders * emulation.heads * emulation.spt;
    emulation.drive = emulation.media == MEDIA_NONE ? (u8)(CD_FIRST + emulation.cd)
                    : emulation.media == MEDIA_DISK ? 0x80 : 0x00;
    return 0;
}

static const char *catalog_read(void)
{
    if (image_read(BOOT_RECORD)) return "cannot be read";
    if (!same(buffer, "\0CD001\1EL TORITO SPECIFICATION", 30)) return "is not bootable";
    if (image_read(word32(CATALOG_AT))) return "has a boot catalog that cannot be read";
    if (buffer[0] != 1 || word16(0x1E) != 0xAA55) return "has no valid boot catalog";
    if (buffer[0x20] != BOOTABLE) return "has nothing to boot in its catalog";
    return 0;
}

static u8 image_load(u32 linear)
{
    u32 whole = (emulation.load_sectors + PER_SECTOR - 1u) / PER_SECTOR;
    if (emulation.media != MEDIA_NONE) return sectors_read(0, emulation.load_sectors, linear);
    return atapi_read(&drives[cd_map[emulation.cd]], emulation.start, whole, linear);
}

u32 eltorito_load(u8 cd, u8 *dl, const char **why)
{
    fill(&emulation, 0, sizeof emulation);
    emulation.cd = cd;
    *why = "has no medium";
    if (atapi_ready(&drives[cd_map[cd]])) return 0;
    *why = catalog_read();
    if (*why) return 0;
    emulation.media = buffer[0x21] & 15;
    emulation.load_segment = word16(0x22) ? word16(0x22) : DEFAULT_SEGMENT;
    emulation.load_sectors = word16(0x26) ? word16(0x26) : 1;
    emulation.start = word32(0x28);
    *why = "has a boot image of an unknown kind";
    if (media_take()) return 0;
    *why = "has a boot image that cannot be read";
    if (image_load((u32)emulation.load_segment << 4)) return 0;
    emulation.active = emulation.media != MEDIA_NONE;
    *dl = emulation.drive;
    return (u32)emulation.load_segment << 16;
}

/* ---- INT 13h AH=4Ah-4Dh ---- */
static void packet_put(const struct regs *r)
{
    u32 last = emulation.cylinders ? emulation.cylinders - 1u : 0;
    const u8 packet[PACKET_BYTES] = {
        PACKET_BYTES, emulation.media, emulation.drive, (u8)(drives[cd_map[emulation.cd]].irq == 15),
        (u8)emulation.start, (u8)(emulation.start >> 8), (u8)(emulation.start >> 16), (u8)(emulation.start >> 24),
        drives[cd_map[emulation.cd]].unit, 0, 0, 0,
        (u8)emulation.load_segment, (u8)(emulation.load_segment >> 8),
        (u8)emulation.load_sectors, (u8)(emulation.load_sectors >> 8),
        (u8)last, (u8)((last >> 2 & 0xC0) | emulation.spt), (u8)(emulation.heads - 1)
    };
    copy_linear(linear_of(r->ds, r->si), linear_here(packet), sizeof packet);
}

void emulation_control(struct regs *r)
{
    if (r->ah != 0x4B || r->al > 1 || !emulation.start || (r->dl != emulation.drive && r->dl != 0x7F)) {
        result(r, STATUS_BAD_COMMAND);
        return;
    }
    packet_put(r);
    if (r->al == 0) emulation.active = 0;
    result(r, STATUS_GOOD);
}

/* ---- the emulated drive ---- */
static void chs_transfer(struct regs *r)
{
    u32 cylinder = r->ch | (u32)(r->cl & 0xC0) << 2, sector = r->cl & 63, count = r->al;
    if (count == 0) {
        result(r, STATUS_BAD_COMMAND);
        return;
    }
    if (cylinder >= emulation.cylinders || r->dh >= emulation.heads || sector == 0 || sector > emulation.spt) {
        r->al = 0;
        result(r, STATUS_NO_SECTOR);
        return;
    }
    u32 first = (cylinder * emulation.heads + r->dh) * emulation.spt + sector - 1;
    u8 status = STATUS_GOOD;
    if (r->ah == 0x02) status = sectors_read(first, count, linear_of(r->es, r->bx));
    if (status) r->al = 0;
    result(r, status);
}

static void parameters_get(struct regs *r)
{
    static const u8 types[4] = { 0, 2, 4, 6 };
    u32 last = emulation.cylinders - 1u;
    r->al = 0;
    r->ch = (u8)last;
    r->cl = (u8)((last >> 2 & 0xC0) | emulation.spt);
    r->dh = (u8)(emulation.heads - 1);
    r->dl = emulation.drive < 0x80 ? (u8)(floppy_count + 1) : (u8)(disk_count + 1);
    if (emulation.drive < 0x80) {
        r->bl = types[emulation.media & 3];
        r->es = CODE_SEG;
        r->di = 0xEFC7;
    }
    result(r, STATUS_GOOD);
}

static void type_get(struct regs *r)
{
    result(r, STATUS_GOOD);
    r->ah = emulation.drive < 0x80 ? 1 : 3;
    if (emulation.drive < 0x80) return;
    r->cx = (u16)(emulation.sectors >> 16);
    r->dx = (u16)emulation.sectors;
}

void emulation_service(struct regs *r)
{
    switch (r->ah) {
    case 0x00: case 0x09: case 0x0C: case 0x0D: case 0x10: case 0x11: case 0x14: case 0x16:
        result(r, STATUS_GOOD);
        break;
    case 0x01: result(r, bda8(BDA_DISK_STATUS)); break;
    case 0x02: case 0x04: chs_transfer(r); break;
    case 0x03: case 0x05: result(r, STATUS_PROTECTED); break;
    case 0x08: parameters_get(r); break;
    case 0x15: type_get(r); break;
    default:   result(r, STATUS_BAD_COMMAND);
    }
    bda_put8(BDA_DISK_STATUS, r->flags & FLAG_CF ? r->ah : 0);
}
