/* The 8042 keyboard controller, after IBM's Personal System/2 Hardware Interface Technical Reference, "Keyboard and
 * Auxiliary Device Controller".
 *
 * The controller answers its own commands at once; bytes from the devices come one per wire time, when the output
 * buffer is free. An answer that displaces an unread byte of a device gives it back to the device's queue, so no key
 * is lost. The input source "keyboard" takes codes of set 1 (ps2_keyboard_keys), "mouse" takes groups of four bytes:
 * buttons, signed right, signed up, the wheel signed towards the user.
 * The command byte after reset is what a firmware leaves (interrupt 1 on, translation on), as kernels may be loaded
 * without one. Not modelled: password, test inputs, timeout and parity errors of the wires, input buffer full. */
#include "devices/i8042.h"

enum { STATUS_FULL = 1, STATUS_SYSTEM = 4, STATUS_COMMAND = 8, STATUS_UNLOCKED = 0x10, STATUS_AUX = 0x20 };
enum {
    CTR_IRQ1 = 1, CTR_IRQ12 = 2, CTR_SYSTEM = 4, CTR_NO_KEYBOARD = 0x10, CTR_NO_MOUSE = 0x20, CTR_TRANSLATE = 0x40,
    CTR_RESET = CTR_IRQ1 | CTR_SYSTEM | CTR_TRANSLATE
};
enum { PORT_RUN = 1, PORT_A20 = 2, PORT_KEYBOARD_FULL = 0x10, PORT_MOUSE_FULL = 0x20, PORT_RESET = 0xCF };
enum i8042_origin { FROM_CONTROLLER, FROM_KEYBOARD, FROM_MOUSE };
enum { BREAK_PREFIX = 0xF0, BREAK_BIT = 0x80, WIRE_NS = 880000 };
enum {
    READ_RAM = 0x20, WRITE_RAM = 0x60, TEST_PASSWORD = 0xA4, MOUSE_OFF = 0xA7, MOUSE_ON = 0xA8, TEST_MOUSE = 0xA9,
    SELF_TEST = 0xAA, TEST_KEYBOARD = 0xAB, KEYBOARD_OFF = 0xAD, KEYBOARD_ON = 0xAE, READ_INPUT_PORT = 0xC0,
    READ_PORT = 0xD0, WRITE_PORT = 0xD1, WRITE_OUTPUT = 0xD2, WRITE_MOUSE_OUTPUT = 0xD3, SEND_MOUSE = 0xD4,
    A20_OFF = 0xDD, A20_ON = 0xDF, READ_TEST_INPUTS = 0xE0, PULSE = 0xF0
};
enum { NO_PASSWORD = 0xF1, SELF_TEST_PASSED = 0x55, INTERFACE_GOOD = 0, INPUT_PORT = 0xB0 };

static u8 ctr(const struct i8042 *kbc) { return kbc->ram[0]; }

static void update_lines(struct i8042 *kbc)
{
    bool full = kbc->status & STATUS_FULL, aux = kbc->status & STATUS_AUX;
    line_set(&kbc->irq1, full && !aux && ctr(kbc) & CTR_IRQ1);
    line_set(&kbc->irq12, full && aux && ctr(kbc) & CTR_IRQ12);
    line_set(&kbc->a20, kbc->port & PORT_A20);
}

static bool keyboard_waits(const struct i8042 *kbc)
{
    return kbc->keyboard.out.count && !(ctr(kbc) & CTR_NO_KEYBOARD);
}

static bool mouse_waits(const struct i8042 *kbc) { return kbc->mouse.out.count && !(ctr(kbc) & CTR_NO_MOUSE); }

/* Starts the transfer of the next byte if somebody has one and there is a place for it. */
static void transfer_start(struct i8042 *kbc)
{
    struct clock *clock = kbc->dev.board->clock;
    if (kbc->transfer.armed || kbc->status & STATUS_FULL || (!keyboard_waits(kbc) && !mouse_waits(kbc))) return;
    event_at(clock, &kbc->transfer, clock_now(clock) + cycles_of_ns(clock, WIRE_NS));
}

static void kbc_update(struct i8042 *kbc)
{
    update_lines(kbc);
    transfer_start(kbc);
}

