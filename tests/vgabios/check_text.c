/* Text modes: cursor, pages, characters, scrolling, strings. */
#include "tests/vgabios/checks.h"

static u16 cursor_at(void)
{
    return (u16)(in_index(0x3D4, 14) << 8 | in_index(0x3D4, 15));
}

static void cursor(void)
{
    struct registers r;
    video(0x0200, 0, 0, 0x050A, NULL);
    expect("02h: CRTC", cursor_at(), 5 * 80 + 10);
    video(0x0300, 0, 0, 0, &r);
    expect("03h: place", r.dx, 0x050A);
    expect("03h: shape", r.cx, 0x0607);
    video(0x0100, 0, 0x0007, 0, NULL);
    expect("01h: a block grows", in_index(0x3D4, 10) << 8 | in_index(0x3D4, 11), 0x000F);
    expect("01h: 40:60", data16(0x60), 0x0007);
    video(0x0100, 0, 0x2000, 0, NULL);
    expect("01h: off", in_index(0x3D4, 10) & 0x20, 0x20);
    video(0x0100, 0, 0x0607, 0, NULL);
    expect("01h: an underline stays one", in_index(0x3D4, 10) << 8 | in_index(0x3D4, 11), 0x0D0E);
    video(0x1201, 0x34, 0, 0, NULL);
    video(0x0100, 0, 0x0607, 0, NULL);
    expect("01h: as given without emulation", in_index(0x3D4, 10) << 8 | in_index(0x3D4, 11), 0x0607);
    video(0x1200, 0x34, 0, 0, NULL);
    video(0x0100, 0, 0x0607, 0, NULL);
}

static void pages(void)
{
    struct registers r;
    video(0x0501, 0, 0, 0, NULL);
    expect("05h: 40:62", data8(0x62), 1);
    expect("05h: 40:4E", data16(0x4E), 0x1000);
    expect("05h: CRTC start", in_index(0x3D4, 12) << 8 | in_index(0x3D4, 13), 0x800);
    expect("05h: cursor of the page", cursor_at(), 0x800);
    video(0x0200, 0x0300, 0, 0x0102, NULL);
    expect("02h: another page leaves the CRTC", cursor_at(), 0x800);
    video(0x0958, 0x0324, 2, 0, NULL);
    expect("09h: on another page", far_read16(0xB800, 3 * 0x1000 + 2 * (80 + 2)), 0x2458);
    expect("09h: twice", far_read16(0xB800, 3 * 0x1000 + 2 * (80 + 3)), 0x2458);
    video(0x0800, 0x0300, 0, 0, &r);
    expect("08h: from another page", r.ax, 0x2458);
    video(0x0500, 0, 0, 0, NULL);
    video(0x0F00, 0, 0, 0, &r);
    expect("0Fh: mode and columns", r.ax, 0x5003);
    expect("0Fh: page", r.bh, 0);
}

static void characters(void)
{
    video(0x0200, 0, 0, 0, NULL);
    video(0x0941, 0x17, 3, 0, NULL);
    expect("09h: third of three", cell(2, 0), 0x1741);
    video(0x0A42, 0x44, 1, 0, NULL);
    expect("0Ah: attribute stays", cell(0, 0), 0x1742);
    video(0x0E43, 0x44, 0, 0, NULL);
    expect("0Eh: attribute stays", cell(0, 0), 0x1743);
    expect("0Eh: cursor moves", data16(0x50), 1);
    video(0x0E08, 0, 0, 0, NULL);
    video(0x0E08, 0, 0, 0, NULL);
    expect("0Eh: backspace stops at the left", data16(0x50), 0);
    video(0x0200, 0, 0, 0x004F, NULL);
    video(0x0E21, 0, 0, 0, NULL);
    expect("0Eh: next line", data16(0x50), 0x0100);
    video(0x0E0A, 0, 0, 0, NULL);
    expect("0Eh: line feed", data16(0x50), 0x0200);
}

static void scrolling(void)
{
    for (u16 row = 0; row < 25; row++) {
        video(0x0200, 0, 0, (u16)(row << 8), NULL);
        video((u16)(0x0941 + row), 7, 80, 0, NULL);
    }
    video(0x0200, 0, 0, 0x184F, NULL);
    video(0x0E7A, 0, 0, 0, NULL);
    expect("0Eh: scrolls", cell(0, 0), 0x0742);
    expect("0Eh: last line goes up", cell(79, 23), 0x077A);
    expect("0Eh: blank last line", cell(5, 24), 0x0720);
    video(0x0601, 0x1F00, 0x0202, 0x0505, NULL);
    expect("06h: inside", cell(2, 2), 0x0745);
    expect("06h: beside", cell(6, 2), 0x0744);
    expect("06h: blank with the attribute", cell(5, 5), 0x1F20);
    video(0x0702, 0x2F00, 0x0A00, 0x0C4F, NULL);
    expect("07h: blank", cell(0, 11), 0x2F20);
    expect("07h: moved", cell(79, 12), (u32)0x0742 + 10);
    video(0x0600, 0x4E00, 0x0000, 0xFFFF, NULL);
    expect("06h: clears, clipped to the screen", cell(79, 24), 0x4E20);
    expect("06h: and no more", far_read16(0xB800, 80 * 25 * 2), 0x0720);
    video(0x0605, 0x0700, 0x0505, 0x0404, NULL);
    expect("06h: a window of nothing", cell(4, 4), 0x4E20);
}

static void strings(void)
{
    static const u8 text[] = { 'a', 0x12, 'b', 0x34 };
    for (u16 i = 0; i < 4; i++) far_write8(BUFFER, i, text[i]);
    video(0x0200, 0, 0, 0x0101, NULL);
    buffer_video(0x1302, 0, 2, 0x0303, NULL);
    expect("13h: attributes in the string", cell(3, 3), 0x1261);
    expect("13h: both", cell(4, 3), 0x3462);
    expect("13h: cursor stays", data16(0x50), 0x0101);
    far_write8(BUFFER, 1, '\r');
    buffer_video(0x1301, 0x55, 2, 0x0409, NULL);
    expect("13h: one attribute", cell(9, 4), 0x5561);
    expect("13h: cursor behind the carriage return", data16(0x50), 0x0400);
}

static void mode_set(void)
{
    far_write16(0xB800, 0, 0x1234);
    video(0x0083, 0, 0, 0, NULL);
    expect("00h: bit 7 clears nothing", cell(0, 0), 0x1234);
    expect("00h: 40:87", data8(0x87), 0xE0);
    video(0x0003, 0, 0, 0, NULL);
    expect("00h: clears", cell(0, 0), 0x0720);
    expect("00h: 40:87", data8(0x87), 0x60);
    video(0x0001, 0, 0, 0, NULL);
    expect("00h: 40 columns", data16(0x4A), 40);
    video(0x0055, 0, 0, 0, NULL);
    expect("00h: no such mode", data8(0x49), 1);
    video(0x0007, 0, 0, 0, NULL);
    expect("00h: 40:63 of a monochrome mode", data16(0x63), 0x3B4);
    expect("00h: monochrome memory", far_read16(0xB000, 0), 0x0720);
    video(0x0003, 0, 0, 0, NULL);
}

void check_text(void)
{
    cursor();
    pages();
    characters();
    scrolling();
    strings();
    mode_set();
}
