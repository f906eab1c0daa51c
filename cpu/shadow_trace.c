/* Memory tracing (shadow.h): which of the guest's frames are traced, and bringing shadow entries up to date with the
 * tables they were made from. */
#include "cpu/shadow.h"
#include "cpu/access.h"

bool shadow_backed(const struct shadow *s, u32 frame)
{
    u8 *flags;
    bool writable;
    return memory_page(s->cpu->memory, frame << PAGE_SHIFT, &flags, &writable);
}

u32 shadow_guest_entry(const struct shadow *s, u32 frame, unsigned i)
{
    return shadow_backed(s, frame) ? memory_load(s->cpu->memory, frame << PAGE_SHIFT | i << 2, 4) : 0;
}

bool shadow_peek(const struct shadow *s, const struct shadow_root *root, u32 linear, struct walk *walk)
{
    *walk = (struct walk){ linear & PAGE_MASK, TLB_WRITE | TLB_USER | TLB_DIRTY, 0, 0 };
    if (!root->key)
        return true;
    u32 pde = walk->pde = shadow_guest_entry(s, root->frame, linear >> 22), last = pde;
    if (!(pde & PTE_P))
        return false;
    walk->bits = pde & (PTE_W | PTE_U);
    if ((pde & PTE_PS) && (root->key & SPACE_PSE)) {
        if (pde & PDE_RESERVED)
            return false;
        walk->physical = (pde & 0xffc00000) | (linear & 0x003ff000);
        walk->bits |= TLB_LARGE;
    } else {
        u32 table = shadow_pmap(s, pde & PAGE_MASK) >> PAGE_SHIFT;
        last = walk->pte = shadow_guest_entry(s, table, linear >> PAGE_SHIFT & (SHADOW_ENTRIES - 1));
        walk->physical = last & PAGE_MASK;
        walk->bits &= last;
    }
    walk->bits |= (last & PTE_D ? TLB_DIRTY : 0) | ((last & PTE_G) && (root->key & SPACE_PGE) ? TLB_GLOBAL : 0);
    return last & PTE_P;
}

/* ---- traces ---- */
/* All entries that map a frame get the write right that they may have now. */
static void mappings_refresh(struct shadow *s, u32 frame)
{
    for (u32 n = s->frame[frame].mapped; n;) {
        struct shadow_table *t = &s->table[n / SHADOW_ENTRIES];
        u32 *entry = &t->entry[n % SHADOW_ENTRIES];
        *entry = (*entry & ~(u32)PTE_W) | (shadow_entry_writable(s, t, *entry) ? PTE_W : 0);
        n = t->next[n % SHADOW_ENTRIES];
    }
}

static bool trace_wanted(const struct shadow *s, const struct shadow_frame *f)
{
    switch (s->tracing) {
    case TRACE_ALWAYS: return true;
    case TRACE_NEVER:  return false;
    default:           return f->writes < s->trace_k && s->traced < s->trace_max;
    }
}

/* The RAM page is remembered: the map may have changed meanwhile. */
void trace_drop(struct shadow *s, u32 frame)
{
    struct shadow_frame *f = &s->frame[frame];
    s->cpu->memory->flags[f->ram_page - 1] &= (u8)~PAGE_TRACED;
    f->ram_page = 0;
    s->traced--;
    s->counters.trace_drop++;
    mappings_refresh(s, frame);
}

void trace_frame_released(struct shadow *s, u32 frame)
{
    struct shadow_frame *f = &s->frame[frame];
    if (f->tables || f->roots)
        return;
    f->writes = 0;
    if (f->ram_page)
        trace_drop(s, frame);
}

bool trace_synchronised(const struct shadow *s, u32 frame) { return s->frame[frame].ram_page; }

/* ---- comparing ---- */
/* A and D may have been set since, not cleared: the next access would have to set them again. */
static bool cleared(u32 before, u32 now, u32 bits) { return before & ~now & bits; }

bool trace_table_good(const struct shadow_table *t, u32 pde)
{
    u32 same = PAGE_MASK | PTE_P | PTE_W | PTE_U, key = t->root->key;
    if (!key)
        return true;
    if (key & SPACE_PSE)
        same |= PTE_PS;
    bool large = (t->pde & PTE_PS) && (key & SPACE_PSE);
    if (large && (key & SPACE_PGE))
        same |= PTE_G;
    return !((t->pde ^ pde) & same) && !cleared(t->pde, pde, PTE_A | (large ? PTE_D : 0));
}

