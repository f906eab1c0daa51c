/* The DMA controllers without a CPU: programmed by ports, moved by calls as a peripheral makes them. */
#include "devices/i8237.h"
#include "tests/unit/chip_board.h"

struct setup { struct chip_board b; struct memory memory; struct i8237 dma; unsigned ready; };

static void start(struct setup *s)
{
    struct error why = { "" };
    memset(&s->dma, 0, sizeof s->dma);
    s->ready = 0;
    chip_board_init(&s->b, 100000000);
    ck_assert_msg(memory_init(&s->memory, 1 << 20, &why), "%s", why.text);
    memory_map_ram(&s->memory, "ram", 0, 1 << 20, 0, 0);
    s->b.board.memory = &s->memory;
    chip_start(&s->b, &s->dma.dev, &i8237_class, "dma");
    out8(&s->b, 0xD6, 0xC0);                    /* channel 4 cascades */
    out8(&s->b, 0xD4, 0x00);
}

static void finish(struct setup *s) { memory_destroy(&s->memory); }

static void count_ready(void *self) { ((struct setup *)self)->ready++; }

static const u16 page_port[8] = { 0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A };

/* address and count as the registers take them; leaves the channel open, with its DREQ up. */
static void program(struct setup *s, unsigned channel, u8 mode, u8 page, u16 address, u16 count)
{
    struct chip_board *b = &s->b;
    bool second = channel >= 4;
    u16 base = second ? 0xC0 : 0, step = second ? 2 : 1, c = channel & 3;
    out8(b, base + 12 * step, 0);
    out8(b, base + 11 * step, mode | c);
    out8(b, base + 2 * c * step, (u8)address);
    out8(b, base + 2 * c * step, address >> 8);
    out8(b, base + (2 * c + 1) * step, (u8)count);
    out8(b, base + (2 * c + 1) * step, count >> 8);
    out8(b, page_port[channel], page);
    i8237_request(&s->dma, channel, true);
    out8(b, base + 10 * step, (u8)c);
}

static u16 word_at(struct setup *s, u16 port)
{
    out8(&s->b, port < 0xC0 ? 0x0C : 0xD8, 0);
    u8 low = in8(&s->b, port);
    return (u16)(low | in8(&s->b, port) << 8);
}

START_TEST(bytes_reach_memory_and_tc)
{
    struct setup s;
    u8 back[4];
    start(&s);
    program(&s, 2, 0x44, 0x01, 0x2345, 3);
    struct i8237_moved moved = i8237_give(&s.dma, 2, "abc", 3);
    ck_assert(moved.bytes == 3 && !moved.tc);
    ck_assert_uint_eq(word_at(&s, 4), 0x2348);
    ck_assert_uint_eq(word_at(&s, 5), 0);
    moved = i8237_give(&s.dma, 2, "def", 3);
    ck_assert(moved.bytes == 1 && moved.tc);
    ck_assert_uint_eq(word_at(&s, 5), 0xFFFF);
    memory_read(&s.memory, 0x12345, back, 4);
    ck_assert_int_eq(memcmp(back, "abcd", 4), 0);
    ck_assert_uint_eq(in8(&s.b, 8), 0x44);
    ck_assert_uint_eq(in8(&s.b, 8), 0x40);
    ck_assert_uint_eq(i8237_give(&s.dma, 2, "x", 1).bytes, 0);
    finish(&s);
}
END_TEST

START_TEST(words_are_shifted_and_an_odd_byte_stays)
{
    struct setup s;
    u8 bytes[7];
    start(&s);
    memory_write(&s.memory, 0x4ACF0, "ABCDEF", 6);
    program(&s, 5, 0x48, 0x05, 0x5678, 2);
    struct i8237_moved moved = i8237_take(&s.dma, 5, bytes, 5);
    ck_assert(moved.bytes == 4 && !moved.tc);
    moved = i8237_take(&s.dma, 5, bytes + 4, 3);
    ck_assert(moved.bytes == 2 && moved.tc);
    ck_assert_int_eq(memcmp(bytes, "ABCDEF", 6), 0);
    ck_assert_uint_eq(word_at(&s, 0xC4), 0x567B);
    finish(&s);
}
END_TEST

START_TEST(address_wraps_in_its_page)
{
    struct setup s;
    u8 back[2];
    start(&s);
    program(&s, 1, 0x44, 0x03, 0xFFFF, 1);
    ck_assert(i8237_give(&s.dma, 1, "yz", 2).tc);
    memory_read(&s.memory, 0x3FFFF, back, 1);
    memory_read(&s.memory, 0x30000, back + 1, 1);
    ck_assert(back[0] == 'y' && back[1] == 'z');
    finish(&s);
}
END_TEST

