/* Paging and the TLBs (SDM vol. 3, chapter 4; 32-bit paging with 4 KiB and 4 MiB pages).
 *
 * Two parts (design.md 4): translations are architecture: what the guest can see of stale entries and of when A and D
 * bits are set. Direct-mapped, TLB_SETS sets each for data and code, dropped only by what drops them on hardware.
 * Tags are a cache of translations for the fast path, a set per view; they are a subset of the translations, may be
 * cleared at any time and come back without a walk. PAE, PSE-36 and NX come with a later issue.
 *
 * Under a monitor with shadow page tables (shadow.h) these stand between the TLB and the guest's: a slot says in bits of
 * its own whether the shadow has the translation, and an access through the shadow needs them. */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/shadow.h"
#include "cpu/stops.h"
#include <string.h>

static void clear_slot_tags(struct cpu *cpu, unsigned slot)
{
    for (unsigned view = 0; view < VIEWS; view++)
        cpu->tlb.tag[view][slot].read = cpu->tlb.tag[view][slot].write = NO_TAG;
}

static void clear_slot_code_tags(struct cpu *cpu, unsigned slot)
{
    for (unsigned view = 0; view < VIEWS; view++)
        cpu->tlb.code_tag[view][slot].linear = NO_TAG;
}

static void clear_all_tags(struct cpu *cpu)
{
    struct tlb *tlb = &cpu->tlb;
    for (unsigned slot = 0; slot < TLB_SETS; slot++) {
        clear_slot_tags(cpu, slot);
        clear_slot_code_tags(cpu, slot);
        tlb->tag[VIEWS][slot].read = tlb->tag[VIEWS][slot].write = NO_TAG;
    }
}

void tlb_reset(struct cpu *cpu)
{
    struct tlb *tlb = &cpu->tlb;
    memset(tlb->data, 0, sizeof tlb->data);
    memset(tlb->code, 0, sizeof tlb->code);
    tlb->data_count = tlb->code_count = 0;
    clear_all_tags(cpu);
    if (cpu->shadow)
        shadow_flush(cpu);
}

/* What a page walk puts there are pages, each in the slot of its number: so are those of a state that was loaded. */
static u16 list_filled(struct translation *set, u16 *filled)
{
    u16 count = 0;
    for (unsigned slot = 0; slot < TLB_SETS; slot++) {
        if (!(set[slot].bits & TLB_VALID))
            continue;
        if ((set[slot].linear | set[slot].physical) & ~PAGE_MASK)
            set[slot].bits = 0;
        else
            filled[count++] = (u16)slot;
    }
    return count;
}

void tlb_restored(void *self)
{
    struct tlb *tlb = self;
    struct cpu *cpu = container_of(tlb, struct cpu, tlb);
    tlb->data_count = list_filled(tlb->data, tlb->data_filled);
    tlb->code_count = list_filled(tlb->code, tlb->code_filled);
    clear_all_tags(cpu);
    cpu->code_linear = NO_TAG;
    if (cpu->shadow)
        shadow_flush(cpu);
}

static void forget_dropped(struct translation *set, u32 keep)
{
    for (unsigned slot = 0; slot < TLB_SETS; slot++)
        if (!(set[slot].bits & TLB_VALID))
            set[slot] = (struct translation){ 0, 0, 0 };
        else
            set[slot].bits &= keep;
}

/* What the shadow has is found again there, without a fault: a state that is loaded comes without one. */
void tlb_canonical(void *self)
{
    struct tlb *tlb = self;
    struct cpu *cpu = container_of(tlb, struct cpu, tlb);
    u32 keep = cpu->shadow ? ~(u32)TLB_SHADOW : ~(u32)0;
    forget_dropped(tlb->data, keep);
    forget_dropped(tlb->code, keep);
}

/* Drops every filled translation but (unless global_too) global ones; what it costs is what was filled. */
static u16 flush_set(struct cpu *cpu, struct translation *set, u16 *filled, u16 count, bool global_too,
                     void (*clear)(struct cpu *, unsigned))
{
    u16 kept = 0;
    for (u16 k = 0; k < count; k++) {
        unsigned slot = filled[k];
        if (!global_too && (set[slot].bits & TLB_GLOBAL)) {
            filled[kept++] = (u16)slot;
            continue;
        }
        set[slot].bits = 0;
        clear(cpu, slot);
    }
    return kept;
}

