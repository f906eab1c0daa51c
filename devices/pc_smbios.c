/* The System Management BIOS tables of this board, after DMTF's DSP0134, version 2.8. A type 0 (the BIOS itself) is the
 * firmware's to add. */
#include "cpu/model.h"
#include "devices/load.h"
#include "devices/pc_tables.h"
#include <stdio.h>
#include <string.h>

#define FILE_ANCHOR "etc/smbios/smbios-anchor"
#define FILE_TABLES "etc/smbios/smbios-tables"

enum { ANCHOR_BYTES = 31, AT_LENGTH = 22, AT_ADDRESS = 24, AT_COUNT = 28, AT_LARGEST = 8 };
enum { TYPE_SYSTEM = 1, TYPE_CHASSIS = 3, TYPE_PROCESSOR = 4, TYPE_MEMORY = 16, TYPE_MODULE = 17, TYPE_MAPPED = 19,
       TYPE_BOOT = 32, TYPE_END = 127 };

struct smbios { struct aml out; u16 count, largest; u32 start; };

/* A handle says what it is: type and 00h. */
static void begin(struct smbios *s, u8 type, u8 length)
{
    s->start = s->out.used;
    aml_u8(&s->out, type);
    aml_u8(&s->out, length);
    aml_u16(&s->out, (u16)(type << 8));
    s->count++;
}

/* The strings that the structure named by number; a further zero ends them. */
static void end(struct smbios *s, const char *const *strings, unsigned count)
{
    for (unsigned i = 0; i < count; i++) aml_put(&s->out, strings[i], (u32)strlen(strings[i]) + 1);
    if (!count) aml_u8(&s->out, 0);
    aml_u8(&s->out, 0);
    s->largest = (u16)MAX((u32)s->largest, s->out.used - s->start);
}

static void system_and_chassis(struct smbios *s)
{
    enum { WAKE_POWER_SWITCH = 6, DESKTOP = 3, SAFE = 3, SECURITY_NONE = 3 };
    static const char *const system[] = { "trap86", "PC (i440FX, PIIX3)", "1" }, *const chassis[] = { "trap86" };
    begin(s, TYPE_SYSTEM, 27);
    aml_put(&s->out, (u8[]){ 1, 2, 3, 0 }, 4);
    aml_put(&s->out, (u8[16]){ 0 }, 16);
    aml_put(&s->out, (u8[]){ WAKE_POWER_SWITCH, 0, 0 }, 3);
    end(s, system, ARRAY_LEN(system));
    begin(s, TYPE_CHASSIS, 13);
    aml_put(&s->out, (u8[]){ 1, DESKTOP, 0, 0, 0, SAFE, SAFE, SAFE, SECURITY_NONE }, 9);
    end(s, chassis, ARRAY_LEN(chassis));
}

static void processor(struct smbios *s, const struct cpu_model *model)
{
    enum { CENTRAL = 3, FAMILY_OTHER = 1, LEGACY_VOLTAGE = 0, ENABLED = 0x41, UPGRADE_OTHER = 1, NO_CACHE = 0xFFFF };
    const char *const strings[] = { "CPU 0", "trap86", model->name };
    u16 mhz = (u16)(model->hz / 1000000);
    u32 cpuid[4];
    cpu_model_cpuid(model, 1, cpuid);
    begin(s, TYPE_PROCESSOR, 42);
    aml_put(&s->out, (u8[]){ 1, CENTRAL, FAMILY_OTHER, 2 }, 4);
    aml_u32(&s->out, cpuid[0]);
    aml_u32(&s->out, cpuid[3]);
    aml_put(&s->out, (u8[]){ 3, LEGACY_VOLTAGE }, 2);
    aml_u16(&s->out, 0);
    aml_u16(&s->out, mhz);
    aml_u16(&s->out, mhz);
    aml_put(&s->out, (u8[]){ ENABLED, UPGRADE_OTHER }, 2);
    for (unsigned i = 0; i < 3; i++) aml_u16(&s->out, NO_CACHE);
    aml_put(&s->out, (u8[]){ 0, 0, 0, 1, 1, 1 }, 6);   /* strings; cores, enabled, threads */
    aml_u16(&s->out, 0);
    aml_u16(&s->out, FAMILY_OTHER);
    end(s, strings, ARRAY_LEN(strings));
}

