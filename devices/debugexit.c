/* Two ways for a guest to end the run. QEMU's isa-debug-exit: a write of 1, 2 or 4 bytes anywhere in the range asks for
 * POWER_DEBUG_EXIT with the value written (the host status is made of it elsewhere); reads give 0. Bochs' port 8900h:
 * the letters "Shutdown", one by one, ask for POWER_OFF; a wrong letter starts over; reads give ones. */
#include "devices/debugexit.h"

enum { SHUTDOWN_PORT = 0x8900 };

static void power_ask(const struct debugexit *debugexit, enum power_request what, u32 value)
{
    const struct power *power = &debugexit->dev.board->power;
    if (power->request) power->request(power->self, what, value);
}

static u32 exit_read(void *self, u32 offset, unsigned width)
{
    (void)self, (void)offset, (void)width;
    return 0;
}

static void exit_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    power_ask(self, POWER_DEBUG_EXIT, value);
}

static u32 shutdown_read(void *self, u32 offset, unsigned width)
{
    (void)self, (void)offset, (void)width;
    return 0xFF;
}

static void shutdown_write(void *self, u32 offset, u32 value, unsigned width)
{
    static const char word[] = "Shutdown";
    struct debugexit *debugexit = self;
    (void)offset, (void)width;
    if ((u8)value != word[debugexit->matched]) debugexit->matched = 0;
    if ((u8)value == word[debugexit->matched]) debugexit->matched++;
    if (debugexit->matched < sizeof word - 1) return;
    debugexit->matched = 0;
    power_ask(debugexit, POWER_OFF, 0);
}

static const struct region_ops exit_ops = { exit_read, exit_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops shutdown_ops = { shutdown_read, shutdown_write, WIDTH_8 };

static bool debugexit_attach(struct device *dev, struct error *why)
{
    struct debugexit *debugexit = container_of(dev, struct debugexit, dev);
    struct ports *ports = dev->board->ports;
    if (debugexit->size
        && !ports_claim(ports, debugexit->base, debugexit->size, &exit_ops, debugexit, "isa-debug-exit", why))
        return false;
    return ports_claim(ports, SHUTDOWN_PORT, 1, &shutdown_ops, debugexit, "shutdown", why);
}

static void debugexit_reset(struct device *dev, enum reset_kind kind)
{
    struct debugexit *debugexit = container_of(dev, struct debugexit, dev);
    (void)kind;
    debugexit->matched = 0;
}

static void debugexit_restored(struct device *dev)
{
    struct debugexit *debugexit = container_of(dev, struct debugexit, dev);
    if (debugexit->matched > 7) debugexit->matched = 0;
}

static const struct field debugexit_fields[] = {
    FIELD_NONE(struct debugexit, dev, "wiring"),
    FIELD_NONE(struct debugexit, base, "configuration"),
    FIELD_NONE(struct debugexit, size, "configuration"),
    FIELD(struct debugexit, matched, "letters of \"Shutdown\" seen"),
    FIELD_END
};

const struct device_class debugexit_class = {
    .name = "debugexit",
    .size = sizeof(struct debugexit),
    .fields = debugexit_fields,
    .attach = debugexit_attach,
    .reset = debugexit_reset,
    .restored = debugexit_restored,
};
