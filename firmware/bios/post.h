/* The 32-bit part of the BIOS: power-on, flat, run once. */
#ifndef BIOS_POST_H
#define BIOS_POST_H
#include "firmware/bios/io.h"

#define shared (*(struct shared *)DATA_BASE)
#define FAR_CODE(symbol) ((u32)CODE_SEG << 16 | (u32)(symbol))

/* Far-calls a real-mode routine (segment << 16 | offset) with shared.regs (start.S). */
void call16(u32 target) __attribute__((regparm(1)));

static inline u8  *flat(u32 address) { __asm__("" : "+r"(address)); return (u8 *)address; }
static inline u16  get16(const void *at) { return *(const u16 *)at; }
static inline u32  get32(const void *at) { return *(const u32 *)at; }
static inline void put16(u32 address, u16 v) { *(volatile u16 *)flat(address) = v; }
static inline void put32(u32 address, u32 v) { *(volatile u32 *)flat(address) = v; }

/* memory.c of this part. */
void copy(void *to, const void *from, u32 bytes);
void fill(void *to, u8 value, u32 bytes);
int  same(const void *a, const void *b, u32 bytes);
u8   sum_of(const void *bytes, u32 length);
/* A piece of RAM below 4 GiB that the guest must not use; 0 if there is none. `align` is a power of two. */
u32  ram_reserve(u32 bytes, u32 align);
void memory_detect(void);
void memory_map_make(void);

void chips_init(void);                       /* chips.c */
void vectors_init(void);                     /* vectors.c */

/* pci.c: addresses and interrupts for all functions of bus 0. */
enum { PCI_FUNCTIONS = 256, PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_CLASS = 0x0A, PCI_HEADER = 0x0E, PCI_BAR0 = 0x10,
       PCI_ROM = 0x30, PCI_LINE = 0x3C, PCI_PIN = 0x3D };
void pci_init(void);
/* The next function at or after `function`, or PCI_FUNCTIONS. */
u32  pci_next(u32 function);

void option_roms_run(void);                  /* optionrom.c */

/* fwcfg.c: QEMU's firmware configuration device. A file's size, 0 if it is not there. */
int  fw_cfg_present(void);
u32  fw_cfg_find(const char *name, u16 *key);
void fw_cfg_read(u16 key, void *to, u32 bytes);
void fw_cfg_read_at(u16 key, u32 offset, void *to, u32 bytes);
/* The name of file `index` of the directory into `name` (56 bytes); its size, 0 behind the last. */
u32  fw_cfg_file(u32 index, char *name, u16 *key);

void tables_make(void);                      /* tables.c */
#endif
