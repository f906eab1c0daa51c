/* Host errors: one sentence that names the thing and the remedy. Guest faults are not errors (cpu/exception.h). */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H
#include "core/types.h"

struct error { char text[512]; };

/* Fills *why (may be NULL) and returns false, so that callers can write `return error_set(why, …)`. */
bool error_set(struct error *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
