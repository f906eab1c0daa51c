/* Segment limits of 4 GiB for real mode: loaded in protected mode, they stay. */
        .code16
        .text
/* void limits_lift(void) */
        .globl  limits_lift
limits_lift:
        pushfw
        cli
        lgdtl   table_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        jmp     1f
1:      movw    $8, %dx
        movw    %dx, %ds
        movw    %dx, %es
        andb    $0xFE, %al
        movl    %eax, %cr0
        jmp     1f
1:      xorw    %dx, %dx
        movw    %dx, %ds
        movw    %dx, %es
        popfw
        retl

/* void flat_write(u32 at, u32 value), u32 flat_read(u32 at): by DS, which is 0. */
        .globl  flat_write, flat_read
flat_write:
        movl    %edx, (%eax)
        retl
flat_read:
        movl    (%eax), %eax
        retl

        .balign 8
table:  .quad   0
        .quad   0x00CF92000000FFFF
table_pointer:
        .word   . - table - 1
        .long   table
