/* Port 92h: A20, and an INIT when bit 0 rises. */
#include "devices/port92.h"
#include "tests/unit/chip_board.h"

START_TEST(a20_and_init)
{
    struct chip_board b;
    struct port92 port = { .value = 0 };
    struct probe a20 = { .board = &b };
    chip_board_init(&b, 1000000);
    line_connect(&port.a20, probe_set, &a20, 0);
    chip_start(&b, &port.dev, &port92_class, "port92");
    ck_assert(in8(&b, 0x92) == 0 && !a20.level);
    out8(&b, 0x92, 0xFE);
    ck_assert(in8(&b, 0x92) == 2 && a20.level && b.inits == 0);
    out8(&b, 0x92, 1);
    out8(&b, 0x92, 1);
    ck_assert(!a20.level && b.inits == 1 && b.resets == 0);
    out8(&b, 0x92, 0);
    out8(&b, 0x92, 3);
    ck_assert(a20.level && b.inits == 2);
    port92_class.reset(&port.dev, RESET_WARM);
    ck_assert(in8(&b, 0x92) == 0 && !a20.level);
}
END_TEST

Suite *port92_suite(void)
{
    const TTest *const tests[] = { a20_and_init };
    return suite_of("port92", tests, ARRAY_LEN(tests));
}
