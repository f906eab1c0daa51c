/* The processor's part of the safety invariants (cpu/invariants.h). Written against what the state means (SDM volume 3,
 * chapters 3, 4 and 6), not against the code that keeps it: each check looks at results. */
#include "cpu/invariants.h"
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/segment.h"
#include "cpu/shadow.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[INVARIANT_COUNT] = {
#define X(id, sentence) #id,
    INVARIANTS(X)
#undef X
};
static const char *const sentences[INVARIANT_COUNT] = {
#define X(id, sentence) sentence,
    INVARIANTS(X)
#undef X
};

bool breach_set(struct breach *breach, enum invariant which, const char *format, ...)
{
    va_list args;
    breach->which = which;
    va_start(args, format);
    vsnprintf(breach->what, sizeof breach->what, format, args);
    va_end(args);
    return false;
}

void breach_text(const struct breach *breach, char *text, size_t size)
{
    snprintf(text, size, "invariant %s does not hold: %s (%s)", names[breach->which], breach->what,
             sentences[breach->which]);
}

void breach_abort(const struct breach *breach)
{
    char text[400];
    breach_text(breach, text, sizeof text);
    fprintf(stderr, "trap86: %s\n", text);
    abort();
}

/* ---- I2, I9: where host pointers lead ---- */
static bool overlaps(const void *a, u64 size, const void *b, u64 length)
{
    return (uintptr_t)a < (uintptr_t)b + length && (uintptr_t)b < (uintptr_t)a + size;
}

/* Memory of the monitor's own that [host, host + size) touches, or NULL. */
static const char *monitors_own(const struct cpu *cpu, const void *host, u64 size)
{
    const struct memory *memory = cpu->memory;
    const struct { const char *name; const void *at; u64 bytes; } own[] = {
        { "the processor's state and TLB", cpu, sizeof *cpu },
        { "the virtual state", cpu->monitor, sizeof *cpu->monitor },
        { "decoded blocks", cpu->blocks->arena, cpu->blocks->arena_size },
        { "the table of blocks", cpu->blocks, sizeof *cpu->blocks },
        { "the memory map", memory->page, sizeof *memory->page << 20 },
        { "page flags", memory->flags, memory_storage(memory) >> PAGE_SHIFT },
        { "page hashes", memory->page_hash, (memory_storage(memory) >> PAGE_SHIFT) * sizeof *memory->page_hash },
    };
    for (unsigned i = 0; i < ARRAY_LEN(own); i++)
        if (own[i].at && overlaps(host, size, own[i].at, own[i].bytes))
            return own[i].name;
    return NULL;
}

/* Where the RAM or video RAM that holds an offset of the storage ends. */
static u64 ram_end(const struct memory *memory, u64 offset)
{
    return offset < memory->ram_bytes ? memory->ram_bytes : memory_storage(memory);
}

/* The memory that regions show to the guest is RAM of this machine, or a ROM's copy. */
static bool region_own(const struct cpu *cpu, const struct region *region, struct breach *breach)
{
    const struct memory *memory = cpu->memory;
    const char *own = monitors_own(cpu, region->host, region->size);
    if (own)
        return breach_set(breach, INVARIANT_I9, "region %s shows %s", region->name, own);
    u64 offset = (u64)region->ram_page << PAGE_SHIFT;
    if (region->kind == REGION_RAM &&
        (offset + region->size > ram_end(memory, offset) || region->host != memory->ram + offset))
        return breach_set(breach, INVARIANT_I2, "region %s leaves RAM", region->name);
    return true;
}

static bool regions_own(const struct cpu *cpu, struct breach *breach)
{
    for (const struct region *region = cpu->memory->regions; region; region = region->next)
        if (region->host && !region_own(cpu, region, breach))
            return false;
    return true;
}

/* The host page behind a frame, from the map itself; *region: who owns it. */
static const u8 *frame_host(const struct memory *memory, u32 physical, const struct region **region)
{
    u32 at = memory->a20 ? physical : physical & ~(1u << 20);
    *region = memory->page[at >> PAGE_SHIFT];
    return *region && (*region)->host ? (*region)->host + (at - (*region)->base) : NULL;
}

