/* The embedded guest's 16-bit code, for real mode and virtual-8086 mode. It is copied to LOW and runs at
 * LOW_SEGMENT:0000, so addresses are taken relative to low_start. */
#define BITS 16
#define MYCS LOW_SEGMENT
#define MYDS LOW_SEGMENT
#define LABEL(id) id##_16
#include "firmware/guest/snippet.h"

        .section .low, "ax"
        .code16
        .globl  low_start, low_end, EXIT16, REAL_ENTER, REAL_STUBS
low_start:
#include "firmware/guest/probes.def"

probe_exit16:
        ud2
        .set    EXIT16, probe_exit16 - low_start

/* From a 16-bit protected segment down to real mode and into a probe: BX its offset, CX its flags. */
real_enter:
        .set    REAL_ENTER, real_enter - low_start
        movw    $SEL_DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    $CR0_REAL, %eax
        movl    %eax, %cr0
        ljmp    $LOW_SEGMENT, $(1f - low_start)
1:      movw    $LOW_SEGMENT, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    $PROBE_STACK, %esp
        pushw   %cx
        pushw   %ax
        pushw   %bx
        xorl    %eax, %eax
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %ebx, %ebx
        xorl    %ebp, %ebp
        xorl    %esi, %esi
        xorl    %edi, %edi
        iretw

/* The interrupt vectors of real mode: each stub, 8 bytes, pushes its vector less 128. */
        .balign 8
real_stubs:
        .set    REAL_STUBS, real_stubs - low_start
        vector = -128
        .rept   VECTORS
        .balign 8
        pushw   $vector
        jmp     real_common
        vector = vector + 1
        .endr

/* The frame stays on the probe's stack, wherever that is; back in protected mode C reads it there. */
real_common:
        cli
        pushal
        movw    $LOW_SEGMENT, %ax
        movw    %ax, %ds
        movw    %ss, REAL_SS
        movw    %sp, REAL_SP
        lgdtl   GDT_POINTER
        movl    $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        ljmpl   $SEL_KCODE, $real_back
low_end:

/* Where each probe begins. */
        .section .rodata, "a"
        .globl  probes_16
probes_16:
#undef PROBE
#define PROBE(id, ...) .short LABEL(id) - low_start;
#include "firmware/guest/probes.def"

        .section .note.GNU-stack, "", @progbits
