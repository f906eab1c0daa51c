/* Compares what a processor made of a case with the recording. */
#ifndef SILICON_COMPARE_H
#define SILICON_COMPARE_H
#include "tests/silicon/silicon.h"

/* Writes the differences to text (empty: none) and returns whether the case passed. */
bool silicon_compare(const struct silicon_case *want, const struct silicon_case *got, char *text, size_t size);
#endif
