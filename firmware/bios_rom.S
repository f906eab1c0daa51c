/* The system BIOS, for the command line to put at the top of the 4 GiB: bios_rom up to bios_rom_end; and its symbols. */
        .section .rodata, "a"
        .balign 16
        .globl  bios_rom, bios_rom_end
bios_rom:
        .incbin BIOS_IMAGE
bios_rom_end:
        .globl  bios_symbols, bios_symbols_end
bios_symbols:
        .incbin BIOS_SYMBOLS
bios_symbols_end:
        .section .note.GNU-stack, "", @progbits
