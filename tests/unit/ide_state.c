/* The IDE channels under loaded states that no guest could bring about: whatever the rows say, the model touches only its
 * own buffer, sectors that the disk has and memory of the board, comes to an end, and is well again after a reset. */
#include "tests/unit/atapi_board.h"

enum { PRD = 0x1000, DATA = 0x20000, ROWS_MAX = 400, STATES = 400, ACCESSES = 120 };

static u64 random_next(u64 *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 29;
}

/* ---- what is under way when the state is saved ---- */
static void idle_start(struct ide_board *f) { (void)f; }

static void read_start(struct ide_board *f)
{
    u16 words[100];
    lba_command(f, 0, 0x20, 33, 5);
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, words, sizeof words);
}

static void chs_read_start(struct ide_board *f)
{
    u16 words[256];
    out8(&f->b, 0x1F6, 0xA1);
    out8(&f->b, 0x1F2, 2);
    out8(&f->b, 0x1F3, 60);
    out8(&f->b, 0x1F4, 2);
    out8(&f->b, 0x1F7, 0x20);
    ide_ready(f, 0x1F0);
    pio_read(f, 0x1F0, words, sizeof words);
}

static void write_multiple_start(struct ide_board *f)
{
    lba_command(f, 0, 0xC6, 0, 8);
    ide_ready(f, 0x1F0);
    lba_command(f, 0, 0xC5, 8100, 20);
    ide_ready(f, 0x1F0);
    pio_write(f, 0x1F0, f->disk.bytes, 8 * 512 - 2);
}

static void dma_start(struct ide_board *f)
{
    u32 prd[4] = { DATA, 0x1000, DATA + 0x1000, 0x80008000 };
    memory_write(&f->memory, PRD, prd, sizeof prd);
    out32(f, BM_PORT + 4, PRD);
    lba_command(f, 0, 0xC8, 5, 72);
    out8(&f->b, BM_PORT, 9);
    run_ns(&f->b, 170000);
}

static void dma_write_start(struct ide_board *f)
{
    u32 prd[2] = { DATA, 0x8000 };
    memory_write(&f->memory, PRD, prd, sizeof prd);
    out32(f, BM_PORT + 4, PRD);
    lba_command(f, 0, 0xCA, 8120, 72);
    out8(&f->b, BM_PORT, 1);
}

static void cd_read_start(struct ide_board *f)
{
    static const u8 packet[12] = { 0xBE, 0, 0, 0, 2, 0x40, 0, 0, 20, 0xF8 };
    u16 words[50];
    packet_send(f, packet, 2352, false);
    pio_read(f, 0x170, words, sizeof words);
}

static void odd_start(struct ide_board *f)
{
    static const u8 packet[12] = { 0x12, 0, 0, 0, 5 };
    u16 words[3];
    packet_send(f, packet, 5, false);
    pio_read(f, 0x170, words, sizeof words);
}

static void list_start(struct ide_board *f)
{
    static const u8 packet[12] = { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 24 };
    packet_send(f, packet, 16, false);
    out16(f, 0x170, 0);
}

static void packet_start(struct ide_board *f)
{
    out8(&f->b, 0x177, 0xA0);
    ide_ready(f, 0x170);
    out16(f, 0x170, 0x28);
}

static void (*const starts[])(struct ide_board *) = {
    idle_start, read_start, chs_read_start, write_multiple_start, dma_start, dma_write_start, cd_read_start, list_start,
    odd_start, packet_start,
};

/* ---- what the file says ---- */
struct place { const struct field *row; u8 *at; };

static unsigned places_find(struct place *places, unsigned count, const struct field *row, u8 *base)
{
    for (; row->kind != FIELD_STOP; row++)
        for (size_t i = 0; i < row->count && row->kind != FIELD_SKIP; i++) {
            u8 *at = base + row->offset + i * row->size;
            ck_assert_uint_lt(count, ROWS_MAX);
            if (row->kind == FIELD_STRUCT) count = places_find(places, count, row->fields, at);
            else places[count++] = (struct place){ row, at };
        }
    return count;
}

