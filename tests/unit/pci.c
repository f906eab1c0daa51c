/* Configuration mechanism 1, BARs, the host bridge's shadow RAM, PIRQ routing, reset control. */
#include "devices/i440fx.h"
#include "devices/ide.h"
#include "devices/piix3.h"
#include "tests/unit/chip_board.h"
#include <stdlib.h>

struct fixture {
    struct chip_board b;
    struct memory     memory;
    struct i440fx     pmc;
    struct piix3      piix;
    struct ide        ide;
    struct probe      irq[16];
    struct region    *rom;
};

static struct fixture *start(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error why;
    u8 *bytes = malloc(0x20000);
    memset(bytes, 0x11, 0x20000);
    chip_board_init(&f->b, 1000000);
    ck_assert(memory_init(&f->memory, 64 << 20, &why));
    f->b.board.memory = &f->memory;
    memory_map_ram(&f->memory, "low", 0, 0xA0000, 0, 0);
    f->rom = memory_map_rom(&f->memory, "rom", 0xE0000, 0x20000, bytes, 1);
    free(bytes);
    f->pmc.rom[0].region = f->rom;
    chip_start(&f->b, &f->pmc.dev, &i440fx_class, "pmc");
    chip_start(&f->b, &f->ide.dev, &ide_class, "ide");
    f->piix.bus = &f->pmc.bus;
    f->piix.ide = &f->ide;
    for (int i = 0; i < 16; i++) {
        f->irq[i].board = &f->b;
        line_connect(&f->piix.irq[i], probe_set, &f->irq[i], i);
    }
    chip_start(&f->b, &f->piix.dev, &piix3_class, "piix");
    return f;
}

static void finish(struct fixture *f)
{
    memory_destroy(&f->memory);
    free(f);
}

static void address(struct fixture *f, unsigned devfn, unsigned reg)
{
    ports_write(&f->b.ports, 0xCF8, 0x80000000 | devfn << 8 | (reg & 0xFC), 4);
}
static u32 config_read(struct fixture *f, unsigned devfn, unsigned reg, unsigned width)
{
    address(f, devfn, reg);
    return ports_read(&f->b.ports, 0xCFC + (reg & 3), width);
}
static void config_write(struct fixture *f, unsigned devfn, unsigned reg, u32 value, unsigned width)
{
    address(f, devfn, reg);
    ports_write(&f->b.ports, 0xCFC + (reg & 3), value, width);
}

START_TEST(finds_the_functions)
{
    struct fixture *f = start();
    ck_assert_uint_eq(config_read(f, 0x00, 0, 4), 0x12378086);
    ck_assert_uint_eq(config_read(f, 0x08, 0, 4), 0x70008086);
    ck_assert_uint_eq(config_read(f, 0x09, 0, 4), 0x70108086);
    ck_assert_uint_eq(config_read(f, 0x0A, 0, 4), 0xFFFFFFFF);
    ck_assert_uint_eq(config_read(f, 0x10, 0, 4), 0xFFFFFFFF);
    ck_assert_uint_eq(config_read(f, 0x08, 0x0E, 1), 0x80);
    ck_assert_uint_eq(config_read(f, 0x00, 0x0B, 1), 0x06);
    ck_assert_uint_eq(config_read(f, 0x09, 0x0A, 2), 0x0101);
    ck_assert_uint_eq(config_read(f, 0x00, 0x60 + 7, 1), 8);
    config_write(f, 0x00, 0, 0, 4);
    ck_assert_uint_eq(config_read(f, 0x00, 0, 4), 0x12378086);
    config_write(f, 0x08, 0x61, 0x0B, 1);
    ck_assert_uint_eq(config_read(f, 0x08, 0x60, 4), 0x80800B80);
    f->piix.isa.config[7] |= 0x30;                           /* two aborts were signalled: ones clear them one by one */
    config_write(f, 0x08, 0x06, 0x1000, 2);
    ck_assert_uint_eq(config_read(f, 0x08, 0x06, 2), 0x2200);
    finish(f);
}
END_TEST

START_TEST(address_register_takes_dwords_only)
{
    struct fixture *f = start();
    ports_write(&f->b.ports, 0xCF8, 0x80000003, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xCF8, 4), 0x80000000);
    ports_write(&f->b.ports, 0xCFB, 0x01, 1);
    ports_write(&f->b.ports, 0xCF8, 0xFFFF, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xCF8, 4), 0x80000000);
    ports_write(&f->b.ports, 0xCF8, 0, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xCFC, 4), 0xFFFFFFFF);
    ports_write(&f->b.ports, 0xCF8, 0x80010000, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xCFC, 4), 0xFFFFFFFF);
    finish(f);
}
END_TEST