void tlb_flush(struct cpu *cpu, bool global_too)
{
    struct tlb *tlb = &cpu->tlb;
    tlb->data_count = flush_set(cpu, tlb->data, tlb->data_filled, tlb->data_count, global_too, clear_slot_tags);
    tlb->code_count = flush_set(cpu, tlb->code, tlb->code_filled, tlb->code_count, global_too, clear_slot_code_tags);
    cpu->code_linear = NO_TAG;
    cpu->end_block = true;
    if (stops_on(cpu))
        stops_state(cpu);
    if (unlikely(cpu->shadow))
        shadow_space_loaded(cpu, !global_too);     /* only a load of CR3 spares global entries */
}

/* INVLPG drops the whole of a 4 MiB page, of which the slots hold 4 KiB parts. */
void tlb_flush_page(struct cpu *cpu, u32 linear)
{
    struct tlb *tlb = &cpu->tlb;
    u32 page = linear & PAGE_MASK;
    for (unsigned k = 0; k < tlb->data_count; k++) {
        struct translation *t = &tlb->data[tlb->data_filled[k]];
        if (t->linear == page || ((t->bits & TLB_LARGE) && (t->linear ^ page) < 1u << 22)) {
            t->bits = 0;
            clear_slot_tags(cpu, tlb->data_filled[k]);
            tlb->data_filled[k--] = tlb->data_filled[--tlb->data_count];
        }
    }
    for (unsigned k = 0; k < tlb->code_count; k++) {
        struct translation *t = &tlb->code[tlb->code_filled[k]];
        if (t->linear == page || ((t->bits & TLB_LARGE) && (t->linear ^ page) < 1u << 22)) {
            t->bits = 0;
            clear_slot_code_tags(cpu, tlb->code_filled[k]);
            tlb->code_filled[k--] = tlb->code_filled[--tlb->code_count];
        }
    }
    cpu->code_linear = NO_TAG;
    cpu->end_block = true;
    if (unlikely(cpu->shadow))
        shadow_invlpg(cpu, linear);
}

/* An emptied slot stays on its list: it is valid, but for no page. */
static void shadow_bits_lost(struct translation *t, bool drop)
{
    if (drop)
        *t = (struct translation){ NO_TAG, 0, TLB_VALID };
    else
        t->bits &= ~(u32)TLB_SHADOW;
}

void tlb_shadow_lost(struct cpu *cpu, u32 page, bool drop)
{
    unsigned slot = tlb_slot(page);
    if (cpu->tlb.data[slot].linear == page) {
        clear_slot_tags(cpu, slot);
        if (cpu->tlb.data[slot].bits & TLB_VALID)
            shadow_bits_lost(&cpu->tlb.data[slot], drop);
    }
    if (cpu->tlb.code[slot].linear == page) {
        clear_slot_code_tags(cpu, slot);
        if (cpu->tlb.code[slot].bits & TLB_VALID)
            shadow_bits_lost(&cpu->tlb.code[slot], drop);
    }
    if (cpu->code_linear == page) {
        cpu->code_linear = NO_TAG;
        cpu->end_block = true;
    }
}

void tlb_shadow_lost_all(struct cpu *cpu, bool drop)
{
    struct tlb *tlb = &cpu->tlb;
    for (unsigned k = 0; k < tlb->data_count; k++) {
        clear_slot_tags(cpu, tlb->data_filled[k]);
        shadow_bits_lost(&tlb->data[tlb->data_filled[k]], drop);
    }
    for (unsigned k = 0; k < tlb->code_count; k++) {
        clear_slot_code_tags(cpu, tlb->code_filled[k]);
        shadow_bits_lost(&tlb->code[tlb->code_filled[k]], drop);
    }
    cpu->code_linear = NO_TAG;
    cpu->end_block = true;
}

void tlb_drop_tags(struct cpu *cpu)
{
    for (unsigned k = 0; k < cpu->tlb.data_count; k++)
        clear_slot_tags(cpu, cpu->tlb.data_filled[k]);
    for (unsigned k = 0; k < cpu->tlb.code_count; k++)
        clear_slot_code_tags(cpu, cpu->tlb.code_filled[k]);
}

