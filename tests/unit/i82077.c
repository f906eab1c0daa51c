/* The floppy controller without a CPU, with disks made of host memory. */
#include "devices/i82077_parts.h"
#include "tests/unit/ide_board.h"

struct setup {
    struct chip_board b;
    struct memory     memory;
    struct i8237      dma;
    struct i82077     fdc;
    struct probe      irq;
    struct ram_disk   disk, other;
};

enum { SRT = 0xAF, DMA_ON = 2, DMA_OFF = 3 };

static u8 msr(struct setup *s) { return in8(&s->b, 0x3F4); }

static void fifo(struct setup *s, u8 byte)
{
    ck_assert_uint_eq(msr(s) & 0xC0, 0x80);
    out8(&s->b, 0x3F5, byte);
}

static void command(struct setup *s, const u8 *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i++) fifo(s, bytes[i]);
}
#define COMMAND(s, ...) command(s, (const u8[]){ __VA_ARGS__ }, sizeof (const u8[]){ __VA_ARGS__ })

static void irq_wait(struct setup *s)
{
    for (int i = 0; i < 100000 && !s->irq.level; i++) run_ns(&s->b, 10000);
    ck_assert(s->irq.level);
}

static void result(struct setup *s, const u8 *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        ck_assert_uint_eq(msr(s) & 0xD0, 0xD0);
        u8 byte = in8(&s->b, 0x3F5);
        ck_assert_msg(byte == bytes[i], "result byte %u is %02x, not %02x", i, byte, bytes[i]);
    }
    ck_assert_uint_eq(msr(s) & 0xD0, 0x80);
    ck_assert(!s->irq.level);
}
#define RESULT(s, ...) result(s, (const u8[]){ __VA_ARGS__ }, sizeof (const u8[]){ __VA_ARGS__ })

static void reset_sense(struct setup *s)
{
    irq_wait(s);
    for (u8 i = 0; i < 4; i++) {
        COMMAND(s, 0x08);
        RESULT(s, 0xC0 | i, 0);
    }
}

static void start_with(struct setup *s, u64 sectors)
{
    struct error why = { "" };
    memset(s, 0, sizeof *s);
    chip_board_init(&s->b, 100000000);
    ck_assert_msg(memory_init(&s->memory, 1 << 20, &why), "%s", why.text);
    memory_map_ram(&s->memory, "ram", 0, 1 << 20, 0, 0);
    s->b.board.memory = &s->memory;
    ram_disk_init(&s->disk, 512, sectors);
    ram_disk_init(&s->other, 512, 2880);
    chip_start(&s->b, &s->dma.dev, &i8237_class, "dma");
    s->irq.board = &s->b;
    line_connect(&s->fdc.irq, probe_set, &s->irq, 0);
    s->fdc.dma = &s->dma;
    i82077_connect(&s->fdc, 0, &s->disk.disk);
    chip_start(&s->b, &s->fdc.dev, &i82077_class, "fdc");
    out8(&s->b, 0xD6, 0xC0);
    out8(&s->b, 0xD4, 0x00);
    out8(&s->b, 0x3F2, 0x1C);
    reset_sense(s);
    out8(&s->b, 0x3F7, s->fdc.drive[0].shape.rate);
    COMMAND(s, 0x03, SRT, DMA_ON);
}

static void start(struct setup *s) { start_with(s, 2880); }

static void finish(struct setup *s)
{
    memory_destroy(&s->memory);
    free(s->disk.bytes);
    free(s->other.bytes);
}

static void dma_program(struct setup *s, bool to_memory, u32 address, u32 length)
{
    struct chip_board *b = &s->b;
    out8(b, 0x0C, 0);
    out8(b, 0x0B, to_memory ? 0x46 : 0x4A);
    out8(b, 0x04, (u8)address), out8(b, 0x04, (u8)(address >> 8));
    out8(b, 0x05, (u8)(length - 1)), out8(b, 0x05, (u8)((length - 1) >> 8));
    out8(b, 0x81, (u8)(address >> 16));
    out8(b, 0x0A, 2);
}

