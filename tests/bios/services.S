/* A boot program that calls the services of the BIOS and says, a line each, whether they did what they should. */
#include "tests/bios/program.h"

tests:
        TEST    "1A00 ticks go on"
        sti
        movb    $0, %ah
        int     $0x1A
        movw    %dx, %di
1:      hlt
        movb    $0, %ah
        int     $0x1A
        cmpw    %di, %dx
        je      1b
        TEST    "1A02 time"
        movb    $2, %ah
        int     $0x1A
        REQUIRE nc
        TEST    "1A04 date"
        movb    $4, %ah
        int     $0x1A
        REQUIRE nc
        EQUAL   $0x2026, %cx
        EQUAL   $0x0101, %dx
        TEST    "1A06 alarm, twice"
        movb    $6, %ah
        movw    $0x2300, %cx
        movb    $0, %dh
        int     $0x1A
        REQUIRE nc
        movb    $6, %ah
        int     $0x1A
        REQUIRE c
        movb    $7, %ah
        int     $0x1A
        REQUIRE nc
        TEST    "1A09 no such function"
        movb    $9, %ah
        int     $0x1A
        REQUIRE c

        TEST    "B101 PCI BIOS"
        movw    $0xB101, %ax
        int     $0x1A
        REQUIRE nc
        EQUAL   $0x20494350, %edx
        EQUAL   $0x0210, %bx
        TEST    "B102 find device"
        movw    $0xB102, %ax
        movw    $0x7000, %cx
        movw    $0x8086, %dx
        xorw    %si, %si
        int     $0x1A
        REQUIRE nc
        EQUAL   $0x0008, %bx
        EQUAL   $0x7000, %cx
        movw    $0xB102, %ax
        movw    $1, %si
        int     $0x1A
        REQUIRE c
        EQUAL   $0x86, %ah
        movw    $0xB102, %ax
        movw    $0xFFFF, %dx
        int     $0x1A
        REQUIRE c
        EQUAL   $0x83, %ah
        TEST    "B103 find class"
        movw    $0xB103, %ax
        movl    $0x060100, %ecx
        xorw    %si, %si
        int     $0x1A
        REQUIRE nc
        EQUAL   $0x0008, %bx
        TEST    "B108-B10D configuration space"
        movw    $0xB10A, %ax
        xorw    %bx, %bx
        xorw    %di, %di
        int     $0x1A
        REQUIRE nc
        EQUAL   $0x12378086, %ecx
        movw    $0xB108, %ax
        movw    $3, %di
        int     $0x1A
        EQUAL   $0x12, %cl
        movw    $0xB109, %ax
        int     $0x1A
        REQUIRE c
        EQUAL   $0x87, %ah
        movw    $0xB10B, %ax
        movw    $0x0D, %di
        movb    $0x40, %cl
        int     $0x1A
        REQUIRE nc
        movw    $0xB108, %ax
        movb    $0, %cl
        int     $0x1A
        EQUAL   $0x40, %cl
        movw    $0xB10E, %ax
        int     $0x1A
        REQUIRE c
        EQUAL   $0x81, %ah

        TEST    "12 memory, 11 equipment"
        int     $0x12
        EQUAL   $639, %ax
        int     $0x11
        testb   $2, %al
        REQUIRE nz
        TEST    "15E820 map"
        xorl    %ebx, %ebx
        movl    %ebx, total
1:      movl    $0xE820, %eax
        movl    $0x534D4150, %edx
        movl    $20, %ecx
        movw    $row, %di
        int     $0x15
        REQUIRE nc
        jc      2f
        EQUAL   $0x534D4150, %eax
        EQUAL   $20, %ecx
        cmpl    $1, row + 16
        jne     3f
        movl    row + 8, %eax
        addl    %eax, total
3:      testl   %ebx, %ebx
        jnz     1b
