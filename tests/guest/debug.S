/* Debugging: single-step, breakpoints, DR6 and DR7, RF, interrupt shadows; self-modifying code (SDM 3B 18.2, 18.3). */
#include "tests/guest/script.h"

        group   "debug"

/* Single-step over everything: each #DB is printed with DR6, and resumed. */
        .macro  trace name, mode, insn
        check   "step.\name-\mode", \mode
        reg     eflags, 0x102
        reg     resume, 2
        reg     edi, DATA+0x10
        reg     esi, DATA+0x20
        reg     ecx, 2
        gate    X1, CODE32, WILL_BE(7f), 0xec
        code
        \insn
        nop
        int     $END_VECTOR
7:      nop
        done
        .endm
        .irp    mode, R0, R3
        trace   "nop", \mode, "nop"
        trace   "popf.clear", \mode, "pushl $2; popfl"
        trace   "popf.set", \mode, "pushl $0x102; popfl"
        trace   "pushf", \mode, "pushfl; popl %eax"
        trace   "mov.ss", \mode, "movl %ss, %eax; movl %eax, %ss; incl %ebx"
        trace   "pop.ss", \mode, "pushl %ss; popl %ss; incl %ebx"
        trace   "mov.ss.twice", \mode, "movl %ss, %eax; movl %eax, %ss; movl %eax, %ss; incl %ebx; incl %ebx"
        trace   "mov.ds", \mode, "movl %ds, %eax; movl %eax, %ds; incl %ebx"
        trace   "lss", \mode, "pushl %ss; pushl %esp; lss (%esp), %eax; incl %ebx"
        trace   "rep.movsb", \mode, "rep movsb"
        trace   "rep.zero", \mode, "xorl %ecx, %ecx; rep stosb"
        trace   "int.step", \mode, "int $0xf0"
        trace   "jump", \mode, "jmp 1f; nop; 1:"
        trace   "loop", \mode, "1: loop 1b"
        trace   "call.ret", \mode, "call 1f; jmp 2f; 1: ret; 2:"
        trace   "gate", \mode, "lcall $X1, $0"
        trace   "iret", \mode, "pushfl; pushl %cs; pushl $1f-771b+START; iretl; 1:"
        trace   "iret.clear", \mode, "pushl $2; pushl %cs; pushl $1f-771b+START; iretl; 1: nop"
        trace   "prefixes", \mode, "movl %fs:1f-1f, %eax; 1:"
        trace   "ud", \mode, "ud2"
        trace   "divide", \mode, "xorl %ecx, %ecx; divl %ecx"
        .endr
        trace   "cli.sti", R0, "cli; nop; cli"
        trace   "mov.cr0", R0, "movl %cr0, %eax; movl %eax, %cr0"
        trace   "mov.dr", R0, "movl %dr6, %eax; movl %eax, %dr6"
        check   "step.starts.after.popf", R3
        code
        pushl   $0x102
        popfl
        incl    %eax
        incl    %eax
        done
        check   "step.starts.after.iret", R0
        code
        pushl   $0x102
        pushl   $CODE32 + 0x1b - 0x1b
        pushl   $AT(1f)
        iretl
1:      incl    %eax
        incl    %eax
        done
        .irp    flags, 0x102, 0x10102
        check   "step.iret.to.breakpoint-\flags", R0
        reg     eflags, 0x102
        reg     resume, 2
        reg     dr0, CODE+WILL_BE(1f)
        reg     dr7, 1
        code
        pushl   $\flags
        pushl   %cs
        pushl   $AT(1f)
        iretl
1:      nop
        done
        .endr
        check   "step.task.switch", R0
        reg     eflags, 0x102
        reg     resume, 2
        code
        ljmp    $TSS_B_SEL, $0
        done
        check   "step.v86", V86
        reg     eflags, 0x23102
        reg     resume, 2
        code16
        pushfw
        popfw
        nop
        done
        check   "step.real", REAL
        reg     eflags, 0x102
        code16
        nop
        nop
        done
        check   "step.real.mov.ss", REAL
        code16
        movw    $0x102, %ax
        pushw   %ax
        popfw
        movw    %ss, %ax
        movw    %ax, %ss
        nop
        nop
        done

