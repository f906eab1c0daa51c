/* Names of a kernel's functions, from its ELF symbol table. */
#ifndef FRONTEND_SYMBOLS_H
#define FRONTEND_SYMBOLS_H
#include "frontend/session.h"

/* Writes "name+0x12" for an address, or nothing and false if the file has no symbol for it. */
bool symbol_find(const struct blob *elf, u32 address, char *text, size_t size);
/* Where a symbol is; false: the file has none of that name. */
bool symbol_address(const struct blob *elf, const char *name, u32 *address);

/* The kernel's names, and those of -symbols. false with *why: a file is not good. */
bool session_symbols_open(struct session *session, struct error *why);
/* Adds those of FILE[@OFFSET]. */
bool session_symbols_add(struct session *session, const char *text, struct error *why);
void session_symbols_close(struct session *session);

/* The file and line that code at a linear address was made from; false: unknown. */
bool session_line(struct session *session, u32 address, char *file, size_t size, unsigned *line);
/* The same as symbol_find and symbol_address for a session: its BIOS, its kernel and -symbols. */
bool session_symbol(const struct session *session, u32 address, char *text, size_t size);
bool session_symbol_address(const struct session *session, const char *name, u32 *address);
#endif
