/* The board's part of the safety invariants (devices/invariants.h). Chips are members of their machine, so an address
 * tells whose one is. */
#include "devices/invariants.h"
#include <string.h>

enum { SHADOW_EVERY = 16 };     /* runs of the processor: all of a shadow is a lot to look at */

/* A build with --enable-invariants checks always. */
#ifndef TRAP86_CHECK_INVARIANTS
#define TRAP86_CHECK_INVARIANTS 0
#endif

static bool inside(const struct machine *m, const void *address)
{
    return (uintptr_t)address >= (uintptr_t)m && (uintptr_t)address < (uintptr_t)(m + 1);
}

/* ---- I1: one owner ---- */
static bool claims_hold(const struct ports *ports, struct breach *breach)
{
    u32 owned = 0, counted = 0;
    for (u32 port = 0; port < 0x10000; port++) {
        unsigned owner = ports->owner[port];
        const struct port_claim *claim = owner ? &ports->claim[owner - 1] : NULL;
        if (owner > ports->claims || (claim && port - claim->base >= claim->count))
            return breach_set(breach, INVARIANT_I1, "port %x is routed to one who has not claimed it", port);
        owned += claim != NULL;
    }
    for (unsigned i = 0; i < ports->claims; i++)
        counted += ports->claim[i].count;
    return owned == counted || breach_set(breach, INVARIANT_I1, "%u ports are claimed, %u are routed", counted, owned);
}

/* Who answers at a page by the rule of priorities; the list is sorted by them. */
static const struct region *page_winner(const struct memory *memory, u64 page)
{
    const struct region *winner = NULL;
    u64 address = page << PAGE_SHIFT;
    for (const struct region *r = memory->regions; r; r = r->next)
        if (r->enabled && r->base < address + PAGE_SIZE && address < r->base + r->size)
            winner = r->base <= address && address + PAGE_SIZE <= r->base + r->size ? r : NULL;
    return winner;
}

static bool page_holds(const struct memory *memory, u64 page, struct breach *breach)
{
    return page > 0xfffff || memory->page[page] == page_winner(memory, page) ||
           breach_set(breach, INVARIANT_I1, "physical page %05llx is answered by the wrong one", (unsigned long long)page);
}

/* The painted map around each region's ends is what priorities say: the pages where a bound may be off by one. */
static bool map_holds(const struct memory *memory, struct breach *breach)
{
    for (const struct region *r = memory->regions; r; r = r->next) {
        u64 first = r->base >> PAGE_SHIFT, last = (r->base + r->size - 1) >> PAGE_SHIFT;
        if (!page_holds(memory, first, breach) || !page_holds(memory, last, breach) ||
            !page_holds(memory, first - 1, breach) || !page_holds(memory, last + 1, breach))
            return false;
    }
    return true;
}

static bool ram_regions_disjoint(const struct memory *memory, struct breach *breach)
{
    for (const struct region *a = memory->regions; a; a = a->next)
        for (const struct region *b = a->next; b; b = b->next)
            if (a->kind == REGION_RAM && b->kind == REGION_RAM && a->enabled && b->enabled &&
                a->host < b->host + b->size && b->host < a->host + a->size)
                return breach_set(breach, INVARIANT_I1, "%s and %s share RAM", a->name, b->name);
    return true;
}

static bool owners_single(struct machine *m, struct breach *breach)
{
    struct error why;
    if (!host_exclusive(m->host, &why))
        return breach_set(breach, INVARIANT_I1, "%s", why.text);
    return claims_hold(&m->ports, breach) && map_holds(&m->memory, breach) && ram_regions_disjoint(&m->memory, breach);
}

/* ---- I3: handlers are this machine's ---- */
static bool handlers_own(const struct machine *m, struct breach *breach)
{
    for (unsigned i = 0; i < m->ports.claims; i++)
        if (m->ports.claim[i].count && !inside(m, m->ports.claim[i].self))
            return breach_set(breach, INVARIANT_I3, "ports of %s at %x", m->ports.claim[i].name, m->ports.claim[i].base);
    for (const struct region *r = m->memory.regions; r; r = r->next)
        if (r->ops && !inside(m, r->self))
            return breach_set(breach, INVARIANT_I3, "registers of %s at %x", r->name, r->base);
    return true;
}

static bool wiring_own(const struct machine *m, struct breach *breach)
{
    const struct cpu *cpu = &m->cpu;
    const struct allocator *allocator = &cpu->monitor->allocator;
    if (cpu->memory != &m->memory || cpu->ports != &m->ports || cpu->clock != &m->clock)
        return breach_set(breach, INVARIANT_I3, "the processor is on another machine's bus");
    if (allocator->memory != &m->memory || allocator->ports != &m->ports || m->memory.listener.self != cpu)
        return breach_set(breach, INVARIANT_I3, "the allocator is another machine's");
    for (const struct device *dev = m->devices; dev; dev = dev->next)
        if (!inside(m, dev) || dev->board != &m->board)
            return breach_set(breach, INVARIANT_I3, "%s is on another board", dev->tag);
    if (m->board.memory != &m->memory || m->board.ports != &m->ports || m->board.clock != &m->clock)
        return breach_set(breach, INVARIANT_I3, "the board's bus is another machine's");
    return true;
}

/* ---- I4: lines ---- */
struct lines { u64 allowed[MACHINE_IRQS]; u32 named; };      /* wires to each; those whose owner has one of them */

