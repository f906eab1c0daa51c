/* The IDE channels with a disk: registers, PIO, addressing modes, errors, resets, bus master. */
#include "tests/unit/ide_board.h"

enum { PRD = 0x1000, DATA = 0x20000 };

static const u8 *sector_of(const struct ide_board *f, u32 lba) { return f->disk.bytes + lba * 512; }

START_TEST(signature_after_reset)
{
    struct ide_board *f = ide_board_new();
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x50);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 1);
    ck_assert_uint_eq(in8(&f->b, 0x1F2) | in8(&f->b, 0x1F3) << 8, 0x0101);
    ck_assert_uint_eq(in8(&f->b, 0x1F4) | in8(&f->b, 0x1F5) << 8, 0);
    ck_assert_uint_eq(in8(&f->b, 0x174), 0x14);
    ck_assert_uint_eq(in8(&f->b, 0x175), 0xEB);
    ck_assert_uint_eq(in8(&f->b, 0x177), 0);
    out8(&f->b, 0x1F4, 0x77);
    out8(&f->b, 0x3F6, 4);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x80);
    out8(&f->b, 0x3F6, 0);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_uint_eq(in8(&f->b, 0x1F4), 0);
    ck_assert_uint_eq(f->irq[0].rises, 0);
    ide_board_free(f);
}
END_TEST

START_TEST(absent_drives)
{
    struct ide_board *f = ide_board_new();
    out8(&f->b, 0x1F6, 0xB0);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0);
    out8(&f->b, 0x1F2, 0x55);
    ck_assert_uint_eq(in8(&f->b, 0x1F2), 0x55);              /* drive 0 answers for drive 1 */
    out8(&f->b, 0x1F7, 0xEC);
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0);
    ck_assert_uint_eq(f->irq[0].rises, 0);
    out8(&f->b, 0x1F7, 0x90);                                /* but the diagnostic is for both */
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x50);              /* and selects drive 0 */
    ck_assert_uint_eq(f->irq[0].rises, 1);
    out8(&f->b, 0x176, 0xB0);                                /* a packet device answers for nobody with its signature */
    ck_assert_uint_eq(in8(&f->b, 0x174) | in8(&f->b, 0x175) | in8(&f->b, 0x177), 0);
    ide_board_free(f);
}
END_TEST

static void check_signature(struct ide_board *f, u8 device, u16 signature, u8 status)
{
    out8(&f->b, 0x1F6, device);
    ck_assert_uint_eq(in8(&f->b, 0x1F4) | in8(&f->b, 0x1F5) << 8, signature);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 1);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), status);
}

/* A disk and a CD-ROM drive on one channel: each has its signature, its command and its interrupt. */
START_TEST(two_drives_on_a_channel)
{
    struct ide_board *f = calloc(1, sizeof *f);
    u8 got[512];
    chip_board_init(&f->b, 100000000);
    ram_disk_init(&f->disk, 512, 100);
    ram_disk_init(&f->cd, 2048, 20);
    ide_connect(&f->ide, 0, 0, IDE_DISK, &f->disk.disk);
    ide_connect(&f->ide, 0, 1, IDE_CDROM, &f->cd.disk);
    ide_board_power_on(f);
    for (int way = 0; way < 2; way++) {
        out8(&f->b, 0x1F6, 0xB0);
        if (way) {
            out8(&f->b, 0x1F7, 0x90);
        } else {
            out8(&f->b, 0x3F6, 4);
            out8(&f->b, 0x3F6, 0);
        }
        ide_ready(f, 0x1F0);
        ck_assert_uint_eq(in8(&f->b, 0x1F6) & 0x10, 0);      /* drive 0 is selected */
        check_signature(f, 0xA0, 0, 0x50);
        check_signature(f, 0xB0, 0xEB14, 0);
        ck_assert_uint_eq(f->irq[0].rises, (unsigned)way);   /* a reset has no interrupt, the diagnostic has */
    }
    lba_command(f, 0, 0x20, 7, 1);
    out8(&f->b, 0x1F6, 0xB0);                                /* busy: not heard */
    ide_ready(f, 0x1F0);
    ck_assert(f->irq[0].level);
    out8(&f->b, 0x1F6, 0xB0);                                /* its interrupt is not the other's, nor are its data */
    ck_assert(!f->irq[0].level);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0);
    ck_assert_uint_eq(in16(f, 0x1F0), 0);
    out8(&f->b, 0x1F6, 0xA0);
    ck_assert(f->irq[0].level);
    pio_read(f, 0x1F0, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 7), 512);
    out8(&f->b, 0x1F6, 0xB0);
    out8(&f->b, 0x1F7, 0xA1);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    ck_assert_uint_eq(in16(f, 0x1F0), 0x85C0);
    ide_board_free(f);
}
END_TEST

