/* The parallel port without a CPU: what a printer driver does, and what comes out on paper. */
#include "devices/parallel.h"
#include "tests/unit/chip_board.h"

struct paper { char text[64]; unsigned length; };
struct setup { struct chip_board b; struct parallel port; struct probe irq; struct paper paper; };

static void paper_put(void *self, u8 byte)
{
    struct paper *paper = self;
    if (paper->length < sizeof paper->text) paper->text[paper->length++] = (char)byte;
}

static void start(struct setup *s)
{
    memset(s, 0, sizeof *s);
    chip_board_init(&s->b, 100000000);
    s->irq.board = &s->b;
    line_connect(&s->port.irq, probe_set, &s->irq, 0);
    s->port.base = 0x378;
    s->port.sink = (struct byte_sink){ paper_put, &s->paper };
    chip_start(&s->b, &s->port.dev, &parallel_class, "lpt1");
}

static void print(struct setup *s, char c)
{
    ck_assert_uint_eq(in8(&s->b, 0x379) & 0xF8, 0xD8);
    out8(&s->b, 0x378, (u8)c);
    out8(&s->b, 0x37A, 0x0D);
    out8(&s->b, 0x37A, 0x0C);
    ck_assert_uint_eq(in8(&s->b, 0x379) & 0xF8, 0x58);
    run_ns(&s->b, 5001);
}

START_TEST(prints)
{
    struct setup s;
    start(&s);
    for (const char *c = "Hello\f"; *c; c++) print(&s, *c);
    ck_assert_int_eq(memcmp(s.paper.text, "Hello\f", 7), 0);
    ck_assert_uint_eq(s.irq.rises, 0);
}
END_TEST

START_TEST(acknowledges_by_interrupt)
{
    struct setup s;
    start(&s);
    out8(&s.b, 0x378, 'x');
    out8(&s.b, 0x37A, 0x1D);
    ck_assert_uint_eq(s.irq.rises, 0);
    out8(&s.b, 0x37A, 0x1D);                   /* no edge: nothing more is printed */
    run_ns(&s.b, 5001);
    ck_assert_uint_eq(s.irq.rises, 1);
    out8(&s.b, 0x37A, 0x1D);                   /* nor now that the printer is ready again */
    ck_assert_uint_eq(s.paper.length, 1);
    ck_assert_uint_eq(in8(&s.b, 0x379) & 0x84, 0x80);
    ck_assert_uint_eq(in8(&s.b, 0x379) & 0x84, 0x84);
}
END_TEST

START_TEST(registers_read_back)
{
    struct setup s;
    start(&s);
    out8(&s.b, 0x378, 0xA5);
    ck_assert_uint_eq(in8(&s.b, 0x378), 0xA5);
    out8(&s.b, 0x37A, 0x2C);
    ck_assert_uint_eq(in8(&s.b, 0x37A), 0xEC);
    ck_assert_uint_eq(in8(&s.b, 0x378), 0xFF);
    out8(&s.b, 0x37A, 0x0C);
    ck_assert_uint_eq(in8(&s.b, 0x378), 0xA5);
    ports_write(&s.b.ports, 0x37C, 0x64636261, 4);
    ck_assert_int_eq(memcmp(s.paper.text, "abcd", 5), 0);
}
END_TEST

START_TEST(saves_loads_and_survives)
{
    struct setup s, t;
    start(&s);
    start(&t);
    out8(&s.b, 0x37A, 0x1D);
    check_save_load(&s.port.dev, &t.port.dev);
    hostile_guest(&s.b, 0x378, 8, 100000);
}
END_TEST

Suite *parallel_suite(void)
{
    const TTest *const tests[] = { prints, acknowledges_by_interrupt, registers_read_back, saves_loads_and_survives };
    return suite_of("parallel", tests, ARRAY_LEN(tests));
}
