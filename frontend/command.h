/* The console's commands, as gdb's `monitor`, a control socket and the console itself give them. */
#ifndef FRONTEND_COMMAND_H
#define FRONTEND_COMMAND_H
#include "frontend/session.h"

struct command {
    const char *names;                 /* the name, then other spellings, with spaces between */
    const char *argument;              /* as help shows it; "": takes none */
    const char *help;
    /* `argument` is what stands behind the name, without blanks at its ends. false: the run is over (session->end). */
    bool      (*act)(struct session *session, const char *argument, FILE *out);
};

/* Each room of commands has one table; command.c lists them. */
struct command_table { const char *title; const struct command *rows; unsigned count; };
extern const struct command_table run_commands;        /* command_run.c: going on, stopping, the machine as a whole */
extern const struct command_table points_commands;     /* command_points.c */
extern const struct command_table lists_commands;      /* command_lists.c: about the points that there are, and files of commands */
extern const struct command_table step_commands;       /* command_step.c: steps, and changes of the guest's state */
extern const struct command_table machine_commands;    /* command_machine.c: keys, media, power, screen, states */
extern const struct command_table look_commands;       /* command_look.c: code and memory */
extern const struct command_table info_commands;       /* command_info.c: `info` and its subjects */

/* Whether the `length` characters at `word` are one of the names. */
bool command_named(const char *names, const char *word, size_t length);

/* Carries out one line and writes what it has to say to `out`; an unknown command is told of there. false: the run is
 * over (session->end says how). */
bool console_command(struct session *session, const char *line, FILE *out);

/* What completes a command that is typed so far, as far as it is the same for all that begin so, with a blank behind a
 * whole name; false: nothing. */
bool command_complete(const char *typed, char *rest, size_t size);
/* The names of the subjects of `info`, for that: the i-th, or NULL. */
const char *info_subject(unsigned i);
/* Carries out the lines of a file. false with *why: it cannot be read. */
bool commands_source(struct session *session, const char *path, FILE *out, struct error *why);
/* Words of the stack, with the symbols that they name. */
void stack_print(struct session *session, u32 words, FILE *out);
/* The instruction that comes next, with its line of source. */
void here_print(struct session *session, FILE *out);
/* The points that there are, gdb's too. */
void points_print(struct session *session, FILE *out);
#endif
