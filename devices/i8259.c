/* The pair of 8259A interrupt controllers, cascaded on IR2, after Intel's data sheet 231468 (8259A/8259A-2), and the
 * edge/level control registers 4D0h and 4D1h after the PIIX3 data sheet 290550, which replace ICW1's LTIM.
 * Not modelled: the MCS-80/85 call mode, and the buffered mode's pin. */
#include "devices/i8259.h"

enum { MASTER, SLAVE, CASCADE = 2, SPURIOUS = 7, NONE = -1 };
enum { ICW_NEVER = 1 };
enum { ICW1 = 0x10, ICW1_SINGLE = 2, ICW1_WANTS_ICW4 = 1, OCW3 = 8 };
enum { ICW4_AUTO_EOI = 2, ICW4_SPECIAL_NESTED = 0x10 };

/* IRQ 0, 1, 2, 8 and 13 are edge-triggered for good on this chip set. */
static const u8 elcr_writable[2] = { 0xF8, 0xDE };

static u8 chip_requests(const struct i8259_chip *chip)
{
    return (chip->latch & ~chip->elcr) | (chip->lines & chip->elcr);
}

/* The bit of `set` with the highest priority, or NONE. */
static int chip_first(const struct i8259_chip *chip, u8 set)
{
    for (int i = 1; i <= 8; i++) {
        int level = (chip->lowest + i) & 7;
        if (set >> level & 1) return level;
    }
    return NONE;
}

static int chip_rank(const struct i8259_chip *chip, int level)
{
    return (level - chip->lowest - 1) & 7;
}

/* The input that would be acknowledged now, or NONE. */
static int chip_winner(const struct i8259_chip *chip, bool has_slave)
{
    if (chip->icw_next) return NONE;
    int level = chip_first(chip, chip_requests(chip) & ~chip->imr);
    if (level == NONE) return NONE;
    int serving = chip_first(chip, chip->special_mask ? chip->isr & ~chip->imr : chip->isr);
    if (serving == NONE || chip_rank(chip, level) < chip_rank(chip, serving)) return level;
    /* In the special fully nested mode the slave may interrupt itself with something more urgent. */
    if (level == serving && chip->special_nested && has_slave && level == CASCADE) return level;
    return NONE;
}

static void chip_input(struct i8259_chip *chip, int pin, bool level)
{
    u8 bit = 1 << pin;
    if (level && !(chip->lines & bit)) chip->latch |= bit;
    if (!level) chip->latch &= ~bit;
    chip->lines = level ? chip->lines | bit : chip->lines & ~bit;
}

static void pic_update(struct i8259 *pic)
{
    chip_input(&pic->chip[MASTER], CASCADE, chip_winner(&pic->chip[SLAVE], false) != NONE);
    line_set(&pic->intr, chip_winner(&pic->chip[MASTER], true) != NONE);
}

void i8259_irq(void *self, int pin, bool level)
{
    struct i8259 *pic = self;
    if (pin == CASCADE) return;
    chip_input(&pic->chip[pin >> 3 & 1], pin & 7, level);
    pic_update(pic);
}

/* The acknowledge of one chip: also what a read after the poll command does. */
static void chip_take(struct i8259_chip *chip, int level)
{
    u8 bit = 1 << level;
    chip->latch &= ~bit;
    if (!chip->auto_eoi) chip->isr |= bit;
    else if (chip->rotate_auto_eoi) chip->lowest = level;
}

int i8259_acknowledge(struct i8259 *pic)
{
    struct i8259_chip *chip = &pic->chip[MASTER];
    int level = chip_winner(chip, true);
    if (level != NONE) chip_take(chip, level);
    if (level == CASCADE) {
        chip = &pic->chip[SLAVE];
        level = chip_winner(chip, false);
        if (level != NONE) chip_take(chip, level);
        /* The slave's INT falls at the acknowledge, so that what is still pending makes a new edge at the master. */
        chip_input(&pic->chip[MASTER], CASCADE, false);
    }
    pic_update(pic);
    return chip->base | (level == NONE ? SPURIOUS : level);
}

static void write_icw1(struct i8259_chip *chip, u8 value)
{
    chip->latch = chip->isr = chip->imr = 0;
    chip->lowest = 7;
    chip->auto_eoi = chip->rotate_auto_eoi = chip->special_nested = false;
    chip->special_mask = chip->read_isr = chip->poll = false;
    chip->want_icw3 = !(value & ICW1_SINGLE);
    chip->want_icw4 = value & ICW1_WANTS_ICW4;
    chip->icw_next = 2;
}

static void write_later_icw(struct i8259_chip *chip, u8 value)
{
    switch (chip->icw_next) {
    case 2:
        chip->base = value & 0xF8;
        chip->icw_next = chip->want_icw3 ? 3 : chip->want_icw4 ? 4 : 0;
        break;
    case 3:
        chip->icw3 = value;
        chip->icw_next = chip->want_icw4 ? 4 : 0;
        break;
    case 4:
        chip->auto_eoi = value & ICW4_AUTO_EOI;
        chip->special_nested = value & ICW4_SPECIAL_NESTED;
        chip->icw_next = 0;
        break;
    }
}

/* The level a non-specific EOI ends. In the special mask mode a masked level is not cleared by it. */
static int eoi_level(const struct i8259_chip *chip)
{
    return chip_first(chip, chip->special_mask ? chip->isr & ~chip->imr : chip->isr);
}

static void write_ocw2(struct i8259_chip *chip, u8 value)
{
    int level = value & 7;
    enum { EOI = 1, SPECIFIC = 2, ROTATE = 4 };
    u8 command = value >> 5;
    if (command == 0 || command == ROTATE) {
        chip->rotate_auto_eoi = command == ROTATE;
        return;
    }
    if (!(command & SPECIFIC)) level = eoi_level(chip);
    if (level == NONE) return;
    if (command & EOI) chip->isr &= ~(1 << level);
    if (command & ROTATE) chip->lowest = level;
}

