/* Lines of source for addresses, from a program's DWARF (elfutils' libdw). */
#ifndef FRONTEND_SOURCE_LINES_H
#define FRONTEND_SOURCE_LINES_H
#include "devices/load.h"

struct source_lines;

/* Of an ELF file in memory, which must stay as long; NULL: it has none, or this build has no libdw. */
struct source_lines *source_lines_open(const struct blob *elf);
/* NULL is good. */
void source_lines_close(struct source_lines *lines);
/* The file and line that an address was made from; NULL is good. false: unknown. */
bool source_lines_find(struct source_lines *lines, u32 address, char *file, size_t size, unsigned *line);
#endif
