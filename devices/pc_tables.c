/* Scripts for tables (devices/pc_tables.h): written for firmware, and carried out here when there is none. */
#include "devices/pc_tables.h"
#include "devices/load.h"
#include <string.h>

const u32 pc_link_irqs[PC_LINK_IRQS] = { 10, 11 };
const u8 pc_pirq_lines[PCI_PIRQS] = { 10, 10, 11, 11 };

/* ---- writing ---- */
static u8 *command_add(struct script *s, u32 what, const char *file)
{
    u8 *command = s->bytes + SCRIPT_BYTES * s->commands++;
    put_le32(command, what);
    memcpy(command + SCRIPT_FILE, file, strlen(file));
    return command;
}

void script_allocate(struct script *s, const char *file, u32 align, u8 zone)
{
    u8 *command = command_add(s, SCRIPT_ALLOCATE, file);
    put_le32(command + SCRIPT_ALIGN, align);
    command[SCRIPT_ZONE] = zone;
}

void script_pointer(struct script *s, const char *file, u32 offset, const char *source)
{
    u8 *command = command_add(s, SCRIPT_ADD_POINTER, file);
    memcpy(command + SCRIPT_SOURCE, source, strlen(source));
    put_le32(command + SCRIPT_OFFSET, offset);
    command[SCRIPT_SIZE] = 4;
}

void script_checksum(struct script *s, const char *file, u32 at, u32 start, u32 length)
{
    u8 *command = command_add(s, SCRIPT_ADD_CHECKSUM, file);
    put_le32(command + SCRIPT_SUM_AT, at);
    put_le32(command + SCRIPT_SUM_START, start);
    put_le32(command + SCRIPT_SUM_LENGTH, length);
}

bool pc_tables_add(struct machine *m, struct error *why)
{
    struct script acpi = { .commands = 0 }, other = { .commands = 0 };
    return pc_acpi_add(m, &acpi, why)
        && pc_smbios_add(m, &other, why)
        && (!pc_has_apic(m) || pc_mptable_add(m, &other, why))
        && fw_cfg_add_file(&m->fw_cfg, PC_SCRIPT_ACPI, acpi.bytes, SCRIPT_BYTES * acpi.commands, why)
        && fw_cfg_add_file(&m->fw_cfg, PC_SCRIPT_OTHER, other.bytes, SCRIPT_BYTES * other.commands, why);
}

/* ---- carrying out ---- */
enum { PLACE_FIRST = 0xF0000, PLACES = 8 };
struct placing { struct machine *m; struct { const char *name; u32 address; } place[PLACES]; unsigned places; u32 next; };

static u32 address_of(const struct placing *p, const u8 *name)
{
    for (unsigned i = 0; i < p->places; i++)
        if (strcmp(p->place[i].name, (const char *)name) == 0) return p->place[i].address;
    return 0;
}

static void place(struct placing *p, const u8 *command)
{
    const char *name = (const char *)command + SCRIPT_FILE;
    const struct fw_cfg_item *file = fw_cfg_file(&p->m->fw_cfg, name);
    u32 align = get32(command + SCRIPT_ALIGN), at = (p->next + align - 1) & ~(align - 1);
    memory_write(&p->m->memory, at, file->bytes, file->length);
    p->next = at + file->length;
    p->place[p->places].name = name;
    p->place[p->places++].address = at;
}

static void pointer_add(const struct placing *p, const u8 *command)
{
    u32 at = address_of(p, command + SCRIPT_FILE) + get32(command + SCRIPT_OFFSET), value;
    memory_read(&p->m->memory, at, &value, sizeof value);
    value += address_of(p, command + SCRIPT_SOURCE);
    memory_write(&p->m->memory, at, &value, sizeof value);
}

static void checksum_add(const struct placing *p, const u8 *command)
{
    u32 base = address_of(p, command + SCRIPT_FILE), start = base + get32(command + SCRIPT_SUM_START);
    u8 sum = 0, byte;
    for (u32 i = 0; i < get32(command + SCRIPT_SUM_LENGTH); i++) {
        memory_read(&p->m->memory, start + i, &byte, 1);
        sum -= byte;
    }
    memory_write(&p->m->memory, base + get32(command + SCRIPT_SUM_AT), &sum, 1);
}

static void script_run(struct placing *p, const char *name)
{
    const struct fw_cfg_item *script = fw_cfg_file(&p->m->fw_cfg, name);
    for (u32 at = 0; at < script->length; at += SCRIPT_BYTES) {
        const u8 *command = script->bytes + at;
        switch (get32(command)) {
        case SCRIPT_ALLOCATE:     place(p, command); break;
        case SCRIPT_ADD_POINTER:  pointer_add(p, command); break;
        case SCRIPT_ADD_CHECKSUM: checksum_add(p, command); break;
        }
    }
}

void pc_tables_place(struct machine *m)
{
    enum { PAM0 = 0x59, READ_WRITE = 0x30, READ_ONLY = 0x10 };
    struct placing p = { .m = m, .next = PLACE_FIRST };
    pci_config_write(&m->pmc.bridge, PAM0, READ_WRITE, 1);
    script_run(&p, PC_SCRIPT_ACPI);
    script_run(&p, PC_SCRIPT_OTHER);
    pci_config_write(&m->pmc.bridge, PAM0, READ_ONLY, 1);
}
