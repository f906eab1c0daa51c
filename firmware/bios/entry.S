/* The entries of the interrupt services, at the offsets of the PC/AT's BIOS where programs know them, and the way from
 * there into C: registers are pushed on the caller's stack, copied to one of ours, and back when the service is done.
 * A service may be entered while another runs, from a handler of the user's with a stack of its own: so each that comes
 * from a foreign stack takes the next piece (stack_free). Entered on our own stack, it stays there. */
#include "firmware/bios/bios.h"

        .section .text16, "ax"
        .code16

/* The handler's offset has been pushed. */
service:
        pushw   %ds
        pushw   %es
        pushw   %fs
        pushw   %gs
        pushal
        cld
        movw    $DATA_SEG, %ax
        movw    %ax, %es
        movw    %ss, %dx
        movw    %dx, %ds
        movl    %esp, %ebp
        movl    %es:SHARED_STACK, %ebx
        movl    %esp, %esi
        cmpw    %ax, %dx
        je      1f
        cmpl    $STACK_FLOOR + STACK_PIECE, %ebx
        jae     2f
        movl    $STACK_TOP, %ebx             /* services that never came back: their pieces are free again */
2:      leal    -STACK_PIECE(%ebx), %ecx
        movl    %ecx, %es:SHARED_STACK
        movw    %ax, %ss
        movl    %ebx, %esp
1:      pushl   %ebx
        pushl   %edx
        pushl   %ebp
        subl    $REGS_BYTES, %esp
        movw    %sp, %di
        movw    $REGS_BYTES / 4, %cx
        rep movsl
        movw    %ax, %ds
        movl    %esp, %eax
        movzwl  REGS_HANDLER(%esp), %ecx
        calll   *%ecx
        cli
        movw    %sp, %si
        movl    REGS_BYTES(%esp), %edi
        movw    REGS_BYTES + 4(%esp), %es
        movw    $REGS_BYTES / 4, %cx
        cld
        rep movsl
        addw    $REGS_BYTES, %sp
        popl    %ebp
        popl    %edx
        popl    %ebx
        movl    %ebx, SHARED_STACK
        movw    %dx, %ss
        movl    %ebp, %esp
        popal
        popw    %gs
        popw    %fs
        popw    %es
        popw    %ds
        addw    $2, %sp
        iretw

/* void call_int(u32 vector, struct regs *): the interrupt's handler, whoever it is now. call_int_carry: with CF set. */
        .globl  call_int, call_int_carry
call_int_carry:
        stc
        jmp     1f
call_int:
        clc
1:      pushl   %ebp
        pushl   %edi
        pushl   %esi
        pushl   %ebx
        pushl   %edx
        movl    $0, %ecx                     /* keeps CF */
        movw    %cx, %fs
        movl    %fs:(, %eax, 4), %eax
        pushfw
        cli
        pushw   %cs
        pushw   $1f
        pushl   %eax
        movw    REGS_ES(%edx), %es
        movl    REGS_EDI(%edx), %edi
        movl    REGS_ESI(%edx), %esi
        movl    REGS_EBP(%edx), %ebp
        movl    REGS_EBX(%edx), %ebx
        movl    REGS_ECX(%edx), %ecx
        movl    REGS_EAX(%edx), %eax
        pushw   REGS_DS(%edx)
        movl    REGS_EDX(%edx), %edx
        popw    %ds
        lretw
1:      pushfw
        pushw   %ds
        pushl   %edx
        movw    %ss, %dx
        movw    %dx, %ds
        movl    8(%esp), %edx
        movl    %edi, REGS_EDI(%edx)
        movl    %esi, REGS_ESI(%edx)
        movl    %ebp, REGS_EBP(%edx)
        movl    %ebx, REGS_EBX(%edx)
        movl    %ecx, REGS_ECX(%edx)
        movl    %eax, REGS_EAX(%edx)
        movw    %es, REGS_ES(%edx)
        popl    REGS_EDX(%edx)
        popw    REGS_DS(%edx)
        popw    REGS_FLAGS(%edx)
        movw    %ds, %cx
        movw    %cx, %es
        cld
        popl    %edx
        popl    %ebx
        popl    %esi
        popl    %edi
        popl    %ebp
        retl