/* Breakpoints on data: lengths, alignment, reads and writes, several at once. DR7: L bits, then R/W and LEN. */
        .macro  watch name, mode, dr7, insn
        check   "\name-\mode-\dr7", \mode
        reg     dr0, DATA+0x10
        reg     dr1, DATA+0x14
        reg     dr2, DATA+0x21
        reg     dr7, \dr7
        reg     resume, 2
        reg     edi, DATA+0x10
        reg     esi, DATA+0x0c
        reg     ecx, 3
        code
        \insn
        nop
        nop
        done
        .endm
        .irp    dr7, 0x10001, 0x30001, 0xd0001, 0xf0001, 0x50001, 0x30002, 0xff0005, 0xdd0005, 0xf000000, 0xd030033
        .irp    mode, R0, R3
        watch   "data.read", \mode, \dr7, "movl (%edi), %eax"
        watch   "data.write", \mode, \dr7, "movl %eax, (%edi)"
        watch   "data.byte", \mode, \dr7, "movb %al, 3(%edi)"
        watch   "data.before", \mode, \dr7, "movl %eax, -3(%edi)"
        watch   "data.rmw", \mode, \dr7, "incl (%edi)"
        watch   "data.rep", \mode, \dr7, "rep movsl"
        watch   "data.mov.ss", \mode, \dr7, "movl %ss, %eax; movl %eax, (%edi); movw (%edi), %ss; incl %ebx"
        watch   "data.both", \mode, \dr7, "addl $4, (%edi); movl 4(%edi), %eax"
        watch   "data.fld", \mode, \dr7, "fldl (%edi)"
        watch   "data.jump", \mode, \dr7, "movl $1f-771b+START, 4(%edi); jmp *4(%edi); 1:"
        .endr
        .endr
/* On instructions: a fault, before; RF; not on the middle of one. */
        .macro  exec name, address, flags, rf, insn
        check   "exec.\name", R3
        reg     dr0, CODE+START+\address
        reg     dr7, 1
        reg     eflags, \flags
        reg     resume, 2*\rf
        reg     set_rf, \rf
        reg     ecx, 3
        reg     edi, DATA
        code
        \insn
        nop
        done
        .endm
        exec    "first", 0, 2, 0, "incl %eax; incl %eax"
        exec    "first.rf", 0, 0x10002, 0, "incl %eax; incl %eax"
        exec    "second", 1, 2, 0, "incl %eax; incl %eax"
        exec    "second.rf", 1, 0x10002, 0, "incl %eax; incl %eax"
        exec    "middle", 1, 2, 0, "movl $1, %eax"
        exec    "resumed", 1, 2, 1, "incl %eax; incl %eax"
        exec    "resumed.tf", 1, 0x102, 1, "incl %eax; incl %eax"
        exec    "prefix", 1, 2, 0, "data16 incl %eax"
        exec    "prefix.start", 0, 2, 1, "data16 incl %eax"
        exec    "loop", 0, 2, 1, "1: incl %eax; loop 1b"
        exec    "rep", 0, 2, 1, "rep stosb"
        exec    "after.mov.ss", 4, 2, 1, "movl %ss, %eax; movl %eax, %ss; incl %ebx"
        exec    "ud", 0, 2, 1, "ud2"
        exec    "int", 1, 2, 1, "nop; int $END_VECTOR"
        exec    "fault.rf", 0, 2, 1, "movl %fs:0, %eax"
        check   "exec.linear", R3
        reg     dr0, CODE+LAND
        reg     dr7, 1
        code
        ljmp    $CODE32 + 27, $LAND
        done

/* Reading and writing the registers; GD; CR4.DE and I/O breakpoints. */
        .irp    value, 0, 0xffffffff, 0x400, 0xd800
        .irp    number, 6, 7
        check   "dr\number-\value", R0
        code
        movl    $\value & ~0x2000 & ~0xff, %eax
        movl    %eax, %dr\number
        movl    %dr\number, %ecx
        movl    %dr4, %edx
        movl    %dr5, %ebx
        xorl    %eax, %eax
        movl    %eax, %dr7
        done
        .endr
        .endr
        .irp    number, 0, 4, 5, 6, 7
        .irp    cr4, 0, 8
        check   "mov.dr-\number-\cr4", R0
        reg     cr4, \cr4
        code
        movl    %db\number, %eax
        movl    %eax, %db\number
        done
        .endr
        check   "mov.dr.ring3-\number", R3
        code
        movl    %db\number, %eax
        done
        check   "mov.to.dr.ring3-\number", R3
        code
        movl    %eax, %db\number
        done
        check   "gd-\number", R0
        reg     dr7, 0x2000
        code
        movl    %db\number, %eax
        done
        check   "gd.write-\number", R0
        reg     dr7, 0x2000
        code
        xorl    %eax, %eax
        movl    %eax, %db\number
        done
        .endr
        check   "gd.cleared", R0
        reg     dr7, 0x2000
        reg     resume, 2
        code
        movl    %dr0, %eax
        movl    %dr7, %eax
        done
        check   "gd.ring3", R3
        reg     dr7, 0x2000
        code
        movl    %dr0, %eax
        done
        .irp    cr4, 0, 8
        .irp    length, 0, 1, 3
        check   "io-\cr4-\length", R0
        reg     cr4, \cr4
        reg     dr0, 0x80
        reg     dr7, 0x20001|(\length<<18)
        reg     resume, 2
        code
        xorl    %eax, %eax
        outb    %al, $0x80
        outb    %al, $0x81
        outw    %ax, $0x7f
        nop
        done
        .endr
        .endr
        check   "dr6.sticky", R0
        reg     dr6, 0xffff0ff3
        reg     eflags, 0x102
        code
        nop
        done
        check   "dr6.breakpoint.disabled.reported", R0
        reg     dr0, DATA
        reg     dr1, DATA
        reg     dr7, 0xff0001
        code
        movl    DATA, %eax
        done
        check   "icebp", R0
        code
        .byte   0xf1
        done
        check   "icebp.dr6", R3
        reg     dr6, 0xffff4ff0
        code
        .byte   0xf1
        done
        check   "local.cleared.by.task.switch", R0
        reg     dr0, DATA
        reg     dr7, 0x30155
        poke    TSS_B+0x20, WILL_BE(1f)
        code
        ljmp    $TSS_B_SEL, $0
