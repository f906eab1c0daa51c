/* Linux kernels by the 32-bit entry of the x86 boot protocol 2.02 and newer (Documentation/arch/x86/boot.rst of the
 * kernel): setup header copied into boot_params, memory map, command line and initrd placed as the header asks.
 * Not done: zImages (loaded low), the EFI and 64-bit entries, setup_data. */
#include "devices/load.h"
#include "devices/load_kernelboot.h"
#include <string.h>

/* Where our things go in low memory; the protocol leaves the place to the loader. */
enum { AT_PARAMS = 0x10000, AT_GDT = 0x11000, AT_COMMAND_LINE = 0x12000, COMMAND_LINE_ROOM = 0x8000 };
enum { BOOT_CS = 0x10, BOOT_DS = 0x18 };

/* Offsets in the file and, the same, in boot_params. */
enum {
    HDR_START = 0x1F1, HDR_SETUP_SECTS = 0x1F1, HDR_SYSSIZE = 0x1F4, HDR_JUMP = 0x201, HDR_MAGIC = 0x202,
    HDR_VERSION = 0x206, HDR_LOADER = 0x210, HDR_LOADFLAGS = 0x211, HDR_CODE32 = 0x214, HDR_RAMDISK = 0x218,
    HDR_RAMDISK_SIZE = 0x21C, HDR_COMMAND_LINE = 0x228, HDR_INITRD_MAX = 0x22C, HDR_RELOCATABLE = 0x234,
    HDR_COMMAND_LINE_MAX = 0x238, HDR_PREFERRED = 0x258, HDR_INIT_SIZE = 0x260, HDR_END = 0x290
};
enum { PARAMS_EXT_MEM_K = 0x002, PARAMS_ALT_MEM_K = 0x1E0, PARAMS_E820_COUNT = 0x1E8, PARAMS_E820 = 0x2D0,
       PARAMS_BYTES = 0x1000 };
enum { LOADED_HIGH = 1, LOADER_UNDEFINED = 0xFF, SECTOR = 512, E820_BYTES = 20 };
enum { INITRD_MAX_OLD = 0x37FFFFFF, COMMAND_LINE_OLD = 255 };

struct linux_image {
    u8  header[HDR_END];         /* the file's first bytes, zero-filled */
    u32 version, entry;
    const u8 *code;              /* the protected-mode part */
    u64 size;
    u64 run_start, run_end;      /* what the kernel needs once it has unpacked itself */
    u32 initrd_max, command_line_max;
};

static bool image_layout(struct linux_image *image, const struct blob *file, struct error *why)
{
    u32 sectors = image->header[HDR_SETUP_SECTS] ? image->header[HDR_SETUP_SECTS] : 4;
    u64 setup = (u64)(sectors + 1) * SECTOR;
    if (setup >= file->length)
        return error_set(why, "the Linux kernel is truncated: its setup part alone has %llu bytes, the file %zu",
                         (unsigned long long)setup, file->length);
    image->code = file->bytes + setup;
    image->size = file->length - setup;
    u64 told = (u64)get32(image->header + HDR_SYSSIZE) * 16;
    if (image->version >= 0x204 && told > image->size + 15)
        return error_set(why, "the Linux kernel is truncated: its header tells of %llu bytes, the file has %llu",
                         (unsigned long long)told, (unsigned long long)image->size);
    return true;
}

/* The kernel unpacks itself to its preferred address, or where it was loaded if that is higher. */
static bool image_needs(struct linux_image *image, const struct machine *m, struct error *why)
{
    const u8 *h = image->header;
    image->run_start = LOAD_HIGH;
    image->run_end = LOAD_HIGH + image->size;
    if (image->version >= 0x20A) {
        image->run_start = MAX(get64(h + HDR_PREFERRED), (u64)LOAD_HIGH);
        if (image->run_start > MACHINE_RAM_MAX)
            return error_set(why, "the Linux kernel wants to run at %llx, where no RAM can be",
                             (unsigned long long)image->run_start);
        image->run_end = MAX(image->run_end, image->run_start + get32(h + HDR_INIT_SIZE));
    }
    if (load_fits(m, LOAD_HIGH, image->run_end - LOAD_HIGH)) return true;
    return error_set(why, "the Linux kernel needs %llu MiB of RAM; choose more with -m",
                     (unsigned long long)((image->run_end + 0xFFFFF) >> 20));
}

