/* A boot program that reboots by a jump, by the keyboard controller, and comes back from a reset by CMOS 0Fh; CMOS 50h says
 * how far it is. Ends the run with 0 on isa-debug-exit when all is as it should be. */
        .code16
        .globl  _start
#define STAGE 0x50
_start: ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7C00, %sp
        movb    $STAGE, %al
        outb    %al, $0x70
        inb     $0x71, %al
        movb    %al, %bl
        incb    %al
        outb    %al, $0x71
        movb    %bl, %al
        addb    $0x30, %al
        outb    %al, $0xE9
        cmpb    $1, %bl
        je      second
        ja      third
        movw    $0x1234, 0x472
        ljmp    $0xF000, $0xFFF0
second: movb    $1, %al
        cmpw    $0x1234, 0x472
        jne     end
        movb    $0xFE, %al
        outb    %al, $0x64
        hlt
third:  movl    $0xCAFE, 0x5000
        movw    $resumed, 0x467
        movw    $0, 0x469
        movb    $0x0F, %al
        outb    %al, $0x70
        movb    $0x0A, %al
        outb    %al, $0x71
        movb    $0xFE, %al
        outb    %al, $0x64
1:      hlt
        jmp     1b
resumed:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7C00, %sp
        movb    $2, %al
        cmpl    $0xCAFE, 0x5000
        jne     end
        int     $0x12                        /* services still work */
        cmpw    $639, %ax
        movb    $3, %al
        jne     end
        movb    $0, %al
end:    outb    %al, $0xF4
1:      hlt
        jmp     1b
        .org    510
        .word   0xAA55