START_TEST(empty_channel_floats)
{
    struct ide_board *f = calloc(1, sizeof *f);
    chip_board_init(&f->b, 100000000);
    ide_board_power_on(f);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x7F);
    ck_assert_uint_eq(in8(&f->b, 0x376), 0x7F);
    out8(&f->b, 0x1F2, 0x55);
    ck_assert_uint_ne(in8(&f->b, 0x1F2), 0x55);
    out8(&f->b, 0x1F7, 0xEC);
    out8(&f->b, 0x1F7, 0x90);
    out8(&f->b, 0x3F6, 4);
    out8(&f->b, 0x3F6, 0);
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x7F);
    ck_assert_uint_eq(f->irq[0].rises, 0);
    ide_board_free(f);
}
END_TEST

START_TEST(identify_describes_the_disk)
{
    struct ide_board *f = ide_board_new();
    u16 w[256];
    lba_command(f, 0, 0xEC, 0, 0);
    ck_assert_uint_eq(in8(&f->b, 0x3F6), 0x90);
    ck_assert_uint_eq(f->irq[0].rises, 0);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    ck_assert(f->irq[0].level);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x58);
    ck_assert(!f->irq[0].level);                             /* reading the status took it */
    pio_read(f, 0x1F0, w, 512);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x50);
    ck_assert_uint_eq(w[1] * w[3] * w[6], 8192 / 1008 * 1008);
    ck_assert_uint_eq(w[60] | w[61] << 16, 8192);
    ck_assert_uint_eq(w[100], 8192);
    ck_assert_uint_eq(w[93] & 0xDF61, 0x4041);               /* drive 1 is absent: SeaBIOS looks no further */
    ck_assert_uint_eq(w[57] | w[58] << 16, w[54] * w[55] * w[56]);
    ck_assert_uint_eq(w[27], 'T' << 8 | 'R');
    ck_assert_uint_eq(in16(f, 0x1F0), 0);                    /* nothing more */
    ide_board_free(f);
}
END_TEST

START_TEST(reads_by_lba28_in_all_widths)
{
    struct ide_board *f = ide_board_new();
    u8 got[1024];
    lba_command(f, 0, 0x20, 77, 2);
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, got, 512);
    ck_assert_uint_eq(in8(&f->b, 0x3F6) & 0x88, 0x80);       /* busy between the blocks */
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    for (int i = 0; i < 128; i++) {
        u32 v = ports_read(&f->b.ports, 0x1F0, 4);
        memcpy(got + 512 + 4 * i, &v, 4);
    }
    ck_assert_mem_eq(got, sector_of(f, 77), 1024);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x50);
    ck_assert_uint_eq(in8(&f->b, 0x1F2), 0);
    ck_assert_uint_eq(in8(&f->b, 0x1F3), 78);
    ck_assert_uint_eq(f->irq[0].rises, 1);                   /* the first was never taken by a status read */
    ide_board_free(f);
}
END_TEST

START_TEST(writes_then_flushes)
{
    struct ide_board *f = ide_board_new();
    u8 data[1024];
    memset(data, 0xA5, sizeof data);
    lba_command(f, 0, 0x30, 10, 2);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    ck_assert_uint_eq(f->irq[0].rises, 0);                   /* none before the first block */
    pio_write(f, 0x1F0, data, 512);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    ck_assert_uint_eq(f->irq[0].rises, 1);
    in8(&f->b, 0x1F7);
    pio_write(f, 0x1F0, data, 512);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_uint_eq(f->irq[0].rises, 2);
    ck_assert_mem_eq(sector_of(f, 10), data, 1024);
    ck_assert_uint_ne(sector_of(f, 12)[5], 0xA5);
    lba_command(f, 0, 0xE7, 0, 0);
    ide_ready(f, 0x1F0);
    ck_assert_uint_eq(f->disk.flushes, 1);
    ide_board_free(f);
}
END_TEST

