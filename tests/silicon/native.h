/* Runs one case on the host's own processor. */
#ifndef SILICON_NATIVE_H
#define SILICON_NATIVE_H
#include "tests/silicon/silicon.h"

/* Maps the windows, makes the LDT, takes the signals. Exits with a message on a host that cannot. */
void native_init(void);
/* Fills `after`, `memory_after` and the exception from `before`, `memory_before` and the code. */
void native_run(struct silicon_case *c);
#endif
