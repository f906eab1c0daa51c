/* The CD-ROM drive beyond plain reading: parts of sectors, mode pages, audio commands on a data disc, events, positions. */
#include "tests/unit/atapi_board.h"

enum { PRD = 0x1000, DATA = 0x20000, RAW = 2352 };

static unsigned blocks;

/* ---- READ CD ---- */
static u32 edc_by_the_book(const u8 *bytes, unsigned length)
{
    u32 edc = 0;                                             /* bits from the low end, by long division */
    for (unsigned bit = 0; bit < 8 * length; bit++) {
        u32 top = edc & 1;
        edc = edc >> 1 | (u32)(bytes[bit / 8] >> bit % 8 & 1) << 31;
        if (top) edc ^= 0xD8018001;
    }
    return edc;
}

static u8 field_times(u8 a, u8 b)
{
    u32 product = 0;
    for (int i = 7; i >= 0; i--) {
        product <<= 1;
        if (product & 0x100) product ^= 0x11D;
        if (b >> i & 1) product ^= a;
    }
    return (u8)product;
}

/* Both sums of ECMA-130 annex A over the vector of `length` words, its parities included, are zero. */
static void check_vector(const u8 *raw, const unsigned *words, unsigned length)
{
    for (unsigned plane = 0; plane < 2; plane++) {
        u8 sum = 0, weighted = 0, weight = 1;
        for (unsigned i = length; i-- > 0; weight = field_times(weight, 2)) {
            u8 byte = raw[12 + 2 * words[i] + plane];
            sum ^= byte;
            weighted ^= field_times(weight, byte);
        }
        ck_assert(sum == 0 && weighted == 0);
    }
}

static void check_parity(const u8 *raw)
{
    unsigned words[45];
    for (unsigned n = 0; n < 43; n++) {
        for (unsigned m = 0; m < 26; m++) words[m] = 43 * m + n;
        check_vector(raw, words, 26);
    }
    for (unsigned n = 0; n < 26; n++) {
        for (unsigned m = 0; m < 43; m++) words[m] = (44 * m + 43 * n) % 1118;
        words[43] = 43 * 26 + n;
        words[44] = 44 * 26 + n;
        check_vector(raw, words, 45);
    }
}

