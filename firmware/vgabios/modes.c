/* Setting a mode: function 00h, and what other rooms need of it. */
#include "firmware/vgabios/vgabios.h"
#include "firmware/vgabios/colours.h"
#include "firmware/vgabios/fonts.h"

/* Text modes name their 200-line parameters; those for 350 and 400 lines follow from mode_parameters(). */
static ROM struct mode modes[MODES] = {
    [0x00] = { KIND_TEXT, 0x00, DAC_CGA, 8, 0xB800, 16 }, { KIND_TEXT, 0x01, DAC_CGA, 8, 0xB800, 16 },
    [0x02] = { KIND_TEXT, 0x02, DAC_CGA, 8, 0xB800, 16 }, { KIND_TEXT, 0x03, DAC_CGA, 8, 0xB800, 16 },
    [0x04] = { KIND_CGA4, 0x04, DAC_CGA, 1, 0xB800, 4 }, { KIND_CGA4, 0x05, DAC_CGA, 1, 0xB800, 4 },
    [0x06] = { KIND_CGA2, 0x06, DAC_CGA, 1, 0xB800, 2 }, { KIND_TEXT, 0x07, DAC_MONO, 8, 0xB000, 0 },
    [0x0D] = { KIND_PLANAR, 0x0D, DAC_CGA, 8, 0xA000, 16 }, { KIND_PLANAR, 0x0E, DAC_CGA, 4, 0xA000, 16 },
    [0x0F] = { KIND_PLANAR, 0x11, DAC_MONO, 2, 0xA000, 0 }, { KIND_PLANAR, 0x12, DAC_EGA, 2, 0xA000, 16 },
    [0x11] = { KIND_PLANAR, 0x1A, DAC_EGA, 1, 0xA000, 2 }, { KIND_PLANAR, 0x1B, DAC_EGA, 1, 0xA000, 16 },
    [0x13] = { KIND_PACKED, 0x1C, DAC_256, 1, 0xA000, 256 },
};
static ROM struct mode planar_800 = { KIND_PLANAR, 0x1D, DAC_EGA, 1, 0xA000, 16 };
static ROM struct mode unknown = { .kind = KIND_NONE };

/* What a CGA's mode control register would hold. */
static ROM u8 mode_controls[8] = { 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29 };

static ROM struct mode *mode_find(u8 number)
{
    if (number == MODE_PLANAR_800) return &planar_800;
    return number < MODES && modes[number].kind ? &modes[number] : &unknown;
}

ROM struct mode *current_mode(void)
{
    return mode_find(bda.mode);
}

/* Text modes have one row per number of scan lines: IBM's order is not by mode. */
static u8 parameters_row(u8 number)
{
    u8 settings = bda.settings & (SETTING_400 | SETTING_200);
    if (number > 7 || modes[number].kind != KIND_TEXT) return mode_find(number)->parameters;
    if (number == 7) return settings & SETTING_400 ? 0x19 : 0x07;
    if (settings & SETTING_200) return number;
    return settings & SETTING_400 ? 0x17 + number / 2 : 0x13 + number;
}

/* The table may be a program's own: 40:A8 points to the pointer to it. */
static u32 parameters_find(u8 number)
{
    far_segment((u16)(bda.saved >> 16));
    return es_read32((u16)bda.saved) + parameters_row(number) * sizeof(struct parameters);
}

static void registers_load(u16 from, u16 port, u8 first, u8 count)
{
    for (u8 i = 0; i < count; i++) out_index(port, (u8)(first + i), es_read8(from + i));
}

/* ES has the parameters at `from`. */
static void attributes_load(u16 from)
{
    inb(bda.crtc + 6);
    for (u8 i = 0; i < 20; i++) {
        outb(ATTRIBUTE, i);
        outb(ATTRIBUTE, es_read8(from + i));
    }
    outb(ATTRIBUTE, ATTRIBUTE_SELECT);
    outb(ATTRIBUTE, 0);
}

enum { AT_SEQUENCER = 5, AT_MISC = 9, AT_CRTC = 10, AT_ATTRIBUTE = 35, AT_GRAPHICS = 55 };

