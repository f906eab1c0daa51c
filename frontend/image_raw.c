/* Raw images and ISO 9660: the file's bytes are the medium's. What is written beyond the file's end, in a last sector that
 * the file holds only in part, is dropped by the caller (frontend/image.c). */
#include "frontend/image_layer.h"
#include <stdlib.h>

static bool raw_read(struct layer *layer, u64 offset, u8 *bytes, u64 length)
{
    return image_file_read(&layer->file, offset, bytes, length);
}

static bool raw_write(struct layer *layer, u64 offset, const u8 *bytes, u64 length)
{
    return image_file_write(&layer->file, offset, bytes, length);
}

static bool raw_flush(struct layer *layer, bool sync)
{
    return !sync || image_file_sync(&layer->file);
}

static void raw_close(struct layer *layer)
{
    free(layer);
}

static const struct layer_class raw_class = { "raw", raw_read, raw_write, raw_flush, raw_close };

struct layer *raw_open(struct image_file *file, const struct layer_request *request, struct error *why)
{
    struct layer *layer = calloc(1, sizeof *layer);
    (void)request;
    if (!layer) {
        error_set(why, "%s: the host has no memory left", file->path);
        return NULL;
    }
    *layer = (struct layer){ .class = &raw_class, .bytes = file->bytes, .file = *file };
    return layer;
}
