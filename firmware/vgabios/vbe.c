/* VESA BIOS Extension 3.0 on the DISPI registers of the Bochs and QEMU adapters: function 4Fh. */
#include "firmware/vgabios/vgabios.h"
#include "firmware/vgabios/colours.h"

enum {
    DISPI_WIDTH = 1, DISPI_HEIGHT, DISPI_DEPTH, DISPI_ENABLE, DISPI_BANK, DISPI_PITCH, DISPI_LINES, DISPI_X, DISPI_Y,
    DISPI_MEMORY
};
enum { ENABLED = 1, DAC_8 = 0x20, LINEAR = 0x40, NO_CLEAR = 0x80 };
enum { MODE_LINEAR = 0x4000, MODE_NO_CLEAR = 0x8000, MODE_NUMBER = 0x1FF, FIRST_VBE_MODE = 0x100 };
enum { DONE = 0x004F, FAILED = 0x014F, UNSUPPORTED = 0x024F, INVALID = 0x034F };
/* What 40:49 says in a VBE mode: a number that is no mode of the VGA. */
enum { BDA_MODE_VBE = 0x7F, PITCH_MAX = 0xFFF8 };

struct vbe_mode { u16 number, width, height; u8 depth; };
#define SIX(first, w, h) { first, w, h, 15 }, { first + 1, w, h, 16 }, { first + 2, w, h, 24 }
static ROM struct vbe_mode vbe_modes[] = {
    { 0x100, 640, 400, 8 }, { 0x101, 640, 480, 8 }, { 0x102, 800, 600, 4 }, { 0x103, 800, 600, 8 },
    { 0x105, 1024, 768, 8 }, { 0x107, 1280, 1024, 8 },
    SIX(0x10D, 320, 200), SIX(0x110, 640, 480), SIX(0x113, 800, 600), SIX(0x116, 1024, 768), SIX(0x119, 1280, 1024),
    { 0x11C, 1600, 1200, 8 }, SIX(0x11D, 1600, 1200),
    { 0x140, 320, 200, 32 }, { 0x141, 640, 400, 32 }, { 0x142, 640, 480, 32 }, { 0x143, 800, 600, 32 },
    { 0x144, 1024, 768, 32 }, { 0x145, 1280, 1024, 32 }, { 0x146, 320, 200, 8 }, { 0x147, 1600, 1200, 32 },
    { 0x148, 1152, 864, 8 }, SIX(0x149, 1152, 864), { 0x14C, 1152, 864, 32 },
    SIX(0x14D, 640, 400), { 0x150, 1280, 720, 8 }, SIX(0x151, 1280, 720), { 0x154, 1280, 720, 32 },
    { 0x155, 1280, 800, 8 }, SIX(0x156, 1280, 800), { 0x159, 1280, 800, 32 },
    { 0x15A, 1440, 900, 8 }, SIX(0x15B, 1440, 900), { 0x15E, 1440, 900, 32 },
};

u16 dispi_read(u16 index)
{
    outw(DISPI, index);
    return inw(DISPI + 1);
}

void dispi_write(u16 index, u16 value)
{
    outw(DISPI, index);
    outw(DISPI + 1, value);
}

void dispi_off(void)
{
    dispi_write(DISPI_ENABLE, 0);
}

static u32 memory_bytes(void)
{
    return (u32)dispi_read(DISPI_MEMORY) << 16;
}

/* Bytes of `pixels` pixels. */
static u32 pixel_bytes(u8 depth, u32 pixels)
{
    return depth == 4 ? pixels / 8 : pixels * ((depth + 7u) / 8);
}

static bool mode_fits(ROM struct vbe_mode *mode)
{
    return mode->depth == 4 || pixel_bytes(mode->depth, mode->width) * mode->height <= memory_bytes();
}

static ROM struct vbe_mode *mode_find(u16 number)
{
    for (u8 i = 0; i < ARRAY_LEN(vbe_modes); i++)
        if (vbe_modes[i].number == number && mode_fits(&vbe_modes[i])) return &vbe_modes[i];
    return NULL;
}

