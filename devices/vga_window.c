/* What of a VGA's video RAM is plain RAM to the processor: the legacy window A0000h-BFFFFh and the linear frame buffer.
 *
 * The window is a range of registers (vga_memory.c) until its accesses have been linear for so long that a change of
 * the map, which costs the processor all its decoded blocks, pays; it is registers again at once when they are not.
 * A page of RAM is shown at one address only: the frame buffer is RAM in DISPI modes that say they use it, and the
 * window then is not; else the window may be, and the frame buffer is registers with the same bytes. A read through
 * RAM loads no latches: who reads in a linear mode and then writes in write mode 1 finds older ones. */
#include "devices/vga_parts.h"

enum { WINDOW = 0xA0000, WINDOW_BYTES = 0x20000, BANK_BYTES = 0x10000, TEXT_BYTES = 0x8000 };
enum { MAP_64K = 1, MAP_MONO, MAP_COLOUR };
/* Accesses after which the window is mapped: about what decoding a working set again costs. */
enum { PAYS = 2048 };

static const struct { const char *name; u32 base, bytes; } views[VGA_VIEWS] = {
    [VGA_VIEW_CHAIN4]    = { "vga 256 colours", WINDOW, BANK_BYTES },
    [VGA_VIEW_TEXT]      = { "vga text", WINDOW + 0x18000, TEXT_BYTES },
    [VGA_VIEW_MONO_TEXT] = { "vga mono text", WINDOW + 0x10000, TEXT_BYTES },
    [VGA_VIEW_BANK]      = { "vga bank", WINDOW, BANK_BYTES },
};

/* ---- what could be RAM ---- */
static bool writes_are_plain(const struct vga *vga)
{
    return !vga->gc[GC_ENABLE_SET_RESET] && !vga->gc[GC_ROTATE] && !(vga->gc[GC_MODE] & (MODE_WRITE | MODE_READ))
        && vga->gc[GC_BIT_MASK] == 0xFF;
}

static bool is_text(const struct vga *vga)
{
    return !(vga->seq[SEQ_MEMORY] & (MEMORY_SEQUENTIAL | MEMORY_CHAIN4)) && vga->seq[SEQ_MAP_MASK] == 3
        && (vga->gc[GC_MODE] & MODE_ODD_EVEN) && (vga->gc[GC_MISC] & GC_MISC_CHAIN) && !(vga->gc[GC_READ_MAP] & 2);
}

static enum vga_view view_possible(const struct vga *vga)
{
    unsigned map = vga->gc[GC_MISC] >> 2 & 3;
    if (dispi_packed(vga)) {
        bool inside = ((u32)vga->dispi[DISPI_BANK] + 1) * BANK_BYTES <= vga->bytes;
        return inside && !(vga->dispi[DISPI_ENABLE] & DISPI_LFB) ? VGA_VIEW_BANK : VGA_VIEW_NONE;
    }
    if (dispi_on(vga) || !(vga->misc & MISC_RAM) || !vga->enable || !writes_are_plain(vga)) return VGA_VIEW_NONE;
    if ((vga->seq[SEQ_MEMORY] & MEMORY_CHAIN4) && vga->seq[SEQ_MAP_MASK] == 0xF && map == MAP_64K) return VGA_VIEW_CHAIN4;
    if (!is_text(vga)) return VGA_VIEW_NONE;
    return map == MAP_COLOUR ? VGA_VIEW_TEXT : map == MAP_MONO ? VGA_VIEW_MONO_TEXT : VGA_VIEW_NONE;
}

/* ---- the map ---- */
static bool lfb_is_ram(const struct vga *vga)
{
    return dispi_packed(vga) && (vga->dispi[DISPI_ENABLE] & DISPI_LFB);
}

static u64 view_offset(const struct vga *vga, enum vga_view view)
{
    return vga->dev.board->memory->ram_bytes + (view == VGA_VIEW_BANK ? (u64)vga->dispi[DISPI_BANK] * BANK_BYTES : 0);
}

static void view_show(struct vga *vga, enum vga_view view, bool on)
{
    if (view == VGA_VIEW_NONE) return;
    memory_region_show(vga->dev.board->memory, vga->view_ram[view], views[view].base,
                       on ? view_offset(vga, view) : (u64)vga->view_ram[view]->ram_page << PAGE_SHIFT, on);
}

static void lfb_show(struct vga *vga)
{
    struct memory *memory = vga->dev.board->memory;
    bool ram = vga->lfb_on && lfb_is_ram(vga), mmio = vga->lfb_on && !ram;
    if (!ram) memory_region_set(memory, vga->lfb_ram, vga->lfb_ram->base, false);
    memory_region_set(memory, vga->lfb_mmio, mmio ? vga->lfb_base : vga->lfb_mmio->base, mmio);
    if (ram) memory_region_set(memory, vga->lfb_ram, vga->lfb_base, true);
}

