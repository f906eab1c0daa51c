/* Control registers, model-specific registers, privileged instructions by ring, prefixes, lengths, LOCK, alignment
 * checks, and when the FPU is not available (SDM 3A 2.5, 2.8, 6.15; SDM 2A 2.1). */
#include "tests/guest/script.h"

        group   "system"

        .irp    mode, R0, R1, R3, H0, H3
        .irp    insn, "clts", "invd", "wbinvd", "movl %cr0, %ebx", "movl %cr3, %ebx", "movl %cr4, %ebx", "movl %eax, %cr3", "movl %cr2, %ebx", "movl %dr7, %ebx", "lmsw %bx", "smsw %bx", "smsw %ebx", "sldt %ebx", "str %bx", "sldt %bx", "invlpg (%ebx)", "movl $0x1234, %ecx; rdmsr", "movl $0x1234, %ecx; wrmsr", "rsm", "cli", "sti", "inb $0x80, %al", "ud2", ".byte 0x0f, 0x20, 0xc8", ".byte 0x0f, 0x22, 0xe8", ".byte 0x0f, 0x20, 0xf8", ".byte 0x0f, 0x24, 0xc0", ".byte 0x0f, 0x26, 0xc0", ".byte 0x0f, 0x01, 0xd0", ".byte 0x0f, 0x01, 0xf8", ".byte 0x0f, 0x00, 0xf0", ".byte 0x0f, 0x04", ".byte 0x0f, 0xff, 0xc0", ".byte 0x8e, 0xc8", ".byte 0x8e, 0xf0", ".byte 0x8c, 0xf0", ".byte 0xfe, 0xd0", ".byte 0xff, 0xf8", ".byte 0xff, 0xe8", ".byte 0xc4, 0xc0, 0x00", ".byte 0x62, 0xc0", ".byte 0x8d, 0xc0", ".byte 0x8f, 0xc8", ".byte 0xc6, 0xc8, 0", ".byte 0x0f, 0xc7, 0xc8", ".byte 0x0f, 0xba, 0xc0, 1", ".byte 0xd6", ".byte 0x0f, 0x0b", ".byte 0x0f, 0xb9, 0xc0", ".byte 0xd9, 0xd8", ".byte 0xd9, 0xd1", ".byte 0xdb, 0xe0", ".byte 0x82, 0xc0, 5", ".byte 0xf6, 0xc8, 5", ".byte 0xd0, 0xf0"
        check   "\mode \insn", \mode
        .ifge   \mode-H0
        code16
        .else
        code
        .endif
        \insn
        done
        .endr
        .endr

        .irp    mode, R1, R2, R3
        .irp    insn, "hlt", "lgdt DATA", "lidt DATA", "movl %eax, %cr0", "lldt %cx", "sysexit"
        check   "\mode \insn", \mode
        code
        \insn
        done
        .endr
        .endr

/* Values the control registers refuse. */
        .irp    value, 0x80000010, 0x11, 0x31, 0x13, 0x15, 0x19, 0x1d, 0x20000011, 0x60000011, 0x40000011, 0x10011, 0x50011, 0x00000001, 0xfff8ffc1, 0x80000011
        check   "cr0-\value", R0
        code
        movl    $PD, %ecx
        movl    %ecx, %cr3
        movl    $\value, %eax
        movl    %eax, %cr0
        jmp     1f
1:      movl    %cr0, %ecx
        done
        .endr
        .irp    value, 0, 1, 2, 4, 8, 0x10, 0x80, 0x100, 0x200, 0x80000000, 0x10000, 0x1000000
        check   "cr4-\value", R0
        code
        movl    $\value, %eax
        movl    %eax, %cr4
        movl    %cr4, %ecx
        xorl    %eax, %eax
        movl    %eax, %cr4
        done
        .endr
        .irp    value, 0, 1, 0xe, 0xf, 0xfff0, 0xfff8
        check   "lmsw-\value", R0
        code
        movl    $\value, %eax
        lmsw    %ax
        movl    %cr0, %ecx
        smsw    %edx
        done
        check   "lmsw.mem-\value", R0
        code
        movl    $\value, DATA
        lmsw    DATA
        smsw    DATA + 8
        smsw    %ebx
        done
        .endr
        check   "cr2.write", R0
        code
        movl    $0x12345678, %eax
        movl    %eax, %cr2
        movl    %cr2, %ecx
        done
        check   "cr3.low.bits", R0
        code
        movl    $PD + 0xfff, %eax
        movl    %eax, %cr3
        movl    %cr3, %ecx
        done
        .irp    cr4, 0, 4
        .irp    mode, R0, R3, V86
        check   "rdtsc.tsd-\cr4-\mode", \mode
        reg     cr4, \cr4
        .ifeq   \mode-V86
        code16
        .else
        code
        .endif
        rdtsc
        xorl    %eax, %eax
        xorl    %edx, %edx
        done
        check   "rdpmc-\cr4-\mode", \mode
        reg     cr4, \cr4
        .ifeq   \mode-V86
        code16
        .else
        code
        .endif
        movl    $0x77, %ecx
        rdpmc
        done
        .endr
        .endr
        check   "rdpmc.counter0", R3
        code
        xorl    %ecx, %ecx
        rdpmc
        done
        check   "rdtsc.advances", R0
        code
        rdtsc
        movl    %eax, %esi
        movl    $100, %ecx
1:      loop    1b
        rdtsc
        subl    %esi, %eax
        cmpl    $100, %eax
        setae   %bl
        xorl    %eax, %eax
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %ebp, %ebp
        done
        check   "cpuid.vendor.level", R3
        code
        xorl    %eax, %eax
        cpuid
        testl   %eax, %eax
        setnz   %al
        movzbl  %al, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        done
        check   "sysenter.msrs", R0
        code
        movl    $0x174, %ecx
        movl    $0x12345678, %eax
        movl    $0, %edx
        wrmsr
        rdmsr
        movl    %eax, %esi
        incl    %ecx
        movl    $0x87654321, %eax
        wrmsr
        xorl    %eax, %eax
        rdmsr
        done

/* LGDT, LIDT, SGDT with each operand size. */
        check   "sgdt", R3
        code
        sgdt    DATA
        sidt    DATA + 8
        data16 sgdt DATA + 16
        done
        check   "lgdt.16", R0
        code
        sgdt    DATA + 8
        movl    $0xaa0501ff, DATA
        movw    $GDT & 0xffff, DATA + 2
        movl    $0xaa000000 + (GDT >> 16), DATA + 4
        data16 lgdt DATA
        sgdt    DATA + 16
        lgdt    DATA + 8
        done
        check   "lidt.16", R0
        code
        sidt    DATA + 8
        movw    $0x7ff, DATA
        movw    $IDT & 0xffff, DATA + 2
        movl    $0xaa000000 + (IDT >> 16), DATA + 4
        data16 lidt DATA
        sidt    DATA + 16
        done

