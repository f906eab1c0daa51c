/* Intel 82441FX PCI and memory controller (PMC), data sheet 290549: configuration registers, and the programmable
 * attribute map (PAM0-PAM6, 59h-5Fh) that chooses per segment of C0000h-FFFFFh whether reads and writes go to RAM.
 *
 * The four combinations: neither (the ROM or nothing is seen), both (RAM), read only (RAM, writes dropped), write only
 * (the ROM is read, writes go to the RAM beneath: works where the board gave the ROM region).
 * SMRAM (72h): the RAM beneath the display's memory, A0000h-BFFFFh, is seen while the processor is in system management
 * mode or D_OPEN is set, until D_LCK locks the register to the next hard reset.
 * Registers without effect: DRAM timing, error reporting, the fixed hole (68h), SMRAM's D_CLS (which parts data from code). */
#include "devices/i440fx.h"
#include <string.h>

enum { PMC_DRB = 0x60, PMC_PAM0 = 0x59, PMC_PAM6 = 0x5F };
enum { PMC_SMRAM = 0x72, SMRAM_OPEN = 0x40, SMRAM_LOCK = 0x10, SMRAM_ENABLE = 0x08 };
enum { SMRAM_BASE = 0xA0000, SMRAM_BYTES = 0x20000 };
enum { PAM_READ = 1, PAM_WRITE = 2 };
enum { SHADOW_START = 0xC0000, SHADOW_END = 0x100000, SEGMENT_BYTES = 0x4000 };

static const struct pci_register pmc_registers[] = {
    { 0x00, 2, 0x8086, 0, 0 },                      /* VID */
    { 0x02, 2, 0x1237, 0, 0 },                      /* DID */
    { 0x04, 2, 0x0006, 0x0140, 0 },                 /* PCICMD: memory and master are hard-wired */
    { 0x06, 2, 0x0280, 0, 0xF900 },                 /* PCISTS */
    { 0x08, 4, 0x06000002, 0, 0 },                  /* RID, class: host bridge */
    { 0x0D, 1, 0x00, 0xF8, 0 },                     /* MLT */
    { 0x0F, 1, 0x00, 0x40, 0 },                     /* BIST */
    { 0x50, 2, 0x0000, 0xFFFF, 0 },                 /* PMCCFG */
    { 0x52, 1, 0x00, 0xFF, 0 },                     /* DETURBO */
    { 0x53, 1, 0x80, 0xFF, 0 },                     /* DBC */
    { 0x54, 1, 0x00, 0xFF, 0 },                     /* AXC */
    { 0x55, 2, 0x0000, 0xFFFF, 0 },                 /* DRT */
    { 0x57, 1, 0x01, 0xFF, 0 },                     /* DRAMC */
    { 0x58, 1, 0x10, 0xFF, 0 },                     /* DRAMT */
    { 0x59, 1, 0x00, 0x30, 0 },                     /* PAM0 */
    { 0x5A, 4, 0x00000000, 0x33333333, 0 },         /* PAM1-PAM4 */
    { 0x5E, 2, 0x0000, 0x3333, 0 },                 /* PAM5-PAM6 */
    { 0x60, 4, 0x01010101, 0xFFFFFFFF, 0 },         /* DRB0-DRB3 */
    { 0x64, 4, 0x01010101, 0xFFFFFFFF, 0 },         /* DRB4-DRB7 */
    { 0x68, 1, 0x00, 0xC0, 0 },                     /* FDHC */
    { 0x70, 2, 0x0000, 0xFFFF, 0 },                 /* MTT, CLT */
    { 0x72, 1, 0x02, 0x78, 0 },                     /* SMRAM */
    { 0x90, 1, 0x00, 0xFF, 0 },                     /* ERRCMD */
    { 0x91, 1, 0x00, 0x00, 0x11 },                  /* ERRSTS */
    { 0x93, 1, 0x00, 0x0E, 0 },                     /* TRC */
};

