/* The images of a machine in a snapshot. Their contents are not: each file's size, date and a hash are, and a machine whose
 * images have changed is not loaded. Of an image under -snapshot, what the guest wrote is in the snapshot as well.
 *
 *   disks:  drive after drive: u8 number, u8 keeps, u8 files, files, u64 pieces, pieces
 *   file:   u64 bytes, u64 modified, u64 content (struct image_stamp), u8 length and characters of its name
 *   piece:  u64 number, IMAGE_PIECE bytes */
#include "frontend/snapshot_parts.h"
#include "frontend/media.h"
#include "frontend/options.h"
#include <string.h>

/* ---- saving ---- */
struct saving { struct bytes *bytes; unsigned files; };

static bool stamp_put(void *self, const struct image_stamp *stamp)
{
    struct saving *saving = self;
    size_t length = MIN(strlen(stamp->path), (size_t)UINT8_MAX);
    bytes_number(saving->bytes, stamp->bytes, 8);
    bytes_number(saving->bytes, stamp->modified, 8);
    bytes_number(saving->bytes, stamp->content, 8);
    bytes_number(saving->bytes, length, 1);
    bytes_put(saving->bytes, stamp->path + strlen(stamp->path) - length, length);
    saving->files++;
    return true;
}

static void piece_put(void *self, u64 number, const u8 *bytes)
{
    bytes_number(self, number, 8);
    bytes_put(self, bytes, IMAGE_PIECE);
}

static bool disk_save(struct image *image, unsigned drive, struct bytes *bytes, struct error *why)
{
    struct bytes files = { .at = NULL };
    struct saving saving = { &files, 0 };
    bool keeps = image_keeps(image), good = image_stamps(image, true, stamp_put, &saving, why);
    bytes_number(bytes, drive, 1);
    bytes_number(bytes, keeps, 1);
    bytes_number(bytes, saving.files, 1);
    bytes_put(bytes, files.at, files.used);
    bytes_number(bytes, keeps ? image_pieces(image) : 0, 8);
    if (keeps) image_pieces_each(image, piece_put, bytes);
    bytes->failed |= files.failed;
    bytes_free(&files);
    return good;
}

bool disks_save(const struct snapshot_machine *from, struct bytes *bytes, struct error *why)
{
    for (unsigned i = 0; i < OPTION_DRIVES; i++)
        if (from->image[i] && !disk_save(from->image[i], i, bytes, why)) return false;
    return !bytes->failed
        || error_set(why, "what was written to disks under -snapshot is too much for a snapshot; give -drive overlay=FILE");
}

/* ---- comparing and loading ---- */
struct saved_drive { unsigned drive; bool keeps; unsigned files; };

static bool damaged(struct error *why) { return error_set(why, "what it says of disks is damaged; save it again"); }

static struct saved_drive drive_take(struct cursor *saved)
{
    struct saved_drive drive = { (unsigned)cursor_number(saved, 1), cursor_number(saved, 1) != 0, 0 };
    drive.files = (unsigned)cursor_number(saved, 1);
    if (drive.drive >= OPTION_DRIVES) saved->whole = false;
    return drive;
}

static void stamp_take(struct cursor *saved, struct image_stamp *stamp, char name[256])
{
    *stamp = (struct image_stamp){ .path = name };
    stamp->bytes = cursor_number(saved, 8);
    stamp->modified = cursor_number(saved, 8);
    stamp->content = cursor_number(saved, 8);
    cursor_name(saved, name);
}

/* The pieces, u64 number and bytes each; how many. */
static u64 pieces_take(struct cursor *saved, struct cursor *pieces)
{
    u64 count = cursor_number(saved, 8), bytes;
    if (__builtin_mul_overflow(count, (u64)IMAGE_PIECE + 8, &bytes)) saved->whole = false;
    const u8 *at = cursor_take(saved, bytes);
    *pieces = (struct cursor){ at, at ? bytes : 0, at != NULL };
    return at ? count : 0;
}

static bool image_fits(struct image *image, const struct saved_drive *drive, unsigned index, const struct image_stamp *stamp,
                       u64 pieces, struct error *why)
{
    const char *name = media_drive_name(drive->drive);
    if (!image) return error_set(why, "drive %s held %s when it was saved; give it again", name, stamp->path);
    if (pieces && !image_keeps(image))
        return error_set(why, "what was written to %s was kept in memory; start it with -snapshot again", stamp->path);
    return image_unchanged(image, index, stamp, why);
}

static bool drive_agrees(struct cursor *saved, struct image *const *image, bool seen[OPTION_DRIVES], struct error *why)
{
    struct saved_drive drive = drive_take(saved);
    struct cursor files = *saved, pieces;
    struct image_stamp stamp;
    char name[256];
    for (unsigned i = 0; i < drive.files; i++) stamp_take(saved, &stamp, name);
    u64 count = pieces_take(saved, &pieces);
    if (!saved->whole || seen[drive.drive] || !drive.files) return damaged(why);
    seen[drive.drive] = true;
    for (unsigned i = 0; i < drive.files; i++) {
        stamp_take(&files, &stamp, name);
        if (!image_fits(image[drive.drive], &drive, i, &stamp, count, why)) return false;
    }
    return true;
}

bool disks_agree(struct cursor saved, const struct snapshot_machine *to, struct error *why)
{
    bool seen[OPTION_DRIVES] = { false };
    while (saved.left)
        if (!drive_agrees(&saved, to->image, seen, why)) return false;
    for (unsigned i = 0; i < OPTION_DRIVES; i++)
        if (to->image[i] && !seen[i])
            return error_set(why, "drive %s was empty when it was saved; leave its image out", media_drive_name(i));
    return saved.whole || damaged(why);
}

static bool pieces_load(struct cursor *pieces, struct image *image, struct error *why)
{
    image_pieces_forget(image);
    while (pieces->left) {
        u64 number = cursor_number(pieces, 8);
        if (!image_piece_put(image, number, cursor_take(pieces, IMAGE_PIECE)))
            return error_set(why, "the host has no memory left for what was written to disks, or it lies beyond their end");
    }
    return true;
}

bool disks_load(struct cursor saved, const struct snapshot_machine *to, struct error *why)
{
    while (saved.left) {
        struct saved_drive drive = drive_take(&saved);
        struct image_stamp stamp;
        struct cursor pieces;
        char name[256];
        for (unsigned i = 0; i < drive.files; i++) stamp_take(&saved, &stamp, name);
        pieces_take(&saved, &pieces);
        if (image_keeps(to->image[drive.drive]) && !pieces_load(&pieces, to->image[drive.drive], why)) return false;
    }
    return true;
}