static void vga_program(u16 at)
{
    u16 crtc = es_read8(at + AT_MISC) & 1 ? 0x3D4 : 0x3B4;
    inb(crtc + 6);
    outb(ATTRIBUTE, 0);                                      /* screen off */
    out_index(SEQUENCER, 0, 1);
    registers_load(at + AT_SEQUENCER, SEQUENCER, 1, 4);
    outb(MISC_WRITE, es_read8(at + AT_MISC));
    out_index(SEQUENCER, 0, 3);
    out_index(crtc, 0x11, 0);                                /* unprotect registers 0 to 7 */
    registers_load(at + AT_CRTC, crtc, 0, 25);
    bda.crtc = crtc;
    registers_load(at + AT_GRAPHICS, GRAPHICS, 0, 9);
    if (!(bda.settings & SETTING_KEEP_PALETTE)) attributes_load(at + AT_ATTRIBUTE);
    outb(DAC_MASK, 0xFF);
}

static void dac_load(u8 kind)
{
    u16 from = (u16)(u32)(kind == DAC_EGA ? colours_ega : kind == DAC_CGA ? colours_cga : kind == DAC_MONO
                          ? colours_mono : colours_256);
    u16 count = kind == DAC_256 ? 256 : 64;
    outb(DAC_WRITE, 0);
    dac_send(from, count * 3);
    if (bda.settings & SETTING_GRAY) gray_scale(0, count);
}

/* All four planes' 64 KiB, whatever the mode makes of them. */
static void planar_clear(void)
{
    far_fill(FAR(0xA000, 0), 0, 0x10000);
}

static void memory_clear(ROM struct mode *mode)
{
    if (mode->kind == KIND_TEXT) far_fill(FAR(mode->segment, 0), 0x07200720, 0x8000);
    else if (mode->segment == 0xB800) far_fill(FAR(0xB800, 0), 0, 0x4000);
    else planar_clear();
}

static void data_area_set(u8 number, u16 at, bool keep)
{
    bda.mode = number;
    bda.columns = es_read8(at);
    bda.last_row = es_read8(at + 1);
    bda.char_height = es_read8(at + 2);
    bda.page_bytes = es_read16(at + 3);
    bda.page_start = 0;
    for (u8 i = 0; i < 8; i++) bda.cursor[i] = 0;
    bda.page = 0;
    bda.control = (bda.control & ~CONTROL_NO_CLEAR) | (keep ? CONTROL_NO_CLEAR : 0);
    bda.mode_control = number < 8 ? mode_controls[number] : bda.mode_control;
    bda.palette = number == 6 ? 0x3F : 0x30;
    bda.equipment = (bda.equipment & ~0x30) | (bda.crtc == 0x3B4 ? 0x30 : 0x20);
    bda.cursor_shape = (u16)(es_read8(at + AT_CRTC + 10) << 8 | es_read8(at + AT_CRTC + 11));
    if (bda.cursor_shape != 0 && !(bda.control & CONTROL_NO_CURSOR_EMULATION)) bda.cursor_shape = 0x0607;
}

u32 rom_font(u8 height)
{
    u32 at = height >= 16 ? (u32)font_8x16 : height >= 14 ? (u32)font_8x14 : (u32)font_8x8;
    return FAR(rom_segment(), at);
}

void mode_set(u8 al)
{
    u8 number = al & 0x7F;
    bool keep = al & 0x80;
    ROM struct mode *mode = mode_find(number);
    if (mode->kind == KIND_NONE) return;
    dispi_off();
    u32 parameters = parameters_find(number);
    far_segment((u16)(parameters >> 16));
    vga_program((u16)parameters);
    if (!(bda.settings & SETTING_KEEP_PALETTE))
        dac_load(mode->kind == KIND_TEXT && mode->dac == DAC_CGA && mode_lines() != 200 ? DAC_EGA : mode->dac);
    data_area_set(number, (u16)parameters, keep);
    if (!keep) memory_clear(mode);
    vectors[0x43] = rom_font((u8)bda.char_height);
    if (mode->kind == KIND_TEXT) font_load(vectors[0x43], 0, 256, (u8)bda.char_height, 0);
    else if (mode->segment == 0xB800) vectors[0x1F] = rom_font(8) + 128 * 8;
    attribute_done();
}

u16 mode_lines(void)
{
    u8 overflow = in_index(bda.crtc, 7);
    u16 lines = (u16)(in_index(bda.crtc, 0x12) + ((overflow & 2) << 7) + ((overflow & 0x40) << 3) + 1);
    return in_index(bda.crtc, 9) & 0x80 ? lines / 2 : lines;
}