START_TEST(auto_init_and_decrement)
{
    struct setup s;
    u8 back[2];
    start(&s);
    program(&s, 3, 0x44 | 0x30, 0x02, 0x0001, 1);
    for (int i = 0; i < 3; i++) {
        struct i8237_moved moved = i8237_give(&s.dma, 3, "12345", 5);
        ck_assert(moved.bytes == 2 && moved.tc);
    }
    memory_read(&s.memory, 0x20000, back, 2);
    ck_assert(back[0] == '2' && back[1] == '1');
    ck_assert_uint_eq(word_at(&s, 6), 1);
    finish(&s);
}
END_TEST

START_TEST(verify_counts_only)
{
    struct setup s;
    u8 byte = 0;
    start(&s);
    memory_write(&s.memory, 0x100, "Q", 1);
    program(&s, 2, 0x40, 0, 0x100, 0);
    ck_assert(i8237_give(&s.dma, 2, "x", 1).tc);
    memory_read(&s.memory, 0x100, &byte, 1);
    ck_assert_uint_eq(byte, 'Q');
    program(&s, 2, 0x44, 0, 0x100, 0);
    ck_assert(i8237_take(&s.dma, 2, &byte, 1).tc);
    ck_assert_uint_eq(byte, 0xFF);
    finish(&s);
}
END_TEST

START_TEST(what_stops_a_channel)
{
    struct setup s;
    start(&s);
    i8237_connect(&s.dma, 1, count_ready, &s);
    program(&s, 1, 0x44, 0, 0, 100);
    ck_assert_uint_eq(s.ready, 1);
    struct { u16 port; u8 off, on; } const stops[] = {
        { 0x0A, 0x05, 0x01 }, { 0x0F, 0x0F, 0x00 }, { 0x08, 0x04, 0x00 }, { 0xD0, 0x04, 0x00 }, { 0xD4, 0x04, 0x00 },
        { 0xD6, 0x40, 0xC0 }, { 0x0B, 0xC1, 0x45 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(stops); i++) {
        out8(&s.b, stops[i].port, stops[i].off);
        ck_assert_msg(!i8237_able(&s.dma, 1), "stop %u", i);
        ck_assert_uint_eq(i8237_give(&s.dma, 1, "a", 1).bytes, 0);
        ck_assert_uint_eq(s.ready, i + 1);
        out8(&s.b, stops[i].port, stops[i].on);
        ck_assert_msg(i8237_give(&s.dma, 1, "a", 1).bytes == 1, "go on %u", i);
        ck_assert_uint_eq(s.ready, i + 2);
    }
    i8237_request(&s.dma, 1, false);
    ck_assert_uint_eq(i8237_give(&s.dma, 1, "a", 1).bytes, 0);
    out8(&s.b, 0x0D, 0);
    ck_assert_uint_eq(in8(&s.b, 0x0F), 0xFF);
    out8(&s.b, 0x0E, 0);
    ck_assert_uint_eq(in8(&s.b, 0x1F), 0xF0);
    finish(&s);
}
END_TEST

START_TEST(software_request_moves_a_block)
{
    struct setup s;
    u8 back[3];
    start(&s);
    program(&s, 0, 0x84, 0, 0x200, 1);
    i8237_request(&s.dma, 0, false);
    out8(&s.b, 0x09, 0x04);
    memory_read(&s.memory, 0x200, back, 3);
    ck_assert(back[0] == 0xFF && back[1] == 0xFF && back[2] == 0);
    ck_assert_uint_eq(in8(&s.b, 8), 0x01);
    finish(&s);
}
END_TEST

START_TEST(page_registers_keep_bytes)
{
    struct setup s;
    start(&s);
    for (u16 port = 0x81; port <= 0x8F; port++) out8(&s.b, port, (u8)(port ^ 0x5A));
    for (u16 port = 0x81; port <= 0x8F; port++) ck_assert_uint_eq(in8(&s.b, port), (u8)(port ^ 0x5A));
    finish(&s);
}
END_TEST

START_TEST(saved_and_loaded)
{
    struct setup a, b;
    start(&a);
    start(&b);
    program(&a, 6, 0x58, 7, 0x1234, 77);
    check_save_load(&a.dma.dev, &b.dma.dev);
    finish(&a);
    finish(&b);
}
END_TEST

START_TEST(hostile_guest_moves_nothing_out_of_bounds)
{
    struct setup s;
    u8 bytes[5000];
    start(&s);
    for (unsigned i = 0; i < 8; i++) i8237_request(&s.dma, i, i & 1);
    hostile_guest(&s.b, 0x00, 16, 1000);
    hostile_guest(&s.b, 0xC0, 32, 1000);
    for (unsigned i = 0; i < 8; i++) i8237_take(&s.dma, i, bytes, sizeof bytes);
    finish(&s);
}
END_TEST

Suite *i8237_suite(void)
{
    const TTest *const tests[] = {
        bytes_reach_memory_and_tc, words_are_shifted_and_an_odd_byte_stays, address_wraps_in_its_page,
        auto_init_and_decrement, verify_counts_only, what_stops_a_channel, software_request_moves_a_block,
        page_registers_keep_bytes, saved_and_loaded, hostile_guest_moves_nothing_out_of_bounds,
    };
    return suite_of("i8237", tests, ARRAY_LEN(tests));
}
