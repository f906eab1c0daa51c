/* Screens as PNG files. */
#ifndef FRONTEND_PNG_H
#define FRONTEND_PNG_H
#include "core/error.h"
#include "devices/screen.h"

/* The same pixels give the same bytes (with the same zlib). False with *why if the file cannot be written. */
bool png_write(const char *path, const struct screen *screen, struct error *why);
#endif
