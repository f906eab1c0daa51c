/* frontend/expression and the console's commands for points, at a machine that stands at its reset vector. */
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/expression.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct desk { struct host host; struct session *session; };

static void open_desk(struct desk *d)
{
    char *arguments[] = { "trap86", "-display", "none", "-serial", "none", "-bios", "trap86", NULL };
    struct error why;
    host_init(&d->host, 1ull << 32);
    d->session = session_new(&d->host, stderr);
    bool good = options_parse(&d->session->options, ARRAY_LEN(arguments) - 1, arguments, &why) && session_open(d->session, &why);
    ck_assert_msg(good, "%s", why.text);
}

static void close_desk(struct desk *d)
{
    session_close(d->session);
    options_free(&d->session->options);
    free(d->session);
    host_destroy(&d->host);
}

/* What a command says. */
static char *said(struct desk *d, const char *line)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(console_command(d->session, line, out));
    fclose(out);
    return text;
}

static void says(struct desk *d, const char *line, const char *expected)
{
    char *text = said(d, line);
    ck_assert_msg(strstr(text, expected) != NULL, "%s: '%s' is not in: %s", line, expected, text);
    free(text);
}

static const struct { const char *text; u64 value; } values[] = {
    { "1", 1 }, { "0x7c00", 0x7c00 }, { "017", 17 }, { "1 + 2 * 3", 7 }, { "(1 + 2) * 3", 9 }, { "10 - 3 - 2", 5 }, { "7 % 4 + 1", 4 },
    { "1 << 4 | 1", 17 }, { "1 < 2 && 2 < 1 || 3 == 3", 1 }, { "!5", 0 }, { "~0 & 0xff", 255 }, { "-1 & 0xf", 15 }, { "6 / 2 / 3", 1 },
    { "1 <= 1", 1 }, { "2 != 2", 0 }, { "5 ^ 1", 4 }, { "1 >> 70", 0 }, { "$eip", 0xfff0 }, { "eip", 0xfff0 }, { "cs", 0xf000 },
    { "%cs_base", 0xffff0000 }, { "cs_base + eip", 0xfffffff0 }, { "pf", 0 }, { "if", 0 }, { "cpl", 0 }, { "icount", 0 },
    { "byte(0xfffffff0)", 0xea }, { "word(0xfffffff0) & 0xff", 0xea }, { "[0xfffffff0] == dword(0xfffffff0)", 1 },
    { "*0xfffffff0 & 255", 0xea },
};
static const char *const wrong[] = { "", "1 +", "(1", "[1", "no_such_name", "$no_such_name", "1 2", "12z", "0x", "1 / 0", "1 % 0", "byte(0xe0000000)", "@", "byte(1", "&" };

START_TEST(reckons)
{
    struct desk d;
    struct error why;
    u64 value;
    open_desk(&d);
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) {
        ck_assert_msg(expression_value(d.session, values[i].text, &value, &why), "%s: %s", values[i].text, why.text);
        ck_assert_msg(value == values[i].value, "%s is %llx", values[i].text, (unsigned long long)value);
    }
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) ck_assert_msg(!expression_value(d.session, wrong[i], &value, &why), "'%s'", wrong[i]);
    close_desk(&d);
}
END_TEST

START_TEST(is_not_nested_too_deep)
{
    struct desk d;
    struct error why;
    u64 value;
    char text[2000];
    open_desk(&d);
    for (const char *c = "([-!~*"; *c; c++) {
        memset(text, *c, sizeof text - 1);
        text[sizeof text - 1] = 0;
        ck_assert(!expression_value(d.session, text, &value, &why));
    }
    close_desk(&d);
}
END_TEST

static const struct { const char *text; enum stop_space space; u32 address, linear; } spots[] = {
    { "0x7c00", STOP_LINEAR, 0x7c00, 0x7c00 }, { "0x7c0:5", STOP_SEGMENTED, 5, 0x7c05 }, { "cs:eip", STOP_SEGMENTED, 0xfff0, 0xfffffff0 },
};

START_TEST(finds_places)
{
    struct desk d;
    struct error why;
    open_desk(&d);
    for (unsigned i = 0; i < ARRAY_LEN(spots); i++) {
        struct spot spot;
        const char *text = spots[i].text;
        ck_assert_msg(expression_spot(d.session, &text, &spot, &why), "%s", why.text);
        ck_assert(spot.space == spots[i].space && spot.address == spots[i].address && spot.linear == spots[i].linear && !*text);
    }
    close_desk(&d);
}
END_TEST

