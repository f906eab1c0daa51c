/* Log channels and the formatting of their lines (core/log.h). Lines longer than the buffer are cut. */
#include "core/log.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct log_item log_items[LOG_CHANNEL_COUNT] = {
#define X(id, name, help) [LOG_##id] = { name, help },
    LOG_CHANNELS(X)
#undef X
};

void log_line(const struct log *log, enum log_channel channel, const char *format, ...)
{
    char line[1024];
    if (!LOG_ON(log, channel) || !log->sink)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    size_t length = strlen(line);
    if (length == 0 || line[length - 1] != '\n')
        memcpy(line + length, "\n", 2);
    log->sink(log->self, line);
}
