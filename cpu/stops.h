/* Where a debugger stops the machine: points on code, data, ports, exceptions and changes of state, and steps.
 *
 * Nothing here is state of the guest's: no translation is filled, no A or D bit set, no cycle charged that the guest
 * would not pay, so a run that was stopped and continued has the hashes of one that was not. While nobody debugs,
 * cpu->stops is NULL and the hot paths do not look. Somebody does, and still only points cost time: blocks are cut at points
 * on code (stops_code.c) and their first handler asks for a look (ATTENTION_WATCHED), changes of state are looked for where
 * they are made, points on data leave their pages out of the TLB's tags, and cycle and instruction counts end a slice. Only
 * steps look before each instruction. What DMA and page walks touch is not seen. */
#ifndef CPU_STOPS_H
#define CPU_STOPS_H
#include "cpu/dispatcher.h"

enum stop_kind {
    STOP_NONE,
    STOP_STEP,               /* the instructions asked for are done, or an interrupt's handler is entered: not a point */
    STOP_EXECUTE,            /* before the instruction at `address` */
    STOP_WRITE, STOP_READ, STOP_ACCESS,      /* after the instruction that touched [address, address + length) */
    STOP_PORT,               /* after the instruction that touched the ports [address, address + length) */
    STOP_EXCEPTION,          /* before the exception of vector `address` is delivered; STOP_ANY: any */
    STOP_INTERRUPT,          /* before the first instruction of the handler of interrupt `address`; STOP_ANY: any */
    STOP_MODE, STOP_CPL, STOP_CR3,           /* after the change; virtual-8086 mode is a mode */
    STOP_ROW, STOP_CLASS,    /* before an instruction of row or class `address` of sensitive.def */
    STOP_MAGIC,              /* after XCHG BX, BX */
    STOP_CYCLE, STOP_INSNS   /* at the first boundary at or behind cycle or instruction count `count` */
};
enum stop_space { STOP_LINEAR, STOP_PHYSICAL, STOP_SEGMENTED /* selector:address; code only */ };
#define STOP_ANY 0xffffffffu
enum { STOP_POINTS = 256 };

struct stop_point {
    enum stop_kind  kind;                  /* STOP_NONE: the place is free */
    enum stop_space space;
    u32             address, length;       /* length: at least 1 */
    u16             selector;
    bool            disabled;
    bool            trapped;               /* rows and classes: only where the monitor of the run sees them */
    bool            over;                  /* by stops_pass, where the run goes on */
    u64             count;
};

/* Why the machine stands. */
struct stop_reason {
    enum stop_kind kind;
    int            point;                  /* its number; -1: no point (a step) */
    u32            address;                /* linear address of code or data, port, vector, row, new CR3, CPL or mode */
    bool           write;                  /* of data and ports */
    u32            error;                  /* of exceptions */
};

/* Where blocks are cut. What is in a set by chance costs a look; what has to be in one is. */
enum { MARK_PAGES = 4096, MARK_ROWS = 128 };
struct stop_marks {
    u32 linear[MARK_PAGES / 32];           /* pages with points, by the low bits of their numbers */
    u32 physical[MARK_PAGES / 32];         /* where these were found to be */
    u32 offset[PAGE_SIZE / 32];            /* of points in their pages */
    u32 row[MARK_ROWS / 32];               /* of sensitive.def */
    u32 magic;
};

struct stops {
    struct stop_point  point[STOP_POINTS];
    struct stop_reason hit;                /* kind STOP_NONE: runs */
    u64  step_end;                         /* instruction count to stop at; UINT64_MAX: none */
    u32  range_from, range_to;             /* a step goes on while the next instruction is in [from, to) */
    u64  next_cycle, next_insns;           /* of the STOP_CYCLE and STOP_INSNS points; UINT64_MAX: none */
    bool each;                             /* somebody wants to look before each instruction */
    bool data, ports, code, insns;         /* there are such points; insns: of kinds of instructions */
    bool segmented, changes;               /* of the code, and of changes of state */
    struct stop_marks marks;
    u32  cs_base;                          /* of the code segment that the marks were made in */
    u16  cs;
    /* Where the run goes on: what stopped it there does not stop it again. */
    u64  passed_insns;
    u32  passed_linear;
    bool passed, passed_fault;
    bool passed_some;                      /* of the points on the next instruction, only those that are `over` */
    u32  cr3, cpl, mode;                   /* as they were at the last boundary */
};

/* From now on `stops` decides; NULL: nobody. Between two runs. */
void stops_attach(struct cpu *cpu, struct stops *stops);
/* Adds a point. Its number, or -1: all places are taken. */
int  stops_add(struct cpu *cpu, const struct stop_point *point);
/* Forgets a point; one that is free is good. */
void stops_remove(struct cpu *cpu, unsigned number);
/* After the caller changed point[]. */
void stops_changed(struct cpu *cpu);
/* The next run goes on behind what stopped it; it stops again after `insns` instructions (0: at points only). A step ends
 * too where an interrupt or an exception is delivered, before the first instruction of the handler. */
void stops_resume(struct cpu *cpu, u64 insns);
/* The next run goes on, and a step with it, as if the point that stopped it had not been met: other points on the next
 * instruction still are. Of points on data, ports, exceptions, interrupts and changes that are met at once, only the first is. */
void stops_pass(struct cpu *cpu);

/* ---- for the engine ---- */
/* Whether anybody debugs. A build with -DTRAP86_NO_STOPS, which the benchmark compares with, has no debugger. */
static inline bool stops_on(const struct cpu *cpu)
{
#ifdef TRAP86_NO_STOPS
    (void)cpu;
    return false;
#else
    return unlikely(cpu->stops != NULL);
#endif
}

/* Between two instructions. true: the run ends here. */
bool stops_boundary(struct cpu *cpu);
/* A fault is to be delivered. true: the run ends before. */
bool stops_fault(struct cpu *cpu);
/* An instruction comes next, and nothing before it. true: the run ends before. */
bool stops_code(struct cpu *cpu);
/* An interrupt is being delivered. */
void stops_interrupt(struct cpu *cpu, u8 vector);
/* An access to data; it has not happened yet. */
void stops_data(struct cpu *cpu, u32 linear, u32 physical, unsigned length, bool write);
void stops_port(struct cpu *cpu, u16 port, unsigned width, bool write);
/* Some point may lie in this page. */
bool stops_page(const struct cpu *cpu, u32 linear, u32 physical);
/* After time has passed: true if the machine must stand. */
bool stops_due(struct cpu *cpu);
/* CR3, the mode, the level or CS may have changed. */
void stops_state(struct cpu *cpu);

/* ---- stops_code.c ---- */
/* After points were added: blocks are built anew if some are not cut where they must be. */
void stops_marks_changed(struct cpu *cpu);
/* Code of this page is about to be found at this physical address. */
void stops_fetched(struct cpu *cpu, u32 linear, u32 physical);
/* The engine must look before this instruction. */
bool stops_marked(const struct cpu *cpu, u32 physical, const struct insn *insn, const u8 *bytes);
/* The engine must look before it fetches the next instruction: a device answers, whom a second fetch would disturb. */
bool stops_uncached(struct cpu *cpu);
/* Points on code and on kinds of instructions that the next instruction meets. */
void stops_look(struct cpu *cpu);
/* The first point that is met is why the machine stands. */
void stops_hit(struct cpu *cpu, struct stop_reason reason);
/* The first live point of a kind at `address`; -1: none. */
int  stops_find(const struct stops *stops, enum stop_kind kind, u32 address);
static inline bool stops_live(const struct stop_point *point) { return point->kind != STOP_NONE && !point->disabled; }
#endif
