/* VBE: function 4Fh. */
#include "tests/vgabios/checks.h"

static void vbe(u16 function, u16 bx, u16 cx, u16 dx, struct registers *after)
{
    buffer_video((u16)(0x4F00 | function), bx, cx, dx, after);
}

static u16 dispi(u16 index)
{
    outw(0x1CE, index);
    return inw(0x1CF);
}

static bool listed(u16 mode)
{
    u32 list = far_read32(BUFFER, 14);
    for (u16 i = 0; i < 100; i++) {
        u16 entry = far_read16((u16)(list >> 16), (u16)(list + 2 * i));
        if (entry == 0xFFFF) return false;
        if (entry == mode) return true;
    }
    return false;
}

static void controller(void)
{
    struct registers r;
    far_write32(BUFFER, 0, 0x32454256);                      /* "VBE2" */
    vbe(0, 0, 0, 0, &r);
    expect("00h: AX", r.ax, 0x004F);
    expect("00h: VESA", far_read32(BUFFER, 0), 0x41534556);
    expect("00h: 3.0", far_read16(BUFFER, 4), 0x0300);
    expect("00h: 64 KiB units", far_read16(BUFFER, 18), dispi(10));
    expect("00h: 640x480x8", listed(0x101), true);
    expect("00h: 1024x768x16", listed(0x117), true);
    expect("00h: no 999", listed(0x999), false);
}

static void info(void)
{
    struct registers r;
    vbe(1, 0, 0x117, 0, &r);
    expect("01h: AX", r.ax, 0x004F);
    expect("01h: attributes", far_read16(BUFFER, 0), 0x9B);
    expect("01h: line", far_read16(BUFFER, 0x10), 2048);
    expect("01h: size", far_read32(BUFFER, 0x12), 768 << 16 | 1024);
    expect("01h: depth", far_read8(BUFFER, 0x19), 16);
    expect("01h: direct", far_read8(BUFFER, 0x1B), 6);
    expect("01h: red, green", far_read32(BUFFER, 0x1F), 0x05060B05);
    expect("01h: frame buffer", far_read32(BUFFER, 0x28) != 0, true);
    expect("01h: linear red", far_read16(BUFFER, 0x36), 0x0B05);
    vbe(1, 0, 0x1FE, 0, &r);
    expect("01h: no such mode", r.ax, 0x014F);
}

static void mode(void)
{
    struct registers r;
    vbe(2, 0x4144, 0, 0, &r);
    expect("02h: AX", r.ax, 0x004F);
    expect("02h: DISPI", dispi(4) & 0x41, 0x41);
    expect("02h: width", dispi(1), 1024);
    vbe(3, 0, 0, 0, &r);
    expect("03h", r.bx, 0x4144);
    vbe(6, 0, 1280, 0, &r);
    expect("06h: pixels", r.cx, 1280);
    expect("06h: bytes", r.bx, 5120);
    vbe(6, 1, 0, 0, &r);
    expect("06h: still", r.bx, 5120);
    vbe(6, 0, 800, 0, &r);
    expect("06h: too short", r.ax, 0x024F);
    vbe(7, 0, 16, 20, &r);
    expect("07h: AX", r.ax, 0x004F);
    expect("07h: x", dispi(8), 16);
    vbe(7, 1, 0, 0, &r);
    expect("07h: y", r.dx, 20);
    vbe(7, 0, 0, 60000, &r);
    expect("07h: beyond the memory", r.ax, 0x014F);
    vbe(2, 0x03, 0, 0, &r);
    expect("02h: back to text", dispi(4) & 1, 0);
    expect("02h: text", cell(0, 0), 0x0720);
}

static void banks(void)
{
    struct registers r;
    vbe(2, 0x0105, 0, 0, &r);
    vbe(5, 0, 0, 3, &r);
    expect("05h: AX", r.ax, 0x004F);
    far_write8(0xA000, 5, 77);
    vbe(5, 0, 0, 0, NULL);
    expect("05h: another bank", far_read8(0xA000, 5), 0);
    vbe(5, 0, 0, 3, NULL);
    expect("05h: the same again", far_read8(0xA000, 5), 77);
    vbe(5, 0x100, 0, 0, &r);
    expect("05h: which", r.dx, 3);
    vbe(5, 0, 0, 60000, &r);
    expect("05h: too far", r.ax, 0x014F);
}

