/* The options that put media into drives: -hda to -hdd, -cdrom, -drive (frontend/option_values.h). */
#include "frontend/option_values.h"
#include <string.h>

static bool drive_set(struct options *o, unsigned index, struct drive_option drive, struct error *why)
{
    static const char *const names[] = { "hda", "hdb", "hdc", "hdd" };
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

static bool drive_key(struct drive_option *drive, unsigned *index, const struct pair *pair, const char *whole,
                      struct error *why)
{
    u64 number;
    bool known = true;
    if (strcmp(pair->key, "format") == 0) known = strcmp(pair->value, "raw") == 0;
    else if (strcmp(pair->key, "if") == 0) known = strcmp(pair->value, "ide") == 0;
    else if (strcmp(pair->key, "media") == 0)
        known = (drive->cdrom = strcmp(pair->value, "cdrom") == 0) || strcmp(pair->value, "disk") == 0;
    else if (strcmp(pair->key, "snapshot") == 0) known = option_on_off(pair->value, &drive->snapshot);
    else if (strcmp(pair->key, "readonly") == 0 || strcmp(pair->key, "read-only") == 0)
        known = option_on_off(pair->value, &drive->read_only);
    else if (strcmp(pair->key, "index") == 0) {
        known = option_number(pair->value, &number) && number < MACHINE_DRIVES;
        if (known) *index = (unsigned)number;
    } else {
        return error_set(why, "-drive %s: '%s' is not known; file, format=raw, if=ide, index, media, snapshot and "
                         "readonly are", whole, pair->key);
    }
    return known || error_set(why, "-drive %s: %s=%s is not possible", whole, pair->key, pair->value);
}

bool option_drive(struct options *o, const char *value, struct error *why)
{
    struct drive_option drive = { .file = NULL };
    unsigned index = MACHINE_DRIVES;
    const char *text = value;
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair))
            return option_refuse(why, "drive", value, "write it as file=IMAGE,format=raw,media=disk");
        if (strcmp(pair.key, "file") == 0) drive.file = option_keep(o, pair.value);
        else if (!drive_key(&drive, &index, &pair, value, why)) return false;
    }
    if (!drive.file && !drive.cdrom) return option_refuse(why, "drive", value, "it has no file=");
    if (index == MACHINE_DRIVES)
        for (index = drive.cdrom ? 2 : 0; index < MACHINE_DRIVES - 1 && o->drive[index].file; index++) {}
    return drive_set(o, index, drive, why);
}
