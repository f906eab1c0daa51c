/* The IMCR: selected by 70h at port 22h, a wire at port 23h. */
#include "devices/imcr.h"
#include "tests/unit/chip_board.h"

START_TEST(select_and_switch)
{
    struct chip_board b;
    struct imcr imcr = { .select = 0 };
    struct probe apic = { .board = &b };
    chip_board_init(&b, 1000000);
    line_connect(&imcr.apic, probe_set, &apic, 0);
    chip_start(&b, &imcr.dev, &imcr_class, "imcr");
    ck_assert(apic.level);                               /* virtual wire mode */
    out8(&b, 0x23, 0);
    ck_assert(apic.level && in8(&b, 0x23) == 0xFF);
    out8(&b, 0x22, 0x70);
    ck_assert_uint_eq(in8(&b, 0x23), 1);
    out8(&b, 0x23, 0xFE);
    ck_assert(!apic.level && in8(&b, 0x23) == 0);
    out8(&b, 0x23, 0x01);
    ck_assert(apic.level && in8(&b, 0x22) == 0x70);
    out8(&b, 0x23, 0);
    imcr_class.reset(&imcr.dev, RESET_WARM);
    ck_assert(apic.level);
}
END_TEST

Suite *imcr_suite(void)
{
    const TTest *const tests[] = { select_and_switch };
    return suite_of("imcr", tests, ARRAY_LEN(tests));
}