/* Segments 0-11 are the 16 KiB pieces of C0000h-EFFFFh (PAM1-PAM6), 12 is F0000h-FFFFFh (high half of PAM0). */
static unsigned segment_of(u32 address)
{
    return address >= 0xF0000 ? 12 : (address - SHADOW_START) / SEGMENT_BYTES;
}

static u32 segment_base(unsigned segment) { return SHADOW_START + segment * SEGMENT_BYTES; }
static u32 segment_size(unsigned segment) { return segment == 12 ? 0x10000 : SEGMENT_BYTES; }

static unsigned segment_attributes(const struct i440fx *pmc, unsigned segment)
{
    if (segment == 12) return pmc->bridge.config[PMC_PAM0] >> 4;
    return pmc->bridge.config[PMC_PAM0 + 1 + segment / 2] >> (segment & 1) * 4 & 3;
}

static void region_enable(struct i440fx *pmc, struct region *region, bool on)
{
    if (region->enabled != on) memory_region_set(pmc->dev.board->memory, region, region->base, on);
}

/* The map has no read-only view of RAM, but a segment that is not writable cannot change: a copy serves. */
static void segment_lock(struct i440fx *pmc, unsigned segment, bool on)
{
    struct region *locked = pmc->locked[segment];
    if (on && !locked->enabled) memcpy(locked->host, pmc->shadow[segment]->host, locked->size);
    region_enable(pmc, locked, on);
}

static void shadow_update(struct i440fx *pmc)
{
    for (unsigned i = 0; i < I440FX_SEGMENTS; i++) {
        unsigned attributes = segment_attributes(pmc, i);
        if (!pmc->shadow[i]) continue;
        segment_lock(pmc, i, attributes == PAM_READ);
        region_enable(pmc, pmc->shadow[i], attributes == (PAM_READ | PAM_WRITE));
    }
}

/* Where RAM is readable the ROM is hidden, so a write that arrives here finds the RAM beneath write-only or closed.
 * Nothing can have code decoded from a frame that cannot be read; when it becomes readable the map changes. */
static void rom_write(void *self, u32 offset, u32 value, unsigned width)
{
    const struct i440fx_rom *rom = self;
    struct memory *memory = rom->pmc->dev.board->memory;
    for (unsigned i = 0; i < width; i++) {
        u32 address = rom->region->base + offset + i;
        if (address < SHADOW_START || address >= SHADOW_END || address >= memory->ram_bytes) continue;
        if (!(segment_attributes(rom->pmc, segment_of(address)) & PAM_WRITE)) continue;
        memory->ram[address] = (u8)(value >> 8 * i);
        memory->flags[address >> PAGE_SHIFT] |= PAGE_DIRTY;
    }
}

