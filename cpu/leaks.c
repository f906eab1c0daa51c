/* Finding, classifying and counting leaks (leaks.h). Kinds as in docs/popek-goldberg.md: R the guest reads another value
 * than on a bare machine, S a change is dropped in silence, W the result is wrong, M a fault is missing, I a program runs
 * with its kernel's pages (invariant I8). */
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include <stdlib.h>
#include <string.h>

const char leak_letters[LEAK_KIND_COUNT] = {
#define X(id, letter, name) letter,
    LEAK_KINDS(X)
#undef X
};
const char *const leak_names[LEAK_KIND_COUNT] = {
#define X(id, letter, name) name,
    LEAK_KINDS(X)
#undef X
};
const char *const leak_columns[LEAK_COLUMN_COUNT] = {
#define X(id, text) text,
    LEAK_COLUMNS(X)
#undef X
};

struct leaks *leaks_create(const struct vmm_config *config, struct error *why)
{
    struct leaks *leaks = calloc(1, sizeof *leaks);
    if (!leaks) {
        error_set(why, "no memory for the leak report: free some on the host");
        return NULL;
    }
    for (unsigned i = 1; i < LEAK_COLUMN_COUNT; i++)
        if (!vmm_parse(&leaks->column[i], leak_columns[i], why)) {
            free(leaks);
            return NULL;
        }
    leaks->column[COLUMN_OWN] = *config;
    return leaks;
}

u64 leaks_total(const struct leaks *leaks, enum leak_column column)
{
    u64 sum = 0;
    for (unsigned row = 0; row < SENS_COUNT; row++)
        for (unsigned kind = 0; kind < LEAK_KIND_COUNT; kind++)
            sum += leaks->count[column][row][kind];
    return sum;
}

const char *leak_cures(const struct sensitive *row)
{
    switch (row->id) {
    case SENS_sgdt: case SENS_sidt: case SENS_sldt: case SENS_smsw: case SENS_str:
        return "UMIP, patch, paravirtual kernel, hardware VM";
    case SENS_ret_far: case SENS_ret_far_imm:
        return "ring 1, patch, paravirtual kernel, hardware VM";
    case SENS_rdtsc:
        return "CR4.TSD, patch, hardware VM";
    case SENS_cpuid:
        return "patch, hardware VM";
    }
    return "patch, paravirtual kernel, hardware VM";
}

/* ---- noting ---- */
struct difference { const char *what; u32 seen, bare; enum leak_kind kind; };

static struct leak *slot_find(struct leaks *leaks, u8 column, u8 row, u8 kind, u32 linear)
{
    u32 hash = (linear * 0x9e3779b1u) ^ (row * 0x85ebca6bu) ^ (u32)(column << 16 | kind << 24);
    for (unsigned probe = 0; probe < LEAK_SLOTS; probe++) {
        struct leak *leak = &leaks->slot[((hash ^ hash >> 15) + probe) % LEAK_SLOTS];
        if (!leak->count)
            return leak;
        if (leak->linear == linear && leak->row == row && leak->kind == kind && leak->column == column)
            return leak;
        if (probe == 64)
            break;
    }
    return NULL;
}

static void note(struct cpu *cpu, enum leak_column column, const struct insn *insn, const struct difference *d)
{
    struct leaks *leaks = cpu->monitor->leaks;
    const struct system *guest = cpu->guest;
    u32 linear = cpu->sys.seg[CS].base + insn_eip(cpu, insn);
    leaks->count[column][insn->row->id][d->kind]++;
    struct leak *leak = slot_find(leaks, (u8)column, insn->row->id, (u8)d->kind, linear);
    if (!leak) {
        leaks->lost++;
        return;
    }
    if (leak->count++)
        return;
    cpu_sync(cpu, insn);
    *leak = (struct leak){
        .what = d->what, .count = 1, .first_cycle = cpu->clock->now, .linear = linear, .eip = insn_eip(cpu, insn),
        .seen = d->seen, .bare = d->bare, .cs = guest->seg[CS].selector, .row = insn->row->id, .kind = (u8)d->kind,
        .column = (u8)column, .vcpl = guest->cpl
    };
}

/* ---- comparing ---- */
static bool differs(struct difference *d, enum leak_kind kind, const char *what, u32 seen, u32 bare)
{
    if (seen == bare)
        return false;
    *d = (struct difference){ what, seen, bare, kind };
    return true;
}

static u32 word_at(const u8 *bytes, unsigned length, unsigned at)
{
    u32 value = 0;
    memcpy(&value, bytes + at, MIN(4u, length - at));
    return value;
}

static bool stores_differ(struct difference *d, const struct dry_run *chip, const struct dry_run *bare)
{
    if (chip->stores != bare->stores)
        return differs(d, LEAK_WRONG, "stores", chip->stores, bare->stores);
    for (unsigned i = 0; i < chip->stores; i++) {
        const struct dry_store *c = &chip->store[i], *b = &bare->store[i];
        if (c->linear != b->linear || c->length != b->length)
            return differs(d, LEAK_WRONG, "address of a store", c->linear, b->linear) ||
                   differs(d, LEAK_WRONG, "length of a store", c->length, b->length);
        for (unsigned at = 0; at < c->length; at += 4)
            if (differs(d, LEAK_READ, "memory", word_at(c->bytes, c->length, at), word_at(b->bytes, b->length, at)))
                return true;
    }
    return false;
}

