/* The menu of a window: lists to choose from, over the guest's picture. It knows neither the window nor SDL. */
#ifndef FRONTEND_MENU_H
#define FRONTEND_MENU_H
#include "frontend/canvas.h"
#include "frontend/desk.h"

enum { MENU_ITEMS = 512, MENU_LABEL = 256, MENU_ROWS = 16, MENU_COLUMNS = 60 };
enum { MENU_WIDTH = MENU_COLUMNS * CANVAS_CELL_WIDTH, MENU_HEIGHT = (MENU_ROWS + 4) * CANVAS_CELL_HEIGHT };
enum menu_key { MENU_UP, MENU_DOWN, MENU_PAGE_UP, MENU_PAGE_DOWN, MENU_HOME, MENU_END, MENU_ENTER, MENU_BACK, MENU_ERASE };

struct menu;
struct menu_item {
    char   label[MENU_LABEL];
    void (*act)(struct menu *menu, const struct menu_item *item);
    int    argument;
    const char *text;                /* another */
};

typedef void menu_page(struct menu *menu);

struct menu {
    struct desk     *desk;
    const char      *console_key;    /* as the user calls it */
    bool             open;
    menu_page       *page;           /* fills the list */
    const char      *title;
    struct menu_item item[MENU_ITEMS];
    unsigned         items, selected, top;
    bool             types;          /* what is typed is a path */
    char             folder[4096], typed[1024];
    const char      *drive;          /* what the list of files is for */
};

/* A menu that is closed. */
struct menu *menu_new(struct desk *desk);
void menu_free(struct menu *menu);
void menu_open(struct menu *menu);
void menu_close(struct menu *menu);
void menu_press(struct menu *menu, enum menu_key key);
/* Text that was typed. */
void menu_type(struct menu *menu, const char *utf8);
/* A click at a point of the canvas that menu_draw drew on. */
void menu_click(struct menu *menu, unsigned x, unsigned y);
/* Draws the whole menu on a canvas of MENU_WIDTH x MENU_HEIGHT. */
void menu_draw(const struct menu *menu, struct canvas *canvas);

/* For the pages (menu_pages.c): goes to one; fills its list. */
void menu_go(struct menu *menu, menu_page *page);
void menu_add(struct menu *menu, const char *label, void (*act)(struct menu *, const struct menu_item *), int argument,
              const char *text);
menu_page menu_main_page;
#endif
