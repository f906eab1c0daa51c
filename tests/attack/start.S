/* The attack guest's assembly: multiboot 1 header (Multiboot Specification 0.6.96, 3.1), entries of all vectors, attempts
 * that any fault ends, the way into ring 3, and the snippets that run there. */
#define SEL_CODE0 0x08
#define SEL_DATA0 0x10
#define SEL_CODE3 0x1b
#define SEL_DATA3 0x23
#define SEL_TSS   0x28

        .section .multiboot, "a"
        .balign 4
        .long   0x1badb002, 0, -0x1badb002

        .text
        .globl  _start
_start: cld
        movl    $stack_top, %esp
        pushl   $0
        popfl
        pushl   %ebx
        call    kernel_main
1:      cli
        hlt
        jmp     1b

/* void segments_load(void) */
        .globl  segments_load
segments_load:
        lgdt    gdt_register
        ljmp    $SEL_CODE0, $1f
1:      movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        ret

/* Each vector has a stub of 16 bytes; those without an error code push 0. */
        .globl  vector_stubs
        .balign 16
vector_stubs:
        vector = 0
        .rept   256
        .balign 16
        .if (vector == 8) || (vector == 17) || ((vector >= 10) && (vector <= 14))
        .else
        pushl   $0
        .endif
        pushl   $vector
        jmp     trapped
        vector = vector + 1
        .endr

trapped:
        cld
        pushal
        pushl   %ds
        pushl   %es
        movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        pushl   %esp
        call    trap
        addl    $4, %esp
        testl   %eax, %eax
        jnz     unwind
        popl    %es
        popl    %ds
        popal
        addl    $8, %esp
        iret

/* Back to who made the attempt: EAX is what it returns. */
unwind: movl    attempt_esp, %esp
        movl    $SEL_DATA0, %edx
        movl    %edx, %ss
        movl    %edx, %fs
        movl    %edx, %gs
attempt_end:
        movl    $0, attempt_esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .macro  attempt_begin
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, attempt_esp
        .endm

/* u32 attempt(u32 (*what)(u32 a, u32 b), u32 a, u32 b): 0, or 100h + vector of the fault that ended it; what it returned or
 * the error code is in attempt_value. */
        .globl  attempt
attempt:
        attempt_begin
        movl    20(%esp), %eax
        pushl   28(%esp)
        pushl   28(%esp)
        call    *%eax
        addl    $8, %esp
        movl    %eax, attempt_value
        xorl    %eax, %eax
        jmp     attempt_end

/* u32 attempt_user(const void *code, u32 flags): the same in ring 3; INT 80h ends it well, with EAX as its value. */
        .globl  attempt_user
attempt_user:
        attempt_begin
        movl    20(%esp), %eax
        movl    24(%esp), %ecx
        movl    %esp, tss + 4
        subl    $64, tss + 4
        movl    $SEL_DATA3, %edx
        movl    %edx, %ds
        movl    %edx, %es
        pushl   %edx
        pushl   $user_stack_top - 64
        pushl   %ecx
        pushl   $SEL_CODE3
        pushl   %eax
        iret

/* u32 FUNCTION(u32 a, u32 b): what attempts do. */
        .macro  function name
        .globl  \name
\name:  movl    4(%esp), %ecx
        movl    8(%esp), %edx
        .endm
        function do_read
        movl    (%ecx), %eax
        ret
        function do_write
        movl    %edx, (%ecx)
        movl    (%ecx), %eax
        ret
        function do_call
        call    *%ecx
        ret
        function do_load_ds
        movl    %ecx, %ds
        movl    $SEL_DATA0, %eax
        movl    %eax, %ds
        ret
        function do_load_ss
        movl    %ss, %eax
        movl    %ecx, %ss
        movl    %eax, %ss
        ret
        function do_lar
        xorl    %eax, %eax
        larl    %ecx, %eax
        ret
        function do_lsl
        xorl    %eax, %eax
        lsll    %ecx, %eax
        ret
        function do_verr
        xorl    %eax, %eax
        verr    %cx
        setz    %al
        ret
        function do_verw
        xorl    %eax, %eax
        verw    %cx
        setz    %al
        ret
        function do_lldt
        lldt    %cx
        ret
        function do_ltr
        ltr     %cx
        ret
        function do_far_jump
        movl    %ecx, far_pointer + 4
        movl    $1f, far_pointer
        ljmp    *far_pointer
1:      ret
        function do_far_call
        movl    %ecx, far_pointer + 4
        movl    $1f, far_pointer
        lcall   *far_pointer
        ret