static void palette(void)
{
    struct registers r;
    vbe(8, 0x0800, 0, 0, &r);
    expect("08h: eight bits", r.bh, 8);
    far_write32(BUFFER, 0, 0x00CCBBAA);
    vbe(9, 0, 1, 50, &r);
    expect("09h: AX", r.ax, 0x004F);
    far_write32(BUFFER, 0, 0);
    vbe(9, 1, 1, 50, &r);
    expect("09h: read back", far_read32(BUFFER, 0) & 0xFFFFFF, 0xCCBBAA);
    expect("08h: the picture stays", far_read8(0xA000, 5), 77);
    vbe(8, 0x0600, 0, 0, &r);
    expect("08h: six bits", r.bh, 6);
}

static void state(void)
{
    struct registers r;
    vbe(4, 0, 15, 0, &r);
    expect("04h: AX", r.ax, 0x004F);
    vbe(4, 0, 15, 1, &r);
    video(3, 0, 0, 0, NULL);
    vbe(4, 0, 15, 2, &r);
    expect("04h: restored", dispi(4) & 1, 1);
    expect("04h: width", dispi(1), 1024);
    vbe(5, 0, 0, 3, NULL);
    expect("04h: the picture", far_read8(0xA000, 5), 77);
    video(3, 0, 0, 0, NULL);
}

static void rest(void)
{
    struct registers r;
    vbe(10, 0, 0, 0, &r);
    expect("0Ah: AX", r.ax, 0x004F);
    expect("0Ah: window code", far_read16(r.es, (u16)r.edi) < r.cx, true);
    vbe(0x15, 0, 0, 0, &r);
    expect("15h: DDC2", r.bl & 2, 2);
    vbe(0x15, 1, 0, 0, &r);
    u8 sum = 0;
    for (u16 i = 0; i < 128; i++) sum += far_read8(BUFFER, i);
    expect("15h: EDID's checksum", sum, 0);
    expect("15h: EDID's header", far_read32(BUFFER, 4), 0x00FFFFFF);
    expect("15h: 1600 pixels", far_read8(BUFFER, 0x38) | (far_read8(BUFFER, 0x3A) & 0xF0) << 4, 1600);
    expect("15h: 1200 lines", far_read8(BUFFER, 0x3B) | (far_read8(BUFFER, 0x3D) & 0xF0) << 4, 1200);
    vbe(0x77, 0, 0, 0, &r);
    expect("77h: unknown", r.ah, 1);
    vbe(2, 0x0102, 0, 0, &r);
    expect("02h: 800x600 in planes", r.ax, 0x004F);
    video(0x0C05, 0, 799, 599, NULL);
    expect("0Ch: its last pixel", pixel(799, 599), 5);
    vbe(3, 0, 0, 0, &r);
    expect("03h: 102h", r.bx, 0x102);
}

/* The adapter as a program may have left it: services fail, and divide by nothing. */
static void left_odd(void)
{
    struct registers r;
    vbe(2, 0x0103, 0, 0, NULL);
    outw(0x1CE, 4);
    outw(0x1CF, 0);
    outw(0x1CE, 3);
    outw(0x1CF, 4);
    vbe(6, 1, 0, 0, &r);
    expect("06h: VGA's mode", r.ax, 0x034F);
    outw(0x1CE, 4);
    outw(0x1CF, 1);
    vbe(6, 0, 640, 0, &r);
    expect("06h: four bits", r.ax, 0x034F);
    vbe(7, 2, 640, 0, &r);
    expect("07h: four bits", r.ax, 0x034F);
    video(3, 0, 0, 0, NULL);
    video(0x12, 0, 0, 0, NULL);
    buffer_video(0x1121, 0, 300, 20, NULL);
    expect("1121h: characters of 300 lines", data16(0x85), 16);
    video(3, 0, 0, 0, NULL);
}

void check_vbe(void)
{
    controller();
    info();
    mode();
    banks();
    palette();
    state();
    rest();
    left_odd();
}
