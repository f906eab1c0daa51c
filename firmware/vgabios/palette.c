/* Function 10h: the attribute controller's 16 colours and the DAC's 256. */
#include "firmware/vgabios/vgabios.h"

enum { PALETTE_ENTRIES = 16, BLINK = 8 };

void attribute_write(u8 index, u8 value)
{
    inb(bda.crtc + 6);
    outb(ATTRIBUTE, index);
    outb(ATTRIBUTE, value);
}

u8 attribute_read(u8 index)
{
    inb(bda.crtc + 6);
    outb(ATTRIBUTE, index);
    return inb(ATTRIBUTE_READ);
}

void attribute_done(void)
{
    inb(bda.crtc + 6);
    outb(ATTRIBUTE, ATTRIBUTE_ON);
    inb(bda.crtc + 6);
}

/* ---- the DAC ---- */
static void dac_write(u8 index, u8 red, u8 green, u8 blue)
{
    outb(DAC_WRITE, index);
    outb(DAC_DATA, red);
    outb(DAC_DATA, green);
    outb(DAC_DATA, blue);
}

/* 30 % red, 59 % green, 11 % blue, in 1/256. */
void gray_scale(u16 first, u16 count)
{
    for (; count; count--, first++) {
        outb(DAC_READ, (u8)first);
        u16 sum = inb(DAC_DATA) * 77;
        sum += inb(DAC_DATA) * 151;
        sum += inb(DAC_DATA) * 28;
        u8 gray = (u8)MIN((sum + 0x80) >> 8, 63);
        dac_write((u8)first, gray, gray, gray);
    }
}

static void block_write(u8 first, u16 count, u16 from)
{
    outb(DAC_WRITE, first);
    for (u16 i = 0; i < count * 3; i++) outb(DAC_DATA, es_read8(from + i));
}

static void block_read(u8 first, u16 count, u16 to)
{
    outb(DAC_READ, first);
    for (u16 i = 0; i < count * 3; i++) es_write8(to + i, inb(DAC_DATA));
}

/* The 256 colours as four pages of 64 or 16 of 16: bit 7 of the mode control says which, the colour select where. */
static void page_set(u8 what, u8 value)
{
    u8 mode = attribute_read(ATTRIBUTE_MODE);
    if (what == 0) attribute_write(ATTRIBUTE_MODE, (u8)((mode & 0x7F) | value << 7));
    else attribute_write(ATTRIBUTE_SELECT, mode & 0x80 ? value & 15 : (u8)(value << 2 & 15));
}

static void page_get(struct regs *r)
{
    u8 sixteen = attribute_read(ATTRIBUTE_MODE) >> 7, select = attribute_read(ATTRIBUTE_SELECT);
    r->bl = sixteen;
    r->bh = sixteen ? select & 15 : select >> 2 & 3;
}

/* ---- subfunctions 00h to 09h: the attribute controller ---- */
static void all_write(u16 from)
{
    for (u8 i = 0; i < PALETTE_ENTRIES; i++) attribute_write(i, es_read8(from + i));
    attribute_write(ATTRIBUTE_OVERSCAN, es_read8(from + PALETTE_ENTRIES));
}

static void all_read(u16 to)
{
    for (u8 i = 0; i < PALETTE_ENTRIES; i++) es_write8(to + i, attribute_read(i));
    es_write8(to + PALETTE_ENTRIES, attribute_read(ATTRIBUTE_OVERSCAN));
}

static void blink_set(u8 blink)
{
    u8 mode = attribute_read(ATTRIBUTE_MODE);
    attribute_write(ATTRIBUTE_MODE, blink ? mode | BLINK : mode & ~BLINK);
    bda.mode_control = (u8)((bda.mode_control & ~0x20) | (blink ? 0x20 : 0));
}

void palette_service(struct regs *r)
{
    far_segment(r->es);
    switch (r->al) {
    case 0x00: if (r->bl < 0x15) attribute_write(r->bl, r->bh); break;
    case 0x01: attribute_write(ATTRIBUTE_OVERSCAN, r->bh); break;
    case 0x02: all_write(r->dx); break;
    case 0x03: blink_set(r->bl & 1); break;
    case 0x07: if (r->bl < 0x15) r->bh = attribute_read(r->bl); break;
    case 0x08: r->bh = attribute_read(ATTRIBUTE_OVERSCAN); break;
    case 0x09: all_read(r->dx); break;
    case 0x10: dac_write(r->bl, r->dh, r->ch, r->cl); return;
    case 0x12: block_write(r->bl, r->cx, r->dx); return;
    case 0x13: page_set(r->bl, r->bh); break;
    case 0x15:
        outb(DAC_READ, r->bl);
        r->dh = inb(DAC_DATA);
        r->ch = inb(DAC_DATA);
        r->cl = inb(DAC_DATA);
        return;
    case 0x17: block_read(r->bl, r->cx, r->dx); return;
    case 0x18: outb(DAC_MASK, r->bl); return;
    case 0x19: r->bl = inb(DAC_MASK); return;
    case 0x1A: page_get(r); break;
    case 0x1B: gray_scale(r->bl, r->cx); return;
    default:   return;
    }
    attribute_done();
}

/* ---- function 0Bh: the CGA's colour register ---- */
/* BH 0: border, in graphics also background, with the intensity in bit 4; BH 1: which three colours mode 4 has. */
void cga_service(struct regs *r)
{
    bool graphics = current_mode()->kind != KIND_TEXT;
    if (r->bh == 0) {
        u8 colour = (u8)((r->bl & 7) | (r->bl & 8) << 1);
        attribute_write(ATTRIBUTE_OVERSCAN, colour);
        if (graphics) attribute_write(0, colour);
        bda.palette = (bda.palette & 0x20) | (r->bl & 0x1F);
    } else {
        bda.palette = (u8)((bda.palette & 0x1F) | (r->bl & 1) << 5);
    }
    u8 base = (u8)((bda.palette & 0x10) | (bda.palette >> 5 & 1));
    if (graphics && current_mode()->kind == KIND_CGA4)
        for (u8 i = 1; i < 4; i++) attribute_write(i, (u8)(base + i * 2));
    attribute_done();
}