START_TEST(whole_sectors_are_as_on_a_disc)
{
    static const u8 packet[12] = { 0xBE, 0, 0, 0, 1, 0xE1, 0, 0, 9, 0xF8 };        /* 481: 00:08:31 */
    static const u8 head[16] = { 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0x00, 0x08, 0x31, 1 };
    struct ide_board *f = ide_board_new();
    u8 got[9 * RAW];
    ck_assert_uint_eq(packet_read(f, packet, 0xFFFE, got, &blocks), sizeof got);
    ck_assert_mem_eq(got, head, 16);
    for (unsigned i = 0; i < 9; i++) {
        const u8 *raw = got + i * RAW;
        ck_assert_mem_eq(raw + 16, f->cd.bytes + (481 + i) * 2048, 2048);
        ck_assert_uint_eq(edc_by_the_book(raw, 2064 + 4), 0);
        ck_assert_uint_ne(raw[2064] | raw[2065] | raw[2066] | raw[2067], 0);
        check_parity(raw);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(parts_of_sectors)
{
    static const struct { u8 choice; u16 offset, bytes; } rows[] = {
        { 0x80, 0, 12 }, { 0xA0, 0, 16 }, { 0xE0, 0, 16 }, { 0x20, 12, 4 }, { 0x30, 12, 2052 }, { 0x10, 16, 2048 },
        { 0x18, 16, 2336 }, { 0x38, 12, 2340 }, { 0x08, 2064, 288 }, { 0xB0, 0, 2064 }, { 0xF8, 0, 2352 },
        { 0x50, 16, 2048 }, { 0x00, 0, 0 }, { 0x40, 0, 0 },
    };
    static const u8 refused[] = { 0x90, 0x28, 0x88, 0xA8, 0x98, 0x12, 0x14 };
    struct ide_board *f = ide_board_new();
    u8 whole[3 * RAW], got[3 * RAW], packet[12] = { 0xBE, 0, 0, 0, 0, 200, 0, 0, 3, 0xF8 };
    packet_read(f, packet, 0xFFFE, whole, &blocks);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        packet[1] = i & 1 ? 2 << 2 : 0;                      /* mode 1 asked for, or anything */
        packet[9] = rows[i].choice;
        ck_assert_msg(packet_read(f, packet, 2000, got, &blocks) == 3u * rows[i].bytes, "row %u", i);
        for (unsigned s = 0; s < 3; s++)
            ck_assert_msg(!memcmp(got + s * rows[i].bytes, whole + s * RAW + rows[i].offset, rows[i].bytes), "row %u", i);
    }
    for (unsigned i = 0; i < ARRAY_LEN(refused); i++) {
        packet[9] = refused[i];
        ck_assert_msg(packet_send(f, packet, 2000, false) & 1, "%02x", refused[i]);
        ck_assert_uint_eq(sense_take(f), 0x052400);
    }
    packet[9] = 0x10;
    for (u8 type = 1; type < 8; type++) {
        packet[1] = type << 2;
        if (type == 2) continue;
        ck_assert_uint_eq(packet_send(f, packet, 2000, false) & 1, 1);
        ck_assert_uint_eq(sense_take(f), 0x056400);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(sectors_before_a_bad_one_come)
{
    static const u8 packet[12] = { 0x28, 0, 0, 0, 0, 20, 0, 0, 8 };
    struct ide_board *f = ide_board_new();
    u8 got[8 * 2048];
    f->cd.bad_sector = 25;
    ck_assert_uint_eq(packet_read(f, packet, 2048, got, &blocks), 5 * 2048);
    ck_assert_mem_eq(got, f->cd.bytes + 20 * 2048, 5 * 2048);
    ck_assert_uint_eq(sense_take(f), 0x031100);
    ide_board_free(f);
}
END_TEST

/* ---- byte count limits ---- */
START_TEST(odd_limits)
{
    static const struct { u16 limit; u8 length; unsigned total, blocks; } rows[] = {
        { 18, 18, 18, 1 }, { 17, 18, 18, 2 }, { 5, 5, 5, 1 }, { 7, 5, 5, 1 }, { 3, 5, 5, 2 }, { 4, 5, 5, 2 }, { 1, 1, 1, 1 },
        { 2, 0, 0, 0 },
    };
    struct ide_board *f = ide_board_new();
    u8 got[64];
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        u8 packet[12] = { 0x12, 0, 0, 0, rows[i].length };
        ck_assert_msg(packet_read(f, packet, rows[i].limit, got, &blocks) == rows[i].total, "row %u", i);
        ck_assert_msg(blocks == rows[i].blocks, "row %u: %u", i, blocks);
    }
    ck_assert_uint_eq(packet_send(f, (u8[12]){ 0x12, 0, 0, 0, 36 }, 1, false) & 9, 1);      /* nothing fits one byte */
    ide_board_free(f);
}
END_TEST

/* ---- MODE SENSE and SELECT ---- */
static u8 list_send(struct ide_board *f, const u8 *packet, u16 limit, const u8 *list, unsigned length)
{
    u8 status = packet_send(f, packet, limit, false);
    while (status & 8) {
        unsigned count = in8(&f->b, BASE + 4) | in8(&f->b, BASE + 5) << 8;
        ck_assert_uint_eq(in8(&f->b, BASE + 2), 0);
        ck_assert_uint_le(count, length);
        ck_assert(f->irq[1].level);
        in8(&f->b, BASE + 7);
        pio_write(f, BASE, list, (count + 1) & ~1u);
        list += count;
        length -= count;
        status = ide_ready(f, BASE);
    }
    ck_assert_uint_eq(in8(&f->b, BASE + 2), 3);
    return status;
}

static void page_read(struct ide_board *f, u8 page, u8 *bytes)
{
    u8 packet[12] = { 0x5A, 0, page, 0, 0, 0, 0, 0, 64 }, reply[64];
    unsigned length = packet_read(f, packet, 64, reply, &blocks);
    ck_assert_uint_eq(length, (unsigned)(reply[0] << 8 | reply[1]) + 2);
    memcpy(bytes, reply + 8, length - 8);
}

START_TEST(mode_pages_change)
{
    struct ide_board *f = ide_board_new();
    u8 page[64], list[8 + 16 + 8] = { 0 };
    page_read(f, 0x0E, page);
    ck_assert(page[1] == 14 && page[8] == 1 && page[9] == 0xFF);
    memcpy(list + 8, page, 16);
    list[8 + 2] = 0x02;                                      /* IMMED cannot be cleared, SOTC can be set */
    list[8 + 9] = 0x40;
    list[8 + 13] = 0x77;                                     /* there is no third port */
    const u8 error_page[8] = { 0x01, 6, 0x20, 9, 1, 1, 1, 1 };
    memcpy(list + 24, error_page, 8);
    const u8 packet[12] = { 0x55, 0x10, 0, 0, 0, 0, 0, 0, sizeof list };
    ck_assert_uint_eq(list_send(f, packet, 10, list, sizeof list) & 1, 0);
    page_read(f, 0x0E, page);
    ck_assert(page[2] == 0x06 && page[9] == 0x40 && page[13] == 0);
    page_read(f, 0x01, page);
    ck_assert(page[2] == 0x20 && page[3] == 9 && page[4] == 0);
    page_read(f, 0x41, page);                                /* changeable */
    ck_assert(page[2] == 0x3F && page[3] == 0xFF && page[4] == 0);
    page_read(f, 0x81, page);                                /* default */
    ck_assert(page[2] == 0 && page[3] == 5);
    page_read(f, 0x0D, page);
    ck_assert(page[5] == 60 && page[7] == 75);
    page_read(f, 0x2A, page);
    ck_assert(page[1] == 18 && (page[4] & 1));
    out8(&f->b, BASE + 7, 0x08);
    ide_ready(f, BASE);
    page_read(f, 0x01, page);
    ck_assert(page[2] == 0 && page[3] == 5);
    ide_board_free(f);
}
END_TEST

START_TEST(mode_lists_are_checked)
{
    static const struct { u8 packet[12], list[20], length; u32 sense; } rows[] = {
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [8] = 0x01, 6, 1, 2 }, 16, 0 },
        { { 0x15, 0x10, 0, 0, 12 }, { [4] = 0x01, 6, 1, 2 }, 12, 0 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 8 }, { 0 }, 8, 0 },
        { { 0x55, 0x10 }, { 0 }, 0, 0 },
        { { 0x55, 0x11, 0, 0, 0, 0, 0, 0, 16 }, { 0 }, 16, 0x052400 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0xFF, 0xFF }, { 0 }, 0, 0x052400 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 7 }, { 0 }, 8, 0x051A00 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 15 }, { [8] = 0x01, 6 }, 16, 0x051A00 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 9 }, { [8] = 0x01 }, 10, 0x051A00 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [7] = 8, [8] = 1 }, 16, 0 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [7] = 9 }, 16, 0x051A00 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [6] = 0xFF, 0xFF }, 16, 0x051A00 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [8] = 0x01, 5 }, 16, 0x052600 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [8] = 0x05, 6 }, 16, 0x052600 },
        { { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, { [8] = 0x2A, 6 }, 16, 0x052600 },
    };
    struct ide_board *f = ide_board_new();
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        u8 status = list_send(f, rows[i].packet, 64, rows[i].list, rows[i].length);
        ck_assert_msg((status & 1) == (rows[i].sense != 0), "row %u", i);
        ck_assert_uint_eq(sense_take(f), rows[i].sense);
    }
    static const u8 saved[12] = { 0x5A, 0, 0xC1, 0, 0, 0, 0, 0, 64 };
    ck_assert_uint_eq(packet_send(f, saved, 64, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x053900);
    ide_board_free(f);
}
END_TEST