START_TEST(chs_follows_the_translation)
{
    struct ide_board *f = ide_board_new();
    u8 got[512];
    for (int pass = 0; pass < 2; pass++) {
        u32 heads = pass ? 4 : 16, sectors = pass ? 32 : 63;
        if (pass) {
            out8(&f->b, 0x1F6, 0xA3);
            out8(&f->b, 0x1F2, 32);
            out8(&f->b, 0x1F7, 0x91);
            ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
        }
        out8(&f->b, 0x1F6, 0xA2);                            /* head 2 */
        out8(&f->b, 0x1F2, 1);
        out8(&f->b, 0x1F3, 5);
        out8(&f->b, 0x1F4, 3);
        out8(&f->b, 0x1F5, 0);
        out8(&f->b, 0x1F7, 0x20);
        ide_ready(f, 0x1F0);
        pio_read(f, 0x1F0, got, 512);
        ck_assert_mem_eq(got, sector_of(f, (3 * heads + 2) * sectors + 4), 512);
        ck_assert_uint_eq(in8(&f->b, 0x1F3), 5);
    }
    out8(&f->b, 0x1F3, 0);                                   /* there is no sector 0 */
    out8(&f->b, 0x1F7, 0x20);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x10);
    out8(&f->b, 0x1F3, 1);
    out8(&f->b, 0x1F6, 0xA4);                                /* nor a head 4 now */
    out8(&f->b, 0x1F7, 0x20);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ide_board_free(f);
}
END_TEST

START_TEST(lba48_uses_previous_values)
{
    struct ide_board *f = ide_board_new();
    static const u8 regs[8][2] = {
        { 2, 0 }, { 2, 1 }, { 3, 0 }, { 3, 0x34 }, { 4, 0 }, { 4, 0x12 }, { 5, 0 }, { 5, 0 },
    };
    u8 got[512];
    out8(&f->b, 0x1F6, 0x40);
    for (int i = 0; i < 8; i++) out8(&f->b, 0x1F0 + regs[i][0], regs[i][1]);
    out8(&f->b, 0x1F7, 0x24);
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 0x1234), 512);
    out8(&f->b, 0x1F3, 1);                                   /* previous low byte 0x34: far beyond the end */
    out8(&f->b, 0x1F2, 0);
    out8(&f->b, 0x1F2, 1);
    out8(&f->b, 0x1F7, 0x24);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x10);
    out8(&f->b, 0x3F6, 0x80);
    ck_assert_uint_eq(in8(&f->b, 0x1F3), 0x34);              /* HOB shows it */
    ide_board_free(f);
}
END_TEST

START_TEST(multiple_moves_blocks)
{
    struct ide_board *f = ide_board_new();
    u8 got[10 * 512];
    lba_command(f, 0, 0xC4, 0, 10);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);            /* not set up */
    lba_command(f, 0, 0xC6, 0, 3);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    lba_command(f, 0, 0xC6, 0, 8);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    in8(&f->b, 0x1F7);
    unsigned before = f->irq[0].rises;
    lba_command(f, 0, 0xC4, 100, 10);
    ide_ready(f, 0x1F0);
    in8(&f->b, 0x1F7);
    pio_read(f, 0x1F0, got, 8 * 512);
    ide_ready(f, 0x1F0);
    in8(&f->b, 0x1F7);
    pio_read(f, 0x1F0, got + 8 * 512, 2 * 512);
    ck_assert_uint_eq(in8(&f->b, 0x1F7), 0x50);
    ck_assert_uint_eq(f->irq[0].rises - before, 2);
    ck_assert_mem_eq(got, sector_of(f, 100), sizeof got);
    ide_board_free(f);
}
END_TEST

START_TEST(errors_are_the_drives)
{
    struct ide_board *f = ide_board_new();
    f->disk.bad_sector = 50;
    lba_command(f, 0, 0x20, 50, 1);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x40);
    lba_command(f, 0, 0x40, 40, 20);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    lba_command(f, 0, 0x30, 50, 1);
    ide_ready(f, 0x1F0);
    pio_write(f, 0x1F0, f->disk.bytes, 512);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x71);
    lba_command(f, 0, 0x20, 8191, 2);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x10);
    lba_command(f, 0, 0xFF, 0, 0);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x04);
    f->disk.disk.read_only = true;
    lba_command(f, 0, 0x30, 1, 1);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x51);
    ide_board_free(f);
}
END_TEST

