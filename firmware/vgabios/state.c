/* Function 1Ch, and VBE's 04h: the adapter's state into a program's memory and back. The format is ours. */
#include "firmware/vgabios/vgabios.h"

enum { ALL_STATES = STATE_HARDWARE | STATE_BDA | STATE_DAC | STATE_DISPI };
enum { CRTC_COUNT = 25, ATTRIBUTE_COUNT = 21, GRAPHICS_COUNT = 9, SEQUENCER_COUNT = 5, DISPI_FIRST = 1, DISPI_LAST = 9 };
enum { HARDWARE_BYTES = 2 + 1 + SEQUENCER_COUNT + CRTC_COUNT + ATTRIBUTE_COUNT + GRAPHICS_COUNT + 4 };
enum { DAC_BYTES = 2 + 768, DISPI_BYTES = 2 * (DISPI_LAST - DISPI_FIRST + 1) };

/* What of low memory is the adapter's. */
static ROM struct { u16 at, bytes; } low_memory[] = {
    { 0x449, 30 }, { 0x484, 7 }, { 0x4A8, 4 }, { 4 * 0x1F, 4 }, { 4 * 0x43, 4 },
};
enum { LOW_BYTES = 30 + 7 + 4 + 4 + 4 };

u16 state_bytes(u16 what)
{
    if (what == 0 || (what & ~ALL_STATES)) return 0;
    return (u16)((what & STATE_HARDWARE ? HARDWARE_BYTES : 0) + (what & STATE_BDA ? LOW_BYTES : 0)
                 + (what & STATE_DAC ? DAC_BYTES : 0) + (what & STATE_DISPI ? DISPI_BYTES : 0));
}

static u16 indexed_save(u16 at, u16 port, u8 count)
{
    for (u8 i = 0; i < count; i++) es_write8(at++, in_index(port, i));
    return at;
}

static u16 indexed_restore(u16 at, u16 port, u8 count)
{
    for (u8 i = 0; i < count; i++) out_index(port, i, es_read8(at++));
    return at;
}

static u16 hardware_save(u16 at)
{
    u8 index[4];
    index[0] = inb(SEQUENCER);
    index[1] = inb(bda.crtc);
    index[2] = inb(GRAPHICS);
    inb(bda.crtc + 6);
    index[3] = inb(ATTRIBUTE);
    es_write16(at, bda.crtc);
    es_write8(at + 2, inb(MISC_READ));
    at = indexed_save(at + 3, SEQUENCER, SEQUENCER_COUNT);
    at = indexed_save(at, bda.crtc, CRTC_COUNT);
    for (u8 i = 0; i < ATTRIBUTE_COUNT; i++) es_write8(at++, attribute_read(i));
    at = indexed_save(at, GRAPHICS, GRAPHICS_COUNT);
    for (u8 i = 0; i < 4; i++) es_write8(at++, index[i]);
    attribute_done();
    outb(SEQUENCER, index[0]);
    outb(bda.crtc, index[1]);
    outb(GRAPHICS, index[2]);
    return at;
}

static u16 hardware_restore(u16 at)
{
    u16 crtc = es_read16(at) == 0x3B4 ? 0x3B4 : 0x3D4;
    outw(SEQUENCER, 0x0100);
    outb(MISC_WRITE, es_read8(at + 2));
    at = indexed_restore(at + 3, SEQUENCER, SEQUENCER_COUNT);
    outw(SEQUENCER, 0x0300);
    out_index(crtc, 0x11, 0);
    at = indexed_restore(at, crtc, CRTC_COUNT);
    inb(crtc + 6);
    for (u8 i = 0; i < ATTRIBUTE_COUNT; i++) {
        outb(ATTRIBUTE, i);
        outb(ATTRIBUTE, es_read8(at++));
    }
    at = indexed_restore(at, GRAPHICS, GRAPHICS_COUNT);
    outb(SEQUENCER, es_read8(at));
    outb(crtc, es_read8(at + 1));
    outb(GRAPHICS, es_read8(at + 2));
    outb(ATTRIBUTE, es_read8(at + 3) & 0x3F);
    inb(crtc + 6);
    return at + 4;
}

static u16 low_move(u16 at, bool save)
{
    for (u8 part = 0; part < ARRAY_LEN(low_memory); part++) {
        u8 LOW *low = (u8 LOW *)(u32)low_memory[part].at;
        for (u16 i = 0; i < low_memory[part].bytes; i++, at++) {
            if (save) es_write8(at, low[i]);
            else low[i] = es_read8(at);
        }
    }
    return at;
}

static u16 dac_save(u16 at)
{
    es_write8(at, inb(DAC_MASK));
    es_write8(at + 1, inb(DAC_WRITE));
    at += 2;
    outb(DAC_READ, 0);
    for (u16 i = 0; i < 768; i++) es_write8(at++, inb(DAC_DATA));
    return at;
}

static u16 dac_restore(u16 at)
{
    u16 from = at + 2;
    outb(DAC_MASK, es_read8(at));
    outb(DAC_WRITE, 0);
    for (u16 i = 0; i < 768; i++) outb(DAC_DATA, es_read8(from++));
    outb(DAC_WRITE, es_read8(at + 1));
    return from;
}

static u16 dispi_save(u16 at)
{
    for (u16 i = DISPI_FIRST; i <= DISPI_LAST; i++, at += 2) es_write16(at, dispi_read(i));
    return at;
}

/* The mode first, which resets the rest; it must not clear the picture. */
static void dispi_restore(u16 at)
{
    enum { ENABLE = 4, NO_CLEAR = 0x80 };
    u16 enable = es_read16(at + 2 * (ENABLE - DISPI_FIRST));
    dispi_off();
    if (!(enable & 1)) return;
    for (u16 i = DISPI_FIRST; i < ENABLE; i++) dispi_write(i, es_read16(at + 2 * (i - DISPI_FIRST)));
    dispi_write(ENABLE, enable | NO_CLEAR);
    for (u16 i = ENABLE + 1; i <= DISPI_LAST; i++) dispi_write(i, es_read16(at + 2 * (i - DISPI_FIRST)));
}

void state_save(u16 what, u16 segment, u16 at)
{
    far_segment(segment);
    if (what & STATE_HARDWARE) at = hardware_save(at);
    if (what & STATE_BDA) at = low_move(at, true);
    if (what & STATE_DAC) at = dac_save(at);
    if (what & STATE_DISPI) dispi_save(at);
}

/* The DISPI's last in the buffer, but first on the adapter: setting it disturbs the VGA's registers. */
void state_restore(u16 what, u16 segment, u16 at)
{
    far_segment(segment);
    if (what & STATE_DISPI) dispi_restore((u16)(at + state_bytes(what) - DISPI_BYTES));
    if (what & STATE_HARDWARE) at = hardware_restore(at);
    if (what & STATE_BDA) at = low_move(at, false);
    if (what & STATE_DAC) dac_restore(at);
}

void state_service(struct regs *r)
{
    u16 bytes = r->cx & STATE_DISPI ? 0 : state_bytes(r->cx);
    if (bytes == 0 || r->al > 2) return;
    if (r->al == 0) r->bx = (u16)((bytes + 63) / 64);
    else if (r->al == 1) state_save(r->cx, r->es, r->bx);
    else state_restore(r->cx, r->es, r->bx);
    r->al = 0x1C;
}