2:      cmpl    $0x7000000, total            /* most of 128 MiB */
        REQUIRE a
        movl    $0xE820, %eax
        xorl    %edx, %edx
        int     $0x15
        REQUIRE c
        EQUAL   $0x86, %ah
        TEST    "15E801, 1588 sizes"
        movw    $0xE801, %ax
        int     $0x15
        REQUIRE nc
        EQUAL   $0x3C00, %ax
        cmpw    $0x600, %bx
        REQUIRE a
        movb    $0x88, %ah
        int     $0x15
        REQUIRE nc
        EQUAL   $0xFC00, %ax
        TEST    "15C0 configuration, 15C1 EBDA"
        movb    $0xC0, %ah
        int     $0x15
        REQUIRE nc
        EQUAL   $8, %es:(%bx), w
        EQUAL   $0xFC, %es:2(%bx), b
        movb    $0xC1, %ah
        int     $0x15
        REQUIRE nc
        movw    %es, %ax
        EQUAL   $0x9FC0, %ax
        xorw    %ax, %ax
        movw    %ax, %es
        TEST    "1524 A20"
        movw    $0x2400, %ax
        int     $0x15
        REQUIRE nc
        movw    $0x2402, %ax
        int     $0x15
        EQUAL   $0, %al
        movw    $0x2401, %ax
        int     $0x15
        movw    $0x2402, %ax
        int     $0x15
        EQUAL   $1, %al
        movw    $0x2403, %ax
        int     $0x15
        EQUAL   $3, %bx
        movw    $0x2409, %ax
        int     $0x15
        REQUIRE c
        TEST    "1587 block move"
        movl    $0x93007C00, moves + 0x12
        movl    $0x93200000, moves + 0x1A
        movw    $moves, %si
        movw    $256, %cx
        movb    $0x87, %ah
        int     $0x15
        REQUIRE nc
        EQUAL   $0, %ah
        movl    $0x93200000, moves + 0x12
        movl    $0x93006000, moves + 0x1A
        movw    $256, %cx
        movb    $0x87, %ah
        int     $0x15
        REQUIRE nc
        movw    $0x7C00, %si
        movw    $0x6000, %di
        movw    $128, %cx
        repe cmpsl
        REQUIRE e
        movw    $moves, %si
        movw    $0x9000, %cx
        movb    $0x87, %ah
        int     $0x15
        REQUIRE c
        TEST    "1586 wait, 1583 event"
        movb    $0x86, %ah
        xorw    %cx, %cx
        movw    $1000, %dx
        int     $0x15
        REQUIRE nc
        movb    $0, event
        movw    $0x8300, %ax
        xorw    %cx, %cx
        movw    $4000, %dx
        movw    $event, %bx
        int     $0x15
        REQUIRE nc
        movw    $0x8300, %ax
        int     $0x15
        REQUIRE c
        sti
1:      hlt
        testb   $0x80, event
        jz      1b
        TEST    "154F key, 1577 unknown"
        movw    $0x4F1E, %ax
        int     $0x15
        REQUIRE c
        EQUAL   $0x1E, %al
        movb    $0x77, %ah
        int     $0x15
        REQUIRE c
        EQUAL   $0x86, %ah

        TEST    "1553 APM"
        movw    $0x5300, %ax
        xorw    %bx, %bx
        int     $0x15
        REQUIRE nc
        EQUAL   $0x504D, %bx
        EQUAL   $0x0102, %ax
        xorw    %bx, %bx
        movw    $0x5301, %ax
        int     $0x15
        REQUIRE nc
        movw    $0x5301, %ax
        int     $0x15
        REQUIRE c
        EQUAL   $0x02, %ah
        movw    $0x530B, %ax
        int     $0x15
        REQUIRE c
        EQUAL   $0x80, %ah
        movw    $0x530A, %ax
        movw    $1, %bx
        int     $0x15
        REQUIRE nc
        EQUAL   $1, %bh
        movw    $0x5307, %ax
        movw    $5, %bx
        int     $0x15
        REQUIRE c
        EQUAL   $9, %ah
        xorw    %bx, %bx
        movw    $0x5304, %ax
        int     $0x15
        REQUIRE nc
        movw    $0x5304, %ax
        int     $0x15
        REQUIRE c
        EQUAL   $3, %ah
        movw    $0x5303, %ax
        int     $0x15
        REQUIRE nc
        EQUAL   $0xF000, %ax
        movw    $0x5304, %ax
        xorw    %bx, %bx
        int     $0x15

        TEST    "16 keys"
        movb    $5, %ah
        movw    $0x1E61, %cx
        int     $0x16
        EQUAL   $0, %al
        movb    $1, %ah
        int     $0x16
        REQUIRE nz
        EQUAL   $0x1E61, %ax
        movb    $0, %ah
        int     $0x16
        EQUAL   $0x1E61, %ax
        movb    $1, %ah
        int     $0x16
        REQUIRE z
        movb    $5, %ah
        movw    $0x48E0, %cx
        int     $0x16
        movb    $5, %ah
        int     $0x16
        movb    $0, %ah
        int     $0x16
        EQUAL   $0x4800, %ax
        movb    $0x10, %ah
        int     $0x16
        EQUAL   $0x48E0, %ax
        movw    $15, %di
