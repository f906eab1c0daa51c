/* A boot program on a hard disk that works on floppy 0: it writes across the two sides, formats a track, and sees the
 * medium change while the runner, whom it asks on port E9h, puts others in. */
#include "tests/bios/program.h"
#define PATTERN 0x6000
#define BUFFER  0x6800

.macro  FLOPPY function, count, cylinder, head, sector, buffer
        movw    $\function << 8 | \count, %ax
        movw    $\cylinder << 8 | \sector, %cx
        movw    $\head << 8, %dx
        movw    $\buffer, %bx
        int     $0x13
.endm
/* Asks on port E9h and waits for a key. */
.macro  ASK text
        .section .data
8:      .asciz  "\text\n"
        .text
        movw    $8b, %si
        call    put
        movb    $0, %ah
        int     $0x16
.endm

tests:  cld
        movw    $PATTERN, %di
        movw    $0x400, %cx
        movw    $0x1234, %ax
1:      stosw
        addw    $0x0101, %ax
        loop    1b
        TEST    "13 floppy: written across the sides"
        FLOPPY  3, 4, 5, 0, 17, PATTERN
        REQUIRE nc
        EQUAL   $4, %al
        FLOPPY  2, 4, 5, 0, 17, BUFFER
        REQUIRE nc
        movw    $PATTERN, %si
        movw    $BUFFER, %di
        movw    $0x400, %cx
        repe cmpsw
        REQUIRE e
        FLOPPY  4, 4, 5, 0, 17, 0
        REQUIRE nc
        TEST    "13 floppy: formatted"
        movw    $fields, %di
        movw    $0x0101, %cx                 /* cylinder 10, head 1, sectors 1-18 of 512 bytes */
1:      movw    $0x010A, %ax
        stosw
        movb    %cl, %al
        movb    $2, %ah
        stosw
        incb    %cl
        cmpb    $18, %cl
        jbe     1b
        movw    $0x1800, %ax
        movw    $0x4F12, %cx
        movb    $0, %dl
        int     $0x13
        REQUIRE nc
        xorw    %ax, %ax
        movw    %ax, %es
        FLOPPY  5, 18, 10, 1, 1, fields
        REQUIRE nc
        FLOPPY  2, 1, 10, 1, 18, BUFFER
        REQUIRE nc
        EQUAL   $0xF6F6, BUFFER + 510, w
        TEST    "13 floppy: no such medium, no such track"
        movw    $0x1800, %ax
        movw    $0x4F24, %cx
        movb    $0, %dl
        int     $0x13
        REQUIRE c
        EQUAL   $0x0C, %ah
        xorw    %ax, %ax
        movw    %ax, %es
        FLOPPY  2, 1, 0, 2, 1, BUFFER
        REQUIRE c

        call    report
        ASK     "another floppy, please"
        TEST    "13 floppy: another one"
        FLOPPY  0x16, 0, 0, 0, 0, 0
        REQUIRE c
        EQUAL   $6, %ah
        FLOPPY  2, 1, 0, 0, 1, BUFFER
        REQUIRE c
        EQUAL   $6, %ah
        movb    $1, %ah
        movb    $0, %dl
        int     $0x13
        EQUAL   $6, %ah
        FLOPPY  0x16, 0, 0, 0, 0, 0
        REQUIRE nc
        FLOPPY  2, 1, 0, 0, 1, BUFFER
        REQUIRE nc
        EQUAL   $0x324F574E, BUFFER + 2, l     /* NWO2 */
        call    report
        ASK     "no floppy, please"
        TEST    "13 floppy: none"
        FLOPPY  2, 1, 0, 0, 1, BUFFER
        REQUIRE c
        EQUAL   $0x80, %ah
        FLOPPY  3, 1, 0, 0, 1, BUFFER
        REQUIRE c
        EQUAL   $0x80, %ah
        call    report
        ASK     "the small floppy, please"
        TEST    "13 floppy: of 720 KB"
        FLOPPY  2, 1, 0, 0, 1, BUFFER          /* the change, unless the failed attempts have told it */
        FLOPPY  2, 1, 79, 1, 9, BUFFER
        REQUIRE nc
        EQUAL   $0x324F574E, BUFFER + 2, l
        FLOPPY  2, 1, 0, 0, 10, BUFFER
        REQUIRE c
        EQUAL   $4, %ah
        jmp     done
fields: .skip   18 * 4
