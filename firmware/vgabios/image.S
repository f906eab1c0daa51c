/* The VGA BIOS's image in the binary: vgabios_rom up to vgabios_rom_end. */
        .section .rodata, "a"
        .balign 16
        .globl  vgabios_rom, vgabios_rom_end
vgabios_rom:
        .incbin VGABIOS_IMAGE
vgabios_rom_end:
        .section .note.GNU-stack, "", @progbits
