/* PIIX4 power management: timer, PM1 events and SCI, off, APM port and SMI, buttons, SMBus, hostile accesses. */
#include "devices/piix4_pm.h"
#include "tests/unit/chip_board.h"

enum { HZ = 100000000, PM = PM_IO_BASE };

struct fixture {
    struct chip_board  b;
    struct pci_bus     bus;
    struct piix4_pm    pm;
    struct probe       sci, smi;
    unsigned           offs, resets;
};

static void asked(void *self, enum power_request what, u32 value)
{
    struct fixture *f = self;
    (void)value;
    f->offs += what == POWER_OFF;
    f->resets += what == POWER_RESET;
}

static void start(struct fixture *f)
{
    struct error why;
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, HZ);
    f->b.board.power = (struct power){ asked, f };
    ck_assert(pci_bus_attach(&f->bus, &f->b.board, &why));
    f->pm.bus = &f->bus;
    f->sci.board = f->smi.board = &f->b;
    line_connect(&f->pm.sci, probe_set, &f->sci, 0);
    line_connect(&f->pm.smi, probe_set, &f->smi, 0);
    chip_start(&f->b, &f->pm.dev, &piix4_pm_class, "piix4_pm");
    piix4_pm_firmware_state(&f->pm);
}

static u32 in(struct fixture *f, u16 offset, unsigned width) { return ports_read(&f->b.ports, PM + offset, width); }
static void out(struct fixture *f, u16 offset, u32 value, unsigned width)
{
    ports_write(&f->b.ports, PM + offset, value, width);
}
static void press(struct fixture *f, const char *what)
{
    input_post(&f->b.input, f->pm.power_source, (const u8 *)what, strlen(what));
}

START_TEST(configuration)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(pci_config_get(&f.pm.function, 0, 4), 0x71138086);
    ck_assert_uint_eq(pci_config_get(&f.pm.function, 0x40, 4), PM | 1);
    ck_assert_uint_eq(in(&f, 2, 2), 0);
    pci_config_write(&f.pm.function, 0x40, 0xB0FF, 4);
    ck_assert_uint_eq(in(&f, 2, 2), 0xFFFF);
    ck_assert_uint_eq(ports_read(&f.b.ports, 0xB0C2, 2), 0);
    pci_config_write(&f.pm.function, 0x40, 0xCC0, 4);              /* over CF8h: refused, nothing breaks */
    ck_assert_uint_eq(ports_read(&f.b.ports, 0xCC2, 2), 0xFFFF);
    pci_config_write(&f.pm.function, 0x40, PM, 4);
    pci_config_write(&f.pm.function, 0x80, 0, 1);
    ck_assert_uint_eq(in(&f, 2, 2), 0xFFFF);
}
END_TEST

START_TEST(timer)
{
    struct fixture f;
    start(&f);
    run_to(&f.b, HZ);
    ck_assert_uint_eq(in(&f, 8, 4), 3579545);
    ck_assert_uint_eq(in(&f, 9, 1), 3579545 >> 8 & 0xFF);
    u64 half = cycle_of(&f.b.clock, 1 << 23, 3579545);
    run_to(&f.b, half - 1);
    ck_assert_uint_eq(in(&f, 0, 2), 0);
    run_to(&f.b, half);
    ck_assert_uint_eq(in(&f, 0, 2), 1);
    ck_assert_uint_eq(f.sci.rises, 0);
    out(&f, 0, 1, 2);
    ck_assert_uint_eq(in(&f, 0, 2), 0);
    out(&f, 4, 1, 2);
    out(&f, 2, 1, 2);
    u64 whole = cycle_of(&f.b.clock, 1 << 24, 3579545);
    run_to(&f.b, whole - 1);
    ck_assert_uint_eq(f.sci.rises, 0);
    run_to(&f.b, whole);
    ck_assert_uint_eq(f.sci.rises, 1);
    ck_assert_uint_eq(in(&f, 8, 4), 0);                            /* 24 bits */
    out(&f, 0, 1, 2);
    ck_assert(!f.sci.level);
}
END_TEST

START_TEST(power)
{
    struct fixture f;
    start(&f);
    out(&f, 4, 0x1400, 2);                                         /* a type without SUS_EN does nothing */
    ck_assert_uint_eq(f.offs, 0);
    ck_assert_uint_eq(in(&f, 4, 2), 0x1400);
    out(&f, 4, 0x3000, 2);                                         /* S1: awake again at once */
    ck_assert_uint_eq(in(&f, 0, 2), 0x8000);
    ck_assert_uint_eq(f.offs, 0);
    out(&f, 4, 0x2000, 2);
    ck_assert_uint_eq(f.offs, 1);
    ck_assert_uint_eq(in(&f, 4, 2) & 0x2000, 0);
}
END_TEST

START_TEST(buttons)
{
    struct fixture f;
    start(&f);
    press(&f, "p");
    ck_assert_uint_eq(in(&f, 0, 2), 0x100);
    ck_assert(!f.sci.level);
    out(&f, 2, 0x100, 2);
    ck_assert(!f.sci.level);                                       /* SCI_EN is off */
    out(&f, 4, 1, 2);
    ck_assert(f.sci.level);
    out(&f, 0, 0x100, 2);
    ck_assert(!f.sci.level);
    press(&f, "?");
    ck_assert_uint_eq(f.offs + f.resets, 0);
    press(&f, "r");
    ck_assert_uint_eq(f.resets, 1);
    press(&f, "h");
    ck_assert_uint_eq(f.offs, 1);
}
END_TEST

START_TEST(apm_and_smi)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0xB2, PM_ACPI_ENABLE);
    ck_assert_uint_eq(in(&f, 4, 2), 1);
    out8(&f.b, 0xB2, PM_ACPI_DISABLE);
    ck_assert_uint_eq(in(&f, 4, 2), 0);
    out8(&f.b, 0xB3, 0x5A);
    ck_assert_uint_eq(in8(&f.b, 0xB2), PM_ACPI_DISABLE);
    ck_assert_uint_eq(in8(&f.b, 0xB3), 0x5A);
    ck_assert_uint_eq(f.smi.rises, 0);
    pci_config_write(&f.pm.function, 0x58, 1 << 25, 4);
    out8(&f.b, 0xB2, 0);
    ck_assert_uint_eq(f.smi.rises, 0);                             /* SMI_EN is off */
    ck_assert_uint_eq(in(&f, 0x18, 2), 0x20);
    out(&f, 0x28, 1, 4);
    out8(&f.b, 0xB2, 0);
    ck_assert_uint_eq(f.smi.rises, 1);
    ck_assert(!f.smi.level);
    out(&f, 0x18, 0x20, 2);
    ck_assert_uint_eq(in(&f, 0x18, 2), 0);
}
END_TEST

START_TEST(global_lock)
{
    struct fixture f;
    start(&f);
    out(&f, 0x28, 1 | 2, 4);                                       /* BIOS_RLS */
    ck_assert_uint_eq(in(&f, 0, 2), 1 << 5);
    out(&f, 4, 1, 2);
    out(&f, 2, 1 << 5, 2);
    ck_assert(f.sci.level);
    out(&f, 4, 1 | 4, 2);                                          /* GBL_RLS without BIOS_EN */
    ck_assert_uint_eq(f.smi.rises, 0);
    ck_assert_uint_eq(in(&f, 0x18, 2), 1);
    out(&f, 0x20, 2, 2);
    out(&f, 4, 1 | 4, 2);
    ck_assert_uint_eq(f.smi.rises, 1);
}
END_TEST

START_TEST(smbus_is_empty)
{
    struct fixture f;
    start(&f);
    out8(&f.b, SMBUS_IO_BASE + 4, 0xA1);
    out8(&f.b, SMBUS_IO_BASE + 2, 0x48);
    ck_assert_uint_eq(in8(&f.b, SMBUS_IO_BASE), 4);
    ck_assert_uint_eq(in8(&f.b, SMBUS_IO_BASE + 2), 0x08);
    out8(&f.b, SMBUS_IO_BASE, 0xFF);
    ck_assert_uint_eq(in8(&f.b, SMBUS_IO_BASE), 0);
}
END_TEST

START_TEST(hostile)
{
    struct fixture f;
    start(&f);
    hostile_guest(&f.b, PM, PM_IO_BYTES, 1000);
    hostile_guest(&f.b, SMBUS_IO_BASE, SMBUS_IO_BYTES, 1000);
    hostile_guest(&f.b, 0xB2, 2, 1000);
    hostile_guest(&f.b, 0xCF8, 8, 1000);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    piix4_pm_class.reset(&g.pm.dev, RESET_COLD);
    run_to(&f.b, 12345678);
    out(&f, 4, 1, 2);
    out(&f, 2, 0x101, 2);
    press(&f, "p");
    g.b.clock.now = f.b.clock.now;
    check_save_load(&f.pm.dev, &g.pm.dev);
    piix4_pm_class.restored(&g.pm.dev);
    ck_assert(g.pm.sci.level);
    ck_assert_uint_eq(in(&g, 8, 4), in(&f, 8, 4));
    ck_assert_uint_eq(clock_next(&g.b.clock), clock_next(&f.b.clock));
}
END_TEST

Suite *piix4_pm_suite(void)
{
    const TTest *const tests[] = {
        configuration, timer, power, buttons, apm_and_smi, global_lock, smbus_is_empty, hostile, saves_and_loads,
    };
    return suite_of("piix4_pm", tests, ARRAY_LEN(tests));
}
