/* What the rooms of the classifier share. The order of reading: encodings, states, chip, judge, report. */
#ifndef FRONTEND_CLASSIFY_PARTS_H
#define FRONTEND_CLASSIFY_PARTS_H
#include "cpu/segment.h"
#include "frontend/classify.h"

/* ---- random numbers: the same on every host ---- */
struct random { u64 state; unsigned level /* CPL whose selectors are drawn more often */; };
static inline u32 random_next(struct random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (u32)(random->state * 0x2545f4914f6cdd1dull >> 32);
}
static inline u32 random_below(struct random *random, u32 n) { return (u32)((u64)random_next(random) * n >> 32); }
static inline bool random_one_in(struct random *random, u32 n) { return random_below(random, n) == 0; }
/* Each sample of each encoding has numbers of its own, so that no result depends on what was tried before. */
void random_seed(struct random *random, u32 encoding, u64 sample);

/* ---- memory: tables below, then what instructions work on ---- */
enum {
    CHIP_RAM = 0x40000, CHIP_PAGES = CHIP_RAM / PAGE_SIZE,
    /* Descriptor tables and page tables in two copies: their registers can differ where what they lead to does not. */
    AT_GDT = 0x1000, AT_GDT_COPY = 0x3000, AT_LDT = 0x1800, AT_IDT = 0x2000, AT_IDT_COPY = 0x6000,
    AT_DIRECTORY = 0x4000, AT_DIRECTORY_COPY = 0x5000, AT_TABLE = 0x7000, AT_TABLE_COPY = 0x8000, AT_TABLES_END = 0x9000,
    AT_TSS = 0xc000, AT_TSS_NEXT = 0xf000, AT_TSS_16 = 0xf100, AT_TSS_LINKED = 0xf200,
    AT_CODE = 0x10000, AT_DATA = 0x20000, AT_STACK = 0x30000,
    CODE_OFFSET = 0x400, WINDOW_OFFSET = 0x100, WINDOW_BYTES = 0x280, STACK_OFFSET = 0x800, STACK_BYTES = 0x60
};
enum { GDT_ENTRIES = 32, IDT_ENTRIES = 256, TSS_REDIRECTION = 0x68, TSS_IO_MAP = 0x88, TSS_LIMIT = TSS_IO_MAP + 0x2000 };

/* ---- states ---- */
enum chip_mode { IN_PROTECTED = 1, IN_REAL = 2, IN_V86 = 4, IN_ANY = 7 };
struct chip_state {
    u32 gpr[8], eip, arithmetic;           /* the arithmetic flags */
    struct system sys;                     /* EFLAGS here: the others */
    struct fpu fpu;
};
static inline enum chip_mode state_mode(const struct chip_state *s)
{
    return s->sys.eflags & FLAG_VM ? IN_V86 : s->sys.cr0 & CR0_PE ? IN_PROTECTED : IN_REAL;
}
static inline bool state_code32(const struct chip_state *s) { return s->sys.seg[CS].attr & ATTR_DB; }

struct chip;
/* The tables, once; then for each sample a state and the memory it works on. */
void states_tables(struct chip *chip);
void states_random(struct chip *chip, struct random *random, struct chip_state *state);
u16  states_selector(struct random *random);
u32  states_value(struct random *random);  /* of a kind that instructions look for: selector, address, flags, … */
/* The same state at another privilege level of protected mode; real mode as V86 mode and back. */
void state_set_cpl(struct chip_state *state, unsigned cpl);
void state_set_v86(struct chip_state *state, bool v86);
/* As a monitor would set the chip up to have as much as possible trap: IOPL 0, TSD, no PCE, VME, PVI, SYSENTER, I/O. */
void state_guard(struct chip_state *state);

/* ---- items of mode and resource state ---- */
struct item {
    const char *name;
    u16 offset;                            /* in struct chip_state */
    u8  width;                             /* bytes */
    u8  modes;                             /* enum chip_mode where it may be changed */
    u64 mask;                              /* the bits that are changed, together or some of them */
};
extern const struct item items[];          /* ends with name NULL */
/* Changes the item; false: this state or this model does not have it. */
bool item_change(const struct item *item, const struct cpu_model *model, struct chip_state *state, struct random *random);
u64  item_value(const struct item *item, const struct chip_state *state);
/* The first resource that differs, or NULL; *count of them. */
const struct item *items_differ(const struct chip_state *before, const struct chip_state *after, unsigned *count);

