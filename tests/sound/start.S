/* A multiboot kernel that calls the C in kernel.c. */
        .set MAGIC, 0x1BADB002
        .section .multiboot, "a"
        .align 4
        .long MAGIC, 0, -MAGIC
        .text
        .globl _start
_start: movl $stack_end, %esp
        call kernel
1:      hlt
        jmp 1b
        .bss
        .align 16
        .skip 4096
stack_end:
