/* What the boot programs of these tests share: the boot sector, which loads the other sectors from floppy, disk, or CD in
 * every emulation, and lines on port E9h, one for each test, with whether all that it required was so. A program has its
 * tests behind the label `tests` and jumps to `done`, which ends the run on isa-debug-exit at F4h with how many failed.
 * `variant`, byte 508 of the boot sector, is for the runner to choose among a program's tests. */
        .code16
        .section .text, "ax"
        .globl  _start
#define SECTORS 16

/* A test begins; the one before is over. */
.macro  TEST name
        call    report
        .section .data
8:      .asciz  "\name"
        .text
        movw    $8b, name
        movb    $0, bad
.endm
/* The condition must hold now. Keeps registers. */
.macro  REQUIRE condition
        j\condition 9f
        movb    $1, %cs:bad
9:
.endm
.macro  EQUAL value, where, suffix
        cmp\suffix \value, \where
        REQUIRE e
.endm

_start: ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7C00, %sp
        movb    %dl, drive
        cmpb    $0xE0, %dl                   /* a CD without emulation brings all of it */
        jae     tests
        movw    $1, %si                      /* sector by sector, with the drive's geometry */
        movb    $8, %ah
        int     $0x13
        jc      tests
        andw    $63, %cx
        movw    %cx, spt
        xorw    %ax, %ax
        movw    %ax, %es
2:      movw    %si, %ax
        xorw    %dx, %dx
        divw    spt
        movb    %al, %dh                     /* head; few sectors, so cylinder 0 */
        movb    %dl, %cl
        incb    %cl
        movb    $0, %ch
        movb    drive, %dl
        movw    %si, %bx
        shlw    $9, %bx
        addw    $0x7C00, %bx
        movw    $0x0201, %ax
        int     $0x13
        jc      3f
        incw    %si
        cmpw    $SECTORS, %si
        jb      2b
        jmp     tests
3:      movb    $0x7F, %al
        outb    %al, $0xF4
        hlt
spt:    .word   18
drive:  .byte   0
bad:    .byte   0
failures: .byte 0
name:   .word   0
        .org    508
variant: .word  0
        .word   0xAA55

put:    lodsb
        testb   %al, %al
        jz      1f
        outb    %al, $0xE9
        jmp     put
1:      ret
report: pushaw
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    name, %si
        testw   %si, %si
        jz      2f
        call    put
        movw    $good, %si
        cmpb    $0, bad
        je      1f
        incb    failures
        movw    $fail, %si
1:      call    put
        movw    $0, name
2:      popaw
        ret

done:   call    report
        movb    failures, %al
        outb    %al, $0xF4
1:      hlt
        jmp     1b

good:   .asciz  ": good\n"
fail:   .asciz  ": FAIL\n"