/* ---- encodings ---- */
struct encoding {
    const char *name;                      /* the decoder's */
    const struct sensitive *row;           /* only for the comparison at the end */
    u8   opcode, modrm;
    bool two_byte, has_modrm, memory;
    u8   weight;                           /* how many times the samples: it has no sisters with other operands */
};
enum { ENCODINGS_MAX = 8192 };
/* All opcodes of both maps; where a ModRM byte follows, each of its registers, in memory and register form. */
unsigned encodings_make(struct chip *chip, struct encoding *encodings);
/* One instance of it for a state: prefixes, operand, immediates. 16 bytes. */
void encoding_bytes(const struct encoding *encoding, const struct chip_state *state, struct random *random, u8 *bytes);
/* How many of them are the instruction. */
unsigned encoding_length(const struct chip *chip, const struct chip_state *state, const u8 *bytes);

/* ---- the chip ---- */
enum { RESULT_PAGES = 12 };
struct result {
    bool trapped, halted, port, tlb_dropped;
    struct fault fault;                    /* if trapped */
    struct chip_state after;
    unsigned pages;                        /* that were written to */
    u8 page[RESULT_PAGES];
    u8 bytes[RESULT_PAGES][PAGE_SIZE];
};
struct chip {
    struct cpu    cpu;
    struct clock  clock;
    struct memory memory;
    struct ports  ports;
    struct log    log;
    struct fault  fault;                   /* the first that the instruction raised */
    bool          trapped;
    unsigned      port_accesses;
    u8            image[CHIP_RAM];         /* what memory holds before each step */
};
struct chip *chip_new(const struct cpu_model *model, struct error *why);
void chip_free(struct chip *chip);
void chip_write(struct chip *chip, u32 address, const void *bytes, unsigned length);
/* One instruction from `state` on the memory that chip_write made. */
void chip_step(struct chip *chip, const struct chip_state *state, struct result *result);

/* ---- the judge ---- */
enum domain { PROTECTED, VIRTUAL_8086, DOMAINS };
enum { WITNESS_NONE = ~0u };
struct witness { u32 length; char text[160]; };        /* the shorter the better; WITNESS_NONE: there is none */
struct verdict {
    struct {
        struct witness control, behaviour, trap;
        u64 supervisor_done;               /* completed with all privileges */
        u64 user_done, user_trapped;       /* then, with fewer */
        u64 guarded_done, guarded_trapped;
    } in[DOMAINS];
    u64 executed;                          /* did not raise #UD */
};
void judge(struct chip *chip, const struct encoding *encoding, u32 number, u64 samples, struct verdict *verdict);
static inline struct verdict verdict_none(void)
{
    struct verdict v = { .executed = 0 };
    for (unsigned d = 0; d < DOMAINS; d++)
        v.in[d].control.length = v.in[d].behaviour.length = v.in[d].trap.length = WITNESS_NONE;
    return v;
}
static inline bool verdict_sensitive(const struct verdict *v, enum domain d)
{
    return v->in[d].control.length != WITNESS_NONE || v->in[d].behaviour.length != WITNESS_NONE;
}
static inline bool verdict_privileged(const struct verdict *v, enum domain d)
{
    return v->in[d].supervisor_done && v->in[d].user_trapped && !v->in[d].user_done;
}
static inline bool verdict_guarded(const struct verdict *v, enum domain d)
{
    return !verdict_privileged(v, d) && v->in[d].guarded_trapped && !v->in[d].guarded_done;
}
static inline bool verdict_hole(const struct verdict *v, enum domain d)
{
    return verdict_sensitive(v, d) && !verdict_privileged(v, d) && !verdict_guarded(v, d);
}

/* ---- the report ---- */
/* Prints; true if all is as `known` says. */
bool report(const struct encoding *encodings, const struct verdict *verdicts, unsigned count,
            const struct classify_known *known, FILE *out);
#endif