/* RAM behind the display: in system management mode or while D_OPEN is set, with G_SMRAME; until D_LCK. */
START_TEST(smram)
{
    struct fixture *f = start();
    static u8 display[0x20000];
    u32 seen = 0, map_changes = 0;
    memory_map_rom(&f->memory, "display", 0xA0000, sizeof display, display, 0);
    static const struct { u8 control; bool smm, seen; } steps[] = {
        { 0x02, false, false }, { 0x02, true, false }, { 0x4A, false, true }, { 0x0A, false, false }, { 0x0A, true, true },
        { 0x42, false, false }, { 0x4A, false, true }, { 0x5A, false, false }, { 0x4A, false, false }, { 0x02, true, true }
    };
    for (unsigned i = 0; i < ARRAY_LEN(steps); i++) {
        config_write(f, 0x00, 0x72, steps[i].control, 1);
        i440fx_set_smm(&f->pmc, steps[i].smm);
        memory_store(&f->memory, 0xBFFFC, 0x1000 + i, 4);
        seen = memory_load(&f->memory, 0xBFFFC, 4);
        ck_assert_msg(seen == (steps[i].seen ? 0x1000 + i : 0), "step %u: %x", i, seen);
        map_changes += steps[i].seen;
    }
    ck_assert_uint_gt(map_changes, 0);
    ck_assert_uint_eq(config_read(f, 0x00, 0x72, 1), 0x1A);      /* locked, closed, enabled */
    i440fx_class.reset(&f->pmc.dev, RESET_COLD);
    ck_assert_uint_eq(config_read(f, 0x00, 0x72, 1), 0x02);
    finish(f);
}
END_TEST

START_TEST(reset_control_needs_an_edge)
{
    struct fixture *f = start();
    ports_write(&f->b.ports, 0xCF9, 0x02, 1);
    ck_assert_uint_eq(f->b.resets, 0);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xCF9, 1), 0x02);
    ports_write(&f->b.ports, 0xCF9, 0x06, 1);
    ck_assert_uint_eq(f->b.resets, 1);
    ports_write(&f->b.ports, 0xCF9, 0x06, 1);
    ck_assert_uint_eq(f->b.resets, 1);
    ports_write(&f->b.ports, 0xCF9, 0x00, 1);
    ports_write(&f->b.ports, 0xCF8, 0x0400, 2);
    ck_assert(f->b.resets == 1 && f->b.inits == 1);                /* without bit 1 it is the processor alone */
    finish(f);
}
END_TEST

START_TEST(bus_master_bar_moves)
{
    struct fixture *f = start();
    config_write(f, 0x09, 0x20, 0xFFFFFFFF, 4);
    ck_assert_uint_eq(config_read(f, 0x09, 0x20, 4), 0xFFFFFFF1);
    config_write(f, 0x09, 0x04, 1, 2);
    config_write(f, 0x09, 0x20, 0xC001, 4);
    ports_write(&f->b.ports, 0xC004, 0x12345678, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xC004, 4), 0x12345678);
    config_write(f, 0x09, 0x20, 0xC801, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xC004, 4), 0xFFFFFFFF);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xC804, 4), 0x12345678);
    config_write(f, 0x09, 0x04, 0, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xC804, 4), 0xFFFFFFFF);
    config_write(f, 0x09, 0x20, 0x1F0, 4);                   /* taken by the drives: not mapped, not a crash */
    config_write(f, 0x09, 0x04, 1, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0x1F7, 1), 0x7F);
    config_write(f, 0x09, 0x20, 0xC001, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, 0xC004, 4), 0x12345678);
    ck_assert_uint_eq(config_read(f, 0x09, 0x06, 2), 0x0280);
    finish(f);
}
END_TEST

