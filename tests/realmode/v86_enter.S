/* In and out of V86 mode: real mode, protected mode with a TSS whose I/O map permits everything, and a guest in V86 mode
 * with IOPL 0, so that every instruction about interrupts traps. */
        .set    CODE32, 0x08
        .set    DATA32, 0x10
        .set    CODE16, 0x18
        .set    DATA16, 0x20
        .set    TSS, 0x28
        .set    GATES, 0x60             # exceptions, and the interrupt controllers' from 50h on

        .bss
        .balign 16
idt:    .skip   GATES * 8
tss:    .skip   104
io_map: .skip   8193
        .skip   3
        .skip   2048
stack:  .skip   4
guest_stack:
        .skip   2048
guest_stack_top:
real_stack:
        .skip   4

        .data
        .balign 8
gdt:    .quad   0
        .quad   0x00CF9A000000FFFF
        .quad   0x00CF92000000FFFF
        .quad   0x00009A000000FFFF
        .quad   0x000092000000FFFF
        .quad   0x0000890000002067      # limit: 104 + 8192 bytes - 1; the base is put in
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt
idt_pointer:
        .word   GATES * 8 - 1
        .long   idt
real_idt:
        .word   0x3FF
        .long   0

        .code16
        .text
        .globl  v86_run
v86_run:
        pushal
        pushfl
        cli
        movl    %esp, real_stack
        movb    $0x50, %al
        movb    $0x58, %ah
        call    vectors_set
        call    gates_make
        movl    $tss, %eax
        movw    %ax, gdt + TSS + 2
        movl    $stack, tss + 4
        movw    $DATA32, tss + 8
        movw    $104, tss + 102
        movb    $0xFF, io_map + 8192
        lgdtl   gdt_pointer
        lidtl   idt_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpl   $CODE32, $protected

/* AL and AH: the controllers' vectors. Their masks stay. */
vectors_set:
        movb    %al, %bl
        inb     $0x21, %al
        movb    %al, %cl
        inb     $0xA1, %al
        movb    %al, %ch
        movb    $0x11, %al
        outb    %al, $0x20
        outb    %al, $0xA0
        movb    %bl, %al
        outb    %al, $0x21
        movb    %ah, %al
        outb    %al, $0xA1
        movb    $4, %al
        outb    %al, $0x21
        movb    $2, %al
        outb    %al, $0xA1
        movb    $1, %al
        outb    %al, $0x21
        outb    %al, $0xA1
        movb    %cl, %al
        outb    %al, $0x21
        movb    %ch, %al
        outb    %al, $0xA1
        ret

gates_make:
        movw    $idt, %di
        movw    $entries, %ax
        movw    $GATES, %cx
1:      movw    %ax, (%di)
        movw    $CODE32, 2(%di)
        movw    $0x8E00, 4(%di)
        movw    $0, 6(%di)
        addw    $8, %di
        addw    $16, %ax                # bytes of an entry
        loop    1b
        ret

        .code32
protected:
        movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $stack, %esp
        movl    $TSS, %eax
        ltr     %ax
        xorl    %eax, %eax
        pushl   %eax                    # GS, FS, DS, ES, SS
        pushl   %eax
        pushl   %eax
        pushl   %eax
        pushl   %eax
        pushl   $guest_stack_top
        pushl   $0x20202                # VM, IF, IOPL 0
        pushl   %eax
        pushl   $guest_start
        iretl

/* One of sixteen bytes per vector: exceptions with an error code have it below the vector. */
        .balign 16
entries:
        .set    vector, 0
        .rept   GATES
        .balign 16
        .if     (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17)
        .else
        pushl   $0
        .endif
        pushl   $vector
        jmp     trap
        .set    vector, vector + 1
        .endr

trap:   pushal
        cld
        movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %eax
        call    monitor_trap
        testb   %al, %al
        jnz     leave
        popal
        addl    $8, %esp
        iretl

leave:  lidtl   real_idt
        ljmp    $CODE16, $1f
        .code16
1:      movw    $DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    %cr0, %eax
        andb    $0xFE, %al
        movl    %eax, %cr0
        ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    real_stack, %esp
        andb    $0xFD, gdt + TSS + 5    # no longer busy
        movw    $0x7008, %ax
        call    vectors_set
        popfl
        popal
        retl

guest_start:
        calll   guest
        int     $0xFE                   # LEAVE_V86

        .globl  own_handler
own_handler:
        iretw
