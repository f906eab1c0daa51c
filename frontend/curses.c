/* -display curses: the VGA's text screen in a terminal, with its colours and line drawing, and the terminal's keys as
 * the guest's (ncurses(3), XSI Curses). Ctrl-A is ours, as with -nographic: Ctrl-A h lists what it does.
 *
 * A terminal sends characters, not keys: each becomes the stroke of a US keyboard that types it. Escape before a key is
 * Alt, as terminals have it; Escape alone is itself after ESCAPE_MS. */
#include "frontend/curses.h"
#include "frontend/session.h"
#ifdef HAVE_CURSES
#include "frontend/keys.h"
#include "frontend/screenshot.h"
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of scan code set 1. */
enum { ALT = 0x38, RELEASE = 0x80 };
enum { FRAME_NS = 33000000, ESCAPE_MS = 50, CTRL_A = 1, ESCAPE = 27, NOTE_BYTES = 120 };

struct curses {
    struct session *session;
    int             watched;
    u64             drawn;                   /* host's clock */
    bool            ours;                    /* Ctrl-A was the last key */
    unsigned        shots;
    char            note[NOTE_BYTES];        /* shown in the last line until the next key */
    struct vga_cell cells[VGA_CELLS_MOST];
};

/* ---- keys ---- */
static const struct { int code; const char *name; } special[] = {
    { KEY_UP, "up" }, { KEY_DOWN, "down" }, { KEY_LEFT, "left" }, { KEY_RIGHT, "right" }, { KEY_HOME, "home" },
    { KEY_END, "end" }, { KEY_PPAGE, "pgup" }, { KEY_NPAGE, "pgdn" }, { KEY_IC, "insert" }, { KEY_DC, "delete" },
    { KEY_BACKSPACE, "backspace" }, { 127, "backspace" }, { KEY_ENTER, "kp_enter" }, { KEY_BTAB, "shift-tab" },
    { KEY_SLEFT, "shift-left" }, { KEY_SRIGHT, "shift-right" }, { KEY_SHOME, "shift-home" }, { KEY_SEND, "shift-end" },
    { KEY_SDC, "shift-delete" }, { '\r', "ret" }, { '\n', "ret" }, { '\t', "tab" }, { '\b', "backspace" }, { ESCAPE, "esc" },
    { 0, "ctrl-spc" }, { 28, "ctrl-backslash" }, { 29, "ctrl-bracket_right" }, { 30, "ctrl-shift-6" }, { 31, "ctrl-minus" },
};

/* The name of a key of the terminal's in keys.c's words; false if it has none. */
static bool stroke_name(int key, char *name, size_t room)
{
    for (unsigned i = 0; i < ARRAY_LEN(special); i++)
        if (special[i].code == key) return snprintf(name, room, "%s", special[i].name) > 0;
    if (key >= KEY_F(1) && key <= KEY_F(12)) return snprintf(name, room, "f%d", key - KEY_F0) > 0;
    if (key >= KEY_F(13) && key <= KEY_F(24)) return snprintf(name, room, "shift-f%d", key - KEY_F(12)) > 0;
    if (key >= 1 && key <= 26) return snprintf(name, room, "ctrl-%c", 'a' + key - 1) > 0;
    return false;
}

static void key_type(struct curses *c, int key, bool alt)
{
    u8 codes[KEYS_BYTES];
    char name[32], whole[40];
    unsigned count = 0;
    if (stroke_name(key, name, sizeof name)) {
        snprintf(whole, sizeof whole, "%s%s", alt ? "alt-" : "", name);
        count = keys_combination(whole, codes);
    } else if (key >= ' ' && key < 127) {
        count = keys_character((char)key, codes + alt);
        if (count && alt) {
            codes[0] = ALT;
            codes[count + 1] = ALT | RELEASE;
            count += 2;
        }
    }
    strokes_add(&c->session->strokes, codes, count);
}

/* ---- Ctrl-A ---- */
static bool order_quit(struct curses *c)
{
    c->session->end = END_QUIT;
    return false;
}

static bool order_shot(struct curses *c)
{
    struct error why;
    char name[32];
    do snprintf(name, sizeof name, "trap86-%u.png", ++c->shots);
    while (access(name, F_OK) == 0);
    if (session_screenshot(c->session, name, &why)) snprintf(c->note, sizeof c->note, "the screen is in %s", name);
    else snprintf(c->note, sizeof c->note, "%.*s", NOTE_BYTES - 1, why.text);
    return true;
}

