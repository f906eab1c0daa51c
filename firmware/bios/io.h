/* Ports, flags and the log, for both parts of the BIOS. */
#ifndef BIOS_IO_H
#define BIOS_IO_H
#include "firmware/bios/bios.h"

static inline void outb(u16 port, u8 v)  { __asm__ volatile("outb %0,%1" : : "a"(v), "Nd"(port)); }
static inline void outw(u16 port, u16 v) { __asm__ volatile("outw %0,%1" : : "a"(v), "Nd"(port)); }
static inline void outl(u16 port, u32 v) { __asm__ volatile("outl %0,%1" : : "a"(v), "Nd"(port)); }
static inline u8  inb(u16 port) { u8 v;  __asm__ volatile("inb %1,%0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 inw(u16 port) { u16 v; __asm__ volatile("inw %1,%0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 inl(u16 port) { u32 v; __asm__ volatile("inl %1,%0" : "=a"(v) : "Nd"(port)); return v; }
static inline void sti(void) { __asm__ volatile("sti" : : : "memory"); }
static inline void cli(void) { __asm__ volatile("cli" : : : "memory"); }

/* The NMI stays masked: bit 7 of the index. */
static inline u8 cmos_read(u8 index)
{
    outb(CMOS_INDEX, index | 0x80);
    return inb(CMOS_DATA);
}
static inline void cmos_write(u8 index, u8 value)
{
    outb(CMOS_INDEX, index | 0x80);
    outb(CMOS_DATA, value);
}

static inline u32 pci_address(u16 function, u8 offset) { return 0x80000000u | (u32)function << 8 | (offset & 0xFC); }
static inline u32 pci_read32(u16 function, u8 offset)
{
    outl(0xCF8, pci_address(function, offset));
    return inl(0xCFC);
}
static inline u16 pci_read16(u16 function, u8 offset)
{
    outl(0xCF8, pci_address(function, offset));
    return inw((u16)(0xCFC + (offset & 2)));
}
static inline u8 pci_read8(u16 function, u8 offset)
{
    outl(0xCF8, pci_address(function, offset));
    return inb((u16)(0xCFC + (offset & 3)));
}
static inline void pci_write32(u16 function, u8 offset, u32 value)
{
    outl(0xCF8, pci_address(function, offset));
    outl(0xCFC, value);
}
static inline void pci_write16(u16 function, u8 offset, u16 value)
{
    outl(0xCF8, pci_address(function, offset));
    outw((u16)(0xCFC + (offset & 2)), value);
}
static inline void pci_write8(u16 function, u8 offset, u8 value)
{
    outl(0xCF8, pci_address(function, offset));
    outb((u16)(0xCFC + (offset & 3)), value);
}

/* log.c, built for each part: text to the debug console on port 402h, if there is one. In formats %x, %u and %s. */
void log_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
