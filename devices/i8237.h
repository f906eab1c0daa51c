/* The pair of 8237A DMA controllers of an AT with its page registers.
 *
 * A peripheral asks with i8237_request, and moves its bytes with i8237_give and i8237_take whenever it has some or
 * wants some: they go as far as the guest has programmed the channel, which may be nowhere. If nothing moved, `ready`
 * tells when that has changed. */
#ifndef DEVICES_I8237_H
#define DEVICES_I8237_H
#include "devices/device.h"

enum { I8237_CHANNELS = 8, I8237_CASCADE = 4, I8237_PAGES = 16 };

struct i8237_channel {
    u16  base_address, base_count;   /* as written: what auto-initialization loads */
    u16  address, count;             /* of bytes, or of words on channels 5 to 7; count is one less than what is left */
    u8   mode;
    bool masked, dreq;
    bool requested;                  /* by software */
    bool terminal;                   /* TC was reached since the status register was read */
};

struct i8237_device { void (*ready)(void *self); void *self; };

struct i8237 {
    struct device        dev;
    struct i8237_channel channel[I8237_CHANNELS];
    u8                   page[I8237_PAGES];       /* ports 81h-8Fh */
    u8                   command[2];
    bool                 high[2];                 /* the byte pointer: the next byte is a high one */
    struct i8237_device  device[I8237_CHANNELS];
};
extern const struct device_class i8237_class;

/* What a call has moved. tc: the last unit was the programmed last one; without auto-initialization the channel is
 * masked now. A call never goes past TC; the peripheral may call again. */
struct i8237_moved { u32 bytes; bool tc; };

/* Wires a peripheral to channel 0-3 or 5-7. `ready` is called, from inside a guest's port access, when a channel that
 * is requested has become able to move; NULL: nobody asks. */
void i8237_connect(struct i8237 *dma, unsigned channel, void (*ready)(void *self), void *self);
/* The DREQ pin. */
void i8237_request(struct i8237 *dma, unsigned channel, bool level);
/* Whether a transfer would move something now: channel requested, not masked, controller on, cascade open. */
bool i8237_able(const struct i8237 *dma, unsigned channel);
/* From the peripheral to memory, and from memory to the peripheral: at most `length` bytes (an odd last byte of channels
 * 5 to 7 stays behind). A channel programmed for verify, or for the other direction, counts without touching memory;
 * what is taken then reads FFh. */
struct i8237_moved i8237_give(struct i8237 *dma, unsigned channel, const void *bytes, u32 length);
struct i8237_moved i8237_take(struct i8237 *dma, unsigned channel, void *bytes, u32 length);
#endif
