/* What an image is made of: a layer knows a format's bytes; under it lies another, if it shows only what differs. */
#ifndef FRONTEND_IMAGE_LAYER_H
#define FRONTEND_IMAGE_LAYER_H
#include "frontend/image_file.h"

struct layer;
/* Offsets and lengths are within layer->bytes. False: an error of the host or of the image, already told. */
struct layer_class {
    const char *name;                                /* as `format=` gives it */
    bool (*read)(struct layer *, u64 offset, u8 *bytes, u64 length);
    bool (*write)(struct layer *, u64 offset, const u8 *bytes, u64 length);    /* NULL: it cannot be written */
    /* What was written survives a kill of this process; `sync`: and a loss of power. */
    bool (*flush)(struct layer *, bool sync);
    void (*close)(struct layer *);                   /* frees the layer, but neither file nor what is below */
};

struct layer {
    const struct layer_class *class;
    u64               bytes;                         /* as the guest sees it */
    struct layer     *below;                         /* NULL: nothing */
    struct image_file file;                          /* fd -1: it lies in memory */
};

struct layer_request {
    const char        *path;
    const char        *format;                       /* NULL: by the content */
    enum image_access  access;
    struct host       *host;
    const void        *owner;
    const struct layer_request *above;               /* whose backing file this is; NULL: nobody's */
    const struct image_file    *file;                /* layer_open fills it in for the formats */
};

/* The layer of a file and all that lie below it; NULL with *why filled. */
struct layer *layer_open(const struct layer_request *request, struct error *why);
void layer_close(struct layer *layer);
/* Reads a layer or, beyond its end or where there is none, zeros. */
bool layer_read(struct layer *layer, u64 offset, u8 *bytes, u64 length);
/* The format that these first bytes of a file are in; "raw" if they look like nothing known. */
const char *layer_probe(const u8 *head, size_t length);

/* One per format: the layer of a file, which the layer takes over. `request` is for what lies below. NULL: *why says why,
 * and the file is still the caller's. */
struct layer *raw_open(struct image_file *file, const struct layer_request *request, struct error *why);
struct layer *qcow2_open(struct image_file *file, const struct layer_request *request, struct error *why);
struct layer *gzip_open(struct image_file *file, const struct layer_request *request, struct error *why);
/* Keeps what is written in memory; takes `below` over, unless it fails. */
struct layer *keep_open(struct layer *below, struct error *why);
/* Whether the layer is such a one; what was written there (see image.h). */
bool layer_keeps(const struct layer *layer);
u64  keep_pieces(const struct layer *layer);
void keep_pieces_each(const struct layer *layer, void (*piece)(void *self, u64 number, const u8 *bytes), void *self);
void keep_forget(struct layer *layer);
bool keep_piece_put(struct layer *layer, u64 number, const u8 *bytes);
/* The qcow2 file `path`, made if there is none, that shows what differs from the image at request->path. */
struct layer *overlay_open(const char *path, const struct layer_request *request, struct error *why);
#endif
