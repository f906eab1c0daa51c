/* The embedded guest's ways in and out: the multiboot 1 header and entry (Multiboot Specification 0.6.96), the ways
 * into a probe in each mode, and the one way back, which any exception or interrupt takes. */
#include "firmware/guest/guest.h"

        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: cli
        cld
        movl    $stack_top, %esp
        pushl   $2
        popfl
        pushl   %ebx
        call    guest_main
1:      cli
        hlt
        jmp     1b

/* void descriptors_load(u32 cr0): the tables of low memory, our own segments, LDT and TSS. EFLAGS is as at the start:
 * a probe may have left anything in it. */
        .globl  descriptors_load
descriptors_load:
        pushl   $2
        popfl
        lgdt    LOW + GDT_POINTER
        lidt    LOW + IDT_POINTER
        ljmp    $SEL_KCODE, $1f
1:      call    data_load
        movl    4(%esp), %eax
        movl    $LOW + PAGE_DIRECTORY, %edx
        movl    %edx, %cr3
        movl    %eax, %cr0
        jmp     1f
1:      movl    $SEL_LDT, %eax
        lldt    %ax
        movl    $SEL_TSS, %eax
        ltr     %ax
        ret

data_load:
        movl    $SEL_KDATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        ret

/* void probe_enter(const u32 *frame, u32 data): IRET to the frame, with the data selector in DS, ES, FS and GS.
 * Returns when the probe has ended. */
        .globl  probe_enter
probe_enter:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    20(%esp), %ecx
        movl    24(%esp), %edx
        movl    %esp, kernel_esp
        movl    %ecx, %esp
        movl    %edx, %ds
        movl    %edx, %es
        movl    %edx, %fs
        movl    %edx, %gs
        xorl    %eax, %eax
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %ebx, %ebx
        xorl    %ebp, %ebp
        xorl    %esi, %esi
        xorl    %edi, %edi
        iret

/* void probe_enter_real(u32 offset, u32 flags): the same, in real mode. */
        .globl  probe_enter_real
probe_enter_real:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    20(%esp), %ebx
        movl    24(%esp), %ecx
        movl    %esp, kernel_esp
        ljmp    $SEL_CODE16, $REAL_ENTER

        .globl  real_back
real_back:
        movl    $SEL_KDATA, %eax
        movl    %eax, %ds
        movl    %eax, %ss
        movl    kernel_esp, %esp
        call    data_load
        call    event_take_real
        jmp     probe_leave

/* Where every probe ends in 32-bit code, in whatever ring it got to. */
        .globl  probe_exit
probe_exit:
        ud2

/* Behind the call gates, and behind SYSENTER. */
        .globl  gate_target
gate_target:
        movl    4(%esp), %eax
        movl    %cs, %edx
        jmp     probe_exit
        .globl  sysenter_target
sysenter_target:
        movl    %cs, %eax
        jmp     probe_exit

/* The vectors of protected mode: each stub, 8 bytes, pushes its vector less 128. */
        .globl  fault_stubs
        .balign 8
fault_stubs:
        vector = -128
        .rept   VECTORS
        .balign 8
        pushl   $vector
        jmp     fault_common
        vector = vector + 1
        .endr

/* Nothing goes back to the probe: the event is noted, and the caller of probe_enter continues. */
fault_common:
        cld
        pushal
        movl    $SEL_KDATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        pushl   %esp
        call    event_take
        movl    $SEL_KDATA, %eax
        movl    %eax, %ss
        movl    kernel_esp, %esp
        call    data_load
probe_leave:
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

/* The task that CALL and JMP to SEL_TSS_OTHER start. */
        .globl  task_target
task_target:
        str     %ax
        jmp     probe_exit

/* A double fault arrives in a task of its own, whose stack is good whatever the probe did to its own. */
        .globl  double_fault
double_fault:
        clts
        pushl   $2
        popfl
        pushl   $8 - 128
        jmp     fault_common

/* void triple_fault(void) */
        .globl  triple_fault
triple_fault:
        lidt    no_table
        int3
        .balign 4
no_table:
        .long   0, 0

        .bss
        .balign 16
        .lcomm  kernel_esp, 4
        .lcomm  kernel_stack, 8192
        .set    stack_top, kernel_stack + 8192

        .section .note.GNU-stack, "", @progbits