void tlb_drop_write_tags(struct cpu *cpu)
{
    for (unsigned k = 0; k < cpu->tlb.data_count; k++)
        for (unsigned view = 0; view < VIEWS; view++)
            cpu->tlb.tag[view][cpu->tlb.data_filled[k]].write = NO_TAG;
}

void tlb_protect_page(struct cpu *cpu, u32 physical)
{
    for (unsigned k = 0; k < cpu->tlb.data_count; k++) {
        unsigned slot = cpu->tlb.data_filled[k];
        /* Bit 20 may be masked by A20 on one side only: compare without it and lose a tag too many. */
        if (((cpu->tlb.data[slot].physical ^ physical) & PAGE_MASK & ~(1u << 20)) == 0)
            for (unsigned view = 0; view < VIEWS; view++)
                cpu->tlb.tag[view][slot].write = NO_TAG;
    }
}

static u32 table_load(struct cpu *cpu, u32 address) { return memory_load(cpu->memory, address, 4); }
static void table_store(struct cpu *cpu, u32 address, u32 value)
{
    memory_store(cpu->memory, address, value, 4);
    if (unlikely(cpu->shadow))
        cpu->shadow->counters.ad_update++;
}

static bool allowed(const struct cpu *cpu, u32 rights, bool write, bool user)
{
    if (user && !(rights & TLB_USER))
        return false;
    return !write || (rights & TLB_WRITE) || (!user && !(cpu->guest->cr0 & CR0_WP));
}

/* Walks the tables for an access; sets A (and D) bits only when the access is allowed. false: *error is the error code. */
static inline __attribute__((always_inline)) bool page_walk(struct cpu *cpu, u32 linear, bool write, bool user,
                                                            struct walk *walk, u32 *error)
{
    u32 pde_at = (cpu->guest->cr3 & PAGE_MASK) + (linear >> 22) * 4;
    u32 pde = table_load(cpu, pde_at);
    *error = (write ? PF_W : 0) | (user ? PF_U : 0);
    if (!(pde & PTE_P))
        return false;
    if ((pde & PTE_PS) && (cpu->guest->cr4 & CR4_PSE)) {
        u32 rights = pde & (PTE_W | PTE_U);
        if ((pde & PDE_RESERVED) || !allowed(cpu, rights, write, user)) {
            *error |= PF_P | (pde & PDE_RESERVED ? 8 : 0);    /* reserved bits: RSVD */
            return false;
        }
        u32 wanted = pde | PTE_A | (write ? PTE_D : 0);
        if (wanted != pde)
            table_store(cpu, pde_at, wanted);
        walk->pde = wanted;
        walk->pte = 0;
        walk->physical = (pde & 0xffc00000) | (linear & 0x003ff000);
        walk->bits = rights | TLB_LARGE | (wanted & PTE_D ? TLB_DIRTY : 0) |
                     ((pde & PTE_G) && (cpu->guest->cr4 & CR4_PGE) ? TLB_GLOBAL : 0);
        return true;
    }
    u32 pte_at = (pde & PAGE_MASK) + (linear >> 10 & 0xffc);
    u32 pte = table_load(cpu, pte_at);
    if (!(pte & PTE_P))
        return false;
    u32 rights = pde & pte & (PTE_W | PTE_U);
    if (!allowed(cpu, rights, write, user)) {
        *error |= PF_P;
        return false;
    }
    if (!(pde & PTE_A))
        table_store(cpu, pde_at, pde | PTE_A);
    u32 wanted = pte | PTE_A | (write ? PTE_D : 0);
    if (wanted != pte)
        table_store(cpu, pte_at, wanted);
    walk->pde = pde | PTE_A;
    walk->pte = wanted;
    walk->physical = pte & PAGE_MASK;
    walk->bits = rights | (wanted & PTE_D ? TLB_DIRTY : 0) |
                 ((pte & PTE_G) && (cpu->guest->cr4 & CR4_PGE) ? TLB_GLOBAL : 0);
    return true;
}

_Static_assert((int)PTE_W == (int)TLB_WRITE && (int)PTE_U == (int)TLB_USER, "rights are copied from the tables");