START_TEST(mode_select_by_dma)
{
    struct ide_board *f = ide_board_new();
    const u8 packet[12] = { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 16 }, list[16] = { [8] = 0x01, 6, 0x11, 3 };
    u32 prd[2] = { DATA, 0x80000010 };
    u8 page[64];
    memory_write(&f->memory, PRD, prd, 8);
    memory_write(&f->memory, DATA, list, 16);
    out32(f, BM_PORT + 12, PRD);
    out8(&f->b, BASE + 1, 1);
    out8(&f->b, BASE + 7, 0xA0);
    ide_ready(f, BASE);
    pio_write(f, BASE, packet, 12);
    out8(&f->b, BM_PORT + 8, 1);
    ck_assert_uint_eq(ide_ready(f, BASE), 0x50);
    ck_assert_uint_eq(in8(&f->b, BM_PORT + 10), 4);
    in8(&f->b, BASE + 7);
    page_read(f, 0x01, page);
    ck_assert(page[2] == 0x11 && page[3] == 3);
    ide_board_free(f);
}
END_TEST

/* ---- audio on a disc of data ---- */
START_TEST(audio_is_not_there)
{
    static const struct { u8 packet[12]; u32 sense; } rows[] = {
        { { 0x45, 0, 0, 0, 0, 5, 0, 0, 9 }, 0x056400 }, { { 0x45, 0, 0, 0, 0, 5 }, 0 },
        { { 0x45, 0, 0, 1, 0, 0, 0, 0, 1 }, 0x052100 },
        { { 0xA5, 0, 0, 0, 0, 5, 0, 0, 0, 9 }, 0x056400 }, { { 0x47, 0, 0, 0, 2, 1, 0, 3, 0 }, 0x056400 },
        { { 0x47, 0, 0, 0, 3, 1, 0, 3, 1 }, 0 }, { { 0x47, 0, 0, 0, 3, 1, 0, 3, 0 }, 0x052100 },
        { { 0x47, 0, 0, 0, 1, 0, 0, 3, 0 }, 0x052100 }, { { 0x48, 0, 0, 0, 1, 1, 0, 1, 1 }, 0x056400 },
        { { 0x4B, 0, 0, 0, 0, 0, 0, 0, 1 }, 0x052C00 }, { { 0x4E }, 0 }, { { 0xBA }, 0x056400 },
    };
    struct ide_board *f = ide_board_new();
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg((packet_send(f, rows[i].packet, 0, false) & 1) == (rows[i].sense != 0), "row %u", i);
        ck_assert_uint_eq(sense_take(f), rows[i].sense);
    }
    ide_board_free(f);
}
END_TEST

