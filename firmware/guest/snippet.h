/* The vocabulary of the code in probes.def, for the assembler. BITS, MYCS, MYDS and LABEL(id) are the including file's.
 * A probe ends at a UD2 of known address, which reaches ring 0 from every mode without needing any privilege. */
#ifndef FIRMWARE_SNIPPET_H
#define FIRMWARE_SNIPPET_H

#include "firmware/guest/guest.h"

#if BITS == 16
#define RA %ax
#define SLOT 2
#define AT(offset) (offset)
#define HERE(label) (label - low_start)
#define LEA(reg) mov $SCRATCH, %reg
#define OTHER_pop popl %eax
#define OTHER_push pushl $2
#define IF32(...)
#define EXIT probe_exit16
#else
#define RA %eax
#define SLOT 4
#define AT(offset) (LOW + (offset))
#define HERE(label) label
#define LEA(reg) mov $(LOW + SCRATCH), %e##reg
#define OTHER_pop popw %ax
#define OTHER_push pushw $2
#define IF32(...) __VA_ARGS__
#define EXIT probe_exit
#endif

#define OTHER(op) OTHER_##op
#define CODE(...) __VA_ARGS__
#define CLOCK rdtsc; movl %eax, %ecx; rdtsc; cmpl %ecx, %eax; seta %al; movzbl %al, %eax
#define TARGET(label) mov $HERE(label), RA; mov RA, AT(SCRATCH); movw $MYCS, AT(SCRATCH + SLOT)
#define FAR(op) mov $0x1234, RA; mov RA, AT(SCRATCH); movw $MYDS, AT(SCRATCH + SLOT); op AT(SCRATCH), RA

#define PROBE(id, rule, name, needs, setup, show, code, ...) LABEL(id): code; jmp EXIT;

#endif
