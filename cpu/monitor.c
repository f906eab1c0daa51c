/* Counters and trace of the dispatcher (monitor.h): what --trap-stats and --trap-trace print. */
#include "cpu/monitor.h"
#include "cpu/leaks.h"
#include "cpu/patch.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct field row_fields[] = {
    FIELD_ARRAY(struct monitor_row, executed, "by mode and virtual CPL"),
    FIELD(struct monitor_row, trapped, "of these, trapped to the monitor"),
    FIELD(struct monitor_row, refused, "of these, ended in a fault"),
    FIELD(struct monitor_row, elements, "further elements of REP INS and OUTS"),
    FIELD(struct monitor_row, first_cycle, "cycle of the first"),
    FIELD(struct monitor_row, first_eip, "EIP of the first"),
    FIELD(struct monitor_row, first_cs, "CS of the first"),
    FIELD(struct monitor_row, seen, "the three above hold"),
    FIELD_END
};
static const struct field resume_fields[] = {
    FIELD(struct monitor_resume, linear, "linear address of the instruction"),
    FIELD(struct monitor_resume, count, "elements left"),
    FIELD(struct monitor_resume, valid, "in use"),
    FIELD_END
};
const struct field monitor_fields[] = {
    FIELD_EACH(struct monitor, row, row_fields, "counters of a sensitive instruction"),
    FIELD_EACH(struct monitor, resume, resume_fields, "REP instructions to be resumed"),
    FIELD(struct monitor, resume_next, "next slot of resume[]"),
    FIELD_NONE(struct monitor, patch, "for people"),
    FIELD_NONE(struct monitor, leaks, "for people"),
    FIELD_NONE(struct monitor, invariants, "for tests"),
    FIELD_NONE(struct monitor, watched, "derived"),
    FIELD_NONE(struct monitor, insns_loaded, "for people"),
    FIELD_SUB(struct monitor, pv, pv_fields, "what a paravirtual guest shares"),
    FIELD_NONE(struct monitor, vmm, "policy; counters for people"),
    FIELD_NONE(struct monitor, trace, "wiring"),
    FIELD_NONE(struct monitor, trace_self, "wiring"),
    FIELD_NONE(struct monitor, allocator, "ownership is wiring; its log is for people"),
    FIELD_END
};

void monitor_init(struct monitor *monitor, struct memory *memory, struct ports *ports, struct clock *clock)
{
    memset(monitor, 0, sizeof *monitor);
    vmm_config_default(&monitor->vmm.config);
    allocator_init(&monitor->allocator, memory, ports, clock);
}

static bool rows_all(const struct vmm_config *config)
{
    for (unsigned id = 0; id < SENS_COUNT; id++)
        if (!config->traps[VIEW_KERNEL][id] || !config->traps[VIEW_USER][id])
            return false;
    return true;
}

static void watch(struct monitor *monitor)
{
    const struct vmm *vmm = &monitor->vmm;
    monitor->watched = monitor->trace || monitor->invariants || vmm->observer.event || vmm->config.report ||
                       vmm->config.projection != PROJECT_NONE;
}

void monitor_stats_clear(struct monitor *monitor)
{
    memset(monitor->row, 0, sizeof monitor->row);
}

bool monitor_configure(struct cpu *cpu, const struct vmm_config *config, struct error *why)
{
    struct monitor *monitor = cpu->monitor;
    monitor->vmm.cpu = cpu;
    monitor->vmm.config = *config;
    if (config->report || (config->projection != PROJECT_NONE && !rows_all(config))) {
        monitor->leaks = leaks_create(config, why);
        if (!monitor->leaks)
            return false;
    }
    if (config->patch && !(monitor->patch = patch_create(cpu->memory, why)))
        return false;
    watch(monitor);
    return true;
}

void monitor_trace_to(struct monitor *monitor, void (*trace)(void *self, const char *line), void *self)
{
    monitor->trace = trace;
    monitor->trace_self = self;
    watch(monitor);
}

void monitor_observe(struct monitor *monitor, const struct vmm_observer *observer)
{
    monitor->vmm.observer = observer ? *observer : (struct vmm_observer){ NULL, NULL };
    watch(monitor);
}

void monitor_check(struct monitor *monitor, struct invariants *invariants)
{
    monitor->invariants = invariants;
    watch(monitor);
}

