/* Functions 10h and 0Bh. */
#include "tests/vgabios/checks.h"

static void attributes(void)
{
    struct registers r;
    video(0x1000, 0x2A03, 0, 0, NULL);
    expect("1000h", attribute(3), 0x2A);
    video(0x1007, 3, 0, 0, &r);
    expect("1007h", r.bh, 0x2A);
    video(0x1001, 0x0500, 0, 0, NULL);
    video(0x1008, 0, 0, 0, &r);
    expect("1001h, 1008h", r.bh, 5);
    for (u16 i = 0; i < 17; i++) far_write8(BUFFER, i, (u8)(i + 1));
    buffer_video(0x1002, 0, 0, 0, NULL);
    expect("1002h: last", attribute(15), 16);
    expect("1002h: overscan", attribute(17), 17);
    buffer_video(0x1009, 0, 0, 0x100, NULL);
    expect("1009h", far_read32(BUFFER, 0x10C), 0x100F0E0D);
    expect("1009h: overscan", far_read8(BUFFER, 0x110), 17);
    video(0x1003, 0, 0, 0, NULL);
    expect("1003h: intensity", attribute(16) & 8, 0);
    expect("1003h: 40:65", data8(0x65) & 0x20, 0);
    video(0x1003, 1, 0, 0, NULL);
    expect("1003h: blinking", attribute(16) & 8, 8);
}

static void dac(void)
{
    struct registers r;
    video(0x1010, 200, 0x1122, 0x3300, NULL);
    video(0x1015, 200, 0, 0, &r);
    expect("1015h: green and blue", r.cx, 0x1122);
    expect("1015h: red", r.dh, 0x33);
    for (u16 i = 0; i < 6; i++) far_write8(BUFFER, i, (u8)(i * 9 + 1));
    buffer_video(0x1012, 100, 2, 0, NULL);
    buffer_video(0x1017, 100, 2, 0x20, NULL);
    expect("1012h, 1017h", far_read32(BUFFER, 0x21), far_read32(BUFFER, 1));
    video(0x1013, 0x0100, 0, 0, NULL);
    video(0x1013, 0x0501, 0, 0, NULL);
    video(0x101A, 0, 0, 0, &r);
    expect("101Ah: page of 16", r.bx, 0x0501);
    video(0x1013, 0x0000, 0, 0, NULL);
    video(0x1018, 0x0F, 0, 0, NULL);
    video(0x1019, 0, 0, 0, &r);
    expect("1018h, 1019h", r.bl, 0x0F);
    video(0x1018, 0xFF, 0, 0, NULL);
    video(0x101B, 200, 1, 0, NULL);
    video(0x1015, 200, 0, 0, &r);
    expect("101Bh: 30, 59 and 11 %", r.cx, 0x1D1D);
}

static void cga(void)
{
    video(4, 0, 0, 0, NULL);
    video(0x0B00, 0x0101, 0, 0, NULL);
    expect("0Bh: bright cyan", attribute(1), 0x13);
    video(0x0B00, 0x0004, 0, 0, NULL);
    expect("0Bh: background", attribute(0), 4);
    expect("0Bh: intensity off", attribute(1), 3);
    video(0x0B00, 0x0100, 0, 0, NULL);
    expect("0Bh: the other three", attribute(2), 4);
    video(3, 0, 0, 0, NULL);
}

void check_palette(void)
{
    struct registers r;
    video(3, 0, 0, 0, NULL);
    attributes();
    dac();
    cga();
    video(0x1200, 0x33, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
    video(0x1015, 1, 0, 0, &r);
    expect("1233h: blue as gray", r.dh << 16 | r.cx, 0x050505);
    video(0x1201, 0x33, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
    video(0x1015, 1, 0, 0, &r);
    expect("1233h: off", r.dh << 16 | r.cx, 0x00002A);
    video(0x1010, 1, 0x0102, 0x0300, NULL);
    video(0x1201, 0x31, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
    video(0x1015, 1, 0, 0, &r);
    expect("1231h: the palette stays", r.cx, 0x0102);
    video(0x1200, 0x31, 0, 0, NULL);
    video(3, 0, 0, 0, NULL);
}
