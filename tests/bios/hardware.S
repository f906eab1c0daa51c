/* A boot program whose handlers the BIOS calls: the mouse's (INT 15h AH=C2h) and the alarm's (INT 4Ah). And a disk larger
 * than 28 bits can address, as drive 81h: its last sectors are read and written. */
#include "tests/bios/program.h"

tests:  cmpw    $2, variant
        je      large
        TEST    "15C2 mouse's packets"
        movw    $0xC205, %ax
        movb    $3, %bh
        int     $0x15
        REQUIRE nc
        movw    $0xC207, %ax
        movw    $on_mouse, %bx
        int     $0x15
        REQUIRE nc
        movw    $0xC200, %ax
        movb    $1, %bh
        int     $0x15
        REQUIRE nc
        movw    $ready, %si
        call    put
        sti
1:      hlt
        cmpb    $0, packets
        je      1b
        EQUAL   $0x29, packet + 6, w           /* left button; up is negative */
        EQUAL   $5, packet + 4, w
        EQUAL   $0xFD, packet + 2, w
        EQUAL   $0, packet, w
        movw    $0xC200, %ax
        movb    $0, %bh
        int     $0x15
        REQUIRE nc

        TEST    "1A06 alarm goes off"
        movw    $on_alarm, 4 * 0x4A
        movw    %cs, 4 * 0x4A + 2
        movb    $3, %ah
        movw    $0x2359, %cx
        movw    $0x5800, %dx
        int     $0x1A
        REQUIRE nc
        movb    $6, %ah
        xorw    %cx, %cx
        movb    $0, %dh                        /* midnight: in two seconds */
        int     $0x1A
        REQUIRE nc
        sti
1:      hlt
        cmpb    $0, alarms
        je      1b
        movb    $2, %ah
        int     $0x1A
        EQUAL   $0, %cx
        EQUAL   $0, %dh
        movb    $7, %ah
        int     $0x1A
        REQUIRE nc
        jmp     done

large:  TEST    "13 the end of a large disk"
        movb    $0x48, %ah
        movb    $0x81, %dl
        movw    $parameters, %si
        int     $0x13
        REQUIRE nc
        cmpl    $0x10000000, parameters + 0x10
        REQUIRE ae
        movl    parameters + 0x10, %eax
        subl    $2, %eax
        call    sectors
        REQUIRE nc
        EQUAL   $0x31444E45, 0x6000, l         /* END1, END2 */
        EQUAL   $0x32444E45, 0x6200, l
        movl    $0x4E455257, 0x6000            /* WREN */
        movb    $0x43, %ah
        call    again
        REQUIRE nc
        movb    $0x44, %ah
        call    again
        REQUIRE nc
        incl    packet13 + 8                   /* one too many */
        movb    $0x42, %ah
        call    again
        REQUIRE c
        EQUAL   $4, %ah
        EQUAL   $0, packet13 + 2, w
        TEST    "13 across 2^28 sectors"
        movl    $0x0FFFFFFF, %eax
        call    sectors
        REQUIRE nc
        EQUAL   $0x31303832, 0x6000, l         /* 2801, 2802 */
        EQUAL   $0x32303832, 0x6200, l
        TEST    "1308, 41h and 46h: the disks' geometry"
        movb    $8, %ah
        movb    $0x81, %dl
        int     $0x13
        REQUIRE nc
        lesw    4 * 0x46, %di
        movw    %es:(%di), %ax
        decw    %ax
        cmpb    %al, %ch
        REQUIRE e
        shlb    $6, %ah
        movb    %cl, %bl
        andb    $0xC0, %bl
        cmpb    %bl, %ah
        REQUIRE e
        incb    %dh
        cmpb    %es:2(%di), %dh
        REQUIRE e
        andb    $63, %cl
        cmpb    %es:14(%di), %cl
        REQUIRE e
        EQUAL   $0xA0, %es:3(%di), b
        EQUAL   $16, %es:11(%di), b
        movw    $16, %cx
        movb    $0, %al
1:      addb    %es:(%di), %al
        incw    %di
        loop    1b
        EQUAL   $0, %al
        lesw    4 * 0x41, %di                  /* drive 80h: 20 cylinders, 16 heads, 63 sectors, not translated */
        EQUAL   $20, %es:(%di), w
        EQUAL   $16, %es:2(%di), b
        EQUAL   $0, %es:3(%di), w
        EQUAL   $63, %es:14(%di), b
        jmp     done
/* Reads two sectors from EAX on. */
sectors:
        movl    %eax, packet13 + 8
        movb    $0x42, %ah
again:  movw    $2, packet13 + 2
        movw    $packet13, %si
        movb    $0x81, %dl
        int     $0x13
        ret

on_mouse:
        pushw   %bp
        pushw   %ds
        pushaw
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %sp, %bp
        movw    $packet, %di
        movw    $4, %cx
        addw    $24, %bp                       /* PUSHA, DS, BP, and the return address */
1:      movw    (%bp), %ax
        movw    %ax, (%di)
        addw    $2, %bp
        addw    $2, %di
        decw    %cx
        jnz     1b
        incb    packets
        popaw
        popw    %ds
        popw    %bp
        lretw
on_alarm:
        incb    %cs:alarms
        iretw
ready:  .asciz  "move the mouse\n"
packets: .byte  0
alarms: .byte   0
packet: .skip   8
        .balign 4
packet13: .word 16, 2, 0x6000, 0
        .quad   0
parameters: .word 66
        .skip   72
