/* The 8237A DMA controllers of an AT, after Intel's data sheet 231466, wired as in the PIIX3 (290550): channels 0-3
 * move bytes, 5-7 words, channel 4 lets the first controller through. Page registers 81h-8Fh hold address bits 16-23;
 * the 16 bits of the address itself wrap inside their 64 Ki bytes or words. Ports 10h-1Fh show 00h-0Fh again.
 *
 * Bytes move when the peripheral says so, any number between two instructions: bus cycles take no time of their own,
 * so single, block and demand mode differ in nothing that can be seen, and neither do the priorities. A software
 * request moves its block at once, against the peripheral's undriven bus (FFh).
 * Not modelled: memory to memory (the PIIX3 has none; the temporary register reads 0), timing bits of the command
 * register, address bits above 23. Page register 80h is the POST port (devices/debugport.c). */
#include "devices/i8237.h"
#include <string.h>

enum { REG_STATUS = 8, REG_REQUEST, REG_MASK, REG_MODE, REG_POINTER, REG_TEMPORARY, REG_UNMASK, REG_MASKS };
enum { COMMAND_DISABLE = 4 };
enum { MODE_WRITE = 4, MODE_READ = 8, MODE_TYPE = 12, MODE_AUTO = 0x10, MODE_DOWN = 0x20, MODE_CASCADE = 0xC0 };
enum { PORT_FIRST = 0x00, PORT_SECOND = 0xC0, PORT_PAGES = 0x81 };
enum { WORDS = 5, BURST = 4096 };

/* The page register of each channel; channel 4's is that of refresh. */
static const u8 page_of[I8237_CHANNELS] = { 0x7, 0x3, 0x1, 0x2, 0xF, 0xB, 0x9, 0xA };

static bool is_cascade(const struct i8237_channel *c) { return (c->mode & MODE_CASCADE) == MODE_CASCADE; }

/* The controller of this channel lets it go, whoever asks. */
static bool controller_open(const struct i8237 *dma, unsigned channel)
{
    const struct i8237_channel *cascade = &dma->channel[I8237_CASCADE];
    if (channel >= I8237_CASCADE) return !(dma->command[1] & COMMAND_DISABLE);
    return !((dma->command[0] | dma->command[1]) & COMMAND_DISABLE) && !cascade->masked && is_cascade(cascade);
}

bool i8237_able(const struct i8237 *dma, unsigned channel)
{
    const struct i8237_channel *c = &dma->channel[channel];
    return c->dreq && !c->masked && !is_cascade(c) && controller_open(dma, channel);
}

void i8237_connect(struct i8237 *dma, unsigned channel, void (*ready)(void *self), void *self)
{
    dma->device[channel] = (struct i8237_device){ ready, self };
}

void i8237_request(struct i8237 *dma, unsigned channel, bool level) { dma->channel[channel].dreq = level; }

static unsigned unit_of(unsigned channel) { return channel >= WORDS ? 2 : 1; }

static u32 address_of(const struct i8237 *dma, unsigned channel)
{
    u32 page = dma->page[page_of[channel]], address = dma->channel[channel].address;
    return channel >= WORDS ? (page & 0xFE) << 16 | address << 1 : page << 16 | address;
}

/* Units that lie in one piece from the current address on, and end at TC at the latest. */
static u32 piece_of(const struct i8237_channel *c, u32 units)
{
    if (c->mode & MODE_DOWN) return MIN(units, 1u);
    return MIN(MIN(units, c->count + 1u), 0x10000u - c->address);
}

/* TC: the count has gone below zero. */
static void terminate(struct i8237_channel *c)
{
    c->terminal = true;
    c->requested = false;
    if (c->mode & MODE_AUTO) {
        c->address = c->base_address;
        c->count = c->base_count;
    } else {
        c->masked = true;
    }
}

static bool advance(struct i8237_channel *c, u32 units)
{
    bool tc = units > c->count;
    c->address = (u16)(c->mode & MODE_DOWN ? c->address - units : c->address + units);
    c->count = (u16)(c->count - units);
    if (tc) terminate(c);
    return tc;
}

