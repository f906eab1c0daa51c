/* Text on the screen and in the log, and INT 10h as long as no video BIOS has taken it. */
#include "firmware/bios/services.h"
#include <stdarg.h>

enum { CONSOLE_HERE = 0xE9 };

static void put(char c)
{
    struct regs r = { 0 };
    if (inb(PORT_LOG) == CONSOLE_HERE) outb(PORT_LOG, (u8)c);
    if (c == '\n') put('\r');
    r.ax = (u16)(0x0E00 | (u8)c);
    r.bx = 7;
    call_int(0x10, &r);
}

static void put_number(u32 value, u32 base)
{
    char digits[12];
    unsigned count = 0;
    do digits[count++] = "0123456789abcdef"[value % base]; while (value /= base);
    while (count) put(digits[--count]);
}

static void put_string(const char *text)
{
    while (*text) put(*text++);
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        switch (*++format) {
        case 's': put_string(va_arg(arguments, const char *)); break;
        case 'x': put_number(va_arg(arguments, u32), 16); break;
        case 'u': put_number(va_arg(arguments, u32), 10); break;
        default:  put(*format);
        }
    }
    va_end(arguments);
}

/* Without a display: what programs ask at their start gets an answer. */
void video_service(struct regs *r)
{
    switch (r->ah) {
    case 0x03:
        r->cx = 0x0607;
        r->dx = bda16(BDA_CURSOR);
        break;
    case 0x02:
        bda_put16(BDA_CURSOR, r->dx);
        break;
    case 0x0F:
        r->al = 3;
        r->ah = 80;
        r->bh = 0;
        break;
    default:
        break;
    }
}
