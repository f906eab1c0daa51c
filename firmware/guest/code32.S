/* The probes as 32-bit code, once for ring 0 and once for ring 3: their selectors differ. */
#define BITS 32
#include "firmware/guest/snippet.h"

        .text
#define MYCS SEL_KCODE
#define MYDS SEL_KDATA
#define LABEL(id) id##_ring0
#include "firmware/guest/probes.def"

#undef MYCS
#undef MYDS
#undef LABEL
#define MYCS SEL_UCODE
#define MYDS SEL_UDATA
#define LABEL(id) id##_ring3
#include "firmware/guest/probes.def"

        .section .rodata, "a"
        .globl  probes_ring0, probes_ring3
#undef PROBE
#define PROBE(id, ...) .long LABEL(id);
probes_ring3:
#include "firmware/guest/probes.def"
#undef LABEL
#define LABEL(id) id##_ring0
probes_ring0:
#include "firmware/guest/probes.def"

        .section .note.GNU-stack, "", @progbits