static void output_fill(struct i8042 *kbc, u8 byte, enum i8042_origin origin, bool aux)
{
    kbc->output = byte;
    kbc->origin = origin;
    kbc->status = (kbc->status & ~STATUS_AUX) | STATUS_FULL | (aux ? STATUS_AUX : 0);
}

/* Returns an unread byte to the device it came from, with the F0h that translation took in. */
static void output_give_back(struct i8042 *kbc)
{
    if (kbc->origin == FROM_MOUSE) ps2_queue_untake(&kbc->mouse.out, kbc->untranslated);
    if (kbc->origin != FROM_KEYBOARD) return;
    ps2_queue_untake(&kbc->keyboard.out, kbc->untranslated);
    kbc->break_seen = ctr(kbc) & CTR_TRANSLATE && kbc->output != ps2_translate(kbc->untranslated);
}

/* An answer of the controller itself. The IRQ line falls first, so that each byte makes an edge. */
static void output_answer(struct i8042 *kbc, u8 byte, bool aux)
{
    if (kbc->status & STATUS_FULL) output_give_back(kbc);
    kbc->status &= ~STATUS_FULL;
    update_lines(kbc);
    output_fill(kbc, byte, FROM_CONTROLLER, aux);
}

/* A byte of set 2 becomes set 1: F0h is held back and sets bit 7 of the code that follows. */
static void keyboard_transfer(struct i8042 *kbc)
{
    u8 byte = ps2_queue_take(&kbc->keyboard.out);
    kbc->untranslated = byte;
    if (ctr(kbc) & CTR_TRANSLATE) {
        if (byte == BREAK_PREFIX) {
            kbc->break_seen = true;
            return;
        }
        byte = ps2_translate(byte) | (kbc->break_seen ? BREAK_BIT : 0);
        kbc->break_seen = false;
    }
    output_fill(kbc, byte, FROM_KEYBOARD, false);
}

static void kbc_transfer(void *self)
{
    struct i8042 *kbc = self;
    if (kbc->status & STATUS_FULL) return;
    if (keyboard_waits(kbc)) {
        keyboard_transfer(kbc);
    } else if (mouse_waits(kbc)) {
        kbc->untranslated = ps2_queue_take(&kbc->mouse.out);
        output_fill(kbc, kbc->untranslated, FROM_MOUSE, true);
        ps2_mouse_report(&kbc->mouse);
    }
    kbc_update(kbc);
}

static void request_init(struct i8042 *kbc)
{
    const struct power *power = &kbc->dev.board->power;
    power->request(power->self, POWER_INIT, 0);
}

static void write_port(struct i8042 *kbc, u8 value)
{
    kbc->port = value;
    if (!(value & PORT_RUN)) request_init(kbc);
}

static u8 read_port(const struct i8042 *kbc)
{
    return (kbc->port & ~(PORT_KEYBOARD_FULL | PORT_MOUSE_FULL))
        | (kbc->irq1.level ? PORT_KEYBOARD_FULL : 0) | (kbc->irq12.level ? PORT_MOUSE_FULL : 0);
}

static void write_ctr(struct i8042 *kbc, u8 value)
{
    kbc->ram[0] = value;
    kbc->status = (kbc->status & ~STATUS_SYSTEM) | (value & CTR_SYSTEM ? STATUS_SYSTEM : 0);
    if (!(value & CTR_TRANSLATE)) kbc->break_seen = false;
}

static void self_test(struct i8042 *kbc)
{
    kbc->status |= STATUS_SYSTEM;
    kbc->port |= PORT_A20 | PORT_RUN;
    output_answer(kbc, SELF_TEST_PASSED, false);
}

