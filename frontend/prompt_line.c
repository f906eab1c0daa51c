/* Line editing of the console (prompt_line.h) by libedit(3), or without it. */
#define _GNU_SOURCE
#include "frontend/prompt_line.h"
#include "frontend/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#ifdef HAVE_EDIT
#include <histedit.h>
#endif

#define PROMPT "(trap86) "
enum { LINE_MOST = 1023, HISTORY_LINES = 500 };

struct prompt_line {
    int             out;
    bool            echo, shown, was_return;
    prompt_line_fn *done;
    void           *self;
    char            text[LINE_MOST + 1];
    size_t          length;                /* of what was typed, while it is not shown */
    const u8       *typed;                 /* not yet taken by the editor */
    size_t          typed_count;
#ifdef HAVE_EDIT
    EditLine *editor;                      /* NULL: plain */
    History  *history;
    FILE     *file_in, *file_out;
    struct termios raw;                    /* the terminal as the guest's keys need it */
#endif
};

static void say(const struct prompt_line *line, const char *text, size_t length)
{
    if (write(line->out, text, length) < 0) return;
}

/* ---- plain ---- */
static bool plain_byte(struct prompt_line *line, u8 byte)
{
    bool ends = byte == '\n' || byte == '\r', again = byte == '\n' && line->was_return;
    line->was_return = byte == '\r';
    if (again) return true;
    if (ends) {
        if (line->echo) say(line, "\n", 1);
        line->text[line->length] = 0;
        line->length = 0;
        line->shown = false;
        return line->done(line->self, line->text);
    }
    if (byte == 8 || byte == 127) {
        if (line->length && line->echo) say(line, "\b \b", 3);
        line->length -= line->length > 0;
    } else if (byte >= ' ' && line->length < LINE_MOST) {
        line->text[line->length++] = (char)byte;
        if (line->echo) say(line, (const char *)&byte, 1);
    }
    return true;
}

#ifdef HAVE_EDIT
/* ---- libedit ---- */
static char *prompt_text(EditLine *editor)
{
    (void)editor;
    return PROMPT;
}

static int typed_next(EditLine *editor, wchar_t *to)
{
    struct prompt_line *line;
    el_get(editor, EL_CLIENTDATA, &line);
    if (line->typed_count == 0) return 0;
    *to = *line->typed++;
    line->typed_count--;
    return 1;
}

/* Completes the command's name, or what stands behind `info`. */
static unsigned char complete(EditLine *editor, int key)
{
    const LineInfo *info = el_line(editor);
    char typed[80], rest[80];
    size_t length = (size_t)(info->cursor - info->buffer);
    (void)key;
    if (length >= sizeof typed) return CC_ERROR;
    memcpy(typed, info->buffer, length);
    typed[length] = 0;
    if (!command_complete(typed, rest, sizeof rest)) return CC_ERROR;
    return el_insertstr(editor, rest) ? CC_ERROR : CC_REFRESH;
}

static void editor_open(struct prompt_line *line)
{
    HistEvent event;
    line->file_in = fdopen(dup(STDIN_FILENO), "r");
    line->file_out = fdopen(dup(line->out), "w");
    if (!line->file_in || !line->file_out || tcgetattr(STDIN_FILENO, &line->raw)) return;
    line->editor = el_init("trap86", line->file_in, line->file_out, line->file_out);
    if (!line->editor) return;
    line->history = history_init();
    history(line->history, &event, H_SETSIZE, HISTORY_LINES);
    history(line->history, &event, H_SETUNIQUE, 1);
    el_set(line->editor, EL_CLIENTDATA, line);
    el_set(line->editor, EL_GETCFN, typed_next);
    el_set(line->editor, EL_PROMPT, prompt_text);
    el_set(line->editor, EL_SIGNAL, 0);
    el_set(line->editor, EL_HIST, history, line->history);
    el_set(line->editor, EL_EDITOR, "emacs");
    el_set(line->editor, EL_ADDFN, "trap86-complete", "completes a command", complete);
    el_set(line->editor, EL_BIND, "^I", "trap86-complete", NULL);
    /* Ctrl-C stops the guest: it comes as a byte. */
    el_set(line->editor, EL_SETTY, "-d", "-isig", NULL);
}