1:      movb    $5, %ah
        int     $0x16
        EQUAL   $0, %al
        decw    %di
        jnz     1b
        movb    $5, %ah
        int     $0x16
        EQUAL   $1, %al
        movw    $15, %di
2:      movb    $0, %ah
        int     $0x16
        decw    %di
        jnz     2b
        movb    $0x0A, %ah
        int     $0x16
        EQUAL   $0x41AB, %bx
        movw    $0x0305, %ax
        movw    $0x0100, %bx
        int     $0x16

        TEST    "15C2 mouse"
        movw    $0xC200, %ax
        movb    $1, %bh
        int     $0x15
        REQUIRE c
        EQUAL   $5, %ah
        movw    $0xC205, %ax
        movb    $3, %bh
        int     $0x15
        REQUIRE nc
        EQUAL   $0x00AA, %bx
        movw    $0xC207, %ax
        movw    $mouse, %bx
        int     $0x15
        REQUIRE nc
        movw    $0xC200, %ax
        movb    $1, %bh
        int     $0x15
        REQUIRE nc
        movw    $0xC206, %ax
        movb    $0, %bh
        int     $0x15
        REQUIRE nc
        testb   $0x20, %bl                   /* enabled */
        REQUIRE nz
        movw    $0xC203, %ax
        movb    $4, %bh
        int     $0x15
        REQUIRE c
        EQUAL   $2, %ah
        movw    $0xC204, %ax
        int     $0x15
        REQUIRE nc
        EQUAL   $0, %bh
        movw    $0xC209, %ax
        int     $0x15
        REQUIRE c
        EQUAL   $1, %ah

        TEST    "14 serial, 17 printer"
        movw    $0x00E3, %ax
        xorw    %dx, %dx
        int     $0x14
        testb   $0x20, %ah
        REQUIRE nz
        movw    $0x0141, %ax
        int     $0x14
        testb   $0x80, %ah
        REQUIRE z
        movb    $3, %ah
        movw    $3, %dx
        int     $0x14
        EQUAL   $0x80, %ah
        movb    $2, %ah
        movw    $2, %dx
        int     $0x17
        testb   $1, %ah
        REQUIRE nz
        TEST    "10 screen"
        movb    $0x0F, %ah
        int     $0x10
        EQUAL   $80, %ah

        TEST    "13 no such drive"
        movw    $0x0201, %ax
        movw    $1, %cx
        movw    $0x008F, %dx
        movw    $0x6000, %bx
        int     $0x13
        REQUIRE c
        EQUAL   $1, %ah
        cmpb    $0xE0, drive
        jae     cd_tests
        TEST    "13 read, again, and outside"
        movw    $0x0201, %ax
        movw    $1, %cx
        movb    $0, %dh
        movb    drive, %dl
        movw    $0x6000, %bx
        int     $0x13
        REQUIRE nc
        EQUAL   $1, %al
        movl    0x7C00, %eax
        EQUAL   0x6000, %eax
        EQUAL   $0xAA55, 0x61FE, w
        movw    $0x0201, %ax
        movw    $0x003F, %cx                 /* sector 63: no floppy has it */
        movb    $0xFE, %dh
        int     $0x13
        REQUIRE c
        movb    $0, %ah
        int     $0x13
        movw    $0x0200, %ax
        movb    $0, %dh
        movw    $1, %cx
        int     $0x13
        REQUIRE c
        TEST    "1308 parameters, 1315 type"
        movb    $8, %ah
        movb    drive, %dl
        int     $0x13
        REQUIRE nc
        testb   $63, %cl
        REQUIRE nz
        movb    $0x15, %ah
        movb    drive, %dl
        int     $0x13
        REQUIRE nc
        xorw    %ax, %ax
        movw    %ax, %es
        movb    $0x77, %ah
        movb    drive, %dl
        int     $0x13
        REQUIRE c
        EQUAL   $1, %ah
        cmpb    $0x80, drive
        jne     emulation_test
        movw    $0x4B01, %ax                 /* an emulated disk has no extensions here */
        movb    drive, %dl
        movw    $specification, %si
        int     $0x13
        jnc     done
        TEST    "1341-1348 extensions"
        movb    $0x41, %ah
        movw    $0x55AA, %bx
        int     $0x13
        REQUIRE nc
        EQUAL   $0xAA55, %bx
        movb    $0x42, %ah
        movw    $packet, %si
        int     $0x13
        REQUIRE nc
        EQUAL   $0xAA55, 0x61FE, w
        movb    $0x43, %ah
        int     $0x13
        REQUIRE nc
        movl    $0x7FFFFFFF, packet + 8
        movb    $0x42, %ah
        int     $0x13
        REQUIRE c
        EQUAL   $4, %ah
        movb    $8, packet
        movb    $0x42, %ah
        int     $0x13
        REQUIRE c
        EQUAL   $1, %ah
        movw    $parameters, %si
        movb    $0x48, %ah
        int     $0x13
        REQUIRE nc
        EQUAL   $66, parameters, w
        EQUAL   $512, parameters + 0x18, w
        EQUAL   $0xBEDD, parameters + 0x1E, w
        movb    $0x46, %ah
        int     $0x13
        REQUIRE c
        EQUAL   $0xB2, %ah
        jmp     done

