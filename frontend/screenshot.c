/* Screenshots of a run and the text of its screen (frontend/screenshot.h). */
#include "frontend/screenshot.h"
#include "frontend/png.h"
#include "frontend/session.h"

enum { SCREEN_TEXT_MAX = 1 << 16 };

bool session_screenshot(struct session *session, const char *path, struct error *why)
{
    struct machine *m = session->machine;
    if (!m->config.vga_bytes) return error_set(why, "no screenshot '%s': there is no display adapter", path);
    vga_render(&m->vga, &session->screen);
    return png_write(path, &session->screen, why);
}

static bool screen_text_write(const struct machine *m, const char *path, struct error *why)
{
    char text[SCREEN_TEXT_MAX];
    FILE *file;
    size_t length = m->config.vga_bytes ? vga_text(&m->vga, text, sizeof text) : 0;
    if (!file_open(&file, path, "we", "screen text", why)) return false;
    bool good = fwrite(text, 1, length, file) == length;
    good = fclose(file) == 0 && good;
    return good || error_set(why, "screen text '%s' cannot be written", path);
}

bool session_screen_save(struct session *session)
{
    const struct options *o = &session->options;
    struct error why;
    bool good = !o->screenshot || session_screenshot(session, o->screenshot, &why);
    good = good && (!o->screen_text || screen_text_write(session->machine, o->screen_text, &why));
    if (!good) fprintf(session->tell, "trap86: %s\n", why.text);
    return good;
}
