/* The NMI gate: latches, the two switches of port 61h with the 8254 that has the port, the mask of port 70h. */
#include "devices/i8254.h"
#include "devices/mc146818.h"
#include "devices/nmi.h"
#include "tests/unit/chip_board.h"

struct fixture { struct chip_board b; struct nmi nmi; struct i8254 pit; struct mc146818 rtc; struct probe out; };

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, 1000000);
    f->out.board = &f->b;
    line_connect(&f->nmi.out, probe_set, &f->out, 0);
    line_connect(&f->rtc.nmi_mask, nmi_mask_set, &f->nmi, 0);
    f->pit.nmi = &f->nmi;
    chip_start(&f->b, &f->nmi.dev, &nmi_class, "nmi");
    chip_start(&f->b, &f->pit.dev, &i8254_class, "pit");
    chip_start(&f->b, &f->rtc.dev, &mc146818_class, "rtc");
}

START_TEST(latched_until_switched_off)
{
    struct fixture f;
    start(&f);
    nmi_source_set(&f.nmi, NMI_IOCHK, true);
    nmi_source_set(&f.nmi, NMI_IOCHK, false);
    ck_assert(f.out.rises == 1 && (in8(&f.b, 0x61) & 0xC0) == 0x40);
    nmi_source_set(&f.nmi, NMI_SERR, true);
    ck_assert(f.out.rises == 1 && (in8(&f.b, 0x61) & 0xC0) == 0xC0);
    out8(&f.b, 0x61, 0x08);
    ck_assert(f.out.level && (in8(&f.b, 0x61) & 0xCC) == 0x88);
    out8(&f.b, 0x61, 0x0C);
    ck_assert(!f.out.level && (in8(&f.b, 0x61) & 0xCC) == 0x0C);
    nmi_source_set(&f.nmi, NMI_SERR, true);
    ck_assert(!f.out.level);
    out8(&f.b, 0x61, 0x00);
    nmi_source_set(&f.nmi, NMI_SERR, true);
    ck_assert(f.out.rises == 2);
}
END_TEST

START_TEST(masked_by_port_70)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x70, 0x8F);
    nmi_source_set(&f.nmi, NMI_IOCHK, true);
    ck_assert(!f.out.level && in8(&f.b, 0x61) & 0x40);
    out8(&f.b, 0x70, 0x0F);
    ck_assert(f.out.rises == 1);
    nmi_class.reset(&f.nmi.dev, RESET_WARM);
    ck_assert(!f.out.level && !(in8(&f.b, 0x61) & 0xC0));
}
END_TEST

Suite *nmi_suite(void)
{
    const TTest *const tests[] = { latched_until_switched_off, masked_by_port_70 };
    return suite_of("nmi", tests, ARRAY_LEN(tests));
}
