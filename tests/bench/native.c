/* The compute workloads as a Linux program for the host itself: what no emulator can beat.
 * It calls the kernel by INT 80h instead of using a C library, so that it needs no 32-bit library on the host. */
#include "tests/bench/guest.h"

enum { SYS_EXIT = 1, SYS_WRITE = 4 };

static long system_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

static void print(const char *text) {
    system_call(SYS_WRITE, 1, (long)text, (long)text_length(text));
}

/* Called by _start with the initial stack: the argument count, then the arguments. */
_Noreturn void native_main(const char *const *stack);
_Noreturn void native_main(const char *const *stack) {
    const struct workload *w = stack[0] == (const char *)2 ? workload_find(compute_workloads, stack[2]) : NULL;
    char digits[10] = "        \n";

    if (w) {
        print("@BEGIN\n");
        text_hex(digits, w->run());
        print("@END ");
        print(digits);
    } else {
        print("usage: native WORKLOAD\n");
    }
    for (;;)
        system_call(SYS_EXIT, w ? 0 : 2, 0, 0);
}

__asm__(".globl _start\n"
        "_start:\n\t"
        "movl %esp, %eax\n\t"
        "andl $-16, %esp\n\t"
        "subl $12, %esp\n\t"
        "pushl %eax\n\t"
        "call native_main\n");