/* IDETIM's decode bits and PCICMD of the IDE function. Without drives an open channel floats, a closed one is all ones. */
START_TEST(ide_ports_open_and_close)
{
    static const struct { u8 reg, width; u32 value; bool open[2], masters; } steps[] = {
        { 0x40, 2, 0x0000, { false, true }, false }, { 0x40, 4, 0x00008000, { true, false }, false },
        { 0x40, 4, 0xFFFFFFFF, { true, true }, false }, { 0x04, 2, 4, { false, false }, true },
        { 0x04, 2, 5, { true, true }, true }, { 0x43, 1, 0, { true, false }, true }, { 0x04, 2, 1, { true, false }, false },
    };
    struct fixture *f = start(), *g = start();
    ck_assert(ports_read(&f->b.ports, 0x1F7, 1) == 0x7F && ports_read(&f->b.ports, 0x376, 1) == 0x7F);
    for (unsigned i = 0; i < ARRAY_LEN(steps); i++) {
        config_write(f, 0x09, steps[i].reg, steps[i].value, steps[i].width);
        check_save_load(&f->piix.dev, &g->piix.dev);
        piix3_class.restored(&g->piix.dev);
        for (unsigned c = 0; c < 2; c++) {
            u8 expected = steps[i].open[c] ? 0x7F : 0xFF;
            ck_assert_msg(ports_read(&f->b.ports, c ? 0x177 : 0x1F7, 1) == expected, "step %u", i);
            ck_assert_msg(ports_read(&f->b.ports, c ? 0x376 : 0x3F6, 1) == expected, "step %u", i);
            ck_assert_msg(ports_read(&g->b.ports, c ? 0x177 : 0x1F7, 1) == expected, "step %u", i);
        }
        ck_assert_msg(f->ide.masters == steps[i].masters && g->ide.masters == steps[i].masters, "step %u", i);
    }
    ck_assert_uint_eq(config_read(f, 0x09, 0x40, 4), 0x00FFF3FF);
    ck_assert_uint_eq(config_read(f, 0x09, 0x48, 4), 0);     /* no Ultra DMA control: that is the PIIX4's */
    piix3_class.reset(&f->piix.dev, RESET_COLD);
    ck_assert(ports_read(&f->b.ports, 0x177, 1) == 0x7F && !f->ide.masters);
    finish(f);
    finish(g);
}
END_TEST

START_TEST(shadow_ram_has_four_states)
{
    struct fixture *f = start();
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 1), 0x11);
    memory_store(&f->memory, 0xF1234, 0x77, 1);
    ck_assert_uint_eq(f->memory.ram[0xF1234], 0);
    config_write(f, 0, 0x59, 0x20, 1);                       /* write only */
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 1), 0x11);
    memory_store(&f->memory, 0xF1234, 0xABCD, 2);
    memory_store(&f->memory, 0xE8000, 0x55, 1);
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 1), 0x11);
    config_write(f, 0, 0x59, 0x10, 1);                       /* read only */
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 2), 0xABCD);
    memory_store(&f->memory, 0xF1234, 0x99, 1);
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 1), 0xCD);
    ck_assert_uint_eq(memory_load(&f->memory, 0xE8000, 1), 0x11);
    config_write(f, 0, 0x59, 0x30, 1);
    memory_store(&f->memory, 0xF1234, 0x42, 1);
    config_write(f, 0, 0x5D, 0x0030, 2);
    memory_store(&f->memory, 0xDC000, 0x43, 1);              /* PAM4 high nibble */
    ck_assert_uint_eq(f->memory.ram[0xDC000], 0x43);
    memory_store(&f->memory, 0xD8000, 0x43, 1);
    ck_assert_uint_eq(f->memory.ram[0xD8000], 0);
    i440fx_class.reset(&f->pmc.dev, RESET_WARM);
    ck_assert_uint_eq(memory_load(&f->memory, 0xF1234, 1), 0x11);
    ck_assert_uint_eq(f->memory.ram[0xF1234], 0x42);
    finish(f);
}
END_TEST

static const struct pci_register probe_registers[] = {
    { 0, 4, 0x00011234, 0, 0 }, { 4, 2, 0, 7, 0 }, { 0x3D, 1, 1, 0, 0 },
};

START_TEST(pirqs_reach_their_lines)
{
    struct fixture *f = start();
    struct pci_function a = { .devfn = 0 }, b = { .devfn = 0 };
    pci_function_attach(&a, &f->pmc.bus, PCI_DEVFN(3, 0), probe_registers, ARRAY_LEN(probe_registers));
    pci_function_attach(&b, &f->pmc.bus, PCI_DEVFN(7, 0), probe_registers, ARRAY_LEN(probe_registers));
    pci_function_reset(&a);
    pci_function_reset(&b);
    pci_function_interrupt(&a, true);                        /* device 3 INTA#: PIRQC# */
    for (int i = 0; i < 16; i++) ck_assert(!f->irq[i].level);
    config_write(f, 0x08, 0x62, 0x0B, 1);
    ck_assert(f->irq[11].level);
    pci_function_interrupt(&b, true);                        /* shares it */
    pci_function_interrupt(&a, false);
    ck_assert(f->irq[11].level);
    config_write(f, 0x08, 0x62, 0x0A, 1);
    ck_assert(!f->irq[11].level && f->irq[10].level);
    config_write(f, 0x08, 0x62, 0x00, 1);                    /* IRQ 0 cannot be routed to */
    ck_assert(!f->irq[0].level && !f->irq[10].level);
    pci_function_interrupt(&b, false);
    finish(f);
}
END_TEST

