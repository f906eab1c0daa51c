/* A VGA: IBM PS/2 Hardware Interface Technical Reference, "Video Graphics Array", as FreeVGA retells it; the chip, its
 * ports and its PCI function (1234h:1111h, as QEMU's and Bochs' adapter). The picture is vga_render.c's, video RAM
 * vga_memory.c's and vga_window.c's, the timing vga_beam.c's, DISPI dispi.c's.
 *
 * Palette registers take writes only while 3C0h bit 5 gives the palette to the processor (the manual's type 1). The DAC
 * is the Inmos G171: one address register for reading and writing.
 * Not modelled: the retrace interrupt, light pen, the diagnostic bits of input status 1, the odd/even page bit (3C2h
 * bit 5), monitor switches other than those of an analog colour monitor. */
#include "devices/vga_parts.h"
#include <stdlib.h>
#include <string.h>

enum { PORT_MONO_CRTC = 0x3B4, PORT_MONO_STATUS = 0x3BA, PORT_ATTR = 0x3C0, PORT_ATTR_READ, PORT_MISC, PORT_ENABLE,
       PORT_SEQ, PORT_SEQ_DATA, PORT_DAC_MASK, PORT_DAC_READ, PORT_DAC_WRITE, PORT_DAC_DATA, PORT_FEATURE,
       PORT_MISC_READ = 0x3CC, PORT_GC = 0x3CE, PORT_GC_DATA, PORT_CRTC = 0x3D4, PORT_STATUS = 0x3DA };
enum { STATUS_BLANK = 0x01, STATUS_RETRACE = 0x08, STATUS0_COLOUR_MONITOR = 0x70 };
enum { DAC_STATE_READ = 3, FEATURE_BITS = 0x0B };

static const u8 seq_bits[SEQ_COUNT] = { 0x03, 0x3D, 0x0F, 0x3F, 0x0E };
static const u8 gc_bits[GC_COUNT] = { 0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF };
static const u8 attr_bits[ATTR_COUNT] = {
    0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F,
    0xEF, 0xFF, 0x3F, 0x0F, 0x0F,
};
static const u8 crtc_bits[CRTC_COUNT] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x3F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xEF, 0xFF,
};

/* ---- sequencer, graphics controller, CRT controller ---- */
static void seq_write(struct vga *vga, u8 value)
{
    if (vga->seq_index >= SEQ_COUNT) return;
    vga_beam_settle(vga);
    vga->seq[vga->seq_index] = value & seq_bits[vga->seq_index];
    vga_window_changed(vga);
}

static void gc_write(struct vga *vga, u8 value)
{
    if (vga->gc_index >= GC_COUNT) return;
    vga->gc[vga->gc_index] = value & gc_bits[vga->gc_index];
    vga_window_changed(vga);
}

/* Registers 0-7 are locked by bit 7 of 11h, but for bit 8 of the line compare value. */
static void crtc_write(struct vga *vga, u8 value)
{
    enum { LINE_COMPARE_8 = 0x10 };
    unsigned index = vga->crtc_index;
    if (index >= CRTC_COUNT) return;
    value &= crtc_bits[index];
    if (index <= CRTC_OVERFLOW && (vga->crtc[CRTC_VRETRACE_END] & VRETRACE_END_PROTECT)) {
        if (index != CRTC_OVERFLOW) return;
        value = (u8)((vga->crtc[CRTC_OVERFLOW] & ~LINE_COMPARE_8) | (value & LINE_COMPARE_8));
    }
    if (vga->crtc[index] == value) return;
    vga_beam_settle(vga);
    vga->crtc[index] = value;
}

static u8 crtc_read(const struct vga *vga)
{
    if (vga->crtc_index < CRTC_COUNT) return vga->crtc[vga->crtc_index];
    if (vga->crtc_index == CRTC_LATCH) return (u8)(vga->latch >> 8 * vga->gc[GC_READ_MAP]);
    return vga->crtc_index == CRTC_FLIP_FLOP ? (u8)(vga->attr_data << 7) : 0;
}