static bool order_pause(struct curses *c)
{
    session_pause(c->session, !c->session->paused);
    return true;
}

static bool order_power(struct curses *c)
{
    struct machine *m = c->session->machine;
    input_post(&m->input, m->pm.power_source, (const u8 *)"p", 1);
    return true;
}

static bool order_reset(struct curses *c)
{
    struct machine *m = c->session->machine;
    input_post(&m->input, m->pm.power_source, (const u8 *)"r", 1);
    return true;
}

static bool order_delete(struct curses *c)
{
    u8 codes[KEYS_BYTES];
    strokes_add(&c->session->strokes, codes, keys_combination("ctrl-alt-delete", codes));
    return true;
}

static bool order_help(struct curses *c);
static bool order_itself(struct curses *c)
{
    key_type(c, CTRL_A, false);
    return true;
}

static const struct { int key; const char *what; bool (*run)(struct curses *c); } orders[] = {
    { 'h', "help", order_help }, { 'x', "end", order_quit }, { 's', "screenshot", order_shot }, { 'p', "pause", order_pause },
    { 'd', "Ctrl-Alt-Del", order_delete }, { 'b', "power button", order_power }, { 'r', "reset", order_reset },
    { CTRL_A, NULL, order_itself },
};

static bool order_help(struct curses *c)
{
    size_t length = (size_t)snprintf(c->note, sizeof c->note, "Ctrl-A");
    for (unsigned i = 0; i < ARRAY_LEN(orders) && length < sizeof c->note; i++)
        if (orders[i].what)
            length += (size_t)snprintf(c->note + length, sizeof c->note - length, " %c %s%s", orders[i].key, orders[i].what,
                                       orders[i + 1].what ? "," : "");
    return true;
}

static bool key_take(struct curses *c, int key)
{
    c->note[0] = 0;
    if (!c->ours && key == CTRL_A) return c->ours = true;
    if (c->ours) {
        c->ours = false;
        for (unsigned i = 0; i < ARRAY_LEN(orders); i++)
            if (orders[i].key == key) return orders[i].run(c);
        return order_help(c);
    }
    int second = key == ESCAPE ? getch() : ERR;
    key_type(c, second == ERR ? key : second, second != ERR);
    return true;
}

/* ---- the screen ---- */
/* The 16 colours in the PC's order, in curses': red and blue change places. */
static short colour(unsigned index)
{
    return (short)((index & 8) | (index & 1) << 2 | (index & 2) | (index & 4) >> 2);
}

static bool colours_all(void) { return COLORS >= 16 && COLOR_PAIRS > 256; }

static void colours_begin(void)
{
    if (!has_colors()) return;
    start_color();
    unsigned count = colours_all() ? 16 : 8;
    for (unsigned i = 0; i < count * count; i++) init_pair((short)(i + 1), colour(i % count), colour(i / count));
}

static attr_t cell_attributes(const struct vga_cell *cell, short *pair)
{
    attr_t attributes = (cell->blinks ? A_BLINK : 0) | (!colours_all() && cell->foreground & 8 ? A_BOLD : 0);
    unsigned count = colours_all() ? 16 : 8;
    *pair = has_colors() ? (short)(cell->background % count * count + cell->foreground % count + 1) : 0;
    return has_colors() || cell->background == 0 ? attributes : attributes | A_REVERSE;
}

static void cell_draw(int y, int x, const struct vga_cell *cell)
{
    short pair;
    attr_t attributes = cell_attributes(cell, &pair);
    wchar_t text[] = { vga_unicode(cell->code), 0 };
    cchar_t complex;
    setcchar(&complex, text, attributes, pair, NULL);
    mvadd_wch(y, x, &complex);
}

/* A screen larger than the terminal is shown around its cursor. */
static int window_begin(unsigned size, unsigned cursor, int room)
{
    return (int)size <= room ? 0 : MIN(MAX((int)cursor - room / 2, 0), (int)size - room);
}