static const struct { const char *line, *says; } points[] = {
    { "break 0x7c00", "point 0: breakpoint 00007c00" }, { "pb 0x100000 if eax == 3", "physical" }, { "vb 0x7c0:0", "07c0:00000000" },
    { "tb", "fffffff0" }, { "watch 0x500", "write to 00000500, 4 bytes" }, { "watch w 0x500", "physical" }, { "rwatch 0x500 2", "2 bytes" },
    { "awatch 0x500 1 if al", "access to 00000500" }, { "iobreak 0x60,5", "port 0060, 5 bytes" }, { "break-exception #GP", "#GP" },
    { "break-exception", "exception any" }, { "break-interrupt 8", "interrupt 8" }, { "modebp", "mode change any" },
    { "break-cpl", "CPL change any" }, { "break-cr3", "CR3 change any" }, { "break-magic", "magic instruction any" },
    { "break-row sgdt", "row sgdt" }, { "break-class cb if cpl == 3", "class CB" }, { "sba 1000", "cycle 1000" },
    { "break-insn 77", "instruction 77" },
    { "break no_such_name", "no register or symbol" }, { "break 1 2", "not understood" }, { "break 1 if (", "is no value" },
    { "watch 1 0", "a length" }, { "break-exception 256", "0 to 255" }, { "break-row x", "--list-sensitive" }, { "break-class D", "classes" },
    { "delete 200", "no point" }, { "delete x", "no register" }, { "ignore 0 x", "no register" }, { "condition 0 (", "no value" },
    { "source /nowhere", "/nowhere" }, { "save-breakpoints", "name a file" }, { "setmem 0x500 3 1", "a size" },
    { "set eax", "no value" }, { "step x", "no register" }, { "until", "no value" }, { "help step", "step s" }, { "help nothing", "no command" },
};

START_TEST(makes_points)
{
    struct desk d;
    open_desk(&d);
    ck_assert_ptr_null(d.session->machine->cpu.stops);
    session_pause(d.session, true);
    for (unsigned i = 0; i < ARRAY_LEN(points); i++) says(&d, points[i].line, points[i].says);
    ck_assert_ptr_nonnull(d.session->machine->cpu.stops);
    says(&d, "disable 0", "");
    says(&d, "info break", "0 off breakpoint 00007c00");
    says(&d, "ignore 0 3", "");
    says(&d, "condition 0 eax == 5", "");
    says(&d, "commands 0 info registers; cont", "");
    says(&d, "info break", "if eax == 5, met 0 times, 3 to be passed over\n        info registers; cont");
    says(&d, "delete", "");
    says(&d, "info break", "there are no points");
    ck_assert_ptr_null(d.session->machine->cpu.stops);
    close_desk(&d);
}
END_TEST

/* Points that are saved and read back are the same. */
START_TEST(saves_points)
{
    struct desk d;
    char path[] = "/tmp/trap86-points-XXXXXX", line[80];
    open_desk(&d);
    close(mkstemp(path));
    for (unsigned i = 0; i < 20; i++) free(said(&d, points[i].line));
    char *before = said(&d, "info break");
    snprintf(line, sizeof line, "save-breakpoints %s", path);
    says(&d, line, "");
    says(&d, "delete", "");
    snprintf(line, sizeof line, "source %s", path);
    says(&d, line, "point 19");
    char *after = said(&d, "info break");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    unlink(path);
    close_desk(&d);
}
END_TEST

START_TEST(changes_state)
{
    struct desk d;
    struct error why;
    u64 value;
    open_desk(&d);
    says(&d, "set eax = 5", "stop the guest first");
    session_pause(d.session, true);
    says(&d, "set $eax = 5", "");
    says(&d, "set [0x600] = eax + 1", "");
    says(&d, "setpmem 0x604 2 0x1234", "");
    says(&d, "set cs = 3", "can be set");
    ck_assert(expression_value(d.session, "eax == 5 && [0x600] == 6 && word(0x604) == 0x1234", &value, &why) && value == 1);
    close_desk(&d);
}
END_TEST

Suite *expression_suite(void)
{
    Suite *suite = suite_create("expression");
    TCase *tests = tcase_create("expression");
    tcase_add_test(tests, reckons);
    tcase_add_test(tests, is_not_nested_too_deep);
    tcase_add_test(tests, finds_places);
    tcase_add_test(tests, makes_points);
    tcase_add_test(tests, saves_points);
    tcase_add_test(tests, changes_state);
    suite_add_tcase(suite, tests);
    return suite;
}
