/* The path between the processor and a VGA's four planes: IBM VGA Technical Reference, "Graphics Controller Registers"
 * and "Sequencer Registers": two read modes, four write modes, latches, odd/even, chain-4, map mask, bit mask,
 * set/reset, rotate and the logical functions.
 *
 * How planes lie in video RAM is chosen so that what processors address linearly is linear there. Usually the bytes of
 * the four planes at one offset are neighbours, and offsets are spread so that chain-4 addresses, whose bits 14 and 15
 * take the place of the two that choose the plane, are video RAM's own (chained_index). While a text screen is mapped
 * as RAM, planes 0 and 1 are neighbours at even offsets (text_index). Nothing but speed depends on it.
 * Not modelled: the 64 KiB of a VGA without extended memory; the page bit for odd/even. */
#include "devices/vga_parts.h"
#include <string.h>

enum { PLANE_BYTES = 0x10000, HALF_PLANES = 0x20000 };

static u32 chained_index(u32 offset)
{
    return (offset & ~(PLANE_BYTES - 1u)) << 2 | ((offset ^ offset >> 14) & 3) << 16 | (offset & 0xFFFC);
}

/* Of planes 0 and 1; 2 and 3 are HALF_PLANES behind. */
static u32 text_index(u32 offset)
{
    return (offset & 1) << 16 | (offset & 0xFFFE);
}

u32 vga_planes(const struct vga *vga, u32 offset)
{
    u32 value;
    u16 low, high;
    if (likely(!vga->text_layout)) {
        memcpy(&value, vga->vram + (chained_index(offset) & (vga->bytes - 1)), sizeof value);
        return value;
    }
    memcpy(&low, vga->vram + text_index(offset), sizeof low);
    memcpy(&high, vga->vram + text_index(offset) + HALF_PLANES, sizeof high);
    return low | (u32)high << 16;
}

void vga_planes_store(struct vga *vga, u32 offset, u32 value)
{
    struct memory *memory = vga->dev.board->memory;
    u16 low = (u16)value, high = (u16)(value >> 16);
    u32 at = vga->text_layout ? text_index(offset) : chained_index(offset) & (vga->bytes - 1);
    if (likely(!vga->text_layout)) {
        memcpy(vga->vram + at, &value, sizeof value);
        memory_video_stored(memory, at, sizeof value);
        return;
    }
    memcpy(vga->vram + at, &low, sizeof low);
    memcpy(vga->vram + at + HALF_PLANES, &high, sizeof high);
    memory_video_stored(memory, at, sizeof low);
    memory_video_stored(memory, at + HALF_PLANES, sizeof high);
}

u32 vga_linear(const struct vga *vga, u32 at)
{
    if (likely(!vga->text_layout || at >= VGA_PLANES_BYTES)) return at;
    u32 low = at & 0xFFFF, plane = at & 3, offset = (low & ~3u) | ((at >> 16 ^ low >> 14) & 3);
    return (plane >> 1) * HALF_PLANES + text_index(offset) + (plane & 1);
}

/* A byte per plane: all ones where the plane's bit is set. */
static u32 spread(unsigned planes)
{
    return (planes & 1 ? 0xFFu : 0) | (planes & 2 ? 0xFF00u : 0) | (planes & 4 ? 0xFF0000u : 0)
         | (planes & 8 ? 0xFF000000u : 0);
}

/* ---- where an address goes ---- */
static const struct { u32 base, bytes; } maps[] = {
    { 0, 0x20000 }, { 0, 0x10000 }, { 0x10000, 0x8000 }, { 0x18000, 0x8000 }
};

static unsigned map_of(const struct vga *vga)
{
    return dispi_packed(vga) ? 1 : vga->gc[GC_MISC] >> 2 & 3;
}

/* `at` counts from A0000h. */
static bool answers(const struct vga *vga, u32 at)
{
    unsigned map = map_of(vga);
    if (!dispi_packed(vga) && (!(vga->misc & MISC_RAM) || !vga->enable)) return false;
    return at - maps[map].base < maps[map].bytes;
}

/* The byte of packed pixels, or one past video RAM. */
static u32 bank_offset(const struct vga *vga, u32 at)
{
    return MIN((u32)vga->dispi[DISPI_BANK] * PLANE_BYTES + at, vga->bytes);
}

