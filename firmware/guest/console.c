/* The embedded guest's output: COM1, polled, and the text screen at B8000h if there is one. */
#include "firmware/guest/guest_main.h"

enum { COM1 = 0x3f8, LINES = 25, COLUMNS = 80, GREY = 0x0700 };

struct screen {
    u16 *cells;             /* NULL without one */
    int line, column;
};

static struct screen screen;

void console_init(void)
{
    u16 *cells = (u16 *)0xb8000;
    __asm__("" : "+r"(cells));
    volatile u16 *probe = cells;
    out8(COM1 + 1, 0);
    out8(COM1 + 3, 0x80);
    out8(COM1, 1);
    out8(COM1 + 1, 0);
    out8(COM1 + 3, LINE_BYTE);
    out8(COM1 + 2, 7);
    out8(COM1 + 4, 3);
    probe[0] = GREY | 'a';
    probe[1] = GREY | 'b';
    screen.cells = probe[0] == (GREY | 'a') && probe[1] == (GREY | 'b') ? cells : 0;
    for (int i = 0; screen.cells && i < LINES * COLUMNS; i++)
        cells[i] = GREY | ' ';
}

static void line_feed(void)
{
    screen.column = 0;
    if (++screen.line < LINES)
        return;
    screen.line = LINES - 1;
    for (int i = 0; i < LINES * COLUMNS; i++)
        screen.cells[i] = i < (LINES - 1) * COLUMNS ? screen.cells[i + COLUMNS] : GREY | ' ';
}

static void screen_put(char c)
{
    if (c == '\n') {
        line_feed();
    } else if (screen.column < COLUMNS) {
        screen.cells[screen.line * COLUMNS + screen.column++] = GREY | (u8)c;
    }
}

/* A machine whose port never gets ready does not stop the guest. */
static void serial_put(char c)
{
    for (int tries = 1000000; tries && !(in8(COM1 + 5) & 0x20); tries--) {
    }
    out8(COM1, c);
}

void console_print(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            serial_put('\r');
        serial_put(*text);
        if (screen.cells)
            screen_put(*text);
    }
}