/* Prefixes and length. */
        .macro  bytes name, mode, list:vararg
        check   "bytes.\name", \mode
        .ifge   \mode-H0
        code16
        .else
        code
        .endif
        .byte   \list
        done
        .endm
        bytes   "length.15", R3, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x40
        bytes   "length.16", R3, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x40
        bytes   "length.imm.15", R3, 0x64, 0x64, 0x64, 0x64, 0x2e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xb8, 1, 2, 3, 4
        bytes   "length.imm.16", R3, 0x64, 0x64, 0x64, 0x64, 0x2e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xb8, 1, 2, 3, 4
        bytes   "length.ud.16", R3, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x0f, 0x0b
        bytes   "length.lock.15", R3, 0xf0, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x40
        bytes   "length.hlt.16", R3, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xf4
        bytes   "last.segment.wins", R3, 0x64, 0x3e, 0xa1, 0, 0, 4, 0
        bytes   "first.segment.loses", R3, 0x3e, 0x64, 0xa1, 0, 0, 4, 0
        bytes   "rep.nop", R3, 0xf3, 0x90
        bytes   "rep.ret", R3, 0x68, 0, 8, 0, 0, 0xf3, 0xc3
        bytes   "rep.ignored", R3, 0xf3, 0x40
        bytes   "a16.loop", R3, 0x66, 0xb9, 0, 0, 0x67, 0xe2, 0
        bytes   "a16.jcxz", R3, 0x66, 0xb9, 0, 0, 0x67, 0xe3, 1, 0xf4
        bytes   "o16.ret", R3, 0x68, 0, 8, 5, 0, 0x66, 0xc3
        bytes   "o16.call", R3, 0x66, 0xe8, 0, 0
        bytes   "o16.iret.h0", H0, 0x66, 0x9c, 0x66, 0x0e, 0x66, 0x68, 0, 8, 0, 0, 0x66, 0xcf
        bytes   "o16.push.sreg", R3, 0x66, 0x06
        bytes   "o16.pop.sreg", R3, 0x66, 0x6a, 0, 0x66, 0x0f, 0xa1
        bytes   "o16.leave", R3, 0x66, 0xc9
        bytes   "o32.enter", H3, 0x66, 0xc8, 4, 0, 0
        bytes   "o32.pusha", H3, 0x66, 0x60
        bytes   "o32.far.call", H3, 0x66, 0x9a, 0, 8, 0, 0, 0x33, 0
        bytes   "o16.far.call", R3, 0x66, 0x9a, 0, 8, 0x73, 0
        bytes   "far.ret.16", H3, 0x6a, 0x73, 0x68, 0, 8, 0xcb

/* LOCK: allowed only on the read-modify-write list, and only with memory. */
        .irp    op, "0x01, 0x05, 0, 0, 4, 0", "0x01, 0xc0", "0x03, 0x05, 0, 0, 4, 0", "0x81, 0x05, 0, 0, 4, 0, 1, 0, 0, 0", "0x81, 0x3d, 0, 0, 4, 0, 1, 0, 0, 0", "0xff, 0x05, 0, 0, 4, 0", "0xff, 0x35, 0, 0, 4, 0", "0xff, 0xc0", "0xf7, 0x15, 0, 0, 4, 0", "0xf7, 0x1d, 0, 0, 4, 0", "0xf7, 0x05, 0, 0, 4, 0, 1, 0, 0, 0", "0x87, 0x05, 0, 0, 4, 0", "0x86, 0xc0", "0x89, 0x05, 0, 0, 4, 0", "0x85, 0x05, 0, 0, 4, 0", "0x39, 0x05, 0, 0, 4, 0", "0x0f, 0xab, 0x05, 0, 0, 4, 0", "0x0f, 0xa3, 0x05, 0, 0, 4, 0", "0x0f, 0xba, 0x2d, 0, 0, 4, 0, 1", "0x0f, 0xba, 0x25, 0, 0, 4, 0, 1", "0x0f, 0xc1, 0x05, 0, 0, 4, 0", "0x0f, 0xb1, 0x05, 0, 0, 4, 0", "0x0f, 0xc7, 0x0d, 0, 0, 4, 0", "0x0f, 0xb1, 0xc0", "0xd1, 0x05, 0, 0, 4, 0", "0xa4", "0x9c", "0xf4", "0x0f, 0x20, 0xc0", "0xe4, 0x80", "0x0f, 0x0b", "0xd9, 0xc0", "0x8f, 0x05, 0, 0, 4, 0", "0xcd, 0xf0", "0xfe, 0x0d, 0, 0, 4, 0", "0x80, 0x0d, 0, 0, 4, 0, 7", "0x82, 0x0d, 0, 0, 4, 0, 7", "0x0f, 0xa5, 0x05, 0, 0, 4, 0"
        check   "lock \op", R3
        code
        .byte   0xf0, \op
        done
        .endr

