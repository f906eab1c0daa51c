/* How long it takes to draw a whole screen of each kind, all of it changed, and one of which nothing has changed: what a
 * window costs per frame. make bench-screen. */
#include "devices/vga.h"
#include "tests/unit/vga_modes.h"
#include <stdio.h>
#include <time.h>

enum { FRAMES = 100, RAM_BYTES = 1 << 20, HZ = 100000000 };

struct adapter { struct clock clock; struct ports ports; struct memory memory; struct board board; struct vga vga; struct screen screen; };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* An adapter without PCI. */
static struct adapter *adapter_make(void)
{
    struct error why;
    struct adapter *a = calloc(1, sizeof *a);
    clock_init(&a->clock, HZ);
    ports_init(&a->ports, NULL);
    if (!memory_init_video(&a->memory, RAM_BYTES, VGA_DEFAULT_BYTES, &why)) abort();
    a->board = (struct board){ .clock = &a->clock, .memory = &a->memory, .ports = &a->ports };
    a->vga.dev.board = &a->board;
    if (!vga_class.attach(&a->vga.dev, &why)) abort();
    vga_class.reset(&a->vga.dev, RESET_COLD);
    return a;
}

/* Other bytes in all that is shown. */
static void scribble(struct adapter *a, unsigned frame)
{
    u32 *words = (u32 *)memory_video(&a->memory);
    for (u32 i = 0; i < VGA_DEFAULT_BYTES / 4; i++) words[i] = i * 2654435761u + frame * 0x01010101u;
    memory_video_written(&a->memory, 0, VGA_DEFAULT_BYTES);
}

static void measure(struct adapter *a, const char *name)
{
    double all = 0, none = 0;
    for (unsigned frame = 0; frame < FRAMES; frame++) {
        scribble(a, frame);
        double begun = now_ms();
        vga_render(&a->vga, &a->screen);
        double drawn = now_ms();
        vga_render(&a->vga, &a->screen);
        none += now_ms() - drawn;
        all += drawn - begun;
    }
    printf("%-20s %4u x %4u  %7.3f ms, unchanged %.3f ms\n", name, a->screen.width, a->screen.height, all / FRAMES,
           none / FRAMES);
    screen_free(&a->screen);
    vga_class.detach(&a->vga.dev);
    memory_destroy(&a->memory);
    free(a);
}

static void measure_mode(const char *name, const struct vga_mode *mode)
{
    struct adapter *a = adapter_make();
    vga_mode_set(&a->ports, mode);
    measure(a, name);
}

static void measure_dispi(const char *name, u16 width, u16 height, u16 bpp)
{
    const u16 values[] = { width, height, bpp, DISPI_ENABLED | DISPI_LFB };
    struct adapter *a = adapter_make();
    vga_mode_set(&a->ports, &vga_mode_13);
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) {
        ports_write(&a->ports, 0x1CE, DISPI_XRES + i, 2);
        ports_write(&a->ports, 0x1CF, values[i], 2);
    }
    measure(a, name);
}

int main(void)
{
    measure_mode("text", &vga_mode_03);
    measure_mode("4 colours", &vga_mode_04);
    measure_mode("16 colours", &vga_mode_12);
    measure_mode("256 colours", &vga_mode_13);
    measure_mode("256 colours, mode X", &vga_mode_x);
    measure_dispi("DISPI, 8 bits", 1024, 768, 8);
    measure_dispi("DISPI, 16 bits", 1024, 768, 16);
    measure_dispi("DISPI, 24 bits", 1024, 768, 24);
    measure_dispi("DISPI, 32 bits", 1024, 768, 32);
    measure_dispi("DISPI, 32 bits", 1600, 1200, 32);
    return 0;
}
