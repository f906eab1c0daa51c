/* Unreal mode: real mode whose segments reach 4 GiB, and with it VESA's linear frame buffer painted and RAM above 1 MiB
 * tried. */
#include "tests/realmode/realmode.h"

enum { MODE = 0x4142, WIDTH = 640, HEIGHT = 480, INFO = 0x2000 };

/* unreal_enter.S */
void limits_lift(void);
void flat_write(u32 at, u32 value);
u32  flat_read(u32 at);

static u32 frame_buffer(void)
{
    struct registers r = { .eax = 0x4F01, .ecx = MODE & 0x1FF, .es = INFO };
    call_interrupt(&r, 0x10);
    return r.ax == 0x004F ? far_read32(INFO, 0x28) : 0;
}

static u32 shade(u32 x, u32 y)
{
    s32 dx = (s32)x - 320, dy = (s32)y - 240;
    u32 distance = (u32)(dx * dx + dy * dy);
    u32 colour = (x * 255 / WIDTH) << 16 | (y * 255 / HEIGHT) << 8 | (distance >> 9 & 0xFF);
    return distance < 10000 ? ~colour & 0xFFFFFF : colour;
}

static void paint(u32 at)
{
    for (u32 y = 0; y < HEIGHT; y++)
        for (u32 x = 0; x < WIDTH; x++, at += 4) flat_write(at, shade(x, y));
}

static void a20_on(void)
{
    struct registers r = { .eax = 0x2401 };
    call_interrupt(&r, 0x15);
    outb(0x92, (u8)((inb(0x92) & ~1) | 2));
}

/* Above 1 MiB, and not the same as below it. */
static void ram_check(void)
{
    flat_write(0x500, 0x11111111);
    flat_write(0x100500, 0x22222222);
    flat_write(0x1000000, 0x33333333);
    report("ram %x %x %x\n", flat_read(0x500), flat_read(0x100500), flat_read(0x1000000));
}

void program(void)
{
    u32 at = frame_buffer();
    if (at == 0) {
        report("no frame buffer\n");
        finish(1);
    }
    a20_on();
    limits_lift();
    ram_check();
    video(0x4F02, MODE, 0, 0, NULL);
    limits_lift();                                           /* a BIOS may have loaded segments its own way */
    paint(at);
    report("corner %x\n", flat_read(at + (WIDTH * HEIGHT - 1) * 4));
    screen_done("gradient");
    video(3, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    print("Back in text, limits and all: %x\n", flat_read(0x1000000));
    screen_done("text");
    finish(0);
}
