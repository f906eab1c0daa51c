/* The board's part of the safety invariants (cpu/invariants.h): who owns ports, registers, lines, files and RAM. */
#ifndef DEVICES_INVARIANTS_H
#define DEVICES_INVARIANTS_H
#include "cpu/invariants.h"
#include "devices/machine.h"

/* Whether they hold for the machine and its processor; else *breach says which does not. */
bool machine_invariants_hold(struct machine *m, struct breach *breach);
/* I6: RAM that has just been taken from the host. */
bool machine_ram_scrubbed(const struct machine *m, struct breach *breach);

/* ---- for machine.c ---- */
/* If the configuration or the build asks for it: checks from here on. RAM is made, nothing is in it. */
bool machine_invariants_begin(struct machine *m, struct error *why);
/* After the processor ran to an event at cycle `limit`. */
void machine_invariants_check(struct machine *m, u64 limit);
#endif