/* Puts the tags that the translation and the page allow. */
static inline __attribute__((always_inline)) void set_tags(struct cpu *cpu, const struct translation *t, unsigned slot,
                                                           bool write, bool user)
{
    u8 *flags;
    bool writable;
    u8 *host = (u8 *)memory_page(cpu->memory, t->physical, &flags, &writable);
    if (!host || debug_data_page(cpu, t->linear) || (stops_on(cpu) && stops_page(cpu, t->linear, t->physical)))
        return;
    struct tag *tag = &cpu->tlb.tag[user ? VIEW_USER : VIEW_KERNEL][slot];
    tag->addend = (uintptr_t)host - t->linear;
    if (!user || (t->bits & TLB_USER))
        tag->read = t->linear;
    if (write && writable && flags && (t->bits & TLB_DIRTY) && allowed(cpu, t->bits, true, user)) {
        *flags |= PAGE_DIRTY | PAGE_DIRTY_VIDEO;
        tag->write = t->linear | (*flags & PAGE_HAS_CODE ? CODE_TAG : 0);
    }
}

static bool usable(const struct cpu *cpu, const struct translation *t, u32 page, bool write, bool user)
{
    return (t->bits & TLB_VALID) && t->linear == page && allowed(cpu, t->bits, write, user) &&
           (!write || (t->bits & TLB_DIRTY));
}

/* Fills a slot with a walk's result, or with the identity while paging is off. */
static bool fill(struct cpu *cpu, struct translation *t, u16 *filled, u16 *count, unsigned slot, u32 page,
                 bool write, bool user, u32 *error)
{
    struct walk walk = { page, TLB_WRITE | TLB_USER | TLB_DIRTY, 0, 0 };
    if ((cpu->guest->cr0 & CR0_PG) && !page_walk(cpu, page, write, user, &walk, error))
        return false;
    if (!(t->bits & TLB_VALID))
        filled[(*count)++] = (u16)slot;
    if ((cpu->guest->cr0 & CR0_PG) && LOG_ON(cpu->log, LOG_MMU))
        log_line(cpu->log, LOG_MMU, "%s %08x -> %08x%s%s%s%s%s", filled == cpu->tlb.code_filled ? "code" : "data", page,
                 walk.physical, walk.bits & TLB_WRITE ? " write" : "", walk.bits & TLB_USER ? " user" : "",
                 walk.bits & TLB_DIRTY ? " dirty" : "", walk.bits & TLB_GLOBAL ? " global" : "",
                 walk.bits & TLB_LARGE ? " large" : "");
    t->linear = page;
    t->physical = walk.physical;
    t->bits = walk.bits | TLB_VALID;
    return true;
}

/* After a fault the entry for the page is gone, as on hardware (SDM 4.10.4.1). */
static void forget(struct translation *t, u16 *filled, u16 *count, unsigned slot)
{
    if (!(t->bits & TLB_VALID))
        return;
    t->bits = 0;
    for (unsigned k = 0; k < *count; k++)
        if (filled[k] == slot) {
            filled[k] = filled[--*count];
            return;
        }
}

/* One of the two TLBs. */
struct side {
    struct translation *set;
    u16 *filled, *count;
    void (*clear)(struct cpu *, unsigned slot);
};

/* From the guest's tables; a fault is raised where they refuse. A CR3 load is followed by many of these: inlined, so that
 * the side is known to the compiler. */
static inline __attribute__((always_inline)) bool refill(struct cpu *cpu, struct side side, unsigned slot, u32 linear, bool write, bool user)
{
    u32 page = linear & PAGE_MASK, error;
    struct translation *t = &side.set[slot];
    side.clear(cpu, slot);
    if (fill(cpu, t, side.filled, side.count, slot, page, write, user, &error))
        return true;
    if (t->linear == page)
        forget(t, side.filled, side.count, slot);
    cpu_raise_page_fault(cpu, linear, error);
    return false;
}

/* A translation from the shadow; what the other view has of the same one stays. */
static void slot_put(struct cpu *cpu, struct side side, unsigned slot, const struct translation *found)
{
    struct translation *t = &side.set[slot];
    if (t->linear == found->linear && t->physical == found->physical && !((t->bits ^ found->bits) & ~(u32)TLB_SHADOW)) {
        t->bits |= found->bits;
        return;
    }
    side.clear(cpu, slot);
    if (!(t->bits & TLB_VALID))
        side.filled[(*side.count)++] = (u16)slot;
    *t = *found;
}

