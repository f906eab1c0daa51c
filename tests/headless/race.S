# A kernel with a race: it adds to a counter in three instructions, as the timer's handler does in one, and nothing keeps
# an interrupt from coming between them. Tells "sum is right" and switches off, or tells "sum is wrong" and halts.
        .set ROUNDS, 4000
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
        movw %ax, %ss
        movl $tick, %eax
        movw %ax, idt + 0x20 * 8
        shrl $16, %eax
        movw %ax, idt + 0x20 * 8 + 6
        lidt idtr
        movl $setup, %esi                # port, value pairs
        xorl %edx, %edx
2:      movb (%esi), %dl
        movb 1(%esi), %al
        outb %al, %dx
        addl $2, %esi
        cmpl $setup_end, %esi
        jne 2b
        movl $ROUNDS, %ebx
        sti
round:  movl counter, %eax               # here is the race
        incl %eax
        movl %eax, counter
        movl $400, %ecx                  # other work
3:      loop 3b
        decl %ebx
        jnz round
        cli
        movl ticks, %eax
        addl $ROUNDS, %eax
        movl $right, %esi
        cmpl counter, %eax
        je 4f
        movl $wrong, %esi
4:      movw $0x3FD, %dx                # until the port has room
        inb %dx, %al
        testb $0x20, %al
        jz 4b
        movw $0x3F8, %dx
        movb (%esi), %al
        outb %al, %dx
        incl %esi
        cmpb $0, (%esi)
        jne 4b
        cmpl $wrong, %esi
        ja dead
        movw $0x8900, %dx
        movl $shutdown, %esi
7:      lodsb
        outb %al, %dx
        testb %al, %al
        jnz 7b
dead:   hlt
tick:   incl counter
        incl ticks
        pushl %eax
        movb $0x20, %al
        outb %al, $0x20
        popl %eax
        iret

right:  .asciz "sum is right\n"
wrong:  .asciz "sum is wrong\n"
shutdown: .asciz "Shutdown"
        # Interrupt controller: vectors from 20h, IRQ 0 alone; timer: mode 2, every 300 pulses
setup:  .byte 0x20, 0x11, 0x21, 0x20, 0x21, 0x04, 0x21, 0x01, 0x21, 0xFE, 0xA1, 0xFF
        .byte 0x43, 0x34, 0x40, 300 & 0xFF, 0x40, 300 >> 8
setup_end:
        .balign 8
gdt:    .quad 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdtr:   .word 23
        .long gdt
idtr:   .word 0x21 * 8 - 1
        .long idt
counter: .long 0
ticks:  .long 0
        .balign 8
idt:    .fill 0x20, 8, 0
        .quad 0x00008E0000080000
        .fill 256, 1, 0
stack:
end:
