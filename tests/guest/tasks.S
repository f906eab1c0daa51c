/* Hardware task switches: by JMP, CALL, IRET, INT and faults, 16 and 32 bits, with all checks (SDM 3A 8.2 to 8.6). */
#include "tests/guest/script.h"

        group   "tasks"

/* Faults of a new task are handled by a task: there may be no stack. */
        .macro  fault_task
        idt_gate 8, TSS_D_SEL, 0, 0x85
        idt_gate 10, TSS_D_SEL, 0, 0x85
        idt_gate 11, TSS_D_SEL, 0, 0x85
        idt_gate 12, TSS_D_SEL, 0, 0x85
        idt_gate 13, TSS_D_SEL, 0, 0x85
        .endm

        .irp    how, ljmp, lcall
        .irp    target, TSS_B_SEL, TSS_C_SEL, X0
        .irp    mode, R0, R1, R3
        check   "\how-\target-\mode", \mode
        gate    X0, TSS_B_SEL, 0, 0xe5
        code
        \how    $\target, $0x1234
        done
        .endr
        .irp    rights, 0x09, 0x8b, 0xe9, 0x29, 0xa9, 0x83
        check   "\how-\target-\rights", R0
        gate    X0, TSS_B_SEL, 0, 0x85
        poke    GDT+TSS_B_SEL+4, (\rights)*256+(TSS_B>>16)
        code
        \how    $\target, $0
        done
        .endr
        .endr
        .irp    rights, 0x05, 0x85, 0xa5, 0x65
        .irp    mode, R0, R3
        check   "\how-gate-\rights-\mode", \mode
        gate    X0, TSS_B_SEL, 0, \rights
        code
        \how    $X0, $0
        done
        .endr
        .endr
        .irp    sel, 0, 0x200, 4, L0, FLAT0, TSS_A_SEL
        check   "\how-gate.to-\sel", R0
        gate    X0, \sel, 0, 0x85
        code
        \how    $X0, $0
        done
        .endr
        .irp    limit, 0x66, 0x67, 0x68, 0x2b
        check   "\how-limit-\limit", R0
        desc    TSS_B_SEL, TSS_B, \limit, 0x89, 0
        code
        \how    $TSS_B_SEL, $0
        done
        .endr
        check   "\how-limit16.2a", R0
        desc    TSS_C_SEL, TSS_C, 0x2a, 0x81, 0
        code
        \how    $TSS_C_SEL, $0
        done
        check   "\how-rpl3", R0
        code
        \how    $TSS_B_SEL + 3, $0
        done
        check   "\how-flags", R0
        reg     eflags, 0xed7
        poke    TSS_B+0x24, 0x3246
        code
        stc
        \how    $TSS_B_SEL, $0
        done
        .endr

/* What the new task's own segments, LDT and page directory may be. A fault is one of the new task. */
        .macro  new name, offset, value, rights=0x92, limit=0xfff
        check   "new.\name-\value-\rights", R0
        desc    X0, DATA, \limit, \rights, 4
        poke    TSS_B+\offset, \value
        fault_task
        code
        lcall   $TSS_B_SEL, $0
        done
        .endm
        .irp    value, 0, 3, CODE32+1, CODE32+8, CODE32+0x1b, 0x200, FLAT0, L0, TSS_A_SEL
        new     "cs", 0x4c, \value
        .endr
        .irp    value, 0, STACK32+1, STACK32+8, STACK32+0x1b, 0x200, CODE32, L1, FLAT0
        new     "ss", 0x50, \value
        .endr
        .irp    value, 3, 0x200, CODE32, FLAT0+3, TSS_A_SEL, L1, X0
        new     "ds", 0x54, \value
        new     "gs", 0x5c, \value
        .endr
        .irp    value, 0, 3, LDT_SEL, 0x200, 4, FLAT0, TSS_A_SEL
        new     "ldt", 0x60, \value
        .endr
        new     "ldt", 0x60, X0, 0x02
        new     "ldt", 0x60, X0, 0x82
        new     "ds", 0x54, X0, 0x12
        new     "ss", 0x50, X0, 0x12
        new     "ss", 0x50, X0, 0x90
        new     "trap", 0x64, 1
        new     "trap", 0x64, 0xffff0001
        new     "eip", 0x20, LAND+0x100
        new     "flags", 0x24, 0x10202
        new     "flags", 0x24, 0xffc00002
        new     "flags.tf", 0x24, 0x102
        check   "new.ring3", R0
        poke    TSS_B+0x4c, CODE32+0x1b
        poke    TSS_B+0x50, STACK32+0x1b
        code
        lcall   $TSS_B_SEL, $0
        done
        check   "new.v86", R0
        poke    TSS_B+0x24, 0x20002
        poke    TSS_B+0x4c, CODE>>4
        poke    TSS_B+0x50, STACK>>4
        poke    TSS_B+0x48, 0x1234
        code
        lcall   $TSS_B_SEL, $0
        done
        check   "new.cs.limit", R0
        fault_task
        desc    X0, CODE, 0x7ff, 0x9b, 4
        poke    TSS_B+0x4c, X0
        code
        lcall   $TSS_B_SEL, $0
        done
        check   "new.cs.limit.trap", R0
        fault_task
        desc    X0, CODE, 0x7ff, 0x9b, 4
        poke    TSS_B+0x4c, X0
        poke    TSS_B+0x64, 1
        code
        lcall   $TSS_B_SEL, $0
        done
        check   "new.cr3", R0
        reg     cr0, 0x80000011
        poke    TSS_B+0x1c, PD
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        movl    WINDOW, %ecx
        lcall   $TSS_B_SEL, $0
