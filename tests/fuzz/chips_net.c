/* Rings, frames and buffers of the network chips: tests/fuzz/chips_commands.c. */
#include "tests/fuzz/chips.h"
#include <string.h>

enum { TX_RING = 0xA000, RX_RING = 0xB000, PACKET_AT = 0xC000, TDBAL = 0x3800, RDBAL = 0x2800, TCTL = 0x400, RCTL = 0x100 };

static void packet_write(struct fuzz *f, u32 address)
{
    u8 packet[128] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 0, 0x45, 0, 0, 100, 0, 1, 0x40, 0, 64, 6,
        0, 0, 10, 0,
        2, 15, 10, 0, 2, 2, 4, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x19, 0x20,
    };
    take_changes(f, packet, sizeof packet, 7);
    memory_write(&f->m->memory, address, packet, sizeof packet);
}

/* A descriptor of one of the three formats, mostly fit to be sent. */
static void transmit_descriptor(struct fuzz *f, u32 at)
{
    u8 kind = take8(f), lengths = take8(f);
    u32 length = kind & 8 ? take16(f) : lengths, command = (u32)take8(f) << 24;
    if (kind & 4) command |= 9u << 24;
    if ((kind & 3) == 0) {                                          /* context */
        store32(f, at, 14 | 24 << 8 | (u32)(take8(f) & 0x3F) << 16);
        store32(f, at + 4, 34 | 50 << 8);
        store32(f, at + 8, (length & 0xFFFFF) | ((command & 0xCF000000) | 0x20000000));
        store32(f, at + 12, (u32)(kind & 16 ? take16(f) : 100) << 16 | 54 << 8);
        return;
    }
    store32(f, at, kind & 32 ? take_address(f) : PACKET_AT);
    store32(f, at + 4, kind & 64 && kind & 128 ? take8(f) : 0);
    store32(f, at + 8, (kind & 3) == 1 ? (length & 0xFFFF) | (u32)take8(f) << 16 | (command & ~0x20000000u)
                                       : (length & 0xFFFFF) | 1u << 20 | command | 0x20000000);
    store32(f, at + 12, (u32)take8(f) << 8);
}

void fuzz_transmit_ring(struct fuzz *f)
{
    u32 base = f->m->e1000[0].function.bar[0].base, count = 1 + take8(f) % 7;
    u8 how = take8(f);
    packet_write(f, PACKET_AT);
    for (u32 i = 0; i < count; i++) transmit_descriptor(f, TX_RING + 16 * i);
    store32(f, base + TDBAL, how & 1 ? take_address(f) : TX_RING);
    store32(f, base + TDBAL + 8, how & 2 ? take32(f) : 256);
    store32(f, base + TDBAL + 0x10, how & 4 ? take8(f) : 0);
    store32(f, base + TCTL, 0x4010A);
    if (how & 8) store32(f, base, 1u << 30 | 0x240);
    if (how & 16) store32(f, base + RCTL, 0xC2 | (u32)take8(f) << 8);
    if (how & 32) store32(f, base + 0x3820, take8(f)), store32(f, base + 0x382C, take8(f));
    if (how & 64) store32(f, base + 0xC4, take16(f)), store32(f, base + 0xD0, ~0u);
    store32(f, base + TDBAL + 0x18, how & 128 ? take16(f) : count);
    time_pass(f, (u64)take8(f) * 3000);
}

void fuzz_receive_ring(struct fuzz *f)
{
    u32 base = f->m->e1000[0].function.bar[0].base, count = 1 + take8(f) % 7;
    u8 how = take8(f);
    for (u32 i = 0; i < count; i++) {
        store32(f, RX_RING + 16 * i, how & 1 ? take_address(f) : 0x10000 + 0x800 * i);
        store32(f, RX_RING + 16 * i + 4, 0);
    }
    store32(f, base + RDBAL, RX_RING);
    store32(f, base + RDBAL + 4, how & 2 ? take8(f) : 0);
    store32(f, base + RDBAL + 8, how & 4 ? take32(f) : 128);
    store32(f, base + RDBAL + 0x10, how & 8 ? take8(f) : 0);
    store32(f, base + RDBAL + 0x20, how & 16 ? take16(f) : 0);
    store32(f, base + 0x282C, how & 16 ? take8(f) : 0);
    store32(f, base + 0x5000, how & 32 ? 0x300 | take8(f) : 0);
    if (how & 64) store32(f, base, 1u << 30 | 0x240), store32(f, base + 0x5600 + (take8(f) & 0x7F) * 4u, ~0u);
    store32(f, base + RCTL, how & 128 ? take32(f) : 0x801A);
    store32(f, base + RDBAL + 0x18, count);
}