bool trace_entry_good(const struct shadow *s, const struct shadow_table *t, unsigned i, u32 pte)
{
    u32 entry = t->entry[i], rights = t->pde & pte;
    bool global = (pte & PTE_G) && (t->root->key & SPACE_PGE);
    return (pte & PTE_P) && shadow_pmap(s, pte & PAGE_MASK) == (entry & PAGE_MASK) &&
           !(rights & PTE_W) == !(entry & SHADOW_GUEST_W) && !(rights & PTE_U) == !(entry & SHADOW_GUEST_U) &&
           global == !!(entry & PTE_G) && !cleared(entry, pte, PTE_A | PTE_D);
}

static void entry_compare(struct shadow *s, struct shadow_table *t, unsigned i)
{
    if (t->entry[i] && !trace_entry_good(s, t, i, shadow_guest_entry(s, t->frame, i)))
        shadow_entry_zap(s, t, i);
}

/* False: the table is gone. */
static bool table_compare(struct shadow *s, u32 number)
{
    struct shadow_table *t = &s->table[number];
    if (trace_table_good(t, shadow_guest_entry(s, t->root->frame, t->index)))
        return true;
    shadow_table_free(s, number);
    return false;
}

static void entries_compare(struct shadow *s, struct shadow_table *t)
{
    for (unsigned word = 0; word < ARRAY_LEN(t->live); word++)
        for (u32 live = t->live[word]; live; live &= live - 1)
            entry_compare(s, t, word * 32 + (unsigned)__builtin_ctz(live));
}

void trace_resync(struct shadow *s, struct shadow_root *root)
{
    if (!root->key)
        return;
    bool directory = trace_synchronised(s, root->frame);
    for (u32 next, n = root->tables; n; n = next) {
        struct shadow_table *t = &s->table[n];
        next = t->root_next;
        if ((directory || table_compare(s, n)) && t->frame != SHADOW_NO_FRAME && !trace_synchronised(s, t->frame))
            entries_compare(s, t);
    }
}

void trace_resync_page(struct shadow *s, struct shadow_root *root, u32 linear)
{
    for (unsigned view = 0; view < VIEWS && root->key; view++) {
        u32 n = shadow_directory_table(root->directory[view][linear >> 22]);
        struct shadow_table *t = &s->table[n];
        if (n && (trace_synchronised(s, root->frame) || table_compare(s, n)) && t->frame != SHADOW_NO_FRAME &&
            !trace_synchronised(s, t->frame))
            entry_compare(s, t, linear >> PAGE_SHIFT & (SHADOW_ENTRIES - 1));
    }
}

/* Everything made from the entries first to last of a frame. Entries of tables first: comparing directory entries may free
 * tables, even those of this very frame (a directory that maps itself). */
static void frame_compare(struct shadow *s, u32 frame, unsigned first, unsigned last)
{
    for (u32 n = s->frame[frame].tables; n; n = s->table[n].frame_next)
        for (unsigned i = first; i <= last; i++)
            entry_compare(s, &s->table[n], i);
    for (unsigned r = 0; s->frame[frame].roots && r < s->roots; r++)
        for (unsigned i = first; s->root[r].used && s->root[r].frame == frame && i <= last; i++)
            for (unsigned view = 0; view < VIEWS; view++) {
                u32 n = shadow_directory_table(s->root[r].directory[view][i]);
                if (n)
                    table_compare(s, n);
            }
}

/* It may have been in use, untraced, before: from now on what was made from it is held to be up to date. */
void trace_frame_used(struct shadow *s, u32 frame)
{
    struct shadow_frame *f = &s->frame[frame];
    u8 *flags;
    bool writable;
    if (f->ram_page || !trace_wanted(s, f) ||
        !memory_page(s->cpu->memory, frame << PAGE_SHIFT, &flags, &writable) || !flags)
        return;
    f->ram_page = (u32)(flags - s->cpu->memory->flags) + 1;
    *flags |= PAGE_TRACED;
    s->traced++;
    s->counters.trace_install++;
    tlb_protect_page(s->cpu, frame << PAGE_SHIFT);
    mappings_refresh(s, frame);
    frame_compare(s, frame, 0, SHADOW_ENTRIES - 1);
}

void trace_written(void *self, u32 address, u32 length)
{
    struct cpu *cpu = self;
    u32 offset = address & ~PAGE_MASK;
    frame_compare(cpu->shadow, address >> PAGE_SHIFT, offset / 4, (offset + length - 1) / 4);
}
