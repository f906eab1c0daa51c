/* Function 11h. */
#include "tests/vgabios/checks.h"

/* A byte of the second plane, where the fonts are. */
static u8 font_byte(u16 at)
{
    outw(0x3C4, 0x0704);
    outw(0x3CE, 0x0204);
    outw(0x3CE, 0x0005);
    outw(0x3CE, 0x0406);
    u8 value = far_read8(0xA000, at);
    outw(0x3C4, 0x0304);
    outw(0x3CE, 0x0004);
    outw(0x3CE, 0x1005);
    outw(0x3CE, 0x0E06);
    return value;
}

static u32 rom_font(u16 which)
{
    struct registers r;
    video(0x1130, (u16)(which << 8), 0, 0, &r);
    return (u32)r.es << 16 | (u16)r.ebp;
}

static u8 rom_byte(u16 which, u16 at)
{
    u32 font = rom_font(which);
    return far_read8((u16)(font >> 16), (u16)(font + at));
}

static void rows_of(u16 function, u8 height, u8 rows)
{
    video(function, 0, 0, 0, NULL);
    expect("11h: 40:84", data8(0x84), rows - 1);
    expect("11h: 40:85", data16(0x85), height);
    expect("11h: CRTC height", in_index(0x3D4, 9) & 31, (u32)height - 1);
    u16 end = (u16)(in_index(0x3D4, 0x12) | (in_index(0x3D4, 7) & 2) << 7 | (in_index(0x3D4, 7) & 0x40) << 3);
    expect("11h: CRTC end", end, (u32)rows * height - 1);
}

static void user_font(void)
{
    for (u16 i = 0; i < 20; i++) far_write8(BUFFER, i, (u8)(0x81 + i));
    struct registers r = { .eax = 0x1100, .ebx = 0x0A02, .ecx = 2, .edx = 0x41, .es = BUFFER };
    call_interrupt(&r, 0x10);
    expect("1100h: in block 2", font_byte(0x8000 + 0x42 * 32 + 9), 0x81 + 19);
    expect("1100h: rows stay", data8(0x84), 24);
    video(0x1103, 0x2C, 0, 0, NULL);
    expect("1103h", in_index(0x3C4, 3), 0x2C);
    video(0x1103, 0, 0, 0, NULL);
}

static void graphics_fonts(void)
{
    video(0x12, 0, 0, 0, NULL);
    video(0x1123, 3, 0, 0, NULL);
    expect("1123h: height", data16(0x85), 8);
    expect("1123h: rows", data8(0x84), 42);
    expect("1123h: INT 43h", far_read32(0, 4 * 0x43), rom_font(3));
    struct registers r = { .eax = 0x1121, .ebx = 0, .ecx = 10, .edx = 48, .es = BUFFER, .ebp = 0x30 };
    call_interrupt(&r, 0x10);
    expect("1121h: INT 43h", far_read32(0, 4 * 0x43), (u32)BUFFER << 16 | 0x30);
    expect("1121h: rows", data8(0x84), 47);
    r = (struct registers){ .eax = 0x1120, .es = BUFFER, .ebp = 0x77 };
    u32 old = far_read32(0, 4 * 0x1F);
    call_interrupt(&r, 0x10);
    expect("1120h: INT 1Fh", far_read32(0, 4 * 0x1F), (u32)BUFFER << 16 | 0x77);
    far_write32(0, 4 * 0x1F, old);
}

void check_fonts(void)
{
    struct registers r;
    video(3, 0, 0, 0, NULL);
    expect("00h: loads the font", font_byte('A' * 32 + 7), rom_byte(6, 'A' * 16 + 7));
    rows_of(0x1112, 8, 50);
    expect("1112h: loads the font", font_byte('g' * 32 + 5), rom_byte(3, 'g' * 8 + 5));
    rows_of(0x1111, 14, 28);
    rows_of(0x1114, 16, 25);
    video(0x1130, 0x0600, 0, 0, &r);
    expect("1130h: height", r.cx, 16);
    expect("1130h: last row", r.dl, 24);
    expect("1130h: upper half of 8x8", rom_font(4), rom_font(3) + 1024);
    user_font();
    graphics_fonts();
    video(3, 0, 0, 0, NULL);
}