/* A tag lets the fast path touch [host, host + PAGE_SIZE): the page of the map that its translation names. */
static bool tag_own(const struct cpu *cpu, const struct translation *t, const struct tag *tag, struct breach *breach)
{
    const struct region *region;
    const u8 *host = (const u8 *)(tag->addend + t->linear), *frame = frame_host(cpu->memory, t->physical, &region);
    const char *own = monitors_own(cpu, host, PAGE_SIZE);
    if (own)
        return breach_set(breach, INVARIANT_I9, "linear %08x reaches %s", t->linear, own);
    if (!frame || host != frame)
        return breach_set(breach, INVARIANT_I2, "linear %08x reaches what is not its frame %08x", t->linear, t->physical);
    if (tag->write == NO_TAG)
        return true;
    if (region->kind != REGION_RAM || !(t->bits & TLB_DIRTY))
        return breach_set(breach, INVARIANT_I2, "linear %08x is written, frame %08x must not be", t->linear, t->physical);
    u8 flags = cpu->memory->flags[(u64)(host - cpu->memory->ram) >> PAGE_SHIFT];
    if (!(tag->write & CODE_TAG) && (flags & (PAGE_HAS_CODE | PAGE_TRACED)))
        return breach_set(breach, INVARIANT_I2, "frame %08x is written by linear %08x past those who watch it",
                          t->physical, t->linear);
    return true;
}

static bool user_denied(const struct tag *tag, const struct translation *t)
{
    return !(t->bits & TLB_USER) || (tag->write != NO_TAG && !(t->bits & TLB_WRITE));
}

/* Both views of a slot; a tag without a translation is a stale way past it. */
static bool slot_holds(const struct cpu *cpu, unsigned slot, struct breach *breach)
{
    const struct translation *t = &cpu->tlb.data[slot];
    for (unsigned view = 0; view < VIEWS; view++) {
        const struct tag *tag = &cpu->tlb.tag[view][slot];
        if (tag->read == NO_TAG && tag->write == NO_TAG)
            continue;
        if (!(t->bits & TLB_VALID) || (tag->read != NO_TAG && tag->read != t->linear) ||
            (tag->write != NO_TAG && (tag->write & PAGE_MASK) != t->linear))
            return breach_set(breach, INVARIANT_I2, "a tag for linear %08x has no translation",
                              tag->read != NO_TAG ? tag->read : tag->write);
        if (!tag_own(cpu, t, tag, breach))
            return false;
        if (view == VIEW_USER && user_denied(tag, t))
            return breach_set(breach, INVARIANT_I8, "linear %08x is the kernel's, and open to CPL 3", t->linear);
    }
    return true;
}

static bool code_slot_holds(const struct cpu *cpu, unsigned slot, struct breach *breach)
{
    const struct translation *t = &cpu->tlb.code[slot];
    for (unsigned view = 0; view < VIEWS; view++) {
        const struct code_tag *tag = &cpu->tlb.code_tag[view][slot];
        if (tag->linear == NO_TAG)
            continue;
        u32 frame = cpu->memory->a20 ? t->physical : t->physical & ~(1u << 20);
        if (!(t->bits & TLB_VALID) || tag->linear != t->linear || tag->physical != frame)
            return breach_set(breach, INVARIANT_I2, "code at linear %08x is fetched from %08x, which is not its frame",
                              tag->linear, tag->physical);
        if (view == VIEW_USER && !(t->bits & TLB_USER))
            return breach_set(breach, INVARIANT_I8, "code at linear %08x is the kernel's, and open to CPL 3", t->linear);
    }
    return true;
}

