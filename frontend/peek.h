/* The guest's memory as a debugger sees it: nothing is disturbed, no TLB filled, no A bit set, no chip read. */
#ifndef FRONTEND_PEEK_H
#define FRONTEND_PEEK_H
#include "devices/machine.h"

/* The byte at a linear address as paging says now, or at a physical one, in RAM or ROM. NULL: there is none. */
const u8 *peek_byte(const struct machine *machine, bool physical, u32 address);
/* Copies up to `count` bytes and returns how many there are before the first that is not; wraps at 4 GiB. */
u32  peek_bytes(const struct machine *machine, bool physical, u32 address, void *bytes, u32 count);
/* Writes all of them or, false, none: some are not there. ROM stays as it is. */
bool poke_bytes(struct machine *machine, bool physical, u32 address, const void *bytes, u32 count);
#endif