static bool registers_differ(struct difference *d, const struct dry_result *chip, const struct dry_result *bare)
{
    static const char *const names[8] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
    for (unsigned i = 0; i < 8; i++)
        if (differs(d, i == ESP ? LEAK_WRONG : LEAK_READ, names[i], chip->gpr[i], bare->gpr[i]))
            return true;
    return false;
}

/* The guest's own state after the chip's attempt: what only a trap could have changed is as it was. */
static bool system_differs(struct difference *d, const struct system *before, const struct dry_result *chip,
                           const struct dry_result *bare)
{
    const u32 held = FLAG_IF | FLAG_IOPL | FLAG_VIF | FLAG_VIP;
    const u32 shared = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;
    return differs(d, LEAK_SILENT, "if", before->eflags & FLAG_IF, bare->sys.eflags & FLAG_IF) ||
           differs(d, LEAK_SILENT, "iopl", before->eflags & FLAG_IOPL, bare->sys.eflags & FLAG_IOPL) ||
           differs(d, LEAK_SILENT, "eflags", before->eflags & held, bare->sys.eflags & held) ||
           differs(d, LEAK_WRONG, "eflags", chip->sys.eflags & shared, bare->sys.eflags & shared) ||
           differs(d, LEAK_WRONG, "cr0", before->cr0, bare->sys.cr0);
}

static bool segments_differ(struct difference *d, const struct dry_result *chip, const struct dry_result *bare)
{
    for (unsigned i = 0; i < 6; i++) {
        const struct segment *c = &chip->sys.seg[i], *b = &bare->sys.seg[i];
        if (differs(d, LEAK_WRONG, "selector", c->selector & ~3u, b->selector & ~3u) ||
            differs(d, LEAK_WRONG, "segment base", c->base, b->base) ||
            differs(d, LEAK_WRONG, "segment limit", c->limit, b->limit))
            return true;
    }
    return false;
}

/* true: *d says how the chip's result differs from a bare machine's. A fault on the chip is a trap: no leak. */
static bool result_differs(struct difference *d, const struct system *before, const struct dry_result *chip,
                           const struct dry_result *bare)
{
    if (chip->run.unknown || bare->run.unknown || chip->outcome == FAULT)
        return false;
    if (bare->outcome == FAULT) {
        *d = (struct difference){ "fault", 0, bare->fault.vector, LEAK_MISSED };
        return bare->fault.vector != VEC_PF;
    }
    return differs(d, LEAK_WRONG, "esp", chip->gpr[ESP], bare->gpr[ESP]) ||
           differs(d, LEAK_WRONG, "eip", chip->eip, bare->eip) ||
           differs(d, LEAK_WRONG, "zf", chip->eflags & FLAG_ZF, bare->eflags & FLAG_ZF) ||
           stores_differ(d, &chip->run, &bare->run) || registers_differ(d, chip, bare) ||
           segments_differ(d, chip, bare) || system_differs(d, before, chip, bare);
}

static bool row_leaks(const struct sensitive *row)
{
    return sensitive_unprivileged(row) || row->gate[MODE_PROTECTED] == GATE_TSD;
}

void leaks_compare(struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    struct leaks *leaks = cpu->monitor->leaks;
    const struct vmm *vmm = &cpu->monitor->vmm;
    struct difference d;
    if (!leaks || !row_leaks(row))
        return;
    struct system guest = vmm->virtual;
    dry_execute(cpu, row, insn, &cpu->sys, &vmm->config, &vmm->virtual, &leaks->chip);
    if (leaks->chip.outcome == FAULT)
        return;
    vmm_absorbed(cpu, &guest);
    dry_execute(cpu, row, insn, &guest, NULL, NULL, &leaks->guest);
    if (result_differs(&d, &guest, &leaks->chip, &leaks->guest))
        note(cpu, COLUMN_OWN, insn, &d);
}

void leaks_breach(struct cpu *cpu, const struct insn *insn)
{
    struct leaks *leaks = cpu->monitor->leaks;
    const struct difference d = { "the kernel's pages", 0, 3, LEAK_WALL };
    if (!leaks)
        return;
    leaks->breaches++;
    note(cpu, COLUMN_OWN, insn, &d);
}

/* ---- report ---- */
void leaks_counterfactual(struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    struct leaks *leaks = cpu->monitor->leaks;
    const struct system guest = cpu->sys;
    const struct vmm_config *last = NULL;
    struct system chip;
    struct difference d;
    bool found = false;
    if (!leaks || !row_leaks(row))
        return;
    dry_execute(cpu, row, insn, &guest, NULL, NULL, &leaks->guest);
    for (unsigned i = COLUMN_RAISE3; i < LEAK_COLUMN_COUNT; i++) {
        const struct vmm_config *config = &leaks->column[i];
        if (config->traps[guest.cpl == 3][row->id] || !vmm_on_chip_under(config, &guest))
            continue;
        if (!last || last->ring != config->ring || vmm_keeps(last, &guest) != vmm_keeps(config, &guest)) {
            vmm_project(cpu, config, &chip);
            dry_execute(cpu, row, insn, &chip, config, &guest, &leaks->chip);
            found = result_differs(&d, &guest, &leaks->chip, &leaks->guest);
            last = config;
        }
        if (found)
            note(cpu, i, insn, &d);
    }
}
