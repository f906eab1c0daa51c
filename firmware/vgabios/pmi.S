/* VBE's protected mode interface (VBE 3.0, function 0Ah): a table of offsets and 32-bit code that runs wherever a
 * program copies it. Its arguments are the real-mode functions'. */
        .globl  pmi_start, pmi_end
        .section .text
        .code32
        .balign 4
pmi_start:
        .word   window - pmi_start, display - pmi_start, palette - pmi_start, ports - pmi_start

/* BH = 0, BL = 0: DX is the window's position. */
window: pushl   %edx
        pushl   %eax
        movw    $0x1CE, %dx
        movw    $5, %ax
        outw    %ax, %dx
        incl    %edx
        movl    4(%esp), %eax
        outw    %ax, %dx
        popl    %eax
        popl    %edx
        movw    $0x004F, %ax
        ret

/* DX:CX counts four bytes each: divided by the line length it is a line and a byte in it. */
display:
        pushl   %ebx
        pushl   %ecx
        pushl   %edx
        pushl   %esi
        shll    $16, %edx
        movw    %cx, %dx
        shll    $2, %edx
        movl    %edx, %ecx              # bytes
        movw    $3, %ax
        call    dispi_get               # bits per pixel
        leal    7(%eax), %esi
        shrl    $3, %esi                # bytes per pixel
        movw    $6, %ax
        call    dispi_get               # pixels per line
        imull   %esi, %eax
        testl   %eax, %eax
        jz      1f
        movl    %eax, %ebx
        movl    %ecx, %eax
        xorl    %edx, %edx
        divl    %ebx
        movl    %eax, %ecx              # line
        movl    %edx, %eax
        xorl    %edx, %edx
        divl    %esi
        movl    %eax, %ebx              # pixel
        movw    $8, %ax
        call    dispi_set
        movl    %ecx, %ebx
        movw    $9, %ax
        call    dispi_set
1:      popl    %esi
        popl    %edx
        popl    %ecx
        popl    %ebx
        movw    $0x004F, %ax
        ret

dispi_get:
        movw    $0x1CE, %dx
        outw    %ax, %dx
        incl    %edx
        xorl    %eax, %eax
        inw     %dx, %ax
        ret

dispi_set:
        movw    $0x1CE, %dx
        outw    %ax, %dx
        incl    %edx
        movl    %ebx, %eax
        outw    %ax, %dx
        ret

/* CX entries from DX on, at ES:EDI: blue, green, red, nothing. */
palette:
        pushl   %ecx
        pushl   %edx
        pushl   %edi
        movzwl  %cx, %ecx
        movb    %dl, %al
        movw    $0x3C8, %dx
        outb    %al, %dx
        incl    %edx
        jecxz   2f
1:      movb    %es:2(%edi), %al
        outb    %al, %dx
        movb    %es:1(%edi), %al
        outb    %al, %dx
        movb    %es:(%edi), %al
        outb    %al, %dx
        addl    $4, %edi
        loop    1b
2:      popl    %edi
        popl    %edx
        popl    %ecx
        movw    $0x004F, %ax
        ret

ports:  .word   0x1CE, 0x1CF, 0x3C8, 0x3C9, 0xFFFF, 0xFFFF
pmi_end:
