/* The 8042 with keyboard and mouse: what Linux's i8042, atkbd and psmouse probes ask, A20, reset, translation. */
#include "devices/i8042.h"
#include "tests/unit/chip_board.h"

enum { HZ = 1000000, WIRE = 880 };              /* a cycle is a microsecond */
struct fixture { struct chip_board b; struct i8042 kbc; struct probe irq1, irq12; };

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, HZ);
    f->irq1.board = f->irq12.board = &f->b;
    line_connect(&f->kbc.irq1, probe_set, &f->irq1, 1);
    line_connect(&f->kbc.irq12, probe_set, &f->irq12, 12);
    chip_start(&f->b, &f->kbc.dev, &i8042_class, "kbc");
}
static void wait(struct fixture *f) { run_to(&f->b, clock_now(&f->b.clock) + WIRE); }
static u8 status(struct fixture *f) { return in8(&f->b, 0x64); }
static void command(struct fixture *f, u8 byte) { out8(&f->b, 0x64, byte); }
static void data(struct fixture *f, u8 byte) { out8(&f->b, 0x60, byte); }
static u8 answer(struct fixture *f, u8 byte)
{
    command(f, byte);
    ck_assert_uint_eq(status(f) & 0x21, 0x01);
    return in8(&f->b, 0x60);
}
static void set_ctr(struct fixture *f, u8 value)
{
    command(f, 0x60);
    data(f, value);
}
/* The next bytes from the keyboard (or the mouse), each after its wire time. */
static void expect(struct fixture *f, bool mouse, size_t count, const u8 *bytes)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(status(f) & 0x01, 0);
        run_to(&f->b, clock_now(&f->b.clock) + 2 * WIRE);
        ck_assert_uint_eq(status(f) & 0x21, mouse ? 0x21 : 0x01);
        ck_assert_uint_eq(in8(&f->b, 0x60), bytes[i]);
    }
    run_to(&f->b, clock_now(&f->b.clock) + 2 * WIRE);
    ck_assert_uint_eq(status(f) & 0x01, 0);
}
#define EXPECT(f, mouse, ...) expect(f, mouse, sizeof (u8[]){ __VA_ARGS__ }, (u8[]){ __VA_ARGS__ })
#define POST(f, source, ...) \
    input_post(&(f)->b.input, (f)->kbc.source, (u8[]){ __VA_ARGS__ }, sizeof (u8[]){ __VA_ARGS__ })

START_TEST(controller_commands)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(answer(&f, 0xAA), 0x55);
    ck_assert_uint_eq(answer(&f, 0xAB), 0x00);
    ck_assert_uint_eq(answer(&f, 0xA9), 0x00);
    ck_assert_uint_eq(answer(&f, 0xA4), 0xF1);
    ck_assert_uint_eq(answer(&f, 0x20), 0x45);
    set_ctr(&f, 0x74);
    ck_assert_uint_eq(answer(&f, 0x20), 0x74);
    ck_assert_uint_eq(status(&f) & 0x1C, 0x1C);
    data(&f, 0xF4);
    ck_assert_uint_eq(status(&f) & 0x08, 0);
    command(&f, 0x7F);
    data(&f, 0x99);
    ck_assert_uint_eq(answer(&f, 0x3F), 0x99);
    command(&f, 0x12);                          /* unknown: nothing */
    ck_assert_uint_eq(status(&f) & 1, 0);
}
END_TEST

/* What Linux does in i8042_check_aux, up to the test of the interrupt's delivery. */
START_TEST(linux_finds_the_mouse_port)
{
    struct fixture f;
    start(&f);
    command(&f, 0xD3);
    data(&f, 0x5A);
    ck_assert_uint_eq(status(&f) & 0x21, 0x21);
    ck_assert_uint_eq(in8(&f.b, 0x60), 0x5A);
    command(&f, 0xA7);
    ck_assert_uint_eq(answer(&f, 0x20) & 0x20, 0x20);
    command(&f, 0xA8);
    ck_assert_uint_eq(answer(&f, 0x20) & 0x20, 0);
    set_ctr(&f, 0x46);
    ck_assert_uint_eq(f.irq12.rises, 0);
    command(&f, 0xD3);
    data(&f, 0xA5);
    ck_assert_uint_eq(f.irq12.rises, 1);
    ck_assert_uint_eq(in8(&f.b, 0x60), 0xA5);
    ck_assert(!f.irq12.level);
    command(&f, 0xD2);
    data(&f, 0x11);
    ck_assert_uint_eq(status(&f) & 0x21, 0x01);
    ck_assert_uint_eq(in8(&f.b, 0x60), 0x11);
}
END_TEST