START_TEST(nien_holds_the_line)
{
    struct ide_board *f = ide_board_new();
    out8(&f->b, 0x3F6, 2);
    lba_command(f, 0, 0xE7, 0, 0);
    ide_ready(f, 0x1F0);
    ck_assert(!f->irq[0].level);
    out8(&f->b, 0x3F6, 0);
    ck_assert(f->irq[0].level);
    out8(&f->b, 0x1F6, 0xB0);                                /* the other drive has nothing to say */
    ck_assert(!f->irq[0].level);
    ide_board_free(f);
}
END_TEST

START_TEST(busy_drive_ignores_writes)
{
    struct ide_board *f = ide_board_new();
    lba_command(f, 0, 0x20, 5, 1);
    out8(&f->b, 0x1F3, 9);
    out8(&f->b, 0x1F7, 0xEC);
    u8 got[512];
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 5), 512);
    ide_board_free(f);
}
END_TEST

static void prd_put(struct ide_board *f, u32 at, u32 address, u32 count)
{
    u32 words[2] = { address, count };
    memory_write(&f->memory, at, words, 8);
}

static u8 bm_status(struct ide_board *f) { return in8(&f->b, BM_PORT + 2); }

START_TEST(dma_reads_and_writes)
{
    struct ide_board *f = ide_board_new();
    u8 got[64 * 512];
    prd_put(f, PRD, DATA + 2, 0x3000);
    prd_put(f, PRD + 8, DATA + 0x8000, 0x80005000);
    out32(f, BM_PORT + 4, PRD);
    lba_command(f, 0, 0xC8, 1000, 64);
    run_ns(&f->b, 5000000);
    ck_assert_uint_eq(f->irq[0].rises, 0);                   /* waits for the engine */
    out8(&f->b, BM_PORT, 0x09);
    ck_assert_uint_eq(bm_status(f), 0x01);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_uint_eq(bm_status(f), 0x04);
    ck_assert_uint_eq(f->irq[0].rises, 1);
    memory_read(&f->memory, DATA + 2, got, 0x3000);
    memory_read(&f->memory, DATA + 0x8000, got + 0x3000, 0x5000);
    ck_assert_mem_eq(got, sector_of(f, 1000), sizeof got);
    out8(&f->b, BM_PORT, 0);
    out8(&f->b, BM_PORT + 2, 0x64);
    ck_assert_uint_eq(bm_status(f), 0x60);
    in8(&f->b, 0x1F7);
    out8(&f->b, BM_PORT, 0x01);
    lba_command(f, 0, 0xCA, 2000, 64);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_mem_eq(sector_of(f, 2000), got, sizeof got);
    ide_board_free(f);
}
END_TEST

START_TEST(dma_table_too_short_and_too_long)
{
    struct ide_board *f = ide_board_new();
    u8 got[512];
    prd_put(f, PRD, DATA, 0x80000100);
    out32(f, BM_PORT + 4, PRD);
    lba_command(f, 0, 0xC8, 7, 1);
    out8(&f->b, BM_PORT, 0x09);
    run_ns(&f->b, 5000000);
    ck_assert_uint_eq(bm_status(f), 0);                      /* not active, no interrupt: the drive still waits */
    ck_assert_uint_eq(in8(&f->b, 0x3F6), 0x90);
    out8(&f->b, BM_PORT, 0);
    prd_put(f, PRD, DATA + 0x100, 0x80000200);
    out8(&f->b, BM_PORT, 0x09);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_uint_eq(bm_status(f), 0x05);                   /* the table has bytes left: still active */
    memory_read(&f->memory, DATA, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 7), 512);
    ide_board_free(f);
}
END_TEST

START_TEST(dma_waits_for_the_bus)
{
    static const bool decoded[2] = { true, false };
    struct ide_board *f = ide_board_new();
    u8 got[512];
    prd_put(f, PRD, DATA, 0x80000200);
    out32(f, BM_PORT + 4, PRD);
    ide_enable(&f->ide, decoded, false);
    lba_command(f, 0, 0xC8, 7, 1);
    out8(&f->b, BM_PORT, 0x09);
    run_ns(&f->b, 5000000);
    ck_assert_uint_eq(bm_status(f), 0x01);
    ck_assert_uint_eq(in8(&f->b, 0x3F6), 0x90);
    ck_assert_uint_eq(memory_load(&f->memory, DATA, 4), 0);
    ide_enable(&f->ide, decoded, true);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    ck_assert_uint_eq(bm_status(f), 0x04);
    memory_read(&f->memory, DATA, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 7), 512);
    out8(&f->b, 0x176, 0xB0);                                /* the closed channel hears nothing */
    out8(&f->b, 0x376, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x170, 4), 0xFFFFFFFF);
    ide_enable(&f->ide, (bool[2]){ true, true }, true);
    ck_assert_uint_eq(in8(&f->b, 0x376), 0);
    ck_assert_uint_eq(in8(&f->b, 0x174), 0x14);
    ide_board_free(f);
}
END_TEST

