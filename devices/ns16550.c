/* The 16550A UART, after National Semiconductor's data sheet PC16550D (June 1995), wired as in a PC: 1.8432 MHz, and
 * OUT2 gates the interrupt.
 *
 * Characters take their time: the transmitter, the receiver and the character timeout each have an event. A byte goes
 * to the sink when its transmission starts. Bytes from outside wait in a queue and come in one per character time,
 * like a sender with flow control: it pauses while the FIFO is full, and until the guest listens (RTS on, receive
 * interrupt on, or polling the line status), so that nothing is lost because the guest is slow or not yet there.
 * Overruns, and so LSR's OE, happen in loopback only; parity, framing and break errors never come from outside.
 * Not modelled: the DMA pins, the delay of THRE's interrupt by a character when the FIFO held one byte, a break on the
 * transmit line. */
#include "devices/ns16550.h"
#include <string.h>

enum { IER_RDA = 1, IER_THRE = 2, IER_LINE = 4, IER_MODEM = 8, IER_WRITABLE = 0x0F };
enum { IIR_NONE = 1, IIR_MODEM = 0, IIR_THRE = 2, IIR_RDA = 4, IIR_LINE = 6, IIR_TIMEOUT = 0x0C, IIR_FIFOS = 0xC0 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_CLEAR_TX = 4, FCR_KEPT = 0xC9 };
enum { LCR_TWO_STOP = 4, LCR_PARITY = 8, LCR_BREAK = 0x40, LCR_DLAB = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10, MCR_WRITABLE = 0x1F };
enum { LSR_DR = 1, LSR_OE = 2, LSR_BI = 0x10, LSR_ERRORS = 0x1E, LSR_THRE = 0x20, LSR_TEMT = 0x40, LSR_FIFO = 0x80 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80, MSR_TERI = 4, MSR_DELTAS = 0x0F };
enum { CLOCK_HZ = 1843200, RESET_DIVISOR = 12, POLLS_ENOUGH = 16, TIMEOUT_CHARACTERS = 4 };

static bool fifo_on(const struct ns16550 *uart) { return uart->fcr & FCR_ENABLE; }
static u8 fifo_depth(const struct ns16550 *uart) { return fifo_on(uart) ? UART_FIFO : 1; }
static bool loops(const struct ns16550 *uart) { return uart->mcr & MCR_LOOP; }
static u8 data_mask(const struct ns16550 *uart) { return 0xFF >> (3 - (uart->lcr & 3)); }

static u8 rx_trigger(const struct ns16550 *uart)
{
    static const u8 levels[4] = { 1, 4, 8, 14 };
    return fifo_on(uart) ? levels[uart->fcr >> 6] : 1;
}

/* Length of a character in cycles: start, data, parity and stop bits, counted in halves for the 1.5 stop bits. */
static u64 character_cycles(const struct ns16550 *uart)
{
    u32 data = 5 + (uart->lcr & 3);
    u32 stop_halves = !(uart->lcr & LCR_TWO_STOP) ? 2 : data == 5 ? 3 : 4;
    u32 halves = 2 + 2 * data + (uart->lcr & LCR_PARITY ? 2 : 0) + stop_halves;
    u64 ticks = (u64)halves * 8 * (uart->divisor ? uart->divisor : 65536);
    u64 cycles = muldiv_up(ticks, uart->dev.board->clock->hz, (u64)CLOCK_HZ * MAX(uart->pace, 1));
    return MAX(cycles, 1);
}

static void arm_in(struct ns16550 *uart, struct event *event, u64 cycles)
{
    struct clock *clock = uart->dev.board->clock;
    event_at(clock, event, clock_now(clock) + cycles);
}

