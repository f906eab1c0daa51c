/* Call gates, interrupt and trap gates, far returns, IRET, conforming code, LAR/LSL/VERR/VERW, ARPL, SYSENTER
 * (SDM 3A 5.8, 6.10 to 6.14; SDM 2 of each instruction). */
#include "tests/guest/script.h"

        group   "gates"

/* Far CALL and JMP through a call gate: every ring to every ring, 16 and 32 bits, with and without parameters. */
        .irp    rights, 0xec, 0xe4, 0x8c, 0xac, 0x6c, 0xcc, 0x84
        .irp    mode, R0, R1, R3
        .irp    target, CODE32, CODE32+8, CODE32+24, 0, 0x200, X1, FLAT0, L0, CODE32+3
        check   "call.\rights-\mode-\target", \mode
        gate    X0, \target, LAND, \rights, 3
        desc    X1, CODE, 0xfffff, 0x1a, 12
        code
        pushl   $0xa1
        pushl   $0xa2
        pushl   $0xa3
        pushw   $0xa4
        lcall   $X0, $0
        done
        .endr
        .endr
        .endr
        .irp    mode, R0, R2, R3
        .irp    count, 0, 1, 31, 0x3f
        check   "call.count.\count-\mode", \mode
        gate    X0, CODE32, LAND, 0xec, \count
        code
        lcall   $X0, $0
        done
        check   "call16.count.\count-\mode", \mode
        gate    X0, CODE16, LAND, 0xe4, \count
        code
        lcall   $X0, $0
        done
        .endr
        check   "jmp.gate.\mode", \mode
        gate    X0, CODE32, LAND, 0xec
        code
        ljmp    $X0, $0
        done
        check   "jmp.gate.same.\mode", \mode
        gate    X0, CODE32+8*\mode, LAND, 0xec
        code
        ljmp    $X0, $0
        done
        check   "call.gate.rpl.\mode", \mode
        gate    X0, CODE32, LAND, 0xac
        code
        lcall   $X0 + 2, $0
        done
        check   "call.conforming.gate.\mode", \mode
        desc    X1, CODE, 0xfffff, 0x9e, 12
        gate    X0, X1, LAND, 0xec, 2
        code
        lcall   $X0, $0
        done
        check   "call.conforming.outer.\mode", \mode
        desc    X1, CODE, 0xfffff, 0xfe, 12
        gate    X0, X1, LAND, 0xec
        code
        lcall   $X0, $0
        done
        check   "conforming.direct.\mode", \mode
        desc    X1, CODE, 0xfffff, 0x9e, 12
        code
        lcall   $X1 + 3, $LAND
        done
        check   "conforming.dpl3.\mode", \mode
        desc    X1, CODE, 0xfffff, 0xfe, 12
        code
        ljmp    $X1, $LAND
        done
        check   "gate.offset.beyond.\mode", \mode
        desc    X1, CODE, 0x7ff, 0x9a, 4
        gate    X0, X1, LAND, 0xec
        code
        lcall   $X0, $0
        done
        .endr

/* The inner stack of a call gate or interrupt. */
        .macro  inner name, setup, argument1, argument2
        check   "inner.call.\name", R3
        gate    X0, CODE32, LAND, 0xec, 2
        \setup  \argument1, \argument2
        code
        lcall   $X0, $0
        done
        check   "inner.int.\name", R3
        idt_gate 0x40, CODE32+8, LAND, 0xee
        desc    X3, STACK, 0xfffff, 0xb2, 12
        \setup  \argument1, \argument2
        code
        int     $0x40
        done
        .endm
        .macro  ss_both selector, unused
        poke    TSS_A+0x10, \selector+1
        .endm
        .macro  ss1 rights, limit
        poke    TSS_A+0x10, X1+1
        desc    X1, STACK, \limit, \rights, 4
        .endm
        .macro  callss rights, limit
        gate    X0, CODE32+8, LAND, 0xec, 2
        ss1     \rights, \limit
        .endm
        .macro  calls1 selector, unused
        gate    X0, CODE32+8, LAND, 0xec, 2
        poke    TSS_A+0x10, \selector
        .endm
        .macro  esp1 value, rights
        gate    X0, CODE32+8, LAND, 0xec, 2
        ss1     \rights, 0xfff
        poke    TSS_A+0xc, \value
        .endm
        .irp    rights, 0x12, 0x32, 0x92, 0xb0, 0xb2, 0xb6, 0xd2, 0xba, 0xb4, 0xf2
        inner   "ss.\rights", callss, \rights, 0xffff
        .endr
        .irp    selector, 0, 1, 3, STACK32+8, STACK32+9, STACK32+0xa, 0x201, 0xfff9, L1+1, 0x45
        inner   "sel.\selector", calls1, \selector, 0
        .endr
        .irp    esp, 0, 4, 0x13, 0x14, 0x17, 0x18, 0x1b, 0x1c, 0x1000, 0x1001, 0x100c
        inner   "esp.\esp", esp1, \esp, 0xb2
        .endr
        inner   "b0", ss1, 0xb2, 0xffff
        check   "inner.tss.limit", R3
        gate    X0, CODE32+8, LAND, 0xec, 2
        desc    TSS_A_SEL, TSS_A, 0x11, 0x89, 0
        code
        lcall   $X0, $0
        done
        check   "inner.tss.limit.12", R3
        gate    X0, CODE32+8, LAND, 0xec, 2
        desc    TSS_A_SEL, TSS_A, 0x12, 0x89, 0
        code
        lcall   $X0, $0
        done
        check   "inner.tss16", R3
        gate    X0, CODE32, LAND, 0xec, 1
        reg     tr, TSS_C_SEL
        code
        lcall   $X0, $0
        done

