/* Transfers of the sound chips, modes and accesses of the display: tests/fuzz/chips_commands.c. */
#include "tests/fuzz/chips.h"
#include <string.h>

/* ---- sound ---- */
void fuzz_sound_blaster(struct fuzz *f)
{
    u8 how = take8(f), command = take8(f), count = take8(f);
    static const u8 transfers[] = {
        0x14, 0x16, 0x17, 0x1C, 0x1E, 0x1F, 0x24, 0x2C, 0x74, 0x75, 0x76, 0x77, 0x7C, 0x7D, 0x7F, 0x80, 0x90, 0x91, 0x98,
        0xB0, 0xB6, 0xBE, 0xC0, 0xC6, 0xCE, 0x10, 0x40, 0x41, 0x48, 0xD0, 0xD4, 0xDA,
    };
    if (how & 1) out8(f, 0x226, 1), out8(f, 0x226, 0);
    if (how & 2) fuzz_dma_program(f, how & 4 ? 5 : 1, take_address(f), take16(f), (how & 8 ? 0x48 : 0x44) | (how & 16));
    out8(f, 0x22C, how & 32 ? command : transfers[command % ARRAY_LEN(transfers)]);
    for (unsigned i = count & 3; i; i--) out8(f, 0x22C, take8(f));
    if (how & 64) time_pass(f, (u64)count * 20000);
    if (how & 128) in8(f, 0x22A), in8(f, 0x22E), in8(f, 0x22F);
}

void fuzz_fm(struct fuzz *f)
{
    u16 ports = take8(f) & 1 ? 0x38A : 0x388;
    for (unsigned i = 1 + take8(f) % 24; i; i--) out8(f, ports, take8(f)), out8(f, ports + 1, take8(f));
    time_pass(f, (u64)take8(f) * 4000);
    in8(f, ports);
}

void fuzz_ac97(struct fuzz *f)
{
    const struct pci_function *function = &f->m->ac97.function;
    u16 mixer = (u16)function->bar[0].base, master = (u16)function->bar[1].base;
    u8 how = take8(f), entries = take8(f) % 6, box = (u8)((how & 3) % 3 * 16);
    u32 list = 0x9000 + take8(f);
    for (u32 i = 0; i < entries; i++) {
        store32(f, list + 8 * i, take_address(f));
        u32 samples = take16(f) % 400;
        store32(f, list + 8 * i + 4, samples | (u32)take8(f) << 24);
    }
    if (how & 4) out32(f, master + 0x2C, 2);
    if (how & 8) out16(f, mixer + 0x18, 0x0808), out16(f, mixer + 0x02, 0x0000);
    if (how & 16) out16(f, mixer + 0x2A, 1), out16(f, mixer + 0x2C, take16(f));
    else out16(f, mixer + (take8(f) & 0x7E), take16(f));
    out32(f, (u16)(master + box), list);
    out8(f, (u16)(master + box + 5), (u8)(entries - (how >> 5 & 1)));
    out8(f, (u16)(master + box + 0xB), how & 64 ? take8(f) : 0x1D);
    time_pass(f, (u64)take8(f) * 40000);
    ports_read(&f->m->ports, (u16)(master + box + 4), WIDTH_32);
    ports_read(&f->m->ports, (u16)(master + box + 8), WIDTH_32);
    if (how & 128) out16(f, (u16)(master + box + 6), 0x1C);
}

/* ---- display ---- */
struct vga_mode { u8 misc, seq[5], crtc[25], gc[9], attr_mode; };

