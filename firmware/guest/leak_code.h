/* The vocabulary of the code in leak.def, for the assembler. BITS is the including file's. */
#ifndef FIRMWARE_GUEST_LEAK_CODE_H
#define FIRMWARE_GUEST_LEAK_CODE_H

#include "firmware/guest/leak.h"

#define CODE(...) __VA_ARGS__
#define NAME_OF(situation, id) leak_##situation##_##id

#if BITS == 16
#define AT(offset) (offset)
#define HERE(label) (label - leak_low_start + LEAK_CODE)
#else
#define AT(offset) (LOW + (offset))
#endif

/* What SGDT and SIDT have stored. */
#define TABLE_READ movzwl AT(SCRATCH), %eax; movl AT(SCRATCH + 2), %edx
#define FAR_POINTER(selector) movl $0x1234, AT(SCRATCH); movw $selector, AT(SCRATCH + 4)
#define FAR_CODE(selector, label) movl $label, AT(SCRATCH); movw $selector, AT(SCRATCH + 4)
/* A return to ring 3 on another stack. */
#define OUTER push $SEL_UDATA; push $(LOW + PROBE_STACK - 0x100); push $SEL_UCODE; push $1f
#define OUTER_FLAGS(flags) push $SEL_UDATA; push $(LOW + PROBE_STACK - 0x100); push $flags; push $SEL_UCODE; push $1f
/* Until the timer's request is up, whether it interrupts or not; not for ever. */
#define AWAIT_TIMER movb $0x0a, %al; outb %al, $0x20; movl $0x100000, %ecx; \
    8: inb $0x20, %al; testb $1, %al; jnz 9f; decl %ecx; jnz 8b; 9: nop; nop

#endif
