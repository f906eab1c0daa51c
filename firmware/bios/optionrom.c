/* Option ROMs: copied from the expansion ROM base addresses of PCI functions to C0000h-DFFFFh, the display's first, and
 * initialised there. PCI Local Bus Specification 2.1, 6.3; Plug and Play BIOS Specification 1.0A, 3. */
#include "firmware/bios/post.h"

enum { AREA = 0xC0000, AREA_END = 0xE0000, ROM_STEP = 0x800, BLOCK = 512, SIGNATURE = 0xAA55 };
enum { INIT = 3, PCI_DATA = 0x18, PNP_DATA = 0x1A, CLASS_DISPLAY = 3, CODE_PC = 0, LAST_IMAGE = 0x80, ROM_ON = 1 };
enum { PNP_NEXT = 0x06, PNP_NAME = 0x10, PNP_BCV = 0x16, PNP_BEV = 0x1A };

extern const char pnp_check[];

static u32 area_next = AREA;

/* What an earlier boot left must not be taken for a ROM. */
static void area_clear(void)
{
    for (u32 at = AREA; at < AREA_END; at += ROM_STEP) put16(at, 0);
}

static u32 rom_bytes(const u8 *rom) { return rom[2] * (u32)BLOCK; }

/* Entries for booting, from the chain of Plug and Play headers. */
static void entries_take(u32 rom)
{
    u16 at = get16(flat(rom + PNP_DATA));
    for (u32 i = 0; at && i < ROM_ENTRIES; i++) {
        const u8 *header = flat(rom + at);
        if (!same(header, "$PnP", 4) || shared.roms == ROM_ENTRIES) return;
        struct rom_entry entry = {
            (u16)(rom >> 4), get16(header + PNP_BEV), get16(header + PNP_BCV), get16(header + PNP_NAME)
        };
        if (entry.bev || entry.bcv) shared.rom[shared.roms++] = entry;
        at = get16(header + PNP_NEXT);
    }
}

/* The ROM lies at area_next; it may shrink while it initialises itself. */
static void rom_init(u16 function)
{
    u32 rom = area_next;
    fill(&shared.regs, 0, sizeof shared.regs);
    shared.regs.ax = function;
    shared.regs.bx = shared.regs.dx = 0xFFFF;
    shared.regs.es = CODE_SEG;
    shared.regs.di = (u16)(u32)pnp_check;
    log_text("option rom at %x, %u bytes\n", rom, rom_bytes(flat(rom)));
    call16(rom << 12 | INIT);
    entries_take(rom);
    area_next = (rom + rom_bytes(flat(rom)) + ROM_STEP - 1) & ~(ROM_STEP - 1u);
}

/* The image for PCs among those of an expansion ROM; NULL if there is none that fits. */
static const u8 *image_find(const u8 *rom, u32 room)
{
    for (u32 at = 0; at + 0x20 < room;) {
        const u8 *image = rom + at, *data = image + get16(image + PCI_DATA);
        if (get16(image) != SIGNATURE || get16(image + PCI_DATA) + 0x18u > room - at || !same(data, "PCIR", 4))
            return at == 0 && get16(image) == SIGNATURE ? image : 0;
        if (data[0x14] == CODE_PC) return image;
        if (data[0x15] & LAST_IMAGE || get16(data + 0x10) == 0) return 0;
        at += get16(data + 0x10) * (u32)BLOCK;
    }
    return 0;
}

static void function_rom_run(u16 function)
{
    u32 base = pci_read32(function, PCI_ROM) & ~0x7FFu;
    if (!base) return;
    pci_write32(function, PCI_ROM, ~0x7FFu);
    u32 size = 0 - (pci_read32(function, PCI_ROM) & ~0x7FFu);
    pci_write32(function, PCI_ROM, base | ROM_ON);
    const u8 *image = image_find(flat(base), size);
    u32 bytes = image ? rom_bytes(image) : 0;
    int fits = bytes && bytes <= size && bytes <= AREA_END - area_next;
    if (fits) copy(flat(area_next), image, bytes);
    pci_write32(function, PCI_ROM, base);
    if (image && !fits) log_text("pci %x: its option rom does not fit\n", (u32)function);
    if (fits) rom_init(function);
}

/* Files that QEMU's -option-rom puts into the firmware configuration. */
static void file_roms_run(void)
{
    char name[56];
    u16 key;
    u32 size;
    for (u32 i = 0; (size = fw_cfg_file(i, name, &key)); i++) {
        if (!same(name, "genroms/", 8) || size > AREA_END - area_next || size < BLOCK) continue;
        fw_cfg_read(key, flat(area_next), size);
        if (get16(flat(area_next)) == SIGNATURE) rom_init(0);
    }
}

/* Disks of controllers with a ROM (BCV) hook INT 13h now; the other entries wait for INT 19h. */
static void controllers_connect(void)
{
    for (u32 i = 0; i < shared.roms; i++)
        if (shared.rom[i].bcv) call16((u32)shared.rom[i].segment << 16 | shared.rom[i].bcv);
}

void option_roms_run(void)
{
    area_clear();
    shared.roms = 0;
    for (int display = 1; display >= 0; display--)
        for (u32 i = pci_next(0); i < PCI_FUNCTIONS; i = pci_next(i + 1))
            if ((pci_read8((u16)i, PCI_CLASS + 1) == CLASS_DISPLAY) == display
                && (pci_read8((u16)i, PCI_HEADER) & 0x7F) == 0) function_rom_run((u16)i);
    file_roms_run();
    controllers_connect();
}
