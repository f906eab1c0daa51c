/* The VGA BIOS's image from its first byte on: the expansion ROM header (PCI Local Bus Specification 2.2, 6.3), the way
 * from INT 10h into C and back, and what C cannot say. The size and the checksum are put in when it is linked. */
        .code16
        .section .header, "a"
        .byte   0x55, 0xAA
        .byte   image_blocks            # of 512 bytes
        jmp     start
        .org    0x18
        .word   pcir
        .word   0
        .org    0x1E
        .ascii  "IBM VGA compatible, trap86\0"      # where programs look for "IBM"
        .balign 4
pcir:   .ascii  "PCIR"
        .word   0x1234, 0x1111          # vendor, device
        .word   0                       # vital product data
        .word   0x18                    # length of this structure
        .byte   0                       # revision
        .byte   0x00, 0x00, 0x03        # class: VGA compatible controller
        .word   image_blocks
        .word   1                       # revision of the code
        .byte   0                       # for x86 PC-AT
        .byte   0x80                    # the last image
        .word   0

        .text
/* From the system BIOS: AX has bus and function of the device. Segments as for INT 10h. */
start:  pushfw
        pushal
        pushw   %ds
        pushw   %es
        pushw   %fs
        pushw   %gs
        cld
        movl    $init, %ebx
        call    c_call
        popw    %gs
        popw    %fs
        popw    %es
        popw    %ds
        popal
        popfw
        lret

/* Calls the C function in EBX with EAX; its stack pointer must be valid in all 32 bits. */
c_call: movzwl  %sp, %esp
        movw    %ss, %dx
        movw    %dx, %ds
        movw    %dx, %es
        movw    %cs, %dx
        movw    %dx, %gs
        xorw    %dx, %dx
        movw    %dx, %fs
        calll   *%ebx
        ret

/* INT 10h: struct regs on the caller's stack, and back. */
        .globl  int10
int10:  cld
        pushl   %esp
        pushw   %ds
        pushw   %es
        pushw   %fs
        pushw   %gs
        pushal
        movl    $int10_serve, %ebx
        movzwl  %sp, %eax
        call    c_call
        popal
        popw    %gs
        popw    %fs
        popw    %es
        popw    %ds
        popl    %esp
        iretw

/* INT 42h, which an EGA BIOS leaves to the board's own video services: there are none. */
        .globl  int42
int42:  iretw

/* INT 6Dh: VGA BIOSes reach their own services by it, whoever hooks INT 10h. */
        .globl  int6d
int6d:  jmp     int10

        .globl  rom_segment
rom_segment:
        movl    %cs, %eax
        retl

/* EAX = to, EDX = from, ECX = bytes. */
        .macro  far_pointers
        pushl   %esi
        pushl   %edi
        pushw   %ds
        pushw   %es
        movw    %ax, %di
        shrl    $16, %eax
        movw    %ax, %es
        movw    %dx, %si
        shrl    $16, %edx
        movw    %dx, %ds
        .endm
        .macro  far_return
        popw    %es
        popw    %ds
        popl    %edi
        popl    %esi
        retl
        .endm

        .globl  far_copy
far_copy:
        far_pointers
        movl    %ecx, %edx
        shrl    $2, %ecx
        rep movsl
        movl    %edx, %ecx
        andl    $3, %ecx
        rep movsb
        far_return

/* EAX = to, EDX = from, ECX = height << 16 | count. */
        .globl  glyphs_copy
glyphs_copy:
        far_pointers
        pushl   %ebx
        movl    %ecx, %ebx
        shrl    $16, %ebx               # height
        movw    $32, %dx
        subw    %bx, %dx                # to the next slot
        movw    %cx, %ax
1:      testw   %ax, %ax
        jz      2f
        movw    %bx, %cx
        shrw    $1, %cx
        rep movsw
        adcw    %cx, %cx
        rep movsb
        addw    %dx, %di
        decw    %ax
        jmp     1b
2:      popl    %ebx
        far_return

        .globl  far_copy_bytes
far_copy_bytes:
        far_pointers
        rep movsb
        far_return

/* EAX = to, EDX = pattern, ECX = bytes. */
        .globl  far_fill
far_fill:
        pushl   %edi
        pushw   %es
        movw    %ax, %di
        shrl    $16, %eax
        movw    %ax, %es
        movl    %edx, %eax
        movl    %ecx, %edx
        shrl    $2, %ecx
        rep stosl
        testb   $2, %dl
        jz      1f
        stosw
1:      testb   $1, %dl
        jz      1f
        stosb
1:      popw    %es
        popl    %edi
        retl

/* AX = from, EDX = bytes. */
        .globl  dac_send
dac_send:
        pushl   %esi
        movw    %ax, %si
        movl    %edx, %ecx
        movw    $0x3C9, %dx
        rep outsb %gs:(%si), %dx
        popl    %esi
        retl

/* VBE's window function for far calls: BH = 0 set, 1 get; BL = window A; DX = position in 64 KiB. */
        .globl  window_function
window_function:
        pushw   %dx
        pushw   %dx
        movw    $0x1CE, %dx
        movw    $5, %ax                 # the DISPI bank register
        outw    %ax, %dx
        incw    %dx
        cmpb    $0, %bh
        jne     1f
        popw    %ax
        outw    %ax, %dx
        popw    %dx
        movw    $0x004F, %ax
        lret
1:      inw     %dx, %ax
        addw    $4, %sp
        movw    %ax, %dx
        movw    $0x004F, %ax
        lret
