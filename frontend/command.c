/* The console's commands (command.h): finds the one that a line names, in the tables of the rooms of commands. */
#include "frontend/command.h"
#include <string.h>

enum { LINE_BYTES = 1024 };

static bool help(struct session *session, const char *argument, FILE *out);
static const struct command help_rows[] = { { "help h ?", "[COMMAND]", "this list, or one of its lines", help } };
static const struct command_table help_commands = { "Help", help_rows, ARRAY_LEN(help_rows) };

static const struct command_table *const tables[] = { &run_commands, &step_commands, &points_commands, &lists_commands, &machine_commands, &look_commands, &info_commands, &help_commands };

bool command_named(const char *names, const char *word, size_t length)
{
    for (size_t n; *names; names += n + (names[n] == ' ')) {
        n = strcspn(names, " ");
        if (n == length && strncmp(names, word, n) == 0) return true;
    }
    return false;
}

static const struct command *command_find(const char *word, size_t length)
{
    for (unsigned t = 0; t < ARRAY_LEN(tables); t++)
        for (unsigned i = 0; i < tables[t]->count; i++)
            if (command_named(tables[t]->rows[i].names, word, length)) return &tables[t]->rows[i];
    return NULL;
}

static void command_print(const struct command *command, FILE *out)
{
    char left[80];
    snprintf(left, sizeof left, "%s %s", command->names, command->argument);
    fprintf(out, "  %-36s %s\n", left, command->help);
}

static void unknown(const char *word, size_t length, FILE *out)
{
    fprintf(out, "there is no command '%.*s'; help lists them\n", (int)MIN(length, (size_t)40), word);
}

static bool help(struct session *session, const char *argument, FILE *out)
{
    (void)session;
    const struct command *one = *argument ? command_find(argument, strlen(argument)) : NULL;
    if (one) command_print(one, out);
    else if (*argument) unknown(argument, strlen(argument), out);
    for (unsigned t = 0; !*argument && t < ARRAY_LEN(tables); t++) {
        fprintf(out, "%s:\n", tables[t]->title);
        for (unsigned i = 0; i < tables[t]->count; i++) command_print(&tables[t]->rows[i], out);
    }
    return true;
}

/* Makes `common` what it and a name have in common; the first name is taken whole. */
static void common_make(char *common, size_t size, const char *names, const char *typed, unsigned *found)
{
    size_t length = strcspn(names, " "), typed_length = strlen(typed), n = 0;
    if (length < typed_length || strncmp(names, typed, typed_length) != 0 || length >= size) return;
    if (!(*found)++) {
        snprintf(common, size, "%.*s", (int)length, names);
        return;
    }
    while (n < length && common[n] == names[n]) n++;
    common[n] = 0;
}

bool command_complete(const char *typed, char *rest, size_t size)
{
    char common[80] = "";
    unsigned found = 0;
    const char *subject = strncmp(typed, "info ", 5) == 0 ? typed + 5 : NULL, *names;
    if (subject)
        for (unsigned i = 0; (names = info_subject(i)); i++) common_make(common, sizeof common, names, subject, &found);
    for (unsigned t = 0; !subject && t < ARRAY_LEN(tables); t++)
        for (unsigned i = 0; i < tables[t]->count; i++) common_make(common, sizeof common, tables[t]->rows[i].names, typed, &found);
    if (!found) return false;
    snprintf(rest, size, "%s%s", common + strlen(subject ? subject : typed), found == 1 ? " " : "");
    return *rest;
}

bool console_command(struct session *session, const char *line, FILE *out)
{
    char text[LINE_BYTES];
    const char *word = line + strspn(line, " \t\r\n");
    size_t length = strlen(word);
    while (length && strchr(" \t\r\n", word[length - 1])) length--;
    if (length == 0) return true;
    if (length >= sizeof text) {
        fprintf(out, "that line is too long; %d characters are the most\n", LINE_BYTES - 1);
        return true;
    }
    memcpy(text, word, length);
    text[length] = 0;
    /* "x/10i" is x with "/10i". */
    size_t name = strcspn(text, " \t/");
    const char *argument = text + name + strspn(text + name, " \t");
    const struct command *command = command_find(text, name);
    if (command) return command->act(session, argument, out);
    unknown(text, name, out);
    return true;
}
