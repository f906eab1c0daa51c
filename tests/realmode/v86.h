/* What the V86 monitor's 16-bit and 32-bit halves share. */
#ifndef TESTS_REALMODE_V86_H
#define TESTS_REALMODE_V86_H
#include "core/types.h"

/* Instructions the monitor had to execute for its guest, and interrupts it passed on. */
enum trapped { TRAP_CLI, TRAP_STI, TRAP_PUSHF, TRAP_POPF, TRAP_INT, TRAP_IRET, TRAP_HLT, TRAP_IRQ, TRAPS };
extern u32 trapped[TRAPS];
/* Why the monitor gave up, and where; 0: it did not. */
extern u32 gave_up, gave_up_at;

enum { LEAVE_V86 = 0xFE };                  /* the INT by which the guest goes back to real mode */

/* v86_enter.S: runs guest() in V86 mode, all segments 0, and comes back in real mode after INT LEAVE_V86. */
void v86_run(void);
void guest(void);

/* What a trap leaves on the monitor's stack. */
struct frame {
    u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
    u32 vector, error;
    u32 eip, cs, eflags, esp, ss, es, ds, fs, gs;
};
enum { FLAG_TF = 1 << 8, FLAG_IF = 1 << 9, FLAG_IOPL = 3 << 12, FLAG_VM = 1 << 17 };
/* True: back to real mode. */
bool monitor_trap(struct frame *frame);
#endif
