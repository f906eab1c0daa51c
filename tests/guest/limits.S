/* Segment limits, types, privileges, for every kind of access (SDM 3A 5.3 to 5.5). */
#include "tests/guest/script.h"

        group   "limits"

/* An access through FS, the descriptor given in full; FS is loaded by the code, so its checks count too. */
        .macro access name, mode, base, limit, rights, flags, insn
        check   "\name", \mode
        desc    X0, \base, \limit, \rights, \flags
        code
        movl    $(X0 + (\mode&3)), %eax
        movl    %eax, %fs
        \insn
        done
        .endm

        .irp    at, 0xffe, 0xfff, 0x1000, 0xffc, 0xffd, 0xffffffff, 0xfffffffc
        access  "up.read8.\at", R3, DATA, 0xfff, 0xf2, 4, "movb %fs:\at, %cl"
        access  "up.read16.\at", R3, DATA, 0xfff, 0xf2, 4, "movw %fs:\at, %cx"
        access  "up.read32.\at", R3, DATA, 0xfff, 0xf2, 4, "movl %fs:\at, %ecx"
        access  "up.write8.\at", R3, DATA, 0xfff, 0xf2, 4, "movb %cl, %fs:\at"
        access  "up.write32.\at", R0, DATA, 0xfff, 0x92, 4, "movl %ecx, %fs:\at"
        access  "up.rmw32.\at", R0, DATA, 0xfff, 0x92, 4, "addl %ecx, %fs:\at"
        access  "up.push.\at", R0, DATA, 0xfff, 0x92, 4, "pushl %fs:\at"
        access  "down32.read8.\at", R3, DATA, 0xfff, 0xf6, 4, "movb %fs:\at, %cl"
        access  "down32.read32.\at", R3, DATA, 0xfff, 0xf6, 4, "movl %fs:\at, %ecx"
        .endr
        .irp    at, 0xfff, 0x1000, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0x10000
        access  "down16.read8.\at", R3, DATA-0x1000, 0xfff, 0xf6, 0, "movb %fs:\at, %cl"
        access  "down16.read16.\at", R3, DATA-0x1000, 0xfff, 0xf6, 0, "movw %fs:\at, %cx"
        access  "down16.read32.\at", R0, DATA-0x1000, 0xfff, 0x96, 0, "movl %fs:\at, %ecx"
        access  "g.down16.write32.\at", R0, DATA-0x2000, 1, 0x96, 8, "movl %ecx, %fs:\at"
        .endr
        .irp    at, 0x1ffc, 0x1ffd, 0x1fff, 0x2000
        access  "g.up.read8.\at", R3, DATA, 1, 0xf2, 12, "movb %fs:\at, %cl"
        access  "g.up.read16.\at", R3, DATA, 1, 0xf2, 12, "movw %fs:\at, %cx"
        access  "g.up.read32.\at", R3, DATA, 1, 0xf2, 12, "movl %fs:\at, %ecx"
        access  "g.down.read32.\at", R3, DATA, 1, 0xf6, 12, "movl %fs:\at, %ecx"
        .endr
        access  "zero.read8.0", R3, DATA, 0, 0xf2, 4, "movb %fs:0, %cl"
        access  "zero.read8.1", R3, DATA, 0, 0xf2, 4, "movb %fs:1, %cl"
        access  "zero.read16", R3, DATA, 0, 0xf2, 4, "movw %fs:0, %cx"
        access  "flat.down.all", R3, DATA, 0xfffff, 0xf6, 12, "movb %fs:0xffffffff, %cl"
        access  "base.wrap", R3, 0xfffff000, 0xfffff, 0xf2, 12, "movl %fs:(DATA + 0x1010), %ecx"

