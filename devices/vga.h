/* A VGA with the DISPI extension of Bochs and QEMU, on PCI. */
#ifndef DEVICES_VGA_H
#define DEVICES_VGA_H
#include "devices/pci.h"
#include "devices/screen.h"
#include "devices/vga_registers.h"

enum { VGA_DEFAULT_BYTES = 16 << 20, VGA_MIN_BYTES = 1 << 20, VGA_MAX_BYTES = 64 << 20 };
enum { VGA_PLANES_BYTES = 256 << 10, VGA_FONT_HEIGHT = 16 };

/* What answers in A0000h-BFFFFh, and what can be plain RAM to the processor. */
enum vga_view { VGA_VIEW_NONE, VGA_VIEW_CHAIN4, VGA_VIEW_TEXT, VGA_VIEW_MONO_TEXT, VGA_VIEW_BANK, VGA_VIEWS };

struct vga {
    struct device       dev;
    struct pci_bus     *bus;              /* set before attach; NULL: an ISA board without LFB */
    const u8           *rom;              /* expansion ROM: set before attach; copied */
    u32                 rom_length;

    struct pci_function pci;              /* 00:02.0 */
    u8                 *vram;             /* the memory's video RAM */
    u32                 bytes;

    u8                  misc, feature, enable;
    u8                  seq_index, seq[SEQ_COUNT];
    u8                  gc_index, gc[GC_COUNT];
    u8                  crtc_index, crtc[CRTC_COUNT];
    u8                  attr_index, attr[ATTR_COUNT];
    bool                attr_data;        /* the flip-flop: the next write to 3C0h is data */
    u8                  dac_mask, dac_address, dac_part, dac_buffer[3];
    bool                dac_reading;
    u8                  dac[256][3];
    u32                 latch;            /* a byte per plane, plane 0 lowest */
    u16                 dispi_index, dispi[DISPI_COUNT];
    u8                  dispi_low;        /* low byte of a data write that comes in two */

    /* The beam (vga_beam.c): where it was at a cycle, and how many retraces had begun. */
    u64                 beam_cycle, frames;
    u32                 beam_line, beam_dot;
    u16                 start;            /* start address in effect, taken at the retrace of frame start_frame */
    u64                 start_frame;

    /* The window (vga_window.c). */
    u32                 view;             /* enum vga_view that is mapped as RAM */
    bool                text_layout;      /* how planes lie in video RAM */
    u32                 accesses;         /* through the window since its registers last changed */
    struct event        remap;
    struct region      *window, *view_ram[VGA_VIEWS], *lfb_ram, *lfb_mmio, *registers;
    u32                 lfb_base;
    bool                lfb_on;

    /* The drawing's (vga_render.c): of each page of video RAM, by which drawing it was seen changed. */
    u64                *page_seen, drawings;
};

extern const struct device_class vga_class;

/* Draws what the adapter shows now; the screen is resized as needed. Returns whether a pixel or the size changed;
 * screen->changed says where. Size: a pixel per dot of the fastest dot clock and scan line, so 720x400 for text,
 * 640x400 for modes of 320x200; in DISPI modes as set. */
bool vga_render(struct vga *vga, struct screen *screen);
/* Text modes: the rows as UTF-8, all their columns, each row ended by a newline, and a NUL. Returns the length; stops
 * at the last whole row that fits `room`. 0 in graphics modes. */
size_t vga_text(const struct vga *vga, char *utf8, size_t room);
/* A character of a text screen: its code, the two colours' indexes (of the attribute controller's palette). */
struct vga_cell { u8 code, foreground, background; bool blinks, cursor; };
enum { VGA_CELLS_MOST = 1 << 14 };
/* Text modes: the whole rows that fit `room`, one after the other; returns how many. 0 in graphics modes. */
unsigned vga_cells(const struct vga *vga, struct vga_cell *cells, unsigned room, unsigned *columns);
/* The Unicode character of a code of code page 437. */
u16 vga_unicode(u8 code);
/* Sets 80x25 text mode 3 as a VGA BIOS does: registers, palette, an empty screen, and the font (256 characters of 16
 * bytes; NULL: none is loaded). For a kernel that is loaded without firmware. */
void vga_firmware_mode3(struct vga *vga, const u8 *font);
#endif
