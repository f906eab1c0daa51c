/* Whole commands of the floppy controller and the drives: tests/fuzz/chips_commands.c. */
#include "tests/fuzz/chips.h"
#include <string.h>

/* ---- the floppy controller ---- */
enum { FDC_DOR = 0x3F2, FDC_MSR = 0x3F4, FDC_FIFO = 0x3F5, FDC_CCR = 0x3F7,
       FDC_READY = 0x80, FDC_TO_HOST = 0x40, FDC_NO_DMA = 0x20 };

static void floppy_results(struct fuzz *f)
{
    enum { RESULT = FDC_READY | FDC_TO_HOST };
    for (int i = 0; i < 16 && (in8(f, FDC_MSR) & RESULT) == RESULT; i++) in8(f, FDC_FIFO);
}

/* By the processor, for some sectors at most. */
static void floppy_data(struct fuzz *f)
{
    for (int i = 0; i < 1100; i++) {
        u8 status = in8(f, FDC_MSR);
        if (!(status & FDC_READY)) time_pass(f, 150000);
        else if (!(status & FDC_NO_DMA)) return;
        else if (status & FDC_TO_HOST) in8(f, FDC_FIFO);
        else out8(f, FDC_FIFO, (u8)i);
    }
}

/* Interrupts of the reset sensed, transfers by the processor or by DMA, implied seeks. */
static void floppy_settings(struct fuzz *f, u8 setting)
{
    for (unsigned i = 0; i < (setting & 7); i++) {
        out8(f, FDC_FIFO, 0x08);
        floppy_results(f);
    }
    const u8 specify[] = { 0x03, 0xAF, 2 | (setting >> 7) }, configure[] = { 0x13, 0, setting & 32 ? 0x57 : 0x17, 0 };
    for (unsigned i = 0; setting & 8 && i < sizeof specify; i++) out8(f, FDC_FIFO, specify[i]);
    for (unsigned i = 0; setting & 16 && i < sizeof configure; i++) out8(f, FDC_FIFO, configure[i]);
    if (setting & 64) out8(f, 0x0A, 6);
}

void fuzz_floppy(struct fuzz *f)
{
    static const struct { u8 code, length; } commands[] = {
        { 0x06, 9 }, { 0x0C, 9 }, { 0x05, 9 }, { 0x09, 9 }, { 0x02, 9 }, { 0x16, 9 }, { 0x11, 9 }, { 0x19, 9 }, { 0x1D, 9 },
        { 0x0D, 6 }, { 0x0A, 2 }, { 0x07, 2 }, { 0x08, 1 }, { 0x03, 3 }, { 0x04, 2 }, { 0x13, 4 }, { 0x0F, 3 }, { 0x8F, 3 },
        { 0x0E, 1 }, { 0x12, 2 }, { 0x10, 1 }, { 0x14, 1 }, { 0xCF, 3 },
    };
    u8 how = take8(f), setting = take8(f), index = take8(f) % ARRAY_LEN(commands), flags = take8(f) & 0xE0, unit = how & 1;
    u8 track = f->m->floppy.drive[unit].track, sector = 1 + take8(f) % 18, head = how >> 1 & 1;
    u8 modes = index < 11 ? flags | (how & 4 ? 0x40 : 0) : 0;
    u8 bytes[9] = { commands[index].code | modes, (u8)(head << 2 | unit), track, head, sector, 2, 18, 0x1B, 0xFF };
    if (index == 9) memcpy(bytes + 2, (const u8[]){ 2, 18, 0x54, 0xF6 }, 4);
    if (how & 8) out8(f, FDC_DOR, (u8)(0x0C | 0x10 << unit | unit));
    if (how & 16) out8(f, FDC_CCR, f->m->floppy.drive[unit].shape.rate);
    time_pass(f, 30000);
    floppy_settings(f, setting);
    fuzz_dma_program(f, 2, take_address(f), take16(f), how & 32 ? 0x48 : 0x44);
    take_changes(f, bytes + 1, 8, 3);
    for (unsigned i = 0; i < commands[index].length; i++) out8(f, FDC_FIFO, bytes[i]);
    if (how & 64) floppy_data(f);
    else time_pass(f, (u64)take8(f) * 30000);
    if (how & 128) floppy_results(f);
}