/* void call_far(u32 target, struct regs *): a far routine, of which only AX, BX, CX, DX, SI, ES:DI in and AX, BX out count. */
        .globl  call_far
call_far:
        pushl   %ebp
        pushl   %edi
        pushl   %esi
        pushl   %ebx
        pushl   %edx
        pushw   %cs
        pushw   $1f
        pushl   %eax
        movw    REGS_ES(%edx), %es
        movl    REGS_EDI(%edx), %edi
        movl    REGS_ESI(%edx), %esi
        movl    REGS_EBX(%edx), %ebx
        movl    REGS_ECX(%edx), %ecx
        movl    REGS_EAX(%edx), %eax
        movl    REGS_EDX(%edx), %edx
        lretw
1:      movw    %ss, %dx
        movw    %dx, %ds
        movw    %dx, %es
        cld
        popl    %edx
        movl    %ebx, REGS_EBX(%edx)
        movl    %eax, REGS_EAX(%edx)
        popl    %ebx
        popl    %esi
        popl    %edi
        popl    %ebp
        retl

/* void mouse_call(u32 target, u32 status, u32 right, u32 up, u32 wheel): the last two on the stack. */
        .globl  mouse_call
mouse_call:
        pushl   %ebp
        movl    %esp, %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushw   %dx
        pushw   %cx
        pushw   8(%ebp)
        pushw   12(%ebp)
        pushw   %cs
        pushw   $1f
        pushl   %eax
        sti
        lretw
1:      cli
        cld
        movw    %ss, %dx
        movw    %dx, %ds
        movw    %dx, %es
        addw    $8, %sp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        retl

/* void jump_boot(u32 target, u32 dl): to a boot sector, with a stack below it. */
        .globl  jump_boot
jump_boot:
        cli
        xorl    %ecx, %ecx
        movw    %cx, %ss
        movl    $0x7C00, %esp
        movw    %cx, %ds
        movw    %cx, %es
        movw    %cx, %fs
        movw    %cx, %gs
        sti
        pushl   %eax
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        lretw

.macro  SERVICE name, handler
        .globl  \name
\name:  pushw   $\handler
        jmp     service
.endm

SERVICE int18, boot_failed
SERVICE int19_entry, boot
SERVICE int15_entry, system_service
SERVICE int1a_entry, time_service
SERVICE int70, rtc_interrupt
SERVICE int74, mouse_interrupt

/* ---- hardware interrupts that are short enough to be written here ---- */
        .globl  timer_tick
timer_tick:
        pushw   %ds
        pushl   %eax
        pushl   %edx
        movw    $BDA_SEG, %ax
        movw    %ax, %ds
        incl    0x6C
        cmpl    $0x1800B0, 0x6C
        jb      1f
        andl    $0, 0x6C
        movb    $1, 0x70
1:      cmpb    $0, 0x40                     /* the floppy motors' time */
        je      2f
        decb    0x40
        jnz     2f
        andb    $0xF0, 0x3F
        movb    $0x0C, %al
        movw    $0x3F2, %dx
        outb    %al, %dx
2:      int     $0x1C
        cli
        movb    $0x20, %al
        outb    %al, $0x20
        popl    %edx
        popl    %eax
        popw    %ds
        iretw

        .globl  int71, int75, int76, hardware_master, hardware_slave
int71:  pushw   %ax                          /* IRQ 9 is what IRQ 2 was on the PC */
        movb    $0x20, %al
        outb    %al, $0xA0
        popw    %ax
        int     $0x0A
        iretw
int75:  pushw   %ax                          /* the FPU's error */
        xorb    %al, %al
        outb    %al, $0xF0
        movb    $0x20, %al
        outb    %al, $0xA0
        outb    %al, $0x20
        popw    %ax
        int     $0x02
        iretw
