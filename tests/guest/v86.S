/* Virtual-8086 mode and real mode: sensitive instructions by IOPL, VME and PVI, interrupts, the redirection bitmap,
 * I/O permission bitmap, limits of 64 KiB, far pointers, the way into and out of unreal mode (SDM 3B chapters 20 and
 * 23.3; SDM 1 19.5). */
#include "tests/guest/script.h"

        group   "v86"

        .macro  mode86 name, flags, cr4, insn
        check   "\name-\flags-\cr4", V86
        reg     eflags, \flags
        reg     cr4, \cr4
        desc    TSS_A_SEL, TSS_A, 0x1ff, 0x89, 0
        poke    TSS_A+0x64, 0x00880000
        poke    TSS_A+0x88-4, 0xfffffffe
        poke    TSS_A+0x68+0x10, 0xff000000
        poke    0x40*4, 0x20000000+0x800
        poke    0x41*4, 0x20000000+0x802
        setbits TSS_A+0x68+8, 2
        code16
        \insn
        done
        .endm
        .irp    cr4, 0, 1
        .irp    flags, 0x20002, 0x23002, 0xa0002, 0x120002, 0x1a0002, 0xa3002
        mode86  "cli", \flags, \cr4, "cli"
        mode86  "sti", \flags, \cr4, "sti; nop"
        mode86  "pushf", \flags, \cr4, "pushfw; popw %ax"
        mode86  "pushfd", \flags, \cr4, "pushfl; popl %eax"
        mode86  "popf", \flags, \cr4, "pushw $0xed7; popfw"
        mode86  "popf.if.clear", \flags, \cr4, "pushw $0x0002; popfw"
        mode86  "popf.iopl", \flags, \cr4, "pushw $0x3002; popfw"
        mode86  "popf.tf", \flags, \cr4, "pushw $0x0102; popfw; nop"
        mode86  "popfd", \flags, \cr4, "pushl $0x202; popfl"
        mode86  "int40", \flags, \cr4, "int $0x40"
        mode86  "int41", \flags, \cr4, "int $0x41"
        mode86  "int3", \flags, \cr4, "int3"
        mode86  "into", \flags, \cr4, "movb $0x7f, %al; addb %al, %al; into"
        mode86  "icebp", \flags, \cr4, ".byte 0xf1"
        mode86  "iret", \flags, \cr4, "pushw $0xed7; pushw %cs; pushw $0x800; iretw"
        mode86  "iretd", \flags, \cr4, "pushl $0x202; pushl $0x2000; pushl $0x800; iretl"
        mode86  "iret.tf", \flags, \cr4, "pushw $0x102; pushw %cs; pushw $0x800; iretw"
        mode86  "hlt", \flags, \cr4, "hlt"
        mode86  "in", \flags, \cr4, "inb $0x80, %al"
        .endr
        .endr
        .irp    insn, "lgdt 0", "sgdt 0x10", "sidt 0x10", "lldt %ax", "sldt %ax", "ltr %ax", "str %ax", "lar %ax, %bx", "lsl %ax, %bx", "verr %ax", "verw %ax", "arpl %ax, %bx", "smsw %ax", "clts", "movl %cr0, %eax", "xorl %eax, %eax; movl %eax, %cr0", "movl %dr0, %eax", "wbinvd", "invd", "invlpg 0", "rdmsr", "wrmsr", "rdtsc; xorl %eax, %eax; xorl %edx, %edx", "sysenter", "sysexit", "rsm", "ud2", "cpuid; xorl %eax, %eax; xorl %ebx, %ebx; xorl %ecx, %ecx; xorl %edx, %edx", "movw $0x1234, %ax; movw %ax, %fs", "movw %ax, %cs", ".byte 0xf0, 0x90", "ljmp $0x2080, $0", "lcall $0x2080, $0", "lcallw $0x2000, $0x800", "pushw $0x2000; pushw $0x800; lretw", "lds 0x10, %bx", "pushl %cs", "popw %ss", "ljmpl $0x2000, $0x10800", "movw $1, %bp; movw %ss:0xffff, %ax"
        check   "v86 \insn", V86
        code16
        \insn
        done
        check   "real \insn", REAL
        code16
        \insn
        done
        .endr
        .irp    mode, V86, REAL
        .irp    at, 0xfffc, 0xfffd, 0xfffe, 0xffff
        .irp    seg, ds, ss
        check   "limit.read32-\mode-\at-\seg", \mode
        code16
        movl    %\seg:\at, %eax
        done
        check   "limit.write16-\mode-\at-\seg", \mode
        code16
        movw    %ax, %\seg:\at
        done
        .endr
        check   "limit.esi-\mode-\at", \mode
        code16
        movl    $\at+1, %esi
        movb    (%esi), %al
        done
        .endr
        check   "limit.base32-\mode", \mode
        code16
        movl    $0x10000, %eax
        movb    (%eax), %al
        done
        check   "limit.wrap16-\mode", \mode
        code16
        movw    $0xffff, %bx
        movb    0x12(%bx), %al
        done
        check   "segment.top-\mode", \mode
        code16
        movw    $0xffff, %ax
        movw    %ax, %ds
        movw    %ds:0, %cx
        xorl    %ecx, %ecx
        done
        check   "jmp.eip.high-\mode", \mode
        code16
        movl    $0x10800, %eax
        jmp     *%eax
        done
        check   "call32-\mode", \mode
        code16
        calll   1f
