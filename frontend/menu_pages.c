/* The menu's pages (frontend/menu.h): what there is to choose, and what it does. */
#define _GNU_SOURCE
#include "frontend/menu.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static menu_page keys_page, media_page, files_page, speed_page, screen_page;

typedef void act(struct menu *menu, const struct menu_item *item);

/* ---- what the items do ---- */
static void go_keys(struct menu *m, const struct menu_item *i) { (void)i; menu_go(m, keys_page); }
static void go_media(struct menu *m, const struct menu_item *i) { (void)i; menu_go(m, media_page); }
static void go_speed(struct menu *m, const struct menu_item *i) { (void)i; menu_go(m, speed_page); }
static void go_screen(struct menu *m, const struct menu_item *i) { (void)i; menu_go(m, screen_page); }

static void pause_turn(struct menu *menu, const struct menu_item *item)
{
    menu_close(menu);
    desk_pause(menu->desk, item->argument);
}

/* Things of the desk that need nothing else. */
static void (*const orders[])(struct desk *desk) = {
    desk_reset, desk_power_button, desk_screenshot, desk_paste, desk_copy, desk_console, desk_leave,
};
enum { ORDER_RESET, ORDER_POWER, ORDER_SHOT, ORDER_PASTE, ORDER_COPY, ORDER_CONSOLE, ORDER_LEAVE };

static void order(struct menu *menu, const struct menu_item *item)
{
    menu_close(menu);
    orders[item->argument](menu->desk);
}

static void speed(struct menu *menu, const struct menu_item *item)
{
    menu_close(menu);
    desk_speed(menu->desk, (u32)item->argument);
}

static void press(struct menu *menu, const struct menu_item *item)
{
    menu_close(menu);
    desk_press(menu->desk, item->text);
}

static void eject(struct menu *menu, const struct menu_item *item)
{
    menu_close(menu);
    desk_eject(menu->desk, item->text);
}

static void insert(struct menu *menu, const struct menu_item *item)
{
    menu->drive = item->text;
    menu_go(menu, files_page);
}

enum { VIEW_FULL, VIEW_WHOLE, VIEW_SQUARE };
static void view(struct menu *menu, const struct menu_item *item)
{
    struct view *v = &menu->desk->view;
    bool *const flags[] = { &v->full_screen, &v->whole, &v->square };
    *flags[item->argument] = !*flags[item->argument];
    menu_close(menu);
}

/* ---- pages ---- */
void menu_main_page(struct menu *menu)
{
    const struct desk *desk = menu->desk;
    bool paused = desk->session->paused;
    char label[MENU_LABEL];
    menu->title = "trap86";
    if (desk_ended(desk)) menu_add(menu, "The guest has come to its end", NULL, 0, NULL);
    else menu_add(menu, paused ? "Continue" : "Pause", pause_turn, !paused, NULL);
    menu_add(menu, "Keys that the host would take", go_keys, 0, NULL);
    menu_add(menu, "Disks: insert, eject", go_media, 0, NULL);
    menu_add(menu, "Speed", go_speed, 0, NULL);
    menu_add(menu, "Screen", go_screen, 0, NULL);
    menu_add(menu, "Type the clipboard's text", order, ORDER_PASTE, NULL);
    menu_add(menu, "Copy the text of the screen", order, ORDER_COPY, NULL);
    menu_add(menu, "Screenshot", order, ORDER_SHOT, NULL);
    snprintf(label, sizeof label, "Debugger's console: stop the guest (%s)", menu->console_key);
    menu_add(menu, label, order, ORDER_CONSOLE, NULL);
    menu_add(menu, "Power button", order, ORDER_POWER, NULL);
    menu_add(menu, "Reset", order, ORDER_RESET, NULL);
    menu_add(menu, "Quit: the power goes off at once", order, ORDER_LEAVE, NULL);
}

static void keys_page(struct menu *menu)
{
    static const struct { const char *label, *keys; } keys[] = {
        { "Ctrl-Alt-Del", "ctrl-alt-delete" }, { "Ctrl-Alt-Backspace", "ctrl-alt-backspace" }, { "Alt-Tab", "alt-tab" },
        { "Alt-F4", "alt-f4" }, { "Print Screen", "print" }, { "SysRq", "alt-sysrq" }, { "Pause", "pause" }, { "Windows", "meta_l" },
    };
    static const char *const function[] = {
        "ctrl-alt-f1", "ctrl-alt-f2", "ctrl-alt-f3", "ctrl-alt-f4", "ctrl-alt-f5", "ctrl-alt-f6", "ctrl-alt-f7", "ctrl-alt-f8",
        "ctrl-alt-f9", "ctrl-alt-f10", "ctrl-alt-f11", "ctrl-alt-f12",
    };
    enum { ALONE = sizeof "ctrl-alt-" - 1 };
    char label[MENU_LABEL];
    menu->title = "Keys";
    for (unsigned i = 0; i < ARRAY_LEN(keys); i++) menu_add(menu, keys[i].label, press, 0, keys[i].keys);
    for (unsigned i = 0; i < ARRAY_LEN(function); i++) {
        snprintf(label, sizeof label, "F%u", i + 1);
        menu_add(menu, label, press, 0, function[i] + ALONE);
    }
    for (unsigned i = 0; i < ARRAY_LEN(function); i++) {
        snprintf(label, sizeof label, "Ctrl-Alt-F%u", i + 1);
        menu_add(menu, label, press, 0, function[i]);
    }
}