/* Interrupt conditions in order of priority. */
static u8 interrupt_id(const struct ns16550 *uart)
{
    if (uart->ier & IER_LINE && uart->lsr & LSR_ERRORS) return IIR_LINE;
    if (uart->ier & IER_RDA && uart->rx_count >= rx_trigger(uart)) return IIR_RDA;
    if (uart->ier & IER_RDA && uart->timeout_pending) return IIR_TIMEOUT;
    if (uart->ier & IER_THRE && uart->thre_pending) return IIR_THRE;
    if (uart->ier & IER_MODEM && uart->msr & MSR_DELTAS) return IIR_MODEM;
    return IIR_NONE;
}

static void uart_update_irq(struct ns16550 *uart)
{
    bool connected = uart->mcr & MCR_OUT2 && !loops(uart);
    line_set(&uart->irq, connected && interrupt_id(uart) != IIR_NONE);
}

/* Works out DR, the errors of the character now on top, and the FIFO error bit. */
static void rx_refresh(struct ns16550 *uart, bool new_top)
{
    u8 errors = 0;
    for (int i = 0; i < uart->rx_count; i++) errors |= uart->rx[i].errors;
    uart->lsr &= ~(LSR_DR | LSR_FIFO);
    if (uart->rx_count) uart->lsr |= LSR_DR;
    if (uart->rx_count && new_top) uart->lsr |= uart->rx[0].errors;
    if (fifo_on(uart) && errors) uart->lsr |= LSR_FIFO;
}

static void timeout_restart(struct ns16550 *uart)
{
    uart->timeout_pending = false;
    if (fifo_on(uart) && uart->rx_count) arm_in(uart, &uart->timeout, TIMEOUT_CHARACTERS * character_cycles(uart));
    else event_cancel(uart->dev.board->clock, &uart->timeout);
}

static void rx_push(struct ns16550 *uart, u8 byte, u8 errors)
{
    if (uart->rx_count == fifo_depth(uart)) {
        uart->lsr |= LSR_OE;
        if (fifo_on(uart)) return;
        uart->rx_count = 0;
    }
    uart->rx[uart->rx_count++] = (struct ns16550_rx){ byte, errors };
    rx_refresh(uart, uart->rx_count == 1);
    if (!uart->timeout_pending) timeout_restart(uart);
}

/* True while the sender at the other end may send. */
static bool guest_listens(const struct ns16550 *uart)
{
    return !loops(uart) && uart->rx_count < fifo_depth(uart)
        && (uart->mcr & MCR_RTS || uart->ier & IER_RDA || uart->polls == POLLS_ENOUGH);
}

static void receiver_update(struct ns16550 *uart)
{
    if (uart->received.armed || !uart->queue_count || !guest_listens(uart)) return;
    arm_in(uart, &uart->received, character_cycles(uart));
}

static void uart_received(void *self)
{
    struct ns16550 *uart = self;
    if (!guest_listens(uart) || !uart->queue_count) return;
    u8 byte = uart->queue[uart->queue_first];
    uart->queue_first = (uart->queue_first + 1) % UART_QUEUE;
    uart->queue_count--;
    rx_push(uart, byte & data_mask(uart), 0);
    receiver_update(uart);
    uart_update_irq(uart);
}

static void uart_deliver(void *self, const u8 *bytes, size_t length)
{
    struct ns16550 *uart = self;
    size_t taken = MIN(length, uart_room(uart));
    for (size_t i = 0; i < taken; i++)
        uart->queue[(uart->queue_first + uart->queue_count++) % UART_QUEUE] = bytes[i];
    if (taken < length)
        LOG(uart->dev.board->log, LOG_DEVICE, "%s: %zu bytes of input did not fit", uart->dev.tag, length - taken);
    receiver_update(uart);
}

size_t uart_room(const struct ns16550 *uart) { return UART_QUEUE - uart->queue_count; }

static void uart_timeout(void *self)
{
    struct ns16550 *uart = self;
    uart->timeout_pending = uart->rx_count > 0;
    uart_update_irq(uart);
}

static void uart_emit(struct ns16550 *uart, u8 byte)
{
    if (!loops(uart) && uart->sink.put) uart->sink.put(uart->sink.self, byte & data_mask(uart));
}