static void memory(struct smbios *s, u64 bytes)
{
    enum { SYSTEM_BOARD = 3, SYSTEM_MEMORY = 3, NO_ECC = 3, NO_ERROR = 0xFFFE, DIMM = 9, RAM = 7, UNKNOWN = 2 };
    static const char *const strings[] = { "DIMM 0" };
    begin(s, TYPE_MEMORY, 15);
    aml_put(&s->out, (u8[]){ SYSTEM_BOARD, SYSTEM_MEMORY, NO_ECC }, 3);
    aml_u32(&s->out, (u32)(bytes >> 10));
    aml_u16(&s->out, NO_ERROR);
    aml_u16(&s->out, 1);
    end(s, NULL, 0);
    begin(s, TYPE_MODULE, 34);
    aml_u16(&s->out, TYPE_MEMORY << 8);
    aml_u16(&s->out, NO_ERROR);
    aml_u16(&s->out, 64);                              /* total and data width */
    aml_u16(&s->out, 64);
    aml_u16(&s->out, (u16)(bytes >> 20));
    aml_put(&s->out, (u8[]){ DIMM, 0, 1, 0, RAM }, 5);
    aml_u16(&s->out, UNKNOWN);
    aml_put(&s->out, (u8[11]){ 0 }, 11);
    end(s, strings, ARRAY_LEN(strings));
    begin(s, TYPE_MAPPED, 15);
    aml_u32(&s->out, 0);
    aml_u32(&s->out, (u32)(bytes >> 10) - 1);
    aml_u16(&s->out, TYPE_MEMORY << 8);
    aml_u8(&s->out, 1);
    end(s, NULL, 0);
}

static void anchor(struct smbios *s, u8 bytes[ANCHOR_BYTES])
{
    memset(bytes, 0, ANCHOR_BYTES);
    memcpy(bytes, "_SM_", 4);
    bytes[5] = ANCHOR_BYTES;
    bytes[6] = 2;
    bytes[7] = 8;
    put_le16(bytes + AT_LARGEST, s->largest);
    memcpy(bytes + 16, "_DMI_", 5);
    put_le16(bytes + AT_LENGTH, (u16)s->out.used);
    put_le16(bytes + AT_COUNT, s->count);
    bytes[30] = 0x28;
}

bool pc_smbios_add(struct machine *m, struct script *script, struct error *why)
{
    struct smbios s = { .count = 0 };
    u8 bytes[ANCHOR_BYTES];
    system_and_chassis(&s);
    processor(&s, m->config.model);
    memory(&s, m->config.ram_bytes);
    begin(&s, TYPE_BOOT, 11);
    aml_put(&s.out, (u8[7]){ 0 }, 7);
    end(&s, NULL, 0);
    begin(&s, TYPE_END, 4);
    end(&s, NULL, 0);
    anchor(&s, bytes);
    script_allocate(script, FILE_TABLES, 16, SCRIPT_ZONE_F_SEGMENT);
    script_allocate(script, FILE_ANCHOR, 16, SCRIPT_ZONE_F_SEGMENT);
    script_pointer(script, FILE_ANCHOR, AT_ADDRESS, FILE_TABLES);
    script_checksum(script, FILE_ANCHOR, 21, 16, 15);
    script_checksum(script, FILE_ANCHOR, 4, 0, ANCHOR_BYTES);
    return fw_cfg_add_file(&m->fw_cfg, FILE_TABLES, s.out.bytes, s.out.used, why)
        && fw_cfg_add_file(&m->fw_cfg, FILE_ANCHOR, bytes, sizeof bytes, why);
}