/* The frame buffer is base address register 0 of the adapter, which is somewhere on bus 0. */
static u32 linear_address(void)
{
    enum { ADDRESS = 0xCF8, DATA = 0xCFC, OURS = 0x11111234 };
    for (u32 slot = 0; slot < 32; slot++) {
        outl(ADDRESS, 0x80000000 | slot << 11);
        if (inl(DATA) != OURS) continue;
        outl(ADDRESS, 0x80000010 | slot << 11);
        return inl(DATA) & 0xFFFFFFF0;
    }
    return 0;
}

/* ---- 00h: the controller ---- */
static ROM char oem_string[] = "trap86 VGA BIOS", vendor_name[] = "trap86", product_name[] = "VGA with DISPI",
                product_revision[] = "1";

static void controller_info(struct regs *r)
{
    enum { VBE2 = 0x32454256, VESA = 0x41534556, LIST = 0x22, V2_LIST = 0x40 };
    u16 at = r->di, segment = rom_segment();
    far_segment(r->es);
    bool v2 = es_read32(at) == VBE2;
    u16 list = (u16)(at + (v2 ? V2_LIST : LIST)), bytes = v2 ? 512 : 256;
    for (u16 i = 4; i < bytes; i += 4) es_write32(at + i, 0);
    es_write32(at, VESA);
    es_write16(at + 4, 0x0300);
    es_write32(at + 6, FAR(segment, (u32)oem_string));
    es_write32(at + 10, 1);                                  /* the DAC can be switched to 8 bits */
    es_write32(at + 14, FAR(r->es, list));
    es_write16(at + 18, dispi_read(DISPI_MEMORY));
    if (v2) {
        es_write16(at + 20, 1);
        es_write32(at + 22, FAR(segment, (u32)vendor_name));
        es_write32(at + 26, FAR(segment, (u32)product_name));
        es_write32(at + 30, FAR(segment, (u32)product_revision));
    }
    for (u8 i = 0; i < ARRAY_LEN(vbe_modes); i++)
        if (mode_fits(&vbe_modes[i])) {
            es_write16(list, vbe_modes[i].number);
            list += 2;
        }
    es_write16(list, 0xFFFF);
    r->ax = DONE;
}

/* ---- 01h: a mode ---- */
struct __attribute__((packed)) layout { u8 red, red_at, green, green_at, blue, blue_at, rest, rest_at; };
static ROM struct layout layouts[] = {
    { 5, 10, 5, 5, 5, 0, 1, 15 }, { 5, 11, 6, 5, 5, 0, 0, 0 }, { 8, 16, 8, 8, 8, 0, 0, 0 }, { 8, 16, 8, 8, 8, 0, 8, 24 },
};

static void layout_write(u16 at, u8 depth)
{
    if (depth < 15) return;
    const u8 __seg_gs *layout = (const u8 __seg_gs *)&layouts[depth == 15 ? 0 : depth == 16 ? 1 : depth == 24 ? 2 : 3];
    for (u8 i = 0; i < sizeof(struct layout); i++) es_write8(at + i, layout[i]);
}

static void mode_info_write(ROM struct vbe_mode *mode, u16 at, u32 address)
{
    bool planar = mode->depth == 4;
    u16 pitch = (u16)pixel_bytes(mode->depth, mode->width);
    u32 pages = planar ? 1 : memory_bytes() / (pitch * mode->height);
    u8 more = (u8)(MIN(pages, 128) - 1);
    es_write16(at + 0x00, planar ? 0x1F : address ? 0x9B : 0x1B);
    es_write8(at + 0x02, 7);                                 /* window A: there, readable, writable */
    es_write16(at + 0x04, 64);
    es_write16(at + 0x06, 64);
    es_write16(at + 0x08, 0xA000);
    if (!planar) es_write32(at + 0x0C, FAR(rom_segment(), (u32)window_function));
    es_write16(at + 0x10, pitch);
    es_write16(at + 0x12, mode->width);
    es_write16(at + 0x14, mode->height);
    es_write16(at + 0x16, 0x1008);                           /* characters of 8x16 */
    es_write8(at + 0x18, planar ? 4 : 1);
    es_write8(at + 0x19, mode->depth);
    es_write8(at + 0x1A, 1);
    es_write8(at + 0x1B, planar ? 3 : mode->depth == 8 ? 4 : 6);
    es_write8(at + 0x1D, more);
    es_write8(at + 0x1E, 1);
    layout_write(at + 0x1F, mode->depth);
    es_write8(at + 0x27, mode->depth == 32 ? 2 : 0);         /* the rest of a pixel is the program's */
    if (planar || !address) return;
    es_write32(at + 0x28, address);
    es_write16(at + 0x32, pitch);
    es_write8(at + 0x34, more);
    es_write8(at + 0x35, more);
    layout_write(at + 0x36, mode->depth);
    es_write32(at + 0x3E, 230000000);                        /* any clock will do */
}

static void mode_info(struct regs *r)
{
    ROM struct vbe_mode *mode = mode_find(r->cx & MODE_NUMBER);
    r->ax = FAILED;
    if (!mode) return;
    far_segment(r->es);
    for (u16 i = 0; i < 256; i += 4) es_write32(r->di + i, 0);
    mode_info_write(mode, r->di, linear_address());
    r->ax = DONE;
}

/* ---- 02h, 03h: setting a mode ---- */
/* Registers of mode 13h underneath: the VGA's memory window, attribute controller and DAC then suit any depth. */
static void vbe_mode_set(ROM struct vbe_mode *mode, u16 bx)
{
    mode_set(0x13 | 0x80);
    dispi_write(DISPI_WIDTH, mode->width);
    dispi_write(DISPI_HEIGHT, mode->height);
    dispi_write(DISPI_DEPTH, mode->depth);
    dispi_write(DISPI_ENABLE, (u16)(ENABLED | (bx & MODE_LINEAR ? LINEAR : 0) | (bx & MODE_NO_CLEAR ? NO_CLEAR : 0)));
    bda.mode = BDA_MODE_VBE;
    bda.columns = mode->width / 8;
    bda.last_row = (u8)(mode->height / 16 - 1);
    bda.char_height = 16;
    bda.control = (u8)((bda.control & ~CONTROL_NO_CLEAR) | (bx >> 8 & CONTROL_NO_CLEAR));
}

static void mode_change(struct regs *r)
{
    u16 number = r->bx & MODE_NUMBER;
    u8 no_clear = r->bx & MODE_NO_CLEAR ? 0x80 : 0;
    ROM struct vbe_mode *mode = mode_find(number);
    r->ax = FAILED;
    if (number < FIRST_VBE_MODE && number < 0x80) {
        mode_set((u8)(number | no_clear));
        if (bda.mode == number) r->ax = DONE;
    } else if (mode && mode->depth == 4) {
        if (r->bx & MODE_LINEAR) return;
        mode_set(MODE_PLANAR_800 | no_clear);
        r->ax = DONE;
    } else if (mode) {
        vbe_mode_set(mode, r->bx);
        r->ax = DONE;
    }
}

static bool enabled(void)
{
    return dispi_read(DISPI_ENABLE) & ENABLED;
}

static void mode_read(struct regs *r)
{
    u16 no_clear = bda.control & CONTROL_NO_CLEAR ? MODE_NO_CLEAR : 0;
    u16 width = dispi_read(DISPI_WIDTH), height = dispi_read(DISPI_HEIGHT), depth = dispi_read(DISPI_DEPTH);
    r->ax = DONE;
    r->bx = (u16)((bda.mode == MODE_PLANAR_800 ? 0x102 : bda.mode) | no_clear);
    if (!enabled()) return;
    for (u8 i = 0; i < ARRAY_LEN(vbe_modes); i++) {
        ROM struct vbe_mode *mode = &vbe_modes[i];
        if (mode->width == width && mode->height == height && mode->depth == depth) r->bx = mode->number | no_clear;
    }
    if (dispi_read(DISPI_ENABLE) & LINEAR) r->bx |= MODE_LINEAR;
}

