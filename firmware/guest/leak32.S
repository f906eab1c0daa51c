/* The leak probes of protected mode (leak.def), where each begins, and the way into ring 3.
 * IRET and RETF to ring 3 are among the suspects, so SYSEXIT does it, which is privileged; a processor without it has to
 * trust IRET, but not that it loads SS and ESP. */
#define BITS 32
#include "firmware/guest/leak_code.h"

#define LEAK(id, situation, entry, needs, row, kind, show, bare, ...) EMIT_##situation(id, situation, __VA_ARGS__)
#define EMIT_KERNEL(id, situation, ...) NAME_OF(situation, id): __VA_ARGS__; jmp probe_exit;
#define EMIT_PAGED EMIT_KERNEL
#define EMIT_USER EMIT_KERNEL
#define EMIT_REAL(...)

        .text
#include "firmware/guest/leak.def"

        .globl  leak_enter_sysexit
leak_enter_sysexit:
        movl    $LOW + PROBE_STACK, %ecx
        movl    $leak_user, %edx
        sysexit

        .globl  leak_enter_iret
leak_enter_iret:
        pushl   $SEL_UDATA
        pushl   $LOW + PROBE_STACK
        pushl   leak_flags
        pushl   $SEL_UCODE
        pushl   $leak_user
        iret

leak_user:
        movl    $SEL_UDATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $LOW + PROBE_STACK, %esp
        xorl    %eax, %eax
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        jmp     *leak_start

/* void leak_flags_set(u32 flags): POPF may not do it. IRET with RPL 0 in the frame does, or faults and is emulated. */
        .globl  leak_flags_set
leak_flags_set:
        movl    4(%esp), %eax
        pushl   %eax
        pushl   $SEL_KCODE
        pushl   $1f
        iret
1:      ret

/* Where each probe begins. */
        .section .rodata, "a"
        .globl  leak_starts
leak_starts:
#undef LEAK
#define LEAK(id, situation, ...) .long NAME_OF(situation, id);
#include "firmware/guest/leak.def"

        .section .note.GNU-stack, "", @progbits
