/* Advanced Power Management BIOS Interface Specification 1.2: INT 15h AH=53h, and the entries for protected mode of 16 and
 * 32 bits. There is a computer on line power that can be switched off; it has no other states and no events. */
#include "firmware/bios/bios.h"

        .section .data16, "aw"
apm_connected:
        .byte   0                            /* 1 real mode, 2 protected 16 bits, 3 protected 32 bits */

        .section .text16, "ax"
        .code16
#define L(name) name ## 16
#include "firmware/bios/apm_core.h"
#undef L

/* INT 15h AH=53h. */
        .globl  apm_real
apm_real:
        cmpb    $0x04, %al
        ja      1f
        call    apm_connection
        jmp     2f
1:      call    apm_functions16
2:      pushw   %bp
        movw    %sp, %bp
        jc      3f
        andb    $0xFE, 6(%bp)
        popw    %bp
        iretw
3:      orb     $1, 6(%bp)
        popw    %bp
        iretw

apm_connection:
        pushw   %ds
        pushw   $DATA_SEG
        popw    %ds
        call    1f
        popw    %ds
        ret
1:      cmpw    $0, %bx                      /* the BIOS itself */
        jne     apm_wrong_device
        cmpb    $0x00, %al
        je      apm_present
        cmpb    $0x04, %al
        je      apm_disconnect
        movb    apm_connected, %ah           /* what is connected already has an error of its own */
        testb   %ah, %ah
        jnz     apm_twice
        movb    %al, apm_connected
        cmpb    $0x02, %al
        je      apm_connect16
        cmpb    $0x03, %al
        je      apm_connect32
        movb    $0, %ah
        clc
        ret
apm_present:
        movw    $0x0102, %ax
        movw    $0x504D, %bx
        movw    $0x0003, %cx                 /* both protected-mode interfaces */
        clc
        ret
apm_wrong_device:
        movb    $0x09, %ah
        stc
        ret
apm_twice:
        addb    %ah, %ah                     /* 02h, 05h, 07h */
        cmpb    $2, %ah
        je      1f
        incb    %ah
1:      stc
        ret
apm_disconnect:
        cmpb    $0, apm_connected
        movb    $0, apm_connected
        movb    $0x03, %ah                   /* was not connected */
        stc
        je      1f
        movb    $0, %ah
        clc
1:      ret
apm_connect16:
        movw    $CODE_SEG, %ax
        movw    $apm_protected16, %bx
        movw    $DATA_SEG, %cx
        movw    $0xFFFF, %si
        movw    $0xFFFF, %di
        clc
        ret
apm_connect32:
        movw    $CODE_SEG, %ax
        movl    $apm_protected32, %ebx
        movw    $CODE_SEG, %cx
        movw    $DATA_SEG, %dx
        movl    $0xFFFFFFFF, %esi
        movw    $0xFFFF, %di
        clc
        ret

apm_protected16:
        call    apm_functions16
        lretw

        .code32
#define L(name) name ## 32
#include "firmware/bios/apm_core.h"

apm_protected32:
        call    apm_functions32
        lret
        .section .note.GNU-stack, "", @progbits