/* A miss of an access on the chip: the shadow's entry, or the monitor's page-fault handler. */
static bool shadow_refill(struct cpu *cpu, struct side side, unsigned slot, u32 linear, bool write, bool user)
{
    u32 page = linear & PAGE_MASK, error, need = shadow_need(write, user);
    struct translation found, *t = &side.set[slot];
    if (!shadow_find(cpu, page, user, &found) || (found.bits & need) != need || !usable(cpu, &found, page, write, user)) {
        struct walk walk = { page, TLB_WRITE | TLB_USER | TLB_DIRTY, 0, 0 };
        if ((cpu->guest->cr0 & CR0_PG) && !page_walk(cpu, page, write, user, &walk, &error)) {
            side.clear(cpu, slot);
            if (t->linear == page)
                forget(t, side.filled, side.count, slot);
            shadow_true_fault(cpu);
            cpu_raise_page_fault(cpu, linear, error);
            return false;
        }
        u32 views = shadow_fault(cpu, page, &walk, write, user);
        found = (struct translation){ page, walk.physical, walk.bits | TLB_VALID | views };
    }
    slot_put(cpu, side, slot, &found);
    return true;
}

/* PAGING_COUNT: the shadow is asked and filled beside what the TLB does. */
static void shadow_beside(struct cpu *cpu, struct translation *t, bool write, bool user)
{
    u32 need = shadow_need(write, user), page = t->linear, views;
    struct translation found;
    if (!write && (t->bits & need) == need)
        return;
    if (shadow_find(cpu, page, user, &found) && (found.bits & need) == need && usable(cpu, &found, page, write, user))
        views = found.bits & TLB_SHADOW;
    else
        views = shadow_count(cpu, t, write, user);
    t->bits = (t->bits & ~need) | views;
}

/* The same as the plain case of the two functions below, under a monitor with shadow page tables. */
static bool shadow_translate(struct cpu *cpu, struct side side, unsigned slot, u32 linear, bool write, bool user)
{
    u32 page = linear & PAGE_MASK, need = shadow_need(write, user), key = shadow_key(cpu->guest);
    struct translation *t = &side.set[slot];
    if (key != cpu->shadow->current->key)          /* CR0.WP: nothing is dropped from the TLB then */
        shadow_space_enter(cpu, key);
    bool good = usable(cpu, t, page, write, user);
    if (cpu->shadow->counts) {
        if (!good && !refill(cpu, side, slot, linear, write, user)) {
            shadow_true_fault(cpu);
            return false;
        }
        shadow_beside(cpu, t, write, user);
        return true;
    }
    if (!shadow_through(cpu, user))
        return good || refill(cpu, side, slot, linear, write, user);
    return (good && (t->bits & need) == need) || shadow_refill(cpu, side, slot, linear, write, user);
}

static inline struct side data_side(struct cpu *cpu)
{
    return (struct side){ cpu->tlb.data, cpu->tlb.data_filled, &cpu->tlb.data_count, clear_slot_tags };
}
static inline struct side code_side(struct cpu *cpu)
{
    return (struct side){ cpu->tlb.code, cpu->tlb.code_filled, &cpu->tlb.code_count, clear_slot_code_tags };
}

static u32 page_flags(const struct cpu *cpu, u32 physical)
{
    u8 *flags;
    bool writable;
    return memory_page(cpu->memory, physical, &flags, &writable) && flags ? *flags : 0;
}

/* tlb_translate under a monitor with shadow page tables. Nothing goes past the shadow of a view that has one: there is no
 * tag without an entry there, none to write a traced page, and none at all for a page with patches (patch.h). */
static __attribute__((noinline)) bool shadow_data(struct cpu *cpu, u32 linear, bool write, bool user, u32 *physical)
{
    unsigned slot = tlb_slot(linear);
    struct translation *t = &cpu->tlb.data[slot];
    if (!shadow_translate(cpu, data_side(cpu), slot, linear, write, user))
        return false;
    u32 flags = page_flags(cpu, t->physical);
    bool rooted = cpu->shadow->rooted[user];
    bool writes = write && !(flags & PAGE_TRACED) && (!rooted || user || (t->bits & TLB_SHADOW_KERNEL_WRITE));
    if (!(flags & PAGE_PATCHED) && (!rooted || (t->bits & shadow_need(false, user))))
        set_tags(cpu, t, slot, writes, user);
    *physical = t->physical | (linear & ~PAGE_MASK);
    return true;
}