1:      popl    %eax
        done
        check   "lret32-\mode", \mode
        code16
        pushl   $0x2000
        pushl   $0x800
        lretl
        done
        check   "lret32.high-\mode", \mode
        code16
        pushl   $0x2000
        pushl   $0x10800
        lretl
        done
        check   "iret32.high-\mode", \mode
        .ifeq   \mode-V86
        reg     eflags, 0x23002
        .endif
        code16
        pushl   $2
        pushl   $0x2000
        pushl   $0x10800
        iretl
        done
        check   "fetch.end-\mode", \mode
        code16
        movw    $0x9090, %es:0
        movb    $0x90, %cs:0xffff
        movw    $0xffff, %bx
        jmp     *%bx
        done
        check   "pusha-\mode", \mode
        code16
        pushaw
        done
        check   "pop.sp-\mode", \mode
        code16
        movw    %sp, %bp
        pushw   $0x3ff0
        popw    %sp
        movw    %bp, %sp
        done
        check   "les-\mode", \mode
        code16
        les     0x10, %bx
        done
        check   "enter-\mode", \mode
        code16
        enter   $4, $3
        done
        check   "string.wrap-\mode", \mode
        code16
        movw    $0xfffe, %si
        movw    $0x0010, %di
        movw    $4, %cx
        rep     movsb
        done
        check   "string.limit-\mode", \mode
        code16
        movw    $0xffff, %si
        movw    $0x0010, %di
        movw    $4, %cx
        rep     movsw
        done
        check   "string.addr32-\mode", \mode
        code16
        movl    $0xfffe, %esi
        movl    $0x10, %edi
        movl    $4, %ecx
        addr32 rep movsb
        done
        .endr
/* Real mode only: interrupts through the table, its limit, unreal mode, LMSW and CR0. */
        check   "real.int40", REAL
        poke    IVT+0x100, 0x20000000+LAND
        code16
        int     $0x40
        done
        check   "real.int.flags", REAL
        poke    IVT+0x100, 0x20000000+LAND
        reg     eflags, 0x40ad7
        code16
        int     $0x40
        done
        check   "real.int.clears.ac", REAL
        poke    IVT+0x100, 0x20000000+WILL_BE(1f)
        code16
        pushl   $0x40002
        popfl
        int     $0x40
1:      pushfl
        popl    %eax
        popl    %ecx
        done
/* Real mode with the limit that CS brought along from protected mode: the harness's own handlers need 10ECh bytes. */
        .macro  real_limit name, insn
        check   "real.limit.\name", REAL
        desc    X0, CODE, 0x1fff, 0x9b, 0
        poke    IVT+0x100, 0x20000000+0x2000
        code16
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $X0, $AT(1f)
1:      andb    $0xfe, %al
        movl    %eax, %cr0
        ljmp    $0x2000, $AT(1f)
