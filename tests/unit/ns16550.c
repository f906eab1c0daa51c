/* The 16550A: pace of both directions, FIFOs and trigger levels, timeout, interrupt priorities, loopback, modem lines,
 * and what Linux's 8250 driver looks at to recognize the chip. */
#include "devices/ns16550.h"
#include "tests/unit/chip_board.h"

enum { HZ = 18432000, BASE = 0x3F8, BIT9600 = HZ / 9600, CHARACTER = 10 * BIT9600 };
enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, THR = 0, FCR = 2, DLL = 0, DLM = 1 };

struct fixture {
    struct chip_board b;
    struct ns16550    uart;
    struct probe      irq;
    char              sent[256];
    unsigned          sent_count;
};

static void sink_put(void *self, u8 byte)
{
    struct fixture *f = self;
    if (f->sent_count < sizeof f->sent) f->sent[f->sent_count++] = byte;
}
static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, HZ);
    f->irq.board = &f->b;
    line_connect(&f->uart.irq, probe_set, &f->irq, 4);
    f->uart.base = BASE;
    f->uart.sink = (struct byte_sink){ sink_put, f };
    chip_start(&f->b, &f->uart.dev, &ns16550_class, "serial0");
}
static u8 get(struct fixture *f, int reg) { return in8(&f->b, BASE + reg); }
static void set(struct fixture *f, int reg, u8 value) { out8(&f->b, BASE + reg, value); }
static void cycles(struct fixture *f, u64 n) { run_to(&f->b, clock_now(&f->b.clock) + n); }
static void post(struct fixture *f, const char *text)
{
    input_post(&f->b.input, f->uart.source, (const u8 *)text, strlen(text));
}
/* 9600 8N1, DTR, RTS and OUT2 on. */
static void open_port(struct fixture *f, u8 fcr, u8 ier)
{
    set(f, LCR, 0x83);
    set(f, DLL, 12);
    set(f, DLM, 0);
    set(f, LCR, 0x03);
    set(f, FCR, fcr);
    set(f, MCR, 0x0B);
    set(f, IER, ier);
}

START_TEST(registers)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(get(&f, LSR), 0x60);
    ck_assert_uint_eq(get(&f, IIR), 0x01);
    ck_assert_uint_eq(get(&f, MSR), 0xB0);
    set(&f, IER, 0xFF);
    ck_assert_uint_eq(get(&f, IER), 0x0F);
    set(&f, IER, 0);
    set(&f, MCR, 0xEF);
    ck_assert_uint_eq(get(&f, MCR), 0x0F);
    set(&f, SCR, 0x5A);
    set(&f, LCR, 0x80);
    set(&f, DLL, 0x34);
    set(&f, DLM, 0x12);
    ck_assert_uint_eq(get(&f, DLL) | get(&f, DLM) << 8, 0x1234);
    set(&f, LCR, 0);
    ck_assert_uint_eq(get(&f, IER), 0);
    ck_assert_uint_eq(get(&f, SCR), 0x5A);
}
END_TEST

/* The order of Linux's autoconfig: IER test, FIFO bits, loopback of the modem lines, 64-byte and EFR probes. */
START_TEST(linux_recognizes_16550a)
{
    struct fixture f;
    start(&f);
    set(&f, IER, 0x0F);
    ck_assert_uint_eq(get(&f, IER), 0x0F);
    set(&f, IER, 0);
    set(&f, MCR, 0x1A);
    ck_assert_uint_eq(get(&f, MSR) & 0xF0, 0x90);
    set(&f, MCR, 0);
    set(&f, LCR, 0xBF);
    set(&f, FCR, 0);
    set(&f, LCR, 0);
    set(&f, FCR, 0x01);
    ck_assert_uint_eq(get(&f, IIR) >> 6, 3);
    set(&f, LCR, 0xBF);
    ck_assert_uint_ne(get(&f, IIR), 0);         /* no EFR here */
    set(&f, LCR, 0);
    set(&f, FCR, 0x21);
    ck_assert_uint_eq(get(&f, IIR) & 0x20, 0);  /* no 64-byte FIFO */
    set(&f, IER, 0x40);
    ck_assert_uint_eq(get(&f, IER), 0);         /* no UART unit enable */
}
END_TEST

