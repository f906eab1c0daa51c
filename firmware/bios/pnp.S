/* The Plug and Play installation check structure (Plug and Play BIOS Specification 1.0A, 4.4), by which option ROMs know
 * that this BIOS reads their expansion headers. Its functions are not there: FUNCTION_NOT_SUPPORTED. */
#include "firmware/bios/bios.h"

        .section .text16, "ax"
        .code16
        .balign 16
        .globl  pnp_check
pnp_check:
        .ascii  "$PnP"
        .byte   0x10, 0x21
        .word   0
        .byte   0                            /* checksum: tables.c */
        .long   0
        .word   pnp_entry, CODE_SEG
        .word   pnp_entry
        .long   CODE_BASE
        .long   0
        .word   0
        .long   0
pnp_entry:
        movw    $0x82, %ax
        lretw
        .section .note.GNU-stack, "", @progbits
