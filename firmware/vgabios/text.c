/* Text: cursors, pages, scrolling, reading and writing characters: functions 01h to 0Ah, 0Eh, 0Fh and 13h. The graphics
 * modes' share of it is in graphics.c. */
#include "firmware/vgabios/vgabios.h"

/* ---- cursor and pages ---- */
/* Pages of the text modes follow each other in the mode's segment. */
u16 page_offset(u8 page)
{
    return (u16)(page * bda.page_bytes);
}

static void crtc_word(u8 index, u16 value)
{
    out_index(bda.crtc, index, (u8)(value >> 8));
    out_index(bda.crtc, index + 1, (u8)value);
}

void cursor_hardware(void)
{
    u16 at = bda.cursor[bda.page];
    crtc_word(0x0E, (u16)(bda.page_start / 2 + (at >> 8) * bda.columns + (at & 0xFF)));
}

void cursor_move(u8 page, u8 column, u8 row)
{
    page &= 7;
    bda.cursor[page] = (u16)(row << 8 | column);
    if (page == bda.page) cursor_hardware();
}

/* Programs give lines of a CGA's eight; taller characters get a cursor of the same look: an underline keeps its
 * thickness and place, anything else grows. */
static u16 shape_emulated(u16 shape)
{
    u8 first = (u8)(shape >> 8), last = (u8)shape, height = (u8)bda.char_height;
    if ((bda.control & CONTROL_NO_CURSOR_EMULATION) || height <= 8 || first > 7 || last > 7 || first > last)
        return shape;
    if (last >= 6 && last - first <= 2) return (u16)((first + height - 9) << 8 | (last + height - 9));
    return (u16)((first * height / 8) << 8 | ((last + 1) * height / 8 - 1));
}

void cursor_shape_set(u16 shape)
{
    bda.cursor_shape = shape;
    if (current_mode()->kind != KIND_TEXT) return;
    crtc_word(0x0A, shape_emulated(shape & 0x3F1F) | (shape & 0x6000 ? 0x2000 : 0));
}

void page_select(u8 page)
{
    ROM struct mode *mode = current_mode();
    if (page >= mode->pages) return;
    bda.page = page;
    bda.page_start = page_offset(page);
    crtc_word(0x0C, mode->kind == KIND_TEXT ? bda.page_start / 2 : bda.page_start);
    cursor_hardware();
}

/* ---- scrolling ---- */
static void text_scroll(const struct window *w, u16 segment)
{
    u16 pitch = (u16)(bda.columns * 2), bytes = (u16)((w->right - w->left + 1) * 2);
    u16 step = w->down ? (u16)-pitch : pitch, rows = (u16)(w->bottom - w->top + 1 - w->lines);
    u16 to = (u16)(bda.page_start + (w->down ? w->bottom : w->top) * pitch + w->left * 2);
    u16 from = (u16)(to + step * w->lines);
    u32 blank = (u32)(w->attribute << 8 | ' ') * 0x10001;
    if (bytes == pitch && !w->down) {
        far_copy(FAR(segment, to), FAR(segment, from), rows * pitch);
        far_fill(FAR(segment, to + rows * pitch), blank, w->lines * pitch);
        return;
    }
    for (; rows; rows--, to += step, from += step) far_copy(FAR(segment, to), FAR(segment, from), bytes);
    for (u16 lines = w->lines; lines; lines--, to += step) far_fill(FAR(segment, to), blank, bytes);
}

/* Clips to the screen. No lines, or more than there are, blank the window. */
static void scroll(struct window *w)
{
    ROM struct mode *mode = current_mode();
    if (w->right >= bda.columns) w->right = (u8)(bda.columns - 1);
    if (w->bottom > bda.last_row) w->bottom = bda.last_row;
    if (w->left > w->right || w->top > w->bottom) return;
    u8 rows = (u8)(w->bottom - w->top + 1);
    if (w->lines == 0 || w->lines > rows) w->lines = rows;
    if (mode->kind == KIND_TEXT) text_scroll(w, mode->segment);
    else graphics_scroll(w);
}

/* ---- characters ---- */
static u16 cell(u8 page, u16 at)
{
    return (u16)(page_offset(page) + ((at >> 8) * bda.columns + (at & 0xFF)) * 2);
}

/* One character at a place, with its attribute or without. */
static void character_put(u8 page, u16 at, u8 character, u8 colour, bool coloured)
{
    ROM struct mode *mode = current_mode();
    if (mode->kind != KIND_TEXT) return graphics_write(page, (u8)at, at >> 8, character, colour);
    far_segment(mode->segment);
    if (coloured) es_write16(cell(page, at), (u16)(colour << 8 | character));
    else es_write8(cell(page, at), character);
}

