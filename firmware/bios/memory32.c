/* How much memory there is, who gets it, and the map that INT 15h E820h hands out. */
#include "firmware/bios/post.h"

enum { MIB = 1 << 20, LOW_END = 0xA0000, UNIT = 0x10000, UNITS_16M = 0x34, UNITS_4G = 0x5B, KIB_1M = 0x30 };

static u64 ram_above_4g;

void copy(void *to, const void *from, u32 bytes)
{
    __asm__ volatile("cld; rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

void fill(void *to, u8 value, u32 bytes)
{
    __asm__ volatile("cld; rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
}

int same(const void *a, const void *b, u32 bytes)
{
    const u8 *x = a, *y = b;
    while (bytes && *x == *y) x++, y++, bytes--;
    return bytes == 0;
}

u8 sum_of(const void *bytes, u32 length)
{
    u8 sum = 0;
    for (const u8 *byte = bytes; length; length--) sum = (u8)(sum + *byte++);
    return sum;
}

static u32 cmos_word(u8 index) { return cmos_read(index) | (u32)cmos_read((u8)(index + 1)) << 8; }

/* The CMOS layout of QEMU and Bochs: KiB above 1 MiB, 64 KiB units above 16 MiB, the same above 4 GiB. */
void memory_detect(void)
{
    u32 units = cmos_word(UNITS_16M), kib = cmos_word(KIB_1M);
    shared.ram_bytes = units ? (u64)16 * MIB + (u64)units * UNIT : MIB + (u64)kib * 1024;
    ram_above_4g = (u64)(cmos_word(UNITS_4G) | (u32)cmos_read(UNITS_4G + 2) << 16) * UNIT;
    shared.ram_top = (u32)shared.ram_bytes & ~0xFFFu;
    log_text("memory: %u KiB below 4 GiB, %u MiB above\n", (u32)(shared.ram_bytes >> 10), (u32)(ram_above_4g >> 20));
}

u32 ram_reserve(u32 bytes, u32 align)
{
    u32 at = (shared.ram_top - bytes) & ~(align - 1) & ~15u;
    if (bytes > shared.ram_top - MIB || at < MIB) return 0;
    shared.ram_top = at;
    return at;
}

static void map_add(u64 base, u64 end, u32 type)
{
    if (base >= end || shared.maps == E820_MAX) return;
    shared.map[shared.maps++] = (struct e820){ base, end - base, type };
}

void memory_map_make(void)
{
    u32 ebda = (u32)get16(flat(0x40E)) << 4;
    shared.maps = 0;
    shared.ram_top &= ~0xFFFu;
    map_add(0, ebda, E820_RAM);
    map_add(ebda, LOW_END, E820_RESERVED);
    map_add(ROM_BASE, MIB, E820_RESERVED);
    map_add(MIB, shared.ram_top, E820_RAM);
    map_add(shared.ram_top, shared.ram_bytes, E820_RESERVED);
    map_add(0xFEC00000, 0xFEC01000, E820_RESERVED);
    map_add(0xFEE00000, 0xFEE01000, E820_RESERVED);
    map_add(0xFFFC0000, (u64)1 << 32, E820_RESERVED);
    map_add((u64)1 << 32, ((u64)1 << 32) + ram_above_4g, E820_RAM);
}

/* gcc may call these by itself. */
void *memset(void *to, int value, u32 bytes)
{
    fill(to, (u8)value, bytes);
    return to;
}

void *memcpy(void *to, const void *from, u32 bytes)
{
    copy(to, from, bytes);
    return to;
}
