/* The leak probes of real mode (leak.def), copied to LOW + LEAK_CODE. They end at code16.S's UD2. */
#define BITS 16
#include "firmware/guest/leak_code.h"

        .section .rodata, "a"
        .code16
        .globl  leak_low_start, leak_low_end
leak_low_start:
#define LEAK(id, situation, entry, needs, row, kind, show, bare, ...) EMIT_##situation(id, __VA_ARGS__)
#define EMIT_REAL(id, ...) 7: __VA_ARGS__; ljmp $LOW_SEGMENT, $EXIT16; \
        .globl NAME_OF(REAL, id); .set NAME_OF(REAL, id), HERE(7b);
#define EMIT_KERNEL(...)
#define EMIT_PAGED(...)
#define EMIT_USER(...)
#include "firmware/guest/leak.def"
leak_low_end:

        .section .note.GNU-stack, "", @progbits