START_TEST(keyboard_commands)
{
    struct fixture f;
    start(&f);
    set_ctr(&f, 0x05);                          /* no translation */
    data(&f, 0xFF);
    EXPECT(&f, false, 0xFA, 0xAA);
    data(&f, 0xF2);
    EXPECT(&f, false, 0xFA, 0xAB, 0x83);
    data(&f, 0xEE);
    EXPECT(&f, false, 0xEE);
    data(&f, 0xED);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x05);
    EXPECT(&f, false, 0xFA);
    ck_assert_uint_eq(f.kbc.keyboard.leds, 5);
    data(&f, 0xF3);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x20);
    EXPECT(&f, false, 0xFA);
    ck_assert_uint_eq(f.kbc.keyboard.typematic, 0x20);
    data(&f, 0xF0);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x00);
    EXPECT(&f, false, 0xFA, 0x02);
    data(&f, 0xFE);
    EXPECT(&f, false, 0x02);
    data(&f, 0x01);
    EXPECT(&f, false, 0xFE);                    /* no command */
    set_ctr(&f, 0x45);
    data(&f, 0xF2);
    EXPECT(&f, false, 0xFA, 0xAB, 0x41);        /* translated, as atkbd expects */
}
END_TEST

START_TEST(keys_and_interrupts)
{
    struct fixture f;
    start(&f);
    POST(&f, keyboard_source, 0x1E, 0x9E, 0xE0, 0x48, 0xE0, 0xC8, 0x41, 0xC1);
    EXPECT(&f, false, 0x1E, 0x9E, 0xE0, 0x48, 0xE0, 0xC8, 0x41, 0xC1);
    ck_assert_uint_eq(f.irq1.rises, 8);
    set_ctr(&f, 0x05);
    POST(&f, keyboard_source, 0x1E, 0x9E, 0xE0, 0x48, 0xE0, 0xC8, 0x41, 0xC1);
    EXPECT(&f, false, 0x1C, 0xF0, 0x1C, 0xE0, 0x75, 0xE0, 0xF0, 0x75, 0x83, 0xF0, 0x83);
    data(&f, 0xF0);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x01);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x1E, 0x9E);
    EXPECT(&f, false, 0x1E, 0x9E);
    data(&f, 0xF5);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x1E, 0x9E);      /* not scanning */
    wait(&f);
    ck_assert_uint_eq(status(&f) & 1, 0);
    ck_assert_uint_eq(f.irq12.rises, 0);
}
END_TEST

/* Every key of set 1 comes back as itself through set 2 and translation. */
START_TEST(translation_is_faithful)
{
    struct fixture f;
    start(&f);
    for (u8 code = 1; code <= 0x58; code++) {
        POST(&f, keyboard_source, code, code | 0x80);
        EXPECT(&f, false, code, code | 0x80);
    }
}
END_TEST

START_TEST(scan_code_set_3)
{
    struct fixture f;
    start(&f);
    set_ctr(&f, 0x05);
    data(&f, 0xF0);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x03);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x2A, 0x1E, 0x9E, 0xAA, 0xE0, 0x48, 0xE0, 0xC8, 0x3B, 0xBB);
    EXPECT(&f, false, 0x12, 0x1C, 0xF0, 0x12, 0x63, 0x07);      /* Shift tells of its release, the others do not */
    POST(&f, keyboard_source, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5);
    EXPECT(&f, false, 0x62);
    data(&f, 0xFC);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x1C);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x1E, 0x9E);
    wait(&f);
    ck_assert_uint_eq(status(&f) & 1, 0);       /* a key's type was set: scanning is off */
    data(&f, 0xF4);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x1E, 0x9E, 0x30, 0xB0);
    EXPECT(&f, false, 0x1C, 0xF0, 0x1C, 0x32);
    data(&f, 0xFA);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0x30, 0xB0);
    EXPECT(&f, false, 0x32, 0xF0, 0x32);
    data(&f, 0xF6);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5);
    EXPECT(&f, false, 0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77);
}
END_TEST