START_TEST(positions)
{
    static const struct { u8 packet[12]; unsigned length; u8 at, bytes[8], count; } rows[] = {
        { { 0x42, 0, 0x00, 1, 0, 0, 0, 0, 64 }, 4, 0, { 0, 0x15, 0, 0 }, 4 },
        { { 0x42, 0, 0x40, 1, 0, 0, 0, 0, 64 }, 16, 2, { 0, 12, 1, 0x14, 1, 1 }, 6 },
        { { 0x42, 0, 0x40, 1, 0, 0, 0, 0, 64 }, 16, 8, { 0, 0, 1, 0x2C, 0, 0, 1, 0x2C }, 8 },
        { { 0x42, 2, 0x40, 1, 0, 0, 0, 0, 64 }, 16, 8, { 0, 0, 6, 0, 0, 0, 4, 0 }, 8 },
        { { 0x42, 2, 0x40, 1, 0, 0, 0, 0, 10 }, 10, 8, { 0, 0 }, 2 },
        { { 0x42, 0, 0x40, 2, 0, 0, 0, 0, 64 }, 24, 3, { 20, 2, 0, 0, 0, 0 }, 6 },
        { { 0x42, 0, 0x40, 3, 0, 0, 1, 0, 64 }, 24, 3, { 20, 3, 0x14, 1, 0 }, 5 },
        { { 0x44, 0, 0, 0, 1, 0x2C, 0, 0, 8 }, 8, 0, { 1, 0, 0, 0, 0, 0, 1, 0x2C }, 8 },
        { { 0x44, 2, 0, 0, 1, 0x2C, 0, 0, 8 }, 8, 0, { 1, 0, 0, 0, 0, 0, 6, 0 }, 8 },
        { { 0x43, 0, 0, 0, 0, 0, 0, 0, 4 }, 4, 0, { 0, 18, 1, 1 }, 4 },
        { { 0x43, 2, 1, 0, 0, 0, 0, 0, 64 }, 12, 4, { 0, 0x14, 1, 0, 0, 0, 2, 0 }, 8 },
    };
    struct ide_board *f = ide_board_new();
    u8 reply[64];
    packet_send(f, (u8[12]){ 0x2B, 0, 0, 0, 1, 0x2C }, 0, false);          /* SEEK to 300 */
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(packet_read(f, rows[i].packet, 64, reply, &blocks) == rows[i].length, "row %u", i);
        ck_assert_msg(!memcmp(reply + rows[i].at, rows[i].bytes, rows[i].count), "row %u", i);
    }
    static const struct { u8 packet[12]; u32 sense; } refused[] = {
        { { 0x44, 0, 0, 0, 2, 0x58, 0, 0, 8 }, 0x052100 }, { { 0x42, 0, 0x40, 0, 0, 0, 0, 0, 64 }, 0x052400 },
        { { 0x42, 0, 0x40, 4, 0, 0, 0, 0, 64 }, 0x052400 }, { { 0x43, 0, 2, 0, 0, 0, 2, 0, 64 }, 0x052400 },
        { { 0x43, 0, 0, 0, 0, 0, 2, 0, 64 }, 0x052400 }, { { 0x2B, 0, 0, 0, 2, 0x58 }, 0x052100 },
        { { 0x52, 0, 0, 0, 2, 0x58, 0, 0, 36 }, 0x052100 }, { { 0x52, 1, 0, 0, 0, 2, 0, 0, 36 }, 0x052400 },
        { { 0xAD, 0, 0, 0, 0, 0, 0, 0, 8, 4 }, 0x053002 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(refused); i++) {
        ck_assert_msg(packet_send(f, refused[i].packet, 64, false) & 1, "row %u", i);
        ck_assert_uint_eq(sense_take(f), refused[i].sense);
    }
    ide_board_free(f);
}
END_TEST

