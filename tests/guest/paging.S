/* Paging: rights, errors, CR2, A and D bits, large pages, staleness where it is defined, faults in the middle of
 * instructions (SDM 3A 4.3 to 4.10, 6.15). */
#include "tests/guest/script.h"

        group   "paging"

        .macro  on extra=0, cr4=0
        reg     cr0, 0x80000011|(\extra)
        reg     cr4, \cr4
        .endm

/* An access of each kind to a page of each kind, from rings 0 and 3, WP off and on. */
        .macro  pf name, mode, wp, bits, insn
        check   "\name-\mode-\wp-\bits", \mode
        on      \wp*0x10000
        clearbits PT1, 0xff
        setbits PT1, \bits
        reg     edi, WINDOW+0x10
        reg     esi, DATA
        reg     ecx, 1
        code
        \insn
        done
        .endm
        .irp    bits, 0, 1, 3, 5, 7, 6, 0x61, 0x27, 0x67
        .irp    wp, 0, 1
        .irp    mode, R0, R1, R3
        pf      "read", \mode, \wp, \bits, "movl (%edi), %eax"
        pf      "write", \mode, \wp, \bits, "movl %eax, (%edi)"
        pf      "rmw", \mode, \wp, \bits, "addl %eax, (%edi)"
        .endr
        pf      "cmpxchg.fails", R3, \wp, \bits, "movl $1, %eax; cmpxchgl %ecx, (%edi)"
        pf      "push", R0, \wp, \bits, "pushl (%edi)"
        pf      "pop", R0, \wp, \bits, "popl (%edi)"
        pf      "test", R3, \wp, \bits, "testl %eax, (%edi)"
        pf      "stos", R3, \wp, \bits, "rep stosl"
        pf      "movs", R0, \wp, \bits, "rep movsl"
        pf      "bts", R3, \wp, \bits, "btsl $9, (%edi)"
        pf      "jump", R0, \wp, \bits, "movl $WINDOW-CODE, %eax; movb $0xcd, DATA; movb $0xf0, DATA+1; jmp *%eax"
        pf      "jump", R3, \wp, \bits, "movl $WINDOW-CODE, %eax; movb $0xcd, DATA; movb $0xf0, DATA+1; jmp *%eax"
        pf      "fld", R0, \wp, \bits, "fldl (%edi)"
        pf      "fst", R3, \wp, \bits, "fldz; fstpt (%edi)"
        pf      "cmpxchg8b", R3, \wp, \bits, "cmpxchg8b (%edi)"
        pf      "sgdt", R0, \wp, \bits, "sgdt (%edi)"
        pf      "lgs", R0, \wp, \bits, "movl $0, (%esi); movl $FLAT3, 4(%esi); lgs (%edi), %eax"
        pf      "verr", R0, \wp, \bits, "verr (%edi)"
        pf      "xchg", R3, \wp, \bits, "xchgl %eax, (%edi)"
        pf      "call.mem", R0, \wp, \bits, "call *(%edi)"
        .endr
        .endr
/* The directory entry's rights, and a large page. */
        .irp    bits, 0, 1, 3, 5, 7
        .irp    mode, R0, R3
        check   "directory-\bits-\mode", \mode
        on      0x10000
        clearbits PD+4, 0xff
        setbits PD+4, \bits
        code
        movl    WINDOW, %eax
        movl    %eax, WINDOW
        done
        check   "large-\bits-\mode", \mode
        on      0x10000, 0x10
        poke    PD+8, \bits|0x80
        code
        movl    0x800000+DATA, %eax
        movl    %eax, 0x800004+DATA
        done
        .endr
        .endr
        check   "large.pse.off", R0
        on      0, 0
        poke    PD+8, PT1+0x87
        code
        movl    0x800000, %eax
        done
        check   "large.offset", R0
        on      0, 0x10
        poke    PD+8, 0x87
        code
        movl    0x800000+DATA+0x1010, %eax
        movl    %eax, 0x800000+DATA+0x20
        done
        check   "large.reserved.bits", R0
        on      0, 0x10
        poke    PD+8, 0x00200087
        code
        movl    0x800000, %eax
        done

/* Accesses across two pages: which page faults, what has been done by then. */
        .macro  two name, mode, insn
        .irp    first, 0, 1, 5, 7
        .irp    second, 0, 5, 7
        check   "two.\name-\mode-\first-\second", \mode
        on      0x10000
        clearbits PT1, 7
        setbits PT1, \first
        clearbits PT1+4, 7
        setbits PT1+4, \second
        reg     edi, WINDOW+0xffe
        reg     esi, DATA+0x10
        reg     ecx, 4
        code
        \insn
        done
        .endr
        .endr
        .endm
        two     "read", R3, "movl (%edi), %eax"
        two     "write", R3, "movl %eax, (%edi)"
        two     "rmw", R3, "addl %eax, (%edi)"
        two     "movs", R3, "rep movsw"
        two     "stosd", R3, "subl $6, %edi; rep stosl"
        two     "fstpt", R3, "fld1; fstpt (%edi)"
        two     "cmpxchg8b", R3, "cmpxchg8b (%edi)"
        two     "word", R3, "movw %ax, 1(%edi)"

