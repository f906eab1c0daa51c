/* One line of the console as it is typed: by libedit on a terminal, with a history and completion, or plain. */
#ifndef FRONTEND_PROMPT_LINE_H
#define FRONTEND_PROMPT_LINE_H
#include "core/types.h"

struct prompt_line;
typedef bool prompt_line_fn(void *self, const char *line);

/* `out` is where it echoes; terminal: standard input is one, and is edited on. Each whole line goes to `done`, which
 * returns false if no more are wanted. */
struct prompt_line *prompt_line_new(int out, bool terminal, prompt_line_fn *done, void *self);
/* NULL is good. */
void prompt_line_free(struct prompt_line *line);
/* Shows the prompt, with what was typed already; the terminal is ours until prompt_line_hide. */
void prompt_line_show(struct prompt_line *line);
/* False: it was not to be seen. */
bool prompt_line_hide(struct prompt_line *line);
/* Forgets what was typed of a line; while it is hidden. */
void prompt_line_clear(struct prompt_line *line);
/* Bytes that were typed. false: `done` said so. */
bool prompt_line_take(struct prompt_line *line, const u8 *bytes, size_t count);
#endif