/* Moves one piece; `from` NULL: towards the peripheral, into `to`. */
static void piece_move(struct i8237 *dma, unsigned channel, const u8 *from, u8 *to, u32 length)
{
    u8 type = dma->channel[channel].mode & MODE_TYPE;
    struct memory *memory = dma->dev.board->memory;
    if (from && type == MODE_WRITE) memory_write(memory, address_of(dma, channel), from, length);
    else if (!from && type == MODE_READ) memory_read(memory, address_of(dma, channel), to, length);
    else if (!from) memset(to, 0xFF, length);
}

static struct i8237_moved move(struct i8237 *dma, unsigned channel, const u8 *from, u8 *to, u32 length)
{
    struct i8237_channel *c = &dma->channel[channel];
    unsigned unit = unit_of(channel);
    struct i8237_moved moved = { 0, false };
    while (length - moved.bytes >= unit && !moved.tc) {
        u32 units = piece_of(c, (length - moved.bytes) / unit);
        piece_move(dma, channel, from ? from + moved.bytes : NULL, to ? to + moved.bytes : NULL, units * unit);
        moved.bytes += units * unit;
        moved.tc = advance(c, units);
    }
    return moved;
}

struct i8237_moved i8237_give(struct i8237 *dma, unsigned channel, const void *bytes, u32 length)
{
    if (!i8237_able(dma, channel)) return (struct i8237_moved){ 0, false };
    return move(dma, channel, bytes, NULL, length);
}

struct i8237_moved i8237_take(struct i8237 *dma, unsigned channel, void *bytes, u32 length)
{
    if (!i8237_able(dma, channel)) return (struct i8237_moved){ 0, false };
    return move(dma, channel, NULL, bytes, length);
}

/* ---- what software asks for ---- */
/* The data sheet wants block mode for it; there is nobody at the other end. At most 64 Ki units. */
static void request_serve(struct i8237 *dma, unsigned channel)
{
    u8 bus[BURST];
    struct i8237_channel *c = &dma->channel[channel];
    while (c->requested && !is_cascade(c) && controller_open(dma, channel)) {
        memset(bus, 0xFF, sizeof bus);
        bool to_memory = (c->mode & MODE_TYPE) == MODE_WRITE;
        if (move(dma, channel, to_memory ? bus : NULL, to_memory ? NULL : bus, sizeof bus).tc) return;
    }
}

/* Something was programmed: channels that wait may have become able to go on. */
static void serve(struct i8237 *dma)
{
    for (unsigned i = 0; i < I8237_CHANNELS; i++) {
        const struct i8237_device *device = &dma->device[i];
        if (dma->channel[i].requested) request_serve(dma, i);
        if (device->ready && i8237_able(dma, i)) device->ready(device->self);
    }
}

/* ---- registers ---- */
static u8 word_byte(u16 word, bool high) { return (u8)(high ? word >> 8 : word); }

static void word_put(u16 *word, bool high, u8 value)
{
    *word = (u16)(high ? (*word & 0xFF) | value << 8 : (*word & 0xFF00) | value);
}

static bool pointer_step(struct i8237 *dma, unsigned half)
{
    bool high = dma->high[half];
    dma->high[half] = !high;
    return high;
}

static u8 status_read(struct i8237_channel *first)
{
    u8 status = 0;
    for (unsigned i = 0; i < 4; i++) {
        status |= (u8)(first[i].terminal << i | (first[i].dreq || first[i].requested) << (i + 4));
        first[i].terminal = false;
    }
    return status;
}

static u8 masks_read(const struct i8237_channel *first)
{
    u8 masks = 0xF0;
    for (unsigned i = 0; i < 4; i++) masks |= (u8)(first[i].masked << i);
    return masks;
}

static u8 register_read(struct i8237 *dma, unsigned half, unsigned index)
{
    struct i8237_channel *first = &dma->channel[4 * half];
    if (index < REG_STATUS) {
        const struct i8237_channel *c = &first[index / 2];
        return word_byte(index & 1 ? c->count : c->address, pointer_step(dma, half));
    }
    switch (index) {
    case REG_STATUS:    return status_read(first);
    case REG_TEMPORARY: return 0;
    case REG_MASKS:     return masks_read(first);
    default:            return 0xFF;
    }
}

static void masks_write(struct i8237_channel *first, u8 masks)
{
    for (unsigned i = 0; i < 4; i++) first[i].masked = masks >> i & 1;
}

