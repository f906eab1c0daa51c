/* The debug console on port 402h, which answers E9h where there is one. */
#include "firmware/bios/io.h"
#include <stdarg.h>

enum { CONSOLE_HERE = 0xE9 };

static void log_byte(char c) { outb(PORT_LOG, (u8)c); }

static void log_number(u32 value, u32 base)
{
    char digits[12];
    unsigned count = 0;
    do digits[count++] = "0123456789abcdef"[value % base]; while (value /= base);
    while (count) log_byte(digits[--count]);
}

static void log_string(const char *text)
{
    while (*text) log_byte(*text++);
}

void log_text(const char *format, ...)
{
    va_list arguments;
    if (inb(PORT_LOG) != CONSOLE_HERE) return;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            log_byte(*format);
            continue;
        }
        switch (*++format) {
        case 's': log_string(va_arg(arguments, const char *)); break;
        case 'x': log_number(va_arg(arguments, u32), 16); break;
        case 'u': log_number(va_arg(arguments, u32), 10); break;
        default:  log_byte(*format);
        }
    }
    va_end(arguments);
}
