/* Whole commands of the chips, for random bytes alone hardly ever make one: the parameters come from the input, and are
 * mostly such that the chip gets far. Here are the small chips'; the others have files of their own. */
#include "tests/fuzz/chips.h"

/* ---- the 8237 ---- */
void fuzz_dma_program(struct fuzz *f, unsigned channel, u32 address, u16 count, u8 mode)
{
    static const u8 pages[] = { 0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A };
    bool second = channel >= 4;
    u16 base = second ? 0xC0 : 0, step = second ? 2 : 1, at = (u16)(base + (channel & 3) * 2 * step);
    out8(f, 0xD6, 0xC0);
    out8(f, 0xD4, 0);
    out8(f, base + 10 * step, 4 | (channel & 3));
    out8(f, base + 11 * step, (mode & 0xFC) | (channel & 3));
    out8(f, base + 12 * step, 0);
    out8(f, at, (u8)address);
    out8(f, at, (u8)(address >> 8));
    out8(f, at + step, (u8)count);
    out8(f, at + step, count >> 8);
    out8(f, pages[channel], (u8)(address >> 16));
    out8(f, base + 10 * step, channel & 3);
}

static void dma(struct fuzz *f)
{
    unsigned channel = take8(f) & 7;
    u32 address = take_address(f);
    u16 count = take16(f);
    u8 mode = take8(f);
    fuzz_dma_program(f, channel, address, count, mode);
    if (mode & 1) out8(f, channel < 4 ? 0x09 : 0xD2, 4 | (channel & 3));
}

/* ---- keyboard controller ---- */
static void keyboard(struct fuzz *f)
{
    u8 how = take8(f), count = take8(f) & 7;
    static const u8 commands[] = { 0x20, 0x60, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAD, 0xAE, 0xC0, 0xD0, 0xD1, 0xD2, 0xD3,
                                   0xD4, 0xDD, 0xDF,
                                   0xE0, 0xF0 };
    for (unsigned i = 0; i <= count; i++) {
        u8 command = take8(f), data = take8(f);
        if (how & 1) out8(f, 0x64, how & 2 ? command : commands[command % ARRAY_LEN(commands)]);
        if (how & 4) out8(f, 0x64, 0xD4);
        out8(f, 0x60, how & 8 && !(i & 1) ? 0xED + data % 19 : how & 8 ? data & 7 : data);
        if (how & 16) time_pass(f, 1000000);
        for (unsigned reads = how >> 5; reads; reads--) in8(f, 0x60), time_pass(f, 200000);
    }
}

/* ---- firmware configuration ---- */
static void fw_cfg(struct fuzz *f)
{
    u32 descriptor = 0x8800 + take8(f), control = take8(f) & 0x1F, length = take16(f), address = take_address(f);
    u16 key = take8(f) % (FW_CFG_ITEMS + 4);
    u8 how = take8(f);
    u8 bytes[16] = { how & 1 ? (u8)(key >> 8) : 0, (u8)key, 0, (u8)(control | (how & 1 ? 8 : 0)), 0, how & 2 ? (u8)key : 0,
                     (u8)(length >> 8), (u8)length, 0, 0, 0, how & 4 ? 1 : 0, (u8)(address >> 24), (u8)(address >> 16),
                     (u8)(address >> 8), (u8)address };
    memory_write(&f->m->memory, descriptor, bytes, sizeof bytes);
    out16(f, 0x510, key);
    for (unsigned i = how >> 4; i; i--) in8(f, 0x511);
    out32(f, 0x514, how & 8 ? length : 0);
    out32(f, 0x518, __builtin_bswap32(descriptor));
    time_pass(f, (u64)take8(f) * 1000);
}

/* ---- timers and interrupts ---- */
static void hpet(struct fuzz *f)
{
    static const u16 offsets[] = { 0x100, 0x108, 0x120, 0x128, 0x140, 0x148, 0xF0, 0x10, 0x20, 0x104, 0x10C, 0x14, 0xF4 };
    for (unsigned i = 1 + take8(f) % 8; i; i--) {
        u32 offset = offsets[take8(f) % ARRAY_LEN(offsets)];
        u32 value = take8(f) & 1 ? take32(f) : take16(f);
        store32(f, HPET_BASE + offset, value);
    }
    store32(f, HPET_BASE + 0x10, 1 | (take8(f) & 2));
    time_pass(f, (u64)take8(f) * 1000);
    memory_load(&f->m->memory, HPET_BASE + 0xF0, WIDTH_32);
}

static void local_apic(struct fuzz *f)
{
    static const u16 offsets[] = { 0xF0, 0x320, 0x380, 0x3E0, 0x350, 0x360, 0x370, 0x340, 0x310, 0x300, 0xB0, 0x80, 0xD0,
                                   0xE0, 0x280, 0x20 };
    for (unsigned i = 1 + take8(f) % 8; i; i--) {
        u8 offset = take8(f);
        u32 value = take8(f) & 1 ? take32(f) : take16(f);
        if (offset & 0x80) memory_load(&f->m->memory, LAPIC_BASE + (offset & 0x3F) * 16u, WIDTH_32);
        else store32(f, LAPIC_BASE + offsets[offset % ARRAY_LEN(offsets)], value);
    }
    time_pass(f, (u64)take8(f) * 1000);
    memory_load(&f->m->memory, LAPIC_BASE + 0x390, WIDTH_32);
}

