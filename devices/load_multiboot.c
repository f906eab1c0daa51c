/* Multiboot 1 kernels (Multiboot Specification 0.6.96): ELF32, the header's own addresses ("a.out kludge"), and ELF64
 * files that hold 32-bit code. Modules, memory map, command line and loader name are passed.
 * Not done: the video mode a header may ask for (it is optional for loaders), symbol tables, drives, APM. */
#include "devices/load.h"
#include <stdio.h>
#include <string.h>

enum { HEADER_MAGIC = 0x1BADB002, HEADER_SEARCH = 8192, LOADER_MAGIC = 0x2BADB002 };
enum { WANT_ADDRESSES = 1 << 16, WANT_UNKNOWN = 0xFFF8 /* required and not known to us */ };
enum { INFO_MEMORY = 1, INFO_COMMAND_LINE = 4, INFO_MODULES = 8, INFO_MAP = 64, INFO_NAME = 512 };
enum {
    INFO_AT_FLAGS = 0, INFO_AT_LOWER = 4, INFO_AT_UPPER = 8, INFO_AT_COMMAND_LINE = 16, INFO_AT_MODULE_COUNT = 20,
    INFO_AT_MODULES = 24, INFO_AT_MAP_BYTES = 44, INFO_AT_MAP = 48, INFO_AT_NAME = 64, INFO_BYTES = 120
};
enum { GDT_BYTES = 40, MAP_ENTRY = 24, MODULE_ENTRY = 16 };
enum { LOW_INFO = 0x90000, INFO_ROOM = LOAD_ENTRY_LOW_LIMIT - LOW_INFO };
enum { ELF_MACHINE_386 = 3, ELF_MACHINE_486 = 6, ELF_MACHINE_X86_64 = 62, ELF_LOAD = 1, ELF_SEGMENTS = 64 };

struct span { u64 base, file_size, size; const u8 *bytes; u64 virtual; };

struct multiboot {
    const struct blob *file;
    u32                header;               /* offset in the file */
    struct span        span[ELF_SEGMENTS];   /* what goes where */
    unsigned           spans;
    u64                entry, end;           /* end: first address behind the kernel */
    u64                module[LOAD_MODULES];
};

static bool span_add(struct multiboot *mb, const struct machine *m, struct span span, struct error *why)
{
    if (mb->spans == ELF_SEGMENTS)
        return error_set(why, "the multiboot kernel has more than %d segments", ELF_SEGMENTS);
    if (!load_fits(m, span.base, span.size))
        return error_set(why, "the multiboot kernel wants %llu bytes at %08llx, where there is no RAM for them; "
                         "link it elsewhere or choose more with -m", (unsigned long long)span.size,
                         (unsigned long long)span.base);
    mb->span[mb->spans++] = span;
    mb->end = MAX(mb->end, span.base + span.size);
    return true;
}

/* ---- the header's own addresses ---- */
static bool addresses_read(struct multiboot *mb, const struct machine *m, struct error *why)
{
    const struct blob *file = mb->file;
    if (file->length - mb->header < 32) return error_set(why, "the multiboot header is truncated");
    const u8 *header = file->bytes + mb->header;
    u32 header_at = get32(header + 12), load = get32(header + 16), load_end = get32(header + 20);
    u32 bss_end = get32(header + 24);
    mb->entry = get32(header + 28);
    if (load > header_at || header_at - load > mb->header)
        return error_set(why, "the multiboot header's addresses are wild: it is at %08x, the kernel begins at %08x",
                         header_at, load);
    u64 offset = mb->header - (header_at - load), left = file->length - offset;
    u64 bytes = load_end ? (u64)load_end - load : left;
    if (load_end && load_end < load)
        return error_set(why, "the multiboot header is wild: the kernel ends (%08x) before it begins (%08x)",
                         load_end, load);
    if (bytes > left)
        return error_set(why, "the multiboot kernel is truncated: its header tells of %llu bytes, the file has %llu",
                         (unsigned long long)bytes, (unsigned long long)left);
    u64 size = bss_end > load ? MAX((u64)bss_end - load, bytes) : bytes;
    return span_add(mb, m, (struct span){ load, bytes, size, file->bytes + offset, load }, why);
}

/* ---- ELF: the offsets of the fields in both classes ---- */
struct elf_class {
    u8 bytes, wide;
    struct { u8 entry, phoff, phentsize, phnum, size; } file;
    struct { u8 type, offset, vaddr, paddr, filesz, memsz, size; } segment;
};
static const struct elf_class elf_classes[] = {
    { 1, 4, { 24, 28, 42, 44, 52 }, { 0, 4, 8, 12, 16, 20, 32 } },
    { 2, 8, { 24, 32, 54, 56, 64 }, { 0, 8, 16, 24, 32, 40, 56 } },
};

static u64 elf_word(const struct elf_class *class, const u8 *at)
{
    return class->wide == 8 ? get64(at) : get32(at);
}