/* ---- attribute controller ---- */
static void attr_write(struct vga *vga, u8 value)
{
    unsigned index = vga->attr_index & 0x1F;
    vga->attr_data = !vga->attr_data;
    if (vga->attr_data) vga->attr_index = value & 0x3F;
    else if (index < ATTR_MODE ? !(vga->attr_index & ATTR_SHOW) : index < ATTR_COUNT)
        vga->attr[index] = value & attr_bits[index];
}

static u8 attr_read(const struct vga *vga)
{
    unsigned index = vga->attr_index & 0x1F;
    return index < ATTR_COUNT ? vga->attr[index] : 0;
}

/* ---- DAC ---- */
static u8 dac_bits(const struct vga *vga)
{
    return vga->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? 0xFF : 0x3F;
}

static void dac_fetch(struct vga *vga)
{
    memcpy(vga->dac_buffer, vga->dac[vga->dac_address++], sizeof vga->dac_buffer);
    vga->dac_part = 0;
}

static u8 dac_read(struct vga *vga)
{
    u8 value = vga->dac_buffer[vga->dac_part++] & dac_bits(vga);
    if (vga->dac_part == sizeof vga->dac_buffer) {
        vga->dac_part = 0;
        if (vga->dac_reading) dac_fetch(vga);
    }
    return value;
}

/* A colour enters the table whole, with its third part. */
static void dac_write(struct vga *vga, u8 value)
{
    vga->dac_buffer[vga->dac_part++] = value & dac_bits(vga);
    if (vga->dac_part < sizeof vga->dac_buffer) return;
    memcpy(vga->dac[vga->dac_address++], vga->dac_buffer, sizeof vga->dac_buffer);
    vga->dac_part = 0;
}

static void dac_address(struct vga *vga, u8 value, bool reading)
{
    vga->dac_address = value;
    vga->dac_reading = reading;
    vga->dac_part = 0;
    if (reading) dac_fetch(vga);
}

/* ---- ports ---- */
static u8 status_read(struct vga *vga)
{
    struct vga_beam beam = vga_beam(vga);
    vga->attr_data = false;
    return (beam.shows ? 0 : STATUS_BLANK) | (beam.retraces ? STATUS_RETRACE : 0);
}

/* 3Bxh and 3Dxh: bit 0 of the miscellaneous register says which of them are the CRT controller's. */
static bool port_answers(const struct vga *vga, u16 port)
{
    bool colour = vga->misc & MISC_COLOUR;
    return port >> 4 == 0x3B ? !colour : port >> 4 == 0x3D ? colour : true;
}

u8 vga_port_read(struct vga *vga, u16 port)
{
    if (!port_answers(vga, port)) return 0xFF;
    switch (port) {
    case PORT_MONO_CRTC: case PORT_CRTC:         return vga->crtc_index;
    case PORT_MONO_CRTC + 1: case PORT_CRTC + 1: return crtc_read(vga);
    case PORT_MONO_STATUS: case PORT_STATUS:     return status_read(vga);
    case PORT_ATTR:       return vga->attr_index;
    case PORT_ATTR_READ:  return attr_read(vga);
    case PORT_MISC:       return STATUS0_COLOUR_MONITOR;
    case PORT_ENABLE:     return vga->enable;
    case PORT_SEQ:        return vga->seq_index;
    case PORT_SEQ_DATA:   return vga->seq_index < SEQ_COUNT ? vga->seq[vga->seq_index] : 0;
    case PORT_DAC_MASK:   return vga->dac_mask;
    case PORT_DAC_READ:   return vga->dac_reading ? DAC_STATE_READ : 0;
    case PORT_DAC_WRITE:  return vga->dac_address;
    case PORT_DAC_DATA:   return dac_read(vga);
    case PORT_FEATURE:    return vga->feature;
    case PORT_MISC_READ:  return vga->misc;
    case PORT_GC:         return vga->gc_index;
    case PORT_GC_DATA:    return vga->gc_index < GC_COUNT ? vga->gc[vga->gc_index] : 0;
    default:              return 0xFF;
    }
}

static void misc_write(struct vga *vga, u8 value)
{
    vga_beam_settle(vga);
    vga->misc = value & 0xEF;
    vga_window_changed(vga);
}

static void enable_write(struct vga *vga, u8 value)
{
    vga->enable = value & 1;
    vga_window_changed(vga);
}

