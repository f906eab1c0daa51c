/* The CMOS memory's file (frontend/nvram.h). */
#include "frontend/nvram.h"
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False, with errno as access(2) leaves it. */
static bool folder_writable(const char *path)
{
    char *copy = strdup(path);
    bool good = copy && access(dirname(copy), W_OK) == 0;
    free(copy);
    return good;
}

bool nvram_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const char *path = session->options.nvram;
    if (!path) return true;
    if (!host_claim(session->host, "nvram", path, HOST_EXCLUSIVE, session, why)) return false;
    if (access(path, F_OK) && errno == ENOENT && folder_writable(path)) return true;
    if (!file_read(path, "nvram", CMOS_BYTES, &session->nvram, why)) return false;
    if (session->nvram.length != CMOS_BYTES)
        return error_set(why, "nvram '%s' has %zu bytes instead of %d; remove it, and a new one is made", path,
                         session->nvram.length, CMOS_BYTES);
    config->nvram = session->nvram.bytes;
    return true;
}

static bool kept_equal(const u8 *one, const u8 *other)
{
    for (unsigned i = 0; i < CMOS_BYTES; i++)
        if (mc146818_kept(i) && one[i] != other[i]) return false;
    return true;
}

/* The file is replaced by one that is whole. */
static bool file_replace(const char *path, const u8 *bytes, struct error *why)
{
    char fresh[FILENAME_MAX];
    FILE *file;
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return error_set(why, "nvram '%.40s...': the name is too long", path);
    if (!file_open(&file, fresh, "we", "nvram", why)) return false;
    bool good = fwrite(bytes, 1, CMOS_BYTES, file) == CMOS_BYTES && fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good && rename(fresh, path) == 0;
    if (good) return true;
    error_set(why, "nvram '%s' cannot be written: %s", path, strerror(errno));
    unlink(fresh);
    return false;
}

bool nvram_save(const struct session *session)
{
    const char *path = session->options.nvram;
    const u8 *cmos = session->machine->rtc.cmos;
    struct error why;
    if (!path || session->options.replay) return true;
    if (session->nvram.length && kept_equal(session->nvram.bytes, cmos)) return true;
    if (file_replace(path, cmos, &why)) return true;
    fprintf(session->tell, "trap86: %s\n", why.text);
    return false;
}