static void value_spoil(struct ide_board *f, const struct place *place, u64 *seed)
{
    static const u64 values[] = { 0, 1, 2, 31, 32, 33, 255, 511, 0xFFFF, 16384, 16388, 1u << 31, UINT64_MAX - 1,
                                  UINT64_MAX };
    u64 choice = random_next(seed) % (ARRAY_LEN(values) + 4);
    u64 value = random_next(seed) << (random_next(seed) & 31);
    if (choice < ARRAY_LEN(values)) value = values[choice];
    if (place->row->kind == FIELD_EVENT) event_at(&f->b.clock, (struct event *)place->at, value);
    else if (place->row->size <= 8) memcpy(place->at, &value, place->row->size);
    else memset(place->at, (int)value, place->row->size);
}

/* ---- what the guest does then ---- */
static void guest_drive(struct ide_board *f, u64 *seed, int accesses)
{
    for (int i = 0; i < accesses; i++) {
        u64 r = random_next(seed);
        u16 base = r & 1 ? 0x170 : 0x1F0, port = base + (r >> 8 & 7);
        if ((r >> 1 & 7) == 7) port = BM_PORT + (r >> 8 & 15);
        else if ((r >> 1 & 7) == 6) port = base + 0x206;
        if ((r >> 1 & 7) == 5) {
            for (int w = 0; w < 300; w++)
                if (r >> 12 & 1) in16(f, base);
                else out16(f, base, (u16)(r >> 13));
        } else if (r >> 12 & 1) {
            in8(&f->b, port);
        } else {
            out8(&f->b, port, (u8)(r >> 13));
        }
        if (!(r >> 22 & 3)) run_ns(&f->b, 40000);
    }
}

static void check_well(struct ide_board *f)
{
    static const u8 load[12] = { 0x1B, 0, 0, 0, 3 }, read[12] = { 0x28, 0, 0, 0, 0, 7, 0, 0, 1 };
    u8 got[2048];
    for (u16 base = 0x170; base <= 0x1F0; base += 0x80) {
        out8(&f->b, base + 0x206, 0);
        run_ns(&f->b, 1000000);
        out8(&f->b, base + 0x206, 4);
        out8(&f->b, base + 0x206, 0);
        ide_ready(f, base);
    }
    lba_command(f, 0, 0x20, 99, 1);
    ck_assert_uint_eq(ide_ready(f, 0x1F0), 0x58);
    pio_read(f, 0x1F0, got, 512);
    ck_assert_mem_eq(got, f->disk.bytes + 99 * 512, 512);
    for (int i = 0; i < 4 && packet_send(f, read, 2048, false) & 1; i++) packet_send(f, load, 0, false);
    pio_read(f, 0x170, got, 2048);
    ck_assert_mem_eq(got, f->cd.bytes + 7 * 2048, 2048);
}

static void states_try(struct ide_board *f, struct ide_board *clean, struct ide_board *g, u64 seed)
{
    struct place places[ROWS_MAX];
    unsigned count = places_find(places, 0, ide_fields, (u8 *)&f->ide);
    chip_move(&f->ide.dev, &clean->ide.dev);
    for (int state = 0; state < STATES; state++) {
        unsigned spoilt = 1u << (state & 7);
        chip_move(&clean->ide.dev, &f->ide.dev);
        for (unsigned i = 0; i < spoilt; i++) value_spoil(f, &places[random_next(&seed) % count], &seed);
        chip_move(&f->ide.dev, &g->ide.dev);
        guest_drive(g, &seed, ACCESSES);
        check_well(g);
    }
}

