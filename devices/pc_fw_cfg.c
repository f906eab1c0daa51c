/* What this board tells its firmware through devices/fw_cfg.c, by the keys and file names that SeaBIOS asks for. */
#include "devices/load.h"
#include "devices/pc_tables.h"
#include <stdio.h>

enum { E820_BYTES = 20, FIRMWARE_BYTES = 0x40000 };

/* etc/e820: RAM, and what no BAR may be put on. SeaBIOS adds its own ranges. */
static bool e820_add(struct machine *m, struct error *why)
{
    u8 table[2 * E820_BYTES] = { 0 };
    put_le64(table + 8, m->config.ram_bytes);
    put_le32(table + 16, 1);
    put_le64(table + E820_BYTES, 0u - FIRMWARE_BYTES);
    put_le64(table + E820_BYTES + 8, FIRMWARE_BYTES);
    put_le32(table + E820_BYTES + 16, 2);
    return fw_cfg_add_file(&m->fw_cfg, "etc/e820", table, sizeof table, why);
}

/* A byte per sleep state S0 to S5: bit 7 that there is one, below it SUS_TYP. Only S5 is offered. */
static bool sleep_states_add(struct machine *m, struct error *why)
{
    static const u8 states[6] = { 0x80, 0, 0, 0, 0, 0x80 };
    return fw_cfg_add_file(&m->fw_cfg, "etc/system-states", states, sizeof states, why);
}

/* The kernel, the ROM that starts it, and an order of booting that has this first: SeaBIOS takes the ROM's name from a file,
 * others look into the CMOS for a boot entry of an option ROM (4). */
static bool kernel_add(struct machine *m, struct error *why)
{
    static const char order[] = "/rom@genroms/kernelboot.bin\n";
    enum { CMOS_BOOT_ORDER = 0x3D, ROM_THEN_DISK = 0x24 };
    const struct blob *rom = &m->config.kernelboot;
    if (!m->config.kernel) return true;
    mc146818_put(&m->rtc, CMOS_BOOT_ORDER, ROM_THEN_DISK);
    return load_for_firmware(m->config.kernel, m, why)
        && fw_cfg_add_file(&m->fw_cfg, "genroms/kernelboot.bin", rom->bytes, (u32)rom->length, why)
        && fw_cfg_add_file(&m->fw_cfg, "bootorder", order, sizeof order, why);
}

static bool option_roms_add(struct machine *m, struct error *why)
{
    char name[FW_CFG_NAME + 16];
    for (unsigned i = 0; i < m->config.option_roms; i++) {
        const struct machine_rom *rom = &m->config.option_rom[i];
        snprintf(name, sizeof name, "genroms/%.*s", FW_CFG_NAME, rom->name);
        if (!fw_cfg_add_file(&m->fw_cfg, name, rom->bytes.bytes, (u32)rom->bytes.length, why)) return false;
    }
    return true;
}

bool pc_fw_cfg_fill(struct machine *m, struct error *why)
{
    struct fw_cfg *fw = &m->fw_cfg;
    u64 ram = m->config.ram_bytes;
    u16 wait = m->config.boot_wait;
    return fw_cfg_add(fw, FW_CFG_RAM_SIZE, &ram, sizeof ram, why)
        && fw_cfg_add_u16(fw, FW_CFG_CPUS, 1, why)
        && fw_cfg_add_u16(fw, FW_CFG_CPUS_MAX, 1, why)
        && fw_cfg_add_u16(fw, FW_CFG_NOGRAPHIC, 0, why)
        && fw_cfg_add_u16(fw, FW_CFG_BOOT_MENU, m->config.boot_menu, why)
        && (!wait || fw_cfg_add_file(fw, "etc/boot-menu-wait", &wait, sizeof wait, why))
        && e820_add(m, why) && sleep_states_add(m, why) && pc_tables_add(m, why)
        && kernel_add(m, why) && option_roms_add(m, why);
}
