/* The options that put media into drives: -hda to -hdd, -cdrom, -drive (frontend/option_values.h). */
#include "frontend/option_values.h"
#include <string.h>

static bool drive_set(struct options *o, unsigned index, struct drive_option drive, struct error *why)
{
    static const char *const names[] = { "hda", "hdb", "hdc", "hdd", "fda", "fdb" };
    if (o->drive[index].file || o->drive[index].cdrom)
        return error_set(why, "two drives want to be %s; give one of them another place", names[index]);
    o->drive[index] = drive;
    return true;
}

bool option_disk(struct options *o, unsigned index, const char *file, struct error *why)
{
    return drive_set(o, index, (struct drive_option){ .file = file }, why);
}

bool option_cdrom(struct options *o, const char *file, struct error *why)
{
    return drive_set(o, 2, (struct drive_option){ .file = file, .cdrom = true }, why);
}

/* What -drive says besides the file. */
struct place { bool floppy, has_index; unsigned index; };

static bool take_format(struct drive_option *drive, struct place *place, const char *value)
{
    (void)place;
    drive->format = image_format_known(value) ? value : NULL;
    return drive->format;
}

static bool take_interface(struct drive_option *drive, struct place *place, const char *value)
{
    (void)drive;
    place->floppy = strcmp(value, "floppy") == 0;
    return place->floppy || strcmp(value, "ide") == 0;
}

static bool take_media(struct drive_option *drive, struct place *place, const char *value)
{
    (void)place;
    drive->cdrom = strcmp(value, "cdrom") == 0;
    return drive->cdrom || strcmp(value, "disk") == 0;
}

static bool take_index(struct drive_option *drive, struct place *place, const char *value)
{
    u64 number;
    (void)drive;
    place->has_index = option_number(value, &number) && number < MACHINE_DRIVES;
    place->index = place->has_index ? (unsigned)number : 0;
    return place->has_index;
}

static bool take_snapshot(struct drive_option *drive, struct place *place, const char *value)
{
    (void)place;
    return option_on_off(value, &drive->snapshot);
}

static bool take_read_only(struct drive_option *drive, struct place *place, const char *value)
{
    (void)place;
    return option_on_off(value, &drive->read_only);
}

/* The host's page cache is always used; what can be chosen is when data must have left it. */
static bool take_cache(struct drive_option *drive, struct place *place, const char *value)
{
    static const struct { const char *name; enum image_cache cache; } names[] = {
        { "writeback", IMAGE_WRITEBACK }, { "none", IMAGE_WRITEBACK }, { "writethrough", IMAGE_WRITETHROUGH },
        { "directsync", IMAGE_WRITETHROUGH }, { "unsafe", IMAGE_UNSAFE },
    };
    (void)place;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i].name, value) != 0) continue;
        drive->cache = names[i].cache;
        return true;
    }
    return false;
}

/* The guest sees each error; that is the only way there is. */
static bool take_errors(struct drive_option *drive, struct place *place, const char *value)
{
    (void)drive, (void)place;
    return strcmp(value, "report") == 0;
}

static bool take_id(struct drive_option *drive, struct place *place, const char *value)
{
    (void)drive, (void)place;
    return *value;
}

static const struct drive_row {
    const char *key;
    bool      (*take)(struct drive_option *drive, struct place *place, const char *value);
} rows[] = {
    { "format", take_format },       { "if", take_interface },     { "index", take_index },  { "media", take_media },
    { "snapshot", take_snapshot },   { "readonly", take_read_only }, { "read-only", take_read_only },
    { "cache", take_cache },         { "werror", take_errors },    { "rerror", take_errors }, { "id", take_id },
};

static bool drive_key(struct options *o, struct drive_option *drive, struct place *place, const struct pair *pair,
                      const char *whole, struct error *why)
{
    const char *value = option_keep(o, pair->value);
    if (!value) return option_refuse(why, "drive", whole, "more parts than this command line can have");
    if (strcmp(pair->key, "file") == 0) drive->file = value;
    else if (strcmp(pair->key, "overlay") == 0) drive->overlay = value;
    else {
        unsigned i = 0;
        while (i < ARRAY_LEN(rows) && strcmp(rows[i].key, pair->key) != 0) i++;
        if (i == ARRAY_LEN(rows))
            return error_set(why, "-drive %s: '%s' is not known; file, overlay, format, if, index, media, snapshot, readonly, "
                             "cache, werror and id are", whole, pair->key);
        if (!rows[i].take(drive, place, value))
            return error_set(why, "-drive %s: %s=%s is not possible", whole, pair->key, pair->value);
    }
    return true;
}

/* The first place that is free; CDs go to the second channel, where they are looked for. */
static unsigned free_place(const struct options *o, const struct place *place, bool cdrom)
{
    unsigned first = place->floppy ? MACHINE_DRIVES : cdrom ? 2 : 0;
    unsigned last = place->floppy ? OPTION_DRIVES - 1 : MACHINE_DRIVES - 1;
    if (place->has_index) return MIN(place->index + (place->floppy ? MACHINE_DRIVES : 0), OPTION_DRIVES - 1);
    while (first < last && o->drive[first].file) first++;
    return first;
}

bool option_drive(struct options *o, const char *value, struct error *why)
{
    struct drive_option drive = { .file = NULL };
    struct place place = { .floppy = false };
    const char *text = value;
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair))
            return option_refuse(why, "drive", value, "write it as file=IMAGE,format=raw,media=disk");
        if (!drive_key(o, &drive, &place, &pair, value, why)) return false;
    }
    if (!drive.file && !drive.cdrom) return option_refuse(why, "drive", value, "it has no file=");
    if (place.floppy && (drive.cdrom || place.index >= MACHINE_FLOPPIES))
        return option_refuse(why, "drive", value, "there are two floppy drives, index=0 and 1, and they take no CDs");
    return drive_set(o, free_place(o, &place, drive.cdrom), drive, why);
}
