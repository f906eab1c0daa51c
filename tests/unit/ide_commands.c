/* What a disk says of itself and how it is set: identification, SET FEATURES, power, SMART, 48-bit commands, errors. */
#include "tests/unit/ide_board.h"

enum { PRD = 0x1000, DATA = 0x20000, GOOD = 0x50, BAD = 0x51 };

/* A command to the primary master with these registers; the status once it is done. */
static u8 command(struct ide_board *f, u8 code, u8 feature, u8 count, u8 low, u8 mid, u8 high)
{
    const u8 registers[] = { feature, count, low, mid, high };
    for (u16 i = 0; i < sizeof registers; i++) out8(&f->b, 0x1F1 + i, registers[i]);
    out8(&f->b, 0x1F6, 0xE0);
    out8(&f->b, 0x1F7, code);
    u8 status = ide_ready(f, 0x1F0);
    in8(&f->b, 0x1F7);
    return status;
}

static void ext_command(struct ide_board *f, u8 code, u64 sector, u16 count)
{
    const u8 registers[4][2] = {
        { count >> 8, (u8)count }, { (u8)(sector >> 24), (u8)sector }, { (u8)(sector >> 32), (u8)(sector >> 8) },
        { (u8)(sector >> 40), (u8)(sector >> 16) },
    };
    for (u16 i = 0; i < 4; i++)
        for (int half = 0; half < 2; half++) out8(&f->b, 0x1F2 + i, registers[i][half]);
    out8(&f->b, 0x1F6, 0x40);
    out8(&f->b, 0x1F7, code);
}

static void identify(struct ide_board *f, u16 *words)
{
    u8 sum = 0;
    ck_assert_uint_eq(command(f, 0xEC, 0, 0, 0, 0, 0), 0x58);
    pio_read(f, 0x1F0, words, 512);
    for (int i = 0; i < 512; i++) sum += ((u8 *)words)[i];
    ck_assert_uint_eq(words[255] & 0xFF, 0xA5);
    ck_assert_uint_eq(sum, 0);
}

static void soft_reset(struct ide_board *f)
{
    out8(&f->b, 0x3F6, 4);
    out8(&f->b, 0x3F6, 0);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
}

START_TEST(translation_of_all_sizes)
{
    static const struct { u64 sectors; u16 cylinders, heads, spt; } disks[] = {
        { 1, 1, 1, 1 }, { 62, 1, 1, 62 }, { 63, 1, 1, 63 }, { 1007, 15, 1, 63 }, { 1008, 1, 16, 63 }, { 8192, 8, 16, 63 },
        { 1024 * 1008, 1024, 16, 63 }, { 16514063, 16382, 16, 63 }, { 16514064, 16383, 16, 63 },
        { 16514065, 16383, 16, 63 }, { 0x0FFFFFFE, 16383, 16, 63 }, { 0x10000000, 16383, 16, 63 },
        { 0x123456789A, 16383, 16, 63 },
    };
    struct ide_board *f = ide_board_new();
    u16 w[256];
    for (unsigned i = 0; i < ARRAY_LEN(disks); i++) {
        f->disk.disk.sectors = disks[i].sectors;
        ide_class.reset(&f->ide.dev, RESET_COLD);
        identify(f, w);
        ck_assert_msg(w[1] == disks[i].cylinders && w[3] == disks[i].heads && w[6] == disks[i].spt, "row %u: %u/%u/%u", i,
                      w[1], w[3], w[6]);
        ck_assert_mem_eq(w + 54, ((u16[3]){ w[1], w[3], w[6] }), 6);
        ck_assert_uint_eq(w[57] | (u32)w[58] << 16, (u32)w[54] * w[55] * w[56]);
        ck_assert_uint_eq(w[60] | (u32)w[61] << 16, MIN(disks[i].sectors, 0x0FFFFFFF));
        ck_assert_uint_eq(w[100] | (u64)w[101] << 16 | (u64)w[102] << 32 | (u64)w[103] << 48, disks[i].sectors);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(current_translation_is_told)
{
    static const struct { u64 sectors; u8 heads, spt; u16 cylinders; } rows[] = {
        { 8192, 4, 32, 64 }, { 8192, 16, 255, 2 }, { 16514064, 1, 63, 65535 }, { 0x10000000, 15, 63, 17475 },
        { 0x10000000, 16, 63, 16383 },
    };
    struct ide_board *f = ide_board_new();
    u16 w[256];
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        f->disk.disk.sectors = rows[i].sectors;
        ide_class.reset(&f->ide.dev, RESET_COLD);
        out8(&f->b, 0x1F6, 0xA0 | (rows[i].heads - 1));
        out8(&f->b, 0x1F2, rows[i].spt);
        out8(&f->b, 0x1F7, 0x91);
        ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
        identify(f, w);
        ck_assert_msg(w[54] == rows[i].cylinders && w[55] == rows[i].heads && w[56] == rows[i].spt, "row %u: %u", i, w[54]);
        ck_assert_uint_eq(w[57] | (u32)w[58] << 16, (u32)w[54] * w[55] * w[56]);
        ck_assert_uint_le(w[57] | (u32)w[58] << 16, w[60] | (u32)w[61] << 16);
    }
    ck_assert_uint_eq(command(f, 0x91, 0, 0, 0, 0, 0), BAD);
    ide_board_free(f);
}
END_TEST

START_TEST(features_are_set_and_told)
{
    static const struct { u8 feature, count, status; u8 word; u16 mask, value; } rows[] = {
        { 0x82, 0, GOOD, 85, 0x0020, 0 }, { 0x02, 0, GOOD, 85, 0x0020, 0x20 },
        { 0x55, 0, GOOD, 85, 0x0040, 0 }, { 0xAA, 0, GOOD, 85, 0x0040, 0x40 },
        { 0x03, 0x22, GOOD, 63, 0xFFFF, 0x0407 }, { 0x03, 0x0C, GOOD, 63, 0xFFFF, 0x0407 },    /* PIO keeps the DMA mode */
        { 0x03, 0x23, BAD, 63, 0xFFFF, 0x0407 }, { 0x03, 0x0D, BAD, 63, 0xFFFF, 0x0407 },
        { 0x03, 0x10, BAD, 63, 0xFFFF, 0x0407 }, { 0x03, 0x46, BAD, 63, 0xFFFF, 0x0407 },
        { 0x03, 0x45, GOOD, 88, 0xFFFF, 0x203F }, { 0x03, 0x40, GOOD, 88, 0xFFFF, 0x013F },
        { 0x03, 0x01, GOOD, 63, 0xFFFF, 0x0007 }, { 0x03, 0x02, BAD, 88, 0xFFFF, 0x013F },
        { 0x05, 0x80, BAD, 83, 0x0008, 0 }, { 0x77, 0, BAD, 82, 0xFFFF, 0x7069 },
    };
    struct ide_board *f = ide_board_new();
    u16 w[256];
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(command(f, 0xEF, rows[i].feature, rows[i].count, 0, 0, 0) == rows[i].status, "row %u", i);
        identify(f, w);
        ck_assert_msg((w[rows[i].word] & rows[i].mask) == rows[i].value, "row %u: %04x", i, w[rows[i].word]);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(settings_and_resets)
{
    struct ide_board *f = ide_board_new();
    u16 w[256];
    for (int keep = 0; keep < 2; keep++) {
        command(f, 0xEF, keep ? 0x66 : 0xCC, 0, 0, 0, 0);
        command(f, 0xEF, 0x82, 0, 0, 0, 0);
        command(f, 0xEF, 0x03, 0x21, 0, 0, 0);
        command(f, 0xC6, 0, 8, 0, 0, 0);
        command(f, 0x91, 0, 17, 0, 0, 0);
        soft_reset(f);
        identify(f, w);
        ck_assert_uint_eq(w[85] & 0x20, keep ? 0 : 0x20);
        ck_assert_uint_eq(w[59], keep ? 0x108 : 0);
        ck_assert_uint_eq(w[56], keep ? 17 : 63);
        ck_assert_uint_eq(w[63], 0x0207);
    }
    ide_class.reset(&f->ide.dev, RESET_COLD);
    identify(f, w);
    ck_assert(w[59] == 0 && w[63] == 0x0007 && (w[85] & 0x20));
    ide_board_free(f);
}
END_TEST

START_TEST(write_cache_off_flushes)
{
    struct ide_board *f = ide_board_new();
    u8 data[512] = { 7 };
    for (int off = 0; off < 2; off++) {
        command(f, 0xEF, off ? 0x82 : 0x02, 0, 0, 0, 0);
        lba_command(f, 0, 0x30, 5, 1);
        ide_ready(f, 0x1F0);
        pio_write(f, 0x1F0, data, 512);
        ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
        ck_assert_uint_eq(f->disk.flushes, (unsigned)off);
    }
    ck_assert_uint_eq(command(f, 0xEA, 0, 0, 0, 0, 0), GOOD);
    ck_assert_uint_eq(f->disk.flushes, 2);
    ide_board_free(f);
}
END_TEST

static u8 power_mode(struct ide_board *f, u8 code)
{
    ck_assert_uint_eq(command(f, code, 0, 0x33, 0, 0, 0), GOOD);
    return in8(&f->b, 0x1F2);
}

START_TEST(power_modes)
{
    static const struct { u8 code, mode; } rows[] = {
        { 0xE0, 0x00 }, { 0x40, 0xFF }, { 0xE1, 0x80 }, { 0x94, 0x00 }, { 0x95, 0x80 }, { 0xE3, 0x80 }, { 0xE2, 0x00 },
        { 0x96, 0x00 }, { 0x97, 0x80 },
    };
    struct ide_board *f = ide_board_new();
    ck_assert_uint_eq(power_mode(f, 0xE5), 0xFF);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_uint_eq(command(f, rows[i].code, 0, rows[i].code == 0x40, 0, 0, 0), GOOD);
        ck_assert_msg(power_mode(f, i & 1 ? 0x98 : 0xE5) == rows[i].mode, "row %u", i);
    }
    ide_board_free(f);
}
END_TEST

/* Table 27: five seconds, half hours, and the odd ones; the timer starts anew with each use of the medium. */
START_TEST(standby_timer)
{
    static const struct { u8 timer; u32 seconds; } rows[] = {
        { 1, 5 }, { 240, 1200 }, { 241, 1800 }, { 251, 19800 }, { 252, 1260 }, { 253, 28800 }, { 255, 1275 },
    };
    struct ide_board *f = ide_board_new();
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        command(f, 0xE3, 0, rows[i].timer, 0, 0, 0);
        run_ns(&f->b, (rows[i].seconds - 1) * 1000000000ull);
        command(f, 0x40, 0, 1, 0, 0, 0);
        run_ns(&f->b, (rows[i].seconds - 1) * 1000000000ull);
        ck_assert_msg(power_mode(f, 0xE5) == 0xFF, "row %u", i);
        run_ns(&f->b, 2000000000ull);
        ck_assert_msg(power_mode(f, 0xE5) == 0x00, "row %u", i);
    }
    command(f, 0xE3, 0, 0, 0, 0, 0);
    run_ns(&f->b, 3600000000000ull);
    ck_assert_uint_eq(power_mode(f, 0xE5), 0x80);
    ide_board_free(f);
}
END_TEST

