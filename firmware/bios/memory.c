/* Moving memory between segments, and what a C library would have. */
#include "firmware/bios/services.h"

/* In pieces that no segment's end cuts. */
void copy_linear(u32 to, u32 from, u32 bytes)
{
    while (bytes) {
        u32 piece = bytes < 0x8000 ? bytes : 0x8000, di = linear_offset(to), si = linear_offset(from), count = piece;
        __asm__ volatile("pushw %%ds; pushw %%es; movw %w3,%%ds; movw %w4,%%es; cld; rep movsb; popw %%es; popw %%ds"
                         : "+D"(di), "+S"(si), "+c"(count)
                         : "r"((u32)linear_segment(from)), "r"((u32)linear_segment(to)) : "memory");
        to += piece;
        from += piece;
        bytes -= piece;
    }
}

void fill(void *to, u8 value, u32 bytes)
{
    for (u8 *byte = to; bytes; bytes--) *byte++ = value;
}

int same(const void *a, const void *b, u32 bytes)
{
    const u8 *x = a, *y = b;
    while (bytes && *x == *y) x++, y++, bytes--;
    return bytes == 0;
}

/* gcc may call these by itself. */
void *memset(void *to, int value, u32 bytes)
{
    fill(to, (u8)value, bytes);
    return to;
}

void *memcpy(void *to, const void *from, u32 bytes)
{
    const u8 *source = from;
    for (u8 *byte = to; bytes; bytes--) *byte++ = *source++;
    return to;
}
