/* Lines of source (source_lines.h) by libdw, DWARF 2 to 5. It checks what it reads: the file may be hostile. */
#include "frontend/source_lines.h"
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_DW
#include <elfutils/libdw.h>

struct source_lines { Elf *elf; Dwarf *dwarf; };

struct source_lines *source_lines_open(const struct blob *blob)
{
    if (blob->length < 64) return NULL;
    elf_version(EV_CURRENT);
    /* libelf takes char *, and writes nothing to what it opens so. */
    Elf *elf = elf_memory((char *)(uintptr_t)blob->bytes, blob->length);
    Dwarf *dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    struct source_lines *lines = dwarf ? malloc(sizeof *lines) : NULL;
    if (lines) *lines = (struct source_lines){ elf, dwarf };
    else if (elf) elf_end(elf);
    return lines;
}

void source_lines_close(struct source_lines *lines)
{
    if (!lines) return;
    dwarf_end(lines->dwarf);
    elf_end(lines->elf);
    free(lines);
}

/* The unit that an address is in: looked for in all, for not every compiler writes an index. */
static bool unit_find(struct source_lines *lines, u32 address, Dwarf_Die *unit)
{
    Dwarf_Off at = 0, next;
    size_t head;
    for (; dwarf_nextcu(lines->dwarf, at, &next, &head, NULL, NULL, NULL) == 0; at = next)
        if (dwarf_offdie(lines->dwarf, at + head, unit) && dwarf_haspc(unit, address) > 0) return true;
    return false;
}

bool source_lines_find(struct source_lines *lines, u32 address, char *file, size_t size, unsigned *line)
{
    Dwarf_Die unit;
    int number;
    if (!lines || !unit_find(lines, address, &unit)) return false;
    Dwarf_Line *at = dwarf_getsrc_die(&unit, address);
    const char *name = at ? dwarf_linesrc(at, NULL, NULL) : NULL;
    if (!name || dwarf_lineno(at, &number) != 0) return false;
    snprintf(file, size, "%s", name);
    *line = (unsigned)number;
    return true;
}
#else
struct source_lines *source_lines_open(const struct blob *elf)
{
    (void)elf;
    return NULL;
}

void source_lines_close(struct source_lines *lines) { (void)lines; }

bool source_lines_find(struct source_lines *lines, u32 address, char *file, size_t size, unsigned *line)
{
    (void)lines, (void)address, (void)file, (void)size, (void)line;
    return false;
}
#endif
