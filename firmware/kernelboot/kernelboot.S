/* An option ROM that boots the kernel which the board holds in fw_cfg (devices/load_firmware.c makes the package): a Plug
 * and Play card with a bootstrap entry vector, as the Plug and Play BIOS Specification 1.0A has them, chapter 3.
 *
 * fw_cfg's DMA puts each piece where it belongs, from real mode and above 1 MiB. A Linux kernel is entered at its
 * real-mode part and asks the BIOS itself; for a multiboot kernel the memory map is fetched here. */
#include "devices/load_kernelboot.h"

#define PORT_DMA_LOW 0x518
#define DMA_ERROR    1
#define DMA_READ     2
#define DMA_SELECT   8
#define BDA_SEGMENT  0x40
#define UART_LCR     3
#define BYTE_SWAP    xchgb %al, %ah; roll $16, %eax; xchgb %al, %ah      /* a 386 has no BSWAP */

        .code16
        .text
        .globl  _start
_start: .byte   0x55, 0xAA, ROM_BLOCKS
        jmp     init
        .org    0x18
        .word   0                               /* no PCI data */
        .word   pnp - _start

        .balign 16
pnp:    .ascii  "$PnP"
        .byte   1, 2                            /* revision, length in 16 bytes */
        .word   0                               /* no further header */
        .byte   0, 0                            /* the checksum: kernelboot.mk */
        .long   0
        .word   0
        .word   name - _start
        .byte   0, 0x80, 0                      /* type: other */
        .byte   0x14                            /* may be shadowed; boots */
        .word   0, 0                            /* no connection vectors */
        .word   boot - _start
        .word   0, 0

name:   .asciz  "trap86: kernel from the command line"
hello:  .asciz  "trap86: starting the kernel of the command line\r\n"
broken: .asciz  "trap86: the kernel cannot be read\r\n"

init:   movw    $0x20, %ax                      /* a device to boot from */
        lret

/* ---- services ---- */
/* Prints the text at CS:SI. */
print:  lodsb   %cs:(%si)
        testb   %al, %al
        jz      1f
        movb    $0x0E, %ah
        movw    $7, %bx
        int     $0x10
        jmp     print
1:      ret

/* EAX control, ECX bytes, EDI where: one DMA request; EAX is left 0 if it went well. DS is the work area's. */
dma:    BYTE_SWAP
        movl    %eax, AT_DMA
        movl    %ecx, %eax
        BYTE_SWAP
        movl    %eax, AT_DMA + 4
        movl    $0, AT_DMA + 8
        movl    %edi, %eax
        BYTE_SWAP
        movl    %eax, AT_DMA + 12
        movl    $WORK + AT_DMA, %eax
        BYTE_SWAP
        movw    $PORT_DMA_LOW, %dx
        outl    %eax, %dx
1:      movl    AT_DMA, %eax
        testl   %eax, %eax
        jz      2f
        cmpl    $DMA_ERROR << 24, %eax
        jne     1b
2:      ret

/* Serial ports at 115200 baud, 8 bits, no parity, as the board leaves them for a kernel without a BIOS: SeaBIOS does not
 * set them up, and small kernels do not either. DS:BX walks the BIOS data area's list. */
serial: pushw   %ds
        movw    $BDA_SEGMENT, %bx
        movw    %bx, %ds
        xorw    %bx, %bx
1:      movw    (%bx), %dx
        testw   %dx, %dx
        jz      2f
        addw    $UART_LCR, %dx
        movb    $0x83, %al
        outb    %al, %dx
        subw    $UART_LCR, %dx
        movw    $1, %ax                         /* the divisor */
        outb    %al, %dx
        incw    %dx
        movb    %ah, %al
        outb    %al, %dx
        addw    $UART_LCR - 1, %dx
        movb    $0x03, %al
        outb    %al, %dx
        incw    %dx
        outb    %al, %dx                        /* MCR: DTR and RTS */
2:      addw    $2, %bx
        cmpw    $8, %bx
        jb      1b
        popw    %ds
        ret

