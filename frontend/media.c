/* Media (frontend/media.h). A change is a message "DRIVE\n" or "DRIVE\nPATH" to the input source "media", so that a record
 * holds it; a replay opens the same path at the same cycle. */
#include "frontend/media.h"
#include <stdio.h>
#include <string.h>

enum { CD_SECTOR = 2048, DISK_SECTOR = 512 };
#define FORCE "-f "                     /* before the drive: its lock does not count */

/* First one of each drive, in their order. */
static const struct { const char *name; unsigned drive; } names[] = {
    { "hda", 0 }, { "hdb", 1 }, { "hdc", 2 }, { "hdd", 3 }, { "fda", MACHINE_DRIVES }, { "fdb", MACHINE_DRIVES + 1 },
    { "ide0-cd0", 0 }, { "ide0-cd1", 1 }, { "ide1-cd0", 2 }, { "ide1-cd1", 3 },
    { "floppy0", MACHINE_DRIVES }, { "floppy1", MACHINE_DRIVES + 1 },
};

const char *media_drive_name(unsigned drive) { return names[drive].name; }

static bool is_floppy(unsigned drive) { return drive >= MACHINE_DRIVES; }

/* ---- at the start ---- */
static struct image *medium_open(struct session *session, unsigned drive, const char *path, struct error *why)
{
    const struct drive_option *o = &session->options.drive[drive];
    bool cdrom = o->cdrom && !is_floppy(drive), snapshot = session->options.snapshot || o->snapshot;
    struct image_request request = {
        .path = path, .sector_size = cdrom ? CD_SECTOR : DISK_SECTOR, .cache = o->cache,
        .mode = cdrom || o->read_only ? IMAGE_READ_ONLY : snapshot ? IMAGE_SNAPSHOT : IMAGE_WRITE,
        .format = path == o->file ? o->format : NULL, .overlay = path == o->file ? o->overlay : NULL,
    };
    struct floppy_shape shape;
    struct image *image = image_open(&request, session->host, session, why);
    if (!image || !is_floppy(drive) || i82077_shape(image_disk(image)->sectors, &shape)) return image;
    image_close(image);
    error_set(why, "'%s' is too large for a floppy; they have up to 2880 KiB", path);
    return NULL;
}

/* Where the machine's configuration says what lies in a drive. */
static struct disk **place_of(struct machine_config *config, unsigned drive)
{
    return is_floppy(drive) ? &config->floppy[drive - MACHINE_DRIVES].disk : &config->drive[drive].disk;
}

bool media_configure(struct session *session, struct machine_config *config, struct error *why)
{
    for (unsigned i = 0; i < OPTION_DRIVES; i++) {
        const struct drive_option *o = &session->options.drive[i];
        if (is_floppy(i)) config->floppy[i - MACHINE_DRIVES].present = i == MACHINE_DRIVES || o->file;
        else if (o->file || o->cdrom) config->drive[i].kind = o->cdrom ? IDE_CDROM : IDE_DISK;
        if (!o->file) continue;
        session->image[i] = medium_open(session, i, o->file, why);
        if (!session->image[i]) return false;
        *place_of(config, i) = image_disk(session->image[i]);
    }
    return true;
}

/* ---- while the guest runs ---- */
static void medium_put(struct session *session, unsigned drive, struct image *image)
{
    struct machine *m = session->machine;
    struct disk *disk = image ? image_disk(image) : NULL;
    if (is_floppy(drive)) i82077_change_medium(&m->floppy, drive - MACHINE_DRIVES, disk);
    else ide_change_medium(&m->ide, drive / IDE_UNITS, drive % IDE_UNITS, disk);
    *place_of(&m->config, drive) = disk;
    image_close(session->image[drive]);
    session->image[drive] = image;
}

static bool drive_changes(const struct machine *m, unsigned drive)
{
    if (is_floppy(drive)) return m->config.floppy[drive - MACHINE_DRIVES].present;
    return m->config.drive[drive].kind == IDE_CDROM;
}

static unsigned drive_find(const struct machine *m, const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i].name, name) == 0)
            return drive_changes(m, names[i].drive) ? names[i].drive : OPTION_DRIVES;
    if (strcmp(name, "cdrom") != 0) return OPTION_DRIVES;
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (drive_changes(m, i)) return i;
    return OPTION_DRIVES;
}

static bool tray_locked(const struct machine *m, unsigned drive)
{
    return !is_floppy(drive) && m->ide.channel[drive / IDE_UNITS].drive[drive % IDE_UNITS].tray_locked;
}

static bool tray_stays(struct machine *m, unsigned drive)
{
    return !is_floppy(drive) && !ide_press_eject(&m->ide, drive / IDE_UNITS, drive % IDE_UNITS);
}

static const char *forced(const char *drive)
{
    return strncmp(drive, FORCE, strlen(FORCE)) == 0 ? drive + strlen(FORCE) : NULL;
}

/* The old medium is taken out first: the new one may be the same file. A locked tray stays shut, and the guest learns
 * that somebody has pressed the button. */
static void change_deliver(void *self, const u8 *bytes, size_t length)
{
    struct session *session = self;
    char text[INPUT_BYTES + 1];
    struct error why = { "" };
    length = MIN(length, INPUT_BYTES);
    memcpy(text, bytes, length);
    text[length] = 0;
    char *path = strchr(text, '\n');
    if (path) *path = 0;
    const char *name = forced(text) ? forced(text) : text;
    unsigned drive = drive_find(session->machine, name);
    if (drive == OPTION_DRIVES) return;
    if (!forced(text) && tray_stays(session->machine, drive)) {
        fprintf(stderr, "trap86: the guest has locked the drive '%s'; it is told of the eject button\n", name);
        return;
    }
    medium_put(session, drive, NULL);
    struct image *image = path ? medium_open(session, drive, path + 1, &why) : NULL;
    if (path && !image) fprintf(stderr, "trap86: %s\n", why.text);
    if (image) medium_put(session, drive, image);
}

void media_listen(struct session *session)
{
    session->media_source = input_source_add(&session->machine->input, "media", change_deliver, session);
}

/* Opens the image once beforehand, so that a drive does not lose its medium to a bad one. What lies in the drive itself
 * would be locked, but it has been opened before. */
static bool path_good(struct session *session, unsigned drive, const char *path, struct error *why)
{
    if (session->image[drive] && image_uses(session->image[drive], path)) return true;
    struct image *image = medium_open(session, drive, path, why);
    image_close(image);
    return image;
}

bool media_change(struct session *session, const char *drive, const char *path, struct error *why)
{
    char text[INPUT_BYTES];
    const char *name = forced(drive) ? forced(drive) : drive;
    unsigned number = drive_find(session->machine, name);
    if (number == OPTION_DRIVES)
        return error_set(why, "'%s' is no drive whose medium can be changed; give -fda FILE or -drive media=cdrom at the start",
                         name);
    if (path && !forced(drive) && tray_locked(session->machine, number))
        return error_set(why, "the guest has locked the drive '%s'; let it unmount the medium, or put -f before the name", name);
    if (path && !path_good(session, number, path, why)) return false;
    int length = snprintf(text, sizeof text, "%s%s%s", drive, path ? "\n" : "", path ? path : "");
    if (length < 0 || (size_t)length >= sizeof text) return error_set(why, "'%s': the name is too long", path);
    input_post(&session->machine->input, session->media_source, (const u8 *)text, (size_t)length);
    return true;
}