/* ---- the medium ---- */
START_TEST(events_of_all_classes)
{
    struct ide_board *f = ide_board_new();
    static const struct { u8 classes, reply[8]; bool change; } rows[] = {
        { 0x10, { 0, 6, 4, 0x16, 0, 2 }, false }, { 0x02, { 0, 6, 1, 0x16, 0, 0 }, false },
        { 0x04, { 0, 6, 2, 0x16, 0, 1 }, false }, { 0x40, { 0, 2, 0x80, 0x16 }, false },
        { 0x02, { 0, 6, 1, 0x16, 0, 0 }, true }, { 0x16, { 0, 6, 4, 0x16, 2, 2 }, false },
        { 0x16, { 0, 6, 1, 0x16, 0, 0 }, false },
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        u8 packet[12] = { 0x4A, 1, 0, 0, rows[i].classes, 0, 0, 0, 8 }, reply[8] = { 0 };
        if (rows[i].change) ide_change_medium(&f->ide, 1, 0, &f->cd.disk);
        ck_assert_uint_eq(packet_read(f, packet, 8, reply, &blocks), rows[i].reply[1] + 2u);
        ck_assert_msg(!memcmp(reply, rows[i].reply, 8), "row %u", i);
    }
    ck_assert_uint_eq(packet_send(f, (u8[12]){ 0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8 }, 8, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x052400);              /* not polled */
    ide_board_free(f);
}
END_TEST

START_TEST(attention_is_reported_once)
{
    struct ide_board *f = ide_board_new();
    static const u8 ready[12] = { 0 }, start[12] = { 0x1B, 0, 0, 0, 1 };
    ide_change_medium(&f->ide, 1, 0, &f->cd.disk);
    ck_assert_uint_eq(sense_take(f), 0x062800);              /* by REQUEST SENSE itself */
    ck_assert_uint_eq(packet_send(f, ready, 0, false) & 1, 0);
    packet_send(f, (u8[12]){ 0x2A }, 0, false);
    packet_send(f, (u8[12]){ 0x12 }, 0, false);              /* INQUIRY leaves the sense data */
    ck_assert_uint_eq(sense_take(f), 0x052000);
    packet_send(f, (u8[12]){ 0x2A }, 0, false);
    packet_send(f, ready, 0, false);
    ck_assert_uint_eq(sense_take(f), 0);
    ide_change_medium(&f->ide, 1, 0, NULL);
    sense_take(f);
    ck_assert_uint_eq(packet_send(f, start, 0, false) & 1, 1);
    ck_assert_uint_eq(sense_take(f), 0x023A00);
    ide_board_free(f);
}
END_TEST

START_TEST(large_media_are_dvds)
{
    struct ide_board *f = ide_board_new();
    static const u8 configuration[12] = { 0x46, 1, 0, 0x1E, 0, 0, 0, 0, 64 };
    static const u8 structure[12] = { 0xAD, 0, 0, 0, 0, 0, 0, 0, 8, 4 };
    u8 reply[4096];
    ck_assert_uint_eq(packet_read(f, configuration, 64, reply, &blocks), 8 + 8 + 4);
    ck_assert(reply[7] == 0x08 && reply[9] == 0x1E);
    f->cd.disk.sectors = 449851;
    ck_assert_uint_eq(packet_read(f, configuration, 64, reply, &blocks), 8 + 4 + 4);
    ck_assert(reply[7] == 0x10 && reply[9] == 0x1F);
    ck_assert_uint_eq(packet_read(f, structure, 4096, reply, &blocks), 2052);
    ck_assert(reply[0] == 8 && reply[1] == 2 && reply[9] == 3);
    ck_assert_uint_eq(reply[13] << 16 | reply[14] << 8 | reply[15], 0x30000 + 449850);
    f->cd.disk.sectors = 600;
    ide_board_free(f);
}
END_TEST

Suite *atapi_disc_suite(void)
{
    const TTest *const tests[] = {
        whole_sectors_are_as_on_a_disc, parts_of_sectors, sectors_before_a_bad_one_come, odd_limits, mode_pages_change,
        mode_lists_are_checked, mode_select_by_dma, audio_is_not_there, positions, events_of_all_classes,
        attention_is_reported_once, large_media_are_dvds,
    };
    return suite_of("atapi_disc", tests, ARRAY_LEN(tests));
}
