/* Images (frontend/image.h): opening by format, and the face that disks show to the machine. A last sector that the medium
 * holds only in part reads as zero beyond the medium's end, and what is written there is dropped: it never grows.
 * Not modelled: holes for discarded sectors. */
#include "frontend/image.h"
#include "frontend/image_layer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, HEAD = 512 };

struct image {
    struct disk      disk;
    struct layer    *layer;
    enum image_cache cache;
    bool             unflushed;
    u64              accesses;                       /* reads and writes of the guest */
    bool             guessed_raw;                    /* nobody said so: it must not begin to look like something else */
};

/* ---- formats ---- */
typedef struct layer *format_open(struct image_file *file, const struct layer_request *request, struct error *why);

/* The first whose mark the file begins with. Those without `open` are known to be somebody else's. */
static const struct format { const char *name, *mark; u8 length; format_open *open; const char *remedy; } formats[] = {
    { "qcow2", "QFI\xfb\0\0\0\2", 8, qcow2_open, NULL },
    { "qcow2", "QFI\xfb\0\0\0\3", 8, qcow2_open, NULL },
    { "gzip", "\x1f\x8b\x08", 3, gzip_open, NULL },
    { "qcow", "QFI\xfb", 4, NULL, "convert it with qemu-img convert -O qcow2" },
    { "VMDK", "KDMV", 4, NULL, "convert it with qemu-img convert -O qcow2" },
    { "VMDK", "# Disk DescriptorFile", 21, NULL, "convert it with qemu-img convert -O qcow2" },
    { "VHD", "conectix", 8, NULL, "convert it with qemu-img convert -O qcow2" },
    { "VHDX", "vhdxfile", 8, NULL, "convert it with qemu-img convert -O qcow2" },
    { "VDI", "<<< ", 4, NULL, "convert it with qemu-img convert -O qcow2" },
    { "xz", "\xfd" "7zXZ", 6, NULL, "unpack it first" },
    { "bzip2", "BZh", 3, NULL, "unpack it first" },
    { "zstd", "\x28\xb5\x2f\xfd", 4, NULL, "unpack it first" },
    { "zip", "PK\3\4", 4, NULL, "unpack it first" },
    { "raw", "", 0, raw_open, NULL },
};

static const struct format *format_of(const u8 *head, size_t length)
{
    const struct format *format = formats;
    while (format->length > length || memcmp(format->mark, head, format->length) != 0) format++;
    return format;
}

const char *layer_probe(const u8 *head, size_t length)
{
    return format_of(head, length)->name;
}