/* ---- 04h: save and restore ---- */
static void state(struct regs *r)
{
    u16 bytes = state_bytes(r->cx);
    r->ax = FAILED;
    if (bytes == 0 || r->dl > 2) return;
    if (r->dl == 0) r->bx = (u16)((bytes + 63) / 64);
    else if (r->dl == 1) state_save(r->cx, r->es, r->bx);
    else state_restore(r->cx, r->es, r->bx);
    r->ax = DONE;
}

/* ---- 05h to 07h: window, line length, display start ---- */
static void window(struct regs *r)
{
    r->ax = enabled() ? DONE : INVALID;
    if (r->bl != 0 || r->bh > 1) r->ax = FAILED;
    if (r->ax != DONE) return;
    if (r->bh == 1) {
        r->dx = dispi_read(DISPI_BANK);
        return;
    }
    if (r->dx >= dispi_read(DISPI_MEMORY)) r->ax = FAILED;
    else dispi_write(DISPI_BANK, r->dx);
}

static u8 depth(void)
{
    return (u8)dispi_read(DISPI_DEPTH);
}

static u32 pitch_bytes(void)
{
    return pixel_bytes(depth(), dispi_read(DISPI_PITCH));
}

/* A program that has been at the adapter itself may have left sizes nobody can divide by. */
static bool measurable(void)
{
    return enabled() && depth() >= 8 && dispi_read(DISPI_HEIGHT) && pitch_bytes();
}

static void line_length(struct regs *r)
{
    r->ax = r->bl > 3 ? FAILED : measurable() ? DONE : INVALID;
    if (r->ax != DONE) return;
    u8 bytes = (u8)pixel_bytes(depth(), 1);
    u32 pixels = r->bl == 2 ? (r->cx + bytes - 1u) / bytes : r->cx;
    u32 longest = memory_bytes() / dispi_read(DISPI_HEIGHT) / bytes;
    longest = MIN(longest, PITCH_MAX / bytes) & ~7u;
    pixels = (pixels + 7) & ~7u;
    if (r->bl == 3) {
        r->cx = (u16)longest;
        r->bx = (u16)(longest * bytes);
        r->dx = dispi_read(DISPI_HEIGHT);
        return;
    }
    if (r->bl != 1 && (pixels > longest || pixels < dispi_read(DISPI_WIDTH))) {
        r->ax = UNSUPPORTED;
        return;
    }
    if (r->bl != 1) dispi_write(DISPI_PITCH, (u16)pixels);
    r->cx = dispi_read(DISPI_PITCH);
    r->bx = (u16)pitch_bytes();
    u32 lines = memory_bytes() / MAX(r->bx, 1);
    r->dx = (u16)MIN(lines, 0xFFFF);
}

static void start_set(struct regs *r, u16 x, u32 y)
{
    u32 lines = memory_bytes() / pitch_bytes();
    if (y + dispi_read(DISPI_HEIGHT) > lines) {
        r->ax = FAILED;
        return;
    }
    dispi_write(DISPI_X, x);
    dispi_write(DISPI_Y, (u16)y);
}

/* Bit 7 of BL would wait for the retrace, in which the adapter takes the new start over anyway. */
static void display_start(struct regs *r)
{
    r->ax = measurable() ? DONE : INVALID;
    if (r->ax != DONE) return;
    switch (r->bl & 0x7F) {
    case 0: start_set(r, r->cx, r->dx); break;
    case 1:
        r->bh = 0;
        r->cx = dispi_read(DISPI_X);
        r->dx = dispi_read(DISPI_Y);
        break;
    case 2: start_set(r, (u16)(r->ecx % pitch_bytes() / pixel_bytes(depth(), 1)), r->ecx / pitch_bytes()); break;
    case 4: r->cx = 1; break;                                /* a scheduled start has always been taken over */
    default: r->ax = FAILED;
    }
}