/* ---- IDE ---- */
/* A table of `count` regions for the bus master of a channel, and the bus master's start. */
static void bus_master_start(struct fuzz *f, unsigned channel, bool to_memory)
{
    u32 table = 0x8000 + take8(f) * 4u, count = 1 + take8(f) % 5;
    u16 ports = (u16)(f->m->piix.ide_function.bar[4].base + 8 * channel);
    for (u32 i = 0; i < count; i++) {
        store32(f, table + 8 * i, take_address(f));
        store32(f, table + 8 * i + 4, take16(f) | (i + 1 == count ? 1u << 31 : 0));
    }
    out8(f, ports, 0);
    out32(f, ports + 4, table);
    out8(f, ports, to_memory ? 9 : 1);
}

/* Moves what the drive wants moved. */
static void drive_serve(struct fuzz *f, u16 base, bool out)
{
    unsigned blocks = take8(f) % 6, words = take16(f) % 9000;
    for (; blocks; blocks--) {
        time_pass(f, 200000);
        if (!(in8(f, base + 7) & 8)) continue;
        for (unsigned i = 0; i < words && in8(f, base == 0x1F0 ? 0x3F6 : 0x376) & 8; i++)
            if (out) out32(f, base, i);
            else ports_read(&f->m->ports, base, WIDTH_32);
    }
}

void fuzz_ata(struct fuzz *f)
{
    static const u8 commands[] = {
        0x10, 0x20, 0x24, 0x25, 0x27, 0x29, 0x30, 0x34, 0x35, 0x39, 0x3C, 0x40, 0x42, 0x70, 0x90, 0x91, 0x94, 0x98, 0xB0,
        0xC4,
        0xC5, 0xC6, 0xC8, 0xCA, 0xE0, 0xE4, 0xE5, 0xE7, 0xE8, 0xEA, 0xEC, 0xEF, 0xF8, 0xA1, 0x08, 0xC6, 0xC4, 0xC5,
    };
    u8 how = take8(f), command = take8(f), channel = how & 1;
    u16 base = channel ? 0x170 : 0x1F0;
    if (command < 0xF8) command = commands[command % ARRAY_LEN(commands)];
    bool out = how & 2;
    out8(f, base + 6, (u8)(0xE0 | (how & 4) << 2 | (how & 8 ? take8(f) : 0)));
    for (unsigned reg = 1; reg < 6; reg++) {
        u8 value = take8(f);
        out8(f, base + reg, reg > 3 && value < 0xE0 ? 0 : value);
    }
    if (how & 16) bus_master_start(f, channel, !out);
    out8(f, base + 7, command);
    time_pass(f, (u64)take8(f) * 4000);
    if (how & 32) drive_serve(f, base, out);
    else if (how & 64) bus_master_start(f, channel, !out);
    if (how & 128) in8(f, base + 7);
}

void fuzz_atapi(struct fuzz *f)
{
    static const u8 codes[] = {
        0x00, 0x03, 0x12, 0x1A, 0x1B, 0x1E, 0x25, 0x28, 0x2B, 0x42, 0x43, 0x46, 0x4A, 0x51, 0x52, 0x5A, 0xA8, 0xB9, 0xBB,
        0xBD, 0xBE,
    };
    u8 how = take8(f), code = take8(f), packet[12] = { 0 };
    packet[0] = code < 0xF8 ? codes[code % ARRAY_LEN(codes)] : code;
    take_changes(f, packet + 1, 11, 11);
    out8(f, 0x176, (u8)(0xA0 | (how & 1) << 4));
    out8(f, 0x171, how & 2 ? 1 : 0);
    out8(f, 0x174, take8(f));
    out8(f, 0x175, how & 4 ? take8(f) : 8);
    out8(f, 0x177, 0xA0);
    time_pass(f, 20000);
    for (unsigned i = 0; i < 6; i++) out16(f, 0x170, (u16)(packet[2 * i] | packet[2 * i + 1] << 8));
    if (how & 2) bus_master_start(f, 1, true);
    time_pass(f, (u64)take8(f) * 10000);
    if (how & 8) drive_serve(f, 0x170, false);
    if (how & 16) in8(f, 0x177);
}
