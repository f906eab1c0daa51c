/* The monitor's page-fault handler (shadow.h): true, hidden, trace and device faults told apart and counted. */
#include "cpu/shadow.h"
#include "cpu/monitor.h"

static bool monitors_own(const struct cpu *cpu) { return cpu->shadow->projected && !cpu->on_chip; }

void shadow_event(struct cpu *cpu, enum vmm_event event)
{
    const struct insn *insn = cpu->current;
    vmm_event(cpu, event, insn ? cpu->sys.seg[CS].base + insn_eip(cpu, insn) : cpu->sys.seg[CS].base + cpu->eip, insn);
}

/* Stamps tell accesses of one instruction from those of its next turn: the budget falls with each. */
static bool stamp_is(const struct shadow_stamp *stamp, const struct cpu *cpu, u32 linear)
{
    return stamp->insn && stamp->insn == cpu->current && stamp->budget == cpu->budget && stamp->linear == linear;
}
static struct shadow_stamp stamp_of(const struct cpu *cpu, u32 linear)
{
    return (struct shadow_stamp){ cpu->current, cpu->budget, linear };
}

void shadow_true_fault(struct cpu *cpu)
{
    cpu->shadow->counters.pf_true++;
    shadow_event(cpu, EVENT_PF_TRUE);
}

u32 shadow_fault(struct cpu *cpu, u32 page, const struct walk *walk, bool write, bool user)
{
    struct shadow *s = cpu->shadow;
    const struct shadow_table *table;
    u8 *flags;
    bool writable;
    if (!memory_page(cpu->memory, walk->physical, &flags, &writable) || (write && !writable))
        return 0;                                  /* a device, or a write to ROM: shadow_mmio counts the access */
    if (write && (*flags & PAGE_TRACED)) {
        s->emulated = stamp_of(cpu, page);         /* shadow_trace_fault counts the write */
        return 0;
    }
    if (!write && stamp_is(&s->emulated, cpu, page))
        return 0;                                  /* the read of a read-modify-write that is being emulated */
    s->counters.pf_hidden++;
    shadow_event(cpu, EVENT_PF_HIDDEN);
    u32 entry = shadow_entry_put(s, page, walk, write, user, &table);
    return entry ? shadow_entry_bits(s, table, entry) & TLB_SHADOW : 0;
}

/* The TLB may be older than the tables. Then the processor under a shadow would have faulted for the guest, where a bare
 * machine does not; nothing is counted. */
u32 shadow_count(struct cpu *cpu, const struct translation *t, bool write, bool user)
{
    const u32 rights = TLB_WRITE | TLB_USER;
    struct walk walk;
    if (!shadow_peek(cpu->shadow, cpu->shadow->current, t->linear, &walk) || walk.physical != t->physical ||
        ((walk.bits ^ t->bits) & rights) || (write && !(walk.bits & TLB_DIRTY)))
        return 0;
    return shadow_fault(cpu, t->linear, &walk, write, user);
}

void shadow_fetch_mmio(struct cpu *cpu)
{
    cpu->shadow->counters.pf_mmio++;
    vmm_event(cpu, EVENT_PF_MMIO, cpu->sys.seg[CS].base + cpu->eip, NULL);
}

void shadow_mmio(struct cpu *cpu, u32 linear, bool write)
{
    struct shadow *s = cpu->shadow;
    if (monitors_own(cpu) || (write && stamp_is(&s->mmio_read, cpu, linear)))
        return;
    if (!write)
        s->mmio_read = stamp_of(cpu, linear);
    s->counters.pf_mmio++;
    shadow_event(cpu, EVENT_PF_MMIO);
}

void shadow_trace_fault(struct cpu *cpu, u32 physical)
{
    struct shadow *s = cpu->shadow;
    struct shadow_frame *f = &s->frame[shadow_pmap(s, physical) >> PAGE_SHIFT];
    s->counters.trace_write_emulated++;
    if (!monitors_own(cpu)) {
        s->counters.pf_trace++;
        shadow_event(cpu, EVENT_PF_TRACE);
    }
    if (s->tracing == TRACE_ADAPTIVE && f->ram_page && ++f->writes >= s->trace_k)
        trace_drop(s, shadow_pmap(s, physical) >> PAGE_SHIFT);
}
