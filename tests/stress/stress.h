/* Random guests: what the stress driver (stress.c) and their maker (guest.c) share. */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H
#include "devices/machine.h"

struct random { u64 state; };
u64  random_next(struct random *random);
static inline u32 random_below(struct random *random, u32 bound) { return (u32)(random_next(random) >> 33) % bound; }
/* true once in `of` times */
static inline bool random_rarely(struct random *random, u32 of) { return random_below(random, of) == 0; }

enum { STRESS_RAM = 2 << 20, STRESS_EXIT_PORT = 0x501 };

/* Fills RAM and the processor of a machine that has just been reset: code, tables and state by the seed alone. */
void guest_make(struct machine *m, u64 seed);
/* A port that is somebody's, most of the time. */
u16  guest_port(struct random *random);
/* What an IDE driver would do, badly: a command with a PRD table somewhere. */
void guest_ide_command(struct machine *m, struct random *random);
#endif