/* Alignment checks: CR0.AM, EFLAGS.AC and CPL 3. */
        .macro  align name, mode, cr0, flags, insn
        check   "align.\name-\mode-\cr0-\flags", \mode
        reg     cr0, \cr0
        reg     eflags, \flags
        reg     edi, DATA+1
        reg     esi, DATA+2
        reg     ecx, 2
        code
        \insn
        done
        .endm
        .irp    insn, "movl (%edi), %eax", "movl (%esi), %eax", "movw (%edi), %ax", "movb (%edi), %al", "movl %eax, (%edi)", "addl %eax, (%esi)", "fldl 2(%esi)", "fldl (%esi)", "flds (%esi)", "fldt (%esi)", "fldt 6(%esi)", "fildll 2(%esi)", "rep movsl", "rep movsw", "rep stosw", "les (%esi), %eax", "bound %eax, (%edi)", "btsl $1, (%edi)", "cmpxchg8b 2(%esi)", "subl $2, %esp; pushl %eax", "movl %edi, %esp; popl %eax", "pushw %ax; pushl %eax", "fnstenv 2(%esi)", "fldcw (%edi)", "fnsave (%esi)", "sgdt (%edi)", "sgdt 2(%edi)", "xchgl %eax, (%edi)", "lcall *(%edi)", "jmp *(%esi)", "subl $3, %esp; enter $0, $0", "enter $1, $0; call 1f; 1:"
        align   "\insn", R3, 0x40011, 0x40002, "\insn"
        .endr
        align   "off.am", R3, 0x11, 0x40002, "movl (%edi), %eax"
        align   "off.ac", R3, 0x40011, 2, "movl (%edi), %eax"
        align   "off.ring0", R0, 0x40011, 0x40002, "movl (%edi), %eax"
        align   "off.ring2", R2, 0x40011, 0x40002, "movl (%edi), %eax"
        check   "align.before.page", R3
        reg     cr0, 0x80040011
        reg     eflags, 0x40002
        pte     1, 0
        code
        movl    WINDOW + 0xffe, %eax
        done
        check   "align.page.fault.aligned", R3
        reg     cr0, 0x80040011
        reg     eflags, 0x40002
        pte     1, 0
        code
        movl    WINDOW + 0x1000, %eax
        done
        check   "align.gdt.odd", R3
        reg     cr0, 0x40011
        reg     eflags, 0x40002
        code
        pushl   $DATA3 + 3
        movw    (%esp), %fs
        done

/* When x87 instructions are not available: EM, TS, MP, NE; an exception waiting. */
        .irp    cr0, 0x11, 0x13, 0x15, 0x17, 0x19, 0x1b, 0x1d, 0x1f, 0x3f, 0x31, 0x39
        .irp    insn, "fld1", "fwait", "fninit", "fnstcw DATA", "fnstsw %ax", ".byte 0xd9, 0xd8", "rdtsc; xorl %eax, %eax; xorl %edx, %edx", ".byte 0x0f, 0x28, 0xc0"
        check   "fpu.\cr0 \insn", R3
        reg     cr0, \cr0
        code
        \insn
        done
        .endr
        .endr
        .irp    insn, "fwait", "fld1", "fnstsw %ax", "fnclex", "fninit", "fnstcw DATA", "fnsave DATA; fldcw DATA", "nop", "fldz"
        check   "fpu.waiting \insn", R3
        reg     cr0, 0x31
        code
        fldcw   AT(1f) + CODE
        fld1
        fldz
        fdivrp
        jmp     2f
1:      .word   0x37b
2:      \insn
        done
        .endr
        .section .note.GNU-stack, "", @progbits