static bool wire_holds(const struct machine *m, unsigned index, const struct pc_wire *wire, struct lines *lines,
                       struct breach *breach)
{
    const struct allocator *allocator = &m->cpu.monitor->allocator;
    bool drives = m->irq_drivers[wire->irq] >> index & 1;
    const char *owner = allocator->irq[wire->irq].owner;
    lines->allowed[wire->irq] |= (u64)1 << index;
    if (owner && strcmp(owner, wire->owner) == 0) lines->named |= 1u << wire->irq;
    if (!owner || (!wire->shared && strcmp(owner, wire->owner) != 0) || wire->shared != allocator->irq[wire->irq].shared)
        return breach_set(breach, INVARIANT_I4, "%s has line %u, which belongs to %s", wire->owner, wire->irq,
                          owner ? owner : "nobody");
    if (!wire->line)
        return true;
    if (wire->line->set && wire->line->self != m)
        return breach_set(breach, INVARIANT_I4, "%s drives line %u of another machine", wire->owner, wire->irq);
    return drives == wire->line->level ||
           breach_set(breach, INVARIANT_I4, "%s drives its line, and line %u does not follow", wire->owner, wire->irq);
}

static bool lines_owned(const struct machine *m, struct breach *breach)
{
    const struct allocator *allocator = &m->cpu.monitor->allocator;
    struct lines lines = { .named = 0 };
    struct pc_wire wire;
    for (unsigned i = 0; pc_wire(m, i, &wire); i++)
        if (!wire_holds(m, i, &wire, &lines, breach))
            return false;
    for (unsigned irq = 0; irq < MACHINE_IRQS; irq++) {
        bool level = m->pic.chip[irq / 8].lines >> irq % 8 & 1, driven = pc_irq_level(m, irq);
        if (allocator->irq[irq].owner && !(lines.named >> irq & 1))
            return breach_set(breach, INVARIANT_I4, "line %u belongs to %s, which has no wire to it", irq,
                              allocator->irq[irq].owner);
        if (m->irq_drivers[irq] & ~lines.allowed[irq])
            return breach_set(breach, INVARIANT_I4, "line %u is driven by one whose it is not", irq);
        if (irq != 2 && level != driven)
            return breach_set(breach, INVARIANT_I4, "the controller sees line %u otherwise than it is driven", irq);
    }
    if (m->cpu.acknowledge_self != m || m->pic.intr.self != m || m->cpu.intr_level != pc_intr_level(m))
        return breach_set(breach, INVARIANT_I4, "the controller and the processor do not see the same interrupt");
    return true;
}

/* ---- I5: files ---- */
static bool backends_owned(const struct machine *m, struct breach *breach)
{
    struct error why;
    for (unsigned i = 0; i < MACHINE_DRIVES; i++) {
        const struct ide_drive *drive = &m->ide.channel[i / IDE_UNITS].drive[i % IDE_UNITS];
        if (drive->disk && drive->disk != m->config.drive[i].disk)
            return breach_set(breach, INVARIANT_I5, "drive %u has a disk that was not given to this machine", i);
    }
    return !m->config.files_owned || m->config.files_owned(m->config.files_self, &why) ||
           breach_set(breach, INVARIANT_I5, "%s", why.text);
}

/* ---- I6, I7: RAM ---- */
bool machine_ram_scrubbed(const struct machine *m, struct breach *breach)
{
    const u8 *ram = m->memory.ram;
    for (u64 at = 0; at < memory_storage(&m->memory); at += PAGE_SIZE)
        if (ram[at] || memcmp(ram + at, ram + at + 1, PAGE_SIZE - 1) != 0)
            return breach_set(breach, INVARIANT_I6, "frame %llx is new to this machine and not empty",
                              (unsigned long long)at);
    return true;
}

static bool ram_granted(struct machine *m, struct breach *breach)
{
    struct error why;
    u64 granted = host_ram_of(m->host, m);
    if (!host_conserves(m->host, &why))
        return breach_set(breach, INVARIANT_I7, "%s", why.text);
    return granted == memory_storage(&m->memory) ||
           breach_set(breach, INVARIANT_I7, "%llu bytes of RAM with a grant of %llu",
                      (unsigned long long)memory_storage(&m->memory), (unsigned long long)granted);
}

bool machine_invariants_hold(struct machine *m, struct breach *breach)
{
    return owners_single(m, breach) && handlers_own(m, breach) && wiring_own(m, breach) && lines_owned(m, breach) &&
           backends_owned(m, breach) && ram_granted(m, breach) && cpu_invariants_hold(&m->cpu, breach) &&
           tlb_invariants_hold(&m->cpu, breach);
}

/* ---- when they are looked at ---- */
/* In the middle of an instruction that changed the map: what lines do may be under way. */
static bool map_owned(void *self, struct breach *breach)
{
    struct machine *m = self;
    m->cpu.monitor->invariants->board_checks++;
    return owners_single(m, breach) && handlers_own(m, breach);
}

bool machine_invariants_begin(struct machine *m, struct error *why)
{
    struct breach breach;
    u64 every = m->config.check_invariants ? m->config.check_invariants : TRAP86_CHECK_INVARIANTS;
    if (!every) return true;
    if (!machine_ram_scrubbed(m, &breach)) breach_abort(&breach);
    return invariants_begin(&m->cpu, every, map_owned, m, why);
}

void machine_invariants_check(struct machine *m, u64 limit)
{
    struct breach breach;
    bool good = true;
    if (m->clock.now > limit + INVARIANT_OVERRUN && limit != UINT64_MAX)
        good = breach_set(&breach, INVARIANT_I10, "the processor was to stop at cycle %llu, and did at %llu",
                          (unsigned long long)limit, (unsigned long long)m->clock.now);
    bool all = m->cpu.monitor->invariants->runs++ % SHADOW_EVERY == 0;
    if (!good || !machine_invariants_hold(m, &breach) || !shadow_invariants_hold(&m->cpu, all, &breach))
        breach_abort(&breach);
}