/* Accesses other than moves, around the last byte of a 4096-byte segment. */
        .irp    at, 0xff6, 0xff7, 0xff8, 0xff9, 0xffa, 0xffb, 0xffe
        access  "fld80.\at", R0, DATA, 0xfff, 0x92, 4, "fldt %fs:\at"
        access  "fld64.\at", R0, DATA, 0xfff, 0x92, 4, "fldl %fs:\at"
        access  "fst32.\at", R0, DATA, 0xfff, 0x92, 4, "fsts %fs:\at"
        access  "les.\at", R0, DATA, 0xfff, 0x92, 4, "les %fs:\at, %ecx"
        access  "sgdt.\at", R0, DATA, 0xfff, 0x92, 4, "sgdt %fs:\at"
        access  "lgdt.\at", R0, DATA, 0xfff, 0x92, 4, "sgdt %fs:0xf00; movl %fs:0xf00, %ecx; movl %fs:0xf04, %edx; movl %ecx, DATA+\at; movw %dx, DATA+\at+4; lgdt %fs:\at"
        access  "bound.\at", R0, DATA, 0xfff, 0x92, 4, "bound %ecx, %fs:\at"
        access  "cmpxchg8b.\at", R0, DATA, 0xfff, 0x92, 4, "cmpxchg8b %fs:\at"
        access  "farjump.\at", R0, DATA, 0xfff, 0x92, 4, "movl $LAND, DATA+\at; movw $CODE32, DATA+\at+4; ljmp *%fs:\at"
        access  "nearcall.\at", R0, DATA, 0xfff, 0x92, 4, "movl $LAND, DATA+\at; call *%fs:\at"
        access  "fldenv.\at", R0, DATA, 0xfff, 0x92, 4, "fldcw %fs:\at"
        .endr
        .irp    at, 0xf93, 0xf94, 0xf95, 0xfe4, 0xfe5
        access  "fnstenv.\at", R0, DATA, 0xfff, 0x92, 4, "movl $0, %ecx; fnstenv %fs:\at; movl %ecx, %fs:0xfe4+12; movl %ecx, %fs:0xfe4+16;  movl %ecx, %fs:0xfe4+20; movl %ecx, %fs:0xfe4+24"
        .endr

/* What each type and presence allows. Loading and using, by ring. */
        .irp    rights, 0x12, 0x92, 0x90, 0x94, 0x96, 0x98, 0x9a, 0x9c, 0x9e, 0x82, 0x89, 0x8c, 0x80, 0xf0, 0xf2, 0xf8, 0xfa, 0xfc, 0xfe, 0xb2, 0xd2, 0x72, 0x7a
        access  "type.load.read.\rights", R0, DATA, 0xfff, \rights, 4, "movb %fs:0x10, %cl"
        access  "type.load.write.\rights", R0, DATA, 0xfff, \rights, 4, "movb %cl, %fs:0x10"
        access  "type.ring3.\rights", R3, DATA, 0xfff, \rights, 4, "movb %fs:0x10, %cl"
        access  "type.ring1.\rights", R1, DATA, 0xfff, \rights, 4, "movb %cl, %fs:0x10"
        check   "type.ss.\rights", R0
        desc    X0, STACK, 0xffff, \rights, 4
        code
        movl    $X0, %eax
        movl    %eax, %ss
        movl    %ss, %ecx
        movl    $STACK32, %edx
        movl    %edx, %ss
        done
        check   "type.pop.ss.ring3.\rights", R3
        desc    X0, STACK, 0xffff, \rights, 4
        code
        pushl   $X0 + 3
        popl    %ss
        pushl   %eax
        done
        check   "type.es.rpl3.\rights", R0
        desc    X0, DATA, 0xffff, \rights, 4
        code
        movl    $X0 + 3, %eax
        movl    %eax, %es
        movb    %es:0x12, %cl
        done
        .endr
        .irp    rights, 0x12, 0x92, 0x90, 0x94, 0x96, 0x98, 0x9a, 0x9c, 0x9e, 0x82, 0x80, 0x88, 0x8a, 0x8d, 0x8e, 0x8f, 0xf8, 0xfc, 0x1a, 0xba
        check   "type.jump.\rights", R0
        desc    X0, CODE, 0xffff, \rights, 4
        code
        ljmp    $X0, $LAND
        done
        check   "type.call.ring3.\rights", R3
        desc    X0, CODE, 0xffff, \rights, 4
        code
        lcall   $X0 + 3, $LAND
        done
        .endr

/* Selectors: null, outside the tables, of the LDT. */
        .macro  load name, mode, selector, seg
        check   "load.\name-\seg-\mode", \mode
        ldesc   L2, DATA, 0xfff, 0xf0, 4
        code
        movl    $\selector, %eax
        movl    %eax, %\seg
        movb    %\seg:0x20, %cl
        done
        .endm
        .irp    seg, ds, es, fs, gs, ss
        .irp    mode, R0, R3
        load    "null", \mode, 0, \seg
        load    "null3", \mode, 3, \seg
        load    "beyond", \mode, 0x200, \seg
        load    "beyond.rpl", \mode, 0x203, \seg
        load    "far.beyond", \mode, 0xfff8, \seg
        load    "ldt.data", \mode, L1+3, \seg
        load    "ldt.readonly", \mode, L2+3, \seg
        load    "ldt.beyond", \mode, 0x44, \seg
        load    "ldt.zero", \mode, 4, \seg
        load    "tss", \mode, TSS_A_SEL, \seg
        load    "upper.bits", \mode, 0x12340000+DATA3+3, \seg
        .endr
        .endr
        check   "load.ldt.none", R0
        reg     ldtr, 0
        code
        movl    $L1, %eax
        movl    %eax, %fs
        done
        check   "gdt.limit.cuts.descriptor", R0
        desc    X0, DATA, 0xfff, 0x92
        poke    st_gdtr, ((GDT&0xffff)<<16)+X0+6
        code
        movl    $X0, %eax
        movl    %eax, %fs
        done
        check   "gdt.limit.whole.descriptor", R0
        desc    X0, DATA, 0xfff, 0x92
        poke    st_gdtr, ((GDT&0xffff)<<16)+X0+7
        code
        movl    $X0, %eax
        movl    %eax, %fs
        done

/* Limits of code: jumps, falling off the end, instructions across it. */
        .macro  codeseg name, limit, flags, insn
        check   "code.\name", R0
        desc    X0, CODE, \limit, 0x9a, \flags
        code
        ljmp    $X0, $AT(1f)
1:      \insn
        done
        .endm
        codeseg "jmp.in", 0xfff, 4, "jmp 771b+0xe00"
        codeseg "jmp.rel8", 0x11f, 4, ".byte 0xeb, 0x17"
        codeseg "jmp.rel8.out", 0x11f, 4, ".byte 0xeb, 0x20"
        codeseg "jmp.neg", 0xfff, 4, "movl $0xfffffff0, %eax; jmp *%eax"
        codeseg "call.out", 0xfff, 4, "movl $0x1000, %eax; call *%eax"
        codeseg "ret.out", 0xfff, 4, "pushl $0x1000; ret"
        codeseg "jz.out", 0xfff, 4, "xorl %eax, %eax; .byte 0x0f, 0x84, 0, 0x10, 0, 0"
        codeseg "loop.out", 0x11f, 4, "movl $2, %ecx; .byte 0xe2, 0x60"
        codeseg "fall.off", 0x10b, 4, "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop"
        codeseg "straddle", 0x10b, 4, "nop; nop; nop; nop; movl $1, %eax"
        codeseg "last.byte", 0x10b, 4, "nop; nop; nop; nop; incl %eax; nop"
        codeseg "iret.out", 0xfff, 4, "pushl $2; pushl $X0; pushl $0x1000; iret"
        codeseg "data16.jmp", 0xfffff, 12, ".byte 0x66, 0xe9, 0xf5, 0x06"
        check   "code.16.wrap.ip", H0
        code16
        movw    $0xffff, %ax
        movw    $0x90, %bx
        jmp     *%ax
        done
        check   "code.far.jump.out", R0
        desc    X0, CODE, 0x7ff, 0x9a, 4
        code
        ljmp    $X0, $LAND
        done
        check   "code.far.call.out", R0
        desc    X0, CODE, 0x7ff, 0x9a, 4
        code
        lcall   $X0, $LAND
        done

/* Stacks: limits, wrap-around, size. */
        .macro  stack name, base, limit, rights, flags, sp, insn
        check   "stack.\name", R0
        desc    X0, \base, \limit, \rights, \flags
        desc    X1, STACK, 0xffff, 0x92, 4
        code
        movl    $X0, %eax
        movl    $X1, %edx
        movl    %esp, %ebx
        movl    %eax, %ss
        movl    $\sp, %esp
        \insn
        movl    %esp, %ecx
        movl    %edx, %ss
        movl    %ebx, %esp
        done
        .endm
