/* The 8259A pair: initialization, priorities, every OCW, spurious interrupts, edge and level. */
#include "devices/i8259.h"
#include "tests/unit/chip_board.h"

struct fixture { struct chip_board b; struct i8259 pic; };

static void init_pair(struct fixture *f, u8 master_icw4, u8 slave_icw4)
{
    static const u8 words[2][2] = { { 0x20, 0x04 }, { 0x28, 0x02 } };
    for (int i = 0; i < 2; i++) {
        u16 port = i ? 0xA0 : 0x20;
        out8(&f->b, port, 0x11);
        out8(&f->b, port + 1, words[i][0]);
        out8(&f->b, port + 1, words[i][1]);
        out8(&f->b, port + 1, i ? slave_icw4 : master_icw4);
    }
}

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, 1000000);
    chip_start(&f->b, &f->pic.dev, &i8259_class, "pic");
}
static void start_ready(struct fixture *f)
{
    start(f);
    init_pair(f, 0x01, 0x01);
}

static u8 isr(struct fixture *f, u16 port) { out8(&f->b, port, 0x0B); return in8(&f->b, port); }
static u8 irr(struct fixture *f, u16 port) { out8(&f->b, port, 0x0A); return in8(&f->b, port); }

START_TEST(silent_until_initialized)
{
    struct fixture f;
    start(&f);
    i8259_irq(&f.pic, 3, true);
    ck_assert(!f.pic.intr.level);
    init_pair(&f, 1, 1);
    ck_assert(!f.pic.intr.level);               /* ICW1 reset the edge detector */
    i8259_irq(&f.pic, 3, false);
    i8259_irq(&f.pic, 3, true);
    ck_assert(f.pic.intr.level);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x23);
    ck_assert(!f.pic.intr.level);
    ck_assert_uint_eq(isr(&f, 0x20), 0x08);
}
END_TEST

START_TEST(masks_read_back_and_hold)
{
    struct fixture f;
    start_ready(&f);
    out8(&f.b, 0x21, 0xFB);
    out8(&f.b, 0xA1, 0x5A);
    ck_assert_uint_eq(in8(&f.b, 0x21), 0xFB);
    ck_assert_uint_eq(in8(&f.b, 0xA1), 0x5A);
    i8259_irq(&f.pic, 1, true);
    ck_assert(!f.pic.intr.level);
    ck_assert_uint_eq(irr(&f, 0x20), 0x02);
    out8(&f.b, 0x21, 0);
    ck_assert(f.pic.intr.level);
}
END_TEST

START_TEST(priorities_nest)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 5, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x25);
    i8259_irq(&f.pic, 6, true);
    ck_assert(!f.pic.intr.level);               /* lower waits */
    i8259_irq(&f.pic, 1, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x21);
    ck_assert_uint_eq(isr(&f, 0x20), 0x22);
    out8(&f.b, 0x20, 0x20);                     /* non-specific: ends 1 */
    ck_assert_uint_eq(isr(&f, 0x20), 0x20);
    ck_assert(!f.pic.intr.level);
    out8(&f.b, 0x20, 0x65);                     /* specific: ends 5 */
    ck_assert(f.pic.intr.level);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x26);
}
END_TEST

START_TEST(slave_cascades)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 14, true);
    ck_assert_uint_eq(irr(&f, 0x20), 0x04);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x2E);
    ck_assert_uint_eq(isr(&f, 0x20), 0x04);
    ck_assert_uint_eq(isr(&f, 0xA0), 0x40);
    i8259_irq(&f.pic, 8, true);                 /* more urgent in the slave, but the master serves IR2 */
    ck_assert(!f.pic.intr.level);
    i8259_irq(&f.pic, 0, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x20);
    out8(&f.b, 0x20, 0x60);
    out8(&f.b, 0x20, 0x62);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x28);
}
END_TEST

START_TEST(slave_second_request_after_eoi)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 14, true);
    i8259_irq(&f.pic, 15, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x2E);
    out8(&f.b, 0xA0, 0x20);
    out8(&f.b, 0x20, 0x20);
    ck_assert(f.pic.intr.level);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x2F);
}
END_TEST

START_TEST(special_fully_nested)
{
    struct fixture f;
    start(&f);
    init_pair(&f, 0x11, 0x01);
    i8259_irq(&f.pic, 14, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x2E);
    i8259_irq(&f.pic, 15, true);
    ck_assert(!f.pic.intr.level);
    i8259_irq(&f.pic, 8, true);
    ck_assert(f.pic.intr.level);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x28);
}
END_TEST

START_TEST(special_mask_mode)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 3, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x23);
    i8259_irq(&f.pic, 7, true);
    out8(&f.b, 0x21, 0x08);
    ck_assert(!f.pic.intr.level);
    out8(&f.b, 0x20, 0x68);
    ck_assert(f.pic.intr.level);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x27);
    out8(&f.b, 0x20, 0x20);                     /* must not end the masked level 3 */
    ck_assert_uint_eq(isr(&f, 0x20), 0x08);
    out8(&f.b, 0x20, 0x48);
    out8(&f.b, 0x20, 0x20);
    ck_assert_uint_eq(isr(&f, 0x20), 0);
}
END_TEST

