/* Names of a kernel's functions, from its ELF symbol table. */
#ifndef FRONTEND_SYMBOLS_H
#define FRONTEND_SYMBOLS_H
#include "devices/machine.h"

/* Writes "name+0x12" for an address, or nothing and false if the file has no symbol for it. */
bool symbol_find(const struct blob *elf, u32 address, char *text, size_t size);
#endif