/* ---- boot ---- */
boot:   cld
        sti
        movw    $hello - _start, %si
        call    print
        movw    $WORK >> 4, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movl    $PACKAGE_KEY << 16 | DMA_SELECT | DMA_READ, %eax
        movl    $HEADER_BYTES, %ecx
        movl    $WORK + AT_HEADER, %edi
        call    dma
        testl   %eax, %eax
        jnz     fail
        cmpl    $PACKAGE_MAGIC, AT_HEADER + HEADER_MAGIC
        jne     fail
        movw    $AT_HEADER + HEADER_PIECES, %bp
        movw    AT_HEADER + HEADER_COUNT, %bx
pieces: testw   %bx, %bx
        jz      loaded
        movl    $DMA_READ, %eax
        movl    %ds:(%bp), %edi
        movl    %ds:4(%bp), %ecx
        call    dma
        testl   %eax, %eax
        jnz     fail
        addw    $8, %bp
        decw    %bx
        jmp     pieces

fail:   movw    $broken - _start, %si
        call    print
        int     $0x18
        lret

loaded: cmpl    $KIND_LINUX, AT_HEADER + HEADER_KIND
        jne     multiboot

/* The boot protocol's segment and stack; the entry is 200h behind the segment's start. */
        cli
        movw    $LINUX_SETUP >> 4, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    $LINUX_STACK, %esp
        ljmp    $(LINUX_SETUP >> 4) + 0x20, $0

/* The map as multiboot has it: entries of 20 bytes, with their size before them. */
multiboot:
        call    serial
        movw    $AT_MAP, %di
        xorl    %ebx, %ebx
1:      cmpw    $AT_MAP_END - MAP_ENTRY, %di
        ja      2f
        movl    $MAP_ENTRY - 4, (%di)
        movl    $0xE820, %eax
        movl    $0x534D4150, %edx
        movl    $MAP_ENTRY - 4, %ecx
        addw    $4, %di
        int     $0x15
        jc      2f
        addw    $MAP_ENTRY - 4, %di
        testl   %ebx, %ebx
        jnz     1b
2:      subw    $AT_MAP, %di
        movzwl  %di, %ecx
        int     $0x12
        movzwl  %ax, %ebp
        inb     $0x92, %al                      /* A20, if the BIOS has it off */
        orb     $2, %al
        andb    $0xFE, %al
        outb    %al, $0x92
        cli
        movl    AT_HEADER + HEADER_GDT, %eax
        movw    $GDT_LIMIT, AT_GDTR
        movl    %eax, AT_GDTR + 2
        lgdtl   AT_GDTR
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $MULTIBOOT_DS, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
/* Where this ROM is, only the BIOS knows: the far jump is made on the new stack. */
        movw    %cs, %dx                        /* still the real-mode segment's number */
        movzwl  %dx, %edx
        shll    $4, %edx
        addl    $flat - _start, %edx
        movl    $MULTIBOOT_STACK, %esp
        pushl   $MULTIBOOT_CS
        pushl   %edx
        lretl

        .code32
flat:   movl    $WORK + AT_MAP, %esi
        movl    WORK + AT_HEADER + HEADER_INFO, %ebx
        movl    INFO_MAP(%ebx), %edi
        movl    %ecx, INFO_MAP_BYTES(%ebx)
        movl    %ebp, INFO_LOWER(%ebx)
        movl    %ecx, %edx
        addl    %esi, %edx
/* What begins at 1 MiB is the upper memory of which the structure tells in KiB. */
1:      cmpl    %edx, %esi
        jae     2f
        cmpl    $0x100000, 4(%esi)
        jne     3f
        movl    12(%esi), %eax
        shrl    $10, %eax
        movl    %eax, INFO_UPPER(%ebx)
3:      movl    $MAP_ENTRY / 4, %ecx
        rep movsl
        jmp     1b
2:      movl    WORK + AT_HEADER + HEADER_ENTRY, %edx
        movl    $MULTIBOOT_MAGIC, %eax
        jmp     *%edx

        .org    ROM_BLOCKS * 512 - 1
seal:   .byte   0
