/* A multiboot kernel that calls the C in kernel.c with the boot information. */
        .set    MAGIC, 0x1BADB002
        .text
        .balign 4
        .long   MAGIC, 0, -MAGIC
        .globl  start
start:  cld
        movl    $stack_end, %esp
        pushl   %ebx
        call    kernel
1:      hlt
        jmp     1b
        .bss
        .balign 16
        .skip   4096
stack_end:
