/* What this board tells its firmware through devices/fw_cfg.c, by the keys and file names that SeaBIOS asks for. */
#include "devices/load.h"
#include "devices/pc_tables.h"
#include <string.h>

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

bool pc_fw_cfg_fill(struct machine *m, struct error *why)
{
    struct fw_cfg *fw = &m->fw_cfg;
    u64 ram = m->config.ram_bytes;
    return fw_cfg_add(fw, FW_CFG_RAM_SIZE, &ram, sizeof ram, why)
        && fw_cfg_add_u16(fw, FW_CFG_CPUS, 1, why)
        && fw_cfg_add_u16(fw, FW_CFG_CPUS_MAX, 1, why)
        && fw_cfg_add_u16(fw, FW_CFG_NOGRAPHIC, 0, why)
        && fw_cfg_add_u16(fw, FW_CFG_BOOT_MENU, 0, why)
        && e820_add(m, why) && sleep_states_add(m, why) && pc_tables_add(m, why);
}