static const struct format *format_named(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(formats); i++)
        if (formats[i].open && strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

bool image_format_known(const char *format)
{
    return format_named(format);
}

/* ---- layers ---- */
static struct layer *file_layer(struct image_file *file, const struct layer_request *request, struct error *why)
{
    u8 head[HEAD] = { 0 };
    const struct format *format = request->format ? format_named(request->format) : NULL;
    u64 length = MIN(file->bytes, sizeof head);
    if (!image_file_read(file, 0, head, length)) {
        error_set(why, "%s: cannot be read", file->path);
        return NULL;
    }
    if (!format) format = format_of(head, length);
    if (format->open) return format->open(file, request, why);
    error_set(why, "%s: a %s file; %s, or say format=raw if it is none", file->path, format->name, format->remedy);
    return NULL;
}

/* Backing files lie in no circle, and not too many below each other. */
static bool chain_good(const struct layer_request *request, struct error *why)
{
    unsigned depth = 0;
    for (const struct layer_request *above = request->above; above; above = above->above, depth++)
        if (image_file_same(above->file, request->path))
            return error_set(why, "%s: it is its own backing file, directly or by others", request->path);
    return depth < DEPTH_MAX
        || error_set(why, "%s: more than %d backing files lie one below the other; join some with qemu-img rebase",
                     request->path, DEPTH_MAX - 1);
}

struct layer *layer_open(const struct layer_request *request, struct error *why)
{
    struct image_file file = { .fd = -1 };
    struct layer_request here = *request;
    struct layer *layer = NULL;
    here.file = &file;
    if (chain_good(request, why)
        && image_file_open(&file, request->path, request->access, request->host, request->owner, why))
        layer = file_layer(&file, &here, why);
    if (!layer) image_file_close(&file);
    return layer;
}

void layer_close(struct layer *layer)
{
    while (layer) {
        struct layer *below = layer->below;
        struct image_file file = layer->file;
        layer->class->close(layer);
        image_file_close(&file);
        layer = below;
    }
}

bool layer_read(struct layer *layer, u64 offset, u8 *bytes, u64 length)
{
    u64 inside = !layer || offset >= layer->bytes ? 0 : MIN(length, layer->bytes - offset);
    memset(bytes + inside, 0, length - inside);
    return inside == 0 || layer->class->read(layer, offset, bytes, inside);
}

/* ---- the disk ---- */
static bool range_inside(const struct image *image, u64 sector, u32 count)
{
    return sector <= image->disk.sectors && count <= image->disk.sectors - sector;
}

static bool image_read(void *self, u64 sector, u32 count, void *bytes)
{
    struct image *image = self;
    u32 size = image->disk.sector_size;
    image->accesses++;
    return range_inside(image, sector, count) && layer_read(image->layer, sector * size, bytes, (u64)count * size);
}

/* Nobody said that the image is raw: a guest that could make it look like qcow2 would have us open the backing files it
 * names, the next time. */
static bool stays_raw(const struct image *image, u64 offset, const u8 *bytes, u64 length)
{
    if (!image->guessed_raw || offset || strcmp(layer_probe(bytes, length), "raw") == 0) return true;
    fprintf(stderr, "trap86: %s: the guest may not make it look like a %s image; allow it with format=raw\n",
            image->layer->file.path, layer_probe(bytes, length));
    return false;
}

static bool image_flush(void *self)
{
    struct image *image = self;
    if (image->disk.read_only) return true;
    image->unflushed = !image->layer->class->flush(image->layer, image->cache != IMAGE_UNSAFE);
    return !image->unflushed;
}

static bool image_write(void *self, u64 sector, u32 count, const void *bytes)
{
    struct image *image = self;
    struct layer *layer = image->layer;
    u64 offset = sector * image->disk.sector_size, length = (u64)count * image->disk.sector_size;
    image->accesses++;
    if (!range_inside(image, sector, count) || image->disk.read_only) return false;
    length = MIN(length, layer->bytes - MIN(offset, layer->bytes));
    if (!stays_raw(image, offset, bytes, length)) return false;
    image->unflushed = true;
    return layer->class->write(layer, offset, bytes, length)
        && (image->cache != IMAGE_WRITETHROUGH || image_flush(image));
}

/* ---- open and close ---- */
static struct layer *layers_open(const struct image_request *request, struct host *host, const void *owner,
                                 struct error *why)
{
    static const enum image_access access[] = {
        [IMAGE_WRITE] = IMAGE_FILE_WRITE, [IMAGE_READ_ONLY] = IMAGE_FILE_READ, [IMAGE_SNAPSHOT] = IMAGE_FILE_READ,
        [IMAGE_LOOK] = IMAGE_FILE_LOOK,
    };
    struct layer_request layers = { request->path, request->format, access[request->mode], host, owner, NULL, NULL };
    struct layer *layer = request->overlay ? overlay_open(request->overlay, &layers, why) : layer_open(&layers, why);
    if (!layer || request->mode != IMAGE_SNAPSHOT) return layer;
    struct layer *snapshot = keep_open(layer, why);
    if (!snapshot) layer_close(layer);
    return snapshot;
}

static bool image_setup(struct image *image, const struct image_request *request, struct error *why)
{
    const struct layer *layer = image->layer;
    bool writable = request->mode == IMAGE_WRITE || request->mode == IMAGE_SNAPSHOT;
    if (writable && !layer->class->write)
        return error_set(why, "%s: a %s image cannot be written; add -snapshot, or readonly=on to its -drive",
                         request->path, layer->class->name);
    image->cache = request->cache;
    image->guessed_raw = !request->format && request->mode == IMAGE_WRITE && strcmp(layer->class->name, "raw") == 0;
    image->disk = (struct disk){
        .sectors = (layer->bytes - 1) / request->sector_size + 1, .sector_size = request->sector_size,
        .read_only = !writable, .read = image_read, .write = image_write, .flush = image_flush, .self = image,
    };
    return true;
}

struct image *image_open(const struct image_request *request, struct host *host, const void *owner, struct error *why)
{
    struct image_request wanted = *request;
    struct image *image = calloc(1, sizeof *image);
    if (!image) {
        error_set(why, "%s: the host has no memory left", request->path);
        return NULL;
    }
    if (wanted.sector_size != 512 && wanted.mode != IMAGE_LOOK) wanted.mode = IMAGE_READ_ONLY;
    image->layer = layers_open(&wanted, host, owner, why);
    if (image->layer && image_setup(image, &wanted, why)) return image;
    layer_close(image->layer);
    free(image);
    return NULL;
}

void image_close(struct image *image)
{
    if (!image) return;
    if (image->unflushed) image_flush(image);
    layer_close(image->layer);
    free(image);
}

bool image_owned(const struct image *image, const void *owner, struct error *why)
{
    for (const struct layer *layer = image->layer; layer; layer = layer->below)
        if (layer->file.fd >= 0 && !image_file_owned(&layer->file, owner, why)) return false;
    return true;
}

const char *image_path(const struct image *image)
{
    const struct layer *layer = image->layer;
    while (layer->below && layer->file.fd < 0) layer = layer->below;
    return layer->file.path;
}

u64 image_accesses(const struct image *image)
{
    return image->accesses;
}

bool image_format_writable(const struct image *image)
{
    return image->layer->class->write;
}

bool image_uses(const struct image *image, const char *path)
{
    for (const struct layer *layer = image->layer; layer; layer = layer->below)
        if (layer->file.fd >= 0 && image_file_same(&layer->file, path)) return true;
    return false;
}

/* ---- for snapshots of the machine ---- */
bool image_keeps(const struct image *image) { return layer_keeps(image->layer); }
u64  image_pieces(const struct image *image) { return keep_pieces(image->layer); }
void image_pieces_forget(struct image *image) { keep_forget(image->layer); }

bool image_piece_put(struct image *image, u64 number, const u8 *bytes)
{
    return keep_piece_put(image->layer, number, bytes);
}

void image_pieces_each(const struct image *image, void (*piece)(void *self, u64 number, const u8 *bytes), void *self)
{
    keep_pieces_each(image->layer, piece, self);
}

bool image_stamps(struct image *image, bool content, bool (*stamp)(void *self, const struct image_stamp *), void *self,
                  struct error *why)
{
    if (!image_flush(image)) return error_set(why, "%s: what the guest wrote could not be written", image->layer->file.path);
    for (struct layer *layer = image->layer; layer; layer = layer->below) {
        struct image_stamp is;
        if (layer->file.fd < 0) continue;
        if (!image_file_stamp(&layer->file, content, &is, why) || !stamp(self, &is)) return false;
    }
    return true;
}

bool image_unchanged(struct image *image, unsigned index, const struct image_stamp *was, struct error *why)
{
    for (struct layer *layer = image->layer; layer; layer = layer->below)
        if (layer->file.fd >= 0 && index-- == 0) return image_file_unchanged(&layer->file, was, why);
    return error_set(why, "%s: it was made of more files when the state was saved", was->path);
}

struct disk *image_disk(struct image *image)
{
    return &image->disk;
}