START_TEST(dma_hostile_tables)
{
    struct ide_board *f = ide_board_new();
    static const u32 tables[] = { 0, 0xFFFFFFFC, 0x000FFFF8, PRD, 0xFFFF0000 };
    for (u32 i = 0; i < 0x10000; i += 8)
        prd_put(f, 0x10000 + i, i & 8 ? 0xFFFFFFFF : 0x10000 + i, i & 16 ? 0 : 2);
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++) {
        out32(f, BM_PORT + 4, i == 3 ? 0x10000 : tables[i]);
        lba_command(f, 0, i & 1 ? 0xCA : 0xC8, 3000, 0);
        out8(&f->b, BM_PORT, i & 1 ? 0x01 : 0x09);
        run_ns(&f->b, 50000000);
        out8(&f->b, BM_PORT, 0);
        out8(&f->b, 0x3F6, 4);
        out8(&f->b, 0x3F6, 0);
        ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x50);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(random_port_writes_do_no_harm)
{
    struct ide_board *f = ide_board_new();
    u64 seed = 12345;
    for (int i = 0; i < 300000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        u32 r = (u32)(seed >> 32), channel = r & 1;
        u16 port = (r & 14) == 14 ? BM_PORT + (r >> 8 & 15) : (r & 14) == 12 ? 0x3F6 - 0x80 * channel
                                                            : (channel ? 0x170 : 0x1F0) + (r >> 8 & 7);
        unsigned width = 1u << (r >> 12) % 3;
        if (r >> 14 & 1) ports_read(&f->b.ports, port, width);
        else ports_write(&f->b.ports, port, (u32)(seed >> 13), width);
        if (!(r >> 20 & 15)) run_ns(&f->b, 30000);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(state_survives)
{
    struct ide_board *f = ide_board_new(), *g = ide_board_new();
    u8 got[512];
    lba_command(f, 0, 0x20, 33, 2);
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, got, 100);
    check_save_load(&f->ide.dev, &g->ide.dev);
    ide_class.restored(&g->ide.dev);
    ck_assert(g->ide.channel[0].irq.level);
    pio_read(g, 0x1F0, got + 100, 412);
    ck_assert_mem_eq(got, sector_of(f, 33), 512);
    ide_ready(g, 0x1F0);
    pio_read(g, 0x1F0, got, 512);
    ck_assert_mem_eq(got, sector_of(f, 34), 512);
    ide_board_free(f);
    ide_board_free(g);
}
END_TEST

/* What the last command left behind is no transfer to be made good. */
START_TEST(commands_that_are_over_load_as_they_are)
{
    struct ide_board *f = ide_board_new(), *g = ide_board_new();
    u8 got[512];
    lba_command(f, 0, 0x20, 0x0F00008A, 2);
    ck_assert_uint_eq(ide_ready(f, 0x1F0) & 0x01, 0x01);
    check_save_load(&f->ide.dev, &g->ide.dev);
    lba_command(f, 0, 0x20, 33, 1);
    ide_ready(f, 0x1F0);
    check_save_load(&f->ide.dev, &g->ide.dev);
    pio_read(f, 0x1F0, got, 512);
    check_save_load(&f->ide.dev, &g->ide.dev);
    ide_board_free(f);
    ide_board_free(g);
}
END_TEST

Suite *ide_suite(void)
{
    const TTest *const tests[] = {
        signature_after_reset, absent_drives, two_drives_on_a_channel, empty_channel_floats, identify_describes_the_disk,
        reads_by_lba28_in_all_widths, writes_then_flushes, chs_follows_the_translation, lba48_uses_previous_values,
        multiple_moves_blocks, errors_are_the_drives, nien_holds_the_line, busy_drive_ignores_writes,
        dma_reads_and_writes, dma_table_too_short_and_too_long, dma_waits_for_the_bus, dma_hostile_tables,
        random_port_writes_do_no_harm, state_survives, commands_that_are_over_load_as_they_are,
    };
    return suite_of("ide", tests, ARRAY_LEN(tests));
}
