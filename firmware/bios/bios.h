/* What the BIOS's assembly and C share: where things are, and the layout of what crosses the border between its
 * 32-bit part (power-on, flat) and its 16-bit part (services, real mode or V86 mode).
 *
 * The ROM lies at E0000h-FFFFFh and runs from shadow RAM:
 *   E0000  32-bit code and data of power-on; read-only once that is over
 *   E8000  the data segment of the 16-bit part: constants, variables, stacks; stays writable
 *   F0000  16-bit code, the entries of protected mode, tables for operating systems; read-only
 * The 16-bit part is a small-model program: CS = F000h, DS = ES = SS = E800h. */
#ifndef BIOS_H
#define BIOS_H

#define ROM_BASE     0xE0000
#define ROM_BYTES    0x20000
#define ROM_ALIAS    0xFFF00000              /* added to an address below 1 MiB: the ROM itself, never shadow RAM */
#define DATA_SEG     0xE800
#define DATA_BASE    0xE8000
#define CODE_SEG     0xF000
#define CODE_BASE    0xF0000
#define BDA_SEG      0x40
#define EBDA_SEG     0x9FC0                  /* 1 KiB below 640 KiB */

/* Stacks for services, handed out from the top. */
#define STACK_TOP    0x8000
#define STACK_PIECE  0x0800
#define STACK_FLOOR  0x6000

/* Selectors while power-on code runs. */
#define SEL_CODE32   0x08
#define SEL_DATA32   0x10
#define SEL_CODE16   0x18
#define SEL_DATA16   0x20

/* struct regs: a caller's registers as the service entry pushes them. */
#define REGS_EDI     0
#define REGS_ESI     4
#define REGS_EBP     8
#define REGS_EBX     16
#define REGS_EDX     20
#define REGS_ECX     24
#define REGS_EAX     28
#define REGS_ES      36
#define REGS_DS      38
#define REGS_HANDLER 40
#define REGS_FLAGS   46
#define REGS_BYTES   48

/* struct shared, at the start of the data segment. */
#define SHARED_STACK  0                      /* top of the free stack */
#define SHARED_TARGET 4                      /* far pointer that call16 calls */
#define SHARED_ESP    8                      /* stack of the 32-bit part meanwhile */
#define SHARED_REGS   12

#define PORT_POST    0x80
#define PORT_LOG     0x402
#define CMOS_INDEX   0x70
#define CMOS_DATA    0x71
#define CMOS_RESET   0x0F                    /* why the processor was reset */

#define BDA_WARM_BOOT 0x72
#define WARM_BOOT     0x1234

#ifndef __ASSEMBLER__
#include "core/types.h"

struct regs {
    union { u32 edi; u16 di; };
    union { u32 esi; u16 si; };
    union { u32 ebp; u16 bp; };
    u32 unused_esp;
    union { u32 ebx; u16 bx; struct { u8 bl, bh; }; };
    union { u32 edx; u16 dx; struct { u8 dl, dh; }; };
    union { u32 ecx; u16 cx; struct { u8 cl, ch; }; };
    union { u32 eax; u16 ax; struct { u8 al, ah; }; };
    u16 gs, fs, es, ds, handler, ip, cs, flags;
};

/* A row of the memory map as INT 15h E820h gives it. */
struct e820 { u64 base, length; u32 type; } __attribute__((packed));
enum { E820_RAM = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_MAX = 16 };

/* Boot entries of option ROMs (Plug and Play BIOS Specification 1.0A, 3.2: BEV and BCV). */
struct rom_entry { u16 segment, bev, bcv, name; };
enum { ROM_ENTRIES = 8 };

struct shared {
    u32 stack_free, target, saved_esp;
    struct regs regs;
    u64 ram_bytes;                           /* from 0, without what lies above 4 GiB */
    u32 ram_top;                             /* end of the RAM that is free for the guest */
    struct e820 map[E820_MAX];
    u32 maps;
    u16 pm_base;                             /* the PIIX4's power management ports; 0: there is none */
    u16 smbus_base;
    u32 pci_devices;
    struct rom_entry rom[ROM_ENTRIES];
    u32 roms;
    u8  pam[8];                              /* as power-on left them, from 59h */
    u16 boot_order;                          /* nibbles, first in bits 0-3: 1 floppy, 2 disk, 3 CD, 4 network */
    u8  menu;                                /* the boot menu is wanted */
    u8  video_rom;
    u32 video_present;
    u16 menu_wait;                           /* milliseconds */
    u16 acpi;                                /* tables are there */
};

#define FLAG_CF 1u
#define FLAG_ZF 0x40u
#define FLAG_IF 0x200u
#endif
#endif
