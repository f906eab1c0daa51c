/* Functions 12h, 1Ah, 1Bh, 1Ch and what 40:A8 points to. */
#include "tests/vgabios/checks.h"

static void select(void)
{
    struct registers r;
    video(0x1200, 0x10, 0, 0, &r);
    expect("1210h: colour, 256 KiB", r.bx, 0x0003);
    expect("1210h: switches", r.cl, 9);
    video(0x1203, 0x30, 0, 0, &r);
    expect("1230h: refused", r.al == 0x12, false);
    video(0x1201, 0x36, 0, 0, &r);
    expect("1236h: AL", r.al, 0x12);
    expect("1236h: screen off", in_index(0x3C4, 1) & 0x20, 0x20);
    video(0x1200, 0x36, 0, 0, NULL);
    expect("1236h: screen on", in_index(0x3C4, 1) & 0x20, 0);
    video(0x1201, 0x32, 0, 0, NULL);
    expect("1232h: memory off", inb(0x3CC) & 2, 0);
    video(0x1200, 0x32, 0, 0, NULL);
    expect("1232h: memory on", inb(0x3CC) & 2, 2);
}

static void info(void)
{
    struct registers r;
    video(0x1A00, 0, 0, 0, &r);
    expect("1A00h", r.al << 16 | r.bx, 0x1A0008);
    buffer_video(0x1B00, 0, 0, 0, &r);
    expect("1Bh: AL", r.al, 0x1B);
    expect("1Bh: mode, columns", far_read32(BUFFER, 4) & 0xFFFFFF, 0x5003);
    expect("1Bh: rows, height", far_read32(BUFFER, 0x22) & 0xFFFFFF, 0x1019);
    expect("1Bh: lines", far_read8(BUFFER, 0x2A), 2);
    expect("1Bh: colours, pages", far_read32(BUFFER, 0x27) & 0xFFFFFF, 0x080010);
    u32 table = far_read32(BUFFER, 0);
    expect("1Bh: modes", far_read32((u16)(table >> 16), (u16)table) & 0xFFFFFF, 0x0FE0FF);
    expect("1Bh: 200, 350, 400 lines", far_read8((u16)(table >> 16), (u16)table + 7), 7);
    u32 saved = far_read32(0x40, 0xA8);
    u32 parameters = far_read32((u16)(saved >> 16), (u16)saved);
    expect("40:A8: columns and rows of 12h", far_read32((u16)(parameters >> 16), (u16)parameters + 0x1B * 64) & 0xFFFFFF,
           0x101D50);
}

static void state(void)
{
    struct registers r;
    video(0x1C00, 0, 7, 0, &r);
    expect("1C00h: AL", r.al, 0x1C);
    expect("1C00h: some blocks", r.bx > 12 && r.bx < 32, true);
    video(0x12, 0, 0, 0, NULL);
    video(0x1010, 7, 0x0102, 0x0300, NULL);
    buffer_video(0x1C01, 0, 7, 0, NULL);
    video(3, 0, 0, 0, NULL);
    buffer_video(0x1C02, 0, 7, 0, NULL);
    expect("1C02h: mode", data8(0x49), 0x12);
    expect("1C02h: CRTC", in_index(0x3D4, 0x12), 0xDF);
    expect("1C02h: graphics controller", in_index(0x3CE, 6), 5);
    video(0x1015, 7, 0, 0, &r);
    expect("1C02h: DAC", r.cx, 0x0102);
    video(3, 0, 0, 0, NULL);
}

void check_info(void)
{
    select();
    info();
    state();
}