START_TEST(a_held_key_repeats)
{
    struct fixture f;
    start(&f);
    POST(&f, keyboard_source, 0x1E);
    u64 pressed = clock_now(&f.b.clock);
    EXPECT(&f, false, 0x1E);
    run_to(&f.b, pressed + cycles_of_ns(&f.b.clock, 499000000));
    ck_assert_uint_eq(status(&f) & 1, 0);       /* half a second by default */
    run_to(&f.b, pressed + cycles_of_ns(&f.b.clock, 502000000));
    ck_assert_uint_eq(in8(&f.b, 0x60), 0x1E);
    run_to(&f.b, pressed + cycles_of_ns(&f.b.clock, 590000000));
    ck_assert_uint_eq(status(&f) & 1, 0);
    run_to(&f.b, pressed + cycles_of_ns(&f.b.clock, 594000000));
    ck_assert_uint_eq(in8(&f.b, 0x60), 0x1E);                    /* 10.9 a second */
    POST(&f, keyboard_source, 0x30);
    EXPECT(&f, false, 0x30);
    POST(&f, keyboard_source, 0x9E);
    EXPECT(&f, false, 0x9E);
    run_to(&f.b, clock_now(&f.b.clock) + cycles_of_ns(&f.b.clock, 505000000));
    ck_assert_uint_eq(in8(&f.b, 0x60), 0x30);                    /* the last one pressed goes on */
    POST(&f, keyboard_source, 0xB0);
    EXPECT(&f, false, 0xB0);
    run_to(&f.b, clock_now(&f.b.clock) + cycles_of_ns(&f.b.clock, 2000000000));
    ck_assert_uint_eq(status(&f) & 1, 0);
    data(&f, 0xF3);
    EXPECT(&f, false, 0xFA);
    data(&f, 0x00);
    EXPECT(&f, false, 0xFA);
    POST(&f, keyboard_source, 0xE0, 0x48);
    EXPECT(&f, false, 0xE0, 0x48);
    run_to(&f.b, clock_now(&f.b.clock) + cycles_of_ns(&f.b.clock, 260000000));
    ck_assert_uint_eq(in8(&f.b, 0x60), 0xE0);
    EXPECT(&f, false, 0x48);
}
END_TEST

START_TEST(answers_do_not_lose_keys)
{
    struct fixture f;
    start(&f);
    POST(&f, keyboard_source, 0x1E, 0x9E, 0x30);
    wait(&f);
    in8(&f.b, 0x60);
    run_to(&f.b, clock_now(&f.b.clock) + 2 * WIRE);
    ck_assert_uint_eq(status(&f) & 1, 1);       /* the release of A is in the buffer, unread */
    ck_assert_uint_eq(answer(&f, 0x20), 0x45);
    EXPECT(&f, false, 0x9E, 0x30);
    command(&f, 0xAD);
    POST(&f, keyboard_source, 0x30);
    run_to(&f.b, clock_now(&f.b.clock) + 5 * WIRE);
    ck_assert_uint_eq(status(&f) & 1, 0);       /* disabled: held back */
    command(&f, 0xAE);
    EXPECT(&f, false, 0x30);
}
END_TEST

START_TEST(full_queue_leaves_room_for_answers)
{
    struct fixture f;
    start(&f);
    set_ctr(&f, 0x05);
    for (int i = 0; i < 300; i++) POST(&f, keyboard_source, 0xE0, 0xC8);
    data(&f, 0xF2);
    u8 last[6] = { 0 };
    for (;;) {
        run_to(&f.b, clock_now(&f.b.clock) + 2 * WIRE);
        if (!(status(&f) & 1)) break;
        memmove(last, last + 1, 5);
        last[5] = in8(&f.b, 0x60);
    }
    ck_assert_mem_eq(last, "\xE0\xF0\x75\xFA\xAB\x83", 6);     /* whole codes, then the whole answer */
}
END_TEST

