/* QEMU's firmware configuration device (docs/specs/fw_cfg of QEMU): a selector at 510h, data at 511h, files by name. */
#include "firmware/bios/post.h"

enum { PORT_SELECT = 0x510, PORT_DATA = 0x511, KEY_SIGNATURE = 0, KEY_DIRECTORY = 0x19, NAME_BYTES = 56 };

static u8 data(void) { return inb(PORT_DATA); }

static u32 big_endian32(void)
{
    u32 value = 0;
    for (int i = 0; i < 4; i++) value = value << 8 | data();
    return value;
}

void fw_cfg_read_at(u16 key, u32 offset, void *to, u32 bytes)
{
    outw(PORT_SELECT, key);
    while (offset--) data();
    __asm__ volatile("cld; rep insb" : "+D"(to), "+c"(bytes) : "d"(PORT_DATA) : "memory");
}

void fw_cfg_read(u16 key, void *to, u32 bytes)
{
    fw_cfg_read_at(key, 0, to, bytes);
}

int fw_cfg_present(void)
{
    char signature[4];
    fw_cfg_read(KEY_SIGNATURE, signature, sizeof signature);
    return same(signature, "QEMU", 4);
}

/* The directory's next entry: size, key, reserved, name. */
static u32 entry_read(char *name, u16 *key)
{
    u32 size = big_endian32(), word = big_endian32();
    *key = (u16)(word >> 16);
    for (int c = 0; c < NAME_BYTES; c++) name[c] = (char)data();
    name[NAME_BYTES - 1] = 0;
    return size;
}

u32 fw_cfg_file(u32 index, char *name, u16 *key)
{
    if (!fw_cfg_present()) return 0;
    outw(PORT_SELECT, KEY_DIRECTORY);
    u32 count = big_endian32(), size = 0;
    if (index >= count) return 0;
    for (u32 i = 0; i <= index; i++) size = entry_read(name, key);
    return size;
}

u32 fw_cfg_find(const char *wanted, u16 *key)
{
    char name[NAME_BYTES];
    u32 length = 0;
    while (wanted[length]) length++;
    if (!fw_cfg_present()) return 0;
    outw(PORT_SELECT, KEY_DIRECTORY);
    for (u32 count = big_endian32(); count; count--) {
        u32 size = entry_read(name, key);
        if (same(name, wanted, length + 1)) return size;
    }
    return 0;
}
