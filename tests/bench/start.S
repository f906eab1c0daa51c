/* The bench kernel's assembly part: the multiboot 1 header (Multiboot Specification 0.6.96, 3.1), the entry, the
 * exception and system call entries, and the ways into ring 3 and back. */
#include "tests/bench/kernel.h"

        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: cld
        movl    $stack_top, %esp
        pushl   $0
        popfl
        fninit
        subl    $8, %esp
        pushl   %ebx
        pushl   %eax
        call    kernel_main
1:      hlt
        jmp     1b

/* void segments_load(const void *gdt_pointer) */
        .globl  segments_load
segments_load:
        movl    4(%esp), %eax
        lgdt    (%eax)
        ljmp    $SEL_CODE0, $1f
1:      movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $SEL_TSS, %eax
        ltr     %ax
        ret

/* Exceptions nothing expects: each vector has a stub of 8 bytes that pushes its number. */
        .globl  exception_stubs
        .balign 8
exception_stubs:
        vector = 0
        .rept   32
        .balign 8
        pushl   $vector
        jmp     exception_fatal
        vector = vector + 1
        .endr
exception_fatal:
        movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        pushl   %esp
        call    exception_report
1:      hlt
        jmp     1b

        .globl  page_fault_entry
page_fault_entry:
        pushl   %eax
        pushl   %ecx
        pushl   %edx
        pushl   %ds
        pushl   %es
        movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %cr2, %eax
        pushl   20(%esp)
        pushl   %eax
        call    page_fault
        addl    $8, %esp
        popl    %es
        popl    %ds
        popl    %edx
        popl    %ecx
        popl    %eax
        addl    $4, %esp
        iret

        .globl  int80_entry
int80_entry:
        pushl   %es
        pushl   %ds
        pushal
        movl    $SEL_DATA0, %edx
        movl    %edx, %ds
        movl    %edx, %es
        pushl   %esi
        pushl   %ebx
        pushl   %eax
        call    system_call
        addl    $12, %esp
        movl    %eax, 28(%esp)
        popal
        popl    %ds
        popl    %es
        iret

/* ECX and EDX hold the caller's stack and return address, which SYSEXIT wants back. */
        .globl  sysenter_entry
sysenter_entry:
        pushl   %ecx
        pushl   %edx
        pushl   %esi
        pushl   %ebx
        pushl   %eax
        call    system_call
        addl    $12, %esp
        popl    %edx
        popl    %ecx
        sysexit

/* u32 user_run(u32 (*function)(void)): the function returns to user_return, whose INT 81h ends the excursion. */
        .globl  user_run
user_run:
        movl    4(%esp), %eax
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, kernel_esp
        movl    %esp, tss + 4
        movl    $user_stack_top - 16, %ecx
        movl    $user_return, (%ecx)
        movl    $SEL_DATA3, %edx
        movl    %edx, %ds
        movl    %edx, %es
        pushl   %edx
        pushl   %ecx
        pushl   $2
        pushl   $SEL_CODE3
        pushl   %eax
        iret
user_return:
        int     $0x81

        .globl  int81_entry
int81_entry:
        movl    $SEL_DATA0, %edx
        movl    %edx, %ds
        movl    %edx, %es
        movl    kernel_esp, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

/* u32 user_int80(u32 number, u32 a, u32 b), and the same by SYSENTER; both for ring 3. */
        .globl  user_int80
user_int80:
        pushl   %ebx
        pushl   %esi
        movl    12(%esp), %eax
        movl    16(%esp), %ebx
        movl    20(%esp), %esi
        int     $0x80
        popl    %esi
        popl    %ebx
        ret

        .globl  user_sysenter
user_sysenter:
        pushl   %ebx
        pushl   %esi
        movl    12(%esp), %eax
        movl    16(%esp), %ebx
        movl    20(%esp), %esi
        movl    %esp, %ecx
        movl    $1f, %edx
        sysenter
1:      popl    %esi
        popl    %ebx
        ret

/* The segs workload's far procedures: near code reached by far CALL, directly and through a gate. */
        .globl  far_leaf
far_leaf:
        addl    $3, %eax
        lretl

/* u32 far_calls(u32 value, u32 count): one direct far call to the kernel's other code segment, one through memory. */
        .globl  far_calls
far_calls:
        movl    4(%esp), %eax
        movl    8(%esp), %ecx
1:      lcall   $SEL_FREE + 8, $far_leaf
        lcall   *far_pointer
        roll    $5, %eax
        decl    %ecx
        jnz     1b
        ret

/* u32 gate_calls(void): ring 3, each call goes to ring 0 through the call gate and back. */
        .globl  gate_calls
gate_calls:
        movl    $1, %eax
        movl    gate_count, %ecx
1:      lcall   $SEL_FREE + 16 + 3, $0
        roll    $5, %eax
        decl    %ecx
        jnz     1b
        ret

        .section .rodata
        .globl  gate_count
gate_count:
        .long   1200000
far_pointer:
        .long   far_leaf
        .word   SEL_FREE + 8

        .bss
        .globl  tss, entry_stack_top
        .balign 16
tss:    .skip   104
kernel_esp:
        .skip   8
        .balign 4096
        .skip   16384
stack_top:
        .skip   8192
entry_stack_top:
        .skip   16384
user_stack_top:
        .section .note.GNU-stack, "", @progbits