void vga_port_write(struct vga *vga, u16 port, u8 value)
{
    if (!port_answers(vga, port)) return;
    switch (port) {
    case PORT_MONO_CRTC: case PORT_CRTC:         vga->crtc_index = value & 0x3F; break;
    case PORT_MONO_CRTC + 1: case PORT_CRTC + 1: crtc_write(vga, value); break;
    case PORT_MONO_STATUS: case PORT_STATUS:     vga->feature = value & FEATURE_BITS; break;
    case PORT_ATTR:      attr_write(vga, value); break;
    case PORT_MISC:      misc_write(vga, value); break;
    case PORT_ENABLE:    enable_write(vga, value); break;
    case PORT_SEQ:       vga->seq_index = value & 0x07; break;
    case PORT_SEQ_DATA:  seq_write(vga, value); break;
    case PORT_DAC_MASK:  vga->dac_mask = value; break;
    case PORT_DAC_READ:  dac_address(vga, value, true); break;
    case PORT_DAC_WRITE: dac_address(vga, value, false); break;
    case PORT_DAC_DATA:  dac_write(vga, value); break;
    case PORT_GC:        vga->gc_index = value & 0x0F; break;
    case PORT_GC_DATA:   gc_write(vga, value); break;
    default: break;
    }
}

#define PORT_RANGE(name, base) \
    static u32 name##_read(void *self, u32 offset, unsigned width) \
    { (void)width; return vga_port_read(self, (u16)((base) + offset)); } \
    static void name##_write(void *self, u32 offset, u32 value, unsigned width) \
    { (void)width; vga_port_write(self, (u16)((base) + offset), (u8)value); } \
    static const struct region_ops name##_ops = { name##_read, name##_write, WIDTH_8 };
PORT_RANGE(at_mono_crtc, PORT_MONO_CRTC)
PORT_RANGE(at_mono_status, PORT_MONO_STATUS)
PORT_RANGE(at_common, PORT_ATTR)
PORT_RANGE(at_crtc, PORT_CRTC)
PORT_RANGE(at_status, PORT_STATUS)

static const struct { const struct region_ops *ops; u16 base, count; } port_ranges[] = {
    { &at_mono_crtc_ops, PORT_MONO_CRTC, 2 }, { &at_mono_status_ops, PORT_MONO_STATUS, 1 }, { &at_common_ops, PORT_ATTR, 16 },
    { &at_crtc_ops, PORT_CRTC, 2 }, { &at_status_ops, PORT_STATUS, 1 },
};

/* ---- the PCI function ---- */
enum { DEVICE = 2, BAR_LFB = 0, BAR_REGISTERS = 2, REGISTERS_BYTES = 0x1000 };
enum { REGISTERS_PORTS = 0x400, REGISTERS_DISPI = 0x500, REGISTERS_QEMU = 0x600, QEMU_BYTES = 8 };
enum { LITTLE_ENDIAN_IS_SET = 0x1E1E1E1E };

static const struct pci_register pci_registers[] = {
    { 0x00, 2, 0x1234, 0, 0 },
    { 0x02, 2, 0x1111, 0, 0 },
    { 0x04, 2, 0x0000, 0x0003, 0 },
    { 0x08, 4, 0x03000002, 0, 0 },                  /* class: VGA */
    { 0x10, 1, 0x08, 0, 0 },                        /* BAR 0 is prefetchable */
    { 0x2C, 2, 0x1AF4, 0, 0 },
    { 0x2E, 2, 0x1100, 0, 0 },
};

/* QEMU's register page: EDID would be first, and is none; then the ports from 3C0h, DISPI's registers, its own. */
static u32 registers_read(void *self, u32 offset, unsigned width)
{
    struct vga *vga = self;
    if (offset >= REGISTERS_PORTS && offset < REGISTERS_PORTS + 0x20)
        return vga_port_read(vga, (u16)(PORT_ATTR + offset - REGISTERS_PORTS));
    if (width == 1) return registers_read(self, offset & ~1u, 2) >> 8 * (offset & 1);
    if (offset >= REGISTERS_DISPI && offset < REGISTERS_DISPI + 2 * DISPI_COUNT)
        return dispi_read(vga, (offset - REGISTERS_DISPI) / 2);
    if (offset == REGISTERS_QEMU) return QEMU_BYTES;
    return offset == REGISTERS_QEMU + 4 || offset == REGISTERS_QEMU + 6 ? LITTLE_ENDIAN_IS_SET & 0xFFFF : 0;
}

