/* 32 KiB of RAM at B8000h and the colour adapter's CRT controller (3D4h, 3D5h) and input status (3DAh), as of IBM's
 * Color/Graphics Monitor Adapter: enough that a kernel which writes to the text screen, moves the cursor and waits for
 * a retrace goes on. The retrace follows virtual time: 60 Hz frames of 262 lines.
 * Not modelled: everything that makes a picture. */
#include "devices/textram.h"

enum { FRAME_HZ = 60, LINES = 262, LINES_SHOWN = 200, DOTS = 912, DOTS_SHOWN = 640 };
enum { STATUS_BLANK = 1, STATUS_RETRACE = 8 };

static u32 crtc_read(void *self, u32 offset, unsigned width)
{
    const struct textram *text = self;
    (void)width;
    if (offset == 0) return text->index;
    return text->index < TEXTRAM_CRTC ? text->crtc[text->index] : 0;
}

static void crtc_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct textram *text = self;
    (void)width;
    if (offset == 0) text->index = value & 31;
    else if (text->index < TEXTRAM_CRTC) text->crtc[text->index] = (u8)value;
}

static u32 status_read(void *self, u32 offset, unsigned width)
{
    const struct textram *text = self;
    const struct clock *clock = text->dev.board->clock;
    (void)offset, (void)width;
    u64 dots = ticks_at(clock, clock_now(clock), (u64)FRAME_HZ * LINES * DOTS);
    u64 line = dots / DOTS % LINES;
    if (line >= LINES_SHOWN) return STATUS_BLANK | STATUS_RETRACE;
    return dots % DOTS >= DOTS_SHOWN ? STATUS_BLANK : 0;
}

static void status_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)self, (void)offset, (void)value, (void)width;
}

static const struct region_ops crtc_ops = { crtc_read, crtc_write, WIDTH_8 };
static const struct region_ops status_ops = { status_read, status_write, WIDTH_8 };

static bool textram_attach(struct device *dev, struct error *why)
{
    struct board *board = dev->board;
    memory_map_ram(board->memory, "text screen", TEXTRAM_BASE, TEXTRAM_BYTES, TEXTRAM_BASE, 0);
    return ports_claim(board->ports, 0x3D4, 2, &crtc_ops, dev, "crtc", why)
        && ports_claim(board->ports, 0x3DA, 1, &status_ops, dev, "crtc status", why);
}

static void textram_reset(struct device *dev, enum reset_kind kind)
{
    struct textram *text = container_of(dev, struct textram, dev);
    (void)kind;
    text->index = 0;
    for (unsigned i = 0; i < TEXTRAM_CRTC; i++) text->crtc[i] = 0;
}

static void textram_restored(struct device *dev)
{
    container_of(dev, struct textram, dev)->index &= 31;
}

static const struct field textram_fields[] = {
    FIELD_NONE(struct textram, dev, "wiring"),
    FIELD(struct textram, index, "CRT controller's address register"),
    FIELD_RAW(struct textram, crtc, "CRT controller's registers"),
    FIELD_END
};

const struct device_class textram_class = {
    .name = "textram",
    .size = sizeof(struct textram),
    .fields = textram_fields,
    .attach = textram_attach,
    .reset = textram_reset,
    .restored = textram_restored,
};
