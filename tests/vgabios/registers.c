/* Prints what a mode set leaves in the adapter and in the data area, for every mode and number of lines: compared with
 * `registers`, whose rows are IBM's (and were compared with the mode sets of SeaBIOS's VGA BIOS). */
#include "tests/realmode/realmode.h"

static void row(const char *name, u16 port, u8 count)
{
    report("  %s", name);
    for (u8 i = 0; i < count; i++) report(" %2x", in_index(port, i));
    report("\n");
}

/* The cursor's place is the text's, not the mode's. */
static void crtc_row(u16 port)
{
    out_index(port, 14, 0);
    out_index(port, 15, 0);
    row("crtc", port, 25);
}

static void attribute_row(u16 status)
{
    report("  attribute");
    for (u8 i = 0; i < 21; i++) {
        inb(status);
        outb(0x3C0, i);
        report(" %2x", inb(0x3C1));
    }
    inb(status);
    outb(0x3C0, 0x20);
    report("\n");
}

static void dac_row(void)
{
    u32 hash = 0;
    outb(0x3C7, 0);
    for (unsigned i = 0; i < 64 * 3; i++) hash = hash * 31 + inb(0x3C9);
    report("  dac %8x", hash);
    for (unsigned i = 64 * 3; i < 256 * 3; i++) hash = hash * 31 + inb(0x3C9);
    report(" %8x\n", far_read8(0x40, 0x49) == 0x13 ? hash : 0);
}

static void data_row(void)
{
    report("  data");
    for (u16 at = 0x49; at <= 0x66; at++) report(" %2x", far_read8(0x40, at));
    for (u16 at = 0x84; at <= 0x8A; at++) report(" %2x", far_read8(0x40, at));
    report(" equipment %2x\n", far_read8(0x40, 0x10) & 0x30);
}

static void dump(u8 mode, u16 lines)
{
    struct registers r;
    video((u16)(0x1200 | lines), 0x30, 0, 0, NULL);
    video(mode, 0, 0, 0, &r);
    u16 crtc = inb(0x3CC) & 1 ? 0x3D4 : 0x3B4;
    report("mode %2x lines %u al %2x\n  misc %2x\n", mode, lines, r.al, inb(0x3CC));
    row("sequencer", 0x3C4, 5);
    crtc_row(crtc);
    row("graphics", 0x3CE, 9);
    attribute_row(crtc + 6);
    dac_row();
    data_row();
}

void program(void)
{
    static const u8 text[] = { 0, 1, 2, 3, 7 }, other[] = { 4, 5, 6, 0xD, 0xE, 0xF, 0x10, 0x11, 0x12, 0x13 };
    for (u16 lines = 0; lines < 3; lines++)
        for (unsigned i = 0; i < sizeof text; i++) dump(text[i], lines);
    for (unsigned i = 0; i < sizeof other; i++) dump(other[i], 2);
    finish(0);
}