1:      lret
        function do_rdmsr
        rdmsr
        ret
        function do_wrmsr
        movl    %edx, %eax
        movl    $0, %edx
        wrmsr
        ret
        function do_gdt                 /* LGDT of the register at a, LAR of selector b, and back */
        lgdt    (%ecx)
        xorl    %eax, %eax
        larl    %edx, %eax
        lgdt    gdt_register
        ret
        function do_ins8                /* a: where, b: port and count << 16 */
        pushl   %edi
        movl    %ecx, %edi
        movl    %edx, %ecx
        shrl    $16, %ecx
        rep insb
        movl    %edi, %eax
        popl    %edi
        ret
        function do_ins32
        pushl   %edi
        movl    %ecx, %edi
        movl    %edx, %ecx
        shrl    $16, %ecx
        rep insl
        movl    %edi, %eax
        popl    %edi
        ret
        function do_ins16               /* 16-bit addresses wrap at 64 KiB */
        pushl   %edi
        movl    %ecx, %edi
        movl    %edx, %ecx
        shrl    $16, %ecx
        addr16 rep insw
        movl    %edi, %eax
        popl    %edi
        ret
        function do_outs8
        pushl   %esi
        movl    %ecx, %esi
        movl    %edx, %ecx
        shrl    $16, %ecx
        rep outsb
        movl    %esi, %eax
        popl    %esi
        ret
        function do_outs32
        pushl   %esi
        movl    %ecx, %esi
        movl    %edx, %ecx
        shrl    $16, %ecx
        rep outsl
        movl    %esi, %eax
        popl    %esi
        ret
        function do_movs                /* b dwords at a to where they are */
        pushl   %esi
        pushl   %edi
        movl    %ecx, %esi
        movl    %ecx, %edi
        movl    %edx, %ecx
        rep movsl
        movl    %edi, %eax
        popl    %edi
        popl    %esi
        ret

/* Another task: comes back to its caller at once, as often as it is entered. */
        .globl  task_loop
task_loop:
        ljmp    $SEL_TSS, $0
        jmp     task_loop

/* A handler that faults at once, with room for some hundred thousand frames: no instruction ever completes. */
        .globl  fault_loop, storm_begin
storm_begin:
        movl    $0xe00000, %esp
fault_loop:
        ud2

        .data
        .globl  attempt_esp, attempt_value
attempt_esp:    .long 0
attempt_value:  .long 0
far_pointer:    .long 0, 0

/* ---- ring 3: each snippet is an escape; escapes[] ends with 0 ---- */
        .section .user, "awx"
        .balign 4096
        .globl  user_begin, user_end, escapes, user_unaligned
user_begin:
        .macro  escape code
        .pushsection .escapes, "aw"
        .long   9f
        .popsection
9:      \code
        int     $0x80
        .endm
        .pushsection .escapes, "aw"
escapes:
        .popsection
        escape  "cli"
        escape  "sti"
        escape  "hlt"
        escape  "lgdt user_data"
        escape  "lidt user_data"
        escape  "lldt %ax"
        escape  "ltr %ax"
        escape  "movl %eax, %cr0"
        escape  "movl %cr3, %eax"
        escape  "movl %eax, %cr3"
        escape  "movl %eax, %cr4"
        escape  "movl %eax, %dr7"
        escape  "movl %dr0, %eax"
        escape  "lmsw %ax"
        escape  "clts"
        escape  "invd"
        escape  "wbinvd"
        escape  "invlpg user_data"
        escape  "rdmsr"
        escape  "wrmsr"
        escape  "sysexit"
        escape  "inb $0x21, %al"
        escape  "outb %al, $0x21"
        escape  "movl $user_data, %edi; insb"
        escape  "movl $user_data, %esi; outsb"
        escape  "ljmp $0x08, $user_data"
        escape  "ljmp $0x0b, $user_data"
        escape  "lcall $0x08, $user_data"
        escape  "ljmp $0x28, $0"
        escape  "lcall $0x30, $0"
        escape  "pushl $0x08; pushl $user_data; lret"
        escape  "pushl $0x0b; pushl $user_data; lret"
        escape  "pushfl; pushl $0x08; pushl $user_data; iret"
        escape  "pushl $0x10; pushl $user_data; pushl $0x3002; pushl $0x08; pushl $user_data; iret"
        escape  "pushl $0x4002; popfl; iret"
        escape  "int $0x20"
        escape  "int $8"
        escape  "sysenter"
        escape  "movl $0x10, %eax; movl %eax, %ds"
        escape  "movl $0x10, %eax; movl %eax, %ss"
        escape  "movl $0x4000, %eax; movl %eax, %ds"
        escape  "movl $0x4058, %eax; movl %eax, %fs"
        escape  "movl gdt, %eax"
        escape  "movl $0, idt + 8"
        escape  "movl page_directory, %eax"
        escape  "movl 0xffc07000, %eax"
        escape  "movl $0, 0xffc18000"
        escape  "movl $0, 0xffc07000"
        escape  "jmp _start"
        /* The rest change nothing, and say what is left: the flags that a program may not have. */
        escape  "pushl $0x3202; popfl; pushfl; popl %eax; andl $0x3000, %eax"
        escape  "pushl $0x1a3202; popfl; pushfl; popl %eax; andl $0x1a3000, %eax"
        escape  "pushl $0x3202; pushl $0x1b; pushl $8f; iret; 8: pushfl; popl %eax; andl $0x23000, %eax"
        escape  "pushl $0x23202; pushl $0x1b; pushl $8f; iret; 8: pushfl; popl %eax; andl $0x23000, %eax"
        .pushsection .escapes, "aw"
        .long   0
        .popsection
user_unaligned:
        movl    user_data + 1, %eax
        int     $0x80
        .globl  user_chain, user_handler
user_chain:
        decl    %esp
        movl    user_data + 1, %eax
user_handler:
        int     $0x80
user_data:
        .long   0, 0, 0, 0
        .balign 16
        .skip   1024
user_stack_top:
        .balign 4096
user_end:

        .bss
        .balign 4096
        .skip   16384
stack_top:
