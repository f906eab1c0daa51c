/* The account of --costs: an event's class, what it replaces, which sites a translator has adapted (costs.h). */
#include "cpu/costs.h"
#include "cpu/block.h"
#include "cpu/decode.h"
#include "cpu/interpreter.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include <stdlib.h>
#include <string.h>

enum { PAGES = 1 << 20 };

/* ---- which class ---- */
/* Rows of sensitive.def that are not CONTROL if privileged, UNPRIVILEGED if not. */
static const struct { u8 row, class; } exceptional[] = {
    { SENS_cli, CHARGE_FLAG }, { SENS_sti, CHARGE_FLAG },
    { SENS_lgdt, CHARGE_TABLE }, { SENS_lidt, CHARGE_TABLE }, { SENS_lldt, CHARGE_TABLE }, { SENS_ltr, CHARGE_TABLE },
    { SENS_mov_from_cr, CHARGE_TABLE },
    { SENS_invlpg, CHARGE_INVLPG }, { SENS_rdtsc, CHARGE_RDTSC }, { SENS_rdpmc, CHARGE_RDTSC },
    { SENS_pushf, CHARGE_FLAGS_IMAGE }, { SENS_popf, CHARGE_FLAGS_IMAGE }, { SENS_cpuid, CHARGE_CPUID }
};

static unsigned class_of_row(const struct insn *insn, unsigned usual)
{
    if (!insn)
        return usual;
    if (insn->row->id == SENS_mov_to_cr && (insn_number(insn) & 7) == 2)
        return CHARGE_CR_WRITE;
    for (unsigned i = 0; i < ARRAY_LEN(exceptional); i++)
        if (exceptional[i].row == insn->row->id)
            return exceptional[i].class;
    return usual;
}

static unsigned class_of(enum vmm_event event, const struct insn *insn)
{
    static const u8 plain[EVENT_COUNT] = {
        [EVENT_IO] = CHARGE_IO, [EVENT_SYSTEM_CALL] = CHARGE_SYSTEM_CALL, [EVENT_EXCEPTION] = CHARGE_EXCEPTION,
        [EVENT_INTERRUPT] = CHARGE_INTERRUPT, [EVENT_PF_TRUE] = CHARGE_PF_TRUE, [EVENT_PF_HIDDEN] = CHARGE_PF_HIDDEN,
        [EVENT_PF_TRACE] = CHARGE_PF_TRACE, [EVENT_PF_MMIO] = CHARGE_MMIO, [EVENT_CR3_LOAD] = CHARGE_CR3_LOAD,
        [EVENT_HALT] = CHARGE_HALT, [EVENT_SPURIOUS] = CHARGE_SPURIOUS
    };
    switch (event) {
    case EVENT_PRIVILEGED:   return class_of_row(insn, CHARGE_CONTROL);
    case EVENT_UNPRIVILEGED: return class_of_row(insn, CHARGE_UNPRIVILEGED);
    case EVENT_TIME_STAMP:   return CHARGE_RDTSC;
    default:                 return plain[event];
    }
}

/* The instruction if it is one at the dispatcher; events of paging name whatever touched the page. */
static const struct insn *dispatched(enum vmm_event event, const struct insn *insn)
{
    switch (event) {
    case EVENT_PRIVILEGED: case EVENT_TIME_STAMP: case EVENT_UNPRIVILEGED: case EVENT_IO: case EVENT_SYSTEM_CALL:
    case EVENT_CR3_LOAD: case EVENT_HALT:
        return insn;
    default:
        return NULL;
    }
}

static bool is_return(const struct insn *insn)
{
    return insn && (insn->row->id == SENS_iret || insn->row->id == SENS_sysexit);
}

/* What a return will follow: its price is part of the entry's. */
static bool is_entry(enum vmm_event event, const struct insn *insn)
{
    if (event == EVENT_SYSTEM_CALL || event == EVENT_EXCEPTION || event == EVENT_INTERRUPT || event == EVENT_PF_TRUE)
        return true;
    return insn && (insn->row->id == SENS_int_n || insn->row->id == SENS_int3 || insn->row->id == SENS_icebp);
}

