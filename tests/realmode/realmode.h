/* What the real-mode programs stand on: BIOS calls, ports, far memory, and text on the debug console and the screen. */
#ifndef TESTS_REALMODE_H
#define TESTS_REALMODE_H
#include "core/types.h"

#define PART(name) union { u32 e##name##x; u16 name##x; struct { u8 name##l, name##h; }; }
struct registers {
    PART(a);
    PART(b);
    PART(c);
    PART(d);
    u32 esi, edi, ebp, unused;
    u16 ds, es, flags, unused_too;
};
enum { CARRY = 1 };

extern u8 boot_drive;
/* boot.S calls it. */
void program(void);
void call_interrupt(struct registers *r, u32 number);
/* INT 10h with AX, BX, CX, DX; the registers it left, if someone asks. */
void video(u16 ax, u16 bx, u16 cx, u16 dx, struct registers *after);

static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8  inb(u16 port) { u8 v;  __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 inw(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline void out_index(u16 port, u8 index, u8 value) { outw(port, (u16)(value << 8 | index)); }
static inline u8 in_index(u16 port, u8 index) { outb(port, index); return inb((u16)(port + 1)); }

/* FS is at nobody else's disposal. */
static inline void far_segment(u16 segment) { __asm__ volatile("movw %0, %%fs" : : "rm"(segment) : "memory"); }
#define FAR_ACCESS(bits, type)                                                                                     \
    static inline type far_read##bits(u16 segment, u16 at)                                                         \
    {                                                                                                              \
        far_segment(segment);                                                                                      \
        return *(volatile const type __seg_fs *)(u32)at;                                                           \
    }                                                                                                              \
    static inline void far_write##bits(u16 segment, u16 at, type value)                                            \
    {                                                                                                              \
        far_segment(segment);                                                                                      \
        *(volatile type __seg_fs *)(u32)at = value;                                                                \
    }
FAR_ACCESS(8, u8)
FAR_ACCESS(16, u16)
FAR_ACCESS(32, u32)

/* To the debug console, port E9h. %x and %u with a width, %s, %c. */
void report(const char *format, ...);
/* To the screen by INT 10h's teletype. */
void print(const char *format, ...);
/* Waits for a key: scan code above the character. */
u16  key_wait(void);
/* Tells the test that a screen is complete, and waits until it has had a look: it presses a key. */
void screen_done(const char *name);
/* Ends the run by isa-debug-exit at 501h, as 2 * status + 1. */
void finish(u8 status) __attribute__((noreturn));
#endif
