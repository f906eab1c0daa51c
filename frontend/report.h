/* Reports of verdicts for those who collect the results of tests: JUnit's XML and the Test Anything Protocol. */
#ifndef FRONTEND_REPORT_H
#define FRONTEND_REPORT_H
#include "core/error.h"
#include "frontend/verdict.h"

/* logs: the folder in which each guest has a file NAME.log, whose end goes into the report if it failed; NULL: none. */
struct report { const char *suite, *logs; const struct verdict *const *verdict; unsigned count; bool whole; };

/* Either writes a file. False with *why filled if it cannot be written. whole false: some guests were not run. */
bool report_junit(const struct report *report, const char *path, struct error *why);
bool report_tap(const struct report *report, const char *path, struct error *why);
#endif
