/* The allocator (allocator.h): every change of who owns what, made here, counted and logged.
 * TLB rules: SDM volume 3, 3.11 (1999 edition): CR3 drops all but global entries; CR0.PG and PE, CR4.PSE, PAE and PGE
 * drop everything. The block that runs ends there, for its page may be another one now.
 * Not modelled: CPU shares, there is one guest per machine. */
#include "cpu/allocator.h"
#include "cpu/monitor.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const resource_names[RESOURCE_COUNT] = {
#define X(id, name) name,
    RESOURCES(X)
#undef X
};

void allocator_init(struct allocator *allocator, struct memory *memory, struct ports *ports, struct clock *clock)
{
    memset(allocator, 0, sizeof *allocator);
    allocator->memory = memory;
    allocator->ports = ports;
    allocator->clock = clock;
}

static void audit(struct allocator *allocator, enum resource resource, const char *what, u64 before, u64 after,
                  bool refused)
{
    u64 *count = refused ? allocator->refused : allocator->granted;
    count[resource]++;
    allocator->log[allocator->entries++ % ALLOCATOR_LOG] =
        (struct allocator_entry){ clock_now(allocator->clock), before, after, what, (u8)resource, refused };
}

static inline void grant(struct cpu *cpu, enum resource resource, const char *what, u64 before, u64 after)
{
    audit(&cpu->monitor->allocator, resource, what, before, after, false);
}

static void translations_drop(struct cpu *cpu, bool global_too)
{
    tlb_flush(cpu, global_too);
    cpu->end_block = true;
}

void allocator_cr0(struct cpu *cpu, struct system *view, u32 value)
{
    u32 changed = view->cr0 ^ value;
    grant(cpu, RESOURCE_ADDRESS_SPACE, "cr0", view->cr0, value);
    view->cr0 = value;
    if (changed & (CR0_PG | CR0_PE))
        translations_drop(cpu, true);
}

void allocator_cr3(struct cpu *cpu, struct system *view, u32 value)
{
    grant(cpu, RESOURCE_ADDRESS_SPACE, "cr3", view->cr3, value);
    view->cr3 = value;
    translations_drop(cpu, false);
}

void allocator_cr4(struct cpu *cpu, struct system *view, u32 value)
{
    u32 changed = view->cr4 ^ value;
    grant(cpu, RESOURCE_ADDRESS_SPACE, "cr4", view->cr4, value);
    view->cr4 = value;
    if (changed & (CR4_PSE | CR4_PAE | CR4_PGE))
        translations_drop(cpu, true);
}

void allocator_invalidate(struct cpu *cpu, u32 linear)
{
    grant(cpu, RESOURCE_ADDRESS_SPACE, "page", linear & PAGE_MASK, 0);
    tlb_flush_page(cpu, linear);
    cpu->end_block = true;
}

void allocator_table(struct cpu *cpu, struct table_register *table, struct table_register value, const char *name)
{
    grant(cpu, RESOURCE_DESCRIPTORS, name, table->base, value.base);
    *table = value;
}

void allocator_system_segment(struct cpu *cpu, struct segment *segment, struct segment value, const char *name)
{
    grant(cpu, RESOURCE_DESCRIPTORS, name, segment->selector, value.selector);
    *segment = value;
}

void allocator_halt(struct cpu *cpu)
{
    grant(cpu, RESOURCE_CPU_TIME, "hlt", 1, 0);
    cpu->attention |= ATTENTION_HALTED;
}

void allocator_memory_type(struct cpu *cpu, u32 msr, u64 before, u64 after)
{
    bool apic = msr == 0x1b;
    grant(cpu, RESOURCE_MEMORY_MAP, apic ? "apic base" : "mtrr", before, after);
    if (apic && cpu->apic_base && !cpu->dry)
        cpu->apic_base(cpu->apic_base_self, after);
}

void allocator_a20(struct allocator *allocator, bool on)
{
    if (allocator->memory->a20 == on)
        return;
    audit(allocator, RESOURCE_A20, "a20", !on, on, false);
    memory_set_a20(allocator->memory, on);
}

void allocator_region(struct allocator *allocator, struct region *region, u32 base, bool enabled)
{
    if (region->base == base && region->enabled == enabled)
        return;
    audit(allocator, RESOURCE_MEMORY_MAP, region->name, region->enabled ? region->base : 0, enabled ? base : 0, false);
    memory_region_set(allocator->memory, region, base, enabled);
}

bool allocator_ports(struct allocator *allocator, u16 base, u32 count, const struct region_ops *ops, void *self,
                     const char *name, struct error *why)
{
    bool granted = ports_claim(allocator->ports, base, count, ops, self, name, why);
    audit(allocator, RESOURCE_PORT_MAP, name, base, count, !granted);
    return granted;
}

void allocator_ports_release(struct allocator *allocator, u16 base, const char *name)
{
    audit(allocator, RESOURCE_PORT_MAP, name, base, 0, false);
    ports_release(allocator->ports, base);
}

bool allocator_irq(struct allocator *allocator, unsigned irq, const char *owner, bool shared, struct error *why)
{
    if (irq >= ALLOCATOR_IRQS)
        return error_set(why, "%s cannot have interrupt line %u: there are %d", owner, irq, ALLOCATOR_IRQS);
    bool taken = allocator->irq[irq].owner && !(shared && allocator->irq[irq].shared);
    audit(allocator, RESOURCE_IRQ, owner, irq, irq, taken);
    if (taken)
        return error_set(why, "interrupt line %u, wanted by %s, belongs to %s; give one of them another", irq, owner,
                         allocator->irq[irq].owner);
    allocator->irq[irq].owner = owner;
    allocator->irq[irq].shared = shared;
    return true;
}

void allocator_irq_release(struct allocator *allocator, unsigned irq, const char *owner)
{
    if (irq >= ALLOCATOR_IRQS || !allocator->irq[irq].owner || strcmp(allocator->irq[irq].owner, owner) != 0)
        return;
    audit(allocator, RESOURCE_IRQ, owner, irq, ALLOCATOR_IRQS, false);
    allocator->irq[irq].owner = NULL;
}

void allocator_print(const struct allocator *allocator, void (*line)(void *self, const char *text), void *self)
{
    char text[160];
    for (unsigned i = 0; i < RESOURCE_COUNT; i++) {
        snprintf(text, sizeof text, "%-18s %12" PRIu64 " granted %8" PRIu64 " refused", resource_names[i],
                 allocator->granted[i], allocator->refused[i]);
        line(self, text);
    }
    u64 first = allocator->entries > ALLOCATOR_LOG ? allocator->entries - ALLOCATOR_LOG : 0;
    for (u64 i = first; i < allocator->entries; i++) {
        const struct allocator_entry *entry = &allocator->log[i % ALLOCATOR_LOG];
        snprintf(text, sizeof text, "%" PRIu64 " %s %s: %" PRIx64 " -> %" PRIx64 "%s", entry->cycle,
                 resource_names[entry->resource], entry->what, entry->before, entry->after,
                 entry->refused ? " refused" : "");
        line(self, text);
    }
}
