/* A kernel packed for the option ROM kernelboot: what the loaders would have put into memory, piece by piece, behind a
 * header that says where each goes (devices/load_kernelboot.h). */
#include "devices/load.h"
#include "devices/load_kernelboot.h"
#include <stdlib.h>
#include <string.h>

static bool package_grow(struct load_package *package, u64 size)
{
    size_t room = package->room ? package->room : 1 << 16;
    while (room - package->used < size) room *= 2;
    u8 *bytes = room == package->room ? package->bytes : realloc(package->bytes, room);
    if (!bytes) return false;
    package->bytes = bytes;
    package->room = room;
    return true;
}

static u8 *piece_entry(struct load_package *package, unsigned index)
{
    return package->bytes + HEADER_PIECES + 8 * index;
}

/* What follows on the piece before becomes a part of it. */
void load_pack(struct load_package *package, u64 base, const void *bytes, u64 size)
{
    bool follows = package->pieces && base == package->end;
    package->failed |= !size ? false : (!follows && package->pieces == PIECES_MAX) || !package_grow(package, size);
    if (package->failed || !size) return;
    if (!follows) put_le32(piece_entry(package, package->pieces++), (u32)base);
    u8 *length = piece_entry(package, package->pieces - 1) + 4;
    put_le32(length, get32(length) + (u32)size);
    memcpy(package->bytes + package->used, bytes, size);
    package->used += size;
    package->end = base + size;
}

static bool pieces_check(struct load_package *package, struct error *why)
{
    for (unsigned i = 0; i < package->pieces; i++) {
        u64 base = get32(piece_entry(package, i)), end = base + get32(piece_entry(package, i) + 4);
        if (base < WORK + WORK_BYTES && end > WORK)
            return error_set(why, "the kernel wants memory at %08x, where the ROM that loads it works; start it without "
                             "-bios", WORK);
    }
    return true;
}

/* The information structure's address is in EBX, as the kernel would find it. */
static void multiboot_header(const struct machine *m, u8 *header)
{
    put_le32(header + HEADER_KIND, KIND_MULTIBOOT);
    put_le32(header + HEADER_ENTRY, m->cpu.eip);
    put_le32(header + HEADER_INFO, m->cpu.gpr[EBX]);
    put_le32(header + HEADER_GDT, (u32)m->cpu.sys.gdtr.base);
}

static bool pack(const struct load *load, struct machine *m, struct load_package *package, struct error *why)
{
    if (load_kind(&load->kernel) == LOAD_LINUX) {
        if (!load_linux_setup(load, m, why)) return false;
        put_le32(package->bytes + HEADER_KIND, KIND_LINUX);
    } else {
        if (!load_multiboot(load, m, why)) return false;
        multiboot_header(m, package->bytes);
    }
    if (package->failed)
        return error_set(why, "the kernel has more than %d pieces or does not fit into the host's memory", PIECES_MAX);
    put_le32(package->bytes + HEADER_MAGIC, PACKAGE_MAGIC);
    put_le32(package->bytes + HEADER_COUNT, package->pieces);
    return pieces_check(package, why);
}

bool load_for_firmware(const struct load *load, struct machine *m, struct error *why)
{
    struct load_package package = { .used = 0 };
    if (load_kind(&load->kernel) == LOAD_UNKNOWN) return load_refuse_unknown(&load->kernel, why);
    if (!package_grow(&package, HEADER_BYTES)) return error_set(why, "the host has no memory left for the kernel");
    memset(package.bytes, 0, HEADER_BYTES);
    package.used = HEADER_BYTES;
    m->package = &package;
    bool good = pack(load, m, &package, why);
    m->package = NULL;
    good = good && fw_cfg_add(&m->fw_cfg, FW_CFG_KERNEL_DATA, package.bytes, (u32)package.used, why);
    free(package.bytes);
    return good;
}