static void master_clear(struct i8237 *dma, unsigned half)
{
    struct i8237_channel *first = &dma->channel[4 * half];
    dma->command[half] = 0;
    dma->high[half] = false;
    for (unsigned i = 0; i < 4; i++) {
        first[i].masked = true;
        first[i].requested = first[i].terminal = false;
    }
}

static void word_write(struct i8237 *dma, unsigned half, unsigned index, u8 value)
{
    struct i8237_channel *c = &dma->channel[4 * half + index / 2];
    bool high = pointer_step(dma, half);
    word_put(index & 1 ? &c->base_count : &c->base_address, high, value);
    word_put(index & 1 ? &c->count : &c->address, high, value);
}

static void register_write(struct i8237 *dma, unsigned half, unsigned index, u8 value)
{
    struct i8237_channel *first = &dma->channel[4 * half], *chosen = &first[value & 3];
    switch (index) {
    case REG_STATUS:    dma->command[half] = value; break;
    case REG_REQUEST:   chosen->requested = value & 4; break;
    case REG_MASK:      chosen->masked = value & 4; break;
    case REG_MODE:      chosen->mode = value & ~3; break;
    case REG_POINTER:   dma->high[half] = false; break;
    case REG_TEMPORARY: master_clear(dma, half); break;
    case REG_UNMASK:    masks_write(first, 0); break;
    case REG_MASKS:     masks_write(first, value); break;
    default:            word_write(dma, half, index, value);
    }
    serve(dma);
}

static u32 first_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return register_read(self, 0, offset & 15);
}

static void first_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    register_write(self, 0, offset & 15, (u8)value);
}

static u32 second_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return register_read(self, 1, offset / 2);
}

static void second_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    register_write(self, 1, offset / 2, (u8)value);
}

static u32 page_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return ((struct i8237 *)self)->page[offset + 1];
}

static void page_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    ((struct i8237 *)self)->page[offset + 1] = (u8)value;
}

static const struct region_ops first_ops  = { first_read, first_write, WIDTH_8 };
static const struct region_ops second_ops = { second_read, second_write, WIDTH_8 };
static const struct region_ops page_ops   = { page_read, page_write, WIDTH_8 };

static bool i8237_attach(struct device *dev, struct error *why)
{
    struct i8237 *dma = container_of(dev, struct i8237, dev);
    struct ports *ports = dev->board->ports;
    return ports_claim(ports, PORT_FIRST, 32, &first_ops, dma, "dma1", why)
        && ports_claim(ports, PORT_SECOND, 32, &second_ops, dma, "dma2", why)
        && ports_claim(ports, PORT_PAGES, I8237_PAGES - 1, &page_ops, dma, "dma pages", why);
}

/* The peripherals' pins stay as they are: they are reset themselves. */
static void i8237_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct i8237 *dma = container_of(dev, struct i8237, dev);
    for (unsigned i = 0; i < I8237_CHANNELS; i++)
        dma->channel[i] = (struct i8237_channel){ .dreq = dma->channel[i].dreq };
    memset(dma->page, 0, sizeof dma->page);
    master_clear(dma, 0);
    master_clear(dma, 1);
}

static const struct field channel_fields[] = {
    FIELD(struct i8237_channel, base_address, "base address"),
    FIELD(struct i8237_channel, base_count,   "base count"),
    FIELD(struct i8237_channel, address,      "current address"),
    FIELD(struct i8237_channel, count,        "current count"),
    FIELD(struct i8237_channel, mode,         "mode register"),
    FIELD(struct i8237_channel, masked,       "mask bit"),
    FIELD(struct i8237_channel, dreq,         "DREQ pin"),
    FIELD(struct i8237_channel, requested,    "software request"),
    FIELD(struct i8237_channel, terminal,     "TC bit of the status register"),
    FIELD_END
};
static const struct field i8237_fields[] = {
    FIELD_NONE(struct i8237, dev, "wiring"),
    FIELD_EACH(struct i8237, channel, channel_fields, "channels 0 to 7"),
    FIELD_RAW(struct i8237, page, "page registers"),
    FIELD_RAW(struct i8237, command, "command registers"),
    FIELD_ARRAY(struct i8237, high, "byte pointers"),
    FIELD_NONE(struct i8237, device, "wiring"),
    FIELD_END
};

const struct device_class i8237_class = {
    .name = "i8237", .size = sizeof(struct i8237), .fields = i8237_fields,
    .attach = i8237_attach, .reset = i8237_reset,
};
