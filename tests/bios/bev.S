/* An option ROM of one block with a Plug and Play header whose boot entry (BEV) says so on port E9h: it comes back, so
 * that the next device has its turn. Its connection entry (BCV) is called once, at power-on. */
        .code16
        .globl  _start
_start: .word   0xAA55
        .byte   1
        jmp     init
        .org    0x1A
        .word   header - _start
init:   movb    $'i', %al
        outb    %al, $0xE9
        lretw
connect:
        movb    $'v', %al
        outb    %al, $0xE9
        lretw
boot:   movb    $'B', %al
        outb    %al, $0xE9
        lretw
        .balign 16
header: .ascii  "$PnP"
        .byte   1, 2                         /* revision, length in 16 bytes */
        .word   0                            /* no other header */
        .byte   0, 0                         /* checksum: the runner's */
        .long   0
        .word   0, name - _start
        .byte   2, 0, 0, 0x64                /* class: network; may be a boot device */
        .word   connect - _start, 0, boot - _start
        .word   0, 0
name:   .asciz  "boot entry of the tests"
        .org    512