START_TEST(a20_by_port_and_command)
{
    struct fixture f;
    start(&f);
    ck_assert(f.kbc.a20.level);
    command(&f, 0xDD);
    ck_assert(!f.kbc.a20.level);
    command(&f, 0xDF);
    ck_assert(f.kbc.a20.level);
    command(&f, 0xD1);
    data(&f, 0xCD);
    ck_assert(!f.kbc.a20.level);
    ck_assert_uint_eq(answer(&f, 0xD0) & 0x03, 0x01);
    f.kbc.dev.class->reset(&f.kbc.dev, RESET_WARM);
    ck_assert(f.kbc.a20.level);
}
END_TEST

START_TEST(resets)
{
    struct fixture f;
    start(&f);
    command(&f, 0xFF);
    ck_assert_uint_eq(f.b.inits, 0);
    command(&f, 0xFE);
    ck_assert_uint_eq(f.b.inits, 1);
    command(&f, 0xD1);
    data(&f, 0xCE);
    ck_assert(f.b.inits == 2 && f.b.resets == 0);
}
END_TEST

static void mouse(struct fixture *f, u8 byte)
{
    command(f, 0xD4);
    data(f, byte);
}

START_TEST(mouse_protocol)
{
    struct fixture f;
    start(&f);
    set_ctr(&f, 0x47);
    mouse(&f, 0xFF);
    EXPECT(&f, true, 0xFA, 0xAA, 0x00);
    ck_assert_uint_eq(f.irq12.rises, 3);
    ck_assert_uint_eq(f.irq1.rises, 0);
    mouse(&f, 0xF2);
    EXPECT(&f, true, 0xFA, 0x00);
    mouse(&f, 0xF3);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 200);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0xE8);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0x03);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0xE9);
    EXPECT(&f, true, 0xFA, 0x00, 0x03, 200);
    POST(&f, mouse_source, 1, 5, 0xFE, 0);
    wait(&f);
    ck_assert_uint_eq(status(&f) & 1, 0);       /* not enabled */
    mouse(&f, 0xF6);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0xF4);
    EXPECT(&f, true, 0xFA);
    POST(&f, mouse_source, 1, 5, 0xFE, 0);
    EXPECT(&f, true, 0x29, 0x05, 0xFE);
    mouse(&f, 0xE9);
    EXPECT(&f, true, 0xFA, 0x24, 0x02, 100);
    mouse(&f, 0xEE);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0xF2);
    EXPECT(&f, true, 0xF2);                     /* wrap mode echoes */
    mouse(&f, 0xEC);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0x17);
    EXPECT(&f, true, 0xFE);
}
END_TEST

static void mouse_rates(struct fixture *f, const u8 *rates)
{
    for (int i = 0; i < 3; i++) {
        mouse(f, 0xF3);
        EXPECT(f, true, 0xFA);
        mouse(f, rates[i]);
        EXPECT(f, true, 0xFA);
    }
}

START_TEST(wheel_and_side_buttons)
{
    struct fixture f;
    start(&f);
    mouse_rates(&f, (u8[]){ 200, 100, 80 });
    mouse(&f, 0xF2);
    EXPECT(&f, true, 0xFA, 0x03);
    mouse(&f, 0xF4);
    EXPECT(&f, true, 0xFA);
    POST(&f, mouse_source, 0x18, 1, 2, 0xFE);
    EXPECT(&f, true, 0x08, 0x01, 0x02, 0xFE);
    mouse_rates(&f, (u8[]){ 200, 200, 80 });
    mouse(&f, 0xF2);
    EXPECT(&f, true, 0xFA, 0x04);
    POST(&f, mouse_source, 0x11, 0, 0, 9);
    EXPECT(&f, true, 0x09, 0x00, 0x00, 0x27, 0x09, 0x00, 0x00, 0x22);   /* the wheel's rest in a second report */
    mouse(&f, 0xFF);
    EXPECT(&f, true, 0xFA, 0xAA, 0x00);
    mouse(&f, 0xE7);
    EXPECT(&f, true, 0xFA);
    mouse(&f, 0xF4);
    EXPECT(&f, true, 0xFA);
    POST(&f, mouse_source, 0, 4, 0xF0, 5);
    EXPECT(&f, true, 0x28, 0x06, 0xE0);         /* 2:1, and no wheel any more */
}
END_TEST

