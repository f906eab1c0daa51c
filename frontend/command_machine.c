/* Commands of the console (command.h) that a person at the machine would do by hand: keys, media, power, screen, states; by
 * QEMU's names. */
#include "frontend/command.h"
#include "frontend/keys.h"
#include "frontend/media.h"
#include "frontend/screenshot.h"
#include "frontend/session_snapshot.h"
#include <string.h>

static bool told(bool good, const struct error *why, FILE *out)
{
    if (!good) fprintf(out, "%s\n", why->text);
    return true;
}

static bool sendkey(struct session *session, const char *argument, FILE *out)
{
    u8 codes[KEYS_BYTES];
    char names[256];
    for (; *argument; argument += strspn(argument, " ")) {
        size_t length = strcspn(argument, " ");
        snprintf(names, sizeof names, "%.*s", (int)length, argument);
        argument += length;
        unsigned count = keys_combination(names, codes);
        if (!count) return fprintf(out, "there is no key '%.40s'\n", names), true;
        if (!strokes_add(&session->strokes, codes, count)) return fprintf(out, "too many keys wait already\n"), true;
    }
    return true;
}

static bool type(struct session *session, const char *argument, FILE *out)
{
    u8 codes[KEYS_BYTES];
    for (const char *c = argument; *c; c++) {
        bool ends = c[0] == '\\' && c[1] == 'n';
        unsigned count = keys_character(ends ? '\n' : *c, codes);
        c += ends;
        if (!count || !strokes_add(&session->strokes, codes, count)) return fprintf(out, "the character %02x cannot be typed\n", (u8)*c), true;
    }
    return true;
}

static bool powerdown(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    input_post(&session->machine->input, session->machine->pm.power_source, (const u8 *)"p", 1);
    return true;
}

static bool screendump(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    if (!*argument) return fprintf(out, "name a file\n"), true;
    return told(session_screenshot(session, argument, &why), &why, out);
}

/* "DRIVE FILE". */
static bool change(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    char drive[64];
    size_t length = strncmp(argument, "-f ", 3) == 0 ? 3 + strcspn(argument + 3, " ") : strcspn(argument, " ");
    const char *path = argument + length + strspn(argument + length, " ");
    if (!*path || length >= sizeof drive) return fprintf(out, "write change DRIVE FILE\n"), true;
    snprintf(drive, sizeof drive, "%.*s", (int)length, argument);
    return told(media_change(session, drive, path, &why), &why, out);
}

static bool eject(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    return told(media_change(session, argument, NULL, &why), &why, out);
}

static bool savevm(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    if (!*argument) return fprintf(out, "name a file\n"), true;
    return told(session_snapshot_save(session, argument, &why), &why, out);
}

static bool loadvm(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    if (!*argument) return fprintf(out, "name a file\n"), true;
    return told(session_snapshot_load(session, argument, &why), &why, out);
}

static const struct command rows[] = {
    { "sendkey", "KEYS...", "combinations like ctrl-alt-delete", sendkey },
    { "type", "TEXT", "types text on a US keyboard; \\n is Enter", type },
    { "system_powerdown", "", "the power button", powerdown },
    { "screendump", "FILE", "the screen as PNG", screendump },
    { "change", "[-f] DRIVE FILE", "puts a medium into a drive", change },
    { "eject", "[-f] DRIVE", "takes it out", eject },
    { "savevm", "FILE", "saves the state", savevm },
    { "loadvm", "FILE", "goes on from a saved one", loadvm },
};
const struct command_table machine_commands = { "The machine", rows, ARRAY_LEN(rows) };