static u16 line_feed(u8 page, u16 at)
{
    if (at >> 8 < bda.last_row) return (u16)(at + 0x100);
    struct window w;
    w.top = w.left = 0;
    w.bottom = bda.last_row;
    w.right = (u8)(bda.columns - 1);
    w.lines = 1;
    w.down = false;
    w.attribute = 0;
    if (current_mode()->kind == KIND_TEXT) {
        far_segment(current_mode()->segment);
        w.attribute = es_read8(cell(page, at) + 1);
    }
    scroll(&w);
    return at;
}

/* The speaker for a moment, as programs expect of BEL. Port 61h's refresh bit gives the time, within reason. */
static void bell(void)
{
    outb(0x43, 0xB6);
    outb(0x42, 0x33);
    outb(0x42, 0x05);
    outb(0x61, inb(0x61) | 3);
    for (u16 i = 0; i < 4000; i++) inb(0x61);
    outb(0x61, inb(0x61) & ~3);
}

static u16 teletype_at(u8 page, u16 at, u8 character, u8 colour, bool coloured)
{
    switch (character) {
    case 7:  bell(); return at;
    case 8:  return at & 0xFF ? at - 1 : at;
    case 10: return line_feed(page, at);
    case 13: return at & 0xFF00;
    }
    character_put(page, at, character, colour, coloured);
    if ((at & 0xFF) + 1 < bda.columns) return (u16)(at + 1);
    return line_feed(page, at & 0xFF00);
}

void teletype(u8 page, u8 character, u8 colour)
{
    u16 at = teletype_at(page, bda.cursor[page], character, colour, false);
    cursor_move(page, (u8)at, at >> 8);
}

/* ---- the services ---- */
void mode_service(struct regs *r)
{
    u8 mode = r->al;
    r->al = (mode & 0x7F) > 7 ? 0x20 : (mode & 0x7F) == 6 ? 0x3F : 0x30;
    mode_set(mode);
}

void cursor_shape_service(struct regs *r) { cursor_shape_set(r->cx); }
void cursor_move_service(struct regs *r)  { cursor_move(r->bh, r->dl, r->dh); }

void cursor_read_service(struct regs *r)
{
    r->dx = bda.cursor[r->bh & 7];
    r->cx = bda.cursor_shape;
}

void light_pen_service(struct regs *r) { r->ax = 0; }      /* there is none */
void page_service(struct regs *r)      { page_select(r->al); }

void scroll_service(struct regs *r)
{
    struct window w;
    w.top = r->ch;
    w.left = r->cl;
    w.bottom = r->dh;
    w.right = r->dl;
    w.lines = r->al;
    w.attribute = r->bh;
    w.down = r->ah == 7;
    scroll(&w);
}

void read_service(struct regs *r)
{
    ROM struct mode *mode = current_mode();
    u8 page = r->bh & 7;
    u16 at = bda.cursor[page];
    if (mode->kind != KIND_TEXT) {
        r->al = graphics_read(page, (u8)at, at >> 8);
        r->ah = 0;
        return;
    }
    far_segment(mode->segment);
    r->ax = es_read16(cell(page, at));
}

/* 09h with an attribute, 0Ah without; CX times from the cursor on, which stays. In graphics modes to the line's end. */
void write_service(struct regs *r)
{
    ROM struct mode *mode = current_mode();
    u8 page = r->bh & 7;
    u16 at = bda.cursor[page], count = r->cx;
    if (mode->kind == KIND_PACKED) page = 0;                 /* BH is the background's colour, and always was unused */
    if (mode->kind == KIND_TEXT && r->ah == 9) {
        far_fill(FAR(mode->segment, cell(page, at)), (u32)(r->bl << 8 | r->al) * 0x10001, count > 0x4000 ? 0 : count * 2);
        return;
    }
    for (; count && (at & 0xFF) < bda.columns; count--) {
        character_put(page, at, r->al, r->bl, r->ah == 9);
        at++;
        if (mode->kind == KIND_TEXT && (at & 0xFF) == bda.columns) at = (u16)((at & 0xFF00) + 0x100);
    }
}

void teletype_service(struct regs *r) { teletype(bda.page, r->al, r->bl); }

void mode_read_service(struct regs *r)
{
    r->al = bda.mode | (bda.control & CONTROL_NO_CLEAR);
    r->ah = (u8)bda.columns;
    r->bh = bda.page;
}

/* AL bit 0: the cursor moves; bit 1: the string has attributes. */
void string_service(struct regs *r)
{
    u8 page = r->bh & 7;
    u16 at = r->dx, from = r->bp, old = bda.cursor[page];
    if (r->al > 3) return;
    for (u16 count = r->cx; count; count--) {
        far_segment(r->es);
        u8 character = es_read8(from++), colour = r->al & 2 ? es_read8(from++) : r->bl;
        at = teletype_at(page, at, character, colour, true);
    }
    if (!(r->al & 1)) at = old;
    cursor_move(page, (u8)at, at >> 8);
}