/* INT n: gate types, presence, DPL, targets; the error code's EXT, IDT and TI bits. */
        .irp    rights, 0xee, 0xef, 0xe6, 0xe7, 0x8e, 0xae, 0x6e, 0xec, 0xe5, 0xe0, 0xe4, 0xe9, 0xf2
        .irp    mode, R0, R1, R3
        check   "int.\rights-\mode", \mode
        idt_gate 0x40, CODE32, LAND, \rights
        code
        int     $0x40
        done
        .endr
        .endr
        .irp    target, 0, 3, 0x200, 0xfffc, X1, FLAT0, L0, CODE32+3, CODE32+8, CODE32+0x19, CODE16, X2, 0x44
        .irp    mode, R0, R3
        check   "int.target.\target-\mode", \mode
        idt_gate 0x40, \target, LAND, 0xee
        idt_gate 6, \target, LAND, 0x8e
        desc    X1, CODE, 0xfffff, 0x1a, 12
        desc    X2, CODE, 0xfffff, 0x9e, 12
        code
        int     $0x40
        done
        check   "fault.target.\target-\mode", \mode
        idt_gate 6, \target, LAND, 0x8e
        desc    X1, CODE, 0xfffff, 0x1a, 12
        desc    X2, CODE, 0xfffff, 0x9e, 12
        code
        ud2
        done
        .endr
        .endr
        .irp    flags, 2, 0x202, 0x4002, 0x3202, 0x8d7, 0x40002, 0x200002
        .irp    rights, 0xee, 0xef, 0xe6, 0xe7
        check   "int.flags.\flags-\rights", R0
        idt_gate 0x40, CODE32, LAND, \rights
        code
        pushl   $\flags
        popfl
        int     $0x40
        done
        check   "int.flags.ring3.\flags-\rights", R3
        reg     eflags, \flags
        idt_gate 0x40, CODE32, LAND, \rights
        code
        int     $0x40
        done
        .endr
        .endr
        check   "int.beyond.idt", R0
        poke    st_idtr, ((IDT&0xffff)<<16)+0x786
        code
        int     $0xf0
        done
        check   "int.limit.fits", R0
        poke    st_idtr, ((IDT&0xffff)<<16)+0x787
        code
        int     $0xf0
        done
        check   "int3.dpl0", R3
        idt_gate 3, CODE32, LAND, 0x8e
        code
        int3
        done
        check   "into.dpl0", R3
        idt_gate 4, CODE32, LAND, 0x8e
        reg     eflags, 0x802
        code
        into
        done
        check   "into.taken", R3
        reg     eflags, 0x802
        code
        into
        done
        check   "into.not", R3
        code
        into
        done
        check   "int3", R3
        code
        int3
        done
        check   "cd03", R3
        code
        .byte   0xcd, 3
        done
        check   "icebp.dpl0", R3
        code
        .byte   0xf1
        done
        check   "int.offset.beyond", R3
        desc    X1, CODE, 0x7ff, 0x9a, 4
        idt_gate 0x40, X1, LAND, 0xee
        code
        int     $0x40
        done

