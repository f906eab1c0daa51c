# Multiboot header and entry of the kernel in multiboot.c. With KLUDGE the header holds the addresses, for a file
# without ELF.
#ifdef KLUDGE
#define FLAGS 0x10002
#else
#define FLAGS 2
#endif
        .section .text.header, "ax"
        .balign 4
header: .long 0x1BADB002, FLAGS, -(0x1BADB002 + FLAGS)
#ifdef KLUDGE
        .long header, header, 0, _end, start     # to the end of the file
#endif
        .globl start
start:  movl $stack, %esp
        pushl %ebx
        pushl %eax
        call tell
        movw $0x501, %dx
        outb %al, %dx
1:      hlt
        jmp 1b
        .bss
        .balign 16
        .skip 4096
stack:
        .section .note.GNU-stack, "", @progbits
