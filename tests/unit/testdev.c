/* pc-testdev and pci-testdev, as kvm-unit-tests uses them. */
#include "devices/pc_testdev.h"
#include "devices/pci_testdev.h"
#include "tests/unit/chip_board.h"
#include <stdlib.h>

enum { MEMORY = 0xFF000000, BAR = 0xE0000000, PORTS = 0xC000 };
struct fixture { struct chip_board b; struct memory memory; struct pc_testdev test; struct probe irq[PC_TESTDEV_LINES];
                 struct pci_bus bus; struct pci_testdev pci; };

static struct fixture *board_make(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error why = { "" };
    chip_board_init(&f->b, 1000000);
    ck_assert_msg(memory_init(&f->memory, 1 << 20, &why), "%s", why.text);
    f->b.board.memory = &f->memory;
    return f;
}

static struct fixture *start_pc(void)
{
    struct fixture *f = board_make();
    for (int i = 0; i < PC_TESTDEV_LINES; i++) {
        f->irq[i].board = &f->b;
        line_connect(&f->test.irq[i], probe_set, &f->irq[i], i);
    }
    chip_start(&f->b, &f->test.dev, &pc_testdev_class, "pc-testdev");
    return f;
}

static struct fixture *start_pci(void)
{
    struct fixture *f = board_make();
    struct error why = { "" };
    ck_assert(pci_bus_attach(&f->bus, &f->b.board, &why));
    f->pci.bus = &f->bus;
    f->pci.devfn = PCI_DEVFN(8, 0);
    chip_start(&f->b, &f->pci.dev, &pci_testdev_class, "pci-testdev");
    pci_config_write(&f->pci.function, PCI_BAR0, BAR, 4);
    pci_config_write(&f->pci.function, PCI_BAR0 + 4, PORTS, 4);
    pci_config_write(&f->pci.function, PCI_COMMAND, 3, 2);
    return f;
}

static void finish(struct fixture *f)
{
    memory_destroy(&f->memory);
    free(f);
}

START_TEST(echoes)
{
    struct fixture *f = start_pc();
    ports_write(&f->b.ports, 0xE0, 0x12345678, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xE0, 4), 0x12345678);
    ck_assert_uint_eq(in8(&f->b, 0xE1), 0x56);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xE2, 2), 0x1234);
    out8(&f->b, 0xE3, 0xAB);
    ports_write(&f->b.ports, 0xE0, 0xCDEF, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xE0, 4), 0xAB34CDEF);
    ck_assert_uint_eq(in8(&f->b, 0xEA), 0x34);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xE8, 4), 0xAB34CDEF);       /* byte by byte */
    out8(&f->b, 0xE8, 0x11);
    ck_assert_uint_eq(in8(&f->b, 0xE0), 0x11);
    ports_write(&f->b.ports, 0xE4, 0x1000, 4);
    memory_store(&f->memory, MEMORY, 0x11223344, 4);
    memory_store(&f->memory, MEMORY + 1, 0x55, 1);
    ck_assert_uint_eq(memory_load(&f->memory, MEMORY, 4), 0x11225544);
    memory_store(&f->memory, MEMORY + 0xFFFF, 0x66, 1);
    ck_assert_uint_eq(memory_load(&f->memory, MEMORY + 0xFFFE, 2), 0x6600);
    memory_store(&f->memory, MEMORY + 0xFFFE, 0x77889900, 4);              /* half beyond the end */
    ck_assert_uint_eq(memory_load(&f->memory, MEMORY + 0xFFFF, 1), 0x99);
    u8 *flags;
    bool writable;
    ck_assert_ptr_null(memory_page(&f->memory, MEMORY, &flags, &writable));
    finish(f);
}
END_TEST

START_TEST(lines)
{
    struct fixture *f = start_pc();
    for (u16 i = 0; i < PC_TESTDEV_IRQS; i++) {
        out8(&f->b, 0x2000 + i, 1);
        for (unsigned k = 0; k < PC_TESTDEV_LINES; k++) ck_assert_int_eq(f->irq[k].level, k == i);
        out8(&f->b, 0x2000 + i, 0);
        if (i < PC_TESTDEV_LINES) ck_assert(!f->irq[i].level);
    }
    out8(&f->b, 0x200E, 1);
    f->test.dev.class->reset(&f->test.dev, RESET_COLD);
    ck_assert(!f->irq[14].level);
    hostile_guest(&f->b, 0xE0, 12, 10);
    hostile_guest(&f->b, 0x2000, 26, 10);
    finish(f);
}
END_TEST

/* As a suite does: each test of a BAR until one is not supported. */
START_TEST(counts_writes)
{
    struct fixture *f = start_pci();
    static const char *const names[2][3] = {
        { "mmio/no-eventfd", "mmio/wildcard-eventfd", "mmio/datamatch-eventfd" },
        { "portio/no-eventfd", "portio/wildcard-eventfd", "portio/datamatch-eventfd" },
    };
    ck_assert_uint_eq(pci_config_get(&f->pci.function, 0, 4), 0x00051B36);
    for (unsigned bar = 0; bar < 2; bar++) {
#define READ(at, width) (bar ? ports_read(&f->b.ports, PORTS + (at), width) : memory_load(&f->memory, BAR + (at), width))
#define WRITE(at, value) (bar ? out8(&f->b, (u16)(PORTS + (at)), (u8)(value)) : memory_store(&f->memory, BAR + (at), value, 1))
        unsigned n = 0;
        for (WRITE(0, n); READ(1, 1) == 1; WRITE(0, ++n)) {
            u32 offset = READ(4, 4), data = READ(8, 1);
            ck_assert_uint_lt(n, 3);
            ck_assert_uint_lt(offset, bar ? 256 : 4096);
            for (unsigned i = 0; i < strlen(names[bar][n]); i++) ck_assert_uint_eq(READ(16 + i, 1), (u8)names[bar][n][i]);
            ck_assert_uint_eq(READ(12, 4), 0);
            for (unsigned i = 0; i < 300; i++) WRITE(offset, data);
            ck_assert_uint_eq(READ(12, 4), 300);
            WRITE(offset, data ^ 1);
            ck_assert_uint_eq(READ(12, 4), n == 2 ? 300 : 301);
            WRITE(offset + 1, data);
            ck_assert_uint_eq(READ(12, 4), n == 2 ? 300 : 301);
        }
        ck_assert_uint_eq(n, 3);
        ck_assert_uint_eq(READ(12, 4), ~0u);
    }
    pci_config_write(&f->pci.function, PCI_COMMAND, 0, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, PORTS + 1, 1), 0xFF);
    finish(f);
}
END_TEST

START_TEST(save_and_load)
{
    struct fixture *f = start_pci(), *g = start_pci();
    memory_store(&f->memory, BAR, 1, 1);
    memory_store(&f->memory, BAR + 2049, 7, 1);
    check_save_load(&f->pci.dev, &g->pci.dev);
    ck_assert_uint_eq(memory_load(&g->memory, BAR + 12, 4), 1);
    f->pci.current = 200;                                                  /* nothing a file may say leads astray */
    chip_move(&f->pci.dev, &g->pci.dev);
    ck_assert_uint_eq(memory_load(&g->memory, BAR + 4, 4), ~0u);
    finish(f);
    finish(g);
}
END_TEST

Suite *testdev_suite(void)
{
    const TTest *const tests[] = { echoes, lines, counts_writes, save_and_load };
    return suite_of("testdev", tests, ARRAY_LEN(tests));
}