static void write_ocw3(struct i8259_chip *chip, u8 value)
{
    if (value & 0x40) chip->special_mask = value & 0x20;
    if (value & 0x02) chip->read_isr = value & 1;
    chip->poll = value & 4;
}

static void chip_write(struct i8259_chip *chip, bool a0, u8 value)
{
    if (a0 && chip->icw_next > ICW_NEVER) write_later_icw(chip, value);
    else if (a0) chip->imr = value;
    else if (value & ICW1) write_icw1(chip, value);
    else if (value & OCW3) write_ocw3(chip, value);
    else write_ocw2(chip, value);
}

static u8 chip_poll(struct i8259_chip *chip, bool has_slave)
{
    int level = chip_winner(chip, has_slave);
    chip->poll = false;
    if (level == NONE) return SPURIOUS;
    chip_take(chip, level);
    return 0x80 | level;
}

static u32 pic_read(struct i8259 *pic, int which, u32 offset)
{
    struct i8259_chip *chip = &pic->chip[which];
    if (chip->poll) {
        u8 answer = chip_poll(chip, which == MASTER);
        if (which == SLAVE) chip_input(&pic->chip[MASTER], CASCADE, false);
        pic_update(pic);
        return answer;
    }
    if (offset & 1) return chip->imr;
    return chip->read_isr ? chip->isr : chip_requests(chip);
}

static void pic_write(struct i8259 *pic, int which, u32 offset, u32 value)
{
    chip_write(&pic->chip[which], offset & 1, value);
    /* ICW1 resets the edge detector: an input that is high must fall first. Only the cascade is driven anew. */
    if (which == MASTER && !(offset & 1) && value & ICW1) chip_input(&pic->chip[MASTER], CASCADE, false);
    pic_update(pic);
}

static u32 master_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return pic_read(self, MASTER, offset);
}
static u32 slave_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return pic_read(self, SLAVE, offset);
}
static void master_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    pic_write(self, MASTER, offset, value);
}
static void slave_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    pic_write(self, SLAVE, offset, value);
}

static u32 elcr_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return ((struct i8259 *)self)->chip[offset].elcr;
}

static void elcr_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct i8259 *pic = self;
    pic->chip[offset].elcr = value & elcr_writable[offset];
    pic_update(pic);
}

static const struct region_ops master_ops = { master_read, master_write, WIDTH_8 };
static const struct region_ops slave_ops  = { slave_read, slave_write, WIDTH_8 };
static const struct region_ops elcr_ops   = { elcr_read, elcr_write, WIDTH_8 };

static bool i8259_attach(struct device *dev, struct error *why)
{
    struct ports *ports = dev->board->ports;
    return ports_claim(ports, 0x20, 2, &master_ops, dev, "i8259", why)
        && ports_claim(ports, 0xA0, 2, &slave_ops, dev, "i8259", why)
        && ports_claim(ports, 0x4D0, 2, &elcr_ops, dev, "i8259 elcr", why);
}

/* The data sheet leaves the state at power-up open; here nothing interrupts until the ICWs are written. The levels
 * of the inputs belong to the chips that drive them. */
static void i8259_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct i8259 *pic = container_of(dev, struct i8259, dev);
    for (int i = 0; i < 2; i++)
        pic->chip[i] = (struct i8259_chip){ .lines = pic->chip[i].lines, .lowest = 7, .icw_next = ICW_NEVER };
    pic_update(pic);
}

static const struct field chip_fields[] = {
    FIELD(struct i8259_chip, lines,           "level of the inputs"),
    FIELD(struct i8259_chip, latch,           "edge requests not yet acknowledged"),
    FIELD(struct i8259_chip, isr,             "in-service register"),
    FIELD(struct i8259_chip, imr,             "interrupt mask register"),
    FIELD(struct i8259_chip, elcr,            "level-triggered inputs"),
    FIELD(struct i8259_chip, base,            "vector of IR0"),
    FIELD(struct i8259_chip, lowest,          "input of lowest priority"),
    FIELD(struct i8259_chip, icw3,            "cascade word"),
    FIELD(struct i8259_chip, icw_next,        "initialization word expected; 0: none, 1: never initialized"),
    FIELD(struct i8259_chip, want_icw3,       "ICW1: ICW3 will follow"),
    FIELD(struct i8259_chip, want_icw4,       "ICW1: ICW4 will follow"),
    FIELD(struct i8259_chip, auto_eoi,        "automatic end of interrupt"),
    FIELD(struct i8259_chip, rotate_auto_eoi, "rotate priorities at automatic EOI"),
    FIELD(struct i8259_chip, special_nested,  "special fully nested mode"),
    FIELD(struct i8259_chip, special_mask,    "special mask mode"),
    FIELD(struct i8259_chip, read_isr,        "reads give ISR, not IRR"),
    FIELD(struct i8259_chip, poll,            "the next read is a poll"),
    FIELD_END
};
static const struct field i8259_fields[] = {
    FIELD_NONE(struct i8259, dev, "wiring"),
    FIELD_EACH(struct i8259, chip, chip_fields, "master and slave"),
    FIELD(struct i8259, intr.level, "INTR pin"),
    FIELD_NONE(struct i8259, intr, "wiring"),
    FIELD_END
};

const struct device_class i8259_class = {
    .name = "i8259", .size = sizeof(struct i8259), .fields = i8259_fields,
    .attach = i8259_attach, .reset = i8259_reset,
};
