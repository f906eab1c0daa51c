/* A board without a CPU for the tests of single chips: ports, clock and input, and time that the test drives. */
#ifndef TESTS_UNIT_CHIP_BOARD_H
#define TESTS_UNIT_CHIP_BOARD_H
#include "devices/device.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

struct chip_board {
    struct board board;
    struct clock clock;
    struct ports ports;
    struct log   log;
    struct input input;
    unsigned     resets, inits;      /* POWER_RESET and POWER_INIT requests */
};

static inline void chip_board_power(void *self, enum power_request what, u32 value)
{
    (void)value;
    struct chip_board *b = self;
    b->resets += what == POWER_RESET;
    b->inits += what == POWER_INIT;
}

static inline void chip_board_init(struct chip_board *b, u64 hz)
{
    memset(b, 0, sizeof *b);
    clock_init(&b->clock, hz);
    ports_init(&b->ports, &b->log);
    input_init(&b->input, &b->clock);
    b->board = (struct board){ .clock = &b->clock, .ports = &b->ports, .log = &b->log, .input = &b->input,
                               .power = { chip_board_power, b } };
}

/* Attaches and cold-resets; also checks that the rows of the chip cover it. */
static inline void chip_start(struct chip_board *b, struct device *dev, const struct device_class *class,
                              const char *tag)
{
    struct error why = { "" };
    size_t uncovered = 0;
    dev->class = class;
    dev->board = &b->board;
    snprintf(dev->tag, sizeof dev->tag, "%s", tag);
    ck_assert_msg(class->attach(dev, &why), "%s", why.text);
    class->reset(dev, RESET_COLD);
    ck_assert_msg(state_covers(class->fields, class->size, &uncovered), "%s: byte %zu has no row", tag, uncovered);
}

static inline u8 in8(struct chip_board *b, u16 port) { return ports_read(&b->ports, port, 1); }
static inline void out8(struct chip_board *b, u16 port, u8 value) { ports_write(&b->ports, port, value, 1); }

/* Runs events in order, each at its own cycle, up to and including `cycle`. */
static inline void run_to(struct chip_board *b, u64 cycle)
{
    while (clock_next(&b->clock) <= cycle) {
        b->clock.now = MAX(b->clock.now, clock_next(&b->clock));
        clock_fire(&b->clock);
    }
    b->clock.now = MAX(b->clock.now, cycle);
}
static inline void run_ns(struct chip_board *b, u64 ns)
{
    run_to(b, clock_now(&b->clock) + muldiv(ns, b->clock.hz, 1000000000));
}

/* A pin that counts what it sees. */
struct probe { unsigned rises, falls; bool level; u64 risen_at; struct chip_board *board; };
static inline void probe_set(void *self, int pin, bool level)
{
    (void)pin;
    struct probe *probe = self;
    probe->level = level;
    if (level) probe->rises++, probe->risen_at = clock_now(&probe->board->clock);
    else probe->falls++;
}

/* Saving, then loading into `other` (attached to a board of its own). */
struct chip_file { u8 bytes[65536]; size_t length; };
static inline void chip_file_put(void *self, const void *bytes, size_t length)
{
    struct chip_file *file = self;
    ck_assert_uint_le(file->length + length, sizeof file->bytes);
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}
static inline void chip_restored(void *self)
{
    struct device *dev = self;
    if (dev->class->restored) dev->class->restored(dev);
}
/* Also of values that no chip ever has: what is loaded is what `restored` makes of them. */
static inline void chip_move(struct device *dev, struct device *other)
{
    static const char name[] = "chip";
    struct chip_file file = { .length = 0 };
    struct error why = { "" };
    struct component from = { .name = name, .fields = dev->class->fields, .self = dev, .size = dev->class->size };
    struct component to = { .name = name, .fields = dev->class->fields, .self = other, .size = dev->class->size,
                            .restored = chip_restored };
    state_save(&from, &(struct state_sink){ chip_file_put, &file });
    ck_assert_msg(state_load(&to, other->board->clock, file.bytes, file.length, &why) == file.length, "%s", why.text);
}
/* The same, and gives the same hash. */
static inline void check_save_load(struct device *dev, struct device *other)
{
    struct component from = { .fields = dev->class->fields, .self = dev }, to = { .fields = dev->class->fields, .self = other };
    chip_move(dev, other);
    ck_assert_uint_eq(state_hash(1, &from), state_hash(1, &to));
}

/* Random accesses to [base, base + count), with random steps of time between them: nothing may hang or overrun. */
static inline void hostile_guest(struct chip_board *b, u16 base, u16 count, u64 longest_step)
{
    u64 random = 1;
    for (int i = 0; i < 100000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u16 port = base + (random >> 56) % count;
        if (random >> 40 & 1) out8(b, port, random >> 48);
        else in8(b, port);
        if (!(random >> 41 & 7)) run_to(b, clock_now(&b->clock) + (random >> 20 & 0xFFFFF) * longest_step / 0x100000);
    }
}

/* The boilerplate of a suite: a table of tests. */
static inline Suite *suite_of(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
#endif