static bool image_read(struct linux_image *image, const struct blob *file, const struct machine *m, struct error *why)
{
    u8 *h = image->header;
    memcpy(h, file->bytes, MIN(file->length, sizeof image->header));
    image->version = get16(h + HDR_VERSION);
    if (image->version < 0x202)
        return error_set(why, "the Linux kernel speaks boot protocol %u.%02u; 2.02 or newer is needed",
                         image->version >> 8, image->version & 0xFF);
    if (!(h[HDR_LOADFLAGS] & LOADED_HIGH))
        return error_set(why, "the Linux kernel is a zImage; make it a bzImage");
    if (!image_layout(image, file, why) || !image_needs(image, m, why)) return false;
    image->entry = get32(h + HDR_CODE32);
    image->initrd_max = image->version >= 0x203 ? get32(h + HDR_INITRD_MAX) : INITRD_MAX_OLD;
    image->command_line_max = image->version >= 0x206 ? get32(h + HDR_COMMAND_LINE_MAX) : COMMAND_LINE_OLD;
    return true;
}

/* Only who starts a kernel at its 32-bit entry asks: iPXE's has none, and starts in real mode. */
static bool entry_check(const struct linux_image *image, struct error *why)
{
    if (image->entry >= LOAD_HIGH && image->entry - LOAD_HIGH < image->size) return true;
    return error_set(why, "the Linux kernel's 32-bit entry %08x is not inside the kernel; -bios trap86 starts it in real mode",
                     image->entry);
}

static u64 initrd_size(const struct load *load)
{
    u64 size = 0;
    for (unsigned i = 0; i < load->modules; i++)
        size += (load->module[i].bytes.length + 3) & ~(u64)3;
    return size;
}

/* As high as the header and the RAM allow, behind everything the kernel needs while it unpacks. */
static bool initrd_place(const struct load *load, const struct linux_image *image, struct machine *m, u64 top, u8 *params,
                         struct error *why)
{
    u64 size = initrd_size(load), limit = MIN((u64)image->initrd_max + 1, top);
    if (size == 0) return true;
    if (size > limit || ((limit - size) & PAGE_MASK) < image->run_end)
        return error_set(why, "the initrd of %llu KiB does not fit between the kernel's end at %llu MiB and %llu MiB; "
                         "choose more RAM with -m", (unsigned long long)(size >> 10),
                         (unsigned long long)(image->run_end >> 20), (unsigned long long)(limit >> 20));
    u64 base = (limit - size) & PAGE_MASK, at = base;
    load_zero(m, base, size);
    for (unsigned i = 0; i < load->modules; i++) {
        load_put(m, at, load->module[i].bytes.bytes, load->module[i].bytes.length);
        at += (load->module[i].bytes.length + 3) & ~(u64)3;
    }
    put_le32(params + HDR_RAMDISK, (u32)base);
    put_le32(params + HDR_RAMDISK_SIZE, (u32)size);
    return true;
}

static bool command_line_place(const struct load *load, const struct linux_image *image, struct machine *m, u32 at,
                               u8 *params, struct error *why)
{
    size_t length = strlen(load->command_line), room = MIN(image->command_line_max, COMMAND_LINE_ROOM - 1u);
    if (length > room)
        return error_set(why, "the command line has %zu characters; this kernel takes %zu", length, room);
    load_put(m, at, load->command_line, length + 1);
    put_le32(params + HDR_COMMAND_LINE, at);
    return true;
}

