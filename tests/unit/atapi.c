/* The CD-ROM drive: the packet protocol by PIO and DMA, the commands, sense data. */
#include "tests/unit/atapi_board.h"

enum { PRD = 0x1000, DATA = 0x20000 };

START_TEST(identifies_as_packet_device)
{
    struct ide_board *f = ide_board_new();
    u16 w[256];
    out8(&f->b, BASE + 7, 0xEC);
    ck_assert_uint_eq(ide_ready(f, BASE) & 1, 1);
    ck_assert_uint_eq(in8(&f->b, BASE + 4), 0x14);
    out8(&f->b, BASE + 4, 0);
    out8(&f->b, BASE + 7, 0xA1);
    ck_assert_uint_eq(ide_ready(f, BASE) & 9, 8);
    pio_read(f, BASE, w, 512);
    ck_assert_uint_eq(w[0], 0x85C0);
    ck_assert_uint_eq(w[125], 0xFFFE);
    u8 sum = 0;
    for (int i = 0; i < 512; i++) sum += ((u8 *)w)[i];
    ck_assert_uint_eq(sum, 0);
    out8(&f->b, BASE + 7, 0x08);
    ck_assert_uint_eq(ide_ready(f, BASE), 0);
    ck_assert_uint_eq(in8(&f->b, BASE + 5), 0xEB);
    out8(&f->b, BASE + 7, 0xC8);
    ck_assert_uint_eq(ide_ready(f, BASE) & 1, 1);
    ide_board_free(f);
}
END_TEST

START_TEST(reads_in_blocks_of_the_limit)
{
    struct ide_board *f = ide_board_new();
    static const u8 packet[12] = { 0x28, 0, 0, 0, 0, 5, 0, 0, 20 };
    static const u16 limits[] = { 2048, 0xFFFE, 0xFFFF, 100, 2049, 2 };
    static const unsigned expected[] = { 20, 3, 3, 410, 20, 20480 };
    u8 *got = malloc(20 * 2048);
    for (unsigned i = 0; i < ARRAY_LEN(limits); i++) {
        unsigned blocks;
        memset(got, 0, 20 * 2048);
        ck_assert_uint_eq(packet_read(f, packet, limits[i], got, &blocks), 20 * 2048);
        ck_assert_mem_eq(got, f->cd.bytes + 5 * 2048, 20 * 2048);
        ck_assert_uint_eq(blocks, expected[i]);
    }
    ck_assert_uint_eq(packet_send(f, packet, 0, false) & 9, 8);       /* none: the largest */
    ck_assert_uint_eq(in8(&f->b, BASE + 4) | in8(&f->b, BASE + 5) << 8, 8 * 2048);
    free(got);
    ide_board_free(f);
}
END_TEST

START_TEST(reads_by_dma)
{
    struct ide_board *f = ide_board_new();
    static const u8 packet[12] = { 0xA8, 0, 0, 0, 1, 0, 0, 0, 0, 30 };
    static u8 got[30 * 2048];
    u32 prd[2] = { DATA, 0x80000000 | sizeof got };
    memory_write(&f->memory, PRD, prd, 8);
    out32(f, BM_PORT + 12, PRD);
    packet_send(f, (u8[12]){ 0 }, 0, false);
    in8(&f->b, BASE + 7);
    out8(&f->b, BM_PORT + 10, 4);
    out8(&f->b, BASE + 1, 1);
    out8(&f->b, BASE + 7, 0xA0);
    ide_ready(f, BASE);
    pio_write(f, BASE, packet, 12);
    out8(&f->b, BM_PORT + 8, 9);
    ck_assert_uint_eq(ide_ready(f, BASE), 0x50);
    ck_assert_uint_eq(in8(&f->b, BM_PORT + 10), 4);
    ck_assert_uint_eq(in8(&f->b, BASE + 2), 3);
    memory_read(&f->memory, DATA, got, sizeof got);
    ck_assert_mem_eq(got, f->cd.bytes + 256 * 2048, sizeof got);
    ide_board_free(f);
}
END_TEST

