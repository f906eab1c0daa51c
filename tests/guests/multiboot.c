/* A multiboot kernel that tells over the serial port what its loader gave it: tests/guests/run reads that.
 * Multiboot specification 0.6.96, section 3.3. */
#include "core/types.h"

enum { LOADED = 0x2BADB002, COM1 = 0x3F8, DONE = 21 };
struct module { u32 start, end; const char *line; u32 reserved; };
struct range { u32 size; u64 base, length; u32 type; } __attribute__((packed));
struct info {
    u32 flags, mem_lower, mem_upper, boot_device;
    const char *command_line;
    u32 modules;
    const struct module *module;
    u32 symbols[4], map_length;
    const u8 *map;
};

static u32 zeros[1000];                    /* .bss: must come as zeros */

static void put(char c)
{
    enum { STATUS = COM1 + 5, ROOM = 0x20 };
    u8 status;
    do __asm__ volatile("inb %w1, %b0" : "=a"(status) : "Nd"(STATUS));
    while (!(status & ROOM));
    __asm__ volatile("outb %b0, %w1" : : "a"(c), "Nd"(COM1));
}

static void put_text(const char *text)
{
    while (*text) put(*text++);
}

static void put_hex(u64 value)
{
    put(' ');
    for (int shift = value >> 32 ? 60 : 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

static u32 sum(const u8 *from, const u8 *to)
{
    u32 value = 0;
    while (from < to) value = value * 31 + *from++;
    return value;
}

u32 tell(u32 magic, const struct info *info);
u32 tell(u32 magic, const struct info *info)
{
    u32 used = 0;
    for (unsigned i = 0; i < ARRAY_LEN(zeros); i++) used |= zeros[i];
    put_text(magic == LOADED && !used ? "multiboot" : "not multiboot");
    put_hex(info->flags);
    put_text("\nline ");
    put_text(info->command_line);
    put_text("\nmemory");
    put_hex(info->mem_lower);
    put_hex(info->mem_upper);
    for (unsigned i = 0; i < info->modules; i++) {
        const struct module *module = &info->module[i];
        put_text("\nmodule");
        put_hex(module->start & 0xFFF);
        put_hex(module->end - module->start);
        put_hex(sum((const u8 *)module->start, (const u8 *)module->end));
        put(' ');
        put_text(module->line);
    }
    for (const u8 *at = info->map; at < info->map + info->map_length; at += ((const struct range *)at)->size + 4) {
        const struct range *range = (const struct range *)at;
        put_text("\nrange");
        put_hex(range->base);
        put_hex(range->length);
        put_hex(range->type);
    }
    put_text("\nend\n");
    return DONE;
}
