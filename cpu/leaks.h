/* Leaks: where a monitor lets its guest see or do what a bare machine would not (Robin and Irvine 2000). Each
 * instruction that the chip executes for a de-privileged guest is run dry twice before, on the chip's state and on the
 * guest's; what differs is a leak. */
#ifndef CPU_LEAKS_H
#define CPU_LEAKS_H
#include "cpu/dry.h"

/* LEAK_KINDS(X): X(id, letter, name) */
#define LEAK_KINDS(X) \
    X(READ,   'R', "read-leak") \
    X(SILENT, 'S', "silent drop") \
    X(WRONG,  'W', "wrong result") \
    X(MISSED, 'M', "missed trap") \
    X(WALL,   'I', "broken wall")

enum leak_kind {
#define X(id, letter, name) LEAK_##id,
    LEAK_KINDS(X)
#undef X
    LEAK_KIND_COUNT
};
extern const char leak_letters[LEAK_KIND_COUNT];
extern const char *const leak_names[LEAK_KIND_COUNT];

/* The monitors that `report` compares with; a run under another monitor has its own column, 0. */
/* LEAK_COLUMNS(X): X(id, text of --vmm=) */
#define LEAK_COLUMNS(X) \
    X(OWN,      "") \
    X(RAISE3,   "pentium") \
    X(KEEP3,    "pentium,keep") \
    X(RAISE1,   "pentium,ring=1") \
    X(UMIP,     "pentium,umip") \
    X(PATCH,    "patch") \
    X(HYBRID,   "hybrid")
enum leak_column {
#define X(id, text) COLUMN_##id,
    LEAK_COLUMNS(X)
#undef X
    LEAK_COLUMN_COUNT
};
extern const char *const leak_columns[LEAK_COLUMN_COUNT];

enum { LEAK_SLOTS = 8192 };
struct leak {
    const char *what;                      /* what differed: a register, "stack", "if" ... */
    u64 count, first_cycle;
    u32 linear, eip;
    u32 seen, bare;                        /* the values of the first time */
    u16 cs;
    u8  row, kind, column, vcpl;           /* count 0: a free slot */
};
struct leaks {
    struct leak slot[LEAK_SLOTS];          /* hashed by column, row, kind and address */
    u64  lost;                             /* found no slot */
    u64  count[LEAK_COLUMN_COUNT][SENS_COUNT][LEAK_KIND_COUNT];
    u64  breaches;                         /* virtual CPL 3 ran with the kernel's root (I8) */
    struct vmm_config column[LEAK_COLUMN_COUNT];
    struct dry_result chip, guest;         /* scratch */
};

/* NULL if the monitor needs none, or with *why if there is no memory. */
struct leaks *leaks_create(const struct vmm_config *config, struct error *why);
/* Occurrences of one column, all rows. */
u64 leaks_total(const struct leaks *leaks, enum leak_column column);
/* What would keep a row from leaking, in words. */
const char *leak_cures(const struct sensitive *row);

/* ---- for vmm.c ---- */
/* The chip is about to execute an untrapped row: notes what a bare machine would do otherwise. */
void leaks_compare(struct cpu *cpu, const struct sensitive *row, const struct insn *insn);
/* `report`: the monitor is about to execute a trapped row: notes what each other monitor would have shown. */
void leaks_counterfactual(struct cpu *cpu, const struct sensitive *row, const struct insn *insn);
/* The guest's program runs with the pages of its kernel. */
void leaks_breach(struct cpu *cpu, const struct insn *insn);
#endif
