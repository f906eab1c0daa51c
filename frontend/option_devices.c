/* The option -device: a row per device that can be added to the board (frontend/option_values.h). */
#include "frontend/option_values.h"
#include <string.h>

static bool device_port(const struct pair *pair, u64 max, u64 *number, const char *whole, struct error *why)
{
    return (option_number(pair->value, number) && *number > 0 && *number <= max)
        || error_set(why, "-device %s: %s=%s is not possible", whole, pair->key, pair->value);
}

static bool exit_take(struct options *o, const char *text, const char *whole, struct error *why)
{
    u64 base = DEBUGEXIT_BASE, size = DEBUGEXIT_SIZE;
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair))
            return option_refuse(why, "device", whole, "write it as isa-debug-exit,iobase=0x501,iosize=2");
        bool plain = strcmp(pair.value, "plain") == 0;
        if (strcmp(pair.key, "mode") == 0 && (plain || strcmp(pair.value, "qemu") == 0)) o->exit_plain = plain;
        else if (strcmp(pair.key, "iobase") == 0 ? !device_port(&pair, 0xFFFF, &base, whole, why)
            : strcmp(pair.key, "iosize") == 0 ? !device_port(&pair, 256, &size, whole, why)
            : !error_set(why, "-device %s: %s=%s is not known; iobase, iosize and mode=qemu|plain are", whole, pair.key, pair.value))
            return false;
    }
    if (base + size > 0x10000) return option_refuse(why, "device", whole, "the ports end beyond ffff");
    o->exit_base = (u16)base;
    o->exit_size = (u16)size;
    return true;
}

static bool console_take(struct options *o, const char *text, const char *whole, struct error *why)
{
    u64 base = DEBUGPORT_BOCHS;
    const char *sink = "stdio";
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair))
            return option_refuse(why, "device", whole, "write it as isa-debugcon,iobase=0xe9,chardev=stdio");
        if (strcmp(pair.key, "chardev") == 0) sink = option_keep(o, pair.value);
        else if (strcmp(pair.key, "iobase") == 0 ? !device_port(&pair, 0xFFFF, &base, whole, why)
                 : !error_set(why, "-device %s: '%s' is not known; iobase and chardev are", whole, pair.key))
            return false;
    }
    if (!sink) return option_refuse(why, "device", whole, "more parts than this command line can have");
    return option_console_add(o, (u16)base, sink, why);
}

static bool vga_take(struct options *o, const char *text, const char *whole, struct error *why)
{
    u64 mib = VGA_DEFAULT_BYTES >> 20;
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair)) return option_refuse(why, "device", whole, "write it as VGA,vgamem_mb=16");
        if (strcmp(pair.key, "vgamem_mb") != 0)
            return error_set(why, "-device %s: '%s' is not known; vgamem_mb is", whole, pair.key);
        if (!option_number(pair.value, &mib) || mib < VGA_MIN_BYTES >> 20 || mib > VGA_MAX_BYTES >> 20 || (mib & (mib - 1)))
            return option_refuse(why, "device", whole, "vgamem_mb is 1, 2, 4, 8, 16, 32 or 64");
    }
    o->vga_bytes = (u32)(mib << 20);
    return true;
}

static bool nothing_more(const char *text, const char *whole, struct error *why)
{
    return !*text || error_set(why, "-device %s: this device has no settings", whole);
}

static bool pc_testdev_take(struct options *o, const char *text, const char *whole, struct error *why)
{
    o->pc_testdev = true;
    return nothing_more(text, whole, why);
}

static bool pci_testdev_take(struct options *o, const char *text, const char *whole, struct error *why)
{
    o->pci_testdev = true;
    return nothing_more(text, whole, why);
}

/* A row per device: its name, and who takes what stands behind it. */
static const struct device_row {
    const char *name;
    bool      (*take)(struct options *o, const char *text, const char *whole, struct error *why);
} rows[] = {
    { "isa-debug-exit", exit_take },
    { "isa-debugcon",   console_take },
    { "e1000",          option_e1000 },
    { "ne2k_isa",       option_ne2k_isa },
    { "ne2k_pci",       option_ne2k_pci },
    { "VGA",            vga_take },
    { "sb16",           option_sb16 },
    { "adlib",          option_adlib },
    { "AC97",           option_ac97 },
    { "pc-testdev",     pc_testdev_take },
    { "pci-testdev",    pci_testdev_take },
};
const char option_device_names[] = "isa-debug-exit isa-debugcon e1000 ne2k_isa ne2k_pci VGA sb16 adlib AC97 pc-testdev pci-testdev";

bool option_device(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    if (option_pair(&text, &pair))
        for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
            if (strcmp(pair.key, rows[i].name) == 0) return rows[i].take(o, text, value, why);
    return error_set(why, "-device %s: there is no such device; these exist: %s", value, option_device_names);
}