/* Double faults: a fault while another is delivered (SDM 3A table 6-5). */
        .macro  double name, vector, rights, insn
        .irp    mode, R0, R3
        check   "double.\name-\rights-\mode", \mode
        idt_gate \vector, X1, LAND, \rights
        desc    X1, CODE, 0xfffff, 0x1a, 12
        code
        \insn
        done
        .endr
        .endm
        .irp    rights, 0x0e, 0x8e, 0x80
        double  "de", 0, \rights, "xorl %ecx, %ecx; divl %ecx"
        double  "ud", 6, \rights, "ud2"
        double  "gp", 13, \rights, "movl $0x200, %ecx; movl %ecx, %fs"
        double  "np", 11, \rights, "movl $X1, %ecx; movl %ecx, %fs"
        double  "ss", 12, \rights, "movl $-2, %ebp; lss (%esp), %ebp; movl $0xfffffffe, %ebp; movl %ss:(%ebp), %ecx"
        double  "br", 5, \rights, "boundl %ecx, FLAT3"
        double  "of", 4, \rights, "movb $0x7f, %al; addb %al, %al; into"
        .endr

/* Far returns and IRET. */
        .irp    mode, R0, R1, R3
        .irp    target, CODE32, CODE32+9, CODE32+0x1b, CODE32+0x1a, CODE16, CODE16+0x1b, 0, 0x200, X1, X2, X2+3, FLAT0, TSS_B_SEL, L0, L0+3
        check   "retf.\target-\mode", \mode
        desc    X1, CODE, 0xfffff, 0x7a, 12
        desc    X2, CODE, 0xfffff, 0x9e, 12
        code
        pushl   $STACK32 + 0x1b
        pushl   $0x4000
        pushl   $0x77
        pushl   $\target
        pushl   $LAND
        lretl   $4
        done
        check   "iret.\target-\mode", \mode
        desc    X1, CODE, 0xfffff, 0x7a, 12
        desc    X2, CODE, 0xfffff, 0x9e, 12
        code
        pushl   $STACK32 + 0x1b
        pushl   $0x4000
        pushl   $0x10ed7
        pushl   $\target
        pushl   $LAND
        iretl
        done
        .endr
        .irp    flags, 2, 0x202, 0x3002, 0x10002, 0x80002, 0x100002, 0x200002, 0x40002, 0xffc08028
        check   "iret.flags.\flags-\mode", \mode
        code
        pushl   $\flags
        pushl   $CODE32 + 9 * (\mode)
        pushl   $LAND
        iretl
        done
        check   "popf.\flags-\mode", \mode
        code
        pushl   $\flags
        popfl
        done
        check   "popf.iopl3.\flags-\mode", \mode
        reg     eflags, 0x3002
        code
        pushl   $\flags
        popfl
        pushfl
        done
        check   "iretw.\flags-\mode", \mode
        code
        pushw   $\flags & 0xffff
        pushw   $CODE32 + 9 * (\mode)
        pushw   $LAND
        iretw
        done
        .endr
        .endr
        .irp    ss, 0, 3, STACK32, STACK32+0x1b, STACK32+0x18, STACK32+0x13, STACK16+0x1b, FLAT3+3, CODE32+0x1b, X0+3, 0x203, L1+3, X1+3
        check   "retf.outer.ss.\ss", R0
        desc    X0, STACK, 0xfffff, 0x72, 12
        desc    X1, STACK, 0xfffff, 0xf0, 12
        code
        pushl   $\ss
        pushl   $0x4000
        pushl   $CODE32 + 0x1b
        pushl   $LAND
        lretl
        done
        check   "iret.outer.ss.\ss", R0
        desc    X0, STACK, 0xfffff, 0x72, 12
        desc    X1, STACK, 0xfffff, 0xf0, 12
        code
        pushl   $\ss
        pushl   $0x12344000
        pushl   $2
        pushl   $CODE32 + 0x1b
        pushl   $LAND
        iretl
        done
        .endr
/* Data segments a return to ring 3 may not keep. */
        .irp    how, retf, iret
        .irp    sel, FLAT0, FLAT3, X0, X1, X2, X3, CODE32, CODE32+24
        check   "\how-nulls.\sel", R0
        desc    X0, DATA, 0xfff, 0x9e
        desc    X1, DATA, 0xfff, 0x9a
        desc    X2, DATA, 0xfff, 0xb2
        desc    X3, DATA, 0xfff, 0xfa
        code
        movl    $\sel, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        pushl   $STACK32 + 0x1b
        pushl   $0x4000
        .ifc    \how, iret
        pushl   $2
        .endif
        pushl   $CODE32 + 0x1b
        pushl   $LAND
        .ifc    \how, iret
        iretl
        .else
        lretl
        .endif
        done
        .endr
        .endr
        check   "retf.outer.outer", R1
        code
        pushl   $STACK32 + 0x12
        pushl   $0x3000
        pushl   $CODE32 + 0x12
        pushl   $LAND
        lretl
        done
        check   "retfw.outer", R0
        code
        pushw   $STACK32 + 0x1b
        pushw   $0x4000
        pushw   $CODE32 + 0x1b
        pushw   $LAND
        lretw
        done
        check   "iretw.outer", R0
        code
        pushw   $STACK32 + 0x1b
        pushw   $0x4000
        pushw   $0x202
        pushw   $CODE32 + 0x1b
        pushw   $LAND
        iretw
        done
        check   "lcallw", R0
        code
        data16 lcall $CODE32, $LAND
        done
        check   "lcall.indirect.16", R0
        code
        movl    $CODE32 * 65536 + LAND, DATA
        data16 lcall *DATA
        done
        check   "call.offset.beyond.ring3", R3
        desc    X0, CODE, 0x1ff, 0xfa, 4
        code
        lcall   $X0 + 3, $LAND
        done

