/* What the rooms of the VGA BIOS share. All of it is 16-bit code for real and V86 mode: no privileged instructions in
 * the services, and a guest's stack under them.
 *
 * Segments while C code runs (entry.S sets them): DS = SS, the caller's stack, so that locals are ordinary C; FS = 0,
 * the vectors and the BIOS data area; GS = CS, constants of the ROM (`ROM`); ES = whatever far_segment() was told, for
 * the es_* accesses. The compiler itself must never use ES: no struct copies, no array initializers on the stack. */
#ifndef FIRMWARE_VGABIOS_H
#define FIRMWARE_VGABIOS_H
#include "core/types.h"

#define ROM const __seg_gs
#define LOW __seg_fs
#define FAR(segment, offset) ((u32)(segment) << 16 | (u16)(offset))

/* The caller's registers, as entry.S stores them. */
#define REGISTER(name) union { u32 e##name##x; u16 name##x; struct { u8 name##l, name##h; }; }
struct regs {
    union { u32 edi; u16 di; };
    union { u32 esi; u16 si; };
    union { u32 ebp; u16 bp; };
    u32 unused;
    REGISTER(b);
    REGISTER(d);
    REGISTER(c);
    REGISTER(a);
    u16 gs, fs, es, ds;
    u32 esp;
    u16 ip, cs, flags;
};

/* The BIOS data area from 40:00 on; the linker script places it at 400h. */
struct __attribute__((packed)) bda {
    u8  before_equipment[0x10];
    u16 equipment;
    u8  before_video[0x49 - 0x12];
    u8  mode;                   /* 49 */
    u16 columns, page_bytes, page_start;
    u16 cursor[8];              /* 50: column, row above it */
    u16 cursor_shape;           /* 60: last line, first line above it */
    u8  page;                   /* 62 */
    u16 crtc;                   /* 63: 3B4h or 3D4h */
    u8  mode_control, palette;  /* 65: what 3D8h and 3D9h of a CGA would hold */
    u8  before_rows[0x84 - 0x67];
    u8  last_row;               /* 84 */
    u16 char_height;            /* 85 */
    u8  control, switches;      /* 87, 88: the EGA's */
    u8  settings, display;      /* 89: enum bda_settings; 8A: index into the display combination table */
    u8  before_saved[0xA8 - 0x8B];
    u32 saved;                  /* A8: the save pointer table */
};
extern struct bda LOW bda;
extern u32 LOW vectors[256];

enum bda_control { CONTROL_NO_CURSOR_EMULATION = 1, CONTROL_NO_CLEAR = 0x80 };
enum bda_settings {
    SETTING_VGA = 1, SETTING_GRAY = 2, SETTING_MONOCHROME = 4, SETTING_KEEP_PALETTE = 8, SETTING_400 = 0x10,
    SETTING_200 = 0x80
};