1:      movl    %dr7, %edx
        xorl    %eax, %eax
        movl    %eax, %dr7
        done
        check   "linear.wrap", R3
        desc    X0, DATA-0x1000, 0xfffff, 0xf3, 12
        reg     dr0, DATA+0x20
        reg     dr7, 0x10001
        code
        movl    $X0 + 3, %eax
        movl    %eax, %fs
        movl    %eax, %fs:0x1020
        nop
        done

/* Code that changes itself: the very next instruction, the one under way, through another segment. */
        .irp    mode, R0, R3
        check   "smc.next-\mode", \mode
        code
        movb    $0x42, CODE + AT(1f)
1:      incl    %ecx
        nop
        done
        check   "smc.same.block-\mode", \mode
        code
        movl    $3, %esi
1:      incl    %ecx
        xorb    $2, CODE + AT(1b)
        decl    %esi
        jnz     1b
        done
        check   "smc.immediate-\mode", \mode
        code
        movl    $0x87654321, CODE + AT(1f) + 1
1:      movl    $0, %ecx
        done
        check   "smc.rep.over.itself-\mode", \mode
        code
        movl    $CODE + AT(1f), %edi
        movl    $0x90, %eax
        movl    $4, %ecx
1:      rep     stosb
        incl    %edx
        incl    %edx
        done
        check   "smc.push-\mode", \mode
        code
        movl    %esp, %ebx
        movl    %ss, %esi
        pushl   %es
        popl    %eax
        movl    $CODE - STACK + AT(1f) + 4, %esp
        pushl   $0x42424242
1:      incl    %ecx
        incl    %ecx
        incl    %ecx
        incl    %ecx
        movl    %ebx, %esp
        done
        check   "smc.call.twice-\mode", \mode
        code
        call    1f
        movb    $0x4a, CODE + AT(1f)
        call    1f
        int     $END_VECTOR
1:      incl    %ecx
        ret
        done
        check   "smc.xchg-\mode", \mode
        code
        movb    $0x4a, %al
        xchgb   %al, CODE + AT(1f)
1:      incl    %ecx
        done
        check   "smc.fst-\mode", \mode
        code
        fld1
        fistpl  CODE + AT(1f) + 1
1:      movl    $0, %ecx
        done
        .endr
        check   "smc.page.alias.write.next", R0
        reg     cr0, 0x80000011
        pte     3, CODE+7
        code
        movb    $0x42, WINDOW + 0x3000 + AT(1f)
1:      incl    %ecx
        done
        check   "smc.remap", R0
        reg     cr0, 0x80000011
        pte     3, DATA+7
        pte     4, DATA+0x1007
        code
        movl    $0xc341, DATA
        movl    $0xc342, DATA + 0x1000
        movl    $WINDOW + 0x3000 - CODE, %esi
        call    *%esi
        movl    $DATA + 0x1007, PT1 + 12
        invlpg  WINDOW + 0x3000
        call    *%esi
        done

/* The shadow of STI and MOV SS, with the timer's interrupt waiting. */
        .macro  pending name, insn
        check   "shadow.\name", R0
        code
        movb    $0x20, %al
        outb    %al, $0x20
        movb    $0x30, %al
        outb    %al, $0x43
        movb    $0x10, %al
        outb    %al, $0x40
        movb    $0, %al
        outb    %al, $0x40
        movb    $0x0a, %al
        outb    %al, $0x20
1:      inb     $0x20, %al
        testb   $1, %al
        jz      1b
        movb    $0xfe, %al
        outb    %al, $0x21
        movl    $0, %eax
        movl    %ss, %edx
        \insn
        incl    %eax
        incl    %eax
        cli
        movb    $0xff, %al
        outb    %al, $0x21
        done
        .endm
        pending "sti", "sti"
        pending "sti.sti", "sti; sti; sti"
        pending "sti.cli", "sti; cli"
        pending "popf", "pushl $0x202; popfl"
        pending "iret", "pushl $0x202; pushl %cs; pushl $1f-771b+START; iretl; 1:"
        pending "sti.mov.ss", "sti; movl %edx, %ss; incl %eax"
        pending "sti.hlt", "sti; hlt"

        .section .note.GNU-stack, "", @progbits