static bool elf_segment(struct multiboot *mb, const struct elf_class *class, const u8 *p, const struct machine *m,
                        struct error *why)
{
    u64 offset = elf_word(class, p + class->segment.offset), bytes = elf_word(class, p + class->segment.filesz);
    u64 size = elf_word(class, p + class->segment.memsz), base = elf_word(class, p + class->segment.paddr);
    if (get32(p + class->segment.type) != ELF_LOAD || size == 0) return true;
    if (offset > mb->file->length || bytes > mb->file->length - offset)
        return error_set(why, "the ELF kernel is truncated: a segment of %llu bytes at offset %llu is not in the file",
                         (unsigned long long)bytes, (unsigned long long)offset);
    if (bytes > size) return error_set(why, "the ELF kernel has a segment that is larger in the file than in memory");
    struct span span = { base, bytes, size, mb->file->bytes + offset, elf_word(class, p + class->segment.vaddr) };
    return span_add(mb, m, span, why);
}

/* The entry is a virtual address where a segment's virtual and physical addresses differ. */
static u64 entry_physical(const struct multiboot *mb)
{
    for (unsigned i = 0; i < mb->spans; i++) {
        const struct span *span = &mb->span[i];
        if (mb->entry >= span->virtual && mb->entry - span->virtual < span->size)
            return mb->entry - span->virtual + span->base;
    }
    return mb->entry;
}

static bool elf_read(struct multiboot *mb, const struct machine *m, struct error *why)
{
    const u8 *file = mb->file->bytes;
    const struct elf_class *class = &elf_classes[file[4] == 2];
    if (mb->file->length < class->file.size) return error_set(why, "the ELF kernel is truncated: no whole ELF header");
    u16 machine = get16(file + 18);
    if (file[4] != class->bytes || file[5] != 1
        || (machine != ELF_MACHINE_386 && machine != ELF_MACHINE_486 && machine != ELF_MACHINE_X86_64))
        return error_set(why, "the ELF kernel is for another processor (class %u, data %u, machine %u)", file[4],
                         file[5], machine);
    u64 table = elf_word(class, file + class->file.phoff), step = get16(file + class->file.phentsize);
    unsigned count = get16(file + class->file.phnum);
    if (step < class->segment.size || table > mb->file->length || count * step > mb->file->length - table)
        return error_set(why, "the ELF kernel's program headers are not in the file");
    for (unsigned i = 0; i < count; i++)
        if (!elf_segment(mb, class, file + table + i * step, m, why)) return false;
    mb->entry = elf_word(class, file + class->file.entry);
    mb->entry = entry_physical(mb);
    return true;
}

/* ---- the kernel ---- */
static bool header_find(struct multiboot *mb)
{
    for (size_t at = 0; at + 12 <= MIN(mb->file->length, (size_t)HEADER_SEARCH); at += 4) {
        const u8 *p = mb->file->bytes + at;
        if (get32(p) != HEADER_MAGIC || get32(p) + get32(p + 4) + get32(p + 8) != 0) continue;
        mb->header = (u32)at;
        return true;
    }
    return false;
}

static bool kernel_read(struct multiboot *mb, const struct machine *m, struct error *why)
{
    if (!header_find(mb)) return error_set(why, "the kernel has no multiboot 1 header");
    u32 flags = get32(mb->file->bytes + mb->header + 4);
    if (flags & WANT_UNKNOWN)
        return error_set(why, "the multiboot header asks for features that do not exist (flags %08x)", flags);
    bool elf = mb->file->length >= 20 && memcmp(mb->file->bytes, "\177ELF", 4) == 0;
    if (!(flags & WANT_ADDRESSES) && !elf)
        return error_set(why, "the multiboot kernel is no ELF file and its header gives no addresses");
    if (!(flags & WANT_ADDRESSES ? addresses_read(mb, m, why) : elf_read(mb, m, why))) return false;
    if (mb->spans == 0) return error_set(why, "the multiboot kernel has nothing to load");
    if (load_fits(m, mb->entry, 1)) return true;
    return error_set(why, "the multiboot kernel's entry %08llx is not in RAM", (unsigned long long)mb->entry);
}

static u64 page_up(u64 address) { return (address + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1); }

/* Behind the kernel, each on its own page. */
static bool modules_place(struct multiboot *mb, const struct load *load, struct machine *m, struct error *why)
{
    u64 at = MAX(page_up(mb->end), (u64)LOAD_HIGH);
    for (unsigned i = 0; i < load->modules; i++) {
        const struct blob *bytes = &load->module[i].bytes;
        if (!load_fits(m, at, bytes->length))
            return error_set(why, "module '%s' (%zu bytes) does not fit into RAM behind the kernel; choose more with "
                             "-m", load->module[i].line, bytes->length);
        mb->module[i] = at;
        load_put(m, at, bytes->bytes, bytes->length);
        at = page_up(at + bytes->length);
    }
    mb->end = MAX(mb->end, at);
    return true;
}