START_TEST(spoilt_states_do_no_harm)
{
    struct ide_board *f = ide_board_new(), *clean = ide_board_new(), *g = ide_board_new();
    starts[_i](f);
    states_try(f, clean, g, (u64)_i + 1);
    ide_board_free(f);
    ide_board_free(clean);
    ide_board_free(g);
}
END_TEST

/* Each of these once led out of the model's bounds. */
static const struct { size_t offset, size; u64 value; } channel_values[] = {
    { offsetof(struct ide_channel, limit), 4, UINT32_MAX },
    { offsetof(struct ide_channel, position), 4, IDE_BUFFER + 100 },
    { offsetof(struct ide_channel, active), 1, 77 },
    { offsetof(struct ide_channel, step), 1, 200 },
    { offsetof(struct ide_channel, drive[0].chunk), 4, 100000 },
    { offsetof(struct ide_channel, drive[0].remaining), 4, UINT32_MAX },
    { offsetof(struct ide_channel, drive[0].sector), 8, UINT64_MAX },
    { offsetof(struct ide_channel, drive[0].heads), 4, 0 },
    { offsetof(struct ide_channel, drive[0].sectors_per_track), 4, 0 },
    { offsetof(struct ide_channel, drive[0].multiple), 1, 255 },
    { offsetof(struct ide_channel, drive[0].command), 1, 0xCA },
    { offsetof(struct ide_channel, drive[0].command), 1, 0xA0 },
    { offsetof(struct ide_channel, drive[0].byte_limit), 4, 0 },
};

START_TEST(single_hostile_values)
{
    struct ide_board *f = ide_board_new(), *g = ide_board_new(), *clean = ide_board_new();
    u8 data[8192] = { 0 };
    for (unsigned start = 0; start < ARRAY_LEN(starts); start++) {
        chip_move(&clean->ide.dev, &f->ide.dev);
        starts[start](f);
        for (unsigned i = 0; i < IDE_CHANNELS; i++)
            memcpy((u8 *)&f->ide.channel[i] + channel_values[_i].offset, &channel_values[_i].value, channel_values[_i].size);
        chip_move(&f->ide.dev, &g->ide.dev);
        ck_assert_uint_le(g->ide.channel[0].limit, IDE_BUFFER);
        for (u16 base = 0x170; base <= 0x1F0; base += 0x80) {
            pio_write(g, base, data, sizeof data);
            pio_read(g, base, data, sizeof data);
            run_ns(&g->b, 1000000);
            pio_read(g, base, data, sizeof data);
        }
        out8(&g->b, BM_PORT, 9);
        run_ns(&g->b, 10000000);
        check_well(g);
    }
    ide_board_free(f);
    ide_board_free(g);
    ide_board_free(clean);
}
END_TEST

START_TEST(states_of_a_guest_come_out_as_they_were)
{
    struct ide_board *f = ide_board_new(), *g = ide_board_new();
    u64 seed = 5;
    for (unsigned i = 0; i < 4000; i++) {
        if (i % 40 == 0) {
            out8(&f->b, 0x3F6, 4), out8(&f->b, 0x376, 4);
            out8(&f->b, 0x3F6, 0), out8(&f->b, 0x376, 0);
            run_ns(&f->b, 1000000);
            starts[i / 40 % ARRAY_LEN(starts)](f);
            check_save_load(&f->ide.dev, &g->ide.dev);
        }
        guest_drive(f, &seed, 3);
        check_save_load(&f->ide.dev, &g->ide.dev);
    }
    ide_board_free(f);
    ide_board_free(g);
}
END_TEST

Suite *ide_state_suite(void)
{
    Suite *suite = suite_create("ide_state");
    TCase *tcase = tcase_create("ide_state");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, spoilt_states_do_no_harm, 0, ARRAY_LEN(starts));
    tcase_add_loop_test(tcase, single_hostile_values, 0, ARRAY_LEN(channel_values));
    tcase_add_test(tcase, states_of_a_guest_come_out_as_they_were);
    suite_add_tcase(suite, tcase);
    return suite;
}