static void registers_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct vga *vga = self;
    if (offset >= REGISTERS_PORTS && offset < REGISTERS_PORTS + 0x20) {
        vga_port_write(vga, (u16)(PORT_ATTR + offset - REGISTERS_PORTS), (u8)value);
        if (width == 2 && offset % 2 == 0) registers_write(self, offset + 1, value >> 8, 1);
    } else if (width == 2 && offset >= REGISTERS_DISPI && offset < REGISTERS_DISPI + 2 * DISPI_COUNT) {
        dispi_write(vga, (offset - REGISTERS_DISPI) / 2, (u16)value);
    }
}

static const struct region_ops registers_ops = { registers_read, registers_write, WIDTH_8 | WIDTH_16 };

static void registers_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct vga *vga = self;
    (void)bar;
    memory_region_set(vga->dev.board->memory, vga->registers, base, enabled);
}

static void pci_attach(struct vga *vga)
{
    struct memory *memory = vga->dev.board->memory;
    pci_function_attach(&vga->pci, vga->bus, PCI_DEVFN(DEVICE, 0), pci_registers, ARRAY_LEN(pci_registers));
    pci_bar_add(&vga->pci, BAR_LFB, PCI_BAR_MEMORY, vga->bytes, vga_lfb_map, vga);
    vga->registers = memory_map_mmio(memory, "vga registers", 0, REGISTERS_BYTES, &registers_ops, vga,
                                     PCI_MEMORY_PRIORITY);
    memory_region_set(memory, vga->registers, 0, false);
    pci_bar_add(&vga->pci, BAR_REGISTERS, PCI_BAR_MEMORY, REGISTERS_BYTES, registers_map, vga);
    if (vga->rom_length) pci_rom_add(&vga->pci, memory, vga->rom, vga->rom_length);
}

/* ---- life ---- */
static bool vga_attach(struct device *dev, struct error *why)
{
    struct vga *vga = container_of(dev, struct vga, dev);
    struct memory *memory = dev->board->memory;
    vga->bytes = (u32)memory->video_bytes;
    vga->vram = memory_video(memory);
    vga->page_seen = calloc(vga->bytes / PAGE_SIZE, sizeof *vga->page_seen);
    if (!vga->page_seen) return error_set(why, "the host has no memory left for a display adapter");
    for (unsigned i = 0; i < ARRAY_LEN(port_ranges); i++)
        if (!ports_claim(dev->board->ports, port_ranges[i].base, port_ranges[i].count, port_ranges[i].ops, vga, "vga", why))
            return false;
    vga_window_attach(vga);
    if (!dispi_attach(vga, why)) return false;
    if (vga->bus) pci_attach(vga);
    return true;
}

static void vga_detach(struct device *dev)
{
    free(container_of(dev, struct vga, dev)->page_seen);
}

static void vga_reset(struct device *dev, enum reset_kind kind)
{
    struct vga *vga = container_of(dev, struct vga, dev);
    (void)kind;
    if (vga->bus) pci_function_reset(&vga->pci);
    vga->misc = vga->feature = 0;
    vga->enable = 1;
    vga->seq_index = vga->gc_index = vga->crtc_index = vga->attr_index = 0;
    memset(vga->seq, 0, sizeof vga->seq);
    memset(vga->gc, 0, sizeof vga->gc);
    memset(vga->crtc, 0, sizeof vga->crtc);
    memset(vga->attr, 0, sizeof vga->attr);
    vga->attr_data = vga->dac_reading = false;
    vga->dac_mask = 0xFF;
    vga->dac_address = vga->dac_part = 0;
    vga->latch = 0;
    dispi_reset(vga);
    vga_beam_reset(vga);
    vga_window_reset(vga);
}

