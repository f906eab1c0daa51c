/* Port 92h, after the PIIX3 data sheet 290550, 2.5.1: bit 0, when it rises, is an INIT of the processor; bit 1 lets A20
 * pass. The board ors it with the 8042's A20. */
#include "devices/port92.h"

enum { PORT92_INIT = 1, PORT92_A20 = 2 };

static u32 port92_read(void *self, u32 offset, unsigned width)
{
    const struct port92 *port = self;
    (void)offset, (void)width;
    return port->value;
}

static void port92_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct port92 *port = self;
    const struct power *power = &port->dev.board->power;
    (void)offset, (void)width;
    bool init = value & ~port->value & PORT92_INIT;
    port->value = value & (PORT92_INIT | PORT92_A20);
    line_set(&port->a20, value & PORT92_A20);
    if (init) power->request(power->self, POWER_INIT, 0);
}

static const struct region_ops port92_ops = { port92_read, port92_write, WIDTH_8 };

static bool port92_attach(struct device *dev, struct error *why)
{
    return ports_claim(dev->board->ports, 0x92, 1, &port92_ops, dev, "port 92h", why);
}

static void port92_reset(struct device *dev, enum reset_kind kind)
{
    struct port92 *port = container_of(dev, struct port92, dev);
    (void)kind;
    port->value = 0;
    line_set(&port->a20, false);
}

static const struct field port92_fields[] = {
    FIELD_NONE(struct port92, dev, "wiring"),
    FIELD(struct port92, value, "port 92h"),
    FIELD(struct port92, a20.level, "A20 passes"),
    FIELD_NONE(struct port92, a20, "wiring"),
    FIELD_END
};

const struct device_class port92_class = {
    .name = "port92", .size = sizeof(struct port92), .fields = port92_fields,
    .attach = port92_attach, .reset = port92_reset,
};
