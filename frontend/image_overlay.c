/* `overlay=FILE`: a copy-on-write file beside an image of any format, which stays as it is. It is a qcow2 image with that
 * image as its backing file, so qemu-img can look into it, commit it and take it along; made when it does not exist. */
#define _GNU_SOURCE
#include "frontend/image_qcow2.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool overlay_make(const char *path, const char *base, u64 size, const char *format, struct error *why)
{
    size_t length;
    char *whole = realpath(base, NULL);
    u8 *bytes = whole && strlen(whole) <= QCOW2_BACKING_MAX ? qcow2_empty(size, whole, format, &length) : NULL;
    bool good = bytes ? image_file_create(path, bytes, length, why)
                      : error_set(why, "%s: cannot be made: the image is too large, or its name too long", path);
    free(bytes);
    free(whole);
    return good;
}

/* Size and format of the image come from a look at it. */
static bool overlay_make_over(const char *path, const struct layer_request *request, struct error *why)
{
    enum { SECTOR = 512 };
    struct layer_request look = *request;
    look.access = IMAGE_FILE_LOOK;
    struct layer *base = layer_open(&look, why);
    if (!base) return false;
    u64 size = (base->bytes + SECTOR - 1) / SECTOR * SECTOR;
    bool good = overlay_make(path, request->path, size, base->class->name, why);
    layer_close(base);
    return good;
}

static bool overlay_fits(const struct layer *overlay, const struct layer_request *request, struct error *why)
{
    const struct layer *below = overlay->below;
    if (!below || !image_file_same(&below->file, request->path))
        return error_set(why, "%s: the overlay of %s, not of %s; give another name", overlay->file.path,
                         below ? below->file.path : "nothing", request->path);
    return !request->format || strcmp(request->format, below->class->name) == 0
        || error_set(why, "%s: the overlay takes %s for a %s image, not %s", overlay->file.path, request->path,
                     below->class->name, request->format);
}

struct layer *overlay_open(const char *path, const struct layer_request *request, struct error *why)
{
    struct layer_request own = *request;
    if (access(path, F_OK) < 0 && errno == ENOENT && !overlay_make_over(path, request, why)) return NULL;
    own.path = path;
    own.format = "qcow2";
    struct layer *overlay = layer_open(&own, why);
    if (!overlay || overlay_fits(overlay, request, why)) return overlay;
    layer_close(overlay);
    return NULL;
}