/* Stacks that fault in the middle: nothing may have changed but what is below the stack pointer. */
        .macro  midstack name, insn
        .irp    depth, 0, 4, 8, 0x10, 0x1c
        check   "mid.\name-\depth", R3
        on
        pte     0, 0
        desc    X0, WINDOW, 0xfffff, 0xf3, 4
        reg     ebp, 0x1080
        code
        movl    $X0 + 3, %eax
        movl    %eax, %ss
        movl    $0x1000 + \depth, %esp
        \insn
        done
        check   "mid.restart.\name-\depth", R3
        on
        pte     0, 0
        desc    X0, WINDOW, 0xfffff, 0xf3, 4
        reg     resume, 1 << 14
        reg     fix_vector, 14
        reg     fix_address, PT1
        reg     fix_value, DATA+0x2007
        reg     ebp, 0x1080
        code
        movl    $X0 + 3, %eax
        movl    %eax, %ss
        movl    $0x1000 + \depth, %esp
        \insn
        done
        .endr
        .endm
        midstack "pusha", "pushal"
        midstack "enter0", "enter $4, $0"
        midstack "enter3", "enter $4, $3"
        midstack "enter.size", "enter $0x200, $1"
        midstack "call", "call 1f; 1:"
        midstack "lcall", "lcall $CODE32 + 27, $LAND"
        midstack "popa", "subl $0x20, %esp; popal"
        midstack "leave", "movl $0xffe, %ebp; leave"
        midstack "ret", "subl $2, %esp; ret"
        midstack "push.mem", "pushl DATA"
        midstack "pop.mem", "subl $2, %esp; popl DATA"

/* Frames of gates and interrupts on a page that is not there or not writable: #PF, by the rules of the inner ring. */
        .irp    bits, 0, 1, 3
        .irp    esp, 0x1000, 0x1008, 0x1010, 0x1014
        check   "frame.call-\bits-\esp", R3
        on      0x10000
        clearbits PT1, 7
        setbits PT1, \bits
        gate    X0, CODE32+8, LAND, 0xec, 2
        desc    X1, WINDOW, 0xfffff, 0xb3, 4
        poke    TSS_A+0xc, \esp
        poke    TSS_A+0x10, X1+1
        code
        pushl   $0xa1
        pushl   $0xa2
        lcall   $X0, $0
        done
        check   "frame.int-\bits-\esp", R3
        on      0x10000
        clearbits PT1, 7
        setbits PT1, \bits
        idt_gate 0x40, CODE32+8, LAND, 0xee
        desc    X1, WINDOW, 0xfffff, 0xb3, 4
        poke    TSS_A+0xc, \esp
        poke    TSS_A+0x10, X1+1
        code
        int     $0x40
        done
        .endr
        .endr
        check   "frame.df", R3
        on      0x10000
        pte     0, 0
        idt_gate 14, CODE32+8, LAND, 0xee
        desc    X1, WINDOW, 0xfffff, 0xb3, 4
        poke    TSS_A+0xc, 0x1000
        poke    TSS_A+0x10, X1+1
        code
        movl    WINDOW, %eax
        done
        check   "frame.ud.to.pf", R3
        on      0x10000
        pte     0, 0
        idt_gate 6, CODE32+8, LAND, 0xee
        desc    X1, WINDOW, 0xfffff, 0xb3, 4
        poke    TSS_A+0xc, 0x1000
        poke    TSS_A+0x10, X1+1
        code
        ud2
        done

/* REP instructions stop with the state of the element that faulted, and go on. */
        .irp    df, 2, 0x402
        check   "rep.movsb-\df", R3
        on
        pte     1, 0
        reg     eflags, \df
        reg     edi, WINDOW+0xffb+(\df>>10)*8
        reg     esi, DATA+0x800
        reg     ecx, 6
        reg     resume, 1<<14
        reg     fix_vector, 14
        reg     fix_address, PT1+4
        reg     fix_value, DATA+0x1007
        code
        rep     movsb
        done
        .endr
        .macro  rep_pf name, insn
        check   "rep.\name", R3
        on
        pte     1, 0
        reg     edi, WINDOW+0xff8
        reg     esi, WINDOW+0xff8
        reg     ecx, 6
        reg     eax, 0
        reg     resume, 1<<14
        reg     fix_vector, 14
        reg     fix_address, PT1+4
        reg     fix_value, DATA+0x1007
        code
        \insn
        done
        .endm
        rep_pf  "movsl", "movl $DATA, %esi; rep movsl"
        rep_pf  "movsl.from", "movl $DATA, %edi; rep movsl"
        rep_pf  "stosw", "rep stosw"
        rep_pf  "lodsl", "rep lodsl"
        rep_pf  "scasb", "repne scasb"
        rep_pf  "cmpsl", "movl $DATA+0xff8, %edi; repe cmpsl"
        rep_pf  "movsw.odd", "decl %edi; movl $DATA, %esi; rep movsw"
        check   "rep.outs.io", R0
        on
        pte     1, 0
        reg     esi, WINDOW+0xffe
        reg     ecx, 4
        reg     edx, 0x80
        code
        rep     outsb
        done
        check   "rep.zero.count", R3
        on
        pte     0, 0
        reg     edi, WINDOW
        reg     esi, WINDOW
        reg     ecx, 0
        code
        rep     movsb
        done

