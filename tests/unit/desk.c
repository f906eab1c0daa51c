/* frontend/desk and menu: a machine operated without a window: files dropped on it, text pasted, the menu's way. */
#include "frontend/lights.h"
#include "frontend/menu.h"
#include "frontend/recognise.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench {
    struct host     host;
    struct session *session;
    struct desk     desk;
    struct menu    *menu;
    char            folder[64], given[256], *pasted;
};

static char *paste_take(void *self)
{
    const struct bench *b = self;
    return b->pasted ? strdup(b->pasted) : NULL;
}

static void copy_give(void *self, const char *text)
{
    struct bench *b = self;
    snprintf(b->given, sizeof b->given, "%s", text);
}

static void bench_open(struct bench *b)
{
    char *arguments[] = { "trap86", "-display", "none", "-serial", "none", "-drive", "media=cdrom", "-fda", NULL, NULL };
    char floppy[128];
    struct error why;
    *b = (struct bench){ .folder = "/tmp/trap86-desk-XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(b->folder));
    snprintf(floppy, sizeof floppy, "%s/first.img", b->folder);
    FILE *file = fopen(floppy, "w");
    ck_assert(file && ftruncate(fileno(file), 1474560) == 0 && fclose(file) == 0);
    arguments[8] = floppy;
    host_init(&b->host, 1ull << 32);
    b->session = session_new(&b->host, stderr);
    ck_assert(options_parse(&b->session->options, 9, arguments, &why));
    ck_assert_msg(session_open(b->session, &why), "%s", why.text);
    desk_begin(&b->desk, b->session);
    b->desk.clipboard = (struct clipboard){ paste_take, copy_give, b };
    b->menu = menu_new(&b->desk);
    b->menu->console_key = "Ctrl-Alt-C";
}

static void bench_close(struct bench *b)
{
    char command[128];
    menu_free(b->menu);
    desk_end(&b->desk);
    session_close(b->session);
    options_free(&b->session->options);
    free(b->session);
    host_destroy(&b->host);
    snprintf(command, sizeof command, "rm -r %s", b->folder);
    ck_assert(system(command) == 0);
}

static const char *put(struct bench *b, const char *name, size_t length, size_t at, const char *bytes, char path[128])
{
    snprintf(path, 128, "%s/%s", b->folder, name);
    FILE *file = fopen(path, "w");
    ck_assert(file && ftruncate(fileno(file), (off_t)length) == 0 && fseek(file, (long)at, SEEK_SET) == 0);
    ck_assert(fwrite(bytes, 1, strlen(bytes), file) == strlen(bytes) && fclose(file) == 0);
    return path;
}

/* What a drop on the window does. */
START_TEST(files_find_their_drive)
{
    struct bench b;
    char cd[128], floppy[128], disk[128];
    bench_open(&b);
    put(&b, "a.iso", 100 * 2048, 0x8001, "CD001", cd);
    put(&b, "b.img", 1474560, 0, "b", floppy);
    put(&b, "c.img", 10 << 20, 0, "c", disk);
    desk_insert(&b.desk, NULL, cd);
    ck_assert(b.session->image[2] && strcmp(image_path(b.session->image[2]), cd) == 0);
    ck_assert_str_eq(desk_message(&b.desk), "a.iso is in cdrom");
    desk_insert(&b.desk, NULL, floppy);
    ck_assert_str_eq(image_path(b.session->image[MACHINE_DRIVES]), floppy);
    desk_insert(&b.desk, NULL, disk);
    ck_assert_ptr_nonnull(strstr(desk_message(&b.desk), "neither a CD nor a floppy"));
    desk_insert(&b.desk, NULL, "/nowhere/at all");
    ck_assert_ptr_nonnull(strstr(desk_message(&b.desk), "/nowhere/at all"));
    ck_assert_str_eq(image_path(b.session->image[MACHINE_DRIVES]), floppy);
    desk_eject(&b.desk, "fda");
    ck_assert_ptr_null(b.session->image[MACHINE_DRIVES]);
    bench_close(&b);
}
END_TEST

/* Goes down to the item that begins so, and chooses it. */
static void choose(struct menu *menu, const char *label)
{
    menu_press(menu, MENU_HOME);
    for (unsigned i = 0; i < menu->items; i++) {
        if (strncmp(menu->item[menu->selected].label, label, strlen(label)) == 0) {
            menu_press(menu, MENU_ENTER);
            return;
        }
        menu_press(menu, MENU_DOWN);
    }
    ck_abort_msg("no '%s' under '%s'", label, menu->title);
}

START_TEST(the_menu_operates_the_machine)
{
    struct bench b;
    bench_open(&b);
    menu_open(b.menu);
    choose(b.menu, "Pause");
    ck_assert(b.session->paused && !b.menu->open);
    menu_open(b.menu);
    choose(b.menu, "Continue");
    ck_assert(!b.session->paused);
    menu_open(b.menu);
    choose(b.menu, "Speed");
    choose(b.menu, "Twice");
    ck_assert_uint_eq(b.session->pace.permille, 2 * PACE_REAL);
    menu_open(b.menu);
    choose(b.menu, "Screen");
    choose(b.menu, "Full screen");
    ck_assert(b.desk.view.full_screen);
    menu_open(b.menu);
    choose(b.menu, "Disks");
    choose(b.menu, "Eject floppy A");
    ck_assert_ptr_null(b.session->image[MACHINE_DRIVES]);
    menu_open(b.menu);
    menu_press(b.menu, MENU_BACK);
    ck_assert(!b.menu->open);
    menu_open(b.menu);
    choose(b.menu, "Quit");
    ck_assert(b.desk.gone);
    bench_close(&b);
}
END_TEST

START_TEST(the_menu_finds_files)
{
    struct bench b;
    char path[128], folder[128];
    bench_open(&b);
    snprintf(folder, sizeof folder, "%s/sub", b.folder);
    ck_assert(mkdir(folder, 0777) == 0);
    put(&b, "sub/x.iso", 100 * 2048, 0x8001, "CD001", path);
    menu_open(b.menu);
    choose(b.menu, "Disks");
    choose(b.menu, "Insert into CD");
    menu_type(b.menu, b.folder);
    menu_press(b.menu, MENU_ENTER);
    ck_assert_str_eq(b.menu->folder, b.folder);
    choose(b.menu, "sub/");
    choose(b.menu, "..");
    choose(b.menu, "sub/");
    choose(b.menu, "x.iso");
    ck_assert(!b.menu->open && b.session->image[2]);
    ck_assert_str_eq(image_path(b.session->image[2]), path);
    /* What is typed is a path, from the folder. */
    menu_open(b.menu);
    choose(b.menu, "Disks");
    choose(b.menu, "Eject CD");
    menu_open(b.menu);
    choose(b.menu, "Disks");
    choose(b.menu, "Insert into CD");
    menu_type(b.menu, "x.isö");
    menu_press(b.menu, MENU_ERASE);
    menu_type(b.menu, "o");
    menu_press(b.menu, MENU_ENTER);
    ck_assert_str_eq(image_path(b.session->image[2]), path);
    bench_close(&b);
}
END_TEST

/* However it is pressed and clicked, nothing is chosen that is not there. */
START_TEST(the_menu_bears_anything)
{
    struct bench b;
    static u32 pixels[MENU_WIDTH * MENU_HEIGHT];
    static const u8 font[256][CANVAS_CELL_HEIGHT];
    struct canvas canvas = { pixels, MENU_WIDTH, MENU_HEIGHT, font };
    u32 seed = 1;
    bench_open(&b);
    ck_assert(chdir(b.folder) == 0);
    for (unsigned i = 0; i < 3000; i++) {
        seed = seed * 1664525 + 1013904223;
        unsigned what = seed >> 24;
        if (!b.menu->open) menu_open(b.menu);
        /* But no file of the host's is put in. */
        if (what < 200 && !(b.menu->types && what % (MENU_ERASE + 1) == MENU_ENTER)) menu_press(b.menu, what % (MENU_ERASE + 1));
        else if (what < 220) menu_type(b.menu, what & 1 ? "a" : "\xC3\xA9");
        else if (!b.menu->types) menu_click(b.menu, seed >> 4 & 0x3FF, seed >> 12 & 0x3FF);
        ck_assert(b.menu->items == 0 || b.menu->selected < b.menu->items);
        menu_draw(b.menu, &canvas);
    }
    ck_assert(chdir("/") == 0);
    bench_close(&b);
}
END_TEST

static void run_for(struct bench *b, u64 ns)
{
    struct clock *clock = &b->session->machine->clock;
    for (u64 end = clock->now + cycles_of_ns(clock, ns); clock->now < end;) {
        machine_run(b->session->machine, MIN(end, clock->now + 100000), UINT64_MAX, false);
        desk_step(&b->desk);
    }
}

/* The BIOS has put them into its buffer at 40:1E, a scan code and a character for each. */
START_TEST(text_is_typed)
{
    struct bench b;
    u8 buffer[8];
    bench_open(&b);
    b.pasted = "Ab\xC3\xA9/";
    run_for(&b, 1000000000);
    desk_paste(&b.desk);
    run_for(&b, 300000000);
    ck_assert_ptr_null(b.desk.typist.text);
    ck_assert_ptr_nonnull(strstr(desk_message(&b.desk), "1 characters"));
    memory_read(&b.session->machine->memory, 0x41E, buffer, sizeof buffer);
    ck_assert_mem_eq(buffer, "A\x1E" "b\x30" "/\x35", 6);
    bench_close(&b);
}
END_TEST

/* The BIOS tries the floppy: its light is on for a while, and then off. */
START_TEST(lights_tell_of_drives)
{
    struct bench b;
    struct lights lights = { { 0 }, { 0 } };
    char text[32];
    bench_open(&b);
    lights_text(&lights, b.session, 1000, text, sizeof text);
    ck_assert_str_eq(text, "");
    run_for(&b, 3000000000);
    lights_text(&lights, b.session, 2000, text, sizeof text);
    ck_assert_str_eq(text, "FDD");
    lights_text(&lights, b.session, 3000, text, sizeof text);
    ck_assert_str_eq(text, "FDD");
    lights_text(&lights, b.session, 1000000000, text, sizeof text);
    ck_assert_str_eq(text, "");
    bench_close(&b);
}
END_TEST

Suite *desk_suite(void)
{
    Suite *suite = suite_create("desk");
    TCase *tests = tcase_create("desk");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, files_find_their_drive);
    tcase_add_test(tests, the_menu_operates_the_machine);
    tcase_add_test(tests, the_menu_finds_files);
    tcase_add_test(tests, the_menu_bears_anything);
    tcase_add_test(tests, text_is_typed);
    tcase_add_test(tests, lights_tell_of_drives);
    suite_add_tcase(suite, tests);
    return suite;
}
