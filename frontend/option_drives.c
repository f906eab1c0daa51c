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

static bool drive_key(struct drive_option *drive, struct place *place, const struct pair *pair, const char *whole,
                      struct error *why)
{
    u64 number;
    bool known = true;
    if (strcmp(pair->key, "format") == 0) known = strcmp(pair->value, "raw") == 0;
    else if (strcmp(pair->key, "if") == 0)
        known = (place->floppy = strcmp(pair->value, "floppy") == 0) || strcmp(pair->value, "ide") == 0;
    else if (strcmp(pair->key, "media") == 0)
        known = (drive->cdrom = strcmp(pair->value, "cdrom") == 0) || strcmp(pair->value, "disk") == 0;
    else if (strcmp(pair->key, "snapshot") == 0) known = option_on_off(pair->value, &drive->snapshot);
    else if (strcmp(pair->key, "readonly") == 0 || strcmp(pair->key, "read-only") == 0)
        known = option_on_off(pair->value, &drive->read_only);
    else if (strcmp(pair->key, "index") == 0) {
        known = option_number(pair->value, &number) && number < MACHINE_DRIVES;
        place->index = known ? (unsigned)number : 0;
        place->has_index = true;
    } else {
        return error_set(why, "-drive %s: '%s' is not known; file, format=raw, if=ide|floppy, index, media, snapshot and "
                         "readonly are", whole, pair->key);
    }
    return known || error_set(why, "-drive %s: %s=%s is not possible", whole, pair->key, pair->value);
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
        if (strcmp(pair.key, "file") == 0) drive.file = option_keep(o, pair.value);
        else if (!drive_key(&drive, &place, &pair, value, why)) return false;
    }
    if (!drive.file && !drive.cdrom) return option_refuse(why, "drive", value, "it has no file=");
    if (place.floppy && (drive.cdrom || place.index >= MACHINE_FLOPPIES))
        return option_refuse(why, "drive", value, "there are two floppy drives, index=0 and 1, and they take no CDs");
    return drive_set(o, free_place(o, &place, drive.cdrom), drive, why);
}
