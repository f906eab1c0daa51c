/* Names of a kernel's functions, from its ELF symbol table. */
#ifndef FRONTEND_SYMBOLS_H
#define FRONTEND_SYMBOLS_H
#include "frontend/session.h"

/* Writes "name+0x12" for an address, or nothing and false if the file has no symbol for it. */
bool symbol_find(const struct blob *elf, u32 address, char *text, size_t size);
/* Where a symbol is; false: the file has none of that name. */
bool symbol_address(const struct blob *elf, const char *name, u32 *address);

/* The same for a session: its kernel and its BIOS. */
bool session_symbol(const struct session *session, u32 address, char *text, size_t size);
bool session_symbol_address(const struct session *session, const char *name, u32 *address);
#endif