/* The offset in the planes, and the planes that the address itself selects for writing. */
static u32 plane_offset(const struct vga *vga, u32 at, unsigned *planes)
{
    u32 offset = at - maps[map_of(vga)].base, bank = dispi_on(vga) ? (u32)vga->dispi[DISPI_BANK] * PLANE_BYTES : 0;
    u8 memory = vga->seq[SEQ_MEMORY];
    *planes = 0xF;
    if (memory & MEMORY_CHAIN4) {
        *planes = 1u << (offset & 3);
        return bank + ((offset & 0xFFFC) | (offset >> 14 & 3));
    }
    if (!(memory & MEMORY_SEQUENTIAL)) *planes = offset & 1 ? 0xA : 0x5;
    if (vga->gc[GC_MISC] & GC_MISC_CHAIN) offset = (offset & ~1u) | (offset >> 16 & 1);
    return bank + (offset & 0xFFFF);
}

/* ---- reading ---- */
static unsigned read_plane(const struct vga *vga, u32 at)
{
    unsigned map = vga->gc[GC_READ_MAP];
    if (vga->seq[SEQ_MEMORY] & MEMORY_CHAIN4) return at & 3;
    return vga->gc[GC_MODE] & MODE_ODD_EVEN ? (map & 2) | (at & 1) : map;
}

/* Read mode 1: a bit is set where all planes that care have the colour compared with. */
static u8 compared(const struct vga *vga)
{
    u32 differ = (vga->latch ^ spread(vga->gc[GC_COMPARE])) & spread(vga->gc[GC_DONT_CARE]);
    return (u8)~(differ | differ >> 8 | differ >> 16 | differ >> 24);
}

u8 vga_memory_read(struct vga *vga, u32 at)
{
    unsigned planes;
    if (!answers(vga, at)) return 0xFF;
    if (dispi_packed(vga)) {
        u32 offset = bank_offset(vga, at);
        return offset < vga->bytes ? vga->vram[vga_linear(vga, offset)] : 0xFF;
    }
    vga->latch = vga_planes(vga, plane_offset(vga, at, &planes));
    return vga->gc[GC_MODE] & MODE_READ ? compared(vga) : (u8)(vga->latch >> 8 * read_plane(vga, at));
}

/* ---- writing ---- */
static u8 rotated(const struct vga *vga, u8 value)
{
    unsigned count = vga->gc[GC_ROTATE] & 7;
    return (u8)(value >> count | value << (8 - count));
}

static u32 combined(const struct vga *vga, u32 value, u32 bits)
{
    switch (vga->gc[GC_ROTATE] >> 3 & 3) {
    case 1: value &= vga->latch; break;
    case 2: value |= vga->latch; break;
    case 3: value ^= vga->latch; break;
    }
    return (value & bits) | (vga->latch & ~bits);
}

/* What a byte of the processor becomes in the four planes. */
static u32 planes_written(const struct vga *vga, u8 byte)
{
    const u32 all = 0x01010101;
    u32 value, set = spread(vga->gc[GC_SET_RESET]), enabled = spread(vga->gc[GC_ENABLE_SET_RESET]);
    u32 bits = vga->gc[GC_BIT_MASK] * all;
    switch (vga->gc[GC_MODE] & MODE_WRITE) {
    case 0:
        value = rotated(vga, byte) * all;
        return combined(vga, (value & ~enabled) | (set & enabled), bits);
    case 1: return vga->latch;
    case 2: return combined(vga, spread(byte & 0xF), bits);
    default: return combined(vga, set, bits & rotated(vga, byte) * all);
    }
}

void vga_memory_write(struct vga *vga, u32 at, u8 byte)
{
    unsigned planes;
    if (!answers(vga, at)) return;
    if (dispi_packed(vga)) {
        u32 offset = bank_offset(vga, at);
        if (offset < vga->bytes) vga_linear_write(vga, offset, byte);
        return;
    }
    u32 offset = plane_offset(vga, at, &planes);
    u32 mask = spread(planes & vga->seq[SEQ_MAP_MASK]);
    if (mask) vga_planes_store(vga, offset, (planes_written(vga, byte) & mask) | (vga_planes(vga, offset) & ~mask));
}

void vga_linear_write(struct vga *vga, u32 at, u8 byte)
{
    u32 index = vga_linear(vga, at);
    vga->vram[index] = byte;
    memory_video_stored(vga->dev.board->memory, index, 1);
}

/* ---- layouts ---- */
void vga_layout_set(struct vga *vga, bool text)
{
    if (vga->text_layout == text) return;
    u32 *planes = malloc(VGA_PLANES_BYTES);
    if (!planes) abort();
    for (u32 offset = 0; offset < PLANE_BYTES; offset++) planes[offset] = vga_planes(vga, offset);
    vga->text_layout = text;
    for (u32 offset = 0; offset < PLANE_BYTES; offset++) vga_planes_store(vga, offset, planes[offset]);
    free(planes);
}
