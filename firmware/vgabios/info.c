/* What the adapter is and does: functions 12h, 1Ah and 1Bh. */
#include "firmware/vgabios/vgabios.h"

/* ---- 12h: alternate select ---- */
static void ega_info(struct regs *r)
{
    r->bh = bda.crtc == 0x3B4;
    r->bl = 3;                                               /* 256 KiB */
    r->ch = bda.switches >> 4;
    r->cl = bda.switches & 15;
}

/* AL 0: on, 1: off, of a bit that means off, or that means on. */
static void setting_set(struct regs *r, u8 bit, bool bit_is_off)
{
    if (r->al > 1) return;
    bool on = r->al == 0;
    bda.settings = (u8)((bda.settings & ~bit) | (on != bit_is_off ? bit : 0));
    r->al = 0x12;
}

static void lines_set(struct regs *r)
{
    static ROM u8 settings[3] = { SETTING_200, 0, SETTING_400 };
    if (r->al > 2) {
        r->al = 0;
        return;
    }
    bda.settings = (u8)((bda.settings & ~(SETTING_200 | SETTING_400)) | settings[r->al]);
    bda.switches = (u8)((bda.switches & 0xF0) | (r->al == 0 ? 8 : 9));
    r->al = 0x12;
}

static void cursor_emulation_set(struct regs *r)
{
    if (r->al > 1) return;
    bda.control = (u8)((bda.control & ~CONTROL_NO_CURSOR_EMULATION) | r->al);
    r->al = 0x12;
}

static void addressing_set(struct regs *r)
{
    u8 misc = inb(MISC_READ) & ~2;
    if (r->al > 1) return;
    outb(MISC_WRITE, r->al ? misc : misc | 2);
    r->al = 0x12;
}

static void refresh_set(struct regs *r)
{
    u8 clocking = in_index(SEQUENCER, 1) & ~0x20;
    if (r->al > 1) return;
    out_index(SEQUENCER, 1, r->al ? clocking | 0x20 : clocking);
    r->al = 0x12;
}

void select_service(struct regs *r)
{
    switch (r->bl) {
    case 0x10: ega_info(r); break;
    case 0x20: break;                                        /* print screen knows any number of rows already */
    case 0x30: lines_set(r); break;
    case 0x31: setting_set(r, SETTING_KEEP_PALETTE, true); break;
    case 0x32: addressing_set(r); break;
    case 0x33: setting_set(r, SETTING_GRAY, false); break;
    case 0x34: cursor_emulation_set(r); break;
    case 0x35: break;                                        /* there is no second adapter to switch to */
    case 0x36: refresh_set(r); break;
    }
}

/* ---- 1Ah: display combination ---- */
void display_service(struct regs *r)
{
    if (r->al > 1) return;
    if (r->al == 1) bda.display = r->bl;
    else r->bx = bda.display;
    r->al = 0x1A;
}

/* ---- 1Bh: functionality and state ---- */
static ROM u8 functionality[16] = {
    0xFF, 0xE0, 0x0F, 0, 0, 0, 0,       /* modes 0 to 7, 0Dh to 0Fh, 10h to 13h */
    0x07,                               /* 200, 350, 400 lines */
    2, 8,                               /* fonts at a time, fonts in memory */
    0xFF, 0x0E,                         /* all functions but a light pen's */
    0, 0, 0x20, 0,                      /* of 40:A8: a display combination table */
};

static u8 lines_code(void)
{
    u16 lines = mode_lines();
    return lines >= 480 ? 3 : lines > 350 ? 2 : lines > 200 ? 1 : 0;
}

static void copy_low(u16 to, u16 from, u8 bytes)
{
    const u8 LOW *low = (const u8 LOW *)(u32)from;
    for (u8 i = 0; i < bytes; i++) es_write8(to + i, low[i]);
}

void state_info_service(struct regs *r)
{
    ROM struct mode *mode = current_mode();
    u16 at = r->di;
    u8 map;
    if (r->bx != 0) return;
    map = in_index(SEQUENCER, 3);
    far_segment(r->es);
    for (u8 i = 0; i < 64; i++) es_write8(at + i, 0);
    es_write32(at, FAR(rom_segment(), (u32)functionality));
    copy_low(at + 4, 0x449, 30);                             /* 40:49 to 40:66 */
    es_write8(at + 0x22, bda.last_row + 1);
    es_write16(at + 0x23, bda.char_height);
    es_write8(at + 0x25, bda.display);
    es_write16(at + 0x27, mode->colours);
    es_write8(at + 0x29, mode->pages);
    es_write8(at + 0x2A, lines_code());
    es_write8(at + 0x2B, (u8)((map & 3) | (map >> 2 & 4)));
    es_write8(at + 0x2C, (u8)((map >> 2 & 3) | (map >> 3 & 4)));
    es_write8(at + 0x2D, (u8)(1 | (bda.settings & SETTING_GRAY) | (bda.settings & SETTING_KEEP_PALETTE)
                              | (bda.control & 1 ? 0 : 0x10) | (bda.mode_control & 0x20)));
    es_write8(at + 0x31, 3);                                 /* 256 KiB */
    es_write8(at + 0x32, 0x20);
    r->al = 0x1B;
}
