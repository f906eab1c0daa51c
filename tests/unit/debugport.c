/* POST codes, debug consoles, isa-debug-exit, Bochs' shutdown port. */
#include "devices/debugexit.h"
#include "devices/debugport.h"
#include "tests/unit/chip_board.h"

struct fixture {
    struct chip_board  b;
    struct debugport   port;
    struct debugexit   exit;
    char               text[64], log[256];
    unsigned           length, asked;
    enum power_request what;
    u32                value;
};

static void text_put(void *self, u8 byte)
{
    struct fixture *f = self;
    f->text[f->length++ % sizeof f->text] = (char)byte;
}
static void log_put(void *self, const char *line)
{
    struct fixture *f = self;
    strncat(f->log, line, sizeof f->log - strlen(f->log) - 1);
}
static void asked(void *self, enum power_request what, u32 value)
{
    struct fixture *f = self;
    f->asked++;
    f->what = what;
    f->value = value;
}

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, 1000000);
    f->b.board.power = (struct power){ asked, f };
    f->b.log = (struct log){ 1u << LOG_POST, log_put, f };
    ck_assert(debugport_console_add(&f->port, DEBUGPORT_BOCHS, (struct byte_sink){ text_put, f }));
    ck_assert(debugport_console_add(&f->port, DEBUGPORT_SEABIOS, (struct byte_sink){ NULL, NULL }));
    chip_start(&f->b, &f->port.dev, &debugport_class, "debugport");
    f->exit.base = 0xF4;
    f->exit.size = 4;
    chip_start(&f->b, &f->exit.dev, &debugexit_class, "debugexit");
}

START_TEST(post_codes_are_kept_and_logged)
{
    struct fixture f;
    start(&f);
    out8(&f.b, 0x80, 0x12);
    out8(&f.b, 0x190, 0x34);
    ck_assert_uint_eq(in8(&f.b, 0x80), 0x12);
    ck_assert_uint_eq(f.port.code[1], 0x34);
    ck_assert_ptr_nonnull(strstr(f.log, "post 080: 12"));
    ck_assert_ptr_nonnull(strstr(f.log, "post 190: 34"));
    debugport_class.reset(&f.port.dev, RESET_WARM);
    ck_assert_uint_eq(f.port.code[0], 0x12);
}
END_TEST

START_TEST(consoles_print_and_answer)
{
    struct fixture f;
    start(&f);
    for (const char *s = "hello"; *s; s++) out8(&f.b, 0xE9, (u8)*s);
    out8(&f.b, 0x402, 'x');
    ck_assert_str_eq(f.text, "hello");
    ck_assert_uint_eq(in8(&f.b, 0xE9), 0xE9);
    ck_assert_uint_eq(in8(&f.b, 0x402), 0xE9);
}
END_TEST

START_TEST(exit_port_tells_its_value)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(ports_read(&f.b.ports, 0xF4, 4), 0);
    out8(&f.b, 0xF4, 0x10);
    ck_assert(f.asked == 1 && f.what == POWER_DEBUG_EXIT && f.value == 0x10);
    ports_write(&f.b.ports, 0xF4, 0x12345, 4);
    ck_assert(f.asked == 2 && f.value == 0x12345);
    out8(&f.b, 0xF7, 3);
    ck_assert(f.asked == 3 && f.value == 3);
    out8(&f.b, 0xF8, 3);
    ck_assert_uint_eq(f.asked, 3);
}
END_TEST

START_TEST(shutdown_is_spelt)
{
    struct fixture f;
    start(&f);
    for (const char *s = "ShutShutdowShutdown"; *s; s++) {
        ck_assert_uint_eq(f.asked, 0);
        out8(&f.b, 0x8900, (u8)*s);
    }
    ck_assert(f.asked == 1 && f.what == POWER_OFF);
    out8(&f.b, 0x8900, 'n');
    for (const char *s = "ShutXdown"; *s; s++) out8(&f.b, 0x8900, (u8)*s);
    ck_assert_uint_eq(f.asked, 1);
}
END_TEST

Suite *debugport_suite(void)
{
    const TTest *const tests[] = {
        post_codes_are_kept_and_logged, consoles_print_and_answer, exit_port_tells_its_value, shutdown_is_spelt,
    };
    return suite_of("debugport", tests, ARRAY_LEN(tests));
}