/* Instructions across pages. */
        .irp    bits, 0, 3, 7
        check   "fetch.straddle-\bits", R3
        on
        clearbits PT1+4, 7
        setbits PT1+4, \bits
        code
        movl    $0xaabb05b8, DATA+0xffe
        movl    $0xf0cdccdd, DATA+0x1002
        movl    $WINDOW+0xffe-CODE, %eax
        jmp     *%eax
        done
        check   "fetch.ends.before-\bits", R3
        on
        clearbits PT1+4, 7
        setbits PT1+4, \bits
        code
        movw    $0xf0cd, DATA+0xffe
        movl    $WINDOW+0xffe-CODE, %eax
        jmp     *%eax
        done
        check   "fetch.next.page-\bits", R3
        on
        clearbits PT1+4, 7
        setbits PT1+4, \bits
        code
        movw    $0x4040, DATA+0xffe
        movw    $0xf0cd, DATA+0x1000
        movl    $WINDOW+0xffe-CODE, %eax
        jmp     *%eax
        done
        .endr

/* Changed tables: after INVLPG or a load of CR3 the new entry counts. */
        .macro  stale name, cr4, flush, bits=7
        check   "stale.\name", R0
        on      0, \cr4
        pte     0, DATA+\bits
        code
        movl    WINDOW, %eax
        movl    $DATA+0x1000+\bits, PT1
        \flush
        movl    WINDOW, %ecx
        done
        .endm
        stale   "invlpg", 0, "invlpg WINDOW"
        stale   "invlpg.other.byte", 0, "invlpg WINDOW + 0xfff"
        stale   "cr3", 0, "movl %cr3, %edx; movl %edx, %cr3"
        stale   "cr0.pg", 0, "movl %cr0, %edx; andl $0x7fffffff, %edx; movl %edx, %cr0; orl $0x80000000, %edx; movl %edx, %cr0"
        stale   "global.invlpg", 0x80, "invlpg WINDOW", 0x107
        stale   "global.cr4", 0x80, "movl $0, %edx; movl %edx, %cr4; movl $0x80, %edx; movl %edx, %cr4", 0x107
        stale   "global.pge.off.cr3", 0, "movl %cr3, %edx; movl %edx, %cr3", 0x107
        stale   "pse", 0x80, "movl $0x90, %edx; movl %edx, %cr4", 0x107
        stale   "global.stays", 0x80, "movl %cr3, %edx; movl %edx, %cr3", 0x107
        check   "dirty.set.once", R0
        on
        code
        movl    WINDOW, %eax
        movl    %eax, WINDOW
        andl    $~0x60, PT1
        invlpg  WINDOW
        movl    WINDOW, %eax
        done
        check   "dirty.after.read", R0
        on
        code
        movl    WINDOW, %eax
        movl    PT1, %ecx
        movl    %eax, WINDOW
        movl    PT1, %edx
        done
        check   "code.alias", R0
        on
        pte     0, CODE+7
        code
        movb    $0x42, WINDOW + START + (1f - 771b)
        nop
1:      inc     %ecx
        nop
        done
        check   "cr3.other.directory", R0
        on
        code
        movl    WINDOW, %eax
        movl    $PD, %esi
        movl    $DATA + 0x3000, %edi
        movl    $1024, %ecx
        cld
        rep     movsl
        movl    $0x87, DATA + 0x3004
        movl    $0x10, %edx
        movl    %edx, %cr4
        movl    $DATA + 0x3000, %edx
        movl    %edx, %cr3
        movl    WINDOW + DATA + 0x1000, %ecx
        movl    $PD, %edx
        movl    %edx, %cr3
        done
        check   "gdt.supervisor.page", R3
        on
        clearbits PT0+4*(GDT>>12), 4
        code
        movl    $DATA3 + 3, %eax
        movl    %eax, %fs
        done
        check   "gdt.readonly.page", R0
        on      0x10000
        desc    X0, DATA, 0xfff, 0xf2
        code
        andl    $~2, PT0 + 4 * (GDT >> 12)
        invlpg  GDT
        movl    $X0 + 3, %eax
        movl    %eax, %fs
        done
        .section .note.GNU-stack, "", @progbits