static void seek_to(struct setup *s, u8 cylinder)
{
    COMMAND(s, 0x0F, 0, cylinder);
    ck_assert_uint_eq(msr(s), 0x81);
    irq_wait(s);
    COMMAND(s, 0x08);
    RESULT(s, 0x20, cylinder);
}

static void memory_is_disk(struct setup *s, u32 address, u32 sector, u32 sectors)
{
    u8 bytes[512];
    for (u32 i = 0; i < sectors; i++) {
        memory_read(&s->memory, address + 512 * i, bytes, 512);
        ck_assert_msg(memcmp(bytes, s->disk.bytes + 512 * (sector + i), 512) == 0, "sector %u differs", sector + i);
    }
}

START_TEST(reads_until_tc)
{
    struct setup s;
    start(&s);
    seek_to(&s, 3);
    dma_program(&s, true, 0x8000, 4 * 512);
    COMMAND(&s, 0xE6, 0x00, 3, 0, 17, 2, 18, 0x1B, 0xFF);
    ck_assert_uint_eq(msr(&s), 0x10);
    irq_wait(&s);
    RESULT(&s, 0x04, 0, 0, 3, 1, 3, 2);
    memory_is_disk(&s, 0x8000, (3 * 2 + 0) * 18 + 16, 4);
    finish(&s);
}
END_TEST

START_TEST(ends_at_eot_without_tc)
{
    struct setup s;
    start(&s);
    dma_program(&s, true, 0x8000, 0x8000);
    COMMAND(&s, 0x46, 0x04, 0, 1, 18, 2, 18, 0x1B, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0x44, 0x80, 0, 1, 1, 1, 2);
    memory_is_disk(&s, 0x8000, 18 + 17, 1);
    finish(&s);
}
END_TEST

START_TEST(writes_and_zero_fills)
{
    struct setup s;
    start(&s);
    memory_write(&s.memory, 0x9000, "hello", 5);
    dma_program(&s, false, 0x9000, 5);
    COMMAND(&s, 0x45, 0x00, 0, 0, 2, 2, 18, 0x1B, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0, 0, 0, 3, 2);
    ck_assert_int_eq(memcmp(s.disk.bytes + 512, "hello\0\0", 7), 0);
    ck_assert_uint_eq(s.disk.flushes, 0);
    out8(&s.b, 0x3F2, 0x0C);
    ck_assert_uint_eq(s.disk.flushes, 1);
    finish(&s);
}
END_TEST

START_TEST(by_the_processor)
{
    struct setup s;
    start(&s);
    COMMAND(&s, 0x03, SRT, DMA_OFF);
    COMMAND(&s, 0x46, 0x00, 0, 0, 5, 2, 5, 0x1B, 0xFF);
    irq_wait(&s);
    for (int i = 0; i < 512; i++) {
        ck_assert_uint_eq(msr(&s), 0xF0);
        ck_assert_uint_eq(in8(&s.b, 0x3F5), s.disk.bytes[4 * 512 + i]);
    }
    RESULT(&s, 0x40, 0x80, 0, 1, 0, 1, 2);
    COMMAND(&s, 0x45, 0x00, 0, 0, 6, 2, 6, 0x1B, 0xFF);
    irq_wait(&s);
    for (int i = 0; i < 512; i++) out8(&s.b, 0x3F5, 0xA0 ^ (u8)i);
    RESULT(&s, 0x40, 0x80, 0, 1, 0, 1, 2);
    ck_assert_uint_eq(s.disk.bytes[5 * 512 + 3], 0xA3);
    finish(&s);
}
END_TEST

