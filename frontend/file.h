/* Whole files in memory, and where a guest's output bytes go. */
#ifndef FRONTEND_FILE_H
#define FRONTEND_FILE_H
#include "core/error.h"
#include "core/host.h"
#include "devices/backend.h"
#include "devices/machine.h"
#include <stdio.h>

/* Reads a regular file of 1 to max bytes. `what` names it in the error: "kernel", "initrd". */
bool file_read(const char *path, const char *what, u64 max, struct blob *blob, struct error *why);
void file_free(struct blob *blob);
/* The same as a string, which the caller frees. */
char *file_read_text(const char *path, const char *what, u64 max, struct error *why);
/* fopen; a path of NULL is none, and good. */
bool file_open(FILE **file, const char *path, const char *mode, const char *what, struct error *why);

/* An output of the guest, buffered until outputs_flush. */
enum { OUTPUT_BUFFER = 4096 };
struct output {
    struct output *next;
    char          *path;                 /* NULL: standard output */
    int            fd;
    bool           failed;               /* nobody takes the bytes any more */
    unsigned       used;
    u8             bytes[OUTPUT_BUFFER];
};

/* Opens "stdio" or "mon:stdio" (then it is `out`), "file:PATH" or "null" ("none" too); equal names share one output.
 * *sink gets it. A file belongs to one machine: it is claimed in `host` for `owner`. */
bool output_open(struct output **outputs, int out, const char *name, struct byte_sink *sink, struct host *host,
                 const void *owner, struct error *why);
/* A file to be written anew, for what a person or a client asks for while the guest runs: a pipe or a device, which could
 * hold the run up, is refused. NULL with *why: it cannot be. */
FILE *file_create(const char *path, struct error *why);
void outputs_flush(struct output *outputs);
void outputs_close(struct output *outputs);
#endif