/* ---- what it replaces ---- */
/* The instruction at a linear address, as far as its bytes are in memory. */
static bool decode_at(const struct cpu *cpu, u32 linear, struct decoded *d)
{
    u8 bytes[INSN_MAX_BYTES];
    const u8 *byte;
    unsigned have = 0;
    while (have < sizeof bytes && (byte = cpu_peek(cpu, linear + have)))
        bytes[have++] = *byte;
    if (have)
        decode(cpu, cpu->key, bytes, have, (u16)(linear & ~PAGE_MASK), d);
    return have && !d->truncated;
}

static unsigned cost_at(const struct cpu *cpu, u32 linear)
{
    struct decoded d;
    if (!decode_at(cpu, linear, &d))
        return 0;
    return d.repeats ? cost_of(cpu, C_ELEMENT) : d.cost;
}

/* Cycles of the virtual clock that belong to the event. */
static unsigned replaced_by(const struct cpu *cpu, enum vmm_event event, u32 linear, const struct insn *insn)
{
    switch (event) {
    case EVENT_PF_TRUE:   return cost_of(cpu, C_INTERRUPT) + cost_at(cpu, linear);
    case EVENT_EXCEPTION: return cost_of(cpu, C_INTERRUPT) +
                                 (cpu->fault.kind == FAULT_EXCEPTION ? cost_at(cpu, linear) : 0);
    case EVENT_INTERRUPT: return cost_of(cpu, C_INTERRUPT);
    case EVENT_PF_TRACE:
    case EVENT_PF_MMIO:   return cost_at(cpu, linear);
    case EVENT_PF_HIDDEN:
    case EVENT_SPURIOUS:  return 0;
    default:              return insn ? sensitive_cost(insn->row, cpu->model) : 0;
    }
}

/* ---- sites ---- */
static struct cost_site *site_of(struct costs *c, u32 linear, unsigned class)
{
    u32 at = (linear * 0x9e3779b1u) >> 18 & (COST_SITES - 1);
    while (c->site[at].traps && c->site[at].linear != linear)
        at = (at + 1) & (COST_SITES - 1);
    if (!c->site[at].traps) {
        if (c->sites >= COST_SITES / 4 * 3)
            return NULL;
        c->sites++;
        c->site[at] = (struct cost_site){ .linear = linear, .class = (u8)class };
    }
    return &c->site[at];
}

/* Notes a trap at a site: true while the translator still takes it for innocent. */
static bool site_innocent(struct costs *c, u32 linear, unsigned class)
{
    struct cost_site *site = site_of(c, linear, class);
    if (!site) {
        c->sites_full++;
        return true;
    }
    if (site->traps < UINT32_MAX)
        site->traps++;
    c->guilty += site->traps == c->profile.adapt;
    return site->traps <= c->profile.adapt;
}

/* ---- charging ---- */
/* User code is not translated: to co and bt it costs what it costs trap-and-emulate. */
static struct cost_figure figure_of(const struct cost_profile *p, unsigned class, unsigned strategy, bool direct,
                                    bool innocent)
{
    if (direct && (strategy == COST_CO || strategy == COST_BT))
        return p->figure[class][COST_TE];
    return innocent && strategy == COST_BT ? p->before[class] : p->figure[class][strategy];
}

/* The virtual clock has counted `replaced` already; the rest of the charge is taken from the budget. */
static void time_feed(struct costs *c, u32 cycles, unsigned replaced)
{
    if (cycles <= replaced)
        return;
    c->cpu->budget -= (s64)(cycles - replaced) << 32;
    c->cpu->end_block = true;
    c->fed += cycles - replaced;
}

static void charge(struct costs *c, const struct cost_charge *what)
{
    struct cost_tally *tally = &c->tally[what->class];
    tally->count++;
    tally->direct += what->direct;
    tally->innocent += what->innocent;
    c->replaced += what->replaced;
    for (unsigned strategy = 0; strategy < COST_STRATEGIES; strategy++) {
        struct cost_figure figure = figure_of(&c->profile, what->class, strategy, what->direct, what->innocent);
        c->charged[strategy].cycles += figure.cycles;
        c->charged[strategy].assumed += figure.assumed;
        if (c->feed_time && strategy == c->feed)
            time_feed(c, figure.cycles, what->replaced);
    }
}