START_TEST(what_is_not_there)
{
    struct setup s;
    static const struct { u8 command[9], result[7]; } cases[] = {
        { { 0x46, 0, 0, 0, 19, 2, 19, 0, 0xFF }, { 0x40, 0x04, 0x00, 0, 0, 19, 2 } },      /* no such sector */
        { { 0x46, 0, 5, 0, 1, 2, 18, 0, 0xFF }, { 0x40, 0x04, 0x10, 5, 0, 1, 2 } },        /* wrong cylinder */
        { { 0x46, 0, 0xFF, 0, 1, 2, 18, 0, 0xFF }, { 0x40, 0x04, 0x02, 0xFF, 0, 1, 2 } },  /* bad cylinder */
        { { 0x46, 4, 0, 0, 1, 2, 18, 0, 0xFF }, { 0x44, 0x04, 0x00, 0, 0, 1, 2 } },        /* head of the other side */
        { { 0x46, 0, 0, 0, 1, 3, 18, 0, 0xFF }, { 0x40, 0x04, 0x00, 0, 0, 1, 3 } },        /* 1024 bytes */
        { { 0x06, 0, 0, 0, 1, 2, 18, 0, 0xFF }, { 0x40, 0x01, 0x00, 0, 0, 1, 2 } },        /* FM */
    };
    start(&s);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        dma_program(&s, true, 0x8000, 512);
        command(&s, cases[i].command, 9);
        irq_wait(&s);
        result(&s, cases[i].result, 7);
    }
    out8(&s.b, 0x3F7, 2);
    COMMAND(&s, 0x46, 0, 0, 0, 1, 2, 18, 0, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0x40, 0x01, 0, 0, 0, 1, 2);
    finish(&s);
}
END_TEST

START_TEST(errors_of_host_and_overrun)
{
    struct setup s;
    start(&s);
    s.disk.bad_sector = 1;
    dma_program(&s, true, 0x8000, 1024);
    COMMAND(&s, 0x46, 0, 0, 0, 1, 2, 18, 0, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0x40, 0x20, 0x20, 0, 0, 2, 2);
    out8(&s.b, 0x0A, 6);
    COMMAND(&s, 0x46, 0, 0, 0, 1, 2, 18, 0, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0x40, 0x10, 0, 0, 0, 1, 2);
    s.disk.disk.read_only = true;
    dma_program(&s, false, 0x8000, 512);
    COMMAND(&s, 0x45, 0, 0, 0, 1, 2, 18, 0, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0x40, 0x02, 0, 0, 0, 1, 2);
    COMMAND(&s, 0x04, 0x00);
    RESULT(&s, 0x78);
    finish(&s);
}
END_TEST

START_TEST(format_track)
{
    struct setup s;
    start(&s);
    seek_to(&s, 79);
    for (u8 i = 0; i < 18; i++) memory_write(&s.memory, 0x7000 + 4 * i, (const u8[]){ 79, 1, i + 1, 2 }, 4);
    dma_program(&s, false, 0x7000, 18 * 4);
    COMMAND(&s, 0x4D, 0x04, 2, 18, 0x54, 0xF6);
    irq_wait(&s);
    ck_assert_uint_eq(in8(&s.b, 0x3F5), 0x04);
    for (int i = 0; i < 6; i++) in8(&s.b, 0x3F5);
    for (u32 i = (79 * 2 + 1) * 18 * 512; i < 80 * 2 * 18 * 512; i++) ck_assert_uint_eq(s.disk.bytes[i], 0xF6);
    ck_assert_uint_ne(s.disk.bytes[(79 * 2 + 1) * 18 * 512 - 1], 0xF6);
    finish(&s);
}
END_TEST

START_TEST(read_id_and_track)
{
    struct setup s;
    start(&s);
    seek_to(&s, 7);
    COMMAND(&s, 0x4A, 0x04);
    irq_wait(&s);
    static const u8 id[] = { 0x04, 0, 0, 7, 1 };
    for (unsigned i = 0; i < 5; i++) ck_assert_uint_eq(in8(&s.b, 0x3F5), id[i]);
    u8 r = in8(&s.b, 0x3F5);
    ck_assert(r >= 1 && r <= 18);
    ck_assert_uint_eq(in8(&s.b, 0x3F5), 2);
    dma_program(&s, true, 0x8000, 3 * 512);
    COMMAND(&s, 0x42, 0x00, 7, 0, 9, 2, 18, 0x1B, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0, 7, 0, 12, 2);
    memory_is_disk(&s, 0x8000, 7 * 36, 3);
    finish(&s);
}
END_TEST

