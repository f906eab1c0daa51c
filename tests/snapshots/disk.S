# A boot sector in real mode: again and again it reads a sector of the first hard disk, changes it, writes it back, says a
# character to the screen and waits for the timer. So its state is on the disk as much as in memory.
    .code16
    .globl start
start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    sti
again:
    mov $0x0201, %ax                    # read one sector
    call disk
    incl 0x8000
    mov 0x8000, %al
    and $15, %al
    add $'A', %al
    mov $0x0e, %ah
    xor %bx, %bx
    int $0x10
    mov $0x0301, %ax                    # write it back
    call disk
    hlt
    jmp again
disk:
    mov $0x8000, %bx
    mov sector, %cl
    xor %ch, %ch
    mov $0x0080, %dx
    int $0x13
    jc failed
    ret
failed:
    cli
    hlt
sector:
    .byte 5
    .org 510
    .word 0xaa55