START_TEST(refusals_have_sense)
{
    struct ide_board *f = ide_board_new();
    static const struct { u8 packet[12]; u32 sense; } rows[] = {
        { { 0x28, 0, 0, 0, 2, 0x58, 0, 0, 1 }, 0x052100 },
        { { 0x28, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF }, 0x052100 },
        { { 0x2A, 0, 0, 0, 0, 0, 0, 0, 1 }, 0x052000 },
        { { 0x5A, 0, 0x15, 0, 0, 0, 0, 0, 100 }, 0x052400 },
        { { 0x43, 0, 9, 0, 0, 0, 0, 0, 100 }, 0x052400 },
        { { 0x12, 1, 0, 0, 36 }, 0x052400 },
        { { 0xBE, 0, 0, 0, 0, 0, 0, 0, 1, 0x88 }, 0x052400 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(packet_send(f, rows[i].packet, 2048, false) & 1, "row %u", i);
        ck_assert_uint_eq(in8(&f->b, BASE + 1) >> 4, rows[i].sense >> 16);
        ck_assert_uint_eq(in8(&f->b, BASE + 2), 3);
        ck_assert_uint_eq(sense_take(f), rows[i].sense);
        ck_assert_uint_eq(sense_take(f), 0);
    }
    f->cd.bad_sector = 9;
    static const u8 bad[12] = { 0x28, 0, 0, 0, 0, 9, 0, 0, 1 };
    ck_assert_uint_eq(packet_send(f, bad, 2048, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x031100);
    ide_board_free(f);
}
END_TEST

START_TEST(medium_comes_and_goes)
{
    struct ide_board *f = ide_board_new();
    static const u8 ready[12] = { 0 }, eject[12] = { 0x1B, 0, 0, 0, 2 }, load[12] = { 0x1B, 0, 0, 0, 3 };
    static const u8 lock[12] = { 0x1E, 0, 0, 0, 1 }, unlock[12] = { 0x1E };
    static const u8 event[12] = { 0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8 };
    u8 reply[8];
    unsigned blocks;
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 0);
    packet_send(f, lock, 0, false);
    ck_assert_uint_eq(packet_send(f, eject, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x055302);
    ck_assert(!ide_press_eject(&f->ide, 1, 0));
    ck_assert_uint_eq(packet_read(f, event, 8, reply, &blocks), 8);
    ck_assert_uint_eq(reply[4] << 8 | reply[5], 0x0102);
    ck_assert_uint_eq(packet_read(f, event, 8, reply, &blocks), 8);
    ck_assert_uint_eq(reply[4] << 8 | reply[5], 0x0002);
    packet_send(f, unlock, 0, false);
    ck_assert(ide_press_eject(&f->ide, 1, 0));
    ck_assert_uint_eq(packet_read(f, event, 8, reply, &blocks), 8);
    ck_assert_uint_eq(reply[4], 0);
    ck_assert_uint_eq(packet_send(f, eject, 0, false) & 1, 0);
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x023A02);
    ck_assert_uint_eq(packet_read(f, event, 8, reply, &blocks), 8);
    ck_assert_uint_eq(reply[4], 3);
    ck_assert_uint_eq(packet_send(f, load, 0, false) & 1, 0);
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x062800);
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 0);
    packet_send(f, lock, 0, false);
    ide_change_medium(&f->ide, 1, 0, NULL);
    ck_assert(ide_press_eject(&f->ide, 1, 0));
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x062800);
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x023A00);
    ide_board_free(f);
}
END_TEST

