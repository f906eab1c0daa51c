/* vbe, planar: full screens drawn through the linear frame buffer of Bochs' DISPI interface, and through a VGA's planes.
 * A frame's pixels are computed, so that a frame costs what a program's would, not a copy's. */
#include "tests/bench/kernel.h"

enum { WIDTH = 1024, HEIGHT = 768, VBE_FRAMES = 100, PLANAR_FRAMES = 100, PLANE_BYTES = 38400 };
enum { DISPI_XRES = 1, DISPI_YRES, DISPI_BPP, DISPI_ENABLE };

static void port_out16(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static void port_out32(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static u32 port_in32(u16 port) {
    u32 value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void dispi_out(u16 index, u16 value) {
    port_out16(0x1ce, index);
    port_out16(0x1cf, value);
}

static u32 pci_read(u32 device, u32 offset) {
    port_out32(0xcf8, 0x80000000u | device << 11 | offset);
    return port_in32(0xcfc);
}

/* The first base address register of the display adapter; 0: there is none. */
static u32 frame_buffer(void) {
    for (u32 device = 0; device < 32; device++)
        if (pci_read(device, 0) != 0xffffffffu && pci_read(device, 8) >> 16 == 0x0300)
            return pci_read(device, 0x10) & ~15u;
    return 0;
}

/* 4 MiB of the frame buffer where they are, as one page. */
static void frame_buffer_map(u32 base) {
    u32 cr4;
    __asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("movl %0, %%cr4" : : "r"(cr4 | 0x10));
    page_directory[base >> 22] = (base & 0xffc00000u) | 0x80 | PAGE_PRESENT | PAGE_WRITE;
    space_load(page_directory);
}

u32 vbe_run(void) {
    u32 base = frame_buffer(), sum = 0;
    volatile u32 *pixels = (volatile u32 *)base;

    if (!base) {
        print("@NOTE no frame buffer\n");
        return 0;
    }
    frame_buffer_map(base);
    dispi_out(DISPI_ENABLE, 0);
    dispi_out(DISPI_XRES, WIDTH);
    dispi_out(DISPI_YRES, HEIGHT);
    dispi_out(DISPI_BPP, 32);
    dispi_out(DISPI_ENABLE, 0x41);
    for (u32 frame = 0; frame < VBE_FRAMES; frame++)
        for (u32 y = 0, i = 0; y < HEIGHT; y++)
            for (u32 x = 0; x < WIDTH; x++, i++)
                pixels[i] = (x + frame) << 16 | (y ^ frame) << 8 | ((x * y) >> 8 & 0xff);
    for (u32 i = 0; i < WIDTH * HEIGHT; i += 101)
        sum = checksum_add(sum, pixels[i] & 0xffffff);
    return sum;
}

static void indexed(u16 port, u8 index, u8 value) { port_out16(port, (u16)(index | value << 8)); }

/* 640x480 in 16 colours as to the graphics controller: a plane at a time, then latched copies of all four. */
u32 planar_run(void) {
    volatile u8 *screen = (volatile u8 *)0xa0000;
    u32 sum = 0;

    dispi_out(DISPI_ENABLE, 0);
    port_out(0x3c2, 0xe3);
    indexed(0x3c4, 4, 6);
    indexed(0x3ce, 6, 5);
    indexed(0x3ce, 8, 0xff);
    for (u32 frame = 0; frame < PLANAR_FRAMES; frame++) {
        indexed(0x3ce, 5, 0);
        for (u32 plane = 0; plane < 4; plane++) {
            indexed(0x3c4, 2, (u8)(1 << plane));
            for (u32 i = 0; i < PLANE_BYTES / 4; i++)
                ((volatile u32 *)screen)[i] = (i + frame) * (plane + 1) * 0x01010101u;
        }
        indexed(0x3c4, 2, 15);
        indexed(0x3ce, 5, 1);
        for (u32 i = 0; i < PLANE_BYTES - 80; i++)
            screen[i] = screen[i + 80];
    }
    indexed(0x3ce, 5, 0);
    for (u32 plane = 0; plane < 4; plane++) {
        indexed(0x3ce, 4, (u8)plane);
        for (u32 i = 0; i < PLANE_BYTES; i += 7)
            sum = checksum_add(sum, screen[i]);
    }
    return sum;
}