/* ---- ports ---- */
enum {
    ATTRIBUTE = 0x3C0, ATTRIBUTE_READ = 0x3C1, MISC_WRITE = 0x3C2, SEQUENCER = 0x3C4, DAC_MASK = 0x3C6,
    DAC_READ = 0x3C7, DAC_WRITE = 0x3C8, DAC_DATA = 0x3C9, MISC_READ = 0x3CC, GRAPHICS = 0x3CE, DISPI = 0x1CE
};
enum { ATTRIBUTE_MODE = 0x10, ATTRIBUTE_OVERSCAN = 0x11, ATTRIBUTE_SELECT = 0x14, ATTRIBUTE_ON = 0x20 };
static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8  inb(u16 port) { u8 v;  __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 inw(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 inl(u16 port) { u32 v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline void out_index(u16 port, u8 index, u8 value) { outw(port, (u16)(value << 8 | index)); }
static inline u8 in_index(u16 port, u8 index) { outb(port, index); return inb((u16)(port + 1)); }

/* ---- far memory ---- */
static inline void far_segment(u16 segment) { __asm__ volatile("movw %0, %%es" : : "rm"(segment) : "memory"); }
#define ES_ACCESS(bits, type, suffix, constraint)                                                                  \
    static inline type es_read##bits(u16 at)                                                                       \
    {                                                                                                              \
        type value;                                                                                                \
        __asm__ volatile("mov" suffix " %%es:(%1), %0" : "=" constraint(value) : "r"((u32)at) : "memory");         \
        return value;                                                                                              \
    }                                                                                                              \
    static inline void es_write##bits(u16 at, type value)                                                          \
    {                                                                                                              \
        __asm__ volatile("mov" suffix " %0, %%es:(%1)" : : constraint(value), "r"((u32)at) : "memory");            \
    }
ES_ACCESS(8, u8, "b", "q")
ES_ACCESS(16, u16, "w", "r")
ES_ACCESS(32, u32, "l", "r")

/* entry.S. Far pointers are FAR(segment, offset); offsets wrap at 64 KiB. All keep ES. */
void far_copy(u32 to, u32 from, u32 bytes);
/* Byte by byte, as the latched copies of write mode 1 need it. */
void far_copy_bytes(u32 to, u32 from, u32 bytes);
void far_fill(u32 to, u32 pattern, u32 bytes);
/* bytes / 3 colours from the ROM to the DAC's data port. */
void dac_send(u16 from, u32 bytes);
u16  rom_segment(void);
void window_function(void);
/* Glyphs from a font to slots of 32 bytes; `size` is the height, above the count. */
void glyphs_copy(u32 to, u32 font, u32 size);
extern u8 pmi_start[], pmi_end[];

/* ---- modes (modes.c) ---- */
enum kind { KIND_NONE, KIND_TEXT, KIND_CGA4, KIND_CGA2, KIND_PLANAR, KIND_PACKED };
struct mode {
    u8  kind;
    u8  parameters;      /* row of the parameter table */
    u8  dac;             /* enum dac */
    u8  pages;
    u16 segment;
    u16 colours;
};
enum { MODES = 0x14, MODE_PLANAR_800 = 0x6A };

/* A row of the video parameter table: IBM's format, which programs find through 40:A8. */
struct __attribute__((packed)) parameters {
    u8  columns, last_row, char_height;
    u16 page_bytes;
    u8  sequencer[4];        /* 1 to 4 */
    u8  misc;
    u8  crtc[25];
    u8  attribute[20];
    u8  graphics[9];
};
extern ROM struct parameters parameter_table[];
/* The current mode; of KIND_NONE if this is one whose screen the text services cannot write to. */
ROM struct mode *current_mode(void);
void mode_set(u8 mode);
/* Lines of the picture as programs count them: double-scanned ones once. */
u16  mode_lines(void);

/* ---- text and graphics ---- */
u16  page_offset(u8 page);
void cursor_hardware(void);
void cursor_shape_set(u16 shape);
void cursor_move(u8 page, u8 column, u8 row);
void page_select(u8 page);
void teletype(u8 page, u8 character, u8 colour);

struct window { u8 top, left, bottom, right, lines, attribute; bool down; };
void graphics_scroll(const struct window *window);
void graphics_write(u8 page, u8 column, u8 row, u8 character, u8 colour);
u8   graphics_read(u8 page, u8 column, u8 row);
void pixel_write(struct regs *r);
void pixel_read(struct regs *r);

/* ---- palette, fonts ---- */
void attribute_write(u8 index, u8 value);
u8   attribute_read(u8 index);
/* Turns the screen on again after accesses to the attribute controller. */
void attribute_done(void);
void gray_scale(u16 first, u16 count);
void font_load(u32 font, u16 first, u16 count, u8 height, u8 block);
/* The ROM font of that height. */
u32  rom_font(u8 height);

/* ---- states ---- */
enum { STATE_HARDWARE = 1, STATE_BDA = 2, STATE_DAC = 4, STATE_DISPI = 8 };
/* Bytes needed; 0 if `what` has unknown bits. */
u16  state_bytes(u16 what);
void state_save(u16 what, u16 segment, u16 at);
void state_restore(u16 what, u16 segment, u16 at);

/* ---- VBE (vbe.c) ---- */
void vbe(struct regs *r);
u16  dispi_read(u16 index);
void dispi_write(u16 index, u16 value);
/* Leaves a VBE mode: the VGA's registers rule again. */
void dispi_off(void);

/* ---- services, by AH ---- */
typedef void service(struct regs *r);
service palette_service, font_service, select_service, display_service, state_info_service, state_service;
#endif
