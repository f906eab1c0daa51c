/* What the two files of x87 cases share. */
#ifndef SILICON_BUILD_X87_H
#define SILICON_BUILD_X87_H
#include "tests/silicon/build.h"

/* Bits of FSW to compare, by which condition codes are defined. */
enum { C_ALL = 0xffff, C_NONE = 0xffff & ~0x4700, C1_ONLY = 0xffff & ~0x4500, C_BUT_C1 = 0xffff & ~0x200 };

/* A new case with control and status words, a stack of some depth and numbers on it chosen. */
void open_x87_case(struct build *b, const char *name);
void choose_number(struct build *b, u8 bytes[10]);
#endif
