/* Bochs' VBE DISPI interface, as Bochs' and QEMU's adapters have it (Bochs, "VBE Display API", ids B0C0h-B0C5h): an
 * index at 1CEh and a word of data at 1CFh (or 1D0h), resolutions to 1600x1200 in 4 to 32 bits per pixel, banks of
 * 64 KiB, a virtual screen larger than the shown part, DACs of 6 or 8 bits.
 * A mode is set while DISPI is off; what video RAM cannot hold is refused by staying off. The id chooses nothing: all
 * features are there under each.
 * Not modelled: banks of 32 KiB, separate read and write banks, EDID by DDC. */
#include "devices/vga_parts.h"
#include <string.h>

enum { PORT_INDEX = 0x1CE, PORTS = 4, PORT_DATA = 1, PORT_DATA_WIDE = 2 };
enum { ENABLE_BITS = DISPI_ENABLED | DISPI_GETCAPS | DISPI_8BIT_DAC | DISPI_LFB | DISPI_NOCLEARMEM };
enum { DEFAULT_XRES = 640, DEFAULT_YRES = 480, DEFAULT_BPP = 8, BANK_BYTES = 0x10000 };

static bool depth_exists(u16 bpp)
{
    return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

/* Bytes of video RAM that `width` pixels of a line take; of a plane's four, in 4 bits per pixel. */
static u32 line_bytes(const struct vga *vga, u32 width)
{
    u16 bpp = vga->dispi[DISPI_BPP];
    return bpp == 4 ? width / 8 : width * ((bpp + 7u) / 8);
}

static u32 line_room(const struct vga *vga)
{
    return vga->dispi[DISPI_BPP] == 4 ? vga->bytes / 4 : vga->bytes;
}

u32 dispi_pitch(const struct vga *vga) { return line_bytes(vga, vga->dispi[DISPI_VIRT_WIDTH]); }

u32 dispi_origin(const struct vga *vga)
{
    return vga->dispi[DISPI_Y_OFFSET] * dispi_pitch(vga) + line_bytes(vga, vga->dispi[DISPI_X_OFFSET]);
}

/* The virtual screen: as wide as asked for, but not narrower than what is shown, and as high as video RAM allows. */
static bool virtual_set(struct vga *vga, u32 width)
{
    u32 most = 0xFFFF, xres = vga->dispi[DISPI_XRES], pitch;
    width = MAX(width, xres);
    if (vga->dispi[DISPI_BPP] == 4) width = (width + 7) & ~7u;
    pitch = line_bytes(vga, width);
    if (width > most || pitch == 0 || line_room(vga) / pitch < vga->dispi[DISPI_YRES]) return false;
    vga->dispi[DISPI_VIRT_WIDTH] = (u16)width;
    vga->dispi[DISPI_VIRT_HEIGHT] = (u16)MIN(line_room(vga) / pitch, most);
    return true;
}

/* A smaller part of the virtual screen cannot begin where it would end outside. */
static u16 offset_clamp(const struct vga *vga, u16 value, unsigned whole, unsigned shown)
{
    return (u16)MIN(value, vga->dispi[whole] - vga->dispi[shown]);
}

/* The colours' values keep their brightness. */
static void dac_widen(struct vga *vga, bool to8)
{
    for (unsigned i = 0; i < ARRAY_LEN(vga->dac); i++)
        for (unsigned c = 0; c < 3; c++)
            vga->dac[i][c] = (u8)(to8 ? vga->dac[i][c] << 2 | vga->dac[i][c] >> 4 : vga->dac[i][c] >> 2);
}

static void enable_write(struct vga *vga, u16 value)
{
    u16 old = vga->dispi[DISPI_ENABLE];
    value &= ENABLE_BITS;
    if ((old ^ value) & DISPI_8BIT_DAC) dac_widen(vga, value & DISPI_8BIT_DAC);
    if ((value & DISPI_ENABLED) && !(old & DISPI_ENABLED)) {
        vga->dispi[DISPI_X_OFFSET] = vga->dispi[DISPI_Y_OFFSET] = vga->dispi[DISPI_BANK] = 0;
        if (!virtual_set(vga, vga->dispi[DISPI_XRES])) value &= (u16)~DISPI_ENABLED;
    }
    vga->dispi[DISPI_ENABLE] = value;
    vga_window_changed(vga);
    if (!(value & DISPI_ENABLED) || (old & DISPI_ENABLED) || (value & DISPI_NOCLEARMEM)) return;
    u32 shown = MIN(dispi_pitch(vga) * vga->dispi[DISPI_YRES] * (vga->dispi[DISPI_BPP] == 4 ? 4 : 1), vga->bytes);
    memset(vga->vram, 0, shown);
    memory_video_written(vga->dev.board->memory, 0, shown);
}

/* Resolution and depth are only taken while DISPI is off. */
static void mode_write(struct vga *vga, unsigned index, u16 value)
{
    bool good = index == DISPI_XRES ? value > 0 && value <= DISPI_MAX_XRES
              : index == DISPI_YRES ? value > 0 && value <= DISPI_MAX_YRES : depth_exists(value ? value : DEFAULT_BPP);
    if (dispi_on(vga) || !good) return;
    vga->dispi[index] = index == DISPI_BPP && !value ? DEFAULT_BPP : value;
}

static void bank_write(struct vga *vga, u16 value)
{
    u32 banks = line_room(vga) / BANK_BYTES;
    vga->dispi[DISPI_BANK] = (u16)(value & (banks - 1));
    vga_window_changed(vga);
}

void dispi_write(struct vga *vga, unsigned index, u16 value)
{
    switch (index) {
    case DISPI_ID:
        if (value >= DISPI_ID0 && value <= DISPI_ID5) vga->dispi[DISPI_ID] = value;
        break;
    case DISPI_XRES: case DISPI_YRES: case DISPI_BPP: mode_write(vga, index, value); break;
    case DISPI_ENABLE: enable_write(vga, value); break;
    case DISPI_BANK: if (dispi_on(vga)) bank_write(vga, value); break;
    case DISPI_VIRT_WIDTH:
        if (!dispi_on(vga) || !virtual_set(vga, value)) break;
        vga->dispi[DISPI_X_OFFSET] = offset_clamp(vga, vga->dispi[DISPI_X_OFFSET], DISPI_VIRT_WIDTH, DISPI_XRES);
        vga->dispi[DISPI_Y_OFFSET] = offset_clamp(vga, vga->dispi[DISPI_Y_OFFSET], DISPI_VIRT_HEIGHT, DISPI_YRES);
        break;
    case DISPI_X_OFFSET:
        if (dispi_on(vga)) vga->dispi[index] = offset_clamp(vga, value, DISPI_VIRT_WIDTH, DISPI_XRES);
        break;
    case DISPI_Y_OFFSET:
        if (dispi_on(vga)) vga->dispi[index] = offset_clamp(vga, value, DISPI_VIRT_HEIGHT, DISPI_YRES);
        break;
    default: break;                          /* the others are read-only */
    }
}

u16 dispi_read(const struct vga *vga, unsigned index)
{
    static const u16 most[] = { [DISPI_XRES] = DISPI_MAX_XRES, [DISPI_YRES] = DISPI_MAX_YRES, [DISPI_BPP] = DISPI_MAX_BPP };
    if (index >= DISPI_COUNT) return 0;
    if ((vga->dispi[DISPI_ENABLE] & DISPI_GETCAPS) && index >= DISPI_XRES && index <= DISPI_BPP) return most[index];
    return vga->dispi[index];
}

/* ---- ports: the data port is odd, so that a bus splits its words ---- */
static u32 port_read(void *self, u32 offset, unsigned width)
{
    const struct vga *vga = self;
    u16 value = offset == 0 ? vga->dispi_index : dispi_read(vga, vga->dispi_index);
    if (width == 1 && offset == PORT_DATA_WIDE) return value >> 8;
    return offset <= PORT_DATA_WIDE ? value : 0xFFFF;
}

static void port_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct vga *vga = self;
    if (offset == 0) vga->dispi_index = (u16)value;
    else if (offset == PORT_DATA) vga->dispi_low = (u8)value;
    else if (offset == PORT_DATA_WIDE)
        dispi_write(vga, vga->dispi_index, (u16)(width == 2 ? value : value << 8 | vga->dispi_low));
}

