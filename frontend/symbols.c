/* ELF32 and ELF64 symbol tables, read where they lie (System V ABI, gABI 4.1 chapter 4). The file may be hostile. */
#include "frontend/symbols.h"
#include "devices/load.h"
#include "frontend/file.h"
#include "frontend/source_lines.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTION_SYMBOLS = 2, SYMBOL_NONE = 0, SYMBOL_FUNCTION = 2 };

struct elf_layout {
    u8 shoff, shentsize, shnum, wide;                                   /* file header */
    u8 sh_offset, sh_size, sh_link, sh_bytes;                           /* section header */
    u8 st_value, st_size, st_info, st_bytes;                            /* symbol */
};
static const struct elf_layout layouts[] = {
    { 32, 46, 48, 4, 16, 20, 24, 40, 4, 8, 12, 16 },
    { 40, 58, 60, 8, 24, 32, 40, 64, 8, 16, 4, 24 },
};

struct section { const u8 *bytes; u64 size; u32 link; };

static u64 word(const struct elf_layout *l, const u8 *at) { return l->wide == 8 ? get64(at) : get32(at); }

static bool inside(const struct blob *elf, u64 offset, u64 size)
{
    return offset <= elf->length && size <= elf->length - offset;
}

/* Section `index`; its type is given too. */
static bool section_get(const struct blob *elf, const struct elf_layout *l, unsigned index, struct section *section,
                        u32 *type)
{
    u64 table = word(l, elf->bytes + l->shoff), step = get16(elf->bytes + l->shentsize);
    if (index >= get16(elf->bytes + l->shnum) || step < l->sh_bytes || !inside(elf, table, (index + 1) * step))
        return false;
    const u8 *header = elf->bytes + table + index * step;
    u64 offset = word(l, header + l->sh_offset);
    *type = get32(header + 4);
    section->size = word(l, header + l->sh_size);
    section->link = get32(header + l->sh_link);
    if (!inside(elf, offset, section->size)) return false;
    section->bytes = elf->bytes + offset;
    return true;
}

/* The last symbol at or below the address, functions before labels. */
static const u8 *symbol_below(const struct elf_layout *l, const struct section *symbols, u32 address)
{
    const u8 *best = NULL;
    u64 best_value = 0;
    for (u64 at = 0; at + l->st_bytes <= symbols->size; at += l->st_bytes) {
        const u8 *symbol = symbols->bytes + at;
        unsigned type = symbol[l->st_info] & 15;
        u64 value = word(l, symbol + l->st_value), size = word(l, symbol + l->st_size);
        bool undefined = get16(symbol + l->st_info + 2) == 0;
        if ((type != SYMBOL_FUNCTION && type != SYMBOL_NONE) || get32(symbol) == 0 || undefined) continue;
        if (value > address || (size && address - value >= size)) continue;
        if (best && (value < best_value || (value == best_value && type != SYMBOL_FUNCTION))) continue;
        best = symbol;
        best_value = value;
    }
    return best;
}

static bool name_write(const struct elf_layout *l, const struct section *names, const u8 *symbol, u32 address,
                       char *text, size_t size)
{
    u32 at = get32(symbol);
    u64 value = word(l, symbol + l->st_value);
    if (at >= names->size) return false;
    int length = (int)strnlen((const char *)names->bytes + at, MIN(names->size - at, (u64)size));
    snprintf(text, size, "%.*s+0x%llx", length, (const char *)names->bytes + at, (unsigned long long)(address - value));
    /* A hostile name must not command the terminal. */
    for (char *c = text; *c; c++)
        if ((u8)*c < ' ' || (u8)*c >= 127) *c = '?';
    return true;
}

bool symbol_find(const struct blob *elf, u32 address, char *text, size_t size)
{
    if (elf->length < 64 || memcmp(elf->bytes, "\177ELF", 4) != 0) return false;
    const struct elf_layout *l = &layouts[elf->bytes[4] == 2];
    struct section symbols, names;
    u32 type;
    for (unsigned i = 0; i < get16(elf->bytes + l->shnum); i++) {
        if (!section_get(elf, l, i, &symbols, &type) || type != SECTION_SYMBOLS) continue;
        const u8 *symbol = symbol_below(l, &symbols, address);
        if (symbol && section_get(elf, l, symbols.link, &names, &type))
            return name_write(l, &names, symbol, address, text, size);
    }
    return false;
}

