/* The platform test kernel's assembly: multiboot entry, stubs of all vectors, code for system management mode. */
        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start, stubs, segments_load, smm_code, smm_code_end
_start: cld
        movl    $stack_top, %esp
        call    kernel_main
1:      jmp     1b

segments_load:
        ljmp    $8, $1f
1:      movl    $16, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        ret

        .balign 16
stubs:
        vector = 0
        .rept   256
        .balign 16
        .if     !((1 << (vector & 31)) & 0x27d00 && vector < 32)
        pushl   $0
        .endif
        pushl   $vector
        jmp     enter
        vector = vector + 1
        .endr
enter:  cld
        pushal
        pushl   %esp
        call    trap
        addl    $4, %esp
        popal
        addl    $8, %esp
        iret

/* At SMBASE + 8000h. Counts at 600h, leaves SMBASE's new value if 604h has one, notes CR0, CS and EFLAGS. */
        .code16
smm_code:
        movl    $0x600, %ebx
        incl    (%ebx)
        movl    %cr0, %eax
        movl    %eax, 8(%ebx)
        xorl    %eax, %eax
        movw    %cs, %ax
        movl    %eax, 12(%ebx)
        movl    4(%ebx), %eax
        testl   %eax, %eax
        jz      1f
        movl    %eax, %cs:0xfef8
1:      movl    16(%ebx), %eax
        testl   %eax, %eax
        jz      1f
        movb    $0, %cs:0xff02          /* do not go back to the HLT */
1:      rsm
smm_code_end:
        .code32

        .bss
        .balign 16
        .skip   16384
stack_top:
