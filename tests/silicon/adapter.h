/* The door between the player and trap86's processor: one recorded case in, what the processor made of it out. */
#ifndef SILICON_ADAPTER_H
#define SILICON_ADAPTER_H
#include "tests/silicon/silicon.h"

/* A machine of memory and processor only, with the recorder's environment (GDT, LDT, IDT, paging) built in memory. */
struct player_machine;
struct player_machine *adapter_new(bool tail);
void adapter_free(struct player_machine *machine);
/* Loads c's state before, runs its instruction, and fills `got`: after, memory_after, head.vector, error and cr2. */
void adapter_run(struct player_machine *machine, const struct silicon_case *c, struct silicon_case *got);
#endif