void monitor_destroy(struct monitor *monitor)
{
    free(monitor->invariants);
    free(monitor->leaks);
    patch_destroy(monitor->patch);
}

void monitor_first(struct monitor_row *row, struct cpu *cpu, const struct insn *insn)
{
    cpu_sync(cpu, insn);
    row->seen = true;
    row->first_cycle = cpu->clock->now;
    row->first_cs = cpu->guest->seg[CS].selector;
    row->first_eip = insn_eip(cpu, insn);
}

static struct monitor_resume resume_now(const struct cpu *cpu, const struct insn *insn)
{
    u32 count = insn->flags & INSN_ADDR16 ? R16(cpu, ECX * 4) : cpu->gpr[ECX];
    return (struct monitor_resume){ cpu->sys.seg[CS].base + insn_eip(cpu, insn), count, true };
}

void monitor_suspend(struct monitor *monitor, const struct cpu *cpu, const struct insn *insn)
{
    monitor->resume[monitor->resume_next] = resume_now(cpu, insn);
    monitor->resume_next = (monitor->resume_next + 1) % MONITOR_RESUMES;
}

bool monitor_resumed(struct monitor *monitor, const struct cpu *cpu, const struct insn *insn)
{
    struct monitor_resume now = resume_now(cpu, insn);
    for (unsigned i = 0; i < MONITOR_RESUMES; i++) {
        struct monitor_resume *resume = &monitor->resume[i];
        if (resume->valid && resume->linear == now.linear && resume->count == now.count) {
            resume->valid = false;
            return true;
        }
    }
    return false;
}

/* ---- statistics ---- */

static u64 executed_in(const struct monitor_row *row, enum cpu_mode mode)
{
    u64 sum = 0;
    for (unsigned cpl = 0; cpl < MONITOR_CPLS; cpl++)
        sum += row->executed[mode * MONITOR_CPLS + cpl];
    return sum;
}

static void stats_row_print(const struct monitor_row *row, const struct sensitive *what,
                            const struct cpu_model *model, monitor_line_fn *line, void *self)
{
    const u64 *protected = &row->executed[MODE_PROTECTED * MONITOR_CPLS];
    u64 real = executed_in(row, MODE_REAL), v86 = executed_in(row, MODE_V86);
    u64 all = real + v86 + executed_in(row, MODE_PROTECTED);
    u64 cycles = all * sensitive_cost(what, model) + row->elements * sensitive_element_cost(model);
    char text[240];

    snprintf(text, sizeof text, "%-15s %12" PRIu64 " %10" PRIu64 " %12" PRIu64 " %8" PRIu64 " %8" PRIu64 " %12" PRIu64
             " %10" PRIu64 " %12" PRIu64 " %8" PRIu64 " %13" PRIu64 "  %04x:%08x @%" PRIu64,
             what->name, all, real, protected[0], protected[1], protected[2], protected[3], v86, row->trapped,
             row->refused, cycles, row->first_cs, row->first_eip, row->first_cycle);
    line(self, text);
}

void monitor_stats_print(const struct monitor *monitor, const struct cpu_model *model, monitor_line_fn *line,
                         void *self)
{
    const struct vmm *vmm = &monitor->vmm;
    char text[240];
    static const char format[] = "%-15s %12s %10s %12s %8s %8s %12s %10s %12s %8s %13s  %s";
    snprintf(text, sizeof text, format, "instruction", "executed", "real", "vCPL 0", "vCPL 1", "vCPL 2", "vCPL 3", "v86",
             "trapped", "faulted", "cycles", "first cs:eip @cycle");
    line(self, text);
    for (unsigned i = 0; i < SENS_COUNT; i++)
        if (monitor->row[i].seen)
            stats_row_print(&monitor->row[i], &sensitive_table[i], model, line, self);
    if (monitor->patch)
        patch_print(monitor->patch, line, self);
    if (vmm->config.projection != PROJECT_NONE) {
        snprintf(text, sizeof text, "projections %" PRIu64 ", root switches %" PRIu64 ", instructions interpreted because no "
                 "descriptor can express the state, or the kernel is not run: %" PRIu64, vmm->projections,
                 vmm->root_switches, vmm->interpreted);
        line(self, text);
    }
}

/* ---- trace ---- */