static void editor_close(struct prompt_line *line)
{
    if (line->editor) el_end(line->editor);
    if (line->history) history_end(line->history);
    if (line->file_in) fclose(line->file_in);
    if (line->file_out) fclose(line->file_out);
}

/* The editor would leave the terminal to cook lines, as it does for programs that have no keys of their own. */
static void editor_rest(struct prompt_line *line)
{
    el_set(line->editor, EL_UNBUFFERED, 0);
    tcsetattr(STDIN_FILENO, TCSANOW, &line->raw);
}

/* The editor forgets what was typed when it lets go of the terminal. */
static void editor_hide(struct prompt_line *line)
{
    const LineInfo *info = el_line(line->editor);
    line->length = MIN((size_t)(info->lastchar - info->buffer), (size_t)LINE_MOST);
    memcpy(line->text, info->buffer, line->length);
    editor_rest(line);
}

static void editor_show(struct prompt_line *line)
{
    el_set(line->editor, EL_UNBUFFERED, 1);
    line->text[line->length] = 0;
    if (!line->length) return;
    el_insertstr(line->editor, line->text);
    el_set(line->editor, EL_REFRESH);
}

/* One key; whole lines come with their end. */
static bool editor_key(struct prompt_line *line)
{
    HistEvent event;
    int count;
    const char *text = el_gets(line->editor, &count);
    if (!text || count <= 0 || (text[count - 1] != '\n' && text[count - 1] != '\r')) return true;
    snprintf(line->text, sizeof line->text, "%.*s", count - 1, text);
    line->length = 0;
    line->shown = false;
    editor_rest(line);
    if (*line->text) history(line->history, &event, H_ENTER, line->text);
    return line->done(line->self, line->text);
}

static bool edited(struct prompt_line *line, const u8 *bytes, size_t count)
{
    line->typed = bytes;
    line->typed_count = count;
    while (line->typed_count) {
        prompt_line_show(line);
        if (!editor_key(line)) return false;
    }
    return true;
}
#endif

struct prompt_line *prompt_line_new(int out, bool terminal, prompt_line_fn *done, void *self)
{
    struct prompt_line *line = calloc(1, sizeof *line);
    if (!line) abort();
    *line = (struct prompt_line){ .out = out, .echo = terminal, .done = done, .self = self };
#ifdef HAVE_EDIT
    if (terminal) editor_open(line);
#endif
    return line;
}

void prompt_line_free(struct prompt_line *line)
{
    if (!line) return;
    prompt_line_hide(line);
#ifdef HAVE_EDIT
    editor_close(line);
#endif
    free(line);
}

void prompt_line_show(struct prompt_line *line)
{
    if (line->shown) return;
    line->shown = true;
#ifdef HAVE_EDIT
    if (line->editor) {
        editor_show(line);
        return;
    }
#endif
    say(line, PROMPT, strlen(PROMPT));
    if (line->echo) say(line, line->text, line->length);
}

bool prompt_line_hide(struct prompt_line *line)
{
    if (!line->shown) return false;
    line->shown = false;
#ifdef HAVE_EDIT
    if (line->editor) editor_hide(line);
#endif
    return true;
}

void prompt_line_clear(struct prompt_line *line)
{
    line->length = 0;
}

bool prompt_line_take(struct prompt_line *line, const u8 *bytes, size_t count)
{
#ifdef HAVE_EDIT
    if (line->editor) return edited(line, bytes, count);
#endif
    for (size_t i = 0; i < count; i++)
        if (!plain_byte(line, bytes[i])) return false;
    return true;
}
