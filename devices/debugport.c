/* POST codes (port 80h of the AT, 190h of some EISA and PS/2 boards) and debug consoles as Bochs has on E9h and SeaBIOS
 * looks for on 402h: every byte written goes to a sink, and reading gives E9h, by which software finds them.
 *
 * Port 80h is also everybody's I/O delay, and is written far more often than it says something: its handler stores
 * one byte. The page registers 81h-8Fh belong to the DMA controller. */
#include "devices/debugport.h"

enum { POST_AT = 0x80, POST_EISA = 0x190, CONSOLE_HERE = 0xE9 };

static void code_write(struct debugport *debugport, unsigned index, u32 value)
{
    debugport->code[index] = (u8)value;
    LOG(debugport->dev.board->log, LOG_POST, "post %03x: %02x", index ? POST_EISA : POST_AT, value & 0xFF);
}

static u32 post_at_read(void *self, u32 offset, unsigned width)
{
    const struct debugport *debugport = self;
    (void)offset, (void)width;
    return debugport->code[0];
}

static void post_at_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    code_write(self, 0, value);
}

static u32 post_eisa_read(void *self, u32 offset, unsigned width)
{
    const struct debugport *debugport = self;
    (void)offset, (void)width;
    return debugport->code[1];
}

static void post_eisa_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    code_write(self, 1, value);
}

static u32 console_read(void *self, u32 offset, unsigned width)
{
    (void)self, (void)offset, (void)width;
    return CONSOLE_HERE;
}

static void console_write(void *self, u32 offset, u32 value, unsigned width)
{
    const struct debugport_console *console = self;
    (void)offset, (void)width;
    if (console->sink.put) console->sink.put(console->sink.self, (u8)value);
}

static const struct region_ops post_at_ops = { post_at_read, post_at_write, WIDTH_8 };
static const struct region_ops post_eisa_ops = { post_eisa_read, post_eisa_write, WIDTH_8 };
static const struct region_ops console_ops = { console_read, console_write, WIDTH_8 };

bool debugport_console_add(struct debugport *debugport, u16 port, struct byte_sink sink)
{
    if (debugport->consoles == DEBUGPORT_CONSOLES) return false;
    debugport->console[debugport->consoles++] = (struct debugport_console){ port, sink };
    return true;
}

static bool debugport_attach(struct device *dev, struct error *why)
{
    struct debugport *debugport = container_of(dev, struct debugport, dev);
    struct ports *ports = dev->board->ports;
    if (!ports_claim(ports, POST_AT, 1, &post_at_ops, debugport, "post", why)
        || !ports_claim(ports, POST_EISA, 1, &post_eisa_ops, debugport, "post-eisa", why))
        return false;
    for (unsigned i = 0; i < debugport->consoles; i++) {
        struct debugport_console *console = &debugport->console[i];
        if (!ports_claim(ports, console->port, 1, &console_ops, console, "debugcon", why)) return false;
    }
    return true;
}

static void debugport_reset(struct device *dev, enum reset_kind kind)
{
    struct debugport *debugport = container_of(dev, struct debugport, dev);
    if (kind == RESET_COLD) debugport->code[0] = debugport->code[1] = 0;
}

static const struct field debugport_fields[] = {
    FIELD_NONE(struct debugport, dev, "wiring"),
    FIELD_RAW(struct debugport, code, "last POST codes on 80h and 190h"),
    FIELD_NONE(struct debugport, console, "host resource"),
    FIELD_NONE(struct debugport, consoles, "configuration"),
    FIELD_END
};

const struct device_class debugport_class = {
    .name = "debugport",
    .size = sizeof(struct debugport),
    .fields = debugport_fields,
    .attach = debugport_attach,
    .reset = debugport_reset,
};
