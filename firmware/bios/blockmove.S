/* void block_copy(u32 to, u32 from, u32 words): real mode only. Interrupts stay off; the descriptor table is start.S's. */
#include "firmware/bios/bios.h"

        .section .text16, "ax"
        .code16
        .globl  block_copy
block_copy:
        pushl   %esi
        pushl   %edi
        pushfl
        cli
        cld
        movl    %eax, %edi
        movl    %edx, %esi
        lgdtl   %cs:gdt_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpw   $SEL_CODE16, $1f
1:      movw    $SEL_DATA32, %ax
        movw    %ax, %ds
        movw    %ax, %es
        rep addr32 movsw
        movw    $SEL_DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movl    %cr0, %eax
        andb    $0xFE, %al
        movl    %eax, %cr0
        ljmpw   $CODE_SEG, $1f
1:      movw    $DATA_SEG, %ax
        movw    %ax, %ds
        movw    %ax, %es
        popfl
        popl    %edi
        popl    %esi
        retl
        .section .note.GNU-stack, "", @progbits
