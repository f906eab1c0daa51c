/* The guest tests' kernel: multiboot 1 header and entry (Multiboot Specification 0.6.96, 3.1), the ways into each mode
 * (test_enter) and the entries of all vectors, in protected mode and in real mode, which lead back to it. */
#include "tests/guest/guest.h"
#define L(label) (label - low_base)

        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: cld
        movl    $harness_stack, %esp
        pushl   $0
        popfl
        subl    $8, %esp
        pushl   %ebx
        pushl   %eax
        call    kernel_main
1:      hlt
        jmp     1b

/* void harness_load(void): the harness's own descriptor tables and segments; paging, debug registers off. */
        .globl  harness_load
harness_load:
        movl    $0x11, %eax
        movl    %eax, %cr0
        lgdt    harness_gdtr
        ljmp    $H_CODE, $1f
1:      movl    $H_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %dr7
        movl    %eax, %cr2
        movl    %eax, %cr4
        lldt    %ax
        lidt    harness_idtr
        ret

/* void test_enter(void): starts the code under test with the state in st_*; returns when an event ends it. */
        .globl  test_enter
test_enter:
        pushal
        movl    %esp, harness_esp
        movl    st_cr4, %eax
        movl    %eax, %cr4
        movl    st_cr3, %eax
        movl    %eax, %cr3
        movl    st_cr0, %eax
        movl    %eax, %cr0
        jmp     1f
1:      lgdt    st_gdtr
        lidt    st_idtr
        lldt    st_ldtr
        ltr     st_tr
        .irp    n, 0, 1, 2, 3, 6
        movl    st_dr\n, %eax
        movl    %eax, %dr\n
        .endr
        movl    st_dr7, %eax
        testl   %eax, %eax
        jz      1f
        movl    %eax, %dr7
1:      movl    st_mode, %eax
        cmpl    $REAL, %eax
        je      enter_real
        cmpl    $V86, %eax
        je      enter_v86
        testl   $3, %eax
        jz      enter_same
        pushl   st_ss
        pushl   st_esp
        pushl   st_eflags
        pushl   st_cs
        pushl   st_eip
        jmp     enter_segments
enter_v86:
        .irp    r, gs, fs, ds, es, ss, esp, eflags, cs, eip
        pushl   st_\r
        .endr
        call    load_registers
        iretl

/* Ring 0: the frame is on the test's stack already (kernel.c), and IRET leaves SS:ESP alone. */
enter_same:
        movw    st_ss, %ss
        movl    st_esp, %esp
        subl    $12, %esp
enter_segments:
        movw    st_es, %es
        movw    st_fs, %fs
        movw    st_gs, %gs
        .irp    r, eax, ecx, edx, ebx, ebp, esi, edi
        movl    st_\r, %\r
        .endr
        movw    %cs:st_ds, %ds
        iretl

load_registers:
        .irp    r, eax, ecx, edx, ebx, ebp, esi, edi
        movl    st_\r, %\r
        .endr
        ret

enter_real:
        movl    st_eax, %eax
        movl    %eax, LOW + L(low_eax)
        call    load_registers
        ljmp    $H_CODE16, $L(low_enter)

/* Protected-mode entries, 16 bytes apart. Vectors 8, 10 to 14 and 17 come with an error code. */
        .globl  vector_stubs
        .balign 16
vector_stubs:
        vector = 0
        .rept   256
        .balign 16
        .if     !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
        pushl   $0
        .endif
        pushl   $vector
        jmp     vector_common
        vector = vector + 1
        .endr

/* Saves what C does not keep, finds the stack's real top (B bit), asks event_happened whether to go on. */
vector_common:
        pushl   %ds
        pushl   %es
        pushal
        movl    $H_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %cr0, %eax
        movl    %eax, ev_cr0
        movl    %cr2, %eax
        movl    %eax, ev_cr2
        xorl    %eax, %eax
        movw    %fs, %ax
        movl    %eax, ev_fs
        movw    %gs, %ax
        movl    %eax, ev_gs
        movw    %ss, %ax
        movl    %eax, ev_ss
        movl    %esp, ev_esp
        movl    %esp, %edx
        larl    %eax, %ecx
        btl     $22, %ecx
        jc      1f
        movzwl  %dx, %edx
1:      movl    %edx, ev_top
        movl    $H_DATA, %eax
        movl    %eax, %ss
        movl    $event_stack, %esp
        cld
        call    event_happened
        testl   %eax, %eax
        jz      test_end
        movw    ev_ss, %ss
        movl    ev_esp, %esp
        popal
        popl    %es
        popl    %ds
        leal    8(%esp), %esp
        iretl

/* Back from the code under test, whatever it did. */
test_end:
        movl    $0x11, %eax
        movl    %eax, %cr0
        jmp     1f
1:      lgdt    harness_gdtr
        ljmp    $H_CODE, $1f
1:      movl    $H_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    harness_esp, %esp
        pushl   $0
        popfl
        call    harness_load
        popal
        ret

        .globl  low_done
low_done:
        movl    $H_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $event_stack, %esp
        call    real_happened
        jmp     test_end

/* The part that runs in real mode, copied to LOW. */
        .section .low, "ax"
low_base:
        .code16
low_enter:
        movw    $H_DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    %cr0, %eax
        andb    $0xfe, %al
        movl    %eax, %cr0
        ljmp    $(LOW >> 4), $L(1f)
1:      movw    %cs, %ax
        movw    %ax, %ds
        lidtl   L(low_ivt)
        movw    L(low_ss), %ss
        movl    L(low_sp), %esp
        movw    L(low_es), %es
        movw    L(low_fs), %fs
        movw    L(low_gs), %gs
        movl    L(low_eax), %eax
        movw    L(low_ds), %ds
        iretw

        .balign 16
        .globl  low_stubs
low_stubs:
        vector = 0
        .rept   256
        .balign 16
        movb    $vector, %cs:L(low_vector)
        jmp     low_common
        vector = vector + 1
        .endr
low_common:
        .irp    r, eax, ecx, edx, ebx, esp, ebp, esi, edi
        movl    %\r, %cs:L(low_\r)
        .endr
        .irp    r, ds, es, fs, gs, ss
        movw    %\r, %cs:L(low_\r)
        .endr
        movl    %cr0, %eax
        movl    %eax, %cs:L(low_cr0)
        orb     $1, %al
        lgdtl   %cs:L(low_gdtr)
        movl    %eax, %cr0
        ljmpl   $H_CODE, $low_done
        .balign 4
        .globl  low_vector, low_eax, low_ds, low_es, low_fs, low_gs, low_ss, low_sp, low_cr0
        .globl  low_ivt, low_gdtr
low_eax: .long  0
low_ecx: .long  0
low_edx: .long  0
low_ebx: .long  0
low_sp:
low_esp: .long  0
low_ebp: .long  0
low_esi: .long  0
low_edi: .long  0
low_ds: .word   0
low_es: .word   0
low_fs: .word   0
low_gs: .word   0
low_ss: .word   0
low_vector: .word 0
low_cr0: .long  0
low_ivt: .word  0x3ff
        .long   IVT
        .word   0
low_gdtr: .word GDT_LIMIT
        .long   GDT
        .word   0
        .code32

        .bss
        .balign 16
        .skip   16384
harness_stack:
        .skip   16384
event_stack:
harness_esp: .skip 4
        .data
        .balign 4
        .word   0
harness_gdtr: .word GDT_LIMIT
        .long   GDT
        .word   0
harness_idtr: .word 0x7ff
        .long   IDT
        .section .note.GNU-stack, "", @progbits
