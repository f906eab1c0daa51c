/* Logging by channel. A log has a mask and a sink; the frontend chooses both (`-d items -D file`). */
#ifndef CORE_LOG_H
#define CORE_LOG_H
#include "core/types.h"

/* LOG_CHANNELS(X): X(id, name, help). The names are QEMU's `-d` items where it has them. */
#define LOG_CHANNELS(X) \
    X(INT,          "int",          "interrupts and exceptions, a line each") \
    X(CPU_RESET,    "cpu_reset",    "CPU state before each reset") \
    X(IN_ASM,       "in_asm",       "each instruction when it is decoded") \
    X(PCALL,        "pcall",        "far transfers and task switches in protected mode") \
    X(MMU,          "mmu",          "TLB fills") \
    X(GUEST_ERRORS, "guest_errors", "things no correct guest does") \
    X(UNIMP,        "unimp",        "what the guest asks for and trap86 does not have") \
    X(POST,         "post",         "POST codes on ports 0x80 and 0x190") \
    X(IOPORT,       "ioport",       "port accesses") \
    X(DEVICE,       "device",       "device events")

enum log_channel {
#define X(id, name, help) LOG_##id,
    LOG_CHANNELS(X)
#undef X
    LOG_CHANNEL_COUNT
};

struct log {
    u32   mask;                                          /* bit per channel */
    void (*sink)(void *self, const char *line);          /* one line, newline included */
    void  *self;
};

struct log_item { const char *name, *help; };
extern const struct log_item log_items[LOG_CHANNEL_COUNT];

void log_line(const struct log *log, enum log_channel channel, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define LOG_ON(log, channel) unlikely((log)->mask >> (channel) & 1)
#define LOG(log, channel, ...) do { if (LOG_ON(log, channel)) log_line(log, channel, __VA_ARGS__); } while (0)
#endif
