/* What a run would have cost under monitors that are not here (--costs; Adams and Agesen, ASPLOS 2006).
 *
 * Nothing of this is measured: the events are counted in this run, the price of each is a figure of a profile,
 * published or assumed. An event's charge takes the place of what our virtual clock charged for its instruction, so
 *     total(strategy) = base - replaced + sum over events of charge(class, strategy)
 * where base are the cycles of the virtual clock in which the processor was not halted. A profile says what it means:
 * cpu/profiles/, docs/costs.md. */
#ifndef CPU_COSTS_H
#define CPU_COSTS_H
#include "cpu/vmm.h"

/* STRATEGIES: native; trap-and-emulate; translation with a callout per sensitive instruction; translation that adapts;
 * hardware VMs without nested paging, first generation and Core 2; paravirtualization. */
enum cost_strategy { COST_NATIVE, COST_TE, COST_CO, COST_BT, COST_HW, COST_CORE2, COST_PV, COST_STRATEGIES };
extern const char *const cost_strategy_names[COST_STRATEGIES + 1];     /* ends with NULL */

enum cost_event_class {
#define COST_CLASS(id, name, what) CHARGE_##id,
#include "cpu/costs.def"
#undef COST_CLASS
    CHARGE_CLASSES
};
extern const char *const cost_class_names[CHARGE_CLASSES], *const cost_class_texts[CHARGE_CLASSES];

/* Cycles, and how many of them are an assumption rather than a published figure. */
struct cost_figure { u32 cycles, assumed; };

enum { COST_TEXT = 160, COST_NAME = 32 };
struct cost_profile {
    char               name[COST_NAME], about[COST_TEXT];
    u32                adapt;              /* traps of a site before it is translated otherwise */
    struct cost_figure figure[CHARGE_CLASSES][COST_STRATEGIES];
    struct cost_figure before[CHARGE_CLASSES];      /* bt: while the site is innocent; valid where adaptive */
    bool               adaptive[CHARGE_CLASSES];
};
/* Reads a profile's text. False with *why: "NAME:LINE: ...". `name` is for messages. */
bool cost_profile_parse(struct cost_profile *profile, const char *name, const char *text, size_t length,
                        struct error *why);

struct cost_tally {
    u64 count;
    u64 direct;                            /* of these, by user code: translators run that on the chip, as te does */
    u64 innocent;                          /* of the others, at a site not yet adapted */
};

/* A site of an adaptive class. */
struct cost_site { u32 linear, traps; u8 class; };
enum { COST_SITES = 1 << 14 };

/* One event as it was charged. */
struct cost_charge {
    const struct insn *insn;               /* not NULL: an instruction at the dispatcher */
    u32  linear;
    u32  replaced;
    u8   class;
    bool direct, innocent, leak, entry;
};

struct costs {
    struct cost_profile profile;
    struct cpu         *cpu;
    struct cost_tally   tally[CHARGE_CLASSES];
    struct cost_figure_sum { u64 cycles, assumed; } charged[COST_STRATEGIES];      /* added up event by event */
    struct cost_charge  last;
    u64                 replaced;          /* cycles of the virtual clock that charges stand for */
    u64                 returns;           /* IRETs and SYSEXITs that belong to an entry: paid for with it */
    u64                 entered;           /* entries whose return is still to come */
    u64                 leaks;             /* unprivileged sensitive instructions of the kernel: te misses them */
    struct cost_site   *site;              /* open addressing by linear; traps 0: empty */
    unsigned            sites, guilty;
    u64                 sites_full;        /* events at sites there was no room for: they stay innocent */
    u16               **met;               /* per physical page and byte: checksum of the instruction met there */
    bool                feed_time;         /* --vmm-time=charged: the guest's clock pays, as under `feed` */
    enum cost_strategy  feed;
    u64                 fed;               /* cycles given to the clock so */
};

/* Takes the place of the monitor's observer. The profile is copied. */
struct costs *costs_create(struct cpu *cpu, const struct cost_profile *profile, struct error *why);
void costs_destroy(struct costs *costs);
/* From now on virtual time pays for each event what `strategy` would. */
void costs_feed_time(struct costs *costs, enum cost_strategy strategy);

/* ---- the result ---- */
struct cost_result {
    u64 base, replaced;
    struct cost_figure_sum class[CHARGE_CLASSES][COST_STRATEGIES];         /* from the counts */
    u64 total[COST_STRATEGIES], assumed[COST_STRATEGIES];
};
/* `busy`: cycles of the virtual clock without those in which the processor was halted. */
void costs_result(struct costs *costs, u64 busy, struct cost_result *result);
/* Lines about sites that were found guilty start so; the linear address follows. */
#define COST_GUILTY "  guilty "
void costs_print(struct costs *costs, u64 busy, void (*line)(void *self, const char *text), void *self);
#endif
