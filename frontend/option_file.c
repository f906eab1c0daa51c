/* Words of the command line that are files: each goes where a thing of its kind belongs (frontend/option_values.h). */
#include "frontend/option_values.h"
#include "frontend/recognise.h"

enum { CD_FIRST = 2 };

/* What cannot be written is a disk all the same: what the guest writes is kept in memory. */
static bool disk_place(struct options *o, const struct file_look *look, const char *path, struct error *why)
{
    bool floppy = look->kind == FILE_FLOPPY;
    unsigned first = floppy ? MACHINE_DRIVES : 0, end = floppy ? OPTION_DRIVES : MACHINE_DRIVES;
    while (first < end && (o->drive[first].file || o->drive[first].cdrom)) first++;
    if (first == end)
        return error_set(why, "'%s' is a %s, and there is no free place for it; leave one out", path, floppy ? "floppy" : "disk");
    o->drive[first] = (struct drive_option){ .file = path, .snapshot = !look->writable };
    return true;
}

static bool cd_place(struct options *o, const char *path, struct error *why)
{
    static const unsigned places[] = { CD_FIRST, CD_FIRST + 1, 1 };
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        struct drive_option *drive = &o->drive[places[i]];
        if (drive->file) continue;
        *drive = (struct drive_option){ .file = path, .cdrom = true };
        return true;
    }
    return error_set(why, "'%s' is a CD, and there is no free place for it; leave one out", path);
}

static bool place(struct options *o, const char *path, struct error *why)
{
    struct file_look look;
    if (!file_recognise(path, &look, why)) return false;
    switch (look.kind) {
    case FILE_CD: return cd_place(o, path, why);
    case FILE_KERNEL:
        if (o->kernel) return error_set(why, "'%s' is a second kernel; one machine runs one", path);
        o->kernel = path;
        return true;
    default: return disk_place(o, &look, path, why);
    }
}

/* A PC made of its media has a CD drive, so that one can be put in later. */
bool option_files_place(struct options *o, struct error *why)
{
    for (unsigned i = 0; i < o->files; i++)
        if (!place(o, o->file[i], why)) return false;
    if (o->files && !o->kernel && !o->drive[CD_FIRST].file) o->drive[CD_FIRST].cdrom = true;
    return true;
}
