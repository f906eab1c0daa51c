/* An option ROM that says on the debug console that it was called. Its bytes add up to a multiple of 256 by the one at the
 * end, which the test fills in. */
        .code16
        .globl _start
_start: .byte   0x55, 0xAA, 1
        pushw   %si
        call    1f
1:      popw    %si
        addw    $text - 1b, %si
2:      lodsb   %cs:(%si)
        testb   %al, %al
        jz      3f
        outb    %al, $0xE9
        jmp     2b
3:      popw    %si
        xorw    %ax, %ax
        lret
text:   .asciz  "an option ROM of the test\n"
        .org    512
