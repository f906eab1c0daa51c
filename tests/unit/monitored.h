/* The fixture under a monitor, with small guests that try what is sensitive; how to run two of them and compare. */
#ifndef TESTS_MONITORED_H
#define TESTS_MONITORED_H
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include "cpu/patch.h"
#include "tests/unit/cpu_fixture.h"

/* Where the guests find their handlers, and what these write. */
enum { AT_STUBS = 0x6000, AT_HANDLERS = 0x6400, AT_RESULTS = 0x4000, AT_LOG = 0x4900, LOG_END = 0x4800, SKIP = 0x4804,
       IRQS = 0x4808, SYSCALLS = 0x480c, VEC_IRQ = 0x20, VEC_SYSCALL = 0x30, VEC_FINISH = 0x31 };

struct program {
    const char *name;
    const u8   *code;
    size_t      length;
    void      (*begin)(struct fixture *f);
    u64         irq_every;                 /* cycles; 0: never */
    bool        leaks;                     /* its kernel shows another result under a monitor that leaks */
};
enum { PROGRAMS = 10, PROGRAM_CYCLES = 30000 };
extern const struct program programs[PROGRAMS];

/* A processor of model "max" under --vmm=. */
struct fixture *monitored(const char *vmm);
/* Puts code where the processor is and makes it run until HLT, or for `cycles`. */
void code_put(struct fixture *f, u32 at, const u8 *code, size_t length);
#define CODE(f, at, ...) code_put(f, at, (const u8[]){ __VA_ARGS__ }, sizeof (const u8[]){ __VA_ARGS__ })
void halt_reach(struct fixture *f);
/* Gates for all exceptions: they are logged, and SKIP bytes skipped; VEC_IRQ, VEC_SYSCALL, VEC_FINISH. */
void handlers_put(struct fixture *f);
void program_begin(struct fixture *f, const struct program *program);
/* Until halted for good, or for PROGRAM_CYCLES; cpu_run returns every `cut` instructions (0: as seldom as it may). */
void program_run(struct fixture *f, const struct program *program, u64 cut);
/* Asserts that two machines show their guests the same, and took as long. */
void guests_same(struct fixture *a, struct fixture *b, const char *what);
#endif