/* Indexes that select nothing are as good as any; those that are used as they are get their range back. */
static void vga_restored(struct device *dev)
{
    struct vga *vga = container_of(dev, struct vga, dev);
    for (unsigned i = 0; i < GC_COUNT; i++) vga->gc[i] &= gc_bits[i];
    for (unsigned i = 0; i < SEQ_COUNT; i++) vga->seq[i] &= seq_bits[i];
    for (unsigned i = 0; i < ATTR_COUNT; i++) vga->attr[i] &= attr_bits[i];
    vga->dac_part %= sizeof vga->dac_buffer;
    vga->beam_cycle = MIN(vga->beam_cycle, clock_now(dev->board->clock));
    dispi_restored(vga);
    vga_window_restored(vga);
    if (vga->bus) pci_function_restored(&vga->pci);
}

static const struct field vga_fields[] = {
    FIELD_NONE(struct vga, dev, "wiring"),
    FIELD_NONE(struct vga, bus, "wiring"),
    FIELD_NONE(struct vga, rom, "configuration"),
    FIELD_NONE(struct vga, rom_length, "configuration"),
    FIELD_SUB(struct vga, pci, pci_function_fields, "function 00:02.0"),
    FIELD_NONE(struct vga, vram, "hashed with RAM"),
    FIELD_NONE(struct vga, bytes, "configuration"),
    FIELD(struct vga, misc, "miscellaneous output"),
    FIELD(struct vga, feature, "feature control"),
    FIELD(struct vga, enable, "video subsystem enable"),
    FIELD(struct vga, seq_index, "3C4h"),
    FIELD_RAW(struct vga, seq, "sequencer"),
    FIELD(struct vga, gc_index, "3CEh"),
    FIELD_RAW(struct vga, gc, "graphics controller"),
    FIELD(struct vga, crtc_index, "3D4h"),
    FIELD_RAW(struct vga, crtc, "CRT controller"),
    FIELD(struct vga, attr_index, "3C0h"),
    FIELD_RAW(struct vga, attr, "attribute controller"),
    FIELD(struct vga, attr_data, "flip-flop of 3C0h"),
    FIELD(struct vga, dac_mask, "PEL mask"),
    FIELD(struct vga, dac_address, "PEL address"),
    FIELD(struct vga, dac_part, "red, green or blue is next"),
    FIELD_RAW(struct vga, dac_buffer, "colour under way"),
    FIELD(struct vga, dac_reading, "the address was written to 3C7h"),
    FIELD_RAW(struct vga, dac, "colours"),
    FIELD(struct vga, latch, "a byte per plane"),
    FIELD(struct vga, dispi_index, "1CEh"),
    FIELD_ARRAY(struct vga, dispi, "DISPI registers"),
    FIELD(struct vga, dispi_low, "first byte of a data write"),
    FIELD(struct vga, beam_cycle, "when the beam was last settled"),
    FIELD(struct vga, frames, "retraces begun until then"),
    FIELD(struct vga, beam_line, "scan line then"),
    FIELD(struct vga, beam_dot, "dot of that line"),
    FIELD(struct vga, start, "start address in effect"),
    FIELD(struct vga, start_frame, "retrace at which it was taken"),
    FIELD(struct vga, view, "what the window maps as RAM"),
    FIELD(struct vga, text_layout, "planes lie as text wants them"),
    FIELD(struct vga, accesses, "since the window last changed"),
    FIELD_EVT(struct vga, remap, "the window is to be mapped as RAM"),
    FIELD_NONE(struct vga, window, "map"),
    FIELD_NONE(struct vga, view_ram, "map; follows view"),
    FIELD_NONE(struct vga, lfb_ram, "map; follows the PCI function"),
    FIELD_NONE(struct vga, lfb_mmio, "map; follows the PCI function"),
    FIELD_NONE(struct vga, registers, "map; follows the PCI function"),
    FIELD_NONE(struct vga, lfb_base, "map; follows the PCI function"),
    FIELD_NONE(struct vga, lfb_on, "map; follows the PCI function"),
    FIELD_NONE(struct vga, page_seen, "the drawing's"),
    FIELD_NONE(struct vga, drawings, "the drawing's"),
    FIELD_END
};

const struct device_class vga_class = {
    .name = "vga",
    .size = sizeof(struct vga),
    .fields = vga_fields,
    .attach = vga_attach,
    .reset = vga_reset,
    .restored = vga_restored,
    .detach = vga_detach,
};
