/* A boot sector that says on screen and debug console which drive it came from, then switches the power off. */
        .code16
        .globl _start
_start: ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %dx, %bp
        movw    $text, %si
        call    say
        movw    %bp, %ax
        shrb    $4, %al
        call    digit
        movw    %bp, %ax
        andb    $15, %al
        call    digit
        movb    $'\n', %al
        outb    %al, $0xE9
        movw    $0x8900, %dx
        movw    $word, %si
2:      lodsb
        outb    %al, %dx
        testb   %al, %al
        jnz     2b
3:      hlt
        jmp     3b
digit:  addb    $'0', %al
        cmpb    $'9', %al
        jbe     put
        addb    $7, %al
put:    outb    %al, $0xE9
        movb    $0x0E, %ah
        movw    $7, %bx
        int     $0x10
        ret
say:    lodsb
        testb   %al, %al
        jz      4f
        call    put
        jmp     say
4:      ret
text:   .asciz  "the boot sector of drive "
word:   .asciz  "Shutdown"
        .org    510
        .word   0xAA55