cd_tests:
        TEST    "13 CD: read, outside, write"
        movw    $packet, %si
        movl    $16, packet + 8
        movb    drive, %dl
        movb    $0x42, %ah
        int     $0x13
        REQUIRE nc
        EQUAL   $0x30304443, 0x6001, l          /* CD00 */
        movb    $0x43, %ah
        int     $0x13
        REQUIRE c
        EQUAL   $3, %ah
        movl    $0x7FFFFFFF, packet + 8
        movb    $0x42, %ah
        int     $0x13
        REQUIRE c
emulation_test:
        cmpb    $0xE0, drive
        jae     1f
        movw    $0x4B01, %ax
        movb    drive, %dl
        movw    $specification, %si
        int     $0x13
        jc      done                         /* a floppy */
1:      TEST    "134B emulation"
        movw    $0x4B01, %ax
        movb    drive, %dl
        movw    $specification, %si
        int     $0x13
        REQUIRE nc
        EQUAL   $19, specification, b
        movb    drive, %al
        EQUAL   %al, specification + 2
        movw    $0x4B01, %ax
        movb    $0x99, %dl
        int     $0x13
        REQUIRE c
        jmp     done

mouse:  lretw
event:  .byte   0
total:  .long   0
row:    .skip   20
        .balign 4
packet: .word   16, 1, 0x6000, 0
        .quad   0
specification: .skip 24
parameters: .word 66
        .skip   72
moves:  .quad   0, 0
        .word   0x1FF, 0, 0x9300, 0
        .word   0x1FF, 0, 0x9320, 0
        .quad   0, 0
        .section .data
