/* The dispatcher: the one door every sensitive instruction goes through (Popek and Goldberg, 1974, section 4).
 * Counts it, asks the gate, calls the routine, sees to what must happen afterwards. The rules are rows of
 * sensitive.def; here is only the order in which they are applied. */
#include "cpu/dispatcher.h"
#include "cpu/monitor.h"
#include <stdio.h>
#include <string.h>

enum cost_class {
#define COST(class, ...) COST_CLASS_##class,
#include "cpu/cost.def"
#undef COST
    COST_CLASSES
};
enum { COST_COLUMNS = 5 };

const struct sensitive sensitive_table[SENS_COUNT] = {
#define SENSITIVE(id, name, opcode, class, rule, listed, real, prot, v86, module, since, cost, handler, after) \
    { handler, { GATE_##real, GATE_##prot, GATE_##v86 }, AFTER_##after, SENS_##id, CLASS_##class, RULE_##rule, \
      MODULE_##module, SINCE_##since, COST_CLASS_##cost, name, opcode, #listed },
#include "cpu/sensitive.def"
#undef SENSITIVE
};

static const char *const id_names[SENS_COUNT] = {
#define SENSITIVE(id, ...) #id,
#include "cpu/sensitive.def"
#undef SENSITIVE
};

const char *sensitive_id_name(unsigned id) { return id_names[id]; }
bool sensitive_robin_irvine(const struct sensitive *row) { return strstr(row->listed, "RI"); }

static const u16 cost_table[COST_CLASSES][COST_COLUMNS] = {
#define COST(class, i386, i486, p5, p6, max) { i386, i486, p5, p6, max },
#include "cpu/cost.def"
#undef COST
};

unsigned sensitive_cost(const struct sensitive *row, const struct cpu_model *model)
{
    return cost_table[row->cost][model->cost_column];
}

unsigned sensitive_element_cost(const struct cpu_model *model)
{
    return cost_table[COST_CLASS_ELEMENT_IO][model->cost_column];
}

bool sensitive_exists(const struct sensitive *row, const struct cpu_model *model)
{
    static const u16 feature[] = {
        [SINCE_FPU] = FEAT_FPU, [SINCE_CPUID] = FEAT_CPUID, [SINCE_TSC] = FEAT_TSC, [SINCE_MSR] = FEAT_MSR,
        [SINCE_RDPMC] = FEAT_RDPMC, [SINCE_SEP] = FEAT_SEP, [SINCE_FXSR] = FEAT_FXSR
    };
    switch (row->since) {
    case SINCE_I486: return model->level >= CPU_486;
    case SINCE_TEST: return model->level <= CPU_486;
    default:         return row->since < SINCE_FPU || (model->features & feature[row->since]);
    }
}

/* What the routine changed makes itself felt. */
static enum outcome afterwards(struct cpu *cpu, const struct sensitive *row, enum outcome outcome)
{
    if (row->after & NEW_MODE)
        cpu_mode_changed(cpu);
    if (row->after & SHADOW)
        cpu->attention |= ATTENTION_INHIBIT | (row->id == SENS_sti ? 0 : ATTENTION_SHADOW_SS);
    if (row->after & CHECK_IRQ) {
        cpu->attention |= cpu->intr_level ? ATTENTION_INTR : 0;
        cpu->attention |= cpu->nmi_pending && !cpu->nmi_blocked ? ATTENTION_NMI : 0;
    }
    return outcome;
}

static enum outcome unusual(struct cpu *cpu, const struct sensitive *row, const struct insn *insn, enum outcome outcome)
{
    if (outcome == REPEAT)
        monitor_suspend(cpu->monitor, cpu, insn);
    else
        cpu->monitor->row[row->id].refused++;
    return outcome;
}

static inline enum outcome execute(struct cpu *cpu, struct system *view, const struct sensitive *row,
                                   const struct insn *insn)
{
    if (unlikely(!gate_passed(cpu, view, row, insn)))
        return unusual(cpu, row, insn, FAULT);
    enum outcome outcome = row->handler(cpu, view, insn);
    if (outcome == DONE)
        return DONE;
    if (unlikely(outcome > JUMPED))
        return unusual(cpu, row, insn, outcome);
    return row->after & (NEW_MODE | SHADOW | CHECK_IRQ) ? afterwards(cpu, row, outcome) : outcome;
}

enum outcome dispatch_execute(struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    if (!cpu->monitor->trace)
        return execute(cpu, &cpu->sys, row, insn);
    const struct system before = cpu->sys;
    const u64 entries = cpu->monitor->allocator.entries;
    enum outcome outcome = execute(cpu, &cpu->sys, row, insn);
    monitor_trace(cpu->monitor, cpu, insn, &before, entries, outcome);
    return outcome;
}

enum outcome dispatch(struct cpu *cpu, const struct insn *insn)
{
    const struct sensitive *row = insn->row;
    struct monitor *monitor = cpu->monitor;

    if (unlikely(monitor->watched))
        return vmm_dispatch(cpu, insn);
    if (unlikely(insn->flags & (INSN_REP | INSN_REPNE)) && monitor_resumed(monitor, cpu, insn)) {
        monitor->row[row->id].elements++;
        return execute(cpu, &cpu->sys, row, insn);
    }
    monitor_count(monitor, cpu, &cpu->sys, insn);
    monitor->row[row->id].trapped++;
    return execute(cpu, &cpu->sys, row, insn);
}

void sensitive_table_print(void (*line)(void *self, const char *text), void *self)
{
    static const char *const rows[][13] = {
#define SENSITIVE(id, name, opcode, class, rule, listed, real, prot, v86, module, since, cost, handler, after) \
        { name, opcode, #class, #rule, #listed, #real, #prot, #v86, #module, #since, #handler, #after, NULL },
#include "cpu/sensitive.def"
#undef SENSITIVE
    };
    static const char format[] = "%-15s %-9s %-5s %-4s %-9s %-4s %-9s %-5s %-6s %-5s %-16s %s";
    char text[200];

    snprintf(text, sizeof text, format, "instruction", "opcode", "class", "rule", "listed by", "real", "protected",
             "v86", "module", "since", "routine", "afterwards");
    line(self, text);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        const char *const *r = rows[i];
        snprintf(text, sizeof text, format, r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10],
                 r[11]);
        line(self, text);
    }
}