/* Register 30h: its size, enabled by its bit 0 and by PCICMD, padded with FFh, hidden by RAM, back after a load. */
START_TEST(expansion_rom)
{
    enum { DEVFN = PCI_DEVFN(4, 0), ROM = 0x30, AT = 0xFE000000 };
    struct fixture *f = start();
    struct pci_function a = { .devfn = 0 }, b = { .devfn = 0 };
    u8 image[5000];
    memset(image, 0x5A, sizeof image);
    pci_function_attach(&a, &f->pmc.bus, DEVFN, probe_registers, ARRAY_LEN(probe_registers));
    ck_assert_uint_eq(config_read(f, DEVFN, ROM, 4), 0);
    config_write(f, DEVFN, ROM, 0xFFFFFFFF, 4);
    ck_assert_uint_eq(config_read(f, DEVFN, ROM, 4), 0);     /* has none yet */
    pci_rom_add(&a, &f->memory, image, sizeof image);
    pci_function_reset(&a);
    config_write(f, DEVFN, ROM, 0xFFFFFFFE, 4);
    ck_assert_uint_eq(config_read(f, DEVFN, ROM, 4), 0xFFFFE000);
    config_write(f, DEVFN, ROM, AT | 1, 4);
    ck_assert_uint_eq(memory_load(&f->memory, AT, 4), 0xFFFFFFFF);
    config_write(f, DEVFN, 4, PCI_COMMAND_MEMORY, 2);
    ck_assert_uint_eq(memory_load(&f->memory, AT + 4998, 4), 0xFFFF5A5A);
    memory_store(&f->memory, AT, 0, 1);
    ck_assert_uint_eq(memory_load(&f->memory, AT, 1), 0x5A);
    pci_function_attach(&b, &f->pmc.bus, PCI_DEVFN(5, 0), probe_registers, ARRAY_LEN(probe_registers));
    pci_rom_add(&b, &f->memory, image, 1);
    memcpy(b.config, a.config, sizeof b.config);
    config_write(f, DEVFN, ROM, AT, 4);
    ck_assert_uint_eq(memory_load(&f->memory, AT, 1), 0xFF);
    pci_function_restored(&b);
    ck_assert_uint_eq(memory_load(&f->memory, AT, 2), 0xFF5A);
    config_write(f, PCI_DEVFN(5, 0), ROM, 0x8000 | 1, 4);    /* over RAM */
    ck_assert_uint_eq(memory_load(&f->memory, 0x8000, 1), 0);
    ck_assert_uint_eq(memory_load(&f->memory, AT, 1), 0xFF);
    finish(f);
}
END_TEST

START_TEST(bridge_state_survives)
{
    struct fixture *f = start(), *g = start();
    config_write(f, 0x09, 0x20, 0xC001, 4);
    config_write(f, 0x09, 0x04, 1, 2);
    config_write(f, 0, 0x59, 0x30, 1);
    check_save_load(&f->pmc.dev, &g->pmc.dev);
    check_save_load(&f->piix.dev, &g->piix.dev);
    i440fx_class.restored(&g->pmc.dev);
    piix3_class.restored(&g->piix.dev);
    memory_store(&g->memory, 0xF0000, 0x5A, 1);
    ck_assert_uint_eq(memory_load(&g->memory, 0xF0000, 1), 0x5A);
    ports_write(&g->b.ports, 0xC004, 0x1000, 4);
    ck_assert_uint_eq(ports_read(&g->b.ports, 0xC004, 4), 0x1000);
    finish(f);
    finish(g);
}
END_TEST

Suite *pci_suite(void)
{
    const TTest *const tests[] = {
        finds_the_functions, address_register_takes_dwords_only, smram, reset_control_needs_an_edge, bus_master_bar_moves,
        ide_ports_open_and_close,
        shadow_ram_has_four_states, pirqs_reach_their_lines, bridge_state_survives,
        expansion_rom,
    };
    return suite_of("pci", tests, ARRAY_LEN(tests));
}
