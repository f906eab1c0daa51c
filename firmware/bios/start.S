/* From the reset vector into power-on code, and between its 32-bit and the 16-bit world. */
#include "firmware/bios/bios.h"

#define PAM0 0x80000058                      /* PCI configuration address of 00:00.0, registers 58h-5Bh */
#define PAM3 0x8000005C

        .section .text16, "ax"
        .code16
        .globl  reset
reset:  cli
        cld
        movb    $0x80 | CMOS_RESET, %al
        outb    %al, $CMOS_INDEX
        inb     $CMOS_DATA, %al
        movb    %al, %bl
        movb    $0x80 | CMOS_RESET, %al
        outb    %al, $CMOS_INDEX
        xorb    %al, %al
        outb    %al, $CMOS_DATA
        /* A program that left protected mode by a reset wants to go on where 40:67 says (PC/AT Technical Reference). */
        movw    $BDA_SEG, %ax
        movw    %ax, %ds
        cmpb    $0x05, %bl
        je      resume_eoi
        cmpb    $0x09, %bl
        je      resume
        cmpb    $0x0A, %bl
        je      resume
        cmpb    $0x0B, %bl
        je      resume
        cmpb    $0x0C, %bl
        je      resume

power_on:
        movb    $0x02, %al                   /* A20: a program may have jumped here with it off */
        outb    %al, $0x92
        lidtl   %cs:real_idt
        lgdtl   %cs:gdt_pointer
        movl    %cr0, %eax
        andl    $0x1FFFFFFA, %eax            /* caches on, no paging, no emulation */
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $SEL_CODE32, $shadow + ROM_ALIAS

resume_eoi:
        movb    $0x20, %al
        outb    %al, $0xA0
        outb    %al, $0x20
resume:
        /* The reset closed the shadow RAM but left its contents: opens it as power-on leaves it. There is no stack. */
        movl    $PAM0, %eax
        movw    $0xCF8, %dx
        outl    %eax, %dx
        movw    $0xCFC, %dx
        inl     %dx, %eax
        andl    $0xFF, %eax
        orl     $0x11111000, %eax
        outl    %eax, %dx
        movl    $PAM3, %eax
        movw    $0xCF8, %dx
        outl    %eax, %dx
        movw    $0xCFC, %dx
        movl    $0x33111111, %eax
        outl    %eax, %dx
        cmpb    $0x09, %bl
        je      resume_block
        cmpb    $0x0B, %bl
        je      resume_iret
        cmpb    $0x0C, %bl
        je      resume_retf
        ljmpw   *0x67
resume_block:
        lssw    0x67, %sp
        popw    %ds
        popw    %es
        popaw
        iretw
resume_iret:
        lssw    0x67, %sp
        iretw
resume_retf:
        lssw    0x67, %sp
        lretw

        .balign 8
gdt:    .quad   0
        .quad   0x00CF9B000000FFFF           /* 08: flat code */
        .quad   0x00CF93000000FFFF           /* 10: flat data */
        .quad   0x00009B0F0000FFFF           /* 18: code of F000h */
        .quad   0x000093000000FFFF           /* 20: data with real mode's limit */
        .globl  gdt_pointer
gdt_pointer:
        .word   39
        .long   gdt + CODE_BASE
real_idt:
        .word   0x3FF
        .long   0

/* ---- 32 bits. Runs in the ROM's alias below 4 GiB while the shadow RAM is filled: no absolute jumps. ---- */
        .section .start32, "ax"
        .code32
shadow: movw    $SEL_DATA32, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        /* All of C0000h-FFFFFh readable and writable RAM. */
        movl    $PAM0, %eax
        movw    $0xCF8, %dx
        outl    %eax, %dx
        movw    $0xCFC, %dx
        inl     %dx, %eax
        andl    $0xFF, %eax
        orl     $0x33333000, %eax
        outl    %eax, %dx
        movl    $PAM3, %eax
        movw    $0xCF8, %dx
        outl    %eax, %dx
        movw    $0xCFC, %dx
        movl    $0x33333333, %eax
        outl    %eax, %dx
        movl    $ROM_BASE + ROM_ALIAS, %esi
        movl    $ROM_BASE, %edi
        movl    $ROM_BYTES / 4, %ecx
        rep movsl
        ljmpl   $SEL_CODE32, $1f
1:      movl    $DATA_BASE + STACK_TOP, %esp
        pushl   $0
        popfl
        call    post
2:      hlt
        jmp     2b

/* void call16(u32 target): far-calls a real-mode routine, with the registers of shared.regs, which get its results. */
        .globl  call16
call16: pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %eax, DATA_BASE + SHARED_TARGET
        movl    %esp, DATA_BASE + SHARED_ESP
        ljmpl   $SEL_CODE16, $call16_real
call16_back:
        movw    $SEL_DATA32, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    DATA_BASE + SHARED_ESP, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .section .text16, "ax"
        .code16
call16_real:
        movw    $SEL_DATA16, %ax
        movw    %ax, %ss
        movl    $DATA_BASE, %ebx
        cmpw    $CODE_SEG, SHARED_TARGET + 2(%ebx)
        je      1f
        movw    $SEL_DATA32, %ax        # option ROMs are called with limits of 4 GiB (BIOS Boot Specification)
1:      movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movl    %cr0, %eax
        andb    $0xFE, %al
        movl    %eax, %cr0
        ljmpw   $CODE_SEG, $1f
1:      movw    $DATA_SEG, %ax
        movw    %ax, %ss
        subl    $DATA_BASE, %esp
        movw    %ax, %ds
        movw    SHARED_REGS + REGS_ES, %es
        movl    SHARED_REGS + REGS_EDI, %edi
        movl    SHARED_REGS + REGS_ESI, %esi
        movl    SHARED_REGS + REGS_EBP, %ebp
        movl    SHARED_REGS + REGS_EBX, %ebx
        movl    SHARED_REGS + REGS_EDX, %edx
        movl    SHARED_REGS + REGS_ECX, %ecx
        movl    SHARED_REGS + REGS_EAX, %eax
        lcallw  *SHARED_TARGET
        cli
        cld
        pushw   %ds
        pushw   $DATA_SEG
        popw    %ds
        popw    SHARED_REGS + REGS_DS
        movw    %es, SHARED_REGS + REGS_ES
        movl    %edi, SHARED_REGS + REGS_EDI
        movl    %esi, SHARED_REGS + REGS_ESI
        movl    %ebx, SHARED_REGS + REGS_EBX
        movl    %edx, SHARED_REGS + REGS_EDX
        movl    %ecx, SHARED_REGS + REGS_ECX
        movl    %eax, SHARED_REGS + REGS_EAX
        lgdtl   %cs:gdt_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpl   $SEL_CODE32, $call16_back

/* Where power-on's 32-bit part ends: call16(CODE_SEG:start_services) does not return. */
        .globl  start_services
start_services:
        movw    $DATA_SEG, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movl    $STACK_TOP, %esp
        calll   post16
        int     $0x19
        .section .note.GNU-stack, "", @progbits
