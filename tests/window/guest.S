# A kernel for the window's tests: a blue text screen that says "ready", and each byte from keyboard and mouse as a line
# on the debug console: k or m and two digits. Between them it halts.
        .section .text.header, "ax"
        .balign 4
header: .long 0x1BADB002, 0x10000, -(0x1BADB002 + 0x10000)
        .long header, header, 0, end, start
        .globl start
start:  movl $stack, %esp
        lgdt gdtr
        ljmp $8, $1f
1:      movw $16, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        cld
        movl $idt, %edi                  # one handler for all
        movl $48, %ecx
2:      movl $answer, %eax
        andl $0xFFFF, %eax
        orl $0x80000, %eax
        stosl
        movl $answer, %eax
        movw $0x8E00, %ax
        stosl
        loop 2b
        lidt idtr
        movl $0xB8000, %edi
        movw $0x1F20, %ax
        movl $80 * 25, %ecx
        rep stosw
        movl $ready, %esi
        movl $0xB8000, %edi
3:      lodsb
        testb %al, %al
        jz 4f
        stosw
        jmp 3b
4:      movl $setup, %esi                # port (16 bits), value
5:      movw (%esi), %dx
        movb 2(%esi), %al
6:      inb $0x64, %al                   # the keyboard controller takes its bytes one by one
        testb $2, %al
        jnz 6b
        movb 2(%esi), %al
        outb %al, %dx
        addl $3, %esi
        cmpl $setup_end, %esi
        jne 5b
        movl $ready, %esi
7:      lodsb
        testb %al, %al
        jz 8f
        outb %al, $0xE9
        jmp 7b
8:      movb $10, %al
        outb %al, $0xE9
        sti
9:      hlt
        jmp 9b

answer: pushal
        inb $0x64, %al
        testb $1, %al
        jz 2f
        movb $'k', %bl
        testb $0x20, %al
        jz 1f
        movb $'m', %bl
1:      movb %bl, %al
        outb %al, $0xE9
        inb $0x60, %al
        movb %al, %bl
        shrb $4, %al
        call digit
        movb %bl, %al
        andb $15, %al
        call digit
        movb $10, %al
        outb %al, $0xE9
2:      movb $0x20, %al
        outb %al, $0xA0
        outb %al, $0x20
        popal
        iret
digit:  cmpb $10, %al
        jb 1f
        addb $'a' - '0' - 10, %al
1:      addb $'0', %al
        outb %al, $0xE9
        ret

ready:  .asciz "ready"
        .macro to port, value
        .word \port
        .byte \value
        .endm
        # No cursor; interrupts 1 and 12 to vectors from 20h; keyboard and mouse interrupt, and the mouse reports.
setup:  to 0x3D4, 0x0A
        to 0x3D5, 0x20
        to 0x20, 0x11
        to 0x21, 0x20
        to 0x21, 0x04
        to 0x21, 0x01
        to 0xA0, 0x11
        to 0xA1, 0x28
        to 0xA1, 0x02
        to 0xA1, 0x01
        to 0x21, 0xF9
        to 0xA1, 0xEF
        to 0x64, 0x60
        to 0x60, 0x43
        to 0x64, 0xD4
        to 0x60, 0xF4
setup_end:
        .balign 8
gdt:    .quad 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdtr:   .word 23
        .long gdt
idtr:   .word 48 * 8 - 1
        .long idt
        .balign 8
idt:    .fill 48, 8, 0
        .fill 512, 1, 0
stack:
end:
