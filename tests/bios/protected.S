/* A boot program that calls what the BIOS offers to protected mode: BIOS32 and its PCI service from flat 32-bit code, APM
 * through its 32-bit interface (variant 0) or its 16-bit one (variant 1), by which it switches the machine off at last.
 * Descriptors are as the specifications want them. */
#include "tests/bios/program.h"
#define CODE32  0x08
#define DATA32  0x10
#define CODE16  0x18
#define DATA16  0x20
#define APM32   0x28
#define APM16   0x30                         /* behind APM32, as APM 1.2 has it */
#define APMDATA 0x38
#define SERVICE_PCI 0x49435024

/* The condition must hold now, in 32-bit code with flat data. */
.macro  REQUIRE32 condition
        j\condition 9f
        movb    $1, bad
9:
.endm
.macro  EQUAL32 value, where
        cmp     \value, \where
        REQUIRE32 e
.endm
/* A base of real mode's segment AX into the descriptor at `row`. */
.macro  BASE row
        movzwl  %ax, %eax
        shll    $4, %eax
        movw    %ax, gdt + \row + 2
        shrl    $16, %eax
        movb    %al, gdt + \row + 4
.endm

tests:  cmpw    $1, variant
        je      sixteen
        TEST    "BIOS32 directory"
        movw    $0xE000, %ax
1:      movw    %ax, %es
        cmpl    $0x5F32335F, %es:0           /* _32_ */
        je      2f
        incw    %ax
        jnz     1b
        movb    $1, bad
2:      movzwl  %ax, %eax
        movl    %es:4, %ebx
        movl    %ebx, bios32
        EQUAL   $1, %es:9, b
        movb    $0, %al
        movw    $16, %cx
        xorw    %di, %di
3:      addb    %es:(%di), %al
        incw    %di
        loop    3b
        EQUAL   $0, %al
        TEST    "BIOS32 and its PCI service, called from 32-bit code"
        movw    $services32, work
        call    trip
        TEST    "530E, 530A, 530B through APM's 32-bit entry"
        movw    $0x5303, %ax
        call    connect
        movl    %ebx, apm
        movw    $APM32, apm + 4
        BASE    APM32
        movw    %cx, %ax
        BASE    APM16
        movw    %dx, %ax
        BASE    APMDATA
        movw    $apm_work32, work
        call    trip
        call    report
        movw    $off32, work
        call    trip
        jmp     alive
sixteen:
        TEST    "530E, 530A, 530B through APM's 16-bit entry"
        movw    $0x5302, %ax
        call    connect
        movw    %bx, apm
        movw    $APM16, apm + 2
        BASE    APM16
        movw    %cx, %ax
        BASE    APMDATA
        movw    $apm_work16, work
        call    trip
        call    report
        movw    $off16, work
        call    trip
alive:  TEST    "5307 off"
        movb    $1, bad
        jmp     done

/* The interface of AX, of version 1.2. */
connect:
        xorw    %bx, %bx
        int     $0x15
        REQUIRE nc
        pushaw
        movw    $0x530E, %ax
        xorw    %bx, %bx
        movw    $0x0102, %cx
        int     $0x15
        REQUIRE nc
        popaw
        ret

/* To 16-bit protected mode, the routine that `work` says, and back. */
trip:   cli
        lgdt    gdt_at
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpw   $CODE16, $1f
1:      movw    $DATA16, %ax
        call    segments
        call    *work
        cli
        movw    $DATA16, %ax
        call    segments
        movl    %cr0, %eax
        andb    $0xFE, %al
        movl    %eax, %cr0
        ljmpw   $0, $1f
1:      xorw    %ax, %ax
segments:
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        ret

.macro  STATES mode
        movl    $0x530A, %eax
        movl    $1, %ebx
        APM_CALL
        REQUIRE\mode nc
        EQUAL\mode $1, %bh
        EQUAL\mode $0xFF, %bl
        movl    $0x530B, %eax
        APM_CALL
        REQUIRE\mode c
        EQUAL\mode $0x80, %ah
        movl    $0x5307, %eax
        movl    $0x77, %ebx
        movl    $3, %ecx
        APM_CALL
        REQUIRE\mode c
        EQUAL\mode $0x09, %ah
        movl    $0x53EE, %eax
        APM_CALL
        REQUIRE\mode c
        EQUAL\mode $0x0C, %ah
.endm
.macro  OFF
        movl    $0x5307, %eax
        movl    $1, %ebx
        movl    $3, %ecx
        APM_CALL
.endm

.macro  APM_CALL
        lcallw  *apm
.endm
apm_work16:
        STATES
        ret
off16:  OFF
        ret
services32:
        lcalll  $CODE32, $services
        ret
apm_work32:
        lcalll  $CODE32, $states
        ret
off32:  lcalll  $CODE32, $off
        ret

        .code32
.purgem APM_CALL
.macro  APM_CALL
        lcall   *apm
.endm
flat:   movl    $DATA32, %eax
        movw    %ax, %ds
        movw    %ax, %es
        ret
services:
        call    flat
        movl    $SERVICE_PCI, %eax
        xorl    %ebx, %ebx
        lcall   *bios32
        EQUAL32 $0, %al
        addl    %ebx, %edx
        movl    %edx, pci
        cmpl    $0xF0000, %edx
        REQUIRE32 ae
        cmpl    $0x10000, %ecx
        REQUIRE32 be
        movl    $0x54534554, %eax            /* no such service */
        xorl    %ebx, %ebx
        lcall   *bios32
        EQUAL32 $0x80, %al
        movl    $SERVICE_PCI, %eax
        movl    $1, %ebx                     /* no such function of the directory */
        lcall   *bios32
        EQUAL32 $0x81, %al
        movl    $0xB101, %eax
        lcall   *pci
        REQUIRE32 nc
        EQUAL32 $0, %ah
        EQUAL32 $0x20494350, %edx
        EQUAL32 $0x0210, %bx
        movl    $0xB102, %eax
        movl    $0x7000, %ecx
        movl    $0x8086, %edx
        xorl    %esi, %esi
        lcall   *pci
        REQUIRE32 nc
        EQUAL32 $8, %bx
        movl    $0xB103, %eax
        movl    $0x060000, %ecx
        xorl    %esi, %esi
        lcall   *pci
        REQUIRE32 nc
        EQUAL32 $0, %bx
        movl    $0xB10A, %eax
        xorl    %edi, %edi
        lcall   *pci
        REQUIRE32 nc
        EQUAL32 $0x12378086, %ecx
        movl    $0xB10C, %eax
        movl    $8, %ebx
        movl    $1, %edi                     /* not at a word */
        lcall   *pci
        REQUIRE32 c
        EQUAL32 $0x87, %ah
        movl    $0xB102, %eax
        movl    $0xFFFF, %edx
        lcall   *pci
        REQUIRE32 c
        EQUAL32 $0x83, %ah
        lret
states: call    flat
        STATES  32
        lret
off:    call    flat
        OFF
        lret

        .balign 8
gdt:    .quad   0
        .quad   0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00009B000000FFFF, 0x000093000000FFFF
        .quad   0x00409B000000FFFF, 0x00009B000000FFFF, 0x000093000000FFFF
gdt_at: .word   . - gdt - 1
        .long   gdt
bios32: .long   0
        .word   CODE32
pci:    .long   0
        .word   CODE32
apm:    .long   0
        .word   0
work:   .word   0