static const struct region_ops rom_ops = { NULL, rom_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

/* G_SMRAME: without it there is no SMRAM, and D_OPEN opens nothing. */
static void smram_update(struct i440fx *pmc)
{
    u8 control = pmc->bridge.config[PMC_SMRAM];
    bool seen = pmc->smm || control & SMRAM_OPEN;
    if (pmc->smram) region_enable(pmc, pmc->smram, control & SMRAM_ENABLE && seen);
}

void i440fx_set_smm(struct i440fx *pmc, bool smm)
{
    pmc->smm = smm;
    smram_update(pmc);
}

/* D_LCK closes D_OPEN and makes the register read-only. */
static void smram_written(struct i440fx *pmc)
{
    u8 *control = &pmc->bridge.config[PMC_SMRAM];
    if (pmc->smram_locked) *control = pmc->smram_locked;
    if (*control & SMRAM_LOCK) pmc->smram_locked = *control &= (u8)~SMRAM_OPEN;
    smram_update(pmc);
}

static void pmc_written(void *self, unsigned offset, unsigned width)
{
    if (offset <= PMC_SMRAM && offset + width > PMC_SMRAM) smram_written(self);
    if (offset <= PMC_PAM6 && offset + width > PMC_PAM0) shadow_update(self);
}

static void shadow_map(struct i440fx *pmc, struct memory *memory)
{
    if (memory->ram_bytes < SHADOW_END) return;
    for (unsigned i = 0; i < I440FX_SEGMENTS; i++) {
        u32 base = segment_base(i), size = segment_size(i);
        pmc->shadow[i] = memory_map_ram(memory, "shadow", base, size, base, I440FX_SHADOW_PRIORITY);
        pmc->locked[i] = memory_map_rom(memory, "shadow-ro", base, size, NULL, I440FX_SHADOW_PRIORITY);
        memory_region_set(memory, pmc->shadow[i], base, false);
        memory_region_set(memory, pmc->locked[i], base, false);
    }
}

static void smram_map(struct i440fx *pmc, struct memory *memory)
{
    if (memory->ram_bytes < SMRAM_BASE + SMRAM_BYTES) return;
    pmc->smram = memory_map_ram(memory, "smram", SMRAM_BASE, SMRAM_BYTES, SMRAM_BASE, I440FX_SMRAM_PRIORITY);
    memory_region_set(memory, pmc->smram, SMRAM_BASE, false);
}

static bool i440fx_attach(struct device *dev, struct error *why)
{
    struct i440fx *pmc = container_of(dev, struct i440fx, dev);
    pci_function_attach(&pmc->bridge, &pmc->bus, PCI_DEVFN(0, 0), pmc_registers, ARRAY_LEN(pmc_registers));
    pmc->bridge.written = pmc_written;
    pmc->bridge.self = pmc;
    shadow_map(pmc, dev->board->memory);
    smram_map(pmc, dev->board->memory);
    for (unsigned i = 0; i < I440FX_ROMS; i++) {
        struct i440fx_rom *rom = &pmc->rom[i];
        rom->pmc = pmc;
        if (!rom->region) continue;
        rom->region->ops = &rom_ops;
        rom->region->self = rom;
    }
    return pci_bus_attach(&pmc->bus, dev->board, why);
}

/* Row boundaries as a firmware that sized the memory leaves them: rows of up to 128 MiB in units of 8 MiB. */
static void row_boundaries_set(struct i440fx *pmc)
{
    u64 units = pmc->dev.board->memory->ram_bytes >> 23;
    for (unsigned row = 0; row < 8; row++)
        pmc->bridge.config[PMC_DRB + row] = (u8)MIN(units, 16u * (row + 1));
}

static void i440fx_reset(struct device *dev, enum reset_kind kind)
{
    struct i440fx *pmc = container_of(dev, struct i440fx, dev);
    (void)kind;
    pci_bus_reset(&pmc->bus);
    pci_function_reset(&pmc->bridge);
    row_boundaries_set(pmc);
    pmc->smram_locked = 0;
    shadow_update(pmc);
    smram_update(pmc);
}

static void i440fx_restored(struct device *dev)
{
    struct i440fx *pmc = container_of(dev, struct i440fx, dev);
    pci_bus_restored(&pmc->bus);
    for (unsigned i = 0; i < I440FX_SEGMENTS; i++)
        if (pmc->locked[i]) region_enable(pmc, pmc->locked[i], false);
    shadow_update(pmc);
    smram_update(pmc);
}

static const struct field i440fx_fields[] = {
    FIELD_NONE(struct i440fx, dev, "wiring"),
    FIELD_SUB(struct i440fx, bus, pci_bus_fields, "PCI bus 0"),
    FIELD_SUB(struct i440fx, bridge, pci_function_fields, "function 00:00.0"),
    FIELD_NONE(struct i440fx, rom, "wiring"),
    FIELD_NONE(struct i440fx, shadow, "map; follows PAM"),
    FIELD_NONE(struct i440fx, locked, "map; follows PAM"),
    FIELD_NONE(struct i440fx, smram, "map; follows SMRAM and SMIACT#"),
    FIELD(struct i440fx, smm, "SMIACT#"),
    FIELD(struct i440fx, smram_locked, "SMRAM as it was locked"),
    FIELD_END
};

const struct device_class i440fx_class = {
    .name = "i440fx",
    .size = sizeof(struct i440fx),
    .fields = i440fx_fields,
    .attach = i440fx_attach,
    .reset = i440fx_reset,
    .restored = i440fx_restored,
};