/* Moves the oldest waiting character into the shift register; THRE comes on when it was the last. */
static void tx_start(struct ns16550 *uart)
{
    uart->tsr = uart->tx[0];
    memmove(uart->tx, uart->tx + 1, --uart->tx_count);
    uart->lsr &= ~LSR_TEMT;
    if (!uart->tx_count) {
        uart->lsr |= LSR_THRE;
        uart->thre_pending = true;
    }
    uart_emit(uart, uart->tsr);
    arm_in(uart, &uart->sent, character_cycles(uart));
}

static void uart_sent(void *self)
{
    struct ns16550 *uart = self;
    if (loops(uart)) {
        bool is_break = uart->lcr & LCR_BREAK;
        rx_push(uart, is_break ? 0 : uart->tsr & data_mask(uart), is_break ? LSR_BI : 0);
    }
    if (uart->tx_count) tx_start(uart);
    else uart->lsr |= LSR_TEMT;
    uart_update_irq(uart);
}

void ns16550_drain(struct ns16550 *uart)
{
    for (int i = 0; i < uart->tx_count; i++) uart_emit(uart, uart->tx[i]);
    uart->tx_count = 0;
    uart->lsr |= LSR_THRE;
}

/* Takes new levels of the modem inputs (in MSR's upper bits), noting changes; RI counts when it goes off. */
static void modem_inputs(struct ns16550 *uart, u8 inputs)
{
    u8 changed = (uart->msr ^ inputs) & 0xF0, deltas = (changed & ~MSR_RI) >> 4;
    if (changed & MSR_RI && !(inputs & MSR_RI)) deltas |= MSR_TERI;
    uart->msr = inputs | (uart->msr & MSR_DELTAS) | deltas;
}

static void modem_refresh(struct ns16550 *uart)
{
    u8 looped = (uart->mcr & MCR_DTR ? MSR_DSR : 0) | (uart->mcr & MCR_RTS ? MSR_CTS : 0)
              | (uart->mcr & MCR_OUT1 ? MSR_RI : 0) | (uart->mcr & MCR_OUT2 ? MSR_DCD : 0);
    modem_inputs(uart, loops(uart) ? looped : uart->pins);
}

void ns16550_modem(void *self, int pin, bool level)
{
    struct ns16550 *uart = self;
    u8 bit = MSR_CTS << (pin & 3);
    uart->pins = level ? uart->pins | bit : uart->pins & ~bit;
    modem_refresh(uart);
    uart_update_irq(uart);
}

static u8 read_rbr(struct ns16550 *uart)
{
    if (!uart->rx_count) return uart->rx[0].byte;
    u8 byte = uart->rx[0].byte;
    if (--uart->rx_count) memmove(uart->rx, uart->rx + 1, uart->rx_count * sizeof uart->rx[0]);
    rx_refresh(uart, true);
    timeout_restart(uart);
    return byte;
}

/* Telling the guest of THRE by IIR is also what clears it. */
static u8 read_iir(struct ns16550 *uart)
{
    u8 id = interrupt_id(uart);
    if (id == IIR_THRE) uart->thre_pending = false;
    return id | (fifo_on(uart) ? IIR_FIFOS : 0);
}

static u8 read_lsr(struct ns16550 *uart)
{
    u8 value = uart->lsr;
    uart->lsr &= ~LSR_ERRORS;
    if (uart->rx_count) uart->rx[0].errors = 0;
    rx_refresh(uart, false);
    bool idle = !(value & LSR_DR) && value & LSR_TEMT;
    if (uart->polls < POLLS_ENOUGH) uart->polls = idle ? uart->polls + 1 : 0;
    return value;
}

static u8 read_msr(struct ns16550 *uart)
{
    u8 value = uart->msr;
    uart->msr &= ~MSR_DELTAS;
    return value;
}