START_TEST(describes_itself)
{
    struct ide_board *f = ide_board_new();
    static const struct { u8 packet[12]; unsigned length; u8 at, value; } rows[] = {
        { { 0x12, 0, 0, 0, 36 }, 36, 0, 5 },
        { { 0x12, 0, 0, 0, 5 }, 5, 1, 0x80 },
        { { 0x25 }, 8, 2, (600 - 1) >> 8 },
        { { 0x25 }, 8, 3, (600 - 1) & 0xFF },
        { { 0x43, 0, 0, 0, 0, 0, 0, 2, 0 }, 20, 5, 0x14 },
        { { 0x43, 0, 0, 0, 0, 0, 0, 0, 12 }, 12, 1, 18 },
        { { 0x43, 2, 0, 0, 0, 0, 0xAA, 2, 0 }, 12, 10, (600 + 150) / 75 },
        { { 0x43, 0, 0, 0, 0, 0, 0, 2, 0, 0x40 }, 12, 3, 1 },
        { { 0x43, 2, 2, 0, 0, 0, 1, 2, 0 }, 48, 7, 0xA0 },
        { { 0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 128 }, 28, 8, 0x2A },
        { { 0x1A, 0, 0x3F, 0, 128 }, 56, 0, 55 },
        { { 0x46, 0, 0, 0, 0, 0, 0, 1, 0 }, 8 + 12 + 8 + 8 + 8 + 12 + 8 + 4 + 4, 7, 8 },
        { { 0x46, 2, 0, 3, 0, 0, 0, 1, 0 }, 16, 9, 3 },
        { { 0x4A, 1, 0, 0, 0x10, 0, 0, 1, 0 }, 8, 5, 2 },
        { { 0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8 }, 8, 0, 0 },
        { { 0x51, 0, 0, 0, 0, 0, 0, 0, 34 }, 34, 2, 0x0E },
        { { 0x52, 1, 0, 0, 0, 1, 0, 0, 36 }, 36, 2, 1 },
        { { 0xBE, 0, 0, 0, 0, 3, 0, 0, 1, 0xF8 }, 2352, 14, 153 % 75 % 10 | 153 % 75 / 10 << 4 },
        { { 0xB9, 0, 0, 0, 2, 3, 0, 2, 4, 0x10 }, 2048, 0, 3 },
    };
    u8 reply[4096];
    unsigned blocks;
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned length = packet_read(f, rows[i].packet, 4096, reply, &blocks);
        ck_assert_msg(length == rows[i].length, "row %u: %u bytes", i, length);
        ck_assert_msg(reply[rows[i].at] == rows[i].value, "row %u: %02x", i, reply[rows[i].at]);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(random_packets_do_no_harm)
{
    struct ide_board *f = ide_board_new();
    u64 seed = 99;
    for (int i = 0; i < 20000; i++) {
        u8 packet[12];
        for (int b = 0; b < 12; b++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            packet[b] = (u8)(seed >> 40) & (b && (seed >> 50 & 1) ? 3 : 0xFF);
        }
        u16 limit = (u16)(seed >> 33);
        bool dma = seed >> 32 & 1;
        out8(&f->b, BM_PORT + 8, 0);
        out8(&f->b, BM_PORT + 8, packet[0] == 0x15 || packet[0] == 0x55 ? 1 : 9);
        u8 status = packet_send(f, packet, limit, dma);
        for (int w = 0; w < 50 && (status & 8); w++) {
            in16(f, BASE);
            status = ide_ready(f, BASE);
        }
        out8(&f->b, BASE + 7, 0x08);
        ide_ready(f, BASE);
        if (!(i & 15)) ide_change_medium(&f->ide, 1, 0, i & 16 ? NULL : &f->cd.disk);
    }
    ide_board_free(f);
}
END_TEST

Suite *atapi_suite(void)
{
    const TTest *const tests[] = {
        identifies_as_packet_device, reads_in_blocks_of_the_limit, reads_by_dma, refusals_have_sense,
        medium_comes_and_goes, describes_itself, random_packets_do_no_harm,
    };
    return suite_of("atapi", tests, ARRAY_LEN(tests));
}
