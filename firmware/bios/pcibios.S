/* The PCI BIOS: INT 1Ah AH=B1h, and for protected mode the BIOS32 service directory (Phoenix's "Standard BIOS 32-bit
 * Service Directory Proposal" 0.4) with its PCI service; the PCI interrupt routing table (Microsoft's specification 1.0). */
#include "firmware/bios/bios.h"

        .section .text16, "ax"
        .code16
#define L(name) name ## 16
#include "firmware/bios/pcibios_core.h"
#undef L

/* INT 1Ah AH=B1h: the carry flag goes into the caller's flags. */
        .globl  pci_real
pci_real:
        pushw   %bp
        movw    %sp, %bp
        andb    $0xFE, 6(%bp)
        popw    %bp
        call    pci_functions16
        jnc     1f
        pushw   %bp
        movw    %sp, %bp
        orb     $1, 6(%bp)
        popw    %bp
1:      iretw

        .code32
#define L(name) name ## 32
#include "firmware/bios/pcibios_core.h"

pci_protected:
        call    pci_functions32
        lret

/* EAX the service's name, BL 0. */
bios32_entry:
        testb   %bl, %bl
        jnz     2f
        cmpl    $0x49435024, %eax            /* "$PCI" */
        jne     1f
        movb    $0, %al
        movl    $CODE_BASE, %ebx
        movl    $0x10000, %ecx
        movl    $pci_protected, %edx
        lret
1:      movb    $0x80, %al
        lret
2:      movb    $0x81, %al
        lret

        .balign 16
        .globl  bios32_directory
bios32_directory:
        .ascii  "_32_"
        .long   bios32_entry + CODE_BASE
        .byte   0, 1, 0, 0, 0, 0, 0, 0

/* INTA# of device 1 is link 60h, and each further device starts one link later. */
#define PIR_DEVICES 31
        .balign 16
        .globl  pir_table, pir_table_end
pir_table:
        .ascii  "$PIR"
        .word   0x0100, pir_table_end - pir_table
        .byte   0, 1 << 3                    /* the router: 00:01.0 */
        .word   0                            /* no interrupts for PCI alone */
        .word   0x8086, 0x122E               /* compatible with the PIIX */
        .long   0
        .skip   11
        .byte   0
        .set    device, 1
        .rept   PIR_DEVICES
        .byte   0, device << 3
        .set    pin, 0
        .rept   4
        .byte   0x60 + ((device + pin - 1) & 3)
        .word   0x0C00                       /* 10 and 11 */
        .set    pin, pin + 1
        .endr
        .byte   device > 2 && device < 9, 0
        .set    device, device + 1
        .endr
pir_table_end:
        .section .note.GNU-stack, "", @progbits