bool tlb_translate(struct cpu *cpu, u32 linear, bool write, bool user, u32 *physical)
{
    if (unlikely(cpu->shadow))
        return shadow_data(cpu, linear, write, user, physical);
    unsigned slot = tlb_slot(linear);
    struct translation *t = &cpu->tlb.data[slot];
    if (!usable(cpu, t, linear & PAGE_MASK, write, user) && !refill(cpu, data_side(cpu), slot, linear, write, user))
        return false;
    set_tags(cpu, t, slot, write, user);
    *physical = t->physical | (linear & ~PAGE_MASK);
    return true;
}

static u32 code_physical(const struct cpu *cpu, const struct translation *t)
{
    return memory_gate(cpu->memory, t->physical);
}

/* tlb_translate_code, the same. A fetch from a device traps each time the page is looked up; nothing keeps its address. */
static __attribute__((noinline)) bool shadow_code(struct cpu *cpu, u32 linear, u32 *physical)
{
    u8 *flags;
    bool writable, user = cpu->paging_user;
    unsigned slot = tlb_slot(linear);
    struct translation *t = &cpu->tlb.code[slot];
    cpu->current = NULL;                           /* no instruction asks, its fetch does */
    if (!shadow_translate(cpu, code_side(cpu), slot, linear, false, user))
        return false;
    if (shadow_through(cpu, user) && !memory_page(cpu->memory, t->physical, &flags, &writable))
        shadow_fetch_mmio(cpu);
    if (!cpu->shadow->rooted[user] || (t->bits & shadow_need(false, user)))
        cpu->itlb[slot] = (struct code_tag){ linear & PAGE_MASK, code_physical(cpu, t) };
    *physical = code_physical(cpu, t) | (linear & ~PAGE_MASK);
    if (stops_on(cpu))
        stops_fetched(cpu, linear, *physical);
    return true;
}

bool tlb_translate_code(struct cpu *cpu, u32 linear, u32 *physical)
{
    if (unlikely(cpu->shadow))
        return shadow_code(cpu, linear, physical);
    unsigned slot = tlb_slot(linear);
    bool user = cpu->paging_user;
    struct translation *t = &cpu->tlb.code[slot];
    if (!usable(cpu, t, linear & PAGE_MASK, false, user) && !refill(cpu, code_side(cpu), slot, linear, false, user))
        return false;
    cpu->itlb[slot] = (struct code_tag){ linear & PAGE_MASK, code_physical(cpu, t) };
    *physical = code_physical(cpu, t) | (linear & ~PAGE_MASK);
    if (stops_on(cpu))
        stops_fetched(cpu, linear, *physical);
    return true;
}

/* An entry of the guest's tables, as debuggers read it; 0, which is not present, where a chip answers. */
static u32 entry_peek(const struct cpu *cpu, u32 address)
{
    u8 *flags;
    bool writable;
    u32 entry = 0;
    const u8 *page = memory_page(cpu->memory, address & PAGE_MASK, &flags, &writable);
    if (page)
        memcpy(&entry, page + (address & ~PAGE_MASK), sizeof entry);
    return entry;
}

bool cpu_translate_peek(const struct cpu *cpu, u32 linear, u32 *physical)
{
    *physical = linear;
    if (!(cpu->guest->cr0 & CR0_PG))
        return true;
    u32 pde = entry_peek(cpu, (cpu->guest->cr3 & PAGE_MASK) + (linear >> 22) * 4);
    if (!(pde & PTE_P))
        return false;
    if ((pde & PTE_PS) && (cpu->guest->cr4 & CR4_PSE)) {
        *physical = (pde & 0xffc00000) | (linear & 0x003fffff);
        return true;
    }
    u32 pte = entry_peek(cpu, (pde & PAGE_MASK) + (linear >> 10 & 0xffc));
    *physical = (pte & PAGE_MASK) | (linear & ~PAGE_MASK);
    return pte & PTE_P;
}

const u8 *cpu_peek(const struct cpu *cpu, u32 linear)
{
    u8 *flags;
    bool writable;
    u32 physical;
    const u8 *page = cpu_translate_peek(cpu, linear, &physical)
                   ? memory_page(cpu->memory, physical & PAGE_MASK, &flags, &writable) : NULL;
    return page ? page + (physical & ~PAGE_MASK) : NULL;
}