/* ---- the information structure, and behind it what it points to ---- */
struct area { u8 bytes[INFO_ROOM]; u32 base, used; };

static u32 area_take(struct area *area, u32 size)
{
    u32 at = area->used;
    area->used += (size + 7) & ~7u;
    return at;
}

static u32 area_string(struct area *area, const char *text)
{
    u32 at = area_take(area, (u32)strlen(text) + 1);
    memcpy(area->bytes + at, text, strlen(text) + 1);
    return area->base + at;
}

static bool strings_fit(const struct load *load, struct error *why)
{
    size_t size = strlen(load->command_line) + 1;
    for (unsigned i = 0; i < load->modules; i++)
        size += strlen(load->module[i].line) + 8;
    return size < INFO_ROOM / 2
        || error_set(why, "the command lines of kernel and modules have %zu characters; %d are possible", size,
                     INFO_ROOM / 2);
}

/* Below the EBDA, unless the kernel is there. */
static bool area_place(struct area *area, const struct multiboot *mb, const struct machine *m, struct error *why)
{
    area->base = LOW_INFO;
    for (unsigned i = 0; i < mb->spans; i++)
        if (mb->span[i].base < LOAD_ENTRY_LOW_LIMIT && mb->span[i].base + mb->span[i].size > LOW_INFO)
            area->base = (u32)MAX(page_up(mb->end), (u64)LOAD_HIGH);
    if (load_fits(m, area->base, sizeof area->bytes)) return true;
    return error_set(why, "the multiboot kernel leaves no room for the boot information; choose more RAM with -m");
}

static void info_map(struct area *area, u8 *info, const struct machine *m)
{
    struct load_range range[LOAD_RANGES];
    unsigned count = load_memory_map(m, range);
    u32 at = area_take(area, count * MAP_ENTRY);
    for (unsigned i = 0; i < count; i++) {
        u8 *entry = area->bytes + at + i * MAP_ENTRY;
        put_le32(entry, MAP_ENTRY - 4);
        put_le64(entry + 4, range[i].base);
        put_le64(entry + 12, range[i].size);
        put_le32(entry + 20, range[i].type);
    }
    put_le32(info + INFO_AT_MAP_BYTES, count * MAP_ENTRY);
    put_le32(info + INFO_AT_MAP, area->base + at);
}

static void info_modules(struct area *area, u8 *info, const struct multiboot *mb, const struct load *load)
{
    u32 at = area_take(area, load->modules * MODULE_ENTRY);
    for (unsigned i = 0; i < load->modules; i++) {
        u8 *entry = area->bytes + at + i * MODULE_ENTRY;
        put_le32(entry, (u32)mb->module[i]);
        put_le32(entry + 4, (u32)(mb->module[i] + load->module[i].bytes.length));
        put_le32(entry + 8, area_string(area, load->module[i].line));
    }
    put_le32(info + INFO_AT_MODULE_COUNT, load->modules);
    put_le32(info + INFO_AT_MODULES, area->base + at);
}

static u32 info_fill(struct area *area, const struct multiboot *mb, const struct load *load, const struct machine *m)
{
    u32 at = area_take(area, INFO_BYTES);
    u8 *info = area->bytes + at;
    put_le32(info + INFO_AT_FLAGS, INFO_MEMORY | INFO_COMMAND_LINE | INFO_MODULES | INFO_MAP | INFO_NAME);
    put_le32(info + INFO_AT_LOWER, LOAD_ENTRY_LOW_LIMIT >> 10);
    put_le32(info + INFO_AT_UPPER, (u32)((m->config.ram_bytes - LOAD_HIGH) >> 10));
    put_le32(info + INFO_AT_COMMAND_LINE, area_string(area, load->command_line));
    put_le32(info + INFO_AT_NAME, area_string(area, "trap86"));
    info_modules(area, info, mb, load);
    info_map(area, info, m);
    return area->base + at;
}

bool load_multiboot(const struct load *load, struct machine *m, struct error *why)
{
    enum { CODE_SELECTOR = 0x08, DATA_SELECTOR = 0x10, STACK = 0x7C00 };
    struct multiboot mb = { .file = &load->kernel };
    struct area area = { .used = GDT_BYTES };
    if (!kernel_read(&mb, m, why) || !strings_fit(load, why) || !modules_place(&mb, load, m, why)
        || !area_place(&area, &mb, m, why))
        return false;
    for (unsigned i = 0; i < mb.spans; i++) {
        const struct span *span = &mb.span[i];
        load_put(m, span->base, span->bytes, span->file_size);
        load_zero(m, span->base + span->file_size, span->size - span->file_size);
    }
    u32 info = info_fill(&area, &mb, load, m);
    load_put(m, area.base, area.bytes, area.used);
    load_enter(m, area.base, CODE_SELECTOR, DATA_SELECTOR, (u32)mb.entry);
    m->cpu.gpr[EAX] = LOADER_MAGIC;
    m->cpu.gpr[EBX] = info;
    m->cpu.gpr[ESP] = STACK;
    return true;
}