START_TEST(transmits_at_baud_rate)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0, 0);
    set(&f, THR, 'a');
    ck_assert_uint_eq(get(&f, LSR), 0x20);      /* in the shift register already */
    set(&f, THR, 'b');
    ck_assert_uint_eq(get(&f, LSR), 0x00);
    cycles(&f, CHARACTER - 1);
    ck_assert_uint_eq(get(&f, LSR), 0x00);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR), 0x20);
    cycles(&f, CHARACTER - 1);
    ck_assert_uint_eq(get(&f, LSR), 0x20);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR), 0x60);
    set(&f, LCR, 0x1F);                         /* 8 data, parity, 2 stop: 12 bits */
    set(&f, THR, 'c');
    cycles(&f, 12 * BIT9600 - 1);
    ck_assert_uint_eq(get(&f, LSR), 0x20);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR), 0x60);
    set(&f, LCR, 0x04);                         /* 5 data, 1.5 stop: 7.5 bits */
    set(&f, THR, 0xFF);
    cycles(&f, 15 * BIT9600 / 2 - 1);
    ck_assert_uint_eq(get(&f, LSR), 0x20);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR), 0x60);
    ck_assert_uint_eq(f.sent_count, 4);
    ck_assert_mem_eq(f.sent, "abc\x1F", 4);
}
END_TEST

START_TEST(transmit_fifo)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0x07, 0);
    for (int i = 0; i < 18; i++) set(&f, THR, 'A' + i);         /* one shifting, 16 waiting, one lost */
    cycles(&f, 16 * CHARACTER - 1);
    ck_assert_uint_eq(get(&f, LSR) & 0x60, 0);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR) & 0x60, 0x20);
    cycles(&f, CHARACTER);
    ck_assert_uint_eq(get(&f, LSR) & 0x60, 0x60);
    ck_assert_uint_eq(f.sent_count, 17);
    ck_assert_mem_eq(f.sent, "ABCDEFGHIJKLMNOPQ", 17);
    for (int i = 0; i < 5; i++) set(&f, THR, 'a' + i);
    ns16550_drain(&f.uart);
    ck_assert_uint_eq(f.sent_count, 22);
    ck_assert_mem_eq(f.sent + 17, "abcde", 5);
}
END_TEST

START_TEST(transmit_interrupt)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0x01, 0);
    set(&f, IER, 2);
    ck_assert(f.irq.level);                     /* empty when turned on */
    ck_assert_uint_eq(get(&f, IIR), 0xC2);
    ck_assert(!f.irq.level);                    /* told */
    ck_assert_uint_eq(get(&f, IIR), 0xC1);
    set(&f, IER, 2);
    ck_assert(!f.irq.level);                    /* was on already */
    set(&f, IER, 0);
    set(&f, IER, 2);
    ck_assert(f.irq.level);                     /* turned on anew: Linux tests this */
    set(&f, THR, 'x');
    set(&f, THR, 'y');
    ck_assert(!f.irq.level);
    cycles(&f, CHARACTER);
    ck_assert(f.irq.level);
    set(&f, MCR, 0x03);
    ck_assert(!f.irq.level);                    /* OUT2 gates it */
}
END_TEST

START_TEST(receives_at_baud_rate)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0, 1);
    post(&f, "hi");
    cycles(&f, CHARACTER - 1);
    ck_assert_uint_eq(get(&f, LSR) & 1, 0);
    cycles(&f, 1);
    ck_assert_uint_eq(get(&f, LSR), 0x61);
    ck_assert(f.irq.level);
    ck_assert_uint_eq(get(&f, IIR), 0x04);
    cycles(&f, 50 * CHARACTER);
    ck_assert_uint_eq(get(&f, LSR), 0x61);      /* no overrun: the sender waits */
    ck_assert_uint_eq(get(&f, RBR), 'h');
    ck_assert(!f.irq.level);
    cycles(&f, CHARACTER);
    ck_assert_uint_eq(get(&f, RBR), 'i');
    ck_assert_uint_eq(get(&f, LSR), 0x60);
}
END_TEST