START_TEST(verify_and_scan)
{
    struct setup s;
    start(&s);
    COMMAND(&s, 0xD6, 0x80, 0, 0, 17, 2, 18, 0x1B, 4);
    irq_wait(&s);
    RESULT(&s, 0x04, 0, 0, 0, 1, 3, 2);
    COMMAND(&s, 0x56, 0x00, 0, 0, 17, 2, 18, 0x1B, 4);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0, 1, 0, 1, 2);
    memory_write(&s.memory, 0x8000, s.disk.bytes + 512, 512);
    memory_write(&s.memory, 0x8200, s.disk.bytes + 1024, 512);
    dma_program(&s, false, 0x8000, 512);
    COMMAND(&s, 0x51, 0x00, 0, 0, 2, 2, 18, 0x1B, 1);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0x08, 0, 0, 2, 2);
    memory_store(&s.memory, 0x8000 + 100, s.disk.bytes[512 + 100] ^ 1, 1);
    dma_program(&s, false, 0x8000, 512);
    COMMAND(&s, 0x51, 0x00, 0, 0, 2, 2, 2, 0x1B, 1);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0x04, 1, 0, 1, 2);
    finish(&s);
}
END_TEST

START_TEST(seeks)
{
    struct setup s;
    start(&s);
    seek_to(&s, 40);
    COMMAND(&s, 0x8F, 0x00, 10);
    irq_wait(&s);
    COMMAND(&s, 0x08);
    RESULT(&s, 0x20, 30);
    COMMAND(&s, 0xCF, 0x04, 5);
    irq_wait(&s);
    COMMAND(&s, 0x08);
    RESULT(&s, 0x24, 35);
    COMMAND(&s, 0x04, 0x04);
    RESULT(&s, 0x2C);
    COMMAND(&s, 0x07, 0x00);
    irq_wait(&s);
    COMMAND(&s, 0x08);
    RESULT(&s, 0x20, 0);
    COMMAND(&s, 0x08);
    RESULT(&s, 0x80);
    COMMAND(&s, 0x07, 0x01);                   /* no drive there */
    irq_wait(&s);
    COMMAND(&s, 0x08);
    RESULT(&s, 0x71, 0);
    COMMAND(&s, 0x13, 0, 0x57, 0);             /* implied seek */
    dma_program(&s, true, 0x8000, 512);
    COMMAND(&s, 0x46, 0, 20, 0, 1, 2, 18, 0, 0xFF);
    irq_wait(&s);
    RESULT(&s, 0, 0, 0, 20, 0, 2, 2);
    memory_is_disk(&s, 0x8000, 20 * 36, 1);
    finish(&s);
}
END_TEST

START_TEST(small_commands)
{
    struct setup s;
    start(&s);
    COMMAND(&s, 0x10);
    RESULT(&s, 0x90);
    COMMAND(&s, 0x18);
    RESULT(&s, 0x80);
    COMMAND(&s, 0x94);
    RESULT(&s, 0x10);
    COMMAND(&s, 0x13, 0, 0x5A, 33);
    COMMAND(&s, 0x12, 0x84);
    COMMAND(&s, 0x0E);
    RESULT(&s, 0, 0, 0, 0, SRT, DMA_ON, 0, 0x84, 0x5A, 33);
    out8(&s.b, 0x3F4, 0x80);
    reset_sense(&s);
    COMMAND(&s, 0x0E);
    RESULT(&s, 0, 0, 0, 0, SRT, DMA_ON, 0, 0x84, 0x0A, 33);
    COMMAND(&s, 0x14);
    RESULT(&s, 0x00);
    out8(&s.b, 0x3F2, 0x18);
    ck_assert_uint_eq(msr(&s), 0);
    out8(&s.b, 0x3F2, 0x1C);
    reset_sense(&s);
    COMMAND(&s, 0x0E);
    RESULT(&s, 0, 0, 0, 0, SRT, DMA_ON, 0, 0x04, 0x20, 0);
    finish(&s);
}
END_TEST