static void speed_page(struct menu *menu)
{
    static const struct { const char *label; u32 permille; } speeds[] = {
        { "Real time", PACE_REAL }, { "As fast as it can", PACE_MAX }, { "Twice as fast", 2 * PACE_REAL },
        { "Half as fast", PACE_REAL / 2 }, { "Slow: a tenth", PACE_REAL / 10 },
    };
    menu->title = "Speed: what the guest sees stays the same";
    for (unsigned i = 0; i < ARRAY_LEN(speeds); i++) {
        menu_add(menu, speeds[i].label, speed, (int)speeds[i].permille, NULL);
        if (menu->desk->session->pace.permille == speeds[i].permille) menu->selected = i;
    }
}

static void screen_page(struct menu *menu)
{
    const struct view *v = &menu->desk->view;
    menu->title = "Screen";
    menu_add(menu, v->full_screen ? "Leave full screen" : "Full screen", view, VIEW_FULL, NULL);
    menu_add(menu, v->whole ? "Smooth: any size" : "Sharp: whole pixels", view, VIEW_WHOLE, NULL);
    menu_add(menu, v->square ? "Shape of a tube: VGA modes 4:3" : "Square pixels", view, VIEW_SQUARE, NULL);
}

static void media_page(struct menu *menu)
{
    static const struct { const char *name, *what; unsigned drive; } drives[] = {
        { "fda", "floppy A", MACHINE_DRIVES }, { "fdb", "floppy B", MACHINE_DRIVES + 1 }, { "hda", "CD on hda", 0 },
        { "hdb", "CD on hdb", 1 }, { "hdc", "CD on hdc", 2 }, { "hdd", "CD on hdd", 3 },
    };
    const struct session *session = menu->desk->session;
    const struct machine_config *config = &session->machine->config;
    char label[MENU_LABEL];
    menu->title = "Disks";
    for (unsigned i = 0; i < ARRAY_LEN(drives); i++) {
        unsigned n = drives[i].drive;
        if (n < MACHINE_DRIVES ? config->drive[n].kind != IDE_CDROM : !config->floppy[n - MACHINE_DRIVES].present) continue;
        snprintf(label, sizeof label, "Insert into %s", drives[i].what);
        menu_add(menu, label, insert, 0, drives[i].name);
        if (!session->image[n]) continue;
        snprintf(label, sizeof label, "Eject %s: %s", drives[i].what, image_path(session->image[n]));
        menu_add(menu, label, eject, 0, drives[i].name);
    }
}

/* ---- files ---- */
static void path_join(const struct menu *menu, const char *name, char path[], size_t room)
{
    if (name[0] == '/') snprintf(path, room, "%s", name);
    else snprintf(path, room, "%s/%s", strcmp(menu->folder, "/") ? menu->folder : "", name);
}

/* The folder as the host names it; one that cannot be gone to is not gone to. */
static void folder_go(struct menu *menu, const char *path)
{
    char *real = realpath(path, NULL);
    if (real && strlen(real) < sizeof menu->folder) strcpy(menu->folder, real);
    free(real);
    menu_go(menu, files_page);
}

static void file_choose(struct menu *menu, const struct menu_item *item)
{
    char path[sizeof menu->folder + MENU_LABEL + sizeof menu->typed];
    struct stat what;
    path_join(menu, menu->typed[0] ? menu->typed : item->label, path, sizeof path);
    if (stat(path, &what) == 0 && S_ISDIR(what.st_mode)) {
        folder_go(menu, path);
        return;
    }
    menu_close(menu);
    desk_insert(menu->desk, menu->drive, path);
}

static int is_shown(const struct dirent *entry)
{
    return strcmp(entry->d_name, "..") == 0 || entry->d_name[0] != '.';
}

/* Folders end with a slash. */
static void files_page(struct menu *menu)
{
    struct dirent **entries;
    char label[MENU_LABEL + 8], path[sizeof menu->folder + MENU_LABEL];
    struct stat what;
    menu->title = menu->folder;
    menu->types = true;
    int count = scandir(menu->folder, &entries, is_shown, alphasort);
    if (count < 0) menu_add(menu, "..", file_choose, 0, NULL);
    for (int i = 0; i < count; i++) {
        path_join(menu, entries[i]->d_name, path, sizeof path);
        bool folder = stat(path, &what) == 0 && S_ISDIR(what.st_mode);
        if (strlen(entries[i]->d_name) < MENU_LABEL - 1) {
            snprintf(label, sizeof label, "%s%s", entries[i]->d_name, folder ? "/" : "");
            menu_add(menu, label, file_choose, 0, NULL);
        }
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}
