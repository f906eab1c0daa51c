/* What the files of the VGA share among themselves; nobody else includes it. */
#ifndef DEVICES_VGA_PARTS_H
#define DEVICES_VGA_PARTS_H
#include "devices/vga.h"

/* The planes' bytes at an offset in them, plane 0 lowest; offsets wrap at the end of video RAM. */
u32  vga_planes(const struct vga *vga, u32 offset);
void vga_planes_store(struct vga *vga, u32 offset, u32 value);
/* A byte at an address of the window, which counts from A0000h. */
u8   vga_memory_read(struct vga *vga, u32 at);
void vga_memory_write(struct vga *vga, u32 at, u8 byte);
/* Moves the planes' bytes to where text wants them, or back. */
void vga_layout_set(struct vga *vga, bool text);
/* Video RAM as the linear frame buffer shows it; the offset must be inside. */
u32  vga_linear(const struct vga *vga, u32 at);
void vga_linear_write(struct vga *vga, u32 at, u8 byte);
/* Something that decides what the window shows has changed. */
void vga_window_changed(struct vga *vga);
void vga_window_attach(struct vga *vga);
void vga_window_reset(struct vga *vga);
void vga_window_restored(struct vga *vga);
void vga_lfb_map(void *self, unsigned bar, u32 base, bool enabled);

/* Where the beam is: frames whose retrace has begun, and the scan line and dot, in dots of the current clock. */
struct vga_beam { u64 frame; u32 line, dot; bool shows, retraces; };
struct vga_beam vga_beam(const struct vga *vga);
/* Call before a register that the timing depends on changes. */
void vga_beam_settle(struct vga *vga);
/* Takes the start address if a retrace has begun since it was last taken; call before it changes. */
void vga_start_settle(struct vga *vga);
/* As vga_start_settle, for who only looks. */
u16  vga_start(const struct vga *vga);
void vga_beam_reset(struct vga *vga);

/* The CRT controller's counters: the scan line, the address its first character comes from, the row of characters
 * shown, how often that row has been scanned, whether line compare has been passed. */
struct vga_rows { unsigned line; u16 address; u8 row, scan; bool below; };
void vga_rows_begin(const struct vga *vga, struct vga_rows *rows);
void vga_rows_next(const struct vga *vga, struct vga_rows *rows);
/* The offset in the planes that a value of the address counter means in a row. */
u32  vga_address(const struct vga *vga, u16 counter, unsigned row);

/* Columns, and scan lines displayed, as programmed. */
static inline unsigned vga_columns(const struct vga *vga) { return vga->crtc[CRTC_HDISPLAY] + 1u; }
unsigned vga_lines(const struct vga *vga);
/* A 10-bit vertical register: its low byte, and where bits 8 and 9 are in the overflow register. */
unsigned vga_vertical(const struct vga *vga, unsigned low, unsigned bit8, unsigned bit9);

static inline bool dispi_on(const struct vga *vga) { return vga->dispi[DISPI_ENABLE] & DISPI_ENABLED; }
/* DISPI modes with packed pixels: the window is a bank of video RAM, whatever the VGA's registers say. */
static inline bool dispi_packed(const struct vga *vga) { return dispi_on(vga) && vga->dispi[DISPI_BPP] > 4; }
bool dispi_attach(struct vga *vga, struct error *why);
void dispi_reset(struct vga *vga);
void dispi_restored(struct vga *vga);
u16  dispi_read(const struct vga *vga, unsigned index);
void dispi_write(struct vga *vga, unsigned index, u16 value);
/* Bytes from one line to the next, and of the first pixel shown. */
u32  dispi_pitch(const struct vga *vga);
u32  dispi_origin(const struct vga *vga);
/* The ports of 3B0h-3DFh. */
u8   vga_port_read(struct vga *vga, u16 port);
void vga_port_write(struct vga *vga, u16 port, u8 value);
#endif