static void io_apic(struct fuzz *f)
{
    for (unsigned i = 1 + take8(f) % 8; i; i--) {
        u8 reg = take8(f) % 0x42;
        store32(f, IOAPIC_BASE, reg);
        store32(f, IOAPIC_BASE + 0x10, reg & 1 ? (u32)take8(f) << 24 : take16(f));
        memory_load(&f->m->memory, IOAPIC_BASE + 0x10, WIDTH_32);
    }
}

static void interrupt_controllers(struct fuzz *f)
{
    u16 chip = take8(f) & 1 ? 0xA0 : 0x20;
    u8 how = take8(f);
    out8(f, chip, 0x10 | (how & 0x0F));
    for (unsigned i = 0; i < 3; i++) out8(f, chip + 1, take8(f));
    out8(f, chip, take8(f) & ~0x10);
    out16(f, 0x4D0, how & 0x40 ? take16(f) : 0);
    if (how & 0x80) out8(f, chip, 0x0C), in8(f, chip);
    out8(f, chip + 1, take8(f) & take8(f));
}

static void timer(struct fuzz *f)
{
    u8 mode = take8(f);
    u16 count = take16(f);
    out8(f, 0x43, mode);
    out8(f, 0x40 + (mode >> 6) % 3, (u8)count);
    out8(f, 0x40 + (mode >> 6) % 3, count >> 8);
    out8(f, 0x61, take8(f));
    time_pass(f, (u64)take8(f) * 2000);
    out8(f, 0x43, 0xC0 | take8(f));
    in8(f, 0x40 + (mode >> 6) % 3);
    in8(f, 0x61);
}

static void clock_rtc(struct fuzz *f)
{
    static const u8 late[] = { 0x59, 0x59, 0x23, 0x31, 0x12, 0x99 }, places[] = { 0, 2, 4, 7, 8, 9 };
    u8 how = take8(f);
    for (unsigned i = 0; i < (how & 7) && i < sizeof late; i++) out8(f, 0x70, places[i]), out8(f, 0x71, late[i]);
    if (how & 8) out8(f, 0x70, 0x0B), out8(f, 0x71, how & 0x70);
    if (how & 128) out8(f, 0x70, 0x0A), out8(f, 0x71, 0x20 | (how & 15)), in8(f, 0x71);
    for (unsigned i = 1 + take8(f) % 8; i; i--) {
        out8(f, 0x70, take8(f) % 0x40);
        out8(f, 0x71, take8(f));
    }
    time_pass(f, (u64)take8(f) * 20000);
    out8(f, 0x70, 0x0C);
    in8(f, 0x71);
}

/* ---- serial and parallel ports, power ---- */
static void serial(struct fuzz *f)
{
    static const u16 bases[] = { 0x3F8, 0x2F8, 0x3E8, 0x2E8 };
    u8 how = take8(f);
    u16 base = bases[how & 3];
    out8(f, base + 3, 0x80), out8(f, base, how & 4 ? take8(f) : 1), out8(f, base + 1, how & 8 ? take8(f) : 0);
    out8(f, base + 3, take8(f) & 0x7F), out8(f, base + 2, take8(f));
    out8(f, base + 4, take8(f)), out8(f, base + 1, take8(f));
    for (unsigned i = take8(f) % 24; i; i--) out8(f, base, (u8)i);
    time_pass(f, (u64)take8(f) * 4000);
    for (unsigned i = how >> 5; i; i--) in8(f, base), in8(f, base + 2), in8(f, base + 5), in8(f, base + 6);
}

static void printer(struct fuzz *f)
{
    u8 how = take8(f);
    u16 base = how & 1 ? 0x278 : 0x378;
    out8(f, base, take8(f));
    for (u8 strobe = 0; strobe < 3; strobe++) out8(f, base + 2, 0x0C | (how & 0x30) | (strobe & 1));
    if (how & 2) out8(f, base + 3 + (how >> 2 & 1), take8(f)), in8(f, base + 3 + (how >> 2 & 1));
    time_pass(f, (u64)take8(f) * 100);
    in8(f, base + 1);
}

static void power(struct fuzz *f)
{
    u8 how = take8(f), offset = take8(f) & 0x3E, apm = take8(f);
    u16 base = (u16)(pci_config_get(&f->m->pm.function, 0x40, 2) & 0xFFC0);
    if (base) out16(f, base + offset, take16(f));
    if (how & 1) out8(f, 0xB2, how & 2 ? 0xF0 | (apm & 1) : apm), out8(f, 0xB3, apm);
    if (how & 4) out8(f, 0x92, apm);
    if (how & 8) out8(f, 0xCF9, apm);
    if (how & 16) out32(f, 0xCF8, 0x80000070), out8(f, 0xCFC + 2, apm);
    time_pass(f, (u64)(how >> 5) << 20);
}

fuzz_operation *const fuzz_commands[] = {
    dma, fuzz_floppy, fuzz_ata, fuzz_atapi, fuzz_sound_blaster, fuzz_fm, fuzz_ac97, fuzz_transmit_ring, fuzz_receive_ring,
    fuzz_e1000_wires, fuzz_e1000_registers, fuzz_ne2000_start, fuzz_ne2000_move, fuzz_ne2000_send, keyboard, fuzz_vga_mode,
    fuzz_dispi, fuzz_video_access, fw_cfg, hpet, local_apic, io_apic, interrupt_controllers, timer, clock_rtc, serial,
    printer, power, fuzz_floppy, fuzz_ata, fuzz_atapi, fuzz_sound_blaster,
};
const unsigned fuzz_command_count = ARRAY_LEN(fuzz_commands);
