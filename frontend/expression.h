/* Expressions of the debugger: numbers, registers, symbols, memory, and the operators of C with their precedence.
 *
 *   0x7c00 31744          numbers; decimal unless 0x is before
 *   $eax eax cs al zf     registers by the names that gdb gets (frontend/gdb_registers.c), parts of them, and flags
 *   kmain                 symbols of the kernel, of the BIOS and of -symbols; registers go before
 *   [A] byte(A) word(A) dword(A)     memory at a linear address
 *   S:A                   a place in a segment, where a place is asked for
 */
#ifndef FRONTEND_EXPRESSION_H
#define FRONTEND_EXPRESSION_H
#include "cpu/stops.h"
#include "frontend/session.h"

/* The value of a whole text. false with *why: it is none, or the guest has no memory there. */
bool expression_value(const struct session *session, const char *text, u64 *value, struct error *why);
/* The same at the beginning of *text, which is moved behind it and behind blanks. */
bool expression_take(const struct session *session, const char **text, u64 *value, struct error *why);

struct spot { enum stop_space space; u16 selector; u32 address, linear; };
/* A place: an expression, or two with a colon. Moves *text as expression_take does. */
bool expression_spot(const struct session *session, const char **text, struct spot *spot, struct error *why);
#endif