static void memory_map_fill(const struct machine *m, u8 *params)
{
    struct load_range range[LOAD_RANGES];
    unsigned count = load_memory_map(m, range);
    u64 high_kib = (m->config.ram_bytes - LOAD_HIGH) >> 10;
    params[PARAMS_E820_COUNT] = (u8)count;
    for (unsigned i = 0; i < count; i++) {
        u8 *entry = params + PARAMS_E820 + i * E820_BYTES;
        put_le64(entry, range[i].base);
        put_le64(entry + 8, range[i].size);
        put_le32(entry + 16, range[i].type);
    }
    put_le16(params + PARAMS_EXT_MEM_K, (u16)MIN(high_kib, 0xFFFFu));
    put_le32(params + PARAMS_ALT_MEM_K, (u32)high_kib);
}

/* The kernel's text screen, as its setup code would ask the VGA BIOS: mode 3, 80x25, VGA, characters of 16 lines. */
static void screen_fill(const struct machine *m, u8 *params)
{
    enum { MODE = 0x06, COLUMNS = 0x07, EGA_BX = 0x0A, LINES = 0x0E, IS_VGA = 0x0F, POINTS = 0x10 };
    if (!m->config.vga_bytes) return;
    params[MODE] = 3;
    params[COLUMNS] = 80;
    params[EGA_BX] = 3;
    params[LINES] = 25;
    params[IS_VGA] = 1;
    params[POINTS] = VGA_FONT_HEIGHT;
}

bool load_linux(const struct load *load, struct machine *m, struct error *why)
{
    struct linux_image image = { .code = NULL };
    u8 params[PARAMS_BYTES] = { 0 };
    if (!image_read(&image, &load->kernel, m, why) || !entry_check(&image, why)) return false;
    /* The header ends where its first jump leads. */
    size_t end = MIN((size_t)HDR_MAGIC + image.header[HDR_JUMP], (size_t)HDR_END);
    memcpy(params + HDR_START, image.header + HDR_START, end - HDR_START);
    params[HDR_LOADER] = LOADER_UNDEFINED;
    put_le32(params + HDR_RAMDISK, 0);
    put_le32(params + HDR_RAMDISK_SIZE, 0);
    memory_map_fill(m, params);
    screen_fill(m, params);
    if (!initrd_place(load, &image, m, m->config.ram_bytes, params, why)
        || !command_line_place(load, &image, m, AT_COMMAND_LINE, params, why)) return false;
    load_put(m, LOAD_HIGH, image.code, image.size);
    load_put(m, AT_PARAMS, params, sizeof params);
    load_enter(m, AT_GDT, BOOT_CS, BOOT_DS, image.entry);
    m->cpu.gpr[ESI] = AT_PARAMS;
    m->cpu.gpr[EBP] = m->cpu.gpr[EDI] = m->cpu.gpr[EBX] = 0;
    m->cpu.gpr[ESP] = AT_PARAMS;
    return true;
}

/* Firmware keeps its tables at the top of RAM. */
bool load_linux_setup(const struct load *load, struct machine *m, struct error *why)
{
    enum { SETUP_MAX = 64 * SECTOR, HDR_HEAP_END = 0x224, CAN_USE_HEAP = 0x80, FIRMWARE_ROOM = 1 << 20 };
    struct linux_image image = { .code = NULL };
    u8 setup[SETUP_MAX] = { 0 };
    if (!image_read(&image, &load->kernel, m, why)) return false;
    size_t bytes = (size_t)(image.code - load->kernel.bytes);
    if (bytes > sizeof setup) return error_set(why, "the Linux kernel's setup part has %zu bytes; 32 KiB are possible", bytes);
    memcpy(setup, load->kernel.bytes, bytes);
    setup[HDR_LOADER] = LOADER_UNDEFINED;
    setup[HDR_LOADFLAGS] |= CAN_USE_HEAP;
    put_le16(setup + HDR_HEAP_END, LINUX_HEAP_END);
    u64 top = m->config.ram_bytes - MIN(m->config.ram_bytes, (u64)FIRMWARE_ROOM);
    if (!initrd_place(load, &image, m, top, setup, why)
        || !command_line_place(load, &image, m, LINUX_LINE, setup, why))
        return false;
    load_put(m, LINUX_SETUP, setup, bytes);
    load_put(m, LOAD_HIGH, image.code, image.size);
    return true;
}
