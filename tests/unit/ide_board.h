/* A board with an IDE controller and disks made of host memory, for the tests of disks and CD-ROMs. */
#ifndef TESTS_UNIT_IDE_BOARD_H
#define TESTS_UNIT_IDE_BOARD_H
#include "devices/ide_drive.h"
#include "tests/unit/chip_board.h"
#include <stdlib.h>

enum { IDE_TEST_RAM = 1 << 20, IDE_TEST_BYTES = 4 << 20, BM_PORT = 0xC000 };

struct ram_disk { struct disk disk; u64 bad_sector; unsigned flushes; u8 *bytes; };

static inline bool ram_disk_read(void *self, u64 sector, u32 count, void *bytes)
{
    struct ram_disk *d = self;
    if (d->bad_sector >= sector && d->bad_sector < sector + count) return false;
    ck_assert_uint_le(sector + count, d->disk.sectors);
    memcpy(bytes, d->bytes + sector * d->disk.sector_size, count * d->disk.sector_size);
    return true;
}
static inline bool ram_disk_write(void *self, u64 sector, u32 count, const void *bytes)
{
    struct ram_disk *d = self;
    if (d->bad_sector >= sector && d->bad_sector < sector + count) return false;
    ck_assert_uint_le(sector + count, d->disk.sectors);
    memcpy(d->bytes + sector * d->disk.sector_size, bytes, count * d->disk.sector_size);
    return true;
}
static inline bool ram_disk_flush(void *self)
{
    ((struct ram_disk *)self)->flushes++;
    return true;
}
/* Each sector starts with its number and goes on with a pattern of it. */
static inline void ram_disk_init(struct ram_disk *d, u32 sector_size, u64 sectors)
{
    *d = (struct ram_disk){ { sectors, sector_size, false, ram_disk_read, ram_disk_write, ram_disk_flush, d },
                            UINT64_MAX, 0, malloc(sectors * sector_size) };
    for (u64 i = 0; i < sectors * sector_size; i++)
        d->bytes[i] = (u8)(i * 7 + i / sector_size * 13);
    for (u32 s = 0; s < sectors; s++)
        memcpy(d->bytes + (u64)s * sector_size, &s, 4);
}

struct ide_board {
    struct chip_board b;
    struct memory     memory;
    struct ide        ide;
    struct probe      irq[2];
    struct ram_disk   disk, cd;
};

static inline void ide_board_power_on(struct ide_board *f)
{
    struct error why;
    ck_assert(memory_init(&f->memory, IDE_TEST_RAM, &why));
    memory_map_ram(&f->memory, "ram", 0, IDE_TEST_RAM, 0, 0);
    f->b.board.memory = &f->memory;
    for (int i = 0; i < 2; i++) {
        f->irq[i] = (struct probe){ .board = &f->b };
        line_connect(&f->ide.channel[i].irq, probe_set, &f->irq[i], 0);
    }
    chip_start(&f->b, &f->ide.dev, &ide_class, "ide");
    ck_assert(ports_claim(&f->b.ports, BM_PORT, 16, &ide_bus_master_ports, &f->ide, "bm", &why));
}
/* Disk as primary master, CD-ROM as secondary master; the other places are empty. */
static inline struct ide_board *ide_board_new(void)
{
    struct ide_board *f = calloc(1, sizeof *f);
    chip_board_init(&f->b, 100000000);
    ram_disk_init(&f->disk, 512, IDE_TEST_BYTES / 512);
    ram_disk_init(&f->cd, 2048, 600);
    f->cd.disk.read_only = true;
    ide_connect(&f->ide, 0, 0, IDE_DISK, &f->disk.disk);
    ide_connect(&f->ide, 1, 0, IDE_CDROM, &f->cd.disk);
    ide_board_power_on(f);
    return f;
}
static inline void ide_board_free(struct ide_board *f)
{
    memory_destroy(&f->memory);
    free(f->disk.bytes);
    free(f->cd.bytes);
    free(f);
}

static inline u16 in16(struct ide_board *f, u16 port) { return ports_read(&f->b.ports, port, 2); }
static inline void out16(struct ide_board *f, u16 port, u16 v) { ports_write(&f->b.ports, port, v, 2); }
static inline void out32(struct ide_board *f, u16 port, u32 v) { ports_write(&f->b.ports, port, v, 4); }

/* Waits until BSY falls; the alternate status leaves the interrupt alone. */
static inline u8 ide_ready(struct ide_board *f, u16 base)
{
    for (int i = 0; i < 100000 && (in8(&f->b, base + 0x206) & 0x80); i++) run_ns(&f->b, 1000);
    u8 status = in8(&f->b, base + 0x206);
    ck_assert_msg(!(status & 0x80), "drive stays busy");
    return status;
}
static inline void pio_read(struct ide_board *f, u16 base, void *bytes, unsigned count)
{
    for (unsigned i = 0; i < count / 2; i++) ((u16 *)bytes)[i] = in16(f, base);
}
static inline void pio_write(struct ide_board *f, u16 base, const void *bytes, unsigned count)
{
    for (unsigned i = 0; i < count / 2; i++) out16(f, base, ((const u16 *)bytes)[i]);
}
/* An LBA28 command to drive 0 or 1 of the primary channel. */
static inline void lba_command(struct ide_board *f, u8 unit, u8 command, u32 lba, u8 count)
{
    out8(&f->b, 0x1F6, 0xE0 | unit << 4 | lba >> 24);
    out8(&f->b, 0x1F2, count);
    out8(&f->b, 0x1F3, lba);
    out8(&f->b, 0x1F4, lba >> 8);
    out8(&f->b, 0x1F5, lba >> 16);
    out8(&f->b, 0x1F7, command);
}
#endif
