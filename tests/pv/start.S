/* The demonstration kernel's assembly part: multiboot header, entry, trap stubs, both ways back from a trap. */
#include "tests/pv/kernel.h"

        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: cld
        movl    $stack_top, %esp
        pushl   %ebx
        pushl   %eax
        call    kernel_main
1:      jmp     1b

/* The one time that segment registers are loaded. */
        .globl  segments_load
segments_load:
        ljmp    $SEL_CODE0, $1f
1:      movl    $SEL_DATA3, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    $SEL_DATA0, %eax
        movl    %eax, %ss
        ret

        .globl  task_register_load
task_register_load:
        movl    4(%esp), %eax
        ltr     %ax
        ret

        .globl  stubs, stub_call
        .balign 16
stubs:
        vector = 0
        .rept   0x30
        .balign 16
        .if     !((1 << vector) & 0x27d00 && vector < 32)
        pushl   $0
        .endif
        pushl   $vector
        jmp     trap_enter
        vector = vector + 1
        .endr
stub_call:
        pushl   $0
        pushl   $0x80
trap_enter:
        cld
        pushal
        pushl   %esp
        call    trap
        addl    $4, %esp
        .globl  trap_exit
trap_exit:
        popal
        addl    $8, %esp
        jmp     *return_path

        .globl  return_native, return_pv
return_native:
        iret
return_pv:
        pushl   %eax
        movl    $2, %eax
        int     $0x86

        .globl  stacks_switch
stacks_switch:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, (%eax)
        movl    %edx, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .globl  hypercall
hypercall:
        pushl   %ebx
        movl    8(%esp), %eax
        movl    12(%esp), %ebx
        movl    16(%esp), %ecx
        int     $0x86
        popl    %ebx
        ret

        .globl  cpuid
cpuid:  pushl   %ebx
        pushl   %edi
        movl    12(%esp), %eax
        movl    16(%esp), %edi
        cpuid
        movl    %eax, (%edi)
        movl    %ebx, 4(%edi)
        movl    %ecx, 8(%edi)
        movl    %edx, 12(%edi)
        popl    %edi
        popl    %ebx
        ret

/* u32 attempt(void (*code)(void), u32 *error): the trap handler comes back to attempt_end with EAX the vector and EDX the
 * error code. */
        .globl  attempt, attempt_end
attempt:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, attempt_esp
        call    *20(%esp)
        xorl    %eax, %eax
        xorl    %edx, %edx
attempt_end:
        movl    attempt_esp, %esp
        movl    24(%esp), %ecx
        movl    %edx, (%ecx)
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

/* A hypercall IRET whose frame names a descriptor that is not there. */
        .globl  iret_nowhere
iret_nowhere:
        pushl   $2
        pushl   $0x7f0
        pushl   $iret_nowhere
        pushl   %eax
        movl    $2, %eax
        int     $0x86

/* A single step; the trap comes behind the NOP. */
        .globl  single_step
single_step:
        pushfl
        orl     $0x100, (%esp)
        popfl
        nop
        ret

/* void race(volatile u32 *shared, u32 times): MOV from CR0 ends no block of the emulator's. MP is as the monitor has it, and
 * the FPU is the guest's, so that no difference between its state and the chip's ends the block either. */
        .globl  race, race_steps
race:   movl    %cr0, %eax
        orl     $2, %eax
        movl    %eax, %cr0
        fninit
        movl    4(%esp), %edx
        movl    8(%esp), %ecx
1:      movl    $0, (%edx)
2:      cmpl    $0, 4(%edx)
        je      2b
        movl    $0, race_steps
        movl    $0x200, (%edx)
        incl    race_steps
        jmp     3f
3:      incl    race_steps
        incl    race_steps
        movl    %cr0, %eax
        incl    race_steps
        incl    race_steps
        jmp     4f
4:      incl    race_steps
        decl    %ecx
        jnz     1b
        movl    $0, (%edx)
        ret

/* The same interrupt from ring 3. */
        .globl  user_hypercall
user_hypercall:
        pushl   $SEL_DATA3
        pushl   $0x40000ff0
        pushl   $2
        pushl   $SEL_CODE3
        pushl   $1f
        jmp     *return_path
        .section .user, "ax"
1:      movl    $9, %eax
        int     $0x86
        ud2
        .text

/* void user_enter(u32 eip, u32 esp): the first task. */
        .globl  user_enter
user_enter:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   $SEL_DATA3
        pushl   %edx
        pushl   $0x202
        pushl   $SEL_CODE3
        pushl   %eax
        jmp     *return_path

        .bss
        .globl  tss, entry_stack_top
        .balign 16
tss:    .skip   104
race_steps:
        .skip   8
attempt_esp:
        .skip   8
        .balign 4096
        .skip   8192
stack_top:
        .skip   4096
entry_stack_top:
        .section .note.GNU-stack, "", @progbits