/* ---- 08h, 09h: the DAC ---- */
static void dac_width(struct regs *r)
{
    u16 enable = dispi_read(DISPI_ENABLE);
    r->ax = r->bl > 1 ? FAILED : enabled() && depth() > 8 ? INVALID : DONE;
    if (r->ax != DONE) return;
    if (r->bl == 0) {
        u16 bank = dispi_read(DISPI_BANK);
        enable = (u16)((enable & ~DAC_8) | (r->bh >= 8 && (enable & ENABLED) ? DAC_8 : 0) | NO_CLEAR);
        dispi_write(DISPI_ENABLE, enable);
        dispi_write(DISPI_BANK, bank);                       /* some adapters begin anew */
    }
    r->bh = dispi_read(DISPI_ENABLE) & DAC_8 ? 8 : 6;
}

/* Entries of blue, green, red and a byte that means nothing. */
static void palette(struct regs *r)
{
    u16 at = r->di, first = r->dx;
    r->ax = (r->bl & 0x7F) > 1 ? UNSUPPORTED : first + r->cx > 256 ? FAILED : DONE;
    if (r->ax != DONE) return;
    far_segment(r->es);
    outb(r->bl == 1 ? DAC_READ : DAC_WRITE, (u8)first);
    for (u16 count = r->cx; count; count--, at += 4)
        for (u8 part = 3; part--;) {
            if (r->bl == 1) es_write8(at + part, inb(DAC_DATA));
            else outb(DAC_DATA, es_read8(at + part));
        }
}

/* ---- 0Ah: the protected mode interface (pmi.S) ---- */
static void protected_mode(struct regs *r)
{
    r->ax = FAILED;
    if (r->bl != 0) return;
    r->es = rom_segment();
    r->di = (u16)(u32)pmi_start;
    r->cx = (u16)(pmi_end - pmi_start);
    r->ax = DONE;
}

/* ---- 15h: the monitor ---- */
/* EDID 1.3 of a monitor of 1600x1200 that is none of this world's. */
static ROM u8 edid[127] = {
    0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00,
    0x52, 0x41, 0x86, 0x00, 1, 0, 0, 0, 1, 36, 1, 3,         /* "TRA", product 86h, week 1 of 2026 */
    0x0E, 40, 30, 120, 0x0A,                                 /* analogue; 40x30 cm, gamma 2.2, RGB, first is preferred */
    0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54, /* sRGB */
    0xA1, 0x08, 0x00,                                        /* 720x400, 640x480, 800x600, 1024x768 at 60, 70 Hz */
    0xA9, 0x40, 0x81, 0x80, 0x81, 0x40, 0x71, 0x4F, 0x81, 0xC0, 0x95, 0x00, 0x01, 0x01, 0x01, 0x01,
    0x48, 0x3F, 0x40, 0x30, 0x62, 0xB0, 0x32, 0x40, 0x40, 0xC0, 0x13, 0x00, 0x90, 0x2C, 0x11, 0x00, 0x00, 0x1E,
    0, 0, 0, 0xFC, 0, 't', 'r', 'a', 'p', '8', '6', ' ', 'V', 'G', 'A', '\n', ' ', ' ',
    0, 0, 0, 0xFD, 0, 50, 85, 30, 100, 23, 0, '\n', ' ', ' ', ' ', ' ', ' ', ' ',
    0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0,
};

static void ddc(struct regs *r)
{
    u8 sum = 0;
    r->ax = r->bl > 1 ? FAILED : DONE;
    if (r->bl == 0) r->bx = 0x0102;                          /* a second per block at most; DDC2 */
    if (r->bl != 1) return;
    far_segment(r->es);
    for (u8 i = 0; i < sizeof edid; i++) {
        es_write8(r->di + i, edid[i]);
        sum += edid[i];
    }
    es_write8(r->di + sizeof edid, (u8)-sum);
    if (r->dx != 0) r->ax = FAILED;
}

void vbe(struct regs *r)
{
    static service *ROM services[] = {
        controller_info, mode_info, mode_change, mode_read, state, window, line_length, display_start, dac_width,
        palette, protected_mode,
    };
    if (r->al < ARRAY_LEN(services)) services[r->al](r);
    else if (r->al == 0x15) ddc(r);
    else r->ax = 0x0100 | r->al;
}
