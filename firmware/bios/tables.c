/* Tables for operating systems. ACPI, SMBIOS and MP tables come from the board, as files of the firmware configuration
 * and as scripts that say where to put them, what points where and what is to add up (QEMU's table loader;
 * devices/pc_tables.h has the format). The PCI routing table and the checksums of our own structures are made here. */
#include "firmware/bios/post.h"

enum { COMMAND_BYTES = 128, NAME_BYTES = 56, ALLOCATE = 1, ADD_POINTER, ADD_CHECKSUM, ZONE_F = 2, PLACES = 16 };
enum { FIXED_START = 0xE000 };

extern const char pnp_check[], bios32_directory[], pir_table[], pir_table_end[], text16_end[];

struct command {
    u32 what;
    char file[NAME_BYTES];
    union {
        struct { u32 align; u8 zone; } __attribute__((packed)) allocate;
        struct { char source[NAME_BYTES]; u32 offset; u8 bytes; } __attribute__((packed)) pointer;
        struct { u32 at, start, length; } checksum;
        u8 room[COMMAND_BYTES - 4 - NAME_BYTES];
    };
} __attribute__((packed));
_Static_assert(sizeof(struct command) == COMMAND_BYTES, "a command of the table loader");

static struct place { char name[NAME_BYTES]; u32 address, bytes; } places[PLACES];
static u32 place_count, f_next;

static struct place *place_find(const char *name)
{
    for (u32 i = 0; i < place_count; i++)
        if (same(places[i].name, name, NAME_BYTES)) return &places[i];
    return 0;
}

/* Behind the services' code, before the entries at fixed offsets. */
static u32 f_reserve(u32 bytes, u32 align)
{
    u32 at = (f_next + align - 1) & ~(align - 1);
    if (bytes > FIXED_START || at > FIXED_START - bytes) return 0;
    f_next = at + bytes;
    return CODE_BASE + at;
}

static void allocate(const struct command *c)
{
    struct place *place = &places[place_count];
    u32 align = c->allocate.align > 16 ? c->allocate.align : 16;
    u16 key;
    if (place_count == PLACES) return;
    place->bytes = fw_cfg_find(c->file, &key);
    if (!place->bytes) return;
    place->address = c->allocate.zone == ZONE_F ? f_reserve(place->bytes, align) : ram_reserve(place->bytes, align);
    if (!place->address) {
        log_text("no room for %s\n", c->file);
        return;
    }
    copy(place->name, c->file, NAME_BYTES);
    fw_cfg_read(key, flat(place->address), place->bytes);
    log_text("%s at %x\n", place->name, place->address);
    place_count++;
}

static void pointer_add(const struct command *c)
{
    const struct place *to = place_find(c->file), *from = place_find(c->pointer.source);
    u32 bytes = c->pointer.bytes, value = 0;
    if (!to || !from || bytes > 8 || c->pointer.offset > to->bytes || bytes > to->bytes - c->pointer.offset) return;
    u8 *at = flat(to->address + c->pointer.offset);
    copy(&value, at, bytes < 4 ? bytes : 4);
    value += from->address;
    copy(at, &value, bytes < 4 ? bytes : 4);
}

static void checksum_add(const struct command *c)
{
    const struct place *place = place_find(c->file);
    u32 start = c->checksum.start, length = c->checksum.length;
    if (!place || c->checksum.at >= place->bytes || start > place->bytes || length > place->bytes - start) return;
    u8 *at = flat(place->address + c->checksum.at);
    *at = (u8)(*at - sum_of(flat(place->address + start), length));
}

static void script_run(const char *name)
{
    struct command c;
    u16 key;
    u32 bytes = fw_cfg_find(name, &key);
    for (u32 at = 0; at + COMMAND_BYTES <= bytes; at += COMMAND_BYTES) {
        fw_cfg_read_at(key, at, &c, COMMAND_BYTES);
        if (c.what == ALLOCATE) allocate(&c);
        else if (c.what == ADD_POINTER) pointer_add(&c);
        else if (c.what == ADD_CHECKSUM) checksum_add(&c);
    }
}

static void checksum_put(const char *symbol, u32 bytes, u32 at)
{
    u8 *table = flat(CODE_BASE + (u32)symbol);
    table[at] = 0;
    table[at] = (u8)-sum_of(table, bytes);
}

void tables_make(void)
{
    enum { PNP_BYTES = 0x21, PNP_CHECKSUM = 8, BIOS32_BYTES = 16, BIOS32_CHECKSUM = 10, PIR_CHECKSUM = 31 };
    checksum_put(pnp_check, PNP_BYTES, PNP_CHECKSUM);
    checksum_put(bios32_directory, BIOS32_BYTES, BIOS32_CHECKSUM);
    checksum_put(pir_table, (u32)(pir_table_end - pir_table), PIR_CHECKSUM);
    place_count = 0;
    f_next = (u32)text16_end;
    script_run("etc/table-loader");
    script_run("etc/trap86/table-loader");
    shared.acpi = place_count > 0;
}