/* EEPROM by its wires, EERD, PHY. */
void fuzz_e1000_wires(struct fuzz *f)
{
    u32 base = f->m->e1000[0].function.bar[0].base;
    u8 how = take8(f);
    u16 bits = take16(f);
    if (how & 1) store32(f, base + 0x20, (u32)(1 + (how >> 1 & 1)) << 26 | 1u << 21 | (u32)(how >> 3 & 31) << 16 | bits);
    else if (how & 2) store32(f, base + 0x14, bits << 8 | 1);
    for (unsigned i = 0; i < 16 && !(how & 3); i++) {
        u32 wires = 0x102 | (bits >> i & 1) << 2;
        store32(f, base + 0x10, wires);
        store32(f, base + 0x10, wires | 1);
    }
    memory_load(&f->m->memory, base + 0x10, WIDTH_32);
}

/* Registers, also those that the rings do not need. */
void fuzz_e1000_registers(struct fuzz *f)
{
    static const u16 offsets[] = {
        0x00, 0x08, 0xC0, 0xC4, 0xC8, 0xD0, 0xD8, 0x100, 0x400, 0x1000, 0x2820, 0x282C, 0x3820, 0x382C, 0x4000, 0x4074,
        0x408C, 0x40D0, 0x5200, 0x5400, 0x5404, 0x5600, 0x5800,
    };
    u32 base = f->m->e1000[0].function.bar[0].base;
    u16 ports = (u16)f->m->e1000[0].function.bar[1].base;
    for (unsigned i = 1 + take8(f) % 8; i; i--) {
        u8 how = take8(f);
        u32 offset = offsets[(how & 63) % ARRAY_LEN(offsets)];
        out32(f, ports, offset);
        if (how & 128) memory_load(&f->m->memory, base + offset, WIDTH_32);
        else if (how & 64) out32(f, ports + 4, take32(f));
        else store32(f, base + offset, take32(f));
        ports_read(&f->m->ports, ports + 4, WIDTH_32);
    }
}

static u16 ne2000_ports(struct fuzz *f)
{
    return take8(f) & 1 ? (u16)f->m->ne2000[1].function.bar[0].base : 0x300;
}

void fuzz_ne2000_start(struct fuzz *f)
{
    u16 ports = ne2000_ports(f);
    u8 how = take8(f), first = how & 1 ? take8(f) : 0x46, end = how & 2 ? take8(f) : 0x60 + (take8(f) & 31);
    const u8 writes[][2] = {
        { 0, 0x21 }, { 14, how & 4 ? 0x49 : 0x48 }, { 10, 0 }, { 11, 0 }, { 12, how & 8 ? 0x1F : 0x04 },
        { 13, how & 16 ? 0x02 : 0x00 },
        { 1, first }, { 2, end }, { 3, how & 32 ? take8(f) : first }, { 7, 0xFF }, { 15, 0x3F }, { 0, 0x61 },
        { 1, 0x52 }, { 2, 0x54 }, { 3, 0 }, { 4, 0x12 }, { 5, 0x34 }, { 6, 0x56 }, { 7, how & 64 ? take8(f) : first + 1 },
        { 0, 0x22 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(writes); i++) out8(f, ports + writes[i][0], writes[i][1]);
}

void fuzz_ne2000_move(struct fuzz *f)
{
    u16 ports = ne2000_ports(f), at = take16(f), count = take8(f);
    u8 how = take8(f);
    if (how & 1) count = take16(f);
    const u8 writes[][2] = { { 0, 0x22 }, { 8, (u8)at }, { 9, (u8)(at >> 8) }, { 10, (u8)count }, { 11, (u8)(count >> 8) },
                             { 0, how & 2 ? 0x12 : how & 4 ? 0x1A : 0x0A } };
    for (unsigned i = 0; i < ARRAY_LEN(writes); i++) out8(f, ports + writes[i][0], writes[i][1]);
    for (unsigned i = 0; i < count && i < 300; i++) {
        if (how & 2) ports_write(&f->m->ports, ports + 16, i, 1u << (how >> 3 & 3) % 3);
        else ports_read(&f->m->ports, ports + 16, 1u << (how >> 3 & 3) % 3);
    }
}

void fuzz_ne2000_send(struct fuzz *f)
{
    u16 ports = ne2000_ports(f), length = take16(f) % 2000;
    u8 page = take8(f);
    out8(f, ports, 0x22);
    out8(f, ports + 4, page & 1 ? page : 0x40);
    out8(f, ports + 5, (u8)length);
    out8(f, ports + 6, (u8)(length >> 8));
    out8(f, ports, 0x26);
    time_pass(f, (u64)take8(f) * 2000);
    out8(f, ports, page & 0xC0);
    in8(f, ports + 1 + page % 15);
}