/* Here ring 3 code, so that the fault itself finds a good stack. */
        .macro  stack3 name, base, limit, rights, flags, sp, insn
        check   "stack3.\name", R3
        desc    X0, \base, \limit, \rights, \flags
        code
        movl    $X0 + 3, %eax
        movl    %eax, %ss
        movl    $\sp, %esp
        \insn
        done
        .endm
        .irp    sp, 0, 1, 2, 3, 4, 0xffc, 0xffd, 0xffe, 0xfff, 0x1000, 0x1001, 0x1002, 0x1003, 0x1004, 0x10000, 0x10002
        stack3  "push.\sp", DATA, 0xfff, 0xf2, 4, \sp, "pushl %ecx"
        stack3  "push16.\sp", DATA, 0xfff, 0xf2, 4, \sp, "pushw %cx"
        stack3  "pop.\sp", DATA, 0xfff, 0xf2, 4, \sp, "popl %ecx"
        stack3  "b0.push.\sp", DATA, 0xffff, 0xf2, 0, \sp, "pushl %ecx"
        stack3  "b0.push16.\sp", DATA, 0xffff, 0xf2, 0, \sp, "pushw %cx"
        stack3  "b0.pop.\sp", DATA, 0xffff, 0xf2, 0, \sp, "popl %ecx"
        stack3  "b0.call.\sp", DATA, 0xffff, 0xf2, 0, \sp, "call 1f; 1:"
        stack3  "down32.push.\sp", DATA, 0xfff, 0xf6, 4, \sp, "pushl %ecx"
        stack3  "down16.push.\sp", DATA, 0xfff, 0xf6, 0, \sp, "pushl %ecx"
        .endr
        .irp    sp, 0, 2, 4, 6, 0x10, 0x1e, 0x20, 0x1000, 0x1008
        stack3  "pusha.\sp", DATA, 0xfff, 0xf2, 4, \sp, "pushal"
        stack3  "b0.pusha.\sp", DATA, 0xffff, 0xf2, 0, \sp, "pushal"
        stack3  "b0.popa.\sp", DATA, 0xffff, 0xf2, 0, \sp, "popal"
        stack3  "b0.enter.\sp", DATA, 0xffff, 0xf2, 0, \sp, "enter $8, $0"
        stack3  "enter.\sp", DATA, 0xfff, 0xf2, 4, \sp, "enter $8, $0"
        stack3  "enter2.\sp", DATA, 0xfff, 0xf2, 4, \sp, "movl $0x80, %ebp; enter $8, $2"
        stack3  "lcall.\sp", DATA, 0xfff, 0xf2, 4, \sp, "lcall $CODE32 + 24 + 3, $LAND"
        stack3  "lret.\sp", DATA, 0xfff, 0xf2, 4, \sp, "lretl"
        .endr
        stack3  "b0.leave", DATA, 0xffff, 0xf2, 0, 0x12340020, "movl $0x56780040, %ebp; leave"
        stack3  "b0.add", DATA, 0xffff, 0xf2, 0, 0x1234fffe, "popl %ecx"
        stack3  "b0.ret.imm", DATA, 0xffff, 0xf2, 0, 0x1234fff0, "pushl $1f-771b+START; ret $0x20; 1:"
        stack3  "b0.ebp.address", DATA, 0xffff, 0xf2, 0, 0x20, "movl $0x10000, %ebp; movl (%ebp), %ecx"
        stack3  "ebp.address.ss", DATA, 0xfff, 0xf2, 4, 0x20, "movl $0x1000, %ebp; movl (%ebp), %ecx"
        stack3  "esp.index", DATA, 0xfff, 0xf2, 4, 0x1000, "movb (%esp), %cl"
        stack3  "ss.override.ds", DATA, 0xfff, 0xf2, 4, 0x1000, "movb %ss:0x1000, %cl"
        stack3  "pop.esp.address", DATA, 0xfff, 0xf2, 4, 0x20, "popl 4(%esp)"
        stack3  "pop.mem.fault", DATA, 0xfff, 0xf2, 4, 0xff8, "popl 4(%esp)"
        stack   "ss.dpl", STACK, 0xffff, 0x92, 4, 0x800, "pushl $0x1234"
        stack   "ss.down", STACK, 0x7ff, 0x96, 4, 0x1000, "pushl $0x1234"
        .section .note.GNU-stack, "", @progbits