static u32 uart_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct ns16550 *uart = self;
    bool dlab = uart->lcr & LCR_DLAB;
    u8 value = 0;
    switch (offset) {
    case 0: value = dlab ? (u8)uart->divisor : read_rbr(uart); break;
    case 1: value = dlab ? uart->divisor >> 8 : uart->ier; break;
    case 2: value = read_iir(uart); break;
    case 3: value = uart->lcr; break;
    case 4: value = uart->mcr; break;
    case 5: value = read_lsr(uart); break;
    case 6: value = read_msr(uart); break;
    case 7: value = uart->scr; break;
    }
    receiver_update(uart);
    uart_update_irq(uart);
    return value;
}

/* A full FIFO takes no more; a full holding register is overwritten. */
static void write_thr(struct ns16550 *uart, u8 byte)
{
    uart->thre_pending = false;
    uart->lsr &= ~(LSR_THRE | LSR_TEMT);
    if (uart->tx_count < fifo_depth(uart)) uart->tx[uart->tx_count++] = byte;
    else if (!fifo_on(uart)) uart->tx[0] = byte;
    if (!uart->sent.armed) tx_start(uart);
    if (uart->polls < POLLS_ENOUGH) uart->polls = 0;
}

/* Turning THRE's interrupt on while the transmitter is empty raises it anew. */
static void write_ier(struct ns16550 *uart, u8 value)
{
    bool was_on = uart->ier & IER_THRE;
    uart->ier = value & IER_WRITABLE;
    if (!(value & IER_THRE)) uart->thre_pending = false;
    else if (!was_on) uart->thre_pending = uart->lsr & LSR_THRE;
    uart->polls = 0;
}

static void write_fcr(struct ns16550 *uart, u8 value)
{
    bool toggled = (value ^ uart->fcr) & FCR_ENABLE;
    if (!(value & FCR_ENABLE)) value = 0;
    if (toggled || value & FCR_CLEAR_RX) {
        uart->rx_count = 0;
        rx_refresh(uart, false);
        timeout_restart(uart);
    }
    if ((toggled || value & FCR_CLEAR_TX) && uart->tx_count) {
        uart->tx_count = 0;
        uart->lsr |= LSR_THRE;
        uart->thre_pending = true;
    }
    uart->fcr = value & FCR_KEPT;
    uart->polls = 0;
}

static void write_mcr(struct ns16550 *uart, u8 value)
{
    uart->mcr = value & MCR_WRITABLE;
    modem_refresh(uart);
    uart->polls = 0;
}

static void uart_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct ns16550 *uart = self;
    bool dlab = uart->lcr & LCR_DLAB;
    switch (offset) {
    case 0:
        if (dlab) uart->divisor = (uart->divisor & 0xFF00) | value;
        else write_thr(uart, value);
        break;
    case 1:
        if (dlab) uart->divisor = (uart->divisor & 0xFF) | value << 8;
        else write_ier(uart, value);
        break;
    case 2: write_fcr(uart, value); break;
    case 3: uart->lcr = value; uart->polls = 0; break;
    case 4: write_mcr(uart, value); break;
    case 7: uart->scr = value; break;
    }
    receiver_update(uart);
    uart_update_irq(uart);
}

static const struct region_ops uart_ops = { uart_read, uart_write, WIDTH_8 };

static bool ns16550_attach(struct device *dev, struct error *why)
{
    struct ns16550 *uart = container_of(dev, struct ns16550, dev);
    struct clock *clock = dev->board->clock;
    event_init(&uart->sent, clock, "uart sent", uart_sent, uart);
    event_init(&uart->received, clock, "uart received", uart_received, uart);
    event_init(&uart->timeout, clock, "uart timeout", uart_timeout, uart);
    uart->source = input_source_add(dev->board->input, dev->tag, uart_deliver, uart);
    uart->pins = MSR_CTS | MSR_DSR | MSR_DCD;
    uart->divisor = RESET_DIVISOR;
    return ports_claim(dev->board->ports, uart->base, 8, &uart_ops, uart, dev->tag, why);
}

