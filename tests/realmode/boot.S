/* The boot sector of the real-mode programs: reads the rest of the program behind itself, from whatever drive it was
 * started from, and calls its C. All segments are 0; the stack is below. */
        .code16
        .section .boot, "ax"
        .globl  _start
_start: jmp     1f
        nop
        .org    62                      # a BIOS parameter block may stand here
1:      ljmp    $0, $1f
1:      cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7C00, %esp
        sti
        cld
        movb    %dl, boot_drive
        movb    $8, %ah                 # geometry: sectors per track, heads
        int     $0x13
        jc      failed
        andb    $63, %cl
        movb    %cl, sectors
        incb    %dh
        movb    %dh, heads
        xorw    %ax, %ax
        movw    %ax, %es                # function 8 changed it
        movw    $1, %si                 # sector on the disk
        movw    $0x7E00, %bx
next:   movw    %si, %ax
        divb    sectors                 # AL track, AH sector
        movb    %ah, %cl
        incb    %cl
        xorb    %ah, %ah
        divb    heads                   # AL cylinder, AH head
        movb    %al, %ch
        movb    %ah, %dh
        movb    boot_drive, %dl
        movw    $0x0201, %ax
        pushw   %si
        int     $0x13
        popw    %si
        jc      failed
        addw    $512, %bx
        incw    %si
        cmpw    $program_sectors, %si
        jb      next
        movw    $bss_start, %di
        movw    $bss_end, %cx
        subw    %di, %cx
        xorw    %ax, %ax
        rep stosb
        calll   program
1:      cli
        hlt
        jmp     1b
failed: movw    $0x0E21, %ax            # an exclamation mark
        int     $0x10
        jmp     1b
sectors:    .byte 0
heads:      .byte 0
        .globl  boot_drive
boot_drive: .byte 0
        .org    510
        .word   0xAA55

        .text
/* void call_interrupt(struct registers *r, u32 number): all registers but SS:ESP to the interrupt and back. */
        .globl  call_interrupt
call_interrupt:
        pushal
        pushw   %ds
        pushw   %es
        pushw   %fs
        movw    %ax, put_back           # where the registers are put back to
        movl    %eax, %esi
        xorw    %bx, %bx
        movw    %bx, %fs
        shlw    $2, %dx
        movw    %dx, %di
        movl    %fs:(%di), %ebx
        movl    %ebx, target
        pushw   32(%si)                 # DS
        movl    0(%si), %eax
        movl    4(%si), %ebx
        movl    8(%si), %ecx
        movl    12(%si), %edx
        movl    20(%si), %edi
        movl    24(%si), %ebp
        movw    34(%si), %es
        movl    16(%si), %esi
        popw    %ds
        pushfw
        cli
        lcall   *%cs:target
        pushw   %ds
        pushl   %esi
        pushfw
        pushw   $0
        popw    %ds
        movw    put_back, %si
        popw    36(%si)
        popl    16(%si)
        popw    32(%si)
        movl    %eax, 0(%si)
        movl    %ebx, 4(%si)
        movl    %ecx, 8(%si)
        movl    %edx, 12(%si)
        movl    %edi, 20(%si)
        movl    %ebp, 24(%si)
        movw    %es, 34(%si)
        popw    %fs
        popw    %es
        popw    %ds
        popal
        cld
        retl
target: .long   0
put_back: .word 0
