/* Media (frontend/media.h). A change is a message "DRIVE\n" or "DRIVE\nPATH" to the input source "media", so that a record
 * holds it; a replay opens the same path at the same cycle. */
#include "frontend/media.h"
#include <stdio.h>
#include <string.h>

enum { CD_SECTOR = 2048, DISK_SECTOR = 512 };

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

static unsigned drive_find(const struct machine *m, const char *name, size_t length)
{
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0)
            return drive_changes(m, names[i].drive) ? names[i].drive : OPTION_DRIVES;
    if (length != strlen("cdrom") || memcmp(name, "cdrom", length) != 0) return OPTION_DRIVES;
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (drive_changes(m, i)) return i;
    return OPTION_DRIVES;
}

/* The old medium is taken out first: the new one may be the same file. */
static void change_deliver(void *self, const u8 *bytes, size_t length)
{
    struct session *session = self;
    char text[INPUT_BYTES + 1];
    struct error why = { "" };
    length = MIN(length, INPUT_BYTES);
    memcpy(text, bytes, length);
    text[length] = 0;
    char *path = strchr(text, '\n');
    unsigned drive = drive_find(session->machine, text, path ? (size_t)(path - text) : length);
    if (drive == OPTION_DRIVES) return;
    medium_put(session, drive, NULL);
    struct image *image = path ? medium_open(session, drive, path + 1, &why) : NULL;
    if (path && !image) fprintf(stderr, "trap86: %s\n", why.text);
    if (image) medium_put(session, drive, image);
}

void media_listen(struct session *session)
{
    session->media_source = input_source_add(&session->machine->input, "media", change_deliver, session);
}

/* A look at the file beforehand, so that a drive does not lose its medium to a bad name. */
static bool path_good(struct session *session, unsigned drive, const char *path, struct error *why)
{
    bool cdrom = !is_floppy(drive);
    struct image_request look = { .path = path, .mode = IMAGE_LOOK, .sector_size = cdrom ? CD_SECTOR : DISK_SECTOR };
    struct image *image = image_open(&look, session->host, session, why);
    struct floppy_shape shape;
    bool fits = image && (cdrom || i82077_shape(image_disk(image)->sectors, &shape));
    if (image && !fits) error_set(why, "'%s' is too large for a floppy; they have up to 2880 KiB", path);
    image_close(image);
    return fits;
}

bool media_change(struct session *session, const char *drive, const char *path, struct error *why)
{
    char text[INPUT_BYTES];
    unsigned number = drive_find(session->machine, drive, strlen(drive));
    if (number == OPTION_DRIVES)
        return error_set(why, "'%s' is no drive whose medium can be changed; give -fda FILE or -drive media=cdrom at the start",
                         drive);
    if (path && !path_good(session, number, path, why)) return false;
    int length = snprintf(text, sizeof text, "%s%s%s", drive, path ? "\n" : "", path ? path : "");
    if (length < 0 || (size_t)length >= sizeof text) return error_set(why, "'%s': the name is too long", path);
    input_post(&session->machine->input, session->media_source, (const u8 *)text, (size_t)length);
    return true;
}
