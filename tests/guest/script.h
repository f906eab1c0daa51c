/* How checks are written: a stream of items in section .script, which kernel.c walks.
 *
 *     group "limits"
 *     check "read.edge", R3         reset everything; the mode
 *         desc X0, DATA, 0xfff, 0xf2, 4     any number of pokes
 *     code                          (code16 for the 16-bit modes)
 *         movb %fs:0xfff, %al
 *     done                          run it, print what happened
 *
 * In the code, AT(1f) is the offset of a label in the code segment. */
#include "tests/guest/guest.h"

#define AT(label) ((label)-771b+START)
#define WILL_BE(label) ((label)-771f+START)

        .macro group name
        .pushsection .names, "a"
770:    .asciz  "\name"
        .popsection
        .section .script, "a"
        .long   'G', 770b, 0
        .endm

        .macro check name, mode
        .pushsection .names, "a"
770:    .asciz  "\name"
        .popsection
        .long   'C', 770b, \mode
        .endm

        .macro poke address, value
        .long   'P', \address, \value
        .endm

        .macro reg name, value
        poke    st_\name, \value
        .endm

        /* Bits to be set and to be cleared on top of what is there. */
        .macro setbits address, value
        .long   'S', \address, \value
        .endm
        .macro clearbits address, value
        .long   'Z', \address, \value
        .endm

        /* A segment descriptor: access is byte 5, flags the upper nibble of byte 6 (G, B, 0, AVL). */
        .macro desc_at address, base, limit, access, flags
        poke    (\address), ((\limit)&0xffff)|(((\base)&0xffff)<<16)
        poke    (\address)+4, (((\base)>>16)&0xff)|((\access)<<8)|((\limit)&0xf0000)|((\flags)<<20)|((\base)&0xff000000)
        .endm
        .macro desc sel, base, limit, access, flags=4
        desc_at GDT+(\sel), \base, \limit, \access, \flags
        .endm
        .macro ldesc sel, base, limit, access, flags=4
        desc_at LDT+((\sel)&0xfff8), \base, \limit, \access, \flags
        .endm

        .macro gate_at address, sel, offset, access, count=0
        poke    (\address), ((\sel)<<16)|((\offset)&0xffff)
        poke    (\address)+4, ((\offset)&0xffff0000)|((\access)<<8)|(\count)
        .endm
        .macro gate sel, target, offset, access, count=0
        gate_at GDT+(\sel), \target, \offset, \access, \count
        .endm
        .macro idt_gate vector, target, offset, access
        gate_at IDT+8*(\vector), \target, \offset, \access
        .endm

        .macro pte index, value
        poke    PT1+4*(\index), \value
        .endm

        .macro code
        .pushsection .snippets, "ax"
771:
        .endm
        .macro code16
        code
        .code16
        .endm
        .macro done
772:    .code32
        .popsection
        .long   'R', 771b, 772b - 771b
        .endm