START_TEST(trigger_levels_and_timeout)
{
    static const u8 levels[4] = { 1, 4, 8, 14 };
    for (int i = 0; i < 4; i++) {
        struct fixture f;
        start(&f);
        open_port(&f, 0x07 | i << 6, 1);
        post(&f, "0123456789abcdefghij");
        cycles(&f, levels[i] * CHARACTER - 1);
        ck_assert(!f.irq.level);
        cycles(&f, 1);
        ck_assert(f.irq.level);
        ck_assert_uint_eq(get(&f, IIR), 0xC4);
        for (const char *p = "0123456789abcdefghij"; *p; p++) {
            cycles(&f, 3 * CHARACTER);
            ck_assert_uint_eq(get(&f, RBR), *p);
        }
        ck_assert_uint_eq(get(&f, LSR) & 1, 0);
        post(&f, "xyz");
        cycles(&f, 3 * CHARACTER);
        if (i == 0) continue;
        ck_assert(!f.irq.level);
        cycles(&f, 4 * CHARACTER - 1);
        ck_assert(!f.irq.level);
        cycles(&f, 1);
        ck_assert_uint_eq(get(&f, IIR), 0xCC);
        ck_assert_uint_eq(get(&f, RBR), 'x');
        ck_assert_uint_eq(get(&f, IIR), 0xC1);
        cycles(&f, 4 * CHARACTER);
        ck_assert_uint_eq(get(&f, IIR), 0xCC);
        set(&f, FCR, 0x03);
        ck_assert_uint_eq(get(&f, IIR), 0xC1);
        ck_assert_uint_eq(get(&f, LSR), 0x60);
    }
}
END_TEST

START_TEST(slow_guest_loses_nothing)
{
    static u8 bytes[UART_QUEUE / 2];
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(uart_room(&f.uart), UART_QUEUE);
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = i * 7 + i / 256;
    input_post(&f.b.input, f.uart.source, bytes, sizeof bytes);
    input_post(&f.b.input, f.uart.source, bytes, sizeof bytes);
    ck_assert_uint_eq(uart_room(&f.uart), 0);
    cycles(&f, 1000 * (u64)CHARACTER);
    ck_assert_uint_eq(uart_room(&f.uart), 0);   /* nobody listens yet */
    open_port(&f, 0xC7, 0);
    for (unsigned i = 0; i < 2 * sizeof bytes; i++) {
        for (int tries = 0; !(get(&f, LSR) & 1) && tries < 10; tries++) cycles(&f, CHARACTER);
        if (i % 100 == 0) cycles(&f, 40 * CHARACTER);
        ck_assert_uint_eq(get(&f, LSR) & 0x1E, 0);
        ck_assert_uint_eq(get(&f, RBR), bytes[i % sizeof bytes]);
    }
    ck_assert_uint_eq(uart_room(&f.uart), UART_QUEUE);
    for (int i = 0; i < 3; i++) input_post(&f.b.input, f.uart.source, bytes, sizeof bytes);
    ck_assert_uint_eq(uart_room(&f.uart), 0);   /* too much is refused, not overrun */
}
END_TEST

START_TEST(polling_guest_without_rts_is_heard)
{
    struct fixture f;
    start(&f);
    set(&f, LCR, 0x03);
    post(&f, "k");
    for (int i = 0; i < 1000 && !(get(&f, LSR) & 1); i++) cycles(&f, CHARACTER / 10);
    ck_assert_uint_eq(get(&f, LSR) & 1, 1);
    ck_assert_uint_eq(get(&f, RBR), 'k');
}
END_TEST

START_TEST(loopback)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0x07, 0);
    set(&f, MCR, 0x10);
    get(&f, MSR);
    static const u8 pairs[4][2] = { { 0x01, 0x20 }, { 0x02, 0x10 }, { 0x04, 0x40 }, { 0x08, 0x80 } };
    for (int i = 0; i < 4; i++) {
        set(&f, MCR, 0x10 | pairs[i][0]);
        ck_assert_uint_eq(get(&f, MSR) & 0xF0, pairs[i][1]);
    }
    post(&f, "outside");
    for (int i = 0; i < 17; i++) set(&f, THR, i);
    cycles(&f, 16 * CHARACTER);
    ck_assert_uint_eq(get(&f, LSR) & 0x03, 0x01);
    cycles(&f, CHARACTER);
    ck_assert_uint_eq(get(&f, LSR) & 0x03, 0x03);           /* overrun: the seventeenth is lost */
    ck_assert_uint_eq(get(&f, LSR) & 0x03, 0x01);
    for (int i = 0; i < 16; i++) ck_assert_uint_eq(get(&f, RBR), i);
    ck_assert_uint_eq(f.sent_count, 0);
    set(&f, LCR, 0x43);
    set(&f, THR, 'x');
    cycles(&f, CHARACTER);
    ck_assert_uint_eq(get(&f, LSR), 0xF1);                  /* break, error in FIFO */
    ck_assert_uint_eq(get(&f, LSR), 0x61);
    ck_assert_uint_eq(get(&f, RBR), 0);
    ck_assert(!f.irq.level);
}
END_TEST

START_TEST(interrupt_priority)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0, 0);
    ns16550_modem(&f.uart, UART_CTS, false);
    set(&f, MCR, 0x1B);
    set(&f, THR, 1);
    cycles(&f, CHARACTER);
    set(&f, THR, 2);
    cycles(&f, CHARACTER);
    set(&f, IER, 0x0F);
    ck_assert_uint_eq(get(&f, IIR), 0x06);
    ck_assert_uint_eq(get(&f, LSR) & 2, 2);
    ck_assert_uint_eq(get(&f, IIR), 0x04);
    ck_assert_uint_eq(get(&f, RBR), 2);
    ck_assert_uint_eq(get(&f, IIR), 0x02);
    ck_assert_uint_eq(get(&f, IIR), 0x00);
    get(&f, MSR);
    ck_assert_uint_eq(get(&f, IIR), 0x01);
}
END_TEST

START_TEST(modem_deltas)
{
    struct fixture f;
    start(&f);
    open_port(&f, 0, 8);
    ns16550_modem(&f.uart, UART_DCD, false);
    ck_assert(f.irq.level);
    ck_assert_uint_eq(get(&f, MSR), 0x38);
    ck_assert(!f.irq.level);
    ns16550_modem(&f.uart, UART_RI, true);
    ck_assert_uint_eq(get(&f, MSR), 0x70);      /* RI counts when it goes off */
    ns16550_modem(&f.uart, UART_RI, false);
    ck_assert_uint_eq(get(&f, MSR), 0x34);
    ns16550_modem(&f.uart, UART_DSR, false);
    ns16550_modem(&f.uart, UART_CTS, false);
    ck_assert_uint_eq(get(&f, MSR), 0x03);
}
END_TEST

START_TEST(hostile)
{
    struct fixture f;
    start(&f);
    for (int round = 0; round < 4; round++) {
        post(&f, "the world goes on talking while the guest does what it likes");
        hostile_guest(&f.b, BASE, 8, CHARACTER);
        ck_assert_uint_le(f.uart.rx_count, UART_FIFO);
        ck_assert_uint_le(f.uart.tx_count, UART_FIFO);
    }
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    open_port(&f, 0x81, 3);
    post(&f, "hello");
    set(&f, THR, 'a');
    set(&f, THR, 'b');
    cycles(&f, 2 * CHARACTER + 5);
    g.b.clock.now = f.b.clock.now;
    check_save_load(&f.uart.dev, &g.uart.dev);
    ck_assert_uint_eq(clock_next(&g.b.clock), clock_next(&f.b.clock));
    for (const char *p = "hello"; *p; p++, cycles(&g, CHARACTER)) ck_assert_uint_eq(get(&g, RBR), *p);
}
END_TEST

START_TEST(a_state_with_too_many_characters)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    f.uart.rx_count = f.uart.tx_count = 200;
    f.uart.queue_first = f.uart.queue_count = 1u << 31;
    chip_move(&f.uart.dev, &g.uart.dev);
    ck_assert_uint_eq(g.uart.rx_count, 1);
    ck_assert_uint_eq(g.uart.tx_count, 1);
    ck_assert_uint_eq(g.uart.queue_first, 0);
    ck_assert_uint_eq(uart_room(&g.uart), 0);
    f.uart.fcr = 1;
    chip_move(&f.uart.dev, &g.uart.dev);
    ck_assert_uint_eq(g.uart.rx_count, UART_FIFO);
    ck_assert_uint_eq(g.uart.tx_count, UART_FIFO);
}
END_TEST

Suite *ns16550_suite(void)
{
    const TTest *const tests[] = {
        registers, linux_recognizes_16550a, transmits_at_baud_rate, transmit_fifo, transmit_interrupt,
        receives_at_baud_rate, trigger_levels_and_timeout, slow_guest_loses_nothing,
        polling_guest_without_rts_is_heard, loopback, interrupt_priority, modem_deltas, hostile, saves_and_loads,
        a_state_with_too_many_characters,
    };
    return suite_of("ns16550", tests, ARRAY_LEN(tests));
}