/* The master reset leaves the divisor and the scratch register alone, and so do we; nor is outside input lost by it. */
static void ns16550_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct ns16550 *uart = container_of(dev, struct ns16550, dev);
    struct clock *clock = dev->board->clock;
    ns16550_drain(uart);
    event_cancel(clock, &uart->sent);
    event_cancel(clock, &uart->received);
    uart->ier = uart->lcr = uart->mcr = uart->fcr = 0;
    uart->lsr = LSR_THRE | LSR_TEMT;
    uart->msr = uart->pins;
    uart->rx_count = uart->polls = 0;
    uart->thre_pending = false;
    timeout_restart(uart);
    uart_update_irq(uart);
}

/* A state file may be anybody's: the indices into our arrays are made good. */
static void ns16550_restored(struct device *dev)
{
    struct ns16550 *uart = container_of(dev, struct ns16550, dev);
    uart->rx_count = MIN(uart->rx_count, fifo_depth(uart));
    uart->tx_count = MIN(uart->tx_count, fifo_depth(uart));
    uart->queue_first %= UART_QUEUE;
    uart->queue_count = MIN(uart->queue_count, (u32)UART_QUEUE);
}

static const struct field rx_fields[] = {
    FIELD(struct ns16550_rx, byte, "character"),
    FIELD(struct ns16550_rx, errors, "its error bits"),
    FIELD_END
};
static const struct field ns16550_fields[] = {
    FIELD_NONE(struct ns16550, dev, "wiring"),
    FIELD_NONE(struct ns16550, base, "configuration"),
    FIELD_NONE(struct ns16550, pace, "configuration"),
    FIELD_NONE(struct ns16550, sink, "wiring"),
    FIELD_NONE(struct ns16550, source, "wiring"),
    FIELD(struct ns16550, irq.level, "interrupt pin"),
    FIELD_NONE(struct ns16550, irq, "wiring"),
    FIELD(struct ns16550, ier, "interrupt enable register"),
    FIELD(struct ns16550, lcr, "line control register"),
    FIELD(struct ns16550, mcr, "modem control register"),
    FIELD(struct ns16550, lsr, "line status register"),
    FIELD(struct ns16550, msr, "modem status register"),
    FIELD(struct ns16550, scr, "scratch register"),
    FIELD(struct ns16550, fcr, "FIFO control register"),
    FIELD(struct ns16550, divisor, "baud rate divisor"),
    FIELD(struct ns16550, pins, "modem inputs"),
    FIELD(struct ns16550, thre_pending, "transmitter-empty interrupt not yet told"),
    FIELD(struct ns16550, timeout_pending, "character timeout interrupt pending"),
    FIELD_EACH(struct ns16550, rx, rx_fields, "receive FIFO, oldest first"),
    FIELD(struct ns16550, rx_count, "characters in the receive FIFO"),
    FIELD_ARRAY(struct ns16550, tx, "transmit FIFO, oldest first"),
    FIELD(struct ns16550, tx_count, "characters in the transmit FIFO"),
    FIELD(struct ns16550, tsr, "character being sent"),
    FIELD(struct ns16550, polls, "idle LSR reads in a row"),
    FIELD_RAW(struct ns16550, queue, "input not yet received"),
    FIELD(struct ns16550, queue_first, "oldest byte of the queue"),
    FIELD(struct ns16550, queue_count, "bytes in the queue"),
    FIELD_EVT(struct ns16550, sent, "end of the character being sent"),
    FIELD_EVT(struct ns16550, received, "end of the character being received"),
    FIELD_EVT(struct ns16550, timeout, "character timeout"),
    FIELD_END
};

const struct device_class ns16550_class = {
    .name = "ns16550", .size = sizeof(struct ns16550), .fields = ns16550_fields,
    .attach = ns16550_attach, .reset = ns16550_reset, .restored = ns16550_restored,
};
