/* What kind of thing a file is, by its content. */
#ifndef FRONTEND_RECOGNISE_H
#define FRONTEND_RECOGNISE_H
#include "core/error.h"
#include "core/types.h"

enum file_kind { FILE_KERNEL, FILE_CD, FILE_FLOPPY, FILE_DISK };

struct file_look {
    enum file_kind kind;
    bool           writable;         /* its format can be written: it is not packed */
};

/* Looks into a file, packed or not. False with *why filled if it cannot be read, or is of a kind that is known and of no
 * use here. */
bool file_recognise(const char *path, struct file_look *look, struct error *why);
#endif