START_TEST(auto_eoi)
{
    struct fixture f;
    start(&f);
    init_pair(&f, 0x03, 0x03);
    out8(&f.b, 0x20, 0x80);                     /* rotate in automatic EOI */
    i8259_irq(&f.pic, 1, true);
    i8259_irq(&f.pic, 4, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x21);
    ck_assert_uint_eq(isr(&f, 0x20), 0);
    i8259_irq(&f.pic, 1, false);
    i8259_irq(&f.pic, 1, true);                 /* now the lowest */
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x24);
    i8259_irq(&f.pic, 8, true);
    i8259_irq(&f.pic, 9, true);
    out8(&f.b, 0x21, 0xFB);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x28);
    ck_assert(f.pic.intr.level);                /* the slave's INT made a new edge */
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x29);
    ck_assert(!f.pic.intr.level);
}
END_TEST

START_TEST(rotation)
{
    struct fixture f;
    start_ready(&f);
    out8(&f.b, 0x20, 0xC4);                     /* set priority: 4 lowest, 5 highest */
    i8259_irq(&f.pic, 0, true);
    i8259_irq(&f.pic, 6, true);
    i8259_irq(&f.pic, 4, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x26);
    out8(&f.b, 0x20, 0xA0);                     /* rotate on non-specific EOI: 6 lowest */
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x20);
    out8(&f.b, 0x20, 0xE0);                     /* rotate on specific EOI of 0 */
    ck_assert_uint_eq(isr(&f, 0x20), 0);
    i8259_irq(&f.pic, 0, false);
    i8259_irq(&f.pic, 0, true);
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x24);
}
END_TEST

START_TEST(poll)
{
    struct fixture f;
    start_ready(&f);
    out8(&f.b, 0x20, 0x0C);
    ck_assert_uint_eq(in8(&f.b, 0x20) & 0x80, 0);
    i8259_irq(&f.pic, 5, true);
    out8(&f.b, 0x20, 0x0C);
    ck_assert_uint_eq(in8(&f.b, 0x20), 0x85);
    ck_assert_uint_eq(isr(&f, 0x20), 0x20);
    ck_assert(!f.pic.intr.level);
}
END_TEST

START_TEST(spurious)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 3, true);
    i8259_irq(&f.pic, 3, false);                /* gone before the acknowledge */
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x27);
    ck_assert_uint_eq(isr(&f, 0x20), 0);
    f.pic.chip[0].latch |= 4;                   /* as if the slave let go between the two pulses of INTA */
    f.pic.chip[0].lines |= 4;
    ck_assert_int_eq(i8259_acknowledge(&f.pic), 0x2F);
    ck_assert_uint_eq(isr(&f, 0xA0), 0);
    ck_assert_uint_eq(isr(&f, 0x20), 4);
}
END_TEST

START_TEST(edge_and_level)
{
    struct fixture f;
    start_ready(&f);
    i8259_irq(&f.pic, 5, true);
    i8259_acknowledge(&f.pic);
    out8(&f.b, 0x20, 0x20);
    ck_assert(!f.pic.intr.level);               /* still high: no new edge */
    out8(&f.b, 0x4D0, 0xFF);
    out8(&f.b, 0x4D1, 0xFF);
    ck_assert_uint_eq(in8(&f.b, 0x4D0), 0xF8);
    ck_assert_uint_eq(in8(&f.b, 0x4D1), 0xDE);
    ck_assert(f.pic.intr.level);                /* a level asks as long as it is there */
    i8259_acknowledge(&f.pic);
    out8(&f.b, 0x20, 0x20);
    ck_assert(f.pic.intr.level);
    i8259_irq(&f.pic, 5, false);
    ck_assert(!f.pic.intr.level);
}
END_TEST

START_TEST(hostile)
{
    struct fixture f;
    start_ready(&f);
    for (int round = 0; round < 16; round++) {
        i8259_irq(&f.pic, round, true);
        hostile_guest(&f.b, round & 1 ? 0xA0 : 0x20, 2, 1);
        int vector = i8259_acknowledge(&f.pic);
        ck_assert(vector >= 0 && vector <= 0xFF);
    }
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start_ready(&f);
    i8259_irq(&f.pic, 14, true);
    start(&g);
    check_save_load(&f.pic.dev, &g.pic.dev);
    ck_assert_int_eq(i8259_acknowledge(&g.pic), 0x2E);
}
END_TEST

Suite *i8259_suite(void)
{
    const TTest *const tests[] = {
        silent_until_initialized, masks_read_back_and_hold, priorities_nest, slave_cascades,
        slave_second_request_after_eoi, special_fully_nested, special_mask_mode, auto_eoi, rotation, poll, spurious,
        edge_and_level, hostile, saves_and_loads,
    };
    return suite_of("i8259", tests, ARRAY_LEN(tests));
}