1:      \insn
        done
        .endm
        real_limit "int", "int $0x40"
        real_limit "jmp.far", "ljmp $0x2000, $0x2000"
        real_limit "jmp", "movw $0x2000, %bx; jmp *%bx"
        real_limit "call.far", "lcall $0x2000, $0x2000"
        real_limit "ret.far", "pushw $0x2000; pushw $0x2000; lretw"
        real_limit "iret", "pushw $2; pushw $0x2000; pushw $0x2000; iretw"
        check   "real.iret", REAL
        code16
        pushw   $0xfed7
        pushw   %cs
        pushw   $0x800
        iretw
        done
        check   "real.iretd", REAL
        code16
        pushl   $0xffffffd7
        pushl   $0x2000
        pushl   $0x800
        iretl
        done
        check   "real.popfd", REAL
        code16
        pushl   $0xfffffed7
        popfl
        pushfl
        popl    %eax
        done
        check   "real.divide", REAL
        code16
        xorw    %cx, %cx
        divw    %cx
        done
        check   "real.bound", REAL
        code16
        movw    $0x4000, %ax
        bound   %ax, 0x10
        done
        check   "real.idt.limit", REAL
        code16
        movl    $0x00ff0000 + 0x3f, 0x20
        movl    $IVT << 8 >> 8, 0x22
        movw    $0x3f, 0x20
        lidtl   0x20
        int     $0x40
        done
        check   "real.idt.limit.fits", REAL
        poke    IVT+0x100, 0x20000000+LAND
        code16
        movl    $IVT, 0x22
        movw    $0x103, 0x20
        lidtl   0x20
        int     $0x40
        movl    $IVT, 0x22
        done
        check   "unreal", REAL
        code16
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $FLAT0, %bx
        movw    %bx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        movl    $DATA + 0x14, %edi
        movl    %fs:(%edi), %ecx
        movw    $0x4000, %bx
        movw    %bx, %gs
        movl    $DATA + 0x1018, %edi
        movl    %fs:(%edi), %edx
        movl    %gs:0x18, %esi
        done
        check   "unreal.reload.keeps.limit", REAL
        code16
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $FLAT0, %bx
        movw    %bx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        movw    $0x4000, %bx
        movw    %bx, %fs
        movl    $0x11018, %edi
        movl    %fs:-0x10000(%edi), %edx
        movl    $0x10000, %edi
        movw    %fs:-0x1000(%edi), %cx
        done
        check   "small.limit.stays", REAL
        code16
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $DATA0, %bx
        movw    %bx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        movb    %fs:0x1000, %cl
        done
        check   "lmsw.pe", REAL
        code16
        smsw    %ax
        movw    %ax, %cx
        orw     $1, %ax
        lmsw    %ax
        smsw    %dx
        movl    %cr0, %ebx
        decl    %ebx
        movl    %ebx, %cr0
        done
        check   "pm.before.jump", REAL
        code16
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movl    $0x10, %ecx
        movw    0x20, %dx
        nop
        andb    $0xfe, %al
        movl    %eax, %cr0
        done
        check   "real.pg.alone", REAL
        code16
        movl    $0x80000010, %eax
        movl    %eax, %cr0
        done
        check   "real.lldt.bytes", REAL
        code16
        .byte   0x0f, 0x00, 0xd0
        done
        check   "real.fault.in.far.call", REAL
        code16
        movw    $3, %bx
        lcall   *0xfffd
        done
        check   "real.length.15", REAL
        code16
        .byte   0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x40
        done
        check   "real.length.16", REAL
        code16
        .byte   0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x40
        done

/* Entering V86 by IRET, and what it takes. */
        check   "enter.by.iret", R0
        code
        pushl   $0x4004
        pushl   $0x4003
        pushl   $0x4002
        pushl   $0x4001
        pushl   $0x3000
        pushl   $0x4000
        pushl   $0x23202
        pushl   $0x2000
        pushl   $LAND
        iretl
        done
        check   "enter.by.iret.eip.high", R0
        code
        pushl   $0x4004
        pushl   $0x4003
        pushl   $0x4002
        pushl   $0x4001
        pushl   $0x3000
        pushl   $0x4000
        pushl   $0x23202
        pushl   $0x2000
        pushl   $LAND+0x10000
        iretl
        done
        check   "ring3.iret.vm.ignored", R3
        code
        pushl   $0x20002
        pushl   $CODE32 + 27
        pushl   $LAND
        iretl
        done
        check   "fault.conforming.handler", V86
        idt_gate 6, X0, LAND, 0x8e
        desc    X0, CODE, 0xfffff, 0x9e, 12
        code16
        ud2
        done
        check   "fault.ring1.handler", V86
        idt_gate 6, CODE32+8, LAND, 0x8e
        code16
        ud2
        done
        check   "fault.16bit.gate", V86
        idt_gate 6, CODE32, LAND, 0x86
        code16
        ud2
        done
        check   "fault.16bit.gate.iopl3", V86
        reg     eflags, 0x23002
        idt_gate 6, CODE16, LAND, 0x87
        code16
        ud2
        done

