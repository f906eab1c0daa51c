/* Paging and the TLBs (SDM vol. 3, chapter 4; 32-bit paging with 4 KiB and 4 MiB pages).
 *
 * Two parts (design.md 4): translations are architecture: what the guest can see of stale entries and of when A and D
 * bits are set. Direct-mapped, TLB_SETS sets each for data and code, dropped only by what drops them on hardware.
 * Tags are a cache of translations for the fast path, a set per view; they are a subset of the translations, may be
 * cleared at any time and come back without a walk. PAE, PSE-36 and NX come with a later issue. */
#include "cpu/access.h"
#include "cpu/block.h"
#include <string.h>

enum pte_bit { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 32, PTE_D = 64, PTE_PS = 128, PTE_G = 256 };
enum pf_bit { PF_P = 1, PF_W = 2, PF_U = 4 };

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
}

static u16 list_filled(const struct translation *set, u16 *filled)
{
    u16 count = 0;
    for (unsigned slot = 0; slot < TLB_SETS; slot++)
        if (set[slot].bits & TLB_VALID)
            filled[count++] = (u16)slot;
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
}

static void forget_dropped(struct translation *set)
{
    for (unsigned slot = 0; slot < TLB_SETS; slot++)
        if (!(set[slot].bits & TLB_VALID))
            set[slot] = (struct translation){ 0, 0, 0 };
}

void tlb_canonical(void *self)
{
    struct tlb *tlb = self;
    forget_dropped(tlb->data);
    forget_dropped(tlb->code);
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

/* A walk's result, or the error code's P bit. */
struct walk { u32 physical, bits; };

static u32 table_load(struct cpu *cpu, u32 address) { return memory_load(cpu->memory, address, 4); }
static void table_store(struct cpu *cpu, u32 address, u32 value) { memory_store(cpu->memory, address, value, 4); }

static bool allowed(const struct cpu *cpu, u32 rights, bool write, bool user)
{
    if (user && !(rights & TLB_USER))
        return false;
    return !write || (rights & TLB_WRITE) || (!user && !(cpu->guest->cr0 & CR0_WP));
}

/* Walks the tables for an access; sets A (and D) bits only when the access is allowed. false: *error is the error code. */
static bool page_walk(struct cpu *cpu, u32 linear, bool write, bool user, struct walk *walk, u32 *error)
{
    u32 pde_at = (cpu->guest->cr3 & PAGE_MASK) + (linear >> 22) * 4;
    u32 pde = table_load(cpu, pde_at);
    *error = (write ? PF_W : 0) | (user ? PF_U : 0);
    if (!(pde & PTE_P))
        return false;
    if ((pde & PTE_PS) && (cpu->guest->cr4 & CR4_PSE)) {
        u32 rights = pde & (PTE_W | PTE_U);
        if ((pde & 0x003fe000) || !allowed(cpu, rights, write, user)) {
            *error |= PF_P | (pde & 0x003fe000 ? 8 : 0);    /* reserved bits: RSVD */
            return false;
        }
        u32 wanted = pde | PTE_A | (write ? PTE_D : 0);
        if (wanted != pde)
            table_store(cpu, pde_at, wanted);
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
    walk->physical = pte & PAGE_MASK;
    walk->bits = rights | (wanted & PTE_D ? TLB_DIRTY : 0) |
                 ((pte & PTE_G) && (cpu->guest->cr4 & CR4_PGE) ? TLB_GLOBAL : 0);
    return true;
}

_Static_assert((int)PTE_W == (int)TLB_WRITE && (int)PTE_U == (int)TLB_USER, "rights are copied from the tables");

/* Puts the tags that the translation and the page allow. */
static void set_tags(struct cpu *cpu, const struct translation *t, unsigned slot, bool write, bool user)
{
    u8 *flags;
    bool writable;
    u8 *host = (u8 *)memory_page(cpu->memory, t->physical, &flags, &writable);
    if (!host || debug_data_page(cpu, t->linear))
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
    struct walk walk = { page, TLB_WRITE | TLB_USER | TLB_DIRTY };
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

bool tlb_translate(struct cpu *cpu, u32 linear, bool write, bool user, u32 *physical)
{
    u32 page = linear & PAGE_MASK, error;
    unsigned slot = tlb_slot(linear);
    struct translation *t = &cpu->tlb.data[slot];
    if (!usable(cpu, t, page, write, user)) {
        clear_slot_tags(cpu, slot);
        if (!fill(cpu, t, cpu->tlb.data_filled, &cpu->tlb.data_count, slot, page, write, user, &error)) {
            if (t->linear == page)
                forget(t, cpu->tlb.data_filled, &cpu->tlb.data_count, slot);
            cpu_raise_page_fault(cpu, linear, error);
            return false;
        }
    }
    set_tags(cpu, t, slot, write, user);
    *physical = t->physical | (linear & ~PAGE_MASK);
    return true;
}

bool tlb_translate_code(struct cpu *cpu, u32 linear, u32 *physical)
{
    u32 page = linear & PAGE_MASK, error;
    unsigned slot = tlb_slot(linear);
    bool user = cpu->paging_user;
    struct translation *t = &cpu->tlb.code[slot];
    if (!usable(cpu, t, page, false, user)) {
        clear_slot_code_tags(cpu, slot);
        if (!fill(cpu, t, cpu->tlb.code_filled, &cpu->tlb.code_count, slot, page, false, user, &error)) {
            if (t->linear == page)
                forget(t, cpu->tlb.code_filled, &cpu->tlb.code_count, slot);
            cpu_raise_page_fault(cpu, linear, error);
            return false;
        }
    }
    u32 masked = cpu->memory->a20 ? t->physical : t->physical & ~(1u << 20);
    cpu->itlb[slot] = (struct code_tag){ page, masked };
    *physical = masked | (linear & ~PAGE_MASK);
    return true;
}

bool cpu_translate_peek(const struct cpu *cpu, u32 linear, u32 *physical)
{
    *physical = linear;
    if (!(cpu->guest->cr0 & CR0_PG))
        return true;
    u32 pde = memory_load(cpu->memory, (cpu->guest->cr3 & PAGE_MASK) + (linear >> 22) * 4, 4);
    if (!(pde & PTE_P))
        return false;
    if ((pde & PTE_PS) && (cpu->guest->cr4 & CR4_PSE)) {
        *physical = (pde & 0xffc00000) | (linear & 0x003fffff);
        return true;
    }
    u32 pte = memory_load(cpu->memory, (pde & PAGE_MASK) + (linear >> 10 & 0xffc), 4);
    *physical = (pte & PAGE_MASK) | (linear & ~PAGE_MASK);
    return pte & PTE_P;
}
