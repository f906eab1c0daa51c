/* A parallel port after IEEE 1284-1994 (compatibility mode) and National's PC87332 data sheet: data, status, control,
 * and the EPP 1.9 registers behind them. A printer is connected that is always ready: a byte is printed at the leading
 * edge of STROBE#, BUSY lasts 5 us and ends with ACK#, which is an interrupt if control bit 4 allows it.
 *
 * With the direction bit set nobody drives the data lines: they read FFh. EPP writes are printed at once, EPP reads give
 * FFh, and no EPP cycle times out. INIT# does nothing to this printer. Not modelled: ECP, DMA, negotiation. */
#include "devices/parallel.h"

enum { REG_DATA, REG_STATUS, REG_CONTROL, REG_EPP_ADDRESS, REG_EPP_DATA, PORTS = 8 };
enum { STATUS_READY = 0x80, STATUS_NO_ACK = 0x40, STATUS_SELECTED = 0x10, STATUS_NO_ERROR = 8, STATUS_NO_IRQ = 4,
       STATUS_UNUSED = 3 };
enum { CONTROL_STROBE = 1, CONTROL_INTERRUPT = 0x10, CONTROL_INPUT = 0x20, CONTROL_UNUSED = 0xC0, CONTROL_RESET = 0x0C };
enum { PRINT_NS = 5000 };

static void byte_print(struct parallel *port, u8 byte)
{
    if (port->sink.put) port->sink.put(port->sink.self, byte);
}

static void strobe(struct parallel *port)
{
    struct clock *clock = port->dev.board->clock;
    if (port->busy) return;
    port->busy = true;
    byte_print(port, port->data);
    event_at(clock, &port->printed, clock_now(clock) + cycles_of_ns(clock, PRINT_NS));
}

/* ACK#: a pulse. */
static void printed(void *self)
{
    struct parallel *port = self;
    port->busy = false;
    if (!(port->control & CONTROL_INTERRUPT)) return;
    port->acknowledged = true;
    line_set(&port->irq, true);
    line_set(&port->irq, false);
}

/* Reading the status takes the latched interrupt back. */
static u8 status_read(struct parallel *port)
{
    u8 status = STATUS_NO_ACK | STATUS_SELECTED | STATUS_NO_ERROR | STATUS_UNUSED;
    status |= (port->busy ? 0 : STATUS_READY) | (port->acknowledged ? 0 : STATUS_NO_IRQ);
    port->acknowledged = false;
    return status;
}

static u32 parallel_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct parallel *port = self;
    switch (offset) {
    case REG_DATA:    return port->control & CONTROL_INPUT ? 0xFF : port->data;
    case REG_STATUS:  return status_read(port);
    case REG_CONTROL: return port->control | CONTROL_UNUSED;
    default:          return 0xFF;
    }
}

static void control_write(struct parallel *port, u8 value)
{
    bool leading = value & ~port->control & CONTROL_STROBE;
    port->control = value & ~CONTROL_UNUSED;
    if (leading) strobe(port);
}

static void parallel_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct parallel *port = self;
    switch (offset) {
    case REG_DATA:        port->data = (u8)value; break;
    case REG_CONTROL:     control_write(port, (u8)value); break;
    case REG_STATUS:
    case REG_EPP_ADDRESS: break;
    default:              byte_print(port, (u8)value);
    }
}

static const struct region_ops parallel_ops = { parallel_read, parallel_write, WIDTH_8 };

static bool parallel_attach(struct device *dev, struct error *why)
{
    struct parallel *port = container_of(dev, struct parallel, dev);
    event_init(&port->printed, dev->board->clock, "printer", printed, port);
    return ports_claim(dev->board->ports, port->base, PORTS, &parallel_ops, port, "parallel", why);
}

static void parallel_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct parallel *port = container_of(dev, struct parallel, dev);
    event_cancel(dev->board->clock, &port->printed);
    port->data = 0;
    port->control = CONTROL_RESET;
    port->busy = port->acknowledged = false;
}

static const struct field parallel_fields[] = {
    FIELD_NONE(struct parallel, dev, "wiring"),
    FIELD_NONE(struct parallel, base, "configuration"),
    FIELD_NONE(struct parallel, sink, "host resource"),
    FIELD(struct parallel, irq.level, "IRQ"),
    FIELD_NONE(struct parallel, irq, "wiring"),
    FIELD_EVT(struct parallel, printed, "end of BUSY"),
    FIELD(struct parallel, data, "data register"),
    FIELD(struct parallel, control, "control register"),
    FIELD(struct parallel, busy, "the printer is busy"),
    FIELD(struct parallel, acknowledged, "interrupt latch"),
    FIELD_END
};

const struct device_class parallel_class = {
    .name = "parallel", .size = sizeof(struct parallel), .fields = parallel_fields,
    .attach = parallel_attach, .reset = parallel_reset,
};
