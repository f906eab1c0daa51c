/* The option ROM kernelboot as bytes of the trap86 binary. */
        .section .rodata
        .globl  kernelboot_rom, kernelboot_rom_end
kernelboot_rom:
        .incbin KERNELBOOT_IMAGE
kernelboot_rom_end:
        .section .note.GNU-stack, "", @progbits
