/* Host errors as one sentence (core/error.h). */
#include "core/error.h"
#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *why, const char *format, ...)
{
    if (why) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why->text, sizeof(why->text), format, arguments);
        va_end(arguments);
    }
    return false;
}