static void text_draw(const struct curses *c, unsigned rows, unsigned columns)
{
    unsigned cursor = 0;
    while (cursor < rows * columns && !c->cells[cursor].cursor) cursor++;
    bool shown = cursor < rows * columns;
    unsigned cursor_row = shown ? cursor / columns : rows - 1, cursor_column = shown ? cursor % columns : 0;
    int top = window_begin(rows, cursor_row, LINES), left = window_begin(columns, cursor_column, COLS);
    for (int y = 0; y < LINES && y + top < (int)rows; y++)
        for (int x = 0; x < COLS && x + left < (int)columns; x++)
            cell_draw(y, x, &c->cells[(unsigned)(y + top) * columns + (unsigned)(x + left)]);
    curs_set(shown);
    if (shown) move((int)cursor_row - top, (int)cursor_column - left);
}

static void graphics_draw(struct curses *c)
{
    vga_render(&c->session->machine->vga, &c->session->screen);
    mvprintw(LINES / 2, 0, "The guest shows graphics, %ux%u. Ctrl-A s writes the picture to a file.",
             c->session->screen.width, c->session->screen.height);
    curs_set(0);
}

static void note_draw(const struct curses *c)
{
    const char *note = c->session->paused && !c->note[0] ? "paused: Ctrl-A p goes on" : c->note;
    int y, x;
    if (!*note) return;
    getyx(stdscr, y, x);
    attr_set(A_REVERSE, 0, NULL);
    mvprintw(LINES - 1, 0, "%.*s", COLS - 1, note);
    attr_set(A_NORMAL, 0, NULL);
    move(y, x);
}

/* curses sends only what has changed. */
static void draw(struct curses *c)
{
    unsigned columns, rows = vga_cells(&c->session->machine->vga, c->cells, VGA_CELLS_MOST, &columns);
    erase();
    if (rows) text_draw(c, rows, columns);
    else graphics_draw(c);
    note_draw(c);
    refresh();
    c->drawn = host_clock_ns();
}

/* ---- the door ---- */
static enum door_state state(const void *self)
{
    (void)self;
    return DOOR_AWAITED;
}

static void watch(void *self, struct waiter *waiter)
{
    struct curses *c = self;
    c->watched = waiter_add(waiter, STDIN_FILENO, POLLIN);
    waiter->limit_ns = MIN(waiter->limit_ns, (u64)FRAME_NS);
}

static bool answer(void *self, const struct waiter *waiter)
{
    struct curses *c = self;
    bool keys = waiter_events(waiter, c->watched);
    /* A terminal that is gone reads as one without keys, for ever. */
    if (waiter_events(waiter, c->watched) & (POLLHUP | POLLERR)) return order_quit(c);
    for (int key; keys && (key = getch()) != ERR;) {
        if (key == KEY_RESIZE) clear();
        else if (!key_take(c, key)) return false;
    }
    if (keys || host_clock_ns() - c->drawn >= FRAME_NS) draw(c);
    return true;
}

static const struct door_class curses_door = { .state = state, .watch = watch, .answer = answer };

/* ---- life ---- */
/* Characters outside ASCII need a locale with UTF-8, which many terminals of programs and containers do not set. */
static void locale_begin(void)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

bool curses_built(void) { return true; }

struct curses *curses_open(struct session *session, struct error *why)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(why, "-display curses: standard input and output are no terminal; use -display none");
        return NULL;
    }
    if (!session->machine->config.vga_bytes) {
        error_set(why, "-display curses: there is no display adapter (-vga none)");
        return NULL;
    }
    struct curses *c = calloc(1, sizeof *c);
    if (!c) abort();
    locale_begin();
    if (!newterm(NULL, stdout, stdin)) {
        error_set(why, "-display curses: nothing is known about the terminal '%s': set TERM, or use -display none", term ? term : "");
        free(c);
        return NULL;
    }
    raw();
    noecho();
    nonl();
    keypad(stdscr, true);
    nodelay(stdscr, true);
    set_escdelay(ESCAPE_MS);
    colours_begin();
    c->session = session;
    snprintf(c->note, sizeof c->note, "trap86: Ctrl-A h lists the keys");
    session_door_add(session, &curses_door, c);
    return c;
}

void curses_close(struct curses *c)
{
    if (!c) return;
    endwin();
    free(c);
}
#else
bool curses_built(void) { return false; }

struct curses *curses_open(struct session *session, struct error *why)
{
    (void)session;
    error_set(why, "-display curses: this trap86 is built without it; install libncurses-dev and configure again");
    return NULL;
}

void curses_close(struct curses *curses) { (void)curses; }
#endif
