/* The nanobenchmark kernel's assembly part: multiboot header, entry, the shortest possible handlers, and a call into
 * ring 3. What handlers execute is not part of what is measured, so there is next to nothing. */
        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: movl    $stack_top, %esp
        pushl   $0
        popfl
        pushl   %ebx
        pushl   %eax
        call    kernel_main
        movw    $0x501, %dx
        outb    %al, %dx
1:      hlt
        jmp     1b

/* void segments_load(const void *gdt_pointer, const void *idt_pointer) */
        .globl  segments_load
segments_load:
        movl    4(%esp), %eax
        lgdt    (%eax)
        movl    8(%esp), %eax
        lidt    (%eax)
        ljmp    $0x08, $1f
1:      movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $0x28, %eax
        ltr     %ax
        ret

/* The faulting instructions are two bytes long: the handlers step over them. */
        .globl  divide_entry, page_fault_entry, int80_entry, int81_entry, sysenter_entry
divide_entry:
        addl    $2, (%esp)
        iret
page_fault_entry:
        addl    $4, %esp
        addl    $2, (%esp)
        iret
int80_entry:
        iret
sysenter_entry:
        sysexit

/* void code_run(const void *code), and the same in ring 3, from which INT 81h comes back. */
        .globl  code_run, code_run_user
code_run:
        pushal
        movl    36(%esp), %eax
        call    *%eax
        popal
        ret
code_run_user:
        pushal
        movl    36(%esp), %eax
        movl    %esp, kernel_esp
        movl    $entry_stack_top, tss + 4
        movl    $0x23, %edx
        movl    %edx, %ds
        movl    %edx, %es
        pushl   %edx
        pushl   $user_stack_top
        pushl   $2
        pushl   $0x1b
        pushl   %eax
        iret
int81_entry:
        movl    $0x10, %edx
        movl    %edx, %ds
        movl    %edx, %es
        movl    kernel_esp, %esp
        popal
        ret

        .bss
        .globl  tss, entry_stack_top
        .balign 16
tss:    .skip   104
kernel_esp:
        .skip   8
        .balign 4096
        .skip   8192
stack_top:
        .skip   4096
entry_stack_top:
        .skip   4096
user_stack_top:
        .section .note.GNU-stack, "", @progbits