START_TEST(media_change)
{
    struct setup s;
    start(&s);
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0x80);
    seek_to(&s, 1);
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0);
    ck_assert(i82077_change_medium(&s.fdc, 0, NULL));
    seek_to(&s, 2);
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0x80);
    out8(&s.b, 0x3F2, 0x0C);
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0);
    out8(&s.b, 0x3F2, 0x1C);
    ck_assert(i82077_change_medium(&s.fdc, 0, &s.other.disk));
    ck_assert(!i82077_change_medium(&s.fdc, 1, &s.other.disk));
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0x80);
    seek_to(&s, 3);
    ck_assert_uint_eq(in8(&s.b, 0x3F7), 0);
    finish(&s);
}
END_TEST

START_TEST(no_medium_waits_for_a_reset)
{
    struct setup s;
    start(&s);
    i82077_change_medium(&s.fdc, 0, NULL);
    COMMAND(&s, 0x4A, 0x00);
    run_ns(&s.b, 3000000000);
    ck_assert(!s.irq.level);
    ck_assert_uint_eq(msr(&s), 0x10);
    out8(&s.b, 0x3F4, 0x80);
    reset_sense(&s);
    finish(&s);
}
END_TEST

START_TEST(every_size)
{
    static const struct { u16 sectors; u8 c, h, r; } last[] = {
        { 320, 39, 0, 8 }, { 360, 39, 0, 9 }, { 640, 39, 1, 8 }, { 720, 39, 1, 9 }, { 1440, 79, 1, 9 },
        { 2400, 79, 1, 15 }, { 2880, 79, 1, 18 }, { 3360, 79, 1, 21 }, { 3444, 81, 1, 21 }, { 5760, 79, 1, 36 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(last); i++) {
        struct setup s;
        start_with(&s, last[i].sectors);
        seek_to(&s, last[i].c);
        dma_program(&s, true, 0x8000, 512);
        u8 bytes[] = { 0x46, (u8)(last[i].h << 2), last[i].c, last[i].h, last[i].r, 2, last[i].r, 0x1B, 0xFF };
        command(&s, bytes, 9);
        irq_wait(&s);
        ck_assert_uint_eq(in8(&s.b, 0x3F5) & 0xC0, 0);
        memory_is_disk(&s, 0x8000, last[i].sectors - 1u, 1);
        finish(&s);
    }
    struct floppy_shape shape;
    ck_assert(!i82077_shape(0, &shape));
    ck_assert(!i82077_shape(5761, &shape));
    ck_assert(i82077_shape(100, &shape) && shape.sectors == 18);
}
END_TEST

START_TEST(saves_and_loads_amid_a_read)
{
    struct setup s, t;
    start(&s);
    start(&t);
    COMMAND(&s, 0x03, SRT, DMA_OFF);
    COMMAND(&s, 0x46, 0x00, 0, 0, 5, 2, 5, 0x1B, 0xFF);
    irq_wait(&s);
    in8(&s.b, 0x3F5);
    check_save_load(&s.fdc.dev, &t.fdc.dev);
    ck_assert_uint_eq(in8(&t.b, 0x3F5), s.disk.bytes[4 * 512 + 1]);
    finish(&s);
    finish(&t);
}
END_TEST

START_TEST(hostile)
{
    struct setup s;
    start(&s);
    hostile_guest(&s.b, 0x3F0, 8, 1000000);
    hostile_guest(&s.b, 0x3F4, 2, 1000000);
    out8(&s.b, 0x3F2, 0xFF);
    hostile_guest(&s.b, 0x3F4, 2, 1000000);
    finish(&s);
}
END_TEST

Suite *i82077_suite(void)
{
    const TTest *const tests[] = {
        reads_until_tc, ends_at_eot_without_tc, writes_and_zero_fills, by_the_processor, what_is_not_there,
        errors_of_host_and_overrun, format_track, read_id_and_track, verify_and_scan, seeks, small_commands,
        media_change, no_medium_waits_for_a_reset, every_size, saves_and_loads_amid_a_read, hostile,
    };
    return suite_of("i82077", tests, ARRAY_LEN(tests));
}
