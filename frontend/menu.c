/* The menu (frontend/menu.h): the list, what moves in it, and how it looks. */
#include "frontend/menu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TITLE_LINE = 0, FIRST_LINE = 2, LAST_LINE = MENU_ROWS + 3 };
enum { EDGE = 8 };
static const u32 PAPER = 0xF0202830, BAR = 0xFF3060A0, INK = 0xFFE0E0E0, PALE = 0xFF90A0B0;

struct menu *menu_new(struct desk *desk)
{
    struct menu *menu = calloc(1, sizeof *menu);
    if (!menu) abort();
    menu->desk = desk;
    if (!getcwd(menu->folder, sizeof menu->folder)) strcpy(menu->folder, "/");
    return menu;
}

void menu_free(struct menu *menu) { free(menu); }

void menu_open(struct menu *menu)
{
    menu->open = true;
    menu_go(menu, menu_main_page);
}

void menu_close(struct menu *menu) { menu->open = false; }

/* ---- pages ---- */
void menu_add(struct menu *menu, const char *label, void (*act)(struct menu *, const struct menu_item *), int argument,
              const char *text)
{
    if (menu->items == MENU_ITEMS) return;
    struct menu_item *item = &menu->item[menu->items++];
    *item = (struct menu_item){ .act = act, .argument = argument, .text = text };
    snprintf(item->label, sizeof item->label, "%s", label);
}

void menu_go(struct menu *menu, menu_page *page)
{
    menu->page = page;
    menu->items = menu->selected = menu->top = 0;
    menu->types = false;
    menu->typed[0] = 0;
    page(menu);
}

/* ---- keys ---- */
static void move_to(struct menu *menu, int to)
{
    int last = (int)menu->items - 1;
    menu->selected = (unsigned)MAX(0, MIN(to, last));
    if (menu->selected < menu->top) menu->top = menu->selected;
    if (menu->selected >= menu->top + MENU_ROWS) menu->top = menu->selected - MENU_ROWS + 1;
}

static void choose(struct menu *menu)
{
    if (!menu->items) return;
    const struct menu_item item = menu->item[menu->selected];
    if (item.act) item.act(menu, &item);
}

static void erase(struct menu *menu)
{
    size_t length = strlen(menu->typed);
    while (length && (menu->typed[--length] & 0xC0) == 0x80) {}
    menu->typed[length] = 0;
}

void menu_press(struct menu *menu, enum menu_key key)
{
    static const int steps[] = {
        [MENU_UP] = -1, [MENU_DOWN] = 1, [MENU_PAGE_UP] = -MENU_ROWS, [MENU_PAGE_DOWN] = MENU_ROWS,
        [MENU_HOME] = -MENU_ITEMS, [MENU_END] = MENU_ITEMS,
    };
    if (key == MENU_ENTER) choose(menu);
    else if (key == MENU_ERASE) erase(menu);
    else if (key != MENU_BACK) move_to(menu, (int)menu->selected + steps[key]);
    else if (menu->page == menu_main_page) menu_close(menu);
    else menu_go(menu, menu_main_page);
}

/* A path where one can be typed; else the first letter of what to go to. */
void menu_type(struct menu *menu, const char *utf8)
{
    size_t length = strlen(menu->typed);
    if (menu->types) {
        snprintf(menu->typed + length, sizeof menu->typed - length, "%s", utf8);
        return;
    }
    for (unsigned i = 1; i <= menu->items; i++) {
        unsigned n = (menu->selected + i) % menu->items;
        if ((menu->item[n].label[0] | 0x20) != (utf8[0] | 0x20)) continue;
        move_to(menu, (int)n);
        return;
    }
}

void menu_click(struct menu *menu, unsigned x, unsigned y)
{
    unsigned line = y / CANVAS_CELL_HEIGHT;
    if (x >= MENU_WIDTH || line < FIRST_LINE || line >= FIRST_LINE + MENU_ROWS) return;
    if (menu->top + line - FIRST_LINE >= menu->items) return;
    move_to(menu, (int)(menu->top + line - FIRST_LINE));
    choose(menu);
}

/* ---- looks ---- */
static void line_draw(struct canvas *canvas, unsigned line, const char *text, u32 colour)
{
    char cut[MENU_COLUMNS];
    snprintf(cut, sizeof cut, "%.*s", MENU_COLUMNS - 3, text);
    canvas_text(canvas, EDGE, line * CANVAS_CELL_HEIGHT, cut, colour);
}

static void foot_draw(const struct menu *menu, struct canvas *canvas)
{
    char text[sizeof menu->typed + 8];
    snprintf(text, sizeof text, "Path: %s_", menu->typed);
    if (menu->types && menu->typed[0]) line_draw(canvas, LAST_LINE, text, INK);
    else if (menu->types) line_draw(canvas, LAST_LINE, "Enter chooses, Esc goes back; or type a path", PALE);
    else line_draw(canvas, LAST_LINE, "Enter chooses, Esc goes back", PALE);
}

void menu_draw(const struct menu *menu, struct canvas *canvas)
{
    canvas_fill(canvas, 0, 0, MENU_WIDTH, MENU_HEIGHT, PAPER);
    line_draw(canvas, TITLE_LINE, menu->title, PALE);
    for (unsigned i = 0; i < MENU_ROWS && menu->top + i < menu->items; i++) {
        unsigned line = FIRST_LINE + i;
        if (menu->top + i == menu->selected)
            canvas_fill(canvas, 0, line * CANVAS_CELL_HEIGHT, MENU_WIDTH, CANVAS_CELL_HEIGHT, BAR);
        line_draw(canvas, line, menu->item[menu->top + i].label, INK);
    }
    foot_draw(menu, canvas);
}