struct watched { const char *name; u16 offset, size; };
#define WATCH(member)             { #member, offsetof(struct system, member), sizeof(((struct system *)0)->member) }
#define WATCH_AS(name, member)    { name, offsetof(struct system, member), sizeof(((struct system *)0)->member) }
#define WATCH_SEGMENT(name, member) WATCH_AS(name, member.selector), WATCH_AS(name ".base", member.base), \
                                    WATCH_AS(name ".limit", member.limit), WATCH_AS(name ".attr", member.attr)
static const struct watched watched[] = {
    WATCH(cr0), WATCH(cr2), WATCH(cr3), WATCH(cr4), WATCH(eflags), WATCH(cpl),
    WATCH_AS("gdtr.base", gdtr.base), WATCH_AS("gdtr.limit", gdtr.limit),
    WATCH_AS("idtr.base", idtr.base), WATCH_AS("idtr.limit", idtr.limit),
    WATCH_SEGMENT("ldtr", ldtr), WATCH_SEGMENT("tr", tr),
    WATCH_SEGMENT("es", seg[ES]), WATCH_SEGMENT("cs", seg[CS]), WATCH_SEGMENT("ss", seg[SS]),
    WATCH_SEGMENT("ds", seg[DS]), WATCH_SEGMENT("fs", seg[FS]), WATCH_SEGMENT("gs", seg[GS]),
    WATCH_AS("dr0", dr[0]), WATCH_AS("dr1", dr[1]), WATCH_AS("dr2", dr[2]), WATCH_AS("dr3", dr[3]),
    WATCH_AS("dr6", dr[6]), WATCH_AS("dr7", dr[7]),
    WATCH_AS("tr3", tr_test[3]), WATCH_AS("tr4", tr_test[4]), WATCH_AS("tr5", tr_test[5]),
    WATCH_AS("tr6", tr_test[6]), WATCH_AS("tr7", tr_test[7]),
    WATCH(sysenter_cs), WATCH(sysenter_esp), WATCH(sysenter_eip), WATCH(tsc_offset), WATCH(apic_base),
    WATCH(mtrr_def_type)
};

static u64 watched_value(const struct watched *what, const struct system *sys)
{
    u64 value = 0;
    memcpy(&value, (const char *)sys + what->offset, what->size);
    return value;
}

struct text { char bytes[1024]; unsigned length; };

static __attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...)
{
    unsigned room = sizeof text->bytes - text->length;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(text->bytes + text->length, room, format, args);
    va_end(args);
    text->length += MIN((unsigned)written, room - 1);
}

static void text_add_code(struct text *text, const struct cpu *cpu, u32 linear, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        const u8 *byte = cpu_peek(cpu, linear + i);
        if (byte)
            text_add(text, "%02x", *byte);
        else
            text_add(text, "??");
    }
}

static const char *module_name(const struct sensitive *row, bool allocated, enum outcome outcome)
{
    if (outcome == FAULT)
        return "exception";
    if (!allocated)
        return "interpreter";
    return row->module == MODULE_A ? "allocator" : "interpreter+allocator";
}

void monitor_trace(struct monitor *monitor, struct cpu *cpu, const struct insn *insn, const struct system *before,
                   u64 entries, enum outcome outcome)
{
    const struct sensitive *row = insn->row;
    u32 eip = insn_eip(cpu, insn);
    struct text text = { .length = 0 };

    cpu_sync(cpu, insn);
    text_add(&text, "%" PRIu64 " %u %04x:%08x ", cpu->clock->now, before->cpl, before->seg[CS].selector, eip);
    text_add_code(&text, cpu, before->seg[CS].base + eip, insn->len);
    text_add(&text, " %s, %s", row->name, cpu->on_chip && outcome != FAULT ? "chip" : module_name(row, monitor->allocator.entries != entries, outcome));
    if (outcome == FAULT)
        text_add(&text, " vector %u error %x", cpu->fault.vector, cpu->fault.has_error ? cpu->fault.error : 0);
    for (unsigned i = 0; i < ARRAY_LEN(watched); i++) {
        u64 old = watched_value(&watched[i], before), now = watched_value(&watched[i], &cpu->sys);
        if (old != now)
            text_add(&text, " %s %" PRIx64 "->%" PRIx64, watched[i].name, old, now);
    }
    monitor->trace(monitor->trace_self, text.bytes);
}
