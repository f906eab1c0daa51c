/* Tables for operating systems. */
#include "firmware/bios/post.h"

extern const char pnp_check[];

enum { PNP_BYTES = 0x21, PNP_CHECKSUM = 8 };

static void checksum_put(u8 *table, u32 bytes, u32 at)
{
    table[at] = 0;
    table[at] = (u8)-sum_of(table, bytes);
}

void tables_make(void)
{
    checksum_put(flat(CODE_BASE + (u32)pnp_check), PNP_BYTES, PNP_CHECKSUM);
}