/* An instruction that came to the dispatcher and then faulted is paid for as that fault. Time that was fed stays. */
static void charge_undo(struct costs *c, const struct cost_charge *what)
{
    struct cost_tally *tally = &c->tally[what->class];
    tally->count--;
    tally->direct -= what->direct;
    tally->innocent -= what->innocent;
    c->replaced -= what->replaced;
    c->leaks -= what->leak;
    c->entered -= what->entry;
    for (unsigned strategy = 0; strategy < COST_STRATEGIES; strategy++) {
        struct cost_figure figure = figure_of(&c->profile, what->class, strategy, what->direct, what->innocent);
        c->charged[strategy].cycles -= figure.cycles;
        c->charged[strategy].assumed -= figure.assumed;
    }
}

/* Whether user code that does this runs on the chip under every strategy. */
static bool class_direct(unsigned class)
{
    return class <= CHARGE_IO || class == CHARGE_PF_TRACE || class == CHARGE_MMIO;
}

static bool is_fault(enum vmm_event event) { return event == EVENT_EXCEPTION || event == EVENT_PF_TRUE; }

static void on_event(void *self, enum vmm_event event, u32 linear, const struct insn *what)
{
    struct costs *c = self;
    const struct insn *insn = dispatched(event, what);
    unsigned class = class_of(event, insn);
    bool user = c->cpu->guest->cpl == 3, direct = user && class_direct(class);
    struct cost_charge now = {
        .linear = linear, .replaced = replaced_by(c->cpu, event, linear, insn), .class = (u8)class, .insn = insn,
        .direct = direct, .leak = event == EVENT_UNPRIVILEGED && !user, .entry = is_entry(event, insn),
        .innocent = !direct && c->profile.adaptive[class] && site_innocent(c, linear, class)
    };
    if (is_fault(event) && c->last.insn && c->last.linear == linear)
        charge_undo(c, &c->last);
    c->last = now;
    if (is_return(insn) && c->entered) {
        c->last.insn = NULL;
        c->entered--;
        c->returns++;
        c->replaced += now.replaced;
        return;
    }
    c->entered += now.entry;
    c->leaks += now.leak;
    charge(c, &now);
}

/* ---- the translator's work ---- */
/* Per byte of a page at which an instruction was executed, a checksum of it; NULL: no memory for it. */
static u16 *met_page(struct costs *c, u32 physical)
{
    u16 **page = &c->met[physical >> PAGE_SHIFT];
    if (!*page)
        *page = calloc(PAGE_SIZE, sizeof **page);
    return *page;
}

/* Of the bytes in this page, never 0. */
static u16 checksum(const u8 *page, const struct insn *insn)
{
    u32 sum = insn->len;
    for (unsigned at = insn->page_offset; at < MIN(insn->page_offset + insn->len, (unsigned)PAGE_SIZE); at++)
        sum = (sum ^ page[at]) * 0x01000193u;
    return (u16)(sum >> 16 | 1);
}

/* How many instructions of the block were executed before, from its first on. */
static unsigned known(const u16 *met, const u8 *page, const struct block *block)
{
    unsigned k = 0;
    while (k < block->count && met[block->insn[k].page_offset] == checksum(page, &block->insn[k]))
        k++;
    return k;
}

/* A block of kernel code: its near returns are to be counted, and an instruction that is new is charged for when it is
 * executed first, so it gets a block of its own, for once; others end before it. */
static bool on_block(void *self, struct block *block)
{
    struct costs *c = self;
    bool writable;
    u8 *flags;
    const u8 *page = memory_page(c->cpu->memory, block->physical & PAGE_MASK, &flags, &writable);
    u16 *met = page ? met_page(c, block->physical) : NULL;
    if (block->key & KEY_USER)
        return true;
    for (unsigned k = 0; k < block->count; k++)
        if (block->insn[k].op == OP_ret || block->insn[k].op == OP_ret_s)
            block->insn[k].op = OP_ret_counted;
    if (!met)
        return true;
    unsigned count = known(met, page, block);
    if (count == 0) {
        met[block->insn[0].page_offset] = checksum(page, &block->insn[0]);
        charge(c, &(struct cost_charge){ .class = CHARGE_TRANSLATION });
    }
    block->count = (u8)MAX(count, 1u);
    return count;
}