static bool tlb_holds(const struct cpu *cpu, struct breach *breach)
{
    const struct tlb *tlb = &cpu->tlb;
    for (unsigned k = 0; k < tlb->data_count; k++)
        if (!slot_holds(cpu, tlb->data_filled[k], breach))
            return false;
    for (unsigned k = 0; k < tlb->code_count; k++)
        if (!code_slot_holds(cpu, tlb->code_filled[k], breach))
            return false;
    return true;
}

/* ---- I8: rights ---- */
static bool level_is_users(const struct system *guest)
{
    return guest->cpl == 3 && (guest->cr0 & CR0_PE);
}

static bool rights_hold(const struct cpu *cpu, struct breach *breach)
{
    const struct system *guest = cpu->guest;
    bool user = cpu->paging_user;
    if (cpu->dtlb != cpu->tlb.tag[user] && cpu->dtlb != cpu->tlb.tag[VIEWS])
        return breach_set(breach, INVARIANT_I8, "data is reached with the rights of the other level");
    if (cpu->itlb && cpu->itlb != cpu->tlb.code_tag[user])
        return breach_set(breach, INVARIANT_I8, "code is fetched with the rights of the other level");
    if (cpu->monitor->vmm.config.leaks)          /* a breach is a row of the leak report there */
        return true;
    if (level_is_users(guest) && !user)
        return breach_set(breach, INVARIANT_I8, "virtual CPL 3 has the pages of virtual CPL 0");
    u16 cs = guest->seg[CS].attr;
    if (cpu->on_chip && user && !(guest->eflags & FLAG_VM) && !attr_conforming(cs) && attr_dpl(cs) != 3)
        return breach_set(breach, INVARIANT_I8, "virtual CPL 3 executes in a code segment of DPL %u", attr_dpl(cs));
    return true;
}

/* ---- I9: the monitor's registers ---- */
static bool table_same(const struct table_register *a, const struct table_register *b)
{
    return a->base == b->base && a->limit == b->limit;
}

static bool registers_hold(const struct cpu *cpu, struct breach *breach)
{
    const struct vmm *vmm = &cpu->monitor->vmm;
    const struct vmm_constants *physical = &vmm->config.physical;
    if (cpu->guest != (cpu->on_chip ? &vmm->virtual : &cpu->sys))
        return breach_set(breach, INVARIANT_I9, "the guest's registers are not where the monitor keeps them");
    if (!cpu->on_chip)
        return true;
    if (!table_same(&cpu->sys.gdtr, &physical->gdtr) || !table_same(&cpu->sys.idtr, &physical->idtr) ||
        cpu->sys.ldtr.selector != physical->ldtr || cpu->sys.tr.selector != physical->tr)
        return breach_set(breach, INVARIANT_I9, "a table register of the chip is not the monitor's");
    return true;
}

/* ---- I10: who has the processor ---- */
/* On the chip everything privileged traps: no CPL 0, no IOPL, no I/O map, and interrupts arrive. */
static bool chip_is_held(const struct cpu *cpu, struct breach *breach)
{
    const struct system *chip = &cpu->sys;
    enum { IO_MAP_END = 0x66 };
    if (!cpu->on_chip)
        return true;
    if (chip->cpl < cpu->monitor->vmm.config.ring || (chip->eflags & FLAG_IOPL) || !(chip->eflags & FLAG_IF))
        return breach_set(breach, INVARIANT_I10, "on the chip CPL is %u, EFLAGS %08x", chip->cpl, chip->eflags);
    if (!(chip->cr0 & CR0_PE) || !(chip->cr0 & CR0_PG) || chip->tr.limit > IO_MAP_END)
        return breach_set(breach, INVARIANT_I10, "on the chip CR0 is %08x, TR's limit %x", chip->cr0, chip->tr.limit);
    return true;
}