static void single_command(struct i8042 *kbc, u8 command)
{
    switch (command) {
    case TEST_PASSWORD:    output_answer(kbc, NO_PASSWORD, false); break;
    case MOUSE_OFF:        kbc->ram[0] |= CTR_NO_MOUSE; break;
    case MOUSE_ON:         kbc->ram[0] &= ~CTR_NO_MOUSE; break;
    case TEST_MOUSE:
    case TEST_KEYBOARD:    output_answer(kbc, INTERFACE_GOOD, false); break;
    case SELF_TEST:        self_test(kbc); break;
    case KEYBOARD_OFF:     kbc->ram[0] |= CTR_NO_KEYBOARD; break;
    case KEYBOARD_ON:      kbc->ram[0] &= ~CTR_NO_KEYBOARD; break;
    case READ_INPUT_PORT:  output_answer(kbc, INPUT_PORT, false); break;
    case READ_PORT:        output_answer(kbc, read_port(kbc), false); break;
    case A20_OFF:          kbc->port &= ~PORT_A20; break;
    case A20_ON:           kbc->port |= PORT_A20; break;
    case READ_TEST_INPUTS: output_answer(kbc, 0, false); break;
    case WRITE_PORT: case WRITE_OUTPUT: case WRITE_MOUSE_OUTPUT: case SEND_MOUSE:
        kbc->command = command;
        break;
    default:
        LOG(kbc->dev.board->log, LOG_UNIMP, "i8042: command %02x", command);
    }
}

/* Port 64h. The pulse commands put the lines low whose bits are clear; bit 0 is the CPU's reset. */
static void write_command(struct i8042 *kbc, u8 command)
{
    kbc->status |= STATUS_COMMAND;
    kbc->command = 0;
    if (command >= PULSE) {
        if (!(command & PORT_RUN)) request_init(kbc);
    } else if (command >= READ_RAM && command < READ_RAM + I8042_RAM) {
        output_answer(kbc, kbc->ram[command - READ_RAM], false);
    } else if (command >= WRITE_RAM && command < WRITE_RAM + I8042_RAM) {
        kbc->command = command;
    } else {
        single_command(kbc, command);
    }
}

/* Commands that wait for a byte at port 60h. */
static bool takes_data(u8 command)
{
    return (command >= WRITE_RAM && command < WRITE_RAM + I8042_RAM) || (command >= WRITE_PORT && command <= SEND_MOUSE);
}

/* Port 60h: data for a command, or a byte for the keyboard. */
static void write_data(struct i8042 *kbc, u8 value)
{
    u8 command = kbc->command;
    kbc->status &= ~STATUS_COMMAND;
    kbc->command = 0;
    switch (command) {
    case 0:                  ps2_keyboard_write(&kbc->keyboard, value); break;
    case WRITE_RAM:          write_ctr(kbc, value); break;
    case WRITE_PORT:         write_port(kbc, value); break;
    case WRITE_OUTPUT:       output_answer(kbc, value, false); break;
    case WRITE_MOUSE_OUTPUT: output_answer(kbc, value, true); break;
    case SEND_MOUSE:         ps2_mouse_write(&kbc->mouse, value); break;
    default:                 kbc->ram[command - WRITE_RAM] = value;
    }
}

static u32 data_read(void *self, u32 offset, unsigned width)
{
    (void)offset, (void)width;
    struct i8042 *kbc = self;
    kbc->status &= ~(STATUS_FULL | STATUS_AUX);
    kbc_update(kbc);
    return kbc->output;
}

static void data_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    write_data(self, value);
    kbc_update(self);
}

static u32 status_read(void *self, u32 offset, unsigned width)
{
    (void)offset, (void)width;
    return ((struct i8042 *)self)->status | STATUS_UNLOCKED;
}

static void command_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    write_command(self, value);
    kbc_update(self);
}

static void repeat_arm(struct i8042 *kbc, u64 ns)
{
    struct clock *clock = kbc->dev.board->clock;
    if (kbc->keyboard.held) event_at(clock, &kbc->repeat, clock_now(clock) + cycles_of_ns(clock, ns));
    else event_cancel(clock, &kbc->repeat);
}

static void kbc_repeat(void *self)
{
    struct i8042 *kbc = self;
    ps2_keyboard_repeat(&kbc->keyboard);
    repeat_arm(kbc, ps2_keyboard_period_ns(&kbc->keyboard));
    transfer_start(kbc);
}

static void keyboard_input(void *self, const u8 *bytes, size_t length)
{
    struct i8042 *kbc = self;
    u16 held = kbc->keyboard.held;
    ps2_keyboard_keys(&kbc->keyboard, bytes, length);
    if (kbc->keyboard.held != held) repeat_arm(kbc, ps2_keyboard_delay_ns(&kbc->keyboard));
    transfer_start(kbc);
}