/* Returns are counted by their handler; here they are charged for, once. */
static void returns_settle(struct costs *c)
{
    unsigned replaced = cost_of(c->cpu, C_CALL) + cost_of(c->cpu, C_RET);
    u64 count = c->cpu->blocks->returns;
    c->cpu->blocks->returns = 0;
    c->fed += count * (u64)(c->cpu->blocks->return_charge >> 32);
    c->tally[CHARGE_CALL_RET].count += count;
    c->replaced += count * replaced;
    for (unsigned strategy = 0; strategy < COST_STRATEGIES; strategy++) {
        c->charged[strategy].cycles += count * c->profile.figure[CHARGE_CALL_RET][strategy].cycles;
        c->charged[strategy].assumed += count * c->profile.figure[CHARGE_CALL_RET][strategy].assumed;
    }
}

/* ---- life ---- */
struct costs *costs_create(struct cpu *cpu, const struct cost_profile *profile, struct error *why)
{
    struct costs *c = calloc(1, sizeof *c);
    if (c) {
        c->site = calloc(COST_SITES, sizeof *c->site);
        c->met = calloc(PAGES, sizeof *c->met);
    }
    if (!c || !c->site || !c->met) {
        costs_destroy(c);
        error_set(why, "no memory for the account of --costs: free some on the host");
        return NULL;
    }
    c->cpu = cpu;
    c->profile = *profile;
    monitor_observe(cpu->monitor, &(struct vmm_observer){ on_event, c });
    cpu->blocks->observer = (struct block_observer){ on_block, c };
    cpu->flush_blocks = true;
    return c;
}

void costs_destroy(struct costs *c)
{
    if (!c)
        return;
    if (c->cpu) {
        monitor_observe(c->cpu->monitor, NULL);
        c->cpu->blocks->observer = (struct block_observer){ NULL, NULL };
        c->cpu->flush_blocks = true;
    }
    for (unsigned i = 0; c->met && i < PAGES; i++)
        free(c->met[i]);
    free(c->met);
    free(c->site);
    free(c);
}

void costs_feed_time(struct costs *c, enum cost_strategy strategy)
{
    u32 cycles = c->profile.figure[CHARGE_CALL_RET][strategy].cycles;
    u32 replaced = cost_of(c->cpu, C_CALL) + cost_of(c->cpu, C_RET);
    c->feed_time = true;
    c->feed = strategy;
    c->cpu->blocks->return_charge = cycles > replaced ? (s64)(cycles - replaced) << 32 : 0;
}

/* ---- the result ---- */
static struct cost_figure_sum class_sum(const struct costs *c, unsigned class, unsigned strategy)
{
    const struct cost_tally *tally = &c->tally[class];
    const struct { u64 count; bool direct, innocent; } parts[] = {
        { tally->direct, true, false }, { tally->innocent, false, true },
        { tally->count - tally->direct - tally->innocent, false, false }
    };
    struct cost_figure_sum sum = { 0, 0 };
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++) {
        struct cost_figure figure = figure_of(&c->profile, class, strategy, parts[i].direct, parts[i].innocent);
        sum.cycles += parts[i].count * figure.cycles;
        sum.assumed += parts[i].count * figure.assumed;
    }
    return sum;
}

void costs_result(struct costs *c, u64 busy, struct cost_result *result)
{
    returns_settle(c);
    *result = (struct cost_result){ .base = busy - MIN(c->fed, busy) };
    result->replaced = MIN(c->replaced, result->base);
    for (unsigned strategy = 0; strategy < COST_STRATEGIES; strategy++) {
        for (unsigned class = 0; class < CHARGE_CLASSES; class++)
            result->class[class][strategy] = class_sum(c, class, strategy);
        result->total[strategy] = result->base - result->replaced + c->charged[strategy].cycles;
        result->assumed[strategy] = c->charged[strategy].assumed;
    }
}