START_TEST(mouse_movement_is_kept)
{
    struct fixture f;
    start(&f);
    mouse(&f, 0xF4);
    EXPECT(&f, true, 0xFA);
    for (int i = 0; i < 1000; i++) POST(&f, mouse_source, 0, 100, 0x9C, 0);
    int x = 0, y = 0;
    for (;;) {
        u8 packet[3];
        int got = 0;
        for (; got < 3; got++) {
            wait(&f);
            if (!(status(&f) & 1)) break;
            packet[got] = in8(&f.b, 0x60);
        }
        if (got < 3) break;
        x += packet[1] - (packet[0] & 0x10 ? 256 : 0);
        y += packet[2] - (packet[0] & 0x20 ? 256 : 0);
    }
    ck_assert_int_eq(x, 100000);
    ck_assert_int_eq(y, -100000);
}
END_TEST

START_TEST(hostile_bytes)
{
    struct fixture f;
    start(&f);
    u32 random = 1;
    for (int i = 0; i < 50000; i++) {
        static const u16 ports[] = { 0x60, 0x64 };
        random = random * 1664525 + 1013904223;
        u16 port = ports[(random >> 24) % ARRAY_LEN(ports)];
        if (random & 0x10000) out8(&f.b, port, random >> 8);
        else in8(&f.b, port);
        if (random & 0x20000) POST(&f, keyboard_source, random >> 3);
        if (random & 0x40000) POST(&f, mouse_source, random >> 3, random >> 5, random >> 7, random >> 9);
        if (random & 0x80000) wait(&f);
        ck_assert_uint_le(f.kbc.keyboard.out.count, PS2_QUEUE);
        ck_assert_uint_le(f.kbc.mouse.out.count, PS2_QUEUE);
    }
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    POST(&f, keyboard_source, 0x1E, 0x9E);
    wait(&f);
    wait(&g);
    check_save_load(&f.kbc.dev, &g.kbc.dev);
    ck_assert_uint_eq(in8(&g.b, 0x60), 0x1E);
    EXPECT(&g, false, 0x9E);
}
END_TEST

START_TEST(a_state_that_no_keyboard_was_in)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    f.kbc.command = 0x10;
    f.kbc.keyboard.command = 0xFF;
    f.kbc.keyboard.out.first = 40000;
    f.kbc.mouse.out.count = 40000;
    f.kbc.mouse.dx = INT32_MAX;
    f.kbc.mouse.dy = INT32_MIN;
    chip_move(&f.kbc.dev, &g.kbc.dev);
    ck_assert_uint_eq(g.kbc.command, 0);
    ck_assert_uint_eq(g.kbc.keyboard.command, PS2_NO_COMMAND);
    ck_assert_uint_lt(g.kbc.keyboard.out.first, PS2_QUEUE);
    ck_assert_uint_eq(g.kbc.mouse.out.count, PS2_QUEUE);
    ck_assert_int_lt(g.kbc.mouse.dx, INT32_MAX / 2);
    ck_assert_int_gt(g.kbc.mouse.dy, INT32_MIN / 2);
    f.kbc.command = 0x7F;
    chip_move(&f.kbc.dev, &g.kbc.dev);
    ck_assert_uint_eq(g.kbc.command, 0x7F);
}
END_TEST

Suite *i8042_suite(void)
{
    const TTest *const tests[] = {
        controller_commands, linux_finds_the_mouse_port, keyboard_commands, keys_and_interrupts,
        translation_is_faithful, answers_do_not_lose_keys,
        full_queue_leaves_room_for_answers, a20_by_port_and_command, resets, mouse_protocol, scan_code_set_3, a_held_key_repeats,
        wheel_and_side_buttons,
        mouse_movement_is_kept, hostile_bytes, saves_and_loads, a_state_that_no_keyboard_was_in,
    };
    return suite_of("i8042", tests, ARRAY_LEN(tests));
}