/* A slice ends where the next event is due, and time does not run past it. */
static bool slice_holds(const struct cpu *cpu, struct breach *breach)
{
    s64 left = cpu->budget >> 32;
    enum { BLOCK_COST = BLOCK_CAP * 512 };       /* a block is charged whole before it is stepped */
    if (!cpu->synced && cpu->budget && cpu->deadline > clock_next(cpu->clock))
        return breach_set(breach, INVARIANT_I10, "an event at cycle %llu is due before the slice ends at %llu",
                          (unsigned long long)clock_next(cpu->clock), (unsigned long long)cpu->deadline);
    if (left < -(s64)INVARIANT_OVERRUN - BLOCK_COST)
        return breach_set(breach, INVARIANT_I10, "the slice is overrun by %lld cycles", (long long)-left);
    return true;
}

bool tlb_invariants_hold(const struct cpu *cpu, struct breach *breach)
{
    for (unsigned slot = 0; slot < TLB_SETS; slot++) {
        const struct tag *none = &cpu->tlb.tag[VIEWS][slot];
        if (none->read != NO_TAG || none->write != NO_TAG)
            return breach_set(breach, INVARIANT_I2, "the view without tags has one for linear %08x", none->read);
        if (!slot_holds(cpu, slot, breach) || !code_slot_holds(cpu, slot, breach))
            return false;
    }
    return true;
}

bool cpu_invariants_hold(const struct cpu *cpu, struct breach *breach)
{
    return registers_hold(cpu, breach) && chip_is_held(cpu, breach) && rights_hold(cpu, breach) &&
           slice_holds(cpu, breach) && regions_own(cpu, breach) && tlb_holds(cpu, breach);
}

/* The shadow page tables have a checker of their own; what it finds is a way to a wrong frame or right. */
bool shadow_invariants_hold(struct cpu *cpu, bool all, struct breach *breach)
{
    char why[160];
    if (!cpu->shadow || (all ? shadow_check(cpu, why, sizeof why) : shadow_check_some(cpu, why, sizeof why)))
        return true;
    return breach_set(breach, INVARIANT_I2, "shadow: %s", why);
}

/* ---- when they are looked at ---- */
static u64 grants_now(const struct allocator *allocator)
{
    return allocator->granted[RESOURCE_PORT_MAP] + allocator->granted[RESOURCE_MEMORY_MAP] +
           allocator->granted[RESOURCE_A20] + allocator->granted[RESOURCE_IRQ];
}

/* However many instructions trap or fault, virtual time goes on, or no event would ever be due. */
static bool time_goes_on(const struct cpu *cpu, struct invariants *invariants, struct breach *breach)
{
    u64 cycle = cpu->deadline - (u64)(cpu->budget >> 32);
    if (++invariants->exits % INVARIANT_STANDSTILL)
        return true;
    bool still = invariants->cycle == cycle;
    invariants->cycle = cycle;
    return !still || breach_set(breach, INVARIANT_I10, "%d entries of the dispatcher took no time at cycle %llu",
                                INVARIANT_STANDSTILL, (unsigned long long)cycle);
}

void invariants_exit(struct cpu *cpu)
{
    struct invariants *invariants = cpu->monitor->invariants;
    struct breach breach;
    if (cpu->dry)
        return;
    if (!time_goes_on(cpu, invariants, &breach))
        breach_abort(&breach);
    if (invariants->board && invariants->grants != grants_now(&cpu->monitor->allocator)) {
        invariants->grants = grants_now(&cpu->monitor->allocator);
        if (!invariants->board(invariants->board_self, &breach))
            breach_abort(&breach);
    }
    if (--invariants->left)
        return;
    invariants->left = invariants->every;
    invariants->checks++;
    if (!cpu_invariants_hold(cpu, &breach) || !shadow_invariants_hold(cpu, false, &breach))
        breach_abort(&breach);
}

bool invariants_begin(struct cpu *cpu, u64 every, bool (*board)(void *self, struct breach *breach), void *self,
                      struct error *why)
{
    struct invariants *invariants = calloc(1, sizeof *invariants);
    if (!invariants)
        return error_set(why, "no memory to check invariants with: free some on the host");
    invariants->every = invariants->left = every;
    invariants->board = board;
    invariants->board_self = self;
    monitor_check(cpu->monitor, invariants);
    return true;
}
