/* Writes the tables in a machine's memory to files, found as an operating system finds them (frontend/acpi_dump.h). */
#include "frontend/acpi_dump.h"
#include "frontend/file.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { SEGMENT_F = 0xF0000, SEGMENT_BYTES = 0x10000, TABLE_MAX = 0x10000, HEADER_BYTES = 36, FADT_FACS = 36, FADT_DSDT = 40 };

static u32 load32(struct machine *m, u32 address) { return memory_load(&m->memory, address, WIDTH_32); }

static bool bytes_dump(struct machine *m, const char *folder, const char *name, u32 address, u32 length, struct error *why)
{
    u8 bytes[TABLE_MAX];
    char path[4096];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.dat", folder, name);
    memory_read(&m->memory, address, bytes, length);
    if (!file_open(&file, path, "we", "table", why)) return false;
    bool good = fwrite(bytes, 1, length, file) == length;
    return (fclose(file) == 0 && good) || error_set(why, "table '%s': %s", path, strerror(errno));
}

/* A table under its signature in small letters. */
static bool table_dump(struct machine *m, const char *folder, u32 address, struct error *why)
{
    char name[5] = "";
    u32 length = load32(m, address + 4);
    memory_read(&m->memory, address, name, 4);
    for (unsigned i = 0; i < 4; i++) name[i] = isalnum((u8)name[i]) ? (char)tolower(name[i]) : '_';
    if (length < HEADER_BYTES || length > TABLE_MAX)
        return error_set(why, "the table at %08x ('%s') has %u bytes", address, name, length);
    return bytes_dump(m, folder, name, address, length, why);
}

bool acpi_dump(struct machine *m, const char *folder, struct error *why)
{
    char signature[9] = "";
    u32 rsdp = SEGMENT_F;
    for (; rsdp < SEGMENT_F + SEGMENT_BYTES && strcmp(signature, "RSD PTR ") != 0; rsdp += 16)
        memory_read(&m->memory, rsdp, signature, 8);
    if (strcmp(signature, "RSD PTR ") != 0) return error_set(why, "there is no RSDP between f0000 and fffff");
    u32 rsdt = load32(m, (rsdp -= 16) + 16), tables = (load32(m, rsdt + 4) - HEADER_BYTES) / 4;
    if (!bytes_dump(m, folder, "f0000", SEGMENT_F, SEGMENT_BYTES, why)
        || !bytes_dump(m, folder, "rsdp", rsdp, 20, why) || !table_dump(m, folder, rsdt, why)) return false;
    for (u32 i = 0; i < MIN(tables, 16u); i++)
        if (!table_dump(m, folder, load32(m, rsdt + HEADER_BYTES + 4 * i), why)) return false;
    u32 fadt = load32(m, rsdt + HEADER_BYTES);
    return table_dump(m, folder, load32(m, fadt + FADT_FACS), why)
        && table_dump(m, folder, load32(m, fadt + FADT_DSDT), why);
}