START_TEST(sleep_ends_with_a_reset)
{
    struct ide_board *f = ide_board_new();
    ck_assert_uint_eq(command(f, 0xE6, 0, 0, 0, 0, 0), GOOD);
    unsigned rises = f->irq[0].rises;
    command(f, 0xEC, 0, 0, 0, 0, 0);
    ck_assert_uint_eq(f->irq[0].rises, rises);
    soft_reset(f);
    ck_assert_uint_eq(power_mode(f, 0xE5), 0x00);
    ide_board_free(f);
}
END_TEST

static u8 smart(struct ide_board *f, u8 feature, u8 count, u8 low)
{
    return command(f, 0xB0, feature, count, low, 0x4F, 0xC2);
}

static void smart_read(struct ide_board *f, u8 feature, u8 low, u8 *sector, bool summed)
{
    u8 sum = 0;
    ck_assert_uint_eq(smart(f, feature, 1, low), 0x58);
    pio_read(f, 0x1F0, sector, 512);
    for (int i = 0; i < 512; i++) sum += sector[i];
    if (summed) ck_assert_uint_eq(sum, 0);
}

START_TEST(smart_tells_of_health)
{
    struct ide_board *f = ide_board_new();
    u8 data[512], thresholds[512], log[512];
    smart_read(f, 0xD0, 0, data, true);
    smart_read(f, 0xD1, 0, thresholds, true);
    for (int i = 0; i < 30; i++) {
        ck_assert_uint_eq(data[2 + 12 * i], thresholds[2 + 12 * i]);
        if (data[2 + 12 * i]) ck_assert_uint_gt(data[2 + 12 * i + 3], thresholds[2 + 12 * i + 1]);
    }
    ck_assert_uint_eq(smart(f, 0xDA, 0, 0), GOOD);
    ck_assert_uint_eq(in8(&f->b, 0x1F4) | in8(&f->b, 0x1F5) << 8, 0xC24F);
    run_ns(&f->b, 2 * 3600000000000ull);
    ck_assert_uint_eq(smart(f, 0xD4, 0, 1), GOOD);
    ck_assert_uint_eq(smart(f, 0xD4, 0, 3), BAD);
    smart_read(f, 0xD5, 0x06, log, true);
    ck_assert(log[2] == 1 && log[3] == 0 && log[4] == 2 && log[508] == 1);
    smart_read(f, 0xD5, 0x00, log, false);
    ck_assert(log[0] == 1 && log[2] == 1 && log[12] == 1 && log[4] == 0);
    smart_read(f, 0xD5, 0x01, log, true);
    ck_assert_uint_eq(smart(f, 0xD5, 1, 0x80), BAD);
    ck_assert_uint_eq(smart(f, 0xD6, 1, 0x80), BAD);
    smart_read(f, 0xD0, 0, data, true);
    ck_assert(data[2 + 4 * 12] == 9 && data[2 + 4 * 12 + 5] == 2);
    ide_board_free(f);
}
END_TEST

