/* The embedded guest's C: the processor's tables, the console, the probes. */
#ifndef FIRMWARE_GUEST_MAIN_H
#define FIRMWARE_GUEST_MAIN_H

#include "core/types.h"
#include "firmware/guest/guest.h"

enum probe_mode { REAL, RING0, PAGED, RING3, V86_0, V86_3, MODES_COUNT };
enum probe_needs { I386, I486, CPUID, TSC, MSR, SEP, NEEDS_COUNT };
enum probe_setup { NONE, TSD, TIMER };

/* How a probe ended: it reached its end (and what was in the registers then), or a vector stopped it. */
struct outcome {
    bool ended;
    u32 vector, error, cs, eax, edx, zf, address;
    u32 flags, frame;           /* the frame's EFLAGS, and where it is */
};

/* The processor, set as a probe in that mode expects to find it. has: what machine_identify found. */
void machine_reset(enum probe_mode mode, enum probe_setup setup, const bool *has);
/* Find what this processor has (has[NEEDS_COUNT]) and its CPUID signature. */
void machine_identify(bool *has, u32 *signature);
/* Write what never changes: the 16-bit code in low memory, the page tables. */
void machine_init(void);
/* Run the probe of that number, in the machine that machine_reset has left. */
struct outcome probe_run(enum probe_mode mode, int number);
/* How the last one ended. */
struct outcome probe_event(void);

/* The other program (leak.c): whether the command line asks for it, and it. has, signature: machine_identify's. */
bool leaks_asked(const u32 *info);
void leaks_run(const bool *has, u32 signature);

void console_init(void);
void console_print(const char *text);

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void *low_at(u32 offset)
{
    u8 *base = (u8 *)LOW;
    __asm__("" : "+r"(base));      /* the compiler must not reason about objects at a constant address */
    return base + offset;
}

#endif
