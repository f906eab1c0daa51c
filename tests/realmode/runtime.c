/* Text and BIOS calls of the real-mode programs (realmode.h). */
#include "tests/realmode/realmode.h"

typedef void put(char character);

void video(u16 ax, u16 bx, u16 cx, u16 dx, struct registers *after)
{
    struct registers r = { .eax = ax, .ebx = bx, .ecx = cx, .edx = dx };
    call_interrupt(&r, 0x10);
    if (after) *after = r;
}

static void put_debug(char character) { outb(0xE9, (u8)character); }

static void put_screen(char character)
{
    if (character == '\n') video(0x0E0D, 7, 0, 0, NULL);
    video((u16)(0x0E00 | (u8)character), 7, 0, 0, NULL);
}

static void number(put *put, u32 value, unsigned base, unsigned width, char fill)
{
    char digits[12];
    unsigned count = 0;
    do digits[count++] = "0123456789ABCDEF"[value % base];
    while ((value /= base) != 0);
    for (; width > count; width--) put(fill);
    while (count) put(digits[--count]);
}

static void format_to(put *put, const char *format, __builtin_va_list arguments)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        unsigned width = 0;
        while (*++format >= '0' && *format <= '9') width = width * 10 + (unsigned)(*format - '0');
        switch (*format) {
        case 'x': number(put, __builtin_va_arg(arguments, u32), 16, width, '0'); break;
        case 'u': number(put, __builtin_va_arg(arguments, u32), 10, width, ' '); break;
        case 'c': put((char)__builtin_va_arg(arguments, int)); break;
        case 's': for (const char *s = __builtin_va_arg(arguments, const char *); *s; s++) put(*s); break;
        }
    }
}

void report(const char *format, ...)
{
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    format_to(put_debug, format, arguments);
    __builtin_va_end(arguments);
}

void print(const char *format, ...)
{
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    format_to(put_screen, format, arguments);
    __builtin_va_end(arguments);
}

u16 key_wait(void)
{
    struct registers r = { .eax = 0 };
    call_interrupt(&r, 0x16);
    return r.ax;
}

void screen_done(const char *name)
{
    report("screen %s\n", name);
    key_wait();
}

void finish(u8 status)
{
    report("finished %u\n", status);
    outb(0x501, status);
    for (;;) __asm__ volatile("cli\n\thlt");
}