START_TEST(smart_needs_its_key_and_to_be_enabled)
{
    struct ide_board *f = ide_board_new();
    u16 w[256];
    ck_assert_uint_eq(command(f, 0xB0, 0xDA, 0, 0, 0x4F, 0xC3), BAD);
    ck_assert_uint_eq(command(f, 0xB0, 0xDA, 0, 0, 0, 0xC2), BAD);
    ck_assert_uint_eq(smart(f, 0xD9, 0, 0), GOOD);
    ck_assert_uint_eq(smart(f, 0xDA, 0, 0), BAD);
    ck_assert_uint_eq(in8(&f->b, 0x1F1), 4);
    identify(f, w);
    ck_assert((w[82] & 1) && !(w[85] & 1));
    ck_assert_uint_eq(smart(f, 0xD8, 0, 0), GOOD);
    ck_assert_uint_eq(smart(f, 0xD2, 0xF1, 0), GOOD);
    ck_assert_uint_eq(smart(f, 0xD2, 5, 0), BAD);
    identify(f, w);
    ck_assert(w[85] & 1);
    ide_board_free(f);
}
END_TEST

START_TEST(commands_of_48_bits)
{
    struct ide_board *f = ide_board_new();
    u8 data[16 * 512];
    memset(data, 0x5A, sizeof data);
    command(f, 0xC6, 0, 16, 0, 0, 0);
    ext_command(f, 0x39, 0x1000, 16);                        /* WRITE MULTIPLE EXT */
    ide_ready(f, 0x1F0);
    pio_write(f, 0x1F0, data, sizeof data);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
    ck_assert_mem_eq(f->disk.bytes + 0x1000 * 512, data, sizeof data);
    memset(data, 0, sizeof data);
    ext_command(f, 0x29, 0x1000, 16);                        /* READ MULTIPLE EXT */
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, data, sizeof data);
    ck_assert_mem_eq(f->disk.bytes + 0x1000 * 512, data, sizeof data);
    ext_command(f, 0x42, 0, 0x2000);                         /* READ VERIFY EXT: the whole disk */
    ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
    ext_command(f, 0x42, 0, 0);                              /* 65536 sectors are too many */
    ck_assert_uint_eq(ide_ready(f, 0x1F0), BAD);
    u32 prd[4] = { DATA, 0, DATA + 0x10000, 0x80000000 };    /* 64 KiB each */
    memory_write(&f->memory, PRD, prd, sizeof prd);
    for (int write = 0; write < 2; write++) {
        out32(f, BM_PORT + 4, PRD);
        ext_command(f, write ? 0x35 : 0x25, 0x400 * (1 + write), 256);
        out8(&f->b, BM_PORT, write ? 1 : 9);
        ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
        ck_assert_uint_eq(in8(&f->b, BM_PORT + 2), 4);
        out8(&f->b, BM_PORT, 0);
        out8(&f->b, BM_PORT + 2, 4);
    }
    ck_assert_mem_eq(f->disk.bytes + 0x800 * 512, f->disk.bytes + 0x400 * 512, 256 * 512);
    f->disk.disk.sectors = 0x123456789A;
    ext_command(f, 0x27, 0, 0);                              /* READ NATIVE MAX ADDRESS EXT */
    ck_assert_uint_eq(ide_ready(f, 0x1F0), GOOD);
    ck_assert_uint_eq(in8(&f->b, 0x1F3) | in8(&f->b, 0x1F4) << 8 | in8(&f->b, 0x1F5) << 16, 0x567899);
    out8(&f->b, 0x3F6, 0x80);
    ck_assert_uint_eq(in8(&f->b, 0x1F3) | in8(&f->b, 0x1F4) << 8 | in8(&f->b, 0x1F5) << 16, 0x001234);
    command(f, 0xF8, 0, 0, 0, 0, 0);                         /* and with 28 bits the last that they address */
    ck_assert_uint_eq(in8(&f->b, 0x1F3) | in8(&f->b, 0x1F4) << 8 | in8(&f->b, 0x1F5) << 16, 0xFFFFFE);
    ck_assert_uint_eq(in8(&f->b, 0x1F6) & 15, 15);
    lba_command(f, 0, 0x40, 0x0FFFFFFF, 1);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), BAD);
    ide_board_free(f);
}
END_TEST