static bool view_is_text(enum vga_view view) { return view == VGA_VIEW_TEXT || view == VGA_VIEW_MONO_TEXT; }

/* True if what is mapped is still what the registers mean. */
static bool view_stands(const struct vga *vga)
{
    enum vga_view view = vga->view;
    return view == view_possible(vga) && view_is_text(view) == vga->text_layout
        && (view != VGA_VIEW_BANK || vga->view_ram[view]->ram_page == view_offset(vga, view) >> PAGE_SHIFT);
}

static void view_drop(struct vga *vga)
{
    view_show(vga, vga->view, false);
    vga->view = VGA_VIEW_NONE;
}

void vga_window_changed(struct vga *vga)
{
    vga->accesses = 0;
    if (vga->view != VGA_VIEW_NONE && !view_stands(vga)) view_drop(vga);
    if (dispi_on(vga)) vga_layout_set(vga, false);
    lfb_show(vga);
}

static void remap(void *self)
{
    struct vga *vga = self;
    enum vga_view view = view_possible(vga);
    if (vga->view != VGA_VIEW_NONE || view == VGA_VIEW_NONE) return;
    vga_layout_set(vga, view_is_text(view));
    vga->view = view;
    view_show(vga, view, true);
}

/* The map changes between two instructions. */
static void accessed(struct vga *vga)
{
    struct clock *clock = vga->dev.board->clock;
    if (++vga->accesses == PAYS && view_possible(vga) != VGA_VIEW_NONE) event_at(clock, &vga->remap, clock_now(clock));
}

/* ---- accesses that are no RAM's ---- */
static u32 window_read(void *self, u32 offset, unsigned width)
{
    u32 value = 0;
    for (unsigned i = 0; i < width; i++) value |= (u32)vga_memory_read(self, offset + i) << 8 * i;
    accessed(self);
    return value;
}

static void window_write(void *self, u32 offset, u32 value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) vga_memory_write(self, offset + i, (u8)(value >> 8 * i));
    accessed(self);
}

static u32 lfb_read(void *self, u32 offset, unsigned width)
{
    const struct vga *vga = self;
    u32 value = 0;
    for (unsigned i = 0; i < width; i++) value |= (u32)vga->vram[vga_linear(vga, offset + i)] << 8 * i;
    return value;
}

static void lfb_write(void *self, u32 offset, u32 value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) vga_linear_write(self, offset + i, (u8)(value >> 8 * i));
}

static const struct region_ops window_ops = { window_read, window_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops lfb_ops = { lfb_read, lfb_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

void vga_lfb_map(void *self, unsigned bar, u32 base, bool enabled)
{
    struct vga *vga = self;
    (void)bar;
    vga->lfb_base = base;
    vga->lfb_on = enabled;
    lfb_show(vga);
}

/* ---- life ---- */
void vga_window_attach(struct vga *vga)
{
    struct memory *memory = vga->dev.board->memory;
    u64 video = memory->ram_bytes;
    vga->window = memory_map_mmio(memory, "vga window", WINDOW, WINDOW_BYTES, &window_ops, vga, 0);
    for (unsigned i = VGA_VIEW_NONE + 1; i < VGA_VIEWS; i++) {
        vga->view_ram[i] = memory_map_ram(memory, views[i].name, views[i].base, views[i].bytes, video, 0);
        memory_region_set(memory, vga->view_ram[i], views[i].base, false);
    }
    vga->lfb_ram = memory_map_ram(memory, "vga frame buffer", 0, vga->bytes, video, PCI_MEMORY_PRIORITY);
    memory_region_set(memory, vga->lfb_ram, 0, false);
    vga->lfb_mmio = memory_map_mmio(memory, "vga frame buffer (registers)", 0, vga->bytes, &lfb_ops, vga,
                                    PCI_MEMORY_PRIORITY);
    memory_region_set(memory, vga->lfb_mmio, 0, false);
    event_init(&vga->remap, vga->dev.board->clock, "vga window", remap, vga);
}

void vga_window_reset(struct vga *vga)
{
    event_cancel(vga->dev.board->clock, &vga->remap);
    view_drop(vga);
    vga_layout_set(vga, false);
    vga_window_changed(vga);
}

void vga_window_restored(struct vga *vga)
{
    enum vga_view view = vga->view;
    for (unsigned i = VGA_VIEW_NONE + 1; i < VGA_VIEWS; i++)
        if (vga->view_ram[i]->enabled) view_show(vga, i, false);
    if (view == view_possible(vga) && view_is_text(view) == vga->text_layout) view_show(vga, view, true);
    else vga->view = VGA_VIEW_NONE;
    if (dispi_on(vga)) vga_layout_set(vga, false);
    lfb_show(vga);
}