static const struct region_ops port_ops = { port_read, port_write, WIDTH_8 | WIDTH_16 };

bool dispi_attach(struct vga *vga, struct error *why)
{
    return ports_claim(vga->dev.board->ports, PORT_INDEX, PORTS, &port_ops, vga, "dispi", why);
}

void dispi_reset(struct vga *vga)
{
    memset(vga->dispi, 0, sizeof vga->dispi);
    vga->dispi[DISPI_ID] = DISPI_ID5;
    vga->dispi[DISPI_XRES] = DEFAULT_XRES;
    vga->dispi[DISPI_YRES] = DEFAULT_YRES;
    vga->dispi[DISPI_BPP] = DEFAULT_BPP;
    vga->dispi[DISPI_MEMORY_64K] = (u16)(vga->bytes / BANK_BYTES);
    vga->dispi_index = vga->dispi_low = 0;
}

/* A mode that video RAM cannot hold was not set by dispi_write: it is off. */
void dispi_restored(struct vga *vga)
{
    u16 *dispi = vga->dispi, width = dispi[DISPI_VIRT_WIDTH];
    dispi[DISPI_ENABLE] &= ENABLE_BITS;
    if (!dispi[DISPI_XRES] || dispi[DISPI_XRES] > DISPI_MAX_XRES || !dispi[DISPI_YRES]
        || dispi[DISPI_YRES] > DISPI_MAX_YRES || !depth_exists(dispi[DISPI_BPP]))
        dispi_reset(vga);
    dispi[DISPI_MEMORY_64K] = (u16)(vga->bytes / BANK_BYTES);
    if (!dispi_on(vga)) return;
    if (!virtual_set(vga, width)) {
        dispi[DISPI_ENABLE] &= (u16)~DISPI_ENABLED;
        return;
    }
    dispi[DISPI_BANK] &= (u16)(line_room(vga) / BANK_BYTES - 1);
    dispi[DISPI_X_OFFSET] = offset_clamp(vga, dispi[DISPI_X_OFFSET], DISPI_VIRT_WIDTH, DISPI_XRES);
    dispi[DISPI_Y_OFFSET] = offset_clamp(vga, dispi[DISPI_Y_OFFSET], DISPI_VIRT_HEIGHT, DISPI_YRES);
}