START_TEST(first_bad_sector_is_told)
{
    struct ide_board *f = ide_board_new();
    u8 got[64 * 512] = { 0 };
    u32 prd[2] = { DATA, 0x80008000 };
    memory_write(&f->memory, PRD, prd, sizeof prd);
    f->disk.bad_sector = 1013;
    for (int kind = 0; kind < 3; kind++) {
        static const u8 codes[] = { 0xC8, 0x40, 0xCA };
        out32(f, BM_PORT + 4, PRD);
        lba_command(f, 0, codes[kind], 1000, 64);
        out8(&f->b, BM_PORT, kind ? 1 : 9);
        ck_assert_uint_eq(ide_ready(f, 0x1F0) & 1, 1);
        ck_assert_uint_eq(in8(&f->b, 0x1F3) | in8(&f->b, 0x1F4) << 8, 1013);
        ck_assert_uint_eq(in8(&f->b, 0x1F2), 64 - 13);
        ck_assert_uint_eq(in8(&f->b, 0x1F1), kind == 2 ? 0x04 : 0x40);
        out8(&f->b, BM_PORT, 0);
        in8(&f->b, 0x1F7);
        memory_read(&f->memory, DATA, got, sizeof got);
        ck_assert_mem_eq(got, f->disk.bytes + 1000 * 512, 13 * 512);     /* those before it have moved */
    }
    ide_board_free(f);
}
END_TEST

START_TEST(commands_a_disk_has_not)
{
    static const u8 codes[] = { 0x00, 0x08, 0xA0, 0xA1, 0x22, 0xF1, 0xF2, 0xF6, 0xF9, 0xDA, 0xED, 0xC7, 0x3D };
    struct ide_board *f = ide_board_new();
    for (unsigned i = 0; i < ARRAY_LEN(codes); i++) {
        ck_assert_msg(command(f, codes[i], 0, 1, 2, 3, 4) == BAD, "%02x", codes[i]);
        ck_assert_uint_eq(in8(&f->b, 0x1F1), 0x04);
        ck_assert_uint_eq(in8(&f->b, 0x1F3), 2);
    }
    ide_board_free(f);
}
END_TEST

Suite *ide_commands_suite(void)
{
    const TTest *const tests[] = {
        translation_of_all_sizes, current_translation_is_told, features_are_set_and_told, settings_and_resets,
        write_cache_off_flushes, power_modes, standby_timer, sleep_ends_with_a_reset, smart_tells_of_health,
        smart_needs_its_key_and_to_be_enabled, commands_of_48_bits, first_bad_sector_is_told, commands_a_disk_has_not,
    };
    return suite_of("ide_commands", tests, ARRAY_LEN(tests));
}