int76:  pushw   %ds
        pushw   %ax
        movw    $BDA_SEG, %ax
        movw    %ax, %ds
        movb    $0xFF, 0x8E
        movb    $0x20, %al
        outb    %al, $0xA0
        outb    %al, $0x20
        movw    $0x9100, %ax
        int     $0x15
        popw    %ax
        popw    %ds
        iretw
/* Nobody's: acknowledged if it is in service, which a spurious one is not. */
hardware_slave:
        pushw   %ax
        movb    $0x0B, %al
        outb    %al, $0xA0
        inb     $0xA0, %al
        testb   %al, %al
        jz      1f
        movb    $0x20, %al
        outb    %al, $0xA0
1:      movb    $0x20, %al
        outb    %al, $0x20
        popw    %ax
        iretw
hardware_master:
        pushw   %ax
        movb    $0x0B, %al
        outb    %al, $0x20
        inb     $0x20, %al
        testb   %al, %al
        jz      1f
        movb    $0x20, %al
        outb    %al, $0x20
1:      popw    %ax
        iretw

/* ---- offsets of the PC/AT's BIOS ---- */
        .section .fixed, "ax"
        .code16
.macro  AT offset
        .org    \offset - 0xE000
.endm
.macro  FIXED offset, name, handler
        .org    \offset - 0xE000
        .globl  \name
\name:  pushw   $\handler
        jmp     service
.endm
        AT      0xE05B
        jmp     reset
        AT      0xE2C3
        .globl  int02
int02:  iretw
        AT      0xE401
        .globl  fixed_disk_parameters
fixed_disk_parameters:
        .skip   32
        AT      0xE6F2
        .globl  int19
int19:  jmp     int19_entry
        AT      0xE6F5
        .globl  configuration_table
configuration_table:
        .word   8
        .byte   0xFC, 0x01, 0x00             /* model, submodel, revision */
        .byte   0x74                         /* second 8259, clock, INT 15h AH=4Fh, EBDA */
        .byte   0x40, 0, 0, 0                /* INT 16h AH=09h */
        AT      0xE729
baud_rates:
        .word   0x0417, 0x0300, 0x0180, 0x00C0, 0x0060, 0x0030, 0x0018, 0x000C
FIXED   0xE739, int14, serial_service
FIXED   0xE82E, int16, keyboard_service
FIXED   0xE987, int09, keyboard_interrupt
FIXED   0xEC59, int40, floppy_service
        AT      0xEF57
        .globl  int0e
int0e:  pushw   %ds
        pushw   %ax
        movw    $BDA_SEG, %ax
        movw    %ax, %ds
        orb     $0x80, 0x3E
        movb    $0x20, %al
        outb    %al, $0x20
        movw    $0x9101, %ax
        int     $0x15
        popw    %ax
        popw    %ds
        iretw
        AT      0xEFC7
        .globl  diskette_parameters
diskette_parameters:
        .byte   0xAF, 0x02, 0x25, 2, 18, 0x1B, 0xFF, 0x6C, 0xF6, 0x0F, 0x08
FIXED   0xEFD2, int17, printer_service
FIXED   0xF065, int10, video_service
        AT      0xF0A4
        .globl  video_parameters
video_parameters:
        .skip   88
FIXED   0xF841, int12, memory_size
FIXED   0xF84D, int11, equipment_list
        AT      0xF859
        .globl  int15
int15:  cmpb    $0x53, %ah
        je      1f
        jmp     int15_entry
1:      jmp     apm_real
FIXED   0xF900, int13, disk_service
        AT      0xFE6E
        .globl  int1a
int1a:  cmpb    $0xB1, %ah
        je      1f
        jmp     int1a_entry
1:      jmp     pci_real
        AT      0xFEA5
        .globl  int08
int08:  jmp     timer_tick
        AT      0xFF53
        .globl  int_none
int_none:
        iretw
FIXED   0xFF54, int05, print_screen
        AT      0xFFF0
        .globl  reset_vector
reset_vector:
        ljmpw   $CODE_SEG, $reset
        .ascii  "11/27/26"
        .byte   0, 0xFC, 0
        .section .note.GNU-stack, "", @progbits