/* PVI: CLI and STI at CPL 3, CR4.PVI set. */
        .irp    flags, 0x2, 0x3002, 0x80002, 0x100002, 0x180002
        .irp    insn, "cli", "sti", "pushfl; popl %eax", "pushl $0x202; popfl"
        check   "pvi-\flags \insn", R3
        reg     cr4, 2
        reg     eflags, \flags
        code
        \insn
        done
        .endr
        .endr

/* VIF and VIP both set, where a level at which they count is entered, and where they do not count. */
        check   "vip.iopl3", V86
        reg     cr4, 1
        reg     eflags, 0x1a3002
        code16
        nop
        done
        check   "vip.without.vme", V86
        reg     cr4, 2
        reg     eflags, 0x1a0002
        code16
        nop
        done
        check   "vip.without.pvi", R3
        reg     cr4, 1
        reg     eflags, 0x180002
        code
        nop
        done
        check   "vip.ring2", R2
        reg     cr4, 3
        reg     eflags, 0x180002
        code
        nop
        done
        check   "vip.pvi.iopl3", R3
        reg     cr4, 2
        reg     eflags, 0x183002
        code
        nop
        done
        check   "vip.enter.v86.task", R0
        reg     cr4, 1
        poke    TSS_B+0x20, WILL_BE(1f)
        poke    TSS_B+0x24, 0x1a0002
        poke    TSS_B+0x4c, CODE>>4
        poke    TSS_B+0x50, STACK>>4
        code
        ljmp    $TSS_B_SEL, $0
1:      nop
        done

/* The I/O permission bitmap at its edges, from ring 3 and from V86. */
        .macro  io name, limit, map, insn
        check   "io.\name-\limit-\map", R3
        desc    TSS_A_SEL, TSS_A, \limit, 0x89, 0
        poke    TSS_A+0x64, (\map)<<16
        poke    TSS_A+0x68, 0xffffff00
        poke    TSS_A+0x70, 0xffffffff
        poke    TSS_A+0x78, 0x00fffe7f
        poke    TSS_A+0x7c, 0xffffffff
        code
        \insn
        done
        check   "io.v86.\name-\limit-\map", V86
        reg     eflags, 0x23002
        desc    TSS_A_SEL, TSS_A, \limit, 0x89, 0
        poke    TSS_A+0x64, (\map)<<16
        poke    TSS_A+0x68, 0xffffff00
        poke    TSS_A+0x70, 0xffffffff
        poke    TSS_A+0x78, 0x00fffe7f
        poke    TSS_A+0x7c, 0xffffffff
        code16
        \insn
        done
        .endm
        .irp    map, 0x68, 0xffff, 0xfff
        .irp    limit, 0x67, 0x68, 0x78, 0x79, 0x7a, 0x7b
        io      "byte80", \limit, \map, "outb %al, $0x80"
        io      "byte87", \limit, \map, "outb %al, $0x87"
        io      "byte88", \limit, \map, "outb %al, $0x88"
        io      "word87", \limit, \map, "outw %ax, $0x87"
        io      "dword87", \limit, \map, "outl %eax, $0x87"
        io      "byte90", \limit, \map, "outb %al, $0x90"
        .endr
        .endr
        io      "tss.small", 0x65, 0x68, "outb %al, $0x80"
        io      "tss.small", 0x60, 0x30, "outb %al, $0x80"
        check   "io.tss16", R3
        reg     tr, TSS_C_SEL
        code
        outb    %al, $0x80
        done
        check   "io.iopl3", R3
        reg     eflags, 0x3002
        code
        outb    %al, $0x80
        done
        check   "io.ring1.iopl1", R1
        reg     eflags, 0x1002
        code
        outb    %al, $0x80
        cli
        done
        check   "io.outs", R3
        reg     edx, 0x80
        code
        outsb
        done
        check   "io.rep.outs.zero", R3
        reg     edx, 0x80
        reg     ecx, 0
        code
        rep     outsb
        done
        .section .note.GNU-stack, "", @progbits