/* What LAR, LSL, VERR and VERW see of each type, from rings 0 and 3; ARPL. */
        .irp    rights, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x92, 0x94, 0x96, 0x98, 0x9a, 0x9c, 0x9e, 0x12, 0xf0, 0xf2, 0xf8, 0xfa, 0xfc, 0xfe, 0xe2, 0xe9, 0xec, 0xe5, 0x69
        .irp    mode, R0, R3
        check   "lar.\rights-\mode", \mode
        desc    X0, DATA, 0x12345, \rights, 0xd
        code
        movl    $X0, %edi
        movl    $0, %esi
        larl    %edi, %eax
        setz    %bl
        lsll    %edi, %ecx
        setz    %bh
        verr    %di
        setz    %dl
        verw    %di
        setz    %dh
        larw    %di, %si
        lslw    %di, %bp
        xorl    %edi, %edi
        done
        .endr
        check   "lar.rpl3.\rights", R0
        desc    X0, DATA, 0x12345, \rights, 0x1
        code
        movl    $X0 + 3, %edi
        larl    %edi, %eax
        lsll    %edi, %ecx
        verr    %di
        setz    %dl
        verw    %di
        setz    %dh
        done
        .endr
        .irp    sel, 0, 3, 0x200, 0xfff8, L1, 0x44
        check   "lar.sel.\sel", R0
        code
        movl    $\sel, %edi
        larl    %edi, %eax
        setz    %bl
        lsll    %edi, %ecx
        setz    %bh
        verr    %di
        setz    %dl
        verw    %di
        setz    %dh
        done
        .endr
        .irp    pair, 0x0003, 0x0300, 0x0102, 0x0201, 0x0303
        check   "arpl.\pair", R3
        code
        movl    $0x12345600 + (\pair >> 8), %eax
        movl    $0x1238 + (\pair & 3), %ecx
        arpl    %cx, %ax
        done
        .endr

/* SYSENTER and SYSEXIT. */
        .irp    mode, R0, R3
        .irp    cs, 0, 3, X0, X0+3
        check   "sysenter.\cs-\mode", R0
        desc    X0, 0, 0xfffff, 0x9b, 12
        desc    X1, 0, 0xfffff, 0x93, 12
        desc    X2, 0, 0xfffff, 0xfb, 12
        desc    X3, 0, 0xfffff, 0xf3, 12
        code
        xorl    %edx, %edx
        movl    $0x174, %ecx
        movl    $\cs, %eax
        wrmsr
        movl    $0x175, %ecx
        movl    $STACK + 0x9000, %eax
        wrmsr
        movl    $0x176, %ecx
        movl    $CODE + LAND, %eax
        wrmsr
        .if     \mode
        pushl   $STACK32 + 0x1b
        pushl   $0x4000
        pushl   $0x3202
        pushl   $CODE32 + 0x1b
        pushl   $AT(1f)
        iretl
        .endif
1:      sysenter
        done
        check   "sysexit.\cs-\mode", R0
        desc    X0, 0, 0xfffff, 0x9b, 12
        desc    X1, 0, 0xfffff, 0x93, 12
        desc    X2, 0, 0xfffff, 0xfb, 12
        desc    X3, 0, 0xfffff, 0xf3, 12
        code
        xorl    %edx, %edx
        movl    $0x174, %ecx
        movl    $\cs, %eax
        wrmsr
        movl    $STACK + 0x4000, %ecx
        movl    $CODE + LAND, %edx
        .if     \mode
        pushl   $STACK32 + 0x1b
        pushl   $0x4000
        pushl   $0x3202
        pushl   $CODE32 + 0x1b
        pushl   $AT(1f)
        iretl
        .endif
1:      sysexit
        done
        .endr
        .endr
        .section .note.GNU-stack, "", @progbits
