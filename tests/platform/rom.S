/* A ROM of 64 KiB that leaves protected mode as programs for the 286 did: it says in CMOS why, has the keyboard controller
 * reset the processor with A20 closed, and finds memory and chips as it left them. Prints on port E9h. */
        .code16
        .macro  say text
        movw    $\text, %si
        call    print
        .endm
start:  cli
        xorw    %ax, %ax
        movw    %ax, %ss
        movw    $0x7000, %sp
        movw    %ax, %ds
        movb    $0x0F, %al              /* the shutdown status */
        outb    %al, $0x70
        inb     $0x71, %al
        movb    %al, %bl
        movb    $0x0F, %al
        outb    %al, $0x70
        xorb    %al, %al
        outb    %al, $0x71
        cmpb    $0x0A, %bl
        je      back
        say     cold
        movl    $0x1234ABCD, 0x500
        movb    $0x55, %al
        outb    %al, $0x21              /* a chip's state: the mask of the 8259, which a reset of the board clears */
        movb    $0x0F, %al
        outb    %al, $0x70
        movb    $0x0A, %al
        outb    %al, $0x71
        movb    $0xDD, %al              /* A20 off */
        outb    %al, $0x64
        movl    %cr0, %eax
        orb     $1, %al
        lgdtl   %cs:gdtr
        movl    %eax, %cr0
        movb    $0xFE, %al
        outb    %al, $0x64
1:      hlt
        jmp     1b
back:   movl    %cr0, %eax
        testb   $1, %al
        jnz     bad
        inb     $0x21, %al
        cmpb    $0x55, %al
        jne     bad
        cmpl    $0x1234ABCD, 0x500
        jne     bad
        inb     $0x92, %al              /* again, by port 92h, and then by CF9h */
        movw    0x504, %bx
        incw    0x504
        cmpw    $2, %bx
        je      done
        say     came
        movb    $0x0F, %al
        outb    %al, $0x70
        movb    $0x0A, %al
        outb    %al, $0x71
        testw   %bx, %bx
        jnz     1f
        movb    $3, %al
        outb    %al, $0x92
1:      movw    $0xCF9, %dx
        movb    $4, %al
        outb    %al, %dx
2:      hlt
        jmp     2b
done:   say     again
        xorb    %al, %al
        outb    %al, $0xF4
3:      hlt
        jmp     3b
bad:    say     wrong
        movb    $1, %al
        outb    %al, $0xF4
4:      hlt
        jmp     4b
print:  lodsb   %cs:(%si), %al
        testb   %al, %al
        jz      1f
        outb    %al, $0xE9
        jmp     print
1:      ret
cold:   .asciz  "cold\n"
came:   .asciz  "back\n"
again:  .asciz  "back for good\n"
wrong:  .asciz  "not as it was\n"
        .balign 8
gdtr:   .word   7
        .long   0
        .org    0xFFF0
        ljmp    $0xF000, $start
        .org    0x10000