static void mouse_input(void *self, const u8 *bytes, size_t length)
{
    struct i8042 *kbc = self;
    for (; length >= 4; bytes += 4, length -= 4)
        ps2_mouse_move(&kbc->mouse, bytes[0], (s8)bytes[1], (s8)bytes[2], (s8)bytes[3]);
    transfer_start(kbc);
}

static const struct region_ops data_ops    = { data_read, data_write, WIDTH_8 };
static const struct region_ops command_ops = { status_read, command_write, WIDTH_8 };

static bool i8042_attach(struct device *dev, struct error *why)
{
    struct i8042 *kbc = container_of(dev, struct i8042, dev);
    struct board *board = dev->board;
    event_init(&kbc->transfer, board->clock, "i8042 transfer", kbc_transfer, kbc);
    event_init(&kbc->repeat, board->clock, "keyboard repeats", kbc_repeat, kbc);
    kbc->keyboard_source = input_source_add(board->input, "keyboard", keyboard_input, kbc);
    kbc->mouse_source = input_source_add(board->input, "mouse", mouse_input, kbc);
    return ports_claim(board->ports, 0x60, 1, &data_ops, kbc, "i8042", why)
        && ports_claim(board->ports, 0x64, 1, &command_ops, kbc, "i8042", why);
}

/* A20 passes after a reset: the CPU starts at FFFFFFF0h. */
static void i8042_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct i8042 *kbc = container_of(dev, struct i8042, dev);
    ps2_keyboard_reset(&kbc->keyboard);
    ps2_mouse_reset(&kbc->mouse);
    event_cancel(dev->board->clock, &kbc->transfer);
    event_cancel(dev->board->clock, &kbc->repeat);
    kbc->command = kbc->status = 0;
    kbc->break_seen = false;
    kbc->port = PORT_RESET;
    write_ctr(kbc, CTR_RESET);
    update_lines(kbc);
}

/* A state file may be anybody's: the indices into our arrays are made good. */
static void i8042_restored(struct device *dev)
{
    struct i8042 *kbc = container_of(dev, struct i8042, dev);
    ps2_keyboard_restored(&kbc->keyboard);
    ps2_mouse_restored(&kbc->mouse);
    if (!takes_data(kbc->command)) kbc->command = 0;
}

static const struct field i8042_fields[] = {
    FIELD_NONE(struct i8042, dev, "wiring"),
    FIELD_SUB(struct i8042, keyboard, ps2_keyboard_fields, "keyboard"),
    FIELD_SUB(struct i8042, mouse, ps2_mouse_fields, "mouse"),
    FIELD_RAW(struct i8042, ram, "controller RAM; byte 0 is the command byte"),
    FIELD(struct i8042, status, "status register"),
    FIELD(struct i8042, output, "output buffer"),
    FIELD(struct i8042, untranslated, "output buffer as the device sent it"),
    FIELD(struct i8042, origin, "who filled the output buffer: 0 controller, 1 keyboard, 2 mouse"),
    FIELD(struct i8042, command, "command awaiting its data byte"),
    FIELD(struct i8042, port, "output port"),
    FIELD(struct i8042, break_seen, "translation holds back an F0h"),
    FIELD_EVT(struct i8042, transfer, "next byte from a device"),
    FIELD_EVT(struct i8042, repeat, "the held key is due again"),
    FIELD(struct i8042, irq1.level, "IRQ 1"),
    FIELD_NONE(struct i8042, irq1, "wiring"),
    FIELD(struct i8042, irq12.level, "IRQ 12"),
    FIELD_NONE(struct i8042, irq12, "wiring"),
    FIELD(struct i8042, a20.level, "A20 passes"),
    FIELD_NONE(struct i8042, a20, "wiring"),
    FIELD_NONE(struct i8042, keyboard_source, "wiring"),
    FIELD_NONE(struct i8042, mouse_source, "wiring"),
    FIELD_END
};

const struct device_class i8042_class = {
    .name = "i8042", .size = sizeof(struct i8042), .fields = i8042_fields,
    .attach = i8042_attach, .reset = i8042_reset, .restored = i8042_restored,
};