void fuzz_vga_mode(struct fuzz *f)
{
    static const struct vga_mode modes[] = {
        { 0x67, { 3, 0, 3, 0, 2 },
          { 0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0, 0x4F, 13, 14, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x1F,
            0x96, 0xB9, 0xA3, 0xFF },
          { 0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF }, 0x0C },
        { 0x63, { 3, 1, 15, 0, 14 },
          { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0, 0x41, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96,
            0xB9, 0xA3, 0xFF },
          { 0, 0, 0, 0, 0, 0x40, 5, 15, 0xFF }, 0x41 },
        { 0xE3, { 3, 1, 15, 0, 6 },
          { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xEA, 0x8C, 0xDF, 0x28, 0, 0xE7, 4,
            0xE3, 0xFF },
          { 0, 0, 0, 0, 0, 0, 5, 15, 0xFF }, 1 },
        { 0x63, { 3, 9, 3, 0, 2 },
          { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0, 0xC1, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0, 0x96,
            0xB9, 0xA2, 0xFF },
          { 0, 0, 0, 0, 0, 0x30, 15, 0, 0xFF }, 1 },
    };
    struct vga_mode mode = modes[take8(f) % ARRAY_LEN(modes)];
    take_changes(f, (u8 *)&mode, sizeof mode, 4);
    out8(f, 0x3C2, mode.misc);
    for (unsigned i = 0; i < ARRAY_LEN(mode.seq); i++) out16(f, 0x3C4, (u16)(mode.seq[i] << 8 | i));
    out16(f, 0x3D4, 0x0011);
    for (unsigned i = 0; i < ARRAY_LEN(mode.crtc); i++) out16(f, 0x3D4, (u16)(mode.crtc[i] << 8 | i));
    for (unsigned i = 0; i < ARRAY_LEN(mode.gc); i++) out16(f, 0x3CE, (u16)(mode.gc[i] << 8 | i));
    in8(f, 0x3DA);
    out8(f, 0x3C0, 0x10), out8(f, 0x3C0, mode.attr_mode);
    out8(f, 0x3C0, 0x20);
}

void fuzz_dispi(struct fuzz *f)
{
    static const u8 depths[] = { 4, 8, 15, 16, 24, 32 };
    u8 how = take8(f);
    const u16 values[][2] = {
        { DISPI_ENABLE, 0 }, { DISPI_XRES, how & 1 ? take16(f) : 64 + take8(f) * 8 },
        { DISPI_YRES, how & 2 ? take16(f) : 1 + take8(f) },
        { DISPI_BPP, how & 4 ? take16(f) : depths[take8(f) % ARRAY_LEN(depths)] },
        { DISPI_ENABLE, how & 8 ? take16(f) : 0x41 },
        { DISPI_VIRT_WIDTH, how & 16 ? take16(f) : 0 }, { DISPI_X_OFFSET, how & 32 ? take16(f) : 0 },
        { DISPI_Y_OFFSET, how & 64 ? take16(f) : 0 }, { DISPI_BANK, take8(f) },
    };
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) out16(f, 0x1CE, values[i][0]), out16(f, 0x1CF, values[i][1]);
    if (how & 128) in8(f, 0x1CF), ports_read(&f->m->ports, 0x1CF, WIDTH_16);
}

/* Through the window and the linear frame buffer, by all write and read modes. */
void fuzz_video_access(struct fuzz *f)
{
    u8 how = take8(f), count = take8(f) & 31;
    u32 lfb = f->m->vga.pci.bar[0].base, base = how & 1 && lfb ? lfb : 0xA0000, at = take16(f) | (u32)(how & 2) << 15;
    out16(f, 0x3CE, (u16)(take8(f) << 8 | GC_MODE));
    out16(f, 0x3CE, (u16)(take8(f) << 8 | take8(f) % GC_COUNT));
    out16(f, 0x3C4, (u16)(take8(f) << 8 | SEQ_MAP_MASK));
    for (unsigned i = 0; i < count; i++, at += how >> 4) {
        if (how & 4) memory_load(&f->m->memory, base + at, 1u << (how >> 6) % 3);
        else memory_store(&f->m->memory, base + at, take8(f) * 0x01010101u, 1u << (how >> 6) % 3);
    }
    if (how & 8) time_pass(f, 17000000);
    base = f->m->vga.pci.bar[2].base;
    if (how & 2) memory_store(&f->m->memory, base + 0x400 + (at & 0x13F), take16(f), 1u << (how >> 6) % 3);
    if (how & 2) memory_load(&f->m->memory, base + (at & 0x7FE), 1u << (how >> 6) % 3);
}
