/* Where a VGA's beam is: the CRT controller's counters, computed from virtual time whenever somebody asks (IBM VGA
 * Technical Reference, "CRT Controller Registers"). Exact to the dot clock: 25.175 or 28.322 MHz, of which a cycle of
 * the processor is any fraction. A change of the timing lets the beam go on from the line and dot where it is.
 * Not modelled: external clocks (25.175 MHz), skews, interlace, the retrace interrupt. */
#include "devices/vga_parts.h"

enum { HTOTAL_EXTRA = 5, VTOTAL_EXTRA = 2 };

struct timing { u64 hz, frame_dots; u32 line_dots, lines, char_dots, retrace, retrace_lines, columns, shown; };

unsigned vga_vertical(const struct vga *vga, unsigned low, unsigned bit8, unsigned bit9)
{
    u8 overflow = vga->crtc[CRTC_OVERFLOW];
    return vga->crtc[low] | (overflow >> bit8 & 1u) << 8 | (overflow >> bit9 & 1u) << 9;
}

static unsigned line_factor(const struct vga *vga)
{
    return vga->crtc[CRTC_MODE] & CRTC_MODE_HALF_LINES ? 2 : 1;
}

unsigned vga_lines(const struct vga *vga)
{
    return (vga_vertical(vga, CRTC_VDISPLAY, 1, 6) + 1) * line_factor(vga);
}

static struct timing timing_of(const struct vga *vga)
{
    static const u32 clocks[] = { 25175000, 28322000, 25175000, 25175000 };
    u8 clocking = vga->seq[SEQ_CLOCKING];
    unsigned factor = line_factor(vga), start = vga_vertical(vga, CRTC_VRETRACE, 2, 7);
    unsigned length = (vga->crtc[CRTC_VRETRACE_END] - start) & 15;
    struct timing t = { .char_dots = clocking & CLOCKING_8DOTS ? 8 : 9, .columns = vga_columns(vga) };
    t.hz = clocks[vga->misc >> 2 & 3] / (clocking & CLOCKING_HALF ? 2 : 1);
    t.line_dots = (vga->crtc[CRTC_HTOTAL] + HTOTAL_EXTRA) * t.char_dots;
    t.lines = (vga_vertical(vga, CRTC_VTOTAL, 0, 5) + VTOTAL_EXTRA) * factor;
    t.retrace = MIN(start * factor, t.lines);
    t.retrace_lines = (length ? length : 16) * factor;
    t.shown = vga_lines(vga);
    t.frame_dots = (u64)t.lines * t.line_dots;
    return t;
}

struct vga_beam vga_beam(const struct vga *vga)
{
    const struct clock *clock = vga->dev.board->clock;
    struct timing t = timing_of(vga);
    u64 begun = (u64)(vga->beam_line % t.lines) * t.line_dots + MIN(vga->beam_dot, t.line_dots - 1);
    u64 dots = begun + muldiv(clock_now(clock) - vga->beam_cycle, t.hz, clock->hz);
    /* Counted from a retrace on, so that whole numbers are retraces that have begun. */
    u64 shift = t.frame_dots - (u64)t.retrace * t.line_dots, at = dots % t.frame_dots;
    struct vga_beam beam = { .line = (u32)(at / t.line_dots), .dot = (u32)(at % t.line_dots) };
    beam.frame = vga->frames + (dots + shift) / t.frame_dots - (begun + shift) / t.frame_dots;
    beam.shows = beam.line < t.shown && beam.dot / t.char_dots < t.columns;
    beam.retraces = beam.line >= t.retrace && beam.line - t.retrace < t.retrace_lines;
    return beam;
}

u16 vga_start(const struct vga *vga)
{
    if (vga_beam(vga).frame == vga->start_frame) return vga->start;
    return (u16)(vga->crtc[CRTC_START_HIGH] << 8 | vga->crtc[CRTC_START_LOW]);
}

void vga_start_settle(struct vga *vga)
{
    vga->start = vga_start(vga);
    vga->start_frame = vga_beam(vga).frame;
}

void vga_beam_settle(struct vga *vga)
{
    vga_start_settle(vga);
    struct vga_beam beam = vga_beam(vga);
    vga->frames = beam.frame;
    vga->beam_line = beam.line;
    vga->beam_dot = beam.dot;
    vga->beam_cycle = clock_now(vga->dev.board->clock);
}

void vga_beam_reset(struct vga *vga)
{
    vga->frames = vga->start_frame = vga->start = 0;
    vga->beam_line = vga->beam_dot = 0;
    vga->beam_cycle = clock_now(vga->dev.board->clock);
}