1:      movl    WINDOW, %edx
        done
        check   "ts.set", R0
        code
        lcall   $TSS_B_SEL, $0
        done

/* Return: IRET with NT. */
        .irp    flags, 0x4002, 0x4202
        .irp    link, TSS_B_SEL, TSS_C_SEL, 0, 0x200, TSS_A_SEL, L0, FLAT0
        .irp    rights, 0x89, 0x8b, 0x0b
        check   "iret-\flags-\link-\rights", R0
        poke    GDT+TSS_B_SEL+4, (\rights)*256+(TSS_B>>16)
        clearbits GDT+TSS_C_SEL+4, 0xff00
        setbits GDT+TSS_C_SEL+4, ((\rights)&0xf7)*256
        poke    TSS_A, \link
        reg     eflags, \flags
        code
        iretl
        done
        .endr
        .endr
        .endr
        check   "iret.link.in.ldt", R0
        ldesc   L2, TSS_B, 0x67, 0x8b, 0
        poke    TSS_A, L2
        reg     eflags, 0x4002
        code
        iretl
        done
        .irp    how, ljmp, lcall
        check   "\how-tss.in.ldt", R0
        ldesc   L2, TSS_B, 0x67, 0x89, 0
        code
        \how    $L2, $0
        done
        .endr
        check   "iret.nt.ring3", R3
        poke    TSS_A, TSS_B_SEL
        setbits GDT+TSS_B_SEL+4, 0x200
        reg     eflags, 0x4002
        code
        iretl
        done
        check   "call.and.return", R0
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        movl    $1, %edi
        stc
        lcall   $TSS_B_SEL, $0
        movl    $2, %esi
        int     $END_VECTOR
1:      movl    $9, %eax
        iretl
        done
        check   "call.return.twice", R0
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        lcall   $TSS_B_SEL, $0
        lcall   $TSS_B_SEL, $0
        movl    $2, %esi
        int     $END_VECTOR
1:      incl    %ecx
        iretl
        incl    %ecx
        iretl
        done
        check   "jmp.and.back", R0
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        ljmp    $TSS_B_SEL, $0
        movl    $2, %esi
        int     $END_VECTOR
1:      ljmp    $TSS_A_SEL, $0
        done
        check   "recursive", R0
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        lcall   $TSS_B_SEL, $0
        int     $END_VECTOR
1:      lcall   $TSS_A_SEL, $0
        done
        check   "to.16.and.back", R0
        poke    TSS_C+0x0e, WILL_BE(1f)+0x20000
        code
        lcall   $TSS_C_SEL, $0
        movl    $2, %ebp
        int     $END_VECTOR
        .code16
1:      movl    $0x99999999, %eax
        iretw
        done

/* Task gates in the IDT. */
        .irp    rights, 0x85, 0xe5, 0x05, 0x65
        .irp    mode, R0, R3
        .irp    sel, TSS_B_SEL, TSS_C_SEL, TSS_A_SEL, 0x200, FLAT0, 4
        check   "int-\rights-\sel-\mode", \mode
        idt_gate 0x40, \sel, 0, \rights
        code
        int     $0x40
        done
        check   "fault-\rights-\sel-\mode", \mode
        idt_gate 13, \sel, 0, \rights
        code
        movl    $0x200, %eax
        movl    %eax, %fs
        done
        .endr
        .endr
        .endr
        check   "fault-new.eip", R0
        idt_gate 13, TSS_B_SEL, 0, 0x85
        desc    X0, CODE, 0x7ff, 0x9b, 4
        poke    TSS_B+0x4c, X0
        code
        movl    $0x200, %eax
        movl    %eax, %fs
        done
        check   "int.and.return", R3
        idt_gate 0x40, TSS_B_SEL, 0, 0xe5
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        int     $0x40
        movl    $2, %esi
        int     $END_VECTOR
1:      movl    $9, %eax
        iretl
        done
        check   "double.fault.task", R0
        idt_gate 8, TSS_B_SEL, 0, 0x85
        poke    st_idtr, ((IDT&0xffff)<<16)+0x787
        idt_gate 13, X0, 0, 0x8e
        code
        movl    $0x200, %eax
        movl    %eax, %fs
        done
        check   "v86.int.task", V86
        idt_gate 0x40, TSS_B_SEL, 0, 0xe5
        reg     eflags, 0x23002
        code16
        int     $0x40
        done

/* LTR, STR, LLDT, SLDT. */
        .irp    insn, ltr, lldt
        .irp    sel, 0, 3, TSS_A_SEL, TSS_B_SEL, TSS_B_SEL+3, TSS_C_SEL, LDT_SEL, LDT_SEL+3, 0x200, 4, L0, FLAT0, X0, X1, X2, X3
        check   "\insn-\sel", R0
        desc    X0, TSS_B, 0x67, 0x09, 0
        desc    X1, LDT, 0x3f, 0x02, 0
        desc    X2, TSS_B, 0x10, 0x89, 0
        desc    X3, TSS_B, 0x10, 0xe2, 0
        code
        movl    $\sel, %ecx
        \insn   %cx
        sldt    %eax
        str     %edx
        done
        .endr
        check   "\insn-ring3", R3
        code
        movl    $TSS_B_SEL, %ecx
        \insn   %cx
        done
        .endr
        .section .note.GNU-stack, "", @progbits