bool symbol_address(const struct blob *elf, const char *name, u32 *address)
{
    if (elf->length < 64 || memcmp(elf->bytes, "\177ELF", 4) != 0) return false;
    const struct elf_layout *l = &layouts[elf->bytes[4] == 2];
    struct section symbols, names;
    u32 type;
    size_t length = strlen(name);
    for (unsigned i = 0; i < get16(elf->bytes + l->shnum); i++) {
        if (!section_get(elf, l, i, &symbols, &type) || type != SECTION_SYMBOLS || !section_get(elf, l, symbols.link, &names, &type)) continue;
        for (u64 at = 0; at + l->st_bytes <= symbols.size; at += l->st_bytes) {
            u32 name_at = get32(symbols.bytes + at);
            bool undefined = get16(symbols.bytes + at + l->st_info + 2) == 0;
            if (undefined || name_at >= names.size || names.size - name_at <= length) continue;
            if (memcmp(names.bytes + name_at, name, length + 1) != 0) continue;
            *address = (u32)word(l, symbols.bytes + at + l->st_value);
            return true;
        }
    }
    return false;
}

bool session_symbols_add(struct session *session, const char *text, struct error *why)
{
    enum { SYMBOLS_MAX = 1 << 30 };
    struct symbol_file *file = &session->symbol_file[session->symbol_files];
    const char *at = strrchr(text, '@');
    char path[4096], *end;
    u64 offset = at ? strtoull(at + 1, &end, 0) : 0;
    if (at && (at[1] == 0 || *end || offset > UINT32_MAX)) return error_set(why, "-symbols %s: '%s' is no offset", text, at + 1);
    if (session->symbol_files == SYMBOL_FILES) return error_set(why, "-symbols %s: there are %d files already", text, SYMBOL_FILES);
    snprintf(path, sizeof path, "%.*s", at ? (int)(at - text) : (int)strlen(text), text);
    struct blob elf;
    if (!file_read(path, "symbols", SYMBOLS_MAX, &elf, why)) return false;
    if (elf.length < 64 || memcmp(elf.bytes, "\177ELF", 4) != 0) return file_free(&elf), error_set(why, "-symbols %s: that is no ELF file", path);
    *file = (struct symbol_file){ .elf = elf, .offset = (u32)offset, .owned = true };
    session->symbol_files++;
    return true;
}

bool session_symbols_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    session->symbol_file[0] = (struct symbol_file){ .elf = session->load.kernel };
    session->symbol_files = 1;
    for (unsigned i = 0; i < o->symbol_files; i++)
        if (!session_symbols_add(session, o->symbols[i], why)) return false;
    return true;
}

void session_symbols_close(struct session *session)
{
    for (unsigned i = 0; i < session->symbol_files; i++) {
        source_lines_close(session->symbol_file[i].lines);
        if (session->symbol_file[i].owned) file_free(&session->symbol_file[i].elf);
    }
    session->symbol_files = 0;
}

/* Our BIOS's ROM also answers below 4 GiB. */
bool session_symbol(const struct session *session, u32 address, char *text, size_t size)
{
    enum { ROM = 0xE0000, ROM_END = 0x100000 };
    u32 low = address >= (u32)(ROM - ROM_END) ? address + ROM_END : address;
    bool rom = low >= ROM && low < ROM_END && session->bios_symbols.length;
    if (rom && symbol_find(&session->bios_symbols, low, text, size)) return true;
    for (unsigned i = 0; i < session->symbol_files; i++)
        if (symbol_find(&session->symbol_file[i].elf, address - session->symbol_file[i].offset, text, size)) return true;
    return false;
}

bool session_symbol_address(const struct session *session, const char *name, u32 *address)
{
    for (unsigned i = 0; i < session->symbol_files; i++)
        if (symbol_address(&session->symbol_file[i].elf, name, address)) {
            *address += session->symbol_file[i].offset;
            return true;
        }
    return symbol_address(&session->bios_symbols, name, address);
}

bool session_line(struct session *session, u32 address, char *file, size_t size, unsigned *line)
{
    for (unsigned i = 0; i < session->symbol_files; i++) {
        struct symbol_file *from = &session->symbol_file[i];
        if (!from->asked) from->lines = source_lines_open(&from->elf);
        from->asked = true;
        if (source_lines_find(from->lines, address - from->offset, file, size, line)) return true;
    }
    return false;
}
