/* The embedded guest's ELF image, for the command line to boot: embedded_guest up to embedded_guest_end. */
        .section .rodata, "a"
        .balign 16
        .globl  embedded_guest, embedded_guest_end
embedded_guest:
        .incbin GUEST_IMAGE
embedded_guest_end:
        .section .note.GNU-stack, "", @progbits
