/* trap86 --classify: Popek and Goldberg's definitions (1974), applied to the bare chip. */
#ifndef FRONTEND_CLASSIFY_H
#define FRONTEND_CLASSIFY_H
#include "core/error.h"
#include "cpu/cpu.h"
#include <stdio.h>

enum { CLASSIFY_SAMPLES = 400, CLASSIFY_SAMPLES_MAX = 1000000 };

/* A difference from cpu/sensitive.def that has been looked into. */
struct classify_known {
    const char *what;                      /* the row's id; of an encoding that has no row, its bytes */
    const char *table, *found;             /* there and here: class C, B, CB, T, -; or HOLE, guarded, traps */
    const char *reason;
};
extern const struct classify_known classify_known[];   /* ends with what NULL */

/* Classifies every encoding on `model` from `samples` states each and compares with the table at the end. 0: nothing
 * but `known` differences, and Robin and Irvine's instructions were found; 1: something else; -1: *why. */
int classify(const struct cpu_model *model, u64 samples, const struct classify_known *known, FILE *out,
             struct error *why);
#endif
