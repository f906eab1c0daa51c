/* --matrix: the embedded guest's leak probes under one monitor after another, and what each shows, as a table (vmm.md 2.3;
 * Robin and Irvine 2000). */
#ifndef FRONTEND_MATRIX_H
#define FRONTEND_MATRIX_H
#include "frontend/options.h"
#include "frontend/session.h"

/* Runs all the monitors with the processor and engine of the options, and prints: the table, or with lines, for tests, each
 * cell with what the probe saw. Returns the exit status; on 2 *why says what is not good. */
int matrix_run(const struct options *options, struct host *host, bool lines, FILE *out, struct error *why);
#endif
