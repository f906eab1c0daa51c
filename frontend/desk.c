/* The desk (frontend/desk.h). All that reaches the guest goes through its input, so that a record holds it. */
#include "frontend/desk.h"
#include "frontend/keys.h"
#include "frontend/media.h"
#include "frontend/prompt.h"
#include "frontend/recognise.h"
#include "frontend/screenshot.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCREEN_TEXT_MAX = 1 << 16, SHOTS_MOST = 9999, MOVE_MOST = 127, MOUSE_BYTES = 4 };
#define MESSAGE_NS 4000000000ull

void desk_begin(struct desk *desk, struct session *session)
{
    *desk = (struct desk){ .session = session };
    desk->typist.layout = session->options.layout;
}

void desk_end(struct desk *desk) { typist_stop(&desk->typist); }

void desk_say(struct desk *desk, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(desk->message, sizeof desk->message, format, arguments);
    va_end(arguments);
    desk->message_ends = host_clock_ns() + MESSAGE_NS;
}

const char *desk_message(const struct desk *desk)
{
    return host_clock_ns() < desk->message_ends ? desk->message : NULL;
}

/* The last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool desk_ended(const struct desk *desk) { return desk->session->machine->stop != MACHINE_RUNS; }

/* ---- the machine ---- */
void desk_pause(struct desk *desk, bool paused)
{
    if (desk_ended(desk)) return;
    session_pause(desk->session, paused);
}

void desk_reset(struct desk *desk)
{
    struct session *session = desk->session;
    struct error why;
    typist_stop(&desk->typist);
    if (!desk_ended(desk)) input_post(&session->machine->input, session->machine->pm.power_source, (const u8 *)"r", 1);
    else if (machine_reset(session->machine, RESET_COLD, &why)) session->machine->stop = MACHINE_RUNS;
    else desk_say(desk, "%s", why.text);
    session_pause(session, false);
}

void desk_power_button(struct desk *desk)
{
    struct machine *m = desk->session->machine;
    if (desk_ended(desk) || desk->session->paused) return;
    input_post(&m->input, m->pm.power_source, (const u8 *)"p", 1);
}

void desk_console(struct desk *desk) { desk_say(desk, "%s", prompt_wake(desk->session)); }

void desk_leave(struct desk *desk) { desk->gone = true; }

void desk_speed(struct desk *desk, u32 permille)
{
    const struct clock *clock = &desk->session->machine->clock;
    pace_set(&desk->session->pace, permille, clock->hz, clock->now, host_clock_ns());
    sound_lose(desk->session->sound, permille != PACE_REAL);
}

void desk_step(struct desk *desk)
{
    unsigned missing = desk->typist.missing;
    if (!desk->typist.text || desk->session->paused || typist_step(&desk->typist, desk->session->machine)) return;
    if (missing) desk_say(desk, "typed but for %u characters that the layout has no key for (-k)", missing);
}

/* ---- keys and mouse ---- */
static bool takes_input(const struct desk *desk) { return !desk->session->paused && !desk_ended(desk); }

void desk_keys(struct desk *desk, const u8 *codes, unsigned count)
{
    struct machine *m = desk->session->machine;
    if (takes_input(desk)) input_post(&m->input, m->keyboard.keyboard_source, codes, count);
}

void desk_press(struct desk *desk, const char *names)
{
    u8 codes[KEYS_BYTES];
    desk_keys(desk, codes, keys_combination(names, codes));
}

static int part(int *left)
{
    int step = *left > MOVE_MOST ? MOVE_MOST : *left < -MOVE_MOST ? -MOVE_MOST : *left;
    *left -= step;
    return step;
}

void desk_mouse(struct desk *desk, int right, int up, int wheel, unsigned buttons)
{
    struct machine *m = desk->session->machine;
    if (!takes_input(desk)) return;
    do {
        u8 message[MOUSE_BYTES] = { (u8)buttons, (u8)part(&right), (u8)part(&up), (u8)part(&wheel) };
        input_post(&m->input, m->keyboard.mouse_source, message, sizeof message);
    } while (right || up || wheel);
}

/* ---- text and pictures ---- */
void desk_paste(struct desk *desk)
{
    char *text = desk->clipboard.take ? desk->clipboard.take(desk->clipboard.self) : NULL;
    if (text && *text) typist_begin(&desk->typist, desk->session->options.layout, text);
    else desk_say(desk, "the clipboard is empty");
    free(text);
}

/* Spaces at the ends of lines, and empty lines at the end, are the screen's and not the text's. */
static void trim(char *text)
{
    char *to = text, *end = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\n') to = end;
        *to++ = *from;
        if (*from != ' ') end = to;
    }
    while (end > text && end[-1] == '\n') end--;
    *end = 0;
}

void desk_copy(struct desk *desk)
{
    const struct machine *m = desk->session->machine;
    char text[SCREEN_TEXT_MAX];
    if (!m->config.vga_bytes || !vga_text(&m->vga, text, sizeof text)) {
        desk_say(desk, "the screen is not in a text mode");
        return;
    }
    trim(text);
    if (desk->clipboard.give) desk->clipboard.give(desk->clipboard.self, text);
    desk_say(desk, "the text of the screen is in the clipboard");
}

void desk_screenshot(struct desk *desk)
{
    char path[256];
    struct error why;
    for (unsigned i = 1; i <= SHOTS_MOST; i++) {
        snprintf(path, sizeof path, "%.200s-%u.png", options_name(&desk->session->options), i);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST) continue;
        if (fd >= 0) close(fd);
        if (session_screenshot(desk->session, path, &why)) desk_say(desk, "screenshot: %s", path);
        else desk_say(desk, "%s", why.text);
        return;
    }
    desk_say(desk, "no screenshot: there are %d of them already", SHOTS_MOST);
}

/* ---- media ---- */
void desk_insert(struct desk *desk, const char *drive, const char *path)
{
    struct error why;
    struct file_look look;
    if (!drive && file_recognise(path, &look, &why)) {
        drive = look.kind == FILE_CD ? "cdrom" : look.kind == FILE_FLOPPY ? "fda" : NULL;
        if (!drive)
            error_set(&why, "%s: neither a CD nor a floppy; only those are put in while a machine runs", base_name(path));
    }
    if (drive && media_change(desk->session, drive, path, &why)) desk_say(desk, "%s is in %s", base_name(path), drive);
    else desk_say(desk, "%s", why.text);
}

void desk_eject(struct desk *desk, const char *drive)
{
    struct error why;
    if (media_change(desk->session, drive, NULL, &why)) desk_say(desk, "%s is empty", drive);
    else desk_say(desk, "%s", why.text);
}
