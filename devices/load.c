/* What both kernel loaders need: which kind a file is, the memory map, copying into RAM, and the flat protected mode
 * that the Linux and multiboot protocols ask for. */
#include "devices/load.h"
#include <string.h>

enum { MULTIBOOT_MAGIC = 0x1BADB002, MULTIBOOT_SEARCH = 8192 };
enum { LINUX_BOOT_FLAG = 0x1FE, LINUX_MAGIC = 0x202, LINUX_HEADER_MIN = 0x230 };

static bool has_multiboot_header(const struct blob *kernel)
{
    for (size_t at = 0; at + 12 <= MIN(kernel->length, (size_t)MULTIBOOT_SEARCH); at += 4)
        if (get32(kernel->bytes + at) == MULTIBOOT_MAGIC
            && get32(kernel->bytes + at) + get32(kernel->bytes + at + 4) + get32(kernel->bytes + at + 8) == 0)
            return true;
    return false;
}

enum load_kind load_kind(const struct blob *kernel)
{
    if (kernel->length >= LINUX_HEADER_MIN && get16(kernel->bytes + LINUX_BOOT_FLAG) == 0xAA55
        && memcmp(kernel->bytes + LINUX_MAGIC, "HdrS", 4) == 0)
        return LOAD_LINUX;
    return has_multiboot_header(kernel) ? LOAD_MULTIBOOT : LOAD_UNKNOWN;
}

bool load_refuse_unknown(const struct blob *kernel, struct error *why)
{
    if (kernel->length == 0) return error_set(why, "the kernel file is empty");
    if (kernel->length >= 4 && memcmp(kernel->bytes, "\177ELF", 4) == 0)
        return error_set(why, "the kernel is an ELF file without a multiboot 1 header in its first 8 KiB; add one, or "
                         "check that the linker script puts it first");
    return error_set(why, "the kernel is neither a Linux bzImage nor a multiboot 1 kernel (%zu bytes)", kernel->length);
}

bool load_kernel(const struct load *load, struct machine *m, struct error *why)
{
    pc_firmware_state(m);
    switch (load_kind(&load->kernel)) {
    case LOAD_LINUX:     return load_linux(load, m, why);
    case LOAD_MULTIBOOT: return load_multiboot(load, m, why);
    default:             return load_refuse_unknown(&load->kernel, why);
    }
}

unsigned load_memory_map(const struct machine *m, struct load_range range[LOAD_RANGES])
{
    static const struct load_range fixed[] = {
        { 0, LOAD_ENTRY_LOW_LIMIT, 1 },
        { LOAD_ENTRY_LOW_LIMIT, 0xA0000 - LOAD_ENTRY_LOW_LIMIT, 2 },
        { 0xF0000, 0x10000, 2 },
        { 0xFFFC0000, 0x40000, 2 },
    };
    unsigned count = ARRAY_LEN(fixed);
    memcpy(range, fixed, sizeof fixed);
    if (m->config.ram_bytes > LOAD_HIGH) {
        range[count] = range[count - 1];
        range[count - 1] = (struct load_range){ LOAD_HIGH, m->config.ram_bytes - LOAD_HIGH, 1 };
        count++;
    }
    return count;
}

bool load_fits(const struct machine *m, u64 base, u64 size)
{
    u64 start = base < LOAD_HIGH ? 0 : LOAD_HIGH;
    u64 end = base < LOAD_HIGH ? LOAD_ENTRY_LOW_LIMIT : m->config.ram_bytes;
    return base >= start && base <= end && size <= end - base;
}

void load_put(struct machine *m, u64 base, const void *bytes, u64 size)
{
    if (m->package) load_pack(m->package, base, bytes, size);
    else memory_write(&m->memory, (u32)base, bytes, (u32)size);
}

void load_zero(struct machine *m, u64 base, u64 size)
{
    static const u8 zeros[PAGE_SIZE];
    for (u64 done = 0; done < size; done += sizeof zeros)
        load_put(m, base + done, zeros, MIN(size - done, sizeof zeros));
}

static void segment_set(struct segment *segment, u16 selector, u16 attr)
{
    *segment = (struct segment){ .selector = selector, .attr = attr, .base = 0, .limit = 0xFFFFFFFF };
    segment_refresh(segment);
}

void load_enter(struct machine *m, u32 gdt, u16 code_selector, u16 data_selector, u32 eip)
{
    enum {
        CODE = ATTR_P | ATTR_S | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED | ATTR_DB | ATTR_G,
        DATA = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_DB | ATTR_G,
        ENTRIES = 5
    };
    u8 table[ENTRIES * 8] = { 0 };
    struct cpu *cpu = &m->cpu;
    put_le64(table + code_selector, 0x00CF9B000000FFFF);
    put_le64(table + data_selector, 0x00CF93000000FFFF);
    load_put(m, gdt, table, sizeof table);
    cpu->sys.gdtr = (struct table_register){ gdt, sizeof table - 1 };
    segment_set(&cpu->sys.seg[CS], code_selector, CODE);
    for (unsigned i = ES; i <= GS; i++)
        if (i != CS) segment_set(&cpu->sys.seg[i], data_selector, DATA);
    cpu->sys.cr0 = CR0_PE | (cpu->sys.cr0 & CR0_ET);
    cpu->sys.cpl = 0;
    cpu->eip = eip;
    cpu_mode_changed(cpu);
}
