/* One instruction in words, in Intel's syntax (Zydis), with the symbols that it names. */
#ifndef FRONTEND_DISASSEMBLE_H
#define FRONTEND_DISASSEMBLE_H
#include "frontend/session.h"

/* `bits` is 16 or 32; `physical`: the address is one. `offset` is its place in the code segment, from which targets are
 * reckoned. Writes "8:00100010 <square+0x0>  55  push ebp"-like text without the address: bytes, then words. Returns the
 * length of the instruction, 1 for bytes that are none, 0 where no memory can be read. A build without Zydis shows the
 * bytes of what the processor's own decoder takes. */
unsigned disassemble_line(const struct session *session, unsigned bits, u32 address, bool physical, u32 offset, char *text, size_t size);
/* 16 or 32: the size of the code that runs now. */
unsigned disassemble_bits(const struct session *session);
#endif
